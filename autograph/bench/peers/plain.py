"""The programs on numbers, for peers that compile Python itself. Runs in their environments: imports nothing.
No `+=`, which would write into the arguments where these are tensors of torch."""


def collatz(first, last, steps):
    while first < last:
        n = first
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps = steps + 1
        first = first + 1
    return steps


def primes(n, last, divisor, count, steps):
    while n < last:
        d = divisor
        while d * d <= n and n % d != 0:
            d = d + 1
        if d * d > n:
            count = count + 1
        steps = steps + d - 1
        n = n + 1
    return count, steps


def mandelbrot(left, right, bottom, top, step, limit, steps):
    y = bottom
    while y < top:
        x = left
        while x < right:
            a, b, k = x, y, limit
            while k > 0 and a * a + b * b <= 4.0:
                a, b = a * a - b * b + x, 2.0 * a * b + y
                k = k - 1
            steps = steps + limit - k
            x = x + step
        y = y + step
    return steps
