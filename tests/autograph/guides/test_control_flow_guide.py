"""The kinds of examples of TensorFlow's AutoGraph guides: branches, loops, lists, what is converted and what is not."""

import pytest

import autograph as tf


def test_a_function_with_a_branch():
    @tf.function
    def square_if_positive(x):
        if x > 0:
            x = x * x
        else:
            x = 0
        return x

    assert int(square_if_positive(tf.constant(9))) == 81
    assert int(square_if_positive(tf.constant(-9))) == 0


def test_continue_in_a_loop_over_a_tensor():
    @tf.function
    def sum_even(items):
        s = 0
        for c in items:
            if c % 2 > 0:
                continue
            s += c
        return s

    assert int(sum_even(tf.constant([10, 12, 15, 20]))) == 42


def test_fizzbuzz_by_a_branch_on_each_number():
    @tf.function
    def fizzbuzz(num):
        if num % 3 == 0 and num % 5 == 0:
            return "FizzBuzz"
        elif num % 3 == 0:
            return "Fizz"
        elif num % 5 == 0:
            return "Buzz"
        else:
            return "Other"

    assert [str(fizzbuzz(n)) for n in (15, 9, 10, 7)] == ["FizzBuzz", "Fizz", "Buzz", "Other"]


def test_a_loop_with_a_traced_bound_and_break():
    @tf.function
    def prime(n):
        result = True
        for d in tf.range(2, n):
            if n % d == 0:
                result = False
                break
        return result

    assert [bool(prime(tf.constant(n))) for n in (2, 9, 13)] == [True, False, True]


def test_nested_loops_and_tuples():
    @tf.function
    def fib(n):
        a, b = tf.constant(0), tf.constant(1)
        while n > 0:
            a, b = b, a + b
            n -= 1
        return a

    assert [int(fib(tf.constant(n))) for n in range(10)] == [0, 1, 1, 2, 3, 5, 8, 13, 21, 34]


def test_a_list_collects_what_a_loop_makes():
    @tf.function
    def f(n):
        z = []
        for i in tf.range(n):
            z.append(i * i)
        return tf.stack(z)

    assert f(tf.constant(4)).numpy().tolist() == [0, 1, 4, 9]


def test_a_tensor_array_collects_too():
    @tf.function
    def f(n):
        ta = tf.TensorArray(tf.int32, size=0, dynamic_size=True)
        for i in tf.range(n):
            ta = ta.write(i, i + 1)
        return ta.stack()

    assert f(tf.constant(3)).numpy().tolist() == [1, 2, 3]


def test_assert_and_print_are_part_of_the_run(capfd):
    @tf.function
    def inverse(x):
        assert x != 0, "Do not pass zero!"
        tf.print("x is", x)
        return 1.0 / x

    assert float(inverse(tf.constant(4.0))) == 0.25
    assert capfd.readouterr().err == "x is 4\n"
    with pytest.raises(tf.errors.InvalidArgumentError, match="Do not pass zero!"):
        inverse(tf.constant(0.0))


def test_control_flow_as_functions():
    @tf.function
    def f(x, y):
        smaller = tf.cond(x < y, lambda: x, lambda: y)
        i, total = tf.while_loop(
            lambda i, t: i < 5, lambda i, t: (i + 1, t + smaller), (tf.constant(0), tf.constant(0))
        )
        picked = tf.switch_case(i - 4, [lambda: tf.constant(10), lambda: tf.constant(20)])
        sign = tf.case(
            [(x > 0, lambda: tf.constant(1)), (x < 0, lambda: tf.constant(-1))],
            default=lambda: tf.constant(0),
        )
        return total, picked, sign

    assert [int(v) for v in f(tf.constant(-3), tf.constant(7))] == [-15, 20, -1]


def test_map_fn_and_scan():
    elems = tf.constant([1, 2, 3, 4])

    @tf.function
    def f(x):
        return tf.map_fn(lambda v: v * v, x), tf.scan(lambda a, v: a + v, x)

    squares, sums = f(elems)
    assert squares.numpy().tolist() == [1, 4, 9, 16] and sums.numpy().tolist() == [1, 3, 6, 10]


def test_loop_options():
    @tf.function
    def f(x, n):
        for _ in tf.range(n):
            tf.autograph.experimental.set_loop_options(
                shape_invariants=[(x, tf.TensorShape([None]))]
            )
            x = tf.concat([x, [1]], 0)
        return x

    assert f(tf.constant([0]), tf.constant(3)).numpy().tolist() == [0, 1, 1, 1]


def test_what_is_not_to_be_converted():
    @tf.autograph.experimental.do_not_convert
    def helper(x):
        return x if isinstance(x, tf.Tensor) else 0

    @tf.function
    def f(x):
        if x > 0:
            x = helper(x) + 1
        return x

    assert int(f(tf.constant(1))) == 2


def test_methods_and_closures_are_converted():
    class Counter:
        def __init__(self):
            self.total = tf.Variable(0)

        @tf.function
        def add(self, values):
            for v in values:
                if v > 0:
                    self.total.assign_add(v)
            return self.total.read_value()

    c = Counter()
    assert int(c.add(tf.constant([1, -2, 3]))) == 4
    assert int(c.add(tf.constant([1, 1, 1]))) == 7


def test_autograph_tools(capsys):
    def f(x):
        if x < 0:
            x = -x
        return x

    assert "ag__.if_stmt" in tf.autograph.to_code(f)
    converted = tf.autograph.to_graph(f)
    assert converted(-3) == 3
    assert int(tf.function(lambda x: converted(x))(tf.constant(-4))) == 4
    tf.autograph.trace("seen", 1)
    assert capsys.readouterr().out == "seen 1\n"
    tf.autograph.set_verbosity(0, True)
    assert tf.autograph.experimental.Feature.ALL is not None
    assert len(tf.autograph.experimental.Feature.all()) > 3
