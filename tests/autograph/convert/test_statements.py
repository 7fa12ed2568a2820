"""Converted statements do on Python values what the original does."""
# ruff: noqa: B006 B007 B012 B023 B905 E713 E714 E731 F632 F821 F823 F841 F842 UP008 UP037
# The odd code is what is tested.

import ast

import ag_convert
import asserting
import pytest
from same import same


def uses(fn, *operators):
    """The operators named stand in the converted text, and no statement they replace is left."""
    text = ag_convert.to_code(fn)
    for op in operators:
        assert f"ag__.{op}(" in text, text
    left = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.While | ast.For | ast.Break)]
    assert not left, text


def test_if_else():
    def f(x):
        if x > 0:
            y = x
        else:
            y = -x
        return y

    same(f, 1, -1)
    uses(f, "if_stmt")


def test_if_without_else_keeps_the_old_value():
    def f(x):
        y = 3
        if x > 0:
            y = x
        return y

    same(f, 1, -1)


def test_elif_chain():
    def f(x):
        if x == 0:
            r = "zero"
        elif x == 1:
            r = "one"
        elif x < 0:
            r = "neg"
        else:
            r = "many"
        return r

    same(f, 0, 1, 2, -1)


def test_early_returns():
    def f(x):
        if x > 10:
            return "big"
        if x > 5:
            return "mid"
        x += 1
        return x

    same(f, 11, 6, 1)
    uses(f, "if_ret")


def test_return_in_one_nested_branch_only():
    def f(a, b):
        if a:
            if b:
                return 1
            a = 5
        b = a
        return a + b

    same(f, (0, 0), (0, 1), (1, 0), (1, 1))


def test_falls_off_the_end_after_return():
    def f(x):
        if x:
            return 4

    same(f, 0, 1)


def test_bare_return():
    def f(x, out):
        if x:
            return
        out.append(1)

    same(f, (0, []), (1, []))


def test_variable_of_one_branch_is_undefined_on_the_other():
    def f(x):
        if x:
            y = 1
        return y

    same(f, 0, 1)
    assert "ag__.ld(y, 'y')" in ag_convert.to_code(f)


def test_local_that_is_assigned_only_where_returned_does_not_become_global():
    def f(c):
        if c:
            same = 1
            return same
        return same

    converted = ag_convert.convert(f, __import__("plain_ops"))
    assert converted(1) == 1
    with pytest.raises(NameError):
        converted(0)


def test_code_that_cannot_be_reached_still_makes_names_local():
    def f(x):
        if x:
            return same
        return 1
        same = 2

    same(f, 0, 1)


def test_while():
    def f(n):
        s = 0
        while n > 0:
            s += n
            n -= 1
        return s, n

    same(f, 0, 5)
    uses(f, "while_stmt")


def test_while_else_break_continue():
    def f(n, stop):
        s = 0
        while n > 0:
            n -= 1
            if n % 2:
                continue
            if n == stop:
                break
            s += n
        else:
            s = -s
        return s, n

    same(f, (10, 4), (10, 5), (0, 0))
    uses(f, "while_stmt")


def test_while_test_is_not_evaluated_after_break():
    def f(xs):
        i = 0
        while xs[i] > 0:
            i += 1
            if i == len(xs):
                break
        return i

    same(f, ([1, 2, 3],), ([1, -2, 3],))


def test_endless_loop_with_return():
    def f(n):
        while True:
            if n > 100:
                return n
            n = n * 2 + 1

    same(f, 1, 200)


def test_for_over_things():
    def f(xs):
        out = []
        for x in xs:
            out.append(x)
        return out, x

    same(f, [1, 2], "ab", {"k": 1}, [])
    uses(f, "for_stmt")


def test_for_target_unpacks():
    def f(pairs):
        s = 0
        for i, (a, *b) in enumerate(pairs):
            s += i * a + len(b)
        return s, a, b

    same(f, ([(1, 2, 3), (4,)],))


def test_for_targets_that_are_places():
    class Box:
        pass

    def f(xs):
        b = Box()
        d = {}
        for b.x in xs:
            pass
        for d["k"] in xs:
            pass
        for i, d["m"] in enumerate(xs):
            pass
        return b.x, d, i

    same(f, [1, 2, 3])


def test_for_else():
    def f(xs, y):
        for x in xs:
            if x == y:
                r = "found"
                break
        else:
            r = "none"
        return r

    same(f, ([1, 2], 2), ([1, 2], 3), ([], 1))


def test_for_else_without_break():
    def f(xs):
        s = 0
        for x in xs:
            s += x
        else:
            s *= 2
        return s

    same(f, [1, 2], [])


def test_break_in_the_else_of_an_inner_loop_leaves_the_outer():
    def f(n):
        out = []
        for i in range(n):
            for j in range(n):
                if j == i:
                    break
                if j > 2:
                    continue
                out.append((i, j))
            else:
                break
            if i == 3:
                continue
            out.append(i)
        else:
            out.append("end")
        return out

    same(f, 0, 1, 2, 5)


def test_return_from_nested_loops():
    def f(m, y):
        n = 0
        for row in m:
            for x in row:
                n += 1
                if x == y:
                    return x, n
                if x < 0:
                    break
            n += 10
        n += 100
        return n

    same(f, ([[1, 2], [-1, 3]], 2), ([[1, 2], [-1, 3]], 3), ([], 1))


def test_return_in_loop_else():
    def f(xs):
        for x in xs:
            if x < 0:
                break
        else:
            return "all"
        return x

    same(f, [1, 2], [1, -2], [])


def test_continue_that_cannot_move_needs_a_flag():
    def f(n):
        out = []
        for i in range(n):
            if i % 2:
                if i % 3:
                    continue
                out.append(("odd", i))
            out.append(i)
        return out

    same(f, 12)
    assert "skip_L" in ag_convert.to_code(f)


def test_break_and_continue_under_one_condition_need_no_flag_for_continue():
    def f(n):
        s = 0
        for i in range(n):
            if i == 7:
                break
            elif i % 2:
                continue
            s += i
        return s, i

    same(f, 4, 12)
    assert "skip_L" not in ag_convert.to_code(f)


def test_name_written_before_a_break_and_rewritten_after_it_survives_the_break():
    def f(n):
        for i in range(n):
            if i:
                if i == 3:
                    d = "broke"
                    break
                c = i
            d = i
        return d

    same(f, 1, 3, 4, 9)


def test_loop_variable_survives():
    def f(n):
        for i in range(n):
            pass
        return i

    same(f, 0, 3)


def test_previous_turn_is_seen():
    def f(xs):
        out = []
        for x in xs:
            if out:
                out.append(prev)
            else:
                out.append(None)
            prev = x
        return out

    same(f, [1, 2, 3])


def test_raise_and_cause():
    def f(x):
        if x == 0:
            raise ValueError
        if x == 1:
            raise ValueError("one", x) from None
        try:
            x // 0
        except ZeroDivisionError as e:
            if x == 2:
                raise KeyError("k") from e
            if x == 3:
                raise
        return "fine"

    same(f, 0, 1, 2, 3, 4)
    uses(f, "raise_")


def test_assert():
    same(asserting.check, (0, []), (1, []), (2, []))
    uses(asserting.check, "assert_")


def test_match_values():
    def f(x, y):
        match x:
            case 0 | 1:
                r = "small"
            case None:
                r = "none"
            case "a" if y > 2:
                r = "guarded"
            case -3 | 2.5:
                return "number"
            case (4 | 5) as z:
                r = ("as", z)
            case other:
                r = ("other", other)
        return r

    same(f, (0, 0), (1, 0), (None, 0), ("a", 3), ("a", 2), (-3, 0), (2.5, 1), (5, 1), ([], 1))
    uses(f, "if_stmt")
    assert "match" not in ag_convert.to_code(f)


def test_match_in_a_loop_with_jumps():
    def f(program):
        stack, i = [], 0
        while i < len(program):
            op = program[i]
            i += 1
            match op:
                case "push":
                    stack.append(program[i])
                    i += 1
                case "add":
                    stack.append(stack.pop() + stack.pop())
                case "jump":
                    i = program[i]
                    continue
                case "halt":
                    break
                case _ if stack and stack[-1] > 3:
                    return "guard", stack
            stack.append(i)
        return stack

    same(
        f,
        (["push", 1, "push", 2, "add", "halt", "add"],),
        (["jump", 3, "halt", "push", 4, "what"],),
    )


def test_match_taken_apart_stays_python():
    class Point:
        __match_args__ = ("x", "y")

        def __init__(self, x, y):
            self.x, self.y = x, y

    def f(x):
        for v in x:
            match v:
                case [a, *rest] if a and len(rest) > 1:
                    r = a, rest
                case {"k": q, **more}:
                    r = q, more
                    if q == 3:
                        break
                case Point(x=0, y=b):
                    return b
                case Point() | str():
                    continue
                case _:
                    r = None
            print(r)
        return r

    same(f, ([[1, 2, 3], [0, 1]],), ([{"k": 3, "l": 1}, 1],))
    converted = ag_convert.convert(f, __import__("plain_ops"))
    assert converted([Point(1, 2), Point(0, 5)]) == f([Point(1, 2), Point(0, 5)]) == 5


def test_del():
    def f(x):
        y = 1
        d = {"a": 1, "b": 2}
        if x:
            del y, d["a"]
        else:
            z = 3
            del z
        print(d)
        return y

    same(f, 0, 1)


def test_item_assignment():
    def f(x, d):
        x[0] = 5
        x[1:3] = [7, 8, 9]
        d["k"], x[-1] = x[0], d["j"]
        x[0], x[1] = x[1], x[0]
        a = x[2] = d["c"] = 4
        [p, *d["rest"]] = x
        return x, d, a, p

    same(f, ([1, 2, 3, 4], {"j": 1}))
    uses(f, "set_item")


def test_augmented_item_assignment_evaluates_its_parts_once():
    def f(xs, d):
        def at(i):
            print("at", i)
            return i

        def box():
            print("box")
            return xs

        xs[at(0)] += 1
        box()[at(1)] *= at(3)
        d["a"] += [1]
        d["n"]["m"] -= at(2)
        xs[0:2] += [5]
        return xs, d

    same(f, ([1, 2, 3], {"a": [0], "n": {"m": 9}}))


def test_value_comes_before_container_and_index():
    def f(log):
        def say(x):
            log.append(x)
            return x

        box = {}
        box[say("index")] = say("value")
        box[say("i"), say("j")], box[0] = say("a"), say("b")
        return log, box

    same(f, ([],))


def test_value_that_changes_the_index_or_the_container():
    class Stack:
        def __init__(self):
            self.at = 0
            self.items = [0, 0, 0]
            self.total = [1]

        def next(self):
            self.at += 1
            self.total[0] += 100
            return self.at

    def f():
        s = Stack()
        s.items[s.at] = s.next()
        s.items[s.at] += s.next()
        s.total[0] += s.next()
        x = [1, 2]

        def change():
            nonlocal x
            x = [8, 9]
            return 3

        x[0] = change()
        return s.items, s.at, s.total, x

    same(f)


def test_attribute_assignment_keeps_pythons_order():
    class Acc:
        def __init__(self):
            self.total = 1

        def next(self):
            print("next", self.total)
            self.total += 10
            return self.total

    def f(n):
        a = Acc()

        def it():
            print("it")
            return a

        it().total = a.next()
        a.total += a.next()
        it().total -= a.next()
        for _ in range(n):
            a.total += 1
            a.total *= 2
        return a.total

    same(f, 0, 3)


def test_augmented_assignment_to_attribute_items():
    class Count:
        def __init__(self):
            self.n = [0, 0]

        @property
        def view(self):
            return self.n

    def f(k):
        c = Count()
        for i in range(k):
            c.view[i % 2] += i
            c.n[0] += 1
            c.n[0:1] = [c.n[0] * 2]
        return c.n

    same(f, 5)


def test_item_of_a_name_from_outside_is_not_made_local():
    box = [0]
    count = 0

    def f(v):
        nonlocal count
        box[0] = v
        box[0] += 1
        if v:
            count += 1
            GLOBAL[v] = count
        return box, count

    assert ag_convert.convert(f, __import__("plain_ops"))(4) == ([5], 1)
    assert box == [5] and count == 1 and GLOBAL == {4: 1}
    GLOBAL.clear()


GLOBAL = {}
COUNTER = 0


def test_global_and_nonlocal():
    total = 0

    def f(n):
        nonlocal total
        global COUNTER
        for i in range(n):
            if i % 2:
                COUNTER += i
            else:
                total += i
        return COUNTER, total

    assert ag_convert.convert(f, __import__("plain_ops"))(5) == (4, 6)
    assert (COUNTER, total) == (4, 6)


def test_global_declared_inside_a_branch():
    def f(x):
        if x:
            global COUNTER
            COUNTER = x
        return COUNTER

    same(f, 3, 0)


def test_nested_function_changes_our_variable():
    def f(n):
        total = 0

        def add(x):
            nonlocal total
            if x > 1:
                total += x

        for i in range(n):
            if i != 2:
                add(i)
        return total

    same(f, 5)
    assert "('total',)" in ag_convert.to_code(f)


def test_closures_see_later_values():
    def f(n):
        out = []
        for i in range(n):
            if i % 2:
                out.append(lambda: i)
            else:
                out.append(lambda i=i: i)
        return [g() for g in out]

    same(f, 4)


def test_nested_definitions():
    def f(n):
        def even(k):
            if k == 0:
                return True
            return odd(k - 1)

        def odd(k):
            return False if k == 0 else even(k - 1)

        if n > 3:

            def tell(k, *, times=n, **more):
                "doc"
                return [k] * times, more

        else:
            tell = str
        return even(n), tell(n)

    same(f, 3, 4)


def test_generators_inside_are_left_alone():
    def f(n):
        def numbers():
            i = 0
            while i < n:
                if i != 2:
                    yield i
                i += 1

        total = 0
        for x in numbers():
            total += x
        return total, sum(y * y for y in numbers() if y > 1)

    same(f, 5)


def test_classes_inside_are_left_alone():
    def f(n):
        class A:
            k = n
            for i in range(3):
                k += i

            def get(self):
                if self.k > 3:
                    return self.k + n
                return __class__

        if n:
            n = 10
        return A().get(), A.k

    converted = ag_convert.convert(f, __import__("plain_ops"))
    assert converted(5) == f(5)


def test_imports_in_branches():
    def f(x):
        if x:
            import os.path
            from math import floor as g
        else:
            from math import ceil as g
        return g(1.5), os.path.sep

    same(f, 1, 0)


def test_annotations_do_not_stop_nonlocal():
    def f(x):
        y: int = 0
        z: "int"
        if x:
            y: int = 3
            z: str = "a"
            w: int
        return y, z

    same(f, 0, 1)


def test_documentation_and_pass_only():
    def f():
        "doc"

    assert same(f).__doc__ == "doc"


def test_type_alias_and_star():
    def f(a, /, b, *c, d=4, **e):
        if c:
            return a, b, c, d, e
        return (*c, *[a, b]), {**e, "d": d}

    same(f, (1, 2), (1, 2, 3))
    same(f, (1, 2), d=1, z=2)


def test_item_state_is_declared_and_attributes_are_journaled():
    class C:
        pass

    def f(n):
        c = C()
        c.total = 0
        d = {"k": 0}
        for i in range(n):
            if i > 1:
                c.total += i
                d["k"] = d["k"] + 1
        return c.total, d

    same(f, 5)
    text = ag_convert.to_code(f)
    assert "ag__.aug_attr(c, 'total', '+', c.total, i)" in text
    assert """, "d['k']")""" in text


def test_many_early_returns_in_a_row():
    lines = (
        ["def f(x):"] + [f"    if x == {i}: return {i * i}" for i in range(40)] + ["    return -1"]
    )
    text = "\n".join(lines)
    space = {}
    exec(text, space)
    same(space["f"], 0, 20, 39, 40)


def test_loop_options_are_taken_out():
    def set_loop_options(**k):
        raise AssertionError("must not be called")

    def f(n):
        s = 0
        while n > 0:
            set_loop_options(maximum_iterations=3, shape_invariants=[(s, n)])
            s += n
            n -= 1
        return s

    assert ag_convert.convert(f, __import__("plain_ops"))(3) == 6
    text = ag_convert.to_code(f)
    assert "{'maximum_iterations': 3, 'shape_invariants': lambda: [(s, n)]}" in text


def test_an_annotation_alone_makes_a_name_local():
    def f(a):
        if a:
            x: int  # noqa: F842
        return x

    same(f, 0, 1)


def test_a_container_that_is_not_bound_is_read_after_the_value():
    def f(a):
        no_such_name[a] = 1 / a  # noqa: F821

    same(f, 0, 1)
