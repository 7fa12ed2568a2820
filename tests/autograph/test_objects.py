"""Objects of the user's classes that branches and loops give, choose and change: two names of one object are one object."""

import numpy as np
import pytest
from modes import plain, same

import autograph as ag


class Vector:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, k):
        return Vector(self.x * k, self.y * k)

    def longer(self, other):
        if self.x * self.x + self.y * self.y > other.x * other.x + other.y * other.y:
            return self
        return other


class Material:
    def __init__(self, density, name):
        self.density, self.name = density, name

    def mass(self, v):
        if v > 1:
            return self.density * v
        return self.density

    @property
    def half(self):
        return self.density / 2


WOOD, IRON, GOLD = Material(2, "wood"), Material(7, "iron"), Material(19, "gold")


def parts(v):
    return v.x, v.y


def made_in_each_turn(n):
    v = Vector(0, 1)
    for i in range(n):
        v = Vector(v.x + i, v.y * 2)
    return parts(v)


def by_operators(n):
    v, total = Vector(0, 1), 0
    for i in range(n):
        v = v + Vector(i, 2) * 3
        total += (v * 2).x
    return parts(v), total


def of_a_branch(n):
    v = Vector(0, 1) if n > 2 else Vector(5, n)
    v.x += 10
    w = v
    w.y = 100
    return parts(v), parts(v + w), v is w


def best_of(n):
    best = None
    for i in range(n):
        v = Vector(i, (i * 7) % 5)
        if best is None or v.y > best.y:
            best = v
    return None if best is None else parts(best)


def change_shows_in_what_was_chosen(n):
    a, b = Vector(1, 1), Vector(2, 2)
    c = a if n > 2 else b
    c.x = 50
    a.y += 7
    return parts(a), parts(b), parts(c), c is a, c is b, c == a, a != c, a is not b


def one_of_many(n):
    vs = [Vector(i, i) for i in range(4)]
    for v in vs:
        v.x += n
    most = vs[0]
    for v in vs:
        if v.x * 3 % 5 > most.x * 3 % 5:
            most = v
    most.y = 99
    return [parts(v) for v in vs], most in vs, most is vs[1]


def by_a_method(n):
    a, b = Vector(n, 1), Vector(2, 2)
    c = a.longer(b)
    c.x += 100
    return parts(a), parts(b), c is a


def of_older_ones(n):
    m = WOOD if n > 2 else IRON
    k = GOLD.mass if n > 1 else m.mass
    return m.density + n, m.mass(n), m.half, m.name, m is IRON, k(n)


def older_ones_in_a_loop(n):
    m, total = None, 0
    for i in range(n):
        if i % 3 == 1:
            m = GOLD
        elif i % 3 == 2:
            m = IRON
        total += 1 if m is None else m.density
    return total, m is GOLD, m is None


def functions(n):
    f = parts if n > 2 else (lambda v: (v.y, v.x))
    return f(Vector(n, 7))


def holds_itself(n):
    v = Vector(n, 1)
    v.me = v
    if n > 1:
        v.x += 1
    return v.me.x


PROGRAMS = [
    made_in_each_turn, by_operators, of_a_branch, best_of, change_shows_in_what_was_chosen, one_of_many, by_a_method, of_older_ones,
    older_ones_in_a_loop, functions, holds_itself,
]  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS)
def test_programs(f):
    compiled = same(f, 3, 1, 0, 5)
    assert "native code" in str(compiled.explain())
    of_array = ag.function(lambda x: f(x[0]))
    for n in 3, 1, 0, 5:
        assert str(plain(of_array(np.array([n])))) == str(plain(f(np.array([n])[0])))


class Node:
    def __init__(self, v, after):
        self.v, self.after = v, after


def chain(n):
    head = None
    for i in range(n):
        head = Node(i, head)
    total = 0
    while head is not None:
        total = total * 10 + head.v
        head = head.after
    return total


def grown(n):
    vs = []
    for i in range(n):
        vs.append(Vector(i, 2 * i))
    vs[0].x = 7
    return [v.x for v in vs]


@pytest.mark.usefixtures("no_plain_calls")
@pytest.mark.parametrize("f", [chain, grown])
def test_what_no_graph_holds_is_left_to_python_or_refused(f):
    same(f, 3, 1)
    with pytest.raises(TypeError, match="same nested structure|which may change"):
        ag.function(lambda x: f(x[0]))(np.array([3]))
