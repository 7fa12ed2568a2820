"""The shape and size of a traced value, as the user's code sees them where the trace does not know all sizes.

In NumPy a shape is a tuple of numbers: of a function on NumPy's arrays they are numbers that only the run knows. A TensorShape has
None for these; what Python numbers among the arguments decide becomes static, as everywhere that a shape needs them.
"""

import sys

from .. import _core
from . import lent, places


def shape(tensor, found):
    """What `tensor.shape` gives; found: its TensorShape, which our own code asks for."""
    if not _is_users(tensor):
        return found
    if lent.has_numpys_arrays():
        return sizes(tensor, found)
    for axis, d in enumerate(found):
        if d is None:
            _pin(tensor, axis)
    return found


def size(tensor, found):
    """What `tensor.size` gives: the number of elements, None where it is not known and the arrays are not NumPy's."""
    if not _is_users(tensor):
        return None
    if not lent.has_numpys_arrays():
        for axis, d in enumerate(found):
            if d is None:
                _pin(tensor, axis)
        return None
    n = 1
    for d in sizes(tensor, found):
        n = n * d
    return n


def sizes(tensor, found):
    """The sizes as a tuple of ints, traced where only the run knows one."""
    return tuple([_core.op("DIM", [tensor], {"axis": axis, "weak": 1}) if d is None else d for axis, d in enumerate(found)])


def _is_users(tensor):
    """Whether the user's code asks, in the trace that the tensor is of."""
    graph = _core.current_graph()
    return graph is not None and tensor.graph is graph and tensor.alts is None and not places.is_ours(sys._getframe(2))


def _pin(tensor, axis):
    """PinRequired for the arguments where numbers among them alone decide a size."""
    decides = _core.sources(_core.op("DIM", [tensor], {"axis": axis, "weak": 1}))
    if decides is not None and decides[0] and not decides[1]:
        raise _core.PinRequired(decides[0], decides[1], "a size of a tensor")


_core.staged.update(open_shape=shape, open_size=size)
