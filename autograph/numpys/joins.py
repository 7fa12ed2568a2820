"""np.stack(rows), np.concatenate(rows) and their like of a list whose length only the run knows: of its items as one array."""

from .. import _core, api, arrays
from ..numpy_functions import _moveaxis
from ..staging import outside
from . import given as g


def joined(f, name, args, kwargs):
    """f(rows, ...) where rows grows in the run; any other call is NumPy's."""
    rows, options = (args[0], args[1:]) if args else (None, ())
    if getattr(rows, "staged", None) is None or set(kwargs) - {"axis"} or len(options) > 1:
        return outside.call(f, *args, **kwargs)
    axis = kwargs.get("axis", options[0] if options else 0)
    if not isinstance(axis, int) or name not in ("stack", "concatenate", "concat") and (options or kwargs):
        return outside.call(f, *args, **kwargs)
    what = "stack" if name == "stack" else "concatenate"
    g.demand(_core.binary("GT", rows.staged.size, 0), f"need at least one array to {what}")
    return OF_A_LIST[name](g.stacked(rows), axis)


def _stack(x, axis):
    return _moveaxis(x, 0, api.axis_of(x, axis, "stack"))


def _concatenate(x, axis):
    if x.shape.rank < 2:
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    sizes = [arrays._size(x, i) for i in range(1, x.shape.rank)]
    axis = axis + len(sizes) if axis < 0 else axis
    if not 0 <= axis < len(sizes):
        raise ValueError(f"axis {axis} is out of bounds for array of dimension {len(sizes)}")
    return api.reshape(_moveaxis(x, 0, axis), [*sizes[:axis], -1, *sizes[axis + 1 :]])


def _vstack(x, axis):
    return api.expand_dims(x, 1) if x.shape.rank == 1 else x if x.shape.rank == 2 else _concatenate(x, 0)


def _hstack(x, axis):
    return x if x.shape.rank == 1 else _concatenate(x, 0 if x.shape.rank == 2 else 1)


def _column_stack(x, axis):
    return api.expand_dims(x, 0) if x.shape.rank == 1 else api.transpose(x) if x.shape.rank == 2 else _concatenate(x, 1)


OF_A_LIST = {
    "stack": _stack, "concatenate": _concatenate, "concat": _concatenate, "vstack": _vstack, "row_stack": _vstack, "hstack": _hstack,
    "column_stack": _column_stack,
}  # fmt: skip
