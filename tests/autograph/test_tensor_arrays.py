"""TensorArrays whose elements differ in shape: infer_shape=False, an element_shape with None, sizes that only the run knows."""

import numpy as np
import pytest
from modes import interpreted

import autograph as ag


def eager(f, *args):
    return f(*args)


def compiled(f, *args):
    return ag.function(f)(*args)


def by_kernels(f, *args):
    with interpreted():
        return ag.function(f)(*args)


pytestmark = pytest.mark.parametrize("way", [eager, compiled, by_kernels])
OPEN = {"infer_shape": False}


def rows(n, **options):
    ta = ag.TensorArray(ag.float32, size=0, dynamic_size=True, **options)
    for i in ag.range(n):
        ta = ta.write(i, ag.fill((i, 2), ag.cast(i, ag.float32)))
    return ta


def by_numpy(n):
    return np.concatenate([np.full((i, 2), i, "float32") for i in range(n)] or [np.zeros((0, 2), "float32")])


@pytest.mark.parametrize("options", [OPEN, {"element_shape": [None, 2]}, {"element_shape": [None, 2]} | OPEN], ids=str)
def test_rows_that_a_loop_writes_are_joined(way, options):
    for n in 4, 1, 9, 2:
        got = way(lambda n: rows(n, **options).concat(), ag.constant(n))
        assert got.dtype.name == "float32" and np.array_equal(got.numpy(), by_numpy(n))
    if "element_shape" in options:
        assert way(lambda n: rows(n, **options).concat(), ag.constant(0)).shape == (0, 2)


def test_elements_of_any_rank_are_read(way):
    def f(k):
        ta = ag.TensorArray(ag.int32, size=3, **OPEN)
        ta = ta.write(0, [1, 2]).write(1, [[3, 4, 5]]).write(2, 7)
        return ag.reduce_sum(ta.read(k)), ag.rank(ta.read(1)), ta.read(2) + 1, ta.size()

    for k, want in enumerate([3, 12, 7]):
        assert [int(v) for v in way(f, ag.constant(k))] == [want, 2, 8, 3]


def test_a_loop_reads_what_it_wrote(way):
    def f(n):
        ta = ag.TensorArray(ag.float32, size=n + 1, element_shape=[None]).write(0, [1.0])
        for i in ag.range(n):
            row = ta.read(i)
            ta = ta.write(i + 1, ag.concat([[1.0], row[1:] + row[:-1], [1.0]], 0))
        return ta.read(n), ta.concat()

    last, joined = way(f, ag.constant(4))
    assert last.numpy().tolist() == [1, 4, 6, 4, 1]
    assert joined.numpy().tolist() == [1, 1, 1, 1, 2, 1, 1, 3, 3, 1, 1, 4, 6, 4, 1]


def test_a_branch_decides_which_shape(way):
    def f(k):
        ta = ag.TensorArray(ag.float32, size=2, **OPEN).write(0, [1.0, 2.0])
        if k > 1:
            ta = ta.write(1, [3.0])
        else:
            ta = ta.write(1, [3.0, 4.0, 5.0])
        return ta.concat()

    assert way(f, ag.constant(2)).numpy().tolist() == [1, 2, 3]
    assert way(f, ag.constant(0)).numpy().tolist() == [1, 2, 3, 4, 5]


def test_written_again_and_gathered(way):
    def f(x):
        ta = ag.TensorArray(ag.float32, size=3, **OPEN)
        ta = ta.scatter([2, 0], x).write(1, x[0] * 5)
        other = ta.write(1, [9.0])
        return ta.stack(), ta.gather([2, 1]), other.concat(), ta.read(1)

    x = np.array([[1, 2], [3, 4]], np.float32)
    stacked, gathered, joined, one = way(f, ag.constant(x))
    assert stacked.numpy().tolist() == [[3, 4], [5, 10], [1, 2]] and gathered.numpy().tolist() == [[1, 2], [5, 10]]
    assert joined.numpy().tolist() == [3, 4, 9, 1, 2] and one.numpy().tolist() == [5, 10]


def test_sizes_that_only_the_run_knows(way):
    """The first write finds that the shape is open."""

    def f(x):
        ta = ag.TensorArray(ag.float32, size=2)
        for i in ag.range(2):
            ta = ta.write(i, x + ag.cast(i, ag.float32))
        return ta.stack()

    g = ag.function(f, input_signature=[ag.TensorSpec([None, 3], ag.float32)])
    for n in 2, 0, 5:
        x = np.ones((n, 3), np.float32)
        assert np.array_equal(way(lambda x: g(x), ag.constant(x)).numpy(), np.stack([x, x + 1]))


def test_a_list_takes_the_dtype(way):
    f = lambda x: ag.TensorArray(ag.float64, 2).write(0, [1, 2]).write(1, [x, 0.1]).stack()  # noqa: E731
    assert way(f, ag.constant(3.5, "float64")).numpy().tolist() == [[1, 2], [3.5, 0.1]]
    with pytest.raises(TypeError):
        way(lambda x: ag.TensorArray(ag.int32, 1).write(0, [x + 1.5]).stack(), ag.constant(1.0))


def test_from_rows(way):
    def f(x):
        ta = ag.TensorArray(ag.float32, size=0, dynamic_size=True, **OPEN).unstack(x)
        return ta.write(2, x[0]).stack()

    assert way(f, ag.constant([[1.0], [2.0]])).numpy().tolist() == [[1], [2], [1]]


@pytest.mark.parametrize(
    "f, text",
    [
        (lambda n: ag.TensorArray(ag.int32, 2).write(0, [1, 2]).write(1, [1, 2, 3]).stack(),
         r"elements of shape \(2,\): cannot write one of shape \(3,\). infer_shape=False without an element_shape lets them differ"),
        (lambda n: ag.TensorArray(ag.int32, 2, element_shape=[None, 2]).write(0, [[1, 2, 3]]).stack(),
         r"elements of shape \(None, 2\): cannot write one of shape \(1, 3\)"),
        (lambda n: ag.TensorArray(ag.int32, 2, element_shape=[None, 2], **OPEN).write(0, ag.fill((2, n), 1)).concat(),
         r"elements of shape \(None, 2\): dimension 1 of what is written is 3|cannot write one of shape \(2, 3\)"),
        (lambda n: ag.TensorArray(ag.int32, 2, **OPEN).write(0, [1]).concat(), "TensorArray.concat: an element was never written"),
        (lambda n: ag.TensorArray(ag.int32, 2, **OPEN).write(0, [1]).read(1), "TensorArray.read: an element was never written"),
        (lambda n: ag.TensorArray(ag.int32, 2, **OPEN).write(0, [1]).write(1, [1, 2]).stack(), "stack: the items of the list must have one shape"),
        (lambda n: ag.TensorArray(ag.int32, 2, **OPEN).write(0, [[1]]).write(1, [[1, 2]]).concat(),
         r"those before item 1 make \(1, 1\) and it has \(1, 2\)"),
        (lambda n: ag.TensorArray(ag.int32, 2, **OPEN).write(0, [1]).write(1, 2).concat(), "item 1 has no dimension: use stack"),
    ],
)  # fmt: skip
def test_what_cannot_be(way, f, text):
    with pytest.raises((ValueError, ag.errors.InvalidArgumentError), match=text):
        way(f, ag.constant(3))


def test_strings_have_one_shape(way):
    with pytest.raises(TypeError, match="cannot hold string tensors of several shapes: give it an element_shape"):
        way(lambda n: ag.TensorArray(ag.string, 2, **OPEN).write(0, "a").stack(), 1)
    ta = way(lambda n: ag.TensorArray(ag.string, 2, element_shape=[], **OPEN).write(1, "a").stack(), 1)
    assert ta.numpy().tolist() == [b"", b"a"]
