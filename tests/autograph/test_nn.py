"""tf.nn and tf.Module: against NumPy, eager and in a function."""

import numpy as np
import pytest

import autograph as tf

X = np.array([[-3.0, -0.5, 0.0], [0.5, 3.0, 80.0]])


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


CASES = [
    (tf.nn.relu, lambda x: np.maximum(x, 0)),
    (tf.nn.relu6, lambda x: np.clip(x, 0, 6)),
    (tf.nn.leaky_relu, lambda x: np.where(x > 0, x, 0.2 * x)),
    (tf.nn.elu, lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0)))),
    (tf.nn.silu, lambda x: x / (1 + np.exp(-x))),
    (tf.nn.softplus, lambda x: np.logaddexp(x, 0)),
    (tf.nn.softsign, lambda x: x / (1 + abs(x))),
    (tf.nn.softmax, softmax),
    (tf.nn.log_softmax, lambda x: x - x.max(-1, keepdims=True) - np.log(np.exp(x - x.max(-1, keepdims=True)).sum(-1, keepdims=True))),
    (tf.nn.l2_loss, lambda x: (x * x).sum() / 2),
]  # fmt: skip


@pytest.mark.parametrize("dtype, rtol", [("float32", 2e-6), ("float64", 1e-14)])  # a few roundings
@pytest.mark.parametrize("fn, want", CASES, ids=[fn.__name__ for fn, _ in CASES])
def test_activations_agree_with_numpy(fn, want, dtype, rtol):
    x = X.astype(dtype)
    for got in (fn(x), fn(tf.constant(x)), tf.function(fn)(x)):
        assert got.dtype.name == dtype
        np.testing.assert_allclose(got.numpy(), want(X), rtol=rtol, atol=1e-30)


def test_softmax_along_another_axis_and_of_scores_far_apart():
    x = np.array([[1e4, -1e4], [0.0, 1e4]])
    np.testing.assert_array_equal(tf.nn.softmax(x, axis=0).numpy(), [[1, 0], [0, 1]])
    assert np.isfinite(tf.nn.log_softmax(x).numpy()).all()


def test_integers_are_refused_but_by_relu():
    assert tf.nn.relu(tf.constant([-1, 2])).numpy().tolist() == [0, 2]
    assert tf.nn.relu6(tf.constant([-1, 9])).numpy().tolist() == [0, 6]
    for fn in (tf.nn.softmax, tf.nn.elu, tf.nn.l2_loss):
        with pytest.raises(TypeError, match="floating point"):
            fn(tf.constant([1, 2]))


class Dense(tf.Module):
    def __init__(self, n, name=None):
        super().__init__(name)
        self.w, self.b = tf.Variable(tf.ones([n])), tf.Variable(0.0, trainable=False)

    def __call__(self, x):
        return tf.reduce_sum(self.w * x) + self.b


class TwoLayers(tf.Module):
    def __init__(self):
        self.layers = [Dense(2), Dense(2, "second")]
        self.same = {"again": self.layers[0]}

    @tf.function
    def __call__(self, x):
        return [layer(x) for layer in self.layers][-1]


def test_a_module_knows_its_variables_and_modules():
    m = TwoLayers()
    assert (
        len(m.variables) == 4
        and len(m.trainable_variables) == 2
        and len(m.non_trainable_variables) == 2
    )
    assert m.submodules == tuple(m.layers)
    assert (m.name, m.layers[0].name, m.layers[1].name) == ("two_layers", "dense", "second")
    assert float(m(tf.constant([1.0, 2.0]))) == 3.0
    with pytest.raises(ValueError, match="identifier"):
        Dense(2, "no name")


def test_a_module_that_holds_itself_ends():
    m = Dense(1)
    m.self = [m]
    assert len(m.variables) == 2 and m.submodules == ()


def test_name_scopes_of_modules_are_in_names_of_operations():
    class Layer(tf.Module):
        @tf.Module.with_name_scope
        def __call__(self, x):
            return tf.add(x, x)

    layer = Layer("first")
    graph = tf.function(lambda x: layer(x)).get_concrete_function(tf.constant(1.0)).graph
    assert any(op.name.startswith("first/") for op in graph.get_operations())


def test_a_graph_shows_itself():
    def f(n):
        while n > 1:
            n = n // 2
        return n

    graph = tf.function(f).get_concrete_function(3).graph
    assert repr(graph).startswith("<Graph: ") and "in branches and loops" in repr(graph)
    definition = graph.as_graph_def()
    assert [n.name for n in definition.node][0] == "n"
    assert 'op: "While"' in repr(definition)
    assert "while" in graph._repr_mimebundle_()["text/plain"]


def test_name_scopes_tell_their_path_at_once_and_in_functions():
    def f():
        with tf.name_scope("a") as a, tf.name_scope("b") as b, tf.name_scope(a) as again:
            pass
        with tf.name_scope("c/d") as c:
            pass
        return a, b, again, c

    want = ("a/", "a/b/", "a/", "c/d/")
    found = []
    tf.function(lambda x: found.append(f()) or x)(tf.constant(1.0))
    assert f() == found[0] == want
    with tf.Module("m").name_scope as inner, tf.Module("n").name_scope as other:
        assert (inner, other) == ("m/", "n/")
