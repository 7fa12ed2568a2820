"""tf.function: tracing, caching, signatures, side effects, concrete functions."""
import threading

import numpy as np
import pytest

from _h import same, tf


def counted(body=lambda x: x + 1, **kw):
    n = []

    def f(x):
        n.append(1)
        return body(x)
    return tf.function(f, **kw), n


def test_same_signature_traces_once():
    f, n = counted()
    f(tf.constant(1)), f(tf.constant(2)), f(tf.constant(3))
    assert len(n) == 1


def test_new_dtype_retraces():
    f, n = counted()
    f(tf.constant(1)), f(tf.constant(1.0)), f(tf.constant(2)), f(tf.constant(2.0))
    assert len(n) == 2


def test_new_rank_retraces():
    f, n = counted()
    f(tf.constant(1)), f(tf.constant([1]))
    assert len(n) == 2


def test_numpy_arguments_become_tensors():
    f, n = counted()
    same(f(np.array([1, 2])), [2, 3])
    same(f(np.array([5, 6])), [6, 7])
    assert len(n) == 1


def test_keyword_and_positional_share_a_trace():
    n = []

    @tf.function
    def f(a, b=2):
        n.append(1)
        return a * 10 + b
    same([f(tf.constant(1), tf.constant(2)), f(a=tf.constant(1), b=tf.constant(2)),
          f(tf.constant(1), b=tf.constant(3))], [12, 12, 13])
    assert len(n) == 1


def test_default_value_used():
    @tf.function
    def f(a, b=2):
        return a + b
    same(f(tf.constant(1)), 3)


def test_input_signature_casts_python_values():
    f, n = counted(input_signature=[tf.TensorSpec([], tf.float32)])
    same(f(1), 2.0)
    same(f(2.5), 3.5)
    assert len(n) == 1


def test_reduce_retracing_relaxes_shapes():
    f, n = counted(reduce_retracing=True)
    for k in range(1, 8):
        f(tf.zeros([k]))
    assert len(n) <= 3


def test_concrete_function_rejects_other_dtype():
    c = tf.function(lambda x: x * 2).get_concrete_function(tf.TensorSpec([None], tf.float32))
    with pytest.raises(Exception):
        c(tf.constant([1]))


def test_concrete_function_binds_python_value():
    @tf.function
    def f(x, k):
        return x * k
    c = f.get_concrete_function(tf.TensorSpec([], tf.int32), 3)
    same(c(tf.constant(5)), 15)


def test_concrete_function_structured_outputs_and_graph():
    @tf.function
    def f(x):
        return {"d": x + 1, "l": (x, x * 2)}
    c = f.get_concrete_function(tf.TensorSpec([2], tf.float32))
    out = c.structured_outputs
    assert set(out) == {"d", "l"} and out["d"].shape == (2,)
    assert len(c.graph.get_operations()) >= 3
    assert c.inputs[0].dtype == tf.float32


def test_python_global_is_frozen_at_trace_time():
    box = {"k": 1}

    @tf.function
    def f(x):
        return x + box["k"]
    same(f(tf.constant(1)), 2)
    box["k"] = 100
    same(f(tf.constant(1)), 2)


def test_variable_argument_does_not_retrace_by_value():
    f, n = counted(body=lambda v: v + 1)
    v = tf.Variable(1)
    f(v)
    v.assign(5)
    same(f(v), 6)
    assert len(n) == 1


def test_python_number_return_becomes_tensor():
    out = tf.function(lambda: 3)()
    assert tf.is_tensor(out)
    same(out, 3)


def test_returned_values_are_eager_tensors():
    out = tf.function(lambda x: x + 1)(tf.constant([1.0]))
    assert out.numpy().tolist() == [2.0]
    assert tf.executing_eagerly()


def test_recursion_into_itself_with_python_depth():
    @tf.function
    def f(x, n):
        if n == 0:
            return x
        return f(x, n - 1) * 2
    same(f(tf.constant(1), 3), 8)


def test_missing_argument_is_type_error():
    @tf.function
    def f(a, b):
        return a + b
    with pytest.raises(TypeError):
        f(tf.constant(1))


def test_unused_argument_ok():
    same(tf.function(lambda a, b: a)(tf.constant(1), tf.constant(2)), 1)
