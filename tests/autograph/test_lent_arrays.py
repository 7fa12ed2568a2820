"""Writes to an array argument, which is the caller's: each is refused, with the remedy; what was copied first is written natively."""

import array
import ctypes

import numpy as np
import pytest
from modes import interpreted, same

import autograph as ag


def in_a_range(c, n):
    for i in range(n):
        c[i % 2] += 1  # here
    return c


def in_a_while(c, n):
    while n > 0:
        c[n % 2] = n  # here
        n -= 1


def in_nested_loops_and_a_branch(c, n):
    for i in range(n):
        for j in range(i):
            if j < 9:
                c[j] = i  # here


def a_view(c, n):
    r = c[1:]
    r[0] = n  # here


def a_view_in_a_loop(c, n):
    for i in range(n):
        r = c[i:]
        r[0] = n  # here


def an_alias(c, n):
    d = c
    for i in range(n):
        d[i] = 1  # here


def a_swap(c, n):
    c[n], c[0] = c[0], c[n]  # here


def a_sort(c, n):
    for i in range(n):
        if c[i] > c[i + 1] - 10:
            c[i], c[i + 1] = c[i + 1], c[i]  # here


def in_place(c, n):
    c += n  # here
    return c


def in_place_in_a_loop(c, n):
    for _ in range(n):
        c *= 2  # here
    return c


def rebound_in_one_branch(c, n):
    if n > 5:
        c = c.copy()
    c[0] = n  # here
    return c


def an_array_of_numpy_in_the_other_branch(c, n):
    if n > 5:
        d = np.zeros(3, int)
    else:
        d = c
    d[0] = n  # here
    return d


def bound_at_the_end_of_a_turn(c, n):
    d = np.zeros(3, int)
    for i in range(n):
        d[0] = i  # here
        d = c
    return d


def none_before_the_loop(c, n):
    d = None
    for _ in range(n):
        d = c
    d[0] = 1  # here


def taking_turns(c, n):
    now, before = np.zeros_like(c), c
    for i in range(n):
        now[0] = before[1] + i  # here
        now, before = before, now
    return now


def write(c, n):
    for i in range(n):
        c[i] = n  # here


def in_a_function_called(c, n):
    write(c, n)


def parts_of_several_sizes(c, n):
    parts = []
    for i in range(n):
        parts.append(c[: i + 1])
    parts[-1][0] = n  # here


def parts_in_place(c, n):
    parts = []
    for i in range(n):
        parts.insert(0, c[i:])
    for part in parts:
        part += 1  # here


def parts_in_lists(c, n):
    parts = []
    for i in range(n):
        parts.append([c[: i + 1]])
    parts[n - 1][0][0] = n  # here


def parts_in_order(c, n):
    parts = []
    for i in range(n):
        parts.append(c[i:])
    parts = sorted(parts, key=len)
    parts[0][0] = n  # here


def rows_in_order(c, n):
    parts = []
    for i in range(n):
        parts.append(c[1:])
    parts.sort(key=lambda part: part[0])
    parts[0][0] = n  # here


def chosen_parts(c, n):
    parts = []
    for i in range(n):
        parts = [c[:i], c[:1]] if i > 1 else [c[i:], c[1:]]
    parts[-1][0] = n  # here


def a_part_among_numbers(c, n):
    items = [2, n]
    for _ in range(n):
        for item in items:
            items[0] = c[: abs(n)]
            item += len(items)  # here
            if n > 25:
                return items
    return items


REFUSED = [
    parts_of_several_sizes, parts_in_place, parts_in_lists, parts_in_order, rows_in_order, chosen_parts, a_part_among_numbers,
    in_a_range, in_a_while, in_nested_loops_and_a_branch, a_view, a_view_in_a_loop, an_alias, a_swap, a_sort, in_place,
    in_place_in_a_loop, rebound_in_one_branch, an_array_of_numpy_in_the_other_branch, bound_at_the_end_of_a_turn,
    none_before_the_loop, taking_turns, in_a_function_called,
]  # fmt: skip


def refuse(f, c, n, remedy="c = c.copy()"):
    before = list(map(str, c))
    with pytest.raises(TypeError) as caught:
        ag.function(f)(c, n)
    said = str(caught.value)
    assert "'c', an argument that is" in said and remedy in said
    with open(__file__) as file:
        lines = file.read().splitlines()
    named = int(said.rpartition(", line ")[2].partition(",")[0])
    assert lines[named - 1].endswith("# here"), said
    assert list(map(str, c)) == before


@pytest.mark.parametrize("f", REFUSED)
def test_a_write_to_an_argument_is_refused(f):
    refuse(f, np.array([3, 1, 2]), 2)
    with interpreted():
        refuse(f, np.array([3, 1, 2]), 2)


def two_dimensions(c, n):
    for i in range(n):
        c[0, i] = i  # here


def rows(c, n):
    for row in c:
        row[0] = n  # here


def rearranged(c, n):
    flat = c.T
    for i in range(n):
        flat[i] = 1  # here


@pytest.mark.parametrize("f", [two_dimensions, rows, rearranged])
def test_parts_of_a_matrix(f):
    refuse(f, np.arange(12).reshape(3, 4), 2)


@pytest.mark.parametrize("c", [array.array("i", [0, 0]), memoryview(bytearray(2)), (ctypes.c_int * 2)()], ids=["array", "memoryview", "ctypes"])
def test_other_buffers(c):
    refuse(in_a_range, c, 3, "c = np.array(c)")


def copied(c, n):
    c = c.copy()
    for i in range(n):
        c[i % 2] += 1
    return c


def computed(c, n):
    c = c + 1
    for i in range(n):
        c[i % 2] += 1
    c += n
    return c


def neutral_elements(c, n):
    d, e, f = c + 0, c * 1, c.astype(c.dtype)
    d[0] = n
    e[1] = n
    f[2] = n
    return d, e, f, c


def made(c, n):
    c = np.zeros(3)
    for i in range(n):
        c[i % 2] += 1
    return c


def made_of_it(c, n):
    d, e = np.array(c), c.flatten()
    e += 1
    for i in range(n):
        d[i % 2] += e[i % 3]
    return d, e, c


def copied_in_each_turn(c, n):
    for i in range(n):
        c = c.copy()
        c[0] += i
    return c


def rebound_in_both_branches(c, n):
    if n > 2:
        d = c + 1
    else:
        d = c.copy()
    for i in range(n):
        d[i % 3] = i
        if i > 1:
            d = c * 2
    return d


def picked(c, n):
    d = c[[0, 1]]
    d[0] = n
    return d, c


def elements(c, n):
    t = c[0]
    t += 1
    for i in range(n):
        t += c[i % 3]
    return t


def no_turn(c, n):
    for i in range(n - 9):
        c[i] = 1
    return c


@pytest.mark.parametrize(
    "f", [copied, computed, neutral_elements, made, made_of_it, copied_in_each_turn, rebound_in_both_branches, picked, elements, no_turn]
)
def test_what_was_rebound_is_the_functions_own(f):
    same(f, (np.array([3, 1, 2]), 2), (np.array([3, 1, 2]), 5), kinds=False)


def test_tensors_and_numbers_of_numpy_are_values():
    for f in (in_a_range, in_place):
        given = ag.constant([1, 2])
        assert ag.function(f)(given, 3).tolist() == ([3, 3] if f is in_a_range else [4, 5])
        assert given.tolist() == [1, 2]
    assert ag.function(in_place)(np.float32(2), 1) == 3


def first_item(c, n):
    c[0] = n  # here
    return c


def in_place_sum(c, n):
    c += n  # here
    return c


def chosen(c, n):
    d = np.ones(3) if n > 2 else c
    d[1] = n  # here
    return d


def handed_on(c, n):
    d = None
    for i in range(n):
        d = c
        d[i] = i  # here
    return d


AFTER_TENSORS = [first_item, in_place_sum, chosen, handed_on, in_a_range, in_a_while, a_view, an_alias, rebound_in_one_branch, in_a_function_called]


@pytest.mark.parametrize("f", AFTER_TENSORS)
def test_an_array_does_not_share_the_trace_of_a_tensor_that_is_written(f):
    compiled, c = ag.function(f), np.array([3.0, 1.0, 2.0])
    compiled(ag.constant(c), 2)
    for _ in range(2):
        with pytest.raises(TypeError, match="'c', an argument that is a NumPy array.*c = c.copy()"):
            compiled(c, 2)
    assert c.tolist() == [3, 1, 2]
    compiled(ag.constant(c), 1)
    assert compiled.experimental_get_tracing_count() <= 2  # one that is refused while it is made is none


def test_the_other_of_two_arguments_may_be_an_array():
    def swap_in(a, b, n):
        d = a
        for i in range(n):
            d[0] = i
            d = b
        return d

    f, x = ag.function(swap_in), np.arange(3.0)
    t = ag.constant(x)
    assert f(t, t, 3).tolist() == [0, 1, 2]
    for given in ((x, t), (t, x), (x, x)):
        with pytest.raises(TypeError, match="an argument that is a NumPy array"):
            f(*given, 3)


def test_a_write_that_a_branch_may_make_is_refused_when_it_is_made():
    def maybe(c, n):
        if n > 5:
            c[0] = n
        return c + 1

    f, c = ag.function(maybe), np.arange(3)
    assert f(ag.constant(c), 9).tolist() == [10, 2, 3]
    assert f(c, 1).tolist() == [1, 2, 3]
    with pytest.raises(TypeError, match="'c', an argument that is a NumPy array"):
        f(c, 9)
    assert f(ag.constant(c), 9).tolist() == [10, 2, 3]
    assert f.experimental_get_tracing_count() == 2
    assert "'c', which is written to, was a tensor, now an array" in f.explain()


def test_arrays_share_the_trace_of_a_tensor_that_is_only_read():
    f = ag.function(lambda c, n: c * n)
    f(ag.constant([1, 2]), 2)
    assert f(np.array([1, 2], "i4"), 3).tolist() == [3, 6]
    assert f.experimental_get_tracing_count() == 1


def test_a_write_to_an_array_through_a_signature_and_a_concrete_function_is_refused():
    spec = ag.TensorSpec([None], "float64")
    f = ag.function(first_item, input_signature=[spec, ag.TensorSpec([], "float64")])
    assert f(ag.constant(np.zeros(2)), 1.0).tolist() == [1, 0]
    given = np.zeros(2)
    with pytest.raises(TypeError, match="'c', an argument that is a NumPy array"):
        f(given, 1.0)
    concrete = ag.function(first_item).get_concrete_function(spec, 3)
    assert concrete(ag.constant(given)).tolist() == [3, 0]
    with pytest.raises(TypeError, match="'c', an argument that is a NumPy array"):
        concrete(given)
    assert given.tolist() == [0, 0]


def filled(c, n):
    y, z, w = np.zeros(3), np.zeros_like(c), np.ones(3)
    y[:] = c
    y[0] = n
    z += c
    z[1] = n
    w[...] = c[::-1]
    w *= 2
    w[2] += n
    return y, z, w, c


def filled_in_a_loop(c, n):
    y = np.empty_like(c)
    for i in range(n):
        y[:] = c
        y[i] = 9
        if c[i] < 2:
            y[0:3] = c
            y[2] += n
    return y, c


def filled_rows(c, n):
    rows = [np.zeros(3) for _ in range(n)]
    for row in rows:
        row[:] = c
        row[1] += n
    return rows[0], rows[-1], c


@pytest.mark.parametrize("f", [filled, filled_in_a_loop, filled_rows])
def test_an_array_that_is_filled_with_an_argument_is_written(f):
    same(f, (np.array([3.0, 1.0, 2.0]), 2), kinds=False)


def copies_of_several_sizes(c, n):
    parts, lengths = [], 0
    for i in range(n):
        parts.append(c[: i + 1].copy())
    for i in range(n):
        parts[i][0] += n
        lengths += len(parts[i])
    return parts, lengths, c


def texts_of_an_argument(c, n):
    texts = []
    for i in range(n):
        texts.append(c[i % 2])
    text = texts[-1]
    text += "!"
    return len(texts), text == "ab!"


def test_copies_and_texts_in_a_list_are_its_own():
    same(copies_of_several_sizes, (np.array([3.0, 1.0, 2.0]), 3), kinds=False)
    same(texts_of_an_argument, (np.array(["cd", "ab"]), 2), kinds=False)


def joined_in_a_loop(c, n):
    items = []
    for i in range(n):
        items = items + [c * i]
    item = items[0]
    item += 7  # here
    return items


def joined_displays(c, n):
    items = [c * n] + [c + n]
    item = items[0]
    item += 7  # here
    return items


def rest_of_a_list(c, n):
    items = []
    for i in range(n):
        items.append(c * i)
    items = items[1:]
    item = items[0]
    item += 7  # here
    return items


def last_of_those_joined(c, n):
    items = []
    for i in range(n):
        items = items + [c * i]
    item = items[-1]
    item += 7  # here
    return items


def turned_round(c, n):
    items = []
    for i in range(n):
        items = items + [c * i]
    other = items[::-1]
    item = other[0]
    item += 7  # here
    return items


@pytest.mark.usefixtures("no_plain_calls")
@pytest.mark.parametrize("f", [joined_in_a_loop, joined_displays, rest_of_a_list, last_of_those_joined, turned_round])
def test_a_new_list_holds_what_the_old_one_held(f):
    with pytest.raises(TypeError, match=r"an array that has another name(.|\n)*item \+= 7  # here"):
        ag.function(f)(np.array([3.0, 1.0, 2.0]), 3)


def written_where_it_is(c, n):
    items = []
    for i in range(n):
        items = items + [c * i]
    items[0] += 7
    rest = [c * i for i in range(n)][1:]
    rest[0][1] = 5
    return items, rest


def test_an_item_of_a_new_list_is_written_where_it_is():
    same(written_where_it_is, (np.array([3.0, 1.0, 2.0]), 3), kinds=False)
