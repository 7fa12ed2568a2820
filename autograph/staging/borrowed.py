"""Whose arrays a run leaves outside: after `self.row = m[1]` the attribute holds a view of m, as in plain Python, and no copy.

A graph has values and no objects, but its operations tell how a value was taken from an argument or from what a place held. So in
place of such a value stands a Borrowed: where it comes from, and the steps of NumPy's that take it from there; numbers that only
the run knows come with it. Where an `if` chose it there is an Either, and a Shared where several places are left with one array that
the run has made. What only a loop knows is left to plain Python; where that cannot be, beside tensors, a warning says that a copy is kept.
"""

import itertools
import sys
import warnings

from .. import _core, records
from . import arrays, joins, lent, lists, outside, rollback, trees, twins, values

Tensor = _core.Tensor
_OTHERS = "an array that another place may be left with as well,"
_MOST = 64  # arrays of which each is compared with all others


class Borrowed:
    """In place of an array, before the numbers of the steps: what it is a view of. root: the number of a root; keys lead on from there."""

    __slots__ = ("keys", "root", "steps")

    def __init__(self, root, keys, steps):
        self.root, self.keys, self.steps = root, keys, steps

    def take(self, parts, plain, roots, made):
        """The array, of the parts that come with it; roots: those of this call."""
        found, numbers = roots[self.root], [int(n) for n in parts]
        for is_item, key in self.keys:
            found = found[key] if is_item else getattr(found, key)
        for step in self.steps:
            found = step(found, numbers)
        return found


class Either:
    """Before a condition, and what is left where it holds and where not."""

    __slots__ = ()

    def take(self, parts, plain, roots, made):
        """What is left."""
        cond, one, other = parts
        return plain(one if bool(cond) else other)


class Maybe:
    """Before the number of what is left, and an array that is number 0; the others are known: None, or UNDEFINED."""

    __slots__ = ("others",)

    def __init__(self, others):
        self.others = others

    def take(self, parts, plain, roots, made):
        """What is left."""
        which = int(parts[0])
        return self.others[which - 1] if which else plain(parts[1])


class Made:
    """Before the attributes of an object that the run has made."""

    __slots__ = ("key", "kind", "names")

    def __init__(self, key, kind, names):
        self.key, self.kind, self.names = key, kind, names

    def take(self, parts, plain, roots, made):
        """The object."""
        if self.key not in made:
            made[self.key] = records.make(self.kind, self.names, [plain(part) for part in parts])
        return made[self.key]


class This:
    """An array that is older than the call."""

    __slots__ = ("array",)

    def __init__(self, array):
        self.array = array

    def take(self, parts, plain, roots, made):
        """The array."""
        return self.array


class Shared:
    """Before an array that the run has made, whose name is `key`: one in all places."""

    __slots__ = ("key",)

    def __init__(self, key):
        self.key = key

    def take(self, parts, plain, roots, made):
        """The array."""
        if self.key not in made:
            made[self.key] = plain(parts[0])
        return made[self.key]


def is_told(value):
    """Whether what a run leaves tells which array it is, also where that is one which was there before."""
    return type(value) is tuple and bool(value) and type(value[0]) in KINDS


class Lending:
    """Puts one of these in place of each array that is a root's, or is left twice: roots are the arguments and what places held, as the
    trace finds them."""

    def __init__(self, graph, roots):
        self.graph = graph
        self.roots = {tensor._value: (tensor, at, keys) for at, root in enumerate(roots) for keys, tensor in _arrays_in(root, ()) if isinstance(tensor, Tensor)}
        self._made = {}  # {id of a list or dict: (it, what takes its place)}
        self._shared, self._returned = set(), ()

    def look_at(self, lefts, result):
        """To be called before of(). lefts: (name of a place, what it is left with); result: what the function returns."""
        self._returned = {id(thing) for thing in twins.objects(result)}
        graph, found = self.graph, [(name, array) for name, left in lefts for _, array in _arrays_in(left, ()) if _is_array(array)]
        for (name, a), (_, b) in itertools.combinations(found[:_MOST], 2):
            tensors, boxes = (isinstance(a, kind) and isinstance(b, kind) for kind in (Tensor, arrays.Array))
            one = joins.same(graph, a, b) if tensors else a is b
            if one is None and (_is_a_loops(graph, a) or _is_a_loops(graph, b)) or boxes and not one and _may_be_one(a, b):
                self._warn(name, _OTHERS)
            elif one is not False or tensors and _overlap(a, b):
                self._shared.update((_key(a), _key(b)))

    def of(self, value, name):
        """A value, or what takes its place. name: of the place that is left with it."""
        if isinstance(value, Tensor):
            return self._of_tensor(value, name)
        if isinstance(value, arrays.Array):
            return (Shared(id(value)), value) if id(value) in self._shared else value
        kind = type(value)
        if kind.__name__ == "ndarray":
            return (This(value),) if outside.may_be_older(value) else value
        if kind is trees.Choice or kind is lists.TracedList and value.staged is not None:
            for part in value._options if kind is trees.Choice else value.columns():
                if lent.array_of(part):
                    self._warn(name, _text(lent.array_of(part)))
            return value
        if id(value) not in self._made:
            self._made[id(value)] = value, value  # an older one may hold itself
            self._made[id(value)] = value, self._of_parts(value, kind, name)
        return self._made[id(value)][1]

    def _of_parts(self, value, kind, name):
        if kind is dict:
            parts = {k: self.of(v, name) for k, v in value.items()}
            return value if all(parts[k] is v for k, v in value.items()) else parts
        if kind in (list, lists.TracedList) or isinstance(value, tuple):
            parts = [self.of(v, name) for v in value]
            if all(a is b for a, b in zip(value, parts)):
                return value
            return kind(*parts) if hasattr(kind, "_fields") else kind(parts) if kind is tuple else parts
        opened = values.opened(value)
        if opened is None:
            return value
        parts = [self.of(v, name) for v in opened[1]]
        if all(a is b and (not _is_array(a) or records.is_record(kind)) for a, b in zip(opened[1], parts)):
            return value
        if records.is_record(kind):
            return records.make(kind, opened[0], parts)
        if id(value) not in self._returned:
            return Made(id(value), kind, opened[0]), *parts
        self._warn(name, "an object that is returned and holds an array which is older than the call, or left in another place as well,")
        return value

    def _of_tensor(self, value, name):
        lender = lent.array_of(value)
        if not value.is_symbolic or lender is None and _key(value) not in self._shared:
            return value
        array = value if value.alts is None else value.payload
        found = self._found(array, array, (), (), True)
        if found is None:
            self._warn(name, _OTHERS if lender is None else _text(lender))
            return value
        return found if value.alts is None else (Maybe(value.alts), value.tag, found)

    def _found(self, tensor, out, steps, numbers, is_outer):
        """What takes the place of `out`, whose elements are those of the tensor after the steps; None where that is not known.

        is_outer: whether the tensor is one of no region."""
        if type(tensor).__name__ == "ndarray":
            return (This(tensor),)
        if not isinstance(tensor, Tensor):
            return out  # which is never taken
        steps, numbers = [*steps], [*numbers]
        while tensor._value not in self.roots:
            make = _STEPS.get(tensor.op.type)
            if make is None or tensor.op.type == "GatherV2" and tensor.op.inputs[1].shape.rank != 0:
                break
            steps.insert(0, make(tensor.op, numbers))
            tensor = tensor.op.inputs[0]
        if tensor._value in self.roots:
            _, root, keys = self.roots[tensor._value]
            return (Borrowed(root, keys, steps), *numbers) if is_outer or not numbers else None
        joined = joins.of(self.graph, tensor)
        if joined is not None and joined[0] == "if":
            if not is_outer:
                return None
            sides = [self._found(side, out, steps, numbers, False) for side in joined[2:]]
            return None if any(side is None for side in sides) else (Either(), joined[1], *sides)
        if lent.array_of(tensor) or tensor.op.type == "Placeholder":
            return None
        key = tensor._value
        if joined is not None:
            key = id(joined[1]), *[side._value for side in joined[2:]]
        if not steps:
            return Shared(key), out
        if not is_outer:
            return None
        whole = Shared(key), tensor
        return (Steps(steps), whole, *numbers)

    def _warn(self, name, what):
        """Leaves the call to plain Python, or says that the place will hold a copy."""
        function = self.graph.extra["function"]
        text = (
            f"{name} is left with {what} as a branch, loop or list of the run gives it, and so with a copy of it: write a copy there "
            f"(x.copy()), or choose a number that says which it is{outside._def_of(self.graph)}"
        )
        error = TypeError(text)
        error._ag_refused = True
        if rollback.may_run_plainly(self.graph, error) or getattr(error, "_ag_plainly", False):
            self.graph.extra.setdefault("refused", error)
            return
        known, code = function.__dict__.setdefault("_warned_of", set()), function.python_function.__code__
        if text not in known:
            known.add(text)
            warnings.warn_explicit(text, UserWarning, code.co_filename, code.co_firstlineno)


class Steps(Borrowed):
    """A view of an array that the run has made, which comes first."""

    __slots__ = ()

    def __init__(self, steps):
        self.steps = steps

    def take(self, parts, plain, roots, made):
        """The array."""
        found, numbers = plain(parts[0]), [int(n) for n in parts[1:]]
        for step in self.steps:
            found = step(found, numbers)
        return found


def _text(lender):
    return f"the array {lender.path!r}, or a part of it," if lender.path else "an array that is older than the call"


def _is_array(value):
    return isinstance(value, arrays.Array) or isinstance(value, Tensor) and value.is_symbolic and value.shape.rank != 0


def _key(array):
    array = array if isinstance(array, arrays.Array) or array.alts is None else array.payload
    return id(array) if isinstance(array, arrays.Array) else array._value


def _may_be_one(a, b):
    return a._root() is b._root() or arrays.may_be_one(a._root(), b._root())


def _is_a_loops(graph, value):
    found = joins.of(graph, value if value.alts is None else value.payload)
    return found is not None and found[0] == "loop"


def _base(tensor):
    """What a computed array is a view of."""
    tensor = tensor if tensor.alts is None else tensor.payload
    while tensor.is_symbolic and tensor.op.type in _STEPS and not (tensor.op.type == "GatherV2" and tensor.op.inputs[1].shape.rank != 0):
        tensor = tensor.op.inputs[0]
    return tensor


def _overlap(a, b):
    """Whether two arrays are views of one."""
    return _base(a)._value == _base(b)._value


def _arrays_in(root, keys):
    """(keys, tensor) of the traced arrays in a root."""
    if isinstance(root, Tensor):
        if root.is_symbolic and (root if root.alts is None else root.payload) is not None:
            yield keys, root if root.alts is None else root.payload
    elif isinstance(root, arrays.Array):
        yield keys, root
    elif isinstance(root, (list, tuple)) and getattr(root, "staged", None) is None:
        for k, part in enumerate(root):
            yield from _arrays_in(part, (*keys, (True, k)))
    elif type(root) is dict:
        for k, part in root.items():
            yield from _arrays_in(part, (*keys, (True, k)))
    elif (opened := values.opened(root)) is not None:
        for name, part in zip(*opened):
            yield from _arrays_in(part, (*keys, (False, name)))


def _index(tensor, numbers):
    """A function of the run's numbers that gives this index."""
    known = _core.known(tensor)
    if known is not None:
        return lambda given, k=int(known): k
    numbers.append(tensor)
    return lambda given, at=len(numbers) - 1: given[at]


def _element(op, numbers):
    at = [_index(i, numbers) for i in op.inputs[1:]]
    return lambda array, given: array[tuple([k(given) for k in at])]


def _column(op, numbers):
    axis, at = op.get_attr("axis"), _index(op.inputs[1], numbers)
    return lambda array, given: array[(slice(None),) * axis + (at(given),)]


def _slice(op, numbers):
    parts = []
    for begin, size, step in zip(*[op.get_attr(name) for name in ("begin", "size", "step")]):
        end = begin + size * step
        parts.append(slice(begin, None if end < 0 else end, step))
    return lambda array, given: array[tuple(parts)]


def _reversed(op, numbers):
    axes = {axis % op.inputs[0].shape.rank for axis in op.get_attr("axis")}
    key = tuple([slice(None, None, -1 if axis in axes else None) for axis in range(op.inputs[0].shape.rank)])
    return lambda array, given: array[key]


def _reshape(op, numbers):
    shape = tuple([-1 if n is None else n for n in op.get_attr("shape")])
    return lambda array, given: array.reshape(shape)


def _transpose(op, numbers):
    perm = tuple(op.get_attr("perm"))
    return lambda array, given: array.transpose(perm)


def _broadcast(op, numbers):
    shape = tuple(op.get_attr("shape"))
    return lambda array, given: sys.modules["numpy"].broadcast_to(array, shape)


KINDS = (Borrowed, Either, Made, Maybe, Shared, Steps, This)
_STEPS = {
    "BroadcastTo": _broadcast, "Element": _element, "GatherV2": _column, "StridedSlice": _slice, "ReverseV2": _reversed, "Reshape": _reshape, "Transpose": _transpose,
    "Real": lambda op, numbers: lambda array, given: array.real, "Imag": lambda op, numbers: lambda array, given: array.imag,
}  # fmt: skip
