/* machine.h - the machine that code is made for: this one. */
#ifndef AG_LLVM_MACHINE_H
#define AG_LLVM_MACHINE_H

/* What the emitter must know of it. */
typedef struct ag_machine {
  char *triple, *cpu, *features;
  unsigned vector_bits; /* 512, 256 or 128 */
  char *layout;         /* known once LLVM has started */
} ag_machine;

/* All but the layout, without starting LLVM. */
const ag_machine *ag_machine_name(void);

#endif
