"""Builds a graph by calling a function on symbolic tensors; runs it interpreted and compiled."""

import numpy as np

from autograph import _core


def build(fn, *specs):
    """The Graph of fn; each spec is (dtype, shape), or a Python number: a weak input."""
    graph = _core.Graph()
    with graph:
        args = []
        for spec in specs:
            if isinstance(spec, tuple):
                args.append(graph.add_param(*spec))
            else:
                args.append(
                    graph.add_param("int64" if isinstance(spec, int) else "float64", (), True)
                )
        out = fn(*args)
        graph.results(list(out) if isinstance(out, tuple) else [out])
    graph.finalize()
    return graph


def run(fn, *values, unknown=False):
    """The NumPy results of fn traced on values, once interpreted and once compiled, as two lists.

    unknown: sizes of the inputs are not known while tracing."""

    def spec(v):
        if isinstance(v, (int, float)) and not isinstance(v, bool):
            return v
        v = np.asarray(v)
        return (v.dtype, (None,) * v.ndim if unknown else v.shape)

    graph = build(fn, *[spec(v) for v in values])
    return [
        [np.asarray(t) for t in graph.plan(native=native).run(list(values))]
        for native in (False, True)
    ]
