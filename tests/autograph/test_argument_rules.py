"""What functions do with arguments at the ends of what they take: axes that are not there, no rows, lists of
numbers, options by TensorFlow's names, complex numbers. Eager and compiled alike."""

import numpy as np
import pytest

import autograph as ag

X = np.arange(12, dtype="float32").reshape(3, 4) - 5
E = np.zeros((0, 4), "float32")
S = np.float32(-1.5)
B = np.array([True, False, True])
C = np.array([[1 + 2j, 3 - 1j], [0.5j, 1 - 2j]], "complex64")
ANGLES = np.array([0.5, -2, 3], "float32"), np.array([1, -1, -0.25], "float32")


def values(result):
    if isinstance(result, (list, tuple)):
        return [v for r in result for v in values(r)]
    return [np.asarray(result)]


def both_ways(fn, *args):
    """The result of fn at once; compiled it is the same."""
    now = values(fn(*[ag.constant(a) for a in args]))
    then = values(ag.function(lambda *xs: fn(*xs))(*args))
    for a, b in zip(now, then, strict=True):
        assert a.dtype == b.dtype and a.shape == b.shape
        assert a.tolist() == b.tolist()
    return now[0] if len(now) == 1 else now


# (function, arguments, result): dtypes count, too
RESULTS = {
    "atan2 by name": (lambda a, b: ag.atan2(y=a, x=b), ANGLES, np.arctan2(*ANGLES)),
    "round of integers": (ag.round, [np.array([3, -7], "int32")], np.array([3, -7], "int32")),
    "transposed conjugate": (lambda c: ag.transpose(c, conjugate=True), [C], C.conj().T),
    "adjoint a": (lambda c: ag.matmul(c, c, adjoint_a=True), [C], C.conj().T @ C),
    "adjoint b of reals": (lambda x: ag.matmul(x, x, adjoint_b=True), [X], X @ X.T),
    "variance of complex numbers": (ag.reduce_variance, [C], np.var(C)),
    "deviation of complex numbers": (lambda c: ag.reduce_std(c, 0), [C], np.std(C, 0)),
    "norm of complex numbers": (
        ag.reduce_euclidean_norm,
        [C],
        np.asarray(np.linalg.norm(C), "complex64"),
    ),
    "bounds that cross": (
        lambda x: ag.clip_by_value(x, 1.0, -1.0),
        [X],
        np.ones((3, 4), "float32"),
    ),
    "squeeze of no axes": (lambda x: ag.squeeze(x[:1, :, None], []), [X], X[0]),
    "one_hot of bools": (lambda i: ag.one_hot(i, 2, True, False), [np.array([1])], [[False, True]]),
    "one_hot of ints": (
        lambda i: ag.one_hot(i, 2, on_value=5),
        [np.array([1])],
        np.array([[0, 5]], "int32"),
    ),
    "stack of numbers": (lambda x: x + ag.stack([1, 2.5, 3, 4]), [X], X + np.float32([1, 2.5, 3, 4])),
    "linspace from a double": (
        lambda a: ag.linspace(a, 1.0, 3),
        [np.float64(0)],
        np.array([0, 0.5, 1]),
    ),
    "strings of zeros": (lambda x: ag.strings.length(ag.zeros([2], ag.string)), [X], np.zeros(2, "int32")),
    "a mask of no rows": (ag.sequence_mask, [np.zeros(0, "int32")], np.zeros((0, 0), bool)),
    "no rows mapped": (
        lambda e: ag.map_fn(lambda r: ag.cast(ag.reduce_sum(r), "int32"), e),
        [E],
        np.zeros(0, "int32"),
    ),
    "no rows scanned": (
        lambda e: ag.scan(lambda a, r: a + r, e, ag.zeros([4])),
        [E],
        np.zeros((0, 4), "float32"),
    ),
    "padding by reflection": (
        lambda x: ag.pad(x, [[1, 2], [0, 3]], "REFLECT"),
        [X],
        np.pad(X, [[1, 2], [0, 3]], "reflect"),
    ),
    "symmetric padding": (
        lambda x: ag.pad(x, [[3, 1], [0, 4]], "symmetric"),
        [X],
        np.pad(X, [[3, 1], [0, 4]], "symmetric"),
    ),
    "the hint of a dtype": (
        lambda x: x + ag.convert_to_tensor(1, dtype_hint=ag.float32),
        [X],
        X + 1,
    ),
    "parts of an array": (
        lambda x: ag.TensorArray("float32", 3, infer_shape=False).split(x, [1, 0, 2]).read(2),
        [X],
        X[1:],
    ),
    "parts together": (
        lambda x: ag.TensorArray("float32", 3, infer_shape=False).split(x, [1, 0, 2]).concat(),
        [X],
        X,
    ),
    "equal parts stacked": (
        lambda x: ag.TensorArray("float32", 3).split(x, [1, 1, 1]).stack(),
        [X],
        X[:, None],
    ),
    "a number's only axis": (lambda s: ag.reduce_sum(s, 0), [S], S),
    "product of complex numbers": (lambda c: ag.reduce_prod(c, 1), [C], C[:, 0] * C[:, 1]),
    "running product of complex numbers": (
        lambda c: ag.cumprod(c, 1),
        [C],
        np.stack([C[:, 0], C[:, 0] * C[:, 1]], 1),
    ),
    "sorted complex numbers": (lambda c: ag.sort(c, 0), [C], np.sort(C, 0)),
}


@pytest.mark.parametrize("name", RESULTS)
def test_results_at_the_ends(name):
    fn, args, want = RESULTS[name]
    got, want = both_ways(fn, *args), np.asarray(want)
    assert got.dtype == want.dtype and got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=1e-6)


AXES = {
    "cumsum": lambda x: ag.cumsum(x, 2),
    "cumprod": lambda x: ag.cumprod(x, -3),
    "concat": lambda x: ag.concat([x, x], 2),
    "stack": lambda x: ag.stack([x, x], 3),
    "unstack": lambda x: ag.unstack(x, axis=2),
    "reverse": lambda x: ag.reverse(x, [2]),
    "transpose": lambda x: ag.transpose(x, [0, 2]),
    "squeeze": lambda x: ag.squeeze(x, 2),
    "argmax": lambda x: ag.argmax(x, 2),
    "gather": lambda x: ag.gather(x, [0], axis=2),
    "sort": lambda x: ag.sort(x, 2),
    "moveaxis": lambda x: np.moveaxis(x, 2, 0),
    "median": lambda x: np.median(x, 2),
    "take": lambda x: np.take(x, [0], 2),
    "np.cumsum": lambda x: np.cumsum(x, 2),
    "of a number": lambda x: ag.cumsum(x[0, 0], 0),
    "joined numbers": lambda x: ag.concat([x[0, 0], x[0, 0]], 0),
}


@pytest.mark.parametrize("name", AXES)
def test_an_axis_that_is_not_there_is_an_error(name):
    for way in (lambda f: f(ag.constant(X)), lambda f: ag.function(f)(X)):
        with pytest.raises(ValueError, match=r"(?i)axis|0-d|zero-dimensional"):
            way(AXES[name])


REFUSED = {
    "a short mask": (lambda x: ag.boolean_mask(x, [True, False]), ValueError),
    "too few times": (lambda x: ag.repeat(x, [1, 2], axis=0), ValueError),
    "two parts of the rest": (lambda x: ag.split(x, [-1, -1]), ValueError),
    "indices that are floats": (lambda x: ag.one_hot(x, 2), TypeError),
    "no case is true": (lambda x: ag.case([(x[0, 0] > 0, lambda: 1)]), ag.errors.InvalidArgumentError),
    "more than there is to mirror": (lambda x: ag.pad(x, [[3, 0], [0, 0]], "REFLECT"), ValueError),
    "transposed and adjoint": (
        lambda x: ag.matmul(x, x, transpose_a=True, adjoint_a=True),
        ValueError,
    ),
    "a fold of nothing": (lambda x: ag.foldl(lambda a, r: a + r, x[:0]), ValueError),
    "uneven parts stacked": (
        lambda x: ag.TensorArray("float32", 2, infer_shape=False).split(x, [1, 2]).stack(),
        ag.errors.InvalidArgumentError,
    ),
    "parts that are too few": (
        lambda x: ag.TensorArray("float32", 2, infer_shape=False).split(x, [1, 1]).concat() * 1,
        ag.errors.InvalidArgumentError,
    ),
    "a state of three": (lambda x: ag.random.Generator.from_state([1, 2, 3]), ValueError),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused(name):
    fn, kind = REFUSED[name]
    for way in (lambda: fn(ag.constant(X)), lambda: ag.function(fn)(X)):
        with pytest.raises(kind):
            way()


def test_rows_that_only_the_run_counts():
    """A mask and a vector of times as long as the array is decided by the run."""
    spec = ag.TensorSpec([None], "float32")
    keep = ag.function(lambda x, m: ag.boolean_mask(x, m > 0), input_signature=[spec, spec])
    again = ag.function(
        lambda x, n: ag.repeat(x, ag.cast(n, "int32"), 0), input_signature=[spec, spec]
    )
    x = np.arange(3, dtype="float32")
    assert keep(x, x).tolist() == [1, 2]
    assert again(x, x).tolist() == [1, 2, 2]
    for f in (keep, again):
        with pytest.raises(ag.errors.InvalidArgumentError, match="3 in dimension 0"):
            f(x, x[:2])


NAN = np.nan
ORDERS = [
    C,
    np.array([1 + 1j, 1 + 1j, 1 - 1j, 0]),
    np.array([complex(NAN, NAN), complex(1, NAN), complex(NAN, 1), 2, 1 + 3j, complex(1, -np.inf)]),
    np.zeros(1, "complex128"),
]


@pytest.mark.parametrize("z", ORDERS, ids=["matrix", "equal", "nan", "one"])
@pytest.mark.parametrize(
    "f",
    [np.sort, np.argsort, np.max, np.min, np.argmax, np.argmin, np.unique, np.prod, np.cumprod],
    ids=lambda f: f.__name__,
)
def test_complex_numbers_are_ordered_as_numpys(f, z):
    if f is np.unique and np.isnan(z).any():
        pytest.skip("NumPy joins NaNs here, whose parts differ")
    with np.errstate(all="ignore"):
        want = f(z)
    got = ag.function(lambda z: f(z))(z).numpy()
    assert got.dtype == want.dtype and got.shape == np.shape(want)
    np.testing.assert_allclose(got, want, rtol=1e-6)


@pytest.mark.parametrize("f", [ag.add, ag.multiply, lambda a, b: ag.concat([a, b], 0), lambda a, b: ag.where(B[:2], a, b)])
@pytest.mark.parametrize("turn", [False, True])
def test_the_cast_that_is_suggested_keeps_the_imaginary_part(f, turn):
    pair = [ag.constant([1.0, 2.0]), ag.constant([1 + 1j, 2j])]
    with pytest.raises(TypeError, match=r"tf\.cast\(\w+, tf\.complex128\)"):
        f(*reversed(pair)) if turn else f(*pair)


@pytest.mark.parametrize(
    "f",
    [
        lambda c: ag.constant(c, "float32"),
        lambda c: ag.Variable([1.0, 2.0]).assign(c),
        lambda c: ag.constant([1.0, 2.0]).at(0, c[0]),
        ag.floor,
        lambda c: c < c,
        lambda c: ag.maximum(c, c),
    ],
)
def test_what_complex_numbers_cannot_be_says_what_to_take_of_them(f):
    with pytest.raises(TypeError, match=r"tf\.math\.real\(\w\).*tf\.abs\(\w\)"):
        f(ag.constant([1 + 1j, 2j]))


VARIABLES = [
    ("assign_add", lambda v: v.assign_add(delta=[1.0, 1, 1]), [2, 3, 4]),
    ("assign_sub", lambda v: v.assign_sub(delta=[1.0, 1, 1]), [0, 1, 2]),
    ("scatter_mul", lambda v: v.scatter_mul(ag.IndexedSlices([2.0, 3.0], [1, 1])), [1, 12, 3]),
    ("scatter_div", lambda v: v.scatter_div(ag.IndexedSlices([2.0], [1])), [1, 1, 3]),
    ("batch_scatter_update", lambda v: v.batch_scatter_update(ag.IndexedSlices([9.0], [2])), [1, 2, 9]),
]


@pytest.mark.parametrize("name, change, want", VARIABLES, ids=[v[0] for v in VARIABLES])
def test_variables_change_by_tensorflows_methods(name, change, want):
    v = ag.Variable([1.0, 2.0, 3.0])
    change(v)
    assert v.numpy().tolist() == want
    v.assign([1.0, 2.0, 3.0])

    @ag.function
    def run():
        change(v)

    run()
    assert v.numpy().tolist() == want


def test_variables_are_read_in_parts():
    v = ag.Variable([1.0, 2.0, 3.0])
    assert v.sparse_read([2, 0]).numpy().tolist() == [3, 1]
    assert v.gather_nd([[1]]).numpy().tolist() == [2]
