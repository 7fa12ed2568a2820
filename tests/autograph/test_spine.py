"""Ordinary functions on ordinary numbers: compiled, and equal to Python."""

import math
import traceback

import pytest
from modes import same

import autograph as ag


def collatz(n):
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n = n // 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


def is_prime(n):
    if n < 2:
        return False
    d = 2
    while d * d <= n:
        if n % d == 0:
            return False
        d += 1
    return True


def count_primes(limit):
    count = 0
    for n in range(2, limit):
        prime = True
        for d in range(2, n):
            if d * d > n:
                break
            if n % d == 0:
                prime = False
                break
        if prime:
            count += 1
    return count


def newton(x):
    if x == 0:
        return 0.0
    guess = x / 2.0
    while abs(guess * guess - x) > 1e-12 * x:
        guess = (guess + x / guess) / 2.0
    return guess


def escape(cr, ci, limit):
    zr, zi, n = 0.0, 0.0, 0
    while n < limit and zr * zr + zi * zi <= 4.0:
        zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
        n += 1
    return n


def bubble_sort(x):
    n = len(x)
    for i in range(n):
        for j in range(n - 1 - i):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
    return x


def test_collatz_is_one_native_trace():
    f = same(collatz, 27, 1, 97, 871, traces=1)
    assert f(27) == 111
    assert "native code" in f.explain()


def test_gcd():
    same(gcd, (12, 18), (17, 5), (0, 3), (-12, 18), traces=1)


def test_primes():
    same(is_prime, -3, 1, 2, 9, 97, 7919, 7917, traces=1)
    same(count_primes, 0, 2, 3, 100, traces=1)


def test_newton():
    same(newton, 0.0, 2.0, 1e10, 1e-10, traces=1)


def test_mandelbrot():
    same(escape, (0.0, 0.0, 50), (-0.75, 0.1, 200), (2.0, 2.0, 10), traces=1)


def test_bubble_sort_of_a_tensor():
    f = ag.function(bubble_sort)
    x = ag.constant([5, 3, 9, -1, 3, 0])
    assert f(x).tolist() == [-1, 0, 3, 3, 5, 9]
    assert x.tolist() == [5, 3, 9, -1, 3, 0]
    assert f(ag.constant([2.5, 1.5])).tolist() == [1.5, 2.5]


def overflow(n):
    x = 1
    for _ in range(n):
        x = x * 3
    return x


def test_overflow_is_an_error():
    f = ag.function(overflow)
    assert f(39) == 3**39
    with pytest.raises(OverflowError) as e:
        f(40)
    assert traceback.extract_tb(e.value.__traceback__)[-1].line == "x = x * 3"


@pytest.mark.parametrize("op", ["//", "%", "/"])
def test_division_by_zero(op):
    scope = {}
    exec(f"def f(a, b):\n    c = a {op} b\n    return c\n", scope)
    f = ag.function(scope["f"])
    assert f(7, 2) == eval(f"7 {op} 2")
    assert f(-7, 2) == eval(f"-7 {op} 2")
    with pytest.raises(ZeroDivisionError):
        f(7, 0)


def undefined(n):
    if n > 0:
        y = n
    return y + 1


def test_undefined_variable_names_the_line():
    same(undefined, 3, -3)


def asserts(n):
    assert n > 0, f"n is {n}"
    return n


def test_assert_is_checked_at_run_time():
    f = ag.function(asserts)
    assert f(3) == 3
    with pytest.raises(AssertionError, match="n is -3"):
        f(-3)
    with pytest.raises(ag.errors.InvalidArgumentError):
        f(-3)


def prints(n):
    for i in range(n):
        if i % 2:
            print("odd", i, sep="-")
        print(f"{i:03d}", i / 2)
    return n


def test_print_happens_in_order():
    same(prints, 0, 4)


def raises(n):
    total = 0
    for i in range(n):
        if i == 3:
            raise ValueError(f"at {i}", i)
        total += i
    return total


def test_raise_in_a_loop():
    same(raises, 2, 5)


def early(xs, k):
    for i in range(len(xs)):
        if xs[i] == k:
            return i
    return None


def test_early_return_or_none():
    f = ag.function(early)
    x = ag.constant([4, 5, 6])
    assert f(x, 6) == 2
    assert f(x, 7) is None


def test_index_out_of_range_names_the_line():
    def pick(x, i):
        return x[i]

    f = ag.function(pick)
    x = ag.constant([1, 2, 3])
    assert f(x, 2) == 3
    assert f(x, -3) == 1
    with pytest.raises(IndexError) as e:
        f(x, 3)
    assert traceback.extract_tb(e.value.__traceback__)[-1].line == "return x[i]"


def test_float_math():
    def area(r):
        return math.pi * r**2 + math.sqrt(r) + math.sin(r)

    f = ag.function(area)
    assert f(2.0) == pytest.approx(area(2.0), rel=1e-15)
    with pytest.raises(ValueError):
        f(-2.0)
