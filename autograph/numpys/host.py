"""NumPy called by the run: its functions that have no operation here, such as np.linalg.svd.

Only functions of numbers that do nothing else are called so. The types of the results are found while tracing, by a call on
made-up numbers; sizes that differ between two such calls, or that come of sizes which only the run knows, are the run's.
"""

from .. import _core, callbacks
from ..staging import places

Tensor = _core.Tensor
_LARGEST = (
    1 << 14
)  # elements of an array that NumPy is tried on; of larger ones a small one of the same rank stands for it

_NAMES = set(
    """apply_over_axes bartlett bitwise_count blackman convolve correlate corrcoef cov geomspace gradient hamming hanning
    histogram histogram2d histogramdd histogram_bin_edges i0 insert interp intersect1d kaiser logspace nanmedian nanpercentile
    nanquantile nanstd nanvar packbits percentile poly polyadd polyder polydiv polyfit polyint polymul polysub quantile resize
    setxor1d sort_complex unique unique_all unique_counts unique_inverse unique_values unpackbits unwrap vander trim_zeros median
    trapezoid""".split()
)
_MODULES = ("numpy.linalg", "numpy.fft")
_VARYING = set(
    "intersect1d polydiv polymul setxor1d trim_zeros".split()
)  # sizes depend on values; of unique... likewise


def is_known(func):
    """Whether a function of NumPy may be called by the run."""
    module = getattr(func, "__module__", "") or ""
    return module.startswith(_MODULES) or (module == "numpy" and func.__name__ in _NAMES)


def call(func, args, kwargs, name):
    """func(*args, **kwargs), called when the run comes there."""
    found = []
    form = _taken((tuple(args), dict(kwargs)), found)
    if not any(x.is_symbolic for x in found):
        return _given_back(
            _applied(func, form, [x.numpy() for x in found]), lambda a: _core.convert(a)
        )
    if any(x.shape.rank is None for x in found):
        raise TypeError(f"{name} needs arrays whose number of dimensions is known{places.here()}")
    shape, types = _types(func, form, found, name)

    def run(*values):
        leaves = []
        _given_back(_applied(func, form, [v.numpy() for v in values]), leaves.append)
        return [_fitted(leaf, dtype, name) for leaf, (dtype, _) in zip(leaves, types, strict=True)]

    made = iter(callbacks._call(run, found, types))
    return _given_back(shape, lambda _: next(made))


def _fitted(value, dtype, name):
    import numpy

    if numpy.iscomplexobj(value) and "complex" not in dtype:
        raise TypeError(_depends(name))
    return numpy.asarray(value, dtype)


def _depends(name):
    return (
        f"the dtype or number of dimensions of what {name} gives depends on the numbers it is given: write "
        "ag.numpy_function(lambda x: ..., [x], dtype) with the dtype that you expect"
    )


# ---- the arguments: tensors among whatever else ------------------------------------------------------


class _Slot:
    """Where a tensor stands."""

    def __init__(self, at):
        self.at = at


def _taken(value, found):
    """The value with a _Slot for each tensor, which go to `found`."""
    inner = getattr(value, "tensor", None)
    value = inner if isinstance(inner, Tensor) else value
    if isinstance(value, Tensor):
        if value.weak and value.is_symbolic and value.dtype.is_integer:
            return value.__index__()  # an axis, a size: a trace for each value
        found.append(value)
        return _Slot(len(found) - 1)
    if type(value) in (tuple, list) or getattr(value, "staged", False) is None:
        return (
            tuple([_taken(v, found) for v in value])
            if type(value) is tuple
            else [_taken(v, found) for v in value]
        )
    if type(value) is dict:
        return {k: _taken(v, found) for k, v in value.items()}
    return value


def _applied(func, form, values):
    args, kwargs = _filled(form, values)
    return func(*args, **kwargs)


def _filled(form, values):
    if type(form) is _Slot:
        return values[form.at]
    if type(form) is tuple or type(form) is list:
        return type(form)([_filled(f, values) for f in form])
    return {k: _filled(f, values) for k, f in form.items()} if type(form) is dict else form


def _given_back(value, leaf):
    """The result of NumPy with leaf(x) for each array in it."""
    if isinstance(value, tuple):
        items = [_given_back(v, leaf) for v in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if type(value) is list:
        return [_given_back(v, leaf) for v in value]
    return leaf(value)


# ---- the types of the results ------------------------------------------------------------------------


def _types(func, form, found, name):
    """(a result of that form, [(dtype, shape)] of its arrays)."""
    import numpy

    tries, error = [], None
    is_varying = func.__name__ in _VARYING or func.__name__.startswith("unique")
    is_exact = not is_varying and all(
        x.shape.is_fully_defined() and x.shape.num_elements() <= _LARGEST for x in found
    )
    with numpy.errstate(all="ignore"), _quiet():
        for make in _MAKERS:
            for n in (5, 7):
                try:
                    tries.append(
                        _applied(func, form, [_sample(numpy, make, x, is_exact, n) for x in found])
                    )
                except (
                    Exception
                ) as e:  # of these numbers, or of the arguments: another sample tells
                    error = e
    if not tries:
        raise error
    forms = []
    for made in tries:
        leaves = []
        _given_back(made, lambda a, leaves=leaves: leaves.append(numpy.asarray(a)))
        forms.append([(a.dtype.name, a.shape) for a in leaves])
    first = forms[0]
    for other in forms[1:]:
        if [(t, len(s)) for t, s in other] != [(t, len(s)) for t, s in first]:
            raise TypeError(_depends(name) + places.here())
    sizes = [
        tuple(
            d if is_exact and all(f[k][1][i] == d for f in forms) else None
            for i, d in enumerate(shape)
        )
        for k, (_, shape) in enumerate(first)
    ]
    return tries[0], [(dtype, shape) for (dtype, _), shape in zip(first, sizes, strict=True)]


def _quiet():
    import warnings

    found = warnings.catch_warnings()
    found.__enter__()
    warnings.simplefilter("ignore")
    return _Leave(found)


class _Leave:
    def __init__(self, inner):
        self.inner = inner

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return self.inner.__exit__(*error)


def _sample(numpy, make, x, is_exact, n):
    shape = tuple(x.shape) if is_exact else tuple(n if d is None or d > n else d for d in x.shape)
    return make(numpy, numpy.random.default_rng(n), x.dtype.name, shape)


def _any_numbers(numpy, rng, dtype, shape):
    """Numbers without a pattern."""
    if "int" in dtype:
        return rng.integers(0, 3, shape).astype(dtype)
    if dtype == "bool":
        return rng.random(shape) > 0.5
    return numpy.asarray((rng.random(shape) + 0.25).astype(dtype))


def _definite(numpy, rng, dtype, shape):
    """Symmetric and positive definite matrices, where the last dimensions are equal; rising numbers elsewhere."""
    if len(shape) >= 2 and shape[-1] == shape[-2]:
        a = rng.random(shape)
        a = a @ a.swapaxes(-1, -2) + numpy.eye(shape[-1]) * shape[-1]
        return a.astype(dtype)
    return (
        numpy.cumsum(rng.random(shape) + 1, axis=-1 if shape else None).reshape(shape).astype(dtype)
    )


_MAKERS = (_any_numbers, _definite)
