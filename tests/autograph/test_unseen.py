"""What a trace changes that no operator sees (staging/unseen.py): put back and left to Python, or warned of."""

import collections
import threading
import warnings

import numpy as np
import pytest

import autograph as ag


class Counted:
    """Its hook is a class method, which nothing converts."""

    asked = 0

    def __class_getitem__(cls, key):
        cls.asked += 1
        return cls


def test_functions_of_numbers_run_as_python_where_an_array_changes_by_another_name():
    table = np.zeros(3)

    @ag.function
    def f(n):
        y = np.asarray(table)
        y += 1
        return n * 2

    y = table[1:]

    @ag.function
    def g(n):
        if n > 3:
            np.add(y, 1, out=y)
        return n * 2

    assert [f(1), f(2), g(1), table.tolist()] == [2, 4, 2, [2, 2, 2]]
    assert [g(4), table.tolist()] == [8, [2, 3, 3]]
    assert "runs as Python" in f.explain()


def test_beside_arrays_plain_python_does_it_and_a_warning_names_it_and_the_function():
    Counted.asked = 0

    @ag.function
    def f(x):
        Counted[int]
        return x * 2

    with pytest.warns(
        UserWarning,
        match=r"Counted.asked changed while f\(\) was traced(.|\n)*py_function(.|\n)*in f",
    ):
        f(np.ones(2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f(np.ones(2))
    assert Counted.asked == 2  # by plain Python, in each call


def test_functions_of_numbers_put_back_what_the_trace_has_changed():
    Counted.asked = 0

    @ag.function
    def f(n):
        if n > 3:
            Counted[int]
        return n * 2

    assert [f(2), Counted.asked, f(5), Counted.asked, f(6), Counted.asked] == [4, 0, 10, 1, 12, 2]


def test_another_threads_changes_are_not_undone():
    box, go, done = {"n": 0}, threading.Event(), threading.Event()

    def work():
        go.wait()
        box["n"] = 5
        done.set()

    thread = threading.Thread(target=work)
    thread.start()

    class Meanwhile:
        """Lets the thread do its work while the trace runs."""

        def __get__(self, owner, kind):
            go.set()
            done.wait()
            return 1

    class Owner:
        part = Meanwhile()

    owner = Owner()

    @ag.function
    def f(n):
        return n * owner.part + len(box)

    assert f(3) == 4
    thread.join()
    assert box == {"n": 5}


def missing_key(n):
    seen = collections.defaultdict(list)
    seen[n].append(1)
    return len(seen)


def test_the_factory_of_a_defaultdict_is_its_own_after_the_trace():
    made = collections.defaultdict(list)

    @ag.function
    def f(n):
        if n > 3:
            made["k"].append(n)
        return n + len(made)

    assert [f(2), dict(made), f(4), dict(made)] == [2, {}, 5, {"k": [4]}]
    assert made.default_factory is list
    assert ag.function(missing_key)(3) == 1


def test_a_missing_key_beside_arrays_is_made_by_each_run():
    made = collections.defaultdict(int)

    @ag.function
    def f(x, k):
        made[k] += 2
        return x * made[k]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [f(np.ones(1), "a")[0], f(np.ones(1), "b")[0], f(np.ones(1), "a")[0]] == [2, 2, 4]
    assert made == {"a": 4, "b": 2}


def test_a_missing_key_is_made_where_an_array_decides():
    made = collections.defaultdict(int)

    @ag.function
    def f(x):
        if x[0] > 2:
            made["k"]
        return x * 2

    assert [f(np.ones(1))[0], dict(made), f(np.ones(1) * 3)[0], dict(made)] == [2, {}, 6, {"k": 0}]


def test_getattribute_of_the_users_elsewhere_does_not_matter():
    class Odd:
        def __getattribute__(self, name):
            return 1

    odd, box = Odd(), []

    @ag.function
    def f(n):
        box.append(odd.x)
        return n

    assert [f(2), f(3), box] == [2, 3, [1, 1]]


def notes():
    """A registry, and what registers."""
    box = []

    def register(made):
        box.append(made.__name__)
        return made

    return box, register


def test_decorators_and_classes_within_a_function_run_at_each_call():
    box, register = notes()

    class Base:
        def __init_subclass__(cls, **options):
            box.append(options)

    @ag.function
    def f(n):
        @register
        def g(x):
            return x + n

        class K(Base, by=n):
            y = 2

        return g(1) * K.y

    assert [f(2), f(3), box] == [6, 8, ["g", {"by": 2}, "g", {"by": 3}]]


def test_beside_arrays_a_class_that_acts_is_warned_of_with_its_line():
    box, _ = notes()

    @ag.function
    def f(x):
        class K:
            box.append(1)

        return x * 2

    with pytest.warns(
        UserWarning,
        match=r"the class statement of K acts(.|\n)*Define the class outside(.|\n)*class K:",
    ):
        f(np.ones(2))


def test_beside_arrays_a_decorator_that_counts_is_the_runs():
    box = {"n": 0}

    def count(made):
        box["n"] += 1
        return made

    @ag.function
    def f(x):
        @count
        def g(y):
            return y * 2

        return g(x)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [f(np.ones(2))[0], f(np.ones(2))[0], box] == [2, 2, {"n": 2}]


@pytest.mark.parametrize("decides", ["numbers", "arrays"])
def test_classes_and_decorators_that_only_compute_are_traced(decides):
    import contextlib
    import dataclasses
    import enum
    import functools

    def f(n):
        @dataclasses.dataclass
        class P:
            x: int
            y: int = 3

        class E(enum.Enum):
            A = 4

        @contextlib.contextmanager
        def five():
            yield 5

        def plus(g):
            @functools.wraps(g)
            def wrapped(*args):
                return g(*args) + 1

            return wrapped

        @plus
        def g(x, *, by=n + 1):
            return x * by

        with five() as k:
            return P(n).x + P(n).y + E.A.value + k + g(2)

    compiled = ag.function(f)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for n in (1, 2) if decides == "numbers" else (np.ones(2), np.zeros(2)):
            assert np.array_equal(compiled(n), f(n))
    assert "runs as Python" not in compiled.explain()


def test_an_object_whose_del_acts_beside_arrays_is_warned_of():
    box = []

    class Ends:
        def __del__(self):
            box.append(1)

    @ag.function
    def f(x):
        one = Ends()
        del one
        return x

    with pytest.warns(
        UserWarning, match=r"Ends.__del__ acts(.|\n)*Write a method(.|\n)*one = Ends\(\)"
    ):
        f(np.ones(2))


def test_what_is_not_to_be_converted_counts_traces_without_a_warning():
    traces = []

    def f(x):
        traces.append(1)
        return x * 2

    @ag.autograph.experimental.do_not_convert
    def h(x):
        traces.append(1)
        return x * 2

    @ag.function
    def calls_h(x):
        return h(x)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for compiled in (ag.function(f, autograph=False), calls_h):
            traces.clear()
            for _ in range(2):
                compiled(ag.constant([1.0]))
            assert traces == [1]


def test_a_function_without_source_changes_what_it_changes_once():
    space = {"ag": ag}
    exec("class Held:\n    n = 0\n    items = []\n\ndef f(held, x):\n    held.n += 1\n    held.items.append(1)\n    return range(3)[x]", space)
    held, f = space["Held"](), ag.function(space["f"])
    assert [f(held, 1), f(held, 2), f(held, 1)] == [1, 2, 1]
    assert held.n == 3 and held.items == [1, 1, 1]
