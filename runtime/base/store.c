/* store.c - a directory of files found by whole keys.
 *
 *   header | key | payload      in a file named after two hashes of the key
 *
 * Reading: open, look whose it is, read all, compare. Writing: a temporary file, then rename. No
 * file or lock is held between calls, so a fork, a crash or a directory that goes away needs no
 * care. "Not used for longest" is the time of last change, which a hit renews when it is an hour
 * old; a clock that goes back makes files seem new, not wrong. */
#include "ag/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct store {
  struct store *before; /* another thread may still be reading in it: never freed */
  uint64_t most;
  char directory[];
} store;

typedef struct header {
  char magic[8];
  uint64_t key_size, payload_size, payload_sum;
  uint64_t sum; /* of what stands before */
} header;

static const char magic[8] = "agcache1";
static const char suffix[] = ".agc", part[] = "part-";
enum { NAME = 32 + sizeof suffix, HOUR = 3600 };

static store *current, *known; /* atomic */
static uint64_t unscanned; /* atomic: bytes written since the last look at the whole; 0: none yet */
static uint64_t counter;   /* atomic: of temporary files */
static int problem;        /* atomic: 0 none, 1 being written, 2 to be told, 3 told */
static char problem_text[AG_STORE_TEXT];

bool ag_store_open(const char *directory, uint64_t most) {
  store *s = NULL;
  if (directory) {
    size_t n = strlen(directory) + 1;
    if (!(s = malloc(sizeof *s + n))) /* lives as long as the process: none of ag_malloc's */
      return false;
    s->most = most;
    memcpy(s->directory, directory, n);
    s->before = __atomic_load_n(&known, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&known, &s->before, s, true, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED))
      continue;
  }
  __atomic_store_n(&current, s, __ATOMIC_RELEASE);
  __atomic_store_n(&unscanned, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&problem, 0, __ATOMIC_RELEASE);
  return true;
}

static const store *now_open(void) { return __atomic_load_n(&current, __ATOMIC_ACQUIRE); }
bool ag_store_on(void) { return now_open() != NULL; }

/* ---- problems ------------------------------------------------------------------------------- */

static void note(const store *s, const char *what) {
  int none = 0;
  if (!__atomic_compare_exchange_n(&problem, &none, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
    return;
  snprintf(problem_text, sizeof problem_text,
           "compiled code is not kept on the disk, so the next process compiles again: %.300s: %s",
           s->directory, what);
  __atomic_store_n(&problem, 2, __ATOMIC_RELEASE);
}

bool ag_store_problem(char *buf) {
  int untold = 2;
  if (__atomic_load_n(&problem, __ATOMIC_RELAXED) != 2 ||
      !__atomic_compare_exchange_n(&problem, &untold, 3, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
    return false;
  memcpy(buf, problem_text, AG_STORE_TEXT);
  return true;
}

/* ---- the directory -------------------------------------------------------------------------- */

/* NULL, or why what is written there could come from somebody else. */
static const char *not_ours(const struct stat *st) {
  if (st->st_uid != geteuid())
    return "it belongs to another user";
  return st->st_mode & (S_IWGRP | S_IWOTH) ? "other users may write to it" : NULL;
}

static int open_directory(const store *s, const char **why) {
  struct stat st;
  int dir = open(s->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  *why = dir < 0 || fstat(dir, &st) ? strerror(errno) : not_ours(&st);
  if (dir >= 0 && *why) {
    close(dir);
    dir = -1;
    errno = EPERM;
  }
  return dir;
}

/* With those above it, which are private as well (XDG). */
static void make_directory(const store *s) {
  char path[PATH_MAX];
  size_t n = strlen(s->directory);
  if (n >= sizeof path)
    return;
  memcpy(path, s->directory, n + 1);
  for (char *at = path + 1; *at; at++)
    if (*at == '/') {
      *at = 0;
      mkdir(path, 0700);
      *at = '/';
    }
  mkdir(path, 0700);
}

static void name_of(const void *key, size_t size, char name[NAME]) {
  snprintf(name, NAME, "%016llx%016llx%s", (unsigned long long)ag_hash_bytes(key, size, 1),
           (unsigned long long)ag_hash_bytes(key, size, 2), suffix);
}

static bool is_entry(const char *name) {
  return strlen(name) == NAME - 1 && strspn(name, "0123456789abcdef") == 32 &&
         !strcmp(name + 32, suffix);
}

/* ---- reading -------------------------------------------------------------------------------- */

static uint64_t sum_of(const header *h) { return ag_hash_bytes(h, offsetof(header, sum), 3); }

static bool read_all(int fd, void *to, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t n = read(fd, (char *)to + done, size - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    done += (size_t)n;
  }
  return true;
}

/* The payload of the file if it is the one of this key. */
static void *read_entry(int fd, uint64_t size, const void *key, size_t key_size, size_t *payload) {
  header h;
  if (size < sizeof h || !read_all(fd, &h, sizeof h) || memcmp(h.magic, magic, sizeof magic) ||
      h.sum != sum_of(&h) || h.key_size != key_size || size - sizeof h < key_size ||
      size - sizeof h - key_size != h.payload_size)
    return NULL;
  char *rest = ag_malloc(size - sizeof h);
  if (!rest)
    return NULL;
  if (!read_all(fd, rest, size - sizeof h) || memcmp(rest, key, key_size) ||
      h.payload_sum != ag_hash_bytes(rest + key_size, h.payload_size, 4)) {
    ag_free(rest);
    return NULL;
  }
  memmove(rest, rest + key_size, h.payload_size);
  *payload = h.payload_size;
  return rest;
}

void *ag_store_get(const void *key, size_t key_size, size_t *size) {
  const store *s = now_open();
  const char *why;
  char name[NAME];
  void *payload = NULL;
  struct stat st;
  int dir = s ? open_directory(s, &why) : -1;
  if (dir < 0)
    return NULL;
  name_of(key, key_size, name);
  /* A pipe under that name must not keep us waiting. */
  int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && !not_ours(&st) && st.st_size > 0 &&
      (uint64_t)st.st_size <= s->most)
    payload = read_entry(fd, (uint64_t)st.st_size, key, key_size, size);
  if (payload && llabs((long long)time(NULL) - (long long)st.st_mtime) > HOUR)
    futimens(fd, NULL); /* on a read-only disk it just stays old */
  if (fd >= 0)
    close(fd);
  close(dir);
  return payload;
}

/* ---- too much ------------------------------------------------------------------------------- */

typedef struct file {
  char name[NAME];
  uint64_t bytes;
  struct timespec used;
} file;

static int by_age(const void *a, const void *b) {
  const struct timespec *x = &((const file *)a)->used, *y = &((const file *)b)->used;
  if (x->tv_sec != y->tv_sec)
    return x->tv_sec < y->tv_sec ? -1 : 1;
  return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

/* Removes, oldest first, until `most` bytes are left; what crashed writers left behind, too. */
static ag_store_use trim(int dir, uint64_t most, bool all) {
  ag_store_use use = {0};
  file *files = NULL;
  uint32_t n = 0, cap = 0;
  int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *list = again < 0 ? NULL : fdopendir(again);
  if (!list && again >= 0)
    close(again);
  for (struct dirent *d; list && (d = readdir(list));) {
    struct stat st;
    bool temporary = !strncmp(d->d_name, part, sizeof part - 1);
    if ((!temporary && !is_entry(d->d_name)) || fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW))
      continue;
    if (S_ISDIR(st.st_mode))
      continue;
    if (temporary) {
      if (all || llabs((long long)time(NULL) - (long long)st.st_mtime) > HOUR)
        unlinkat(dir, d->d_name, 0);
      continue;
    }
    if (!ag_grow(files, cap, n + 1))
      break;
    memcpy(files[n].name, d->d_name, NAME);
    files[n].bytes = (uint64_t)st.st_blocks * 512;
    files[n].used = st.st_mtim;
    use.files++;
    use.bytes += files[n++].bytes;
  }
  if (list)
    closedir(list);
  if (n && (use.bytes > most || all)) {
    qsort(files, n, sizeof *files, by_age);
    uint64_t left = use.bytes, goal = all ? 0 : most - most / 4;
    for (uint32_t i = 0; i < n && (left > goal || all); i++) {
      unlinkat(dir, files[i].name, 0);
      left -= files[i].bytes;
    }
  }
  ag_free(files);
  return use;
}

ag_store_use ag_store_look(bool clear) {
  const store *s = now_open();
  const char *why;
  int dir = s ? open_directory(s, &why) : -1;
  if (dir < 0)
    return (ag_store_use){0};
  ag_store_use use = trim(dir, UINT64_MAX, clear);
  close(dir);
  return use;
}

/* ---- writing -------------------------------------------------------------------------------- */

static bool write_all(int fd, const void *from, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t n = write(fd, (const char *)from + done, size - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    done += (size_t)n;
  }
  return true;
}

static bool write_entry(int dir, const header *h, const void *key, const void *payload) {
  char name[NAME], temporary[64];
  name_of(key, h->key_size, name);
  snprintf(temporary, sizeof temporary, "%s%ld-%llu", part, (long)getpid(),
           (unsigned long long)__atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED));
  unlinkat(dir, temporary, 0); /* of a process that had our number */
  int fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return false;
  bool done = write_all(fd, h, sizeof *h) && write_all(fd, key, h->key_size) &&
              write_all(fd, payload, h->payload_size);
  int why = errno;
  if (close(fd) && done) { /* where a disk is full, some file systems say so only now */
    done = false;
    why = errno;
  }
  if (done && renameat(dir, temporary, dir, name)) {
    done = false;
    why = errno;
  }
  if (!done)
    unlinkat(dir, temporary, 0);
  errno = why;
  return done;
}

void ag_store_put(const void *key, size_t key_size, const void *payload, size_t size) {
  const store *s = now_open();
  const char *why;
  if (!s || size > s->most || key_size > s->most || size + key_size > s->most / 8)
    return;
  header h = {
      .key_size = key_size, .payload_size = size, .payload_sum = ag_hash_bytes(payload, size, 4)};
  memcpy(h.magic, magic, sizeof magic);
  h.sum = sum_of(&h);
  int dir = open_directory(s, &why);
  if (dir < 0 && (errno == ENOENT || errno == ENOTDIR)) {
    make_directory(s);
    dir = open_directory(s, &why);
  }
  if (dir < 0) {
    note(s, why);
    return;
  }
  if (!write_entry(dir, &h, key, payload) && errno != ENOENT) /* what somebody has just cleared */
    note(s, strerror(errno));
  uint64_t bytes = sizeof h + key_size + size;
  uint64_t before = __atomic_fetch_add(&unscanned, bytes, __ATOMIC_RELAXED);
  if (before == 0 || before + bytes > s->most / 16) {
    __atomic_store_n(&unscanned, 1, __ATOMIC_RELAXED);
    trim(dir, s->most, false);
  }
  close(dir);
}
