"""What calls of code that is not converted do outside of the function: as in plain Python, in each turn and in each call."""

import collections
import contextlib
import copy
import functools
import io
import itertools
import operator
import queue
import struct
import warnings

import numpy as np
import pytest
from acting_programs import PROGRAMS, Entered, G, Steps, logs_each_turn
from modes import interpreted, plain, same

import autograph as ag
from autograph import convert, operators


@pytest.mark.parametrize("make", PROGRAMS.values(), ids=PROGRAMS)
def test_it_happens_in_each_turn_and_each_call(make):
    def outcomes(way):
        f, look = make()
        run, found = way(f), []
        for n in (4, 4, 7, 0):
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                value = plain(run(n))
            found.append((value, copy.deepcopy(look()), out.getvalue()))
        return found

    want = outcomes(lambda f: f)
    assert outcomes(lambda f: convert.convert(f, operators)) == want
    assert outcomes(ag.function) == want
    with interpreted():
        assert outcomes(ag.function) == want


def test_explain_names_the_call_and_its_line():
    f, _ = logs_each_turn()
    f = ag.function(f)
    f(3)
    text = f.explain()
    assert "stayed Python: Logger.info() in a traced branch or loop is not converted" in text
    assert 'log.info("turn %d", i)' in text


def shout(text):
    return text.upper()


@pytest.mark.parametrize(
    "act",
    [
        lambda: "a,b".split(","),
        lambda: "{}-{}".format(1, 2),
        lambda: ord("a"),
        lambda: functools.reduce(operator.add, (1, 2, 3)),
        lambda: functools.reduce(lambda a, b: a + b, (1, 2, 3)),
        lambda: struct.unpack("i", b"\0\0\0\1"),
        lambda: np.hypot(3.0, 4.0),
        lambda: ag.autograph.experimental.do_not_convert(shout)("a"),
        lambda: Entered(),
        lambda: collections.Counter("abca").most_common(1),
    ],
)
def test_what_only_computes_stays_native(act):
    @ag.function
    def f(n):
        total = 0
        for i in range(n):
            act()
            total += i
        return total

    assert f(5) == 10 and "native code" in f.explain(), f.explain()


def test_where_a_tensor_decides_a_call_that_acts_is_warned_of_once():
    turns = queue.Queue()

    @ag.function
    def f(x):
        while x > 1:
            turns.put("turn")
            x = x / 2
        return x

    with pytest.warns(
        UserWarning, match=r"Queue.put\(\) stands in.*ag.py_function[^$]*turns.put\(\"turn\"\)"
    ) as told:
        f(ag.constant(8.0))
    assert len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f(ag.constant([8.0])[0])
        f(ag.constant(8.0, "float64"))


@pytest.mark.usefixtures("no_plain_calls")
def test_beside_tensors_numbers_that_decide_turns_with_effects_are_static():
    turns = queue.Queue()

    @ag.function
    def f(x, n):
        for i in range(n):
            turns.put(i)
            x = x * 2
        return x

    assert f(np.ones(2), 3).tolist() == [8, 8] and list(turns.queue) == [0, 1, 2]
    assert "'n' is static" in f.explain()


@pytest.mark.usefixtures("no_plain_calls")
@pytest.mark.parametrize(
    "make",
    [lambda: iter([1.0, 2.0]), lambda: (x for x in (1.0, 2.0)), Steps],
    ids=["list", "generator", "own"],
)
def test_an_iterator_given_beside_a_tensor_is_refused_with_the_remedy(make):
    def by_next(it, x):
        return x * next(it)

    def by_loop(it, x):
        for v in it:
            return x * v

    def by_list(it, x):
        return x * sum(itertools.islice(it, 2))

    for f in by_next, by_loop, by_list:
        it = make()
        for _ in range(2):
            with pytest.raises(
                TypeError,
                match=r"is an argument: what is read of it[^$]*Give a list[^$]*line \d+, in by_",
            ):
                ag.function(f)(it, np.ones(2))
        assert next(it) == 1  # nothing has been taken


@pytest.mark.usefixtures("no_plain_calls")
def test_an_older_iterator_beside_a_tensor_is_warned_of():
    numbers = itertools.count(1)

    @ag.function
    def f(x):
        return x * next(numbers)

    with pytest.warns(
        UserWarning, match=r"the count is older than the call[^$]*next\(numbers\)"
    ) as told:
        assert f(np.ones(2)).tolist() == [1, 1]
    assert len(told) == 1 and told[0].filename == __file__
    assert f(np.ones(2)).tolist() == [1, 1] and next(numbers) == 2


def test_a_global_array_is_written_by_each_run():
    def at_the_top(x):
        G[0] += 1
        return x

    def in_a_loop(x, n=3):
        for i in range(n):
            G[i % 3] += 1
            x = x * 2
        return x

    G[:] = 0
    for f in at_the_top, in_a_loop:
        f = ag.function(f)
        f(np.ones(2)), f(np.ones(2))
        assert "native code" in f.explain()
    assert G.tolist() == [4, 2, 2]


def test_arrays_of_the_call_are_written_beside_tensors():
    @ag.function
    def f(x):
        a = np.linspace(0.0, 1.0, 3) * 2
        a[0] = 5
        b = np.linspace(0.0, 1.0, 3)
        b[1:][0] = 7
        return x * a + b

    assert f(np.ones(3)).tolist() == [5, 8, 3]


def test_what_the_first_call_alone_fills_leaves_later_calls_native():
    class Table:
        squares = None

    table, filled = Table(), []

    def fill():
        filled.append(1)
        return [i * i for i in range(10)]

    def f(n):
        if table.squares is None:
            table.squares = fill()
        total = 0
        for i in range(n):
            total += table.squares[3]
        return total

    f = ag.function(f)
    assert [int(f(n)) for n in (2, 3, 4, 5)] == [18, 27, 36, 45] and filled == [1]
    assert "native code" in f.explain().splitlines()[-2], f.explain()


def test_del_is_python_s_on_python_values_and_on_lists_of_the_call():
    def f(n):
        row, named = [1, 2, 3, n], {"a": 1, "b": n}
        del row[0], named["a"]
        if n > 2:
            del row[-1]
        return sum(row), len(row), list(named)

    same(f, 1, 5)


def test_constants_are_printed_in_their_turn_beside_what_the_run_prints():
    def first_and_last(x):
        print("first")
        print(x)
        print("last")
        return x

    def in_a_finally(x):
        try:
            print("a", x.sum())
            y = x * 2
        finally:
            print("done")
        return y

    def among_static_items(x):
        for name in ["a", "b"]:
            print(name)
            print(x.sum())
        return x

    def before_a_loop(x):
        print("start")
        for v in x:
            for name in ("p", "q"):
                print(name, v)
        print("end")
        return x

    def beside_numbers(n):
        print("of", n)
        try:
            print("asked")
            return 10 // n
        finally:
            print("bye")

    for f in (first_and_last, in_a_finally, among_static_items, before_a_loop):
        same(f, (np.ones(2),), (np.arange(2.0),))
    same(beside_numbers, 2, 0)
