"""x with x[key] = value, as a new tensor: what the core's item assignment does not do itself.

The core takes numbers that only the run knows before all slices. In `x[:, j] = v` they come after:
the axes of the numbers are moved to the front, and back again afterwards.
"""

from .. import _core

Tensor = _core.Tensor


def assigned(x, key, value):
    """The tensor x with x[key] = value; key as Python gives it. Raises as _core.setitem does."""
    moved = _numbers_first(x, key)
    if moved is None:
        return _core.setitem(x, key, value)
    order, key = moved
    back = [order.index(axis) for axis in range(len(order))]
    changed = _core.setitem(_core.op("TRANSPOSE", [x], {"perm": tuple(order)}), key, value)
    return _core.op("TRANSPOSE", [changed], {"perm": tuple(back)})


def _is_number(item):
    return type(item) is int or (
        isinstance(item, Tensor) and item.shape.rank == 0 and "int" in item.dtype.name
    )


def _numbers_first(x, key):
    """(order of the axes, key), numbers first; None where the core takes the key as it is."""
    rank = x.shape.rank
    if type(key) is not tuple or rank is None or any(item is None for item in key):
        return None
    dots = [i for i, item in enumerate(key) if item is Ellipsis]
    if len(dots) > 1 or len(key) - len(dots) > rank:
        return None
    at = dots[0] if dots else len(key)
    rest = key[at + 1 :]
    items = [*key[:at], *[slice(None)] * (rank - at - len(rest)), *rest]
    numbers = [axis for axis, item in enumerate(items) if _is_number(item)]
    late = [axis for i, axis in enumerate(numbers) if axis != i]
    if not any(isinstance(items[axis], Tensor) and items[axis].is_symbolic for axis in late):
        return None
    order = numbers + [axis for axis in range(rank) if axis not in numbers]
    return order, tuple(items[axis] for axis in order)
