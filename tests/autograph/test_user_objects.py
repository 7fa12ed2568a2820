"""Objects of the user's classes whose own methods run behind a statement: setters, __setitem__, context managers. They are converted,
so that a branch not taken has changed nothing."""

import collections
import contextlib
import functools

import autograph as ag
import numpy as np
import pytest
from modes import same


class Signed:
    def __init__(self, v):
        self._v = v

    @property
    def v(self):
        return self._v if self._v > 0 else -self._v

    @v.setter
    def v(self, x):
        if x > 3:
            self._v = x + 1
        else:
            self._v = x - 1

    @v.deleter
    def v(self):
        self._v = 0


def setter_in_a_branch(n):
    p = Signed(n)
    if n > 1:
        p.v = 5
    p.v += 2
    if n > 0:
        p.v *= 2
    return p._v, p.v


def setter_in_a_loop(n):
    p = Signed(1)
    for i in range(n):
        p.v = p.v + i
    while p.v > 20:
        p.v = p.v - 7
    return p.v, p._v


def deleter(n):
    p = Signed(n)
    if n > 1:
        del p.v
    return p._v


class Doubled:
    def __get__(self, owner, kind):
        owner.asked += 1
        return owner.v * 2

    def __set__(self, owner, x):
        owner.v = x


class Holder:
    d = Doubled()

    def __init__(self, v):
        self.v, self.asked = v, 0


def descriptor(n):
    h = Holder(n)
    h.d = h.d + 1
    if n > 1:
        h.d = 10
    return h.v, h.asked


class Dotted:
    def __init__(self, v):
        object.__setattr__(self, "known", {"x": v})

    def __getattr__(self, name):
        try:
            return object.__getattribute__(self, "known")[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name, value):
        self.known[name] = value + 1

    def __delattr__(self, name):
        del self.known[name]


def own_setattr(n):
    s = Dotted(n)
    s.y = n
    if n > 1:
        s.x = s.x + 10
    del s.y
    return s.x, sorted(s.known)


class Box:
    def __init__(self):
        self.d, self.log = {}, []

    def __setitem__(self, k, v):
        self.d[k] = v
        self.log.append(k)

    def __getitem__(self, k):
        return self.d.get(k, 0)

    def __delitem__(self, k):
        self.d[k] = -1


def own_items(n):
    b = Box()
    for i in range(3):
        b[i] = n * i
    if n > 1:
        b[0] = 50
        del b[2]
    b[1] += 1
    return b[0], b[1], b[2], b[7], b.log


class Level:
    def __init__(self, log, v):
        self.log, self.v = log, v

    def __enter__(self):
        if self.v > 1:
            self.log.append(self.v)
        return self

    def __exit__(self, kind, error, tb):
        self.log.append(-1 if kind is None else -2)
        return self.v > 2


def managers(n):
    log = []
    with Level(log, n) as a, Level(log, n + 1):
        r = a.v * 2
        if n > 4:
            raise ValueError(n)
    if n > 0:
        with Level(log, 5):
            log.append(7)
    return r if n < 5 else None, log


@contextlib.contextmanager
def noted(log, v):
    log.append(v)
    try:
        yield v * 2
    except ZeroDivisionError:
        log.append(0)
    finally:
        log.append(v + 1)


def generated(n):
    log = []
    with noted(log, n) as k:
        log.append(10 // n)
    return k, log


@contextlib.contextmanager
def said(v):
    print("in", v)
    yield
    print("out")


def talking(n):
    with said(3), said(n):
        r = n * 2
    return r


def test_numbers():
    for f in (
        talking, setter_in_a_branch, setter_in_a_loop, deleter, descriptor, own_setattr, own_items, managers, generated,
    ):  # fmt: skip
        same(f, 0, 1, 2, 5, -3)


def beside_an_array(x, n):
    p, b = Signed(x[0]), Box()
    if x[1] > n:
        p.v = x[2]
        b[0] = x[1]
    else:
        b[0] = x[0] * 2
    return p._v, b[0]


def test_beside_an_array():
    x = np.array([1.0, 2.0, 3.0])
    same(beside_an_array, (x, 0), (x, 5), (x + 4, 0), kinds=False)


class Kept:
    def __init__(self, x):
        self._x, self.larger = x, 0

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, x):
        if x[0] > 1:
            self.larger += 1
        self._x = x


def test_an_item_of_what_a_property_gives():
    def f(x, n):
        kept = Kept(x * 1)
        kept.x[0] = n
        kept.x[1] += 2
        return kept.x

    same(f, (np.ones(3), 5), (np.ones(3), 0))


class Held:
    __slots__ = ("a", "__b")

    def __init__(self, a, b):
        self.a, self.__b = a, b

    def both(self):
        return self.a, self.__b


class Open:
    def __init__(self, x):
        self.x = x


def test_returned_objects_are_made_anew():
    @ag.function
    def made(n, x):
        one = Open(n + 1)
        return one, [Held(one, x * 2), one], {1}, collections.deque([n * 0 + 1, 2])

    for n in (1, 5):
        one, (held, again), some, queue = made(n, np.ones(2) * n)
        assert one.x == n + 1 and again is one and held.both()[0] is one
        np.testing.assert_array_equal(held.both()[1], 2 * n * np.ones(2))
        assert some == {1} and type(held) is Held
        one.x = some = 99


@pytest.mark.parametrize(
    "make",
    [
        lambda n: iter([n, n + 1]), lambda n: (v + n for v in (1, 2)), lambda n: [Open(n)], lambda n: {n: 1}, lambda n: slice(n, n + 1),
        lambda n: functools.partial(max, n + 1), lambda n: lambda y: y + n + 1, lambda n: collections.deque([n]), lambda n: bytearray(2),
        lambda n: ValueError(n + 1),
    ],
)  # fmt: skip
def test_what_a_call_makes_is_its_own(make):
    def seen(v):
        v = v(3) if callable(v) else v
        v = list(v) if hasattr(v, "__next__") else v
        return str([x.x if isinstance(x, Open) else x for x in v] if isinstance(v, list) else v)

    compiled = ag.function(make)
    assert [seen(compiled(n)) for n in (2, 5, 2)] == [seen(make(n)) for n in (2, 5, 2)]
    assert compiled(2) is not compiled(2)


def test_an_object_that_holds_itself():
    @ag.function
    def ring(n):
        one = Open(n)
        one.next = one
        return one

    assert ring(3).next.next.x == 3


def test_lists_that_only_a_branch_sets():
    @ag.function
    def f(x, n):
        if n > 0:
            b = [1]
        return b == [1], x

    @ag.function
    def g(x):
        if x[0] > 0:
            b = [1]
        return not b

    assert f(np.ones(2), 1)[0] and not g(np.ones(2))
    with pytest.raises(UnboundLocalError):
        f(np.ones(2), 0)
    with pytest.raises(UnboundLocalError):
        g(np.zeros(2))


class Bare:
    pass


class Perhaps:
    def __init__(self, n):
        if n > 2:
            self.x = n

    def get(self):
        return self.x


def set_in_a_branch(n):
    p = Bare()
    if n > 2:
        p.x = n
    if n > 1:
        print(p.x, f"{p.x}")
    return n


def set_in_a_loop(n):
    p = Bare()
    for i in range(n):
        p.x = i
    p.x += 1
    return p.x


def set_by_its_init(n):
    return Perhaps(n).get()


def set_to_a_tuple(n):
    p = Bare()
    if n > 2:
        p.x = (n, 1)
    return p.x


def set_to_none(n):
    p = Bare()
    if n > 2:
        p.x = None
    return p.x


def set_to_a_list(n):
    p = Bare()
    if n > 2:
        p.x = [n]
    return p.x[0]


def deleted(n):
    p = Bare()
    if n > 2:
        p.x = n
    del p.x
    return n


def whether_set(n):
    p = Bare()
    if n > 2:
        p.x = n
    return hasattr(p, "x"), getattr(p, "x", -1)


@pytest.mark.parametrize(
    "program",
    [set_in_a_branch, set_in_a_loop, set_by_its_init, set_to_a_tuple, set_to_none, set_to_a_list, deleted, whether_set],
)
def test_an_attribute_that_is_not_set_is_an_attribute_error(program):
    f = same(program, 0, 3, 2, 5, lines=False)
    try:
        program(2)
    except AttributeError as error:
        with pytest.raises(AttributeError, match=str(error)):
            f(2)


def test_an_attribute_that_an_array_decides():
    def largest(x):
        p = Bare()
        for v in x:
            if v > 2:
                p.x = v
        return p.x * 2

    same(largest, np.array([1.0, 2.0]), np.array([1.0, 5.0]), kinds=False, lines=False)
