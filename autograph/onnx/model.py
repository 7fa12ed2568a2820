"""A model as a function: checked when it is read, traced and compiled at its first call."""

import os
import threading

import numpy as np
import onnx

from .. import _core
from ..function import function
from . import checks, ops  # noqa: F401 - the room of operations fills the table
from .errors import ModelError, Needed, UnsupportedError
from .evaluate import Scope, run_graph
from .nodes import NOTHING
from .types import dtype_of, strings, tensor_of

__all__ = ["Model", "load"]

Tensor = _core.Tensor
MOST_TRACES = 64  # for different values of the inputs that shape the graph
MOST_TRIES = 100


class Input:
    """An input of a model: its name, dtype and dims (None: any; a text: a name for it), and whether
    it may be left out."""

    __slots__ = ("name", "dtype", "dims", "optional", "kind")

    def __init__(self, value, optional):
        self.name, self.optional = value.name, optional
        self.kind = value.type.WhichOneof("value") or "tensor_type"
        self.dtype = self.dims = None
        if self.kind == "tensor_type" and value.type.tensor_type.elem_type:
            tensor = value.type.tensor_type
            self.dtype = dtype_of(tensor.elem_type, f"input {value.name!r}")
            if tensor.HasField("shape"):
                self.dims = [
                    {"dim_value": d.dim_value, "dim_param": d.dim_param}.get(d.WhichOneof("value"))
                    for d in tensor.shape.dim
                ]

    def __repr__(self):
        shape = (
            "?"
            if self.dims is None
            else "(" + ", ".join("?" if d is None else str(d) for d in self.dims) + ")"
        )
        return f"{self.name}: {self.dtype or self.kind}{shape}"


def load(source):
    """A Model from a path, a file, bytes, or an onnx.ModelProto.

    Raises ModelError where it is malformed, UnsupportedError where it uses what is not supported,
    OSError where the file cannot be read."""
    if isinstance(source, onnx.ModelProto):
        return Model(source)
    if isinstance(source, (bytes, bytearray)):
        what, read = "the bytes", lambda: onnx.load_model_from_string(bytes(source))
    else:
        what = repr(os.fspath(source)) if not hasattr(source, "read") else "the file"
        if what != "the file" and not os.path.isfile(source):
            raise FileNotFoundError(f"there is no file {what}")
        read = lambda: onnx.load(source)  # noqa: E731
    try:
        proto = read()
    except OSError:
        raise
    except Exception as e:
        raise ModelError(f"{what} is not an ONNX model: {e}") from None
    return Model(proto)


_sharing = threading.Lock()  # held while the functions of a model are looked up


def _another_lock():
    """In a child: a thread that looked them up when the parent forked holds the lock for ever."""
    global _sharing
    _sharing = threading.Lock()


os.register_at_fork(after_in_child=_another_lock)


class Model:
    """A model of ONNX as a function of arrays: `model(x)` or `model(name=x)`. Its one output, or a
    tuple of them.

    The first call for these dtypes and shapes traces the model and compiles it. Inputs whose
    numbers shape the graph (the axes of a reduction, the sizes of a Resize) are static: a trace for
    each value, see `static`.

    proto: an onnx.ModelProto. Raises ModelError, UnsupportedError.

    >>> model = ag.onnx.load("model.onnx")
    >>> y = model(np.ones((1, 3, 224, 224), np.float32))
    """

    def __init__(self, proto):
        checks.check(proto)
        self.proto = proto
        self.opsets = checks.opsets_of(proto.opset_import)
        self.functions = {(f.domain, f.name): f for f in proto.functions}
        self._constants = {}
        has_value = {t.name for t in proto.graph.initializer}
        self.inputs = [
            Input(v, v.name in has_value or v.type.WhichOneof("value") == "optional_type")
            for v in proto.graph.input
        ]
        self.inputs.sort(key=lambda i: i.name in has_value)  # IR 3 listed the initializers too
        self.outputs = [v.name for v in proto.graph.output]
        self._static = set()
        self._functions = {}  # values of the static inputs -> ag.function

    def __repr__(self):
        return f"<autograph.onnx.Model {self.proto.graph.name!r}: {self.inputs} -> {self.outputs}>"

    def __reduce__(self):
        return type(self), (self.proto,)  # a copy traces for itself

    def __call__(self, *args, **kwargs):
        results = self.run(self._bind(args, kwargs))
        return results[0] if len(results) == 1 else tuple(results)

    def run(self, feeds):
        """The outputs, in a list, for a dict of inputs by name."""
        values = self._values(feeds)
        for _ in range(MOST_TRIES):
            static = {name: values[name] for name in self._static if name in values}
            free = [name for name in values if name not in static]
            key, traced = self._traced(static, free)
            try:
                return traced(*[values[name] for name in free])
            except Needed as need:
                new = {name for name in need.sources if isinstance(name, str)} - static.keys()
                with _sharing:
                    self._functions.pop(key, None)
                    self._static = self._static | new  # others may be reading the set of before
                if not new:
                    raise UnsupportedError(
                        f"{need.why}, and no input of the model decides it"
                    ) from None
            except (ModelError, UnsupportedError):
                raise
            except Exception as e:
                raise self._named(values, e) from e
        raise UnsupportedError("tracing began anew too often")

    def eager(self, feeds):
        """As run, one operation after another without a graph."""
        try:
            return self._evaluate(self._values(feeds))
        except Needed as need:
            raise UnsupportedError(need.why) from None

    @property
    def static(self):
        """The names of the inputs whose numbers shape the graph, as far as calls have shown."""
        return sorted(self._static)

    def explain(self):
        """What the last trace made of each node: native code, or known while tracing."""
        if not self._functions:
            return "not called yet: the first call traces the model"
        fn, notes = list(self._functions.values())[-1]
        counts = {}
        for _, op, known in notes:
            counts.setdefault(op, [0, 0])[known] += 1
        native = fn._cache[0].info["native"] if fn._cache else False
        way = "native code" if native else "the interpreter"
        running, done = (sum(column) for column in zip(*counts.values())) if counts else (0, 0)
        lines = [f"{running} nodes run as {way}, {done} were computed while tracing"]
        for op, (run, known) in sorted(counts.items(), key=lambda c: -sum(c[1])):
            lines.append(
                f"  {op:28} {run:5} {'native' if native else 'interpreted'}"
                + (f", {known} while tracing" if known else "")
            )
        if self._static:
            lines.append(f"static inputs, a trace for each value: {', '.join(self.static)}")
        return "\n".join(lines)

    # ---- what evaluate.py asks for ---------------------------------------------------------------

    def initializer(self, proto):
        """The value of an initializer, made once."""
        key = id(proto)
        if key not in self._constants:
            _core.enter(None)  # it outlives the trace that asks first
            try:
                self._constants[key] = tensor_of(proto, f"initializer {proto.name!r}"), proto
            finally:
                _core.leave()
        return self._constants[key][0]

    # ---- inside ----------------------------------------------------------------------------------

    def _bind(self, args, kwargs):
        if len(args) > len(self.inputs):
            raise TypeError(f"the model has {len(self.inputs)} inputs, {len(args)} were given")
        feeds = {i.name: value for i, value in zip(self.inputs, args)}
        for name, value in kwargs.items():
            if name in feeds:
                raise TypeError(f"input {name!r} is given twice")
            feeds[name] = value
        return feeds

    def _values(self, feeds):
        """The inputs as tensors of the dtypes that the model names."""
        by_name = {i.name: i for i in self.inputs}
        for name in feeds:
            if name not in by_name:
                raise ModelError(
                    f"the model has no input {name!r}; "
                    f"its inputs are {', '.join(by_name) or 'none'}"
                )
        for i in self.inputs:
            if not i.optional and i.name not in feeds:
                raise ModelError(f"the input {i!r} is missing")
        sizes, values = {}, {}
        for i in self.inputs:
            if i.name in feeds:
                values[i.name] = self._value(i, feeds[i.name], sizes)
        return values

    def _value(self, i, given, sizes):
        if given is None or given is NOTHING:
            if i.kind != "optional_type":
                raise ModelError(f"the input {i!r} is None")
            return NOTHING
        if isinstance(given, (list, tuple)) and i.kind != "tensor_type":
            return tuple(_tensor(v) for v in given)
        value = _tensor(given)
        if i.dtype is not None and value.dtype.name != i.dtype:
            raise ModelError(f"the input {i!r} was given {value.dtype.name} numbers")
        if i.dims is not None:
            if len(i.dims) != value.shape.rank:
                raise ModelError(f"the input {i!r} was given the shape {value.shape}")
            for d, n in zip(i.dims, tuple(value.shape)):
                if isinstance(d, str) and d:
                    d = sizes.setdefault(d, n)
                if isinstance(d, int) and n is not None and d != n:
                    raise ModelError(f"the input {i!r} was given the shape {value.shape}")
        return value

    def _evaluate(self, values, notes=None):
        scope = Scope(self, self.opsets, notes=[] if notes is None else notes)
        for i in self.inputs:
            value = values.get(i.name)
            if value is not None:
                scope.put(
                    i.name, list(value) if isinstance(value, tuple) else value, frozenset([i.name])
                )
            elif i.kind == "optional_type":
                scope.put(i.name, NOTHING)
        return run_graph(self.proto.graph, scope)

    def _traced(self, static, free):
        """(key, function) of these values of the static inputs; the last one used is the last."""
        key = (tuple(sorted((name, _bytes(v)) for name, v in static.items())), tuple(free))
        with _sharing:
            found = self._functions.pop(key, None) or self._new(static, free)
            while len(self._functions) >= MOST_TRACES:
                del self._functions[next(iter(self._functions))]
            self._functions[key] = found
        return key, found[0]

    def _new(self, static, free):
        """(function, what its last trace noted)"""
        notes = []

        def model(*args):
            notes.clear()
            made = self._evaluate({**static, **dict(zip(free, args))}, notes)
            for name, value in zip(self.outputs, made):
                if value is None:
                    raise ModelError(f"the output {name!r} has no value")
            return made

        model.__name__ = (
            "".join(c if c.isalnum() else "_" for c in self.proto.graph.name) or "model"
        )
        return function(model, autograph=False), notes

    def _named(self, values, error):
        """The error with the node that it comes from: the run tells the operation only."""
        try:
            self._evaluate(values)
        except (ModelError, UnsupportedError) as e:
            return e
        except BaseException:
            return error
        return error


def _tensor(value):
    if isinstance(value, Tensor):
        return value
    if isinstance(value, onnx.TensorProto):
        return tensor_of(value, "an input")
    array = np.asarray(value)
    if array.dtype == object or array.dtype.kind in "US":
        return strings(array)
    if array.dtype.name == "bfloat16":
        return _core.cast(_core.constant(array.astype(np.float32), None, None, None), "bfloat16")
    return _core.constant(array, None, None, None)


def _bytes(value):
    if isinstance(value, Tensor):
        array = value.numpy()
        return (
            value.dtype.name,
            tuple(value.shape),
            array.tobytes() if array.dtype != object else tuple(array.reshape(-1).tolist()),
        )
    return tuple(map(_bytes, value)) if isinstance(value, tuple) else value
