"""State that the caller knows by another name as well: an argument that is what the function changes, places that hold one thing.

Each program takes the decorator and gives what can be seen, call by call: with no decorator it is plain Python."""

import copy
import dataclasses
import inspect
import linecache
import textwrap

import numpy as np
import pytest
from modes import equal, interpreted, plain, same

import autograph as ag

X = np.array([0.5, 1.0])


class Thing:
    def __init__(self, **held):
        vars(self).update(held)


@dataclasses.dataclass
class Record:
    n: int


def a_list(function):
    log = [1.0]

    @function
    def f(x, k):
        log.append(2.0)
        j = k
        return x * len(k) + len(j) * 100 + len(log)

    yield from (f(X, log), f(X, [3.0]), f(X, log), log)


def a_list_of_tensors(function):
    log = [1.0]

    @function
    def f(x, k):
        if x[0] > 0:
            log.append(x[0])
        return x * k[-1]

    yield from (f(X, log), f(-X, log), f(X, [3.0]), f(X + 1, log), log)


def an_attributes_list(function):
    one = Thing(log=[1.0])

    @function
    def f(x, k):
        one.log.append(2.0)
        return x * sum(k)

    yield from (f(X, one.log), f(X, one.log), f(X, [1.0]), one.log)


def items(function):
    held, table = [1.0, 2.0], {"a": 1}

    @function
    def f(x, k, d):
        held[0] = held[0] + 1
        table["a"] += 1
        return x * k[0] + d["a"]

    yield from (f(X, held, table), f(X, held, {"a": 10}), f(X, [5.0, 5.0], table), held, table)


def within_others(function):
    held, table = [1.0, 2.0], {"a": 1}

    @function
    def f(x, k):
        held[0] = held[0] + 1
        table["a"] += 1
        return x * k[0][0] + k[1]["t"]["a"]

    yield from (
        f(X, (held, {"t": table})),
        f(X, [held, {"t": table}]),
        f(X, [[1.0, 2.0], {"t": table}]),
        held,
        table,
    )


def an_inner_list(function):
    held = [[1.0], [2.0]]

    @function
    def f(x, k):
        held[0].append(2.0)
        return x * len(k)

    yield from (f(X, held[0]), f(X, held[1]), f(X, held[0]), held)


def a_record(function):
    one = Record(0)

    @function
    def f(x, k, l):
        one.n += 1
        return x * k.n + l[0].n

    yield from (f(X, one, [one]), f(X, one, [Record(7)]), f(X, Record(9), [one]), one.n)


def containers_that_stay_themselves(function):
    names, seen = set(), {}

    @function
    def f(x, k, d):
        names.add(3)
        seen["x"] = x
        return x * len(k) + sum([v.sum() for v in d.values()])

    yield from (f(X, names, seen), f(X, {1}, {}), f(X, names, seen), names, seen)


def which_one_it_is(function):
    held, table = [1.0], {"a": 1}

    @function
    def f(x, k, d):
        if k is held:
            return x if d is table else x + 1
        return -x if d is not table else -x - 1

    yield from (
        f(X, held, table),
        f(X, held, {"a": 1}),
        f(X, [1.0], table),
        f(X, [1.0], {"a": 1}),
        f(X, held, table),
    )


def which_one_it_is_among_numbers(function):
    held = [1.0]

    @function
    def f(k):
        return 1 if k is held else 2

    yield from (f(held), f([1.0]), f(held))


def what_comes_back(function):
    log, table = [1.0], {}

    @function
    def f(x):
        log.append(x[0])
        table["n"] = len(log)
        return {"log": log, "table": table, "pair": (log, 1)}

    for _ in range(3):
        got = f(X)
        yield (
            got["log"] is log,
            got["table"] is table,
            got["pair"][0] is log,
            copy.copy(log),
            dict(table),
        )


def two_places(function):
    one = Thing(log=[1.0], last=None, new=None, also=None)

    @function
    def f(x):
        one.log.append(x[0])
        one.last = one.log
        one.new = one.also = [x[1], {"x": x}]
        return x * one.last[-1]

    for _ in range(3):
        yield f(X)
        yield (one.last is one.log, one.new is one.also, one.log[1:], one.new)


def lists_within_dicts(function):
    table, deep, kept = {}, {"a": {"n": 1, "l": [1.0]}, "b": {"n": 2}}, [1.0]
    deep["c"] = kept

    @function
    def f(x, key):
        table.setdefault(key, []).append(x[0])
        deep["a"]["n"] += 1
        deep["b"]["m"] = x[0]
        deep["a"]["l"].append(x[1])
        return x * deep["a"]["n"] + len(table[key])

    for key in "aabba":
        yield (f(X, key), table, deep, deep["c"] is kept)


def lists_within_lists(function):
    rows = [[1.0], [2.0, 3.0], []]

    @function
    def f(x):
        rows[-1].append(x[0])
        if x[1] > 2:
            rows[0][0] = x[1]
        return x * sum(rows[0])

    for i in range(4):
        inner = rows[0]
        yield (f(X * (i + 1)), rows, rows[0] is inner)


PROGRAMS = [
    a_list, a_list_of_tensors, an_attributes_list, items, within_others, an_inner_list, a_record, containers_that_stay_themselves, which_one_it_is,
    which_one_it_is_among_numbers, what_comes_back, two_places, lists_within_dicts,
    lists_within_lists,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_programs(program):
    def story(function):
        return [copy.deepcopy(plain(seen)) for seen in program(function)]

    want = story(lambda f: f)
    for got in (story(ag.function), story(ag.function)):
        for w, g in zip(want, got, strict=True):
            assert equal(w, g), (w, g)
    with interpreted():
        got = story(ag.function)
    assert all(equal(w, g) for w, g in zip(want, got, strict=True)), (want, got)


def test_integers_of_numpy_stay_what_they_are():
    one = Thing(n=np.int64(3), i=np.int32(3), u=np.uint64(3), a=np.array([1, 2]))

    @ag.function
    def f(x):
        one.n += 1
        one.i += 1
        one.u += np.uint64(1)
        one.a = one.a + 1
        return x * one.n

    for _ in range(3):
        f(X)
    assert [type(v) for v in (one.n, one.i, one.u)] == [np.int64, np.int32, np.uint64]
    assert one.a.dtype == np.array([1]).dtype and one.a.dtype.char == np.array([1]).dtype.char


@pytest.mark.usefixtures("no_plain_calls")
def test_an_operator_in_place_on_an_older_array_says_what_to_write():
    one = Thing(u=np.zeros(2), parts=[np.zeros(2)])

    @ag.function
    def f(x):
        one.u += x
        return x

    @ag.function
    def g(x):
        np.multiply(x, 2, out=one.parts[0])
        return x

    with pytest.raises(
        TypeError, match="keep it in an attribute or a variable, or work on a copy(.|\n)*line"
    ):
        g(X)
    assert one.u.tolist() == one.parts[0].tolist() == [0, 0]
    u = one.u
    f(X)
    assert u is one.u and u.tolist() == X.tolist()  # an attribute's is state


def test_what_a_failing_trace_has_put_somewhere_is_taken_back():
    table = {1: 2.0}

    @ag.function
    def f(x):
        for k in table:
            table[k + 1] = x[0]
        return x

    for _ in range(2):
        with pytest.raises(RuntimeError, match="changed size"):
            f(X)
    assert table == {1: 2.0}


@pytest.mark.usefixtures("no_plain_calls")
@pytest.mark.parametrize(
    "text", ["{1}", "{k for k in (1,)}", "{1} | {5}", "set([1])", "{1}.copy()"]
)
def test_a_set_of_the_call_that_a_tensor_decides_about_is_refused(text):
    def made(x, known):
        held = {1}
        if known > 0:
            held.add(7)
        return x * len(held)

    def chosen(x):
        held = {1}
        if x[0] > 0:
            held.add(2)
        return x * len(held)

    source = inspect.getsource(chosen).replace("held = {1}", f"held = {text}")
    scope = {}
    file = f"<set {text}>"
    linecache.cache[file] = len(source), None, source.splitlines(True), file
    exec(compile(textwrap.dedent(source), file, "exec"), scope)
    for _ in range(2):
        with pytest.raises(TypeError, match="the set has 2 at the end of one branch only"):
            ag.function(scope["chosen"])(X)
    f = ag.function(made)
    assert plain(f(X, 1)) == [1.0, 2.0] and plain(f(X, 0)) == [0.5, 1.0]


@pytest.mark.usefixtures("no_plain_calls")
def test_a_dict_with_other_keys_in_one_branch_is_refused_with_the_remedy():
    @ag.function
    def wrong(x):
        d = {"a": x}
        if x[0] > 0:
            d["b"] = x * 2
        return d["a"]

    def right(x):
        d = {"a": x, "b": None}
        if x[0] > 0:
            d["b"] = x * 2
        if d.get("b") is None:
            return d["a"]
        return d["b"]

    with pytest.raises(
        TypeError, match="the dict has 'b' at the end of one branch only(.|\\n)*line"
    ):
        wrong(X)
    same(right, (X,), (-X,))
