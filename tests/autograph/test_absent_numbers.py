"""Values that are an int, a float or absent: each path keeps its own kind of number."""

from modes import same


def native(compiled):
    text = str(compiled.explain())
    assert "native code" in text and "runs as Python" not in text, text


def test_numbers_of_two_kinds_beside_none_or_undefined():
    def or_none(x):
        r = None
        if x > 0:
            r = x
        elif x < -5:
            r = x * 2.5
        print(r)
        return r

    native(same(or_none, 1, -7, -1))

    def or_undefined(x):
        if x > 0:
            r = 2**53 + x
        elif x < -5:
            r = x * 2.5
        return r

    native(same(or_undefined, 1, -7, -1))

    def or_bool(x):
        r = None
        if x > 0:
            r = x
        elif x < -5:
            r = x * 2.5
        elif x < -3:
            r = True
        return "nothing" if r is None else r

    native(same(or_bool, 1, -7, -1, -4))


def test_they_are_used_where_they_are_there():
    def used(x):
        r = None
        if x > 0:
            r = x
        elif x < -5:
            r = x * 2.5
        doubled = 0 if r is None else r * 2
        if r:
            doubled += 1
        return doubled, r == None, f"{r}", [r], (r, 1)  # noqa: E711

    native(same(used, 1, -7, -1))

    def added(x):
        r = None
        if x > 0:
            r = x
        elif x < -5:
            r = x * 2.5
        return r + 1

    same(added, 1, -7, -1)


def test_loops_carry_them():
    def last(n):
        best = None
        for i in range(n):
            if i % 3 == 1:
                best = i
            elif i % 3 == 2:
                best = i / 2
        return best

    native(same(last, 0, 1, 2, 3, 5))

    def smallest(n):
        best = None
        while n > 0:
            if n % 3 == 1:
                best = n
            elif best is None or n % 5 == 0:
                best = n / 4
            n -= 1
        return best, best is None

    native(same(smallest, 0, 1, 2, 3, 5, 9))

    def unset(n):
        for i in range(n):
            if i == 2:
                r = i
            elif i == 4:
                r = i + 0.5
        return r

    native(same(unset, 3, 5, 1))

    def of_items(x, values):
        r = None
        for v in values:
            if v > x:
                r = v
            elif v < -x:
                r = v / 2
                break
        return r

    same(of_items, (1, [1, 2, -3, 4]), (1, []), (1, [5]))
