"""What comes before native code: a function to convert, functions for Python values, graphs to trace.

Ordinary Python, undecorated, but for chain() and the hand-made loop, which build graphs of a chosen size.
"""

import autograph as ag


def dense(n, xs, limit, scale=1.0):
    """Fifty lines in which nearly every statement is one that the converter rewrites."""
    total = 0
    best = None
    seen = []
    i = 0
    while i < n:
        x = xs[i % len(xs)]
        if x < 0:
            i += 1
            continue
        if x > limit and not (x == limit + 1 or x == 2 * limit):
            break
        steps = 0
        while x != 1 and steps < limit:
            x = x // 2 if x % 2 == 0 else 3 * x + 1
            steps += 1
            if steps == 7 and x > 100:
                return total, i
        if best is None or steps > best:
            best = steps
            seen.append((i, steps))
        elif steps == best:
            seen[-1] = (i, steps)
        else:
            for j in range(len(seen)):
                a, b = seen[j]
                if a < b <= n:
                    seen[j] = b, a
                    total -= abs(a - b)
                elif a == b:
                    break
            else:
                total += 1
        assert steps >= 0, f"no steps at {i}"
        for j, k in enumerate(seen):
            if j % 2:
                total += sum(v * scale for v in k)
            elif max(k) > limit or min(k) < 0:
                raise ValueError("out of range")
        total += steps if steps > 3 else -steps
        squares = [v * v for v in xs if v > 0]
        if squares and squares[0] > total:
            total = min(squares[0], total + i)
        i += 1
    if total > limit:
        total = total % limit
    return total, best


def steps_of(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def is_prime(n):
    d = 2
    while d * d <= n:
        if n % d == 0:
            return False
        d += 1
    return True


def euclid(a, b):
    while b:
        a, b = b, a % b
    return a


def bubble(n):
    xs = [(i * 7919) % n for i in range(n)]
    for i in range(n):
        for j in range(n - 1 - i):
            if xs[j] > xs[j + 1]:
                xs[j], xs[j + 1] = xs[j + 1], xs[j]
    return xs[n // 2]


def fibonacci(n):
    if n < 2:
        return n
    return fibonacci(n - 1) + fibonacci(n - 2)


def counted(text):
    counts = {}
    for word in text.split():
        if word in counts:
            counts[word] += 1
        else:
            counts[word] = 1
    best = None
    for word, count in counts.items():
        if best is None or count > counts[best]:
            best = word
    return best


def escape(x, y, limit):
    a = b = 0.0
    n = 0
    while a * a + b * b <= 4.0 and n < limit:
        a, b = a * a - b * b + x, 2.0 * a * b + y
        n += 1
    return n


def sieve(n):
    flags = [True] * n
    count = 0
    for i in range(2, n):
        if not flags[i]:
            continue
        count += 1
        for j in range(i * i, n, i):
            flags[j] = False
    return count


def divided(n):
    total = failed = 0
    for i in range(n):
        try:
            total += n // (i % 11)
        except ZeroDivisionError:
            failed += 1
    return total, failed


ON_VALUES = {
    "collatz": (steps_of, (97,)),
    "early return": (is_prime, (7919,)),
    "gcd": (euclid, (832040, 514229)),
    "bubble sort": (bubble, (40,)),
    "recursion": (fibonacci, (12,)),
    "word count": (counted, ("the cat and the dog and the bird saw the other cat " * 8,)),
    "escape": (escape, (-0.1, 0.65, 200)),
    "sieve": (sieve, (400,)),
    "try": (divided, (200,)),
}


def clamp(x, low, high):
    if low > high:
        low, high = high, low
    return x * low + high


def calls(x):
    """1,000 calls of a small helper that is converted when it is called; more turns would be recorded."""
    count = 0
    while count < 50:
        x = clamp(clamp(clamp(clamp(clamp(x, 1.0, 0.5), 1.0, 0.5), 1.0, 0.5), 1.0, 0.5), 1.0, 0.5)
        x = clamp(clamp(clamp(clamp(clamp(x, 1.0, 0.5), 1.0, 0.5), 1.0, 0.5), 1.0, 0.5), 1.0, 0.5)
        x = clamp(clamp(clamp(clamp(clamp(x, 1.0, 0.5), 1.0, 0.5), 1.0, 0.5), 1.0, 0.5), 1.0, 0.5)
        x = clamp(clamp(clamp(clamp(clamp(x, 1.0, 0.5), 1.0, 0.5), 1.0, 0.5), 1.0, 0.5), 1.0, 0.5)
        count += 1
    return x


def body(x, n):
    """A loop of twenty operations, as a user writes it."""
    i = 0
    y = x
    while i < n:
        y = y * x + 1.0
        y = y - x * 0.5
        y = y / (x + 2.0)
        y = y * y - x
        y = y + x * 0.25
        y = y - y * 0.125
        y = y * 0.5 + x
        y = y + 1.5
        i = i + 1
    return y


def by_hand(x, n):
    """body() through while_loop, without conversion."""

    def test(i, y):
        return i < n

    def step(i, y):
        y = y * x + 1.0
        y = y - x * 0.5
        y = y / (x + 2.0)
        y = y * y - x
        y = y + x * 0.25
        y = y - y * 0.125
        y = y * 0.5 + x
        y = y + 1.5
        return i + 1, y

    return ag.while_loop(test, step, (0, x))[1]


def chain(ops):
    """A function of `ops` operations in a row, not to be converted: its loop would be recorded once."""

    def chained(x):
        count = 0
        while count < ops:
            x = x * 0.999 + 0.5
            count += 2
        return x

    return chained
