"""Where branches and loops have joined arrays: which array of the program a value is at the end, and whether two are one.

A value that an operation has computed is an array of its own, each time the operation runs; what a branch or loop gives is one of
those that its sides have. So of two values the same one in both sides is one array, as in plain Python.
"""

from .. import _core

Tensor = _core.Tensor


def note_branches(graph, leaf, cond, one, other):
    """What an `if` gives is one value where cond holds, else the other."""
    leaf, one, other = (x.payload if isinstance(x, Tensor) and x.alts is not None else x for x in (leaf, one, other))
    if isinstance(leaf, Tensor) and leaf is not one and leaf.is_symbolic and leaf.alts is None and leaf.shape.rank != 0:
        graph.extra.setdefault("joins", {})[leaf._value] = leaf, "if", cond, one, other


def note_loop(graph, outs, inits, ends, params):
    """What a loop gives is what its variables held before it, or at the end of a turn."""
    joins = graph.extra.setdefault("joins", {})
    turn = [param._value for param in params]
    for out, first, end in zip(outs, inits, ends):
        if out.shape.rank != 0:
            joins[out._value] = out, "loop", (inits, ends, turn), first, end


def of(graph, value):
    """What was noted of a value: (kind, what decides, one, other), or None."""
    found = graph.extra.get("joins", {}).get(value._value)
    if found is None or value.op.type not in ("If", "While"):  # not of a value that was undone
        return None
    return found[1:]


def same(graph, a, b):
    """Whether two values are one array: True, False, or None where the run decides."""
    a, b = (x.payload if isinstance(x, Tensor) and x.alts is not None else x for x in (a, b))
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        return a is b
    if a._value == b._value:
        return True
    of_a, of_b = of(graph, a), of(graph, b)
    if of_a is None and of_b is None:
        params = a.op.type == "Placeholder" or b.op.type == "Placeholder"
        return None if params and _in_a_region(graph, a, b) else False
    if of_a is None or of_b is None or of_a[1] is not of_b[1]:
        if of_a is None:
            a, b, of_a = b, a, of_b
        return _both(same(graph, of_a[2], b), same(graph, of_a[3], b))
    if of_a[0] == "if":
        return _both(same(graph, of_a[2], of_b[2]), same(graph, of_a[3], of_b[3]))
    return _both(same(graph, of_a[2], of_b[2]), _ends(graph, of_a[1], of_a[3], of_b[3], set()))


def _both(one, other):
    return one if one is other else None


def _ends(graph, loop, a, b, seen):
    """Whether two variables of a loop hold one array at the end of a turn."""
    inits, ends, turn = loop
    if not isinstance(a, Tensor) or not isinstance(b, Tensor) or a._value not in turn and b._value not in turn:
        return same(graph, a, b)
    if a._value == b._value:
        return True
    if a._value in turn and b._value in turn:  # one of the turn before
        i, j = turn.index(a._value), turn.index(b._value)
        if (i, j) in seen:
            return same(graph, inits[i], inits[j])
        seen.add((i, j))
        return _both(same(graph, inits[i], inits[j]), _ends(graph, loop, ends[i], ends[j], seen))
    other = b if a._value in turn else a
    if of(graph, other) is not None or other._value < min(turn):  # chosen in the turn, or older than the loop
        return None
    return False


def _in_a_region(graph, a, b):
    """Whether one is the variable of a loop, which may hold the other."""
    given = graph.extra.get("given", {})
    return any(x.op.type == "Placeholder" and x._value not in given for x in (a, b))
