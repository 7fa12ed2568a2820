"""Variables, modules, ordering of effects (automatic control dependencies)."""
import numpy as np
import pytest

from _h import same, tf


def test_assign_ops():
    v = tf.Variable([1.0, 2.0])
    v.assign([3.0, 4.0])
    v.assign_add([1.0, 1.0])
    v.assign_sub([0.5, 0.5])
    same(v, [3.5, 4.5])
    assert v.dtype == tf.float32 and v.shape == (2,)


def test_read_after_write_order():
    v = tf.Variable(1)

    @tf.function
    def f():
        a = v.read_value()
        v.assign(10)
        b = v.read_value()
        v.assign_add(5)
        c = v.read_value()
        return a, b, c
    same(f(), (1, 10, 15))


def test_write_without_use_still_happens():
    v = tf.Variable(0)

    @tf.function
    def f(x):
        v.assign(x)
        return x * 2
    f(tf.constant(7))
    same(v, 7)


def test_create_every_call_is_an_error():
    @tf.function
    def f(x):
        v = tf.Variable(1)
        return v + x
    with pytest.raises(ValueError, match="non-first call|singleton|created"):
        f(tf.constant(1))


def test_print_and_assign_order(capfd):
    v = tf.Variable(0)

    @tf.function
    def f():
        tf.print("a", v)
        v.assign(5)
        tf.print("b", v)
    f()
    err = capfd.readouterr().err
    assert "a 0" in err and "b 5" in err and err.index("a 0") < err.index("b 5")


def test_control_dependencies_context():
    v = tf.Variable(0)

    @tf.function
    def f():
        with tf.control_dependencies([v.assign_add(1)]):
            return v.read_value()
    same(f(), 1)
