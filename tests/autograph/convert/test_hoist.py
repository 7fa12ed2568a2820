"""Functions that a loop would make in every turn are made before it, and mean the same."""

import sys
import types

import ag_convert
import plain_ops
import pytest
from same import same

sys.path.insert(0, __file__.rpartition("/convert/")[0])

import modes  # noqa: E402 - found through the line above

from autograph import operators  # noqa: E402


def bodies(code, name="body_L"):
    """The code of the loop bodies of converted code."""
    for c in code.co_consts:
        if isinstance(c, types.CodeType):
            if c.co_qualname.rpartition(".")[2].startswith(name):
                yield c
            yield from bodies(c, name)


def makes(code):
    """The functions that running `code` makes."""
    return [c.co_qualname for c in code.co_consts if isinstance(c, types.CodeType)]


def both(fn, *cases):
    """The same under the plain operators, and in all ways of running."""
    same(fn, *cases)
    modes.same(fn, *cases, unbound_lines=False)


def collatz(n):
    steps = 0
    while n != 1 and steps < 1000:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def prime(n):
    d = 2
    while d * d <= n:
        if n % d == 0:
            return False
        elif d > 3 and n > 8:
            d += 2
        else:
            d += 1
    return True


def table(n):
    total = 0
    for i in range(n):
        for j in range(i, n):
            if i * j % 3 == 1 or i > j + 1:
                total += i
            elif j > 4:
                continue
            total -= j if i < j else 0
    return total


@pytest.mark.parametrize("fn", [collatz, prime])
def test_a_turn_makes_no_function_whose_variables_live_longer(fn):
    both(fn, 27, 49, 97)
    code = ag_convert.convert(fn, plain_ops).__code__
    assert [makes(c) for c in bodies(code)] == [[]]


def test_the_inner_of_two_loops_makes_none_though_they_look_at_its_variable():
    both(table, 0, 1, 7)
    code = ag_convert.convert(table, plain_ops).__code__
    assert [len(makes(c)) for c in bodies(code)][-1] == 0


def test_what_is_made_before_the_loop_is_not_shown():
    assert "operand_L" not in ag_convert.to_code(collatz)


def test_one_variable_of_two_loops_one_inside_the_other():
    def f(n):
        out = []
        for i in range(n):
            if i > 1:
                out.append(i)
            for i in range(i, 3):
                if i % 2:
                    out.append(-i)
        for i in range(2):
            if i:
                out.append(i)
        return out

    both(f, 0, 3, 4)


def test_a_loop_variable_that_a_branch_assigns():
    def f(n):
        total = 0
        for i in range(n):
            if i % 2:
                i = i * 10
            total += i if i > 5 else 1
        return total

    both(f, 0, 1, 6)


def test_a_loop_variable_read_after_the_loop():
    def f(n):
        i = -1
        for i in range(n):
            if i > 3:
                break
        for j in range(n):
            if j == i:
                return i, j
        return i

    both(f, 0, 1, 6)


def test_functions_of_the_user_see_the_variable_of_the_loop():
    def f(n):
        found = []
        for i in range(n):
            if i % 2:
                found.append(lambda: i)
        return [g() for g in found]

    same(f, 0, 5)


def test_an_undefined_variable_in_an_operand():
    def f(n):
        i = 0
        while i < n:
            if i > 1:
                x = 5
            y = x if i else 0
            i += 1
        return i

    both(f, 0, 1, 3)


def test_an_undefined_variable_in_the_test_of_a_loop():
    def f(n):
        i = 0
        while i < n and (i == 0 or k > 0):
            i += 1
            if n > 5:
                k = 1
        return i

    both(f, 1, 3, 7)


def test_attributes_and_items_changed_in_a_branch():
    class Counter:
        def __init__(self):
            self.n, self.seen = 0, [0, 0, 0]

    def f(n):
        c = Counter()
        for i in range(n):
            if i % 2:
                c.n += i
                c.seen[i % 3] += 1
        return c.n, c.seen

    both(f, 0, 5)


def test_a_global_changed_in_a_branch():
    def f(n):
        global _count
        _count = 0
        i = 0
        while i < n:
            if i > 1:
                _count += i if i % 2 else 1
            i += 1
        return _count

    both(f, 0, 6)


def test_guards_and_branches_of_one_line():
    def f(n, stop):
        out = []
        for i in range(n):
            for k in range(3):
                if k == i:
                    continue
                if k == stop:
                    break
                out.append(k)
            if i == stop:
                out.append(-1 if i else -2)
            if i > stop and k == 2:
                continue
            out.append(i)
        else:
            out.append(9)
        return out

    both(f, (0, 0), (4, 1), (4, 2), (4, 5))


def test_a_loop_in_a_branch_in_a_loop():
    def f(n):
        total = 0
        for i in range(n):
            if i % 2:
                j = i
                while j > 0:
                    total += j if j % 2 else 1
                    if total > 50:
                        return total, i, j
                    j -= 1
            else:
                total += 1 if i and total < 9 else 2
        return total

    both(f, 0, 5, 12)


def test_try_in_a_loop():
    def f(n):
        total = 0
        for i in range(n):
            try:
                if i % 3 == 0:
                    raise ValueError(i)
                total += 10 if i > 2 else 5
            except ValueError:
                total += 1 if i else 7
            finally:
                total -= 0 if i else 1
        return total

    both(f, 0, 7)


def test_names_that_a_loop_sees_through_locals_stay():
    def f(n):
        seen = []
        for i in range(n):
            if i:
                seen.append(sorted(locals()))
        return seen

    assert ag_convert.convert(f, operators)(3) == f(3)


def test_match_and_walrus_in_a_loop():
    def f(n):
        out = []
        i = 0
        while (k := n - i) > 0 and k < 100:
            match k % 4:
                case 0:
                    out.append("zero")
                case 1 | 2 if k > 2:
                    out.append("few")
                case other:
                    out.append(other)
            if (m := k * 2) > 6 and m % 3:
                out.append(m)
            i += 1
        return out

    same(f, 0, 3, 9)


def test_recursion_has_functions_of_its_own():
    def depth(n):
        best = 0
        for i in range(n):
            if i % 2 == 0:
                d = depth(i)
                best = d if d > best else best
        return best + 1

    same(depth, 0, 4, 7)


def test_a_variable_read_before_it_is_that_of_a_later_loop():
    def f(x, n):
        i, seen = 4, []
        if x > 1:
            if x > i:
                seen.append(i)
            for i in range(n):
                if n == 2 or n > i:
                    seen.append(1)
        return seen

    same(f, (5, 0), (5, 3), (2, 2), (0, 2))
    modes.same(f, (5, 0), (5, 3), (2, 2), (0, 2))
