/* cores.c - the share of the machine's processors that a control group leaves this process.
 *
 * Version 2 has "QUOTA PERIOD" or "max PERIOD" in cpu.max; version 1 has two files and -1 for none.
 * A quota of a group around ours holds too, so we walk up. Inside a container the paths may be
 * those of the host: groups that are not there are skipped, and the walk ends at the root. */
#include "pool.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { PATH = 512 };

static bool read_line(const char *path, char *line, int size) {
  FILE *f = fopen(path, "re");
  bool read = f && fgets(line, size, f);
  if (f)
    fclose(f);
  return read;
}

static int whole_cores(long long quota, long long period) {
  if (quota <= 0 || period <= 0 || quota / period >= INT_MAX)
    return INT_MAX;
  return (int)((quota + period - 1) / period);
}

/* Of one group; INT_MAX when nothing is said. */
static int quota_of(const char *group, bool second) {
  char path[PATH + 32], line[64];
  long long quota = -1, period = 0;
  if (second) {
    snprintf(path, sizeof path, "%s/cpu.max", group);
    if (!read_line(path, line, sizeof line) || sscanf(line, "%lld %lld", &quota, &period) != 2)
      return INT_MAX;
    return whole_cores(quota, period);
  }
  snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", group);
  if (!read_line(path, line, sizeof line) || sscanf(line, "%lld", &quota) != 1)
    return INT_MAX;
  snprintf(path, sizeof path, "%s/cpu.cfs_period_us", group);
  if (!read_line(path, line, sizeof line) || sscanf(line, "%lld", &period) != 1)
    return INT_MAX;
  return whole_cores(quota, period);
}

/* The least of the group at `path` below `mount` and those around it. */
static int least_quota(const char *mount, const char *path, bool second) {
  char group[PATH];
  int least = INT_MAX;
  if (snprintf(group, sizeof group, "%s%s", mount, path) >= (int)sizeof group)
    return INT_MAX;
  for (size_t root = strlen(mount);;) {
    int own = quota_of(group, second);
    least = own < least ? own : least;
    char *slash = strrchr(group, '/');
    if (strlen(group) <= root || !slash || (size_t)(slash - group) < root)
      return least;
    *slash = 0;
  }
}

/* "cpu" is one of "cpu,cpuacct". */
static bool lists_cpu(const char *names) {
  for (const char *at = names; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
    if (!strncmp(at, "cpu", 3) && (at[3] == ',' || !at[3]))
      return true;
  return false;
}

int ag_quota(const char *root) {
  char path[PATH], line[PATH], mount[PATH];
  int least = INT_MAX;
  snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
  FILE *f = fopen(path, "re");
  while (f && fgets(line, sizeof line, f)) { /* "4:cpu,cpuacct:/user.slice" or "0::/user.slice" */
    line[strcspn(line, "\n")] = 0;
    char *names = strchr(line, ':'), *group = names ? strchr(names + 1, ':') : NULL;
    if (!group)
      continue;
    *group++ = 0;
    names++;
    bool second = !*names;
    if (!second && !lists_cpu(names))
      continue;
    snprintf(mount, sizeof mount, "%s/sys/fs/cgroup%s", root, second ? "" : "/cpu");
    int own = least_quota(mount, strcmp(group, "/") ? group : "", second);
    least = own < least ? own : least;
  }
  if (f)
    fclose(f);
  return least;
}
