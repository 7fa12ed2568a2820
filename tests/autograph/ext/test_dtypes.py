import pickle

import numpy as np
import pytest

from autograph import _core

NAMES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 bfloat16 float32 float64 "
    "complex64 complex128 string resource variant"
).split()


@pytest.mark.parametrize("name", NAMES)
def test_a_dtype_is_one_object_and_equals_its_name(name):
    d = _core.as_dtype(name)
    assert d is getattr(_core, name) is _core.DType(name) is _core.as_dtype(d)
    assert d == name and d != "float33" and d.name == name
    assert repr(d) == f"tf.{name}" and str(d) == f"<dtype: '{name}'>"
    assert pickle.loads(pickle.dumps(d)) is d
    assert len({d, _core.as_dtype(name)}) == 1


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("bfloat16", "string", "resource", "variant")])
def test_numpy_names_the_same_dtype(name):
    d, n = _core.as_dtype(name), np.dtype(name)
    assert _core.as_dtype(n) is d and _core.as_dtype(n.type) is d
    assert d == n and d == n.type and d.as_numpy_dtype is n.type
    assert d.size == n.itemsize
    assert d.is_integer == np.issubdtype(n, np.integer)
    assert d.is_floating == np.issubdtype(n, np.floating)
    assert d.is_complex == np.issubdtype(n, np.complexfloating)
    assert d.is_unsigned == np.issubdtype(n, np.unsignedinteger)
    if d.is_integer:
        assert (d.min, d.max) == (np.iinfo(n).min, np.iinfo(n).max) == d.limits
    if d.is_floating:
        assert (d.min, d.max) == (np.finfo(n).min, np.finfo(n).max)


def test_python_types_are_dtypes():
    kinds = {bool: "bool", int: "int64", float: "float32", complex: "complex128", str: "string", object: "string"}
    for python, name in kinds.items():
        assert _core.as_dtype(python) == name


@pytest.mark.parametrize("name", NAMES)
def test_tensorflows_number_names_the_dtype(name):
    d = _core.as_dtype(name)
    assert _core.as_dtype(d.as_datatype_enum) is d is _core.as_dtype(type_value=name)


@pytest.mark.parametrize("name", ["resource", "variant"])
def test_dtypes_of_handles_are_names_alone(name):
    d = _core.as_dtype(name)
    assert (repr(d), str(d)) == (f"tf.{name}", f"<dtype: '{name}'>")
    kinds = "floating integer bool complex unsigned numeric quantized".split()
    assert not any(getattr(d, f"is_{kind}") for kind in kinds)
    assert d == name and d != "int32" and pickle.loads(pickle.dumps(d)) is d
    for make in (lambda: _core.constant([1], d, None, None), lambda: _core.cast([1], d), lambda: d.max):
        with pytest.raises(TypeError, match=name):
            make()


@pytest.mark.parametrize("bad", [None, 0, 99, 2**70, -1, True, "float33", [], np.dtype("M8[s]")])
def test_what_is_no_dtype_is_refused(bad):
    with pytest.raises(TypeError, match="not a dtype"):
        _core.as_dtype(bad)
    assert _core.float32 != bad


def test_shape_is_a_sequence():
    s = _core.TensorShape([2, None, 3])
    assert s.rank == s.ndims == len(s) == 3
    assert list(s) == s.as_list() == s.dims == [2, None, 3]
    assert s[0] == 2 and s[-1] == 3 and s[1] is None and s[1:] == [None, 3]
    assert repr(s) == "TensorShape([2, None, 3])" and str(s) == "(2, None, 3)"
    assert not s.is_fully_defined() and s.num_elements() is None
    assert s + [4] == [2, None, 3, 4] and [4] + s == (4, 2, None, 3)
    assert pickle.loads(pickle.dumps(s)) == s
    with pytest.raises(IndexError):
        s[3]


def test_shape_equality_and_hash():
    s = _core.TensorShape((2, 3))
    assert s == (2, 3) == s and s != (3, 2) and s != None and s != "x"  # noqa: E711
    assert hash(s) == hash((2, 3)) and {s: 1}[_core.TensorShape([2, 3])] == 1
    assert s.num_elements() == 6 and s.is_fully_defined()


def test_shape_of_unknown_rank():
    s = _core.TensorShape(None)
    assert s.rank is None and s.dims is None and not s and str(s) == "<unknown>"
    assert repr(s) == "TensorShape(None)"
    assert s[0] is None and s[1:3] == [None, None] and s[1:] == s
    for f in (len, list, lambda s: s.as_list()):
        with pytest.raises(ValueError, match="rank"):
            f(s)
    assert s.with_rank(2) == [None, None]


def test_shapes_merge():
    a, b = _core.TensorShape([None, 3]), _core.TensorShape([2, None])
    assert a.is_compatible_with(b) and a.merge_with(b) == [2, 3]
    assert not a.is_compatible_with([2, 4]) and not a.is_compatible_with([3])
    with pytest.raises(ValueError, match="not compatible"):
        a.merge_with([2, 4])
    assert a.merge_with(None) == a


@pytest.mark.parametrize(
    "bad, error",
    [
        (-2, ValueError),
        ("23", TypeError),
        ([1.5], TypeError),
        ([[1]], TypeError),
        ([1] * 9, ValueError),
        (2**70, OverflowError),
    ],
)
def test_bad_shapes_are_refused(bad, error):
    with pytest.raises(error):
        _core.TensorShape(bad)
