"""NumPy arrays that an object, a module or an enclosing function holds, read and replaced by compiled functions."""

import warnings

import numpy as np
import pytest

import autograph as ag


class Grid:
    def __init__(self, n):
        self.a = np.arange(n) * 1.0
        self.b = self.a
        self.turns = 0


def steps(grid, k):
    for _ in range(k):
        c = grid.a.copy()
        c[1:-1] = 0.5 * (grid.a[:-2] + grid.a[2:])
        grid.a = c
        grid.turns += 1
    return grid.a.sum()


def in_a_branch(grid, k):
    if k > 2:
        c = grid.a.copy()
        c[0] = k
        grid.a = c
    return grid.a[0]


def other_dtype(grid, k):
    for _ in range(k):
        grid.a = grid.a.astype(int) // 2
    return grid.a.sum()


def raises(grid, k):
    for i in range(k):
        c = grid.a.copy()
        c[1] += i
        grid.a = c
        if i == 2:
            raise ValueError("two")
    return 0


def items_too(grid, k):
    for i in range(k):
        c = grid.a.copy()
        c[1] += i
        grid.a = c
        grid.a[0] += 1
    return grid.a[0]


def items_of_another_name(grid, k):
    for i in range(k):
        c = grid.a.copy()
        c[1] += i
        grid.a = c
        grid.b[2] += 1
    return grid.b[2]


def swapped(grid, k):
    for _ in range(k):
        grid.a, grid.b = grid.b, grid.a + 1
    return grid.turns


def grows(grid, k):
    for i in range(k):
        grid.a = np.append(grid.a, i)
    return len(grid.a)


def in_a_local_name(grid, k):
    m = grid.a
    for i in range(k):
        c = m.copy()
        c[0] = i
        m = c
    return m.sum()


def whether_it_is_the_old_one(grid, k):
    old = grid.a
    for i in range(k):
        c = old.copy()
        c[0] = 9
        grid.a = c if i == 1 else grid.a
    return old is grid.a


PROGRAMS = (
    steps, in_a_branch, other_dtype, raises, items_too, items_of_another_name, swapped, grows, in_a_local_name, whether_it_is_the_old_one,
)  # fmt: skip


def outcome(program, grid, k):
    try:
        return np.asarray(program(grid, k)).tolist()
    except ValueError as e:
        return str(e)


@pytest.mark.parametrize("n", [4, 20000])  # bytes that each call looks at, and more than that
@pytest.mark.parametrize("program", PROGRAMS)
def test_an_objects_array_is_what_plain_python_leaves_there(program, n):
    plain, traced, compiled = Grid(n), Grid(n), ag.function(program)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some are left to plain Python
        for k in (0, 3, 5, 1):
            assert outcome(program, plain, k) == outcome(compiled, traced, k)
            for name in ("a", "b"):
                mine, theirs = getattr(plain, name), getattr(traced, name)
                assert type(theirs) is np.ndarray and theirs.dtype == mine.dtype and np.array_equal(mine, theirs), name
            assert (plain.a is plain.b) == (traced.a is traced.b)
            assert plain.turns == traced.turns


@pytest.mark.parametrize("program", [steps, other_dtype, raises])
def test_loops_that_replace_an_objects_array_are_native(program):
    compiled = ag.function(program)
    compiled(Grid(4), 1)
    assert "native code" in compiled.explain() and "Grid.a: float64(4,)" in compiled.explain()


TABLE = np.ones(20000)


def test_a_large_array_of_the_module_is_given_to_each_run():
    @ag.function
    def f(n):
        total = 0.0
        for i in range(n):
            total += TABLE[i] + TABLE.sum()
        return total

    try:
        for value in (1.0, 3.0, 5.0):
            TABLE[:] = value
            assert f(2) == 2 * value + 40000 * value
    finally:
        TABLE[:] = 1
    assert "native code" in f.explain() and f.experimental_get_tracing_count() == 2


def test_a_small_array_of_the_module_is_looked_at():
    table = np.arange(4.0)

    @ag.function
    def f(n):
        total = 0.0
        for i in range(n):
            mine = table.copy()
            mine[0] = i
            total += mine.sum() + table.sum() + table.dot(table)
        return total

    assert f(3) == f.python_function(3)
    table[1] = 7
    assert f(3) == f.python_function(3) and f(2) == f.python_function(2)
    assert "native code" in f.explain()


@pytest.mark.parametrize("k, expected", [(0, True), (1, False)])
def test_whether_an_array_is_another_one_after_a_loop_is_plain_pythons(k, expected):
    def f(x, n):
        old = x
        for _ in range(n):
            x = x.copy()
        return old is x, old is not x

    with pytest.warns(UserWarning, match="whether these names are of one array is known only when the function runs"):
        assert ag.function(f)(np.ones(2), k) == (expected, not expected)
    with pytest.raises(TypeError, match="whether these names are of one array"):
        ag.function(f)(ag.constant([1.0, 2.0]), ag.constant(k))


def test_an_array_that_another_name_shows_stays_where_no_turn_replaces_it():
    @ag.function
    def f(grid, k):
        for _ in range(k):
            grid.a = grid.a.copy()
        return k

    grid = Grid(4)
    other = grid.a
    f(grid, 0)
    assert grid.a is other is grid.b
    f(grid, 1)
    assert grid.a is not other and grid.b is other


@pytest.mark.parametrize("turns", [None, 0, 1, 3])
def test_places_that_exchange_their_arrays_and_change_elements(turns):
    def exchange(grid, x):
        for _ in range(1 if turns is None else 0):
            grid.a, grid.b = grid.b, grid.a
            grid.a[0] += x[0]
        for v in x[: turns or 0]:
            grid.a, grid.b = grid.b, grid.a
            grid.a[1] += v
        return grid.a.sum()

    plain, traced, compiled = Grid(4), Grid(4), ag.function(exchange)
    plain.b, traced.b = np.ones(4), np.ones(4)
    for _ in range(3):
        a, b, x = traced.a, traced.b, np.array([1.0, 2.0, 3.0])
        assert float(compiled(traced, x)) == exchange(plain, x)
        assert plain.a.tolist() == traced.a.tolist() and plain.b.tolist() == traced.b.tolist()
        assert (traced.a is a, traced.a is b) == ((True, False) if turns == 0 else (False, True))


def pushes(grid, k):
    for i in range(k):
        grid.a[grid.turns % len(grid.a)] = i * 0.5
        grid.turns += 1
    return grid.turns


def heats(grid, k):
    for _ in range(k):
        for i in range(1, len(grid.a) - 1):
            grid.a[i] += 0.1 * (grid.a[i - 1] - 2 * grid.a[i] + grid.a[i + 1])
    return grid.a[1]


def heats_once(grid, rate):
    for i in range(1, len(grid.a) - 1):
        grid.a[i] += rate * (grid.a[i - 1] - 2 * grid.a[i] + grid.a[i + 1])
    grid.turns += 1


def stops_in_the_middle(grid, k):
    for i in range(k):
        grid.a[i % 4] = 1 / (k - i - 2)


@pytest.mark.parametrize("n", [4, 100, 20000])
@pytest.mark.parametrize("program", [pushes, heats, heats_once, stops_in_the_middle])
@pytest.mark.parametrize("other", [True, False], ids=["under another name as well", "alone"])
def test_elements_that_loops_of_numbers_change_are_plain_pythons(program, n, other):
    plain, traced, compiled = Grid(n), Grid(n), ag.function(program)
    for grid in (plain, traced):
        grid.a[::3] = 5
        grid.b = grid.a if other else None
    for k in (0, 1, 5, 3) if n < 1000 else (1,):
        found = []
        for call, grid in ((program, plain), (compiled, traced)):
            try:
                found.append(call(grid, k))
            except ZeroDivisionError as e:
                found.append(str(e))
        assert found[0] == found[1] and np.array_equal(plain.a, traced.a) and plain.turns == traced.turns
        assert (traced.a is traced.b) == other
    assert ("native code" in compiled.explain()) == (program is not heats_once or n > 66)
