/* key.h - the cache key of one call: what the arguments are, and which of them are inputs. */
#ifndef AG_EXT_KEY_H
#define AG_EXT_KEY_H

#include "state.h"

/* KEY WORDS: a leaf is one word (kind, dtype, rank) and, for tensors, a word per dim; containers
 * say their length. The hash covers everything but dims, so an entry may hold AG_KEY_ANY where a
 * dim was relaxed. */
enum leaf_kind {
  LEAF_TENSOR = 1, /* strong tensor or buffer */
  LEAF_INT,        /* Python int: weak int64 */
  LEAF_FLOAT,
  LEAF_COMPLEX,
  LEAF_STATIC, /* compared by type and value */
  LEAF_OBJECT, /* compared by identity */
  LEAF_TUPLE,
  LEAF_LIST,
  LEAF_DICT,
  LEAF_VARIABLE, /* compared by identity; not an input */
  LEAF_RECORD,   /* a dataclass: its class, then its fields */
  LEAF_NUMBERS   /* a list of many numbers of one dtype, an input of any length */
};
/* Inputs other than tensors: their words have no sizes. */
static inline bool leaf_has_no_dims(uint64_t kind) {
  return kind == LEAF_INT || kind == LEAF_FLOAT || kind == LEAF_COMPLEX || kind == LEAF_NUMBERS;
}
#define AG_KEY_ANY (~(uint64_t)0)
/* In place of a relaxed dim that must equal an earlier one: AG_KEY_SAME | input << 40 | axis << 32
 * | the earlier one's word. No size has this bit. */
#define AG_KEY_SAME ((uint64_t)1 << 63)

/* Whether a size may stand for the word of a dim. in: the inputs so far, of the ranks that their
 * words say. */
static inline bool key_word_allows(uint64_t word, const ag_tensor *const *in, int64_t size) {
  if (word == (uint64_t)size || word == AG_KEY_ANY)
    return true;
  return word & AG_KEY_SAME && in[word >> 40 & 0x7fffff]->dim[word >> 32 & 0xff] == size;
}
enum { AG_KEY_ANY_RANK = 0xff }; /* in place of the rank: no dims follow */
/* WRITTEN LEAVES: where pins hold AG_PIN_WRITTEN + ordinal, a trace writes to that argument. The
 * word of an array there has AG_KEY_LENT: it is the caller's, and a tensor is a value. */
#define AG_PIN_WRITTEN ((uint64_t)1 << 32)
#define AG_KEY_LENT ((uint64_t)1 << 48)
/* Where pins hold AG_PIN_ASKED + ordinal, a trace asks whether that array is another argument: its
 * word tells which earlier input is the same object, counted from 1. */
#define AG_PIN_ASKED ((uint64_t)1 << 33)
/* Where pins hold AG_PIN_APART + n, the n-th list among the arguments has a leaf for each item. */
#define AG_PIN_APART ((uint64_t)1 << 34)
enum { AG_KEY_TWIN = 49, AG_KEY_TWINS = 1 << 14 };
enum { KEY_WORDS = 48, KEY_LEAVES = 24 };

typedef struct call_key {
  uint64_t hash;
  uint32_t n_words, n_statics, n_inputs, n_leaves, n_lists;
  uint32_t cap_words, cap_statics, cap_inputs;
  uint64_t *words;
  PyObject **statics; /* borrowed from the arguments */
  PyObject **inputs;  /* borrowed: leaves that are inputs of the plan, in order */
  uint64_t words_here[KEY_WORDS];
  PyObject *statics_here[KEY_LEAVES], *inputs_here[KEY_LEAVES];
} call_key;

/* pins: leaves (by ordinal) whose numbers are static; those whose rank may be anything, as
 * ~ordinal; those that are written to or asked about. all_static: numbers="static". -1 and
 * exception on failure. */
int key_build(core_state *st, call_key *k, PyObject *const *bound, Py_ssize_t n, PyObject *pins,
              bool all_static);
void key_clear(call_key *k);
/* dtype and dims of a tensor-like leaf without copying it; false when it is none. */
bool leaf_describe(core_state *st, PyObject *o, ag_dtype *dtype, int *rank, int64_t *dim);

#endif
