"""The functions of the first priority give what TensorFlow gives, argument by argument: a table of programs and results."""

import json
import pathlib
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest

import autograph as ag

TEXT = pathlib.Path(__file__).with_name("tensorflow_results.txt").read_text()
ROWS = [row.split("\n=> ") for row in re.split(r"\n(?=[^\s=#])", TEXT)[1:]]


def plain(a):
    """An element, or nested lists of them, as JSON writes them."""
    if isinstance(a, (np.ndarray, list)):
        return [plain(x) for x in a] if np.ndim(a) else plain(a[()])
    if isinstance(a, bytes):
        return "b:" + a.decode("latin1")
    if isinstance(a, (bool, np.bool_)):
        return bool(a)
    if isinstance(a, (int, np.integer)):
        return int(a)
    if isinstance(a, (complex, np.complexfloating)):
        return ["c", plain(float(a.real)), plain(float(a.imag))]
    number = float(a)
    return number if np.isfinite(number) else repr(number)


def written(v):
    """A result as the table has it: its type, dtype, shape and elements."""
    if v is None:
        return None
    if isinstance(v, ag.TensorShape):
        return ["shape", None if v.rank is None else v.as_list()]
    if isinstance(v, ag.dtypes.DType):
        return ["dtype", v.name]
    if isinstance(v, (ag.Tensor, ag.Variable)) or hasattr(v, "weak"):
        return ["T", v.dtype.name, [int(d) for d in np.shape(v.numpy())], plain(v.numpy())]
    if isinstance(v, dict):
        return {str(k): written(x) for k, x in v.items()}
    if isinstance(v, (list, tuple)):
        name = "nt:" + ",".join(v._fields) if hasattr(v, "_fields") else type(v).__name__
        return [name, *map(written, v)]
    if isinstance(v, (bool, int, float, complex, str, bytes)):
        return [type(v).__name__, v if isinstance(v, str) else plain(v)]
    if isinstance(v, np.ndarray):
        return ["np", str(v.dtype), list(v.shape), plain(v)]
    if isinstance(v, np.generic):
        return ["npg", str(v.dtype), plain(v)]
    return ["obj", type(v).__name__]


def same(x, y):
    """Equal, floats but for the last bits of float32: functions are the library's own."""
    if isinstance(x, (list, dict)) and type(x) is type(y) and len(x) == len(y):
        return all(
            same(x[k], y[k])
            for k in (x if isinstance(x, dict) else range(len(x)))
            if isinstance(x, list) or k in y
        )
    if isinstance(x, float) and isinstance(y, (int, float)):
        return x == y or abs(x - y) <= 1e-5 * max(abs(x), abs(y), 1e-3)
    return type(x) is type(y) and x == y


def run(program):
    names = {"tf": ag, "np": np}
    if not program.startswith("def "):
        return eval(program, names)
    exec(program, names)
    return names["f"]()


@pytest.mark.parametrize(
    ("program", "result"), ROWS, ids=[p.replace("\n", ";")[:90] for p, _ in ROWS]
)
@pytest.mark.filterwarnings("ignore")
def test_as_tensorflow(program, result):
    wanted = result.strip()
    try:
        got = written(run(program))
    except Exception as e:
        assert f"{type(e).__name__}: {e}".split("\n")[0] == wanted
    else:
        assert wanted[0] in '[{"n' and same(json.loads(wanted), json.loads(json.dumps(got))), (
            f"{got}\nnot {wanted}"
        )


FIRST = """
import os, re, sys, warnings
import numpy as np
import autograph as tf
warnings.simplefilter("ignore")
seen = set()
for program in eval(sys.stdin.read()):
    names = frozenset(re.findall(r"tf\\.[\\w.]+", program))
    if names in seen:
        continue
    seen.add(names)
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        continue
    try:
        scope = {"tf": tf, "np": np}
        exec(program, scope)
        if "f" in scope:
            scope["f"]()
    except BaseException as e:
        if isinstance(e, ImportError) or "partially initialized" in str(e):
            os.write(1, f"{program}: {e}\\n".encode())
    os._exit(0)
print(len(seen) > 300)
"""


def test_any_of_them_may_be_the_first_that_a_process_calls():
    programs = [program for program, _ in ROWS] + [
        "tf.print(1, tf.constant([2]))",
        "tf.autograph.to_code(np.mean)",
        "tf.function(tf.sin)(1.0)",
        "tf.autograph.experimental.set_loop_options(maximum_iterations=3)",
        "tf.group(tf.no_op())",
        "with tf.name_scope('a'), tf.control_dependencies([]), tf.init_scope(), tf.device('/cpu:0'): tf.ones(2)",
        "tf.IndexedSlices(tf.constant([1.0]), tf.constant([0]))",
        "tf.Module().variables",
    ]
    done = subprocess.run(
        [sys.executable, "-c", FIRST], input=repr(programs), capture_output=True, text=True
    )
    assert done.stdout == "True\n", done.stdout + done.stderr


def test_shapes_that_only_the_run_knows_are_compared_in_the_run():
    @ag.function
    def columns(x, n):
        y = ag.ensure_shape(ag.numpy_function(lambda a: a.reshape(2, -1), [x], ag.int64), [n, None])
        assert y.shape[0] == n
        return ag.reduce_sum(y, 1)

    @ag.function
    def doubled(x):
        y = ag.numpy_function(np.sort, [x], ag.int64)
        y.set_shape([2])
        return y * 2

    x = ag.constant([2, 1, 3, 4], "int64")
    assert columns(x, 2).tolist() == [3, 7] and doubled(x[:2]).tolist() == [2, 4]
    with pytest.raises(ValueError, match=r"ensure_shape: the shape is \[2 2\], not \(3, None\)"):
        columns(x, 3)
    with pytest.raises(ValueError, match=r"set_shape: the shape is \[4\], not \(2,\)"):
        doubled(x)
    with pytest.raises(ValueError, match=r"set_shape: the shape is \(4,\), not \(4, 1\)"):
        x.set_shape([4, 1])


def test_errors_are_made_as_tensorflow_makes_them():
    e = ag.errors.InvalidArgumentError(None, "an op", "text")
    again = pickle.loads(pickle.dumps(e))
    for x in e, again, ag.errors.InvalidArgumentError("text"):
        assert (str(x), x.message, x.error_code, x.args) == ("text", "text", 3, ("text",))
    assert e.op == again.op == "an op" and e.node_def is None
    assert ag.errors.OpError(None, None, "m", 7).error_code == 7 == ag.errors.PERMISSION_DENIED
    for wrong in (1, 2), (None, None, "m", 3), (None, None):
        with pytest.raises(TypeError, match=r"\(node_def, op, message\)"):
            ag.errors.NotFoundError(*wrong)

    @ag.function
    def f(n):
        if n > 2:
            raise ag.errors.OutOfRangeError(None, None, f"too large: {n}")
        return n

    with pytest.raises(IndexError, match="^too large: 5$") as error:
        f(5)
    assert (error.value.message, error.value.error_code) == ("too large: 5", 11)


@pytest.mark.parametrize(
    ("fn", "number", "text"),
    [
        (lambda c: ag.constant([c], ag.int32), 9.5, "float.*int32|int32.*float"),
        (lambda c: ag.constant([[c], [1]], ag.int64), 9.5, "float.* int64"),
        (lambda c: ag.constant([c, True], ag.bool), 1, "int.* bool"),
        (lambda c: ag.stack([ag.constant(1), c]), 9.5, "float.*int32|int32.*float"),
        (lambda c: ag.pad([1, 2], [[1, 1]], constant_values=c), 9.5, "float.*int32|int32.*float"),
        (lambda c: ag.tensor_scatter_nd_update([1, 2], [[0]], [c]), 9.5, "float.*int32|int32.*float"),
        (lambda c: ag.constant([1, 2]) + [c, 1], 9.5, "float"),
        (lambda c: ag.zeros([c, 2.5]), 3, "float.*integer"),
    ],
)
def test_a_float_of_the_run_does_not_become_an_int_in_a_list(fn, number, text):
    for way in (fn, ag.function(fn, jit_compile=True)):
        with pytest.raises((TypeError, ValueError), match=text):
            way(number)


def test_numbers_of_the_run_in_lists_take_the_dtype_that_is_asked_for():
    for fn, want in [
        (lambda n: ag.constant([[n], [1]], ag.int64), [[9], [1]]),
        (lambda n: ag.constant([[n], [1.5]], ag.float64), [[9.0], [1.5]]),
        (lambda n: ag.constant([n, 2.5]), [9.0, 2.5]),
        (lambda n: ag.stack([ag.constant(1.0), n]), [1.0, 9.0]),
        (lambda n: ag.pad([1.5], [[1, 0]], constant_values=n), [9.0, 1.5]),
        (lambda n: ag.tensor_scatter_nd_update([1.0, 2.0], [[0]], [n]), [9.0, 2.0]),
    ]:
        at_once, traced = fn(9), ag.function(fn, jit_compile=True)(9)
        assert at_once.tolist() == traced.tolist() == want and at_once.dtype == traced.dtype
