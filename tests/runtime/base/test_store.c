/* The store: what was kept comes back whole or not at all, whatever happens to the files. */
#include "ag/store.h"
#include "suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1 << 20 };
static char root[] = "/tmp/autograph-store-XXXXXX", place[300];

static void begin(void) {
  strcpy(strrchr(root, '-'), "-XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(root));
  snprintf(place, sizeof place, "%s/a/b", root);
  ck_assert(ag_store_open(place, MOST));
}

static void end(void) {
  char command[400];
  ag_store_open(NULL, 0);
  snprintf(command, sizeof command, "chmod -R u+rwx %s && rm -rf %s", root, root);
  ck_assert_int_eq(system(command), 0);
}

static void put(const char *key, const char *payload) {
  ag_store_put(key, strlen(key), payload, strlen(payload));
}

static bool has(const char *key, const char *payload) {
  size_t n;
  char *got = ag_store_get(key, strlen(key), &n);
  bool same = got && n == strlen(payload) && !memcmp(got, payload, n);
  ck_assert_msg(!got || same, "a payload that was never put");
  ag_free(got);
  return same;
}

/* The one file of ours in the directory. */
static const char *only_file(void) {
  static char path[600];
  int n = 0;
  DIR *list = opendir(place);
  ck_assert_ptr_nonnull(list);
  for (struct dirent *d; (d = readdir(list));)
    if (d->d_name[0] != '.') {
      snprintf(path, sizeof path, "%s/%s", place, d->d_name);
      n++;
    }
  closedir(list);
  ck_assert_int_eq(n, 1);
  return path;
}

static int files(void) {
  int n = 0;
  DIR *list = opendir(place);
  for (struct dirent *d; list && (d = readdir(list));)
    n += d->d_name[0] != '.';
  if (list)
    closedir(list);
  return n;
}

static size_t slurp(const char *path, char *buf, size_t size) {
  FILE *f = fopen(path, "rb");
  ck_assert_ptr_nonnull(f);
  size_t n = fread(buf, 1, size, f);
  fclose(f);
  return n;
}

static void spit(const char *path, const char *data, size_t n) {
  FILE *f = fopen(path, "wb");
  ck_assert_ptr_nonnull(f);
  ck_assert_uint_eq(fwrite(data, 1, n, f), n);
  fclose(f);
}

START_TEST(test_what_was_put_comes_back_under_its_whole_key) {
  begin();
  ck_assert(!has("key", "payload"));
  put("key", "payload");
  put("", "of no key");
  put("empty", "");
  ck_assert(has("key", "payload") && has("", "of no key") && has("empty", ""));
  ck_assert(!has("ke", "payload") && !has("keyp", "ayload"));
  put("key", "another");
  ck_assert(has("key", "another"));
  ck_assert_int_eq(files(), 3);
  struct stat st;
  ck_assert_int_eq(stat(place, &st), 0);
  ck_assert_int_eq(st.st_mode & 0777, 0700);
  ck_assert_uint_eq(ag_store_look(true).files, 3);
  ck_assert(!has("key", "another") && files() == 0);
  ag_store_open(NULL, 0);
  put("key", "payload");
  ck_assert(!ag_store_on() && !has("key", "payload") && files() == 0);
  end();
}
END_TEST

/* Cut at each byte, each bit flipped, bytes added: not found, and the next put makes it good. */
START_TEST(test_a_damaged_file_is_not_found_and_written_anew) {
  static const char payload[] = "some machine code";
  char good[500], bad[501];
  begin();
  put("the whole key", payload);
  char path[600];
  strcpy(path, only_file());
  size_t n = slurp(path, good, sizeof good);
  for (size_t cut = 0; cut < n; cut++) {
    spit(path, good, cut);
    ck_assert_msg(!has("the whole key", payload), "cut after %zu", cut);
  }
  for (size_t bit = 0; bit < 8 * n; bit++) {
    memcpy(bad, good, n);
    bad[bit / 8] ^= (char)(1 << bit % 8);
    spit(path, bad, n);
    ck_assert_msg(!has("the whole key", payload), "bit %zu flipped", bit);
  }
  memcpy(bad, good, n);
  bad[n] = 0;
  spit(path, bad, n + 1);
  ck_assert(!has("the whole key", payload));
  put("the whole key", payload);
  ck_assert(has("the whole key", payload));
  ck_assert_str_eq(path, only_file());
  end();
}
END_TEST

/* A file under the name of one key that holds another one, as if the hashes were equal. */
START_TEST(test_a_hash_alone_finds_nothing) {
  char data[500], path[600], other[600];
  begin();
  put("key of one", "first");
  strcpy(path, only_file());
  size_t n = slurp(path, data, sizeof data);
  unlink(path);
  put("key of two", "other");
  strcpy(other, only_file());
  spit(other, data, n);
  ck_assert(!has("key of two", "other") && !has("key of two", "first"));
  end();
}
END_TEST

START_TEST(test_what_others_may_write_is_not_read) {
  char path[600], there[600], text[AG_STORE_TEXT];
  begin();
  put("key", "payload");
  strcpy(path, only_file());
  chmod(path, 0620);
  ck_assert(!has("key", "payload"));
  chmod(path, 0600);
  ck_assert(has("key", "payload"));
  chmod(place, 0730);
  ck_assert(!has("key", "payload"));
  put("key", "payload");
  ck_assert(ag_store_problem(text));
  ck_assert_msg(strstr(text, "other users may write") && strstr(text, place), "%s", text);
  ck_assert(!ag_store_problem(text)); /* once */
  chmod(place, 0700);
  /* a link, a directory and a pipe under the name of an entry */
  snprintf(there, sizeof there, "%s/elsewhere", root);
  rename(path, there);
  ck_assert_int_eq(symlink(there, path), 0);
  ck_assert(!has("key", "payload"));
  put("key", "payload");
  struct stat st;
  ck_assert(has("key", "payload") && !lstat(path, &st) && S_ISREG(st.st_mode));
  unlink(path);
  ck_assert_int_eq(mkfifo(path, 0600), 0);
  ck_assert(!has("key", "payload"));
  put("key", "payload");
  ck_assert(has("key", "payload"));
  unlink(path);
  ck_assert_int_eq(mkdir(path, 0700), 0);
  put("key", "payload");
  ck_assert(!has("key", "payload"));
  if (geteuid() == 0) { /* somebody else's */
    rmdir(path);
    put("key", "payload");
    ck_assert_int_eq(chown(path, 12345, 12345), 0);
    ck_assert(!has("key", "payload"));
    ck_assert_int_eq(chown(place, 12345, 12345), 0);
    put("key", "payload");
    ck_assert(!has("key", "payload"));
  }
  end();
}
END_TEST

START_TEST(test_the_directory_may_be_a_link_go_away_or_be_a_file) {
  char to[400], text[AG_STORE_TEXT];
  begin();
  put("key", "payload");
  snprintf(to, sizeof to, "%s/moved", root);
  ck_assert_int_eq(rename(place, to), 0);
  ck_assert(!has("key", "payload"));
  ck_assert_int_eq(symlink(to, place), 0);
  ck_assert(has("key", "payload"));
  unlink(place);
  put("key", "payload"); /* removed while in use: made again */
  ck_assert(has("key", "payload") && !ag_store_problem(text));
  ag_store_look(true);
  ck_assert_int_eq(rmdir(place), 0);
  spit(place, "a file", 6);
  put("key", "payload");
  ck_assert(!has("key", "payload") && ag_store_problem(text));
  ck_assert_msg(strstr(text, "Not a directory") != NULL, "%s", text);
  end();
}
END_TEST

/* The disk is full after each number of bytes: nothing is found, nothing is left behind. */
START_TEST(test_a_full_disk_costs_nothing_but_the_entry) {
  char path[600], data[500], text[AG_STORE_TEXT];
  begin();
  put("a key", "and payload");
  strcpy(path, only_file());
  size_t n = slurp(path, data, sizeof data);
  signal(SIGXFSZ, SIG_IGN);
  unlink(path);
  for (size_t room = 0; room <= n; room++) {
    struct rlimit old, limit;
    getrlimit(RLIMIT_FSIZE, &old);
    limit = (struct rlimit){room, old.rlim_max};
    ag_store_open(place, MOST);
    setrlimit(RLIMIT_FSIZE, &limit);
    put("a key", "and payload");
    setrlimit(RLIMIT_FSIZE, &old);
    ck_assert_msg(has("a key", "and payload") == (room == n), "%zu bytes of %zu", room, n);
    ck_assert_int_eq(files(), room == n);
    ck_assert_int_eq(ag_store_problem(text), room < n);
  }
  ck_assert_int_eq(truncate(path, 3), 0); /* and an old damaged one stays what it is */
  ck_assert(!has("a key", "and payload"));
  end();
}
END_TEST

START_TEST(test_a_read_only_directory_is_read) {
  char text[AG_STORE_TEXT], above[400];
  begin();
  put("key", "payload");
  chmod(place, 0500);
  snprintf(above, sizeof above, "%s/a", root);
  pid_t child = fork();
  if (child == 0) { /* root may write anywhere */
    if (geteuid() == 0 &&
        (chown(root, 12345, 12345) || chown(above, 12345, 12345) || chown(place, 12345, 12345) ||
         chown(only_file(), 12345, 12345) || seteuid(12345)))
      _exit(2);
    bool fine = has("key", "payload");
    put("other", "payload");
    fine = fine && !has("other", "payload") && ag_store_problem(text) && !ag_store_problem(text) &&
           strstr(text, "Permission denied");
    _exit(fine ? 0 : 1);
  }
  int status;
  waitpid(child, &status, 0);
  ck_assert(WIFEXITED(status) && WEXITSTATUS(status) != 1);
  end();
}
END_TEST

static void age(const char *path, time_t seconds) {
  struct timespec t[2] = {{time(NULL) - seconds, 0}, {time(NULL) - seconds, 0}};
  ck_assert_int_eq(utimensat(AT_FDCWD, path, t, 0), 0);
}

START_TEST(test_what_was_not_used_for_longest_goes) {
  char key[30], path[600], payload[5000];
  begin();
  ag_store_open(place, 64 << 10);
  memset(payload, 'x', sizeof payload - 1);
  payload[sizeof payload - 1] = 0;
  for (int i = 0; i < 40; i++) {
    snprintf(key, sizeof key, "key %d", i);
    put(key, payload);
    DIR *list = opendir(place); /* the older the earlier */
    for (struct dirent *d; (d = readdir(list));) {
      struct stat st;
      snprintf(path, sizeof path, "%s/%s", place, d->d_name);
      if (d->d_name[0] != '.' && !stat(path, &st))
        age(path, time(NULL) - st.st_mtime + 2 * 3600);
    }
    closedir(list);
    if (i > 4)
      ck_assert_msg(has("key 0", payload), "the first is used again and again, and stays");
  }
  ag_store_use use = ag_store_look(false);
  ck_assert_uint_le(use.bytes, (64 << 10) + (64 << 10) / 16 + 8192);
  ck_assert_uint_gt(use.files, 4);
  ck_assert(!has("key 1", payload) && has("key 39", payload));
  char large[(64 << 10) / 8 + 1];
  memset(large, 'x', sizeof large);
  ag_store_put("large", 5, large, sizeof large);
  ck_assert(!has("large", ""));
  end();
}
END_TEST

/* Times in the future, as after a clock that went back, make nothing wrong. */
START_TEST(test_a_clock_that_goes_back) {
  char path[600];
  begin();
  put("key", "payload");
  strcpy(path, only_file());
  age(path, -1000000);
  ck_assert(has("key", "payload"));
  struct stat st;
  ck_assert(!stat(path, &st) && llabs((long long)st.st_mtime - (long long)time(NULL)) < 100);
  age(path, -1000000);
  put("other", "payload");
  ck_assert(has("key", "payload") && has("other", "payload"));
  end();
}
END_TEST

START_TEST(test_only_files_of_ours_are_removed) {
  char path[600], stale[600];
  begin();
  put("key", "payload");
  snprintf(path, sizeof path, "%s/notes.txt", place);
  spit(path, "mine", 4);
  snprintf(stale, sizeof stale, "%s/part-1-1", place);
  spit(stale, "half", 4);
  age(stale, 7200);
  ag_store_open(place, MOST); /* the first put looks at all */
  put("key", "payload");
  ck_assert_int_eq(access(stale, F_OK), -1);
  spit(stale, "half", 4);
  put("another", "payload");
  ck_assert_int_eq(access(stale, F_OK), 0); /* somebody may be writing it */
  ag_store_look(true);
  ck_assert_int_eq(access(stale, F_OK), -1);
  ck_assert_int_eq(access(path, F_OK), 0);
  ck_assert_int_eq(files(), 1);
  end();
}
END_TEST

/* Many processes write, read and clear the same keys. */
START_TEST(test_processes_at_once) {
  begin();
  for (int i = 0; i < 8; i++)
    if (fork() == 0) {
      char key[20], payload[20000];
      for (int k = 0; k < 200; k++) {
        snprintf(key, sizeof key, "%d", k % 5);
        memset(payload, 'a' + k % 5, sizeof payload - 1);
        payload[sizeof payload - 1] = 0;
        size_t n;
        char *got = ag_store_get(key, 1, &n);
        if (got && (n != sizeof payload - 1 || memcmp(got, payload, n)))
          _exit(1);
        ag_free(got);
        ag_store_put(key, 1, payload, sizeof payload - 1);
        if (i == 0 && k % 50 == 49)
          ag_store_look(true);
      }
      _exit(0);
    }
  for (int i = 0; i < 8; i++) {
    int status;
    wait(&status);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  ck_assert_int_le(files(), 5);
  end();
}
END_TEST

/* kill -9 at any moment of writing: readers see the old or the new payload, whole. */
START_TEST(test_killed_writers_leave_no_half) {
  enum { SIZE = 200000 };
  char *payload = malloc(SIZE);
  int kills = getenv("AG_LONG") ? 1000 : 50;
  begin();
  memset(payload, 'a', SIZE);
  ag_store_put("key", 3, payload, SIZE / 2);
  for (int i = 0; i < kills; i++) {
    pid_t child = fork();
    if (child == 0)
      for (;;) {
        ag_store_put("key", 3, payload, SIZE / 2);
        ag_store_put("key", 3, payload, SIZE);
      }
    struct timespec wait_for = {0, 100000 + (i * 37 % 50) * 20000};
    nanosleep(&wait_for, NULL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    size_t n;
    char *got = ag_store_get("key", 3, &n);
    ck_assert(got && (n == SIZE || n == SIZE / 2) && !memcmp(got, payload, n));
    ag_free(got);
  }
  free(payload);
  end();
}
END_TEST

START_TEST(test_out_of_memory_is_a_miss) {
  begin();
  put("key", "payload");
  ag_fail_allocation(1);
  ck_assert(!has("key", "payload"));
  ag_fail_allocation(0);
  ck_assert(has("key", "payload"));
  end();
}
END_TEST

SUITE_MAIN("store", test_what_was_put_comes_back_under_its_whole_key,
           test_a_damaged_file_is_not_found_and_written_anew, test_a_hash_alone_finds_nothing,
           test_what_others_may_write_is_not_read,
           test_the_directory_may_be_a_link_go_away_or_be_a_file,
           test_a_full_disk_costs_nothing_but_the_entry, test_a_read_only_directory_is_read,
           test_what_was_not_used_for_longest_goes, test_a_clock_that_goes_back,
           test_only_files_of_ours_are_removed, test_processes_at_once,
           test_killed_writers_leave_no_half, test_out_of_memory_is_a_miss)
