"""Whether a model is well formed, before anything of it is run: names, operations, attributes,
numbers of inputs."""

from onnx import AttributeProto, defs

from .errors import ModelError, UnsupportedError
from .types import dtype_of

__all__ = ["check", "opsets_of", "schema_of"]

LATEST = {"": 28, "ai.onnx.ml": 5, "ai.onnx.preview": 1, "ai.onnx.preview.training": 1}
MOST_DIMS = 8


def opsets_of(imports):
    """{domain: version}; "ai.onnx" is a name of the default domain."""
    return {"" if o.domain == "ai.onnx" else o.domain: o.version for o in imports}


def title(node):
    """What a message calls a node."""
    if node.name:
        return f"node {node.name!r} ({node.op_type})"
    return f"node ({node.op_type})" + (f" that makes {node.output[0]!r}" if node.output else "")


def schema_of(op, version, domain):
    """The definition of an operation in this version, or None."""
    try:
        return defs.get_schema(op, version, domain)
    except Exception:
        return None


def check(model):
    """ModelError or UnsupportedError, with the node's name, where the model cannot be run."""
    if not model.HasField("graph"):
        raise ModelError("the model has no graph")
    opsets = opsets_of(model.opset_import)
    if not opsets:
        raise ModelError("the model imports no operator set")
    for domain, version in opsets.items():
        if domain in LATEST and version > LATEST[domain]:
            raise UnsupportedError(
                f"the model uses version {version} of the operator set {domain or 'ai.onnx'!r}; "
                f"the newest known one is {LATEST[domain]}: export it for that one, or convert it with onnx.version_converter"
            )
        if version < 1:
            raise ModelError(
                f"the version of the operator set {domain or 'ai.onnx'!r} is {version}"
            )
    functions = {(f.domain, f.name) for f in model.functions}
    for f in model.functions:
        known = set(f.input)
        local = {**opsets, **opsets_of(f.opset_import)}
        for node in f.node:
            _node(node, known, local, functions, f"function {f.name!r}: ")
        for name in f.output:
            if name not in known:
                raise ModelError(f"function {f.name!r}: nothing makes its output {name!r}")
    _cycles_of_functions(model)
    _graph(model.graph, set(), opsets, functions, "", 0)


def _graph(graph, outer, opsets, functions, where, depth):
    if depth > 100:
        raise ModelError(f"{where}graphs are nested more than 100 deep")
    known = set(outer)
    for value in graph.input:
        _value(value, where)
        known.add(value.name)
    for tensor in graph.initializer:
        if not tensor.name:
            raise ModelError(f"{where}an initializer has no name")
        dtype_of(tensor.data_type, f"{where}initializer {tensor.name!r}")
        if any(d < 0 for d in tensor.dims):
            raise ModelError(
                f"{where}initializer {tensor.name!r} has the shape {list(tensor.dims)}"
            )
        known.add(tensor.name)
    for tensor in graph.sparse_initializer:
        known.add(tensor.values.name)
    makers = {name: node for node in graph.node for name in node.output if name}
    for node in graph.node:
        _node(node, known, opsets, functions, where, makers, depth)
    for value in graph.output:
        if value.name not in known:
            raise ModelError(f"{where}nothing makes the output {value.name!r}")


def _value(value, where):
    if not value.name:
        raise ModelError(f"{where}an input has no name")
    if value.type.WhichOneof("value") == "tensor_type":
        tensor = value.type.tensor_type
        dtype_of(tensor.elem_type, f"{where}input {value.name!r}")
        for d in tensor.shape.dim:
            if d.WhichOneof("value") == "dim_value" and d.dim_value < 0:
                raise ModelError(
                    f"{where}input {value.name!r} has a dimension of size {d.dim_value}"
                )


def _node(node, known, opsets, functions, where, makers=None, depth=0):
    me = where + title(node)
    domain = "" if node.domain == "ai.onnx" else node.domain
    for name in node.input:
        if name and name not in known:
            if makers and name in makers:
                raise ModelError(
                    f"{me}: its input {name!r} is made by a later node, {title(makers[name])}: "
                    "the graph has a cycle, or is not in order"
                )
            raise ModelError(f"{me}: nothing makes its input {name!r}")
    if (domain, node.op_type) not in functions:
        if domain not in opsets:
            raise ModelError(
                f"{me}: the model does not import the operator set {domain or 'ai.onnx'!r}"
            )
        schema = schema_of(node.op_type, opsets[domain], domain)
        if schema is None:
            if domain not in LATEST:
                raise UnsupportedError(f"{me}: the operator set {domain!r} is not known")
            raise ModelError(
                f"{me}: the operator set {domain or 'ai.onnx'!r} has no operation of this name in "
                f"version {opsets[domain]}"
            )
        _signature(node, schema, me)
    for a in node.attribute:
        graphs = (
            [a.g]
            if a.type == AttributeProto.GRAPH
            else a.graphs
            if a.type == AttributeProto.GRAPHS
            else []
        )
        for g in graphs:
            _graph(g, known, opsets, functions, f"{me}, {a.name}: ", depth + 1)
    for name in node.output:
        if name:
            known.add(name)


def _signature(node, schema, me):
    for what, n, least, most in (
        ("input", len(node.input), schema.min_input, schema.max_input),
        ("output", len(node.output), schema.min_output, schema.max_output),
    ):
        if not least <= n <= most:
            many = (
                f"{least}"
                if least == most
                else f"at least {least}"
                if n < least
                else f"at most {most}"
            )
            raise ModelError(f"{me}: has {n} {what}{'s' if n != 1 else ''}, not {many}")
    if schema.deprecated:
        raise ModelError(
            f"{me}: the operation is deprecated and not part of version "
            f"{schema.since_version} any more"
        )
    names = set()
    for a in node.attribute:
        if a.name in names:
            raise ModelError(f"{me}: attribute {a.name!r} is there twice")
        names.add(a.name)
        declared = schema.attributes.get(a.name)
        if declared is None:
            raise ModelError(f"{me}: has no attribute {a.name!r}")
        kind = int(declared.type.value)
        if a.type != kind:
            raise ModelError(
                f"{me}: attribute {a.name!r} is of the type {_kind(a.type)}, not {_kind(kind)}"
            )
    for name, declared in schema.attributes.items():
        if declared.required and name not in names:
            raise ModelError(f"{me}: lacks the attribute {name!r}")


def _kind(number):
    return (
        AttributeProto.AttributeType.Name(number)
        if number in AttributeProto.AttributeType.values()
        else str(number)
    )


def _cycles_of_functions(model):
    """A function that calls itself, through others perhaps, has no end."""
    bodies = {(f.domain, f.name): f for f in model.functions}
    calls = {}

    def called(nodes):
        for node in nodes:
            yield node.domain, node.op_type
            for a in node.attribute:
                for g in [a.g] if a.type == AttributeProto.GRAPH else a.graphs:
                    yield from called(g.node)

    for key, f in bodies.items():
        calls[key] = [k for k in dict.fromkeys(called(f.node)) if k in bodies]
    done = set()
    for start in bodies:
        path, stack = [], [(start, False)]
        while stack:
            key, left = stack.pop()
            if left:
                done.add(path.pop())
                continue
            if key in path:
                raise ModelError(f"function {key[1]!r} calls itself")
            if key in done:
                continue
            path.append(key)
            stack.append((key, True))
            stack.extend((k, False) for k in calls[key])
