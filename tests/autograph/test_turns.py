"""Unrolled loops in a `try`: however many turns may fail, the program stays flat."""

import itertools

import numpy as np
from modes import same

x = np.array([1, 2, 3])
z = np.array([0, 2, 3])
many = tuple((i + 1,) for i in range(90))


def test_many_turns_over_python_values():
    def f(x, items):
        t = 0
        last = None
        try:
            for v in items:
                last = v[0]
                t = t + v[0] // int(x[0])
                t = t + x[v[0] % 5 - int(x[0])]
        except ZeroDivisionError as e:
            return -1, t, last, str(e)
        except IndexError:
            return -2, t, last
        finally:
            print("end", t)
        return t, last

    same(f, (x, many), (z, many), (x[:1] + 5, many), (x, many[:3]))


def test_a_raise_and_a_break_in_a_far_turn():
    def f(x, items, stop):
        t = 0
        try:
            for v in items:
                if v[0] == stop:
                    break
                if int(x[0]) > 20 and v[0] > int(x[0]):
                    raise KeyError(v[0])
                t = t + v[0] // int(x[1])
            else:
                t = t - 1000
        except ArithmeticError:
            return "zero", t
        except KeyError as e:
            return "key", e.args[0], t
        return t

    few = many[:60]
    same(f, (x, few, 50), (x * 25, few, 55), (x * 0, few, 55), (x * 45, few, 0))


def test_an_endless_iterator():
    def f(x, n):
        t = 0
        try:
            for i in itertools.count():
                if i == 60:
                    break
                t = t + 60 // (int(x[0]) - i)
        except ZeroDivisionError:
            return "zero", t
        return t

    same(f, (x, 1), (x * 55, 1), (x * 100, 1))


def test_an_endless_iterator_that_always_raises():
    def f(x, n):
        t = 0
        try:
            for i in itertools.count():
                if i == 60:
                    raise ValueError(i)
                t = t + 60 // (int(x[0]) - i)
        except ZeroDivisionError:
            return "zero", t
        except ValueError as e:
            return "end", e.args[0], t
        return t

    same(f, (x, 1), (x * 55, 1), (x * 100, 1))


def test_a_return_from_a_far_turn():
    def f(x, items):
        try:
            for v in items:
                if v[0] > int(x[0]) * 10:
                    return v[0]
                x[v[0] // 20]
                if v[0] > 35 and int(x[1]) == 6:
                    raise ValueError(v[0])
        except IndexError:
            return "index"
        except ValueError as e:
            return "value", e.args
        return "none"

    few = many[:40]
    same(f, (x, few), (x * 3, few), (x * 9, few))


def test_nested_loops_and_tries():
    def f(x, items):
        t = 0
        k = 0
        try:
            for v in items:
                for w in v:
                    try:
                        t = t + 10 // (int(x[0]) - w)
                    except IndexError:
                        t = -1
                    k = k + 1 // (int(x[1]) - w)
        except ZeroDivisionError:
            return "zero", t, k
        return t, k

    pairs = tuple((i, i + 100) for i in range(45))
    same(
        f,
        (x * 50, pairs),
        (x * 40, pairs),
        (x * 20, pairs),
        (x * -1, pairs),
        (x[:0], pairs),
        kinds=False,
    )


def test_lists_that_grow_in_far_turns():
    def f(x, items):
        out = []
        try:
            for v in items:
                out.append(v[0] // int(x[0]))
                if v[0] == 60:
                    out.append(int(x[2]))
        except ZeroDivisionError:
            out.append(-1)
        except IndexError:
            out.append(-2)
        return out

    same(f, (x, many), (z, many), (x[:2], many), kinds=False)


def test_a_while_loop_of_python_numbers():
    def f(x, n):
        t = 0
        i = 0
        try:
            while i < 80:
                t = t + 60 // (int(x[0]) - i)
                i = i + 1
        except ZeroDivisionError:
            return "zero", t, i
        return t, i

    same(f, (x, 1), (x * 55, 1), (x * 100, 1))


def test_a_while_loop_that_needs_python_numbers():
    def f(x, items):
        t = 0
        i = 0
        try:
            while i < 60:
                t = t + 60 // (int(x[0]) - items[i][0])
                i = i + len(items[i])
        except ZeroDivisionError:
            return "zero", t, i
        return t, i

    same(f, (x * 0, many), (x * 55, many), (x * 100, many))


def test_a_range_whose_turns_need_python_numbers():
    def f(x, items):
        t = 0
        try:
            for i in range(64):
                t = t + 60 // (int(x[0]) - items[i][0])
        except ZeroDivisionError:
            return "zero", t
        return t

    same(f, (x * 0, many), (x * 55, many), (x * 100, many))


def test_a_generator_that_fails_itself():
    def f(x, items):
        t = 0
        try:
            for v in (w[0] // int(x[0]) for w in items):
                t = t + 10 // (v - 70)
        except ZeroDivisionError as e:
            return "zero", t
        return t

    same(f, (x, many), (x * 0, many), (x * 2, many))


def test_numbers():
    def f(a, b, items):
        t = 0
        try:
            for v in items:
                t = t + v[0] // a
                if v[0] == b:
                    raise ValueError(t)
        except ZeroDivisionError:
            return "zero"
        except ValueError as e:
            return e.args[0]
        return t

    same(f, (1, 0, many), (0, 0, many), (2, 80, many), (-3, 5, many))
