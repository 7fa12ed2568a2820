"""What changes between calls (files, clocks, random numbers, the environment).

Functions without tensors see it in each call, as in plain Python; beside tensors a log and a
manager that shows something are the run's, and a frozen value is warned of.
"""

import contextlib
import datetime
import io
import itertools
import logging
import os
import pathlib
import random
import signal
import sys
import threading
import time
import warnings

import numpy as np
import pytest
from acting_programs import logger
from modes import interpreted, plain

import autograph as ag
from autograph import convert, operators

NAME = "AUTOGRAPH_TEST_OF_THE_WORLD"
N = 0


def each_way(make):
    """What make(way) gives for functions as they are, and for converted and traced ones too."""
    want = make(lambda f: f)
    assert make(lambda f: convert.convert(f, operators)) == want
    assert make(ag.function) == want
    with interpreted():
        assert make(ag.function) == want
    return want


def reads_a_file(way, folder):
    path = folder / "numbers"

    def total(path):
        s = 0
        with open(path) as f:
            for line in f:
                s += int(line)
        return s

    f, found = way(total), []
    for text in ("1\n2\n", "100\n", ""):
        path.write_text(text)
        found.append(plain(f(str(path))))
    return found


def appends_to_a_file(way, folder):
    path = folder / "log"
    path.write_text("")

    def append(path, text):
        with open(path, "a") as f:
            f.write(text)

    f = way(append)
    for text in ("a", "a", "b", "a"):
        f(str(path), text)
    return path.read_text()


def asks_for_files(way, folder):
    path = folder / "there"

    def there(p):
        return os.path.exists(p), pathlib.Path(p).exists(), pathlib.Path(p).name

    f, found = way(there), []
    for _ in range(2):
        path.touch()
        found.append(f(str(path)))
        path.unlink()
        found.append(f(str(path)))
    return found


def asks_the_environment(way, _):
    def settings():
        return os.environ.get(NAME, "unset"), os.getenv(NAME), os.getcwd()

    def beside_a_number(x):
        for i in range(x):
            x += len(os.environ.get(NAME, "unset"))
        return x + len(os.environ.get(NAME, "unset"))

    found, f, g, before = [], way(settings), way(beside_a_number), os.getcwd()
    try:
        for value, folder in (("a", "/"), ("bcd", before), ("e", "/")):
            os.environ[NAME] = value
            os.chdir(folder)
            found.append((f(), plain(g(1))))
    finally:
        os.chdir(before)
        del os.environ[NAME]
    return found


def throws_dice(way, _):
    def throw(sides):
        return random.random(), np.random.normal(), [random.choice("abc") for _ in range(3)]

    random.seed(1)
    np.random.seed(1)
    f = way(throw)
    return [plain(f("six")) for _ in range(3)]


def counts(way, _):
    global N

    class Counter:
        n = 0

        def step(self, name):
            self.n += 1
            return self.n

    def count(name):
        global N
        N += 1
        return N

    N = 0
    numbers, names, c = itertools.count(), [], Counter()
    f, step, take = way(count), way(Counter.step), way(lambda: next(numbers))
    note = way(lambda name: names.append(name))
    for name in ("a", "a", "b"):
        note(name)
    return [plain((f("a"), step(c, "a"), take())) for _ in range(4)], N, c.n, names


def acts_in_a_function_that_it_calls(way, folder):
    def inner(tag):
        return os.path.exists(folder / tag)

    def outer(tag):
        return [inner(tag)]

    f, found = way(outer), [f("x") for f in [way(outer)]]
    (folder / "x").touch()
    found.append(f("x"))
    (folder / "x").unlink()
    return [*found, f("x")]


@pytest.mark.parametrize(
    "program",
    [
        reads_a_file,
        appends_to_a_file,
        asks_for_files,
        asks_the_environment,
        throws_dice,
        counts,
        acts_in_a_function_that_it_calls,
    ],
)
def test_without_tensors_each_call_sees_it(program, tmp_path):
    each_way(lambda way: program(way, tmp_path))


def test_clocks_go_on():
    def now():
        return time.perf_counter_ns(), datetime.datetime.now()

    f = ag.function(now)
    (a, day), (b, other) = f(), f()
    assert a < b and day <= other
    assert "now() acts outside" in f.explain() or "perf_counter_ns() acts outside" in f.explain()


def test_a_concrete_function_that_stays_python_runs():
    numbers = itertools.count(1)

    def f(name, n):
        return f"{name}{next(numbers) * n}"

    f = ag.function(f).get_concrete_function("a", 2)
    assert [f(), f(), f()] == ["a2", "a4", "a6"]


@pytest.mark.parametrize(
    "pure",
    [
        lambda s: s.upper() + os.path.join("a", s),
        lambda s: sum(i * i for i in range(3000)),
        lambda s: (pathlib.PurePath(s) / "x").name,
        lambda s: datetime.date(2020, 1, 2).isoformat(),
    ],
)
def test_what_only_computes_makes_a_graph(pure):
    f = ag.function(pure)
    assert plain(f("ab")) == pure("ab")
    assert "runs as Python" not in f.explain(), f.explain()


def test_a_function_that_reaches_a_variable_makes_a_graph():
    v = ag.Variable(1.0)

    class Box:
        held = [v]

    def helper(box):
        return box.held[0].assign_add(1.0)

    def f():
        time.perf_counter()
        return helper(Box)

    def g():
        time.perf_counter()
        return ag.ones(2)

    for h in f, g:
        h = ag.function(h)
        with pytest.warns(UserWarning, match="perf_counter"):
            h()
        assert "native code" in h.explain()
    assert float(ag.function(f)()) == 3


def test_tensorflow_s_numbers_keep_tensorflow_s_rule():
    calls = itertools.count()

    def f(n):
        return n + time.perf_counter_ns() * 0

    f = ag.function(f, numbers="static")
    with pytest.warns(UserWarning, match="called once, while tracing"):
        f(next(calls))
    assert "native code" in f.explain()


RNG = np.random.default_rng(1)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: np.random.normal(size=2),
        lambda: random.random(),
        lambda: random.randint(0, 9),
        lambda: RNG.normal(size=2),
        lambda: np.random.default_rng().normal(),
        lambda: time.time(),
        lambda: datetime.datetime.now().second,
    ],
)
def test_beside_an_array_a_frozen_value_is_warned_of_once(ask):
    @ag.function
    def f(a):
        return a + ask()

    with pytest.warns(
        UserWarning, match=r"once, while tracing.*ag.py_function[^$]*lambda: "
    ) as told:
        f(np.ones(2))
    assert len(told) == 1 and told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f(np.ones(2))


@pytest.mark.parametrize(
    "compute",
    [
        lambda: np.random.default_rng(0).normal(),
        lambda: random.Random(1).random(),
        lambda: os.path.join("a", "b").count("a"),
        lambda: datetime.date(2020, 1, 2).day,
        lambda: np.linspace(0, 1, 2),
    ],
)
def test_beside_an_array_what_is_the_same_each_time_is_not_warned_of(compute):
    def f(a):
        return a + compute()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert plain(ag.function(f)(np.ones(2))) == f(np.ones(2)).tolist()


def test_logs_beside_an_array_are_the_run_s():
    def make(way):
        log, got = logger()

        def f(a):
            total = 0.0
            log.info("begin")
            for v in a:
                if v > 1:
                    log.warning("v=%s in %s", v, [v])
                    log.info(f"twice {v * 2:.2f}")
                total += v
            log.error("total %.1f", total)
            return total

        f = way(f)
        values = [plain(f(np.array(a))) for a in ([1.0, 2.0], [3.0, 4.0], [0.0, 0.0])]
        return values, got

    _, got = each_way(make)
    assert got[2:4] == ["twice 4.00", "total 3.0"] and len(got) == 12


def test_a_log_of_a_handler_has_its_exception():
    records = []

    class Keeps(logging.Handler):
        def emit(self, record):
            records.append((record.getMessage(), record.exc_info[0], record.pathname))

    log = logging.Logger("of a test")
    log.addHandler(Keeps())

    @ag.function
    def f(a):
        try:
            if a.sum() > 3:
                raise ValueError("too much")
        except ValueError:
            log.exception("caught")
            return -a
        return a

    f(np.ones(2))
    assert not records
    f(np.ones(5))
    assert records == [("caught", ValueError, __file__)]


def test_a_manager_with_traced_arguments_gets_the_run_s(capsys):
    def f(a, n):
        y = a
        for i in range(n):
            with section(i):
                y = y + i
        with cleaned(a.sum()):
            return y / 2

    for way in f, ag.function(f):
        for a in ([1.0, 2.0], [5.0, 2.0]):
            assert plain(way(np.array(a), 2)) is not None
        assert (
            capsys.readouterr().out.split()
            == "< 0 > 0 < 1 > 1 < 3.0 > 3.0 < 0 > 0 < 1 > 1 < 7.0 > 7.0".split()
        )


@contextlib.contextmanager
def section(name):
    print("<", name)
    yield
    print(">", name)


@contextlib.contextmanager
def cleaned(name):
    print("<", name)
    try:
        yield
    finally:
        print(">", name)


@contextlib.contextmanager
def lends(name):
    print("<", name)
    yield name


def in_a_section(a):
    total = 0.0
    with section("x"):
        for v in a:
            if v > 1:
                print("big")
            total += v
    return total


def raises_in_a_section(a):
    total = 0.0
    try:
        with cleaned("y"), section("z"):
            for v in a:
                if v > 5:
                    raise ValueError("big")
                total += v
    except ValueError:
        return -1.0
    return total


def a_section_for_each_turn(a):
    total = 0.0
    for v in a:
        with cleaned("turn"):
            total += v
            if v > 5:
                break
    return total


def leaves_sections(a):
    with cleaned("1"), section("2"):
        if a.sum() > 5:
            return a
    return a * 2


@pytest.mark.parametrize(
    "f", [in_a_section, raises_in_a_section, a_section_for_each_turn, leaves_sections]
)
def test_managers_that_print_do_so_in_each_run(f):
    def make(way):
        g, found = way(f), []
        for a in ([1.0, 2.0], [1.0, 2.0], [1.0, 9.0], [7.0, 1.0]):
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                value = g(np.array(a))
            found.append((np.asarray(plain(value)).tolist(), out.getvalue()))
        return found

    each_way(make)


def test_a_manager_that_acts_and_hands_something_over_is_warned_of():
    @ag.function
    def f(a):
        with lends("x") as name:
            return a * len(name)

    with pytest.warns(UserWarning, match=r"`with lends\(\)` acts[^$]*with lends"):
        f(np.ones(2))


def best(n):
    k = 0
    try:
        while n > 0:
            k = (k + n) % 1000
    except KeyboardInterrupt:
        return "stopped"
    return k


def bare(n):
    k = 0
    try:
        while n > 0:
            k = (k + n) % 1000
    except:  # noqa: E722
        return "stopped"
    return k


def interrupted(f, seconds=0.3):
    """What f(5) gives that goes on until Ctrl-C."""
    timer = threading.Timer(seconds, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    try:
        return f(5)
    finally:
        timer.join()


@pytest.mark.parametrize("f", [best, bare])
def test_ctrl_c_is_met_by_the_handler_of_a_function_of_numbers(f):
    def said(f):
        try:
            return interrupted(f)
        except KeyboardInterrupt:  # 3.13.0 itself goes past the handler
            return "raised"

    plain, f = f, ag.function(f)
    assert f(0) == 0
    assert said(f) == said(plain)
    assert "a `try` deals with Ctrl-C" in f.explain()


class Says:
    def __enter__(self):
        pass

    def __exit__(self, *error):
        print("cleaned")


def finally_prints(n):
    k = 0
    try:
        while n > 0:
            k = (k + n) % 1000
    finally:
        print("cleaned")
    return k


def exit_prints(n):
    k = 0
    with Says():
        while n > 0:
            k = (k + n) % 1000
    return k


@pytest.mark.skipif(sys.version_info[:3] == (3, 13, 0), reason="3.13.0 itself goes past the handler")
@pytest.mark.parametrize("f", [finally_prints, exit_prints])
def test_ctrl_c_is_met_by_what_prints_on_the_way_out(f, capsys):
    f = ag.function(f)
    assert f(0) == 0 and capsys.readouterr().out == "cleaned\n"
    with pytest.raises(KeyboardInterrupt):
        interrupted(f)
    assert capsys.readouterr().out == "cleaned\n"


def test_other_handlers_leave_the_loop_native():
    @ag.function
    def f(n):
        k = 0
        try:
            while n > 0:
                k += 10 // (n - 3)
                n -= 1
        except ZeroDivisionError:
            return -1
        return k

    assert f(5) == -1 and f(2) == -15 and "native code" in f.explain()


@pytest.mark.usefixtures("no_plain_calls")
@pytest.mark.parametrize(
    "change",
    [
        lambda a, n: a.fill(a[0] + n),
        lambda a, n: np.add(a, n, out=a),
        lambda a, n: np.add.at(a, [0], n),
        lambda a, n: np.copyto(a, a + n),
        lambda a, n: np.put(a, [1], n),
        lambda a, n: np.fill_diagonal(a.reshape(2, 1), n),
    ],
)
def test_what_numpy_changes_in_place_changes_at_each_call(change):
    older = np.array([4.0, 5.0])

    @ag.function
    def f(n):
        change(older, n)
        return n + 1

    for n in 1, 1, 3:
        want = older.copy()
        change(want, n)
        f(n)
        assert older.tolist() == want.tolist()
    beside = ag.function(lambda x: (change(older, 1), x))  # tensors
    for _ in range(2):
        change(want, 1)
        beside(np.ones(3))
        assert older.tolist() == want.tolist()
