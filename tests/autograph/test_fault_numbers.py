"""Numbers at their ends: NaN, infinities, subnormals, the least and the greatest ints, shifts,
casts, sums of many, indices; and a processor that other libraries have set otherwise."""

import math

import numpy as np
import pytest
from children import child
from modes import interpreted, same

import autograph as ag

INTS = "int8 int16 int32 int64 uint8 uint16 uint32 uint64".split()
FLOATS = "float16", "float32", "float64"
SPECIAL = [0.0, -0.0, math.nan, math.inf, -math.inf, 5e-324, -5e-324, 1e-40, 1.0, -1.0]


def each_way(fn, *args):
    """The results run at once, interpreted, and compiled, as arrays; they have the same bits."""
    args = [ag.constant(a) if isinstance(a, np.ndarray) else a for a in args]
    with interpreted():
        slow = np.asarray(ag.function(fn)(*args))
    for other in np.asarray(fn(*args)), np.asarray(ag.function(fn)(*args)):
        assert (other.dtype, other.shape, other.tobytes()) == (
            slow.dtype,
            slow.shape,
            slow.tobytes(),
        )
    return slow


def pairs(values):
    a, b = np.meshgrid(values, values)
    return a.ravel().copy(), b.ravel().copy()


# ---- special floats ------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", FLOATS)
def test_special_floats_compare_as_numpys(dtype):
    a, b = pairs(np.array(SPECIAL).astype(dtype))
    for name in "less less_equal greater greater_equal equal not_equal".split():
        got = each_way(getattr(ag, name), a, b)
        np.testing.assert_array_equal(got, getattr(np, name)(a, b), err_msg=name)
    for name in "maximum", "minimum":  # which of two zeros is left to the machine
        got = each_way(getattr(ag, name), a, b)
        np.testing.assert_array_equal(got, getattr(np, name)(a, b), err_msg=name)
    got = each_way(lambda a, b: ag.where(a < b, a, b), a, b)
    np.testing.assert_array_equal(got, np.where(a < b, a, b))
    with np.errstate(all="ignore"):
        for op in (lambda a, b: a // b), (lambda a, b: a % b), (lambda a, b: a / b):
            np.testing.assert_array_equal(each_way(op, a, b), op(a, b))


@pytest.mark.parametrize("dtype", FLOATS)
def test_special_floats_are_ordered_and_reduced_as_numpys(dtype):
    for values in SPECIAL, [v for v in SPECIAL if v == v], [math.nan] * 3, SPECIAL * 40:
        x = np.array(values).astype(dtype)
        for name in "argmax argmin sort".split():
            np.testing.assert_array_equal(each_way(getattr(ag, name), x), getattr(np, name)(x))
        np.testing.assert_array_equal(each_way(ag.argsort, x), np.argsort(x, kind="stable"))
        with np.errstate(all="ignore"):
            for name in "max min sum prod".split():
                got = each_way(getattr(ag, f"reduce_{name}"), x)
                np.testing.assert_array_equal(got, getattr(np, name)(x), err_msg=name)


def test_subnormal_numbers_are_kept():
    for dtype in "float32", "float64":
        least = np.finfo(dtype).smallest_subnormal
        x = np.full(100, least, dtype)
        assert (each_way(lambda x: x + x, x) == 2 * least).all()
        assert each_way(ag.reduce_sum, x) == 100 * least
        assert (
            each_way(lambda x: x * 0.5 * 2.0, np.full(100, np.finfo(dtype).tiny, dtype)) > 0
        ).all()


# ---- ints ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", INTS)
@pytest.mark.parametrize("shape", [(), (1,), (35,)])
def test_the_ends_of_ints_wrap_as_numpys(dtype, shape):
    info = np.iinfo(dtype)
    ends = np.resize(
        np.array([info.min, info.max, 0, 1, info.max - 1, info.min + 1, info.max // 2], dtype),
        shape or (1,),
    ).reshape(shape)
    ops = [lambda a: -a, abs, lambda a: a + a, lambda a: a * a, lambda a: a - 1]
    with np.errstate(all="ignore"):
        for op in ops:
            np.testing.assert_array_equal(each_way(op, ends), op(ends))
        for other in (info.max, 1, 3) + ((-1, info.min, -3) if info.min else ()):
            by = np.full(shape, other, dtype)
            for op in (lambda a, b: a // b), (lambda a, b: a % b):
                np.testing.assert_array_equal(each_way(op, ends, by), op(ends, by))
    zero = np.zeros(shape, dtype)
    for op in (lambda a, b: a // b), (lambda a, b: a % b):
        for f in op, ag.function(op):
            pytest.raises(ZeroDivisionError, f, ag.constant(ends), ag.constant(zero))
        with interpreted():
            pytest.raises(ZeroDivisionError, ag.function(op), ag.constant(ends), ag.constant(zero))


@pytest.mark.parametrize("dtype", INTS)
def test_shifts_by_any_number_are_numpys(dtype):
    info = np.iinfo(dtype)
    x = np.resize(np.array([info.min, info.max, 1, 5, info.max // 3], dtype), 35)
    for by in (0, 1, info.bits - 1, info.bits, info.bits + 1, 100) + (
        (-1, -100) if info.min else ()
    ):
        n = np.full(35, by, dtype)
        for op in (lambda a, b: a << b), (lambda a, b: a >> b):
            np.testing.assert_array_equal(each_way(op, x, n), op(x, n), err_msg=f"{by}")
            np.testing.assert_array_equal(each_way(op, x[3], n[0]), op(x[3], n[0]))


def test_shifts_of_plain_numbers():
    def left(a, b):
        return a << b

    def right(a, b):
        return a >> b

    same(left, (1, 62), (1, -1), (0, 1000), (-1, 63))
    same(right, (5, 1), (-5, 200), (5, 64), (5, -1))
    for n in 63, 64, 2**40:
        pytest.raises(OverflowError, ag.function(left), 1, n)


@pytest.mark.parametrize("source", FLOATS)
@pytest.mark.parametrize("dtype", [*INTS, "bool"])
def test_floats_that_no_int_holds_saturate_and_nan_is_zero(source, dtype):
    with np.errstate(all="ignore"):
        x = np.array(
            [math.nan, math.inf, -math.inf, 1e300, -1e300, 3.7, -3.7, 0.0, 1.8e19, 9.3e18]
            + [255.5, 256, 32768, -129, 2.0**31, 2.0**32, 2.0**63, 2.0**64, -(2.0**63)]
        ).astype(source)
    got = each_way(lambda x: ag.cast(x, dtype), x)
    alone = [each_way(lambda x: ag.cast(x, dtype), v.reshape(()))[()] for v in x]
    np.testing.assert_array_equal(got, alone)
    if dtype == "bool":
        want = [bool(v) for v in x.tolist()]
    else:
        info = np.iinfo(dtype)
        want = [
            0 if v != v else info.max if v > info.max else info.min if v < info.min else int(v)
            for v in x.tolist()
        ]
    np.testing.assert_array_equal(got, np.array(want, dtype))


def test_large_ints_round_once():
    x = np.array([2**64 - 1, 2**63, 2**63 + 1025, 2**53 + 1, 2**24 + 1, 0], "uint64")
    for dtype in "float32", "float64":
        np.testing.assert_array_equal(each_way(lambda x: ag.cast(x, dtype), x), x.astype(dtype))
    x = (x >> np.uint64(1)).astype("int64")
    for dtype in "float32", "float64":
        np.testing.assert_array_equal(each_way(lambda x: ag.cast(x, dtype), -x), (-x).astype(dtype))


# ---- many ----------------------------------------------------------------------------------------


def test_a_sum_of_many_keeps_its_digits():
    """One after the other, ten million tenths in float32 are off by a tenth."""
    x = ag.fill((10_000_000,), np.float32(0.1))
    want = float(np.float32(0.1)) * 10_000_000
    for f in (
        ag.reduce_sum,
        ag.function(ag.reduce_sum),
        ag.function(lambda x: ag.reduce_sum(x * 1.0)),
    ):
        assert abs(float(f(x)) - want) < 1e-5 * want


# ---- indices -------------------------------------------------------------------------------------


def test_indices_out_of_range_are_errors_everywhere():
    x = ag.constant(np.arange(5.0))
    uses = [
        lambda x, i: x[i],
        lambda x, i: ag.gather(x, ag.stack([i, i])),
        lambda x, i: ag.gather_nd(x, ag.reshape(i, (1, 1))),
        lambda x, i: ag.tensor_scatter_nd_update(
            x, ag.reshape(i, (1, 1)), ag.constant([1.0], "float64")
        ),
        lambda x, i: ag.scatter_nd(ag.reshape(i, (1, 1)), x[:1], (5,)),
    ]

    def loop(x, i):
        total = x[0] * 0
        for k in range(3):
            total += x[i + k]
        return total

    def assigned(x, i):
        x[i] = 7.0
        return x

    for use in [*uses, loop, assigned]:
        for bad in 5, 2**40, -(2**62), -6:
            with interpreted():
                pytest.raises(IndexError, ag.function(use), x, ag.constant(bad, "int64"))
            pytest.raises(IndexError, ag.function(use), x, ag.constant(bad, "int64"))
        np.asarray(ag.function(use)(x, ag.constant(1, "int64")))


def test_slices_are_cut_at_the_ends():
    def cut(x, a, b):
        return x[a:b]

    x = np.arange(5.0)
    ends = [-(2**63), -6, -5, -1, 0, 4, 5, 6, 2**63 - 1]
    f = ag.function(cut)
    for a in ends:
        for b in ends:
            assert f(x, a, b).tolist() == x[a:b].tolist(), (a, b)


def test_equal_indices_of_a_scatter_come_in_their_order():
    """The last update wins and all sums count, for any number of threads."""
    n = 200_000
    rng = np.random.default_rng(0)
    at = rng.integers(0, 50, n)
    updates = rng.integers(0, 1000, n).astype("float64")
    want, total = np.zeros(50), np.zeros(50)
    want[at] = updates
    np.add.at(total, at, updates)
    x = ag.zeros((50,), "float64")
    for threads in 1, 3, 8:
        ag.config.threading.set_intra_op_parallelism_threads(threads)
        try:
            args = x, ag.constant(at[:, None]), ag.constant(updates)
            for f in ag.tensor_scatter_nd_update, ag.function(ag.tensor_scatter_nd_update):
                np.testing.assert_array_equal(f(*args), want)
            for f in ag.tensor_scatter_nd_add, ag.function(ag.tensor_scatter_nd_add):
                np.testing.assert_array_equal(f(*args), total)
        finally:
            ag.config.threading.set_intra_op_parallelism_threads(0)


# ---- a processor set by others -------------------------------------------------------------------

MODES = """
import ctypes, mmap
import numpy as np
import autograph as ag

libm = ctypes.CDLL("libm.so.6")

def arrays(x, y):
    row, column = ag.reshape(x, (1, -1)), ag.reshape(y, (-1, 1))
    z = ag.exp(x) * ag.sin(y) + x / y
    tiny = ag.reduce_sum(x * 1e-40)
    return z, tiny, ag.round(x * 2.5), ag.cast(x * 3.3, "int64"), row @ column, ag.sort(x)

def numbers(a, b):
    total = 0.0
    for i in range(100):
        total += a / b * i + total / 3
    return total, a // b, a % b, round(a * 2.5), int(a * 7.7), a ** b, total * 1e-310

x, y = np.linspace(-3, 3, 300_000), np.linspace(1, 2, 300_000)
x[5] = 1e-310
small = [x.astype("float32"), y.astype("float32")]
small[0][5] = 1e-40
compiled = ag.function(arrays), ag.function(numbers)

def bits():
    out = []
    for f in arrays, compiled[0], ag.function(arrays):
        for args in (x, y), small:
            out += [np.asarray(v).tobytes() for v in f(*map(ag.constant, args))]
    for f in compiled[1], ag.function(numbers):
        out += [np.asarray(v).tobytes() for v in f(1.3, 0.7)]
    v = ag.Variable(1.0)
    v.assign_add(1e-9)
    out.append(v.numpy().tobytes())
    return out

want = bits()

# The register itself: code that loads it and code that stores it.
memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
# ldmxcsr [rdi]; ret; stmxcsr [rdi]; ret
memory.write(b"\\x0f\\xae\\x17\\xc3" + b"\\x0f\\xae\\x1f\\xc3")
base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
load, store = (ctypes.CFUNCTYPE(None, ctypes.POINTER(ctypes.c_uint32))(base + at) for at in (0, 4))

def mode():
    word = ctypes.c_uint32()
    store(ctypes.byref(word))
    return word.value & ~0x3F

for name, word in CASES:
    before = mode()
    load(ctypes.byref(ctypes.c_uint32(word)))
    try:
        got = bits()
        after = mode()
    finally:
        load(ctypes.byref(ctypes.c_uint32(before)))
    print(name, got == want, after == word)
"""


def test_what_other_libraries_set_in_the_processor_changes_no_result():
    """Rounding (fesetround), subnormals flushed (-ffast-math, audio code), divisions trapped."""
    cases = {
        "down": 0x3F80, "up": 0x5F80, "to zero": 0x7F80,
        "flush to zero": 0x9F80, "flush both": 0x9FC0, "trap": 0x1F80 & ~0x0680,
    }  # fmt: skip
    out = child(MODES.replace("CASES", repr(list(cases.items()))))
    assert out.splitlines() == [f"{name} True True" for name in cases]


def test_rounding_of_the_c_library_comes_back():
    out = child(
        """
        import ctypes
        import autograph as ag
        libm = ctypes.CDLL("libm.so.6")
        f = ag.function(lambda a, b: (a / b, str(a)))
        want = f(1.0, 3.0)
        for mode in 0x400, 0x800, 0xC00:
            libm.fesetround(mode)
            got = f(1.0, 3.0)
            print(libm.fegetround() == mode, end=" ")
            libm.fesetround(0)
            print(float(got[0]) == float(want[0]))
        """
    )
    assert out.split() == ["True"] * 6
