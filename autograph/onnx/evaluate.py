"""Runs the nodes of a graph in order, on tensors or, while tracing, on what stands for them.

Nodes whose inputs are all known are computed at once, so that shapes and axes are numbers when they
are asked for.
"""

import onnx

from .. import _core
from . import checks
from .errors import ModelError, Needed, UnsupportedError
from .nodes import OPS, Node
from .types import type_proto

__all__ = ["Scope", "captured", "run_graph"]

Tensor = _core.Tensor
EMPTY = frozenset()


class Scope:
    """The values of one graph by name; those of the graph around it are seen through it.

    sources: for a name, the inputs of the model that decide its value. notes: what explain() tells,
    shared by all scopes."""

    def __init__(self, model, opsets, outer=None, notes=None):
        self.model, self.opsets, self.outer = model, opsets, outer
        self.values, self.sources = {}, {}
        self.notes = outer.notes if outer is not None else notes
        self.attributes = {}  # of the call, in the body of a function

    def get(self, name):
        """The value of a name; None for "", an input left out."""
        if name == "":
            return None
        scope = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.outer
        raise ModelError(f"there is no value {name!r}")

    def sources_of(self, name):
        """The inputs that decide the value of a name."""
        scope = self
        while scope is not None:
            if name in scope.values:
                return scope.sources.get(name, EMPTY)
            scope = scope.outer
        return EMPTY

    def put(self, name, value, sources=EMPTY):
        """Gives a name its value."""
        self.values[name] = value
        if sources and _symbolic(value):
            self.sources[name] = sources


def _symbolic(value):
    if isinstance(value, Tensor):
        return value.is_symbolic
    return isinstance(value, (list, tuple)) and any(map(_symbolic, value))


def captured(graph):
    """The names from outside that a graph uses, with those that graphs in it use."""
    own = {v.name for v in graph.input} | {t.name for t in graph.initializer}
    used = []
    for node in graph.node:
        used.extend(name for name in node.input if name and name not in own)
        for a in node.attribute:
            for g in [a.g] if a.type == onnx.AttributeProto.GRAPH else a.graphs:
                used.extend(name for name in captured(g) if name not in own)
        own.update(node.output)
    used.extend(v.name for v in graph.output if v.name not in own)
    return list(dict.fromkeys(used))


def run_graph(graph, scope):
    """Runs the nodes of a graph whose inputs stand in the scope; the values of its outputs."""
    for tensor in graph.initializer:
        if tensor.name not in scope.values:  # an input may replace it
            scope.put(tensor.name, scope.model.initializer(tensor))
    for node in graph.node:
        run_node(node, scope)
    return [scope.get(v.name) for v in graph.output]


def run_node(proto, scope):
    """Runs one node: its outputs become values of the scope."""
    if scope.attributes is not None and any(a.ref_attr_name for a in proto.attribute):
        proto = _with_attributes(proto, scope.attributes)
    domain = "" if proto.domain == "ai.onnx" else proto.domain
    node = Node(scope, proto, scope.opsets.get(domain, 0))
    inputs = [scope.get(name) for name in proto.input]
    names = [name for name in proto.input if name]
    for a in proto.attribute:
        if a.type == onnx.AttributeProto.GRAPH:
            names.extend(captured(a.g))
    sources = EMPTY.union(*[scope.sources_of(name) for name in names])
    now = not any(_symbolic(scope.get(name)) for name in names)
    try:
        if now:
            _core.enter(None)
        try:
            results = _results(node, domain, inputs, scope)
        finally:
            if now:
                _core.leave()
    except (ModelError, UnsupportedError, Needed, MemoryError):
        raise
    except NotImplementedError as e:
        raise UnsupportedError(f"{node}: {e}") from e
    except (ValueError, TypeError, IndexError, OverflowError, ArithmeticError, KeyError) as e:
        raise ModelError(f"{node}: {e}") from e
    results = results if isinstance(results, tuple) else (results,)
    for i, name in enumerate(proto.output):
        if name == "":
            continue
        if i >= len(results) or results[i] is None:
            raise node.unsupported(f"its output {name!r}, number {i}, is not supported")
        scope.put(name, results[i], sources)
    known = not any(_symbolic(r) for r in results if r is not None)
    scope.notes.append((proto, node.op, known))


def _results(node, domain, inputs, scope):
    body = scope.model.functions.get((domain, node.proto.op_type))
    if body is not None:
        return _call(body, node, inputs, scope)
    handler = OPS.get((domain, node.proto.op_type))
    if handler is not None:
        return handler(node, *inputs)
    body = _standard_body(node, domain, inputs)
    if body is None:
        raise node.unsupported("the operation is not supported")
    return _call(body, node, inputs, scope)


def _standard_body(node, domain, inputs):
    """The definition by other operations that the standard gives for some, or None."""
    schema = checks.schema_of(node.proto.op_type, node.opset, domain)
    if schema is None:
        return None
    if schema.has_function:
        return schema.function_body
    if not schema.has_context_dependent_function:
        return None
    types = [type_proto(value).SerializeToString() for value in inputs]
    versions = schema.context_dependent_function_opset_versions
    version = max((v for v in versions if v <= node.opset), default=versions[0])
    made = schema.get_context_dependent_function_with_opset_version(
        version, node.proto.SerializeToString(), types
    )
    if not made:
        return None
    body = onnx.FunctionProto()
    body.ParseFromString(made)
    return body


def _call(body, node, inputs, scope):
    """Runs the body of a function on the values of a node's inputs."""
    inner = Scope(
        scope.model, {**scope.opsets, **checks.opsets_of(body.opset_import)}, notes=scope.notes
    )
    for i, name in enumerate(body.input):
        given = i < len(inputs) and inputs[i] is not None
        inner.values[name] = inputs[i] if given else None
        if given:
            inner.put(name, inputs[i], scope.sources_of(node.proto.input[i]))
    inner.attributes = dict(node.attributes)
    for a in body.attribute_proto:
        inner.attributes.setdefault(a.name, a)
    schema = checks.schema_of(node.proto.op_type, node.opset, node.proto.domain)
    if schema is not None:
        for name, declared in schema.attributes.items():
            if declared.default_value.name:
                inner.attributes.setdefault(name, declared.default_value)
    for proto in body.node:
        run_node(proto, inner)
    return tuple(inner.values.get(name) for name in body.output)


def _with_attributes(proto, given):
    """A node of a function's body with the attributes of the call in place of references to
    them."""
    made = onnx.NodeProto()
    made.CopyFrom(proto)
    del made.attribute[:]
    for a in proto.attribute:
        if not a.ref_attr_name:
            made.attribute.append(a)
        elif a.ref_attr_name in given:
            value = made.attribute.add()
            value.CopyFrom(given[a.ref_attr_name])
            value.name = a.name
    return made
