"""Variables of functions that the traced code makes: they are the trace's own unless somebody holds them when the call is over."""

import functools

import numpy as np
from modes import same

import autograph as ag


def native(compiled):
    text = str(compiled.explain())
    assert "native code" in text and "runs as Python" not in text, text


def test_helpers_that_count_in_branches_and_loops_are_native():
    def summed(n):
        total, calls = 0, 0

        def add(k):
            nonlocal total, calls
            total += k
            calls += 1
            return total

        last = 0
        while n > 0:
            if n % 3:
                last += add(n)
            n -= 1
        return total, calls, last

    native(same(summed, 0, 1, 7, traces=1))

    def both(n):
        a = b = 0

        def first():
            nonlocal a
            a += 1
            second()

        def second():
            nonlocal b
            b += a

        for i in range(n):
            if i % 3 == 0:
                first()
            else:
                second()
        return a, b

    native(same(both, 0, 1, 7, traces=1))


def test_counters_that_another_function_makes_are_native():
    def counter():
        count = 0

        def following():
            nonlocal count
            count += 1
            return count

        return following

    def weighed(n):
        following, total = counter(), 0
        for i in range(n):
            total += following() * i
        return total

    native(same(weighed, 0, 3, 6, traces=1))


def test_callbacks_over_arrays_are_native():
    def largest(x, n):
        best, at = 0.0, -1

        def look(i):
            nonlocal best, at
            if x[i] > best:
                best, at = x[i], i

        for i in range(n):
            look(i)
        return best, at

    x = np.array([1.0, 5.0, 2.0])
    native(same(largest, (x, 3), (x, 1), (x, 0), kinds=False))


def test_exceptions_with_traced_values_leave_a_helper():
    def summed(n):
        total = 0

        def add():
            nonlocal total
            total += n
            if total > 5:
                raise ValueError(total)

        try:
            for _ in range(n):
                add()
        except ValueError as e:
            return total, str(e)
        return total

    native(same(summed, 0, 1, 2, 3, 9))

    def two_kinds(n):
        for i in range(n):
            try:
                if i == 3:
                    raise KeyError(i)
                if i == 5:
                    raise ValueError
            except KeyError:
                n += 1
        return n

    native(same(two_kinds, 2, 5, 9))


def test_what_is_held_when_the_call_is_over_belongs_to_python():
    kept = []

    def returned(n):
        total = 0

        def add():
            nonlocal total
            total += n
            return total

        add()
        if n > 2:
            add()
        return add

    def stored(n):
        kept.append(returned(n))
        return kept[-1]()

    class Holder:
        pass

    def in_an_attribute(n):
        holder = Holder()
        holder.add = returned(n)
        holder.add()
        return holder

    def seen(fn, made):
        out = []
        for n in 1, 3, 5:
            got = fn(n)
            got = getattr(got, "add", got)
            out.append([int(got()), int(got())] if callable(got) else int(got))
        return out + [int(add()) for add in made]

    for fn in returned, stored, in_an_attribute:
        kept.clear()
        want = seen(fn, kept)
        kept.clear()
        assert seen(ag.function(fn), kept) == want


def test_recursive_helpers_and_functions_of_the_library():
    def deepest(n):
        best = 0

        def go(k):
            nonlocal best
            if k > best:
                best = k
            if k < 3:
                go(k + 1)

        go(0)
        return best + n

    same(deepest, 1, 4)

    def folded(n):
        calls = 0

        def join(a, b):
            nonlocal calls
            calls += 1
            return a * calls + b

        return functools.reduce(join, [1, 2, n]), calls, sorted([3, n, 1], key=lambda v: join(v, 1)), calls

    same(folded, 0, 5)
