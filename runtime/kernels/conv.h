/* conv.h - a convolution that is being computed, for the files that do it. */
#ifndef AG_CONV_H
#define AG_CONV_H

#include "elementwise.h"

typedef struct ag_conv {
  ag_window w;
  int64_t item, batch, in_channels, out_channels; /* of all groups */
  int64_t in[AG_MAX_RANK], out[AG_MAX_RANK], taps, in_plane, places;
  int64_t depth, made; /* steps, filters of one group */
  char *out_data;
  const ag_epilogue *epilogue;
  ag_loc loc;
} ag_conv;

enum {
  AG_CONV_DEPTH = 256
}; /* steps after which sums are added to what is there, as gemm.c does */

/* What is done to filters [channel, channel + n) of a line of places, now that they are finished.
 */
ag_code ag_conv_finish(ag_run *run, const ag_conv *k, int64_t line, int64_t channel, int64_t n);

/* grouped.c: true for convolutions that are better done there. */
bool ag_conv_is_grouped(const ag_conv *k);
ag_code ag_conv_grouped(ag_run *run, const ag_call *c, const ag_conv *k, const char *x,
                        const char *filters);

#endif
