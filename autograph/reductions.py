"""Sums, products and norms over dimensions, made of a few operations that the compiler joins to one
loop."""

import builtins
import math

from . import _core, api
from .api import _axes, _op, _strong

__all__ = [
    "add_n",
    "clip_by_global_norm",
    "clip_by_norm",
    "count_nonzero",
    "cumprod",
    "divide_no_nan",
    "einsum",
    "erfinv",
    "global_norm",
    "norm",
    "reciprocal",
    "reduce_euclidean_norm",
    "reduce_logsumexp",
    "reduce_std",
    "reduce_variance",
    "squared_difference",
    "tensordot",
]

Tensor = _core.Tensor


def _floating(x, what):
    x = _strong(x)
    if not (x.dtype.is_floating or x.dtype.is_complex):
        raise TypeError(
            f"{what}: needs floating point numbers, not {x.dtype.name}: cast them, for example tf.cast(x, tf.float32)"
        )
    return x


def reduce_variance(input_tensor, axis=None, keepdims=False, name=None):
    """The mean square of the distance from the mean, over the dimensions in `axis` (all by
    default)."""
    x = _floating(input_tensor, "reduce_variance")
    away = x - api.reduce_mean(x, axis, True)
    return api.reduce_mean(api.square(_size_of(away)), axis, keepdims)


def _size_of(x):
    """What is squared for a norm: of complex numbers the distance from 0."""
    return api.abs(x) if x.dtype.is_complex else x


def reduce_std(input_tensor, axis=None, keepdims=False, name=None):
    """The square root of reduce_variance."""
    return api.sqrt(reduce_variance(input_tensor, axis, keepdims))


def reduce_logsumexp(input_tensor, axis=None, keepdims=False, name=None):
    """log(sum(exp(x))) over the dimensions in `axis`, without overflow: the largest is taken out
    first. Of nothing: -inf."""
    x = _floating(input_tensor, "reduce_logsumexp")
    axes = _axes(x, axis)
    if builtins.any(x.shape[a] == 0 for a in axes):
        return api.log(api.reduce_sum(api.exp(x), axis, keepdims))
    most = api.reduce_max(x, axis, True)
    most = api.stop_gradient(_op("SELECT", [api.is_finite(most), most, api.zeros_like(most)]))
    total = api.log(api.reduce_sum(api.exp(x - most), axis, True)) + most
    return total if keepdims else api.squeeze(total, axes) if axes else total


def reduce_euclidean_norm(input_tensor, axis=None, keepdims=False, name=None):
    """The square root of the sum of squares over the dimensions in `axis`."""
    x = _strong(input_tensor)
    sizes = _size_of(x)
    sizes = sizes if sizes.dtype.is_floating else api.cast(sizes, "float64")
    return api.cast(api.sqrt(api.reduce_sum(api.square(sizes), axis, keepdims)), x.dtype)


def norm(tensor, ord="euclidean", axis=None, keepdims=False, name=None):
    """The norm over `axis`: "euclidean", 1, 2, a positive number or inf; of all elements by
    default."""
    x = _floating(tensor, "norm")
    if ord in ("euclidean", "fro", 2):
        return reduce_euclidean_norm(x, axis, keepdims)
    if ord == math.inf:
        return api.reduce_max(api.abs(x), axis, keepdims)
    if ord == 1:
        return api.reduce_sum(api.abs(x), axis, keepdims)
    if not (isinstance(ord, (int, float)) and ord > 0):
        raise ValueError(f"norm: ord is {ord!r}, not 'euclidean', a positive number or inf")
    return api.reduce_sum(api.abs(x) ** ord, axis, keepdims) ** (1 / ord)


def count_nonzero(input, axis=None, keepdims=False, dtype="int64", name=None):
    """How many elements are not zero, over the dimensions in `axis`."""
    x = _strong(input)
    return api.reduce_sum(
        api.cast(x if x.dtype.is_bool else api.not_equal(x, api.zeros((), x.dtype)), dtype),
        axis,
        keepdims,
    )


def cumprod(x, axis=0, exclusive=False, reverse=False, name=None):
    """Running products along `axis`; exclusive: of the elements before; reverse: from the end."""
    x = _strong(x)
    return _op(
        "CUMPROD",
        [x],
        {"axis": api.axis_of(x, axis, "cumprod"), "exclusive": int(exclusive), "reverse": int(reverse)},
    )


def add_n(inputs, name=None):
    """The sum of tensors of one shape and dtype."""
    if isinstance(inputs, Tensor):
        return api.reduce_sum(inputs, 0)
    terms = [_strong(x) for x in inputs]
    if not terms:
        raise ValueError("add_n: there is nothing to add")
    total = terms[0]
    for t in terms[1:]:
        if (
            total.shape.is_fully_defined()
            and t.shape.is_fully_defined()
            and tuple(total.shape) != tuple(t.shape)
        ):
            raise ValueError(f"add_n: shapes {total.shape} and {t.shape} differ")
        total = total + t
    return total


def squared_difference(x, y, name=None):
    """(x - y) ** 2, element by element."""
    return api.square(api.subtract(x, y))


def divide_no_nan(x, y, name=None):
    """x / y, and 0 where y is 0."""
    y = _floating(y, "divide_no_nan")
    zero = y == 0
    quotient = api.divide(x, _op("SELECT", [zero, api.ones_like(y), y]))
    return _op("SELECT", [zero, api.zeros((), quotient.dtype), quotient])


def reciprocal(x, name=None):
    """1 / x, element by element."""
    x = _strong(x)
    return api.divide(api.ones((), x.dtype), x)


def clip_by_norm(t, clip_norm, axes=None, name=None):
    """t, made shorter where its Euclidean norm over `axes` is above `clip_norm`."""
    x = _floating(t, "clip_by_norm")
    square = api.reduce_sum(api.square(x), axes, True)
    positive = square > 0
    root = api.sqrt(_op("SELECT", [positive, square, api.ones_like(square)]))
    root = _op("SELECT", [positive, root, square])
    limit = api.cast(clip_norm, x.dtype)
    return x * limit / api.maximum(root, limit)


def global_norm(t_list, name=None):
    """The Euclidean norm of all tensors of a list together."""
    return api.sqrt(add_n([api.reduce_sum(api.square(t)) for t in t_list if t is not None]))


def clip_by_global_norm(t_list, clip_norm, use_norm=None, name=None):
    """The tensors, made shorter together when their norm is above `clip_norm`; and that norm."""
    whole = global_norm(t_list) if use_norm is None else use_norm
    limit = api.cast(clip_norm, whole.dtype)
    scale = limit / api.maximum(whole, limit)
    return [None if t is None else t * scale for t in t_list], whole


# The inverse of erf: M. Giles, Approximating the erfinv function (GPU Computing Gems, 2011), then Newton's steps.
_NEAR = (
    2.81022636e-08,
    3.43273939e-07,
    -3.5233877e-06,
    -4.39150654e-06,
    0.00021858087,
    -0.00125372503,
    -0.00417768164,
    0.246640727,
    1.50140941,
)
_FAR = (
    -0.000200214257,
    0.000100950558,
    0.00134934322,
    -0.00367342844,
    0.00573950773,
    -0.0076224613,
    0.00943887047,
    1.00167406,
    2.83297682,
)


def erfinv(x, name=None):
    """The inverse of erf, element by element: -1 < x < 1; ±1 give ±inf, others NaN."""
    x = _floating(x, "erfinv")
    w = -api.log((1 - x) * (1 + x))

    def polynomial(coefficients, at):
        value = api.zeros_like(at) + coefficients[0]
        for c in coefficients[1:]:
            value = value * at + c
        return value

    near, far = polynomial(_NEAR, w - 2.5), polynomial(_FAR, api.sqrt(api.maximum(w, 0.0)) - 3.0)
    y = _op("SELECT", [w < 5, near, far]) * x
    for _ in builtins.range(2 if x.dtype.name == "float64" else 1):
        y = y - (api.erf(y) - x) * (math.sqrt(math.pi) / 2) * api.exp(y * y)
    edge = api.abs(x) >= 1
    beyond = _op("SELECT", [api.abs(x) == 1, x * math.inf, x * math.nan])
    return _op("SELECT", [edge, beyond, y])


# ---- products over named dimensions ----------------------------------------------------------------------


def tensordot(a, b, axes, name=None):
    """The sum of products over pairs of dimensions: `axes` is (of a, of b), or a number: the last
    of a, the first of b."""
    a, b = _strong(a), _strong(b)
    m, n = a.shape.rank, b.shape.rank
    if isinstance(axes, int):
        if not 0 <= axes <= builtins.min(m, n):
            raise ValueError(f"tensordot: {axes} axes for tensors of rank {m} and {n}")
        of_a, of_b = list(builtins.range(m - axes, m)), list(builtins.range(axes))
    else:
        of_a, of_b = [[int(x) for x in (v if isinstance(v, (list, tuple)) else [v])] for v in axes]
        of_a, of_b = [i % m for i in of_a], [i % n for i in of_b]
    if len(of_a) != len(of_b):
        raise ValueError(f"tensordot: {len(of_a)} axes of a go with {len(of_b)} of b")
    letters = "abcdefghijklmnopqrstuvwxyz"
    left, right = list(letters[:m]), list(letters[m : m + n])
    for i, k in zip(of_a, of_b, strict=True):
        right[k] = left[i]
    out = [x for i, x in enumerate(left) if i not in of_a] + [
        x for i, x in enumerate(right) if i not in of_b
    ]
    return einsum(f"{''.join(left)},{''.join(right)}->{''.join(out)}", a, b)


def einsum(equation, *inputs, **kwargs):
    """Einstein's sum: "ij,jk->ik" multiplies matrices. Letters that the result lacks are summed;
    `...` stands for the
    dimensions in front that broadcast."""
    tensors = [_strong(x) for x in inputs]
    terms, out = _read(equation.replace(" ", ""), tensors)
    tensors = [_diagonals(t, labels, equation) for t, labels in zip(tensors, terms, strict=True)]
    terms = ["".join(dict.fromkeys(labels)) for labels in terms]
    now, labels = tensors[0], terms[0]
    for i in builtins.range(1, len(tensors)):
        later = set(out).union(*terms[i + 1 :])
        now, labels = _contract(now, labels, tensors[i], terms[i], later)
    now, labels = _sum_out(now, labels, set(out))
    return api.transpose(now, [labels.index(x) for x in out]) if labels != out else now


def _read(equation, tensors):
    """The labels of each operand and of the result; `...` becomes capital letters that are not
    used."""
    left, arrow, out = equation.partition("->")
    terms = left.split(",")
    if len(terms) != len(tensors):
        raise ValueError(
            f"einsum: {equation!r} names {len(terms)} operands, {len(tensors)} were given"
        )
    free = [c for c in "ZYXWVUTSRQPONMLKJIHGFEDCBA" if c not in equation]
    most = 0
    for k, (term, t) in enumerate(zip(terms, tensors, strict=True)):
        named = len(term.replace("...", ""))
        extra = t.shape.rank - named
        if extra < 0 or (extra and "..." not in term):
            raise ValueError(f"einsum: {term!r} does not name the dimensions of shape {t.shape}")
        most = builtins.max(most, extra)
        terms[k] = term.replace("...", "".join(reversed(free[:extra])))
    dots = "".join(reversed(free[:most]))
    if not arrow:
        once = sorted(c for c in set("".join(terms)) - set(dots) if "".join(terms).count(c) == 1)
        out = (dots if "..." in left else "") + "".join(once)
    out = out.replace("...", dots)
    unknown = set(out) - set("".join(terms))
    if (
        unknown
        or len(set(out)) != len(out)
        or not ("".join(terms) + out).replace(",", "").isalpha()
        and "".join(terms) + out
    ):
        raise ValueError(
            f"einsum: the result of {equation!r} names {''.join(sorted(unknown)) or 'a letter twice'}"
        )
    return terms, out


def _diagonals(x, labels, equation):
    """Dimensions of one name as one: the diagonal."""
    for c in dict.fromkeys(labels):
        while labels.count(c) > 1:
            i = labels.index(c)
            k = labels.index(c, i + 1)
            n = x.shape[i]
            if n is None or n != x.shape[k]:
                raise ValueError(
                    f"einsum: {c!r} in {equation!r} has the sizes {x.shape[i]} and {x.shape[k]}"
                )
            order = [a for a in builtins.range(len(labels)) if a not in (i, k)] + [i, k]
            rest = tuple(api._shape_of(api.transpose(x, order)))[:-2]
            flat = api.reshape(api.transpose(x, order), (*rest, n * n))
            x = flat[..., :: n + 1]
            labels = "".join(labels[a] for a in order[:-1])
    want = "".join(dict.fromkeys(labels))
    return x if want == labels else api.transpose(x, [labels.index(c) for c in want])


def _sum_out(x, labels, kept):
    gone = tuple(i for i, c in enumerate(labels) if c not in kept)
    if not gone:
        return x, labels
    return api.reduce_sum(x, gone), "".join(c for c in labels if c in kept)


def _contract(a, la, b, lb, later):
    """The product of two operands, with the labels that nobody needs later summed: by a product of
    matrices."""
    a, la = _sum_out(a, la, set(lb) | later)
    b, lb = _sum_out(b, lb, set(la) | later)
    both = [c for c in la if c in lb]
    batch, inner = [c for c in both if c in later], [c for c in both if c not in later]
    rows, columns = [c for c in la if c not in lb], [c for c in lb if c not in la]
    sizes = {}
    for labels, x in ((la, a), (lb, b)):
        for i, c in enumerate(labels):
            n = _dim(x, i)
            if c not in sizes or (c.isupper() and _is(sizes[c], 1)):
                sizes[c] = n
            elif (
                isinstance(n, int)
                and isinstance(sizes[c], int)
                and n not in ((1, sizes[c]) if c.isupper() else (sizes[c],))
            ):
                raise ValueError(f"einsum: {c!r} has the sizes {sizes[c]} and {n}")
    spread = [
        c
        for labels, x in ((la, a), (lb, b))
        for i, c in enumerate(labels)
        if x.shape[i] == 1 and not _is(sizes[c], 1)
    ]
    if not inner or spread:  # no product of matrices
        order = [*batch, *inner, *rows, *columns]
        product = _lined_up(a, la, order) * _lined_up(b, lb, order)
        return _sum_out(product, "".join(order), set(batch) | set(rows) | set(columns))

    def matrix(x, labels, first, second):
        order = [*batch, *first, *second]
        x = api.transpose(x, [labels.index(c) for c in order]) if "".join(order) != labels else x
        return api.reshape(
            x, [*[sizes[c] for c in batch], _product(sizes, first), _product(sizes, second)]
        )

    product = api.matmul(matrix(a, la, rows, inner), matrix(b, lb, inner, columns))
    shape = [sizes[c] for c in [*batch, *rows, *columns]]
    return api.reshape(product, shape), "".join([*batch, *rows, *columns])


def _dim(x, i):
    n = x.shape[i]
    return n if n is not None else _op("DIM", [x], {"axis": i, "weak": 1})


def _is(n, k):
    return isinstance(n, int) and n == k


def _product(sizes, labels):
    n = 1
    for c in labels:
        n = n * sizes[c]
    return n


def _lined_up(x, labels, order):
    """x with its dimensions in this order, of size 1 where it has none."""
    mine = [c for c in order if c in labels]
    x = api.transpose(x, [labels.index(c) for c in mine]) if "".join(mine) != labels else x
    return x[tuple(builtins.slice(None) if c in labels else None for c in order)]
