"""The buffer protocol and DLPack, in and out."""

import array
import ctypes
import gc
import sys

import numpy as np
import pytest

from autograph import _core

DTYPES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 "
    "float16 float32 float64 complex64 complex128"
).split()


def samples(dtype):
    """Arrays with the same dtype and every kind of layout."""
    base = (np.arange(120) % 7).astype(dtype)
    unaligned = np.frombuffer(b"x" + base.tobytes(), np.uint8)[1:].view(dtype)
    big = base.reshape(2, 3, 4, 5)
    yield from (
        base,
        base[::2],
        base[::-1],
        base[5:5],
        big,
        big.T,
        big[:, ::2, ::-1],
        big[..., 0],
        np.broadcast_to(base[:4], (3, 4)),
        unaligned,
        unaligned[1::3],
        base.astype(np.dtype(dtype).newbyteorder(">")),
        np.zeros((3, 0, 2), dtype),
        np.asfortranarray(big),
        np.array(3, dtype),
    )


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_of_any_layout_come_in_and_go_out(dtype):
    for a in samples(dtype):
        t = _core.convert(a)
        assert t.dtype == dtype and t.shape == a.shape
        np.testing.assert_array_equal(np.asarray(t), a)
        assert np.asarray(t).dtype == np.dtype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_goes_out_is_lent_and_read_only(dtype):
    t = _core.convert(np.ones((2, 3), dtype))
    m = memoryview(t)
    assert (
        m.readonly and m.shape == (2, 3) and m.contiguous and m.itemsize == np.dtype(dtype).itemsize
    )
    a, b = np.asarray(t), np.asarray(t)
    assert not a.flags.writeable and np.shares_memory(a, b)
    assert a.ctypes.data % 64 == 0
    with pytest.raises(ValueError):
        a[0] = 0
    del t
    gc.collect()
    assert (a == 1).all() and m.tobytes() == np.ones((2, 3), dtype).tobytes()


def test_other_exporters_come_in():
    assert _core.convert(array.array("d", [1, 2])).dtype == "float64"
    assert _core.convert((ctypes.c_int32 * 3)(1, 2, 3)).tolist() == [1, 2, 3]
    assert _core.convert(memoryview(b"abcd").cast("B", (2, 2))).shape == (2, 2)
    odd = memoryview(bytes([0, 2, 255])).cast("?")
    assert _core.convert(odd).tolist() == [False, True, True]  # a byte that is not 0 is True


def test_formats_that_are_no_dtype_are_refused():
    for a in (np.zeros(2, "i4,f4"), np.zeros(2, "V5")):
        with pytest.raises(TypeError, match="no dtype"):
            _core.convert(a)
    with pytest.raises(TypeError, match="no dtype"):
        _core.convert(np.zeros(2, np.longdouble))


def test_flags_of_the_protocol():
    t = _core.convert(np.arange(6).reshape(2, 3))
    with pytest.raises(BufferError, match="C order"):
        np.zeros(1)  # keeps NumPy's own path out of the way
        ctypes.pythonapi.PyObject_GetBuffer.argtypes = [
            ctypes.py_object,
            ctypes.c_void_p,
            ctypes.c_int,
        ]
        view = (ctypes.c_char * 256)()
        ctypes.pythonapi.PyObject_GetBuffer(t, view, 0x40 | 0x18)
    with pytest.raises(TypeError, match="read-write|writable|writeable"):
        (ctypes.c_char * 48).from_buffer(t)
    with pytest.raises(BufferError, match="no buffer format"):
        memoryview(_core.convert(1.5, "bfloat16"))
    with pytest.raises(TypeError, match="cast"):
        _core.convert(1.5, "bfloat16").numpy()


def test_numpy_method_and_array_protocol():
    t = _core.convert([1, 2])
    assert isinstance(_core.convert(3).numpy(), np.int32) and _core.convert(3).numpy() == 3
    assert np.array(t).flags.writeable and not np.shares_memory(np.array(t), t.numpy())
    assert np.asarray(t, np.float64).dtype == np.float64
    assert t.__array__(np.float32, copy=True).dtype == np.float32
    assert np.sum(t) == 3
    with pytest.raises(TypeError, match="keyword"):
        t.__array__(nope=1)


def test_symbolic_tensors_have_no_elements():
    g = _core.Graph()
    with g:
        x = g.add_param("float32", (2,))
        with pytest.raises(BufferError):
            memoryview(x)
        with pytest.raises(BufferError):
            x.__dlpack__()
        with pytest.raises(TypeError, match="NumPy array"):
            np.asarray(x)
        assert _core.constant([1, 2]).numpy().tolist() == [1, 2]  # but constants are known


# ---- DLPack ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_dlpack_to_numpy(dtype):
    for a in samples(dtype):
        t = _core.convert(a)
        b = np.from_dlpack(t)
        np.testing.assert_array_equal(b, a)
        assert b.dtype == np.dtype(dtype)
        if b.ndim and b.size:
            assert np.shares_memory(b, t.numpy()) and not b.flags.writeable
        del t
        gc.collect()
        np.testing.assert_array_equal(b, a)


@pytest.mark.parametrize("dtype", DTYPES)
def test_dlpack_from_numpy(dtype):
    for a in samples(dtype):
        if not a.dtype.isnative or not a.flags.writeable:
            a = a.astype(dtype)
        t = _core.from_dlpack(a)
        assert t.dtype == dtype and t.shape == a.shape
        np.testing.assert_array_equal(t.numpy(), a)


def test_dlpack_shares_memory_until_the_last_user_is_gone():
    a = np.arange(1000.0)
    count = sys.getrefcount(a)
    t = _core.from_dlpack(a)
    a[0] = 42
    assert t[0].item() == 42 and np.shares_memory(t.numpy(), a)
    held = t[1:]
    assert sys.getrefcount(a) > count
    del t, held
    gc.collect()
    assert sys.getrefcount(a) == count


def test_dlpack_capsules_are_dropped_used_or_not():
    t = _core.convert(np.ones(1000))
    for kwargs in (
        {},
        {"max_version": (1, 0)},
        {"copy": True},
        {"max_version": (1, 1), "copy": True},
    ):
        t.__dlpack__(**kwargs)  # never used
        assert _core.from_dlpack(t.__dlpack__(**kwargs)).tolist() == [1.0] * 1000
    used = t.__dlpack__()
    _core.from_dlpack(used)
    with pytest.raises(ValueError, match="used before"):
        _core.from_dlpack(used)
    old = np.from_dlpack(Old(t))  # the old form says nothing of read-only memory: a copy
    assert not np.shares_memory(old, t.numpy())
    assert t.__dlpack_device__() == (1, 0)


class Old:
    def __init__(self, t):
        self.t = t

    def __dlpack__(self, **kwargs):
        return self.t.__dlpack__()

    def __dlpack_device__(self):
        return (1, 0)


@pytest.mark.parametrize(
    "kwargs, error",
    [
        ({"dl_device": (2, 0)}, BufferError),
        ({"stream": 1}, BufferError),
        ({"copy": False}, BufferError),
        ({"nope": 1}, TypeError),
        ({"max_version": 1}, TypeError),
    ],
)
def test_bad_dlpack_requests_are_refused(kwargs, error):
    with pytest.raises(error):
        _core.convert([1]).__dlpack__(**kwargs)
    for bad in (3, object(), "x"):
        with pytest.raises(TypeError, match="__dlpack__"):
            _core.from_dlpack(bad)


def test_objects_with_only_array_or_dlpack_become_tensors():
    class Array:
        def __array__(self, dtype=None, copy=None):
            return np.array([1.5, 2.5])

    assert _core.convert(Array()).tolist() == [1.5, 2.5]
    assert _core.convert(Old(_core.convert([3, 4]))).tolist() == [3, 4]


class Growing:
    """Gives more elements each time it is asked, and may do something meanwhile."""

    def __init__(self, meanwhile=lambda: None):
        self.size, self.meanwhile = 1, meanwhile

    def __array__(self, dtype=None, copy=None):
        self.meanwhile()
        self.size *= 1000
        return np.ones(self.size, np.float32)


def test_a_list_that_changes_while_it_is_read_is_refused():
    with pytest.raises(RuntimeError, match="the list changed while it was read"):
        _core.constant([Growing()])
    items = [1.0]
    items.append(Growing(lambda: items.extend([2.0] * 1000)))
    with pytest.raises((RuntimeError, ValueError)):
        _core.constant(items)
    items[:] = [Growing(items.clear), 1.0]
    with pytest.raises((RuntimeError, ValueError)):
        _core.constant(items)
