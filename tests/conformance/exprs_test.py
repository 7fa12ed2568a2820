"""Conditional expressions, logical operators, comparisons, slices, builtins."""
import numpy as np
import pytest

from _h import ALL, agree, agree_eager, same, tf


def test_if_expression_python_condition_is_lazy():
    seen = []

    def side(v):
        seen.append(v)
        return v

    @tf.function
    def f(x, p):
        return side(1) if p else side(2)
    f(tf.constant(0), True)
    assert seen == [1]


def test_python_and_returns_operand():
    seen = []

    @tf.function
    def f(x, name):
        seen.append(name and name.upper())
        seen.append(name or "none")
        return x
    f(tf.constant(1), "ab")
    f(tf.constant(1), "")
    assert seen == ["AB", "ab", "", "none"]


def test_python_short_circuit_guards_none():
    @tf.function
    def f(x, y=None):
        if y is not None and y > 0:
            x = x + y
        return x
    same(f(tf.constant(1)), 1)
    same(f(tf.constant(1), tf.constant(5)), 6)
    same(f(tf.constant(1), tf.constant(-5)), 1)


def test_equality_of_tensors_is_elementwise():
    f = tf.function(lambda x, y: x == y)
    same(f(tf.constant([1, 2]), tf.constant([1, 3])), [True, False])


def test_augmented_assignments():
    def f(x):
        x += 3
        x -= 1
        x *= 4
        x //= 3
        x %= 7
        x **= 2
        return x
    agree(f, 5, 10)


def test_true_division_of_ints_is_float64():
    out = tf.function(lambda x, y: x / y)(tf.constant(7), tf.constant(2))
    assert out.dtype == tf.float64
    same(out, 3.5)


def test_bit_operators():
    agree_eager(lambda x, y: (x & y, x | y, x ^ y, ~x), ([True, False], [True, True]))


def test_matmul_operator():
    agree_eager(lambda a, b: a @ b, ([[1.0, 2.0], [3.0, 4.0]], [[1.0], [1.0]]))


@pytest.mark.parametrize("sl", ["1:3", ":2", "2:", "-2:", "::2", "::-1", "1:-1", "..., 1:", "None"])
def test_static_slices(sl):
    src = np.arange(12).reshape(4, 3)
    f = eval("lambda v: v[%s]" % sl)
    same(tf.function(f, autograph=False)(tf.constant(src)), f(src))


def test_sorted_builtin():
    same(tf.function(lambda v: sorted(v))(tf.constant([3, 1, 2])), [1, 2, 3])


def test_dict_comprehension_over_python():
    def f(x):
        d = {k: x * k for k in (1, 2)}
        return d[1] - d[2]
    agree(f, 4)


def test_generator_expression_sum():
    def f(x):
        return sum(x * k for k in (1, 2, 3))
    agree(f, 4)


def test_set_item_returns_new_tensor_with_lists_feature():
    if ALL is None:
        pytest.skip("no Feature")

    @tf.function(experimental_autograph_options=ALL)
    def f(v):
        v[1] = 10
        return v
    same(f(tf.constant([1, 2, 3])), [1, 10, 3])
