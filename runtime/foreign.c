/* foreign.c - the list of C functions that were declared, calls of them, and closures that C calls.
 *
 * Entries are only ever added, so that readers need no lock. What a closure fails with belongs to
 * the operation that runs on the same thread: until that ends, C gets zeros. */
#include "foreign.h"

#include <dlfcn.h>
#include <ffi.h>
#include <pthread.h>
#include <string.h>

enum { BLOCK = 256, BLOCKS = 256 };

typedef struct entry {
  ag_foreign_spec spec; /* its texts are its own */
  void (*address)(void);
  ffi_cif cif;
  ffi_type *types[AG_FOREIGN_PARAMS];
} entry;

static entry **blocks[BLOCKS];
static int64_t n_entries; /* atomic: all before it are complete */
static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;

static _Thread_local int open_calls;
static _Thread_local bool closure_failed;

static ffi_type *type_of(ag_dtype d) {
  static ffi_type *const types[] = {
      [AG_BOOL] = &ffi_type_uint8, [AG_I8] = &ffi_type_sint8,   [AG_I16] = &ffi_type_sint16,
      [AG_I32] = &ffi_type_sint32, [AG_I64] = &ffi_type_sint64, [AG_U8] = &ffi_type_uint8,
      [AG_U16] = &ffi_type_uint16, [AG_U32] = &ffi_type_uint32, [AG_U64] = &ffi_type_uint64,
      [AG_F32] = &ffi_type_float,  [AG_F64] = &ffi_type_double};
  return types[d];
}

static entry *find(int64_t number) {
  if (number < 0 || number >= __atomic_load_n(&n_entries, __ATOMIC_ACQUIRE))
    return NULL;
  return blocks[number / BLOCK][number % BLOCK];
}

const ag_foreign_spec *ag_foreign_get(int64_t number) {
  const entry *e = find(number);
  return e ? &e->spec : NULL;
}

void (*ag_foreign_address(int64_t number))(void) {
  const entry *e = find(number);
  return e ? e->address : NULL;
}

/* ---- declaring --------------------------------------------------------------------------------
 */

static bool same_signature(const ag_signature *a, const ag_signature *b) {
  return a->returns == b->returns && (!a->returns || a->result == b->result) && a->n == b->n &&
         !memcmp(a->param, b->param, a->n);
}

static bool same_spec(const ag_foreign_spec *a, const ag_foreign_spec *b) {
  bool same = !a->library == !b->library && (!a->library || !strcmp(a->library, b->library)) &&
              !strcmp(a->symbol, b->symbol) && a->returns == b->returns &&
              (!a->returns || a->result == b->result) && a->n == b->n;
  for (uint32_t i = 0; i < a->n && same; i++) {
    const ag_foreign_param *p = &a->param[i], *q = &b->param[i];
    same = p->passing == q->passing &&
           (p->passing == AG_PASS_CLOSURE ? same_signature(&p->closure, &q->closure)
                                          : p->dtype == q->dtype);
  }
  return same;
}

static ag_code check_value(ag_dtype d, const char *what, const char *symbol, ag_err *err) {
  if (ag_foreign_takes(d))
    return AG_OK;
  return ag_fail(err, AG_ERR_TYPE, 0, "%s: %s is a %s, which C does not pass by value", symbol,
                 what, ag_dtype_name(d));
}

static ag_code check_signature(const ag_signature *s, const char *symbol, ag_err *err) {
  if (s->n > AG_FOREIGN_MAP_PARAMS)
    return ag_fail(err, AG_ERR_VALUE, 0, "%s: a closure of more than %d arguments", symbol,
                   AG_FOREIGN_MAP_PARAMS);
  for (uint32_t i = 0; i < s->n; i++)
    if (check_value(s->param[i], "an argument of a closure", symbol, err))
      return err->code;
  return s->returns ? check_value(s->result, "the result of a closure", symbol, err) : AG_OK;
}

static ag_code check(const ag_foreign_spec *s, ag_err *err) {
  if (s->n > AG_FOREIGN_PARAMS)
    return ag_fail(err, AG_ERR_VALUE, 0, "%s: more than %d parameters", s->symbol,
                   AG_FOREIGN_PARAMS);
  for (uint32_t i = 0; i < s->n; i++) {
    const ag_foreign_param *p = &s->param[i];
    if (p->passing == AG_PASS_CLOSURE && check_signature(&p->closure, s->symbol, err))
      return err->code;
    if (p->passing == AG_PASS_VALUE && check_value(p->dtype, "a parameter", s->symbol, err))
      return err->code;
    if ((p->passing == AG_PASS_READ || p->passing == AG_PASS_UPDATE) && p->dtype >= AG_STR)
      return ag_fail(err, AG_ERR_TYPE, 0, "%s: elements of %s have no form in C", s->symbol,
                     ag_dtype_name(p->dtype));
  }
  return s->returns ? check_value(s->result, "the result", s->symbol, err) : AG_OK;
}

static void *opened(const char *name, ag_err *err) {
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    ag_fail(err, AG_ERR_VALUE, 0,
            "cannot open the library: %s: give the path of a shared library, or a name that the "
            "system's loader finds",
            dlerror());
  return library;
}

ag_code ag_foreign_open(const char *library, ag_err *err) {
  opened(library, err);
  return err->code;
}

/* The library stays open for good: code and closures may hold addresses in it. */
static ag_code resolve(entry *e, ag_err *err) {
  const ag_foreign_spec *s = &e->spec;
  void *library = opened(s->library, err);
  if (!library)
    return err->code;
  void *found = dlsym(library, s->symbol);
  if (!found) {
    dlclose(library);
    return ag_fail(err, AG_ERR_VALUE, 0, "%s has no function %s",
                   s->library ? s->library : "this process", s->symbol);
  }
  memcpy(&e->address, &found, sizeof found);
  for (uint32_t i = 0; i < s->n; i++)
    e->types[i] =
        s->param[i].passing == AG_PASS_VALUE ? type_of(s->param[i].dtype) : &ffi_type_pointer;
  ffi_type *result = s->returns ? type_of(s->result) : &ffi_type_void;
  if (ffi_prep_cif(&e->cif, FFI_DEFAULT_ABI, s->n, result, e->types) != FFI_OK)
    return ag_fail(err, AG_ERR_INTERNAL, 0, "%s: libffi cannot call it", s->symbol);
  return AG_OK;
}

static char *own_text(const char *text) {
  size_t len = strlen(text) + 1;
  char *own = ag_malloc(len);
  return own ? memcpy(own, text, len) : NULL;
}

static void drop(entry *e) {
  if (e) {
    ag_free((char *)e->spec.library);
    ag_free((char *)e->spec.symbol);
  }
  ag_free(e);
}

static entry *make(const ag_foreign_spec *spec, ag_err *err) {
  entry *e = ag_calloc(1, sizeof *e);
  if (e) {
    e->spec = *spec;
    e->spec.library = spec->library ? own_text(spec->library) : NULL;
    e->spec.symbol = own_text(spec->symbol);
  }
  if (!e || !e->spec.symbol || !e->spec.library != !spec->library)
    ag_fail(err, AG_ERR_NOMEM, 0, "out of memory");
  else if (!resolve(e, err))
    return e;
  drop(e);
  return NULL;
}

/* The number of the new entry, or -1; `adding` is held. */
static int64_t add(const ag_foreign_spec *spec, ag_err *err) {
  int64_t n = n_entries;
  for (int64_t i = 0; i < n; i++)
    if (same_spec(&find(i)->spec, spec))
      return i;
  if (n == (int64_t)BLOCK * BLOCKS) {
    ag_fail(err, AG_ERR_VALUE, 0, "%s: more than %d C functions", spec->symbol, BLOCK * BLOCKS);
    return -1;
  }
  entry ***block = &blocks[n / BLOCK];
  if (!*block)
    *block = ag_calloc(BLOCK, sizeof **block);
  if (!*block) {
    ag_fail(err, AG_ERR_NOMEM, 0, "out of memory");
    return -1;
  }
  (*block)[n % BLOCK] = make(spec, err);
  if (!(*block)[n % BLOCK])
    return -1;
  __atomic_store_n(&n_entries, n + 1, __ATOMIC_RELEASE);
  return n;
}

int64_t ag_foreign_add(const ag_foreign_spec *spec, ag_err *err) {
  if (check(spec, err))
    return -1;
  pthread_mutex_lock(&adding);
  int64_t number = add(spec, err);
  pthread_mutex_unlock(&adding);
  return number;
}

/* ---- calling ----------------------------------------------------------------------------------
 */

ag_code ag_foreign_call(int64_t number, void **args, void *result) {
  entry *e = find(number);
  union {
    ffi_arg widened; /* integers shorter than it come as one */
    uint64_t bits;
    double f64;
  } out = {0};
  bool before = closure_failed;
  closure_failed = false;
  open_calls++;
  ffi_call(&e->cif, FFI_FN(e->address), &out, args);
  open_calls--;
  bool failed = closure_failed;
  closure_failed = before;
  if (e->spec.returns)
    memcpy(result, &out, sizeof out.bits);
  return failed ? AG_ERR_CALLBACK : AG_OK;
}

/* ---- being called -----------------------------------------------------------------------------
 */

struct ag_closure {
  ffi_closure *closure;
  void *code;
  ffi_cif cif;
  ffi_type *types[AG_FOREIGN_MAP_PARAMS];
  ag_signature signature;
  ag_closure_function *f;
  void *ctx;
};

static void called(ffi_cif *cif, void *result, void **args, void *data) {
  (void)cif;
  const ag_closure *c = data;
  uint64_t value = 0;
  if (!closure_failed && c->f(c->ctx, &c->signature, args, &value, open_calls > 0)) {
    closure_failed = open_calls > 0;
    value = 0;
  }
  if (!c->signature.returns)
    return;
  ag_dtype d = (ag_dtype)c->signature.result;
  unsigned unused = 64 - 8 * (unsigned)ag_dtype_size(d);
  if (d == AG_F32 || d == AG_F64) {
    memcpy(result, &value, ag_dtype_size(d));
  } else { /* the whole register */
    value = ag_is_signed(d) ? (uint64_t)((int64_t)(value << unused) >> unused)
                            : value << unused >> unused;
    memcpy(result, &value, sizeof(ffi_arg));
  }
}

ag_closure *ag_closure_new(const ag_signature *s, ag_closure_function *f, void *ctx, ag_err *err) {
  if (check_signature(s, "closure", err))
    return NULL;
  ag_closure *c = ag_calloc(1, sizeof *c);
  if (!c) {
    ag_fail(err, AG_ERR_NOMEM, 0, "out of memory");
    return NULL;
  }
  c->signature = *s;
  c->f = f;
  c->ctx = ctx;
  for (uint32_t i = 0; i < s->n; i++)
    c->types[i] = type_of(s->param[i]);
  ffi_type *result = s->returns ? type_of(s->result) : &ffi_type_void;
  c->closure = ffi_closure_alloc(sizeof *c->closure, &c->code);
  if (c->closure && ffi_prep_cif(&c->cif, FFI_DEFAULT_ABI, s->n, result, c->types) == FFI_OK &&
      ffi_prep_closure_loc(c->closure, &c->cif, called, c, c->code) == FFI_OK)
    return c;
  ag_fail(err, AG_ERR_NOMEM, 0, "no memory for code that C can call");
  ag_closure_free(c);
  return NULL;
}

void ag_closure_free(ag_closure *c) {
  if (c && c->closure)
    ffi_closure_free(c->closure);
  ag_free(c);
}

void *ag_closure_code(const ag_closure *c) { return c->code; }
