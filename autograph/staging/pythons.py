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
