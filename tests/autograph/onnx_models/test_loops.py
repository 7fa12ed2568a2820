"""Loop with scan outputs whose number of rounds only its condition decides, and models that several threads call first."""

import concurrent.futures
import copy
import pickle

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper  # noqa: E402

import autograph as ag  # noqa: E402


def countdown(trips):
    """Halves x until it is below 1, and gives every x on the way; trips: the most rounds, None for no input."""
    info = helper.make_tensor_value_info
    one = helper.make_tensor("one", TensorProto.FLOAT, [], [1.0])
    two = helper.make_tensor("two", TensorProto.FLOAT, [], [2.0])
    body = helper.make_graph(
        [
            helper.make_node("Div", ["x_in", "two"], ["x_out"]),
            helper.make_node("Greater", ["x_out", "one"], ["going"]),
            helper.make_node("Identity", ["x_out"], ["row"]),
        ],
        "body",
        [
            info("i", TensorProto.INT64, []),
            info("going_in", TensorProto.BOOL, []),
            info("x_in", TensorProto.FLOAT, []),
        ],
        [
            info("going", TensorProto.BOOL, []),
            info("x_out", TensorProto.FLOAT, []),
            info("row", TensorProto.FLOAT, []),
        ],
        [one, two],
    )
    inits = [helper.make_tensor("yes", TensorProto.BOOL, [], [True])]
    if trips is not None:
        inits.append(helper.make_tensor("trips", TensorProto.INT64, [], [trips]))
    loop = helper.make_node(
        "Loop", ["trips" if trips is not None else "", "yes", "x"], ["last", "rows"], body=body
    )
    graph = helper.make_graph(
        [loop],
        "countdown",
        [info("x", TensorProto.FLOAT, [])],
        [info("last", TensorProto.FLOAT, []), info("rows", TensorProto.FLOAT, [None])],
        inits,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def halves(x, most):
    rows = []
    while len(rows) < most:
        x = np.float32(x / 2)
        rows.append(x)
        if not x > 1:
            break
    return x, np.array(rows, np.float32)


@pytest.mark.parametrize("trips", [None, 2**63 - 1, 100_000, 3, 1, 0])
def test_scan_outputs_take_room_for_the_rounds_that_run(trips):
    model = ag.onnx.load(countdown(trips))
    for x in 1000.0, 1e6, 0.5:
        x = np.float32(x)
        last, rows = model(x)
        want, wanted = halves(x, trips if trips is not None else 10**9)
        np.testing.assert_array_equal(last, want)
        np.testing.assert_array_equal(rows, wanted)


def reshaping():
    """Reshape by an input, which is static."""
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Reshape", ["x", "shape"], ["y"])],
        "reshaping",
        [info("x", TensorProto.FLOAT, [None]), info("shape", TensorProto.INT64, [2])],
        [info("y", TensorProto.FLOAT, [None, None])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_threads_call_a_model_first_together():
    x = np.arange(24, dtype=np.float32)
    shapes = [(1, 24), (2, 12), (3, 8), (4, 6), (6, 4), (8, 3), (12, 2), (24, 1)]
    for _ in range(5):
        model = ag.onnx.load(reshaping())
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda s: model(x, np.array(s)), shapes * 2))
        for y, s in zip(found, shapes * 2, strict=True):
            np.testing.assert_array_equal(y, x.reshape(s))


def test_a_model_is_copied_and_pickled():
    model = ag.onnx.load(countdown(None))
    x = np.float32(9.0)
    want = [np.asarray(y).tolist() for y in model(x)]
    for other in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert [np.asarray(y).tolist() for y in other(x)] == want
