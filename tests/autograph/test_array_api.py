"""The array API standard: every function of the namespace against array-api-strict, on arrays that hypothesis draws.

Each case runs eagerly; `AG_ARRAY_API_EXAMPLES` sets how many arrays each function meets (the long run: 200)."""

import os

import array_api_strict as strict
import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograph as ag
from autograph import array_api as xp

EXAMPLES = int(os.environ.get("AG_ARRAY_API_EXAMPLES", "12"))
strict.set_array_api_strict_flags(api_version="2023.12")

SIGNED = ["int8", "int16", "int32", "int64"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
INTEGERS = SIGNED + UNSIGNED
FLOATS = ["float32", "float64"]
COMPLEX = ["complex64", "complex128"]
REAL = INTEGERS + FLOATS
NUMERIC = REAL + COMPLEX
EVERY = ["bool", *NUMERIC]

quick = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)


def elements(dtype, special=True):
    if dtype == "bool":
        return st.booleans()
    if dtype in INTEGERS:
        info = np.iinfo(dtype)
        return st.integers(int(info.min), int(info.max)) | st.integers(max(int(info.min), -3), 3)
    width = 32 if dtype in ("float32", "complex64") else 64
    some = st.floats(-100, 100, width=width) | st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5])
    if special:
        some |= st.sampled_from([np.inf, -np.inf, np.nan])
    return some if dtype in FLOATS else st.builds(complex, some, some)


def arrays(dtype, shape=None, special=True):
    if shape is None:
        shape = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    return hnp.arrays(dtype, shape, elements=elements(dtype, special))


def theirs(x):
    return strict.asarray(x) if isinstance(x, np.ndarray) else x


def ours(x):
    return ag.constant(x, dtype=x.dtype.name) if isinstance(x, np.ndarray) else x


def each(f, x):
    return type(x)(each(f, i) for i in x) if type(x) in (list, tuple) else f(x)


def as_numpy(x):
    if isinstance(x, ag.Tensor):
        return x.numpy()
    return np.asarray(x._array) if hasattr(x, "_array") else np.asarray(x)


def compare(got, wanted, rtol=0.0, atol=0.0):
    if isinstance(wanted, (list, tuple)):
        assert len(got) == len(wanted)
        for g, w in zip(got, wanted):
            compare(g, w, rtol, atol)
        return
    g, w = as_numpy(got), as_numpy(wanted)
    assert g.dtype == w.dtype, (g.dtype, w.dtype)
    assert g.shape == w.shape, (g.shape, w.shape)
    if rtol == atol == 0:
        np.testing.assert_array_equal(g, w)
    else:
        np.testing.assert_allclose(g, w, rtol=rtol, atol=atol)


def both(name, *args, rtol=0.0, atol=0.0, **kwargs):
    """The function of both namespaces on the same arguments: what the strict one takes, ours takes."""
    with np.errstate(all="ignore"):
        try:
            wanted = getattr(strict, name)(*each(theirs, args), **kwargs)
        except (
            TypeError,
            ValueError,
            IndexError,
            strict._errors.AxisError if hasattr(strict, "_errors") else IndexError,
        ):
            return None
    got = getattr(xp, name)(*each(ours, args), **kwargs)
    compare(got, wanted, rtol, atol)
    return got


def tolerance(dtype, ulps=8):
    """Of functions that are not exact in NumPy either; sums differ in their order."""
    return ulps * float(np.finfo(dtype).eps) if dtype in FLOATS + COMPLEX else 0.0


# ---- elementwise -----------------------------------------------------------------------------------

EXACT = [
    "abs",
    "negative",
    "positive",
    "square",
    "sign",
    "ceil",
    "floor",
    "trunc",
    "round",
    "isfinite",
    "isinf",
    "isnan",
]
MATH = [
    "acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "exp", "expm1", "log", "log1p", "log2", "log10",
    "sin", "sinh", "sqrt", "tan", "tanh",
]  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_exact_functions(name):
    @quick
    @given(st.data())
    def run(data):
        x = data.draw(st.sampled_from(REAL if name != "sign" else SIGNED + FLOATS).flatmap(arrays))
        both(name, x)

    run()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", MATH)
def test_functions_of_floats(name, dtype):
    @quick
    @given(arrays(dtype))
    def run(x):
        both(name, x, rtol=tolerance(dtype), atol=tolerance(dtype) / 8)

    run()


@pytest.mark.parametrize(
    "name", [n for n in MATH if n not in ("log1p", "expm1", "tan", "tanh", "log2", "log10")]
)
def test_functions_of_complex_numbers(name):
    @quick
    @given(arrays("complex128", special=False))
    def run(x):
        x = np.where(
            (abs(x.imag) < 1e-3) | (abs(x.real) < 1e-3), 0.5 + 0.25j, x
        )  # not on a branch cut
        both(name, x, rtol=1e-9, atol=1e-9)

    run()


@pytest.mark.parametrize("name", ["real", "imag", "conj", "abs", "negative", "square"])
def test_parts_of_complex_numbers(name):
    @quick
    @given(st.sampled_from(COMPLEX).flatmap(lambda d: arrays(d, special=False)))
    def run(x):
        both(name, x, rtol=1e-6)

    run()


def pairs(data, dtypes, mixed=True):
    a = data.draw(st.sampled_from(dtypes))
    b = data.draw(st.sampled_from(dtypes)) if mixed else a
    shapes = data.draw(
        hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, min_side=0, max_side=4)
    ).input_shapes
    return data.draw(arrays(a, shapes[0])), data.draw(arrays(b, shapes[1]))


@pytest.mark.parametrize(
    "name",
    [
        "add",
        "subtract",
        "multiply",
        "maximum",
        "minimum",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
    ],
)
def test_two_operands_promote_and_broadcast(name):
    @quick
    @given(st.data())
    def run(data):
        both(name, *pairs(data, REAL))

    run()


@pytest.mark.parametrize("name", ["equal", "not_equal"])
def test_equality(name):
    @quick
    @given(st.data())
    def run(data):
        both(name, *pairs(data, EVERY))

    run()


@pytest.mark.parametrize("name", ["divide", "atan2", "hypot", "copysign", "logaddexp"])
def test_two_floats(name):
    @quick
    @given(st.data())
    def run(data):
        x, y = pairs(data, FLOATS)
        if name == "copysign":
            y = np.where(np.isnan(y), 1, y)  # the sign of a NaN is not looked at
            x = np.where(np.isnan(x), 1, x)
        both(
            name,
            x,
            y,
            rtol=tolerance(np.result_type(x, y).name),
            atol=1e-300 if name != "logaddexp" else 1e-7,
        )

    run()


def test_hypot_neither_overflows_nor_underflows():
    for a, b in [(1e200, 1e200), (3e-200, 4e-200), (np.inf, np.nan), (0.0, 0.0), (-3.0, 4.0)]:
        both("hypot", np.array(a), np.array(b), rtol=1e-15)


def test_signbit():
    both("signbit", np.array([0.0, -0.0, 1.5, -2.0, np.inf, -np.inf]))


@pytest.mark.parametrize("name", ["floor_divide", "remainder"])
def test_division_with_rest(name):
    @quick
    @given(st.data())
    def run(data):
        x, y = pairs(data, INTEGERS)
        y = np.where(y == 0, np.ones_like(y), y)
        both(name, x, y)
        x, y = pairs(data, FLOATS)
        x, y = (
            np.nan_to_num(x, posinf=7, neginf=7),
            np.where(np.isfinite(y) & (abs(y) > 1e-3), y, 3),
        )
        both(name, x, y.astype(y.dtype))

    run()


def test_powers():
    @quick
    @given(st.data())
    def run(data):
        x, y = pairs(data, ["int32", "int64"], mixed=False)
        both("pow", x, abs(y) % 7)
        x, y = pairs(data, FLOATS)
        both("pow", abs(x), y, rtol=1e-4)

    run()


@pytest.mark.parametrize(
    "name",
    [
        "bitwise_and",
        "bitwise_or",
        "bitwise_xor",
        "bitwise_invert",
        "bitwise_left_shift",
        "bitwise_right_shift",
    ],
)
def test_bits(name):
    @quick
    @given(st.data())
    def run(data):
        x, y = pairs(data, INTEGERS if "shift" in name else ["bool", *INTEGERS])
        if "shift" in name:
            y = (abs(y.astype("int64")) % 8).astype(y.dtype)
        both(name, *([x] if name == "bitwise_invert" else [x, y]))

    run()


@pytest.mark.parametrize("name", ["logical_and", "logical_or", "logical_xor", "logical_not"])
def test_logic(name):
    @quick
    @given(st.data())
    def run(data):
        x, y = pairs(data, ["bool"])
        both(name, *([x] if name == "logical_not" else [x, y]))

    run()


def test_clip():
    @quick
    @given(
        st.sampled_from(SIGNED + FLOATS).flatmap(arrays),
        st.sampled_from([(None, 3), (-2, None), (-2, 3), (None, None)]),
    )
    def run(x, bounds):
        both("clip", x, *bounds)

    run()


# ---- dtypes ----------------------------------------------------------------------------------------


def test_promotion_is_the_standard_s():
    for a in EVERY:
        for b in EVERY:
            try:
                wanted = strict.result_type(getattr(strict, a), getattr(strict, b))
            except TypeError:
                with pytest.raises(TypeError, match="no common dtype"):
                    xp.result_type(getattr(xp, a), getattr(xp, b))
                continue
            assert str(wanted).split(".")[-1] == xp.result_type(getattr(xp, a), getattr(xp, b)).name
            assert xp.can_cast(getattr(xp, a), getattr(xp, b)) == (wanted == getattr(strict, b))


def test_limits_and_kinds():
    for name in INTEGERS:
        mine, theirs_ = xp.iinfo(getattr(xp, name)), strict.iinfo(getattr(strict, name))
        assert (mine.bits, mine.max, mine.min) == (theirs_.bits, theirs_.max, theirs_.min)
    for name in FLOATS + COMPLEX:
        mine, theirs_ = xp.finfo(getattr(xp, name)), strict.finfo(getattr(strict, name))
        for field in ("bits", "eps", "max", "min", "smallest_normal"):
            assert getattr(mine, field) == getattr(theirs_, field)
    kinds = [
        "bool",
        "signed integer",
        "unsigned integer",
        "integral",
        "real floating",
        "complex floating",
        "numeric",
    ]
    for name in EVERY:
        for kind in [*kinds, ("bool", "integral")]:
            assert xp.isdtype(getattr(xp, name), kind) == strict.isdtype(
                getattr(strict, name), kind
            )
    with pytest.raises(ValueError, match="there is no kind 'floating'"):
        xp.isdtype(xp.float32, "floating")


def test_astype():
    @quick
    @given(
        st.sampled_from(REAL).flatmap(lambda d: arrays(d, special=False)), st.sampled_from(EVERY)
    )
    def run(x, to):
        if to in UNSIGNED and x.dtype.kind == "f":
            x = abs(x)
        compare(xp.astype(ours(x), getattr(xp, to)), x.astype(to))

    run()
    with pytest.raises(TypeError, match=r"take real\(\) or imag\(\)"):
        xp.astype(xp.asarray([1j]), xp.float64)


# ---- creation --------------------------------------------------------------------------------------


def test_creation():
    for shape in [(), 3, (0,), (2, 3)]:
        for name in ("zeros", "ones"):
            both(name, shape)
            for dtype in EVERY:
                compare(
                    getattr(xp, name)(shape, dtype=getattr(xp, dtype)),
                    getattr(np, name)(shape, dtype),
                )
        for value in (3, 2.5, True, 1j):
            both("full", shape, value)
    for args in [
        (5,),
        (2, 7),
        (7, 2),
        (7, 2, -2),
        (0.0, 1.0, 0.25),
        (5, 5),
        (1, 2, 10),
        (0, 1, 0.3),
    ]:
        both("arange", *args, rtol=1e-15)
    for args in [(0, 1, 5), (0.0, 1.0, 1), (3, -3, 7), (0, 1, 0), (0.1, 0.7, 13)]:
        both("linspace", *args, rtol=1e-14, atol=1e-15)
        both("linspace", *args, endpoint=False, rtol=1e-14, atol=1e-15)
    for args in [(3,), (2, 4), (4, 2), (0,)]:
        for k in (-2, 0, 1):
            both("eye", *args, k=k)
    for value in (5, 2.5, True, 1j, [1, 2], [[1.5], [2.0]], [[True, False]], [], [1, 2.5]):
        both("asarray", value)


def test_likes_and_triangles():
    @quick
    @given(st.sampled_from(NUMERIC).flatmap(lambda d: arrays(d, special=False)), st.integers(-3, 3))
    def run(x, k):
        for name in ("zeros_like", "ones_like"):
            both(name, x)
        both("full_like", x, 2)
        if x.ndim >= 2:
            both("tril", x, k=k)
            both("triu", x, k=k)

    run()


@pytest.mark.parametrize("indexing", ["xy", "ij"])
def test_meshgrid(indexing):
    vectors = [np.arange(3.0), np.arange(2.0), np.arange(4.0)]
    for n in range(4):
        both("meshgrid", *vectors[:n], indexing=indexing)


# ---- manipulation ----------------------------------------------------------------------------------


def test_shapes_and_order():
    @quick
    @given(st.data())
    def run(data):
        x = data.draw(st.sampled_from(EVERY).flatmap(arrays))
        axes = st.integers(-x.ndim, x.ndim - 1) if x.ndim else st.just(0)
        both("reshape", x, (-1,) if x.size else (0,))
        both("expand_dims", x, axis=data.draw(st.integers(-x.ndim - 1, x.ndim)))
        both("flip", x)
        both("broadcast_to", x, (2, *x.shape))
        both("permute_dims", x, tuple(data.draw(st.permutations(range(x.ndim)))))
        both("tile", x, tuple(data.draw(st.lists(st.integers(0, 2), max_size=4))))
        both("roll", x, data.draw(st.integers(-5, 5)))
        both("repeat", x, data.draw(st.integers(0, 3)))
        both("stack", [x, x], axis=data.draw(st.integers(-x.ndim - 1, x.ndim)))
        both("broadcast_arrays", x, np.zeros((1,) * x.ndim))
        if x.ndim:
            axis = data.draw(axes)
            both("flip", x, axis=axis)
            both("roll", x, data.draw(st.integers(-5, 5)), axis=axis)
            both("concat", [x, x[:1], x], axis=0)
            both("concat", [x, x], axis=None)
            both("repeat", x, 2, axis=axis)
            both("unstack", x, axis=axis)
            both("moveaxis", x, axis, 0)
            both("squeeze", x[None], 0)
            if x.shape[axis]:
                at = data.draw(hnp.arrays("int64", 3, elements=st.integers(0, x.shape[axis] - 1)))
                both("take", x, at, axis=axis)

    run()


def test_take_along_axis():
    x, at = np.arange(12.0).reshape(3, 4), np.array([[0, 3], [1, 1], [2, 0]])
    compare(xp.take_along_axis(ours(x), ours(at), axis=1), np.take_along_axis(x, at, 1))


def test_concat_promotes():
    both("concat", [np.int8([1, 2]), np.int16([300])])
    both("stack", [np.float32([1, 2]), np.float64([3, 4])])
    with pytest.raises(TypeError, match="no common dtype"):
        xp.concat([xp.asarray([1]), xp.asarray([1.0])])


# ---- reductions, searching, sorting, sets ------------------------------------------------------------


def axes_of(data, x):
    return data.draw(st.none() | (st.integers(-x.ndim, x.ndim - 1) if x.ndim else st.none()))


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "mean", "var", "std", "all", "any"])
def test_reductions(name):
    dtypes = {
        "mean": FLOATS,
        "var": FLOATS,
        "std": FLOATS,
        "all": EVERY,
        "any": EVERY,
        "prod": SIGNED + FLOATS,
    }.get(name, REAL)

    @quick
    @given(st.data())
    def run(data):
        x = data.draw(
            st.sampled_from(dtypes).flatmap(
                lambda d: arrays(d, special=name in ("max", "min", "all", "any"))
            )
        )
        axis, keepdims = axes_of(data, x), data.draw(st.booleans())
        if name in ("max", "min", "mean", "var", "std") and 0 in x.shape:
            return
        loose = x.dtype.kind == "f" and name not in ("max", "min")
        both(
            name,
            x,
            axis=axis,
            keepdims=keepdims,
            rtol=1e-4 * loose,
            atol=1e-2 * loose * (name != "prod"),
        )
        if name == "var":
            both(name, x, correction=0.5, rtol=1e-4, atol=1e-2)

    run()


def test_running_sums():
    @quick
    @given(st.data())
    def run(data):
        x = data.draw(
            st.sampled_from(INTEGERS).flatmap(
                lambda d: arrays(d, hnp.array_shapes(max_dims=3, max_side=4))
            )
        )
        axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
        both("cumulative_sum", x, axis=axis)
        both("cumulative_sum", x, axis=axis, include_initial=True)

    run()
    compare(xp.cumulative_prod(ours(np.arange(1, 6))), np.cumprod(np.arange(1, 6)))
    compare(xp.diff(ours(np.array([1, 4, 9, 16])), n=2), np.array([2, 2]))


@pytest.mark.parametrize("name", ["argmax", "argmin", "sort", "argsort"])
def test_order(name):
    @quick
    @given(st.data())
    def run(data):
        shape = hnp.array_shapes(max_dims=3, max_side=5)
        x = data.draw(
            st.sampled_from(REAL).flatmap(lambda d: arrays(d, shape, special=name == "sort"))
        )
        if name in ("sort", "argsort"):
            # -0.0 and 0.0 are equal; a descending order of equal elements is not the same in NumPy
            axis, down = (
                data.draw(st.integers(-x.ndim, x.ndim - 1)),
                name == "sort" and data.draw(st.booleans()),
            )
            if not (down and np.isnan(x.astype("float64")).any()):
                both(name, x, axis=axis, descending=down)
        else:
            both(name, x, axis=axes_of(data, x), keepdims=data.draw(st.booleans()))

    run()


def test_where_nonzero_and_count():
    @quick
    @given(st.data())
    def run(data):
        x, y = pairs(data, REAL)
        c = data.draw(arrays("bool", hnp.array_shapes(min_dims=0, max_dims=0)))
        both("where", c, x, y)
        both("nonzero", x)
        compare(xp.count_nonzero(ours(x)), np.array(np.count_nonzero(x)))

    run()


@pytest.mark.parametrize("side", ["left", "right"])
def test_searchsorted(side):
    @quick
    @given(arrays("int64", hnp.array_shapes(max_dims=1, min_side=0, max_side=9)), arrays("int64"))
    def run(row, x):
        row = np.sort(row)
        x = np.where(x % 3 == 0, row[0] if row.size else x, x)
        compare(xp.searchsorted(ours(row), ours(x), side=side), np.searchsorted(row, x, side))

    run()


def test_sets():
    @quick
    @given(st.sampled_from(INTEGERS).flatmap(lambda d: arrays(d)))
    def run(x):
        both("unique_values", x)
        both("unique_counts", x)
        both("unique_inverse", x)
        both("unique_all", x)

    run()
    found = xp.unique_all(ours(np.array([np.nan, 1.0, np.nan])))
    assert found.values.shape == (3,) and found.counts.tolist() == [1, 1, 1]


# ---- products --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shapes",
    [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3, 4)),
        ((5, 2, 3), (3, 4)),
        ((2, 0), (0, 2)),
    ],
)
@pytest.mark.parametrize("dtype", ["int32", "float64"])
def test_products(shapes, dtype):
    draw = np.random.default_rng(1)
    x, y = (draw.integers(-5, 5, s).astype(dtype) for s in shapes)
    both("matmul", x, y)
    if x.shape[-1] == y.shape[-1]:
        both("vecdot", x, y)
    if x.ndim >= 2:
        both("matrix_transpose", x)
        compare(ours(x).mT, np.swapaxes(x, -1, -2))
    both("tensordot", x, y, axes=1)
    both("tensordot", x, y, axes=0)


# ---- the array itself ------------------------------------------------------------------------------


def standardise(x):
    xp = x.__array_namespace__()
    centred = x - xp.mean(x, axis=0, keepdims=True)
    spread = xp.std(x, axis=0, keepdims=True)
    scaled = centred / xp.where(spread == 0, xp.ones_like(spread), spread)
    return xp.sum(scaled**2, axis=-1), xp.argmax(scaled, axis=0)


def test_a_program_for_the_standard_runs_eagerly_and_compiled():
    x = np.random.default_rng(2).standard_normal((30, 4))
    wanted = standardise(strict.asarray(x))
    for f in (standardise, ag.function(standardise)):
        compare(f(ag.constant(x)), wanted, rtol=1e-12)


def test_the_namespace_is_whole():
    left_out = {"fft", "linalg"}  # extensions
    for name in strict.__all__:
        thing = getattr(strict, name)
        if name in left_out or "strict" in name.lower() or name in ("__version__", "Device"):
            continue
        if getattr(thing, "__module__", "").startswith("array_api_strict") and name in (
            "broadcast_shapes",
            "isin",
            "nextafter",
        ):
            continue  # of later versions of the standard
        assert hasattr(xp, name), name
    assert xp.__array_api_version__ == "2023.12"
    info = xp.__array_namespace_info__()
    assert info.default_dtypes()["real floating"] == xp.float64 == xp.asarray(1.5).dtype
    assert set(info.dtypes(kind="integral")) == set(INTEGERS)
    x = xp.asarray([1.0])
    assert x.to_device("cpu") is x
    with pytest.raises(ValueError, match="there is no device 'gpu'"):
        x.to_device("gpu")
    with pytest.raises(ValueError, match="the array API standard '1999'"):
        x.__array_namespace__(api_version="1999")


def test_messages():
    with pytest.raises(TypeError, match="add: int64 and float64 have no common dtype"):
        xp.add(xp.asarray([1]), xp.asarray([1.0]))
    with pytest.raises(TypeError, match="the Python number 1.5 does not go with an array of int64"):
        xp.add(xp.asarray([1]), 1.5)
    with pytest.raises(TypeError, match="sin: needs floating or complex numbers, not int64"):
        xp.sin(xp.asarray([1]))
    with pytest.raises(ValueError, match=r"squeeze: dimension 0 of shape \(2,\) is not 1"):
        xp.squeeze(xp.asarray([1, 2]), 0)
    with pytest.raises(ValueError, match="inner sizes differ"):
        xp.matmul(xp.ones((2, 3)), xp.ones((2, 3)))
