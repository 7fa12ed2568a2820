"""ONNX's own tests of its operations, made in memory by the package onnx, and what comes of them
here.

python node_cases.py --write   writes counts.txt anew python node_cases.py WORD...   what does not
pass, of the cases whose names contain a word
"""

import collections
import functools
import pathlib
import sys
import warnings

import numpy as np
from modes import interpreted
from onnx import TensorProto
from onnx.backend.test.loader import load_model_tests
from onnx.backend.test.runner import Runner
from onnx.numpy_helper import to_array

import autograph.onnx as importer
from autograph.onnx.backend import Prepared

COUNTS = pathlib.Path(__file__).with_name("counts.txt")
CORE = {TensorProto.FLOAT, TensorProto.INT32, TensorProto.INT64, TensorProto.BOOL}
PLAIN = CORE | {
    TensorProto.DOUBLE,
    TensorProto.INT8,
    TensorProto.INT16,
    TensorProto.UINT8,
    TensorProto.UINT16,
    TensorProto.UINT32,
    TensorProto.UINT64,
}
OUTCOMES = ("passed", "differ", "unsupported")


@functools.cache
def cases():
    """All of them, by name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {case.name: case for case in load_model_tests(kind="node")}


def kind_of(case):
    """expanded: the same test with the definition of the operation by others in its place. Of the
    rest, core: all inputs and outputs are tensors of CORE; plain: of PLAIN; other."""
    if "_expanded" in case.name:
        return "expanded"
    types = [v.type for v in (*case.model.graph.input, *case.model.graph.output)]
    found = {
        t.tensor_type.elem_type if t.WhichOneof("value") == "tensor_type" else None for t in types
    }
    return "core" if found <= CORE else "plain" if found <= PLAIN else "other"


def run(case):
    """(outcome, why, the outputs) of one case."""
    outputs = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = Prepared(importer.Model(case.model))
            for inputs, expected in case.data_sets:
                outputs.append(made.run(inputs))
                expected = [to_array(v) if isinstance(v, TensorProto) else v for v in expected]
                Runner.assert_similar_outputs(expected, outputs[-1], case.rtol, case.atol)
    except NotImplementedError as e:
        return "unsupported", str(e), outputs
    except Exception as e:
        return "differ", f"{type(e).__name__}: {e}", outputs
    return "passed", "", outputs


def run_interpreted(case):
    with interpreted():
        return run(case)


def table(outcomes):
    """The text of counts.txt for {name: outcome}."""
    totals, ops = collections.Counter(), collections.defaultdict(collections.Counter)
    for name, outcome in outcomes.items():
        case = cases()[name]
        kind = kind_of(case)
        totals[kind, outcome] += 1
        if kind != "expanded":
            ops[case.model.graph.node[0].op_type][outcome] += 1
    lines = [f"{'kind':28} {' '.join(f'{o:>11}' for o in OUTCOMES)}"]
    for kind in ("core", "plain", "other", "expanded"):
        lines.append(f"{kind:28} {' '.join(f'{totals[kind, o]:11}' for o in OUTCOMES)}")
    lines.append("")
    for op in sorted(ops):
        lines.append(f"{op:28} {' '.join(f'{ops[op][o]:11}' for o in OUTCOMES)}")
    return "\n".join(lines) + "\n"


def same_bits(a, b):
    """Whether two outputs are the same to the last bit."""
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same_bits(x, y) for x, y in zip(a, b))
    if a is None or b is None:
        return a is b
    a, b = np.asarray(a), np.asarray(b)
    return (
        a.dtype == b.dtype
        and a.shape == b.shape
        and (a.dtype == object and (a == b).all() or a.tobytes() == b.tobytes())
    )


if __name__ == "__main__":
    words = [w for w in sys.argv[1:] if not w.startswith("--")]
    results = {
        name: run_interpreted(case)
        for name, case in cases().items()
        if not words or any(w in name for w in words)
    }
    text = table({name: outcome for name, (outcome, _, _) in results.items()})
    if "--write" in sys.argv:
        COUNTS.write_text(text)
    for name, (outcome, why, _) in sorted(results.items(), key=lambda r: (r[1][0], r[1][1])):
        if outcome != "passed":
            print(f"{outcome} {kind_of(cases()[name])} {name}: {' '.join(why.split())[:300]}")
    print(text.partition("\n\n")[0])
