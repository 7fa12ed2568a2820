"""Comprehensions with several names or several `for`: on plain numbers and beside arrays what Python gives, staged."""

import itertools

import numpy as np
import pytest
from modes import equal, plain, same, same_kind

import autograph as ag


def pairs_below(n):
    return [(i, j) for i in range(n) for j in range(i) if (i + j) % 2]


def triangle(n):
    return [i * j for i in range(n) if i % 3 for j in range(i, n) if j % 2 if i + j > 3]


def pythagorean(n):
    return [
        (a, b, c)
        for a in range(1, n)
        for b in range(a, n)
        for c in range(b, n)
        if a * a + b * b == c * c
    ]


def indexed(n):
    xs = [k * k for k in range(n)]
    return [i * x for i, x in enumerate(xs)]


def of_pairs(n):
    pairs = [(k, k * 0.5) for k in range(n)]
    return [a + b for a, b in pairs]


def of_rows(n):
    rows = [(k, (k + 1, k * 2)) for k in range(n)]
    return (
        [k * a - b for (k, (a, b)) in rows if a != b],
        [k for k, _ in rows],
        [b for _, (_, b) in rows],
    )


def zipped(n):
    xs, ys = [k + 1 for k in range(n)], [k * k for k in range(n)]
    return [x - y for x, y in zip(xs, ys) if x < y]


def starred(n):
    rows = [(k, k + 1, k + 2) for k in range(n)]
    return [first * sum(rest) for first, *rest in rows]


def flattened(n):
    rows = [[k] * k for k in range(n)]
    return [x for row in rows for x in row]


def consumed(n):
    pairs = [(k, 7 - k) for k in range(1, n)]
    return (
        sum(a * b for a, b in pairs),
        sum(i * j for i in range(n) for j in range(i)),
        any(i * j == 12 for i in range(n) for j in range(i)),
        all(a + b == 7 for a, b in pairs),
        max((a * b for a, b in pairs), default=-1),
        min((i - j for i in range(n) for j in range(n) if i != j), default=0),
        list(i + j for i in range(n) for j in range(2)),
    )


def as_sorted(n):
    return sorted(j * (-1) ** i for i in range(n) for j in range(i)), sorted(
        [(j, i) for i in range(n) for j in range(i)]
    )


def sums_in_a_list(n):
    rows = [[i * j for j in range(n)] for i in range(n)]
    return [sum(rows[i][k] * rows[k][j] for k in range(n)) for i in range(n) for j in range(n)]


def in_a_loop(n):
    total = 0
    for k in range(n):
        total += sum(a * b for a, b in [(i, j + k) for i in range(k) for j in range(i)])
        if any(i * j > 30 for i in range(k) for j in range(k)):
            break
    return total, k if n else None


def with_a_helper(n):
    def below(k):
        return [(k, j) for j in range(k)]

    return [a * b for k in range(n) for a, b in below(k)]


def of_strings_and_none(n):
    rows = [(k, None if k % 2 else "even") for k in range(n)]
    return [(k, what) for k, what in rows if what is not None for _ in range(2)]


PROGRAMS = [
    pairs_below, triangle, indexed, of_pairs, of_rows, zipped, starred, flattened, consumed, as_sorted, sums_in_a_list,
    in_a_loop, with_a_helper, of_strings_and_none,
]  # fmt: skip


@pytest.mark.parametrize("fn", PROGRAMS, ids=lambda f: f.__name__)
def test_native_on_numbers(fn):
    assert "native code" in same(fn, 0, 1, 5, 9, traces=1).explain()


@pytest.mark.parametrize("fn", PROGRAMS, ids=lambda f: f.__name__)
def test_beside_arrays(fn):
    """An array in the call leaves Python no part of it: what is not staged is an error."""

    def both(x, n):
        return fn(n), x * 2

    x = np.arange(3.0)
    compiled = ag.function(both)
    for n in 0, 5, 9:
        made, twice = compiled(x, n)
        made = plain(made)
        assert equal(made, fn(n)) and same_kind(made, fn(n)), n
        assert twice.tolist() == [0, 2, 4]
    assert compiled.experimental_get_tracing_count() == 1


def test_three_clauses():
    assert "native code" in same(pythagorean, 0, 14, traces=1).explain()


def of_array(x, n):
    return (
        [i * v for i, v in enumerate(x)],
        [a - b + c for a, b, c in x.reshape(1, 3) * n],
        [(i, x[j]) for i in range(3) for j in range(i) if x[j] > 0],
        sum(x[i] * x[j] for i in range(n) for j in range(i) if x[j] > 0),
        max(x[i] - x[j] for i in range(n) for j in range(n)),
        any(x[i] > x[j] + 1 for i in range(n) for j in range(i)),
        tuple(x[i] + j for i in range(3) for j in range(2)),
        {i: x[i] * j for i in range(n) for j in range(2)},
        sorted({i * j % 3 for i in range(n) for j in range(i)}),
        next(((i, j) for i in range(3) for j in range(3) if i + j == 3), None),
    )


def test_items_of_arrays():
    same(of_array, (np.array([0.5, -1.0, 2.0]), 2), (np.array([0.0, 1.0, 2.0]), 3), kinds=False)


# fmt: off
def too_many(n):
    rows = [(k, k + 1, k + 2) for k in range(n)]
    return [
        a
        for a, b in rows
        if b
    ]
# fmt: on


def not_iterable(n):
    return [j for i in range(n) for j in i]


# fmt: off
def raised_inside(n):
    return [
        i // j
        for i in range(n)
        for j in range(i)
    ]
# fmt: on


def test_errors_name_the_line():
    same(too_many, 2)
    same(not_iterable, 2)
    same(raised_inside, 2)


def names_of_ours(n):
    a, i, item = 7, 8, 9
    made = [(i, a + item) for i in range(n) for item, a in [(i, i)]]
    return made, a, i, item


def read_before_it_is_bound(n):
    j = 3
    return [(i, j) for i in range(n) for j in range(j)]


def bound_twice(n):
    return [x for x in range(n) for y in range(2) for x in range(x, x + 2)]


def walrus_goes_outside(n):
    last = -1
    made = [(last := i * j) for i in range(n) for j in range(i)]
    return made, last


def shared_variables(n):
    return [f() for f in [lambda: (a, b) for a, b in [(k, k + 1) for k in range(n)]]]


def first_iterable_once(n):
    seen = []

    def items(k):
        seen.append(k)
        return range(k)

    made = [(i, j) for i in items(n) for j in items(i)]
    return made, seen


def iterators_are_taken_apart_once(n):
    return [a for a, b in map(iter, [(k, k + 1) for k in range(n)]) if b % 2]


@pytest.mark.parametrize(
    "fn",
    [
        names_of_ours, read_before_it_is_bound, bound_twice, walrus_goes_outside, shared_variables, first_iterable_once,
        iterators_are_taken_apart_once,
    ],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_scopes(fn):
    same(fn, 0, 1, 4, unbound_lines=False)


def used_twice(n):
    def both(items):
        return sum(items), sum(items)

    return both(i * j for i in range(n) for j in range(i))


def stored(n):
    made = []
    keep = made.append
    for k in range(3):
        keep(k * i for i in range(n))
    return [list(g) for g in made]


def test_generators_are_used_up():
    same(used_twice, 0, 4)
    same(stored, 0, 3)


def of_three(x, y, z):
    kept = [k * 2 for k in (x, y, z) if k > 0]
    return kept, len(kept), sum(kept), kept[-1] if kept else -1.0


def of_pairs_of_names(x, y, z):
    named = {"a": x, "b": y, "c": z}
    return [n for n, v in named.items() if v > 0], [(n, v) for n, v in named.items() if v < 0]


def of_products(x, y, z):
    xs = x, y, z
    return [a + b for a, b in itertools.product(xs, xs) if a > b], [f(y) for f in (abs, int) if f(x) > 2]


@pytest.mark.parametrize("program", [of_three, of_pairs_of_names, of_products])
@pytest.mark.parametrize("kind", ["numbers", "tensors", "variables"])
def test_a_filter_over_values_that_the_run_knows(program, kind):
    made = {"numbers": float, "tensors": lambda v: ag.constant(v, "float64"), "variables": lambda v: ag.Variable(v, dtype="float64")}[kind]
    f = ag.function(program)
    for given in (3.0, -1.0, 7.0), (-3.0, -1.0, -7.0), (2.0, 9.0, 1.0):
        values = [made(v) for v in given]
        want = program(*given)
        for got in f(*values), ag.function(program)(*values):
            assert equal(plain(got), plain(want))


def test_a_filter_over_pythons_own_items_is_refused_where_a_tensor_decides():
    with pytest.raises(TypeError, match="cannot be used as a Python bool: it depends on 'x'"):
        ag.function(lambda x: [k for k in (1, 2) if x > k])(ag.constant(3))
