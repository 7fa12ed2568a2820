/* err.c - filling an ag_err. */
#include "ag/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text that was too long ends in "...", after a whole character. */
static void cut(char *msg, size_t len) {
  size_t end = len - 3;
  while (end && ((unsigned char)msg[end] & 0xc0) == 0x80) /* inside one of UTF-8 */
    end--;
  memcpy(msg + end, "...", sizeof "...");
}

ag_code ag_fail(ag_err *err, ag_code code, ag_loc loc, const char *fmt, ...) {
  if (err->code)
    return err->code;
  err->code = code;
  err->loc = loc;
  va_list args;
  va_start(args, fmt);
  int len = vsnprintf(err->msg, sizeof err->msg, fmt, args);
  va_end(args);
  if (len >= (int)sizeof err->msg)
    cut(err->msg, sizeof err->msg - 1);
  return code;
}

const char *ag_code_name(ag_code code) {
  static const char *const names[AG_CODE_COUNT] = {
      [AG_OK] = "ok",
      [AG_ERR_NOMEM] = "out of memory",
      [AG_ERR_SHAPE] = "shape error",
      [AG_ERR_VALUE] = "value error",
      [AG_ERR_TYPE] = "type error",
      [AG_ERR_INDEX] = "index error",
      [AG_ERR_ZERODIV] = "division by zero",
      [AG_ERR_OVERFLOW] = "overflow",
      [AG_ERR_ASSERT] = "assertion failed",
      [AG_ERR_UNBOUND] = "unbound variable",
      [AG_ERR_UNINIT] = "uninitialized variable",
      [AG_ERR_INTERRUPT] = "interrupted",
      [AG_ERR_CALLBACK] = "callback failed",
      [AG_ERR_RAISE] = "raise",
      [AG_ERR_UNSUPPORTED] = "unsupported",
      [AG_ERR_LATE] = "late",
      [AG_ERR_NUMBER] = "other number",
      [AG_ERR_PARSE] = "not well formed",
      [AG_ERR_INTERNAL] = "internal error",
  };
  return (unsigned)code < AG_CODE_COUNT ? names[code] : "unknown error";
}
