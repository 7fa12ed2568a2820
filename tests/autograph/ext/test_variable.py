import copy
import pickle

import numpy as np
import pytest
from tracing import build

from autograph import _core


def test_reading_and_assigning():
    v = _core.Variable([1.0, 2.0], name="w")
    assert (
        v.dtype == "float32" and v.shape == (2,) and v.name == "w:0" and v.trainable and v.ndim == 1
    )
    assert v.assign([3, 4]) is v and v.numpy().tolist() == [3, 4]
    assert v.assign_add([1, 1]).tolist() == [4, 5] and v.assign_sub(
        1.0 * _core.convert([1.0, 1.0])
    ).tolist() == [3, 4]
    assert v.value().tolist() == v.read_value().tolist() == [3, 4]
    assert v.assign(v * 2, read_value=False) is None
    before = v.read_value()
    v.assign([0, 0])
    assert before.tolist() == [6, 8]  # a value that was read stays
    assert repr(v) == "<tf.Variable 'w:0' shape=(2,) dtype=float32, numpy=[0. 0.]>"


@pytest.mark.parametrize(
    "initial, dtype",
    [
        (1, "int32"),
        (1.5, "float32"),
        (True, "bool"),
        (np.zeros(2), "float64"),
        (lambda: 2.0, "float32"),
    ],
)
def test_initial_values(initial, dtype):
    assert _core.Variable(initial).dtype == dtype
    if dtype not in ("bool", "float64"):
        assert _core.Variable(initial, dtype="float64").dtype == "float64"


def test_operators_read():
    v = _core.Variable([1, 2, 3])
    assert (
        (v + 1).tolist() == [2, 3, 4]
        and (2 * v).tolist() == [2, 4, 6]
        and (-v).tolist() == [-1, -2, -3]
    )
    assert v[1].item() == 2 and len(v) == 3 and [int(x) for x in v] == [1, 2, 3]
    assert (v == [1, 2, 4]).tolist() == [True, True, False] and (v > 1).tolist() == [
        False,
        True,
        True,
    ]
    assert (np.arange(3, dtype=np.int32) + v).tolist() == [1, 3, 5] and np.asarray(v).tolist() == [
        1,
        2,
        3,
    ]
    n = _core.Variable(3)
    assert (
        int(n) == 3 and float(n) == 3.0 and bool(n) and [0, 1, 2, 3][n] == 3 and f"{n:03d}" == "003"
    )
    assert n.item() == 3 and complex(n) == 3
    assert _core.convert(v).tolist() == [1, 2, 3] and _core.op("ADD", [v, v]).tolist() == [2, 4, 6]
    assert {v: 1}[v] == 1


def test_refusals():
    v = _core.Variable([1, 2], name="v")
    with pytest.raises(RuntimeError, match="assign_add"):
        v += 1
    with pytest.raises(TypeError, match="assign"):
        v[0] = 1
    with pytest.raises(ValueError, match="shape"):
        v.assign([1, 2, 3])
    with pytest.raises(TypeError):
        v.assign([1.5, 2.5])
    with pytest.raises(TypeError):
        v.assign(_core.convert([1.0, 2.0]))
    with pytest.raises(TypeError):
        _core.Variable(None)
    with pytest.raises(ValueError, match="shape"):
        _core.Variable([1, 2], shape=(3,))


def test_a_shape_with_none_may_change():
    v = _core.Variable([1, 2], shape=(None,))
    assert v.shape == [None]
    v.assign([1, 2, 3])
    assert v.tolist() == [1, 2, 3]
    g = build(lambda: v.read_value())
    assert g.get_results()[0].shape == [None]
    assert g.plan(native=False).run([])[0].tolist() == [1, 2, 3]


@pytest.mark.parametrize("native", [False, True])
def test_traced_reads_and_writes_keep_the_programs_order(native):
    v = _core.Variable(1.0)

    def f(x):
        a = v + 0.0
        after = v.assign_add(x)
        v.assign(v * 10.0)
        v.assign_sub(1.0)
        return a, after, v.read_value()

    plan = build(f, ("float32", ())).plan(native=native)
    assert v.numpy() == 1.0  # tracing changes nothing
    assert [t.item() for t in plan.run([2.0])] == [1.0, 3.0, 29.0]
    assert v.numpy() == 29.0
    v.assign(0.0)
    assert [t.item() for t in plan.run([1.0])] == [0.0, 1.0, 9.0]


def test_the_graph_keeps_its_variables():
    def make():
        v = _core.Variable([5, 6])
        return build(lambda: v + 1)

    g = make()
    plan = g.plan()
    del g
    assert plan.run([])[0].tolist() == [6, 7]


def test_an_initial_value_must_be_known():
    def f(x):
        with pytest.raises(ValueError, match="known"):
            _core.Variable(x)
        v = _core.Variable(lambda: _core.convert(1) + 1)  # computed outside of the trace
        assert v.value().is_symbolic
        return x

    g = build(f, 1)
    assert [op.type for op in g.get_operations()].count("AddV2") == 0


def test_creation_is_told():
    seen = []
    old = _core.staged.get("variable_created")
    _core.staged["variable_created"] = seen.append
    try:
        v = _core.Variable(1)
    finally:
        if old is None:
            del _core.staged["variable_created"]
        else:
            _core.staged["variable_created"] = old
    assert len(seen) == 1 and seen[0] is v


def test_copies_are_other_variables():
    v = _core.Variable([1.0], name="a", trainable=False)
    for w in (copy.deepcopy(v), pickle.loads(pickle.dumps(v))):
        w.assign([2.0])
        assert v.tolist() == [1.0] and w.name == "a:0" and not w.trainable


def test_subclasses():
    class Mine(_core.Variable):
        pass

    v = Mine([1.0])
    v.note = "x"
    assert (v + 1).tolist() == [2.0] and isinstance(copy.deepcopy(v), Mine)
