"""NumPy arrays made in the function: item assignment in place, seen under every name, as in plain Python."""

import linecache
import numpy as np
import pytest
from modes import same

import autograph as ag


def helper(h, i, v):
    h[i] = v
    return i + 1


def by_helper(n):
    x = np.zeros(n)
    i = 0
    while i < n:
        i = helper(x, i, i * 0.5)
    return x


def alias(n):
    a = np.zeros(5, dtype=np.int64)
    b = a
    for i in range(n):
        a[i] = i + 1
    return b, a


def view(n):
    t = np.zeros((3, 4))
    row = t[1]
    for j in range(n):
        row[j] = j + 1
        t[2][j] = 7
        t[0:2][1][j] += 1
    return t, row


def swap(n):
    a = np.zeros(3)
    b = np.ones(3)
    for i in range(n):
        a[i % 3] += 2 * b[0] + i
        a, b = b, a
    return a, b


def branch(c):
    a = np.zeros(3)
    b = np.ones(3)
    if c > 0:
        x = a
    else:
        x = b
    return x, a, b


def branch_swap(c):
    a = np.zeros(3)
    b = np.ones(3)
    if c > 0:
        a, b = b, a
    a[1] = 9
    return a, b


def branch_fresh(c):
    if c > 0:
        x = np.zeros(3)
        x[1] = 4
    else:
        x = np.ones(3)
    x[0] = c
    return x


def made_in_loop(n):
    total = 0.0
    for i in range(n):
        row = np.zeros(4)
        for j in range(4):
            row[j] = i * j
        total += row[i % 4] + row.sum()
    return total


def last(n):
    prev = np.zeros(3)
    for i in range(n):
        cur = np.zeros(3)
        for j in range(3):
            cur[j] = prev[j] + j
        prev = cur
    return prev


def last_live(n):
    prev = np.zeros(3)
    cur = prev
    for i in range(n):
        cur = np.zeros(3)
        for j in range(3):
            cur[j] = prev[j] + j
        prev = cur
    return prev, cur


def rows(n):
    t = np.zeros((4, 3))
    for row in t:
        row[1] = n
    for i in range(n):
        for row in t:
            row[0] += i
    return t.sum(), t


def copies(x):
    y = x.copy()
    z = np.array(x)
    for i in range(len(x)):
        y[i] = y[i] * 2
        z[i] -= y[i]
    return y, z, y + z, np.sqrt(abs(y)), len(y), y.shape


def slices(n):
    x = np.arange(10)
    y = x[2:5]
    for i in range(n):
        y[0] += 1
        x[5:7] = i
        x[-1] = 3
    y += 1
    x *= 2
    return x, y


def full(n):
    x = np.full(n, -1)
    y = np.ones((n, 2), dtype=np.float32)
    z = np.zeros_like(y)
    e = np.empty(n, dtype=np.int32)
    for i in range(n):
        x[i] = i
        y[i, 0] = i
        z[i, 1] = y[i, 0] / 2
        e[i] = i
    return x, y, z, e


def casts(n):
    x = np.zeros(3)
    k = np.zeros(3, dtype=np.int64)
    b = np.zeros(3, dtype=bool)
    for i in range(n):
        x[0] = k[1]
        k[1] = i
        k[2] = x[0]
        x[1] = k[1] / 2 + x[0] * k[1]
        b[i % 3] = i > 1
    return x, k, b


def out_of_range(n):
    x = np.zeros(3)
    for i in range(n):
        x[i] = 1.0
    return x


def negative(n):
    return np.zeros(n)


def early(n):
    x = np.zeros(4)
    for i in range(n):
        x[i] = i
        if x[i] > 1:
            return x
    return x


def nested_fn(n):
    heap = np.zeros(8, dtype=np.int64)
    size = 0

    def push(v):
        nonlocal size
        heap[size] = v
        size += 1

    for i in range(n):
        push(i * i)
    return heap, size


def two_names_loop(n):
    a = np.zeros(3)
    first = a
    b = np.ones(3)
    for i in range(n):
        a, b = b, a
    return a, b, first


def in_list(n):
    rows = [np.zeros(3), np.ones(3)]
    for i in range(n):
        rows[0][i] = 5
        rows[1][0] += 1
    return rows[0], rows[1]


class Acc:
    def __init__(self, n):
        self.x = np.zeros(n)

    def add(self, i):
        self.x[i] += i


def attr(n):
    a = Acc(5)
    for i in range(n):
        a.add(i)
    return a.x


def written_under_another_name(n):
    a = np.zeros(3)
    first = a
    b = np.ones(3)
    for i in range(n):
        b[0] += 1
        a[1] += 1
        a, b = b, a
    return first


def chosen(c):
    a = np.zeros(3)
    b = np.ones(3)
    if c > 0:
        x = a
    else:
        x = b
    x[0] = 5
    return a


def twins(n):
    a = np.zeros(3)
    b = np.ones(3)
    for i in range(n):
        a = np.full(3, 0.5)
        b = a
    a[0] = 7
    return b


TURNS = (0, 1, 3)
SIGNS = (1, -1)


@pytest.mark.parametrize(
    "program",
    [
        by_helper,
        alias,
        view,
        swap,
        made_in_loop,
        last,
        last_live,
        rows,
        slices,
        full,
        casts,
        nested_fn,
        two_names_loop,
        in_list,
        attr,
    ],
)
def test_arrays_in_loops(program):
    same(program, *TURNS, kinds=False)


@pytest.mark.parametrize("program", [branch, branch_swap, branch_fresh])
def test_arrays_in_branches(program):
    same(program, *SIGNS, kinds=False)


def test_arrays_and_errors():
    same(out_of_range, 2, 4, kinds=False)
    same(negative, -1, 2, kinds=False)
    same(early, 1, 4, kinds=False)


def test_a_copy_of_an_argument_can_be_changed():
    same(copies, np.array([1.0, -2.0, 3.0]), kinds=False)


@pytest.mark.parametrize("program", [written_under_another_name, chosen, twins])
def test_one_array_under_two_names_is_never_an_old_one(program):
    same(program, 3, 1, -1, kinds=False)


@pytest.mark.parametrize("program", [by_helper, alias, view, swap, rows, full, casts, branch_swap])
def test_arrays_run_native(program):
    """Nothing of these falls back to Python."""
    compiled = same(program, *(TURNS if program is not branch_swap else SIGNS), kinds=False)
    assert "native" in compiled.explain() and "as Python" not in compiled.explain()


def test_a_column_whose_number_the_run_knows_is_set():
    def f(x, n):
        y = x.copy()
        for j in range(n):
            y[:, j] = y[:, j] * 2 + j
            y[0:2, n - 1 - j] += 1.0
        z = np.zeros((2, 3, 4))
        for j in range(n):
            z[:, j % 3, :] = 1.0 + j
            z[..., j] = -1.0
            z[1, :, j] = np.ones(3) * j
        y[:, n] = 7.0
        return y, z

    x = np.arange(12.0).reshape(3, 4)
    same(f, (x, 3), (x, 0), (x, 4), (x, -1))


def test_an_array_made_here_indexes_a_tensor():
    def f(x, n):
        at = np.zeros(3, int)
        for i in range(n):
            at[i] = i + 1
        return (x * 2)[at], x[at[1] :], x[at]

    same(f, (np.arange(4.0), 2), (np.arange(4.0), 0))


def test_numpy_names_of_reductions_have_numpys_dtypes():
    def f(x, b):
        return x.sum(), np.sum(x, 0), np.cumsum(x), x.prod(), b.sum(), np.argmax(x), np.argmin(x, 1), np.ones((2, 2)) @ x.astype(float)

    x = np.array([[3, 1, 2], [5, 9, 7]], np.int32)
    got = ag.function(f)(x, x > 2)
    for a, b in zip(f(x, x > 2), got, strict=True):
        assert str(a.dtype) == b.dtype.name and a.tolist() == b.tolist()


def test_an_array_on_one_path_only_is_merged():
    def f(x, n):
        w = x + 1
        if n > 3:
            w = np.full((3,), 2.0)
            return w
        if n > 2:
            raise ValueError(n)
        return w

    x = np.arange(3.0)
    same(f, (x, 1), (x, 3), (x, 4))


def written_through(n):
    a = np.zeros((2, 3))
    a.T[2, 0] = n
    flat = a.reshape(6)
    flat[1] = n + 1
    np.ravel(a)[4] = n + 2
    np.transpose(a, (1, 0))[0] += 1
    a[0].reshape(3, 1)[1, 0] = 9
    for i in range(n):
        flat[i % 6] += i
    turned = a.T
    a[1] = 5
    return a, flat, turned


def computed(n):
    a = np.zeros(3)
    b = a + 1
    c = b
    b[0] = n
    return a, b, c


def written_below(n):
    a = np.zeros((2, 3))
    up = np.flip(a)
    a[0, 0] = n
    return up


def written_flat(n):
    a = np.zeros((2, 3))
    a.flat[1] = n
    a.flat[2] += n
    a[:, 1:].flat[3] = 7
    a.T.flat[2] -= 1
    read = a.flat[:2]
    read[0] = 100
    for i in range(n):
        a.flat[i % 6] += i
    b = a.copy()
    b.flat = n
    return a, b, read, len(a.flat)


@pytest.mark.parametrize("program", [written_through, written_below, written_flat, computed])
def test_another_shape_or_order_of_an_array_is_the_array(program):
    same(program, 0, 3, 7, kinds=False)


def test_elements_that_may_be_shared_with_a_changed_array_are_refused():
    def f(x, n):
        a = np.zeros((2, 3))
        up = np.flip(a)
        a[0, 0] = n
        return up + x

    with pytest.raises(TypeError, match="may be the one that was changed"):
        ag.function(f)(ag.ones((2, 3), "float64"), 1)


def test_an_array_of_integers_takes_no_floats_in_place():
    def f(n):
        a = np.full(3, n)
        a += 1
        a *= True
        a /= 2
        return a

    def g(x):
        a = np.zeros(3, dtype=np.int64)
        a += x
        return a

    same(f, 3, kinds=False)
    with pytest.raises(TypeError, match="cannot be changed in place"):
        ag.function(g)(ag.ones((3,), "float64"))


def test_int64_beside_float64_is_numpys_where_arrays_are_made_and_refused_elsewhere():
    def made(x, n):
        counts = np.arange(n)
        return x * counts + counts[0] / 2

    def not_made(a, b):
        return a * b

    same(made, (np.ones(3), 3), kinds=False)
    one, half = ag.constant(1, ag.int64), ag.constant(0.5, ag.float64)
    for f in (not_made, ag.function(not_made)):
        with pytest.raises(TypeError, match="dtypes differ, int64 and float64"):
            f(one, half)


def through(part):
    """A function that writes through what shows the elements of an array, which has changed before."""
    def f(x):
        y = np.zeros((2, 2))
        y[0] += x[0]
        part(y)[0, 1] = 5
        return y

    return f


def flat_after_a_change(x):
    y = np.zeros(3)
    y[0] += x[0]
    y.flat[1] = 4
    return y


PARTS = [
    through(np.flip),
    through(np.rot90),
    through(np.squeeze),
    through(lambda y: np.moveaxis(y, 0, 1)),
    through(lambda y: y.swapaxes(0, 1)),
    through(lambda y: y.view()),
    through(lambda y: np.split(y, 1)[0]),
    through(lambda y: y.reshape(1, 2, 2)[0]),
    flat_after_a_change,
]


@pytest.mark.parametrize("program", PARTS)
@pytest.mark.filterwarnings("ignore:.*ran as plain Python")
def test_what_is_written_through_another_array_is_not_lost(program):
    x, compiled = np.array([1.5, 2.5]), ag.function(program)
    for _ in range(2):
        np.testing.assert_array_equal(compiled(x), program(x))


IN_PLACE = [
    ("w = x * 2", "w += np.ones((4, 4))"),
    ("w = x * 2", "w @= x"),
    ("w = x * 2", "w @= np.eye(4)"),
    ("w = np.eye(4) * x", "w @= x"),
    ("w = np.eye(4)[:2]", "w @= x"),
    ("w = np.eye(4)[:2]", "w @= np.eye(4)"),
    ("w = x[:1] * 2", "w += x"),
    ("w = x.astype(int)", "w += 0.5"),
    ("w = k * 2", "w += 0.5"),
    ("w = k * 2", "w /= 2"),
    ("w = k * 2", "w //= 2"),
    ("w = k * 2", "w **= 2"),
    ("w = k > 1", "w += 1"),
    ("w = k > 1", "w |= k > 2"),
    ("w = x * 2", "w += 1"),
    ("w = x * 2", "w **= 0.5"),
    ("w = (x * 2).astype(np.float32)", "w *= 0.1"),
    ("w = np.array(x)", "w += np.ones((4, 4))"),
    ("w = np.array(x)", "w @= x"),
    ("w = x[0] * 2", "w += x"),
    ("w = x[:, None] * 2", "w += x[None]"),
]


@pytest.mark.parametrize("make, change", IN_PLACE)
def test_what_does_not_fit_an_array_in_place_raises_as_in_numpy(make, change):
    """Computed arrays took the result's shape and dtype, and matrices were filled with a vector."""
    names = {"np": np}
    text = f"def f(x, k):\n    {make}\n    {change}\n    return w\n"
    file = f"<{make}; {change}>"
    linecache.cache[file] = len(text), None, text.splitlines(True), file
    exec(compile(text, file, "exec"), names)
    x, k = np.arange(4.0) + 1, np.arange(4) + 1
    for f in (ag.function(names["f"]), ag.function(names["f"])):
        try:
            want = names["f"](x, k)
        except (TypeError, ValueError) as e:
            with pytest.raises(TypeError if isinstance(e, TypeError) else ValueError) as raised:
                f(x, k)
            if isinstance(e, ValueError):
                assert str(raised.value).partition("\n")[0] == str(e)
        else:
            got = f(x, k)
            assert np.asarray(got).tolist() == np.asarray(want).tolist()
            assert got.dtype.name == want.dtype.name
