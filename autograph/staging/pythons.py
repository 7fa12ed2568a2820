"""What int and float have and arrays have not, on traced numbers: n.bit_length(), x.is_integer(), x.real ...

What is not computed in the graph asks for the number itself: a trace for each value.
"""

from .. import _core, api
from . import maths

Tensor = _core.Tensor


def _is_integer(x):
    if "float" not in x.dtype.name:
        return True
    return _core.binary("EQ", _core.op("FLOOR", [x]), x) & _core.op("ISFINITE", [x])


_HERE = {
    "real": lambda x: x,
    "imag": lambda x: _core.weak(0.0) if "float" in x.dtype.name else _core.weak(0),
    "numerator": lambda x: x,
    "denominator": lambda x: _core.weak(1),
    "conjugate": lambda x: lambda: x,
    "is_integer": lambda x: lambda: _is_integer(x),
    "bit_length": lambda x: lambda: maths.helper(maths.bit_length)(x),
    "bit_count": lambda x: lambda: maths.helper(maths.bit_count)(x),
}

_PARTS = {"real": api.real, "imag": api.imag}  # which arrays have, too


def _attribute(name):
    def get(self):
        if self.alts is not None:
            self = _core.resolve(self)
        if self.weak:
            kind = float if "float" in self.dtype.name else int
            if hasattr(kind, name):
                if self.is_symbolic and name in _HERE:
                    return _HERE[name](self)
                return getattr(kind(self), name)
        elif name in _PARTS:
            made = _PARTS[name](self)
            return _core.staged["views"](name, made, self) if self.is_symbolic else made
        raise AttributeError(f"a tensor has no attribute {name!r}")

    return property(get, doc=f"{name} of a Python number")


for _name in ("as_integer_ratio", "hex", "to_bytes", *_HERE):
    if not hasattr(Tensor, _name):
        setattr(Tensor, _name, _attribute(_name))


def _number_has(number, name):
    """Raises where a number that is an argument is asked for what Python's int or float has not."""
    graph = _core.current_graph()
    if graph is None or number._value not in graph.extra.get("numbers", ()):
        return  # NumPy's functions give such numbers as well, and these have what arrays have
    kind = float if "float" in number.dtype.name else int
    if not hasattr(kind, name):
        raise AttributeError(f"{kind.__name__!r} object has no attribute {name!r}", name=name, obj=kind())


_core.staged["number_has"] = _number_has
