"""Calls with NumPy arrays that a trace cannot hold run as plain Python, with a warning; beside tensors they are refused."""

import collections
import contextlib
import dataclasses
import gc
import random
import time
import warnings
import weakref

import numpy as np
import pytest

import autograph as ag

X = np.array([3.0, 1.0, 3.0, 2.0])
K = np.array([3, 1, 3, 2])


def counts(k):
    found = {}
    for v in k:
        found[int(v)] = found.get(int(v), 0) + 1
    return found


def distinct(k):
    seen = set()
    for v in k:
        if v in seen:
            continue
        seen.add(v)
    return len(seen)


def in_one_branch(x):
    d = {"n": 1}
    if x.sum() > 4:
        d["more"] = 2
    return d


def counted(k):
    return collections.Counter(k.tolist()).most_common(1)


def reads_on(x):
    items = iter(x)
    for v in items:
        if v < 2:
            break
    return list(items)


def other_dtypes_by_value(x):
    return np.roots(x)


def inside_a_try(k):
    try:
        return {int(v): 1 for v in k}
    except TypeError:
        return None


PROGRAMS = [
    (counts, K),
    (distinct, K),
    (in_one_branch, X),
    (counted, K),
    (reads_on, X),
    (other_dtypes_by_value, X),
    (inside_a_try, K),
]


def same(a, b):
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return np.array_equal(a, b)


@pytest.mark.parametrize("program, argument", PROGRAMS, ids=[p.__name__ for p, _ in PROGRAMS])
def test_what_a_trace_cannot_hold_is_plain_pythons(program, argument):
    compiled = ag.function(program)
    with pytest.warns(UserWarning, match=rf"{program.__name__}\(\) ran as plain Python instead of native code.*(?s:.)*line \d+, in"):
        assert same(compiled(argument), program(argument))
    for other in (argument[:1], argument[::-1].copy(), argument[:0], argument):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a trace of its own for another shape
            assert same(compiled(other), program(other))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # it has been said
        assert same(compiled(argument), program(argument))
    assert "Python" in compiled.explain()


@pytest.mark.parametrize("program", [counts, distinct])
def test_beside_a_tensor_it_is_refused(program):
    with pytest.raises(TypeError, match="dict key"):
        ag.function(program)(ag.constant(K))


def test_a_function_that_reaches_a_tensor_is_refused():
    v = ag.Variable(1)

    @ag.function
    def f(k):
        return counts(k), v + 1

    with pytest.raises(TypeError, match="dict key"):
        f(K)


def test_jit_compile_is_native_code_or_an_error():
    for program, argument in ((counts, K), (in_one_branch, X)):
        with pytest.raises(TypeError):
            ag.function(program, jit_compile=True)(argument)
    with pytest.raises(TypeError, match=r"with jit_compile=True nothing runs as plain Python, but here range\(\) with a traced bound .*"):
        ag.function(lambda n: {n + i: i for i in range(n)}, jit_compile=True)(3)
    assert ag.function(lambda x: x * 2, jit_compile=True)(X)[0] == 6


def test_arrays_that_it_returns_are_tensors():
    def f(k):
        n = counts(k)
        return k * 2, k.mean(), len(n), n

    with pytest.warns(UserWarning):
        doubled, mean, n, found = ag.function(f)(K)
    assert isinstance(doubled, ag.Tensor) and isinstance(mean, ag.Tensor) and n == 3 and found == {3: 2, 1: 1, 2: 1}
    assert doubled.numpy().tolist() == [6, 2, 6, 4] and mean.dtype == ag.float64


def test_the_error_of_a_program_that_fails_plainly_too_is_the_traces():
    @ag.function
    def f(x, y):
        if x.sum() > 0:
            return x @ y
        return x

    y = np.ones((2, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            with pytest.raises(ValueError, match="matmul: inner sizes differ"):
                f(X, y)
    assert f(-X, y)[0] == -3


def test_an_error_of_another_kind_is_plain_pythons():
    @ag.function
    def f(k):
        d = counts(k)
        return d[int(k[0]) + 100]

    with pytest.raises(KeyError, match="103"):
        f(K)


def test_writes_to_an_argument_stay_refused():
    @ag.function
    def f(x):
        x[0] = 5.0
        return x

    with pytest.raises(TypeError, match="an argument that is a NumPy array, would be lost"):
        f(X)
    assert X[0] == 3


def test_arrays_of_other_dtypes_stay_refused():
    with pytest.raises(TypeError, match="dtypes differ, int64 and float64"):
        ag.function(lambda k, x: k * x)(K, X)


def test_what_acts_acts_in_each_call(tmp_path):
    log = tmp_path / "log"

    @ag.function
    def f(x):
        with open(log, "a") as out:
            out.write("called ")
        return x.sum(), random.random(), time.perf_counter()

    with pytest.warns(UserWarning, match="plain Python"):
        first = f(X)
    second = f(X)
    assert log.read_text() == "called called " and first[0] == second[0] == 9
    assert first[1] != second[1] and first[2] < second[2]


def test_what_is_printed_before_a_run_meets_it_is_printed_once(capsys):
    @ag.function
    def f(k):
        print("begins", k.sum())
        return counts(k)

    with pytest.warns(UserWarning, match="plain Python"):
        f(K)
    f(K)
    assert capsys.readouterr().out == "begins 9\nbegins 9\n"


def test_state_changes_once():
    class Words:
        def __init__(self):
            self.calls, self.found = 0, {}

        @ag.function
        def add(self, k):
            self.calls += 1
            for v in k:
                self.found[int(v)] = self.found.get(int(v), 0) + 1
            return self.calls

    words = Words()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert [words.add(K), words.add(K), words.add(K[:1])] == [1, 2, 3]
    assert words.calls == 3 and words.found == {3: 5, 1: 2, 2: 2}


def test_a_method_and_a_default():
    @dataclasses.dataclass
    class Table:
        base: int

        @ag.function
        def of(self, k, more=2):
            return {int(v) + self.base: more for v in k}

    with pytest.warns(UserWarning, match=r"of\(\) ran as plain Python"):
        assert Table(1).of(K) == {4: 2, 2: 2, 3: 2}
    assert Table(2).of(K, more=5) == {5: 5, 3: 5, 4: 5}


def test_an_inner_compiled_function_hands_it_to_the_outer_call():
    inner = ag.function(counts)

    @ag.function
    def outer(k):
        return len(inner(k + 1))

    with pytest.warns(UserWarning, match="plain Python"):
        assert outer(K) == 3


ARRAYS = {
    "masked": np.ma.array([1.0, 2.0], mask=[False, True]),
    "matrix": np.matrix([[1, 2], [3, 4]]),
    "dates": np.array(["2020-01-01"], "M8[D]"),
    "times": np.array([1, 2], "m8[s]"),
    "records": np.array([(1, 2.0)], [("a", int), ("b", float)]),
    "objects": np.array([1, "a"], object),
    "long doubles": np.ones(2, np.longdouble),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_that_no_tensor_holds_keep_their_meaning(name):
    array = ARRAYS[name].copy()
    compiled = ag.function(lambda a: (a[:1], type(a).__name__, a.shape))
    with pytest.warns(UserWarning, match="which no tensor can hold"):
        first = compiled(array)
    assert type(first[0]) is type(array[:1]) and first[1:] == (type(array).__name__, array.shape)
    array[0] = array[-1]
    assert repr(compiled(array)[0]) == repr(array[:1])


class Masked(np.ma.MaskedArray):
    """As numpy.ma's own subclasses."""


@pytest.mark.parametrize("kind", [np.ma.MaskedArray, Masked])
def test_a_masked_array_among_tensors_does_not_lose_its_mask(kind):
    masked = ARRAYS["masked"].view(kind)
    message = r"a masked array would lose its mask: pass x.filled\(value\)"
    with pytest.raises(TypeError, match=message):
        ag.function(lambda x: x + masked)(ag.constant([1.0, 2.0], ag.float64))


def test_dates_and_times_are_no_bytes():
    date, time_ = np.datetime64("2020-01-01"), np.timedelta64(3, "D")
    assert ag.function(lambda d: d + 1)(date) == np.datetime64("2020-01-02")
    assert ag.function(lambda t: t + t)(time_) == np.timedelta64(6, "D")
    assert ag.function(lambda d, t: d + t)(date, time_) == np.datetime64("2020-01-04")


def test_a_map_of_a_file_is_an_array(tmp_path):
    numbers = np.memmap(tmp_path / "x", float, "w+", shape=(3,))
    numbers[:] = 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ag.function(lambda x: x.sum())(numbers) == 6


def greatest(m):
    best, v = (-1, -1), -np.inf
    for at in np.ndindex(m.shape):
        if m[at] > v:
            v, best = m[at], at
    return best, v


def weighed(m):
    total = 0.0
    for (i, j), v in np.ndenumerate(m):
        total += v * (i - j)
    return total


def tiled(m):
    y = np.zeros((12, 12))
    for i, j in np.ndindex(*y.shape):
        y[i, j] = m[i % 2, j % 2] * i
    return y


def scattered(m):
    y = np.zeros(6)
    np.add.at(y, [0, 0, 1], 1)
    np.add.at(y, np.array([0, 0, 1]), m[0, :1])
    np.maximum.at(y, [0, 1], [2.0, 30.0])
    return y


@pytest.mark.parametrize("program", [greatest, weighed, tiled, scattered])
@pytest.mark.parametrize("sizes", [(2, 2), (20, 30)])
def test_what_a_trace_can_hold_is_native_without_a_word(program, sizes):
    compiled, m = ag.function(program), np.random.default_rng(0).random(sizes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, expected = compiled(m), program(m)
    for mine, its in zip(*[(x if isinstance(x, tuple) else (x,)) for x in (expected, found)]):
        np.testing.assert_allclose(its, mine, rtol=1e-12)
    assert "native code" in compiled.explain()


class Machine:
    def __init__(self):
        self.n, self.a = 0, np.zeros(2)


def ends_in_an_error(m, k):
    print("begins")
    m.n += 1
    m.a[0] += k[0]
    raise ValueError("always")


def ends_in_an_error_of_shapes(m, k):
    print("begins")
    m.n += 1
    m.a[0] += k[0]
    m.a += np.ones(3)


def prints_state(m, k):
    m.n += 1
    print("turn", m.n)
    m.a[0] += k[0]
    return counts(k)


def prints_state_in_a_branch(m, k):
    m.n += 1
    print("turn", m.n)
    if k[0] > 2:
        m.a[0] += 1
        return len(counts(k))
    return 0


@pytest.mark.parametrize("f", [ends_in_an_error, ends_in_an_error_of_shapes, prints_state, prints_state_in_a_branch])
def test_a_plain_call_is_the_only_one_that_changes_state_and_prints(f, capsys):
    def calls(f):
        m, found = Machine(), []
        for first in (3, 1, 3):
            try:
                result = f(m, np.array([first, 1, 3]))
            except ValueError:
                result = "raised"
            found.append((result, m.n, m.a.tolist()))
        return found, capsys.readouterr().out

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = calls(ag.function(f))
    assert compiled == calls(f)


@pytest.mark.parametrize("fails", [True, False])
def test_a_plain_call_keeps_no_argument(fails):
    @ag.function
    def f(x):
        found = {int(x[0]): 1}
        if fails:
            raise ValueError("fails")
        return found

    kept = []
    for _ in range(3):
        x = np.array([1, 2, 3])
        kept.append(weakref.ref(x))
        with warnings.catch_warnings(), contextlib.suppress(ValueError, TypeError):
            warnings.simplefilter("ignore")
            f(x)
    del x
    gc.collect()
    assert [one() is None for one in kept] == [True] * 3
    assert len(f._history) == (0 if fails else 1)


def test_a_dtype_beside_float_is_what_numpy_says_for_its_arrays():
    def half(x):
        return x / 2 if x.dtype == float else x

    compiled = ag.function(half)
    assert compiled(np.ones(2)).numpy().tolist() == [0.5, 0.5] and compiled(np.ones(2, "f4")).numpy().tolist() == [1, 1]
    assert ag.float32 == float and ag.float64 != float  # TensorFlow's


class Held:
    def __init__(self):
        self.log, self.found, self.seen = [], {}, set()
        self.u, self.rows, self.named = np.zeros(3), [np.zeros(2)], {"q": np.zeros(2)}
        self.days = np.array(["2024-01-01", "2024-02-01"], "M8[D]")
        self.masked = np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0])
        self.things, self.n = np.array([1, 2, 3], object), 0


def adds_to_containers(held, x):
    held.log += [x.sum()]
    held.log += [1]
    held.found |= {"z": x.sum()}
    held.seen |= {1}


def a_part_in_place(held, x):
    v = held.u[1:]
    v += 1
    return x.sum()


def the_whole_in_place(held, x):
    v = held.u
    v += 1
    return x.sum()


def a_row_in_place(held, x):
    held.rows[0] += 1
    held.named["q"] += 1
    for row in held.rows:
        row += 1
    return x.sum()


def days_pass(held, x):
    held.days += np.timedelta64(1, "D")
    held.n += 1
    return x.sum()


def masks_stay(held, x):
    held.masked += 1
    held.n += 1
    return held.masked.sum()


def things_grow(held, x):
    held.things += 1
    return held.things.sum()


@pytest.mark.parametrize("beside", [np.ones(2), 3.5], ids=["an array", "a number"])
@pytest.mark.parametrize(
    "program", [adds_to_containers, a_part_in_place, the_whole_in_place, a_row_in_place, days_pass, masks_stay, things_grow]
)
def test_what_an_object_holds_changes_once_in_each_call(program, beside):
    if isinstance(beside, float):
        beside = np.float64(beside)
    compiled, plain, traced = ag.function(program), Held(), Held()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for k in range(3):
            assert compiled(traced, beside) == program(plain, beside)
            for name, value in vars(plain).items():
                assert repr(getattr(traced, name)) == repr(value), name
            plain.masked[k], traced.masked[k] = np.ma.masked, np.ma.masked
            plain.things[0] = traced.things[0] = 50


def quicksort(a):
    if len(a) <= 1:
        return a
    rest = a[1:]
    return np.concatenate([quicksort(rest[rest < a[0]]), [a[0]], quicksort(rest[rest >= a[0]])])


def test_a_recursion_that_arrays_end_is_plain_pythons():
    x = np.random.default_rng(0).random(50)
    with pytest.warns(UserWarning, match=r"quicksort\(\) calls itself without end while it is traced"):
        assert np.array_equal(ag.function(quicksort)(x), np.sort(x))

    def endless(x):
        return endless(x + 1)

    with pytest.raises(RecursionError, match="calls itself without end"):
        ag.function(endless)(x)


@dataclasses.dataclass
class Ball:
    at: np.ndarray
    speed: np.ndarray


def test_an_array_of_an_object_that_is_given_changes_as_in_plain_python():
    def move(balls, dt):
        for ball in balls:
            ball.at += ball.speed * dt
            if ball.at[0] > 1:
                ball.speed[0] = -ball.speed[0]

    compiled, made = ag.function(move), [[Ball(np.array([0.9, 0.1]), np.array([1.0, 2.0]))] for _ in "ab"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(3):
            move(made[0], 0.1), compiled(made[1], 0.1)
            assert repr(made[0]) == repr(made[1])


def test_errors_of_floats_that_are_asked_for_are_plain_pythons():
    def f(x, how):
        try:
            with np.errstate(divide=how):
                return x / np.zeros(2)
        except FloatingPointError as e:
            return str(e)

    compiled = ag.function(f)
    with pytest.warns(UserWarning, match="np.errstate asks to be told of divisions by zero"):
        assert compiled(X[:2], "raise") == "divide by zero encountered in divide"
    assert np.isinf(compiled(X[:2], "ignore")).all()
    with pytest.raises(TypeError, match="np.errstate asks"):
        compiled(ag.constant([1.0, 2.0]), "raise")


class Bank:
    def __init__(self):
        self.balance, self.log = np.zeros(3), []

    def transfer(self, i, j, x):
        if self.balance[i] < x:
            return False
        self.balance[i] -= x
        self.balance[j] += x
        self.log.append((i, j, x))
        return True


def test_a_log_of_what_a_branch_does_is_named():
    @ag.function
    def use(bank, n):
        for k in range(n):
            bank.balance[k % 3] += 10
            bank.transfer(k % 3, (k + 1) % 3, 5)
        return bank.balance.sum(), len(bank.log)

    native, plain = Bank(), Bank()
    with pytest.warns(UserWarning, match="gets items in a traced branch, and was made outside"):
        got = use(native, 4)
    want = use.python_function(plain, 4)
    assert float(got[0]) == want[0] and got[1] == want[1] and native.log == plain.log
    np.testing.assert_array_equal(native.balance, plain.balance)
