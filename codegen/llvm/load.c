/* load.c - an x86-64 ELF object made callable.
 * Its code and constants are copied into memory of their own, references are filled in, and the
 * memory becomes executable and read-only. LLVM's own linker does the same; but it starts with two
 * target machines and a session, which takes as long as compiling a small function, and a function
 * from the disk cache needs no LLVM at all.
 *
 * A symbol has a thunk: its address (the "GOT") and a jump to that address (the "PLT"), since the
 * runtime may lie further away than a call reaches. Nothing is registered for unwinding: emitted
 * code never unwinds. Offsets and sizes are checked, as the bytes may come from a file. */
#include "load.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>

#include "ag/vmath.h"

enum {
  THUNK = 16,
  MOST_SECTIONS = 256,
  HEAD = 64
}; /* HEAD: the size of the mapping, then nothing */

typedef struct object {
  const unsigned char *bytes;
  size_t size;
  uint32_t n_sections, n_symbols;
  Elf64_Shdr section[MOST_SECTIONS];
  size_t place[MOST_SECTIONS]; /* in the mapping, 0 for what is left out */
  const unsigned char *symbols;
  const char *names;
  size_t names_size, thunks, total;
  unsigned char *base;
  ag_err *err;
} object;

static ag_code bad(object *o, const char *what) {
  return ag_fail(o->err, AG_ERR_INTERNAL, 0, "native code cannot be loaded: %s", what);
}

static bool inside(const object *o, uint64_t offset, uint64_t size) {
  return offset <= o->size && size <= o->size - offset;
}

/* ---- names ---------------------------------------------------------------------------------- */

typedef struct symbol {
  const char *name;
  void *address;
} symbol;

/* What LLVM itself calls: fmod behind `frem`, rounding where SSE4.1 is missing, block moves. */
#define LIBC_FUNCTIONS(X)                                                                          \
  X(fmod)                                                                                          \
  X(fmodf)                                                                                         \
  X(floor)                                                                                         \
  X(floorf) X(ceil) X(ceilf) X(rint) X(rintf) X(trunc) X(truncf) X(memcpy) X(memmove) X(memset)

/* The runtime's functions come from lists: an extension opened RTLD_LOCAL shows none to dlsym. */
static void *address_of(const char *name) {
  static const symbol own[] = {
#define X(f) {#f, (void *)f},
      AG_RT_FUNCTIONS(X) LIBC_FUNCTIONS(X)
#undef X
  };
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    if (!strcmp(own[i].name, name))
      return own[i].address;
  size_t n;
  const ag_vmath_symbol *vector = ag_vmath_symbols(&n);
  for (size_t i = 0; i < n; i++)
    if (!strcmp(vector[i].name, name))
      return vector[i].address;
  return dlsym(RTLD_DEFAULT, name); /* the rest of libm */
}

/* ---- reading -------------------------------------------------------------------------------- */

static ag_code read_symbols(object *o, const Elf64_Shdr *s) {
  if (s->sh_entsize != sizeof(Elf64_Sym) || s->sh_link >= o->n_sections || o->symbols)
    return bad(o, "its table of symbols");
  const Elf64_Shdr *names = &o->section[s->sh_link];
  o->symbols = o->bytes + s->sh_offset;
  o->n_symbols = (uint32_t)(s->sh_size / sizeof(Elf64_Sym));
  o->names = (const char *)o->bytes + names->sh_offset;
  o->names_size = names->sh_type == SHT_STRTAB ? names->sh_size : 0;
  if (!o->names_size || o->names[o->names_size - 1])
    return bad(o, "its names");
  return AG_OK;
}

/* Finds the sections and gives each one that is code or constants its place. */
static ag_code read_sections(object *o) {
  Elf64_Ehdr head;
  if (o->size < sizeof head || o->size > INT32_MAX / 2)
    return bad(o, "its size");
  memcpy(&head, o->bytes, sizeof head);
  if (memcmp(head.e_ident, ELFMAG, SELFMAG) || head.e_ident[EI_CLASS] != ELFCLASS64 ||
      head.e_machine != EM_X86_64 || head.e_type != ET_REL ||
      head.e_shentsize != sizeof(Elf64_Shdr) || head.e_shnum > MOST_SECTIONS ||
      !inside(o, head.e_shoff, (uint64_t)head.e_shnum * sizeof(Elf64_Shdr)))
    return bad(o, "it is no object of this machine");
  o->n_sections = head.e_shnum;
  memcpy(o->section, o->bytes + head.e_shoff, head.e_shnum * sizeof(Elf64_Shdr));
  o->total = HEAD;
  for (uint32_t i = 0; i < o->n_sections; i++) {
    const Elf64_Shdr *s = &o->section[i];
    if (s->sh_type != SHT_NOBITS && !inside(o, s->sh_offset, s->sh_size))
      return bad(o, "a section lies outside of it");
    if (!(s->sh_flags & SHF_ALLOC) || s->sh_type == SHT_X86_64_UNWIND || !s->sh_size)
      continue;
    if (s->sh_type != SHT_PROGBITS || s->sh_flags & (SHF_WRITE | SHF_TLS) || s->sh_addralign > 4096)
      return bad(o, "it has data that can change");
    size_t align = s->sh_addralign ? s->sh_addralign : 1;
    o->place[i] = (o->total + align - 1) / align * align;
    o->total = o->place[i] + s->sh_size;
  }
  for (uint32_t i = 0; i < o->n_sections; i++)
    if (o->section[i].sh_type == SHT_SYMTAB && read_symbols(o, &o->section[i]))
      return o->err->code;
  if (!o->symbols)
    return bad(o, "it has no symbols");
  o->thunks = (o->total + THUNK - 1) / THUNK * THUNK;
  o->total = o->thunks + (size_t)o->n_symbols * THUNK;
  return AG_OK;
}

/* ---- linking -------------------------------------------------------------------------------- */

static Elf64_Sym symbol_at(const object *o, uint32_t i) {
  Elf64_Sym s;
  memcpy(&s, o->symbols + i * sizeof s, sizeof s);
  return s;
}

static bool has_place(const object *o, const Elf64_Sym *s) {
  return s->st_shndx < o->n_sections && o->place[s->st_shndx] &&
         s->st_value <= o->section[s->st_shndx].sh_size;
}

/* Its thunk is filled in at the first use. */
static ag_code resolve(object *o, uint32_t i, uint64_t *address) {
  Elf64_Sym s = symbol_at(o, i);
  unsigned char *thunk = o->base + o->thunks + (size_t)i * THUNK;
  memcpy(address, thunk, 8);
  if (*address)
    return AG_OK;
  if (has_place(o, &s)) {
    *address = (uint64_t)(uintptr_t)o->base + o->place[s.st_shndx] + s.st_value;
  } else {
    if (s.st_shndx != SHN_UNDEF || s.st_name >= o->names_size)
      return bad(o, "a symbol without a place");
    *address = (uint64_t)(uintptr_t)address_of(o->names + s.st_name);
    if (!*address)
      return ag_fail(o->err, AG_ERR_INTERNAL, 0, "native code calls %.200s, which is not there",
                     o->names + s.st_name);
  }
  static const unsigned char jump[] = {0xff, 0x25, 0xf2, 0xff, 0xff, 0xff}; /* jmp *-14(%rip) */
  memcpy(thunk, address, 8);
  memcpy(thunk + 8, jump, sizeof jump);
  return AG_OK;
}

static ag_code relocate(object *o, uint32_t section, const Elf64_Rela *r) {
  uint32_t type = ELF64_R_TYPE(r->r_info), i = ELF64_R_SYM(r->r_info);
  size_t width = type == R_X86_64_64 || type == R_X86_64_PC64 ? 8 : 4;
  size_t size = o->section[section].sh_size;
  if (i >= o->n_symbols || size < width || r->r_offset > size - width)
    return bad(o, "a reference lies outside of it");
  uint64_t to, at = (uint64_t)(uintptr_t)o->base + o->place[section] + r->r_offset;
  if (resolve(o, i, &to))
    return o->err->code;
  uint64_t thunk = (uint64_t)(uintptr_t)o->base + o->thunks + (uint64_t)i * THUNK;
  Elf64_Sym s = symbol_at(o, i);
  switch (type) {
  case R_X86_64_64:
    break;
  case R_X86_64_PC64:
    to -= at;
    break;
  case R_X86_64_PLT32:
  case R_X86_64_PC32:
    if (!has_place(o, &s))
      to = thunk + 8;
    to -= at;
    break;
  case R_X86_64_GOTPCREL:
  case R_X86_64_GOTPCRELX:
  case R_X86_64_REX_GOTPCRELX:
    to = thunk - at;
    break;
  default:
    return ag_fail(o->err, AG_ERR_INTERNAL, 0, "native code cannot be loaded: reference of kind %u",
                   type);
  }
  to += (uint64_t)r->r_addend;
  int64_t near = (int64_t)to;
  if (width == 4 && near != (int32_t)near)
    return bad(o, "a reference is too far");
  memcpy((void *)(uintptr_t)at, &to, width); /* little endian: the low half */
  return AG_OK;
}

static ag_code link_sections(object *o) {
  for (uint32_t i = 0; i < o->n_sections; i++)
    if (o->place[i])
      memcpy(o->base + o->place[i], o->bytes + o->section[i].sh_offset, o->section[i].sh_size);
  for (uint32_t i = 0; i < o->n_sections; i++) {
    const Elf64_Shdr *s = &o->section[i];
    if ((s->sh_type != SHT_RELA && s->sh_type != SHT_REL) || s->sh_info >= o->n_sections ||
        !o->place[s->sh_info])
      continue;
    if (s->sh_type == SHT_REL || s->sh_entsize != sizeof(Elf64_Rela))
      return bad(o, "its references");
    for (uint64_t at = 0; at + sizeof(Elf64_Rela) <= s->sh_size; at += sizeof(Elf64_Rela)) {
      Elf64_Rela r;
      memcpy(&r, o->bytes + s->sh_offset + at, sizeof r);
      if (relocate(o, s->sh_info, &r))
        return o->err->code;
    }
  }
  return AG_OK;
}

static ag_code find_function(object *o, ag_native **fn) {
  for (uint32_t i = 0; i < o->n_symbols; i++) {
    Elf64_Sym s = symbol_at(o, i);
    if (ELF64_ST_BIND(s.st_info) != STB_GLOBAL || ELF64_ST_TYPE(s.st_info) != STT_FUNC ||
        !has_place(o, &s) || !(o->section[s.st_shndx].sh_flags & SHF_EXECINSTR))
      continue;
    *fn = (ag_native *)(uintptr_t)(o->base + o->place[s.st_shndx] + s.st_value);
    return AG_OK;
  }
  return bad(o, "it has no function");
}

ag_code ag_load(const void *bytes, size_t size, ag_native **fn, void **code, ag_err *err) {
  object *o = ag_calloc(1, sizeof *o);
  if (!o)
    return ag_fail(err, AG_ERR_NOMEM, 0, "out of memory");
  o->bytes = bytes;
  o->size = size;
  o->err = err;
  if (!read_sections(o)) {
    void *memory = mmap(NULL, o->total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    o->base = memory;
    if (memory == MAP_FAILED) {
      ag_fail(err, AG_ERR_NOMEM, 0, "out of memory");
    } else {
      memcpy(memory, &o->total, sizeof o->total);
      if (!link_sections(o) && !find_function(o, fn) &&
          mprotect(memory, o->total, PROT_READ | PROT_EXEC))
        ag_fail(err, AG_ERR_UNSUPPORTED, 0,
                "no native code on this machine: memory cannot be made executable (%s)",
                strerror(errno));
      if (err->code)
        ag_unload(memory);
      else
        *code = memory;
    }
  }
  ag_free(o);
  return err->code;
}

void ag_unload(void *code) {
  if (!code)
    return;
  size_t total;
  memcpy(&total, code, sizeof total);
  munmap(code, total);
}
