"""Programs as a newcomer writes them, of every day: texts, tables, classes with state, closures, recursion, simulation; on plain
numbers, lists and NumPy arrays.

PROGRAMS is the table, as in lists.py.
"""

import collections
import dataclasses

import numpy as np


def caesar(text, k):
    out = ""
    for ch in text:
        if ch.isalpha():
            base = ord("A") if ch.isupper() else ord("a")
            out += chr((ord(ch) - base + k) % 26 + base)
        else:
            out += ch
    return out


def word_lengths(text, n):
    counts = {}
    for w in text.split():
        counts[len(w) % n] = counts.get(len(w) % n, 0) + 1
    return counts


def pascal(n):
    rows = [[1]]
    for _ in range(n):
        last = rows[-1]
        rows.append([1] + [a + b for a, b in zip(last, last[1:])] + [1])
    return rows


def edit_distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        old, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            old, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, old + (x != y))
    return row[-1]


def lis(xs):
    best = [1] * len(xs)
    for i in range(len(xs)):
        for j in range(i):
            if xs[j] < xs[i] and best[j] + 1 > best[i]:
                best[i] = best[j] + 1
    return max(best)


def transpose(m):
    return [list(r) for r in zip(*m)]


def matmul(a, b):
    return [[sum(x * y for x, y in zip(r, c)) for c in zip(*b)] for r in a]


def spiral(n):
    m = [[0] * n for _ in range(n)]
    x = y = 0
    dx, dy = 0, 1
    for k in range(n * n):
        m[x][y] = k
        if not (0 <= x + dx < n and 0 <= y + dy < n) or m[x + dx][y + dy] != 0:
            dx, dy = dy, -dx
        x, y = x + dx, y + dy
    return m


@dataclasses.dataclass
class Account:
    balance: float = 0.0
    log: list = dataclasses.field(default_factory=list)

    def deposit(self, x):
        if x <= 0:
            raise ValueError("amount")
        self.balance += x
        self.log.append(x)

    def withdraw(self, x):
        if x > self.balance:
            raise RuntimeError(f"only {self.balance}")
        self.balance -= x
        self.log.append(-x)


def bank(n):
    a = Account()
    for i in range(1, n):
        a.deposit(i)
        if i % 3 == 0:
            a.withdraw(i - 1)
    return a.balance, a.log


def bank_error(n):
    a = Account()
    a.deposit(n)
    a.withdraw(n + 1)


def bisect_root(lo, hi):
    steps = 0
    while hi - lo > 1e-9:
        mid = (lo + hi) / 2
        if mid * mid - 2 > 0:
            hi = mid
        else:
            lo = mid
        steps += 1
    return round(lo, 6), steps


def histogram(xs):
    h = collections.Counter(x // 10 for x in xs)
    return sorted(h.items()), h.most_common(1)


def roman(n):
    out = ""
    for v, s in (
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ):
        while n >= v:
            out += s
            n -= v
    return out


def queue_sim(n):
    q = collections.deque()
    served = []
    for t in range(n):
        if t % 2 == 0:
            q.append(t)
        if t % 3 == 0 and q:
            served.append((q.popleft(), t))
    return served, list(q)


def shape(kind, a):
    match kind, a:
        case "circle", r:
            return 3 * r * r
        case "square", s if s > 3:
            return s * s
        case _:
            return -1


def gen_primes(n):
    def gen():
        for i in range(2, n):
            if all(i % p for p in range(2, int(i**0.5) + 1)):
                yield i

    return list(gen()), sum(gen())


def report(rows):
    out = []
    for name, v in rows:
        out.append(f"{name:<6}|{v:>8.2f}|{v / 3:e}|{int(v):05d}|{v:+g}")
    return "\n".join(out)


def running(xs):
    total, out = 0, []
    for i, x in enumerate(xs, 1):
        total += x
        out.append(total / i)
    return out, max(out), min(out), sum(out) / len(out)


def normalize(xs):
    m = sum(xs) / len(xs)
    s = (sum((x - m) ** 2 for x in xs) / len(xs)) ** 0.5
    return [(x - m) / s for x in xs]


def hanoi(n):
    moves = []

    def move(k, a, b, c):
        if k == 0:
            return
        move(k - 1, a, c, b)
        moves.append((a, b))
        move(k - 1, c, b, a)

    move(n, "A", "B", "C")
    return len(moves), moves[:5]


def counter_closure(n):
    def make():
        c = 0

        def inc(by=1):
            nonlocal c
            c += by
            return c

        return inc

    a, b = make(), make()
    for i in range(n):
        a()
        if i % 2:
            b(i)
    return a(0), b(0)


def sets(n):
    a = {i for i in range(n) if i % 2}
    b = {i * i % n for i in range(n)}
    return sorted(a & b), sorted(a | b), sorted(a ^ b), len(a - b)


def rle(xs):
    out = []
    for x in xs:
        if out and out[-1][0] == x:
            out[-1][1] += 1
        else:
            out.append([x, 1])
    return out


def mandel(n):
    rows = []
    for i in range(n):
        row = ""
        for j in range(n):
            x = y = 0.0
            cx, cy = j / n * 3 - 2, i / n * 2 - 1
            k = 0
            while x * x + y * y < 4 and k < 20:
                x, y = x * x - y * y + cx, 2 * x * y + cy
                k += 1
            row += " .:#"[k * 3 // 20]
        rows.append(row)
    return rows


def digits(n):
    return [int(d) for d in str(n)], sum(map(int, str(n))), str(n)[::-1], n == int(str(n)[::-1])


def perfect(n):
    return [k for k in range(2, n) if sum(d for d in range(1, k) if k % d == 0) == k]


def bubble(xs):
    xs = list(xs)
    swaps = 0
    for i in range(len(xs)):
        for j in range(len(xs) - 1 - i):
            if xs[j] > xs[j + 1]:
                xs[j], xs[j + 1] = xs[j + 1], xs[j]
                swaps += 1
    return xs, swaps


def quick(xs):
    if len(xs) <= 1:
        return xs
    p, *rest = xs
    return quick([x for x in rest if x < p]) + [p] + quick([x for x in rest if x >= p])


def grid_paths(n, m):
    memo = {}

    def go(i, j):
        if (i, j) in memo:
            return memo[i, j]
        r = 1 if i == 0 or j == 0 else go(i - 1, j) + go(i, j - 1)
        memo[i, j] = r
        return r

    return go(n, m)


def walk(n):
    pos, seen = (0, 0), {(0, 0)}
    state = 1
    for _ in range(n):
        state = (state * 1103515245 + 12345) % 2**31
        dx, dy = [(0, 1), (1, 0), (0, -1), (-1, 0)][state // 65536 % 4]
        pos = pos[0] + dx, pos[1] + dy
        seen.add(pos)
    return pos, len(seen)


def dot(a, b):
    total = 0
    for x, y in zip(a, b):
        total += x * y
    return total


def smooth(x):
    y = x.copy()
    for i in range(1, len(x) - 1):
        y[i] = (x[i - 1] + x[i] + x[i + 1]) / 3
    return y, y.max(), x.sum()


def rowsums(m):
    return [sum(r) for r in m], [max(r) for r in m], sum(map(sum, m))


def first_big(xs, k):
    return (
        next((i for i, x in enumerate(xs) if x > k), -1),
        any(x > k for x in xs),
        all(x < k for x in xs),
    )


A = np.array
PROGRAMS = [
    (caesar, [("Hello, World", 3), ("abc", 25)]),
    (word_lengths, [("the quick brown fox", 3), ("a b", 2)]),
    (pascal, [5, 1]),
    (edit_distance, [("kitten", "sitting"), ("", "ab")]),
    (lis, [([3, 1, 4, 1, 5, 9, 2, 6],), (A([3, 1, 4, 1, 5]),)]),
    (transpose, [([[1, 2], [3, 4], [5, 6]],)]),
    (matmul, [([[1, 2], [3, 4]], [[5, 6], [7, 8]])]),
    (spiral, [4, 1]),
    (bank, [8, 2]),
    (bank_error, [3]),
    (bisect_root, [(0.0, 2.0), (1, 2)]),
    (histogram, [([5, 15, 12, 33, 31],)]),
    (roman, [1994, 4]),
    (queue_sim, [12]),
    (shape, [("circle", 2), ("square", 4), ("square", 2)]),
    (gen_primes, [30]),
    (report, [([("a", 1.5), ("bb", -22.25)],)]),
    (running, [([1, 2, 3.5],), (A([1.0, 2.0]),)]),
    (normalize, [([1.0, 2.0, 4.0],), (A([1.0, 2.0, 4.0]),)]),
    (hanoi, [4]),
    (counter_closure, [6, 3]),
    (sets, [10]),
    (rle, [([1, 1, 2, 2, 2, 3],), ("aab",)]),
    (mandel, [6]),
    (digits, [12321, 1230]),
    (perfect, [30]),
    (bubble, [([3, 1, 2],), (A([3, 1, 2]),)]),
    (quick, [([3, 1, 2, 5, 4],)]),
    (grid_paths, [(4, 3)]),
    (walk, [20]),
    (dot, [([1, 2], [3, 4]), (A([1.5, 2.0]), A([3.0, 4.0]))]),
    (smooth, [(A([1.0, 5.0, 2.0, 8.0]),)]),
    (rowsums, [([[1, 2], [3, 4]],), (A([[1.0, 2.0], [3.0, 4.0]]),)]),
    (first_big, [([1, 5, 2], 3), ([1, 2], 3)]),
]
