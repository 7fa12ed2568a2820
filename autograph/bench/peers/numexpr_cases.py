"""numexpr: elementwise expressions. CASES: name -> (arguments) -> a call without arguments."""

import numexpr
import numpy as np

numexpr.set_num_threads(1)
VERSION = numexpr.__version__


def expression(text, *names):
    def bind(*args):
        values = {n: np.float32(v) if isinstance(v, float) else v for n, v in zip(names, args)}
        return lambda: numexpr.evaluate(text, local_dict=values)

    return bind


CASES = {
    "call": lambda x: lambda: numexpr.evaluate("x + 1", local_dict={"x": x}),
    "axpy": expression("a * x + y", "a", "x", "y"),
}
