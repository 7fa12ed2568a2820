"""Lists whose items differ: ints beside floats, None and tuples, arrays of several sizes, ranks and dtypes."""

import gc
import math
import os
import resource

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


def kept_by_a_loop(x, n):
    r = [2.5, n]
    k, t = 0, (1, 0)
    for i in range(n):
        k = r[i % 2]
        t = (i, k)
    return k, isinstance(k, int), t, x + 1


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
        kept_by_a_loop,
        every_method,
        converted,
        nested,
        aliases,
    ],
    ids=lambda f: f.__name__,
)
def test_numbers_keep_their_kind_beside_arrays(f):
    same(f, *CASES, traces=1)


def asked(x, n):
    r = [0]
    for i in range(n):
        r.append(i * 0.5 if x[0] > i else i)
    v = r[n // 2]
    is_it = (
        v == 1,
        v != 0.5,
        1 == v,
        v < 2,
        v in (0, 0.5, 7),
        v is v,
        v is None,
        type(v) is int,
        type(v) == float,
    )
    what = (
        isinstance(v, float),
        isinstance(v, int),
        isinstance(v, bool),
        not v,
        v and 3,
        v or 3,
        bool(v),
    )
    text = f"{v}", str(v), repr(v), f"{v:.2f}"
    return is_it, what, text, x + 1


def computed(x, n):
    r = [0]
    for i in range(n):
        r.append(i * 0.5 if x[0] > i else i)
    v = r[n // 2]
    whole = int(v), round(v), math.floor(v), x[int(v) % 2]
    parts = (
        float(v),
        abs(v),
        -v,
        v**2,
        2**v,
        divmod(v, 2),
        v // 2,
        v % 2,
        v / 2,
        7 / (v + 1),
        round(v, 1),
        max(1, v),
    )
    arrays = x * v, v - x[0], np.sin(v), x[v] if isinstance(v, int) and v < 3 else x[0]
    own = v.is_integer() if isinstance(v, float) else v.bit_length()
    return whole, parts, arrays, own, math.sqrt(v)


def reduced(x, n):
    r = [0]
    for i in range(n):
        r.append(-i * 0.5 if x[0] > i else i)
    by = sorted(r, key=lambda q: (q % 2, -q))
    s = r.copy()
    s.sort(reverse=True)
    return (
        sum(r),
        sum(r, 0.5),
        sum(r, 2),
        max(r),
        min(r, key=lambda q: -q),
        sorted(r),
        by,
        s,
        any(r),
        all(r),
        x + 1,
    )


def matched(x, n):
    r = [0, 0.5, None, True, "a", (1, 2)]
    v = r[n]
    match v:
        case bool() | str():
            k = 1
        case int() as q if q > 3:
            k = q
        case int():
            k = 2
        case float() as q:
            k = q + 1
        case None:
            k = 4
        case _:
            k = v[1]
    return k, x + 1


@pytest.mark.parametrize("f", [asked, computed, reduced, matched], ids=lambda f: f.__name__)
def test_what_is_done_with_an_item_is_done_with_its_kind(f):
    same(f, *CASES, (X, 4), traces=1, lines=False)


def test_equality_of_what_may_be_one_of_several_objects():
    def f(x):
        t = None if x[0] > 0 else "b"
        u = None if x[0] > 0 else 3
        w = "c" if x[1] > 0 else t
        return (
            t == "b",
            t != "b",
            u == 3,
            3 == u,
            u != None,
            "b" == t,
            w == "c",
            w is None,
            w in ("c", "d"),
        )  # noqa: E711

    same(f, *[np.array([a, b]) for a in (1.0, -1.0) for b in (1.0, -1.0)], traces=1)


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


def test_equality_of_a_variable_that_may_be_unbound():
    def f(x, n):
        for i in range(n):
            if x[0] > i:
                k = i
        return (k == 1, k != 1) if n > 2 else 0

    same(f, (X, 4), (-X, 4), (-X, 1), unbound_lines=False)


def test_lists_whose_items_are_swapped_keep_their_kinds():
    def f(x, n):
        a, b = [1], [2.5, n]
        for i in range(n):
            a, b = b, a
        c = [False] if x[0] > 0 else [1]
        return a, b, c, x + 1

    same(f, *CASES, traces=1)


@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="AddressSanitizer keeps freed memory")
def test_boxes_are_given_back():
    @ag.function
    def f(x, n):
        r = [x[:1]]
        for i in range(n):
            r.append(x[: i % 100])
            if len(r) > 50:
                r.pop()
                r.insert(0, x[: i % 7])
                r[3] = x[i % 5 :]
                r.pop(2)
        return sum([v.sum() for v in r]), len(r)

    def kilobytes():
        gc.collect()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    x = np.arange(1000.0)
    for _ in range(3):
        f(x, 2000)
    before = kilobytes()
    for _ in range(30):
        f(x, 2000)  # 8 KB for each of 60,000 turns would be 480 MB
    assert kilobytes() - before < 50_000
