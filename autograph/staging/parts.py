"""Parts of arrays that branches and loops choose: `w = y[i:]` in one branch and `w = y[:2]` in the other is y, and numbers that say where.

A Part is a view of its root, an array that is no view itself, with what each dimension of the root gives: all of it, an index, or a
span (begin, count, step). What a branch or loop gives is a Part of the numbers that it chose, so it is read and written as any view is,
and nothing is copied. The root itself is a Part as well where it meets one.

Where a place is to hold parts of arrays of which no Part can be made, the trace starts again with parts that are copied where a body
leaves them (arrays.alone); of a copy and what it was taken of, one cannot be read after the other has changed.
"""

from .. import _core, indexing
from . import arrays, heaps, journal, places, rollback, trees, values

Tensor = _core.Tensor
WHOLE = ("whole",)  # a dimension of the root that is there as it is


class Part(arrays.View):
    """A view by numbers. dims: for each dimension of the root WHOLE, ("at", i) or ("span", begin, count, step).

    named: whether it may be the root itself, which has another name."""

    __slots__ = ("dims", "named")

    def __init__(self, root, dims, named=False):
        self.sites = frozenset()
        self._base, self.dims, self.named = root, dims, named

    @property
    def _key(self):
        """Made where it is used: the numbers may be those of another region before."""
        return tuple(map(_key, self.dims))

    def flatten(self, leaves):
        """As values.flatten: a count that is known stays so."""
        form = []
        for kind, *numbers in self.dims:
            if kind == "at":
                leaves += numbers
                form.append(("at",))
            elif kind == "span":
                begin, count, step = numbers
                known = count if type(count) is int else None
                leaves += (begin,) if known is not None else (begin, count)
                form.append(("span", known, step))
            else:
                form.append(WHOLE)
        return (
            "part",
            _Root(self._base),
            values.flatten(self._base, leaves) if heaps.is_inner(self._base) else None,
            tuple(form),
            self.named,
        )


def unflatten(form, leaves):
    """The inverse."""
    _, root, inner, form, named = form
    dims = []
    for kind, *known in form:
        if kind == "at":
            dims.append(("at", next(leaves)))
        elif kind == "span":
            begin = next(leaves)
            dims.append(("span", begin, next(leaves) if known[0] is None else known[0], known[1]))
        else:
            dims.append(WHOLE)
    return Part(root.box if inner is None else values.unflatten(inner, leaves), tuple(dims), named)


class _Root:
    """The root in a form: one array, or any of those that live in one heap."""

    __slots__ = ("box",)

    def __init__(self, box):
        self.box = box

    def __eq__(self, other):
        return isinstance(other, _Root) and self.box._root() is other.box._root()

    __hash__ = None


def _key(dim):
    if dim is WHOLE:
        return slice(None)
    if dim[0] == "at":
        return dim[1]
    _, begin, count, step = dim
    end = _plus(begin, _times(count, step))
    return slice(begin, end, step) if step != 1 else slice(begin, end)


def _weak(n):
    return n if type(n) is int else _core.cast(n, "int64", True)


def _plus(a, b):
    return (
        a + b
        if type(a) is type(b) is int
        else _core.op("ADD", [_core.cast(n, "int64", True) for n in (a, b)])
    )


def _times(a, b):
    return (
        a * b
        if type(a) is type(b) is int
        else a
        if b == 1
        else _core.op("MUL", [_core.cast(n, "int64", True) for n in (a, b)])
    )


# ---- making them ---------------------------------------------------------------------------------------


def left(value, before):
    """What a body leaves in a variable, or returns: its views as Parts of arrays that are older than the body, others as copies."""
    if type(value) is tuple and any(isinstance(item, arrays.View) for item in value):
        older = {id(item) for item in before} if type(before) is tuple else ()
        return tuple([item if id(item) in older else left(item, None) for item in value])
    if not isinstance(value, arrays.View) or value is before:
        return value
    made = of(value) if _is_on() else None
    return arrays.alone(value, None) if made is None else made


def of(view):
    """The Part that a view is, or an array all of itself; None where it is none, or one of an array that the current body has made."""
    if type(view) is Part:
        return view if view._base._born <= journal.depth() else None
    keys = []
    while type(view) in (arrays.View, Part):
        keys.append(view._key)
        view = view._base
    if (
        isinstance(view, arrays.View)
        or view._born > journal.depth()
        or view._stale is not None
        or _sizes(view) is None
    ):
        return None
    dims = (WHOLE,) * len(_sizes(view))
    for key in reversed(keys):
        dims = None if dims is None else _within(view, dims, key if type(key) is tuple else (key,))
    return None if dims is None else Part(view, dims)


def _sizes(root):
    """The sizes of a root, None where only the run knows one; None where it does not know how many there are."""
    if not heaps.is_inner(root):
        return values.shape_of(root.tensor)
    return None if root.home.row is None or root.home.row.kind is None else root.home.row.kind.shape


def _size(root, axis):
    n = _sizes(root)[axis]
    return _core.op("DIM", [root.tensor], {"axis": axis, "weak": 1}) if n is None else n


def _span(root, axis, dim):
    if dim is WHOLE:
        return 0, _size(root, axis), 1
    _, begin, count, step = dim
    if type(count) is not int and _sizes(root)[axis] is None:  # it may be _ALL
        count = _core.op(
            "MINIMUM", [_core.cast(n, "int64", True) for n in (count, _size(root, axis))]
        )
    return begin, count, step


def _within(root, dims, key):
    """The dims of part[key]; None where they say less than that: new dimensions, steps backwards."""
    left = [axis for axis, dim in enumerate(dims) if dim[0] != "at"]
    given = sum(k is not Ellipsis for k in key)
    if any(k is None or type(k) is bool for k in key) or given > len(left):
        return None
    at = next((i for i, k in enumerate(key) if k is Ellipsis), len(key))
    key = (*key[:at], *(slice(None),) * (len(left) - given), *key[at + 1 :])
    made = list(dims)
    for axis, k in zip(left, key):
        begin, count, step = _span(root, axis, dims[axis])
        if isinstance(k, slice):
            if k == slice(None):
                continue
            if k.step is not None and not (type(k.step) is int and k.step > 0):
                return None
            first, n, by = indexing._span(slice(*map(_bound, (k.start, k.stop)), k.step), count)
            made[axis] = ("span", _plus(begin, _times(_weak(first), step)), _weak(n), step * by)
        else:
            i = _bound(k)
            if type(i) is int:
                i = i if i >= 0 else _plus(count, i)
            else:
                i = _core.op("SELECT", [_core.binary("LT", i, 0), _plus(count, i), i])
            made[axis] = ("at", _plus(begin, _times(i, step)))
    return tuple(made)


def _bound(n):
    return (
        n
        if n is None or type(n) is int
        else _core.cast(n, "int64", True)
        if isinstance(n, Tensor)
        else n.__index__()
    )


# ---- where two meet --------------------------------------------------------------------------------------


def together(a, b, are_items=False):
    """Two values that one place is to hold: their parts of one array as Parts of one form. are_items: of a list or dict, which has none."""
    if are_items or not _is_on() or not (_has_part(a) or _has_part(b)):
        return a, b
    if isinstance(a, trees.Choice) or isinstance(b, trees.Choice):
        return _choices(a, b)
    if type(a) is tuple and type(b) is tuple and len(a) == len(b):
        pairs = [together(x, y) for x, y in zip(a, b)]
        sides = [tuple(side) for side in zip(*pairs)]
        return tuple(
            [v if all(x is y for x, y in zip(v, side)) else side for v, side in zip((a, b), sides)]
        )
    if isinstance(a, arrays.Array) and isinstance(b, arrays.Array):
        joined = _joined(a, b)
        if joined is None:
            _house_roots(a, b)
            copy_those_of(a, b)
        return joined
    if any(isinstance(v, Tensor) and not values.is_maybe(v) and v.shape.rank != 0 for v in (a, b)):
        copy_those_of(a, b)
    return a, b


def copied(value, other, after):
    """A view that a branch has left alone, where the other one gives something else: an array of its own. after: what the branch changed."""
    if value is other or other is values.NEVER:
        return value
    if isinstance(value, arrays.View) and type(value) is not Part:
        made, root = arrays.alone(value, None), value._root()
        if (("array", id(root)) if type(root) is arrays.Array else root.key) in after:
            made._stale = places.here() or " "  # it was taken before the branch
        return made
    if type(value) in (tuple, list):
        parts = (
            other
            if type(other) is type(value) and len(other) == len(value)
            else (None,) * len(value)
        )
        made = type(value)([copied(v, w, after) for v, w in zip(value, parts)])
        return value if all(v is w for v, w in zip(made, value)) else made
    if type(value) is dict:
        parts = other if type(other) is dict else {}
        made = {k: copied(v, parts.get(k), after) for k, v in value.items()}
        return value if all(made[k] is v for k, v in value.items()) else made
    return value


def _is_on():
    """Whether this trace has Parts: not in one that starts again with copies, nor in a graph that is built by hand."""
    return _core.current_graph().extra.get("copies") == set()


def copy_those_of(*sides):
    """Starts the trace again with parts that are copied where a body leaves them, if there are any."""
    if _is_on() and any(map(_has_part, sides)):
        _core.current_graph().extra["copies"].add("parts")
        raise rollback.Learn


def _house_roots(*sides):
    """Where one of the roots lives in a heap the other one is to live there as well: a Part may then be of either."""
    roots = [side._root_array() for side in sides]
    sizes = [_sizes(root) for root in roots]
    if any(map(heaps.is_inner, roots)) and None not in (*sizes, *(sizes[0] or ())) and sizes[0] == sizes[1]:
        learn(roots)


def learn(boxes):
    """heaps.learn, after which parts need not be copied where they are of arrays that live in one heap."""
    copies = _core.current_graph().extra.get("copies", set())
    before = {*copies}
    copies.clear()
    heaps.learn(boxes)
    copies |= before


def _has_part(value):
    if isinstance(value, trees.Choice):
        return any(map(_has_part, value._options))
    return isinstance(value, arrays.View) or type(value) is tuple and any(map(_has_part, value))


def _choices(a, b):
    """The same where one is a Choice: each option with those that it can be one with."""
    sides = [list(v._options) if isinstance(v, trees.Choice) else [v] for v in (a, b)]
    options = [*sides[0], *sides[1]]
    for _ in range(
        2
    ):  # the first time the last becomes as wide as all, the second time all become so
        for i in range(len(options)):
            for j in range(i):
                if _may_join(options[i], options[j]):
                    options[j], options[i] = together(options[j], options[i])
    found = options[: len(sides[0])], options[len(sides[0]) :]
    return tuple([_with_options(v, before, now) for v, before, now in zip((a, b), sides, found)])


def _may_join(a, b):
    if type(a) is tuple and type(b) is tuple:
        return len(a) == len(b) and all(map(_may_join, a, b))
    return (
        not (isinstance(a, arrays.Array) and isinstance(b, arrays.Array))
        or a is b
        or _joined(a, b) is not None
    )


def _with_options(value, before, now):
    if all(x is y for x, y in zip(before, now)):
        return value
    return trees.Choice(value._tag, now) if isinstance(value, trees.Choice) else now[0]


def _joined(a, b):
    """Both as Parts of one form, or None."""
    if not (isinstance(a, arrays.View) or isinstance(b, arrays.View)):
        return a, b
    named = any(not isinstance(v, arrays.View) or getattr(v, "named", False) for v in (a, b))
    parts = [of(v) for v in (a, b)]
    if any(part is None for part in parts) or parts[0]._root() is not parts[1]._root():
        return None
    dims = [], []
    for axis, pair in enumerate(zip(*[part.dims for part in parts])):
        kinds = {dim[0] for dim in pair}
        if "span" in kinds:
            if "at" in kinds:
                return None
            pair = [_spanned(part, axis, dim) for part, dim in zip(parts, pair)]
            if pair[0][3] != pair[1][3]:
                return None
            if not type(pair[0][2]) is type(pair[1][2]) is int or pair[0][2] != pair[1][2]:
                pair = [(*dim[:2], _open(dim[2]), dim[3]) for dim in pair]
        elif len(kinds) > 1:
            return None
        for side, dim in zip(dims, pair):
            side.append(dim)
    return tuple(
        [
            v
            if type(v) is Part and v.named == named and all(map(_is_same, v.dims, side))
            else Part(part._base, tuple(side), named)
            for v, part, side in zip((a, b), parts, dims)
        ]
    )


def _is_same(a, b):
    return len(a) == len(b) and all(x is y for x, y in zip(a, b))


def _spanned(part, axis, dim):
    if dim is not WHOLE:
        return dim
    n = _sizes(part._base)[axis]
    return ("span", 0, _ALL if n is None else n, 1)


def _open(count):
    """A count that the form does not tell."""
    return values.Late(_COUNT, lambda: _core.weak(count)) if type(count) is int else count


_ALL = (
    2**62
)  # a count that a slice cuts to what there is: of a root whose size only the run knows, which may be one of several
_COUNT = values.Kind("int64", True, ())


def may_be_one(a, b):
    """Whether `a is b` is not known: of what a branch or loop chose, and an array that it is a part of or another part."""
    if a is b or not (isinstance(a, arrays.Array) and isinstance(b, arrays.Array)):
        return False
    return any(type(v) is Part for v in (a, b)) and a._root() is b._root()
