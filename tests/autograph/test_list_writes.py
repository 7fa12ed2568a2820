"""Writes to arrays that lists hold, `r[i][j] = v`: as in Python, or refused with file, line and remedy; never lost."""

import numpy as np
import pytest
from modes import interpreted, same

import autograph as ag

X = np.arange(6.0).reshape(2, 3)


def row_of_a_computed_array(n, x):
    m = x + 1
    m[0][1] = 5
    for i in range(n):
        m[i][1] += 5
        m[i, 1:][0] -= 1
    return m


def picked_rows_are_a_copy(n, x):
    m = x + 1
    m[[0, 1]][0] = 5
    m[m > 3][0] = n
    return m


def item_of_a_display(n, x):
    r = [x + 1, x * 2]
    r[0][0, 1] = 5
    r[-1][1][2] = n
    return r


def item_of_a_dict(n, x):
    d = {"k": x + 1}
    d["k"][0, 1] = 5
    for i in range(n):
        d["k"][i][0] = i
    return d["k"]


def attribute(n, x):
    class Model:
        pass

    model = Model()
    model.w, model.rows = x * 0, [x + 1]
    model.w[0][1] = n
    model.w[1][1] += n
    model.rows[0][1, 1] = n
    return model.w, model.rows


def appended_in_a_loop(n, x):
    r = []
    for i in range(n):
        r.append(x * i)
        r[i][0, 0] = 9
        r[-1][1] += i
        r[0] += 1
    return r


def nested_lists(n, x):
    r = []
    for i in range(n):
        r.append([x * i, x + i])
        r[i][1][0, 0] = 9
    return r


def one_array_many_times(n):
    c, r = np.zeros(3), []
    for i in range(n):
        r.append(c)
        r[0][0] = 7 + i
    return r, c


def lists_keep_evaluation_order(n, x):
    log, r = [], [x + 1]

    def at(i):
        log.append(i)
        return i

    r[at(0)][at(1)][at(2)] = at(n)
    r[at(0)][at(1)][at(1)] += at(n)
    return r, log


def plain_lists(n):
    table = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            table[i][j] = i
            table[i][j] += j
    return table


@pytest.mark.parametrize(
    "fn",
    [row_of_a_computed_array, picked_rows_are_a_copy, item_of_a_display, item_of_a_dict, attribute, appended_in_a_loop, nested_lists],
)
def test_a_write_through_what_holds_the_array(fn):
    same(fn, (2, X), (1, X))


def test_the_same_of_numbers():
    same(one_array_many_times, 0, 3)
    same(plain_lists, 0, 3)
    same(lists_keep_evaluation_order, (1, X))


def name_after_append(c, n):
    c, r = c * 2, []
    for i in range(n):
        r.append(c)
        c[0] = i  # here
    return r


def name_before_append(c, n):
    c, r = c * 2, []
    for i in range(n):
        c[0] = i  # here
        r.append(c)
    return r


def item_that_has_a_name(c, n):
    c, r = c * 2, []
    for _ in range(n):
        r.append(c)
        r[0][0] = 7  # here
    return r, c


def name_of_an_item(c, n):
    r = []
    for i in range(n):
        r.append(c * i)
        a = r[0]
        a[0] = 7  # here
    return r


def item_at_two_places(c, n):
    r = [c * 2]
    for _ in range(n):
        r.append(r[0])
        r[0][0] = 7  # here
    return r


def in_place(c, n):
    c, r = c * 2, []
    for _ in range(n):
        r.append(c)
        c += 1  # here
    return r


def item_in_place(c, n):
    c, r = c * 2, []
    for _ in range(n):
        r.append(c)
        r[-1] += 1  # here
    return r, c


def in_a_display(c, n):
    c = c * 2
    r = [c]
    c[n] = 1  # here
    return r


def in_a_tuple(c, n):
    t = (c * 2, n)
    t[0][0] = 5  # here
    return t


def the_callers(c, n):
    r = []
    for i in range(n):
        r.append(c)
        r[i][0] = 9  # here
    return r


@pytest.mark.usefixtures("no_plain_calls")
@pytest.mark.parametrize(
    "fn, remedy",
    [
        *[(fn, "x = np.array(...)") for fn in (name_after_append, name_before_append, item_that_has_a_name, name_of_an_item)],
        *[(fn, "x = np.array(...)") for fn in (item_at_two_places, in_place, item_in_place, in_a_display, in_a_tuple)],
        (the_callers, "c = c.copy()"),
    ],
)
def test_a_write_that_another_name_would_not_see_is_refused(fn, remedy):
    file, first = fn.__code__.co_filename, fn.__code__.co_firstlineno
    with open(file, encoding="utf-8") as source:
        lines = source.read().splitlines()
    here = next(k for k in range(first, len(lines)) if lines[k].endswith("# here")) + 1
    with pytest.raises(TypeError) as e:
        ag.function(fn)(np.ones(3), 2)
    assert remedy in str(e.value) and f'File "{file}", line {here}' in str(e.value), e.value


def copies(c, n):
    r, b = [], c * 0
    for i in range(n):
        b[0] = i
        r.append(b.copy())
        d = np.concatenate([b, c])
        b[1] = d[0]
    b[2] = 5
    return r, b


def test_copies_and_lists_that_are_gone_bind_nobody():
    same(copies, (np.ones(3), 2))
    with interpreted():
        f = ag.function(lambda x: (lambda t: [t, t.at(0, 7.0)])(x * 2))
        assert [v.numpy().tolist() for v in f(ag.constant([1.0, 2.0]))] == [[2.0, 4.0], [7.0, 4.0]]


def item_in_a_try(a, v):
    l = [1, 0]
    try:
        l[a % 3] = a
    except IndexError:
        l.append(9)
    return l


def items_of_a_staged_list(n, a, v):
    r = []
    for i in range(n):
        r.append(i * 2)
    try:
        r[a] = 7
        r[a - 1] += 1
    except IndexError:
        r.append(-1)
    finally:
        r.append(5)
    return r


def pops_in_a_try(n, a, v):
    r = []
    for i in range(n):
        r.append(i * 2)
    try:
        x = r.pop(a)
        del r[a]
        r.insert(a, x)
    except IndexError:
        r.append(-1)
    return r


def finds_in_a_try(n, a, v):
    r = [1, 2, 3]
    for i in range(n):
        r.append(i * 2)
    try:
        r.remove(a)
        k = r.index(a)
        r[k] = 100
    except ValueError:
        r.append(-1)
    return r


def test_a_write_behind_what_a_try_asks():
    v = np.ones(3)
    same(item_in_a_try, (0, v), (1, v), (2, v))
    same(items_of_a_staged_list, (3, 1, v), (3, 3, v), (3, -3, v), (1, 0, v), (0, 0, v))
    same(pops_in_a_try, (3, 1, v), (3, 3, v), (3, 2, v), (0, 0, v))
    same(finds_in_a_try, (3, 2, v), (3, 4, v), (0, 9, v))
