"""`del` of items and attributes where the run decides: undone on the path that does not take it."""

import contextlib

import numpy as np
import pytest
from modes import same


def keys(n):
    d = {i: i * n for i in range(3)}
    for k in list(d):
        if d[k] > 3:
            del d[k]
    return d, len(d)


def one_key(n):
    d = {"a": n, "b": 1}
    if n > 1:
        del d["a"], d["b"]
    elif n < 0:
        del (d["b"])
    return sorted(d), d.get("a")


def items(n):
    xs, ys = [n, 1, 2, 3], [4, 5, 6]
    if n > 1:
        del xs[0], ys[1:]
    for i in range(n):
        if xs:
            del xs[-1]
    return xs, ys


class Thing:
    pass


def attributes(n):
    a = Thing()
    a.x = n
    if n > 1:
        del a.x
    b = Thing()
    b.y = 1
    del b.y
    return hasattr(a, "x"), hasattr(b, "y"), vars(a)


def in_a_function(n):
    def drop(d, k):
        del d[k]
        return len(d)

    d = {1: n, 2: n, 3: n}
    return [drop(d, k) for k in (1, 3) if n > k - 2], d


def missing(n):
    d, out = {"a": n}, []
    for k in ("b", "a"):
        try:
            del d[k]
        except KeyError as e:
            out.append(str(e))
    try:
        del out[n + 5]
    except IndexError as e:
        out.append(str(e))
    return d, out


def test_deletions():
    for f in (keys, one_key, items, attributes, in_a_function, missing):
        same(f, 0, 1, 2, 5, -3)


def beside_an_array(x, n):
    t = [x[0], x[1], x[2]]
    if x[0] > n:
        del t[1]
    return sum(t), len(t)


def test_beside_an_array():
    x = np.array([1.0, 2.0, 3.0])
    same(beside_an_array, (x, 0), (x, 1), (x, 5), kinds=False)


def test_what_the_run_may_not_have_set_is_no_longer_there():
    def set_by_a_branch(a, v):
        if a > 4:
            d = 1
        del d
        return 5, v

    def deleted_by_a_branch(a, v):
        d = 1
        if a > 4:
            del d
        del d
        return 5, v

    def set_by_a_loop(a, v):
        for k in range(a):
            d = k
        del d
        return 5, v

    def in_a_try(a, v):
        if a > 4:
            d = 1
        try:
            del d
        except UnboundLocalError:
            return 3, v
        return 5, v

    def in_a_loop(a, v):
        if a > 4:
            d = 1
        for k in range(2):
            if a > 2:
                del d
        return 5, v

    def one_of_two(a, v):
        if a > 4:
            d = e = 1
        else:
            e = 2
        del e, d
        return 5, v

    for f in (set_by_a_branch, deleted_by_a_branch, set_by_a_loop, in_a_try, in_a_loop, one_of_two):
        same(f, *((a, np.zeros(2)) for a in (5, 3, 0)), cheap=True)


def deleted_in_each_turn(n, x):
    d, t = 5, 0
    for _ in range(n):
        t += 1
        del d
        if x > t:
            d = 2
    return t


def deleted_in_some_turn(n, x):
    d, t = 5, 0
    while t < n:
        t += d
        if x > t:
            del d
    return t


@pytest.mark.parametrize("fn", [deleted_in_each_turn, deleted_in_some_turn])
def test_what_a_turn_deletes_is_not_there_in_the_next(fn):
    same(fn, (0, 1), (1, 0), (3, 1), (3, 9), (40, 0))


def deleted_in_a_try(n):
    b = n
    try:
        if n < 3:
            raise KeyError
        del b
    except KeyError:
        return 5
    b = b


def deleted_in_a_try_and_shown(n):
    c = "s"
    try:
        if n > 4:
            return [n, 1]
        del c
    except KeyError as e:
        print(e, n)
    print(f"{n} {c!r}")


def a_list_deleted_in_a_try(n):
    c = [n, 1]
    if n > 3:
        try:
            del c
        except KeyError as e:
            print([e], n)
    print(c, n)


def deleted_before_a_finally(n):
    x = None
    try:
        print(n)
    finally:
        try:
            if n < 3:
                del x
        finally:
            x = 6 // (x - 3)


def deleted_twice(n):
    b = n
    try:
        if n < 3:
            del b
    finally:
        del b
    return n


def deleted_in_a_with(n):
    b = n
    with contextlib.suppress(ValueError):
        for i in range(3):
            if i % 2 == 1:
                raise ValueError
            for _ in range(n):
                del b
    b = b


def set_on_one_path(n):
    if n < 3:
        c = (n, 1)
    print(n)
    d = [c, n]
    print(d)
    return "%s" % (c,)  # noqa: UP031


def a_text_on_one_path(n):
    if n < 3:
        c = "s"
    print([c, n])
    raise ValueError(c)


UNSET = [
    deleted_in_a_try, deleted_in_a_try_and_shown, a_list_deleted_in_a_try, deleted_before_a_finally, deleted_twice,
    deleted_in_a_with, set_on_one_path, a_text_on_one_path,
]  # fmt: skip


@pytest.mark.parametrize("fn", UNSET, ids=lambda f: f.__name__)
def test_what_is_unset_is_neither_shown_nor_read(fn):
    same(fn, 0, 1, 3, 4, 5, unbound_lines=False)


def a_list_of_some_turn(n):
    x = None
    for i in range(n):
        x = [n, i]
    return x


def lists_of_some_turn(n):
    x = None
    for i in range(n):
        x = [n, 1]
        if i == 3:
            return x, 1
    y = x if n > 4 else [3]
    return [x, y]


@pytest.mark.parametrize("fn", [a_list_of_some_turn, lists_of_some_turn])
def test_a_list_that_no_turn_made_is_not_looked_at(fn):
    same(fn, 0, 1, 3, 5)
