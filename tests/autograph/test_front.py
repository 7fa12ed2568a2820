"""The short ways before native code (loops and calls while tracing, calls that build no key) give what the long ones give."""

import pytest
from modes import same

import autograph as ag


def scaled(x, by=2):
    return x * by


def test_a_helper_takes_the_defaults_and_cells_that_it_has_at_the_call():
    def make(k):
        def helper(x, add=1, *, twice=False):
            return (x + add) * (2 if twice else 1) + k

        return helper

    first, second = make(10), make(20)

    def f(x):
        return first(x), second(x, 3), second(x, twice=True), first(add=5, x=x)

    same(f, 1, -4)
    g = ag.function(lambda x: scaled(x))
    assert g(3) == 6
    old = scaled.__defaults__
    try:
        scaled.__defaults__ = (5,)
        assert ag.function(lambda x: scaled(x))(3) == 15
    finally:
        scaled.__defaults__ = old


def test_a_helper_that_is_not_to_be_converted_stays_python():
    @ag.autograph.experimental.do_not_convert
    def helper(k):
        return "odd" if k % 2 else "even"

    def f(x):
        return x + len(helper(3)), helper(4)

    same(f, 1.5)


def test_loops_over_python_ranges_of_any_length_that_a_traced_condition_leaves():
    def f(x, limit):
        total = 0
        for i in range(200):
            if total > limit:
                break
            total += i * x
        return total, i

    def short(x, limit):
        total = 0
        for i in range(5):
            if total > limit:
                break
            total += i * x
        else:
            total -= 1
        return total

    same(f, (1, 50), (2, 10**6), (0, 1))
    same(short, (1, 3), (1, 50))


def test_while_loops_of_python_numbers_until_a_traced_one_decides():
    def f(x):
        count = 0
        seen = []
        while count < 3:
            seen.append(count)
            count += 1
        while count < x:
            count += 2
        return count, seen

    def assigned(x):
        k = 0
        while (k := k + 1) < 3 or k < x:
            x -= 1
        return k, x

    same(f, 0, 3, 10)
    same(assigned, 0, 20)


def test_comparisons_and_items_while_tracing():
    def f(x, n):
        xs = [1, 2, 3]
        table = {"a": 1}
        table["a"] += 4
        xs[n] = 7
        xs[0] += n
        inside = "a" in table and 7 in xs and n not in table
        return 0 < n < 3 and x is not None, inside, [v * 2 for v in xs if v > 2], table["a"] * x

    same(f, (2.5, 1), (-1.0, 2))


def test_a_call_finds_its_trace_whatever_came_before():
    @ag.function
    def f(x, y=3):
        return x * y + 1

    x32, x64 = ag.constant([1.0, 2.0]), ag.constant([1, 2], ag.int64)
    for _ in range(3):
        assert f(2, 4) == 9 and f(2.5, 2) == 6.0 and f(2) == 7 and f(y=2, x=1) == 3
        assert f(x32, 2.0).tolist() == [3.0, 5.0] and f(x64, 2).tolist() == [3, 5]
        assert f(ag.constant([1.0]), 2.0).tolist() == [3.0]
        assert f(f(1, 1), f(0.5, 1)) == 4.0  # numbers that came out of calls
    with pytest.raises(OverflowError):
        f(2**62, 4)
    assert f(2, 4) == 9
    with pytest.raises(TypeError):
        f(1, 2, 3)
    leaked = []
    leak = ag.autograph.experimental.do_not_convert(lambda x: leaked.append(x))
    ag.function(lambda x: leak(x) or x)(x32)
    with pytest.raises(TypeError, match="symbolic"):
        f(leaked[0], 2.0)


def test_a_result_is_its_own_whatever_runs_next():
    @ag.function
    def same_as(x):
        return x

    @ag.function
    def more(x):
        return x + 1

    x = ag.constant([[1.0, 2.0], [3.0, 4.0]])
    kept = [more(x) for _ in range(100)]
    assert same_as(x).tolist() == x.tolist()
    del x
    assert all(k.tolist() == [[2.0, 3.0], [4.0, 5.0]] for k in kept)
    assert more(ag.constant([])).tolist() == []
    assert more(kept[0]).shape == (2, 2)
