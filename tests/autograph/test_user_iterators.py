"""Iterators of the user's own: how far one has been read shows in its state, wherever a loop over it is left."""

import itertools

import numpy as np
import pytest
from modes import same

import autograph as ag


class Counter:
    def __init__(self, n):
        self.n, self.i = n, 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.i == self.n:
            raise StopIteration
        self.i += 1
        return self.i

    def __eq__(self, other):
        return type(other) is Counter and (self.n, self.i) == (other.n, other.i)

    __hash__ = object.__hash__


class Counted:
    """Its iterators are generators that count in the object."""

    def __init__(self, n):
        self.n, self.i = n, 0

    def __iter__(self):
        while self.i < self.n:
            self.i += 1
            yield self.i


class Box:
    """Its iterators are new objects, each with a count of its own."""

    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return Counter(self.n)


def broken(t):
    it = Counter(5)
    for a in it:
        if a > t:
            break
    return it.i


def counted(t):
    it, total = Counted(5), 0
    for a in it:
        if a > t:
            break
        total += a
    return total, it.i


def enumerated(t):
    it = Counter(5)
    for k, a in enumerate(it):
        if a > t:
            break
    return k, it.i


def returned(t):
    it, seen = Counter(5), []
    for a in it:
        if a > t:
            return it.i, seen
        seen.append(a)
    return it.i, seen


def by_method(t):
    it = Counter(5)
    for a in iter(it.__next__, 4):
        if a > t:
            break
    return it.i, a


def raised(t):
    it = Counter(5)
    try:
        for a in it:
            1 // (a - t)
    except ZeroDivisionError:
        pass
    return it.i


def twice(t):
    it, total = Counter(5), 0
    for a in it:
        if a > t:
            break
        total += a
    for a in it:
        total += 10 * a
    return total


def stepped(t):
    it = Counter(5)
    while t > 0:
        t -= next(it)
    return it.i


def in_branch(t):
    it = Counter(5)
    if t > 1:
        next(it)
    return it.i


def starred(t):
    g = (a * 2 for a in [1, 2, 3, 4])
    for a in g:
        if a > t:
            break
    return [*g]


def unpacked(t):
    g = (a * 2 for a in [1, 2, 3, 4])
    for a in g:
        if a > t:
            break
    p, *q = g
    return p, q


SEEN = [broken, counted, enumerated, returned, by_method, raised, twice, stepped, in_branch, starred, unpacked]


@pytest.mark.parametrize("f", SEEN, ids=lambda f: f.__name__)
def test_how_far_an_iterator_is_after_a_loop_that_the_run_leaves(f):
    same(f, 1, 3, 2)


@pytest.mark.parametrize("f", SEEN, ids=lambda f: f.__name__)
def test_where_a_tensor_decides_it_is_refused_with_the_line(f):
    with pytest.raises(TypeError, match=rf'test_user_iterators.py", line \d+, in {f.__name__}'):
        ag.function(f)(ag.constant(3))


def test_the_refusal_names_the_loop_and_what_leaves_it():
    with pytest.raises(TypeError, match=r"for a in it:\n  decided at: .*\n    if a > t:"):
        ag.function(broken)(ag.constant(3))


def test_an_iterator_of_the_caller_s_is_read_as_far_as_in_python():
    def f(it, t):
        for a in it:
            if a > t:
                break
        return it.i

    compiled = ag.function(f)
    for n in (5, 2):
        ours, theirs = Counter(n), Counter(n)
        assert [compiled(ours, 2) for _ in range(3)] == [f(theirs, 2) for _ in range(3)]
        assert ours.i == theirs.i
    same(f, (Counter(5), 1), (Counter(5), 3))


def test_an_iterator_that_only_the_loop_has_may_be_left_anywhere():
    def f(t):
        total = 0
        for a in Box(5):
            if a > t:
                break
            total += a
        return total

    same(f, 1, 3, 9)
    compiled = ag.function(f)
    assert int(compiled(ag.constant(3))) == 6
    assert compiled.get_concrete_function(3).graph.get_operations()


def test_a_loop_to_the_end_leaves_it_where_python_does():
    def f(x):
        it, total = Counter(4), 0.0
        for a in it:
            total += a * x
        return total, it.i

    same(f, 1.5)
    total, i = ag.function(f)(np.float32(2.0))
    assert (float(total), int(i)) == (20.0, 4)


def test_an_endless_iterator_left_where_the_run_says():
    def own(n):
        def g():
            i = 0
            while True:
                yield i
                i += 1

        for v in g():
            if v * v > n:
                return v

    def counted(n):
        total = 0
        for v in itertools.count(2):
            if v > n:
                break
            total += v
        return total

    def beside(x, n):
        for i, v in enumerate(itertools.cycle([1, 2, 3])):
            x = x + v
            if i > n:
                break
        return x

    same(own, 50, 3)
    same(counted, 9, 1)
    same(beside, (np.ones(2), 5))
