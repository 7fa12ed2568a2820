"""The kinds of examples of TensorFlow's introduction to graphs and tf.function."""

import numpy as np
import pytest

import autograph as tf


def test_a_function_and_its_graph_give_the_same():
    def regular(x, y, b):
        x = tf.matmul(x, y)
        x = x + b
        return x

    with_graph = tf.function(regular)
    x1, y1, b1 = tf.constant([[1.0, 2.0]]), tf.constant([[2.0], [3.0]]), tf.constant(4.0)
    assert (
        regular(x1, y1, b1).numpy().tolist() == with_graph(x1, y1, b1).numpy().tolist() == [[12.0]]
    )


def test_a_decorated_function_takes_the_functions_it_calls_with_it():
    def inner(x, y, b):
        x = tf.matmul(x, y)
        x = x + b
        return x

    @tf.function
    def outer(x):
        y = tf.constant([[2.0], [3.0]])
        b = tf.constant(4.0)
        return inner(x, y, b)

    assert outer(tf.constant([[1.0, 2.0]])).numpy().tolist() == [[12.0]]


def simple_relu(x):
    if tf.greater(x, 0):
        return x
    else:
        return 0


def test_branches_become_part_of_the_graph():
    tf_relu = tf.function(simple_relu)
    assert int(tf_relu(tf.constant(1))) == 1
    assert int(tf_relu(tf.constant(-1))) == 0
    assert "ag__.if_ret" in tf.autograph.to_code(simple_relu)
    nodes = tf_relu.get_concrete_function(tf.constant(1)).graph.as_graph_def().node
    assert [n.op for n in nodes][0] == "Placeholder" and "If" in [n.op for n in nodes]


def test_one_function_encapsulates_several_graphs():
    @tf.function
    def my_relu(x):
        return tf.maximum(0.0, x)

    assert float(my_relu(tf.constant(5.5))) == 5.5
    assert my_relu([1, -1]) is not None
    assert my_relu(tf.constant([3.0, -3.0])).numpy().tolist() == [3.0, 0.0]
    count = my_relu.experimental_get_tracing_count()
    my_relu(tf.constant(-2.5))
    my_relu(tf.constant([-1.0, 1.0]))
    assert my_relu.experimental_get_tracing_count() == count
    shown = my_relu.pretty_printed_concrete_signatures()
    assert "my_relu(x: float32(2,))" in shown and "my_relu(x: float32())" in shown


def test_python_effects_happen_while_tracing(capsys):
    @tf.function
    def get_mse(y_true, y_pred):
        print("Calculating MSE!")
        sq_diff = tf.pow(y_true - y_pred, 2)
        return tf.reduce_mean(sq_diff)

    y_true = tf.random.uniform([5], maxval=10, dtype=tf.int32)
    y_pred = tf.random.uniform([5], maxval=10, dtype=tf.int32)
    values = {int(get_mse(y_true, y_pred)) for _ in range(3)}
    assert values == {int(np.mean((y_true.numpy() - y_pred.numpy()) ** 2))}
    assert capsys.readouterr().out == "Calculating MSE!\n"
    tf.config.run_functions_eagerly(True)
    try:
        for _ in range(3):
            get_mse(y_true, y_pred)
    finally:
        tf.config.run_functions_eagerly(False)
    assert capsys.readouterr().out == "Calculating MSE!\n" * 3


def test_an_index_out_of_range_is_an_error_in_both_ways():
    def unused(x):
        tf.gather(x, [1])
        return x

    with pytest.raises(IndexError):
        unused(tf.constant([0.0]))
    with pytest.raises(tf.errors.OutOfRangeError):  # an IndexError, too
        tf.function(unused)(tf.constant([0.0]))


def test_a_loop_over_a_matrix():
    x = tf.random.uniform(shape=[10, 10], minval=-1, maxval=2, dtype=tf.dtypes.int64)

    def power(x, y):
        result = tf.eye(10, dtype=tf.dtypes.int64)
        for _ in range(y):
            result = tf.matmul(x, result)
        return result

    want = np.linalg.matrix_power(x.numpy(), 100)
    assert (power(x, 100).numpy() == want).all()
    power_as_graph = tf.function(power)
    assert (power_as_graph(x, 100).numpy() == want).all()


def test_when_it_traces(capsys):
    @tf.function
    def with_effect(x):
        print("Tracing!")
        return x * x + tf.constant(2)

    assert int(with_effect(tf.constant(2))) == 6
    assert int(with_effect(tf.constant(3))) == 11
    assert capsys.readouterr().out == "Tracing!\n"
    assert int(with_effect(2)) == 6
    assert int(with_effect(3)) == 11
    assert capsys.readouterr().out == "Tracing!\n"  # plain numbers share one trace
