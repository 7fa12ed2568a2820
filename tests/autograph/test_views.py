"""What NumPy gives as a view of an array is one here, or the call is plain Python's: never a copy that looks like it.

Each expression of y is taken with y written afterwards, with the result written, and asked whether it is y.
"""

import ast
import contextlib
import linecache
import warnings

import numpy as np
import pytest
from modes import interpreted

import autograph as ag

VIEWS = """
y
y[0]
y[:, 0]
y[1:, ::2]
y[None]
y[...]
y[..., 1]
y[::-1]
y[1:3, 0]
y.T
y.mT
y.flat
y.imag
y.real
y.view()
y.view(np.ndarray)
y.ravel()
y.ravel('F')
y.ravel('K')
y.flatten()
y.copy()
y.reshape(-1)
y.reshape(2, 8)
y.reshape(-1, order='F')
y[0].reshape(2, 2, order='F')
y.squeeze()
y[:1].squeeze()
y.swapaxes(0, 1)
y.transpose()
y.diagonal()
y.conj()
y.conjugate()
y.astype(float)
y.astype(float, copy=False)
y.round()
y.clip(0, 100)
np.array(y)
np.array(y, copy=False)
np.array(y, copy=None, subok=True)
np.array(y, dtype=float, copy=False)
np.array(y, dtype=int, copy=False)
np.array(y, ndmin=3, copy=False)
np.array(y, ndmin=3)
np.asarray(y)
np.asarray(y, dtype=float)
np.asarray(y, copy=True)
np.asarray(y, copy=False)
np.asarray(y, order='F')
np.asarray(y, order='C')
np.asarray(y.T, order='C')
np.asanyarray(y)
np.asarray_chkfinite(y)
np.ascontiguousarray(y)
np.ascontiguousarray(y.T)
np.ascontiguousarray(y[:, ::2])
np.ascontiguousarray(y[1])
np.asfortranarray(y)
np.asfortranarray(y.T)
np.require(y)
np.require(y, float, ['W'])
np.require(y, requirements='F')
np.require(y[1:], requirements=['O'])
np.float64(y)
np.copy(y)
np.einsum('ij->ij', y)
np.einsum('ij->ji', y)
np.einsum('ii->i', y)
np.einsum('ij->i', y)
np.einsum('ij', y)
np.einsum('ji', y)
np.einsum('...ij->...ji', y)
np.einsum('ijk->kij', y[None])
np.einsum('ij->ij', y, optimize=True)
np.einsum(y, [0, 1], [1, 0])
np.diag(y)
np.diag(y[0])
np.diagonal(y)
np.diagonal(y, 1)
np.linalg.diagonal(y)
np.linalg.matrix_transpose(y)
np.matrix_transpose(y)
np.permute_dims(y, (1, 0))
np.transpose(y)
np.ravel(y)
np.reshape(y, -1)
np.squeeze(y[None])
np.squeeze(y[:, None], 1)
np.swapaxes(y, 0, 1)
np.moveaxis(y, 0, 1)
np.rollaxis(y, 1)
np.broadcast_to(y, (4, 4))
np.broadcast_to(y, (2, 4, 4))
np.broadcast_arrays(y, np.ones(4))[0]
np.expand_dims(y, 0)
np.atleast_1d(y)
np.atleast_1d(y, y[0])[0]
np.atleast_2d(y)
np.atleast_3d(y)
np.flip(y)
np.fliplr(y)
np.flipud(y)
np.rot90(y)
np.split(y, 2)[0]
np.array_split(y, 2)[0]
np.hsplit(y, 2)[0]
np.vsplit(y, 2)[0]
np.dsplit(y[..., None], 1)[0]
np.unstack(y)[0]
np.real(y)
np.imag(y)
np.real_if_close(y)
np.trim_zeros(y[0])
np.meshgrid(y[0], y[1], copy=False)[0]
np.meshgrid(y[0], y[1])[0]
np.lib.stride_tricks.sliding_window_view(y, 2, axis=0)
np.nan_to_num(y, copy=False)
np.nan_to_num(y)
np.diff(y, 0)
np.diff(y)
np.conj(y)
np.sort(y)
np.triu(y)
np.tile(y, 1)
np.roll(y, 0)
np.take(y, [0], axis=0)
np.where(y > 0, y, y)
np.concatenate([y])
np.ma.getdata(y)
max(y, key=lambda r: r[0])
min(y, key=lambda r: r[0])
sorted(y, key=lambda r: -r[0])[0]
next(iter(y))
[*y][0]
tuple(y)[0]
list(map(lambda r: r, y))[0]
[p for p, q in zip(y, y)][0]
next(reversed(y))
""".strip().splitlines()

CASES = {
    "the array is written": "  y[0, 0] = 99.0\n  return np.sum(np.array(v)), y",
    "the view is written": "  v[0] = 77.0\n  return np.sum(y), y",
    "it is the array": "  return v is y",
}


def function(text):
    """The function f(x) of a text."""
    file = f"<{text}>"
    linecache.cache[file] = len(text), None, text.splitlines(True), file
    names = {"np": np}
    exec(compile(text, file, "exec"), names)
    return names["f"]


def given():
    return np.arange(16.0).reshape(4, 4) + 1


def outcome(f):
    """What a call gives, with the caller's array afterwards."""
    x = given()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = f(x)
        except Exception as e:
            return type(e), str(e), x.tolist()
    parts = found if isinstance(found, tuple) else (found,)
    return [np.asarray(part).tolist() for part in parts], x.tolist()


def in_this_numpy(expression):
    for node in ast.walk(ast.parse(expression, mode="eval")):
        if isinstance(node, ast.Attribute) and ast.unparse(node).startswith("np."):
            owner = np
            for name in ast.unparse(node).split(".")[1:]:
                if not hasattr(owner, name):
                    return False
                owner = getattr(owner, name)
    return hasattr(np.ndarray, "mT") or ".mT" not in expression


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("expression", VIEWS)
def test_a_view_of_an_array_that_the_function_makes(expression, case):
    if not in_this_numpy(expression):
        pytest.skip("newer than this NumPy")
    f = function(f"def f(x):\n  y = np.array(x)\n  v = {expression}\n{CASES[case]}\n")
    want = outcome(f)
    with interpreted():
        assert outcome(ag.function(f)) == want
    assert outcome(ag.function(f)) == want


@pytest.mark.parametrize("expression", VIEWS)
def test_a_write_to_a_view_of_an_argument_is_never_lost(expression):
    if not in_this_numpy(expression):
        pytest.skip("newer than this NumPy")
    f = function(f"def f(y):\n  v = {expression}\n  v[0] = 77.0\n  return np.sum(v)\n")
    want, got = outcome(f), outcome(ag.function(f))
    if got != want:
        assert got[0] is TypeError and "an argument that is a NumPy array, would be lost" in got[1]
        assert got[2] == given().tolist()


@contextlib.contextmanager
def no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize(
    "expression",
    ["np.asarray(y)", "np.array(y, copy=False)", "y.conj()", "y[:, 0]", "y.T", "y.reshape(-1)", "np.einsum('ij->i', y)", "np.diff(y)"],
)
def test_these_need_no_plain_call(expression):
    if "copy=False" in expression and np.lib.NumpyVersion(np.__version__) < "2.0.0":
        pytest.skip("may be a copy")
    f = function(f"def f(x):\n  y = np.array(x)\n  v = {expression}\n  y[0, 0] = 99.0\n  return np.sum(v), y\n")
    with no_warning():
        found = ag.function(f)(given())
    assert [np.asarray(part).tolist() for part in found] == outcome(f)[0]


def test_diagonals_of_an_argument_are_read_alone():
    f = function("def f(y):\n  v = np.diagonal(y)\n  v[0] = 1.0\n  return v\n")
    with no_warning(), pytest.raises(ValueError, match="^assignment destination is read-only$"):
        ag.function(f)(given())
