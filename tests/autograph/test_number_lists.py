"""Lists of Python's numbers keep each item's own kind; functions of math and sorted() have one trace for all numbers."""

import math

import pytest
from modes import same

import autograph as ag


def test_appended_floats_leave_the_ints_ints():
    def loop(n):
        l = [0, 1]
        for i in range(n):
            l.append(i / 2)
        return l

    def branch(n):
        l = [1, 2]
        if n > 0:
            l.append(0.5)
        return l

    def turns(n):
        l = []
        for i in range(n):
            if i % 2:
                l.append(i)
            else:
                l.append(i + 0.5)
        return l

    def after(n):
        l = [i for i in range(n)]
        l.insert(0, 0.5)
        l.extend([2.5, 1])
        return sum(l), [0.5] + l

    for f in (loop, branch, turns, after):
        same(f, 0, 1, 3, traces=1)


def test_assigned_floats_and_bools_leave_the_ints_ints():
    def loop(n):
        l = [0] * 3
        for i in range(n):
            l[i] = i * 0.5
        return l

    def one(n):
        l = [0, 0]
        for _ in range(n):
            l[0] = 0.5
        return l

    def branch(n):
        l = [1, 2]
        if n > 0:
            l[0] = True
        return l

    def computed(n):
        l = [0, 0]
        l[n % 2] = 0.5
        return l

    def swapped(n):
        l, m = [1, 2, 3], [0.5]
        if n > 0:
            l, m = m, l
        return l + m, l, m

    for f in (loop, one, branch, computed, swapped):
        same(f, 0, 1, 3, traces=1)


def test_lists_of_one_kind_stay_native():
    def f(n):
        l = [0] * 4
        for i in range(n):
            l[i] += 1
        return [x / 2 for x in l], l

    assert "native code" in same(f, 0, 1, 3, traces=1).explain()


def test_a_list_on_one_path_and_a_number_on_the_other():
    def either(a, b):
        if a > 0:
            x = [a, b]
        else:
            x = 5
        return x

    def grown(a, b):
        x = 3
        if a > 0:
            x = [a]
        if b > 0:
            if isinstance(x, list):
                x.append(b)
        return x

    def late(a, b):
        x = 0
        for i in range(a):
            if i == b:
                x = [i]
        return x

    for f in (either, grown, late):
        same(f, (3, 1), (-1, 2), (2, -1), (-1, -1), traces=1)


@pytest.mark.parametrize(
    "fn, cases",
    [
        (math.factorial, (3, 5, 30, -1)),
        (lambda n: math.comb(n, 2), (5, 1, 9)),
        (lambda n: math.perm(n, 2), (5, 1, 9)),
        (math.gamma, (5.5, 7.25, -1.0, 200.0)),
        (math.lgamma, (5.5, 7.25, -1.0)),
        (lambda x: math.frexp(x)[1], (5.5, 0.0, math.inf)),
    ],
)
def test_functions_without_an_operation_have_one_trace(fn, cases):
    def f(n):
        total = 0
        for i in range(3):
            total += i * n
        return fn(n), total

    same(f, *cases, traces=1, lines=False)


def test_sorted_numbers_have_one_trace():
    def literal(a, b, c):
        return sorted([a, b, c]), sorted((a, b, c), reverse=True)

    def keyed(a, b, c):
        return sorted([a, b, c], key=lambda v: -v)

    def kinds(a, b, c):
        return sorted([a, b / 1, c])

    for f in (literal, keyed, kinds):
        same(f, (3, 1, 2), (1, 2, 3), (2, 2, 1), traces=1)
    assert "native code" in same(literal, (3, 1, 2), (1, 2, 3)).explain()


def test_a_tensor_is_no_key_and_a_number_is():
    x = ag.constant(3)
    with pytest.raises(TypeError, match=r"unhashable(.|\n)*int\(x\)(.|\n)*x.ref\(\)"):
        {3: 4}[x]
    with pytest.raises(TypeError, match="unhashable"):
        ag.function(lambda x: {x: 1}[x])(x)
    assert {3: 4}[int(x)] == 4 and {3: 4}[ag.function(lambda n: n + 1)(2)] == 4

    def f(n):
        return {1: 2, 3: 4}[n]

    same(f, 1, 3, 5)


def test_a_reference_stands_for_the_tensor_itself():
    x, y, v = ag.constant([3.0]), ag.constant([3.0]), ag.Variable(1)
    seen = {x.ref(): "x", v.ref(): "v"}
    assert seen[x.ref()] == "x" and y.ref() not in seen and seen[v.ref()] == "v" and x.ref().deref() is x


def test_lists_of_plain_numbers_grow():
    def grown(n):
        ints, floats, both, flags = [1, -2, 2**62, -(2**63)], [0.5, -0.0, 1e300], [1, 2.5, 3], [True, False]
        for i in range(n):
            ints.append(i)
            floats.append(i / 2)
            both.append(i)
            flags.append(i == 1)
        return ints, floats, both, flags, ints[n], floats[n - 1]

    same(grown, 1, 2, 3)


def test_repeating_beyond_all_memory_is_refused_at_once():
    def one(n):
        return len([n] * n)

    def two(n):
        return len([n, 1] * n)

    def caught(n):
        try:
            return len([n, 2] * n)
        except MemoryError:
            return -1

    for fn in (one, two, caught):
        same(fn, 3, 0, -2, 2**45, 2**62, lines=False)


def test_long_list_arguments_are_read_as_the_items_they_are():
    """From 64 inputs on, native code reads them in a block of its own."""

    def total(l):
        t = 0.0
        for x in l:
            t += x * x
        return t

    def several(l, n):
        t = l[n]
        for i, x in enumerate(l[3:]):
            if x > 2:
                t += i
        return t, max(l), min(l), sorted(l)[:3], len(l), sum([x + 1 for x in l])

    def matters(l, n):
        if n > 1:
            return l[-1]
        return l[0] + l[n]

    for size in (64, 65, 200):
        floats = [k / 4 for k in range(size)]
        ints = [k * 3 % 101 for k in range(size)]
        same(total, (floats,), (ints,), ([math.nan, *floats[1:]],))
        same(several, (floats, 5), (ints, size - 1))
        same(matters, (floats, 0), (ints, 1), (floats, 2))


def test_long_list_arguments_of_mixed_numbers():
    def total(l):
        t = 0
        for x in l:
            t += x
        return t

    def parts(pairs):
        t = 0.0
        for a, b in pairs:
            t += a * b
        return t

    same(total, ([k if k % 3 else k / 2 for k in range(100)],), ([2**62, -(2**62), *range(90)],))
    same(parts, ([(k, k / 8) for k in range(200)],))


def extended_by_new_items(xs):
    seen = []
    seen.extend(x for x in xs if x not in seen)
    return seen, len(seen)


def extended_by_nested_generators(n):
    found = [1]
    found.extend(k * y for y in (n, n + 1) for k in range(y) if k > 1)
    other = found
    if n > 2:
        other.extend(k for k in (n, 2 * n) if k > 8)
    return found, other is found


def test_a_list_is_extended_by_a_generator_item_by_item():
    same(extended_by_new_items, [3, 1, 3, 1, 2], [], [2, 2])
    same(extended_by_nested_generators, 0, 3, 5)
    f = ag.function(extended_by_new_items)
    seen, n = f(ag.constant([3, 1, 3, 1, 2]))
    assert [int(v) for v in seen] == [3, 1, 2] and int(n) == 3
