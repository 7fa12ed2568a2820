"""Operators and properties of the user's classes, which Python calls by itself: they are converted, and leave the class as it was."""

import threading

import numpy as np
import pytest
from modes import plain, same

import autograph as ag


class Pair:
    """Every method asks what only the run knows."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return self.x + other.x if self.x > 0 else other.y

    def __radd__(self, other):
        if self.x > other:
            return other
        return -other

    def __sub__(self, other):
        total = 0
        for i in range(self.x if self.x > 0 else 3):
            total += i * other.y
        return total

    def __iadd__(self, other):
        if self.x > 0:
            self.x += other.x
        else:
            self.y = 9
        return self

    def __neg__(self):
        return -self.x if self.x > 0 else self.y

    def __eq__(self, other):
        if self.x > 0:
            return self.x == other.x
        return self.y == other.y

    def __lt__(self, other):
        if self.x == other.x:
            return self.y < other.y
        return self.x < other.x

    def __getitem__(self, i):
        if i == 0:
            return self.x
        elif i == 1:
            return self.y
        raise IndexError("a Pair has two parts")

    def __setitem__(self, i, v):
        if i == 0:
            self.x = v
        else:
            self.y = v

    def __contains__(self, v):
        return v == self.x or v == self.y

    def __abs__(self):
        return self.x if self.x > 0 else -self.x

    def __len__(self):
        n = 0
        while n < self.x:
            n += 1
        return n

    def __float__(self):
        return float(self.x) if self.x > 0 else 0.5

    def __int__(self):
        return int(self.x) if self.x > 0 else 7

    def __getattr__(self, name):
        if name == "other":
            return self.x if self.x > 0 else self.y
        raise AttributeError(name)

    @property
    def larger(self):
        if self.x > self.y:
            return self.x
        return self.y

    @larger.setter
    def larger(self, v):
        if v > 0:
            self.x = v
        else:
            self.y = v


class Derived(Pair):
    def __add__(self, other):
        before = super().__add__(other)
        return before + 100 if self.y > 1 else before


def augmented(n):
    p = Pair(n, 1)
    p += Pair(2, 2)
    return p.x, p.y


def items(n):
    p = Pair(n, 1)
    p[n % 2] = 7
    p[0] += n
    return p.x, p.y


def properties(n):
    p = Pair(n, 1)
    p.larger = n
    p.larger += 2
    return p.x, p.y, p.larger


def in_a_loop(n):
    p, total = Pair(n, 1), 0
    for i in range(6):
        total += p[i % 2] + (p + Pair(1, i)) + p.larger
        if i in p:
            total += 100
        p += Pair(1, 2)
        if p == Pair(3, i) or p.other != i:
            total -= 1
    return total, p.x, p.y


class Row:
    """Iterated over by its items, until there is none."""

    def __init__(self, n):
        self.n = n

    def __getitem__(self, i):
        if i >= 3:
            raise IndexError(i)
        return i * self.n if self.n > 0 else i - self.n


def of_items(n):
    row, total = Row(n), 0
    if n > 1:
        for v in row:
            total += v
        total += getattr(Pair(n, 2), "none", 5)
    first, *rest = row
    return total, first, rest, [v for v in row]


OPERATORS = {
    "add": lambda n: Pair(n, 2) + Pair(3, n),
    "reflected": lambda n: 1 + Pair(n, 2),
    "sub": lambda n: Pair(n, 2) - Pair(3, n),
    "neg": lambda n: -Pair(n, 2),
    "eq": lambda n: Pair(n, 2) == Pair(3, 2),
    "ne": lambda n: Pair(n, 2) != Pair(3, 2),
    "lt": lambda n: Pair(n, 2) < Pair(3, 5),
    "gt": lambda n: Pair(n, 2) > Pair(3, 5),
    "getitem": lambda n: Pair(n, 2)[n],
    "in": lambda n: n in Pair(3, n),
    "not in": lambda n: n not in Pair(4, 7),
    "abs": lambda n: abs(Pair(n, 1)),
    "len": lambda n: len(Pair(n, 1)),
    "truth": lambda n: 1 if Pair(n, 1) else 2,
    "float": lambda n: float(Pair(n, 1)),
    "int": lambda n: int(Pair(n, 1)),
    "attribute": lambda n: Pair(n, 2).other,
    "property": lambda n: Pair(n, 2).larger,
    "derived": lambda n: Derived(n, n) + Pair(3, 5),
    "augmented": augmented,
    "items": items,
    "properties": properties,
    "loop": in_a_loop,
    "of items": of_items,
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_are_converted(name):
    f = OPERATORS[name]
    compiled = same(f, 3, 1, 0, -2)
    assert "native code" in str(compiled.explain())
    of_array = ag.function(lambda x: f(x[0]))
    for n in 3, 1, 0, -2:
        try:
            want = f(n)
        except IndexError as e:
            with pytest.raises(IndexError, match=str(e)):
                of_array(np.array([n]))
            continue
        assert str(plain(of_array(np.array([n])))) == str(plain(want))


def test_class_is_as_it_was_after_a_trace():
    before = dict(vars(Pair))
    compiled = ag.function(in_a_loop)
    compiled(3)
    assert dict(vars(Pair)) == before
    failing = ag.function(lambda n: (Pair(n, 2) + Pair(3, n)) // 0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            failing(3)
    assert dict(vars(Pair)) == before


class Slow:
    """Its operator stops in a trace until the other thread has used it as well."""

    tracing, used = threading.Event(), threading.Event()

    def __init__(self, v):
        self.v = v

    def __mul__(self, k):
        return self.v * k if self.v > 0 else k


def wait(_):
    Slow.tracing.set()
    Slow.used.wait(10)
    return 0


def test_other_threads_see_the_method_itself():
    found = []

    def use():
        Slow.tracing.wait(10)
        found.append((Slow(3) * 2, Slow(-1) * 2))
        Slow.used.set()

    thread = threading.Thread(target=use)
    thread.start()
    still = ag.autograph.experimental.do_not_convert(wait)
    compiled = ag.function(lambda x: Slow(x[0]) * 5 + still(None))
    assert int(compiled(np.array([2]))) == 10
    thread.join()
    assert found == [(6, 2)]


class Frozen(type):
    def __setattr__(cls, name, value):
        raise TypeError(f"{name} is fixed")


class Fixed(metaclass=Frozen):
    def __init__(self, v):
        self.v = v

    def __mul__(self, k):
        return self.v * k if self.v > 0 else k


def test_metaclass_does_not_notice():
    same(lambda n: Fixed(n) * 3, 2, -2)


def largest_of(n):
    return max(Pair(n, 1), Pair(2, 4)).y, min([Pair(n, 1), Pair(2, 4), Pair(0, n)]).y


def asked_again(n):
    """`in` and len() of a class whose methods have stand-ins for another reason."""
    p, total = Pair(n, 2), 0
    for i in range(4):
        total += p + Pair(i, 1)
        if i in p and len(p) > 0:
            total += 10
    return total, max(p, Pair(1, 1)).x


@pytest.mark.parametrize("f", [largest_of, asked_again])
def test_order_by_the_class(f):
    same(f, 3, 1, 0, -2)
    of_array = ag.function(lambda x: f(x[0]))
    for n in 3, 1, 0, -2:
        assert str(plain(of_array(np.array([n])))) == str(plain(f(n)))
