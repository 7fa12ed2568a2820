/* cache.c - native code kept on the disk: the key of a graph, an object with its recipe as bytes.
 *
 * CACHE KEY: what decides over the code must be in the key: this build of the library, LLVM, the
 * machine, the options, and of the graph all that the emitter reads. That is not: names, places in
 * the source, and the elements of constants that the code finds through its plan (all but numbers
 * in registers). They are taken from the graph at hand when the plan is made, so a comment that
 * moves lines costs no compilation. */
#include "cache.h"

#include <elf.h>
#include <link.h>
#include <string.h>

#include "ag/store.h"
#include "emit.h"
#include "pool.h"

/* ---- the key -------------------------------------------------------------------------------- */

static void put(ag_text *t, uint64_t x) { ag_text_put(t, (const char *)&x, sizeof x); }
static void put_text(ag_text *t, const char *s, size_t n) {
  put(t, n);
  ag_text_put(t, s, n);
}
static void put_ids(ag_text *t, const uint32_t *ids, uint32_t n) {
  put_text(t, (const char *)ids, n * sizeof *ids);
}

static void put_type(ag_text *t, const ag_type *type) {
  put(t, (uint64_t)type->dtype << 16 | (uint64_t)type->weak << 8 | (uint8_t)type->rank);
  if (type->rank > 0)
    ag_text_put(t, (const char *)type->dim, (size_t)type->rank * sizeof *type->dim);
}

static void put_attr(ag_text *t, const ag_attr *a) {
  put(t, (uint64_t)a->key << 8 | a->kind);
  if (a->key == AG_KEY_closures) { /* addresses of this process, which its plan hands to kernels */
    put(t, a->n);
    return;
  }
  switch (a->kind) {
  case AG_ATTR_INT:
  case AG_ATTR_FLOAT:
    put(t, (uint64_t)a->i);
    break; /* a float by its bits */
  case AG_ATTR_INTS:
    put_text(t, (const char *)a->ints, a->n * sizeof *a->ints);
    break;
  case AG_ATTR_TEXT:
    put_text(t, a->text, a->n);
    break;
  case AG_ATTR_TYPES:
    put(t, a->n);
    for (uint32_t i = 0; i < a->n; i++)
      put_type(t, &a->types[i]);
    break;
  case AG_ATTR_TENSOR: {
    ag_type type = ag_type_scalar((ag_dtype)a->tensor->dtype, a->tensor->weak);
    type.rank = a->tensor->rank;
    memcpy(type.dim, a->tensor->dim, sizeof type.dim);
    put_type(t, &type);
    if (ag_type_is_reg(&type))
      ag_text_put(t, ag_tensor_data(a->tensor), ag_dtype_size((ag_dtype)type.dtype));
    break;
  }
  }
}

static void put_graph(ag_text *t, const ag_graph *g) {
  put(t, ag_graph_nodes(g));
  for (ag_nid id = 1; id < ag_graph_nodes(g); id++) {
    const ag_node *n = ag_graph_node(g, id);
    const uint32_t head[] = {n->op, n->region, n->out, n->n_out, n->next, n->sub[0], n->sub[1]};
    put_ids(t, head, sizeof head / sizeof *head);
    put_ids(t, n->in, n->n_in);
    put(t, n->n_attrs);
    for (uint32_t i = 0; i < n->n_attrs; i++)
      put_attr(t, &n->attrs[i]);
    for (uint32_t i = 0; i < n->n_out; i++)
      put_type(t, &ag_graph_value(g, n->out + i)->type);
  }
  put(t, ag_graph_regions(g));
  for (ag_region r = 0; r < ag_graph_regions(g); r++) {
    const ag_region_info *info = ag_graph_region(g, r);
    const uint32_t head[] = {info->first, info->last, info->owner, info->parent};
    put_ids(t, head, sizeof head / sizeof *head);
    put_ids(t, info->params, info->n_params);
    put_ids(t, info->results, info->n_results);
  }
}

/* The linker's mark of the library (or program) that this code lies in: another build has another.
 */
typedef struct build {
  uintptr_t here;
  unsigned char id[64];
  size_t size;
} build;

static int find_build(struct dl_phdr_info *info, size_t unused, void *ctx) {
  (void)unused;
  build *b = ctx;
  const ElfW(Phdr) *notes = NULL;
  bool ours = false;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *p = &info->dlpi_phdr[i];
    ours |= p->p_type == PT_LOAD && b->here - (info->dlpi_addr + p->p_vaddr) < p->p_memsz;
  }
  for (int i = 0; ours && i < info->dlpi_phnum && !b->size; i++) {
    notes = &info->dlpi_phdr[i];
    if (notes->p_type != PT_NOTE)
      continue;
    const char *at = (const char *)(info->dlpi_addr + notes->p_vaddr), *end = at + notes->p_memsz;
    while (at + sizeof(ElfW(Nhdr)) <= end) {
      const ElfW(Nhdr) *n = (const ElfW(Nhdr) *)(const void *)at;
      const char *name = at + sizeof *n, *data = name + (n->n_namesz + 3) / 4 * 4;
      if (n->n_type == NT_GNU_BUILD_ID && n->n_namesz == 4 && !memcmp(name, "GNU", 4) &&
          n->n_descsz <= sizeof b->id) {
        memcpy(b->id, data, n->n_descsz);
        b->size = n->n_descsz;
      }
      at = data + (n->n_descsz + 3) / 4 * 4;
    }
  }
  return ours;
}

void ag_cache_key(const ag_graph *g, const ag_machine *m, int effort, bool fast_math,
                  ag_text *key) {
  if (!ag_store_on())
    return;
  build b = {.here = (uintptr_t)&find_build};
  dl_iterate_phdr(find_build, &b);
  if (!b.size)
    return; /* it could be code of another version */
  unsigned llvm[3];
  LLVMGetVersion(&llvm[0], &llvm[1], &llvm[2]);
  ag_text_add(key,
              "native code, autograph %s, LLVM %u.%u.%u, effort %d, %s math, %u bits, "
              "grain %lld\n",
              AG_VERSION, llvm[0], llvm[1], llvm[2], effort, fast_math ? "fast" : "exact",
              m->vector_bits, (long long)ag_forced_grain());
  put_text(key, (const char *)b.id, b.size);
  put_text(key, m->triple, strlen(m->triple));
  put_text(key, m->cpu, strlen(m->cpu));
  put_text(key, m->features, strlen(m->features));
  put_graph(key, g);
}

/* ---- the payload ---------------------------------------------------------------------------- */

/* head | sites | constants | object */
typedef struct head {
  uint32_t n_slots, n_sites, n_consts, has_loop;
} head;

bool ag_cache_get(const ag_text *key, ag_arena *arena, ag_recipe *r, const void **object,
                  size_t *size, void **held) {
  head h;
  size_t n = 0;
  char *payload = key->len && !key->failed ? ag_store_get(key->data, key->len, &n) : NULL;
  *held = payload;
  if (!payload || n < sizeof h)
    return false;
  memcpy(&h, payload, sizeof h);
  size_t sites = h.n_sites * sizeof *r->sites, consts = h.n_consts * sizeof *r->consts;
  if (n - sizeof h < sites || n - sizeof h - sites < consts)
    return false;
  *r = (ag_recipe){.n_slots = h.n_slots,
                   .n_sites = h.n_sites,
                   .n_consts = h.n_consts,
                   .has_loop = h.has_loop != 0,
                   .sites = ag_arena_alloc(arena, sites + 1),
                   .consts = ag_arena_alloc(arena, consts + 1)};
  if (!r->sites || !r->consts)
    return false;
  memcpy(r->sites, payload + sizeof h, sites);
  memcpy(r->consts, payload + sizeof h + sites, consts);
  *object = payload + sizeof h + sites + consts;
  *size = n - sizeof h - sites - consts;
  return true;
}

void ag_cache_put(const ag_text *key, const ag_recipe *r, const void *object, size_t size) {
  if (!key->len || key->failed)
    return;
  const head h = {r->n_slots, r->n_sites, r->n_consts, r->has_loop};
  size_t sites = r->n_sites * sizeof *r->sites, consts = r->n_consts * sizeof *r->consts;
  size_t n = sizeof h + sites + consts + size;
  char *payload = ag_malloc(n);
  if (!payload)
    return;
  memcpy(payload, &h, sizeof h);
  if (sites)
    memcpy(payload + sizeof h, r->sites, sites);
  if (consts)
    memcpy(payload + sizeof h + sites, r->consts, consts);
  memcpy(payload + sizeof h + sites + consts, object, size);
  ag_store_put(key->data, key->len, payload, n);
  ag_free(payload);
}
