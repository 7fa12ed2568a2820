/* autograph.h - the public C API: includes its parts and nothing else. */
#ifndef AUTOGRAPH_H
#define AUTOGRAPH_H

#include "ag/base.h"
#include "ag/compile.h"
#include "ag/foreign.h"
#include "ag/graph.h"
#include "ag/plan.h"
#include "ag/tensor.h"

#endif
