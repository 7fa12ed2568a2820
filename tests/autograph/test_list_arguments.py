"""A list argument of many ints or floats is one input of any length; what such an input cannot serve is served as before."""

import heapq
import json
import math
import random
import threading

import numpy as np
import pytest
from modes import same

import autograph as ag

INTS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6]
FLOATS = [x + 0.5 for x in INTS]
LONG = [i * 7919 % 101 for i in range(100)]
HALVES = [x / 4 for x in LONG]


def mean(xs):
    s = 0
    for x in xs:
        s += x
    return s / len(xs)


def ends(xs):
    return xs[0], xs[-1], xs[2], xs[-3:], xs[2:5], xs[::-1], xs[1:100:7], xs[:]


def past_the_end(xs):
    return xs[len(xs)]


def summary(xs):
    return sum(xs), min(xs), max(xs), sorted(xs), sorted(xs, reverse=True), any(xs), all(xs)


def by_key(xs):
    return max(xs, key=lambda x: -x), min(xs, key=abs), sorted(xs, key=lambda x: -x)


def median(xs):
    s = sorted(xs)
    n = len(s)
    return s[n // 2] if n % 2 else (s[n // 2 - 1] + s[n // 2]) / 2


def most_common(xs):
    best, most = None, 0
    for x in xs:
        n = xs.count(x)
        if n > most:
            best, most = x, n
    return best, xs.index(best), 3 in xs, 3.5 not in xs


def comprehensions(xs):
    return [x * 2 for x in xs if x > 1], [x // 2 for x in xs], any(x > 8 for x in xs), all(x > 0 for x in xs)


def joined(xs):
    return xs + [1], [1] + xs, xs * 2, xs == xs[:], xs == xs[1:]


def walks(xs):
    last, at, back = -1, -1, []
    for i, x in enumerate(xs):
        if x > 7:
            last = i
    for x in reversed(xs):
        back.append(x)
    for a, b in zip(xs, xs[1:]):
        if b < a:
            at += 1
    return last, at, back


def prefix_sums(xs):
    out, s = [], 0
    for x in xs:
        s += x
        out.append(s)
    return out


def bubble_sort(xs):
    xs = list(xs)
    n = len(xs)
    for i in range(n):
        for j in range(n - 1 - i):
            if xs[j] > xs[j + 1]:
                xs[j], xs[j + 1] = xs[j + 1], xs[j]
    return xs


def first_large(xs):
    for x in xs:
        if x > 8:
            return x
    return None


def refuses(xs):
    for i, x in enumerate(xs):
        if x > 8:
            raise ValueError(f"bad item {i}")
    return len(xs)


def reciprocals(xs):
    s = 0
    for x in xs:
        s += 1 / (x - 3)
    return s


def helper_mean(v):
    return sum(v) / len(v)


def helped(xs):
    m = helper_mean(xs)
    return helper_mean(xs[1:]), math.sqrt(sum([(x - m) ** 2 for x in xs]) / len(xs))


def quick_sort(xs):
    if len(xs) <= 1:
        return xs
    p = xs[0]
    return quick_sort([x for x in xs[1:] if x < p]) + [p] + quick_sort([x for x in xs[1:] if x >= p])


def shown(xs):
    print(xs[0], len(xs), xs)
    return f"{xs[1]} of {len(xs)}"


def asked(xs):
    return isinstance(xs, list), type(xs) is list, xs is None, bool(xs), 1 if xs else 2


def in_try(xs):
    try:
        return xs[500]
    except IndexError:
        return -1


def unpacked(xs):
    a, b, *rest = xs
    return a + b, len(rest), max(*xs), tuple(xs)


def counted(xs):
    counts = {}
    for x in xs:
        counts[x] = counts.get(x, 0) + 1
    return counts, len(set(xs))


def unconverted(xs):
    return json.dumps(xs), math.fsum(xs), heapq.nlargest(2, xs)


@pytest.mark.parametrize(
    "program",
    [mean, ends, past_the_end, summary, by_key, median, most_common, comprehensions, joined, walks, prefix_sums, bubble_sort, first_large,
     refuses, reciprocals, helped, asked, in_try],
)  # fmt: skip
def test_one_trace_serves_ints_and_one_floats_of_any_length(program):
    same(program, INTS, LONG, INTS[:17], kinds=program is not comprehensions, traces=1, cheap=True)
    same(program, FLOATS, HALVES, traces=1, cheap=True)


@pytest.mark.parametrize("program", [quick_sort, shown, unpacked, counted, unconverted])
def test_what_needs_the_list_itself_gets_it(program):
    for case in (INTS, LONG, FLOATS, HALVES):
        same(program, case)


def append(xs):
    xs.append(3)
    return len(xs)


def set_items(xs):
    ys = xs
    ys[0] = xs[1] + 1
    xs[-1] += 2


def sort(xs):
    xs.sort()
    return xs


def delete(xs):
    del xs[0], xs[2:4]
    xs.remove(9)
    return xs[0]


def empty(xs):
    n = 0
    while xs:
        xs.pop()
        n += 1
    return n, xs


def extend(xs):
    xs += [1, 2]
    xs[1:3] = [9, 9, 9]
    xs.insert(0, 7)
    xs.reverse()


def heap(xs):
    heapq.heapify(xs)
    return heapq.heappop(xs), len(xs)


@pytest.mark.parametrize("program", [append, set_items, sort, delete, empty, extend, heap])
def test_the_caller_sees_what_changes(program):
    for case in (INTS, FLOATS, LONG):
        same(program, case if 9 in case else [*case, 9])


def test_the_callers_list_comes_back_as_itself():
    f = ag.function(lambda xs, c: (xs, xs[1:], {"a": xs}) if c > 0 else (xs, xs[:2], {"a": xs}))
    for xs in (INTS[:], LONG[:], FLOATS[:]):
        one, part, other = f(xs, 1)
        assert one is xs and other["a"] is xs and part == xs[1:]


def test_two_names_of_one_list():
    def grows(xs, ys):
        xs.append(1)
        return len(ys), xs is ys

    def reads(xs, ys):
        return xs[0] + ys[1], xs == ys

    for f, args in ((grows, (INTS, INTS)), (reads, (INTS, INTS)), (grows, (INTS, FLOATS))):
        xs, ys = args
        mine = list(xs)
        others = mine if xs is ys else list(ys)
        expected = list(xs)
        assert ag.function(f)(mine, others) == f(expected, expected if xs is ys else list(ys))
        assert mine == expected


def test_a_name_that_may_be_the_callers_list():
    def chosen(xs, c):
        ys = xs if c > 0 else [1.0, 2.0]
        return sum(ys), len(ys)

    def chosen_and_changed(xs, c):
        ys = xs if c > 0 else [1.0, 2.0]
        ys.append(5.0)
        return len(ys)

    def taken_over(xs, n):
        ys = xs
        for _ in range(n):
            ys.append(1.0)
            ys = [2.0, 3.0]
        return len(ys)

    def shortened(xs, n):
        ys = xs
        for _ in range(n):
            ys = ys[1:]
        return ys

    def chosen_in_a_loop(xs, n):
        ys = [0.0] * 3
        for i in range(n):
            if i == 1:
                ys = xs
        ys.append(1.0)
        return len(ys), len(xs)

    def own(_, n):
        l, m = [0.0] * 5, [0.0] * 3
        for i in range(n):
            if i == 1:
                m = l
        m[0] = 7.0
        return l[0], m[0], len(l)

    def changed_in_a_branch(xs, c):
        if c > 0:
            xs.append(1.0)
        return len(xs)

    for f in (chosen, chosen_and_changed, taken_over, shortened, chosen_in_a_loop, own, changed_in_a_branch):
        same(f, (FLOATS, 0), (FLOATS, 1), (FLOATS, 3), (HALVES, 2))


def test_lists_in_tuples_and_dictionaries():
    def f(pair, table):
        return pair[0][0] + len(pair[1]), sum(table["a"]), pair[1], table

    same(f, ((INTS, FLOATS), {"a": LONG, "b": 2}), ((LONG, HALVES), {"a": INTS, "b": 3}), traces=1)


def test_items_that_are_no_plain_numbers():
    class Mine(list):
        pass

    def f(xs):
        s = 0
        for x in xs:
            s += x
        return s, len(xs)

    def nones(xs):
        return sum([1 for x in xs if x is None]), len(xs)

    same(f, INTS + [True], [2**70, *INTS], [2**70] * 17, kinds=False)
    same(f, INTS + [0.5])
    same(nones, [None, *INTS])
    assert ag.function(f)(Mine(INTS)) == f(INTS)
    assert ag.function(f)([np.float64(x) for x in INTS])[0] == sum(INTS)


def test_ints_keep_their_meaning():
    def product(xs):
        p = 1
        for x in xs:
            p *= x
        return p

    def shifts(xs):
        return [x << 1 ^ 5 for x in xs], [x // 2 for x in xs], [x % 3 for x in xs], [x / 2 for x in xs], [2**x for x in xs]

    with pytest.raises(OverflowError):
        ag.function(product)([10**9 + x for x in INTS])
    same(product, INTS)
    same(shifts, INTS, LONG[:0] + INTS[::-1], traces=1)


def test_nan_and_infinity():
    def f(xs):
        return max(xs), min(xs), xs.count(2.5), xs[0] in xs[1:], sorted(xs[3:])

    for case in ([math.nan, *FLOATS], [math.inf, -math.inf, *FLOATS], [0.0, -0.0, *FLOATS]):
        same(f, case)


def as_array(xs):
    a = np.array(xs)
    b = a
    b[0] = 100
    return a * 2, a.sum(), np.asarray(xs)[:, None] + np.zeros(len(xs)), np.array(xs, dtype=np.float32), xs[0], xs


def masks(xs):
    return np.where(np.array(xs) > 2, 1, 0), np.array([x > 3 for x in xs])


@pytest.mark.parametrize("program", [as_array, masks])
def test_a_list_becomes_an_array_of_its_numbers(program):
    same(program, INTS, LONG, traces=1)
    same(program, FLOATS, HALVES, traces=1)


def test_a_list_becomes_a_tensor_of_the_dtypes_of_constants():
    def f(xs, x):
        return ag.constant(xs), ag.constant(xs, "float64"), ag.stack(xs + xs), ag.reduce_sum(xs), x * xs, x[: len(xs)] + xs

    for xs in (INTS, FLOATS):
        one, apart = ag.function(f), ag.function(lambda xs, x: f([x for x in xs], x))
        x = np.arange(float(len(xs)))
        for a, b, c in zip(one(xs, x), apart(tuple(xs), x), f(xs, x)):
            assert a.dtype == b.dtype and a.tolist() == b.tolist() == c.tolist()
        assert one(xs[:18], x[:18])[0].tolist() == xs[:18]
        assert one.experimental_get_tracing_count() == 2  # for each size of x
    with pytest.raises(OverflowError, match="an int of this list does not fit int32"):
        ag.function(lambda xs: ag.constant(xs))([*INTS, 2**40])


def test_lists_of_bools_hold_pythons():
    def f(xs):
        flags = []
        for x in xs:
            flags.append(x > 3 and x < 8)
        return flags, flags[0], flags[::-1], [x != x for x in xs], xs == xs[1:], xs != xs[1:], sum(flags)

    def rows_of(x, n):
        flags = []
        for i in range(n):
            flags.append(x[i] > 3)
        return flags

    found = same(f, INTS, LONG)(INTS)
    assert all(type(flag) is bool for flags in (*found[:1], *found[2:4]) for flag in flags)
    assert [type(found[k]) for k in (1, 4, 5)] == [bool] * 3
    assert all(isinstance(flag, ag.Tensor) for flag in ag.function(rows_of)(np.arange(5.0), 5))


def test_a_list_of_what_a_function_returned_is_the_same_list():
    f = ag.function(mean)
    squares = ag.function(lambda x: x * x)
    assert f([squares(x) for x in INTS]) == mean([x * x for x in INTS])
    assert f(INTS) == mean(INTS)
    assert f.experimental_get_tracing_count() == 1


def test_short_lists_have_an_input_for_each_item():
    f = ag.function(mean)
    assert [f(INTS[:n]) for n in (1, 2, 16, 17, 18)] == [mean(INTS[:n]) for n in (1, 2, 16, 17, 18)]
    assert f.experimental_get_tracing_count() == 4
    assert "mean(xs: list of ints)" in f.explain()


def test_explain_says_why_a_list_has_an_input_for_each_item():
    def product(xs, x):
        return x[xs[0]] * max(*xs)

    f = ag.function(product)
    table = np.arange(10.0)
    assert f(INTS, table) == product(INTS, table) and f(LONG, table) == product(LONG, table)
    assert "the list 'xs' has an input for each item, and a trace for each length" in f.explain()
    assert f.experimental_get_tracing_count() == 2


def test_static_numbers_stay_static():
    f = ag.function(mean, numbers="static")
    assert f(INTS) == mean(INTS) and f(LONG) == mean(LONG)
    assert f.experimental_get_tracing_count() == 2


def test_concrete_functions_take_lists():
    f = ag.function(mean)
    concrete = f.get_concrete_function(INTS)
    assert concrete(LONG) == mean(LONG)
    with pytest.raises(TypeError, match="'xs' must be a list of ints, as in the trace, not a list of floats"):
        concrete(FLOATS)


def test_lists_beside_a_signature_and_open_sizes():
    @ag.function(reduce_retracing=True)
    def scaled(x, xs):
        return ag.reduce_sum(x) * xs[0] + len(xs)

    for n in (2, 3, 4):
        assert float(scaled(np.ones(n), FLOATS * n)) == n * FLOATS[0] + n * len(FLOATS)
    assert scaled.experimental_get_tracing_count() == 2


def test_a_list_that_another_thread_changes():
    f = ag.function(mean)
    xs, done = [1.0] * 2000, threading.Event()

    def change():
        while not done.is_set():
            xs.append(1.0)
            del xs[-1]

    thread = threading.Thread(target=change)
    thread.start()
    try:
        assert all(f(xs) == 1.0 for _ in range(300))
    finally:
        done.set()
        thread.join()


def test_random_lists_of_all_lengths():
    rng = random.Random(5)
    f, g = ag.function(summary), ag.function(bubble_sort)
    for n in (17, 40, 64, 65, 200):
        xs = [rng.randrange(-(2**40), 2**40) for _ in range(n)]
        assert f(xs) == summary(xs) and g(xs) == sorted(xs)
        assert g([x / 7 for x in xs]) == sorted([x / 7 for x in xs])
