"""If, Loop and Scan as cond and while_loop, and what goes with lists of tensors and optional values
in control.

A branch or a loop that cannot be recorded so (its results change shape or structure) is decided
while tracing, where the inputs that decide it can be made static.
"""

import numpy as np

from ... import _core, api, control_flow
from ...autograph import experimental
from ..errors import Changed, ModelError, Needed, UnsupportedError
from ..evaluate import Scope, run_graph
from ..nodes import NOTHING, known, op

Tensor = _core.Tensor
MOST_UNROLLED = 10_000
MOST_ROWS_AHEAD = 4096  # of a scan output, for which there is room before the loop begins


def _body(node, graph, values=(), sources=()):
    """Runs a graph in the scope of its node: the values of its outputs."""
    scope = Scope(node.scope.model, node.scope.opsets, node.scope)
    scope.attributes = node.scope.attributes
    for v, value, source in zip(graph.input, values, sources):
        scope.put(v.name, value, source)
    return run_graph(graph, scope)


def _flag(x):
    return x if x.shape.rank == 0 else api.reshape(x, ())


@op("If")
def if_(node, condition):
    branches = node.attr("then_branch"), node.attr("else_branch")
    if len(branches[0].output) != len(branches[1].output):
        raise node.wrong(
            f"its branches have {len(branches[0].output)} and {len(branches[1].output)} outputs"
        )
    if not condition.is_symbolic:
        return tuple(_body(node, branches[0] if bool(_flag(condition)) else branches[1]))
    try:
        return _cond(node, _flag(condition), branches)
    except (ModelError, UnsupportedError, Needed):
        raise
    except (
        Changed,
        ValueError,
        TypeError,
        NotImplementedError,
    ) as e:  # the branches differ in more than dimensions
        raise Needed(
            node.scope.sources_of(node.proto.input[0]), f"{node}: its branches differ: {e}"
        ) from e


def _cond(node, condition, branches):
    """Both branches recorded: tensors of the same dtype and rank."""

    def recorded(graph):
        def run():
            made = _body(node, graph)
            if not all(isinstance(v, Tensor) for v in made):
                raise Changed("an output is a sequence or an optional value")
            return tuple(v if v.is_symbolic else api.identity(v) for v in made)

        return experimental.do_not_convert(run)

    graph = _core.current_graph()
    mark = graph.mark()
    try:
        return tuple(control_flow.cond(condition, recorded(branches[0]), recorded(branches[1])))
    except BaseException:
        graph.undo(mark)
        raise


def _same_kinds(before, after):
    return len(before) == len(after) and all(
        isinstance(a, Tensor)
        and isinstance(b, Tensor)
        and a.dtype == b.dtype
        and a.shape.rank == b.shape.rank
        and tuple(a.shape) == tuple(b.shape)
        for a, b in zip(before, after)
    )


class Mark:
    """Stands for the rounds of a recorded loop among the sources of a value."""


@op("Loop")
def loop(node, trips=None, condition=None, *state):
    graph = node.attr("body")
    carried = len(graph.input) - 2
    if carried != len(state):
        raise node.wrong(f"its body has {carried} loop variables, {len(state)} were given")
    if len(graph.output) < 1 + carried:
        raise node.wrong("its body has fewer outputs than loop variables and a condition")
    symbolic = [v is not None and v.is_symbolic for v in (trips, condition)] + [
        isinstance(v, Tensor) and v.is_symbolic for v in state
    ]
    tensors = all(isinstance(v, Tensor) for v in state)
    if any(symbolic) and tensors and _core.current_graph() is not None:
        made = _recorded_loop(node, graph, trips, condition, state)
        if made is not None:
            return made
    return _unrolled_loop(node, graph, trips, condition, state)


def _unrolled_loop(node, graph, trips, condition, state):
    """Round after round while tracing: its number must be known."""
    for i, v in enumerate((trips, condition)):
        if v is not None and v.is_symbolic:
            raise Needed(
                node.scope.sources_of(node.proto.input[i]),
                f"{node}: its loop variables change, so its number of rounds must be known",
            )
    limit = None if trips is None else int(_flag(trips))
    going = True if condition is None else bool(_flag(condition))
    state = list(state)
    outer = frozenset().union(*[node.scope.sources_of(name) for name in node.proto.input])
    n_scans = len(graph.output) - 1 - len(state)
    scans = [[] for _ in range(n_scans)]
    i = 0
    while going and (limit is None or i < limit):
        if i >= MOST_UNROLLED and _core.current_graph() is not None:
            raise node.unsupported(
                f"a loop of more than {MOST_UNROLLED} rounds whose variables change their shapes"
            )
        values = [known(i, "int64"), known(going, "bool"), *state]
        made = _body(node, graph, values, [outer] * len(values))
        flag = _flag(made[0])
        if flag.is_symbolic:
            raise Needed(
                outer,
                f"{node}: its condition is computed from loop variables that change their shapes",
            )
        going, state = bool(flag), made[1 : 1 + len(state)]
        for rows, row in zip(scans, made[1 + len(state) :]):
            rows.append(row)
        i += 1
    return (
        *state,
        *[_stacked(node, rows, graph.output[1 + len(state) + k]) for k, rows in enumerate(scans)],
    )


def _stacked(node, rows, declared):
    if rows:
        return api.stack(rows)
    from ..types import dtype_of

    tensor = declared.type.tensor_type
    dims = [d.dim_value for d in tensor.shape.dim]
    return api.zeros(
        (0, *dims), dtype_of(tensor.elem_type, f"{node}: the scan output {declared.name!r}")
    )


def _recorded_loop(node, graph, trips, condition, state):
    """As while_loop; None where its variables do not keep dtypes and shapes."""
    current = _core.current_graph()
    mark = current.mark()
    here = Mark()
    inside = frozenset([here])
    outer = frozenset().union(*[node.scope.sources_of(name) for name in node.proto.input if name])
    start_trips = None if trips is None else _flag(trips)
    start_flag = api.constant(True) if condition is None else _flag(condition)
    n_scans = len(graph.output) - 1 - len(state)
    try:
        rows = []
        if n_scans:  # one try tells dtypes and shapes of a round's rows
            probe = current.mark()
            zero = _core.capture(known(0, "int64"))
            kept = len(node.scope.notes)
            made = _body(
                node,
                graph,
                [zero, api.identity(start_flag), *map(api.identity, state)],
                [inside | outer] * (2 + len(state)),
            )
            del node.scope.notes[kept:]
            rows = [(v.dtype, tuple(v.shape)) for v in made[1 + len(state) :]]
            current.undo(probe)
            if any(None in dims for _, dims in rows):
                return None  # no two rounds need to give rows of one shape
        limit = start_trips
        # Exporters write 2^63 - 1 for "as long as the condition holds": such buffers grow.
        grows = limit is None or limit.is_symbolic or int(limit) > MOST_ROWS_AHEAD
        put = "LIST_PUT" if grows else "SET_ELEMENT"
        length = 0 if grows else max(int(limit), 0)
        buffers = [api.fill((length, *dims), api.cast(0, dtype)) for dtype, dims in rows]

        @experimental.do_not_convert
        def test(i, flag, values, buffers):
            return flag if limit is None else api.logical_and(flag, i < limit)

        @experimental.do_not_convert
        def step(i, flag, values, buffers):
            made = _body(node, graph, [i, flag, *values], [inside | outer] * (2 + len(values)))
            after = made[1 : 1 + len(values)]
            if not _same_kinds(state, after):
                raise Changed("loop variables change")
            written = tuple(
                _core.op(put, [b, row, i])
                for b, row in zip(buffers, made[1 + len(values) :])
            )
            return i + 1, _flag(made[0]), tuple(after), written

        first = (_core.capture(known(0, "int64")), start_flag, tuple(state), tuple(buffers))
        n, _, values, buffers = control_flow.while_loop(test, step, first)
        return (*values, *[b[:n] for b in buffers])
    except Needed as need:
        current.undo(mark)
        if here not in need.sources:
            raise
        return None  # each round has to be known
    except (ModelError, UnsupportedError):
        raise
    except (Changed, ValueError, TypeError, NotImplementedError):
        current.undo(mark)
        return None
    except BaseException:
        current.undo(mark)
        raise


@op("Scan")
def scan(node, *inputs):
    graph = node.attr("body")
    if node.opset < 9:
        return _scan_8(node, graph, inputs)
    n = node.attr("num_scan_inputs")
    state, elements = list(inputs[: len(inputs) - n]), list(inputs[len(inputs) - n :])
    outs = len(graph.output) - len(state)
    axes = node.attr("scan_input_axes", [0] * n)
    reverse = node.attr("scan_input_directions", [0] * n)
    return _scan(
        node,
        graph,
        state,
        elements,
        axes,
        reverse,
        node.attr("scan_output_axes", [0] * outs),
        node.attr("scan_output_directions", [0] * outs),
    )


def _scan_8(node, graph, inputs):
    """Version 8 scans each item of a batch by itself, up to its length."""
    lengths, inputs = inputs[0], inputs[1:]
    n = node.attr("num_scan_inputs")
    if lengths is not None:
        raise node.unsupported(
            "lengths of sequences are not supported: use version 9 of the operation"
        )
    m = len(inputs) - n
    results = []
    for b in range(node.known_dims(inputs[0], 1)[0]):
        state, elements = [v[b] for v in inputs[:m]], [v[b] for v in inputs[m:]]
        outs = len(graph.output) - m
        results.append(
            _scan(
                node,
                graph,
                state,
                elements,
                [0] * n,
                node.attr("directions", [0] * n),
                [0] * outs,
                [0] * outs,
            )
        )
    return tuple(api.stack(list(column)) for column in zip(*results))


def _scan(node, graph, state, elements, axes, reverse, out_axes, out_reverse):
    if not elements:
        raise node.wrong("num_scan_inputs is 0")
    rows = []
    for x, axis, back in zip(elements, axes, reverse):
        axis = node.axis(axis, x.shape.rank)
        x = (
            x
            if axis == 0
            else api.transpose(x, [axis, *[k for k in range(x.shape.rank) if k != axis]])
        )
        rows.append(api.reverse(x, [0]) if back else x)
    n = node.known_dims(rows[0], -1)[0]
    if any(node.known_dims(r, -1)[0] != n for r in rows):
        raise node.wrong("what it scans has different lengths")
    source = frozenset().union(*[node.scope.sources_of(name) for name in node.proto.input if name])
    m = len(state)
    symbolic = any(v.is_symbolic for v in (*state, *rows))
    made = (
        _recorded_scan(node, graph, state, rows, n, source)
        if symbolic and n > 1 and _core.current_graph() is not None
        else None
    )
    if made is None:
        made = _unrolled_scan(node, graph, state, rows, n, source)
    outputs = list(made[:m])
    for x, axis, back in zip(made[m:], out_axes, out_reverse):
        x = api.reverse(x, [0]) if back else x
        axis = node.axis(axis, x.shape.rank)
        outputs.append(
            x
            if axis == 0
            else api.transpose(x, [*range(1, axis + 1), 0, *range(axis + 1, x.shape.rank)])
        )
    return tuple(outputs)


def _unrolled_scan(node, graph, state, rows, n, source):
    m, made = len(state), []
    for i in range(n):
        out = _body(node, graph, [*state, *[r[i] for r in rows]], [source] * len(graph.input))
        state = out[:m]
        made.append(out[m:])
    columns = [
        _stacked(node, [out[k] for out in made], graph.output[m + k])
        for k in range(len(graph.output) - m)
    ]
    return [*state, *columns]


def _recorded_scan(node, graph, state, rows, n, source):
    current = _core.current_graph()
    mark = current.mark()
    here = Mark()
    sources = [source | {here}] * len(graph.input)
    m = len(state)
    try:
        kept = len(node.scope.notes)
        made = _body(
            node, graph, [*map(api.identity, state), *[api.identity(r[0]) for r in rows]], sources
        )
        del node.scope.notes[kept:]
        keeps = _same_kinds(state, made[:m])
        kinds = [(v.dtype, tuple(v.shape)) for v in made[m:]]
        current.undo(mark)
        if not keeps or any(None in dims for _, dims in kinds):
            return None
        buffers = tuple(api.fill((n, *dims), api.cast(0, dtype)) for dtype, dims in kinds)

        @experimental.do_not_convert
        def test(i, values, buffers):
            return i < n

        @experimental.do_not_convert
        def step(i, values, buffers):
            out = _body(
                node, graph, [*values, *[_core.op("ELEMENT", [r, i]) for r in rows]], sources
            )
            written = tuple(_core.op("SET_ELEMENT", [b, v, i]) for b, v in zip(buffers, out[m:]))
            return i + 1, tuple(out[:m]), written

        start = (_core.capture(known(0, "int64")), tuple(state), buffers)
        _, values, buffers = control_flow.while_loop(test, step, start)
        return [*values, *buffers]
    except Needed as need:
        current.undo(mark)
        if here not in need.sources:
            raise
        return None
    except (ModelError, UnsupportedError):
        raise
    except (Changed, ValueError, TypeError, NotImplementedError):
        current.undo(mark)
        return None
    except BaseException:
        current.undo(mark)
        raise


# ---- lists of tensors ---------------------------------------------------------------------------


@op("SequenceEmpty")
def sequence_empty(node):
    return []


@op("SequenceConstruct")
def sequence_construct(node, *values):
    return list(values)


def _position(node, i, n, more=0):
    at = int(node.number(i, "the position"))
    if not -n <= at < n + more:
        raise node.wrong(f"position {at} is out of range for a sequence of {n}")
    return at + n if at < 0 else at


@op("SequenceAt")
def sequence_at(node, sequence, position):
    return sequence[_position(node, 1, len(sequence))]


@op("SequenceInsert")
def sequence_insert(node, sequence, value, position=None):
    at = _position(node, 2, len(sequence), 1) if node.given(2) else len(sequence)
    return [*sequence[:at], value, *sequence[at:]]


@op("SequenceErase")
def sequence_erase(node, sequence, position=None):
    at = _position(node, 1, len(sequence)) if node.given(1) else len(sequence) - 1
    return [*sequence[:at], *sequence[at + 1 :]]


@op("SequenceLength")
def sequence_length(node, sequence):
    return known(len(sequence), "int64")


@op("ConcatFromSequence")
def concat_from_sequence(node, sequence):
    if not sequence:
        raise node.wrong("the sequence is empty")
    if node.attr("new_axis", 0):
        return api.stack(sequence, node.axis(node.attr("axis"), sequence[0].shape.rank + 1))
    return api.concat(sequence, node.axis(node.attr("axis"), sequence[0].shape.rank))


@op("SplitToSequence")
def split_to_sequence(node, x, sizes=None):
    axis = node.axis(node.attr("axis", 0), x.shape.rank)
    n = node.dims(0)[axis]
    if not node.given(1):
        parts, keep = [1] * n, bool(node.attr("keepdims", 1))
    elif sizes.shape.rank == 0:
        each = int(node.number(1, "the size of the parts"))
        if each < 1:
            raise node.wrong(f"the size of the parts is {each}")
        parts, keep = [min(each, n - i) for i in range(0, n, each)], True
    else:
        parts, keep = node.ints(1, "the sizes of the parts"), True
    from ... import arrays

    made = arrays.split(x, parts, axis)
    return made if keep else [api.squeeze(v, [axis]) for v in made]


# ---- optional values ----------------------------------------------------------------------------


@op("Optional")
def optional(node, value=None):
    return NOTHING if value is None else value


@op("OptionalHasElement")
def optional_has_element(node, value=None):
    return known(np.asarray(value is not None and value is not NOTHING))


@op("OptionalGetElement")
def optional_get_element(node, value):
    if value is NOTHING or value is None:
        raise node.wrong("the optional value has no element")
    return value
