"""The operations, by kind. Importing a module enters its functions in the table of nodes.py."""

from . import array, control, conv, elementwise, images, nn, pool, quantize, recurrent, reduce  # noqa: F401
