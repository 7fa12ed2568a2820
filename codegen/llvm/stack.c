/* stack.c - work on a stack that is large enough. */
#include "stack.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

enum { ENOUGH = 1 << 19, OWN = 8 << 20 };

typedef struct job {
  void (*work)(void *);
  void *ctx;
} job;

static void *run(void *arg) {
  const job *j = arg;
  j->work(j->ctx);
  return NULL;
}

/* The first thread has what the system gives, and asking for it reads a file. */
static bool is_enough(void) {
  pthread_attr_t attr;
  void *low = NULL;
  size_t size = 0;
  if (getpid() == gettid() || pthread_getattr_np(pthread_self(), &attr))
    return true;
  pthread_attr_getstack(&attr, &low, &size);
  pthread_attr_destroy(&attr);
  return (char *)__builtin_frame_address(0) - (char *)low >= ENOUGH;
}

bool ag_with_stack(void (*work)(void *), void *ctx) {
  if (is_enough()) {
    work(ctx);
    return true;
  }
  job j = {work, ctx};
  sigset_t all, before;
  pthread_attr_t attr;
  pthread_t thread;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); /* inherited: signals are for the others */
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, OWN);
  bool started = !pthread_create(&thread, &attr, run, &j);
  pthread_attr_destroy(&attr);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return started && !pthread_join(thread, NULL);
}
