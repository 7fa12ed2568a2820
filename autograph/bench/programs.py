"""The functions that are measured: ordinary Python, undecorated.

Every number a loop changes starts as an argument, so the kind of the arguments (plain numbers, or
int64 and float64 tensors) is the kind of the whole computation. c/scalar.c has the same loops in C.
"""

import autograph as ag


def collatz(first, last, steps):
    """Steps of all Collatz chains from first to last - 1."""
    while first < last:
        n = first
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        first += 1
    return steps


def chain(n):
    """Steps of one Collatz chain."""
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def primes(n, last, divisor, count, steps):
    """Primes from n to last - 1 by trial division from 2 (divisor) on: how many, and divisions."""
    while n < last:
        d = divisor
        while d * d <= n and n % d != 0:
            d += 1
        if d * d > n:
            count += 1
        steps += d - 1
        n += 1
    return count, steps


def gcd(first, last, other, total, steps):
    """Sum of gcd(k, other), k from first to last - 1, by Euclid's algorithm, and its divisions."""
    while first < last:
        a, b = other, first
        while b != 0:
            a, b = b, a % b
            steps += 1
        total += a
        first += 1
    return total, steps


def newton(x, last, step, total, steps):
    """Sum of the square roots of x, x + step, ... below last, by Newton's method (x >= 1)."""
    while x < last:
        root = x
        next = 0.5 * (root + x / root)
        while next < root:
            root = next
            next = 0.5 * (root + x / root)
            steps += 1
        total += root
        x += step
    return total, steps


def mandelbrot(left, right, bottom, top, step, limit, steps):
    """Iterations of z*z + c, at most limit a point, over a grid of points c."""
    y = bottom
    while y < top:
        x = left
        while x < right:
            a, b, k = x, y, limit
            while k > 0 and a * a + b * b <= 4.0:
                a, b = a * a - b * b + x, 2.0 * a * b + y
                k -= 1
            steps += limit - k
            x += step
        y += step
    return steps


def bubble_sort(x):
    """x in ascending order (a list is sorted in place)."""
    n = len(x)
    for i in range(n - 1):
        for j in range(n - 1 - i):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
    return x


def axpy(a, x, y):
    return a * x + y


def add_one(x):
    return x + 1


def bell(x):
    return ag.exp(-x * x) * 2 + 1


def black_scholes(price, strike, years, rate=0.02, volatility=0.3):
    """Prices of European call options."""
    spread = volatility * ag.sqrt(years)
    d1 = (ag.math.log(price / strike) + (rate + 0.5 * volatility * volatility) * years) / spread
    d2 = d1 - spread
    paid = strike * ag.exp(-rate * years)
    return price * normal(d1) - paid * normal(d2)


def conv2d(x, filters):
    """Images by filters, zeros around them."""
    return ag.nn.conv2d(x, filters, 1, "SAME")


def normal(x):
    return 0.5 + 0.5 * ag.math.erf(x * 0.7071067811865476)
