"""Lists of arrays that the trace makes, where the run decides how many and which: each is one array under all its names."""

import numpy as np
import pytest
from modes import same

import autograph as ag

X = np.arange(4.0)


def sizes_that_vary(x):
    r, i = [], 0
    while i < 4 and x[i] < 3:
        r.append(np.ones(i) * x[i])
        i += 1
    s = 0.0
    for v in r:
        s += v.sum()
    return r, s, len(r)


def zeros_of_a_counter(x):
    r = []
    for i in range(len(x)):
        if x[i] >= 1:
            r.append(np.zeros(i))
    return r


def computed_sizes_that_vary(x):
    r, i = [], 0
    while i < 4 and x[i] < 3:
        r.append(x[:i] * i)
        r.append(x * i)
        i += 1
    return r


def none_until_the_first(x):
    r = None
    for v in x:
        if v > 0:
            if r is None:
                r = []
            r.append(v)
    return r


def written_after_append(x):
    r = []
    for v in x:
        a = np.zeros(3)
        a[0] = v
        r.append(a)
        a[1] = v
    for i in range(len(r)):
        r[i][2] = i
        r[i] += 1
    return r, np.stack(r), np.array(r), r[0] is r[0], r[0] is r[1]


def one_array_in_turns(x):
    r, c = [], np.zeros(2)
    for v in x:
        if v > 1:
            c = np.ones(2) * v
        r.append(c)
        c[0] += v
    return r, c, r[0] is r[1], r[-1] is c, r[0] is c


def buffers_in_turns(x):
    buffers = [np.zeros(4), np.ones(4)]
    for i in range(len(x)):
        if x[i] > 0:
            for j in range(4):
                buffers[(i + 1) % 2][j] = buffers[i % 2][j - 1] + x[j]
    return buffers


def tuples_sorted(x):
    r = []
    for v in x:
        r.append((v, np.zeros(2)))
        r[-1][1][0] = v
    t = sorted(r, key=lambda p: -p[0])
    t[0][1][1] = 7
    return r


def methods(x):
    r = []
    for _ in x:
        r.append(np.zeros(2))
    r.insert(1, r[0])
    r.reverse()
    y = r.pop()
    y[0] = 5
    q = r[1:]
    q[0][1] = 3
    r[0] = np.ones(2)
    r.extend(q)
    r[-1][0] = 9
    return r, q, y


def loops_over_them(x):
    r = []
    for _ in x:
        r.append(np.zeros(2))
    for a in r:
        a[0] = 1
    for k, a in enumerate(r):
        a[1] = k
    return r, [a * 2 for a in r], sum(r)


def dtypes_and_ranks(x):
    r = []
    for v in x:
        r.append(np.zeros(2, dtype=np.int64))
        if v > 1:
            r.append(np.zeros((3, 1)))
    return r


def slices_and_views(x):
    r = []
    for v in x:
        r.append(np.zeros((2, 2)))
        r[-1][0][1] = v
        r[-1][1, 0] += v
        r[-1][:, 1] = 2
        r[-1].T[0] = v
        if v == 2:
            r[-1].fill(v)
    return r


def in_a_function(x):
    r, c = [], np.zeros(2)

    def put(a):
        r.append(a)
        a[1] = 4

    for v in x:
        put(c if v > 1 else np.zeros(2))
    return r, c


def best_of(x):
    best, r = None, []
    for v in x:
        c = np.full(2, v)
        if best is None or c[0] > best[0]:
            best = c
        r.append(c)
    best[1] = 9
    return r, best


def swaps(x):
    r = []
    for _ in x:
        r.append(np.zeros(2))
    r[0], r[1] = r[1], r[0]
    r[0][0] = 3
    r[1] += r[0]
    s = []
    for _ in x:
        s.append(r.pop())
    s[0][0] = 8
    return r, s


def held_by_a_branch(x):
    c, r = np.zeros(2), []
    for i in range(3):
        if x[i] > 0:
            r.append(c)
            r[-1][0] += 1
    c[1] = 7
    return r, c


PROGRAMS = [
    sizes_that_vary, zeros_of_a_counter, computed_sizes_that_vary, none_until_the_first, written_after_append, one_array_in_turns,
    buffers_in_turns, tuples_sorted, methods, loops_over_them, dtypes_and_ranks, slices_and_views, in_a_function, best_of, swaps,
    held_by_a_branch,
]  # fmt: skip


@pytest.mark.parametrize("fn", PROGRAMS)
def test_as_in_python(fn):
    same(fn, (X,))


def numbers(n):
    c, r = np.zeros(2), []
    for i in range(n):
        r.append(c if i % 2 else np.full(2, i))
        r[i // 2][0] += 1
    t = [c] * n
    c[1] = 4
    return r, t, c


def test_counted_by_a_number():
    same(numbers, 0, 1, 5)


def part_of_a_matrix(m, n):
    m, r = np.array(m), []
    for i in range(n):
        r.append(m[i])
        if m[i, 0] < 1:
            m[0, 0] = 9  # the rows in r would not see it
    return r


@pytest.mark.usefixtures("no_plain_calls")
def test_a_part_that_a_list_holds_is_refused_once_the_array_changes():
    m = np.arange(6.0).reshape(3, 2)
    f = ag.function(part_of_a_matrix)
    with pytest.raises(TypeError, match=r"changed under another name(.|\n)*File (.|\n)*m\[0, 0\] = 9"):
        f(m, 3)
