"""Converted expressions do on Python values what the original does."""
# ruff: noqa: B006 B007 B012 B023 B905 E713 E714 E731 F632 F821 F823 F841 F842 UP008 UP037
# The odd code is what is tested.

import ag_convert
from same import same


def test_lazy_operators():
    def f(a, b):
        def say(x):
            print(x)
            return x

        return say(a) and say(b) and 5, say(a) or say(b) or "z", not say(a), not (a and b)

    same(f, (0, 0), (0, 1), (1, 0), (2, 3))


def test_conditional_expression_nested():
    def f(a, b):
        return (1 if a else 2) if b else (3 if a else 4 if a is None else 5)

    same(f, (0, 0), (1, 0), (0, 1), (1, 1), (None, 0))
    assert ag_convert.to_code(f).count("if_exp") == 4


def test_chained_comparison_evaluates_each_operand_once():
    def f(x, y):
        def say(v):
            print(v)
            return v

        return 0 < say(x) < say(y) <= 10 != say(3), say(x) in [x] is not None

    same(f, (1, 2), (-1, 2), (5, 4), (5, 20))


def test_identity_and_membership():
    def f(a, b):
        return a is None, a is not b, a in b, a not in b, not a in b, not a is b

    same(f, (1, [1]), (None, [2]))


def test_walrus_in_tests():
    def f(xs):
        out = []
        while (n := len(xs)) > 2:
            xs.pop()
            out.append(n)
        if (m := n * 2) > 3:
            out.append(m)
        return out, n, m

    same(f, ([1, 2, 3, 4, 5],), ([],))


def test_walrus_in_a_skipped_operand():
    def f(a, b):
        x = y = None
        r = a and (x := b + 1) and (y := x * 2)
        s = (x := 5) if a else (y := 6)
        t = 0 < (z := a) < (w := b + 10) < (v := 100)
        return r, s, t, x, y, z

    same(f, (0, 0), (1, 0), (1, -1), (2, 7))


def test_walrus_left_undefined():
    def f(a):
        a and (x := 3)
        return x

    same(f, 0, 1)


def test_walrus_in_a_while_test_with_break():
    def f(xs):
        it = iter(xs)
        out = []
        while (x := next(it, None)) is not None and (y := x * 2) < 20:
            if x == 5:
                break
            if x == 6:
                return "six", x, y
            out.append(y)
        return out, x, y

    same(f, [1, 2, 5, 7], [1, 9, 10, 11], [2], [1, 6])


def test_walrus_in_comprehension_and_lambda():
    def f(xs):
        big = [last := x for x in xs if x > 1 and (seen := x)]
        g = lambda q: q and (h := q + 1) and h * 2  # noqa: E731
        total = any((hit := x) > 2 for x in xs)
        return big, last, seen, g(3), g(0), total, hit

    same(f, [1, 2, 3], [3, 2])


def test_walrus_of_global_and_nonlocal():
    z = 0

    def f(a):
        nonlocal z
        if a and (z := a + 1) > 2:
            return z
        return a or (z := 9)

    converted = ag_convert.convert(f, __import__("plain_ops"))
    assert converted(4) == 5 and z == 5
    assert converted(0) == 9 and z == 9


def test_list_comprehensions():
    def f(xs):
        k = 3
        return (
            [x * k for x in xs],
            [x for x in xs if x > 1 if x % 2],
            [[y + x for y in xs] for x in xs],
            [x + y for x in xs for y in xs if y > x],
            [a + b for a, b in zip(xs, xs)],
            [x if x > 1 else -x for x in xs],
        )

    same(f, [1, 2, 3], [])
    assert "ag__.listcomp(xs, lambda x: x * k, None)" in ag_convert.to_code(f)


def test_functions_made_in_a_comprehension_share_its_variable():
    def f(xs):
        fs = [lambda: x for x in xs]
        gs = [(y for _ in range(2)) for y in xs]
        return [g() for g in fs], [list(g) for g in gs]

    same(f, [1, 2, 3])


def test_set_dict_and_generator():
    def f(xs):
        return (
            {x % 2 for x in xs if x and x > 0},
            {x: (1 if x > 1 else 0) for x in xs},
            sum(x for x in xs if not x > 2),
            max((x for x in xs), default=None),
            list(x * y for x in xs for y in xs if x is not y),
        )

    same(f, [1, 2, 3], [])


def test_comprehension_variable_hides_ours():
    def f(x, xs):
        y = [x for x in xs]
        z = {x and x + 1 for x in xs}
        return x, y, z, [x for x in [x]]

    same(f, (7, [1, 2]))


def test_lambda_bodies_are_converted():
    f = lambda a, b=2, *c, k=3: a if a > b else [b, k, *c] and not c  # noqa: E731
    same(f, 1, 3, (1, 2, 3))
    assert "if_exp" in ag_convert.to_code(f)


def test_formatted_strings():
    def f(x, w):
        return f"{x if x else 'none'!r:>{w or 3}}|{x and 1}{{}}"

    same(f, (0, 5), (1, 0))


def test_calls_with_every_kind_of_argument():
    def g(*a, **k):
        return a, k

    def f(x):
        return g(1, *x, 2, *[3], k=4, **{"z": 5}), g(f=1, self=2)

    same(f, [1, 2])
    assert "ag__.call(g, 1, *x, 2, *[3], k=4, **{'z': 5})" in ag_convert.to_code(f)


def test_frame_calls_stay():
    def f(x):
        y = 1
        if x:
            z = eval("x + y")
        else:
            z = len(locals()) > 0
        return z, "COUNT" in globals(), vars()["y"], __import__("math").pi

    same(f, 1, 0)
    assert "ag__.call(eval" not in ag_convert.to_code(f)


def test_stored_names_that_may_be_undefined_are_checked():
    def f(a):
        if a:
            y = 1
        z = y
        return [z, (y, 2), {"k": y}]

    same(f, 0, 1)
    assert ag_convert.to_code(f).count("ag__.ld(y, 'y')") == 3


def test_slices_and_starred():
    def f(xs):
        a, *b = xs[::-1]
        return a, b, xs[1:], xs[:-1], [*xs, *b]

    same(f, [1, 2, 3])
