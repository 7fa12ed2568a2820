"""The kinds of examples of TensorFlow's guide to tensors; the import is the line that differs."""

import numpy as np
import pytest

import autograph as tf


def test_making_tensors_of_each_rank():
    scalar = tf.constant(7)
    assert str(scalar) == "tf.Tensor(7, shape=(), dtype=int32)"
    vector = tf.constant([1.5, 2.5, 3.5])
    assert str(vector) == "tf.Tensor([1.5 2.5 3.5], shape=(3,), dtype=float32)"
    matrix = tf.constant([[1, 2], [3, 4], [5, 6]], dtype=tf.float16)
    assert matrix.dtype == tf.float16 and matrix.shape == (3, 2)
    cube = tf.constant([[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]])
    assert cube.shape == (2, 2, 3) and cube.ndim == 3


def test_a_tensor_becomes_an_array():
    matrix = tf.constant([[1, 2], [3, 4]])
    assert np.array(matrix).tolist() == [[1, 2], [3, 4]]
    assert isinstance(matrix.numpy(), np.ndarray)


def test_arithmetic_by_function_and_by_operator():
    a, b = tf.constant([[1, 2], [3, 4]]), tf.constant([[1, 1], [1, 1]])
    assert tf.add(a, b).numpy().tolist() == (a + b).numpy().tolist() == [[2, 3], [4, 5]]
    assert tf.multiply(a, b).numpy().tolist() == (a * b).numpy().tolist() == [[1, 2], [3, 4]]
    a, b = tf.cast(a, tf.float32), tf.cast(b, tf.float32)
    assert tf.matmul(a, b).numpy().tolist() == (a @ b).numpy().tolist() == [[3, 3], [7, 7]]


def test_reductions_and_softmax():
    c = tf.constant([[4.0, 5.0], [10.0, 1.0]])
    assert float(tf.reduce_max(c)) == 10.0
    assert tf.math.argmax(c).numpy().tolist() == [1, 0]
    rows = tf.nn.softmax(c).numpy()
    want = np.exp(c.numpy() - c.numpy().max(1, keepdims=True))
    np.testing.assert_allclose(rows, want / want.sum(1, keepdims=True), rtol=1e-6)


def test_lists_are_converted():
    assert tf.convert_to_tensor([1, 2, 3]).dtype == tf.int32
    assert float(tf.reduce_max([1.0, 5.0, 2.0])) == 5.0
    assert int(tf.reduce_max(np.array([3, 9, 1]))) == 9


def test_shapes():
    x = tf.zeros([3, 2, 4, 5])
    assert x.dtype == tf.float32 and x.ndim == 4 and x.shape == (3, 2, 4, 5)
    assert x.shape[0] == 3 and x.shape[-1] == 5
    assert int(tf.size(x)) == 120 and int(tf.rank(x)) == 4
    assert tf.shape(x).numpy().tolist() == [3, 2, 4, 5]
    assert x.shape.as_list() == [3, 2, 4, 5]


def test_indexing():
    x = tf.constant([0, 1, 1, 2, 3, 5, 8, 13, 21, 34])
    assert int(x[0]) == 0 and int(x[-1]) == 34
    assert x[:4].numpy().tolist() == [0, 1, 1, 2]
    assert x[4:].numpy().tolist() == [3, 5, 8, 13, 21, 34]
    assert x[2:7].numpy().tolist() == [1, 2, 3, 5, 8]
    assert x[::2].numpy().tolist() == [0, 1, 3, 8, 21]
    assert x[::-1].numpy().tolist() == x.numpy()[::-1].tolist()
    m = tf.constant([[1, 2], [3, 4], [5, 6]])
    assert int(m[1, 1]) == 4
    assert m[1, :].numpy().tolist() == [3, 4]
    assert m[:, 1].numpy().tolist() == [2, 4, 6]
    assert m[-1, :].numpy().tolist() == [5, 6]
    assert m[1:, :].numpy().tolist() == [[3, 4], [5, 6]]
    cube = tf.reshape(tf.range(30), [3, 2, 5])
    assert cube[:, :, 4].numpy().tolist() == [[4, 9], [14, 19], [24, 29]]


def test_reshaping():
    x = tf.constant([[1], [2], [3]])
    assert tf.reshape(x, [1, 3]).shape == (1, 3)
    cube = tf.reshape(tf.range(30), [3, 2, 5])
    assert tf.reshape(cube, [-1]).numpy().tolist() == list(range(30))
    assert tf.reshape(cube, [3 * 2, 5]).shape == (6, 5)
    assert tf.reshape(cube, [3, -1]).shape == (3, 10)
    assert tf.transpose(cube, [2, 0, 1]).shape == (5, 3, 2)
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.reshape(cube, [7, -1])


def test_dtypes():
    exact = tf.constant([2.2, 3.3, 4.4], dtype=tf.float64)
    single = tf.cast(exact, dtype=tf.float32)
    assert single.dtype == tf.float32
    assert tf.cast(exact, dtype=tf.uint8).numpy().tolist() == [2, 3, 4]


def test_broadcasting():
    x, y, z = tf.constant([1, 2, 3]), tf.constant(2), tf.constant([2, 2, 2])
    for product in (tf.multiply(x, 2), x * y, x * z):
        assert product.numpy().tolist() == [2, 4, 6]
    column, row = tf.reshape(x, [3, 1]), tf.range(1, 5)
    assert tf.multiply(column, row).numpy().tolist() == [[1, 2, 3, 4], [2, 4, 6, 8], [3, 6, 9, 12]]
    assert tf.broadcast_to(x, [3, 3]).numpy().tolist() == [[1, 2, 3]] * 3


def test_strings():
    one = tf.constant("Gray wolf")
    assert one.numpy() == b"Gray wolf" and one.dtype == tf.string
    several = tf.constant(["Gray wolf", "Quick brown fox", "Lazy dog"])
    assert several.shape == (3,)
    assert tf.strings.split(one, sep=" ").numpy().tolist() == [b"Gray", b"wolf"]
    numbers = tf.strings.to_number(tf.strings.split(tf.constant("1 10 100"), " "))
    assert numbers.numpy().tolist() == [1.0, 10.0, 100.0]
