"""debugging.enable_check_numerics: which operation, line, index and operands the first NaN or infinity has."""

import contextlib
import traceback

import modes
import numpy as np
import pytest

import autograph as ag


@pytest.fixture(autouse=True)
def checked():
    ag.debugging.enable_check_numerics()
    yield
    ag.debugging.disable_check_numerics()


@pytest.fixture(params=["compiled", "interpreted"], autouse=True)
def way(request):
    with modes.interpreted() if request.param == "interpreted" else contextlib.nullcontext():
        yield


def fails(fn, *args):
    """(message, number of the last line in this file that the traceback names, from the def of fn)."""
    with pytest.raises(ag.errors.InvalidArgumentError) as caught:
        fn(*args)
    first = fn.python_function.__code__.co_firstlineno
    lines = [f.lineno for f in traceback.extract_tb(caught.value.__traceback__) if f.filename == __file__]
    return str(caught.value), lines[-1] - first


def test_in_a_fused_chain_the_first_bad_operation_is_named():
    @ag.function
    def f(x):
        y = x * 2.0 - 2.0
        z = ag.log(y) + 1.0
        return ag.exp(z) * y

    x = np.array([[3.0, 2.0], [1.0, 0.5]], "float32")
    assert fails(f, x) == ("log gave -inf at index [1, 0] of shape (2, 2) from 0.0", 3)
    assert fails(f, np.where(x == 1.0, x + 1.5, x)) == (
        "log gave nan at index [1, 1] of shape (2, 2) from -1.0",
        3,
    )
    assert np.isfinite(f(x * 4).numpy()).all()


def test_in_a_loop_the_first_turn_that_makes_one_fails():
    @ag.function
    def f(x, n):
        for _ in range(n):
            x = x * x
        return x

    assert float(f(10.0, 3)) == 1e8
    assert fails(f, 1e100, 3) == ("mul gave inf from 1e+200 and 1e+200", 3)
    assert f.experimental_get_tracing_count() == 1


def test_in_a_branch_only_the_branch_taken_is_checked():
    @ag.function
    def f(x, flag):
        if flag > 0:
            y = ag.sqrt(x)
        else:
            y = x / 2.0
        return y

    x = np.array([1.0, -4.0], "float64")
    assert f(x, 0).tolist() == [0.5, -2.0]
    assert fails(f, x, 1) == ("sqrt gave nan at index [1] of shape (2,) from -4.0", 3)


def test_an_operand_is_told_where_broadcasting_puts_it():
    @ag.function
    def f(x, y):
        return x / y

    x, y = np.ones((2, 3), "float32"), np.array([[2.0], [0.0]], "float32")
    assert fails(f, x, y) == ("div gave inf at index [1, 0] of shape (2, 3) from 1.0 and 0.0", 2)


def test_operations_on_whole_arrays_tell_the_shapes_of_their_operands():
    @ag.function
    def f(x, y):
        return ag.matmul(x, y)

    x, y = np.ones((2, 3), "float32"), np.ones((3, 2), "float32")
    assert f(x, y).numpy().max() == 3.0
    y[2, 1] = np.nan
    assert fails(f, x, y)[0] == (
        "matmul gave nan at index [0, 1] of shape (2, 2), from operands of shapes (2, 3) (all finite) "
        "and (3, 2) (with nan at index [2, 1])"
    )


def test_what_only_moves_elements_is_not_checked():
    @ag.function
    def f(x, mask):
        y = ag.where(mask, x, -np.inf)
        return ag.reduce_max(ag.concat([y, y[::-1]], 0)[1:]), ag.maximum(y, 0.0)

    best, clipped = f(np.array([1.0, 2.0]), np.array([True, False]))
    assert float(best) == 1.0 and clipped.tolist() == [1.0, 0.0]


def test_a_constant_found_while_compiling_is_checked():
    @ag.function
    def f():
        return ag.log(ag.constant([1.0, 0.0]))

    assert fails(f)[0] == "log gave -inf at index [1] of shape (2,) from 0.0"


def test_what_nobody_needs_is_not_computed_and_not_checked():
    @ag.function
    def f(x):
        ag.log(x)
        return x + 1.0

    assert f(np.zeros(2)).tolist() == [1.0, 1.0]


def test_variables_and_python_numbers_are_checked():
    v = ag.Variable([1.0, 2.0])

    @ag.function
    def f(x):
        v.assign_add(v * x)
        return v.read_value()

    assert fails(f, 1e39)[0].startswith(("mul gave inf", "cast gave inf"))
    assert v.numpy().tolist() == [1.0, 2.0]


def test_eager_operations_are_checked():
    x = ag.constant([1.0, 0.0])
    with pytest.raises(ag.errors.InvalidArgumentError, match=r"log gave -inf at index \[1\]"):
        ag.log(x)
    with pytest.raises(ag.errors.InvalidArgumentError, match="div gave nan .* from 0.0 and 0.0"):
        x / x


def test_toggling_traces_anew_and_the_old_code_comes_back():
    @ag.function
    def f(x):
        return ag.log(x)

    x = np.zeros(2)
    fails(f, x)
    assert f.experimental_get_tracing_count() == 1
    ag.debugging.disable_check_numerics()
    assert f(x).tolist() == [-np.inf, -np.inf]
    assert f.experimental_get_tracing_count() == 2
    ag.debugging.enable_check_numerics()
    fails(f, x)
    assert f.experimental_get_tracing_count() == 2


def test_off_there_is_nothing_in_the_graph():
    ag.debugging.disable_check_numerics()
    f = ag.function(lambda x: ag.log(x) * 2.0)
    text = f.get_concrete_function(np.ones(2)).plan.text()
    assert "check_numerics" not in text


def test_check_numerics_checks_one_tensor():
    ag.debugging.disable_check_numerics()

    @ag.function
    def f(x):
        y = ag.debugging.check_numerics(ag.log(x), "the loss")
        return y * 2.0

    assert f(np.ones(2)).tolist() == [0.0, 0.0]
    assert fails(f, np.array([1.0, -1.0])) == (
        "the loss: the tensor has nan at index [1] of shape (2,)",
        2,
    )
    x = ag.constant([np.inf])
    with pytest.raises(
        ag.errors.InvalidArgumentError, match=r"^x: the tensor has inf at index \[0\]"
    ):
        ag.debugging.check_numerics(x, "x")
    assert ag.debugging.check_numerics(ag.constant([1.0]), "x").tolist() == [1.0]
    with pytest.raises(TypeError, match="floating point"):
        ag.debugging.check_numerics(ag.constant([1]), "x")


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_every_floating_dtype_is_looked_at(dtype):
    good = ag.constant(np.array([1.0, 65504.0], dtype))
    assert ag.debugging.check_numerics(good, "m") is good
    for bad in (np.nan, np.inf, -np.inf):
        x = ag.constant(np.array([1.0, bad], dtype))
        with pytest.raises(
            ag.errors.InvalidArgumentError, match=r"m: the tensor has .* at index \[1\]"
        ):
            ag.debugging.check_numerics(x, "m")
        assert ag.debugging.check_numerics(x[:0], "m").shape == (0,)
