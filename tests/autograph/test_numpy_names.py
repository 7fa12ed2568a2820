"""NumPy's names in a decorated function give what they give in plain Python: the rows of numpy_rows.py."""

import importlib.util
import re
import warnings

import numpy as np
import pytest
from modes import interpreted
from numpy_rows import ARRAYS, ROWS

import autograph as ag


def _arguments(row):
    """The arrays that a row reads, in the order of the table."""
    words = set(re.findall(r"(?<![\w.'\"])([a-zA-Z_]\w*)(?!\s*=[^=]|\w)", row))
    words |= set(re.findall(r"\b([a-zA-Z_]\w*)\s*[-+*/]=", row))
    made = set(re.findall(r"(?:^!|;)\s*([a-z]) = ", row))
    return [
        name
        for name in ARRAYS
        if name in words - made or (name in words and name == "v" and "v, v" in row)
    ]


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    """A module with a function for each row, so that they have a source."""
    lines = ["import copy", "", "import numpy as np", ""]
    for n, row in enumerate(ROWS):
        body = [s.strip() for s in row[1:].split(";")] if row.startswith("!") else [f"return {row}"]
        lines += [f"def row_{n}({', '.join(_arguments(row))}):", *[f"    {s}" for s in body], ""]
    file = tmp_path_factory.mktemp("rows") / "rows_of_numpy.py"
    file.write_text("\n".join(lines))
    spec = importlib.util.spec_from_file_location("rows_of_numpy", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _leaves(value):
    if isinstance(value, (tuple, list)):
        return [leaf for item in value for leaf in _leaves(item)]
    return (
        [leaf for item in value.values() for leaf in _leaves(item)]
        if isinstance(value, dict)
        else [value]
    )


def _form(value):
    """Tuples and lists, and in them the dtype and shape of arrays."""
    if isinstance(value, (tuple, list, ag.TensorShape)):
        kind = tuple if isinstance(value, (tuple, ag.TensorShape)) else list
        return kind(_form(v) for v in value)
    if isinstance(value, dict):
        return {k: _form(v) for k, v in value.items()}
    if isinstance(value, (str, bytes, type(None), np.dtype, type)):
        return value
    return np.asarray(value).dtype.name, np.asarray(value).shape


def _check(function, row, want):
    given = [ARRAYS[name].copy() for name in _arguments(row)]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        got = ag.function(function)(*given)
    assert _form(got) == _form(want)
    for a, b in zip(_leaves(got), _leaves(want)):
        if np.asarray(b).dtype.kind in "fc":
            small = np.asarray(b).dtype.itemsize <= 4 * (1 + (np.asarray(b).dtype.kind == "c"))
            np.testing.assert_allclose(
                np.asarray(a), b, rtol=1e-5 if small else 1e-9, atol=1e-6 if small else 1e-12
            )
        else:
            np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def _plain(function, row):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return function(*[ARRAYS[name].copy() for name in _arguments(row)])


@pytest.mark.parametrize("n", range(len(ROWS)), ids=ROWS)
def test_row_as_numpy(functions, n):
    function = getattr(functions, f"row_{n}")
    with interpreted():
        _check(function, ROWS[n], _plain(function, ROWS[n]))


@pytest.mark.parametrize("n", range(0, len(ROWS), 9))
def test_row_as_numpy_compiled(functions, n):
    function = getattr(functions, f"row_{n}")
    _check(function, ROWS[n], _plain(function, ROWS[n]))


@pytest.mark.long
@pytest.mark.parametrize("n", [n for n in range(len(ROWS)) if n % 9])
def test_every_row_as_numpy_compiled(functions, n):
    function = getattr(functions, f"row_{n}")
    _check(function, ROWS[n], _plain(function, ROWS[n]))


def copied_floats(a, b):
    a = a.copy()
    np.copyto(a, b)
    return a


def test_copyto_of_floats_into_integers_is_refused_as_in_numpy():
    for f in (copied_floats, ag.function(copied_floats)):
        with pytest.raises(TypeError):
            f(np.arange(3), np.ones(3))


def test_a_place_outside_is_not_deleted():
    for f in (np.delete, ag.function(lambda x, at: np.delete(x, at))):
        with pytest.raises((IndexError, ValueError), match="index 7|out of bounds"):
            f(np.arange(5.0), 7)
        assert list(f(np.arange(3.0), -1)) == [0, 1]
