"""What flows out of branches and loops: structures of leaves, their common type, values that may be absent.

A leaf is a tensor (Python numbers count: they are weak tensors), a static Python object, or a Maybe: a tag beside a
payload. Tag 0 means the payload, tag k the k-th static alternative (None, undefined, a string ...).
"""

import weakref

from .. import _core, records, scalars

UNDEFINED = _core.UNDEFINED
Tensor = _core.Tensor


_ARRAY = ("ndarray",)
COMPLEX = ("complex",)


# ---- structures ---------------------------------------------------------------------------------


def flatten(value, leaves):
    """Appends the leaves of a nested tuple/list/dict/namedtuple/dataclass; returns its form, equal for equal structures."""
    kind = type(value)
    if kind is tuple or kind is list:
        return (kind, tuple([flatten(v, leaves) for v in value]))
    if kind is _lists.StagedItems:
        leaves += (*value.columns, value.size)
        return ("items", value.row)
    if kind is _arrays.housed.Housed:
        leaves.append(value.home.handle)
        return ("inner", value.home.group)
    if kind is _arrays.parts.Part:
        return value.flatten(leaves)
    if isinstance(value, _arrays.Array):
        leaves.append(value.tensor)
        return _ARRAY
    if kind is _lists.TracedList:
        if type(value.staged) is _heaps.Inner:
            leaves.append(value.staged.handle)
            return ("inner", value.staged.group)
        if value.staged is not None:
            return ("grown", flatten(value.staged, leaves))
        return (kind, tuple([flatten(v, leaves) for v in value]))
    if isinstance(value, _tensor_arrays.TensorArray):
        return value._flatten(leaves)
    if kind is _heaps.State:
        return value.flatten(leaves)
    value = _trees.leaf_of(value)
    kind = type(value)
    if kind is _trees.Choice:
        leaves.append(value._tag)
        return ("choice", tuple([flatten(v, leaves) for v in value._options]))
    if kind is _complexes.Complex:
        leaves += (value.real, value.imag)
        return COMPLEX
    if kind is dict:
        return (dict, tuple(value), tuple([flatten(v, leaves) for v in value.values()]))
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return ("named", kind, tuple([flatten(v, leaves) for v in value]))
    found = opened(value)
    if found is not None:
        names, parts = found
        return ("data", kind, names, tuple([flatten(part, leaves) for part in parts]))
    if isinstance(value, str) and _effects.has_marker(value):
        return _texts.flatten(value, leaves)
    leaves.append(value)
    return None


def unflatten(form, leaves):
    """The inverse of flatten; leaves is an iterator."""
    if form is None:
        return next(leaves)
    kind = form[0]
    if kind is tuple or kind is list or kind is _lists.TracedList:
        return kind([unflatten(f, leaves) for f in form[1]])
    if kind == "grown":
        return _lists.holding(unflatten(form[1], leaves))
    if kind == "items":
        return _lists.StagedItems([next(leaves) for _ in form[1].columns()], next(leaves), form[1])
    if kind == "inner":
        return _lists.inner(form[1], next(leaves))
    if kind == "heap":
        return _heaps.State.unflatten(form, leaves)
    if kind == "part":
        return _arrays.parts.unflatten(form, leaves)
    if kind == "ndarray":
        return _arrays.Array(next(leaves))
    if kind == "complex":
        return _complexes.Complex(next(leaves), next(leaves))
    if kind == "text":
        return _texts.unflatten(form, leaves)
    if kind == "choice":
        return _trees.Choice(next(leaves), [unflatten(f, leaves) for f in form[1]])
    if kind == "array":
        return _tensor_arrays.TensorArray._unflatten(form, leaves)
    if kind is dict:
        return dict(zip(form[1], [unflatten(f, leaves) for f in form[2]]))
    if kind == "named":
        return form[1](*[unflatten(f, leaves) for f in form[2]])
    return made_of(form[1], form[2], [unflatten(f, leaves) for f in form[3]])


def opened(value):
    """(names, values) of the attributes of a dataclass, or of an object of the user's class that the trace has made; None of anything
    else, and of objects that hold much, or themselves."""
    kind = type(value)
    if records.is_record(kind):
        return records.take(value)
    if not is_plain(kind) or not _is_made_here(value) or not _is_small_tree(value):
        return None
    found = sorted(zip(*records.held(value)), key=lambda part: part[0])
    return tuple([name for name, _ in found]), [part for _, part in found]


def made_of(kind, names, parts):
    """An object as opened() takes it apart."""
    made = records.make(kind, names, parts)
    return made if records.is_record(kind) else _journal.made(made)


_plain = weakref.WeakKeyDictionary()  # {class: whether its objects are taken apart}


def is_plain(kind):
    """Whether objects of a class are taken apart: one of the user's whose objects are their attributes alone."""
    found = _plain.get(kind)
    if found is None:
        found = _plain[kind] = _methods.is_users(kind) and records.is_plain(kind)
    return found


def _is_made_here(value):
    """Whether converted code has made an object of the user's in this trace."""
    if _journal.is_made(value):
        return True
    if any(map(_effects.traced, records.held(value)[1])) and not _journal.is_changed(value):
        _methods.learn_all(type(value))  # one that is not converted has made it
    return False


MOST_PARTS = 64  # of an object that is taken apart


def _is_small_tree(value):
    left, todo = MOST_PARTS, [(value, ())]
    while todo:
        thing, path = todo.pop()
        left -= 1
        if left < 0 or any(thing is one for one in path):
            return False
        plain = _journal.is_made(thing) and is_plain(type(thing))
        if plain and any(type(thing) is type(one) for one in path):
            return False  # a chain or a tree, of any length
        if isinstance(thing, (tuple, list)):
            parts = () if getattr(thing, "staged", None) is not None else tuple(thing)
        elif isinstance(thing, dict):
            parts = thing.values()
        else:
            parts = records.held(thing)[1] if plain else ()
        todo += [(part, (*path, thing)) for part in parts]
    return True


class Whole:
    """The leaf for a list, dict or array that is one object wherever a value comes from: what changes in it is journaled."""

    __slots__ = ("box",)

    def __init__(self, box):
        self.box = box


def keep_whole(a, b, changed=frozenset(), was=({}, {})):
    """(a, b) with each object that both have at one place as one Whole.

    changed: keys of places; what is in a changed list or dict is another thing by now. was: gets {id of what was made: what it stands for}."""
    if a is b and is_box(a):
        both = Whole(a)
        return both, both
    if type(a) is type(b) and type(a) in (tuple, _lists.TracedList, list):
        if getattr(a, "staged", None) is None and getattr(b, "staged", None) is None and len(a) == len(b):
            pairs = [] if _is_changed(a, b, changed) else [keep_whole(x, y, changed, was) for x, y in zip(a, b)]
            if any(x is not p for x, (p, _) in zip(a, pairs)):
                return _standing(type(a)([p for p, _ in pairs]), a, was[0]), _standing(type(a)([q for _, q in pairs]), b, was[1])
    if type(a) is dict and type(b) is dict and a.keys() == b.keys() and not _is_changed(a, b, changed):
        pairs = {k: keep_whole(a[k], b[k], changed, was) for k in a}
        if any(a[k] is not p for k, (p, _) in pairs.items()):
            sides = {k: p for k, (p, _) in pairs.items()}, {k: q for k, (_, q) in pairs.items()}
            return _standing(sides[0], a, was[0]), _standing(sides[1], b, was[1])
    return a, b


def _is_changed(a, b, changed):
    return ("items", id(a)) in changed or ("items", id(b)) in changed


def _standing(made, value, was):
    was[id(made)] = value
    return made


def unwrap(value):
    """The value with its Wholes as the objects that they stand for."""
    kind = type(value)
    if kind is Whole:
        return value.box
    if kind is tuple or kind is list:
        return kind([unwrap(v) for v in value])
    if kind is dict:
        return {k: unwrap(v) for k, v in value.items()}
    if kind is _lists.TracedList and value.staged is None:
        list.__setitem__(value, slice(None), [unwrap(v) for v in value.now()])
    return value


def is_dead(graph, value):
    """Whether a variable still has what the body of an earlier loop or branch gave it and no statement behind it reads."""
    leaves = []
    if not boxes(value):
        flatten(value, leaves)
    return any(isinstance(leaf, Tensor) and leaf.is_symbolic and not graph.sees(leaf) for leaf in leaves)


def is_box(value):
    """Whether a value is an object that this trace has made and follows: two names of it are one thing."""
    if _heaps.is_inner(value):
        return False
    return type(value) in (_lists.TracedList, _arrays.Array) or (_journal.is_made(value) and not is_frozen(value))


def is_frozen(value):
    """Whether an object cannot be changed, so that another one of the same parts is as good."""
    return isinstance(value, tuple) or records.is_frozen(type(value))


def boxes(value):
    """The lists and arrays in a value, in the order of its leaves, but for lists that live in heaps: those are their handles."""
    kind = type(value)
    if _heaps.is_inner(value):
        return []
    if kind is _arrays.Array or kind is _heaps.Heap:  # a heap: of arrays that one may be a part of
        return [value]
    if kind is _lists.TracedList:
        return [value, *([] if value.staged is not None else [b for v in value.now() for b in boxes(v)])]
    if kind is _trees.Choice:
        return [b for v in value._options for b in boxes(v)]
    if isinstance(value, (tuple, list)):
        return [b for v in value for b in boxes(v)]
    return [b for v in value.values() for b in boxes(v)] if kind is dict else []


# ---- leaves -------------------------------------------------------------------------------------


def is_symbolic(value):
    return isinstance(value, Tensor) and value.is_symbolic


PLAIN = (bool, int, float, complex, str, bytes, tuple, frozenset, range, slice, type(None))


def is_number(value):
    """A value that may become a tensor: tensor, Python or NumPy number, array."""
    kind = type(value)
    if kind is bool or kind is Late or scalars.is_python_number(value) or isinstance(value, Tensor):
        return True
    if hasattr(value, "__array_interface__") and not isinstance(value, type):
        return _core.describe(value) is not None or getattr(value, "dtype", None) is not None and value.dtype.kind in "SU"
    return isinstance(value, _core.Variable)


def read(value):
    """What a Variable holds in the run, in a trace; anything else as it is."""
    return value.value() if isinstance(value, _core.Variable) and _core.current_graph() is not None else value


class Kind:
    """The type of a tensor leaf: dtype name, weak, static shape (a tuple with None, or None for unknown rank)."""

    __slots__ = ("dtype", "shape", "weak")

    def __init__(self, dtype, weak, shape):
        self.dtype, self.weak, self.shape = dtype, weak, shape

    def __eq__(self, other):
        return (
            isinstance(other, Kind)
            and self.dtype == other.dtype
            and self.weak == other.weak
            and self.shape == other.shape
        )

    __hash__ = None


class MaybeKind:
    """A leaf that is one of `alts`, or a payload of a Kind (None: never a payload)."""

    __slots__ = ("alts", "payload")

    def __init__(self, alts, payload):
        self.alts, self.payload = alts, payload

    def __eq__(self, other):
        return (
            isinstance(other, MaybeKind)
            and self.payload == other.payload
            and len(self.alts) == len(other.alts)
            and all(same_static(a, b) for a, b in zip(self.alts, other.alts))
        )

    __hash__ = None


class Static:
    """A leaf that stays one Python object."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return isinstance(other, Static) and same_static(self.value, other.value)

    __hash__ = None


class Late:
    """A leaf whose tensor is made in the region that it is needed in."""

    __slots__ = ("kind", "make")

    def __init__(self, kind, make):
        self.kind, self.make = kind, make


NEVER = object()  # the leaf of a path that raises: it takes any type


def same_static(a, b):
    if a is b:
        return True
    if type(a) is not type(b) or type(a) not in (int, float, bool, str, bytes, complex, range, slice):
        return False
    return a == b and repr(a) == repr(b)  # repr: 0.0 is not -0.0


def shape_of(tensor):
    shape = tensor.shape
    return None if shape.rank is None else tuple(shape)


def kind_of(value):
    """Kind, MaybeKind or Static of a leaf; NEVER of NEVER."""
    kind = type(value)
    if value is NEVER:
        return NEVER
    if kind is Late:
        return value.kind
    if kind is bool:
        return Kind("bool", False, ())
    if scalars.is_python_number(value):
        if isinstance(value, float):
            return Kind("float64", True, ())
        return Kind("int64", True, ()) if -(2**63) <= value < 2**63 else Static(value)
    if isinstance(value, Tensor):
        if value.alts is not None:
            payload = value.payload
            return MaybeKind(tuple(value.alts), None if payload is None else kind_of(payload))
        return Kind(value.dtype.name, value.weak, shape_of(value))
    if is_number(value):
        return kind_of(_core.convert(value))
    return Static(value)


def join_shapes(a, b):
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple(m if m == n else None for m, n in zip(a, b))


_WIDTH = {"bool": 0, "int64": 1, "float64": 2}


def join_kinds(a, b, refuse):
    """The Kind that holds both; refuse(a, b) raises when there is none."""
    shape = join_shapes(a.shape, b.shape)
    if shape is None and a.shape is not None and b.shape is not None:
        refuse(a, b)
    if a.dtype == b.dtype:
        return Kind(a.dtype, a.weak and b.weak, shape)
    number_a = a.weak or (a.dtype == "bool" and a.shape == ())
    number_b = b.weak or (b.dtype == "bool" and b.shape == ())
    if number_a and number_b:
        wide = a if _WIDTH[a.dtype] > _WIDTH[b.dtype] else b
        return Kind(wide.dtype, wide.weak, shape)
    if number_a != number_b:
        weak, strong = (a, b) if number_a else (b, a)
        if weak.dtype == "float64" and "float" not in strong.dtype and "complex" not in strong.dtype:
            return Kind("float64", False, shape)
        return Kind(strong.dtype, False, shape)
    refuse(a, b)


def join(a, b, refuse):
    """The common kind of two leaves' kinds."""
    if a is NEVER or b is NEVER:
        return b if a is NEVER else a
    if isinstance(a, Kind) and isinstance(b, Kind):
        return join_kinds(a, b, refuse)
    if isinstance(a, Static) and isinstance(b, Static) and a == b:
        return a
    for one, other in ((a, b), (b, a)):  # a complex of Python's is an element of arrays of them
        if isinstance(one, Static) and type(one.value) is complex and isinstance(other, Kind) and other.dtype.startswith("complex"):
            return other
    alts, payload = [], None
    for k in (a, b):
        if isinstance(k, Kind):
            payload = k if payload is None else join_kinds(payload, k, refuse)
        elif isinstance(k, Static):
            _add_alt(alts, k.value)
        else:
            for alt in k.alts:
                _add_alt(alts, alt)
            if k.payload is not None:
                payload = k.payload if payload is None else join_kinds(payload, k.payload, refuse)
    if _is_text(payload):  # a Python string beside a string tensor becomes one
        alts = [alt for alt in alts if not isinstance(alt, str)]
    return MaybeKind(tuple(alts), payload) if alts else payload


def _is_text(kind):
    return isinstance(kind, Kind) and kind.dtype == "string" and kind.shape == ()


def _add_alt(alts, value):
    if not any(same_static(value, a) for a in alts):
        alts.append(value)


# ---- making leaves of a kind, in the current region ------------------------------------------------


def zero_of(dtype, weak=False):
    """0 of a dtype; the empty string."""
    return _core.convert("") if dtype == "string" else _core.cast(0, dtype, weak)


def zeros(kind):
    """A stand-in payload that is never looked at."""
    dims = tuple(0 if d is None else d for d in kind.shape or ())
    zero = zero_of(kind.dtype, kind.weak)
    if not dims:
        return zero
    return _core.op("FILL", [zero], {"shape": dims})


def to_kind(value, kind):
    """The tensors (a list) that carry a leaf in a region's results, for its joined kind."""
    if isinstance(kind, Static) or kind is NEVER:
        return []
    late = isinstance(value, Late)
    value = value.make() if late else value
    if isinstance(kind, Kind):
        if isinstance(value, Tensor) and value.alts is not None:  # of Python strings, which have become tensors
            return [_split(value, MaybeKind((), kind))[1]]
        if kind.dtype == "bool" and not late and is_tensors_bool(value) and not value.is_symbolic:
            return [tensors_bool(_core.capture(value))]
        return [zeros(kind) if value is NEVER else _core.cast(value, kind.dtype, kind.weak)]
    tag, payload = _split(value, kind)
    out = [tag]
    if kind.payload is not None:
        out.append(zeros(kind.payload) if payload is None else _core.cast(payload, kind.payload.dtype, kind.payload.weak))
    return out


def tensors_bool(tensor, at_first=True):
    """Notes that a traced bool is a tensor's, where no operation tells (BOOLS OF TENSORS in ext/bools.c); returns it.

    at_first: False for a loop's variable that is a Python bool until its second turn."""
    extra = _core.current_graph().extra
    extra.setdefault("tensor_bools", {})[tensor._value] = tensor
    if not at_first:
        extra.setdefault("later_bools", {})[tensor._value] = tensor
    return tensor


def pythons_bool(tensor):
    """Notes that bools are Python's where what made them does not tell (ext/bools.c), as of a column that is a constant by now; returns
    them."""
    _core.current_graph().extra.setdefault("python_bools", {})[tensor._value] = tensor
    return tensor


def is_later_bool(tensor):
    noted = _core.current_graph().extra.get("later_bools", {}).get(tensor._value)
    return noted is not None and noted._value == tensor._value


def is_tensors_bool(leaf):
    """Whether a leaf is a bool, or an array of bools, that Python has no part in."""
    if not isinstance(leaf, Tensor) or leaf.alts is not None or leaf.dtype.name != "bool":
        return False
    if not leaf.is_symbolic:
        return tuple(leaf.shape) != (0,)  # the column of an empty list
    return not (_core.is_python_bool(leaf) or _core.holds_python_bools(leaf))


def _alt_index(value, kind):
    for i, alt in enumerate(kind.alts):
        if same_static(value, alt):
            return i + 1
    raise AssertionError("an alternative is missing from its kind")


def _tag(i):
    return _core.constant(i, "int32", (), None)


def _split(value, kind):
    if value is NEVER:
        return _tag(0 if kind.payload is not None else 1), None
    if isinstance(value, Tensor) and value.alts is not None:
        tag, payload = value.tag, value.payload
        for i, alt in enumerate(value.alts):
            if isinstance(alt, str) and _is_text(kind.payload):
                text = _core.convert(alt)
                payload = text if payload is None else _core.op("SELECT", [_core.binary("EQ", tag, _tag(i + 1)), text, payload])
        mapped = [0 if isinstance(alt, str) and _is_text(kind.payload) else _alt_index(alt, kind) for alt in value.alts]
        if mapped != list(range(1, len(mapped) + 1)):
            new = _tag(0)
            for i, m in enumerate(mapped):
                new = _core.op("SELECT", [_core.binary("EQ", tag, _tag(i + 1)), _tag(m), new])
            tag = new
        return tag, payload
    if isinstance(value, str) and _is_text(kind.payload):
        return _tag(0), _core.convert(value)
    if is_number(value) and isinstance(kind_of(value), Kind):
        return _tag(0), value
    return _tag(_alt_index(value, kind)), None


def is_maybe(value):
    """Whether a value is one that may be absent, or one of several objects."""
    return isinstance(value, Tensor) and value.alts is not None


def defined(value):
    """A value that may be undefined, after the check that it is not: what it may be besides."""
    if not is_maybe(value) or not any(alt is UNDEFINED for alt in value.alts):
        return value
    rest = tuple(alt for alt in value.alts if alt is not UNDEFINED)
    absent = next(i for i, alt in enumerate(value.alts) if alt is UNDEFINED) + 1
    payload = value.payload
    if "." in (value.label or ""):
        _check_attribute(value, absent)
        if not rest:
            return payload
    elif not rest or _core.known(value.tag) is not None:
        return _core.resolve(value)
    else:
        _core.op("UNBOUND", [_core.binary("NE", value.tag, _tag(absent))], {"text": value.label or "value"}, 0)
    if payload is None and len(rest) == 1:
        return rest[0]
    tag = _core.op("SELECT", [_core.binary("GT", value.tag, _tag(absent)), value.tag - _tag(1), value.tag])
    return _core.maybe(tag, payload, rest, value.label)


def unset(name):
    """What Python raises where a variable, or an attribute `Class.name`, is not set."""
    owner, dot, attr = name.rpartition(".")
    if dot:
        return AttributeError(f"{owner!r} object has no attribute {attr!r}", name=attr)
    return UnboundLocalError(f"cannot access local variable '{name}' where it is not associated with a value")


def _check_attribute(value, absent):
    """AttributeError where this number is the tag."""
    from .conditionals import staged_if

    graph, error, known = _core.current_graph(), unset(value.label), _core.known(value.tag)
    if known is None and (value.payload is not None or len(value.alts) > 1):
        staged_if(graph, _core.binary("EQ", value.tag, _tag(absent)), lambda: _effects.staged_raise(graph, error), None, [])
    elif known is None or int(known) == absent:
        raise error


_core.staged["defined"] = defined


def from_kind(kind, tensors, name):
    """A leaf again, from the tensors (an iterator) that carried it."""
    if kind is NEVER:
        return kind
    if isinstance(kind, Static):
        return kind.value
    if isinstance(kind, Kind):
        return next(tensors)
    tag = next(tensors)
    payload = next(tensors) if kind.payload is not None else None
    return _core.maybe(tag, payload, kind.alts, name)


from . import arrays as _arrays  # noqa: E402 - they are values, and are made of values
from . import complexes as _complexes  # noqa: E402
from . import effects as _effects  # noqa: E402
from . import heaps as _heaps  # noqa: E402
from . import journal as _journal  # noqa: E402
from . import lists as _lists  # noqa: E402
from . import methods as _methods  # noqa: E402
from . import rows as _rows  # noqa: E402
from . import tensor_arrays as _tensor_arrays  # noqa: E402
from . import texts as _texts  # noqa: E402
from . import trees as _trees  # noqa: E402
