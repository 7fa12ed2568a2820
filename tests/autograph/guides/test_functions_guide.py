"""The kinds of examples of TensorFlow's guide "Better performance with tf.function"."""

import pytest

import autograph as tf


def test_functions_may_be_nested():
    @tf.function
    def add(a, b):
        return a + b

    assert add(tf.ones([2, 2]), tf.ones([2, 2])).numpy().tolist() == [[2, 2], [2, 2]]

    @tf.function
    def dense_layer(x, w, b):
        return add(tf.matmul(x, w), b)

    assert (
        dense_layer(tf.ones([3, 2]), tf.ones([2, 2]), tf.ones([2])).numpy().tolist() == [[3, 3]] * 3
    )


def test_a_trace_for_each_dtype(capsys):
    @tf.function
    def double(a):
        print("Tracing with", a.dtype.name)
        return a + a

    assert int(double(tf.constant(1))) == 2
    assert float(double(tf.constant(1.1))) == pytest.approx(2.2)
    assert double(tf.constant("a")).numpy() == b"aa"
    assert double(tf.constant("b")).numpy() == b"bb"
    assert capsys.readouterr().out.split() == [
        "Tracing",
        "with",
        "int32",
        "Tracing",
        "with",
        "float32",
        "Tracing",
        "with",
        "string",
    ]
    assert "double(a: string())" in double.pretty_printed_concrete_signatures()


def test_concrete_functions():
    @tf.function
    def double(a):
        return a + a

    double_strings = double.get_concrete_function(tf.constant("a"))
    assert double_strings(tf.constant("a")).numpy() == b"aa"
    assert double_strings(a=tf.constant("b")).numpy() == b"bb"
    from_spec = double.get_concrete_function(tf.TensorSpec(shape=[], dtype=tf.string))
    assert from_spec(tf.constant("c")).numpy() == b"cc"
    assert "double(a: string())" in str(double_strings)
    assert double_strings.structured_outputs.dtype == tf.string
    with pytest.raises((TypeError, ValueError)):
        double_strings(tf.constant(1))


def test_python_values_are_baked_into_a_concrete_function():
    @tf.function
    def pow(a, b):
        return a**b

    square = pow.get_concrete_function(a=tf.TensorSpec(None, tf.float32), b=2)
    assert float(square(tf.constant(10.0))) == 100.0
    with pytest.raises((TypeError, ValueError)):
        square(tf.constant(10.0), b=3)


def test_a_graph_lists_its_nodes():
    @tf.function
    def double(a):
        return a + a

    graph = double.get_concrete_function(tf.constant(1.0)).graph
    nodes = {n.name: (n.op, list(n.input)) for n in graph.as_graph_def().node}
    assert nodes["a"] == ("Placeholder", [])
    assert ("AddV2", ["a", "a"]) in nodes.values()


def test_an_input_signature_limits_what_is_traced(capsys):
    @tf.function(input_signature=(tf.TensorSpec(shape=[None], dtype=tf.int32),))
    def next_collatz(x):
        print("Tracing with", x.dtype.name)
        return tf.where(x % 2 == 0, x // 2, 3 * x + 1)

    assert next_collatz(tf.constant([1, 2])).numpy().tolist() == [4, 1]
    assert next_collatz(tf.constant([5, 6, 7])).numpy().tolist() == [16, 3, 22]
    assert capsys.readouterr().out == "Tracing with int32\n"
    with pytest.raises((TypeError, ValueError)):
        next_collatz(tf.constant([[1, 2], [3, 4]]))
    with pytest.raises(TypeError):
        next_collatz(tf.constant([1.0, 2.0]))


def test_unknown_dimensions_and_reduce_retracing():
    @tf.function(input_signature=(tf.TensorSpec(shape=[None], dtype=tf.int32),))
    def g(x):
        return x

    assert g(tf.constant([1, 2, 3])).shape == (3,) and g(tf.constant([1, 2, 3, 4, 5])).shape == (5,)
    assert g.experimental_get_tracing_count() == 1

    @tf.function(reduce_retracing=True)
    def h(x):
        return x * 2

    for n in range(1, 6):
        assert h(tf.ones([n])).shape == (n,)
    assert h.experimental_get_tracing_count() == 2


def test_python_numbers_and_tensors_as_arguments(capsys):
    def train_one_step():
        pass

    @tf.function
    def train(num_steps):
        print("Tracing")
        for _ in tf.range(num_steps):
            train_one_step()

    train(num_steps=10)
    train(num_steps=20)
    assert (
        capsys.readouterr().out.count("Tracing") == 1
    )  # one trace for all numbers: here as for tensors
    train(num_steps=tf.constant(10))
    train(num_steps=tf.constant(20))
    assert capsys.readouterr().out.count("Tracing") == 1


def test_a_loop_until_a_tensor_is_small(capfd):
    @tf.function
    def f(x):
        while tf.reduce_sum(x) > 1:
            tf.print(x)
            x = tf.tanh(x)
        return x

    x = f(tf.constant([0.9, 0.8, 0.1]))
    assert float(tf.reduce_sum(x)) <= 1
    assert capfd.readouterr().err.count("[") >= 2
    assert "ag__.while_stmt" in tf.autograph.to_code(f.python_function)


def test_fizzbuzz(capfd):
    @tf.function
    def fizzbuzz(n):
        for i in tf.range(1, n + 1):
            print("Tracing for loop")
            if i % 15 == 0:
                print("Tracing fizzbuzz branch")
                tf.print("fizzbuzz")
            elif i % 3 == 0:
                print("Tracing fizz branch")
                tf.print("fizz")
            elif i % 5 == 0:
                print("Tracing buzz branch")
                tf.print("buzz")
            else:
                print("Tracing default branch")
                tf.print(i)

    fizzbuzz(tf.constant(5))
    shown = capfd.readouterr()
    assert shown.err.split() == ["1", "2", "fizz", "4", "buzz"]
    fizzbuzz(tf.constant(15))
    assert capfd.readouterr().err.split()[-2:] == ["14", "fizzbuzz"]


def test_graph_size_of_a_loop_over_python_and_over_tensors():
    @tf.function
    def train(dataset):
        loss = tf.constant(0)
        for x, y in dataset:
            loss += tf.abs(y - x)
        return loss

    small, big = [(1, 1)] * 3, [(1, 1)] * 10
    sizes = [len(train.get_concrete_function(d).graph.as_graph_def().node) for d in (small, big)]
    assert sizes[1] > sizes[0]  # unrolled


def test_accumulating_values_in_a_loop():
    batch_size, seq_len, feature_size = 2, 3, 4

    def rnn_step(inp, state):
        return inp + state

    @tf.function
    def dynamic_rnn(rnn_step, input_data, initial_state):
        input_data = tf.transpose(input_data, [1, 0, 2])
        max_seq_len = input_data.shape[0]
        states = tf.TensorArray(tf.float32, size=max_seq_len)
        state = initial_state
        for i in tf.range(max_seq_len):
            state = rnn_step(input_data[i], state)
            states = states.write(i, state)
        return tf.transpose(states.stack(), [1, 0, 2])

    data = tf.random.uniform([batch_size, seq_len, feature_size])
    got = dynamic_rnn(rnn_step, data, tf.zeros([batch_size, feature_size]))
    assert got.numpy() == pytest.approx(data.numpy().cumsum(axis=1))


def test_side_effects(capfd):
    @tf.function
    def f(x):
        print("Traced with", x)
        tf.print("Executed with", x)

    f(tf.constant(1))
    f(tf.constant(1))
    f(tf.constant(2))
    shown = capfd.readouterr()
    assert (
        shown.out == "Traced with 1\nTraced with 1\nTraced with 2\n"
    )  # what depends on x is printed by each run
    assert shown.err == "Executed with 1\nExecuted with 1\nExecuted with 2\n"


def test_an_attribute_counts_as_in_python():
    class Model(tf.Module):
        def __init__(self):
            self.v = tf.Variable(0)
            self.counter = 0

        @tf.function
        def __call__(self):
            if self.counter == 0:
                self.counter += 1
                self.v.assign_add(1)
            return self.v

    m = Model()
    assert [int(m()) for _ in range(3)] == [1, 1, 1] and m.counter == 1  # TensorFlow: 1, 2, 3


def test_variables_are_read_each_time_and_globals_once():
    foo = 1

    @tf.function
    def buggy_add():
        return 1 + tf.constant(foo)

    assert int(buggy_add()) == 2
    foo = 100
    with pytest.warns(UserWarning, match="foo has changed since .*buggy_add"):
        assert int(buggy_add()) == 2
    assert int(buggy_add()) == 2
    bar = tf.Variable(1)

    @tf.function
    def variable_add():
        return 1 + bar

    assert int(variable_add()) == 2
    bar.assign(100)
    assert int(variable_add()) == 101


def test_variables_are_made_once():
    @tf.function
    def f(x):
        v = tf.Variable(1.0)
        return v * x

    with pytest.raises(ValueError):
        f(tf.constant(1.0))

    class Count(tf.Module):
        def __init__(self):
            self.count = None

        @tf.function
        def __call__(self):
            if self.count is None:
                self.count = tf.Variable(0)
            return self.count.assign_add(1)

    c = Count()
    assert int(c()) == 1 and int(c()) == 2


def test_a_leaked_tensor_is_refused():
    kept = []
    keep = tf.autograph.experimental.do_not_convert(lambda x: kept.append(x))

    @tf.function
    def leaky(a):
        keep(a + 1)
        return a + 2

    assert int(leaky(tf.constant(1))) == 3
    with pytest.raises(TypeError):
        kept[0] + 1


def test_recursion_on_a_python_number():
    @tf.function
    def recursive(n):
        if n > 0:
            return recursive(n - 1)
        else:
            return 1

    assert int(recursive(5)) == 1
    with pytest.raises(Exception, match="recurs|nested|without end"):
        recursive(tf.constant(5))
