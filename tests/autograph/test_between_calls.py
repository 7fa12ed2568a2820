"""What plain Python changes between calls of compiled functions: globals, enclosing variables,
attributes, items, arrays; and which object a name shows.

Each program takes the decorator and gives what can be seen, call by call: with no decorator it is
plain Python."""

import array
import collections
import contextvars
import copy
import ctypes
import dataclasses
import decimal
import functools
import gc
import types
import weakref

import numpy as np
import pytest
from modes import equal, interpreted, plain

import autograph as ag

X = np.array([0.5, 1.0])
RATE = 2.0
config = types.ModuleType("a_users_config")


class Thing:
    rate = 2.0

    def __init__(self, **held):
        vars(self).update(held)


class Layer:
    def __init__(self, w):
        self.w = w

    def __call__(self, x):
        return x * self.w


@dataclasses.dataclass
class Record:
    n: int


def put(**values):
    globals().update(values)


def a_global(function):
    @function
    def f(x):
        return x * RATE

    for rate in (2.0, 2.0, 3.0, 4, np.array([1.0, 2.0]), 5.0):
        put(RATE=rate)
        yield f(X)


def a_global_among_numbers(function):
    put(RATE=2.0)

    @function
    def f(n):
        total = 0
        for i in range(n):
            total += i * RATE
        return total

    for rate in (2.0, 3.0, 4, float("nan"), -0.0, 5):
        put(RATE=rate)
        yield (f(5), f(6))


def an_enclosing_variable(function):
    rate = 2.0

    @function
    def f(x):
        return x * rate

    for rate in (2.0, 3.0, 7.5):
        yield f(X)


def attributes(function):
    one, other = Thing(), Thing(rate=7.0)

    @function
    def f(self, x):
        return x * self.rate

    yield (f(one, X), f(other, X))
    one.rate = 3.0
    yield (f(one, X), f(other, X))
    one.rate = 4.0
    yield (f(one, X), f(one, 1.5), f(other, X))
    del one.rate
    yield (f(one, X), vars(one))
    try:
        Thing.rate = 9.0
        yield (f(one, X), f(other, X), vars(one))
    finally:
        Thing.rate = 2.0
    yield f(one, X)


def a_module(function):
    config.RATE = 2.0

    @function
    def f(x):
        return x * config.RATE

    for rate in (2.0, 3.0, 4.0):
        config.RATE = rate
        yield f(X)


def items(function):
    table, rows, seen = {"r": 2.0, "deep": {"q": 1}}, [1.0, [2.0, 3.0]], collections.deque([1, 2])

    @function
    def f(x):
        return x * table["r"] + table["deep"]["q"] * rows[0] + sum(rows[1]) + seen[0]

    yield f(X)
    table["r"] = 3.0
    yield f(X)
    table["deep"]["q"] = 5
    rows[1].append(10.0)
    yield f(X)
    seen.appendleft(9)
    rows[0] = 2
    yield f(X)
    yield f(X)


def arrays(function):
    w, held = np.array([1.0, 2.0]), [np.array([1.0, 1.0])]

    @function
    def f(x):
        return x * w + held[0]

    yield f(X)
    w.fill(3.0)
    yield f(X)
    held[0][:] = 7.0
    yield (f(X), f(X))
    w.sort()
    held[0] = np.array([0.0, 1.0])
    yield f(X)


def arrays_of_another_form(function):
    w = np.arange(4.0)

    @function
    def f(x):
        return w * x[0]

    yield f(X)
    w.resize((2, 2), refcheck=False)
    yield f(X)
    w.dtype = np.int64
    yield (f(X), f(X))


def a_part_that_goes(function):
    whole = Thing(part=Thing(rate=3.0))

    @function
    def f(x):
        return x if whole.part is None else x * whole.part.rate

    yield f(X)
    whole.part = None  # nothing else holds it: a weak reference to it gives None as well
    gc.collect()
    yield f(X)
    whole.part = Thing(rate=4.0)
    yield (f(X), f(X))


def layers(function):
    model, last = Thing(layers=[Layer(1.0), Layer(2.0)]), (Layer(1.0), 5)

    @function
    def f(x):
        for layer in model.layers:
            x = layer(x)
        return last[0](x)

    yield f(X)
    model.layers[0].w = 3.0
    yield f(X)
    model.layers.append(Layer(10.0))
    yield f(X)
    model.layers[2].w = np.array([1.0, 2.0])
    yield (f(X), f(X))
    last[0].w = 5.0
    yield f(X)


def a_helper(function):
    def helper(x):
        return x + 1

    @function
    def f(x):
        return helper(x)

    yield (f(X), f(2))

    def helper(x):
        return x - 1

    yield (f(X), f(2))


def a_flag(function):
    debug = Thing(on=False)

    @function
    def f(x):
        return x + 1 if debug.on else x

    for debug.on in (False, True, False, None):
        yield (f(X), f(1))


def another_object(function):
    a, b, seat = Thing(n=0), Thing(n=0), Thing()
    put(current=a)
    seat.at = {"now": a}

    @function
    def f(x):
        current.n += 1
        seat.at["now"].n += 10
        return x * current.n

    for now in (a, a, b, b, a):
        put(current=now)
        seat.at["now"] = now
        yield (f(X), a.n, b.n)


def another_container(function):
    lists, dicts, records = ([1.0], [1.0]), ({"n": 1}, {"n": 1}), (Record(1), Record(1))

    @function
    def f(x):
        log.append(x[0])
        table["n"] += 1
        record.n += 1
        return x * len(log) + table["n"] + record.n

    for i in (0, 0, 1, 1, 0):
        put(log=lists[i], table=dicts[i], record=records[i])
        yield (f(X), lists, dicts, [r.n for r in records])


def another_list_that_is_only_appended_to(function):
    lists = [1.0], [1.0]

    @function
    def f(x):
        log.append(x[0])
        return x

    for i in (0, 0, 1, 1, 0):
        put(log=lists[i])
        yield (f(X), lists)


def both_ways(function):
    one = Thing(n=0, step=1)

    @function
    def f(x):
        one.n += one.step
        return x * one.n

    yield (f(X), f(X))
    one.n = 10
    one.step = 5
    yield (f(X), f(X), one.n)
    one.step = 0.5
    yield (f(X), f(X), one.n)


def arrays_that_do_not_lie_in_order(function):
    thing = Thing(a=np.arange(12.0).reshape(3, 4)[:, 1], b=np.ones((2, 3)).T)

    @function
    def f(x):
        return x + thing.a[0] + thing.b[1, 1]

    yield f(X)
    thing.a[0] = 50.0
    yield f(X)
    thing.b[1, 1] = 7.0
    yield f(X)


def kinds_of_containers(function):
    class Row(list):
        pass

    for held, key in (
        (collections.OrderedDict(a=1), "a"),
        (collections.Counter("ab"), "a"),
        (collections.defaultdict(int, a=1), "a"),
        (Row([1, 2]), 0),
    ):

        @function
        def f(x):
            return x + held[key] * len(held)

        for value in (1, 5, 6):
            held[key] = value
            yield f(1)
        held.pop(1 if key == 0 else key)
        held[key] = 8
        yield f(1)


def namespaces(function):
    space = types.SimpleNamespace(rate=2.0, items=[1])

    @function
    def f(x):
        return x * space.rate + space.items[0]

    yield f(1), f(X)
    space.rate = 3.0
    yield f(1), f(X)
    space.items[0] = 5
    yield f(1), f(X)


def attributes_by_texts(function):
    thing = Thing(a=1, b=2)

    @function
    def f(x):
        for name in ("a", "b"):
            x = x + getattr(thing, name)
        return x

    yield f(1), f(X)
    thing.a = 10
    yield f(1), f(X)


def attributes_that_are_not_there_yet(function):
    thing = Thing(a=1)

    @function
    def f(x):
        return x + (thing.late if hasattr(thing, "late") else getattr(thing, "later", 100))

    yield f(1), f(X)
    thing.later = 10
    yield f(1), f(X)
    thing.late = 5
    yield f(1), f(X)
    del thing.late
    yield f(1), f(X)


def what_functions_have(function):
    def helper(x, held=[1]):  # noqa: B006 - shared on purpose
        return x * helper.factor + held[0]

    helper.factor = 2

    @function
    def f(x):
        return helper(x)

    yield f(1), f(X)
    helper.factor = 3
    yield f(1), f(X)
    helper.__defaults__[0][0] = 4
    yield f(1), f(X)


PROGRAMS = [
    a_global, a_global_among_numbers, an_enclosing_variable, attributes, a_module, items, arrays, arrays_of_another_form, a_part_that_goes,
    layers, a_helper, a_flag, another_object, another_container, another_list_that_is_only_appended_to, both_ways,
    arrays_that_do_not_lie_in_order, kinds_of_containers, namespaces, attributes_by_texts,
    attributes_that_are_not_there_yet, what_functions_have,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_programs(program):
    def story(function):
        return [copy.deepcopy(plain(seen)) for seen in program(function)]

    want = story(lambda f: f)
    got = story(ag.function)
    for w, g in zip(want, got, strict=True):
        assert equal(w, g), (w, g)
    with interpreted():
        got = story(ag.function)
    assert all(equal(w, g) for w, g in zip(want, got, strict=True)), (want, got)


def test_a_number_that_changes_costs_one_trace():
    one = Thing()

    @ag.function
    def f(x):
        return x * one.rate

    for rate in range(1, 20):
        one.rate = rate / 2
        assert plain(f(X)) == [rate / 4, rate / 2]
    assert f.experimental_get_tracing_count() <= 3  # it is the class's at first
    assert "rate changed since the call before" in f.explain()


def test_what_is_equal_is_no_change():
    one = Thing(rate=0.1, name="a", sizes=[1, 2])

    @ag.function
    def f(x):
        return x * one.rate * len(one.name) * sum(one.sizes)

    for _ in range(4):
        one.rate, one.name, one.sizes[1] = float("0.1"), "".join(["a"]), int("2")
        f(X)
    assert f.experimental_get_tracing_count() == 1


def test_functions_of_tensors_keep_tensorflows_rule_for_globals_and_say_so():
    table, one = {"k": 1}, Thing(rate=1.0, table={"k": 1})

    @ag.function
    def f(x):
        return x * table["k"] * one.rate * one.table["k"]

    x = ag.constant([1.0, 2.0])
    assert plain(f(x)) == [1.0, 2.0]
    table["k"] = 5
    with pytest.warns(UserWarning, match=r"table has changed since .*f\(\) was traced"):
        assert plain(f(x)) == [1.0, 2.0]
    assert plain(f(x)) == [1.0, 2.0]
    one.rate, one.table["k"] = 2.0, 3
    assert plain(f(x))[0] in (6.0, 30.0)


def test_a_list_that_counts_traces_is_no_change():
    traces = []

    @ag.function
    def f(x):
        traces.append(1)
        return x + 1

    f(X)
    traces.clear()
    f(X)
    assert traces == [] and f.experimental_get_tracing_count() == 1


def test_what_a_trace_has_read_may_go():
    class Box:
        pass

    held = Thing(box=Box())
    held.box.w = np.ones(2)
    gone = weakref.ref(held.box)

    @ag.function
    def f(x):
        return x * held.box.w

    f(X)
    held.box = None
    gc.collect()
    assert gone() is None
    held.box = Box()
    held.box.w = np.array([3.0, 4.0])
    assert plain(f(X)) == [1.5, 4.0]


def test_an_object_that_is_only_another_ones_attribute_by_name_is_followed():
    class Model:
        def __init__(self):
            self.child = Thing(rate=1.0)

        @ag.function
        def f(self, x):
            return x * self.child.rate

    model = Model()
    for rate in (1.0, 2.0, 3.0):
        model.child = Thing(rate=rate)
        assert plain(model.f(X)) == [0.5 * rate, rate]


def test_items_that_leave_what_a_trace_has_read_may_go():
    things = [Thing(rate=2.0), Thing(rate=3.0)]
    f = ag.function(lambda x: x + len(things))
    assert f(1) == 3
    gone = weakref.ref(things.pop())
    gc.collect()
    assert gone() is None
    assert f(1) == 2


def test_what_a_call_looks_at_is_bounded():
    tables = [np.full(1 << 13, float(i)) for i in range(40)]  # 64 KB each

    def f(x):
        total = x
        for t in tables:
            total = total + t[0]
        return total

    from autograph.staging import seen

    arrays = [entry for entry in seen.look([f], set(), False)[0] if entry[0] == seen.OF_ARRAY]
    assert 0 < len(arrays) * tables[0].nbytes <= 16 * seen.MOST_WORK


def replaced_default():
    def inner(x, k=1):
        return x * k

    def change():
        inner.__defaults__ = (inner.__defaults__[0] + 1,)

    return lambda x: inner(x), change


def replaced_keyword_defaults():
    def inner(x, *, k=1):
        return x * k

    def change():
        inner.__kwdefaults__ = {"k": inner.__kwdefaults__["k"] + 1}

    return lambda x: inner(x), change


def item_of_keyword_defaults():
    def inner(x, *, k=1):
        return x * k

    def change():
        inner.__kwdefaults__["k"] += 1

    return lambda x: inner(x), change


def replaced_code():
    def inner(x):
        return x * 2

    def other(x):
        return x * 3

    def change():
        inner.__code__, other.__code__ = other.__code__, inner.__code__

    return lambda x: inner(x), change


def bytes_of(made):
    """A case for what shows its bytes, of which the first item grows."""

    def case():
        box = made()

        def change():
            box[0] += 1

        return lambda x: x * int(box[0]), change

    return case


def grown_bytes():
    box = bytearray(b"abc")
    return lambda x: x * len(box), lambda: box.append(1)


def part_of_bytes():
    box = bytearray(8)
    view = memoryview(box)[2:]

    def change():
        box[2] += 1

    return lambda x: x * (view[0] + 1), change


def precision():
    context = decimal.Context(prec=5)

    def change():
        context.prec += 1

    return lambda x: x * context.prec, change


def keyword_of_a_partial():
    times = functools.partial(lambda x, k: x * k, k=1)

    def change():
        times.keywords["k"] += 1

    return lambda x: times(x), change


FIXED = {
    "default": replaced_default,
    "keyword defaults": replaced_keyword_defaults,
    "item of keyword defaults": item_of_keyword_defaults,
    "code": replaced_code,
    "bytearray": bytes_of(lambda: bytearray(b"abc")),
    "array": bytes_of(lambda: array.array("d", [1, 2])),
    "memoryview": bytes_of(lambda: memoryview(bytearray(b"abc"))),
    "ctypes": bytes_of(lambda: (ctypes.c_int * 3)(1, 2, 3)),
    "masked array": bytes_of(lambda: np.ma.array([1.0, 2.0])),
    "grown bytes": grown_bytes,
    "part of bytes": part_of_bytes,
    "precision": precision,
}


@pytest.mark.parametrize("what", FIXED)
@pytest.mark.parametrize(
    "arg", [3, np.ones(2), ag.constant([1.0, 2.0])], ids=["int", "array", "tensor"]
)
def test_what_no_input_can_stand_for_makes_another_trace_where_it_changes(what, arg):
    f, change = FIXED[what]()
    compiled = ag.function(f)
    for _ in range(3):
        assert np.array_equal(compiled(arg), f(arg))
        change()
    assert np.array_equal(compiled(arg), f(arg))


@pytest.mark.parametrize("arg", [3, np.ones(2)], ids=["int", "array"])
def test_keywords_of_a_partial_are_read_in_each_call(arg):
    f, change = keyword_of_a_partial()
    compiled = ag.function(f)
    for _ in range(3):
        assert np.array_equal(compiled(arg), f(arg))
        change()


def test_a_context_variable_beside_arrays_is_warned_of():
    var = contextvars.ContextVar("var", default=2)
    with pytest.warns(UserWarning, match="once, while tracing(.|\n)*give the value as an argument"):
        assert ag.function(lambda x: x * var.get())(np.ones(1)) == [2]


@pytest.mark.parametrize("own", ["the object", "a class between"])
def test_an_object_that_gets_its_own_attribute_shows_its_classes_no_longer(own):
    def states(decorate):
        class Base:
            grid = np.zeros(2)

        class Kind(Base):
            pass

        @decorate
        def f(thing, x):
            thing.grid[0] += x[0]
            return thing.grid.sum()

        thing, x = Kind(), np.ones(1)
        found = [float(f(thing, x)), float(f(thing, x))]
        setattr(thing if own == "the object" else Kind, "grid", np.array([10.0, 20.0]))
        found += [float(f(thing, x)), float(f(thing, x))]
        return found, Base.grid.tolist(), thing.grid.tolist()

    assert states(ag.function) == states(lambda f: f)


def of_a_default(w):
    def inner(x, w=w):
        return w.sum() + x[0]

    return lambda x: inner(x)


def of_a_partial(w):
    inner = functools.partial(lambda w, x: w.sum() + x[0], w)

    return lambda x: inner(x)


@pytest.mark.parametrize("made", [of_a_default, of_a_partial])
def test_arrays_of_defaults_and_partials_are_looked_at(made):
    w, x = np.zeros(3), np.ones(1)
    plain, compiled = made(w), ag.function(made(w))
    for _ in range(4):
        assert float(compiled(x)) == plain(x)
        w[0] += 1
