"""NumPy arrays made while tracing: objects, so that every name of one sees `x[i] = v`.

`np.zeros(n)` in converted code makes an Array: it holds the tensor of its elements as they are now, and item assignment puts
another one there. What the body of a branch or loop changes goes through the journal, as with lists. A View is a part of
another array: it reads and writes through that one.

Where a branch or loop rebinds a name (`prev, cur = cur, prev`), the name goes on with an Array of its own. While arrays that
might be the same one (`links`) are only read, nobody can tell; when one is written, the others are stale, and reading a stale
one is an error: never an old element.
"""

import itertools
import operator
import sys
import weakref

from .. import _core
from . import journal, lent, places, rollback, sizes, values

Tensor = _core.Tensor


def own(tensor):
    """These elements in memory of their own: `y[:] = x` fills y with those of an argument, and y stays no name of it."""
    return _core.op("IDENTITY", [tensor]) if lent.lender_of(tensor) else tensor


class Contents:
    """The elements of an array, as a place that staged code changes."""

    __slots__ = ("box", "key", "name")

    def __init__(self, box):
        self.box, self.name, self.key = box, "the array", ("array", id(box))

    def get(self):
        return self.box._now

    def set(self, value):
        self.box._now = value


class Array:
    """An array made in converted code while tracing."""

    __slots__ = ("__weakref__", "_born", "_links", "_now", "_stale", "is_part", "sites")

    argument = None  # it is none of the caller's, see heaps.house

    def __init__(self, tensor):
        self._now = tensor
        self._born = journal.depth()  # staged bodies entered since then must know of changes
        self._links, self._stale = (), None
        self.sites = frozenset()  # where arrays were born that it may be, see heaps.py
        self.is_part = False  # whether it has elements of another one, and is linked to it

    @property
    def tensor(self):
        """The elements now."""
        refuse_stale(self, "array", "elements")
        return self._now

    def _put(self, tensor):
        """Changes the elements."""
        lent.refuse_items(self.tensor)
        journal.touch(Contents(self), self._born)
        spoil_others(self)
        self._now = own(tensor)

    # -- items

    def __getitem__(self, key):
        part = self.tensor[plain(key)]
        if part.shape.rank == 0:
            return part
        return housed.part(self, key) if is_view(key) else housed.born(part)

    def __setitem__(self, key, value):
        now = self.tensor
        self._put(_core.setitem(now, plain(key), fitting(value, now.dtype.name)))

    def __len__(self):
        return len(self.tensor)

    def __iter__(self):
        return iter([self[i] for i in range(len(self))])

    def __contains__(self, item):
        raise rollback.cannot(
            TypeError(
                f"`in` on an array is converted code's: write it in a function that is converted{places.here()}"
            )
        )

    # -- what ndarrays have

    def copy(self, order="C"):
        """Another array with these elements."""
        return housed.born(own(self.tensor))

    __copy__ = copy

    def __deepcopy__(self, memo):
        return housed.born(own(self.tensor))

    def fill(self, value):
        """Every element becomes `value`."""
        self[...] = value

    @property
    def shape(self):
        """The sizes: a tuple of ints, traced where only the run knows one."""
        return sizes.sizes(self.tensor, self.tensor.shape)

    @shape.setter
    def shape(self, sizes):
        raise rollback.cannot(TypeError(f"an array keeps its shape: write y = y.reshape({sizes}){places.here()}"))

    @property
    def size(self):
        """The number of elements."""
        n = 1
        for d in self.shape:
            n = n * d
        return n

    @property
    def T(self):
        """The same elements with the dimensions reversed."""
        return Rearranged(self, lambda x: x.T, lambda x: x.T)

    def transpose(self, *axes):
        """The same elements with the dimensions in another order, by default the reverse one."""
        axes = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        if not axes:
            return self.T
        rank = len(self.tensor.shape)
        order = [a % rank for a in axes]
        back = [order.index(i) for i in range(rank)]
        return Rearranged(self, lambda x: x.transpose(*order), lambda x: x.transpose(*back))

    def reshape(self, *shape, **kwargs):
        """The same elements in another shape."""
        made = self.tensor.reshape(*map(plain, shape), **kwargs)
        if not self._is_whole() or kwargs:
            return self._shares(Array(made))
        shape, before = made.shape, self.tensor.shape
        if None in tuple(shape) or None in tuple(before):
            return self._shares(Array(made))
        shape, before = tuple(shape), tuple(before)
        return Rearranged(self, lambda x: x.reshape(shape), lambda x: x.reshape(before))

    def ravel(self, order="C"):
        """The same elements in one dimension."""
        return self.reshape(-1) if order == "C" else self._shares(wrap(self.tensor.ravel(order)))

    @property
    def flat(self):
        """The elements in one dimension, whichever way they lie."""
        return Flat(self, lambda x: x.reshape(-1), lambda x: x.reshape(*self.shape))

    @flat.setter
    def flat(self, value):
        self.flat[...] = value

    @property
    def real(self):
        """The real parts; the array itself where it has no others."""
        if not self.tensor.dtype.is_complex:
            return self
        return Rearranged(self, lambda x: x.real, lambda part: _complex(part, self.tensor.imag))

    @real.setter
    def real(self, value):
        self.real[...] = value

    @property
    def imag(self):
        """The imaginary parts."""
        if not self.tensor.dtype.is_complex:
            return Frozen(self.tensor.imag)
        return Rearranged(self, lambda x: x.imag, lambda part: _complex(self.tensor.real, part))

    @imag.setter
    def imag(self, value):
        if not self.tensor.dtype.is_complex:
            raise TypeError(f"array does not have imaginary part to set{places.here()}")
        self.imag[...] = value

    def conjugate(self):
        """The complex conjugates; the array itself where it has no imaginary parts."""
        return wrap(self.tensor.conj()) if self.tensor.dtype.is_complex else self

    conj = conjugate

    def astype(self, dtype, order="K", casting="unsafe", subok=True, copy=True):
        """The elements in another dtype; the array itself with copy=False where it has that one."""
        if not copy and _dtype(dtype) == self.tensor.dtype.name:
            return self
        return wrap(self.tensor.astype(dtype))

    def _is_whole(self):
        """Whether the elements lie in a row, so that another shape of them is a view."""
        return True

    def _root(self):
        """The array that holds the elements."""
        return self

    def _root_array(self):
        """The same, but where it lives in a heap itself."""
        return self

    def _shares(self, made):
        """An array that may have elements of this one: whichever is written, the other is stale."""
        if type(made) in (Array, Frozen):
            made.is_part = True
            link((self._root(), made))
        elif isinstance(made, housed.Housed):
            link_shared(self._root(), made._root())
        return made

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        found = getattr(self.tensor, name)
        if not callable(found):
            return self._shares(wrap(found))

        def method(*args, **kwargs):
            return self._seen(name, found(*map(plain, args), **kwargs), args, kwargs)

        return method

    def _seen(self, name, made, args, kwargs):
        """What NumPy's function of that name gives of this array: `made`, which may have its elements."""
        if not _may_share(name, self.tensor, args, kwargs):
            return _each(wrap, made)
        kind = Frozen if name in _READ_ONLY else None
        return _each(lambda part: self._shares(kind(part) if kind and isinstance(part, Tensor) and part.shape.rank else wrap(part)), made)

    def __array__(self, dtype=None, copy=None):
        made = self.tensor.numpy()
        return made if dtype is None else made.astype(dtype)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        from ..numpys import changes, dispatch

        if method == "at":
            return changes.at(ufunc.__name__, inputs[0], *map(plain, inputs[1:]))
        inputs = [plain(x) for x in inputs]
        made = self.tensor.__array_ufunc__(ufunc, method, *inputs, **kwargs)
        if out is None or made is NotImplemented:
            return tuple([wrap(m) for m in made]) if isinstance(made, tuple) else wrap(made)
        return dispatch.fill(out[0], made, f"np.{ufunc.__name__}")

    def sort(self, *args, **kwargs):
        """Sorts the elements along an axis."""
        from ..numpys import changes

        changes.sort(self, *args, **kwargs)

    def partition(self, *args, **kwargs):
        """Puts the element at `kth` where it stands when all are sorted."""
        from ..numpys import changes

        changes.partition(self, *args, **kwargs)

    def put(self, *args, **kwargs):
        """Values at places of all elements."""
        from ..numpys import changes

        changes.put(self, *args, **kwargs)

    def __array_function__(self, func, types, args, kwargs):
        from ..numpys import changes, dispatch

        name = func.__name__
        if name in changes.FUNCTIONS:
            return dispatch.call(None, func, args, kwargs)
        if name in _PARTS and args[0] is self:
            return getattr(self, name)
        if name in _AS_METHODS and args and args[0] is self:
            return getattr(self, name)(*args[1:], **kwargs)
        out = kwargs.get("out")
        if isinstance(out, Array):
            rest = {k: v for k, v in kwargs.items() if k != "out"}
            return dispatch.fill(out, plain(self.__array_function__(func, types, args, rest)), dispatch.shown(func))
        made = self.tensor.__array_function__(
            func, types, plain(args), {k: plain(v) for k, v in kwargs.items() if (name, k) != ("nan_to_num", "copy")}
        )
        if name == "broadcast_arrays":
            return _broadcast(args, _each(wrap, made))
        if name == "nan_to_num" and not (args[1] if len(args) > 1 else kwargs.get("copy", True)):
            self[...] = wrap(made)
            return self
        if name == "einsum" and _is_rearranging(*plain(args)):
            return next(a for a in args if isinstance(a, Array))._seen("view", made, (), {})
        if name == "meshgrid" and not kwargs.get("copy", True):
            return type(made)([a._seen("view", m, (), {}) if isinstance(a, Array) else wrap(m) for a, m in zip(args, made)])
        if args and isinstance(args[0], Array):
            return args[0]._seen(name, made, plain(args[1:]), kwargs)
        return _each(wrap, made)

    def __repr__(self):
        return repr(self.tensor)

    def __format__(self, spec):
        return format(self.tensor, spec)

    def __bool__(self):
        return bool(self.tensor)

    def __index__(self):
        return self.tensor.__index__()

    def __int__(self):
        return int(self.tensor)

    def __float__(self):
        return float(self.tensor)

    __hash__ = None


def _broadcast(given, made):
    """What np.broadcast_arrays gives of `given`, with these elements: what has the common shape is there itself."""
    parts = []
    for x, part in zip(given, made):
        same = isinstance(x, Array) and tuple(x.tensor.shape) == tuple(plain(part).shape)
        parts.append(x if same else x._shares(part) if isinstance(x, Array) else part)
    return tuple(parts)


def _complex(real, imag):
    return _core.op("COMPLEX", [real, imag])


def _each(fn, made):
    """fn of what a function gives, or of each part of it."""
    return type(made)(map(fn, made)) if type(made) in (list, tuple) else fn(made)


def _is_rearranging(subscripts, *operands, **kwargs):
    """Whether np.einsum sums nothing and multiplies nothing: what it gives is a view of its operand."""
    if type(subscripts) is not str or len(operands) != 1:
        return not isinstance(subscripts, str)  # lists of axes: not looked at
    before, arrow, after = subscripts.replace(" ", "").replace("...", ".").partition("->")
    return set(before) <= set(after) if arrow else len(set(before)) == len(before)


_AS_METHODS = {"transpose", "permute_dims", "reshape", "ravel"}
_PARTS = {"real", "imag"}
# Whose result has the elements of the operand in NumPy, or may have: always, or where that holds of the arguments.
_SHARING = dict.fromkeys((
    "array_split", "as_strided", "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_to", "diagonal", "dsplit", "expand_dims", "flip",
    "fliplr", "flipud", "hsplit", "matrix_transpose", "mT", "moveaxis", "ravel", "real_if_close", "reshape", "rollaxis", "rot90",
    "sliding_window_view", "split", "squeeze", "swapaxes", "transpose", "trim_zeros", "unstack", "view", "vsplit",
), True)  # fmt: skip
_SHARING["diag"] = lambda x, *args, **kwargs: x.shape.rank != 1
_SHARING["diff"] = lambda x, n=1, *args, **kwargs: n == 0
_SHARING["imag"] = lambda x: not x.dtype.is_complex  # zeros that are read alone
_READ_ONLY = {"broadcast_to", "diag", "diagonal", "imag", "sliding_window_view"}


def _may_share(name, x, args, kwargs):
    """Whether what NumPy's function of that name gives of x and these may have elements of x."""
    found = _SHARING.get(name, False)
    return found(x, *args, **kwargs) if callable(found) else found


def _views(name, made, x, *args, **kwargs):
    """Notes what NumPy's function gives of a tensor; returns it."""
    if not _may_share(name, x, args, kwargs):
        return made
    known = isinstance(made, Tensor) and not made.is_symbolic
    return lent.seen(_core.capture(made) if known else made, x, name in _READ_ONLY)


_core.staged["views"] = _views


def _operator(name):
    fn = getattr(operator, name)

    def forward(self, other):
        return wrap(fn(self.tensor, plain(other)))

    def reflected(self, other):
        return wrap(fn(plain(other), self.tensor))

    def in_place(self, other):
        made = fn(self.tensor, plain(other))
        check_fit(made, self.tensor)
        self[...] = made
        return self

    return forward, reflected, in_place


def check_fit(made, array):
    """Raises as NumPy does where the result of `array op= other` does not fit the array."""
    _check_kind(made, array.dtype.name)
    if not isinstance(made, Tensor) or made.shape.rank is None or array.shape.rank is None:
        return
    before, after = tuple(array.shape), tuple(made.shape)
    if len(after) < len(before):
        raise ValueError(
            "inplace matrix multiplication requires the first operand to have at least one and the second at least two dimensions."
        )
    if len(after) > len(before) or any(a != b for a, b in zip(before, after) if a is not None and b is not None):
        before, after = (str(shape).replace(" ", "") for shape in (before, after))
        raise ValueError(f"non-broadcastable output operand with shape {before} doesn't match the broadcast shape {after}")


def _check_kind(made, dtype):
    """Raises where NumPy does: `a += 0.5` on an array of integers."""

    def kind(name):
        return next(i for i, part in enumerate(("bool", "int", "float", "complex")) if part in name)

    if isinstance(made, Tensor) and kind(made.dtype.name) > kind(dtype):
        raise TypeError(
            f"the result is {made.dtype.name} and the array is {dtype}: it cannot be changed in place; write "
            f"a = a + b, or make the array {made.dtype.name}{places.here()}"
        )


for _name in "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift".split():
    _bare = _name.rstrip("_")
    for _prefix, _method in zip(("", "r", "i"), _operator(_name)):
        setattr(Array, f"__{_prefix}{_bare}__", _method)
for _name in "lt le gt ge eq ne".split():
    setattr(Array, f"__{_name}__", _operator(_name)[0])
def _unary(fn):
    return lambda self: wrap(fn(self.tensor))


for _name in "neg pos abs invert".split():
    setattr(Array, f"__{_name}__", _unary(getattr(operator, _name)))


class View(Array):
    """A part of an array: a row or slice of it, read and written there."""

    __slots__ = ("_base", "_key")

    def __init__(self, base, key):
        self.sites = frozenset()
        self._base, self._key = base, key

    @property
    def tensor(self):
        """The elements now."""
        return self._base.tensor[plain(self._key)]

    def _is_whole(self):
        return self._base._is_whole() and self._joined(()) is not None

    def _root(self):
        return self._base._root()

    def _root_array(self):
        return self._base._root_array()

    def _joined(self, key):
        """One key of the base for a key of this; None when there is none."""
        row = self._key if type(self._key) is tuple else (self._key,)
        return (
            (*row, *(key if type(key) is tuple else (key,))) if all(map(is_number, row)) else None
        )

    def __getitem__(self, key):
        joined = self._joined(key)
        return super().__getitem__(key) if joined is None else self._base[joined]

    def __setitem__(self, key, value):
        joined = self._joined(key)
        if joined is not None:
            self._base[joined] = value
        else:
            from . import guards

            now = self.tensor
            made = _core.setitem(now, plain(key), fitting(value, now.dtype.name))
            guards.surely(lambda: operator.setitem(self._base, self._key, made))  # where it was taken from


class Rearranged(View):
    """The elements of another array in another shape or order of the dimensions."""

    __slots__ = ("_back", "_forth")

    def __init__(self, base, forth, back):
        self._base, self._forth, self._back = base, forth, back

    @property
    def tensor(self):
        """The elements now."""
        return self._forth(self._base.tensor)

    def _is_whole(self):
        return False

    def _joined(self, key):
        return None

    def __setitem__(self, key, value):
        now = self.tensor
        changed = _core.setitem(now, plain(key), fitting(value, now.dtype.name))
        self._base[...] = self._back(changed)


class Frozen(Array):
    """An array that NumPy gives to be read alone."""

    __slots__ = ()

    def _put(self, tensor):
        raise ValueError("assignment destination is read-only")


class Flat(Rearranged):
    """What x.flat gives: what is read of it is a copy."""

    __slots__ = ()

    def __getitem__(self, key):
        found = super().__getitem__(key)
        return found.copy() if isinstance(found, Array) else found


class Rows:
    """The rows of an array, for a loop: each is an element, or a view."""

    def __init__(self, box):
        self.box = box

    def length(self):
        return self.box.shape[0]

    def at(self, i):
        return self.box[i]


def is_number(item):
    return type(item) is int or (isinstance(item, Tensor) and item.shape.rank == 0)


def is_view(key):
    """Whether x[key] is a view of x: NumPy's basic indexing."""
    items = key if type(key) is tuple else (key,)
    return all(is_number(i) or i is None or i is Ellipsis or isinstance(i, slice) for i in items)


def plain(value):
    """Arrays as their tensors, also in tuples, lists and slices."""
    kind = type(value)
    if isinstance(value, Array):
        return value.tensor
    if kind is tuple or kind is list:
        return kind([plain(v) for v in value])
    rows = values._lists.rows_of(value)
    return value if rows is None else rows


def wrap(value):
    """What an operation on an array gives: arrays for tensors of one dimension or more."""
    return (
        housed.born(value)
        if isinstance(value, Tensor) and value.shape.rank != 0
        else value
    )


def fitting(value, dtype):
    """A value in an array's dtype: NumPy casts what is stored."""
    value = plain(value)
    if (
        isinstance(value, Tensor)
        and value.alts is None
        and value.dtype.name != dtype
        and not (value.weak and dtype != "bool")
    ):
        return _core.binary("NE", value, 0) if dtype == "bool" else _core.cast(value, dtype)
    if (
        isinstance(value, Tensor)
        and value.weak
        and value.dtype.name == "float64"
        and "int" in dtype
    ):
        return _core.cast(_core.op("PYINT", [value]), dtype)
    if type(value) is float and "int" in dtype:
        return int(value)
    return (value != 0) if dtype == "bool" and type(value) in (int, float) else value


# ---- names that may be one array ---------------------------------------------------------------------


def link(boxes):
    """These may be one array: from now on, a change of one makes the others stale."""
    for box in boxes:
        box._links = (*box._links, *[weakref.ref(other) for other in boxes if other is not box])


def link_once(a, b):
    """The same of two, which may have been linked before."""
    if a is not b and not any(other() is b for other in a._links):
        link((a, b))


def link_shared(a, b):
    """The same of what arrays with common elements live in: where both live in one heap, a change of either makes that stale."""
    if a is not b:
        link_once(a, b)
    elif not any(other() is a for other in a._links):
        a._links = (*a._links, weakref.ref(a))


def link_to(new, box, others):
    """The new one may be the box, and so whatever else that may be: others, its links from before."""
    link_once(box, new)
    share_sites(new, box)
    for other in others:
        other = other()
        if other is not None:
            link_once(other, new)


def share_sites(new, box):
    """The new list or array may have been born where the other was."""
    if isinstance(new, (list, Array)) and isinstance(box, (list, Array)):
        new.sites |= box.sites


def spoil_others(box):
    """What may be the same list or array as this one, which changes now, is stale."""
    for other in box._links:
        other = other()
        if other is not None:
            other._stale = places.here() or " "
            share_sites(other, box)  # which may be gone when they are asked for


def may_be_named(box):
    """Whether it is a list or array that may be another one: in a heap they are one where they are one."""
    return isinstance(box, list) or (type(box) is Array and not box.is_part)


def refuse_stale(box, kind, held):
    """Refuses a list or array that may be the one which was changed under another name."""
    if box._stale is not None:
        parts.learn([one for one in (box, *[other() for other in box._links]) if may_be_named(one)])
        raise rollback.cannot(
            TypeError(
                f"this {kind} may be the one that was changed under another name, which a branch or loop gave it, so its {held} are "
                f"not known any more: where the name is given, write x = y.copy(){places.here()}\nIt was changed at{box._stale}"
            )
        )


def may_be_one(a, b):
    """Whether two lists or arrays were linked, to each other or to the same one."""
    if not hasattr(a, "_links") or not hasattr(b, "_links"):
        return False
    of_a, of_b = ({id(x), *[id(other()) for other in x._links if other() is not None]} for x in (a, b))
    return bool(of_a & of_b)


def alone(value, before):
    """A view that a body leaves in a variable or list, as an array of its own: what it is a part of may be another one outside."""
    if type(value) is tuple and any(isinstance(item, View) for item in value):
        older = {id(item) for item in before} if type(before) is tuple else ()
        return tuple([item if id(item) in older else alone(item, None) for item in value])
    if not isinstance(value, View) or value is before:
        return value
    made = Array(value.tensor)
    made.sites, made.is_part = value.sites, True
    return value._shares(made)


def settle(value, ends):
    """An array at the end of a body as it was there: `ends` are the values of changed places, by key."""
    now = ends.get(("array", id(value))) if type(value) is Array else None
    if now is None:
        return value
    return Array(now)


# ---- NumPy's functions that make arrays ---------------------------------------------------------------


def _sizes(shape):
    if isinstance(shape, (tuple, list, _core.TensorShape)):
        if None in tuple(shape):
            raise TypeError(
                f"a size of {shape} is known only when the function runs: write np.zeros_like(x), or len(x) in place of x.shape[0]"
                f"{places.here()}"
            )
        return tuple([whole_size(n) for n in shape])
    return (whole_size(shape),)


def whole_size(n):
    """A size, which is an int to NumPy."""
    number = plain(n)
    if isinstance(number, Tensor):
        kind = number.dtype.name if not number.dtype.is_integer else None
    else:
        kind = type(n).__name__ if isinstance(n, (bool, float, complex, str, bytes)) else None
    if kind is None:
        return n
    kind = kind.rstrip("0123456789") if isinstance(number, Tensor) and number.weak else kind
    raise TypeError(f"{kind!r} object cannot be interpreted as an integer{places.here()}")


def _dtype(dtype, otherwise="float64"):
    from ..ndarray import _dtype as name_of

    return otherwise if dtype is None else _core.as_dtype(name_of(dtype)).name


def full_of(shape, value, dtype):
    """An Array of one value; sizes may be traced."""
    sizes = _sizes(shape)
    zero = (
        value
        if isinstance(value, Tensor) and value.dtype.name == dtype and not value.weak
        else _core.cast(fitting(value, dtype), dtype)
    )
    if all(isinstance(n, int) for n in sizes):
        if any(n < 0 for n in sizes):
            raise ValueError("negative dimensions are not allowed")
        return housed.born(_core.op("FILL", [zero], {"shape": sizes}))
    dims = [_core.cast(n, "int64") for n in sizes]
    for n in dims:
        _refuse_negative(n)
    return housed.born(_core.op("FILL_TO", [zero, _core.op("STACK", dims, {"axis": 0})]))


def _refuse_negative(n):
    _refuse_where(_core.binary("LT", n, 0), "negative dimensions are not allowed")


def _refuse_where(bad, text):
    """ValueError, in the run where it alone knows."""
    from . import effects
    from .conditionals import staged_if

    graph, error = _core.current_graph(), ValueError(text)
    if isinstance(bad, Tensor) and bad.is_symbolic:
        staged_if(graph, bad, lambda: effects.staged_raise(graph, error), None, [])
    elif bad:
        raise error


def _zeros(shape, dtype=None, order="C", **kwargs):
    return full_of(shape, 0, _dtype(dtype))


def _ones(shape, dtype=None, order="C", **kwargs):
    return full_of(shape, 1, _dtype(dtype))


def _full(shape, fill_value, dtype=None, order="C", **kwargs):
    return full_of(shape, fill_value, _dtype(dtype, _common([fill_value])))


def _zeros_like(a, dtype=None, *args, **kwargs):
    return _like(a, 0, dtype)


def _ones_like(a, dtype=None, *args, **kwargs):
    return _like(a, 1, dtype)


def _full_like(a, fill_value, dtype=None, *args, **kwargs):
    return _like(a, fill_value, dtype)


def _like(a, value, dtype):
    a = a if isinstance(a, Array) else _array(a)
    return full_of(a.shape, value, _dtype(dtype, a.dtype.name))


def _array(object, dtype=None, *, copy=True, ndmin=0, **kwargs):
    from ..numpys import given

    if not copy and isinstance(object, (Array, Tensor)) and (dtype is None or _dtype(dtype) == object.dtype.name):
        missing = ndmin - len(plain(object).shape)
        return object if missing <= 0 else object[(None,) * missing]
    if not copy:
        sys.modules["numpy"].array([0], copy=copy)  # which raises where NumPy does
    made = plain(object)
    if not isinstance(made, Tensor):
        made = _core.cast(given.array(made), _dtype(dtype, _common(_leaves(made))))
    if made.shape.rank is not None and made.shape.rank < ndmin:
        made = made[(None,) * (ndmin - made.shape.rank)]
    if dtype is not None and made.dtype.name != _dtype(dtype):
        made = _core.cast(made, _dtype(dtype))
    if not made.is_symbolic:
        return housed.born(_core.capture(made))
    return housed.born(_core.op("IDENTITY", [made]) if lent.lender_of(made) else _core.cast(made, made.dtype.name))


def _asarray(a, dtype=None, order=None, *, copy=None, **kwargs):
    if copy or not isinstance(a, (Array, Tensor)):
        return _array(a, dtype, copy=True if copy is None else copy)
    made = _array(a, dtype, copy=copy) if dtype is None or _dtype(dtype) == a.dtype.name or copy is False else _array(a, dtype)
    if made is a and isinstance(a, Array) and order in ("C", "F") and not (order == "C" and a._is_whole()):
        return a._shares(_array(a))  # or a copy: how the elements lie in memory decides
    return made


def _ascontiguousarray(a, dtype=None, **kwargs):
    return _asarray(a, dtype, "C")


def _require(a, dtype=None, requirements=None, **kwargs):
    wanted = {str(r).upper() for r in requirements or ()}
    made = _asarray(a, dtype, "F" if any(r.startswith("F") for r in wanted) else "C" if any(r.startswith("C") for r in wanted) else None)
    return made if made is not a or not isinstance(a, Array) or not wanted & {"O", "OWNDATA"} else a._shares(_array(a))


def _arange(start, stop=None, step=1, dtype=None, **kwargs):
    start, stop = (0, start) if stop is None else (start, stop)
    kind = _common([start, stop, step])
    first, last, step = (_core.cast(x, kind) for x in (start, stop, step))
    if "float" not in kind:
        made = _core.op("RANGE", [first, last, step])
    else:  # NumPy's elements are first + i * ((first + step) - first)
        n = _core.op("CEIL", [(last - first) / step])
        _refuse_where(_core.binary("NE", n, n), "arange: cannot compute length")
        n = _core.cast(n, "int64")
        at = _core.op("RANGE", [_core.cast(x, "int64") for x in (0, n, 1)])
        made = first + _core.cast(at, kind) * ((first + step) - first)
    return housed.born(made if dtype is None else _core.cast(made, _dtype(dtype)))


def _eye(N, M=None, k=0, dtype=None, **kwargs):
    sizes = [_core.cast(whole_size(n), "int64") for n in (N, N if M is None else M)]
    for n in sizes:
        _refuse_negative(n)
    rows, columns = (_core.op("RANGE", [_core.cast(0, "int64"), n, _core.cast(1, "int64")]) for n in sizes)
    made = _core.binary("EQ", rows[:, None] + k, columns[None, :])
    return housed.born(_core.cast(made, _dtype(dtype)))


def _copy(a, *args, **kwargs):
    return _array(a)


def _leaves(value):
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


def _common(leaves):
    """The dtype NumPy gives an array of these: Python's numbers are int64 and float64 unless a NumPy one says more."""
    import numpy

    found = []
    for x in leaves:
        kind = type(x)
        if kind is bool:
            found.append("bool")
        elif kind is int:
            found.append("int64")
        elif kind is float:
            found.append("float64")
        elif kind is complex or kind is values._complexes.Complex:
            found.append("complex128")
        elif isinstance(x, Tensor):
            found.append(x.dtype.name)
        elif hasattr(x, "dtype"):
            found.append(x.dtype.name)
        else:
            raise rollback.cannot(
                TypeError(f"an array of {kind.__name__} items cannot be traced{places.here()}")
            )
    return numpy.result_type(*found).name if found else "float64"


_MAKERS = {
    "zeros": _zeros, "ones": _ones, "empty": _zeros, "full": _full, "zeros_like": _zeros_like, "ones_like": _ones_like,
    "empty_like": _zeros_like, "full_like": _full_like, "array": _array, "asarray": _asarray, "arange": _arange, "copy": _copy,
    "eye": _eye, "identity": _eye, "asanyarray": _asarray, "ascontiguousarray": _ascontiguousarray, "require": _require,
}  # fmt: skip
_COPYING = {"copy", "astype", "flatten"}  # methods that give an array of its own
_SCALARS = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128"
).split()
_makers = {}


def _scalar_maker(name):
    def make(value=0, /):
        from ..numpys import given

        if isinstance(value, Array) and value.tensor.dtype.name == name:
            return value
        made = _core.cast(given.array(value), name)
        return wrap(made) if isinstance(value, Array) else made

    return make


def maker(f):
    """What stands for a NumPy function that makes an array, while tracing; None for any other function."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    if type(getattr(f, "__self__", None)) is numpy.ndarray:
        return (lambda *args, **kwargs: _make(f, _copy, args, kwargs)) if f.__name__ in _COPYING else None
    if not (getattr(f, "__module__", None) or "").startswith("numpy"):
        return mapped.of_ufunc(numpy, f)
    if f is numpy.ndindex or f is numpy.ndenumerate:
        return _ndindex if f is numpy.ndindex else _ndenumerate
    if not _makers:
        found = {name: made for name, made in _MAKERS.items() if hasattr(numpy, name)}
        _makers.update({getattr(numpy, name): (getattr(numpy, name), made) for name, made in found.items()})
        types = {name: numpy.dtype(name).type for name in _SCALARS}
        _makers.update({cls: (cls, _scalar_maker(name)) for name, cls in types.items()})
    found = _makers.get(f) if type(f).__hash__ is not None else None
    return mapped.special(numpy, f) if found is None else lambda *args, **kwargs: _make(*found, args, kwargs)


def _make(plain, traced, args, kwargs):
    """NumPy makes small arrays that no traced value enters, so they are constants; the rest are made by the run."""
    if isinstance(plain, type):
        return traced(*args, **kwargs) if _any_traced([*args, *kwargs.values()]) else plain(*args, **kwargs)
    _core.current_graph().extra["makes_arrays"] = True  # ext/promote.c: NumPy's dtypes
    if traced in (_asarray, _ascontiguousarray, _require, _array, _copy, _arange, _eye) and not _any_traced([*args, *kwargs.values()]):
        made = plain(*args, **kwargs)
        if args and made is args[0]:
            return made  # as np.asarray gives an array
        if values.is_number(made) and made.ndim and made.dtype != object:
            return housed.born(_core.capture(_core.convert(made)))
        return made
    return traced(*args, **kwargs)


def _ndindex(*shape):
    """np.ndindex(*shape), or of one tuple: the indices, in order."""
    sizes = shape if len(shape) != 1 or hasattr(shape[0], "__index__") else tuple(shape[0])
    return [*itertools.product(*[range(operator.index(n)) for n in sizes])]


def _ndenumerate(arr):
    """np.ndenumerate(arr): an index and the element there, one after the other."""
    arr = plain(arr)
    from . import calls

    if not values.is_symbolic(arr):
        return [*sys.modules["numpy"].ndenumerate(arr)]
    return calls.call(zip, _ndindex(arr.shape), _core.op("RESHAPE", [arr], {"shape": (-1,)}))


def _of_method(tensor):
    """What x.copy(), x.astype() and their like give of a traced tensor."""
    _core.current_graph().extra["makes_arrays"] = True
    return housed.born(tensor)


_core.staged["own_array"] = _of_method


def _any_traced(items):
    for x in items:
        if isinstance(x, (Array, values._complexes.Complex)) or values.is_symbolic(x):
            return True
        if getattr(x, "staged", None) is not None:
            return True
        if isinstance(x, (list, tuple)) and _any_traced(x):
            return True
    return False


from ..numpys import mapped  # noqa: E402 - which needs them
from . import housed, parts  # noqa: E402 - where some of them live; which are made of views
