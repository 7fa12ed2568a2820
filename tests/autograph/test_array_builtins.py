"""Python's builtins over an array, which is a sequence of its rows: what plain Python gives for a NumPy array."""

import math

import numpy as np
import pytest
from modes import same

import autograph as ag

NAN = float("nan")
VECTORS = [
    np.array([3.0, 1.0, 2.0]),
    np.array([3, 1, 2]),
    np.array([True, False, True]),
    np.array([3, 1, 2], np.int8),
    np.array([3, 1, 2], np.float32),
    np.arange(40.0)[::-1].copy(),
    np.array([]),
    np.array([], int),
]
WITH_NAN = [np.array(v) for v in ([NAN, 1.0, 2.0], [1.0, NAN, 2.0], [1.0, 2.0, NAN], [NAN], [NAN, NAN])]
MATRICES = [np.arange(6.0).reshape(3, 2), np.arange(6).reshape(3, 2)]


def extremes(x):
    return max(x), min(x)


def extremes_or_else(x):
    return max(x, default=3), min(x, default=-1.5)


def extremes_by_key(x):
    return max(x, key=lambda v: (v - 2) ** 2), min(x, key=lambda v: -(v * 1.5))


def total(x):
    return sum(x)


def truths(x):
    return any(x), all(x)


def in_order(x):
    s = sorted(x)
    s.append(7)
    return s[0], len(s), type(s).__name__, sorted(x, reverse=True)


def in_order_by_key(x):
    return sorted(x, key=lambda v: (v - 2) ** 2), sorted(x, key=lambda v: v * 2, reverse=True)


def sequences(x):
    forth = [(i, v) for i, v in enumerate(x)]
    return len(x), [v for v in reversed(x)], forth, [(a, b) for a, b in zip(x, x)], list(x)


def variance(x):
    m = sum(x) / len(x)
    return sum((v - m) ** 2 for v in x) / len(x)


@pytest.mark.parametrize("program", [extremes, extremes_or_else, total, truths, in_order, sequences])
def test_of_vectors(program):
    same(program, *[(x,) for x in VECTORS])


def test_by_key():
    numbers = [x for x in VECTORS if x.dtype != bool]
    same(extremes_by_key, *[(x,) for x in numbers])
    same(in_order_by_key, *[(x,) for x in numbers])


@pytest.mark.parametrize("program", [extremes, extremes_or_else, total, truths])
def test_a_nan_stays_where_it_comes_first(program):
    same(program, *[(x,) for x in WITH_NAN])


@pytest.mark.parametrize("program", [extremes, extremes_or_else, total, truths, in_order, variance])
def test_of_rows(program):
    same(program, (MATRICES[0],), (np.zeros((0, 2)),), (np.zeros((1, 2)),) if program is total else (MATRICES[0],))
    if program is not variance:  # an int array minus a float one is refused: dtypes are strong
        same(program, (MATRICES[1],))


def test_variance_of_floats():
    same(variance, *[(x,) for x in VECTORS if x.dtype.kind == "f"])


@pytest.mark.parametrize("program", [extremes, extremes_or_else, truths])
def test_where_only_the_run_knows_the_length(program):
    made = ag.function(program, input_signature=[ag.TensorSpec([None], ag.float64)])
    for x in VECTORS[0], VECTORS[5], *WITH_NAN, VECTORS[6]:
        try:
            want = program(x)
        except ValueError as error:
            with pytest.raises(ValueError, match=str(error).split("(")[0]):
                made(x)
        else:
            np.testing.assert_array_equal([float(v) for v in made(x)], [float(v) for v in want])
    assert made.experimental_get_tracing_count() == 1


def test_a_matrix_says_what_to_call_instead():
    x = np.ones((2, 2))
    for program, instead in (max, "ag.reduce_max"), (all, "ag.reduce_all"), (sorted, "ag.sort"):
        with pytest.raises(ValueError, match=instead.replace(".", r"\.")):
            ag.function(lambda x, program=program: program(x))(x)


# ---- lists that a traced place indexes, wherever they were made ------------------------------------------


def entry(table, i):
    return table[i] + 1


def table_of(n):
    return [n, 2, 3]


def grown(out, n):
    for i in range(n):
        out.append(i)
    return out


def made_in_an_argument(x):
    return entry([5, 6, 7], x[0]), entry(table=[5, 6, 7], i=x[1])


def made_in_a_return(x):
    return table_of(4)[x[0]], (lambda: [1, 2, 3])()[x[1]]


def made_in_a_branch(x, memo=None):
    memo = memo or [3, 4, 5]
    table = [1, 2, 3] if len(x) > 2 else [4, 5, 6]
    return table[x[0]], memo[x[1]]


def made_by_a_sum(x):
    table = [0] + [7] * 2 + [8]
    table[x[0]] += 1
    return table[x[0]], sorted([3, 1, 2])[x[1]], table


def grown_elsewhere(x):
    return grown([], x[0]), grown([1], x[0])


def coins(x):
    best = [0] + [10**9] * 11
    for v in range(1, 12):
        for c in x:
            if c <= v and best[v - c] + 1 < best[v]:
                best[v] = best[v - c] + 1
    return best[11]


@pytest.mark.parametrize(
    "program", [made_in_an_argument, made_in_a_return, made_in_a_branch, made_by_a_sum, grown_elsewhere]
)
def test_lists_are_indexed_by_elements(program):
    same(program, (np.array([2, 1, 0]),))


def test_coins_in_an_array():
    same(coins, (np.array([1, 2, 5]),), (np.array([3, 7, 4]),))


@pytest.mark.usefixtures("no_plain_calls")
def test_lists_go_by_their_name():
    def names(n):
        l = [n]
        for i in range(n):
            l.append(i)
        return type(l).__name__, type(l) is list, type(l)((1, 2)), str(l[:1]), l.__class__.__name__

    def no_attribute(n):
        return [n].foo

    def no_sum(n):
        l = [n]
        return l + (1,)

    for program in names, no_attribute, no_sum:
        same(program, 2, 3)
    with pytest.raises(AttributeError, match="'list' object has no attribute 'foo'"):
        ag.function(no_attribute)(2)
    with pytest.raises(TypeError, match="made in the function, or a tensor.*\n.*line"):
        ag.function(lambda x: (5, 6, 7)[x[0]])(np.array([1]))


def whole_numbers(x):
    table = [10, 20, 30, 40]
    at = [table[round(v)] + table[math.floor(v)] for v in x]
    return at, [round(v) for v in x], [(math.ceil(v), math.floor(-v)) for v in x], round(x[0] * 2)


@pytest.mark.parametrize("dtype", ["f8", "f4"])
def test_elements_of_floats_round_to_ints(dtype):
    f = same(whole_numbers, np.array([0.5, 1.5, 2.5], dtype), np.array([3.0, 0.25], dtype))
    assert "native code" in f.explain()
    with pytest.raises(ValueError, match="cannot convert float NaN to integer"):
        f(np.array([1.0, NAN, 2.0], dtype))
