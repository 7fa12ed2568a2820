"""Patterns that take their subject apart: traced numbers in it are ints, floats and bools to `int(a)` and its like."""

import dataclasses

import numpy as np
import pytest
from modes import same

import autograph as ag


@dataclasses.dataclass
class Point:
    x: object
    y: object


def in_a_tuple(n):
    match (n, 2.5):
        case (float(a), b):
            r = "float", a, b
        case (int(a), b):
            r = "int", a + 1, b
        case _:
            r = None
    return r


def in_an_object(n):
    match Point(n, n / 2):
        case Point(x=float(a)):
            r = "float", a
        case Point(x=int(a), y=float(b)) if a > 2:
            r = "more", a, b
        case Point(x=bool(a)):
            r = "bool", a
        case Point(x=int() as a):
            r = "int", a
    return r


def bools_are_ints(n):
    match (n, n > 2, n * 0.5):
        case (bool(), *_):
            return 1
        case (int(a), float(b), c):
            return 2
        case (int(a), bool(b), float(c)):
            return a, b, c


def in_a_loop(n):
    r = 0
    for i in range(n):
        match [i, {"k": i > 2}]:
            case [float(), *_]:
                r += 100
            case [int(a), {"k": bool(b)}] if b:
                r += a
            case [float(a) | int(a), *_]:
                r += 10 * a
    return r


@pytest.mark.parametrize("f", [in_a_tuple, in_an_object, bools_are_ints, in_a_loop], ids=lambda f: f.__name__)
def test_numbers_in_parts(f):
    same(f, 0, 2, 3, 5)


def beside_an_array(x, n):
    match (x[0], n, x[0] > 1):
        case (a, int(b), flag):
            return a + b, flag, x + 1
        case _:
            return n


def an_item_of_several_kinds(x, n):
    items = [1, 2.5, True, n]
    match (items[n % 4], 1):
        case (bool(a), _):
            r = "bool", a
        case (int(a), _):
            r = "int", a
        case (float(a), _):
            r = "float", a
    return r, x + 1


@pytest.mark.parametrize("f", [beside_an_array, an_item_of_several_kinds], ids=lambda f: f.__name__)
def test_parts_beside_an_array(f):
    same(f, *[(np.array([2.0, 0.5]), n) for n in range(4)])


def test_a_class_of_that_name_is_the_user_s():
    class int:
        __match_args__ = ("x",)

        def __init__(self, x):
            self.x = x

    def f(n):
        match (int(n), n):
            case (int(a), float()):
                return "float", a
            case (int(a), b):
                return a, b

    same(f, 1, 2)


def beside_literals(s):
    match s:
        case 1:
            r = "one"
        case [a, b] if a != b:
            r = "two", a, b
        case [a, *rest]:
            r = "more", a, len(rest)
        case {"k": v, **rest}:
            r = "map", v, len(rest)
        case Point(x=1, y=y):
            r = "point", y
        case 2 | [] | "ab":
            r = "two or none"
        case int() | Point() as whole if whole != 5:
            r = "whole"
        case other:
            r = "other"
    return r


def returned_beside_literals(s):
    for _ in range(2):
        match s:
            case [a, b] if a > b:
                return a
            case [_, b]:
                s = b
                continue
            case 7:
                return "seven"
            case Point(x=x):
                s = x
            case 3 | 4:
                break
    else:
        return "end", s
    return "broke"


def staged_beside_literals(n):
    r = 0
    for i in range(n):
        match i * 2:
            case [_, _] | {"k": _}:
                r += 1000
            case 2:
                r += 1
            case Point(x=1):
                r += 1000
            case 4 | 6 if r < 11:
                r += 10
            case int(k):
                r += k
    return r


WHOLE = [1, 2, 3, 5, "ab", None, [], [4], [1, 2], (2, 2), [1, 2, 3], {"k": 3}, {"k": 3, "l": 1}, {"l": 1}, Point(1, 2), Point(2, 2), 1.0, 2.5]


def test_patterns_that_take_apart_beside_literals():
    same(beside_literals, *[(s,) for s in WHOLE])
    cases = [(3, 1), (1, 7), (1, (9, 8)), (1, (8, 9)), 7, Point(7, 0), Point(3, 0), 3, 5, (1, Point(2, 3)), None]
    same(returned_beside_literals, *[(s,) for s in cases])
    same(staged_beside_literals, 1, 3, 6)


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.array, ag.constant], ids=["int64", "int32", "array", "tensor"])
def test_patterns_that_take_apart_beside_literals_leave_arrays_whole(kind):
    def f(s):
        match s:
            case [_, *_] | {"k": _}:
                return "items"
            case 1:
                return "one"
            case Point(x=1):
                return "point"
            case 2 | 3:
                return "two or three"
        return "other"

    compiled = ag.function(f)
    for given, want in (1, "one"), (3, "two or three"), (4, "other"), (2, "two or three"):
        assert compiled(kind(given)) == want
    assert compiled.experimental_get_tracing_count() == 1


def alternatives(s):
    match s:
        case (0 as z) | (1 as z) | [z]:
            return "z", z
        case 2 | [_, _] | (3 | "ab"):
            return "many"
        case [1, *_] | _ if s != 5:
            return "any"
        case [] | (5 | _):
            return "last"


def test_alternatives():
    same(alternatives, *[(s,) for s in (0, 1, [3], 2, [1, 2], 3, "ab", [1, 2, 3], 5, 6, None)])


def test_parts_of_complex_numbers():
    def known(z):
        match z:
            case complex(real=2.0):
                return 1
            case complex(real=r, imag=0.0):
                return r
        return 2

    def guarded(z):
        match z:
            case complex(imag=i) if i > 1:
                return i
            case float():
                return -1
        return 0

    same(known, 2 + 3j, 4 + 0j, 1 + 1j, 2.0)
    same(guarded, 2 + 3j, 1 + 0j, 3.0)


def test_parts_that_only_the_run_knows_are_compared_by_the_run():
    def pairs(a, b, v):
        n = c = 0
        for k in range(3):
            match (a + k, b):
                case (0, _):
                    n += 1
                case (c, 1) if c < 3:
                    n += c
                case (1 | 2 as d, e) if d < e:
                    n += 10 * d
                case (_, -1):
                    if k > 1:
                        break
                    n -= 1
                case (d, *_):
                    n += 100
        return n, c, v + n

    def in_parts(a, b, v):
        match {"op": "add", "at": [a, (b, v)]}:
            case {"op": "sub"}:
                return 1, v
            case {"op": "add", "at": [0, (x, _)], **rest}:
                return x, len(rest), v
            case {"at": [x, (1, w)] as at}:
                return x, w + 1, len(at)
            case {"at": [x, (y, None)]}:
                return x, y
            case {"at": [x, *rest]}:
                return x - 1, rest[0][0], v

    def loops(a, b, v):
        n = 0
        state = (a, b)
        while True:
            match state:
                case (0, y):
                    return n, y, v
                case (x, 0):
                    state = (x - 1, x)
                case (x, y):
                    n += 1
                    state = (x, y - 1)

    cases = [(a, b, np.array([0.5, a])) for a in (0, 1, 2) for b in (-1, 1, 2)]
    same(pairs, *cases, traces=1, cheap=True)
    same(in_parts, *cases, cheap=True)
    same(loops, *((a, b, v) for a, b, v in cases if b >= 0), traces=1, cheap=True)


def test_what_a_case_that_does_not_fit_captures_is_not_bound():
    def f(a, v):
        c = d = 7
        match (a, 2, 3):
            case (0, c, *d):
                return c, d, v
        match {"k": a, "j": 1}:
            case {"k": 1, **d}:
                c = 3
        return c, d, v

    same(f, (0, np.zeros(2)), (1, np.zeros(2)), (2, np.zeros(2)), cheap=True)
