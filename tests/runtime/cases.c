/* cases.c - reading and checking the cases of cases.h. */
#include "cases.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  ag_dtype dtype;
} short_names[] = {{"bool", AG_BOOL}, {"i8", AG_I8},   {"i16", AG_I16}, {"i32", AG_I32},
                   {"i64", AG_I64},   {"u8", AG_U8},   {"u16", AG_U16}, {"u32", AG_U32},
                   {"u64", AG_U64},   {"f16", AG_F16}, {"f32", AG_F32}, {"f64", AG_F64},
                   {"res", AG_RES},   {"c64", AG_C64}, {"str", AG_STR}};
enum { SHORT_NAMES = sizeof short_names / sizeof *short_names };

static bool find_dtype(const char *name, size_t len, ag_dtype *out) {
  for (int i = 0; i < SHORT_NAMES; i++)
    if (strlen(short_names[i].name) == len && strncmp(short_names[i].name, name, len) == 0) {
      *out = short_names[i].dtype;
      return true;
    }
  return false;
}

static const char *short_name(ag_dtype d) {
  for (int i = 0; i < SHORT_NAMES; i++)
    if (short_names[i].dtype == d)
      return short_names[i].name;
  return "?";
}

ag_tensor parse_tensor(const char *text) {
  const char *at = text;
  bool weak = strncmp(at, "weak ", 5) == 0;
  if (weak)
    at += 5;
  size_t len = strcspn(at, "[");
  ag_dtype dtype = AG_BOOL;
  ck_assert_msg(find_dtype(at, len, &dtype), "bad dtype in '%s'", text);
  at += len + 1;
  ag_shape shape = {.rank = 0};
  char *end;
  while (*at != ']') {
    shape.dim[shape.rank++] = strtoll(at, &end, 10);
    at = *end == ',' ? end + 1 : end;
  }
  at++;
  ag_tensor t;
  ag_err err = {0};
  ck_assert_msg(!ag_tensor_new(&t, dtype, &shape, &err), "%s", err.msg);
  t.weak = weak;
  int64_t n = ag_tensor_count(&t);
  void *p = ag_tensor_data(&t);
  if (dtype == AG_STR && t.owner)
    t.owner->strings = n;
  for (int64_t i = 0; i < n; i++) {
    at += strspn(at, " ");
    ck_assert_msg(*at, "too few elements in '%s'", text);
    switch (dtype) {
    case AG_STR: {
      size_t bytes = strcspn(at, ">") - 1;
      ag_buffer *b = bytes ? ag_string_new(bytes) : NULL;
      if (b)
        memcpy(b->data, at + 1, bytes);
      ((ag_buffer **)p)[i] = b;
      if (t.rank == 0)
        t.owner = b;
      end = (char *)(uintptr_t)at + bytes + 2;
      break;
    }
    case AG_BOOL:
      ((uint8_t *)p)[i] = *at == 'T' || *at == '1';
      end = (char *)(uintptr_t)at + 1;
      break;
    case AG_F32:
      ((float *)p)[i] = strtof(at, &end);
      break;
    case AG_F64:
      ((double *)p)[i] = strtod(at, &end);
      break;
    default: {
      int64_t v = *at == '-' ? strtoll(at, &end, 0) : (int64_t)strtoull(at, &end, 0);
      memcpy((char *)p + (size_t)i * ag_dtype_size(dtype), &v, ag_dtype_size(dtype));
    }
    }
    at = end;
  }
  at += strspn(at, " ");
  ck_assert_msg(!*at, "too many elements in '%s'", text);
  return t;
}

char *tensor_text(const ag_tensor *t) {
  ag_text out = {0};
  ag_text_add(&out, "%s%s[", t->weak ? "weak " : "", short_name((ag_dtype)t->dtype));
  for (int i = 0; i < t->rank; i++)
    ag_text_add(&out, "%s%" PRId64, i ? "," : "", t->dim[i]);
  ag_text_add(&out, "]");
  const void *p = ag_tensor_data(t);
  for (int64_t i = 0; i < ag_tensor_count(t); i++) {
    char buf[AG_NUMBER_TEXT];
    ag_text_add(&out, " ");
    switch (t->dtype) {
    case AG_STR:
      ag_text_add(&out, "<%.*s>", (int)ag_string_at(t, i).len, ag_string_at(t, i).text);
      break;
    case AG_BOOL: /* a byte other than 0 and 1 shows */
      ag_text_add(&out, "%.1s", ((const uint8_t *)p)[i] < 2 ? &"FT"[((const uint8_t *)p)[i]] : "#");
      break;
    case AG_F32:
      ag_text_add(&out, "%s", ag_float_text(((const float *)p)[i], true, buf));
      break;
    case AG_F64:
      ag_text_add(&out, "%s", ag_float_text(((const double *)p)[i], false, buf));
      break;
    case AG_I8:
      ag_text_add(&out, "%d", ((const int8_t *)p)[i]);
      break;
    case AG_I16:
      ag_text_add(&out, "%d", ((const int16_t *)p)[i]);
      break;
    case AG_I32:
      ag_text_add(&out, "%" PRId32, ((const int32_t *)p)[i]);
      break;
    case AG_I64:
      ag_text_add(&out, "%" PRId64, ((const int64_t *)p)[i]);
      break;
    case AG_U8:
      ag_text_add(&out, "%u", ((const uint8_t *)p)[i]);
      break;
    case AG_U16:
      ag_text_add(&out, "%u", ((const uint16_t *)p)[i]);
      break;
    case AG_U32:
      ag_text_add(&out, "%" PRIu32, ((const uint32_t *)p)[i]);
      break;
    case AG_U64:
      ag_text_add(&out, "%" PRIu64, ((const uint64_t *)p)[i]);
      break;
    default:
      ag_text_add(&out, "?");
    }
  }
  if (out.failed) {
    ag_free(out.data);
    return NULL;
  }
  return out.data;
}

static const char *const keys[AG_KEY_COUNT] = {
#define X(name) [AG_KEY_##name] = #name,
    AG_KEYS(X)
#undef X
};

uint32_t parse_attrs(const char *text, ag_attr *attrs, ag_arena *arena) {
  uint32_t n = 0;
  for (const char *at = text ? text : ""; *(at += strspn(at, " "));) {
    ag_attr *a = &attrs[n++];
    *a = (ag_attr){.key = AG_KEY_COUNT};
    size_t len = strcspn(at, "=");
    for (int k = 0; k < AG_KEY_COUNT; k++)
      if (strlen(keys[k]) == len && strncmp(keys[k], at, len) == 0)
        a->key = (uint8_t)k;
    ck_assert_msg(a->key != AG_KEY_COUNT, "bad attribute in '%s'", text);
    at += len + 1;
    ag_dtype dtype;
    char *end;
    if (*at == '[') {
      int64_t *ints = ag_arena_alloc(arena, 16 * sizeof *ints);
      a->kind = AG_ATTR_INTS;
      a->ints = ints;
      for (at++; *at != ']';) {
        ints[a->n++] = strtoll(at, &end, 10);
        at = *end == ',' ? end + 1 : end;
      }
      at++;
    } else if (*at == '\'') {
      a->kind = AG_ATTR_TEXT;
      a->n = (uint32_t)strcspn(at + 1, "'");
      a->text = at + 1;
      at += a->n + 2;
    } else if (find_dtype(at, strcspn(at, " "), &dtype)) {
      a->kind = AG_ATTR_INT;
      a->i = dtype;
      at += strcspn(at, " ");
    } else {
      a->kind = AG_ATTR_INT;
      a->i = strtoll(at, &end, 10);
      at = end;
    }
  }
  return n;
}

enum { MAX_OUTPUTS = 8 };

static uint32_t outputs_in(const char *out) {
  uint32_t n = *out != 0;
  for (; *out; out++)
    n += *out == '|';
  return n;
}

/* The outcome as text; free it. */
static char *run_once(const op_case *k, ag_op op, const ag_attr *attrs, uint32_t n_attrs,
                      uint64_t dead, ag_err *err) {
  ag_tensor own[CASE_INPUTS], out[MAX_OUTPUTS] = {0};
  const ag_tensor *in[CASE_INPUTS];
  uint32_t n_in = 0, n_out = outputs_in(k->out);
  if (k->out[0] == '!')
    n_out = ag_ops[op].n_out < 0 ? 2 : (uint32_t)ag_ops[op].n_out;
  for (; n_in < CASE_INPUTS && k->in[n_in]; n_in++) {
    own[n_in] = parse_tensor(k->in[n_in]);
    in[n_in] = &own[n_in];
  }
  ag_run run = {.err = err};
  ag_call call = {.op = (uint16_t)op,
                  .n_attrs = (uint16_t)n_attrs,
                  .n_in = n_in,
                  .n_out = n_out,
                  .attrs = attrs,
                  .dead = dead};
  ag_kernels[op](&run, &call, in, out);
  for (uint32_t i = 0; i < n_out && !err->code; i++)
    if (out[i].dtype == AG_STR)
      ag_tensor_hold(&out[i]);
  ag_text text = {0};
  if (err->code) {
    ag_text_add(&text, "! %s: %s", ag_code_name(err->code), err->msg);
  } else {
    for (uint32_t i = 0; i < n_out; i++) {
      char *t = tensor_text(&out[i]);
      ag_text_add(&text, "%s%s", i ? " | " : "", t);
      ag_free(t);
    }
    if (n_out == 0)
      ag_text_put(&text, "", 0);
  }
  for (uint32_t i = 0; i < n_out; i++)
    ag_tensor_unref(&out[i]);
  for (uint32_t i = 0; i < n_in; i++)
    ag_tensor_unref(&own[i]);
  return text.data;
}

/* Only the kernel's own allocations fail: inputs are made before. */
static void check_out_of_memory(const op_case *k, ag_op op, const ag_attr *attrs,
                                uint32_t n_attrs) {
  ag_tensor own[CASE_INPUTS];
  const ag_tensor *in[CASE_INPUTS];
  uint32_t n_in = 0, n_out = outputs_in(k->out);
  for (; n_in < CASE_INPUTS && k->in[n_in]; n_in++) {
    own[n_in] = parse_tensor(k->in[n_in]);
    in[n_in] = &own[n_in];
  }
  int64_t alive = ag_allocations_alive();
  for (uint64_t nth = 1;; nth++) {
    ck_assert_msg(nth < 100, "%s allocates without end", k->op);
    ag_tensor out[MAX_OUTPUTS] = {0};
    ag_err err = {0};
    uint64_t before = ag_allocations();
    ag_fail_allocation(nth);
    ag_run_op(NULL, op, attrs, n_attrs, NULL, in, n_in, out, n_out, &err);
    bool done = ag_allocations() - before < nth && !err.code;
    ag_fail_allocation(0);
    if (err.code)
      ck_assert_msg(err.code == AG_ERR_NOMEM, "%s: %s", k->op, err.msg);
    for (uint32_t i = 0; i < n_out; i++)
      ag_tensor_unref(&out[i]);
    ck_assert_msg(ag_allocations_alive() == alive, "%s leaks when allocation %d fails", k->op,
                  (int)nth);
    if (done)
      break;
  }
  for (uint32_t i = 0; i < n_in; i++)
    ag_tensor_unref(&own[i]);
}

void check_case(const op_case *k) {
  ag_op op;
  ck_assert_msg(ag_op_parse(k->op, &op), "no op %s", k->op);
  ag_arena *arena = ag_arena_new();
  ag_attr attrs[8];
  uint32_t n_attrs = parse_attrs(k->attrs, attrs, arena);
  for (int reuse = 0; reuse < 2; reuse++) {
    ag_err err = {0};
    int64_t alive = ag_allocations_alive();
    char *got = run_once(k, op, attrs, n_attrs, reuse ? ~UINT64_C(0) : 0, &err);
    ck_assert_msg(strcmp(got ? got : "", k->out) == 0,
                  "%s %s, %s (%s)%s\n  expected %s\n  got      %s", k->op, k->in[0] ? k->in[0] : "",
                  k->in[1] ? k->in[1] : "", k->attrs ? k->attrs : "", reuse ? " in place" : "",
                  k->out, got ? got : "");
    ag_free(got);
    ck_assert_msg(ag_allocations_alive() == alive, "%s leaks", k->op);
  }
  if (k->out[0] != '!')
    check_out_of_memory(k, op, attrs, n_attrs);
  ag_arena_free(arena);
}

void check_all(const op_case *cases, size_t n) {
  for (size_t i = 0; i < n; i++)
    check_case(&cases[i]);
}
