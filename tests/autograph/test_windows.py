"""Convolution and pooling: against NumPy, channels last and second, eager, interpreted and
compiled."""

import numpy as np
import pytest
from modes import interpreted

import autograph as tf
from autograph import windows


def parts(x, size, strides, pads, dilations, fill):
    """x [batch, channels, ...] as [batch, channels, places..., taps]."""
    x = np.pad(x, [(0, 0), (0, 0), *pads], constant_values=fill)
    reach = [d * (k - 1) + 1 for d, k in zip(dilations, size)]
    places = [max(0, (n - r) // s + 1) for n, r, s in zip(x.shape[2:], reach, strides)]
    made = np.zeros((*x.shape[:2], *places, int(np.prod(size))), x.dtype)
    for at in np.ndindex(*places):
        key = tuple(slice(a * s, a * s + r, d) for a, s, r, d in zip(at, strides, reach, dilations))
        made[(slice(None), slice(None), *at)] = x[(slice(None), slice(None), *key)].reshape(
            *x.shape[:2], -1
        )
    return made


def np_convolution(x, filters, strides, pads, dilations, groups):
    taps = parts(x, filters.shape[2:], strides, pads, dilations, 0)
    n, m = filters.shape[1], filters.shape[0] // groups
    made = []
    for g in range(groups):
        w = filters[g * m : (g + 1) * m].reshape(m, n, -1)
        made.append(np.einsum("bc...t,mct->bm...", taps[:, g * n : (g + 1) * n], w))
    return np.concatenate(made, 1)


def last(x):
    return np.ascontiguousarray(np.moveaxis(x, 1, -1))


def second(x):
    return np.moveaxis(np.asarray(x), -1, 1)


def ways(fn, *args):
    """What fn gives eager, interpreted, and compiled, of known sizes and of unknown ones."""
    yield fn(*map(tf.constant, args)).numpy()
    with interpreted():
        slow = tf.function(lambda *a: fn(*a))(*args).numpy()
    fast = tf.function(lambda *a: fn(*a))(*args).numpy()
    assert fast.tobytes() == slow.tobytes() and fast.dtype == slow.dtype
    yield fast
    specs = [tf.TensorSpec([None] * np.ndim(a), np.asarray(a).dtype.name) for a in args]
    made = [lambda a: fn(a), lambda a, b: fn(a, b)][len(args) - 1]
    yield tf.function(made, input_signature=specs)(*args).numpy()


@pytest.mark.parametrize("seed", range(25))
def test_convolution_and_pools_agree_with_numpy(seed):
    rng = np.random.default_rng(seed)
    n, groups = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    size, strides, dilations = ([int(v) for v in rng.integers(1, k, n)] for k in (4, 4, 3))
    pads = [tuple(int(v) for v in pair) for pair in rng.integers(0, 4, (n, 2))]
    dims = [int(v) for v in rng.integers(5, 9, n)]
    dtype = ["float32", "float64", "float16"][seed % 3]
    x = (rng.integers(-8, 9, (2, groups * 2, *dims)) / 4).astype(dtype)
    w = (rng.integers(-8, 9, (groups * 3, 2, *size)) / 4).astype(dtype)
    walk = (strides, pads, dilations)
    want = np_convolution(x.astype("f8"), w.astype("f8"), *walk, groups)
    for got in ways(lambda x, w: windows.convolution(x, w, *walk, groups), x, w):
        np.testing.assert_allclose(got, want, rtol=2e-3 if dtype == "float16" else 1e-6, atol=1e-5)
    hwio = np.ascontiguousarray(np.moveaxis(np.moveaxis(w, 0, -1), 0, -2))
    for got in ways(lambda x, w: windows.convolution(x, w, *walk, groups, True), last(x), hwio):
        np.testing.assert_allclose(
            second(got), want, rtol=2e-3 if dtype == "float16" else 1e-6, atol=1e-5
        )
    inside = parts(np.ones_like(x), size, *walk, 0).sum(-1)
    sums = parts(x.astype("f8"), size, *walk, 0).sum(-1)
    largest = parts(x, size, *walk, -np.inf).max(-1)
    for fn, want in (
        (windows.max_pool, largest),
        (windows.sum_pool, sums),
        (windows.avg_pool, sums / np.where(inside == 0, np.nan, inside)),
    ):
        for got in ways(lambda x, fn=fn: fn(x, size, *walk), x):
            np.testing.assert_allclose(
                got, want, rtol=2e-3 if dtype == "float16" else 1e-6, atol=1e-5
            )
        for got in ways(lambda x, fn=fn: fn(x, size, *walk, last=True), last(x)):
            np.testing.assert_allclose(
                second(got), want, rtol=2e-3 if dtype == "float16" else 1e-6, atol=1e-5
            )
    for got in ways(lambda x: windows.max_pool_at(x, size, *walk), x):
        found = np.take_along_axis(x.reshape(*x.shape[:2], -1), got.reshape(*x.shape[:2], -1), 2)
        met = inside > 0
        np.testing.assert_array_equal(found.reshape(largest.shape)[met], largest[met])


@pytest.mark.parametrize("seed", range(40))
def test_groups_of_few_filters_agree_with_numpy(seed):
    """Such as one filter a channel; steps that are too large for what is done there too."""
    rng = np.random.default_rng(seed)
    n, groups = 1 + seed % 2, int(rng.choice([2, 3, 5, 16, 17, 40]))
    channels, made = int(rng.choice([1, 1, 2, 5])), int(rng.choice([1, 1, 2, 3, 5, 6]))
    size, strides, dilations = ([int(v) for v in rng.integers(1, k, n)] for k in (6, 6, 4))
    pads = [tuple(int(v) for v in pair) for pair in rng.integers(0, 5, (n, 2))]
    dims = [int(v) for v in rng.integers(13, 40, n)]
    dtype = ["float32", "float64"][seed % 4 // 2]
    x = rng.standard_normal((int(rng.integers(1, 4)), groups * channels, *dims)).astype(dtype)
    w = rng.standard_normal((groups * made, channels, *size)).astype(dtype)
    walk = (strides, pads, dilations, groups)
    want = np_convolution(x.astype("f8"), w.astype("f8"), *walk)
    near = {"rtol": 1e-3, "atol": 1e-4} if dtype == "float32" else {"rtol": 1e-10, "atol": 1e-11}
    (out, *others) = ways(lambda x, w: windows.convolution(x, w, *walk), x, w)
    np.testing.assert_allclose(out, want, **near)
    hwio = np.ascontiguousarray(np.moveaxis(np.moveaxis(w, 0, -1), 0, -2))
    rows = [*ways(lambda x, w: windows.convolution(x, w, *walk, True), last(x), hwio)]
    np.testing.assert_allclose(second(rows[0]), want, **near)
    assert all(other.tobytes() == out.tobytes() for other in others)
    assert all(other.tobytes() == rows[0].tobytes() for other in rows)
    if channels == 1:  # the order of the sums is one
        assert second(rows[0]).tobytes() == out.tobytes()


def test_infinite_filters_meet_the_padding():
    """As everywhere: what lies around x is zeros, and 0 * inf is a NaN."""
    x, w = np.ones((1, 20, 3, 3)), np.full((20, 1, 3, 3), np.inf)
    (out, *others) = ways(
        lambda x, w: windows.convolution(x, w, [1, 1], [(1, 1)] * 2, [1, 1], 20), x, w
    )
    assert np.isnan(out[0, 0]).tolist() == [[True] * 3, [True, False, True], [True] * 3]
    assert all(other.tobytes() == out.tobytes() for other in others)


@pytest.mark.parametrize(
    "dtype", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
)
def test_pools_of_integers(dtype):
    x = np.array([[[[3, 1], [0, 7]]]], dtype)
    low = np.iinfo(dtype).min
    assert windows.max_pool(x, [2, 2], [1, 1], [(0, 0)] * 2, [1, 1]).numpy().tolist() == [[[[7]]]]
    assert windows.sum_pool(x, [2, 2], [1, 1], [(0, 0)] * 2, [1, 1]).numpy().tolist() == [[[[11]]]]
    far = windows.max_pool(x, [1, 1], [1, 1], [(1, 0), (0, 0)], [1, 1]).numpy()
    assert far.tolist() == [[[[low, low], [3, 1], [0, 7]]]]


def test_nan_is_the_largest_and_equals_keep_the_first_place():
    x = np.array([[[1.0, np.nan, 5.0, 5.0, np.nan]]])
    walk = ([5], [1], [(0, 0)], [1])
    assert np.isnan(windows.max_pool(x, *walk).numpy()).all()
    assert windows.max_pool_at(x, *walk).numpy().item() == 1
    assert windows.max_pool_at(x[..., 2:4], [2], [1], [(0, 0)], [1]).numpy().item() == 0


def test_nothing_gives_nothing():
    w = np.ones((3, 2, 3), "f4")
    for dims, want in (((0, 2, 5), (0, 3, 3)), ((1, 2, 2), (1, 3, 0))):
        for got in ways(
            lambda x, w: windows.convolution(x, w, [1], [(0, 0)], [1]), np.ones(dims, "f4"), w
        ):
            assert got.shape == want
    none = windows.convolution(
        np.ones((1, 0, 4), "f4"), np.ones((2, 0, 3), "f4"), [1], [(0, 0)], [1]
    )
    assert none.numpy().tolist() == [[[0, 0], [0, 0]]]


def test_a_large_image_goes_in_tiles():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((1, 3, 200, 190)), rng.standard_normal((4, 3, 5, 5))
    want = np_convolution(x, w, [1, 1], [(2, 2), (2, 2)], [1, 1], 1)
    for got in ways(lambda x, w: windows.convolution(x, w, [1, 1], [(2, 2), (2, 2)], [1, 1]), x, w):
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("groups", [0, -1, 3, 2**40, 2**62, 2**63 - 1])
def test_groups_that_do_not_fit_are_refused(groups):
    x, w = np.ones((1, 2, 3, 3), "f4"), np.ones((4, 2, 2, 2), "f4")
    for way in (lambda f: f, tf.function):
        with pytest.raises(tf.errors.InvalidArgumentError, match="groups"):
            way(lambda: windows.convolution(x, w, [1, 1], [(0, 0)] * 2, [1, 1], groups))()


def test_padding_far_beyond_x_takes_no_memory():
    """Windows are laid out one by one there; x with all of that around it would be terabytes."""
    x, w = np.full((1, 2, 3, 3), 2.0, "f4"), np.ones((4, 2, 2, 2), "f4")
    far = 2**30
    for strides, pads, dilations, want in (
        ([far, far], [(2**20, 2**20)] * 2, [1, 1], [0.0]),
        ([far, far], [(1, far)] * 2, [1, 1], [4.0, 0.0, 0.0, 0.0]),
        ([far, 1], [(0, far), (0, 0)], [far, 1], [8.0, 8.0]),
    ):
        for got in ways(lambda x, w: windows.convolution(x, w, strides, pads, dilations), x, w):
            assert got[0, 0].ravel().tolist() == want == got[0, 3].ravel().tolist()


X = np.arange(2 * 7 * 6 * 4).reshape(2, 7, 6, 4).astype("f4") % 11 - 5
W = np.arange(3 * 3 * 4 * 5).reshape(3, 3, 4, 5).astype("f4") % 7 - 3


def nchw(x):
    return np.ascontiguousarray(np.moveaxis(x, -1, 1))


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", ["SAME", "VALID", [[0, 0], [1, 2], [0, 3], [0, 0]]])
def test_conv2d_and_pools_under_their_names(stride, padding):
    pads = [(0, 0), (0, 0)] if padding == "VALID" else [tuple(p) for p in padding[1:3]]
    if padding == "SAME":
        total = [max(0, (-(-n // stride) - 1) * stride + 3 - n) for n in X.shape[1:3]]
        pads = [(t // 2, t - t // 2) for t in total]
    walk = ([stride] * 2, pads, [1, 1])
    want = np_convolution(nchw(X), W.transpose(3, 2, 0, 1), *walk, 1)
    np.testing.assert_allclose(second(tf.nn.conv2d(X, W, stride, padding)), want)
    of_other = padding if isinstance(padding, str) else [[0, 0], [0, 0], *padding[1:3]]
    np.testing.assert_allclose(
        tf.nn.conv2d(nchw(X), W, [1, 1, stride, stride], of_other, "NCHW").numpy(), want
    )
    taps = parts(nchw(X), [3, 3], *walk, -np.inf)
    np.testing.assert_array_equal(second(tf.nn.max_pool2d(X, 3, stride, padding)), taps.max(-1))
    with np.errstate(invalid="ignore"):  # windows that lie outside
        mean = np.where(np.isfinite(taps), taps, 0).sum(-1) / np.isfinite(taps).sum(-1)
    np.testing.assert_allclose(
        second(tf.nn.avg_pool2d(X, [1, 3, 3, 1], stride, padding)), mean, rtol=1e-6
    )


def test_convolutions_of_other_ranks_and_depthwise():
    x, w = X[:, :, 0], W[:, 0]
    got = second(tf.nn.conv1d(x, w, 2, "VALID"))
    np.testing.assert_allclose(
        got, np_convolution(nchw(x), w.transpose(2, 1, 0), [2], [(0, 0)], [1], 1)
    )
    x, w = X[:, None], W[None]
    got = second(tf.nn.conv3d(x, w, 1, "SAME"))
    want = np_convolution(
        nchw(x), w.transpose(4, 3, 0, 1, 2), [1] * 3, [(0, 0), (1, 1), (1, 1)], [1] * 3, 1
    )
    np.testing.assert_allclose(got, want)
    got = second(tf.nn.depthwise_conv2d(X, W, [1, 1, 1, 1], "VALID"))
    each = W.reshape(3, 3, 1, 20).transpose(3, 2, 0, 1)
    np.testing.assert_allclose(got, np_convolution(nchw(X), each, [1, 1], [(0, 0)] * 2, [1, 1], 4))


def test_what_does_not_fit_is_refused():
    x, w = tf.constant(X), tf.constant(W)
    for call, text in (
        (lambda: tf.nn.conv2d(x[0], w, 1, "SAME"), "rank 4"),
        (lambda: tf.nn.conv2d(x, w[:, :, :3], 1, "SAME"), "3 channels"),
        (lambda: tf.nn.conv2d(x, w, 0, "SAME"), "above 0"),
        (lambda: tf.nn.conv2d(x, w, [2, 1, 1, 1], "SAME"), "not 1 for the batch"),
        (lambda: tf.nn.conv2d(x, w, 1, "BOTH"), "'SAME', 'VALID'"),
        (lambda: tf.nn.conv2d(x, w, 1, [[0, 0], [-1, 0], [0, 0], [0, 0]]), "pairs"),
        (lambda: tf.nn.conv2d(x, w, 1, "SAME", "CHWN"), "data_format"),
        (lambda: tf.nn.max_pool2d(x, 0, 1, "SAME"), "above 0"),
        (lambda: windows.convolution(x, w, [1, 1], [(0, 0)] * 2, [1, 1], 3), "do not fit"),
        (lambda: windows.max_pool(x, [2], [1, 1], [(0, 0)] * 2, [1, 1]), "number per spatial axis"),
        (lambda: windows.max_pool(x[0, 0], [2], [1], [(0, 0)], [1]), "at least one more axis"),
    ):
        for way in (call, tf.function(call)):
            with pytest.raises(ValueError, match=text):
                way()
    with pytest.raises(TypeError, match="floating"):
        tf.nn.conv2d(tf.cast(x, "int32"), tf.cast(w, "int32"), 1, "SAME")
