"""Where TensorFlow refuses, is wrong, or is slow, and plain Python is right.

Every test here FAILS on TensorFlow 2.21 and should pass on a better system.
None of them contradicts a test of the main suite.
"""
import contextlib
import importlib.util
import io
import sys
import textwrap
import time
import traceback

import numpy as np
import pytest

from _h import agree, same, tf, v1


# --- jumps --------------------------------------------------------------------


def test_return_in_with_block_then_fallthrough():
    @tf.function
    def f(x):
        with tf.name_scope("a"):
            if x > 0:
                return x
        return -x
    same([f(tf.constant(2)), f(tf.constant(-2))], [2, 2])


def test_while_true_with_tensor_break():
    def f(x):
        while True:
            if x > 100:
                break
            x = x * 2
        return x
    agree(f, 3, 200)


def test_while_else():
    def f(n):
        r = 0
        while n > 0:
            if n == 5:
                break
            n -= 1
        else:
            r = 1
        return r
    agree(f, 7, 3)


# --- expressions ---------------------------------------------------------------


def test_walrus():
    def f(x):
        if (y := x * 2) > 4:
            r = y
        else:
            r = -y
        return r
    agree(f, 3, 1)


def test_chained_comparison_evaluates_middle_once():
    calls = []

    def mid(x):
        calls.append(1)
        return x

    @tf.function
    def f(x):
        return 0 < mid(x) < 10
    same(f(tf.constant(5)), True)
    assert len(calls) == 1


def test_min_max_builtins():
    agree(lambda x, y: min(x, y) * 10 + max(x, y, 3), (1, 2), (5, 4))


def test_sum_any_all_over_generator_of_tensors():
    def f(x):
        return any(x > k for k in (5, 6)), all(x > k for k in (1, 2))
    agree(f, 7, 2, 0)


def test_comprehension_over_tensor():
    def f(v):
        ys = [x * x for x in v if True]
        return ys[0] + ys[1] + ys[2]
    agree(f, ([1, 2, 3],))


def test_set_item_on_tensor_by_default():
    def f(v, i):
        v[i] = 10
        return v
    same(tf.function(f)(tf.constant([1, 2, 3]), tf.constant(1)), [1, 10, 3])


# --- state and data ------------------------------------------------------------

def test_none_initialised_maximum():
    def f(v):
        best = None
        for x in v:
            if best is None or x > best:
                best = x
        return best
    agree(f, ([3, 9, 2],), ([-3, -9, -2],))


def test_list_append_in_tensor_loop():
    @tf.function
    def f(n):
        l = []
        for i in tf.range(n):
            l.append(i * i)
        return tf.stack(l)
    same(f(tf.constant(4)), [0, 1, 4, 9])


def test_nonlocal_changed_by_helper_in_tensor_loop():
    @tf.function
    def f(k):
        n = 0

        def bump():
            nonlocal n
            n = n + 2
        for _ in tf.range(k):
            bump()
        return n
    same(f(tf.constant(5)), 10)


def test_lambda_sees_loop_result():
    @tf.function
    def f(k):
        a = 0
        read = lambda: a
        for i in tf.range(k):
            a = i
        return read()
    same(f(tf.constant(4)), 3)


def test_correlated_undefined_variable():
    """Defined and used under the same condition: never read undefined."""
    def f(x):
        if x > 0:
            y = x * 2
        r = 0
        if x > 0:
            r = y
        return r
    agree(f, 4, -4)


def test_method_of_a_temporary_object():
    class M:
        def __init__(self, k):
            self.k = k

        @tf.function
        def clip(self, x):
            if x > self.k:
                return self.k
            else:
                return x
    same(M(4).clip(tf.constant(5)), 4)


# --- where the source comes from ------------------------------------------------

ABS = "def f(x):\n    if x > 0:\n        return x\n    else:\n        return -x\n"


def load_from_file(src, name, path=None):
    import tempfile
    import os
    if path is None:
        d = tempfile.mkdtemp()
        path = os.path.join(d, "mod_%d.py" % abs(hash(src)))
    with open(path, "w") as h:
        h.write(src)
    spec = importlib.util.spec_from_file_location("m%d" % abs(hash(path)), path)
    m = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(m)
    return getattr(m, name)


def test_lambda_from_eval():
    agree(eval("lambda x: x if x > 0 else -x"), 3, -3)


def test_private_name_mangled_attribute():
    class M:
        def __init__(self):
            self.__k = 3

        def clip(self, x):
            if x > self.__k:
                return x * 0 + self.__k
            else:
                return x
    m = M()
    agree(lambda x: m.clip(x), 5, 1)


def test_annotation_without_value():
    def f(x):
        r: int
        if x > 0:
            r = x
        else:
            r = -x
        return r
    agree(f, 3, -3)


# --- messages --------------------------------------------------------------------


def test_undefined_branch_error_says_where_it_was_used():
    @tf.function
    def f(x):
        if x > 0:
            y = 1
        z = y + 1          # used here
        return z
    same(f(tf.constant(1)), 2)
    with pytest.raises(UnboundLocalError, match="y") as e:
        f(tf.constant(-1))
    base = f.python_function.__code__.co_firstlineno
    assert "line %d" % (base + 4) in str(e.value) or any(
        entry.lineno == base + 4 for entry in traceback.extract_tb(e.value.__traceback__))


def test_tf_print_obeys_redirect_stdout():
    @tf.function
    def f(x):
        tf.print("value", x, output_stream=sys.stdout)
    buf = io.StringIO()
    with contextlib.redirect_stdout(buf):
        f(tf.constant(3))
    assert "value 3" in buf.getvalue()


def test_dead_branch_with_static_shape_error_is_not_an_error():
    """The user guards an index by the (static) length: Python accepts it."""
    @tf.function
    def f(x):
        if tf.shape(x)[0] > 4:
            val = x[4]
        else:
            val = -1
        return val
    same(f(tf.constant([1, 2, 3])), -1)


# --- compiled --------------------------------------------------------------------


def test_dynamic_tensorarray_compiled():
    @tf.function(jit_compile=True)
    def f(n):
        ta = tf.TensorArray(tf.int32, size=0, dynamic_size=True)
        while n > 0:
            ta = ta.write(ta.size(), n)
            n -= 1
        return ta.stack()
    same(f(tf.constant(3)), [3, 2, 1])


# --- ordinary functions on ordinary numbers -------------------------------------

def traces(f):
    return f.experimental_get_tracing_count()


def test_plain_int_overflow_is_an_error_never_a_wrong_number():
    @tf.function
    def fib(n):
        a, b = 0, 1
        for _ in range(n):
            a, b = b, a + b
        return a
    same(fib(90), 2880067194370816120)
    with pytest.raises(OverflowError):
        fib(200)


def test_number_that_python_needs_is_pinned():
    table = ["a", "b", "c"]
    seen = []

    @tf.function
    def pick(x, k):
        seen.append(table[k])
        return x * k
    same([pick(tf.constant(10), 2), pick(tf.constant(10), 1), pick(tf.constant(20), 2)], [20, 10, 40])
    assert {"b", "c"} <= set(seen)


def test_numpy_and_math_functions_on_traced_values():
    import math

    @tf.function
    def f(x):
        if x.sum() > 0:
            x = np.sin(x) + np.maximum(x, 0.5)
        return x.mean() + math.sqrt(2.0)
    x = np.array([0.1, 0.2, 3.0], np.float32)
    same(f(tf.constant(x)), (np.sin(x) + np.maximum(x, 0.5)).mean() + 2 ** 0.5)


def test_print_inside_a_staged_loop_prints_each_time(capfd):
    @tf.function
    def f(n):
        for i in range(n):
            print("step")
        return n
    f(tf.constant(3))
    assert capfd.readouterr().out.count("step") == 3
