"""enumerate(), zip(), reversed(), map(), filter() and generator expressions over what only the run can loop over: each is taken once."""

import numpy as np
import pytest
from modes import same

import autograph as ag

A = np.array([3.0, 1.0, 2.0])


def native(compiled):
    text = str(compiled.explain())
    assert "native code" in text and "runs as Python" not in text, text


# ---- filter, map and generator expressions in loops ----------------------------------------------------------


def test_loops_over_a_filter_of_an_array_end_as_python_ends_them():
    def first_parts(x, most):
        total = 0.0
        for v in filter(lambda a: a > 1, x):
            if v > most:
                break
            total += v
        else:
            total = -total
        return total

    native(same(first_parts, (A, 5), (A, 1.5), (A, 2.5), kinds=False))


def test_a_filter_calls_its_function_between_the_turns():
    def order(n):
        log = []

        def odd(v):
            log.append(v)
            return v % 2

        for v in filter(odd, range(n)):
            log.append(-v)
            if v > 3:
                break
        return log

    same(order, 0, 3, 9)


def test_loops_over_generator_expressions_with_traced_conditions():
    def first(x, most):
        for v in (a * b for a in x for b in x if a > b):
            if v > most:
                return v
        return None

    native(same(first, (A, 1.5), (A, 2.5), (A, 100.0), kinds=False))

    def above(n, values):
        total = 0
        for v in (v for v in values if v > n):
            total += v
        return total, sum(v for v in values if v > n), [k for k in filter(lambda v: v > n, values)]

    native(same(above, (3, [1, 2, 5]), (0, [7])))

    def odd(n):
        total = 0
        for v in (v * 2 for v in range(n) if v % 2):
            total += v
        return total

    native(same(odd, 5, 0, traces=1))


def test_map_over_ranges_and_arrays_is_a_loop():
    def signed(v):
        if v > 1:
            return v * v
        return -v

    def sums(n):
        total = 0
        for v in map(signed, range(n)):
            total += v
        return total, sum(map(signed, range(n))), list(map(signed, range(n)))

    native(same(sums, 0, 3, 7, traces=1))

    def of_two(x, k):
        total = 0.0
        for v in map(lambda a, b: a - b, x, x[1:]):
            if v < 0:
                continue
            total += v * k
        return total, max(map(lambda v: v * k, x))

    native(same(of_two, (A, 5.0), (A, 1.5), kinds=False))


def test_nested_loops_over_map_and_filter():
    def pairs(n):
        out = []
        for v in filter(lambda a: a % 2, range(n)):
            for w in map(lambda b: b * v, range(v)):
                if w > 6:
                    break
                out.append((v, w))
        return out

    native(same(pairs, 0, 4, 7, traces=1))


def test_what_takes_iterators_takes_these():
    def consumed(n, values):
        total = 0
        for i, v in enumerate(map(lambda a: a * n, values)):
            total += i * v
        for a, b in zip(map(lambda a: a * n, values), filter(lambda a: a > 0, [1, 2, 0, 3])):
            total += a * b
        return total, sorted(filter(lambda v: v > n, [3, n, 5])), tuple(filter(None, [n, 0, 1]))

    same(consumed, (2, [1, 2, 3]), (1, []))

    def words(texts):
        return "".join(filter(str.isalpha, texts)), dict(filter(lambda p: p[1] != "b", enumerate(texts))), set(map(len, texts))

    same(words, (["a", "1", "b"],))


# ---- taken once ------------------------------------------------------------------------------------------------


def test_what_was_taken_before_a_loop_is_not_taken_by_each_turn():
    def in_a_loop(x, n):
        pairs, total = zip(x, x), x[0] * 0
        for _ in range(n):
            for a, b in pairs:
                total += a * b
        return total

    same(in_a_loop, (A, 0), (A, 1), (A, 3), kinds=False)

    def handed_on(x, n):
        def summed(values):
            total = x[0] * 0
            for _ in range(n):
                total += sum(values)
            return total

        return summed(v * 2 for v in x)

    same(handed_on, (A, 0), (A, 1), (A, 3), kinds=False)


def test_what_a_branch_took_is_gone():
    def in_a_branch(x, n):
        numbered, total = enumerate(x), x[0] * 0
        if n > 1:
            for a, b in numbered:
                total += a * b
        for a, b in numbered:
            total += a * b + 100
        return total

    same(in_a_branch, (A, 0), (A, 1), (A, 3), kinds=False)


def test_iterators_go_on_where_they_were_left():
    def after_break(n):
        pairs, out = zip(range(n), range(5)), []
        for a, b in pairs:
            out.append(a * b)
            if a == 2:
                break
        for a, _ in pairs:
            out.append(a)
        return out

    same(after_break, 0, 2, 4, 9)

    def to_the_end(n):
        numbered, out = enumerate(range(n)), []
        for a, b in numbered:
            out.append(a * b)
        for _ in numbered:
            out.append(100)
        return out, list(numbered)

    same(to_the_end, 0, 3)

    def one_then_all(x):
        out = []
        for made in (enumerate(x), zip(x, x), reversed(x), map(lambda v: v * 2, x)):
            out.append(next(made))
            out.append(list(made))
        pairs = zip(x, x)
        numbered = enumerate(pairs)
        out.append(next(pairs))
        return out, list(numbered)

    same(one_then_all, (A,), kinds=False)

    def from_a_filter(n):
        odd = filter(lambda v: v % 2, [1, 2, 3, 4, 5])
        return next(odd, -1) + n, sum(odd), list(odd)

    same(from_a_filter, 0, 3)


def test_strict_zip_tells_lengths_that_differ():
    def sums(x, y):
        return [a + b for a, b in zip(x, y, strict=True)]

    same(sums, (A, A), (A, A[:2]), kinds=False)


def test_where_only_the_run_knows_what_is_left_it_is_refused():
    @ag.function
    def rest(x):
        pairs = zip(x, x)
        for a, b in pairs:
            if a > 2:
                break
        return [a for a, b in pairs]

    with pytest.raises(TypeError, match=r"zip\(\) has been looped over before, and how far only the run knows"):
        rest(ag.constant([1.0, 3.0, 2.0]))
