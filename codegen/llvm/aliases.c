/* aliases.c - which accesses touch a buffer that the function has made, and which cannot.
 *
 * A buffer from ag_rt_alloc or ag_rt_unique belongs to one slot of the frame, so what is read from
 * arguments and constants is never in it: without that word LLVM would read them again after each
 * store. It is said of accesses (alias scopes), not of the calls: `noalias` on the call's result
 * would promise that no other call reads the buffer, while those that are given its slot do, and
 * stores before them would be dropped.
 *
 * Needs:  emitted code, before any pass: addresses are calls, loads and offsets from them.
 * Holds:  nothing is said of what is loaded from a slot of the frame, which may be the buffer. */
#include "emit.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 16, DEEPEST = 32 };

typedef struct scopes {
  ag_emitter *e;
  LLVMValueRef made[MOST];
  LLVMValueRef own[MOST], rest[MOST + 1]; /* lists: the scope, and all others; at n: all */
  unsigned n, alias_scope, noalias;
} scopes;

static const char *callee_of(LLVMValueRef v) {
  size_t length;
  LLVMValueRef f = LLVMIsACallInst(v) ? LLVMGetCalledValue(v) : NULL;
  return f && LLVMIsAFunction(f) ? LLVMGetValueName2(f, &length) : "";
}

static LLVMValueRef base_of(LLVMValueRef address) {
  while (LLVMIsAGetElementPtrInst(address))
    address = LLVMGetOperand(address, 0);
  return address;
}

/* Elements of an argument or of a constant: never in a buffer made here. */
static bool is_from_outside(const ag_emitter *e, LLVMValueRef base) {
  bool loaded = false;
  for (int i = 0; i < DEEPEST; i++) {
    if (base == e->in || !strcmp(callee_of(base), "ag_rt_const"))
      return loaded;
    if (!LLVMIsALoadInst(base))
      return false;
    base = base_of(LLVMGetOperand(base, 0));
    loaded = true;
  }
  return false;
}

static LLVMMetadataRef named(ag_emitter *e, const char *what, unsigned k, LLVMMetadataRef domain) {
  char name[32];
  int n = snprintf(name, sizeof name, "%s %u", what, k);
  LLVMMetadataRef parts[] = {LLVMMDStringInContext2(e->ctx, name, (size_t)n), domain};
  return LLVMMDNodeInContext2(e->ctx, parts, domain ? 2 : 1);
}

static LLVMValueRef list(ag_emitter *e, LLVMMetadataRef *of, unsigned n) {
  return LLVMMetadataAsValue(e->ctx, LLVMMDNodeInContext2(e->ctx, of, n));
}

static bool find_made(scopes *s) {
  for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(s->e->fn); b; b = LLVMGetNextBasicBlock(b))
    for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) {
      const char *callee = callee_of(i);
      if (strcmp(callee, "ag_rt_alloc") && strcmp(callee, "ag_rt_unique"))
        continue;
      if (s->n == MOST)
        return false;
      s->made[s->n++] = i;
    }
  return s->n > 0;
}

static void make_lists(scopes *s) {
  ag_emitter *e = s->e;
  LLVMMetadataRef domain = named(e, "buffers", 0, NULL), scope[MOST], others[MOST];
  for (unsigned k = 0; k < s->n; k++)
    scope[k] = named(e, "buffer", k, domain);
  for (unsigned k = 0; k <= s->n; k++) {
    unsigned n = 0;
    for (unsigned i = 0; i < s->n; i++)
      if (i != k)
        others[n++] = scope[i];
    s->rest[k] = n ? list(e, others, n) : NULL;
    if (k < s->n)
      s->own[k] = list(e, &scope[k], 1);
  }
}

static void tell(const scopes *s, LLVMValueRef access, LLVMValueRef address) {
  LLVMValueRef base = base_of(address);
  unsigned k = 0;
  while (k < s->n && s->made[k] != base)
    k++;
  if (k == s->n && !is_from_outside(s->e, base))
    return;
  if (k < s->n)
    LLVMSetMetadata(access, s->alias_scope, s->own[k]);
  if (s->rest[k])
    LLVMSetMetadata(access, s->noalias, s->rest[k]);
}

void ag_tell_aliases(ag_emitter *e) {
  scopes s = {.e = e};
  if (!find_made(&s))
    return;
  make_lists(&s);
  s.alias_scope = LLVMGetMDKindIDInContext(e->ctx, "alias.scope", 11);
  s.noalias = LLVMGetMDKindIDInContext(e->ctx, "noalias", 7);
  for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(e->fn); b; b = LLVMGetNextBasicBlock(b))
    for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) {
      if (LLVMIsALoadInst(i))
        tell(&s, i, LLVMGetOperand(i, 0));
      else if (LLVMIsAStoreInst(i))
        tell(&s, i, LLVMGetOperand(i, 1));
    }
}
