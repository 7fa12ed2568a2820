"""Control flow as functions: cond, case, while_loop, map_fn, scan, foldl; what statements become, by hand."""

from . import _core

__all__ = ["case", "cond", "foldl", "foldr", "map_fn", "scan", "switch_case", "vectorized_map", "while_loop"]

Tensor = _core.Tensor


def _symbolic(x):
    return isinstance(x, Tensor) and x.is_symbolic


def cond(pred, true_fn=None, false_fn=None, name=None):
    """true_fn() if pred else false_fn(); both results have the same structure and dtypes.

    pred: a bool, or a tensor of one element."""
    from . import operators

    return operators.if_exp(pred, lambda: operators.call(true_fn), lambda: operators.call(false_fn))


def case(pred_fn_pairs, default=None, exclusive=False, strict=False, name="case"):
    """The result of the first function whose predicate is true, else of `default`; InvalidArgumentError when no predicate
    is true and there is no default."""
    pairs = list(pred_fn_pairs.items() if isinstance(pred_fn_pairs, dict) else pred_fn_pairs)
    if not pairs:
        raise ValueError("case: no (predicate, function) pairs were given")
    for _, fn in pairs:
        _need_function("case", fn)
    if default is not None:
        _need_function("case", default)
    if exclusive and len(pairs) > 1:
        from . import api
        from .assertions import Assert

        true = api.reduce_sum(api.stack([api.cast(p, "int32") for p, _ in pairs]))
        Assert(true <= 1, ["case: more than one predicate is true, and exclusive=True was asked for"])
    (pred, fn), rest = pairs[0], pairs[1:]
    if not rest and default is None:
        from .assertions import Assert

        Assert(pred, ["case: no predicate is true, and there is no default"])
        return cond(pred, fn, fn)
    return cond(pred, fn, (lambda: case(rest, default)) if rest else default)


def _need_function(what, fn):
    if not callable(fn):
        raise TypeError(f"{what}: {fn!r} is not a function")


def switch_case(branch_index, branch_fns, default=None, name="switch_case"):
    """branch_fns[branch_index](): an index that is not there takes `default`, or the last function.

    branch_fns: functions, or a dict or pairs of the ints 0 .. n - 1 and functions."""
    given = branch_fns.items() if isinstance(branch_fns, dict) else branch_fns
    pairs = [b if isinstance(b, tuple) else (i, b) for i, b in enumerate(given)]
    if not pairs:
        raise ValueError("switch_case: no functions were given")
    if sorted(i for i, _ in pairs) != list(range(len(pairs))):
        raise ValueError(f"switch_case: the keys must be 0 to {len(pairs) - 1}, not {[i for i, _ in pairs]}")
    pairs.sort(key=lambda pair: pair[0])
    for _, fn in [*pairs, *([] if default is None else [(0, default)])]:
        _need_function("switch_case", fn)
    index = branch_index if isinstance(branch_index, Tensor) else _core.convert(branch_index)
    if not index.dtype.is_integer:
        raise TypeError(f"switch_case: branch_index must be an integer, not {index.dtype.name}")
    if default is None:
        default = pairs[-1][1]
    return case([(_core.binary("EQ", branch_index, i), fn) for i, fn in pairs], default)


def while_loop(
    cond, body, loop_vars, shape_invariants=None, parallel_iterations=10, back_prop=True, swap_memory=False,
    maximum_iterations=None, name=None,
):  # fmt: skip
    """Repeats loop_vars = body(*loop_vars) while cond(*loop_vars); the last loop_vars come back.

    loop_vars: a list or tuple of (structures of) tensors; their dtypes hold, dimensions may change. TypeError when a dtype
    does not hold."""
    from . import operators

    call = operators.call
    state = tuple(loop_vars)
    if maximum_iterations is not None:
        inner_cond, inner_body = cond, body
        limit = maximum_iterations
        state = (0, *state)

        def cond(n, *xs):
            return operators.and_(n < limit, lambda: call(inner_cond, *xs))

        def body(n, *xs):
            return (n + 1, *_as_tuple(call(inner_body, *xs), xs))

    graph = _core.current_graph()
    more = call(cond, *state)
    if graph is None or not _symbolic(more):
        while more:
            state = _as_tuple(call(body, *state), state)
            more = call(cond, *state)
            if _symbolic(more):
                break
    if graph is not None and _symbolic(more):
        state = staged_while(graph, cond, body, state)
    if maximum_iterations is not None:
        state = state[1:]
    return type(loop_vars)(state) if isinstance(loop_vars, list) else tuple(state)


def staged_while(graph, cond, body, state):
    """The loop as a node of the graph, even when nothing symbolic decides."""
    from .operators import call
    from .staging import journal, loops

    slots = [journal.Hidden(f"loop variable {i}", _traced_array(v)) for i, v in enumerate(state)]

    def step():
        before = [s.value for s in slots]
        new = _as_tuple(call(body, *before), before)
        for s, v in zip(slots, new):
            s.value = v

    loops.staged_loop(graph, slots, lambda: call(cond, *[s.value for s in slots]), step)
    return tuple(s.value for s in slots)


def _traced_array(value):
    """Arrays become tensors; numbers and structures stay."""
    if not isinstance(value, (Tensor, int, float, bool, tuple, list, dict, type(None))) and _core.describe(value):
        return _core.convert(value)
    return value


def _as_tuple(value, before):
    """The new loop variables, in the place of the older ones."""
    n = len(before)
    many = isinstance(value, (tuple, list))
    if many and len(value) == n:
        return tuple(value)
    if n == 1 and not (many and not isinstance(before[0], (tuple, list))):
        return (value,)
    got = f"{len(value)} values" if isinstance(value, (tuple, list)) else f"a {type(value).__name__}"
    raise ValueError(f"while_loop: the body must return {n} values, one for each loop variable, not {got}")


def _rows(what, elems):
    """Leaves as tensors and the number of rows."""
    from .staging import loops, values

    leaves = []
    form = values.flatten(elems, leaves)
    leaves = [x if isinstance(x, Tensor) else _core.convert(x) for x in leaves]
    if not leaves:
        raise ValueError(f"{what}: elems has no tensors")
    if any(x.shape.rank == 0 for x in leaves):
        raise ValueError(
            f"{what}: elems must be an array, or a structure of arrays, which has rows along axis 0; a number has none. "
            f"A list of numbers is a structure of them: make it one array, tf.constant([...])"
        )
    sizes = [tuple(x.shape)[:1] or (None,) for x in leaves]
    if len({n for (n,) in sizes if n is not None}) > 1:
        raise ValueError(f"{what}: the arrays in elems have different numbers of rows: {', '.join(str(n) for (n,) in sizes)}")
    if None in [n for (n,) in sizes] and len(leaves) > 1:
        counts = [_core.op("ELEMENT", [_core.op("SHAPE", [x], {"dtype": "int64"}), 0]) for x in leaves]
        for other in counts[1:]:
            _core.op("ASSERT", [counts[0] == other], {"text": f"{what}: the arrays in elems have different numbers of rows"})
    n = loops.length_of(leaves[0]) if leaves[0].is_symbolic else len(leaves[0])
    if isinstance(n, int) and n == 0:  # a row of zeros, whose results only tell their dtypes and shapes
        leaves = [_core.op("FILL", [values.zero_of(x.dtype)], {"shape": (1, *tuple(x.shape)[1:])}) for x in leaves]
    return form, leaves, n


def _need_rows(n, what):
    if isinstance(n, int) and n == 0:
        raise ValueError(f"{what}: elems has no rows, and no initializer was given")


def _row(form, leaves, i):
    from .staging import values

    return values.unflatten(form, iter([_core.op("ELEMENT", [x, i]) for x in leaves]))


def map_fn(
    fn, elems, dtype=None, parallel_iterations=None, back_prop=True, swap_memory=False, infer_shape=True, name=None,
    fn_output_signature=None,
):  # fmt: skip
    """fn applied to each row of elems (along axis 0), the results stacked."""
    form, leaves, n = _rows("map_fn", elems)
    signature = dtype if fn_output_signature is None else fn_output_signature

    def step(i, acc):
        out = call_row(fn, _row(form, leaves, i))
        return _strong(out) if signature is None else _signed(out, signature), acc

    return _collect(n, step, None)[0]


def _strong(out):
    """Python's numbers as tensors: of int32 and float32."""
    from .staging import values

    leaves = []
    form = values.flatten(out, leaves)
    return values.unflatten(form, iter([_core.convert(x) if type(x) in (bool, int, float) else x for x in leaves]))


def _signed(out, signature):
    """A row's result as `fn_output_signature` declares it."""
    from . import nest
    from .specs import TensorSpec

    nest.assert_same_structure(signature, out, check_types=False)
    fitted = []
    for value, wanted in zip(nest.flatten(out), nest.flatten(signature), strict=True):
        wanted = wanted if isinstance(wanted, TensorSpec) else TensorSpec(None, wanted)
        x = value if isinstance(value, Tensor) and not value.weak else _core.convert(value, wanted.dtype)
        if x.dtype.name != wanted.dtype.name:
            raise TypeError(
                f"map_fn: fn returned {x.dtype.name} where fn_output_signature declares {wanted.dtype.name}: "
                f"cast it, tf.cast(x, tf.{wanted.dtype.name})"
            )
        if not wanted.shape.is_compatible_with(x.shape):
            raise ValueError(f"map_fn: fn returned the shape {x.shape} where fn_output_signature declares {wanted.shape}")
        fitted.append(x)
    return nest.pack_sequence_as(out, fitted)


def vectorized_map(fn, elems, fallback_to_while_loop=True, warn=True):
    """fn applied to each row of elems, the results stacked: as map_fn, which is a native loop here."""
    return map_fn(fn, elems)


def call_row(fn, *rows):
    from .operators import call

    return call(fn, *rows)


def scan(
    fn, elems, initializer=None, parallel_iterations=10, back_prop=True, swap_memory=False, infer_shape=True, reverse=False,
    name=None,
):  # fmt: skip
    """The running results of acc = fn(acc, row), stacked; the first row starts it when there is no initializer."""
    form, leaves, n = _rows("scan", elems)
    at = (lambda i: n - 1 - i) if reverse else (lambda i: i)
    if initializer is not None:
        def step(i, acc):
            new = _like("scan", acc, call_row(fn, acc, _row(form, leaves, at(i))))
            return new, new

        return _collect(n, step, initializer, reverse)[0]

    _need_rows(n, "scan")
    first = _row(form, leaves, at(0))

    def later(i, acc):
        from . import operators

        new = operators.if_exp(i == 0, lambda: first, lambda: _like("scan", acc, call_row(fn, acc, _row(form, leaves, at(i)))))
        return new, new

    return _collect(n, later, first, reverse)[0]


def _like(what, before, after):
    """What fn returned, which takes the place of what it was given."""
    from . import nest

    try:
        nest.assert_same_structure(before, after, check_types=False)
    except ValueError as e:
        raise ValueError(f"{what}: fn must return the structure of its first argument: {e}") from None
    return after


def foldl(fn, elems, initializer=None, parallel_iterations=10, back_prop=True, swap_memory=False, name=None):
    """acc = fn(acc, row) over the rows, first to last."""
    return _fold("foldl", fn, elems, initializer, lambda i, n: i)


def foldr(fn, elems, initializer=None, parallel_iterations=10, back_prop=True, swap_memory=False, name=None):
    """acc = fn(acc, row) over the rows, last to first."""
    return _fold("foldr", fn, elems, initializer, lambda i, n: n - 1 - i)


def _fold(what, fn, elems, initializer, at):
    form, leaves, n = _rows(what, elems)
    start = 0
    if initializer is None:
        _need_rows(n, what)
        initializer, start = _row(form, leaves, at(0, n)), 1
    _, acc = while_loop(
        lambda i, acc: i < n, lambda i, acc: (i + 1, _like(what, acc, call_row(fn, acc, _row(form, leaves, at(i, n))))), (start, initializer)
    )
    return acc


def _collect(n, step, acc, reverse=False):
    """Stacks what step(i, acc) -> (output, acc) returns for i in range(n)."""
    from .staging import values

    graph = _core.current_graph()
    if graph is None and isinstance(n, int) and n == 0:
        from .function import function

        return function(lambda: _collect(n, step, acc, reverse))()  # a trace tells the dtypes and shapes
    if graph is None:
        outs = []
        for i in range(n):
            out, acc = step(i, acc)
            outs.append(out)
        flat = []
        for out in outs:
            leaves = []
            form = values.flatten(out, leaves)
            flat.append([x if isinstance(x, Tensor) else _core.convert(x) for x in leaves])
        stacked = [_core.op("STACK", list(column), {"axis": 0}) for column in zip(*flat)]
        return values.unflatten(form, iter(_flipped(stacked, reverse))), acc
    mark = graph.mark()  # one try tells the dtypes and shapes of the results
    probe, _ = step(_core.cast(0, "int64", True) if isinstance(n, int) else n - n, acc)
    leaves = []
    form = values.flatten(probe, leaves)
    kinds = [values.kind_of(x) for x in leaves]
    graph.undo(mark)
    buffers = []
    for k in kinds:
        zero = values.zero_of(k.dtype)
        if isinstance(n, int) and None not in k.shape:
            buffers.append(_core.op("FILL", [zero], {"shape": (n, *k.shape)}))
        else:
            dims = [n, *k.shape]
            if None in dims:
                raise ValueError("the shape of a row's result must be known while tracing")
            vector = _core.op("STACK", [_core.cast(d, "int64") for d in dims], {"axis": 0})
            buffers.append(_core.op("FILL_TO", [zero, vector]))

    if isinstance(n, int) and n == 0:
        return values.unflatten(form, iter(buffers)), acc

    def body(i, buffers, acc):
        out, acc = step(i, acc)
        flat = []
        values.flatten(out, flat)
        new = tuple(
            _core.op("SET_ELEMENT", [b, _core.cast(x, k.dtype), i]) for b, x, k in zip(buffers, flat, kinds)
        )
        return i + 1, new, acc

    _, buffers, acc = while_loop(lambda i, b, a: i < n, body, (_core.cast(0, "int64", True) if not isinstance(n, int) else 0, tuple(buffers), acc))
    return values.unflatten(form, iter(_flipped(buffers, reverse))), acc


def _flipped(tensors, reverse):
    return [_core.op("REVERSE", [t], {"axis": (0,)}) for t in tensors] if reverse else list(tensors)
