"""One of several values of different structure: what a function gives that returns `(i, j)` on one path and None on another, or
`0` on one and `total / n` on the other.

A single tensor or static object that may be absent is a Maybe of the extension. Everything else is a Choice: a number that says
which option the run has taken, beside all options. What is done with a Choice is done with each option, in branches, so that the
result (or the exception) is that of the option taken.
"""

import functools

from .. import _core, scalars
from . import complexes, values
from .journal import UNDEFINED

Tensor = _core.Tensor


class Choice:
    """One of `_options`: the run knows which, `_tag` says it."""

    __slots__ = ("_tag", "_options", "_leaf", "_label")

    def __init__(self, tag, options, leaf=None):
        self._tag, self._options = tag, tuple(options)
        self._label = None if leaf is None else leaf.label  # of the place that it came from
        self._leaf = leaf  # the value that may be absent which has these options (of_objects)

    def apply(self, fn):
        """fn(option) of the option taken."""
        from .conditionals import APART, staged_if

        graph, here = _core.current_graph(), facts.narrowed(self)
        if here is not self:
            return here.apply(fn) if isinstance(here, Choice) else fn(here)
        bound = self.defined("value")
        if bound is not self:
            return bound.apply(fn) if isinstance(bound, Choice) else fn(bound)

        def rest(i, *others):
            if not others:
                return lambda: fn(self._options[i])
            return lambda: staged_if(graph, self._is(i), lambda: fn(self._options[i]), rest(*others), [], results=APART)

        possible = [i for i, option in enumerate(self._options) if option is not values.NEVER]
        return rest(*possible)() if possible else values.NEVER

    def _is(self, *which):
        """That it is one of these options."""
        found = None
        for i in which:
            one = _core.binary("EQ", self._tag, values._tag(i))
            found = one if found is None else _core.op("OR", [found, one])
        return facts.tell(found, self._tag, which, set(range(len(self._options))) - set(which))

    def kinds(self, ask):
        """What ask(option) says, where that is a bool which does not depend on the run: that bool, or a traced one; else None."""
        here = facts.narrowed(self)
        if not isinstance(here, Choice):
            return ask(here)
        said = [None if option is values.NEVER else ask(option) for option in here._options]
        if not all(flag is None or type(flag) is bool for flag in said):
            return None
        yes = [i for i, flag in enumerate(said) if flag]
        if not yes or False not in said:
            return bool(yes)
        return values.pythons_bool(here._is(*yes))

    def is_object(self, other):
        """Whether it is that object: True, False or a traced bool."""
        return self.kinds(lambda option: option is other)

    def defined(self, name):
        """Itself, once the run has checked that the variable is bound."""
        from . import effects
        from .conditionals import staged_if

        if not any(option is UNDEFINED for option in self._options):
            return self
        error = values.unset(self._label or name)
        graph = _core.current_graph()
        staged_if(graph, self.is_object(UNDEFINED), lambda: effects.staged_raise(graph, error), None, [])
        bound = [i for i, option in enumerate(self._options) if option is not UNDEFINED]
        if len(bound) == 1:
            return self._options[bound[0]]
        return Choice(renumbered(self._tag, {old: new for new, old in enumerate(bound)}), [self._options[i] for i in bound])

    def number(self):
        """A number of the widest kind among the options, all of which are Python numbers; None when they are not."""
        here = facts.narrowed(self)
        if here is not self:
            return here.number() if isinstance(here, Choice) else here if _class(here) is not None else None
        dtype = self.number_dtype()
        if dtype is None:
            return None
        result = _core.cast(self._options[-1], dtype, True)
        for i in range(len(self._options) - 2, -1, -1):
            result = _core.op("SELECT", [self._is(i), _core.cast(self._options[i], dtype, True), result])
        return result

    def number_dtype(self):
        """The dtype of number(), or None."""
        classes = {_class(option) for option in self._options}
        if not classes <= _WIDTH.keys():
            return None
        return {0: None, 1: "int64", 2: "float64"}[max(map(_WIDTH.get, classes))]

    def _static(self):
        """Asks for which option it is, as a Python number: tracing starts again, and Python decides."""
        here = facts.narrowed(self)
        return self._options[int(self._tag)] if here is self else here._static() if isinstance(here, Choice) else here

    def __getattr__(self, name):
        if name.startswith("__") or name in ("staged", "dtype"):
            raise AttributeError(name)
        here = facts.narrowed(self)
        if here is not self:
            return getattr(here, name)
        if any(callable(getattr(option, name, None)) for option in self._options):
            if rollback.as_python() and any(isinstance(option, list) for option in self._options):
                raise rollback.RunAsPython(f"{name}() of a list on some paths, of something else on others", places.here())
            if all(map(_is_fixed, self._options)):
                from .calls import call

                return lambda *args, **kwargs: self.apply(lambda v: call(getattr(v, name), *args, **kwargs))
            values._heaps.learn([option for option in self._options if isinstance(option, values._lists.TracedList)])
            return getattr(self._static(), name)  # a method, which may change the object
        return self.apply(lambda v: getattr(v, name))

    def item_of(self, owner):
        """owner[self]."""
        return self.apply(lambda v: owner[v])

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return self.apply(lambda v: getattr(ufunc, method)(*[v if x is self else x for x in inputs], **kwargs))

    def __array_function__(self, func, types, args, kwargs):
        from .calls import call

        return self.apply(lambda v: call(func, *[v if x is self else x for x in args], **kwargs))

    def __setitem__(self, key, value):
        self.apply(lambda v: _put(v, key, value))

    def __delitem__(self, key):
        del self._static()[key]

    def __iter__(self):
        whole = self.apply(_iterable)
        return iter(whole if not isinstance(whole, Choice) else whole._static())

    def __len__(self):
        return len(self._static())

    def __call__(self, *args, **kwargs):
        from .calls import call

        return self.apply(lambda v: call(v, *args, **kwargs))

    def __bool__(self):
        return bool(self._static())

    def __index__(self):
        return self._static().__index__()

    def __int__(self):
        return int(self._static())

    def __float__(self):
        return float(self._static())

    def __hash__(self):
        return hash(self._static())

    def __str__(self):
        return self.__format__("")

    def __repr__(self):
        from .effects import AS_REPR

        return self.__format__(AS_REPR)

    def __format__(self, spec):
        bound, graph = self.defined("value"), _core.current_graph()
        if bound is not self:
            return texts.formatted(bound, spec)
        choices = graph.extra.setdefault("choices", [])
        choices.append(self)
        return f"\ue000c{len(choices) - 1}:{spec}\ue001"

    def __tensor__(self):
        """What an operation takes it as: a number, when all options are."""
        number = self.number()
        return self._static() if number is None else number


def _put(box, key, value):
    """box[key] = value"""
    if isinstance(box, Tensor):
        raise rollback.cannot(TypeError(f"item assignment to what is an array on some paths, and something else on others{places.here()}"))
    if not hasattr(type(box), "__setitem__"):
        box[key] = value  # Python says what it is
    _core.set_item(value, box, key)


def _is_fixed(option):
    """Whether no method changes it, or what does is seen in a branch: a list in a heap."""
    if values._heaps.is_inner(option) or option is values.NEVER or type(option) is values.Late or _is_users_object(option):
        return True
    return isinstance(option, (Tensor, *values.PLAIN))


def _iterable(value):
    if not hasattr(value, "__iter__") and not hasattr(value, "__getitem__"):
        raise TypeError(f"cannot unpack non-iterable {type(value).__name__} object")
    return value


def _operator(name):
    import operator

    fn = getattr(operator, name, None) or getattr(operator, f"{name}_")

    def method(self, *other):
        return self.apply(lambda v: fn(v, *other))

    def reflected(self, other):
        return self.apply(lambda v: fn(other, v))

    changing = getattr(operator, f"i{name.rstrip('_')}", None)

    def in_place(self, other):
        return self.apply(lambda v: changing(v, other))

    return method, reflected, in_place


for _name in "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split():
    for _prefix, _method in zip(("", "r", "i"), _operator(_name)):
        setattr(Choice, f"__{_prefix}{_name}__", _method)
for _name in "lt le eq ne gt ge neg pos abs invert getitem".split():
    setattr(Choice, f"__{_name}__", _operator(_name)[0])
for _name in ("round", "divmod"):
    _builtin = {"round": round, "divmod": divmod}[_name]
    setattr(Choice, f"__{_name}__", lambda self, *other, _builtin=_builtin: self.apply(lambda v: _builtin(v, *other)))
Choice.__rdivmod__ = lambda self, other: self.apply(lambda v: divmod(other, v))
_core.choice_type(Choice)

_WIDTH = {"bool": 0, "int": 1, "float": 2}
_WEAK = {"int64": "int", "float64": "float"}


def _class(value):
    """What a leaf is for Python: "bool", "int", "float"; None for what is no number of Python's."""
    if type(value) is bool:
        return "bool"
    if scalars.is_python_number(value):
        return "float" if isinstance(value, float) else "int"
    if type(value) is values.Late:
        kind = value.kind
        return "bool" if kind.dtype == "bool" and kind.shape == () else _WEAK.get(kind.dtype) if kind.weak else None
    if isinstance(value, Tensor) and value.alts is None:
        if value.weak:
            return _WEAK.get(value.dtype.name)
        if value.dtype.name == "bool" and value.shape.rank == 0:
            return "bool"  # NumPy's and a tensor's too: these show as True, and not as 1
    return None


def mixed(a, b):
    """Whether two leaves, where they are there, are numbers of different classes: 1 and 2.5, False and 0. Complex numbers have parts
    that differ."""
    if a is b:
        return False
    a, b = (v.payload if values.is_maybe(v) else v for v in (a, b))
    if type(a) is complex or type(b) is complex:
        other = b if type(a) is complex else a
        return not values.same_static(a, b) and not (isinstance(other, Tensor) and (other.alts is not None or other.dtype.is_complex))
    if a is None or b is None or isinstance(a, Tensor) and isinstance(b, Tensor) and a.dtype == b.dtype:
        return False
    x = _class(a)
    return x is not None and _class(b) not in (x, None)


def bool_beside_number(a, b):
    """Whether one of two leaves, where they are there, is a bool and the other an int or a float: a loop keeps them apart."""
    return mixed(a, b) and "bool" in [_class(v.payload if values.is_maybe(v) else v) for v in (a, b)]


def collapsed(value):
    """A Choice among ints and floats as one number, made where it is needed; any other value as it is."""
    dtype = value.number_dtype() if isinstance(value, Choice) and not any(_class(v) == "bool" for v in value._options) else None
    return value if dtype is None else values.Late(values.Kind(dtype, True, ()), value.number)


def apart(a, b):
    """Whether two leaves that are items of a list or dict keep kinds of their own there."""
    a, b = (v.payload if values.is_maybe(v) else v for v in (a, b))
    if mixed(a, b):
        return True
    x, y = values.kind_of(a), values.kind_of(b)
    return isinstance(x, values.Kind) and isinstance(y, values.Kind) and values._rows.one_kind(x, y) is None


def unify(a, b, lists=False, grow=True, items=False):
    """(a, b) made of one form; None when nothing holds both. lists: whether lists may be options (nobody changes them). grow:
    whether there may be more than one option beside None and undefined: a loop would never hold still, but of a bool and a number. items: whether these are
    the contents of a list or dict; any leaves may be options then, and those that are apart() are."""
    a, b = leaf_of(a), leaf_of(b)
    if isinstance(a, Choice) or isinstance(b, Choice):
        return _choices(a, b, lists, grow, items)
    pair = complexes.unify(a, b, widens=not grow)
    if pair is not None:
        return pair
    if _is_sequence(a) and type(a) is type(b) and _is_sequence(b) and len(a) == len(b) > 0:
        items = items or isinstance(a, list)
        pairs = [unify(x, y, lists, grow, items) for x, y in zip(a, b)]
        return None if None in pairs else tuple(type(a)(side) for side in zip(*pairs))
    if type(a) is dict and type(b) is dict and a and list(a) == list(b):
        pairs = [unify(a[k], b[k], lists, grow, items) for k in a]
        return None if None in pairs else tuple(dict(zip(a, side)) for side in zip(*pairs))
    if _form(a) == _form(b):
        return _choices(a, b, lists, grow, items) if _form(a) is None and _differing(grow, items)(a, b) else (a, b)
    return _choices(a, b, lists, grow, items)


def _differing(grow, items):
    """What says whether two leaves keep kinds of their own."""
    return apart if items else mixed if grow else bool_beside_number


def _is_sequence(value):
    return type(value) in (tuple, list, values._lists.TracedList) and getattr(value, "staged", None) is None


def _choices(a, b, lists, grow, items):
    """Both as Choices with the same options."""
    maybes, differing = items or mixed(a, b), _differing(grow, items)
    sides = [numbered(v) if isinstance(v, Choice) or maybes and values.is_maybe(v) else {0: v} for v in (a, b)]
    options = []  # pairs: the option of each side, None where it has none
    for side, found in enumerate(sides):
        for option in found.values():
            if not _may_be_option(option, lists):
                return None
            at = next((o for o in options if o[side] is _NONE and _alike(o[1 - side], option, differing)), None)
            if at is None:
                at = [_NONE, _NONE]
                options.append(at)
            at[side] = option
    if len(options) > MOST_OPTIONS:
        return None
    if not grow and not (isinstance(a, Choice) and len(options) == len(a._options)):
        more = [pair for pair in options if not any(v is None or v is UNDEFINED for v in pair)]
        held = [v for pair in more for v in pair if v is not _NONE]
        leaves = all(_form(v) is None for v in held) and (items or all(values.is_number(v) or v is values.NEVER for v in held))
        if len(more) > 1 and not leaves and not isinstance(b, Choice):
            return None
    made = []
    for side, value in enumerate((a, b)):
        mine = [o[side] if o[side] is not _NONE else _never(o[1 - side]) for o in options]
        numbers = {k: i for i, o in enumerate(options) for k, v in sides[side].items() if v is o[side]}
        old = value._tag if isinstance(value, Choice) else value.tag if maybes and values.is_maybe(value) else None
        made.append(Choice(values.Late(_TAG, functools.partial(renumbered, old, numbers)), mine))
    return tuple(made)


def of_objects(value):
    """A value that may be absent as a Choice, where it may be a text, an object with attributes or something to call; else as it is."""
    if isinstance(value, Tensor) and value.alts is not None and len(value.alts) < MOST_OPTIONS and any(map(_has_methods, value.alts)):
        return as_choice(value, value)
    return value


def named(value, name):
    """The value; one of several knows the name of its place, for what is said where it is not set."""
    if type(value) is Choice and value._label is None:
        value._label = name
    return value


def _has_methods(value):
    return type(value) is str or callable(value) or hasattr(type(value), "__next__") or _is_users_object(value)


def leaf_of(value):
    """The value that of_objects made a Choice of; any other as it is."""
    return value._leaf if type(value) is Choice and value._leaf is not None else value


def _is_users_object(value):
    return methods.is_users(type(value))


def as_choice(value, leaf=None):
    """A value that may be absent, as a Choice of the same tags."""
    return Choice(value.tag, [values.NEVER if value.payload is None else value.payload, *value.alts], leaf)


def as_array(value):
    """A tensor where the other side has an array that is changed in place: an array too, where it may be absent an option."""
    if not values.is_maybe(value):
        return values._arrays.Array(value)
    choice = as_choice(value)
    return Choice(choice._tag, [values._arrays.Array(v) if isinstance(v, _core.Tensor) else v for v in choice._options])


def numbered(value):
    """The options of a Choice, or of a value that may be absent, by their tags."""
    if isinstance(value, Choice):
        return dict(enumerate(value._options))
    found = dict(enumerate(value.alts, 1))
    return found if value.payload is None else {0: value.payload, **found}


MOST_OPTIONS = 32
_NONE = object()
_TAG = values.Kind("int32", False, ())


def _alike(a, b, mixed):
    """Whether two options are one: of the same structure, with leaves that have a common type without any change."""
    x, y = [], []
    if values.flatten(a, x) != values.flatten(b, y):
        return False
    for m, n in zip(x, y):
        if m is values.NEVER or n is values.NEVER:
            continue
        number = values.is_number(m), values.is_number(n)
        if number[0] != number[1] or mixed(m, n):
            return False
        if not number[0] and not values.same_static(m, n):
            return False
    return True


def _may_be_option(option, lists):
    return not _has_list(option, lists)


def _has_list(value, plain):
    """Whether there is something in it that is changed in place; plain: lists of this trace do not count, arrays never."""
    if values._heaps.is_inner(value):
        return False
    if isinstance(value, list):
        return not plain or (getattr(value, "staged", None) is None and any(_has_list(v, plain) for v in value))
    if isinstance(value, (values._lists.StagedItems, values._tensor_arrays.TensorArray)):
        return True
    if isinstance(value, (tuple, dict)):
        return any(_has_list(v, plain) for v in (value.values() if isinstance(value, dict) else value))
    return False


def renumbered(tag, numbers):
    """The tag with option k called numbers[k]; without a tag, that of the only option."""
    if tag is None:
        return numbers[0]
    if isinstance(tag, values.Late):
        tag = tag.make()
    if all(old == new for old, new in numbers.items()):
        return tag
    new_tag = values._tag(0)
    for old, new in numbers.items():
        if new:
            new_tag = _core.op("SELECT", [_core.binary("EQ", tag, values._tag(old)), values._tag(new), new_tag])
    return new_tag


def _form(value):
    return values.flatten(value, [])


def has_choice(form):
    """Whether a form, of values.flatten, is or has a Choice's."""
    return type(form) is tuple and (form[:1] == ("choice",) or any(map(has_choice, form)))


def _never(tree):
    """A structure of the form of `tree` that is never looked at; what is static stays."""
    leaves = []
    form = values.flatten(tree, leaves)
    return values.unflatten(form, iter(map(_never_leaf, leaves)))


def _never_leaf(leaf):
    kind = values.kind_of(leaf)
    if isinstance(kind, values.Kind):
        return values.Late(kind, functools.partial(values.zeros, kind))
    return values.NEVER if values.is_number(leaf) else leaf


from . import facts, methods, places, rollback, texts  # noqa: E402 - facts: of what these are
