"""x[key] and x.at(key, value) for the keys that are more than numbers, slices and one array: masks,
several arrays, and
assignment through arrays or bounds that only the run knows. NumPy's rules of advanced indexing.

Reading: slices and new axes first, then one gather at the broadcast arrays. Writing: the same key
applied to the places
0 .. size - 1 says which elements change."""

import builtins

from . import _core, api, arrays
from .api import _op, _strong

Tensor = _core.Tensor


def _is_array(k):
    if isinstance(k, (Tensor, _core.Variable)):
        return k.shape.rank != 0
    return isinstance(k, list) or getattr(k, "ndim", 0) > 0


def _is_number(k):
    return not (k is None or isinstance(k, slice) or k is Ellipsis or _is_array(k))


def _expanded(x, key):
    """The key with masks as arrays of places, and `...` and what is left out as whole slices."""
    out, axes = [], 0
    for k in key if isinstance(key, tuple) else (key,):
        if _is_array(k):
            k = k if isinstance(k, Tensor) else _strong(k)
            if k.dtype.is_bool:
                _check_mask(x, k, None if builtins.any(o is Ellipsis for o in out) else axes)
                places = _op("WHERE", [k])
                out += [places[:, i] for i in range(k.shape.rank)]
                axes += k.shape.rank
                continue
            if not k.dtype.is_integer:
                raise TypeError(
                    f"indices must be integers, not {k.dtype.name}: cast them, for example tf.cast(i, tf.int32)"
                )
        out.append(k)
        axes += k is not None and k is not Ellipsis
    n = x.shape.rank
    if n is None:
        raise IndexError("indexing by arrays needs a known number of dimensions")
    if axes > n:
        raise IndexError(f"too many indices: {axes} for a tensor of {n} dimensions")
    whole = [slice(None)] * (n - axes)
    at = next((i for i, k in enumerate(out) if k is Ellipsis), None)
    return out + whole if at is None else out[:at] + whole + out[at + 1 :]


def _check_mask(x, mask, axis):
    if mask.shape.rank is None:
        raise IndexError("a mask needs a known number of dimensions")
    sizes = (
        None
        if axis is None or x.shape.rank is None
        else tuple(x.shape)[axis : axis + mask.shape.rank]
    )
    for at, (size, given) in enumerate(zip(sizes or (), tuple(mask.shape)), axis or 0):
        if None not in (size, given) and size != given:
            raise IndexError(
                f"boolean index did not match indexed array along axis {at}; size of axis is {size} but size of "
                f"corresponding boolean axis is {given}"
            )


def _together(indices):
    """The arrays broadcast against each other, as rows of indices."""
    wide = [api.cast(i, "int64") for i in indices]
    shape = sum((w * 0 for w in wide[1:]), wide[0] * 0) if len(wide) > 1 else None
    if shape is not None:
        wide = [w + shape for w in wide]
    return api.stack(wide, wide[0].shape.rank)


def item(x, key):
    """x[key] by NumPy's rules."""
    array = _core.staged.get("array")
    if array is not None and isinstance(key, array):  # one that the function made
        key = key.tensor
    if isinstance(key, Tensor) and key.dtype.is_bool and key.shape.rank and key.is_symbolic:
        if x.shape.rank is not None and key.shape.rank <= x.shape.rank:
            return _masked(x, key)
    return _item(x, key)


def _masked(x, mask):
    """x[mask]: a `try` need ask no more than whether their sizes are the same."""
    from .staging import guards, tries

    _check_mask(x, mask, 0)
    graph = _core.current_graph()
    if graph is not None and graph.watched:
        tries.may_fail("mask", (x, mask), None)
    return guards.surely(lambda: _item(x, mask))


def _item(x, key):
    parts = _expanded(x, key)
    arrays_there = builtins.any(_is_array(k) for k in parts)
    picks = [i for i, k in enumerate(parts) if _is_array(k) or (arrays_there and _is_number(k))]
    kept = x[tuple(slice(None) if i in picks else k for i, k in enumerate(parts))] if parts else x
    axes, at = [], 0  # where the picked dimensions are in `kept`
    for i, k in enumerate(parts):
        if i in picks:
            axes.append(at)
        at += 0 if i not in picks and _is_number(k) else 1
    rest = [a for a in range(kept.shape.rank) if a not in axes]
    indices = [parts[i] if isinstance(parts[i], Tensor) else _strong(parts[i]) for i in picks]
    for i, a in zip(indices, axes, strict=True):
        _check_range(i, kept, a)
    rows = _together(indices)
    found = _op("GATHER_ND", [api.transpose(kept, [*axes, *rest]), rows])
    n, first = rows.shape.rank - 1, axes[0]
    if picks != list(range(picks[0], picks[-1] + 1)) or not first:
        return found  # apart: what was picked comes first
    order = [*range(n, n + first), *range(n), *range(n + first, found.shape.rank)]
    return api.transpose(found, order)


def _check_range(index, x, axis):
    known = index.tolist() if not index.is_symbolic and index.shape.rank == 0 else None
    n = x.shape[axis]
    if known is not None and n is not None and not -n <= known < n:
        raise IndexError(f"index {known} is out of bounds for axis {axis} with size {n}")


def set_item(x, key, value):
    """x with x[key] = value, by NumPy's rules; `value` has x's dtype and broadcasts."""
    parts = _expanded(x, key) if x.is_symbolic and _is_basic(key) else None
    if parts is not None and x.dtype.name != "string":
        return _set_block(x, parts, value)
    from .staging import guards

    size = api.cast(_size(x), "int64")
    places = api.reshape(api.cast(api.range(arrays._length(size)), "int64"), api._shape_of(x))
    chosen = places[key]
    if chosen.shape.is_fully_defined():
        value = api.broadcast_to(value, tuple(chosen.shape))
        updates = api.reshape(value, (-1,))
    else:
        if (
            chosen.shape.rank is not None
            and value.shape.rank is not None
            and value.shape.rank > chosen.shape.rank
        ):
            raise ValueError(f"a value of shape {value.shape} does not fit where {chosen.shape} is")
        if value.shape.rank:
            _check_fits(x, key, chosen, value)

        def spread():
            there = api.ones_like(chosen, "bool")
            return api.reshape(_op("SELECT", [there, value, value]), (-1,))

        updates = guards.surely(spread)

    def scattered():
        rows = api.expand_dims(api.reshape(chosen, (-1,)), -1)
        flat = _op("SCATTER", [api.reshape(x, (-1,)), rows, updates], {"mode": 0})
        return api.reshape(flat, api._shape_of(x))

    return guards.surely(scattered)


def _check_fits(x, key, chosen, value):
    """The run raises what NumPy does where a value does not fit into places that only the run counts."""
    from .staging import conditionals, effects

    pairs = builtins.list(
        zip(
            builtins.reversed(builtins.range(chosen.shape.rank)),
            builtins.reversed(builtins.range(value.shape.rank)),
        )
    )
    misfit = None
    for i, k in pairs:
        there, given = arrays._size(chosen, i), arrays._size(value, k)
        if isinstance(given, int) and given == 1 or isinstance(there, int) and there == given:
            continue
        bad = _core.binary("NE", there, given)
        if not isinstance(given, int):
            bad = _op("AND", [bad, _core.binary("NE", given, 1)])
        misfit = bad if misfit is None else _op("OR", [misfit, bad])
    graph = _core.current_graph()
    if misfit is None or graph is None:
        return

    def error():
        given, there = (_sizes_text(t) for t in (value, chosen))
        if (
            isinstance(key, Tensor)
            and key.dtype.is_bool
            and key.shape.rank == x.shape.rank
            and value.shape.rank == 1
        ):
            n = arrays._size(value, 0)
            return ValueError(
                f"NumPy boolean array indexing assignment cannot assign {n} input values to the "
                f"{arrays._size(chosen, 0)} output values where the mask is true"
            )
        return ValueError(
            f"shape mismatch: value array of shape {given} could not be broadcast to indexing result of shape {there}"
        )

    conditionals.staged_if(graph, misfit, lambda: effects.staged_raise(graph, error()), None, [])


def _sizes_text(t):
    sizes = [f"{arrays._size(t, i)}" for i in range(t.shape.rank)]
    return f"({','.join(sizes)}{',' if len(sizes) == 1 else ''})"


# ---- blocks whose place the run decides ---------------------------------------------------------------


def _is_basic(key):
    """Numbers and slices that go forwards."""
    return builtins.all(
        k is Ellipsis
        or (isinstance(k, slice) and (k.step is None or (type(k.step) is int and k.step > 0)))
        or (k is not None and not isinstance(k, (slice, bool)) and _is_number(k))
        for k in (key if isinstance(key, tuple) else (key,))
    )


def _set_block(x, parts, value):
    """Element by element, in place in native code: scattering would copy all of x."""
    whole = slice(None)
    last = builtins.max((i for i, k in enumerate(parts) if k != whole), default=-1)
    spans = [
        _span(k, arrays._size(x, i))
        for i, k in enumerate(parts[: last + 1])
        if isinstance(k, slice)
    ]
    rest = [arrays._size(x, i) for i in range(last + 1, x.shape.rank)]
    if value.shape.rank or rest:
        value = _filled(value, [n for _, n, _ in spans] + rest)
    numbers = [None if isinstance(k, slice) else _int64(k) for k in parts[: last + 1]]

    def put(x, at):
        counters = iter(at)
        moves = iter(spans)
        index = []
        for i in numbers:
            if i is None:
                begin, _, step = next(moves)
                i = next(counters) * step + begin
            index.append(i)
        item = _op("ELEMENT", [value, *at]) if at and value.shape.rank else value
        return _op("SET_ELEMENT", [x, item, *index])

    return _nest(x, put, [n for _, n, _ in spans], [])


def _filled(value, sizes):
    """The value in the shape of its place."""
    if builtins.all(isinstance(n, int) for n in sizes):
        return api.broadcast_to(value, sizes)
    if value.shape.rank is None or value.shape.rank > len(sizes):
        raise ValueError(
            f"a value of shape {value.shape} does not fit into a place of {len(sizes)} dimensions"
        )
    there = api.fill(sizes, _core.convert(True, "bool"))
    wide = _op("SELECT", [there, value, value])
    return _op("RESHAPE_TO", [wide, api._shape_vector(sizes)])  # fails where the value is larger


def _nest(x, put, sizes, at):
    """put(x, counters) for all counters below the sizes: a loop of the graph for each."""
    if len(at) == len(sizes):
        return put(x, at)
    from .control_flow import staged_while

    n = _int64(sizes[len(at)])
    start = _core.convert(0, "int64")
    return staged_while(
        _core.current_graph(),
        lambda i, x: i < n,
        lambda i, x: (i + 1, _nest(x, put, sizes, [*at, i])),
        (start, x),
    )[1]


def _int64(n):
    return _core.cast(
        _strong(n) if isinstance(n, (Tensor, _core.Variable)) else _core.convert(n, "int64"),
        "int64",
    )


def _span(k, n):
    """(first index, how many, step) of a slice of a dimension of n: ints where they are known."""
    begin, end, step = _bound(k.start, n, 0), _bound(k.stop, n, n), k.step or 1
    if isinstance(begin, int) and isinstance(end, int):
        return begin, builtins.max(0, -((begin - end) // step)), step
    return begin, api.maximum((_int64(end) - _int64(begin) + (step - 1)) // step, _int64(0)), step


def _bound(b, n, otherwise):
    if b is None:
        return otherwise
    if isinstance(b, int) and isinstance(n, int):
        return builtins.min(builtins.max(b + n if b < 0 else b, 0), n)
    b, n = _int64(b), _int64(n)
    return api.minimum(api.maximum(api.where(b < 0, b + n, b), _int64(0)), n)


def _size(x):
    n = x.shape.num_elements()
    return n if n is not None else api.size(x, "int64")


_core.staged.update(fancy_item=item, fancy_set_item=set_item)
