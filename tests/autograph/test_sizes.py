"""What .shape and .size give where the trace does not know all sizes: numbers of the run for NumPy's arrays, static ones for tensors."""

import numpy as np
from modes import same

import autograph as ag

A = np.array([1.0, 2.0, 3.0])


def native(compiled):
    text = str(compiled.explain())
    assert "native code" in text and "runs as Python" not in text, text


def test_of_parts_of_an_array_that_only_the_run_knows():
    def of_mask(x):
        y = x[x > 1]
        return y.shape[0], y.size, len(y), y.shape, y.ndim, np.shape(y), np.size(y)

    native(same(of_mask, (A,), (-A,), kinds=False))

    def of_slice(x, n):
        y = x[n:]
        return y.shape[0], y.size, y.shape, np.concatenate([y, x]).shape

    native(same(of_slice, (A, 1), (A, 0), (A, 5), kinds=False))

    def of_functions(x):
        return np.nonzero(x)[0].shape, np.unique(x).size

    native(same(of_functions, (np.array([1.0, 0.0, 3.0]),), kinds=False))


def test_sizes_are_numbers_for_what_comes():
    def mean_of_large(x, n):
        y = x[x > n]
        if y.size == 0:
            return -1.0, 0
        total = 0
        for i in range(y.shape[0]):
            total += i
        (a,) = y.shape
        return y.sum() / y.size + a, total

    native(same(mean_of_large, (A, 1), (A, 5), kinds=False))

    def halves(x, n):
        w = x[n:]
        h = w.shape[0] // 2
        left, right = w[:h], w[h:]
        print(w.shape, w.size)
        return np.zeros(w.shape), np.ones(w.shape[0]), left.shape[0] - right.shape[0], w.reshape(w.shape[0], 1)

    native(same(halves, (A, 1), (A, 0), kinds=False))


def test_of_arrays_made_in_a_loop():
    def areas(n):
        total = 0
        for i in range(n):
            y = np.zeros((i + 1, 2))
            total += y.shape[0] * y.size
        return total

    native(same(areas, 3, 0))


def test_shapes_that_are_compared():
    def added(x, y):
        z, w = x[x > 0], y[y > 0]
        if z.shape != w.shape:
            raise ValueError("shapes differ")
        return z + w

    same(added, (np.array([1.0, 2.0]), np.array([1.0, 3.0])), (np.array([1.0, -2.0]), np.array([1.0, 3.0])), kinds=False)


def test_numbers_that_decide_a_size_of_a_tensor_become_static_where_it_is_asked_for():
    @ag.function
    def rows(x, n):
        y = ag.transpose(ag.expand_dims(x[:n] * 2, 0))
        return y.shape.as_list(), ag.reduce_sum(ag.ones((n, 3)), axis=1).shape[0]

    x = ag.constant([1, 2, 3])
    assert rows(x, 2) == ([2, 1], 2) and rows(x, 5) == ([3, 1], 5)
    assert rows.experimental_get_tracing_count() == 2
    assert "'n' is static, a trace for each value: it is needed as a size of a tensor" in str(rows.explain())

    def counted(n):
        x = ag.zeros((n, 2))
        total = 0
        for _ in range(x.shape[0]):
            total += 1
        return total

    same(counted, 2, 3)


def test_sizes_that_only_tensors_decide_are_none():
    one = ag.TensorSpec([None, 2], ag.float32)
    shape = ag.function(lambda x: x.shape, input_signature=[one])
    assert shape(ag.ones((3, 2))).as_list() == [None, 2]
    kept = ag.function(lambda x: ag.boolean_mask(x, x > 1).shape[0])
    assert kept(ag.constant([1, 2, 3])) is None


def test_a_number_is_the_shape_of_a_vector():
    def vectors(n):
        return ag.reduce_sum(ag.ones(n)), ag.fill(n, 2).shape[0], len(ag.zeros(n))

    same(vectors, 3, 0, kinds=False)
