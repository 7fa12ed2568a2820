"""Parts of arrays that branches and loops choose: read and written where they lie, whoever looks afterwards."""

import numpy as np
import pytest
from modes import same

import autograph as ag

X = np.array([1.0, 2.0, 3.0, 4.0])
M = np.array([[1.0, 5.0], [2.0, 3.0], [4.0, 9.0], [0.0, 1.0]])


def part_returned_from_a_loop(x, n):
    y = x.copy()
    for i in range(n):
        y[i] = y[i] * 2
        if y[i] > 3:
            return y[:i]
    return y


def parts_returned_from_a_loop_and_after_it(x, n):
    y = x.copy()
    for i in range(n):
        y[i] = y[i] * 2
        if y[i] > 3:
            return y[:i]
    return y[1:]


def part_kept_at_a_break(x, n):
    y = x.copy()
    best = None
    for i in range(n):
        y[i] = y[i] * 2
        if y[i] > 3:
            best = y[:i]
            break
    return best


def whole_or_part_at_a_break(x, n):
    y = x.copy()
    best = y
    for i in range(n):
        y[i] = y[i] * 2
        if y[i] > 3:
            best = y[:i]
            break
    return best


def window_that_moves(x, n):
    y = x.copy()
    best = y[:2]
    for i in range(n):
        y[i] = y[i] * 2
        if y[i] > 3:
            best = y[i : i + 2]
    return best


def as_many_as_were_found(x, n):
    y = np.zeros(5)
    k = 0
    for i in range(n):
        if x[i] > 1:
            y[k] = x[i]
            k += 1
        if k == 2:
            return y[:k]
    return y[:k]


def part_returned_from_a_branch(x, n):
    y = x.copy()
    if n > 2:
        y[0] = 9
        return y[:2]
    y[1] = 8
    return y


def parts_of_two_branches(x, n):
    y = x.copy()
    if n > 2:
        w = y[:2]
    else:
        w = y[1:]
    y[1] = 8
    return w


def written_through_a_part_of_two_branches(x, n):
    y = x.copy()
    if n > 2:
        w = y[:2]
    else:
        w = y[2:]
    w[0] = 8
    return y


def whole_or_part_written(x, n):
    y = x.copy()
    w = y
    if n > 2:
        w = y[:2]
    w[0] = 8
    return y, w


def best_row(m, n):
    best = m[0]
    for i in range(len(m)):
        if m[i].sum() > best.sum():
            best = m[i]
    return best


def best_row_written(m, n):
    m = m.copy()
    best = m[0]
    for i in range(1, n):
        if m[i].sum() > best.sum():
            best = m[i]
    best[0] = 9
    return m, best


def best_row_or_none(m, n):
    best = None
    for i in range(n):
        if best is None or m[i].sum() > best.sum():
            best = m[i]
    return best


def best_row_of_rows(m, n):
    m = np.array(m * 2)
    best = m[0]
    for row in m:
        if row.sum() > best.sum():
            best = row
    return best


def best_row_doubled(m, n):
    m = np.array(m * 2)
    best = m[0]
    for row in m:
        if row.sum() > best.sum():
            best = row
    best *= 2
    return m


def row_after_the_loop(m, n):
    m = m.copy()
    for i in range(n):
        row = m[i]
        row[0] = 1
        if row[1] > 4:
            break
    return m, row


def rows_numbered(m, n):
    m = m.copy()
    for i, row in enumerate(m):
        row[0] = i
        if row[1] > 4:
            continue
        row[1] = 7
    return m, row


def row_returned_while_rows_change(m, n):
    m = m.copy()
    for row in m:
        if row[0] > 1:
            return row
        row[0] = 5
    return m[0]


def rows_left_by_a_break(m, n):
    m = m.copy()
    for k in range(n):
        for row in m:
            row[0] += k
            if row[0] > 5:
                break
    return m


def row_before(m, n):
    m = m.copy()
    last = m[0]
    for row in m:
        row += last
        last = row
    return m


def rows_swapped(m, n):
    m = m.copy()
    a, b = m[0], m[1]
    for i in range(n):
        a, b = b, a
        a[0] += i
    b[1] = 100
    return m, a


def two_buffers(m, n):
    cur = np.zeros(5)
    nxt = np.ones(5)
    for t in range(n):
        for i in range(1, 4):
            nxt[i] = (cur[i - 1] + cur[i + 1]) / 2 + 1
        cur, nxt = nxt, cur
    return cur


def buffers_in_a_list(m, n):
    bufs = [np.zeros(4), np.ones(4)]
    for k in range(n):
        for i in range(4):
            bufs[k % 2][i] = bufs[1 - k % 2][i] + i
    return bufs[0], bufs[1]


def parts_of_parts(m, n):
    y = np.zeros(6)
    w = y[1:]
    if n > 2:
        w = w[1:]
    if n > 3:
        w = w[1:]
    w[0] = 5
    w = w[::2]
    if n > 1:
        w = y[::2]
    w[1] = 3
    return y, w


def halves(m, n):
    y = np.arange(6.0)
    lo, hi = 0, 6
    w = y
    while len(w) > 1 and n > 0:
        h = len(w) // 2
        if w[h] > n:
            w = w[:h]
        else:
            w = w[h:]
    return w


def window_or_else(m, n):
    y = np.arange(6.0)
    w = y[:3]
    for i in range(n):
        w = y[i : i + 3]
        w[0] = w[-1]
        if w.sum() > 8:
            break
    else:
        w = y[-1:]
    w += 1
    return y, w


def parts_in_a_try(m, n):
    y = np.arange(6.0)
    try:
        w = y[1:3]
        if n > 2:
            raise ValueError("x")
        w = y[2:4]
    except ValueError:
        w[0] = 9
    w[1] = 8
    return y, w


def window_or_none_written(m, n):
    y = np.arange(6.0)
    best = None
    for i in range(n):
        if best is None or y[i] > best[0]:
            best = y[i : i + 2]
    if best is not None:
        best[0] = 77
    return y, best


def part_of_an_inner_function(m, n):
    y = np.arange(6.0)

    def part(k):
        if k > 2:
            return y[:2]
        return y[3:]

    w = part(n)
    w[0] = 9
    v = part(1)
    v[0] = w[0] + 1
    return y, w, v


def two_parts_swapped(m, n):
    y = np.arange(6.0)
    if n > 2:
        a, b = y[:3], y[3:]
    else:
        a, b = y[3:], y[:3]
    a[0] = 5
    b[1] = a[0] * 2
    return y, a, b


def part_in_a_tuple(m, n):
    y = np.arange(6.0)
    pair = (y[:3], 1)
    for i in range(n):
        pair = (y[i : i + 3], i)
        pair[0][0] = 50
    return y, pair[0], pair[1]


def columns(m, n):
    m = m.copy()
    r = m[:, 0]
    if n > 2:
        r = m[:, 1]
    r[:] = r[::-1]
    return m, r


def row_of_an_array_that_is_made_anew(m, n):
    m = m.copy()
    r = m[0]
    for i in range(n):
        r = m[i]
        m = m * 1.0
        r[0] = 3
    return m, r


def part_and_count(m, n):
    y = np.zeros(8)
    k = 0
    for i in range(n):
        if m[i, 0] > 0:
            y[k] = m[i, 0]
            k += 1
            if k > 2:
                return y[:k], k
    return y[:k], k


def item_or_part(m, n):
    y = np.zeros(8)
    k = 0
    for i in range(n):
        y[i] = i
        if i > 2:
            return y[i], i
    return y[:k], k


OF_VECTORS = (
    part_returned_from_a_loop,
    parts_returned_from_a_loop_and_after_it,
    part_kept_at_a_break,
    whole_or_part_at_a_break,
    window_that_moves,
    as_many_as_were_found,
    part_returned_from_a_branch,
    parts_of_two_branches,
    written_through_a_part_of_two_branches,
    whole_or_part_written,
)
OF_ROWS = (
    best_row,
    best_row_written,
    best_row_or_none,
    best_row_of_rows,
    best_row_doubled,
    row_after_the_loop,
    rows_numbered,
    row_returned_while_rows_change,
    rows_left_by_a_break,
    row_before,
    rows_swapped,
    two_buffers,
    buffers_in_a_list,
    parts_of_parts,
    halves,
    window_or_else,
    parts_in_a_try,
    window_or_none_written,
    part_of_an_inner_function,
    two_parts_swapped,
    part_in_a_tuple,
    columns,
    row_of_an_array_that_is_made_anew,
    part_and_count,
    item_or_part,
)


@pytest.mark.parametrize("f", OF_VECTORS, ids=lambda f: f.__name__)
def test_parts_of_vectors(f):
    same(f, (X, 4), (X, 0), (X, 1), (X, 2))


@pytest.mark.parametrize("f", OF_ROWS, ids=lambda f: f.__name__)
def test_parts_of_rows(f):
    same(f, (M, 4), (M, 1), (M, 2), (M, 3))


def row_of_one_or_the_other(m, n):
    m = m.copy()
    k = m.copy()
    c = m[0] if n > 2 else k[1]
    c[0] = 9
    return m, k


def row_or_a_copy(m, n):
    m = m.copy()
    best = m[0]
    for i in range(1, n):
        if m[i].sum() > best.sum():
            best = m[i].copy()
    best[0] = 9
    return m, best


def row_or_zeros(m, n):
    m = m.copy()
    best = m[0]
    if n > 2:
        best = np.zeros(2)
    else:
        m[0, 0] = 7
    return best, m


def row_or_zeros_written(m, n):
    m = m.copy()
    best = m[0]
    if n > 2:
        best = np.zeros(2)
    else:
        m[0, 0] = 7
    best[1] = 3
    return m


def row_in_a_tuple_or_zeros(m, n):
    m = m.copy()
    best = (m[0], 1)
    if n > 2:
        best = (np.zeros(2), 2)
    best[0][0] = 3
    return m


def row_in_a_dict_or_zeros(m, n):
    m = m.copy()
    d = {"b": m[0]}
    if n > 2:
        d["b"] = np.zeros(2)
    d["b"][0] = 3
    return m


def row_in_a_list_or_zeros(m, n):
    m = m.copy()
    d = [m[0]]
    if n > 2:
        d[0] = np.zeros(2)
    d[0][0] = 3
    return m


REFUSED = (
    row_of_one_or_the_other,
    row_or_a_copy,
    row_or_zeros,
    row_or_zeros_written,
    row_in_a_tuple_or_zeros,
    row_in_a_dict_or_zeros,
    row_in_a_list_or_zeros,
)


@pytest.mark.usefixtures("no_plain_calls")
@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_a_part_or_an_array_of_other_dimensions_is_refused(f):
    """A part here, an array there: which of the two was changed only the run knows, and no old element is given out."""
    with pytest.raises(
        TypeError,
        match="changed under another name|keep arrays of one kind|take a copy of the part",
    ):
        ag.function(f)(M, 1)


def whether_one_part_is_the_other(m, n):
    m = m.copy()
    w = v = m[0]
    if n > 2:
        w = v = m[1]
    return w is v


@pytest.mark.usefixtures("no_plain_calls")
def test_whether_chosen_parts_are_one_is_not_answered():
    with pytest.raises(TypeError, match="known only when the function runs"):
        ag.function(whether_one_part_is_the_other)(M, 3)
