"""Shapes, and arrays taken apart and put together."""

import numpy as np

from ... import _core, api, arrays
from ..nodes import known, like, op
from ..types import dtype_of, strings, tensor_of

ALL = slice(None)


def _constant(value, dtype):
    return known(value, dtype)


# ---- made ---------------------------------------------------------------------------------------


@op("Constant")
def constant(node):
    forms = {
        "value": lambda v: tensor_of(v, f"{node}: attribute 'value'"),
        "value_float": lambda v: _constant(v, "float32"),
        "value_floats": lambda v: _constant(np.asarray(v, np.float32), None),
        "value_int": lambda v: _constant(v, "int64"),
        "value_ints": lambda v: _constant(np.asarray(v, np.int64), None),
        "value_string": lambda v: strings(np.asarray(v, object)),
        "value_strings": lambda v: strings(np.asarray(v, object)),
    }
    given = [name for name in node.attributes if name in forms]
    if len(given) != 1:
        if node.has("sparse_value"):
            raise node.unsupported("sparse tensors are not supported")
        raise node.wrong(f"has {len(given)} of the attributes {', '.join(forms)}, not one")
    return forms[given[0]](node.attr(given[0]))


@op("ConstantOfShape")
def constant_of_shape(node, shape):
    value = (
        tensor_of(node.attr("value"), f"{node}: attribute 'value'")
        if node.has("value")
        else _constant(0.0, "float32")
    )
    return api.fill(node.ints(0, "the shape"), api.reshape(value, ()))


@op("EyeLike")
def eye_like(node, x):
    rows, columns = node.dims(0)
    dtype = (
        dtype_of(node.attr("dtype"), f"{node}: attribute 'dtype'") if node.has("dtype") else x.dtype
    )
    i, k = api.range(rows), api.range(columns)
    return api.cast(api.expand_dims(i, 1) + node.attr("k", 0) == k, dtype)


@op("Range")
def range_(node, start, limit, delta):
    known = not any(v.is_symbolic for v in (start, limit, delta))
    if not known:
        for i in range(3):
            node.number(i, "a number of the range")
    return api.range(api.reshape(start, ()), api.reshape(limit, ()), api.reshape(delta, ()))


@op("Shape")
def shape(node, x):
    dims = tuple(x.shape)
    dims = dims[slice(node.attr("start"), node.attr("end"))]
    if None in dims:
        return api.shape(x, "int64")[slice(node.attr("start"), node.attr("end"))]
    return _constant(np.asarray(dims, np.int64), None)


@op("Size")
def size(node, x):
    n = x.shape.num_elements()
    return api.size(x, "int64") if n is None else _constant(n, "int64")


@op("OneHot")
def one_hot(node, indices, depth, values):
    n = int(node.number(1, "the depth"))
    at = api.cast(indices, "int64")
    at = api.where(at < 0, at + n, at)
    return arrays.one_hot(at, n, values[1], values[0], node.attr("axis", -1), values.dtype)


# ---- other shapes -------------------------------------------------------------------------------


@op("Reshape")
def reshape(node, x, shape=None):
    dims = node.ints(1, "the shape") if node.opset >= 5 else node.attr("shape")
    if not node.attr("allowzero", 0):
        for i, d in enumerate(dims):
            if d == 0 and i >= x.shape.rank:
                raise node.wrong(
                    f"dimension {i} of the shape is 0, a copy of the input's, "
                    f"which has rank {x.shape.rank}"
                )
        dims = [_size(x, i) if d == 0 else d for i, d in enumerate(dims)]
    known = x.shape.num_elements()
    if known == 0 and -1 in dims:
        rest = int(np.prod([d for d in dims if d != -1]))
        dims = [0 if d == -1 and rest else d for d in dims]
    return api.reshape(x, dims)


def _size(x, i):
    n = x.shape[i]
    return n if n is not None else _core.op("DIM", [x], {"axis": i, "weak": 1})


@op("Flatten")
def flatten(node, x):
    axis = node.attr("axis", 1)
    if not -x.shape.rank <= axis <= x.shape.rank:
        raise node.wrong(f"axis {axis} is out of range for rank {x.shape.rank}")
    axis = axis + x.shape.rank if axis < 0 else axis
    dims = node.dims(0)
    return api.reshape(
        x, (int(np.prod(dims[:axis], dtype=np.int64)), int(np.prod(dims[axis:], dtype=np.int64)))
    )


@op("Transpose")
def transpose(node, x):
    perm = node.attr("perm")
    if perm is not None and sorted(p % x.shape.rank for p in perm) != list(range(x.shape.rank)):
        raise node.wrong(f"perm {perm} is no permutation of {x.shape.rank} dimensions")
    return api.transpose(x, perm)


@op("Squeeze")
def squeeze(node, x, axes=None):
    found = node.axes("axes", 1, x)
    if found is None and None in tuple(x.shape):
        node.dims(0)
    return api.squeeze(x, None if found is None else tuple(found))


@op("Unsqueeze")
def unsqueeze(node, x, axes=None):
    given = node.ints(1, "the axes") if node.opset >= 13 else node.attr("axes")
    rank = x.shape.rank + len(given)
    places = sorted(node.axis(a, rank) for a in given)
    if len(set(places)) != len(places):
        raise node.wrong(f"the axes {given} name one twice")
    for a in places:
        x = api.expand_dims(x, a)
    return x


@op("Expand")
def expand(node, x, shape):
    dims = node.ints(1, "the shape")
    return api.broadcast_to(x, np.broadcast_shapes(tuple(node.dims(0)), tuple(dims)))


@op("Tile")
def tile(node, x, repeats, axis=None):
    return api.tile(x, node.ints(1, "the repeats"))


@op("DepthToSpace")
def depth_to_space(node, x):
    n, c, h, w = node.dims(0)
    b = node.attr("blocksize")
    if node.choice("mode", "DCR", ("DCR", "CRD")) == "DCR":
        x = api.transpose(api.reshape(x, (n, b, b, c // (b * b), h, w)), (0, 3, 4, 1, 5, 2))
    else:
        x = api.transpose(api.reshape(x, (n, c // (b * b), b, b, h, w)), (0, 1, 4, 2, 5, 3))
    return api.reshape(x, (n, c // (b * b), h * b, w * b))


@op("SpaceToDepth")
def space_to_depth(node, x):
    n, c, h, w = node.dims(0)
    b = node.attr("blocksize")
    x = api.reshape(x, (n, c, h // b, b, w // b, b))
    order = (
        (0, 3, 5, 1, 2, 4)
        if node.choice("mode", "DCR", ("DCR", "CRD")) == "DCR"
        else (0, 1, 3, 5, 2, 4)
    )
    return api.reshape(api.transpose(x, order), (n, c * b * b, h // b, w // b))


# ---- taken apart --------------------------------------------------------------------------------


@op("Slice")
def slice_(node, x, starts=None, ends=None, axes=None, steps=None):
    rank = x.shape.rank
    if node.opset < 10:
        begins, stops = node.attr("starts"), node.attr("ends")
        places, by = node.attr("axes") or list(range(len(begins))), [1] * len(begins)
    else:
        count = starts.shape[0]
        places = node.ints(3, "the axes") if node.given(3) else list(range(count))
        by = node.ints(4, "the steps") if node.given(4) else [1] * count
        begins, stops = _bounds(starts, count), _bounds(ends, count)
    key = [ALL] * rank
    for a, b, e, s in zip(places, begins, stops, by):
        if s == 0:
            raise node.wrong("a step is 0")
        a = node.axis(a, rank)
        if s < 0 and isinstance(e, int):
            n = x.shape[a]
            if e < 0 and n is not None:
                e = None if e + n < 0 else e
        key[a] = slice(b, e, s)
    return x[tuple(key)]


def _bounds(v, n):
    """A vector as Python ints where they are known, else as numbers of the run."""
    if v.is_symbolic:
        return [v[i] for i in range(n)]
    return [int(i) for i in v.numpy()]


@op("Split")
def split(node, x, sizes=None):
    axis = node.axis(node.attr("axis", 0), x.shape.rank)
    if node.opset >= 13:
        parts = node.ints(1, "the sizes") if node.given(1) else None
    else:
        parts = node.attr("split") or (node.ints(1, "the sizes") if node.given(1) else None)
    n = node.dims(0)[axis]
    if parts is None:
        count = node.attr("num_outputs", len(node.proto.output))
        each = -(-n // count)
        parts = [each] * (count - 1) + [n - each * (count - 1)]
    if sum(parts) != n or min(parts, default=0) < 0:
        raise node.wrong(f"parts of sizes {parts} do not make up a dimension of size {n}")
    return tuple(arrays.split(x, parts, axis))


@op("Gather")
def gather(node, x, indices):
    return api.gather(x, indices, axis=node.axis(node.attr("axis", 0), x.shape.rank))


@op("GatherND")
def gather_nd(node, x, indices):
    return arrays.gather_nd(x, api.cast(indices, "int64"), node.attr("batch_dims", 0))


def _places(node, x, indices, axis):
    """Rows of indices into all of x for indices that go along one axis."""
    dims = [_size(indices, i) for i in range(indices.shape.rank)]
    at = api.cast(indices, "int64")
    columns = []
    for i in range(indices.shape.rank):
        if i == axis:
            columns.append(at)
        else:
            places = api.cast(api.range(dims[i]), "int64")
            key = tuple(ALL if k == i else None for k in range(len(dims)))
            columns.append(places[key] + at * 0)
    return api.stack(columns, axis=indices.shape.rank)


@op("GatherElements")
def gather_elements(node, x, indices):
    axis = node.axis(node.attr("axis", 0), x.shape.rank)
    return arrays.gather_nd(x, _places(node, x, indices, axis))


_MODES = {"none": 0, "add": 1, "mul": 5, "min": 3, "max": 4}


@op("ScatterElements", "Scatter")
def scatter_elements(node, x, indices, updates):
    axis = node.axis(node.attr("axis", 0), x.shape.rank)
    return _scatter(node, x, _places(node, x, indices, axis), updates)


@op("ScatterND")
def scatter_nd(node, x, indices, updates):
    return _scatter(node, x, api.cast(indices, "int64"), updates)


def _scatter(node, x, at, updates):
    mode = _MODES[node.choice("reduction", "none", tuple(_MODES))]
    return _core.op("SCATTER", [x, at, updates], {"mode": mode})


@op("Compress")
def compress(node, x, condition):
    if not node.has("axis"):
        x = api.reshape(x, (-1,))
    axis = node.axis(node.attr("axis", 0), x.shape.rank)
    return api.gather(x, api.reshape(arrays.where(condition), (-1,)), axis=axis)


@op("NonZero")
def non_zero(node, x):
    return api.transpose(arrays.where(x))


@op("Trilu")
def trilu(node, x, k=None):
    shift = int(node.number(1, "k")) if node.given(1) else 0
    rows, columns = node.dims(0)[-2:]
    i, j = api.cast(api.range(rows), "int64"), api.cast(api.range(columns), "int64")
    away = j - api.expand_dims(i, 1)
    kept = away >= shift if node.attr("upper", 1) else away <= shift
    return api.where(kept, x, like(0, x) if not x.dtype.is_bool else api.constant(False))


# ---- put together -------------------------------------------------------------------------------


@op("Concat")
def concat(node, *values):
    axis = node.axis(node.attr("axis", 1), values[0].shape.rank)
    return api.concat(list(values), axis)


@op("Pad")
def pad(node, x, pads=None, value=None, axes=None):
    mode = node.choice("mode", "constant", ("constant", "reflect", "edge", "wrap"))
    given = (
        node.ints(1, "the pads") if node.opset >= 11 else node.attr("pads") or node.attr("paddings")
    )
    fill = value if node.given(2) else node.attr("value", 0.0) if node.opset < 11 else 0
    places = (
        [node.axis(a, x.shape.rank) for a in node.ints(3, "the axes")]
        if node.given(3)
        else list(range(x.shape.rank))
    )
    if len(given) != 2 * len(places):
        raise node.wrong(f"{len(given)} pads were given for {len(places)} axes")
    pairs = [[0, 0] for _ in range(x.shape.rank)]
    for i, a in enumerate(places):
        pairs[a] = [given[i], given[i + len(places)]]
    cut = [slice(max(0, -b), None if e >= 0 else e) for b, e in pairs]  # negative pads take away
    if any(c != slice(0, None) for c in cut):
        x = x[tuple(cut)]
    pairs = [[max(0, b), max(0, e)] for b, e in pairs]
    if mode == "constant":
        number = api.reshape(fill, ()) if isinstance(fill, _core.Tensor) else like(fill, x)
        return api.pad(x, pairs, constant_values=number)
    dims = node.known_dims(x)
    for a, (b, e) in enumerate(pairs):
        if b or e:
            places = np.pad(np.arange(dims[a]), (b, e), mode=mode)
            x = api.gather(x, _constant(places, "int64"), axis=a)
    return x


@op("CenterCropPad")
def center_crop_pad(node, x, shape):
    sizes = node.ints(1, "the shape")
    places = [node.axis(a, x.shape.rank) for a in node.attr("axes", list(range(x.shape.rank)))]
    dims = node.dims(0)
    key, pairs = [ALL] * x.shape.rank, [[0, 0] for _ in dims]
    for a, n in zip(places, sizes):
        if n < dims[a]:
            start = (dims[a] - n) // 2
            key[a] = slice(start, start + n)
        else:
            pairs[a] = [(n - dims[a]) // 2, n - dims[a] - (n - dims[a]) // 2]
    return api.pad(x[tuple(key)], pairs, constant_values=like(0, x))


@op("ReverseSequence")
def reverse_sequence(node, x, lengths):
    time, batch = node.attr("time_axis", 0), node.attr("batch_axis", 1)
    dims = node.dims(0)
    i = api.cast(api.range(dims[time]), "int64")
    spread = api.expand_dims(api.cast(lengths, "int64"), 1)
    at = api.where(i < spread, spread - 1 - i, i + spread * 0)  # [batch, time]
    if time == 0:
        at = api.transpose(at)
    columns = api.cast(api.range(dims[batch]), "int64")
    other = api.expand_dims(columns, 1) if batch == 0 else columns
    order = [at, other + at * 0] if time == 0 else [other + at * 0, at]
    return arrays.gather_nd(x, api.stack(order, axis=2))


# ---- ordered ------------------------------------------------------------------------------------


@op("TopK")
def top_k(node, x, k=None):
    n = int(node.number(1, "k")) if node.opset >= 10 else node.attr("k")
    axis = node.axis(node.attr("axis", -1), x.shape.rank)
    order = [i for i in range(x.shape.rank) if i != axis] + [axis]
    back = list(np.argsort(order))
    rows = api.transpose(x, order)
    places = _core.op(
        "ARGSORT", [rows], {"descending": int(bool(node.attr("largest", 1))), "dtype": "int64"}
    )[..., :n]
    values = arrays.gather(rows, places, batch_dims=x.shape.rank - 1)
    return api.transpose(values, back), api.transpose(places, back)


@op("Unique")
def unique(node, x):
    if not node.has("axis"):
        values, first, where, counts = _unique(node, api.reshape(x, (-1,)))
        return values, first, where, counts
    axis = node.axis(node.attr("axis"), x.shape.rank)
    n = node.known_dims(x)[axis]
    slices = api.transpose(x, [axis, *(i for i in range(x.shape.rank) if i != axis)])
    rows = api.reshape(slices, (n, -1))
    _, first, where, counts = _unique(node, _ranks(rows, n))
    return api.gather(x, first, axis=axis), first, where, counts


def _ranks(rows, n):
    """The number of each row among all, in the order of words: equal rows have equal numbers."""
    columns = rows.shape[1]
    rank = api.cast(api.range(n), "int64") * 0
    for k in range(columns):  # the first column counts most
        column = rows[:, k]
        lower = api.logical_or(
            rank[None, :] < rank[:, None],
            api.logical_and(
                api.equal(rank[None, :], rank[:, None]), column[None, :] < column[:, None]
            ),
        )
        rank = api.reduce_sum(api.cast(lower, "int64"), [1])
    return rank


def _unique(node, flat):
    """(values, their first places, the number of each element's, counts) of a vector."""
    values, where, counts = _core.op("UNIQUE", [flat], {"dtype": "int64"})
    n = node.known_dims(flat)[0]
    beyond = api.fill(api.shape(values, "int64"), known(n, "int64"))
    places = api.cast(api.range(n), "int64")
    first = _core.op("SCATTER", [beyond, api.expand_dims(where, 1), places], {"mode": 3})
    if node.attr("sorted", 1):
        order = _core.op("ARGSORT", [values], {"descending": 0, "dtype": "int64"})
        rank = _core.op("ARGSORT", [order], {"descending": 0, "dtype": "int64"})
        values, first, counts = (api.gather(v, order) for v in (values, first, counts))
        where = api.gather(rank, where)
    return values, first, where, counts


@op("TensorScatter")
def tensor_scatter(node, cache, update, starts=None):
    """A block written along an axis of each item of the batch, from a place of its own on."""
    rank = cache.shape.rank
    axis = node.axis(node.attr("axis", -2), rank)
    circular = node.choice("mode", "linear", ("linear", "circular")) == "circular"
    dims, size = node.dims(0), node.dims(1)
    batch = dims[0]
    if axis == 0:
        raise node.wrong("the axis is that of the batch")
    at = api.expand_dims(known(np.arange(size[axis])), 0)
    if starts is not None:
        at = api.expand_dims(api.cast(starts, "int64"), 1) + at
    if circular:
        at = api.mod(at, dims[axis])
    at = at + api.expand_dims(known(np.zeros(batch, np.int64)), 1)
    column = at * 0 + api.expand_dims(known(np.arange(batch)), 1)
    order = [0, axis, *(i for i in range(1, rank) if i != axis)]
    back = [order.index(i) for i in range(rank)]
    places = api.stack([column, at], axis=2)
    turned = api.transpose(cache, order)
    made = _core.op("SCATTER", [turned, places, api.transpose(update, order)], {"mode": 0})
    return api.transpose(made, back)
