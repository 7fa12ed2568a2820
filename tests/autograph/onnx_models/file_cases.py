"""Whole models that come with the package onnx, with their inputs and outputs as files."""

import pathlib

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
    """Runs a net on the input that its expected output was made of."""
    model = importer.load(path)
    constants = {t.name for t in model.proto.graph.initializer}
    value = next(v for v in model.proto.graph.input if v.name not in constants)
    feed = Runner.generate_dummy_data(value, seed=0, name="x", random=False)
    expected = onnx.TensorProto.FromString(path.with_name(f"{path.stem}_output_0.pb").read_bytes())
    outputs = [model.run({value.name: feed})[0].numpy()]
    Runner.assert_similar_outputs([to_array(expected)], outputs, 1e-3, 1e-7)
