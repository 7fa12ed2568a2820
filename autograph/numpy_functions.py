"""NumPy's functions on tensors, traced ones included, under NumPy's names and with its arguments:
what np.diff(tensor) runs.

Tensors of Python's 64-bit numbers and of arrays keep NumPy's dtypes: floats stay, integers become
float64 where NumPy says so.
"""

import builtins
import math
import operator

from . import _core, api, arrays, indexing, reductions
from .api import _op, _strong
from .numpys import given
from .staging import places

Tensor = _core.Tensor


def _floating(x):
    x = given.ufunc_floats(x)
    return _core.cast(x, x.dtype) if x.weak else x


def _floats(x, y):
    """Two operands as floats of one dtype. A Python number takes that of the other one."""
    x, y = (
        v if type(v) in (int, float) or getattr(v, "weak", False) else _floating(v) for v in (x, y)
    )
    dtype = _floating(_core.binary("MAXIMUM", x, y)).dtype
    return [_strong(_core.cast(v, dtype)) for v in (x, y)]


def _dims(x):
    return [arrays._size(x, i) for i in builtins.range(x.shape.rank)]


# ---- ufuncs that are a few operations ---------------------------------------------------------------

UFUNCS = {
    "exp2": lambda x: exp2(_floating(x)),
    "log2": lambda x: _log(_floating(x), 2),
    "log10": lambda x: _log(_floating(x), 10),
    "deg2rad": lambda x: _floating(x) * (math.pi / 180),
    "rad2deg": lambda x: _floating(x) * (180 / math.pi),
    "radians": lambda x: _floating(x) * (math.pi / 180),
    "degrees": lambda x: _floating(x) * (180 / math.pi),
    "positive": api.identity,
    "conjugate": api.conj,
    "logaddexp": lambda x, y: logaddexp(*_floats(x, y)),
    "hypot": lambda x, y: hypot(*_floats(x, y)),
    "copysign": lambda x, y: copysign(*_floats(x, y)),
    "signbit": lambda x: signbit(_floating(x)),
    "float_power": lambda x, y: float_power(x, y),
    "arcsinh": lambda x: asinh(_floating(x)),
    "arccosh": lambda x: acosh(_floating(x)),
    "arctanh": lambda x: atanh(_floating(x)),
}

REDUCERS = {
    "add": "sum",
    "multiply": "prod",
    "maximum": "max",
    "minimum": "min",
    "logical_and": "all",
    "logical_or": "any",
}


def exp2(x):
    """2 ** x: whole for whole x, which exp(x * log(2)) is not."""
    return api.exp(x * math.log(2)) if x.dtype.is_complex else api.pow(api.cast(2, x.dtype), x)


def _log(x, base):
    """The logarithm to a base. What is a whole number but for the rounding of the quotient, as for powers of the base, is that number:
    how many digits a number has is asked so."""
    y = api.log(x) / math.log(base)
    if x.dtype.is_complex:
        return y
    whole = _op("ROUND", [y])
    return _op("SELECT", [api.abs(y - whole) <= api.abs(whole) * (2 * _EPSILON[x.dtype.name]), whole, y])


_EPSILON = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}


def float_power(x, y):
    """x ** y as float64, or as complex128 where one of them is complex."""
    x, y = given.given(x), given.given(y)
    dtype = "complex128" if x.dtype.is_complex or y.dtype.is_complex else "float64"
    return api.pow(api.cast(x, dtype), api.cast(y, dtype))


def logaddexp(x, y):
    """log(exp(x) + exp(y)) of floats of one dtype."""
    most = api.maximum(x, y)
    return _op("SELECT", [x == y, x + math.log(2), most + api.log1p(api.exp(-api.abs(x - y)))])


def hypot(x, y):
    """sqrt(x * x + y * y) of floats of one dtype; what is squared is at most 1."""
    x, y = api.abs(x), api.abs(y)
    most, least = api.maximum(x, y), api.minimum(x, y)
    plain = api.logical_and(most > 0, api.is_finite(most))
    share = least / api.where(plain, most, api.ones_like(most))
    infinite = api.logical_or(api.is_inf(x), api.is_inf(y))
    length = api.where(plain, most * api.sqrt(share * share + 1), most)
    return api.where(infinite, api.zeros_like(most) + math.inf, length)


def signbit(x):
    """Whether a float is below 0 or -0.0. Of a NaN it is False."""
    return api.logical_or(x < 0, api.logical_and(api.equal(x, 0), 1 / x < 0))


def copysign(x, y):
    """x with the sign of y, floats of one dtype."""
    return api.where(api.equal(signbit(y), signbit(x)), x, -x)


# Abramowitz and Stegun, 4.6, by log1p, so that small results keep their digits.


def asinh(x):
    """The inverse of sinh, of floats or complex numbers."""
    if x.dtype.is_complex:
        return _by_parts(api.asin, x, 1j)
    size = api.abs(x)
    big = size > 1e8  # where size**2 + 1 is size**2
    small = api.where(big, api.ones_like(size), size)
    part = api.log1p(small + small * small / (api.sqrt(small * small + 1) + 1))
    return copysign(api.where(big, api.log(size) + math.log(2), part), x)


def acosh(x):
    """The inverse of cosh, of floats or complex numbers."""
    if x.dtype.is_complex:
        return api.log(x + api.sqrt(x + 1) * api.sqrt(x - 1))
    big = x > 1e8
    t = api.where(big, api.ones_like(x), x) - 1
    return api.where(big, api.log(x) + math.log(2), api.log1p(t + api.sqrt(t * (t + 2))))


def atanh(x):
    """The inverse of tanh, of floats or complex numbers."""
    if x.dtype.is_complex:
        return _by_parts(api.atan, x, 1j)
    size = api.abs(x)
    return copysign(api.log1p(2 * size / (1 - size)) / 2, x)


def _by_parts(f, x, i):
    """The hyperbolic function of x from the circular one of i x."""
    return f(x * i) * -i


# ---- arrangements ------------------------------------------------------------------------------------


def _moveaxis(a, source, destination):
    a = _strong(a)
    n = a.shape.rank
    source, destination = (
        [api.axis_of(a, k, "moveaxis") for k in (v if isinstance(v, (list, tuple)) else [v])]
        for v in (source, destination)
    )
    order = [i for i in builtins.range(n) if i not in source]
    for d, s in sorted(zip(destination, source, strict=True)):
        order.insert(d, s)
    return api.transpose(a, order)


def _swapaxes(a, axis1, axis2):
    a = _strong(a)
    order = list(builtins.range(a.shape.rank))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return api.transpose(a, order)


def _flip(m, axis=None):
    m = _strong(m)
    return api.reverse(
        m,
        builtins.range(m.shape.rank)
        if axis is None
        else axis
        if isinstance(axis, tuple)
        else [axis],
    )


def _rot90(m, k=1, axes=(0, 1)):
    k %= 4
    m = _flip(m, axes[1]) if k == 1 else _flip(m, tuple(axes)) if k == 2 else m
    if k == 1 or k == 3:
        m = _swapaxes(m, *axes)
        m = _flip(m, axes[1]) if k == 3 else m
    return m


def _at_least(n):
    def f(*arys):
        out = []
        for a in arys:
            a = _strong(a)
            r = a.shape.rank
            if r >= n:
                out.append(a)
            elif n == 3 and r:
                out.append(a[None, :, None] if r == 1 else a[:, :, None])
            else:
                out.append(a[(None,) * (n - r)])
        return out[0] if len(out) == 1 else tuple(out)

    return f


_atleast_1d, _atleast_2d, _atleast_3d = _at_least(1), _at_least(2), _at_least(3)


def _hstack(tup):
    rows = [_atleast_1d(a) for a in tup]
    return api.concat(rows, 0 if rows[0].shape.rank == 1 else 1)


def _column_stack(tup):
    columns = [_strong(a) for a in tup]
    return api.concat([c[:, None] if c.shape.rank == 1 else c for c in columns], 1)


def _split(ary, indices_or_sections, axis=0):
    x = _strong(ary)
    if isinstance(indices_or_sections, int):
        return arrays.split(x, indices_or_sections, axis)
    cuts = [None, *[int(i) for i in indices_or_sections], None]
    axis = api.axis_of(x, axis, "split")
    return [arrays._part(x, axis, a, b) for a, b in zip(cuts, cuts[1:])]  # noqa: B905 - one shorter


def _array_split(ary, indices_or_sections, axis=0):
    if not isinstance(indices_or_sections, int):
        return _split(ary, indices_or_sections, axis)
    x = _strong(ary)
    size, more = divmod(x.shape[axis], indices_or_sections)
    return arrays.split(x, [size + 1] * more + [size] * (indices_or_sections - more), axis)


def _diagonal(a, offset=0, axis1=0, axis2=1):
    a = _moveaxis(a, (axis1, axis2), (-2, -1))
    n, m = (arrays._size(a, i) for i in (a.shape.rank - 2, a.shape.rank - 1))
    n, m = (n, m - offset) if offset >= 0 else (n + offset, m)
    if isinstance(n, int) and isinstance(m, int):
        rows = builtins.max(0, builtins.min(n, m))
        if not rows:
            return a[..., 0, :0]
    else:
        rows = api.maximum(api.minimum(n, m), 0)
    i = api.cast(api.range(arrays._length(rows)), "int64")
    key = (Ellipsis, i - builtins.min(offset, 0), i + builtins.max(offset, 0))
    return indexing.item(a, key)


def _diag(v, k=0):
    v = _strong(v)
    if v.shape.rank == 2:
        return _diagonal(v, k)
    n = v.shape[0] + builtins.abs(k)
    i = api.range(v.shape[0])
    rows = api.stack([i - builtins.min(k, 0), i + builtins.max(k, 0)], 1)
    return arrays.tensor_scatter_nd_update(api.zeros((n, n), v.dtype), rows, v)


def _triangle(keep):
    def f(m, k=0):
        m = _strong(m)
        rows, columns = (api.cast(api.range(arrays._length(n)), "int64") for n in _dims(m)[-2:])
        return _op("SELECT", [keep(rows[:, None] + k, columns[None, :]), m, api.zeros((), m.dtype)])

    return f


def _take(a, indices, axis=None):
    a = _strong(a)
    return api.gather(
        api.reshape(a, (-1,)) if axis is None else a,
        _strong(indices),
        axis=0 if axis is None else axis % a.shape.rank,
    )


def _take_along_axis(arr, indices, axis):
    arr, at = _strong(arr), api.cast(_strong(indices), "int64")
    if axis is None:
        return _take(arr, at)
    axis %= arr.shape.rank
    key = []
    for i in builtins.range(arr.shape.rank):
        places = api.cast(api.range(arrays._length(_dims(at if i == axis else arr)[i])), "int64")
        key.append(
            at
            if i == axis
            else places[
                tuple(slice(None) if k == i else None for k in builtins.range(arr.shape.rank))
            ]
        )
    return indexing.item(arr, tuple(key))


def _nonzero(a):
    rows = arrays.where(_atleast_1d(a))
    if rows.shape[1] == 1:
        return (api.reshape(rows, (-1,)),)
    return tuple(rows[:, i] for i in builtins.range(rows.shape[1]))


# ---- sums and comparisons ------------------------------------------------------------------------------


def _isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    a, b = given.all_floats(a, b)
    near = api.abs(a - b) <= atol + rtol * api.abs(b)
    near = api.logical_or(api.logical_and(near, api.is_finite(b)), a == b)
    return (
        api.logical_or(near, api.logical_and(api.is_nan(a), api.is_nan(b))) if equal_nan else near
    )


def _repeat(a, repeats, axis=None):
    a = _strong(a)
    axis = None if a.shape.rank == 0 and axis in (0, -1) else axis
    if isinstance(repeats, int):
        return arrays.repeat(a, int(repeats), axis)
    counts = given.given(repeats)
    counts = _core.cast(counts if counts.weak else given.whole(counts), "int64")  # a Python float NumPy cuts off
    return arrays.repeat(a, counts, axis)


def _roll(a, shift, axis=None):
    a = _strong(a)
    if axis is None and a.shape.rank == 1:
        axis = 0
    if axis is None:
        return api.reshape(arrays.roll(api.reshape(a, (-1,)), shift, 0), api._shape_of(a))
    return arrays.roll(a, shift, axis)


def _full_like(a, fill_value, dtype=None):
    a = _strong(a)
    return api.fill(api._shape_of(a), api.cast(fill_value, dtype or a.dtype))


def _tile(A, reps):
    """np.tile: `reps` shorter than the rank are of the last dimensions, longer ones make new ones
    in front."""
    a = _strong(A)
    single = isinstance(reps, int) or getattr(reps, "shape", None) == ()
    if single or isinstance(reps, (float, str)):
        reps = (reps,)
    reps = tuple(operator.index(n) for n in reps)
    n = a.shape.rank
    if len(reps) > n:
        a = a[(None,) * (len(reps) - n) + (...,)]
    return api.tile(a, (1,) * (n - len(reps)) + reps)


def _meshgrid(*xi, copy=True, indexing="xy"):
    """np.meshgrid: a tuple, or a list where NumPy is older than 2."""
    import numpy

    made = arrays.meshgrid(*[given.array(x) for x in xi], indexing=indexing)
    return made if numpy.__version__.startswith("1.") else tuple(made)


def _pairs(given, n, what):
    """A (before, after) pair for each of n dimensions, by NumPy's broadcast: a number, a pair for
    all, or one pair or number in a list for each."""

    def parts(x):
        return list(x) if isinstance(x, (tuple, list)) or getattr(x, "ndim", 0) else [x]

    rows = [parts(row) for row in parts(given)]
    if builtins.all(len(row) == 1 for row in rows) and not _nested(given):
        rows = [[row[0] for row in rows]]  # (before, after), or (both,)
    rows = [row * 2 if len(row) == 1 else row for row in rows]
    rows = rows * n if len(rows) == 1 else rows
    if len(rows) != n or builtins.any(len(row) != 2 for row in rows):
        raise ValueError(
            f"np.pad: {what}={given!r} does not fit {n} dimensions: give a number, a pair (before, "
            "after) for all, or a pair for each"
        )
    return rows


def _nested(x):
    """Whether the items of a tuple or list are sequences."""
    if isinstance(x, (tuple, list)):
        return builtins.any(isinstance(row, (tuple, list)) or getattr(row, "ndim", 0) for row in x)
    return getattr(x, "ndim", 0) > 1


_COPYING = ("edge", "reflect", "symmetric", "wrap")  # modes that repeat elements of the array


def _pad(array, pad_width, mode="constant", **kwargs):
    """np.pad, in the modes that put a number or elements of the array in."""
    x = _strong(array)
    n = x.shape.rank
    if isinstance(pad_width, dict):
        named = {int(axis) % n: width for axis, width in pad_width.items()}
        pad_width = [_pairs(named.get(axis, 0), 1, "pad_width")[0] for axis in builtins.range(n)]
    widths = _pairs(pad_width, n, "pad_width")
    if builtins.any(isinstance(w, float) for pair in widths for w in pair):
        raise TypeError("`pad_width` must be of integral type.")
    widths = [[int(w) for w in pair] for pair in widths]
    if builtins.any(w < 0 for pair in widths for w in pair):
        raise ValueError("index can't contain negative values")
    if mode == "constant" and not kwargs.keys() - {"constant_values"}:
        values = kwargs.get("constant_values", 0)
        if not isinstance(values, (tuple, list)) and not getattr(values, "ndim", 0):
            return api.pad(x, widths, constant_values=values)
        for axis, pair in enumerate(_pairs(values, n, "constant_values")):
            for side in (0, 1):
                one = [[0, 0] for _ in widths]
                one[axis][side] = widths[axis][side]
                x = api.pad(x, one, constant_values=pair[side])
        return x
    if mode not in _COPYING or kwargs:
        which = ", ".join(f"{name}={value!r}" for name, value in kwargs.items())
        known = ", ".join(repr(m) for m in _COPYING)
        raise TypeError(
            f"np.pad with mode={mode!r}{which and ', ' + which} has no counterpart here: 'constant' "
            f"with constant_values, and {known} without options are there{places.here()}"
        )
    import numpy

    for axis, pair in enumerate(widths):
        if pair != [0, 0]:
            size = x.shape[axis]
            if size is None:
                raise TypeError(
                    f"np.pad with mode={mode!r} needs the size of dimension {axis}, which only the "
                    f"run knows{places.here()}"
                )
            at = numpy.pad(numpy.arange(size), pair, mode=mode)
            x = api.gather(x, api.constant(at, "int64"), axis=axis)
    return x


FUNCTIONS = {
    "angle": api.angle,
    "argwhere": lambda a: arrays.where(_strong(a)),
    "array_split": _array_split,
    "allclose": lambda a, b, *args, **kw: api.reduce_all(_isclose(a, b, *args, **kw)),
    "atleast_1d": _atleast_1d,
    "atleast_2d": _atleast_2d,
    "atleast_3d": _atleast_3d,
    "column_stack": _column_stack,
    "diag": _diag,
    "dsplit": lambda a, i: _split(a, i, 2),
    "dstack": lambda tup: api.concat([_atleast_3d(a) for a in tup], 2),
    "einsum": reductions.einsum,
    "empty_like": api.zeros_like,
    "flatnonzero": lambda a: _nonzero(api.reshape(_strong(a), (-1,)))[0],
    "flip": _flip,
    "fliplr": lambda m: _flip(m, 1),
    "flipud": lambda m: _flip(m, 0),
    "full_like": _full_like,
    "hsplit": lambda a, i: _split(a, i, 0 if a.shape.rank == 1 else 1),
    "hstack": _hstack,
    "imag": api.imag,
    "isclose": _isclose,
    "meshgrid": _meshgrid,
    "moveaxis": _moveaxis,
    "pad": _pad,
    "real": api.real,
    "roll": _roll,
    "rot90": _rot90,
    "split": _split,
    "tensordot": lambda a, b, axes=2: reductions.tensordot(a, b, axes),
    "tile": _tile,
    "tril": _triangle(lambda i, j: j <= i),
    "triu": _triangle(lambda i, j: j >= i),
    "vsplit": lambda a, i: _split(a, i, 0),
    "vstack": lambda tup: api.concat([_atleast_2d(a) for a in tup], 0),
}

METHODS = {
    "conj": api.conj,
    "conjugate": api.conj,
    "nonzero": _nonzero,
    "repeat": _repeat,
    "swapaxes": _swapaxes,
}
