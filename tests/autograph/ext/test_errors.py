"""Which exception, with which line."""

import traceback

import numpy as np
import pytest
from tracing import build

from autograph import _core


def test_each_error_is_tensorflows_and_pythons():
    for name, python in [
        ("InvalidArgumentError", ValueError),
        ("OutOfRangeError", IndexError),
        ("FailedPreconditionError", RuntimeError),
        ("UnimplementedError", NotImplementedError),
        ("InternalError", RuntimeError),
        ("ResourceExhaustedError", MemoryError),
        ("AssertionFailed", AssertionError),
    ]:
        error = getattr(_core, name)
        assert issubclass(error, python) and issubclass(error, _core.OpError)
        e = error("text")
        assert str(e) == e.message == "text" and e.line is None
    assert issubclass(_core.AssertionFailed, _core.InvalidArgumentError)
    assert issubclass(_core.PinRequired, BaseException)
    assert not issubclass(_core.PinRequired, Exception)


def test_errors_of_tracing_name_the_line():
    def f(a, b):
        return _core.op("MATMUL", [a, b])

    with pytest.raises(_core.InvalidArgumentError) as info:
        build(f, ("float32", (2, 3)), ("float32", (4, 5)))
    e, line = info.value, f.__code__.co_firstlineno + 1
    assert (e.file, e.line) == (__file__, line)
    assert str(e) == e.message and "matmul" in e.message


def element(x, i):
    return x[i]


def divide(x, i):
    return x // i


def overflow(x, i):
    return i * i


def assertion(x, i):
    _core.op("ASSERT", [i > 0], {"text": "i must be positive"})
    return x


def resource(x, i):
    return _core.op("RESHAPE", [x], {"shape": (2, -1)}) + i


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize(
    "fn, i, error, line",
    [
        (element, 9, IndexError, 1),
        (element, 9, _core.OutOfRangeError, 1),
        (divide, 0, ZeroDivisionError, 1),
        (overflow, 2**40, OverflowError, 1),
        (assertion, -1, AssertionError, 1),
        (assertion, -1, _core.InvalidArgumentError, 1),
        (resource, 1, ValueError, 1),
    ],
)
def test_errors_of_a_run_name_the_line(native, fn, i, error, line):
    plan = build(fn, ("int32", (None,)), 1).plan(native=native)
    assert plan.run([[1, 2], 1])
    with pytest.raises(error) as info:
        plan.run([[1, 2, 3], i])
    want = fn.__code__.co_firstlineno + line
    last = traceback.extract_tb(info.value.__traceback__)[-1]
    assert (last.filename, last.lineno, last.name) == (__file__, want, fn.__name__)
    assert plan.run([[1, 2], 1])  # and it goes on


def test_raise_sites_make_the_users_exception():
    class Mine(Exception):
        pass

    def f(x):
        g = _core.current_graph()
        _core.op("RAISE", [x], {"site": g.add_site(lambda v: Mine("got", v.item()))})
        return x

    graph = build(f, 1)
    for native in (False, True):
        with pytest.raises(Mine) as info:
            graph.plan(native=native).run([41])
        assert info.value.args == ("got", 41)
        assert (
            traceback.extract_tb(info.value.__traceback__)[-1].lineno
            == f.__code__.co_firstlineno + 2
        )


def test_a_site_that_fails_shows_its_own_error():
    def f(x):
        _core.op("RAISE", [], {"site": _core.current_graph().add_site(lambda: 3)})
        return x

    with pytest.raises(TypeError, match="derive from BaseException"):
        build(f, 1).plan(native=False).run([1])


def test_callbacks_run_with_values_and_their_exceptions_pass():
    seen = []

    def show(x, n):
        seen.append((x.tolist(), n.item(), _core.current_graph()))
        if n.item() == 0:
            raise KeyError("from the callback")

    def f(x, n):
        _core.op("CALLBACK", [x, n], {"site": _core.current_graph().add_site(show)}, 0)
        return x

    graph = build(f, ("int32", (None,)), 1)
    for native in (False, True):
        plan = graph.plan(native=native)
        plan.run([[1, 2], 5])
        with pytest.raises(KeyError, match="from the callback"):
            plan.run([[1], 0])
    assert seen == [([1, 2], 5, None), ([1], 0, None)] * 2


def test_callbacks_return_values():
    def f(x):
        g = _core.current_graph()
        site = g.add_site(lambda v: v * 2)
        return _core.op("CALLBACK", [x], {"site": site, "types": [("int32", (2,))]})[0] + 1

    graph = build(f, ("int32", (2,)))
    for native in (False, True):
        assert graph.plan(native=native).run([[1, 2]])[0].tolist() == [3, 5]


def test_print_goes_to_sys_stdout_and_stderr(capsys):
    def f(x):
        _core.op("PRINT", [x], {"text": "x = \1\n", "stream": 0})
        _core.op("PRINT", [], {"text": "oops\n", "stream": 1})
        return x

    graph = build(f, ("int32", (2,)))
    for native in (False, True):
        graph.plan(native=native).run([[1, 2]])
        out = capsys.readouterr()
        assert (out.out, out.err) == ("x = [1 2]\n", "oops\n")


def test_a_failing_stdout_is_an_error(monkeypatch):
    import sys

    class Broken:
        def write(self, text):
            raise OSError("disk full")

    def f(x):
        _core.op("PRINT", [x], {"text": "\1", "stream": 0})
        return x

    monkeypatch.setattr(sys, "stdout", Broken())
    with pytest.raises(OSError, match="disk full"):
        build(f, 1).plan().run([1])


# ---- pinning -------------------------------------------------------------------------------------


def pinned(fn, *specs):
    with pytest.raises(_core.PinRequired) as info:
        build(fn, *specs)
    return info.value.args


@pytest.mark.parametrize(
    "use",
    [bool, int, float, lambda n: [1, 2][n], lambda n: range(n), np.asarray, lambda n: n.item()],
)
def test_a_traced_number_used_as_a_python_number_is_pinned(use):
    params, loops, what = pinned(lambda a, b: use(b * 2 + 1), 1, 2)
    assert (params, loops) == ({1}, set()) and isinstance(what, str)
    assert pinned(lambda a, b: bool(a > b), 1, 2.5)[0] == {0, 1}


def test_what_hangs_on_a_tensor_cannot_be_pinned():
    for use in (bool, int, lambda n: [1, 2][n]):
        with pytest.raises(TypeError, match="cannot be used as a Python .*'x'"):
            g = _core.Graph()
            with g:
                use(g.add_param("int32", (), False, "x"))
    with pytest.raises(TypeError, match="bool"):
        build(lambda x, n: bool(x[0] > n), ("int32", (2,)), 1)


def test_constants_need_no_pin():
    def f(x):
        c = _core.constant(3)
        assert int(c) == 3 and bool(c) and [0, 1, 2, 3][c] == 3 and c.tolist() == 3
        return x

    build(f, 1)


def test_loop_variables_are_pinned_by_their_loop():
    g = _core.Graph()
    with g:
        n = g.add_param("int64", (), True)
        r = g.region_open()
        i = g.region_param(n)
        with pytest.raises(_core.PinRequired) as info:
            [1, 2][i + n]
        assert info.value.args[:2] == ({0}, {r})


def test_formatting_a_traced_value_leaves_a_marker():
    def f(x):
        assert f"{x:.2f}" == f"\ue000{x._value}:.2f\ue001" and str(x) == f"\ue000{x._value}:\ue001"
        return x

    build(f, 1.5)
