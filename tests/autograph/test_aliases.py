"""Names of one list see its changes, wherever the change happens and whatever holds the list; and copies do not."""

import copy

import numpy as np
import pytest
from modes import same

import autograph as ag


def two_names(n):
    a = []
    b = a
    for i in range(n):
        a.append(i)
    b.append(-1)
    return a, b, len(a), a is b


def two_names_made_in_a_loop(n):
    a, b = [], [0]
    for i in range(n):
        a = [i]
        b = a
        a.append(i + 1)
    b.append(9)
    return a, b


def two_names_made_in_a_branch(n):
    a, b = [1], [2]
    if n > 2:
        a = [3]
        b = a
    a.append(n)
    return a, b


def one_name_for_the_other_in_a_branch(n):
    a, b = [1], [2]
    if n > 2:
        b = a
    b.append(n)
    return a, b


def swapped_in_a_branch(n):
    a, b = [1], [2]
    if n > 2:
        a, b = b, a
    a.append(n)
    return a, b


def swapped_in_a_loop(n):
    a, b = [1], [2]
    for i in range(n):
        a, b = b, a
        a.append(i)
    return a, b


def swapped_in_a_loop_under_a_third_name(n):
    a, b = [1], [2]
    first = a
    for _ in range(n):
        a, b = b, a
    b[0] = 50
    return a, b, first


def rebound_in_two_loops(n):
    a = [1]
    c = a
    for _ in range(2):
        for i in range(n - 1):
            a = [i]
    a.append(7)
    return a, c, a is c


def in_a_tuple(n):
    items = []
    pair = (items, n)
    for i in range(n):
        pair[0].append(i)
    items.append(-1)
    return items, pair[0]


def in_a_dict(n):
    items = []
    d = {"items": items}
    for i in range(n):
        d["items"].append(i)
    if n > 2:
        items.append(-1)
    return items, d["items"]


def in_a_list(n):
    row = [0, 0]
    rows = [row, row]
    for i in range(n):
        rows[0][0] += i
        row[1] -= i
    return rows, row


class Holder:
    def __init__(self, items):
        self.items = items
        self.again = items

    def add(self, x):
        self.items.append(x)


def in_an_object(n):
    items = [0]
    h = Holder(items)
    for i in range(n):
        h.add(i)
        if i % 2 == 0:
            items.append(-i)
    h.again.append(100)
    return items, h.items


def rebound_attribute(n):
    h = Holder([0])
    old = h.items
    for i in range(n):
        if i == 1:
            h.items = [5]
        h.items.append(i)
    return old, h.items, h.again


def fill(items, n):
    for i in range(n):
        items.append(i)
    items[0] = 7
    return items


def by_a_helper(n):
    items = [1]
    got = fill(items, n)
    got.append(50)
    return items


def by_a_helper_in_a_branch(n):
    items = [1]
    if n > 1:
        fill(items, n)
    return items


def rebound_in_a_helper(n):
    def change(items):
        items.append(1)
        items = [9]
        items.append(n)
        return items

    a = [0]
    b = change(a)
    return a, b


def captured(n):
    items = []

    def add(x):
        items.append(x)
        return len(items)

    total = 0
    for i in range(n):
        total += add(i)
    return items, total


def default_argument(n):
    def add(x, acc=[]):
        acc.append(x)
        return acc

    for i in range(n):
        add(i)
    return add(-1)


def changed_while_iterated(n):
    items = [3, 1]
    for x in items:
        if x > 0 and len(items) < n:
            items.append(x - 1)
    return items


def shrunk_while_iterated(n):
    items = list(range(n))
    out = []
    for x in items:
        out.append(x)
        if len(items) > 2:
            items.pop()
    return out, items


def iterated_while_rebound(n):
    items = [1, 2, 3]
    total = 0
    for x in items:
        items = [n]
        total += x
    return total, items


def copies(n):
    a = [1, 2]
    b, c, d, e = a[:], list(a), a.copy(), a + []
    for i in range(n):
        a.append(i)
    b.append(5)
    return a, b, c, d, e, copy.copy(c)


def copies_of_a_grown_list(n):
    a = []
    for i in range(n):
        a.append(i)
    b, c, d, e = a[:], list(a), a.copy(), sorted(a)
    a.append(-1)
    a[0] = 50
    return a, b, c, d, e


def in_place_or_new(n):
    a = [1]
    b = a
    a += [n]
    c = a
    a = a + [5]
    if n > 2:
        b *= 2
    return a, b, c


def grown_in_place(n):
    a = [1]
    b = a
    for i in range(n):
        a += [i, i]
    return a, b


def rows_share(n):
    rows = [[0] * 3] * 2
    for i in range(n):
        rows[0][i % 3] += 1
    return rows


def rows_do_not_share(n):
    rows = [[0] * 3 for _ in range(2)]
    for i in range(n):
        rows[i % 2][i % 3] += 1
    return rows


def traced_rows(n):
    grid = [[0] * n for _ in range(n)]
    row = grid[0]
    for i in range(n):
        row[i] = i
        grid[i][0] += 1
    return grid, row


def row_put_into_two_places(n):
    grid = [[0] * 2 for _ in range(n)]
    row = [1, 1]
    grid[0] = row
    grid[n - 1] = row
    row[0] = 9
    return grid


def rows_swapped(n):
    grid = [[i, i] for i in range(n)]
    first = grid[0]
    grid[0], grid[n - 1] = grid[n - 1], grid[0]
    grid[0][1] = 50
    first[0] = 60
    return grid


def row_appended_then_changed(n):
    grid = []
    row = [0]
    for i in range(n):
        grid.append(row)
        row[0] += i
    return grid


def row_appended_then_rebound(n):
    grid = []
    row = [0, 0]
    for i in range(n):
        row = [i, row[0]]
        grid.append(row)
    return grid


def list_or_none(n):
    out = None
    for i in range(n):
        if out is None:
            out = []
        out.append(i)
    return out


def list_from_a_choice(n):
    small, large = [], []
    for i in range(n):
        (small if i < 3 else large).append(i)
    return small, large


def list_chosen_before(n):
    a, b = [1], [2]
    chosen = a if n > 2 else b
    chosen.append(n)
    return a, b


def dict_of_two_names(n):
    d = {"x": 0}
    e = d
    for i in range(n):
        d["x"] += i
    e["y"] = n
    return d, e


def early_return_of_a_list(n):
    out = []
    for i in range(n):
        out.append(i)
        if i > 3:
            return out
    out.append(-1)
    return out


def early_return_of_a_list_in_a_branch(n):
    out = [1, 2]
    if n > 3:
        out.append(5)
        return out
    out.append(6)
    out.append(7)
    return out


def early_return_of_a_list_or_none(n):
    out = []
    for i in range(n):
        out.append(i * 2)
        if i == 3:
            return None
    return out


def nonlocal_list(n):
    items = [0]

    def reset():
        nonlocal items
        items = [n]

    kept = items
    for i in range(n):
        if i == 1:
            reset()
        items.append(i)
    return items, kept


def deleted_items(n):
    a = list(range(6))
    b = a
    if n > 2:
        del a[0]
        del a[-1]
    return a, b, len(b)


def emptied(n):
    a = [1, 2, 3]
    b = a
    for i in range(n):
        if i == 2:
            a.clear()
        a.append(i)
    return b


def unpacked(n):
    a = [n, n + 1]
    x, y = a
    first, *rest = [x, y, 3]
    if n > 2:
        rest.append(n)
    return x, y, first, rest


def argument_kept(items, n):
    kept = items
    items.append(n)
    return kept is items, kept


def argument_not_changed(items, n):
    out = []
    for x in items:
        out.append(x * n)
    return out, items


def copied_in_a_nested_branch(n):
    a, b = [1], [2, n]
    c = a
    if (n + len(a)) % 3 < n:
        if 3 in b:
            a = a[:]
    else:
        c = [v + 1 for v in b if v > (n + len(b)) % 3]
    a.append(n)
    return a, b, c, a is c


def rebound_in_a_loop_that_ends_early(n):
    a = [1]
    c = a
    for _ in range(3):
        for i in range(n):
            c = [i]
            a = c
        if c[0] > n - 2:
            break
    a.append(n)
    return a, c, a is c


PROGRAMS = [
    two_names, two_names_made_in_a_loop, two_names_made_in_a_branch, one_name_for_the_other_in_a_branch, swapped_in_a_branch,
    swapped_in_a_loop, swapped_in_a_loop_under_a_third_name, rebound_in_two_loops, in_a_tuple, in_a_dict, in_a_list, in_an_object, rebound_attribute, by_a_helper, by_a_helper_in_a_branch,
    rebound_in_a_helper, captured, default_argument, changed_while_iterated, shrunk_while_iterated, iterated_while_rebound, copies,
    copies_of_a_grown_list, in_place_or_new, grown_in_place, rows_share, rows_do_not_share, traced_rows, row_put_into_two_places,
    rows_swapped, row_appended_then_changed, row_appended_then_rebound, list_or_none, list_from_a_choice, list_chosen_before,
    dict_of_two_names, early_return_of_a_list, early_return_of_a_list_in_a_branch, early_return_of_a_list_or_none, nonlocal_list,
    deleted_items, emptied, unpacked, copied_in_a_nested_branch, rebound_in_a_loop_that_ends_early,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_aliases(program):
    same(program, 1, 2, 3, 6)


def test_arguments():
    same(argument_kept, ([1, 2], 3), ([], 4))
    same(argument_not_changed, ([1, 2], 3), ([], 4))


def one_list_in_one_branch(x, n):
    a, b, k = [1], [2.5, n], 0
    c = a
    if x[n % 3] > 0:
        c = b
    else:
        b = [(v, 1) if isinstance(v, float) else v for v in a]
        a = a + c
    for i in range(3):
        c.append((k, 0.5))
        if k > 25 or not c:
            return c
    return a, b, c


def one_list_after_a_loop(x, n):
    a, b = [1], [2.5]
    for i in range(n):
        if x[i] > 0:
            a = b
        else:
            b = [i]
        a.append(i)
    for i in range(n):
        if x[i] > 5:
            return a
    return a, b


def chosen_and_cut(x, n):
    a, b = [1], [2.5, n]
    c = a
    if x[0] > n:
        c = b
        del b[1:3]
    return a is c, b is c, a, b, c, x + 1


@pytest.mark.parametrize("program", [one_list_in_one_branch, one_list_after_a_loop, chosen_and_cut], ids=lambda p: p.__name__)
def test_a_list_that_a_branch_chose_is_the_same_list(program):
    x = np.array([2.0, -1.0, 0.5])
    same(program, (x, 2), (-x, 2), (x, 1), (x * 3, 0))


def real_and_imaginary_parts(n):
    a, b = np.zeros(3, dtype=complex), np.zeros(3)
    r, i = np.real(a), a.imag
    r[0] = n
    i[1] += 2 * n
    if n > 2:
        np.imag(a)[2] = 1
    a.real += 1
    a.imag[0] = -n
    np.real(b)[1] = n
    b.real[2] = 2
    return a, r, i, b


def parts_in_a_loop(n):
    a = np.zeros((2, 2), dtype=complex)
    for k in range(2):
        a.real[k] = n + k
        a[k].imag[1] = n
    return a


def arrays_that_may_be_the_same(n):
    a, b = np.zeros(3), np.full(3, np.nan)
    c = a.astype(np.float64, copy=False)
    c[0] = n
    d = a.astype(np.float64)
    d[1] = n
    e = np.nan_to_num(b, copy=False)
    e[1] = n
    np.nan_to_num(b, copy=False, nan=3.0)
    f, g = np.broadcast_arrays(a, np.ones(3))
    f[2] = n
    return a, b, c, d, e, g


def test_parts_and_arrays_that_are_not_copied():
    for f in (real_and_imaginary_parts, parts_in_a_loop, arrays_that_may_be_the_same):
        same(f, 5, 2, 2.5)


@pytest.mark.usefixtures("no_plain_calls")
def test_parts_of_arguments_and_values_are_refused():
    def f(x):
        np.real(x)[0] = 5
        return x

    def g(x):
        np.nan_to_num(x, copy=False)
        return x

    def h(x):
        y = x * 1j
        y.imag[0] = 5
        return y

    def k(x):
        b, c = np.broadcast_arrays(x, x)
        b[0] = 5
        return x

    for x in (np.ones(2), np.ones(2, dtype=complex)):
        for run in (f, g, h, k):
            with pytest.raises(TypeError, match="would be lost"):
                ag.function(run)(x)
        assert x.tolist() == [1, 1]


def test_nan_to_num_of_complex_numbers():
    same(lambda x: np.nan_to_num(x), np.array([complex(np.nan, np.inf), 1 - 2j, complex(-np.inf, np.nan)]))
