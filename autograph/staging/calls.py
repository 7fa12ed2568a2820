"""Calls from converted code: user functions are converted, builtins and math functions learn about traced values."""

import builtins
import collections
import functools
import opcode
import operator
import os
import sys
import types

from .. import _core, convert, strings
from . import (
    arrays,
    cmaths,
    complexes,
    definitions,
    deques,
    effects,
    generators,
    iterators,
    journal,
    kinds,
    lent,
    library,
    lists,
    loops,
    maths,
    methods,
    opaque,
    outside,
    places,
    reach,
    rollback,
    rows,
    sequences,
    stores,
    sums,
    texts,
    trees,
    truths,
    values,
)
from .conditionals import staged_if, truth

Tensor = _core.Tensor
Function = _core.Function


def is_symbolic(x):
    return isinstance(x, Tensor) and x.is_symbolic


# ---- which functions are converted ------------------------------------------------------------------

_PROGRAMS = (deques.__file__, library.__file__)
_STDLIB = os.path.dirname(os.path.abspath(os.__file__)) + os.sep


def left_alone(fn):
    """Whether a function runs as it is: it is not the user's, and no program of ours that stands for another's."""
    code = fn.__code__
    file = code.co_filename
    if file in _PROGRAMS:
        return False
    if places.is_home(code) or file.startswith("<frozen"):
        return True
    if file.startswith(_STDLIB) and "site-packages" not in file and "dist-packages" not in file:
        return True
    return reach.top(fn.__module__) in reach.LEFT_ALONE


def _conversion(fn):
    """For ext/invoke.c: None where fn runs as it is, else its converted code, whether that assigns outer variables, and the
    closure: cells, and numbers of cells of fn."""
    from .. import operators

    if "ag__" in fn.__code__.co_freevars or left_alone(fn):  # it stands in a converted function, or is not the user's
        return None
    try:
        made = convert.convert(fn, operators)
    except convert.SourceUnavailable:
        return None  # runs as it is; a traced condition in it says what to do
    if made is fn:
        return None
    code, free = made.__code__, fn.__code__.co_freevars
    closure = [free.index(n) if n in free else cell for n, cell in zip(code.co_freevars, made.__closure__ or ())]
    return (code, any(_find_outer_writes(fn.__code__)), *closure)


call = _core.call


def _call_other(f, /, *args, **kwargs):
    """What _core.call leaves to Python: methods of containers, partials, objects with a __call__ of the user's."""
    kind = type(f)
    if kind is types.BuiltinFunctionType:
        owner = f.__self__
        if isinstance(owner, outside.CONTAINERS) and journal.watching():
            return outside.container_method(owner, f, args, kwargs)
        special = _BUILTINS.get(f) or library.stand_in(f) or _array_maker(f)
        return outside.call(f, *args, **kwargs) if special is None else special(*args, **kwargs)
    if kind in (types.MethodDescriptorType, types.WrapperDescriptorType) and args and isinstance(args[0], f.__objclass__):
        owner = args[0]
        return call(getattr(owner, f.__name__) if isinstance(owner, lists.TracedList) else f.__get__(owner), *args[1:], **kwargs)
    if kind is types.MethodWrapperType:
        return _special_method(f.__self__, f, args, kwargs)
    if kind is operator.methodcaller and len(args) == 1:
        _, (name, *given), *named = f.__reduce__()
        return call(getattr(args[0], name), *given, *named)
    if kind is functools.partial:
        return call(f.func, *f.args, *args, **{**f.keywords, **kwargs})
    if kind is Function and any(isinstance(a, arrays.Array) for a in args):
        return call(f.python_function, *args, **kwargs)  # it may change the array
    if kind is Function or isinstance(f, Function):
        return f(*args, **kwargs)
    if kind is _core.Method:
        return call(f.__func__, f.__self__, *args, **kwargs)
    special = _array_maker(f)
    if special is not None:
        return special(*args, **kwargs)
    method = getattr(kind, "__call__", None)  # noqa: B004 - the kind of thing it is decides
    if type(method) is types.FunctionType:
        return call(method, f, *args, **kwargs)
    return _make(f, *args, **kwargs) if isinstance(f, type) else outside.call(f, *args, **kwargs)


def _special_method(owner, f, args, kwargs):
    """f(*args, **kwargs), a method such as `__setitem__` of an object of C, by its name: what the statement does."""
    name = f.__name__
    if name == "__next__":
        return _next(owner)
    if name in ("__setattr__", "__delattr__") and args:
        stores.changing_attr(owner, *args)
        return f(*args, **kwargs)
    if name in opaque.CHANGES and name != "__init__" or isinstance(owner, outside.CONTAINERS) and name in opaque.CHANGES:
        stores.changing(owner)
    return outside.call(f, *args, **kwargs)


def _make(cls, /, *args, **kwargs):
    """cls(*args, **kwargs), its __init__ converted when it is the user's and nothing else takes part."""
    special = _array_maker(cls)
    if special is not None:
        return special(*args, **kwargs)
    definitions.about_to_make(cls, args)
    init = cls.__init__
    if type(getattr(cls, "__post_init__", None)) is types.FunctionType and _is_generated(init):
        return _make_record(cls, args, kwargs)
    if type(init) is not types.FunctionType or cls.__new__ is not object.__new__ or type(cls).__call__ is not type.__call__:
        return outside.remember(outside.call(cls, *args, **kwargs))
    made = outside.remember(cls.__new__(cls))
    if _is_generated(init):  # it only keeps what it is given, whatever that is
        init(made, *args, **kwargs)
    else:
        call(init, made, *args, **kwargs)
    return made


def _is_generated(init):
    """Whether dataclasses has written this __init__: it calls __post_init__ at its end, and does nothing else of its own."""
    return type(init) is types.FunctionType and init.__code__.co_qualname.startswith("__create_fn__.")


def _make_record(cls, args, kwargs):
    """A dataclass: its generated __init__ runs as it is, and what that would call, the user's __post_init__, is converted."""
    made, found = cls.__new__(cls), []
    if not hasattr(made, "__dict__"):
        return outside.remember(outside.call(cls, *args, **kwargs))
    vars(made)["__post_init__"] = lambda *given: found.append(given)
    cls.__init__(made, *args, **kwargs)
    del vars(made)["__post_init__"]
    outside.remember(made)
    for given in found:
        call(cls.__post_init__, made, *given)
    return made


def _stand_in(f):
    """What runs for a function that is not converted, or stands in one that is; None: it itself."""
    code = getattr(f, "__code__", None)
    if code is not None and "ag__" in code.co_freevars and not code.co_flags & opaque.CO_GENERATOR:
        return None
    special = kinds.asking(f) or library.stand_in(f) or _array_maker(f)
    return functools.partial(outside.call, f) if special is None and not outside.is_ours(f) else special


def _array_maker(f):
    return arrays.maker(f) if _core.current_graph() is not None else None


_outer_writes = {}  # {code: names of the free variables, and global names, that it assigns; those that may have items set}
# Of dis, which takes longer to import than most functions to trace.
_STORE_CELL = {opcode.opmap[name] for name in ("STORE_DEREF", "DELETE_DEREF")}
_STORE_GLOBAL = opcode.opmap["STORE_GLOBAL"]


def touch_outer(f):
    """Writes into the journal the variables of enclosing functions and modules that a call of f may assign."""
    for slot in _assigned((f,)):
        journal.touch(slot)


def outer_slots(functions):
    """The variables of enclosing functions and modules that these functions assign, or functions that they name, as places."""
    functions = [f.__self__[1] if isinstance(f, types.BuiltinFunctionType) else f for f in functions]  # until() may hold a test
    functions = [f for f in functions if f is not None]
    for f in functions:
        for cell in f.__closure__ or ():
            named = journal.content(cell)
            if type(named) is types.FunctionType and named not in functions:
                functions.append(named)
    return _assigned(functions)


def _assigned(functions):
    found = {}
    for f in functions:
        code = f.__code__
        names = _outer_writes.get(code)
        if names is None:
            names = _outer_writes[code] = (*map(sorted, _find_outer_writes(code)), _item_owners(code))
        cells, global_names, owners = names
        for name in owners:  # x[i] = v gives a tensor's name a new value
            if isinstance(f.__globals__.get(name), Tensor) and name not in code.co_freevars:
                global_names = [*global_names, name]
        places_ = [journal.Cell(name, f.__closure__[code.co_freevars.index(name)]) for name in cells]
        places_ += [journal.Global(name, f.__globals__) for name in global_names]
        found.update((slot.key, slot) for slot in places_)
    return list(found.values())


def _item_owners(code):
    """Global names that code reads, where it sets items at all."""
    names = set(code.co_names) if opcode.opmap["STORE_SUBSCR"] in code.co_code[::2] else set()
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            names |= _item_owners(inner)
    return names


def _find_outer_writes(code, free=None):
    """(those of the free variables, global names) that code or a function in it assigns."""
    free = set(code.co_freevars) - {"ag__"} if free is None else free & set(code.co_freevars)
    cells, global_names = set(), set()
    if free or _STORE_GLOBAL in code.co_code[::2]:
        arg = 0
        for op, low in zip(*[iter(code.co_code)] * 2):
            arg = arg << 8 | low
            if op in _STORE_CELL:
                cells.add(code._varname_from_oparg(arg))
            elif op == _STORE_GLOBAL:
                global_names.add(code.co_names[arg])
            if op != opcode.EXTENDED_ARG:
                arg = 0
        cells &= free
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            inner_cells, inner_globals = _find_outer_writes(inner, free)
            cells |= inner_cells
            global_names |= inner_globals
    return cells, global_names


def _kept_among(args):
    """The first that holds a value rather than being one: a Choice, or a Variable in a trace."""
    for a in args:
        if type(a) is trees.Choice or isinstance(a, _core.Variable) and _core.current_graph() is not None:
            return a
    return None


def _for_choices(f, special):
    """`special`, the meaning of f, for one of several values too: for each of them; and for variables: for their values."""

    def run(*args, **kwargs):
        choice = _kept_among(args)
        if choice is None:
            return special(*args, **kwargs)
        if isinstance(choice, _core.Variable):
            return call(f, *[a.value() if a is choice else a for a in args], **kwargs)
        return choice.apply(lambda v: call(f, *[v if a is choice else a for a in args], **kwargs))

    return run


# ---- builtins ---------------------------------------------------------------------------------------


def _any_symbolic(args):
    for a in args:
        if isinstance(a, Tensor) and a.is_symbolic:
            return True
    return False


def print_(*args, **kwargs):
    graph = _core.current_graph()
    args = [a.tensor if isinstance(a, arrays.Array) else repr(a) if type(a) is deques.Deque else a for a in args]
    if graph is not None:
        args = [_str(a) if effects.is_said_at_once(a) else a for a in args]
    if graph is not None and (journal.depth() or effects.shows_traced(args) or graph.extra.get("in_turn") or _pinned(graph)):
        return effects.staged_print(graph, args, kwargs)
    if graph is not None and "said" in graph.extra:
        file = kwargs.get("file")
        if file not in (None, sys.stdout, sys.stderr):
            return builtins.print(*args, **kwargs) if journal.is_made(file) else effects.staged_print(graph, args, kwargs)
        return effects.hold_print(graph, args, kwargs)
    return builtins.print(*args, **kwargs)


def _pinned(graph):
    """Whether numbers of this trace were made static because something needs them: what they decide must show at each call."""
    function = graph.extra.get("function")
    return bool(graph.extra.get("unrolled")) or (function is not None and any(pin < lent.WRITTEN for pin in function._pins))


def _range(*args):
    args = [values.read(a) for a in args]
    if not _any_symbolic(args):
        return range(*args)
    args = [_whole(a) for a in args]
    if len(args) == 1:
        return loops.StagedRange(0, args[0], 1)
    return loops.traced_range(*args)


def _whole(x):
    if is_symbolic(x) and "int" not in x.dtype.name:
        raise TypeError(f"range() takes integers, not a {x.dtype.name} tensor: cast it, for example tf.cast(n, tf.int32){places.here()}")
    if is_symbolic(x) and x.shape.rank:
        raise TypeError(
            f"range() takes single integers, not an array of shape {tuple(x.shape)}{_of_argument(x)}: only integer scalar arrays can be "
            f"converted to a scalar index{places.here()}"
        )
    return x


def _of_argument(x):
    """" (the argument 'a')" where x is one."""
    return f" (the argument {x.op.name!r})" if x.op.type in ("Placeholder", "Param") else ""


def _len(x):
    if is_symbolic(x):
        return loops.length_of(x)
    if isinstance(x, arrays.Array):
        return x.shape[0]
    if isinstance(x, lists.TracedList):
        return x.length()
    if isinstance(x, trees.Choice):
        return x.apply(_len)
    if isinstance(x, loops.StagedRange):
        return x.count()
    method = methods.own(x, "__len__")
    return len(x) if method is None else call(method, x)


def _min(*args, key=None, **kw):
    return _extreme(min, "lt", "MIN", args, key, kw)


def _max(*args, key=None, **kw):
    return _extreme(max, "gt", "MAX", args, key, kw)


def _extreme(builtin, compare, reduction, args, key, kw):
    if len(args) != 1 and (kw or not args):
        return builtin(*args, **kw)  # an error
    if len(args) == 1:
        box, args = args[0], [_elements(_listed(args[0]))]
        if is_symbolic(args[0]) and kw.keys() <= {"default"}:
            found = sequences.extreme(builtin, reduction, args[0], key, kw)
            return box._shares(arrays.wrap(found)) if isinstance(box, arrays.Array) else found
        if getattr(args[0], "staged", None) is not None and kw.keys() <= {"default"}:
            return lists.extreme("smallest" if builtin is min else "largest", args[0], key, **kw)
        items = list(args[0]) if not isinstance(args[0], loops.StagedRange) else None
    else:
        items = list(args)
    keys = None if items is None else [call(key, i) if key else i for i in items]
    if items is None or not items:
        return builtin(args[0] if items is None else items, key=key, **kw)
    if not any(rows.has_traced(k) or methods.own(k, "__lt__") or methods.own(k, "__gt__") for k in keys):
        return items[builtin(range(len(items)), key=keys.__getitem__)]
    graph = _core.current_graph()
    best, best_key = items[0], keys[0]
    for item, k in zip(items[1:], keys[1:]):
        better = rows.compared(k, compare, best_key)
        if not is_symbolic(better):
            better = bool(better)
            best, best_key = (item, k) if better else (best, best_key)
            continue
        best, best_key = staged_if(
            graph, better, lambda i=item, k=k: (i, k), lambda b=best, bk=best_key: (b, bk), [], results=True
        )
    return best


def _elements(x):
    x = deques.listed(x)
    loops.go_on(x)
    if type(x) is types.GeneratorType:
        return effects.held(_core.current_graph(), x)
    return x.tensor if isinstance(x, arrays.Array) else x


def _listed(x):
    """The list that an iterator over traced items gives; other things as they are."""
    return _list(x) if isinstance(x, iterators.Whole) else x


def _as_generator(iterable):
    """A StagedGenerator over a generator, range or list whose length only the run knows; None for others."""
    if isinstance(iterable, generators.StagedGenerator):
        return iterable
    if isinstance(iterable, (loops.StagedRange, loops.Once)) or getattr(iterable, "staged", None) is not None:
        return generators.StagedGenerator(generators.Clause(iterable, _same))
    return None


def _sum(iterable, /, start=0):
    iterable = _elements(iterable)
    row = getattr(getattr(iterable, "staged", None), "row", None)
    if row is not None and row.number_dtype() is not None and type(start) is int:
        return lists.total(iterable, start)
    if row is not None and row.form == values.COMPLEX and type(start) is int:  # which it is where there are none
        from .. import operators

        return operators.if_exp(iterable.truth(), lambda: _sum(iterable, complex(start)), lambda: start)
    generator = _as_generator(iterable)
    if generator is not None:
        return generator.sum(start)
    if is_symbolic(iterable):
        return sequences.total(iterable, start)
    total, lost = start, sums.begins(start)
    for x in iterable:
        total, lost = sums.plus(total, lost, x)
    return sums.ended(total, lost)


def _any(iterable, /):
    generator = _as_generator(iterable)
    if generator is not None:
        return generator.any()
    return _fold(iterable, "OR", any, False)


def _all(iterable, /):
    generator = _as_generator(iterable)
    if generator is not None:
        return generator.all()
    return _fold(iterable, "AND", all, True)


def _fold(iterable, op, builtin, empty):
    iterable = _elements(iterable)
    if is_symbolic(iterable):
        return sequences.fold(builtin, iterable)
    found, graph = getattr(iterable, "found", None), _core.current_graph()
    if found is None or graph is None or "early" not in graph.extra:
        return _folded(iterable, op, empty, None)
    with generators.Early(found) as early:
        return _folded(iterable, op, empty, early)


def _folded(items, op, empty, early):
    traced = None
    for x in items:
        x = truths.of(x)
        if is_symbolic(x):
            flag = truth(x, "an item")
            traced = flag if traced is None else _core.op(op, [traced, flag])
            if early is not None:
                early.decide()
        elif bool(x) is not empty:
            return not empty
    return empty if traced is None else traced


def _enumerate(iterable, start=0):
    rows = loops.rows_of(iterable)
    if rows is None:
        loops.go_on(iterable)
    return iterators.read(enumerate(iterable, start)) if rows is None else loops.Enumerated(rows, start)


def _zip(*iterables, strict=False):
    rows = [loops.rows_of(i) for i in iterables]
    if not any(r is not None for r in rows):
        for i in iterables:
            loops.go_on(i)
        return iterators.read(zip(*iterables, strict=strict))
    if all(r is not None for r in rows) and not (strict and _may_differ([r.length() for r in rows])):
        return loops.Zipped(*rows)
    return iterators.read(zip(*[i if r is None else iterate(i) for i, r in zip(iterables, rows)], strict=strict))


def _may_differ(lengths):
    return any(not isinstance(n, int) or n != lengths[0] for n in lengths)


def _reversed(sequence, /):
    rows = loops.rows_of(sequence)
    return iterators.read(reversed(sequence)) if rows is None else loops.Reversed(rows)


def _iter(*args):
    if len(args) == 1:
        return iterators.read(iterate(*args))
    f = args[0]  # of a method of the user's, who may look at its object, iterators.py looks at the object
    return iterators.read(iter(f if type(f) is types.MethodType else functools.partial(call, f), *args[1:]))


def _next(items, /, *default):
    loops.go_on(items)
    if isinstance(items, (iterators.Reader, iterators.Whole)):
        return next(items, *default)
    iterators.step(items)
    return outside.call(next, items, *default)


def _map(f, /, *iterables):
    rows = [loops.rows_of(i) for i in iterables]
    if rows and all(r is not None for r in rows):
        return loops.Mapped(functools.partial(call, f), *rows)
    return iterators.read(outside.call(map, f, *iterables))


def _filter(f, iterable, /):
    if loops.rows_of(iterable) is None and type(iterable) not in (list, tuple, range, lists.TracedList):
        return iterators.read(outside.call(filter, f, iterable))
    keeps = _same if f is None or f is bool else functools.partial(call, f)
    return generators.StagedGenerator(generators.Clause(iterable, _same, keeps), "filter()")


def _same(x):
    return x


def iterate(value):
    """A Python iterator over a traced value of static length."""
    rows = loops.rows_of(value)
    if rows is None or isinstance(rows, loops.Once):
        loops.go_on(value)
        graph = _core.current_graph()
        return iter(value) if graph is None else effects.held(graph, iter(value))
    n = rows.length()
    if isinstance(rows, loops.RangeRows) and not isinstance(n, int):
        n = n.__index__()  # a trace for each length
    if not isinstance(n, int):
        error = TypeError(
            "the number of items must be known while tracing here, but this length is known only at run time; loop over it with "
            f"a `for` statement, and append to a list, instead{places.here()}"
        )
        raise rollback.cannot(error, n)
    return iter([rows.at(i) for i in range(n)])


def _round(x, ndigits=None):
    if not is_symbolic(x):
        return round(x) if ndigits is None else round(x, ndigits)
    if ndigits is not None and x.weak:
        if _any_symbolic((ndigits,)):
            ndigits = ndigits.__index__()  # a trace for each number of digits
        return _core.op("PYROUND", [x], {"num": max(min(operator.index(ndigits), 400), -400)})
    if "float" not in x.dtype.name:
        return _core.cast(x, "int64", True) if x.dtype.name == "bool" else x
    if ndigits is None:
        return maths.whole(_core.op("ROUND", [x]))
    scale = 10.0**ndigits
    return _core.op("ROUND", [x * scale]) / scale


def _abs(x, /):
    return abs(x)


def _divmod(a, b, /):
    return (a // b, a % b) if _any_symbolic((a, b)) else divmod(a, b)


def _pow(base, exp, mod=None):
    if not _any_symbolic((base, exp, mod)):
        return pow(base, exp, mod)
    if mod is None:
        return base**exp
    numbers = [x if isinstance(x, Tensor) else _core.weak(x) for x in (base, exp, mod)]
    if any(x.is_symbolic and not x.weak for x in numbers):
        return (base**exp) % mod
    if any(x.dtype.name != "int64" for x in numbers):
        raise TypeError("pow() 3rd argument not allowed unless all arguments are integers")
    return _core.op("PYPOWMOD", numbers)


def _sorted(iterable, /, *, key=None, reverse=False):
    if isinstance(iterable, arrays.Array) and len(iterable.tensor.shape) > 1:
        iterable = lists.TracedList(iterate(iterable))  # views
    iterable = _elements(_listed(iterable))
    if is_symbolic(iterable):
        return sequences.ordered(iterable, key, reverse)
    if isinstance(iterable, lists.TracedList):
        return lists.sorted_copy(iterable, key, reverse)
    if rollback.as_python():
        items = list(iterate(iterable))
        if effects.traced(items):
            if lists.one_row(items) is None:
                raise rollback.RunAsPython("sorted() of traced numbers of several kinds", places.here())
            return lists.sorted_copy(lists.TracedList(items), key, reverse)
        iterable = items
    if key is None:
        return lists.new(sorted(iterable, reverse=reverse))
    items = list(iterable)
    keys = [call(key, item) for item in items]
    return lists.new([items[i] for i in sorted(range(len(items)), key=keys.__getitem__, reverse=reverse)])


def _int(x=0, /, *args, **kw):
    if args or kw or not is_symbolic(x):
        method = methods.own(x, "__int__")
        return int(texts.known(x), *args, **kw) if method is None else call(method, x)
    x = _one(x)
    name = x.dtype.name
    if "float" in name:
        return _core.op("PYINT", [_core.cast(x, "float64", True)])
    if name == "string":
        return strings.number(x, "int64")
    return _core.cast(x, "int64", True)


def _float(x=0.0, /):
    if not is_symbolic(x):
        method = methods.own(x, "__float__")
        return float(texts.known(x)) if method is None else call(method, x)
    x = _one(x)
    return strings.number(x, "float64") if x.dtype.name == "string" else _core.cast(x, "float64", True)


def _bool(x=False, /):
    x = truths.of(x)
    return truth(x, "bool()") if is_symbolic(x) else bool(x)


def _one(x):
    if x.alts is not None:
        x = _core.resolve(x)
    n = x.shape.num_elements()
    if n != 1:
        raise TypeError(f"only a tensor of one element can become a number, not one of shape {x.shape}{places.here()}")
    return _core.op("RESHAPE", [x], {"shape": ()}) if x.shape.rank else x


def _list(iterable=(), /):
    if isinstance(iterable, generators.StagedGenerator):
        return iterable.listed()
    iterable = deques.listed(iterable)
    if isinstance(iterable, lists.TracedList):
        return iterable.copy()
    rows = loops.rows_of(iterable)
    if rows is None:
        loops.go_on(iterable)
        return lists.new(list(iterable))
    made = lists.TracedList()
    made.extend(iterable)
    return lists.born(made)


def _tuple(iterable=(), /):
    iterable = _listed(iterable)
    return tuple(iterate(iterable))


def _str(x="", /, *args, **kw):
    return texts.text(str(x, *args, **kw))


def _repr(x, /):
    """Numbers and bools have one text."""
    if is_symbolic(x) and (x.alts is not None or x.weak or _core.is_python_bool(x)):
        return texts.text(str(x))
    return texts.text(repr(x))


def shown(x, how):
    """x in an f-string behind !s, !r or !a."""
    if _core.current_graph() is None:
        return _PLAIN[how](x)
    return _str(x) if how == "s" else _repr(x) if how == "r" or is_symbolic(x) else ascii(x)


_PLAIN = {"s": str, "r": repr, "a": ascii}



def _setattr(owner, attr, value, /):
    _core.set_attr(value, owner, attr)


def _delattr(owner, attr, /):
    _core.del_attr(owner, attr)


_BUILTINS = {
    print: print_,
    len: _len,
    min: _min,
    max: _max,
    sum: _sum,
    any: _any,
    all: _all,
    round: _round,
    abs: _abs,
    repr: _repr,
    divmod: _divmod,
    pow: _pow,
    sorted: _sorted,
    isinstance: kinds.is_instance,
    issubclass: kinds.is_subclass,
    hasattr: kinds.has_attribute,
    getattr: kinds.attribute,
    setattr: _setattr,
    delattr: _delattr,
    iter: _iter,
    next: _next,
    **maths.FUNCTIONS,
    **cmaths.FUNCTIONS,
}


_TYPES = {
    str: _str,
    type: kinds.type_of,
    range: _range,
    enumerate: _enumerate,
    zip: _zip,
    reversed: _reversed,
    map: _map,
    filter: _filter,
    int: _int,
    float: _float,
    complex: complexes.construct,
    bool: _bool,
    list: _list,
    tuple: _tuple,
    collections.deque: deques.make,
}

_BUILTINS.update(_TYPES)
_TAKE_CHOICES = (print_, _str, _repr, _range, kinds.type_of, kinds.is_instance, kinds.has_attribute, kinds.attribute, _setattr, _delattr)
_BUILTINS.update({f: _for_choices(f, special) for f, special in _BUILTINS.items() if special not in _TAKE_CHOICES})

# Builtins for which a number is a number, whatever it came from: in a trace, too, they may be called at once.
_OF_NUMBERS = {abs, round, divmod, pow, min, max, isinstance, range, int, float, bool}
_OF_NUMBERS.update(f for f in _BUILTINS if getattr(f, "__module__", None) == "math")

_core.staged.update(
    beside_complex=complexes.beside, here=places.not_converted_here, call=_call_other, conversion=_conversion, touch_outer=touch_outer, stand_in=_stand_in, make=_make, builtins=_BUILTINS, of_numbers=frozenset(_OF_NUMBERS)
)
