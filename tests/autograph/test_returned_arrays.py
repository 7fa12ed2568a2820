"""Arrays that a function returns from within loops and branches, that may be absent, and that take the place of others."""

import numpy as np
import pytest
from modes import same

import autograph as ag

MATRIX = np.array([[4.0, 1.0], [2.0, 3.0]])
X = np.array([3.0, 4.0])


def products(a, n):
    v = np.ones(2)
    for k in range(n):
        v = a @ v
    return v


def doubled(a, n):
    v = np.ones(2)
    for k in range(n):
        v = v * 2
    return v


def products_of_a_row(a, n):
    v = a[0] * 1
    for k in range(n):
        v = a @ v
    return v


def products_in_a_while(a, n):
    v = np.zeros(2)
    k = 0
    while k < n:
        v = a @ v
        k += 1
    return v


def left_early(x, n):
    v = np.ones(2)
    for k in range(n):
        v = v + x
        if v[1] > 50:
            return v
    return v


def left_for_ever(x, n):
    v = np.ones(2) * x
    while True:
        v = v * 2
        if v[0] > 50:
            return v


def items_set(x, n):
    v = np.zeros(2)
    for k in range(n):
        v[0] += x[1]
        if v[0] > 50:
            return v
    return v


def left_before(x, n):
    v = np.zeros(2)
    if x[0] > 2:
        return v
    v[1] = 5
    return v


def with_its_turn(x, n):
    v = np.zeros(2)
    for k in range(n):
        v = x + v
        if v[0] > 50:
            return v, k
    return v, n


def the_one_before(x, n):
    v = np.zeros(2)
    for k in range(n):
        w = v
        v = x + v
        if v[0] > 50:
            return w
    return None


def the_best(x, n):
    best = None
    for k in range(n):
        v = np.full(2, float(k)) * x
        if best is None or v.sum() > best.sum():
            best = v
    return best


def through_finally(x, n):
    v = np.zeros(2)
    for k in range(n):
        try:
            v = v + x
            if v[0] > 20:
                return v
        finally:
            v = v * 1.5
    return v


def set_in_finally(x, n):
    v = np.zeros(2)
    for k in range(n):
        try:
            v = v + x
            if v[0] > 20:
                return v
        finally:
            v[1] += 100
    return v


def of_an_inner_function(x, n):
    v = np.zeros(2)
    out = []

    def inner():
        w = v
        for k in range(n):
            w[0] += x[0]
            if w[0] > 20:
                return w
        return None

    r = inner()
    if r is not None:
        r[1] = 7
    return v


def set_behind_the_loop(x, n):
    best = None
    for k in range(n):
        v = np.ones(2) * x * k
        if v[0] > 10:
            best = v
    if best is not None:
        best[0] = -1
    return best


def kept_and_changed(x, n):
    best = None
    log = np.zeros(2)
    for k in range(n):
        log = log + x
        if log[0] > 10 and best is None:
            best = log
        log[1] += 0.5
    return best, log


def seen_under_two_names(x, n):
    v = np.ones(2)
    u = None
    if x[0] > n:
        u = v
    v[0] = 9
    return u


def found_in_rows(x, n):
    def find(m):
        for i in range(m.shape[0]):
            r = m[i] * 1
            if r[0] > n:
                return r
        return None

    r = find(np.stack([x, x * 2, x * 3]))
    if r is None:
        return np.zeros(2)
    r[0] = 0
    return r


def beside_a_raise(x, n):
    v = np.ones(2)
    try:
        while True:
            v = v * 2
            if v[0] > n:
                return v
            if v[0] > 40:
                raise ValueError("x")
    except ValueError:
        return None


def in_several_ways(x, n):
    v = np.zeros(2)
    i = 0
    while i < n:
        v = v + x
        i += 1
        if v[0] > 10:
            return v, i
        if v[1] > 100:
            return None
    return v * 2, -1


def largest(x, n):
    best = None
    for k in range(n):
        v = np.ones(2) * x * k
        if best is None or v[0] > best[0]:
            best = v
    return best


def two_largest(x, n):
    best = None
    second = None
    for row in (x, x * 3, x * 2, x * 5, x * 4):
        r = row * 1.0
        if best is None or r[0] > best[0]:
            second = best
            best = r
        elif second is None or r[0] > second[0]:
            second = r
    if second is not None:
        second[1] = n
    return best, second


def nearest(x, n):
    best = None
    i = 0
    while i < n:
        v = np.array([x[0] * i, x[1] - i])
        if best is None or abs(v[1]) < abs(best[1]):
            best = v
            at = i
        i += 1
    if best is None:
        return "nothing"
    best[0] += at
    return best


def made_again(x, n):
    state = None
    for k in range(n):
        if state is None:
            state = np.zeros(2)
        state += x
        if state[0] > 20:
            state = None
    return state


def cached(x, n):
    cache = None
    hits = 0
    for k in range(n):
        if cache is None or x[0] * k > cache[0]:
            cache = np.sqrt(x * k) + 1
        else:
            hits += 1
    return cache, hits


def swapped(x, n):
    a = np.zeros(3)
    b = np.ones(3)
    for k in range(n):
        if x[0] > k:
            a, b = b, a
        a[0] += 1
    return a, b


def sometimes_named(x, n):
    a = np.zeros(3)
    cur = None
    for k in range(n):
        if k % 2:
            cur = a
        if cur is not None:
            cur[k % 3] += x[0]
    return a


def differences(x, n):
    rows = []
    last = None
    for k in range(n):
        r = x * k + np.array([k, 1.0])
        if last is not None and r[0] > last[0] + 2.5:
            rows.append(r - last)
        last = r
    return rows


def chosen_in_a_loop_and_changed_after(x, n):
    u = np.zeros(2)
    last = np.ones(2)
    for k in range(n):
        if x[0] > k:
            last = u
    u[-1] = -2.0
    return u, last


def named_in_a_loop_and_changed_after(x, n):
    u = np.zeros(2)
    last = None
    for k in range(n):
        if x[0] > k:
            last = u
    u[-1] = -2.0
    return u, last


def named_in_a_loop_and_changed_by_that_name(x, n):
    u = np.zeros(2)
    last = None
    for k in range(n):
        if x[0] > k:
            last = u
        else:
            last = None
    if last is not None:
        last[0] = 4
    return u, last


def part_of_a_chosen_one(x, n):
    u, v = np.zeros(2), np.array(x * 2)
    best = u
    if x[0] > n:
        best = x.copy()
    if v[0] < 4:
        return n
    try:
        best = u
        if v.max() > n:
            raise ValueError("b")
    except ValueError:
        u = best
        best = v
    finally:
        v[:1] = -2.0
    best[1:] += best[0]
    return best, u, v


def items_of_a_list_of_arrays(x, n):
    rows = [np.zeros(2), np.ones(2)]
    w = np.ones(1)
    i = 0
    if x[0] > 0:
        i = 1
    if x[1] > n:
        rows[i][0] = 5
        w = rows[i][0:1]
    return rows, w * 1


@pytest.mark.parametrize("fn", [products, doubled, products_of_a_row, products_in_a_while])
def test_of_a_matrix(fn):
    same(fn, (MATRIX, 3), (MATRIX, 0), (MATRIX, 9))


@pytest.mark.parametrize(
    "fn",
    [
        left_early,
        left_for_ever,
        items_set,
        left_before,
        with_its_turn,
        the_one_before,
        the_best,
        through_finally,
        set_in_finally,
        of_an_inner_function,
        set_behind_the_loop,
        kept_and_changed,
        seen_under_two_names,
        found_in_rows,
        beside_a_raise,
        in_several_ways,
        largest,
        two_largest,
        nearest,
        made_again,
        cached,
        swapped,
        sometimes_named,
        differences,
        chosen_in_a_loop_and_changed_after,
        named_in_a_loop_and_changed_after,
        named_in_a_loop_and_changed_by_that_name,
        part_of_a_chosen_one,
        items_of_a_list_of_arrays,
    ],
)
def test_of_a_vector(fn):
    same(fn, (X, 3), (X, 0), (X, 8), (X, 100))


def parts_by_condition(x, n):
    u = np.zeros(3)
    w = u[1:] if x[1] > n else u[:2]
    w[0] = 100
    return w * 1, u


def part_of_a_branch(x, n):
    u = np.zeros(3)
    w = np.ones(2)
    if x[1] > n:
        w = u[1:]
    w[0] = 100
    return w * 1, u


def row_of_a_loop(x, n):
    u = np.zeros((3, 2))
    r = u[0]
    for k in range(2):
        if x[k] > n:
            r = u[k]
    r[0] = 5
    return u


def part_of_the_turn_before(x, n):
    u, v, w = np.zeros(3), np.ones(3), np.ones(2)
    if x[0] < n + 1:
        u = v
    for k in range(n):
        v[:] = -2.0
        if x[-1] > n + 5:
            break
        w[1] += u[0]
        w = u[1:]
    return u, v


@pytest.mark.parametrize("fn", [parts_by_condition, part_of_a_branch, row_of_a_loop])
def test_parts_that_a_branch_chose_are_the_whole_s(fn):
    same(fn, (X, 3), (X, 0), (X, 8), (X, 100))


@pytest.mark.usefixtures("no_plain_calls")
def test_a_part_or_another_array_is_refused_where_the_whole_would_show_a_change():
    with pytest.raises(TypeError, match="changed under another name"):
        ag.function(part_of_the_turn_before)(X, 3)
