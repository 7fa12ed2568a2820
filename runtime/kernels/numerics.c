/* numerics.c - the kernel that looks for NaN and infinity.
 *
 * CHECK_NUMERICS says of its first input where the first such element is. Attribute `text` is the
 * name of the operation that made it, the other inputs are that operation's operands: so written by
 * codegen/passes/numerics.c. Attribute `message` is the user's, of tf.debugging.check_numerics. */
#include "kernel.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- finding --------------------------------------------------------------------------------- */

#define FIRST(name, T, exponent)                                                                   \
  static int64_t name(const T *x, int64_t n) {                                                     \
    for (int64_t i = 0; i < n; i++)                                                                \
      if ((x[i] & (exponent)) == (exponent)) /* all ones: NaN or infinity */                       \
        return i;                                                                                  \
    return -1;                                                                                     \
  }
FIRST(first_f16, uint16_t, 0x7C00u)
FIRST(first_bf16, uint16_t, 0x7F80u)
FIRST(first_f32, uint32_t, 0x7F800000u)
FIRST(first_f64, uint64_t, UINT64_C(0x7FF0000000000000))

/* The position of the first element that is not finite, -1 when all are. */
static int64_t first_bad(const ag_tensor *t) {
  const void *x = ag_tensor_data(t);
  int64_t n = ag_tensor_count(t), i;
  switch (t->dtype) {
  case AG_F16:
    return first_f16(x, n);
  case AG_BF16:
    return first_bf16(x, n);
  case AG_F32:
    return first_f32(x, n);
  case AG_F64:
    return first_f64(x, n);
  case AG_C64:
    i = first_f32(x, 2 * n);
    return i < 0 ? i : i / 2;
  case AG_C128:
    i = first_f64(x, 2 * n);
    return i < 0 ? i : i / 2;
  default:
    return -1;
  }
}

/* ---- telling --------------------------------------------------------------------------------- */

static void say(ag_text *out, const char *text) { ag_text_put(out, text, strlen(text)); }

static void say_element(ag_text *out, const ag_tensor *t, int64_t i) {
  ag_tensor one = {0};
  size_t size = ag_dtype_size((ag_dtype)t->dtype);
  ag_tensor_scalar(&one, (ag_dtype)t->dtype, (const char *)ag_tensor_data(t) + (size_t)i * size);
  ag_tensor_text(&one, out);
}

/* " at index [1, 2]" of the element at position i; nothing for a 0-d tensor. */
static void say_index(ag_text *out, const ag_tensor *t, int64_t i) {
  int64_t at[AG_MAX_RANK];
  char number[24];
  if (!t->rank)
    return;
  for (int d = t->rank; d-- > 0;) {
    at[d] = i % t->dim[d];
    i /= t->dim[d];
  }
  say(out, " at index [");
  for (int d = 0; d < t->rank; d++) {
    snprintf(number, sizeof number, "%s%" PRId64, d ? ", " : "", at[d]);
    say(out, number);
  }
  say(out, "]");
}

static void say_shape(ag_text *out, const ag_tensor *t) {
  ag_shape shape;
  char text[AG_SHAPE_TEXT];
  ag_tensor_shape(t, &shape);
  say(out, ag_shape_text(&shape, text));
}

/* The position in `t` of what broadcasting puts at position i of `to`; -1 when it does not. */
static int64_t source(const ag_tensor *t, const ag_tensor *to, int64_t i) {
  int64_t from = 0, stride = 1;
  if (t->rank > to->rank)
    return -1;
  for (int d = to->rank; d-- > 0;) {
    int own = d - (to->rank - t->rank);
    int64_t at = i % to->dim[d];
    i /= to->dim[d];
    if (own < 0)
      continue;
    if (t->dim[own] != 1 && t->dim[own] != to->dim[d])
      return -1;
    from += t->dim[own] == 1 ? 0 : at * stride;
    stride *= t->dim[own];
  }
  return from;
}

static bool is_elementwise(const char *name) {
  ag_op op;
  return ag_op_parse(name, &op) && ag_ops[op].lowering == AG_LOWER_inline;
}

/* " from 1.0 and 0.0": the operands of the operation called `name`. */
static void say_operands(ag_text *out, const char *name, const ag_tensor *const *in, uint32_t n,
                         int64_t bad) {
  bool there = is_elementwise(name);
  for (uint32_t k = 1; there && k < n; k++)
    there = source(in[k], in[0], bad) >= 0;
  if (n > 1)
    say(out, there    ? " from "
             : n == 2 ? ", from an operand of shape "
                      : ", from operands of shapes ");
  for (uint32_t k = 1; k < n; k++) {
    if (k > 1)
      say(out, k + 1 == n ? " and " : ", ");
    if (there) {
      say_element(out, in[k], source(in[k], in[0], bad));
      continue;
    }
    int64_t i = first_bad(in[k]);
    say_shape(out, in[k]);
    say(out, i < 0 ? " (all finite)" : " (with ");
    if (i < 0)
      continue;
    say_element(out, in[k], i);
    say_index(out, in[k], i);
    say(out, ")");
  }
}

ag_code ag_kernel_CHECK_NUMERICS(ag_run *run, const ag_call *c, const ag_tensor *const *in,
                                 ag_tensor *out) {
  (void)out;
  int64_t bad = first_bad(in[0]);
  if (bad < 0)
    return AG_OK;
  const ag_attr *message = ag_attr_find(c->attrs, c->n_attrs, AG_KEY_message);
  const ag_attr *text = ag_attr_find(c->attrs, c->n_attrs, AG_KEY_text);
  ag_text t = {0};
  char name[32] = "";
  if (text && text->kind == AG_ATTR_TEXT)
    snprintf(name, sizeof name, "%.*s", (int)text->n, text->text);
  if (message && message->kind == AG_ATTR_TEXT && message->n) {
    ag_text_put(&t, message->text, message->n);
    say(&t, ": ");
  }
  say(&t, *name ? name : "the tensor");
  say(&t, *name ? " gave " : " has ");
  say_element(&t, in[0], bad);
  say_index(&t, in[0], bad);
  if (in[0]->rank) {
    say(&t, " of shape ");
    say_shape(&t, in[0]);
  }
  if (*name)
    say_operands(&t, name, in, c->n_in, bad);
  ag_kernel_fail(run, c, AG_ERR_VALUE, "%s", t.failed || !t.data ? "NaN or infinity" : t.data);
  ag_free(t.data);
  return run->err->code;
}
