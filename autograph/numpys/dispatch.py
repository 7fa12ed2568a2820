"""Which of our functions stands for one of NumPy's, and what is said where there is none."""

from .. import _core
from ..staging import places
from . import changes, given, host

Tensor = _core.Tensor
_signatures = {}


def key_of(func):
    """The name of a function in the tables: "linalg.norm", "percentile"."""
    module = getattr(func, "__module__", None) or ""
    inner = module.partition("numpy.")[2]
    return f"{inner}.{func.__name__}" if inner in ("linalg", "fft") else func.__name__


def shown(func):
    """Its name as users write it."""
    key = key_of(func)
    return f"np.{key}"


def call(table, func, args, kwargs):
    """func(*args, **kwargs) by the function of the table, or by NumPy at run time. NotImplemented: neither has it."""
    key, missing = key_of(func), None
    args, kwargs = _given(args, kwargs)
    if key in changes.FUNCTIONS:
        return _changed(func, key, args, kwargs)
    fn = table(key)
    if fn is not None:
        try:
            return apply(fn, args, kwargs, shown(func))
        except given.NotHere as e:
            missing = str(e)
    if host.is_known(func):
        return host.call(func, args, kwargs, shown(func))
    if missing is None:
        return NotImplemented
    raise TypeError(
        f"{shown(func)} with {missing} has no counterpart here: write it with other operations, or let the run call NumPy by "
        f"ag.numpy_function(lambda x: ..., [x], dtype){places.here()}"
    )


def _given(args, kwargs):
    """Without NumPy's mark for an argument that is not given, behind the last one that is."""
    marks = [type(x).__name__ == "_NoValueType" for x in args]
    while marks and marks[-1]:
        marks.pop()
    named = {k: v for k, v in kwargs.items() if type(v).__name__ != "_NoValueType"}
    return tuple([None if mark else x for x, mark in zip(args, marks)]), named


def _changed(func, key, args, kwargs):
    changes.target(args[0], shown(func))
    try:
        return changes.FUNCTIONS[key](*args, **kwargs)
    except given.NotHere as e:
        raise TypeError(f"{shown(func)} with {e} has no counterpart here{places.here()}") from None


def apply(fn, args, kwargs, name):
    """fn(*args, **kwargs); what it gives goes into `out` where that is given. NotHere for arguments that it has not."""
    import inspect  # not at import: it takes long

    signature = _signatures.get(fn)
    if signature is None:
        signature = _signatures[fn] = inspect.signature(fn)
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as e:
        unknown = [k for k in kwargs if k not in signature.parameters]
        rest = {k: v for k, v in kwargs.items() if k in signature.parameters}
        if not all(_is_default(k, kwargs[k]) for k in unknown) or not unknown:
            raise given.NotHere(
                ", ".join(f"{k}={kwargs[k]!r}" for k in unknown) or str(e)
            ) from None
        bound = signature.bind(*args, **rest)
    for key in _STATIC & bound.arguments.keys():
        bound.arguments[key] = _static(bound.arguments[key])
    out = bound.arguments.pop("out", None)
    if out is None:
        return fn(*bound.args, **bound.kwargs)
    return fill(out[0] if isinstance(out, tuple) else out, fn(*bound.args, **bound.kwargs), name)


_STATIC = set(
    "axis axis1 axis2 axisa axisb axisc offset N n m edge_order source destination axes indices_or_sections".split()
)


def _static(x):
    """An axis or number of axes as a Python int: a traced one is asked for, so that it has a trace for each value."""
    if isinstance(x, (tuple, list)):
        return type(x)([_static(v) for v in x])
    is_traced = isinstance(x, Tensor) and x.is_symbolic and x.weak and x.dtype.is_integer
    return x.__index__() if is_traced else x


def _is_default(key, value):
    """Whether an option says what holds anyway."""
    return value is None or (key, value) in (
        ("subok", True),
        ("subok", False),
        ("order", "K"),
        ("order", "C"),
        ("copy", True),
    )


def fill(out, made, name):
    """Puts what was made into an array; returns the array."""
    from ..staging import arrays

    out = changes.target(out, f"{name} with out=")
    arrays._check_kind(made, out.dtype.name)
    out[...] = made
    return out
