"""py_function and numpy_function: Python called by the run, at its place in the order of
effects."""

from . import _core

__all__ = ["numpy_function", "py_function"]

Tensor = _core.Tensor


def numpy_like(fn, inputs, dtype, shape):
    """fn(*tensors) -> tensor of this dtype and shape, called now or when the run comes there."""
    return _call(fn, inputs, [(dtype, shape)])[0]


def _call(fn, inputs, types):
    inputs = [x if isinstance(x, Tensor) else _core.convert(x) for x in inputs]
    graph = _core.current_graph()
    if graph is None:
        results = fn(*inputs)
        if len(types) == 1 and not isinstance(results, (list, tuple)):
            results = [results]
        return _checked(results, types)
    site = graph.add_site(lambda *values: _checked(_several(fn(*values), len(types)), types))
    shapes = [(t, s) for t, s in types]
    out = _core.op("CALLBACK", inputs, {"site": site, "types": shapes}, len(types))
    return out if isinstance(out, tuple) else (out,) if types else ()


def _several(results, n):
    return [results] if n == 1 and not isinstance(results, (list, tuple)) else results


def _checked(results, types):
    results = [] if results is None else list(results)
    if len(results) != len(types):
        raise ValueError(
            f"the function returned {len(results)} values where {len(types)} were declared"
        )
    made = []
    for r, (dtype, _) in zip(results, types, strict=True):
        t = (
            r.value()
            if isinstance(r, _core.Variable)
            else r
            if isinstance(r, Tensor)
            else _core.convert(r, _fitting(r, dtype))
        )
        if t.weak:
            t = _core.cast(t, dtype)
        if t.dtype != _core.as_dtype(dtype):
            raise TypeError(
                f"the function returned {t.dtype.name} where {_core.as_dtype(dtype).name} was declared in Tout"
            )
        made.append(t)
    return made


def _fitting(value, dtype):
    """Numbers and lists take the declared dtype; arrays keep theirs."""
    return (
        dtype if isinstance(value, (bool, int, float, complex, str, bytes, list, tuple)) else None
    )


def py_function(func=None, inp=(), Tout=(), name=None):
    """func(*tensors), run as Python whenever the function runs; what it raises comes out as it is.

    Tout: the dtype of its result, or a list of them for a list of results; [] when it returns
    nothing. Shapes are unknown."""
    return _declared(lambda *xs: func(*xs), inp, Tout)


def numpy_function(func=None, inp=(), Tout=(), stateful=True, name=None):
    """As py_function, with NumPy arrays as arguments."""
    return _declared(lambda *xs: func(*[x.numpy() for x in xs]), inp, Tout)


def _declared(fn, inp, Tout):
    several = isinstance(Tout, (list, tuple))
    types = [(_core.as_dtype(t), None) for t in (Tout if several else [Tout])]
    out = _call(fn, list(inp), types)
    return list(out) if several else out[0]
