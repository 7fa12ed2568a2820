"""From a function and its arguments to a traced, optimized and compiled graph."""

import collections
import functools
import os
import sys
import time
import types

from . import _core, convert, operators, records, scalars, shared_results
from .staging import (  # noqa: F401 - variables is told of each new one
    acting,
    arrays,
    conditionals,
    complexes,
    deques,
    effects,
    factories,
    guards,
    heaps,
    journal,
    lent,
    lists,
    loops,
    methods,
    names,
    outside,
    places,
    pythons,
    reach,
    rollback,
    states,
    tensor_arrays,
    trees,
    unseen,
    values,
    variables,
)
from .staging.calls import touch_outer

Tensor = _core.Tensor
UNDEFINED = _core.UNDEFINED
MAX_RESTARTS = 200


class Input:
    """One leaf of the arguments that enters the graph.

    sizes: its shape; negative for sizes that only the run knows, and equal for those that the trace takes for equal. None
    where it knows of no such. is_list: a list of many numbers, which is a vector of any length."""

    __slots__ = ("path", "dtype", "shape", "weak", "is_array", "is_list", "sizes")

    def __init__(self, path, dtype, shape, weak, is_array=False, is_list=False):
        self.path, self.dtype, self.shape, self.weak, self.is_array, self.is_list = path, dtype, shape, weak, is_array, is_list
        self.sizes = None

    def text(self):
        if self.weak:
            kind = {"int64": "int", "float64": "float", "complex128": "complex"}[self.dtype]
            return f"list of {kind}s" if self.is_list else kind
        shape = "<unknown>" if self.shape is None else "(" + ", ".join(str(d) for d in self.shape) + ("," if len(self.shape) == 1 else "") + ")"
        return f"{self.dtype}{shape}"


class Leaves:
    """Walks arguments in the order of the cache key (key.c): which leaves are inputs, which stay as they are."""

    def __init__(self, pins, all_static):
        self.pins, self.all_static = pins, all_static
        self.count = self.lists = 0
        self.inputs = []  # Input
        self.ordinals = []  # of inputs; of a list of numbers, the pin that takes it apart
        self.vectors = {}  # that pin: (path of the list, how many items)
        self.statics = []  # (path, object)
        self.records = {}  # id of a dataclass that stands for one of the caller's: (it, its fields, path, ordinal)
        self.dicts = []  # (what stands for a dict, its items, path)
        self.steps = ()  # to what is walked: the number of the argument, keys
        self.callers = {}  # id of what stands for a list or dict of the caller's: (it, its items, steps)
        self.foreign = 0  # arrays that are no tensors so far
        self.unheld = None  # (path, it) of an array that is none here either, such as one of dates
        self.themselves = {}  # {id: it} of the caller's own, where an Itself stood for one
        self.kinds = set()  # list, dict: an argument may be one that the function knows by another name

    def walk(self, value, path, make):
        """The value with its input leaves replaced by make(Input, leaf)."""
        kind = type(value)
        if kind is Tensor:
            ordinal = self._next()
            if value.weak and not self.all_static:
                return self._add(Input(path, value.dtype.name, (), True), value, ordinal, make)
            return self._add(Input(path, value.dtype.name, tuple(value.shape), False), value, ordinal, make)
        if scalars.is_python_number(value):
            ordinal = self._next()
            whole = isinstance(value, int)
            too_big = whole and not -(2**63) <= value < 2**63
            if self.all_static or ordinal in self.pins or too_big:
                value = int(value) if whole else float(value)
                self.statics.append((path, value))
                return value
            return self._add(Input(path, "int64" if whole else "float64", (), True), value, ordinal, make)
        if kind is complex and not self.all_static and self.count not in self.pins:
            return self._add(Input(path, "complex128", (), True), value, self._next(), make)
        if value is None or value is Ellipsis or kind in (bool, str, bytes, complex) or kind is _core.Variable:
            self._next()
            self.statics.append((path, value))
            return value
        if isinstance(value, tuple):
            items = self._items(enumerate(value), path, make)
            return kind(*items) if hasattr(kind, "_fields") else tuple(items)
        if kind is list:
            pin, self.lists = lists.APART + self.lists, self.lists + 1
            self.kinds.add(kind)
            dtype = None if self.all_static or pin in self.pins else _core.numbers_in_list(value)
            if dtype is not None:
                self._next()
                self.vectors[pin] = path, len(value)
                made = self._add(Input(path, dtype, (None,), True, is_list=True), value, pin, make)
                return self._callers(made, made.staged) if type(made) is lists.TracedList else made
            foreign = self.foreign
            items = self._items(enumerate(value), path, make)
            made = lists.born(lists.TracedList(items, path), ("argument", _of_any_item(path)))
            return made if self.foreign > foreign else self._callers(made, items)
        if kind is dict:
            foreign = self.foreign
            if not path.startswith("**"):
                self.kinds.add(kind)
            copy = dict(zip(value, self._items(value.items(), path, make)))
            self.dicts.append((copy, dict(copy), path))
            return copy if self.foreign > foreign else self._callers(copy, dict(copy))
        ordinal = self._next()
        names = None if ordinal in self.pins else records.opened(value)
        if names is not None:
            steps, self.steps = self.steps, None
            parts = [self.walk(getattr(value, name), f"{path}.{name}", make) for name in names]
            self.steps = steps
            copy = records.make(kind, names, parts)
            self.records[id(copy)] = (copy, dict(zip(names, parts)), path, ordinal)
            return copy
        if ordinal in self.pins and scalars.is_numpys(value):
            self.statics.append((path, value))
            return value
        described = _core.describe(value)
        if described is not None:
            dtype, shape = described
            self.foreign += 1
            return self._add(Input(path, dtype, shape, False, True), value, ordinal, make)
        self.statics.append((path, value))
        if kind is not states.Itself:
            if scalars.is_array(value):
                self.unheld = path, value
            return value
        self.themselves[id(value.thing)] = value.thing
        return value.thing

    def _items(self, items, path, make):
        steps, made = self.steps, []
        for key, v in items:
            self.steps = None if steps is None else (*steps, key)
            made.append(self.walk(v, f"{path}[{key!r}]", make))
        self.steps = steps
        return made

    def _callers(self, made, items):
        if self.steps:
            self.callers[id(made)] = (made, items, self.steps)
        return made

    def steps_to(self, box):
        """The way to the caller's list or dict that this one stands for, if it is as it was; else None."""
        made, items, steps = self.callers.get(id(box), (None, (), None))
        if steps is None:
            return None
        if isinstance(box, lists.TracedList) and box.staged is not None:
            return steps if box.staged is items and type(items) is lists.StagedItems else None
        if len(box) != len(items):
            return None
        if isinstance(box, dict):
            if any(x is not y for x, y in zip(box, items)):  # the order of keys
                return None
            pairs = [(box[k], v) for k, v in items.items()]
        else:
            pairs = zip(list.__iter__(box), items)
        return steps if all(x is y and self._is_as_it_was(x) for x, y in pairs) else None

    def _is_as_it_was(self, item):
        if isinstance(item, tuple):
            return all(map(self._is_as_it_was, item))
        return id(item) not in self.callers or self.steps_to(item) is not None

    def paths(self):
        """{pin: path} of the lists that are vectors."""
        return {pin: path for pin, (path, _) in self.vectors.items()}

    def _next(self):
        self.count += 1
        return self.count - 1

    def _add(self, spec, value, ordinal, make):
        self.inputs.append(spec)
        self.ordinals.append(ordinal)
        return make(spec, value)


class Trace:
    """What one trace made. python: None, or (why, place) where the calls stay Python; plain: the error that it ended with then,
    where it is the plain call that tells whether it is the program's."""

    def __init__(self, graph, leaves, structured, template, outputs, pinned, seconds, python=None):
        self.graph, self.leaves, self.structured, self.template = graph, leaves, structured, template
        self.outputs, self.pinned, self.seconds, self.python = outputs, pinned, seconds, python
        self.plain = self.dims = None  # see trace()
        self.apart = {}  # {path: why} of lists of many numbers that are not one input
        self.changes = None  # the place for whose change it stays Python: it may be the first call alone that makes it


def trace(function, bound, relaxed=lambda function, bound: None):
    """Runs the converted function on symbolic arguments until no number has to be pinned any more.

    bound: one value per parameter (varargs tuple and keywords dict last). relaxed: a function of these two that gives None, or for each input
    the shape to use: None for a size that only the run knows, or a negative number, which is one symbol wherever it stands."""
    start = time.perf_counter()
    before, apart = frozenset(function._pins), {}
    while True:
        try:
            made = _trace(function, bound, relaxed, start, before)
            break
        except rollback.TakeApart as e:  # what is pinned for the sake of this trace counts leaves: there are more of them now
            apart |= {pin: (path, e.args[1]) for pin, path in e.args[0].items()}
            _set_pins(function, before | apart.keys())
        except BaseException:
            if apart:  # it was of no use
                _set_pins(function, before)
            raise
    if made.python and function._must_compile:
        raise TypeError(f"with jit_compile=True nothing runs as plain Python, but here {made.python[0]}{made.python[1]}")
    made.dims = relaxed(function, bound)
    made.apart = {} if made.python else dict(apart.values())
    return made


def _set_pins(function, pins):
    pins = set(pins)
    function._pins.clear()
    function._pins.update(pins)


FEW_ITEMS = 64  # in lists that are inputs: where the calls would stay Python, the items are tried as inputs of their own


def _trace(function, bound, relaxed, start, pins_before):
    """As trace(), but for the lists of numbers that it raises TakeApart for."""
    later = convert.runs_later(function.python_function)
    if later is not None:  # its body would run after the trace
        return left_as_python(function, bound, (later, ""), time.perf_counter() - start)
    noted = unseen.Noted(function, bound)
    if noted.unheld and function._signature is None and not reach.tensors([function.python_function, *bound]):
        return left_as_python(function, bound, (noted.unheld, ""), time.perf_counter() - start)
    unrolled = {}  # key of a loop: None, or what cannot be held if it is staged
    pinned_now = {}
    groups, tracked, copies = {}, set(), set()  # see heaps.py, parts.py
    made_deques, converted = set(), acting.within([function.python_function, *bound])  # see deques.py, methods.py
    in_turn = set()  # True: the run prints or calls out, so what is printed beside that is printed by the run, in its turn
    early = set()  # generator expressions that any() and all() must not read to the end (generators.py)
    for _ in range(MAX_RESTARTS):
        graph = _core.Graph()
        graph.extra.update(groups=groups, tracked=tracked, copies=copies, deques=made_deques, methods=converted, early=early, in_turn=in_turn, unrolled=unrolled, loops=[], region_loops={}, lent={}, given={}, written=set(), made={}, born={}, pins=pinned_now, said=[])
        graph.extra.update(state=function._state, held={})
        leaves = Leaves(function._pins, function._all_static)
        graph.extra.update(function=function, leaves=leaves, variables=[])
        stay = None
        with journal.Isolated(noted) as changes:
            try:
                with methods.converted(converted), factories.converted(noted.factories):
                    template, outputs, structured = _attempt(function, graph, leaves, bound, relaxed(function, bound))
                if graph.extra["said"] and effects.shows(graph):
                    in_turn.add(True)
                    raise rollback.Learn
                graph.extra["frozen"] = not rollback.numbers_only(graph) and not graph.extra.get("numpys")  # see seen.py
                stay = _stays_python(graph, leaves, changes, pinned_now) or _may_not_repeat(graph)
            except rollback.RunAsPython as e:
                stay = e.args
            except states.Found:
                changes.undo()
                raise
            except rollback.Learn:
                changes.undo()
                continue
            except outside.KeepWhole as e:
                changes.undo()
                function._pins.add(e.args[0])
                continue
            except _core.PinRequired as e:
                asked = {leaves.ordinals[p]: leaves.inputs[p].path for p in e.args[0] if leaves.inputs[p].is_list}
                if asked and rollback.numbers_only(graph) and not _has_few(leaves):
                    stay = (f"{min(asked.values())!r} is needed as {e.args[2]}", rollback.place_of(e))
                elif asked:
                    changes.undo()
                    raise rollback.TakeApart(asked, _asked_in(e)) from None
                elif e.args[1] and len(e.args) < 4 and rollback.numbers_only(graph):
                    stay = (f"a number that a loop computes is needed as {e.args[2]}", rollback.place_of(e))
                else:
                    changes.undo()
                    groups.clear()  # loops that unroll now may need no heap
                    try:
                        _pin(function, graph, leaves, e, unrolled, pinned_now)
                        continue
                    except Exception as error:
                        stay = _ends(graph, leaves, error, changes)
                        if stay is None:
                            raise
            except rollback.TakeApart:
                changes.undo()
                raise
            except BaseException as e:
                stay = _ends(graph, leaves, e, changes)
                if stay is None:
                    effects.say(graph)
                    changes.undo(effects.traced)
                    raise
            if stay:
                changes.undo()
        if stay:
            if leaves.vectors and _has_few(leaves):
                raise rollback.TakeApart(leaves.paths(), stay[0])
            _set_pins(function, pins_before)
            if len(stay) > 3 and function._state:
                raise stay[3]  # the call of which this is a part runs plainly (states.py)
            left = left_as_python(function, bound, stay[:2], time.perf_counter() - start)
            left.changes = stay[2] if len(stay) > 2 else None
            left.plain = stay[3] if len(stay) > 3 else None
            return left
        effects.say(graph)
        graph.finalize()  # what leaked cannot add to it any more
        for name in ("leaves", "function", "made", "born", "lent", "given", "state"):  # what is the caller's, or was the trace's own
            del graph.extra[name]
        return Trace(graph, leaves, structured, template, outputs, pinned_now, time.perf_counter() - start)
    raise RuntimeError(f"tracing restarted {MAX_RESTARTS} times; decorate with numbers='static' to make all numbers static")


def _attempt(function, graph, leaves, bound, dims):
    """Runs the converted function once; (template, outputs, structured) of what it returned."""

    def make(spec, value):
        if dims is not None and dims[len(leaves.inputs) - 1] is not None:
            shape = dims[len(leaves.inputs) - 1]
            if shape is not ... and any(d is not None and d < 0 for d in shape):
                spec.sizes = shape
                shape = tuple([None if d < 0 else d for d in shape])
            spec.shape = None if shape is ... else shape
        param = graph.add_param(spec.dtype, spec.shape, spec.weak, _identifier(spec.path), spec.sizes)
        if spec.is_list:
            return lists.born(lists.of_numbers(param, spec.path), ("argument", _of_any_item(spec.path)))
        if spec.weak:
            graph.extra.setdefault("numbers", set()).add(param._value)
        else:
            lent.lend(graph, param, spec.path, value, leaves.ordinals[-1])
            if scalars.is_numpys(value):
                graph.extra.setdefault("scalars", {})[param._value] = len(leaves.inputs) - 1
        return complexes.of_input(param) if spec.dtype == "complex128" and spec.weak else param

    with graph.building():
        heaps.begin(graph)
        args = []
        for i, (v, name) in enumerate(zip(bound, function._parameter_names)):
            leaves.steps = (i,)
            args.append(leaves.walk(v, name, make))
        if leaves.unheld is not None:
            _refuse_unheld(graph, *leaves.unheld)
        positional, keywords = function._split_bound(args)
        if type(function.python_function) is types.FunctionType:
            touch_outer(function.python_function)
        try:
            structured = function._callee()(*positional, **keywords)
        except effects.BranchEnds:
            structured = None
        except guards.Refusal as refusal:
            raise rollback.cannot(refusal.args[0]) from None
        except Exception as e:
            if isinstance(e, RecursionError):
                numbers = graph.extra.get("scalars")
                if numbers and _comes_again(e):
                    raise _core.PinRequired(frozenset(numbers.values()), frozenset(), "what ends a recursion") from None
                raise RecursionError(_endless(function) if _comes_again(e) else _deep(function)) from None
            rollback.check(e)
            error = names.as_python_says(e)
            if not effects.acted(graph):
                raise error  # noqa: B904 - it may be e itself, with a cause of its own
            effects.defer(graph, error)  # after what the run shows before it
            structured = None
        outside.check_arguments(graph, leaves, function._parameter_names[-1] if function._params[5] else None)
        template, outputs, structured = _results(graph, structured, leaves)
        lent.keep_apart(graph)
        graph.results(outputs)
    graph.extra.pop("left", None)  # the exceptions that left bodies hold the frames of the trace
    graph.extra.pop("operands", None)
    return template, outputs, structured


def _ends(graph, leaves, error, changes):
    """What to do about the error that a trace ends with: (why, place, None, it) where the call is to run plainly, None to raise it.
    TakeApart where there are lists that may come apart."""
    if leaves.vectors and isinstance(error, Exception):
        changes.undo()
        raise rollback.TakeApart(leaves.paths(), rollback.first_line(error)) from error
    if rollback.may_run_plainly(graph, error):
        return rollback.first_line(error), rollback.place_of(error), None, error
    return None


def _refuse_unheld(graph, path, array):
    """Raises where plain Python can make the call: the trace would take the elements of now for those of all calls."""
    error = TypeError(scalars.unheld(path, array))
    error._ag_refused = True
    if rollback.may_run_plainly(graph, error):
        raise error


def _has_few(leaves):
    return sum([n for _, n in leaves.vectors.values()]) <= FEW_ITEMS


def _asked_in(pin):
    """What a PinRequired asks for, and the user's line."""
    asked, line = pin.args[2], rollback.line_of(pin)
    return asked if line is None or " in line " in asked else f"{asked} in line {line}"


def _pin(function, graph, leaves, pin, unrolled, pinned_now):
    """Makes static what a PinRequired asks for. Its error, or TypeError, where that has been done already."""
    params, loops, asked, error = pin.args if len(pin.args) == 4 else (*pin.args, None)
    fresh = {leaves.ordinals[p] for p in params} - function._pins
    keys = {graph.extra["region_loops"].get(region, region) for region in loops} - unrolled.keys()
    if not fresh and not keys:
        raise error or TypeError(f"a traced value is needed as a Python number here, and no argument decides it: {asked}") from None
    for p in params:
        pinned_now[leaves.inputs[p].path] = _asked_in(pin)
    function._pins.update(fresh)
    unrolled.update(dict.fromkeys(keys, error or _needed_in_loop(pin, asked)))


_TABLES = "a table that it picks from can be a list made in the function (list(table)[k]) or a tensor (ag.constant(table)[k])"


def _needed_in_loop(pin, asked):
    """The error for the user's line that needs a number of a loop, where the run alone ends the loop: it cannot be unrolled."""
    remedies = {
        "a Python int": "In what is printed or raised, f'{k}' says it at run time; " + _TABLES,
        "a dict key or set member": _TABLES[0].upper() + _TABLES[1:],
    }
    remedy = remedies.get(asked, "Keep the computation in tensors")
    error = TypeError(
        f"a number of a loop cannot be used as {asked} where the value of a tensor decides how often the loop runs: it is known only "
        f"when the function runs. {remedy}{rollback.place_of(pin)}"
    )
    error._ag_refused = True
    return error.with_traceback(pin.__traceback__)


def _stays_python(graph, leaves, changes, pinned_now):
    """(why, place) where a finished trace serves nothing or is wrong for the next call; else None."""
    if pinned_now and not leaves.inputs and not any(op.type not in ("Const", "Placeholder") for op in graph.get_operations()):
        path, asked = next(iter(pinned_now.items()))
        return f"{path!r} is needed as {asked}, and nothing is left to compute", ""
    if not rollback.numbers_only(graph) and (leaves.inputs or graph.get_operations()):
        with graph.building():
            state = states.unknown(graph, changes)
        if state:
            raise states.Found(state)
        states.check_left(graph)
        error = unseen.judge(graph, changes.noted.changed(changes.older))
        return None if error is None else (rollback.first_line(error), "", None, error)
    with graph.building():
        place = outside.leaked(changes)
        if place is not None:
            states.note(graph.extra["function"], states.changed(graph, changes))
            return f"{place!r} outlives the call, and holds a traced value", ""
        place = outside.changed(graph, changes)
        state = states.read(graph) if place is None else states.note(graph.extra["function"], states.changed(graph, changes))
    if state:
        raise states.Found(state)
    if place is None:
        place = next((found.name for found in changes.noted.changed(changes.older)), None)
    return None if place is None else (f"{place!r} outlives the call, and each call changes it", "", place)


def _may_not_repeat(graph):
    """As _ends() where a branch ends with an error that the plain call is to judge, and the run would have acted by then."""
    error = graph.extra.get("doubted")
    if error is None or not any(op.type in guards.ACTS and op.type != "Assert" for op in graph.raising(1)):
        return None
    return rollback.first_line(error), rollback.place_of(error), None, error


def left_as_python(function, bound, why, seconds):
    """The Trace of a call that stays Python: its graph has the arguments and nothing else. Likewise of one that a Stateful makes."""
    graph = _core.Graph()
    leaves = Leaves(function._pins, function._all_static)
    graph.extra.update(function=function, leaves=leaves, variables=[])
    with graph.building():
        for v, name in zip(bound, function._parameter_names):
            leaves.walk(v, name, lambda spec, value: graph.add_param(spec.dtype, spec.shape, spec.weak, _identifier(spec.path)))
        graph.results([])
    graph.finalize()
    del graph.extra["leaves"], graph.extra["function"]
    return Trace(graph, leaves, None, ("P",), [], {}, seconds, why)


def _comes_again(error):
    """Whether a function of the user stands in the traceback several times."""
    tb, seen = error.__traceback__, {}
    while tb is not None:
        code = tb.tb_frame.f_code
        if not places.is_home(code) and "_L" not in code.co_name:
            seen[code] = seen.get(code, 0) + 1
        tb = tb.tb_next
    return max(seen.values(), default=0) > 3


def _deep(function):
    return (
        f"calls and statements stand too deep within one another in {getattr(function.python_function, '__qualname__', 'the function')}(): "
        f"each is traced within the one around it, and Python's limit of {sys.getrecursionlimit()} calls is reached. Raise it with "
        f"sys.setrecursionlimit(), or make them fewer{_first_line(function)}"
    )


def _first_line(function):
    fn = function.python_function
    code = getattr(fn, "__code__", None)
    if code is None:
        return ""
    import linecache

    line = code.co_firstlineno
    while linecache.getline(code.co_filename, line, fn.__globals__).lstrip().startswith("@"):
        line += 1  # its decorators
    return places.text_of(code, line, fn.__globals__)


def _endless(function):
    fn = function.python_function
    return (
        f"{getattr(fn, '__qualname__', 'the function')}() calls itself without end while it is traced: each call is traced into its "
        f"caller, so what ends the recursion must be known then. Write a loop; or, where Python numbers decide, decorate with numbers='static'{_first_line(function)}"
    )


def _of_any_item(path):
    import re  # not for traces without lists

    return re.sub(r"\[\d+\]", "[]", path)


def _identifier(path):
    name = "".join(c if c.isalnum() or c == "_" else "_" for c in path).strip("_")
    return name or "arg"


def _results(graph, value, leaves):
    """Template (see ext/results.c), output tensors and the value with tensors in place of numbers."""
    outputs, known, columns, heaped, twice, by_number = [], {}, {}, 0, False, False
    optional = 0  # how many values around are one of several: a list in a heap may have no place there

    def add(tensor):
        outputs.append(tensor)
        return len(outputs) - 1

    def add_once(tensor):
        """The columns of a heap are parts of each list in it."""
        if id(tensor) not in columns:
            columns[id(tensor)] = add(tensor)
        return columns[id(tensor)]

    def walk(v):
        nonlocal twice
        if states.holds(v) or id(v) in leaves.themselves:
            return ("c", v), v  # what it holds is written when the run is done
        if not isinstance(v, (list, dict)) and not records.is_record(type(v)) and not _is_made_object(v):
            return _walk(v)
        if id(v) in known and known[id(v)] is None:
            raise rollback.cannot(TypeError(f"objects that hold one another cannot be returned: a {type(v).__name__} holds itself"))
        if id(v) in known:
            twice = True
        else:
            known[id(v)] = None  # while its parts are looked at
            template, structured = _walk(v)
            steps = leaves.steps_to(v)
            if steps is not None:
                template = ("R", steps, template)
            known[id(v)] = template, structured, v  # v is kept, so that its id is not another's
        return known[id(v)][:2]

    def walk_options(options):
        nonlocal optional
        optional += 1
        try:
            return [walk(option) for option in options]
        finally:
            optional -= 1

    def _walk(v):
        nonlocal heaped
        kind = type(v)
        if kind is states.Left:
            return _walk_left(v.value)
        if isinstance(v, Tensor):
            if v.alts is not None:
                v = operators.ld(v, "the returned value")
                if not isinstance(v, Tensor):
                    return walk(v)
            if v.alts is not None:
                if lists.EMPTY in v.alts:
                    raise rollback.cannot(TypeError("the value of `l and ...` cannot be returned where l is an empty list"))
                tag = add(v.tag)
                payload = -1 if v.payload is None else add(v.payload)
                if any(isinstance(alt, lists.TracedList) for alt in v.alts):  # early returns of lists: as they are at the end
                    one = [("t", payload) if v.payload is not None else ("c", None), *[done[0] for done in walk_options(v.alts)]]
                    return ("N", lambda tag, *one: one[int(tag)], (("t", tag), *one)), v
                is_bool = v.payload is not None and _core.is_python_bool(v.payload)
                return ("m", tag, payload, tuple(v.alts), is_bool), v
            return ("b" if _core.is_python_bool(v) else "t", add(v)), v
        if isinstance(v, arrays.Array):
            return ("t", add(v.tensor)), v.tensor
        if kind is lists.TracedList and v.staged is not None:
            row = v.staged.row
            heaped += heaps.is_inner(v)
            if row is not None and row.is_dense and not ((by_number or optional) and heaps.is_inner(v)):
                rows = v.stack()
                return ("S", add(rows), row.kind.weak or _core.holds_python_bools(rows)), rows
            found = heaps.Reading()
            make = found.of(v)
            heaped += found.has_heaps and not heaps.is_inner(v)
            parts = tuple(("S", add_once(t), weak) if t.shape.rank else ("t", add_once(t)) for t, weak in found.parts)
            return ("N", shared_results.Heaped(make), parts), tuple(t for t, _ in found.parts)
        if kind is lists.TracedList:
            kind, v = list, list(v)
        if kind is loops.StagedRange:
            done = [walk(x) for x in (v.start, v.stop, v.step)]
            return ("N", lambda *ends: range(*map(int, ends)), tuple(d[0] for d in done)), tuple(d[1] for d in done)
        if isinstance(v, tensor_arrays.TensorArray):
            raise TypeError("a TensorArray cannot be returned: return its stack()")
        if kind is tuple or kind is list:
            done = [walk(x) for x in v]
            return ("T" if kind is tuple else "L", tuple(d[0] for d in done)), kind(d[1] for d in done)
        if kind is dict:
            done = [walk(x) for x in v.values()]
            return ("D", tuple(v), tuple(d[0] for d in done)), dict(zip(v, [d[1] for d in done]))
        if isinstance(v, tuple) and hasattr(kind, "_fields"):
            done = [walk(x) for x in v]
            return ("N", kind, tuple(d[0] for d in done)), kind(*[d[1] for d in done])
        if isinstance(v, trees.Choice):
            v = v.defined("the returned value")
            if not isinstance(v, trees.Choice):
                return walk(v)
            done = walk_options([_option(v, i) for i in range(len(v._options))])
            return ("A", add(v._tag), tuple(d[0] for d in done)), trees.Choice(v._tag, [d[1] for d in done])
        if records.is_record(kind):
            fields, parts = records.take(v)
            done = [walk(x) for x in parts]
            return ("N", functools.partial(_record, kind, fields), tuple(d[0] for d in done)), records.make(kind, fields, [d[1] for d in done])
        if kind is complexes.Complex:
            done = [walk(x) for x in (v.real, v.imag)]
            return ("N", complexes.make, tuple(d[0] for d in done)), complexes.Complex(*[d[1] for d in done])
        if isinstance(v, _core.Variable):
            v = v.value()
            return ("t", add(v)), v
        if type(v) is deques.Deque:
            parts, make = deques.returned(v)
            done = [walk(x) for x in parts]
            return ("N", make, tuple(d[0] for d in done)), v
        if _is_made_object(v):
            fields, parts = records.held(v)
            done = [walk(x) for x in parts]
            return ("N", functools.partial(_record, kind, fields), tuple(d[0] for d in done)), v
        if values.is_number(v) and isinstance(values.kind_of(v), values.Kind):
            tensor = _core.cast(v, values.kind_of(v).dtype, scalars.is_python_number(v))
            if not tensor.is_symbolic:
                tensor = _core.capture(tensor)
            return ("b" if kind is bool else "t", add(tensor)), tensor
        if isinstance(v, str) and effects.has_marker(v):
            operands = []
            make = effects.text_of(v, graph, operands)
            return ("N", lambda *found: make(found), tuple(("t", add(t)) for t in operands)), v
        if journal.is_made(v) and type(v) in _COPIED and not any(map(effects.traced, v)):
            return ("N", functools.partial(kind, v), ()), v
        if _is_of_this_call(v) and rollback.as_python():
            raise rollback.RunAsPython(f"it returns a {kind.__name__}, which each call makes anew", "")
        return ("c", v), v

    def _walk_left(v):
        """As walk(), of a value that may be UNDEFINED."""
        if isinstance(v, Tensor) and v.alts is not None and any(alt is UNDEFINED for alt in v.alts):
            payload = ("c", UNDEFINED) if v.payload is None else walk(v.payload)[0]
            return ("A", add(v.tag), (payload, *[done[0] for done in walk_options(v.alts)])), v
        if isinstance(v, trees.Choice):
            options = walk_options([_option(v, i) for i in range(len(v._options))])
            return ("A", add(v._tag), tuple([done[0] for done in options])), v
        return walk(v)

    template, structured = walk(value)
    if heaped > 1:  # lists of a heap, which may be one: their numbers tell
        outputs, known, columns, by_number = [], {}, {}, True
        template, structured = walk(value)
    if twice or by_number:
        template = shared_results.shared(template)
    outputs = [t if t.is_symbolic else _core.capture(t) for t in outputs]
    return template, outputs, structured


def _option(choice, i):
    """An option of a Choice. Arrays that live in a heap are read only where it is the one that the run has taken: else they have no place
    there."""
    option = choice._options[i]
    if not any(isinstance(box, arrays.housed.Housed) for box in _parts(option)):
        return option
    graph = _core.current_graph()
    return conditionals.staged_if(graph, choice._is(i), lambda: _read(option), lambda: values.NEVER, [], results=True)


def _parts(value):
    if isinstance(value, (tuple, list, dict)) and getattr(value, "staged", None) is None:
        return [part for v in (value.values() if isinstance(value, dict) else value) for part in _parts(v)]
    return [value]


def _read(value):
    """A value with its arrays as their elements now."""
    if isinstance(value, arrays.housed.Housed):
        return value.tensor
    if isinstance(value, dict):
        return {k: _read(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)) and getattr(value, "staged", None) is None:
        parts = [_read(v) for v in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value


_COPIED = (set, collections.deque, bytearray)


def _is_made_object(v):
    """Whether v is an instance of a class of the user's that this trace has made, and holds nothing but its attributes."""
    kind = type(v)
    return kind.__new__ is object.__new__ and bool(kind.__flags__ & _IS_HEAP_TYPE) and journal.is_made(v) and not hasattr(v, "__next__")


_IS_HEAP_TYPE = 1 << 9


def _is_of_this_call(v):
    """Whether what is returned was made by the call, and is no constant: an iterator, a closure over what is traced."""
    if isinstance(v, types.FunctionType):
        return any(map(effects.traced, reach.cells_of(v).values()))
    if isinstance(v, functools.partial):
        return effects.traced([*v.args, *v.keywords.values()])
    if isinstance(v, slice):
        return effects.traced([v.start, v.stop, v.step])
    return hasattr(v, "__next__") or journal.is_made(v) or isinstance(v, BaseException) and effects.traced(v.args)


def _record(kind, names, *parts):
    return records.make(kind, names, parts)


def interpret():
    """True when AUTOGRAPH_INTERPRET asks for the interpreter instead of native code."""
    return os.environ.get("AUTOGRAPH_INTERPRET", "") not in ("", "0")


_MAY_KEEP = guards.UPDATES | {"PyFunc", "ForeignCall", "Raise", "If", "While"}


def keeps_arguments(graph):
    """True when something in the graph may hold an argument after the run (a variable, a callback)."""
    return any(op.type in _MAY_KEEP for op in graph.get_operations())


def callee_of(function):
    """The converted form of a function, or the function itself when it is not for converting."""
    fn = function.python_function
    if not function._autograph or getattr(fn, "_ag_do_not_convert", False):
        return fn
    if type(fn) is types.FunctionType:
        try:
            made = convert.convert(fn, operators)
            function._unconverted = convert.reason_not_converted(fn) if made is fn else None
            return made
        except convert.SourceUnavailable as e:
            function._unconverted = str(e)
            return fn
    return lambda *args, **kwargs: operators.call(fn, *args, **kwargs)
