"""The operations, by kind. Importing a module enters its functions in the table of nodes.py."""

from . import (  # noqa: F401
    array,
    control,
    conv,
    elementwise,
    images,
    ml,
    nn,
    pool,
    quantize,
    recurrent,
    reduce,
    signal,
    training,
)
