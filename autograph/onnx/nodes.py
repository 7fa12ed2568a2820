"""One node of a model as the functions of ops/ see it, and the table of these functions.

A function of the table takes the node and its inputs (None where an optional one is left out), and
returns a tensor, or a tuple of them where the operation has several outputs. A value is a Tensor, a
list of tensors (a sequence), or NOTHING (an optional without a value).
"""

import numpy as np
from onnx import AttributeProto, helper

from .. import _core, api
from .errors import ModelError, Needed, UnsupportedError

__all__ = ["NOTHING", "OPS", "Node", "floating", "known", "like", "op"]

Tensor = _core.Tensor
OPS = {}  # (domain, name) -> function


class Nothing:
    """The optional that has no value."""

    def __repr__(self):
        return "NOTHING"


NOTHING = Nothing()


def op(*names, domain=""):
    """Enters a function in the table under these names."""

    def enter(fn):
        for name in names:
            OPS[domain, name] = fn
        return fn

    return enter


class Node:
    """A node while it is traced: its attributes, and numbers where the operation needs them before
    the run."""

    __slots__ = ("scope", "proto", "opset", "attributes")

    def __init__(self, scope, proto, opset):
        self.scope, self.proto, self.opset = scope, proto, opset
        self.attributes = {a.name: a for a in proto.attribute}

    def __str__(self):
        name = f"node {self.proto.name!r}" if self.proto.name else "node"
        made = (
            ""
            if self.proto.name or not self.proto.output
            else f" that makes {self.proto.output[0]!r}"
        )
        return f"{name} ({self.op}){made}"

    @property
    def op(self):
        """The name of the operation, with its domain unless that is ONNX's own."""
        return (
            f"{self.proto.domain}.{self.proto.op_type}" if self.proto.domain else self.proto.op_type
        )

    def wrong(self, text):
        """A ModelError that names the node."""
        return ModelError(f"{self}: {text}")

    def unsupported(self, text):
        """An UnsupportedError that names the node."""
        return UnsupportedError(f"{self}: {text}")

    def has(self, name):
        """Whether the attribute is there."""
        return name in self.attributes

    def attr(self, name, default=None):
        """The attribute's value in Python's form: int, float, str, a list of them, TensorProto,
        GraphProto."""
        found = self.attributes.get(name)
        if found is None:
            return default
        value = helper.get_attribute_value(found)
        if found.type == AttributeProto.STRING:
            return value.decode("utf-8", "replace")
        if found.type == AttributeProto.STRINGS:
            return [v.decode("utf-8", "replace") for v in value]
        if found.type in (AttributeProto.INTS, AttributeProto.FLOATS):
            return list(value)
        return value

    def choice(self, name, default, choices):
        """A text attribute that is one of `choices`."""
        value = self.attr(name, default)
        if value not in choices:
            raise self.wrong(
                f"attribute {name!r} is {value!r}, not one of {', '.join(map(repr, choices))}"
            )
        return value

    # ---- numbers that shape the graph ------------------------------------------------------------

    def array(self, i, what):
        """Input i as a NumPy array, now. Needed where only the run knows it."""
        name = self.proto.input[i]
        value = self.scope.get(name)
        if value.is_symbolic:
            raise Needed(
                self.scope.sources_of(name), f"{self} needs {what} ({name!r}) while tracing"
            )
        return value.numpy()

    def ints(self, i, what):
        """Input i as a list of Python ints."""
        return [int(v) for v in np.reshape(self.array(i, what), -1)]

    def number(self, i, what):
        """Input i, of one element, as a Python number."""
        flat = np.reshape(self.array(i, what), -1)
        if flat.size != 1:
            raise self.wrong(f"{what} has {flat.size} elements, not one")
        return flat[0].item()

    def given(self, i):
        """Whether the optional input i is there."""
        return len(self.proto.input) > i and self.proto.input[i] != ""

    def wants(self, i):
        """Whether output i is wanted."""
        return len(self.proto.output) > i and self.proto.output[i] != ""

    def axes(self, attribute, i, x):
        """The axes, which older operations have as attribute and newer ones as input i: >= 0; None
        where absent."""
        found = self.ints(i, "axes") if self.given(i) else self.attr(attribute)
        return None if found is None else [self.axis(a, x.shape.rank) for a in found]

    def axis(self, axis, rank):
        """An axis counted from the front."""
        if not -rank <= axis < rank:
            raise self.wrong(f"axis {axis} is out of range for rank {rank}")
        return axis % rank

    def dims(self, i):
        """The shape of input i as ints. Needed where only the run knows it."""
        return self.known_dims(self.scope.get(self.proto.input[i]), i)

    def known_dims(self, value, i=0):
        """The shape of a value made of input i, as ints."""
        shape = value.shape
        if shape.rank is None or None in tuple(shape):
            name = self.proto.input[i]
            raise Needed(
                self.scope.sources_of(name), f"{self} needs the shape of {name!r} while tracing"
            )
        return [int(d) for d in shape]


def floating(node, x):
    """x, where it holds floating point numbers."""
    if not x.dtype.is_floating:
        raise node.wrong(f"takes floating point numbers, not {x.dtype.name}")
    return x


def known(value, dtype=None):
    """A constant whose value can be asked for while tracing."""
    _core.enter(None)
    try:
        return _core.constant(value, dtype, None, None)
    finally:
        _core.leave()


def like(number, x):
    """A Python number as a constant of x's dtype."""
    return api.cast(number, x.dtype)
