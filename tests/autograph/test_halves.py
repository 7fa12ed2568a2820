"""float16 and bfloat16: every value, every rounding, in each kind of run."""

import struct

import numpy as np
import pytest
from modes import interpreted

import autograph as ag

ALL = np.arange(65536, dtype=np.uint16)


def bf16(bits):
    return (np.asarray(bits, np.uint32) << 16).view(np.float32)


def test_float16_to_others_is_exact():
    x = ALL.view(np.float16)
    for dtype in ("float32", "float64"):
        np.testing.assert_array_equal(ag.cast(x, dtype).numpy(), x.astype(dtype))
    back = ag.cast(x.astype(np.float64), "float16").numpy()
    np.testing.assert_array_equal(back[~np.isnan(x)].view(np.uint16), ALL[~np.isnan(x)])
    assert np.isnan(back[np.isnan(x)]).all()


def test_to_float16_rounds_once_halves_to_even():
    x = ALL[:0x7C00].view(np.float16).astype(np.float64)
    middle = (x[:-1] + x[1:]) / 2
    for y in (
        middle,
        np.nextafter(middle, 0),
        np.nextafter(middle, 9e9),
        -middle,
        [65519.99, 65520.0, 1e300, -1e-300, 2**-25, 2**-25 * 1.0000001],
    ):
        y = np.asarray(y, np.float64)
        np.testing.assert_array_equal(ag.cast(y, "float16").numpy(), y.astype(np.float16))
    z = np.asarray(middle, np.float32)
    np.testing.assert_array_equal(ag.cast(z, "float16").numpy(), z.astype(np.float16))


def test_bfloat16_is_the_upper_half_of_float32():
    x = np.concatenate(
        [
            np.random.default_rng(0).integers(0, 2**32, 50_000, np.uint32).view(np.float32),
            np.array([0.0, -0.0, np.inf, -np.inf, 3e38, 1e-40], np.float32),
        ]
    )
    x = x[~np.isnan(x)]
    got = ag.cast(ag.cast(x, "bfloat16"), "float32").numpy()
    bits = x.view(np.uint32)
    want = bf16(((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16))
    np.testing.assert_array_equal(got, want)
    assert np.isnan(ag.cast(ag.cast([np.nan], "bfloat16"), "float32").numpy())
    assert ag.constant([1.5, -2], "bfloat16").tolist() == [1.5, -2.0]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_programs_of_halves(dtype):
    def f(x, n):
        total = x * 0
        for i in range(n):
            if x[0] > 0:
                total = total + x / 2
            else:
                total = total - ag.sqrt(ag.abs(x))
        return ag.cast(total, "float32"), ag.reduce_mean(total), total[1]

    for start in ([1.0, 2.0, 3.0], [-1.0, 2.5, 3.0]):
        x = ag.constant(start, dtype)
        want = [t.tolist() for t in f(x, 5)]
        with interpreted():
            assert [t.tolist() for t in ag.function(f)(x, 5)] == want
        assert [t.tolist() for t in ag.function(f)(x, 5)] == want
        assert f(x, 5)[1].dtype == dtype


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "complex64"])
def test_a_choice_of_two_numbers(dtype):
    def f(x, c):
        y = x if c > 0 else x + x
        return y

    x = ag.constant(1.5, dtype)
    for c, want in ((1, 1.5), (-1, 3.0)):
        with interpreted():
            assert ag.function(f)(x, c).item() == want
        assert ag.function(f)(x, c).item() == want


def test_variables_and_text_of_halves():
    v = ag.Variable([1.0, 2.0], dtype="float16")
    v.assign_add([0.5, 0.25])
    assert (
        v.numpy().tolist() == [1.5, 2.25]
        and str(ag.constant([1.5, 2], "float16").numpy()) == "[1.5 2. ]"
    )
    assert ag.constant(1.5, "bfloat16").item() == 1.5
    assert struct.unpack("e", ag.constant([0.1], "float16").numpy().tobytes())[0] == float(
        np.float16(0.1)
    )


def test_what_halves_cannot_do_is_refused():
    with pytest.raises(TypeError):
        ag.constant(1.0, "float16") + ag.constant(1.0, "float32")
    with pytest.raises(TypeError):
        ag.bitwise.invert(ag.constant(1.0, "float16"))
