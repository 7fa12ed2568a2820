"""Models of ONNX as functions: what they compute, what is recorded, and how malformed ones are
refused."""

import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("onnx")

import onnx  # noqa: E402
from modes import interpreted  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

import autograph as ag  # noqa: E402

FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64


def value(name, dims=(), dtype=FLOAT):
    return helper.make_tensor_value_info(name, dtype, dims)


def proto(nodes, inputs, outputs, constants=(), opset=21, functions=(), more_opsets=()):
    constants = [numpy_helper.from_array(v, name) for name, v in constants]
    graph = helper.make_graph(nodes, "g", inputs, outputs, constants)
    opsets = [helper.make_opsetid("", opset), *more_opsets]
    return helper.make_model(graph, opset_imports=opsets, functions=functions)


def model(*args, **kwargs):
    return ag.onnx.load(proto(*args, **kwargs))


def node(*args, **kwargs):
    return helper.make_node(*args, **kwargs)


def ops_of(m):
    """The operations of the graph of the last trace."""
    fn, _ = list(m._functions.values())[-1]
    return [op.type for op in fn._cache[0].graph.get_operations()]


def all_ways(m, *args):
    """The result eager, compiled, and interpreted by a model of its own."""
    fast = m(*args)
    with interpreted():
        slow = ag.onnx.load(m.proto)(*args)
    eager = m.eager(dict(zip([i.name for i in m.inputs], args)))[0]
    assert fast.numpy().tobytes() == slow.numpy().tobytes() == eager.numpy().tobytes()
    return fast.numpy()


def test_a_model_is_a_function_of_arrays():
    m = model(
        [node("MatMul", ["x", "w"], ["h"]), node("Relu", ["h"], ["y"])],
        [value("x", ["N", 3])],
        [value("y", ["N", 2])],
        [("w", np.array([[1, -1], [2, 0], [0, 3]], "f4"))],
    )
    x = np.array([[1, 2, 3], [-1, 0, 1]], "f4")
    np.testing.assert_array_equal(all_ways(m, x), [[5, 8], [0, 4]])
    np.testing.assert_array_equal(m(x=x[:1]).numpy(), [[5, 8]])
    assert m.run({"x": x})[0].shape == (2, 2)
    assert "2 nodes run as native code" in m.explain()


def test_files_bytes_and_arrays_of_tensors(tmp_path):
    made = proto([node("Neg", ["x"], ["y"])], [value("x", [2])], [value("y", [2])])
    path = tmp_path / "neg.onnx"
    onnx.save(made, path)
    x = np.array([1, -2], "f4")
    for source in (path, str(path), made.SerializeToString(), made, open(path, "rb")):
        assert ag.onnx.load(source)(x).numpy().tolist() == [-1, 2]
    assert ag.onnx.load(made)(numpy_helper.from_array(x)).numpy().tolist() == [-1, 2]


def test_numbers_that_shape_the_graph_are_static():
    m = model(
        [node("ReduceSum", ["x", "axes"], ["y"], keepdims=0)],
        [value("x", [2, 3]), value("axes", [1], INT)],
        [value("y", None)],
    )
    x = np.arange(6, dtype="f4").reshape(2, 3)
    assert m(x, np.array([0])).numpy().tolist() == [3, 5, 7]
    assert m(x, np.array([1])).numpy().tolist() == [3, 12]
    assert m.static == ["axes"] and len(m._functions) == 2
    assert "static inputs, a trace for each value: axes" in m.explain()


def test_shapes_of_known_sizes_are_computed_while_tracing():
    m = model(
        [
            node("Shape", ["x"], ["s"]),
            node("Gather", ["s", "zero"], ["n"]),
            node("Concat", ["n", "minus"], ["t"], axis=0),
            node("Reshape", ["x", "t"], ["y"]),
        ],
        [value("x", [2, 3, 4])],
        [value("y", None)],
        [("zero", np.array([0])), ("minus", np.array([-1]))],
    )
    assert m(np.zeros((2, 3, 4), "f4")).shape == (2, 12)
    assert m.static == [] and set(ops_of(m)) <= {"Placeholder", "Reshape", "Const", "Identity"}


# ---- control flow ------------------------------------------------------------------------------


def branch(name, op, inputs, dims=(2,)):
    graph = helper.make_graph([node(op, inputs, [name])], name, [], [value(name, dims)])
    return graph


def test_if_is_recorded_as_cond():
    m = model(
        [
            node(
                "If",
                ["c"],
                ["y"],
                then_branch=branch("a", "Neg", ["x"]),
                else_branch=branch("b", "Exp", ["x"]),
            )
        ],
        [value("c", (), TensorProto.BOOL), value("x", [2])],
        [value("y", [2])],
    )
    x = np.array([0.0, 1.0], "f4")
    assert all_ways(m, np.array(True), x).tolist() == [0, -1]
    np.testing.assert_allclose(all_ways(m, np.array(False), x), np.exp(x), rtol=1e-6)
    assert "If" in ops_of(m) and m.static == []


def test_branches_of_other_ranks_make_the_condition_static():
    m = model(
        [
            node(
                "If",
                ["c"],
                ["y"],
                then_branch=branch("a", "Neg", ["x"]),
                else_branch=branch("b", "Size", ["x"], ()),
            )
        ],
        [value("c", (), TensorProto.BOOL), value("x", [2])],
        [value("y", None)],
    )
    x = np.array([0.0, 1.0], "f4")
    assert m(np.array(True), x).numpy().tolist() == [0, -1]
    assert m(np.array(False), x).numpy().tolist() == 2
    assert m.static == ["c"]


def loop_body(nodes, extra, outputs):
    return helper.make_graph(
        nodes,
        "body",
        [value("i", (), INT), value("c", (), TensorProto.BOOL), *extra],
        [value("c2", (), TensorProto.BOOL), *outputs],
    )


def test_loop_is_recorded_as_while_with_its_rows():
    body = loop_body(
        [
            node("Add", ["s", "x"], ["s2"]),
            node("ReduceSum", ["s2"], ["n"], keepdims=0),
            node("Less", ["n", "most"], ["c2"]),
            node("Identity", ["s2"], ["row"]),
        ],
        [value("s", [2])],
        [value("s2", [2]), value("row", [2])],
    )
    m = model(
        [node("Loop", ["trips", "", "start"], ["end", "rows"], body=body)],
        [value("trips", (), INT), value("start", [2]), value("x", [2]), value("most", ())],
        [value("end", [2]), value("rows", None)],
    )
    x = np.array([1, 2], "f4")
    for trips, most, rounds in ((5, 100, 5), (5, 7, 3), (0, 1, 0), (1, 0, 1)):
        end, rows = m(np.array(trips), np.zeros(2, "f4"), x, np.array(most, "f4"))
        assert end.numpy().tolist() == [rounds, 2 * rounds]
        assert rows.numpy().tolist() == [[k, 2 * k] for k in range(1, rounds + 1)]
    assert "While" in ops_of(m) and m.static == [] and len(m._functions) == 1


def test_a_loop_whose_variable_grows_is_unrolled():
    body = loop_body(
        [node("Concat", ["s", "s"], ["s2"], axis=0), node("Identity", ["c"], ["c2"])],
        [value("s", None)],
        [value("s2", None)],
    )
    m = model(
        [node("Loop", ["trips", "", "start"], ["end"], body=body)],
        [value("trips", (), INT), value("start", [1])],
        [value("end", None)],
    )
    assert m(np.array(3), np.ones(1, "f4")).shape == (8,)
    assert m.static == ["trips"]


def test_scan_runs_forwards_and_backwards():
    body = helper.make_graph(
        [node("Add", ["s", "x"], ["s2"]), node("Identity", ["s2"], ["row"])],
        "body",
        [value("s", [2]), value("x", [2])],
        [value("s2", [2]), value("row", [2])],
    )
    x = np.arange(6, dtype="f4").reshape(3, 2)
    for back in (0, 1):
        m = model(
            [
                node(
                    "Scan",
                    ["start", "x"],
                    ["end", "rows"],
                    body=body,
                    num_scan_inputs=1,
                    scan_input_directions=[back],
                )
            ],
            [value("start", [2]), value("x", [3, 2])],
            [value("end", [2]), value("rows", [3, 2])],
        )
        end, rows = m(np.zeros(2, "f4"), x)
        want = np.cumsum(x[::-1] if back else x, 0)
        np.testing.assert_array_equal(rows.numpy(), want)
        np.testing.assert_array_equal(end.numpy(), want[-1])
        assert "While" in ops_of(m)


def test_functions_of_the_model():
    f = helper.make_function(
        "mine",
        "Scaled",
        ["a"],
        ["b"],
        [
            helper.make_node("Constant", [], ["k"]),
            node("Mul", ["a", "k"], ["b"]),
        ],
        [helper.make_opsetid("", 21)],
        ["factor"],
    )
    reference = f.node[0].attribute.add()
    reference.name, reference.ref_attr_name, reference.type = (
        "value_float",
        "factor",
        onnx.AttributeProto.FLOAT,
    )
    m = model(
        [node("Scaled", ["x"], ["y"], domain="mine", factor=3.0)],
        [value("x", [2])],
        [value("y", [2])],
        functions=[f],
        more_opsets=[helper.make_opsetid("mine", 1)],
    )
    assert all_ways(m, np.array([1, 2], "f4")).tolist() == [3, 6]


# ---- wrong models, wrong inputs ----------------------------------------------------------------

X, Y = [value("x", [2, 3])], [value("y", None)]


def cyclic():
    return proto(
        [
            node("Add", ["x", "b"], ["a"], name="first"),
            node("Neg", ["a"], ["b"]),
            node("Neg", ["b"], ["y"]),
        ],
        X,
        Y,
    )


def with_type(number):
    made = proto([node("Neg", ["x"], ["y"])], X, Y)
    made.graph.input[0].type.tensor_type.elem_type = number
    return made


def wrong_attribute():
    made = proto([node("Softmax", ["x"], ["y"], name="soft")], X, Y)
    a = made.graph.node[0].attribute.add()
    a.name, a.type, a.f = "axis", onnx.AttributeProto.FLOAT, 1.0
    return made


def calls_itself():
    f = helper.make_function(
        "mine",
        "F",
        ["a"],
        ["b"],
        [node("F", ["a"], ["b"], domain="mine")],
        [helper.make_opsetid("mine", 1)],
    )
    return proto(
        [node("F", ["x"], ["y"], domain="mine")],
        X,
        Y,
        functions=[f],
        more_opsets=[helper.make_opsetid("mine", 1)],
    )


def short_data():
    made = proto([node("Add", ["x", "w"], ["y"])], X, Y, [("w", np.ones((2, 3), "f4"))])
    made.graph.initializer[0].raw_data = b"123"
    return made


MALFORMED = [
    (lambda: onnx.ModelProto(), ValueError, "no graph"),
    (
        lambda: proto([node("Neg", ["nothing"], ["y"], name="n1")], X, Y),
        ValueError,
        "node 'n1' .Neg.: nothing makes its input 'nothing'",
    ),
    (cyclic, ValueError, "node 'first' .Add.: its input 'b' is made by a later node.*cycle"),
    (lambda: proto([node("Neg", ["x"], ["z"])], X, Y), ValueError, "nothing makes the output 'y'"),
    (
        lambda: proto([node("Ngg", ["x"], ["y"], name="n")], X, Y),
        ValueError,
        "node 'n' .Ngg.: the operator set 'ai.onnx' has no operation",
    ),
    (
        lambda: proto([node("Neg", ["x"], ["y"], domain="com.other")], X, Y),
        ValueError,
        "does not import the operator set 'com.other'",
    ),
    (
        lambda: proto(
            [node("F", ["x"], ["y"], domain="com.other")],
            X,
            Y,
            more_opsets=[helper.make_opsetid("com.other", 1)],
        ),
        NotImplementedError,
        "'com.other' is not known",
    ),
    (
        lambda: proto([node("Neg", ["x"], ["y"])], X, Y, opset=999),
        NotImplementedError,
        "version 999.*newest known one",
    ),
    (
        lambda: proto([node("Neg", ["x"], ["y"])], X, Y, opset=0),
        ValueError,
        "version of the operator set",
    ),
    (lambda: proto([node("Neg", ["x", "x"], ["y"])], X, Y), ValueError, "has 2 inputs, not 1"),
    (lambda: proto([node("Add", ["x"], ["y"])], X, Y), ValueError, "has 1 input, not 2"),
    (
        lambda: proto([node("Neg", ["x"], ["y"], axis=1)], X, Y),
        ValueError,
        "has no attribute 'axis'",
    ),
    (
        lambda: proto([node("Concat", ["x", "x"], ["y"])], X, Y),
        ValueError,
        "lacks the attribute 'axis'",
    ),
    (
        wrong_attribute,
        ValueError,
        "node 'soft' .Softmax.: attribute 'axis' is of the type FLOAT, not INT",
    ),
    (lambda: with_type(77), ValueError, "dtype 77, which ONNX does not define"),
    (
        lambda: with_type(TensorProto.FLOAT8E5M2),
        NotImplementedError,
        "input 'x' has the dtype FLOAT8E5M2, which is not supported",
    ),
    (
        lambda: proto([node("Neg", ["x"], ["y"])], [value("x", [-2])], Y),
        ValueError,
        "dimension of size -2",
    ),
    (calls_itself, ValueError, "function 'F' calls itself"),
]


@pytest.mark.parametrize(
    "make, error, text", MALFORMED, ids=[text[:30] for _, _, text in MALFORMED]
)
def test_malformed_models_are_refused(make, error, text):
    with pytest.raises(error, match=text):
        ag.onnx.load(make())


WRONG_CALLS = [
    (
        lambda: proto([node("Concat", ["x", "x"], ["y"], name="n", axis=7)], X, Y),
        "node 'n' .Concat.: axis 7 is out of range",
    ),
    (
        lambda: proto([node("Transpose", ["x"], ["y"], name="n", perm=[0, 0])], X, Y),
        "node 'n' .Transpose.: perm",
    ),
    (
        lambda: proto([node("Add", ["x", "w"], ["y"], name="n")], X, Y, [("w", np.ones(5, "f4"))]),
        "node 'n' .Add.: .*shapes",
    ),
    (
        lambda: proto([node("Add", ["x", "w"], ["y"], name="n")], X, Y, [("w", np.ones(3))]),
        "node 'n' .Add.: .*float64",
    ),
    (
        lambda: proto(
            [node("Reshape", ["x", "s"], ["y"], name="n")], X, Y, [("s", np.array([4, 2]))]
        ),
        "node 'n' .Reshape.: ",
    ),
    (
        lambda: proto([node("Gather", ["x", "i"], ["y"], name="n")], X, Y, [("i", np.array([9]))]),
        "node 'n' .Gather.: ",
    ),
    (
        lambda: proto(
            [node("Conv", ["x", "w"], ["y"], name="n")], X, Y, [("w", np.ones((1, 1, 3, 3), "f4"))]
        ),
        "node 'n' .Conv.: ",
    ),
    (short_data, "initializer 'w' cannot be read"),
]


@pytest.mark.parametrize("make, text", WRONG_CALLS, ids=[text[:24] for _, text in WRONG_CALLS])
def test_what_a_call_finds_wrong_names_the_node(make, text):
    for _ in range(2):
        with pytest.raises(ValueError, match=text):
            ag.onnx.load(make())(np.ones((2, 3), "f4"))


def test_an_error_of_the_run_names_the_node():
    m = model(
        [node("Gather", ["x", "i"], ["y"], name="pick")], [value("x", [3]), value("i", [1], INT)], Y
    )
    assert m(np.ones(3, "f4"), np.array([2])).shape == (1,)
    with pytest.raises(ValueError, match="node 'pick' .Gather.: .*9"):
        m(np.ones(3, "f4"), np.array([9]))


def test_wrong_inputs_are_refused():
    m = model([node("Add", ["x", "z"], ["y"])], [value("x", ["N", 3]), value("z", ["N", 1])], Y)
    ones = np.ones((2, 3), "f4")
    for args, kwargs, text in (
        ((ones,), {}, "input z.* is missing"),
        ((ones, ones[:, :1], ones), {}, "has 2 inputs, 3 were given"),
        ((ones,), {"x": ones}, "given twice"),
        ((ones,), {"q": ones}, "no input 'q'; its inputs are x, z"),
        ((ones.astype("f8"), ones[:, :1]), {}, "input x.* was given float64"),
        ((ones[0], ones[:, :1]), {}, "input x.* was given the shape"),
        ((ones[:, :2], ones[:, :1]), {}, "input x.* was given the shape"),
        ((ones, ones[:1, :1]), {}, "input z.* was given the shape"),
        ((ones, None), {}, "input z.* is None"),
    ):
        with pytest.raises((ValueError, TypeError), match=text):
            m(*args, **kwargs)


def test_an_operation_that_is_not_supported_is_named():
    m = model(
        [node("ImageDecoder", ["x"], ["y"], name="decode")], [value("x", [4], TensorProto.UINT8)], Y
    )
    with pytest.raises(
        ag.onnx.UnsupportedError,
        match="node 'decode' .ImageDecoder.: the operation is not supported",
    ):
        m(np.zeros(4, np.uint8))


def test_bytes_that_are_no_model(tmp_path):
    made = proto([node("Neg", ["x"], ["y"])], X, Y).SerializeToString()
    path = tmp_path / "cut.onnx"
    for n in range(0, len(made), 3):
        path.write_bytes(made[:n])
        with pytest.raises(ValueError):
            ag.onnx.load(path)(np.ones((2, 3), "f4"))
    with pytest.raises(FileNotFoundError):
        ag.onnx.load(tmp_path / "none.onnx")


# ---- backend, command line ---------------------------------------------------------------------


def test_the_backend_runs_models_and_nodes():
    backend = ag.onnx.Backend
    assert backend.supports_device("CPU") and not backend.supports_device("CUDA")
    made = proto([node("Neg", ["x"], ["y"])], X, Y)
    x = np.ones((2, 3), "f4")
    assert backend.run_model(made, [x])[0].tolist() == (-x).tolist()
    assert backend.prepare(made).run({"x": x})[0].dtype == np.float32
    assert backend.run_node(node("Add", ["a", "b"], ["c"]), [x, x])[0].tolist() == (x + x).tolist()
    assert backend.is_compatible(made) and not backend.is_compatible(cyclic())
    with pytest.raises(ValueError, match="CPU"):
        backend.prepare(made, "CUDA")


def test_the_command_line_runs_a_model(tmp_path):
    made = proto(
        [node("Add", ["x", "z"], ["y"], name="sum")],
        [value("x", ["N", 2]), value("z", ["N", 2])],
        Y,
    )
    onnx.save(made, tmp_path / "m.onnx")
    np.save(tmp_path / "x.npy", np.ones((3, 2), "f4"))
    np.savez(tmp_path / "z.npz", z=np.full((3, 2), 4, "f4"))
    with open(tmp_path / "z.pb", "wb") as file:
        file.write(numpy_helper.from_array(np.full((3, 2), 4, "f4")).SerializeToString())

    def run(*args):
        return subprocess.run(
            [sys.executable, "-P", "-m", "autograph", "run", *args],
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )

    for given in (("x.npy", "z.npz"), ("x=x.npy", "z=z.pb"), ("z=z.pb", "x.npy")):
        done = run("m.onnx", *given, "--output", "out.npz")
        assert done.returncode == 0, done.stderr
        assert (
            "output  y: float32(3, 2) = 5, 5" in done.stdout
            and "1 nodes run as native code" in done.stdout
        )
        assert np.load(tmp_path / "out.npz")["y"].tolist() == [[5, 5]] * 3
    done = run("m.onnx", "--random", "--dim", "N=4")
    assert "output  y: float32(4, 2)" in done.stdout
    for args, text in (
        (("m.onnx",), "the input x: float32(N, 2) is missing: give it as x=FILE, or --random"),
        (("none.onnx",), "there is no file 'none.onnx'"),
        (("x.npy",), "is not an ONNX model"),
        (("m.onnx", "q=x.npy"), "no input 'q'"),
        (("m.onnx", "x=m.onnx"), "cannot be read"),
        (("m.onnx", "--random", "--dim", "N"), "--dim takes NAME=SIZE"),
    ):
        done = run(*args)
        assert done.returncode == 1 and text in done.stderr and "Traceback" not in done.stderr, (
            done.stderr
        )
