"""Patterns that take their subject apart: traced numbers in it are ints, floats and bools to `int(a)` and its like."""

import dataclasses

import numpy as np
import pytest
from modes import same


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
