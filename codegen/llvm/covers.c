/* covers.c - a row in a few vectors, the last ones of which may be there in part.
 *
 * Of a row whose length only the run knows there are several forms: in one vector, in two, in four,
 * each where it fits, and one for long rows. The forms are emitted one after the other, and the run
 * takes one. */
#include "emit.h"

void ag_cover_vector(ag_emitter *e, const ag_cover *c, unsigned v, LLVMValueRef columns) {
  e->lanes = c->lanes;
  e->partial = v >= c->full;
  if (e->partial && !e->probing)
    ag_emit_partial(e, ag_ix(e, LLVMSub, columns, ag_emit_int(e, (int64_t)v * c->lanes)));
}

ag_cover ag_cover_of(int64_t columns, unsigned lanes) {
  return (ag_cover){lanes, (unsigned)((columns + lanes - 1) / lanes), (unsigned)columns / lanes};
}

void ag_forms_begin(ag_emitter *e, ag_forms *f, LLVMValueRef columns, unsigned lanes,
                    unsigned most) {
  *f = (ag_forms){.lanes = lanes, .most = most};
  f->before = ag_ix(e, LLVMSub, columns, ag_emit_int(e, 1)); /* of no column: many */
  f->done = ag_emit_block(e, "formed");
}

bool ag_forms_next(ag_emitter *e, ag_forms *f, ag_cover *c) {
  if (f->vectors) {
    ag_emit_unscope(e, f->scope);
    LLVMBuildBr(e->b, f->done);
    LLVMPositionBuilderAtEnd(e->b, f->longer ? f->longer : f->done);
    if (!f->longer)
      return false;
  }
  f->vectors = f->vectors ? 2 * f->vectors : 1;
  f->scope = ag_emit_scope(e);
  f->longer = NULL;
  *c = (ag_cover){0};
  if (f->vectors > f->most)
    return true;
  LLVMValueRef size = ag_emit_int(e, (int64_t)f->vectors * f->lanes);
  LLVMBasicBlockRef here = ag_emit_block(e, "short");
  f->longer = ag_emit_block(e, "longer");
  LLVMBuildCondBr(e->b, LLVMBuildICmp(e->b, LLVMIntULT, f->before, size, "fits"), here, f->longer);
  LLVMPositionBuilderAtEnd(e->b, here);
  *c = (ag_cover){f->lanes, f->vectors, f->vectors / 2};
  return true;
}
