"""Handlers meet the errors of tensors' operations: assertions of tf.debugging, indices that are out of range."""

import contextlib
import io

import numpy as np
import pytest
from modes import interpreted

import autograph as tf


def positive(x, i):
    try:
        tf.debugging.assert_positive(x)
    except tf.errors.InvalidArgumentError as e:
        return x * 0, str(e)
    return x, None


def asserted(x, i):
    try:
        tf.debugging.Assert(tf.reduce_sum(x) > 0, [x, "a text", i])
    except ValueError as e:
        print(type(e).__name__, e)
        return x * 0
    return x


def known_while_tracing(x, i):
    try:
        tf.debugging.assert_equal(1, 2, message="boo")
    except tf.errors.InvalidArgumentError as e:
        print(e)
        return x * 0
    return x


def gathered(x, i):
    try:
        return tf.gather(x, [i, 0])
    except tf.errors.OutOfRangeError as e:
        print(type(e).__name__, e)
    return x


def element(x, i):
    try:
        return x[i]
    except IndexError as e:
        print(type(e).__name__, e)
    return x[0]


def in_a_loop(x, i):
    total = x[0] * 0
    for v in x:
        try:
            tf.debugging.assert_less(v, 2.0, message="large")
            total += v
        except AssertionError as e:
            print(e)
    return total


def with_finally(x, i):
    try:
        tf.debugging.assert_rank(x, 1)
        tf.debugging.assert_non_negative(x)
        return x
    except AssertionError:
        return -x
    finally:
        print("done", i)


def not_handled(x, i):
    try:
        tf.debugging.assert_positive(x)
    except TypeError:
        return x * 0
    return x


def outcome(fn, *args):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            value = fn(*args)
        except Exception as e:
            return type(e), str(e).split("\n")[0], out.getvalue()
    flat = value if isinstance(value, tuple) else (value,)
    return [v.numpy().tolist() if isinstance(v, tf.Tensor) else v for v in flat], out.getvalue()


@pytest.mark.parametrize(
    "fn",
    [
        positive,
        asserted,
        known_while_tracing,
        gathered,
        element,
        in_a_loop,
        with_finally,
        not_handled,
    ],
)
def test_a_handler_meets_what_it_meets_at_once(fn):
    compiled = tf.function(fn)
    for x in [1.0, 0.5, 3.0], [-1.0, 0.5, -3.0]:
        for i in 1, 7, -3, -4:
            want = outcome(fn, tf.constant(x), i)
            assert outcome(compiled, tf.constant(x), i) == want
            with interpreted():
                assert outcome(tf.function(fn), tf.constant(x), i) == want


def test_errors_of_numpys_arrays_are_pythons():
    def f(x, i):
        try:
            return x[i]
        except IndexError as e:
            return type(e) is IndexError

    def own(i):
        a = np.arange(3.0)
        try:
            return a[i]
        except IndexError as e:
            print(type(e).__name__)
            return -1.0

    assert bool(tf.function(f)(np.arange(3.0), 5)) is f(np.arange(3.0), 5) is True
    assert outcome(tf.function(own), 5)[1] == "IndexError\n"
    assert outcome(tf.function(lambda x, i: element(x, i)), np.arange(3.0), 5)[1].startswith(
        "IndexError "
    )
