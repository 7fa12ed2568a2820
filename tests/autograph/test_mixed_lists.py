"""Lists whose items differ: ints beside floats, None and tuples, arrays of several sizes, ranks and dtypes."""

import numpy as np
import pytest
from modes import same

import autograph as ag

X = np.array([2.0, 1.0, 3.0])
CASES = [(X, 0), (X, 1), (-X, 2), (X, 3)]


# ---- numbers -----------------------------------------------------------------------------------------


def grown(x, n):
    r = [0]
    for i in range(n):
        if x[0] > i:
            r.append(i * 0.5)
        elif x[0] > 0:
            r.append(x[0] > 1)
        else:
            r.append(i)
    return r, x + 1


def read(x, n):
    r = [0, 0.5, True]
    for i in range(n):
        r.append(i)
    return (
        r[n],
        r[n] + 1,
        r[-1],
        [v * 2 for v in r],
        [type(v) is float for v in [1, 2.5]],
        len(r),
        x + 1,
    )


def literal(x, n):
    r = [1, 2.5, True, None, (1, 2)]
    return r[n], x + 1


def assigned(x, n):
    r = [0, 0, 0]
    for i in range(n):
        r[i] = i * 0.5 if x[0] > 0 else i
    return r, r[0] + r[1], x + 1


def in_branches(x, n):
    r = [1, 2]
    if x[0] > 0:
        r[0] = True
    if x[0] > n:
        r[1] = 0.5
    d = {"a": 1}
    if x[0] > n:
        d["a"] = 0.5
    return r, d, x + 1


def in_a_dict(x, n):
    d = {"a": 0, "b": 1}
    for i in range(n):
        d["a"] = i + 0.5
    return d, x + 1


def every_method(x, n):
    r = [0]
    while len(r) < 7:
        r.append(0.5 if len(r) % 2 else len(r))
    s = []
    while r:
        v = r.pop()
        if v > 1:
            s.append(v)
        else:
            s.insert(0, v)
    s.extend([True, 2])
    s[1] = 3.5
    s[-1] = n
    del s[0]
    t = s[1:4] + [None]
    t.reverse()
    return s, t, 2 in s, None in t, s.count(3.5), s.index(n), s == t, x + 1


def converted(x, n):
    r = [i for i in range(n)]
    s = [v / 2 for v in r]
    r.extend(s)
    return r, sum(r) if r else 0, x + 1


def nested(x, n):
    rows = []
    for i in range(n):
        row = [i]
        if x[0] > 0:
            row.append(i / 2)
        rows.append(row)
    for row in rows:
        row.append(None)
    return rows, x + 1


def aliases(x, n):
    a = [0]
    b = a
    for i in range(n):
        b.append(i * 0.5)
        if x[0] > i:
            a.append(None)
    return a, b, a is b, x + 1


@pytest.mark.parametrize(
    "f",
    [
        grown,
        read,
        literal,
        assigned,
        in_branches,
        in_a_dict,
        every_method,
        converted,
        nested,
        aliases,
    ],
    ids=lambda f: f.__name__,
)
def test_numbers_keep_their_kind_beside_arrays(f):
    same(f, *CASES, traces=1)


# ---- structures --------------------------------------------------------------------------------------


def tuples_of_two_lengths(x, n):
    r = []
    for i in range(n):
        if i % 3 == 0:
            r.append((i, 2.5))
        elif x[0] > 0:
            r.append(None)
        else:
            r.append((1.5, i, "a"))
    return r, len(r), x + 1


def parts_of_tuples(x, n):
    r = []
    for i in range(n):
        r.append((i, i * 0.5 if x[0] > 0 else i))
    s = 0.0
    for a, b in r:
        s += a * b
    return r, s, x + 1


@pytest.mark.parametrize("f", [tuples_of_two_lengths, parts_of_tuples], ids=lambda f: f.__name__)
def test_structures_keep_their_form(f):
    same(f, *CASES, traces=1)


# ---- arrays ------------------------------------------------------------------------------------------


def slices(x, n):
    r = []
    for i in range(n):
        r.append(x[:i])
    return r, len(r)


def methods_of_slices(x, n):
    r = [x[:1]]
    i = 0
    while i < x[0]:
        r.append(x[:i])
        i += 1
    t = r[-1]
    r.append(t * 2)
    r.insert(0, x[1:])
    y = r.pop()
    r[0] = x[:n]
    s = 0.0
    for v in r:
        s += v.sum()
    r.extend([x[:2], y])
    r[-1] = x[n:]
    return r, s, y, [v + 1 for v in r], r[n].sum(), r[-2], r[1:3], r[::-1] if n > 100 else r.copy()


def popped(x, n):
    r = []
    for i in range(n):
        r.append(x[:i])
    out = []
    while r:
        v = r.pop()
        if v.sum() > 2:
            out.append(v[1:])
        else:
            out.append(v)
    out.reverse()
    return out


def ranks(x, n):
    r = [x]
    for i in range(n):
        if i % 2:
            r.append(x.sum())
        else:
            r.append(x.reshape(1, -1))
    return r


def absent(x, n):
    r = []
    for i in range(n):
        if i % 2:
            r.append(x[:i])
        else:
            r.append(None)
    return r, [v is None for v in r]


def with_numbers(x, n):
    r = [x[1:]]
    for i in range(n):
        r.append(i)
        r.append(x[i:])
        r.append(i * 0.5)
    return r, len(r)


def in_tuples(x, n):
    r = []
    for i in range(n):
        r.append((i, x[i:]))
    s = 0.0
    for k, part in r:
        s += part.sum() * k
    return r, s


@pytest.mark.parametrize(
    "f",
    [slices, methods_of_slices, popped, ranks, absent, with_numbers, in_tuples],
    ids=lambda f: f.__name__,
)
def test_arrays_of_several_sizes(f):
    same(f, *CASES, traces=1)


def test_arrays_of_two_dtypes():
    def f(x, k, n):
        r = []
        for i in range(n):
            if i % 2:
                r.append(x)
            else:
                r.append(k[:i])
        s = r[:2]
        return r, s, len(r), r.pop() if n else None, r

    k = np.array([1, 2, 3], "int32")
    same(f, (X, k, 0), (X, k, 1), (X, k, 4), traces=1)
    got = ag.function(f)(X, k, 4)[0]
    assert [(t.dtype.name, len(t)) for t in got] == [("int32", 0), ("float64", 3), ("int32", 2)]


def test_stack_takes_items_of_one_shape_and_names_two_others():
    @ag.function
    def f(x, n, step):
        r = []
        for i in range(n):
            r.append(x[i * step :])
        return ag.stack(r)

    assert f(X, 2, 0).tolist() == [[2, 1, 3], [2, 1, 3]]
    with pytest.raises(
        ag.errors.InvalidArgumentError, match=r"item 0 has \(3,\) and item 1 has \(2,\)"
    ):
        f(X, 2, 1)
    assert f(X, 0, 1).shape == (0, 0)
