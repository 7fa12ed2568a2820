"""onnx.backend.base.Backend: how ONNX's own tools and tests run a model on autograph."""

import numpy as np
import onnx
from onnx.backend import base

from .. import _core
from .model import Model
from .nodes import NOTHING

__all__ = ["Backend", "Prepared"]


class Prepared(base.BackendRep):
    """A model ready to run on NumPy arrays."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def run(self, inputs, **kwargs):
        """The outputs as a tuple of arrays (lists of them for sequences). inputs: in the order of
        the graph's, or by name."""
        if not isinstance(inputs, dict):
            values = [inputs] if hasattr(inputs, "dtype") else list(inputs)
            feeds = [v.name for v in self.model.proto.graph.input]
            if len(values) > len(feeds):
                raise TypeError(f"the model has {len(feeds)} inputs, {len(values)} were given")
            inputs = dict(zip(feeds, values))
        return tuple(_arrays(v) for v in self.model.run(inputs))


def _arrays(value):
    if value is NOTHING:
        return None
    if isinstance(value, (list, tuple)):
        return [_arrays(v) for v in value]
    if isinstance(value, _core.Tensor) and value.dtype.name == "bfloat16":
        import ml_dtypes

        return _core.cast(value, "float32").numpy().astype(ml_dtypes.bfloat16)
    return np.asarray(value.numpy()) if isinstance(value, _core.Tensor) else value


class Backend(base.Backend):
    """Runs models on the CPU."""

    @classmethod
    def is_compatible(cls, model, device="CPU", **kwargs):
        """Whether prepare() takes the model."""
        try:
            cls.prepare(model, device, **kwargs)
        except (ValueError, NotImplementedError):
            return False
        return True

    @classmethod
    def prepare(cls, model, device="CPU", **kwargs):
        """Checks a model and makes it a callable one."""
        if not cls.supports_device(device):
            raise ValueError(f"autograph runs models on the CPU, not on {device!r}")
        return Prepared(Model(model))

    @classmethod
    def run_model(cls, model, inputs, device="CPU", **kwargs):
        """prepare() and run()."""
        return cls.prepare(model, device, **kwargs).run(inputs)

    @classmethod
    def run_node(cls, node, inputs, device="CPU", outputs_info=None, **kwargs):
        """Runs one node on arrays; `opset` gives the version of its operator set."""
        version = kwargs.get("opset_version", onnx.defs.onnx_opset_version())
        given = [name for name in node.input if name]
        values = dict(zip(given, inputs)) if not isinstance(inputs, dict) else inputs
        graph = onnx.helper.make_graph(
            [node],
            "node",
            [_untyped(name) for name in given],
            [_untyped(name) for name in node.output if name],
        )
        model = onnx.helper.make_model(
            graph, opset_imports=[onnx.helper.make_opsetid(node.domain, version)]
        )
        return cls.prepare(model, device).run(values)

    @classmethod
    def supports_device(cls, device):
        """True for the CPU."""
        return device.partition(":")[0] == "CPU"


def _untyped(name):
    value = onnx.ValueInfoProto()
    value.name = name
    return value
