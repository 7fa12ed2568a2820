"""Whole models that come with the package onnx, with their inputs and outputs as files."""

import pathlib

import numpy as np
import onnx
from onnx.backend.test.runner import Runner
from onnx.numpy_helper import to_array, to_list

import autograph.onnx as importer
from autograph.onnx.backend import Prepared

DATA = pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data"
KINDS = ("simple", "pytorch-operator", "pytorch-converted")


def folders(kind):
    """The folders of the models of a kind."""
    return sorted(p.parent for p in (DATA / kind).glob("*/model.onnx"))


def _values(folder, name, declared):
    made = []
    for i, value in enumerate(declared):
        path = folder / f"{name}_{i}.pb"
        if not path.exists():
            break
        if value.type.WhichOneof("value") == "sequence_type":
            made.append(to_list(onnx.SequenceProto.FromString(path.read_bytes())))
        else:
            made.append(to_array(onnx.TensorProto.FromString(path.read_bytes())))
    return made


def run(folder):
    """Runs a model on its data; AssertionError where its outputs differ."""
    model = importer.load(folder / "model.onnx")
    for data in sorted(folder.glob("test_data_set_*")):
        inputs = _values(data, "input", model.proto.graph.input)
        expected = _values(data, "output", model.proto.graph.output)
        Runner.assert_similar_outputs(expected, Prepared(model).run(inputs), 1e-3, 1e-7)


def nets():
    """The files of the nets."""
    return sorted((DATA / "light").glob("*.onnx"))


def run_net(path):
    """Runs a net on the input that its expected output was made of.

    Where all probabilities are the same, the scores are: up to 1e19 with constant weights, so a
    last bit of a product decides what softmax makes of them, and the scores are compared."""
    proto = onnx.load(path)
    last = proto.graph.node[-1]
    if last.op_type == "Softmax":
        proto.graph.output.append(onnx.ValueInfoProto(name=last.input[0]))
    model = importer.load(proto)
    constants = {t.name for t in proto.graph.initializer}
    value = next(v for v in proto.graph.input if v.name not in constants)
    feed = Runner.generate_dummy_data(value, seed=0, name="x", random=False)
    expected = onnx.TensorProto.FromString(path.with_name(f"{path.stem}_output_0.pb").read_bytes())
    outputs = [v.numpy() for v in model.run({value.name: feed})]
    want = to_array(expected)
    if len(outputs) == 2 and np.ptp(want) <= 1e-6 * want.max():
        assert outputs[0].shape == want.shape and np.isfinite(outputs[1]).all()
        assert np.ptp(outputs[1]) <= 1e-5 * np.abs(outputs[1]).max()
    else:
        Runner.assert_similar_outputs([want], outputs[:1], 1e-3, 1e-7)
