"""Python's complex numbers beside traced numbers: the same values, text and exceptions as in Python, compiled."""

import ctypes
import ctypes.util
import math
import random

import autograph as ag
import numpy as np
import pytest
from modes import same

NAN, INF = math.nan, math.inf
PARTS = (0.0, -0.0, 1.0, -2.5, 3e200, 1e-200, 1e308, -1e308, INF, -INF, NAN, 5e-324)


def iterations(re, im, most):
    c = complex(re, im)
    z = 0
    for k in range(most):
        z = z * z + c
        if abs(z) > 2:
            return k, z
    return most, z


def test_a_loop_over_a_complex_number():
    same(iterations, (0.3, 0.5, 60), (1.0, 1.0, 60), (-2.0, 0.0, 9), (0.1, 0.2, 1))
    compiled = ag.function(iterations)
    compiled(0.3, 0.5, 60)
    assert "native code" in compiled.explain() and compiled.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("text", ["a + b", "a - b", "a * b", "a == b", "a != b", "-a, +a, a.conjugate()", "a.real, a.imag, b"])
def test_arithmetic(text):
    f = define(f"def f(ar, ai, br, bi):\n    a, b = complex(ar, ai), complex(br, bi)\n    return {text}\n")
    compiled = ag.function(f)
    for ar in PARTS:
        for ai in PARTS[:6]:
            for br, bi in ((1.5, -0.0), (INF, 2.0), (-3.0, NAN), (ar, ai), (1e308, -1e200)):
                assert repr(compiled(ar, ai, br, bi)) == repr(f(ar, ai, br, bi)), (ar, ai, br, bi)


@pytest.mark.parametrize("text", ["a / b", "a / br", "br / a", "a / 2j", "1 / b"])
def test_quotients(text):
    f = define(f"def f(ar, ai, br, bi):\n    a, b = complex(ar, ai), complex(br, bi)\n    return {text}\n")
    compiled = ag.function(f)
    for a in ((1.0, 2.0), (0.0, 0.0), (1e308, 1e-308), (INF, 1.0), (NAN, 0.0)):
        for b in ((3.0, 4.0), (4.0, -3.0), (0.0, 2.0), (2.0, 0.0), (0.0, 0.0), (-0.0, 0.0), (NAN, 0.0), (0.0, NAN), (INF, 1.0), (1e-320, 1e-310)):
            assert outcome(compiled, *a, *b) == outcome(f, *a, *b), (a, b)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, -1, -2, -5, 2.0, 3 + 0j, True])
def test_powers(n):
    def f(re, im):
        return complex(re, im) ** n

    compiled = ag.function(f)
    for z in ((1.0, 2.0), (0.0, 0.0), (0.5, -0.0), (1e200, 1.0), (INF, 0.0), (NAN, 1.0), (-3.0, 4.0)):
        assert outcome(compiled, *z) == outcome(f, *z), z


def test_absolute_values():
    def f(re, im):
        return abs(complex(re, im))

    compiled = ag.function(f)
    draws = np.random.default_rng(1).normal(size=(200, 2)) * 10.0 ** np.random.default_rng(2).integers(-5, 5, (200, 2))
    for re, im in [(a, b) for a in PARTS for b in PARTS] + draws.tolist():
        try:
            want = f(re, im)
        except OverflowError as e:
            with pytest.raises(OverflowError, match=str(e)):
                compiled(re, im)
            continue
        got = compiled(re, im)
        assert math.isnan(want) and math.isnan(got) or got == want or abs(got - want) <= math.ulp(want), (re, im)


def test_beside_numbers_of_all_kinds():
    def f(x, n, flag):
        z = x + 2j
        w = n * 1j - z * n + (n > 2) * z + True * z + z * flag
        return w, w + 1, 1 - w, 2.5 * w, w / (n + 1), 3 / z, z == x, x == z, 2j == x, z != n, 1j * x == x * 1j

    same(f, (1.5, 3, True), (-0.0, 0, False), (INF, 2, True))


def test_truth_text_and_kind():
    def f(x, n):
        z = complex(x, n)
        if z:
            print("z is", z, f"{z}", f"{z:.3f}", [z])
        else:
            print("zero", repr(z))
        return isinstance(z, complex), isinstance(z, (int, float)), type(z) is complex, not z, bool(z), complex(z), complex(n)

    same(f, (1.5, 3), (0.0, 0), (-0.0, 0), (NAN, 1))


def test_what_complex_numbers_cannot():
    programs = [
        "return z < 1", "return z > z", "return z // 2", "return z % 2", "return int(z)", "return float(z)", "return len(z)", "return z[0]",
        "return divmod(z, 2)", "return round(z)", "return math.sqrt(z)", "return pow(z, 2, 3)", "return complex('1', z)", "return complex(x, 'a')",
        "return z + 'a'", "return [1][z]", "return range(z)",
    ]  # fmt: skip
    for line in programs:
        f = define(f"def f(x):\n    z = complex(x, 1)\n    if x > 0:\n        {line}\n    return z\n")
        want = outcome(f, 1.0)
        assert isinstance(want, tuple) and want[0] in (TypeError, ValueError), line
        got = outcome(ag.function(f), 1.0)
        assert got[0] is want[0], (line, got, want)
        assert repr(ag.function(f)(-1.0)) == repr(f(-1.0))


def test_in_branches_loops_and_structures():
    def f(n, x):
        z, best, pair = 0j, None, (1j, 0)
        total = 0j
        for i in range(n):
            if i % 3 == 0:
                z = z * complex(x, 1)
            elif i % 3 == 1:
                z += 1
            else:
                z -= 1j
            pair = (z, i)
            total += z
            if best is None or abs(z) > abs(best):
                best = z
        return z, best, pair, total, {"z": z}, [z, z.conjugate()]

    same(f, (7, 0.5), (0, 0.5), (1, 2.0), (20, -0.25))


def test_arrays_beside_complex_numbers():
    def f(x, n):
        turn = np.cos(n) + 1j * np.sin(n)
        y = x * turn
        y[0] = complex(n, 2)
        y[1] = y[1] * turn + 1j * n
        return y, np.exp(1j * n), np.abs(turn), turn * x[0]

    x = np.array([1 + 2j, 3 - 1j, 0.5j])
    want, got = f(x, 2), ag.function(f)(x, 2)
    for a, b in zip(want, got):
        np.testing.assert_allclose(np.asarray(b), a, rtol=1e-14)


def test_lists_of_complex_numbers():
    def f(n, x):
        roots = []
        for k in range(n):
            roots.append(complex(x, k) * 2)
        total = 0j
        for z in roots:
            total += z
        return total, roots, len(roots)

    same(f, (5, 0.5), (0, 1.0), (100, 2.0))


def test_polynomials_and_newton():
    def f(re, im, n):
        z = complex(re, im)
        for _ in range(n):
            slope = 3 * z**2
            if slope == 0:
                raise ValueError(f"no way from {z}")
            z = z - (z**3 - 1) / slope
        return z

    same(f, (1.0, 1.0, 20), (-0.5, 0.3, 10), (0.0, 0.0, 5), (0.0, 0.0, 0))


def test_arguments():
    def escape(c, n, power=2, scale=1j):
        z = c * 0
        for k in range(n):
            z = z**power + c * scale
            if abs(z) > 2:
                return k, z
        return n, z, [c], {"c": c}

    same(escape, (0.3 + 0.5j, 30), (1 + 1j, 5), (0.1, 3), (complex(NAN, INF), 2), (-0.4j, 9, 3, 1 + 0j))
    compiled = ag.function(escape)
    for c in (0.3 + 0.5j, 1 + 1j, -0.7 + 0.2j):
        compiled(c, 50)
    assert compiled.experimental_get_tracing_count() == 1, compiled.explain()
    assert "c: complex" in compiled.explain()


def test_an_argument_that_python_needs():
    def f(z, d):
        return d.get(z, 0), z, np.sqrt(2.0)

    compiled = ag.function(f)
    for z in (1j, 2j, 1j):
        assert compiled(z, {1j: 5}) == f(z, {1j: 5})


def test_dtypes_beside_arrays():
    programs = [lambda x, z: x * z, lambda x, z: z / (x + 1), lambda x, z: x * 1j, lambda x, z: x[0] - z, lambda x, z: np.array([z, 1]) * 2, lambda x, z: x == z]
    for dtype in ("float64", "float32", "complex64", "complex128", "int64"):
        x = np.array([1, 2], dtype)
        for f in programs:
            want, got = f(x, 1 + 2j), ag.function(f)(x, 1 + 2j)
            assert got.dtype.name == want.dtype.name, (dtype, want.dtype, got.dtype)
            np.testing.assert_allclose(np.asarray(got), want, rtol=1e-6)


def test_a_transform_on_arrays():
    def dft(x):
        n = len(x)
        out = np.zeros(n, complex)
        for k in range(n):
            for t in range(n):
                out[k] += x[t] * np.exp(-2j * np.pi * k * t / n)
        return out

    x = np.arange(9.0)
    np.testing.assert_allclose(np.asarray(ag.function(dft)(x)), dft(x), rtol=1e-12, atol=1e-12)


def test_text_of_arrays():
    rng = np.random.default_rng(3)
    arrays = [np.array([1j, 2 + 1j]), np.array([[1.5 - 2j, complex(NAN, 1)], [complex(INF, -1), complex(0, -INF)]]), np.zeros(3, complex), np.arange(2000) * (1 + 2j)]
    for _ in range(200):
        n = rng.integers(1, 6)
        a = (rng.normal(size=(2, n)) * 10.0 ** rng.integers(-6, 9)).round(rng.integers(0, 9))
        arrays += [a[0] + 1j * a[1], (a[0] + 1j * a[1]).astype("complex64"), np.asarray(complex(*a[:, 0]))]
    for a in arrays:
        assert str(ag.constant(a)).startswith(f"tf.Tensor({a}, shape="), a


def fft(x):
    x, n, j = x.copy(), len(x), 0
    for i in range(1, n):
        bit = n >> 1
        while j & bit:
            j ^= bit
            bit >>= 1
        j |= bit
        if i < j:
            t = x[i]
            x[i] = x[j]
            x[j] = t
    size = 2
    while size <= n:
        half = size // 2
        for k in range(half):
            w = np.cos(-2 * np.pi * k / size) + 1j * np.sin(-2 * np.pi * k / size)
            for s in range(k, n, size):
                a, b = x[s], x[s + half] * w
                x[s] = a + b
                x[s + half] = a - b
        size *= 2
    return x


def test_elements_of_arrays():
    x = np.random.default_rng(4).normal(size=(256, 2)) @ [1, 1j]
    compiled = ag.function(fft)
    np.testing.assert_allclose(np.asarray(compiled(x)), np.fft.fft(x), atol=1e-11)
    loops = [op for op in compiled.get_concrete_function(x).graph.get_operations() if op.type == "While"]
    assert len(loops) < 30  # the `while` is one: it was 256 turns of its inner loops


OPERANDS = ["x[i]", "x[j]", "y[i]", "t", "u", "1j", "(2 - 1j)", "x[0] * 2.0", "3"]


def expression(rng, depth):
    if depth == 0:
        return rng.choice(OPERANDS)
    a, b, c = (expression(rng, depth - 1) for _ in range(3))
    kind = rng.random()
    if kind < 0.75:
        return f"({a} {rng.choice('+-*/')} {b})"
    return f"(-{a})" if kind < 0.85 else f"({a}).imag" if kind < 0.9 else f"({a} if {b} == {c} else {expression(rng, 0)})"


@pytest.mark.parametrize("seed", range(25))
def test_random_programs_on_elements(seed):
    rng, draws = random.Random(seed), np.random.default_rng(seed)
    f = define(
        "def f(x, y, n):\n    x = x.copy()\n    t, u = x[0], y[1]\n    for i in range(n):\n        j = (i * 3 + 1) % n\n"
        f"        t = {expression(rng, 2)} + 0 * t\n        if t.real > 0.5 or t == u:\n            u = {expression(rng, 2)} + 0 * u\n"
        f"            x[j] = {expression(rng, 1)} + 0 * t\n        x[i] = t - u\n    return x, t, u\n"
    )
    x, y = draws.normal(size=(2, 6, 2)) @ [1, 1j]
    if seed % 5 == 0:
        x[2], y[1] = complex(INF, NAN), 0
    with np.errstate(all="ignore"):
        want = f(x, y, 6)
    for a, b in zip(want, ag.function(f)(x, y, 6)):
        np.testing.assert_allclose(np.asarray(b), a, rtol=1e-10, atol=1e-10)
        assert b.dtype.name == np.asarray(a).dtype.name


def test_choices_among_numbers():
    def f(n, x):
        a = 1j if n > 2 else 3
        b = 1j if n > 2 else None
        c = 1j if n > 3 else 2j
        d = "a" if n > 2 else 1j
        e = complex(x, n) if n > 2 else 0.5
        return a, b, c, d, e, a + 1, c * c, e * 2, -e

    same(f, (1, 0.5), (3, 0.5), (4, -1.0))


def define(source):
    scope = {"math": math}
    import linecache

    name = f"<complex {hash(source)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    exec(compile(source, name, "exec"), scope)
    return scope["f"]


def outcome(f, *args):
    try:
        return repr(f(*args))
    except (ArithmeticError, TypeError, ValueError) as e:
        return type(e), str(e).split("\n")[0]


def test_elements_of_arrays_behind_complex_numbers():
    def sums(z, x):
        return z - x[0], x[0] - z, z * x[0], x[0] * z, z / x[0]

    def divides(z, x):
        return (z - x[0]) / x[1]

    def divides_the_element(z, x):
        return x[0] / (z - z)

    def caught(z, x):
        w = z + x[0]
        try:
            return 1 / (w - w)
        except ZeroDivisionError:
            return 5.0

    x = np.array([2.0, 0.0])
    with np.errstate(all="ignore"):
        for f in (sums, divides, divides_the_element, caught):
            for array in (x, x.astype(np.int64), x.astype(np.complex128)):
                same(f, (1 + 2j, array), (0j, array))


def test_sizes_of_complex64_are_those_of_libm():
    libm = ctypes.CDLL(ctypes.util.find_library("m"))
    libm.hypotf.restype, libm.hypotf.argtypes = ctypes.c_float, [ctypes.c_float] * 2
    rng = np.random.default_rng(1)
    special = [0.0, -0.0, 1.0, INF, -INF, NAN, 1e-45, 3.4e38, 1e-38]
    x = [complex(a, b) for a in special for b in special]
    x += [complex(*rng.standard_normal(2) * 10.0 ** rng.integers(-30, 30, 2)) for _ in range(999)]
    x = np.array(x).astype(np.complex64)
    want = np.array([libm.hypotf(v.real, v.imag) for v in x], np.float32)
    got = np.asarray(ag.function(lambda x: abs(x))(x))
    assert np.array_equal(got.view(np.uint32)[want == want], want.view(np.uint32)[want == want])
    assert np.array_equal(np.isnan(got), np.isnan(want))
