"""C functions as operations: libm's, libc's qsort with a Python comparison, and a small library that is compiled here."""

import ctypes
import ctypes.util
import gc
import pickle
import shutil
import subprocess
import sys
import weakref

import numpy as np
import pytest
from modes import same

import autograph as ag

CODE = r"""
#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

int8_t add8(int8_t a, int8_t b) { return (int8_t)(a + b); }
uint16_t mul16(uint16_t a, uint8_t b) { return (uint16_t)(a * b); }
bool both(bool a, bool b) { return a && b; }
float mixed(float x, int64_t n, double y) { return x * (float)n + (float)y; }
int32_t quotient(int32_t a, int32_t b) { return a / b; } /* kills the process for b == 0 */
uint64_t top(uint64_t x) { return x | (uint64_t)1 << 63; }
double eight(double a, double b, double c, double d, double e, double f, double g, double h) {
  return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h;
}

void blur(const float *x, int64_t n, float *y) {
  for (int64_t i = 0; i < n; i++) {
    float left = i ? x[i - 1] : x[i], right = i + 1 < n ? x[i + 1] : x[i];
    y[i] = (left + x[i] + right) / 3;
  }
}
double sum_and_negate(double *x, int64_t n) {
  double s = 0;
  for (int64_t i = 0; i < n; i++) {
    s += x[i];
    x[i] = -x[i];
  }
  return s;
}
void add_into(const int32_t *x, int32_t *y, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    y[i] += x[i];
}
void twice(double *x) { *x *= 2; }
static int64_t ticks;
int64_t tick(void) { return ++ticks; }
double integrate(double (*f)(double), double a, double b, int64_t n) {
  double h = (b - a) / (double)n, s = 0;
  for (int64_t i = 0; i < n; i++)
    s += f(a + ((double)i + 0.5) * h);
  return s * h;
}
int8_t ask(int8_t (*f)(int8_t, bool)) { return f(-3, true); }
void tell(void (*f)(float)) { f(1.5f); }
"""


@pytest.fixture(scope="module")
def lib(tmp_path_factory):
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    assert compiler, "a C compiler built autograph, so one is there"
    folder = tmp_path_factory.mktemp("ffi")
    (folder / "lib.c").write_text(CODE)
    made = folder / "libsmall.so"
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", made, folder / "lib.c"], check=True)
    return ag.ffi.Library(made)


libm = ag.ffi.Library("libm.so.6")
hypot = libm.elementwise("hypot", [ag.float64, ag.float64], ag.float64)


def both_ways(f, monkeypatch):
    """f interpreted, f compiled."""
    monkeypatch.setenv("AUTOGRAPH_INTERPRET", "1")
    yield ag.function(f)
    monkeypatch.delenv("AUTOGRAPH_INTERPRET")
    yield ag.function(f)


# ---- elementwise -----------------------------------------------------------------------------------


def sum_of_distances(n, x):
    total = 0.0
    for i in range(n):
        if i % 3 != 1:
            total += hypot(float(i), x)
    return total


@pytest.mark.parametrize("n", [0, 1, 500])
def test_hypot_in_a_loop_is_as_in_python(n):
    same(sum_of_distances, n, 2.5)


def test_python_numbers_give_a_python_number():
    assert type(hypot(3.0, 4)) is float and hypot(3.0, 4) == 5.0


@pytest.mark.parametrize(
    "shapes",
    [((), ()), ((7,), ()), ((3, 1), (5,)), ((0,), (1,)), ((2, 33), (33,)), ((1000,), (1000,))],
)
def test_elements_broadcast_and_fuse(shapes, monkeypatch):
    draw = np.random.default_rng(1)
    x, y = (draw.standard_normal(s) for s in shapes)
    for f in both_ways(lambda a, b: ag.sqrt(hypot(a + 1, b)) * 2, monkeypatch):
        np.testing.assert_allclose(f(x, y).numpy(), np.sqrt(np.hypot(x + 1, y)) * 2, rtol=1e-14)


def test_interpreted_and_compiled_agree_bit_for_bit(monkeypatch):
    x = np.random.default_rng(2).standard_normal(4097)
    a, b = (f(x).numpy() for f in both_ways(lambda x: hypot(x, 1.5) - x, monkeypatch))
    assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize(
    ("name", "params", "result", "args"),
    [
        ("add8", ["int8", "int8"], "int8", ([100, -128, 5], [100, -1, -6])),
        ("mul16", ["uint16", "uint8"], "uint16", ([65535, 300], [2, 255])),
        ("both", ["bool", "bool"], "bool", ([True, True, False], [True, False, True])),
        ("top", ["uint64"], "uint64", ([0, 5, 2**63],)),
        ("quotient", ["int32", "int32"], "int32", ([-7, 7, 2**31 - 1], [2, -2, 1])),
        (
            "mixed",
            ["float32", "int64", "float64"],
            "float32",
            ([1.5, -2.0], [3, 2**40], [0.25, 1e30]),
        ),
    ],
)
def test_each_type_passes_by_value(lib, name, params, result, args, monkeypatch):
    c = getattr(ctypes.CDLL(lib.path), name)
    ct = {"bool": ctypes.c_bool, "float32": ctypes.c_float, "float64": ctypes.c_double}
    for t in ("int8", "uint8", "uint16", "int32", "int64", "uint64"):
        ct[t] = getattr(ctypes, f"c_{t}")
    c.argtypes, c.restype = [ct[p] for p in params], ct[result]
    arrays = [np.array(a, p) for a, p in zip(args, params)]
    expected = np.array([c(*row) for row in zip(*(a.tolist() for a in arrays))], result)
    f = lib.elementwise(name, params, result)
    for g in both_ways(lambda *xs: f(*xs), monkeypatch):
        assert g(*arrays).numpy().tobytes() == expected.tobytes()
        first = g(*[ag.constant(a[0], dtype=a.dtype.name) for a in arrays])
        assert first.numpy() == expected[0] and first.dtype.name == result


def test_eight_arguments(lib, monkeypatch):
    f = lib.elementwise("eight", [ag.float64] * 8, ag.float64)
    for g in both_ways(lambda *xs: f(*xs), monkeypatch):
        assert g(*map(float, range(8))) == sum((i + 1) * i for i in range(8))


def test_a_branch_not_taken_calls_nothing(lib):
    quotient = lib.elementwise("quotient", [ag.int32, ag.int32], ag.int32)

    @ag.function
    def safe(a, b):
        if b != 0:
            q = quotient(a, b)
        else:
            q = ag.constant(-1)
        return q

    assert safe(ag.constant(7), ag.constant(0)).numpy() == -1  # the process would be dead
    assert safe(ag.constant(7), ag.constant(2)).numpy() == 3


def test_compiled_code_calls_as_c_does(lib):
    blur = lib.function(
        "blur", [ag.ffi.array("float32"), "int64", ag.ffi.output("float32", like=0)]
    )
    f = ag.function(lambda x, y: blur(x, 8) + ag.cast(hypot(y, 1.0), ag.float32))
    made = f.get_concrete_function(ag.TensorSpec([8], ag.float32), ag.TensorSpec([8], ag.float64))
    text = made.graph.optimize().ir_text()
    assert "call void %foreign" in text and "call double %foreign" in text
    assert text.count("call i32 @ag_rt_kernel") == 1  # the zeros that `y` starts as


# ---- buffers ---------------------------------------------------------------------------------------


def blurred(x):
    left, right = np.concatenate([x[:1], x[:-1]]), np.concatenate([x[1:], x[-1:]])
    return ((left + x) + right) / np.float32(3)


def test_output_of_another_argument_s_shape(lib, monkeypatch):
    blur = lib.function(
        "blur", [ag.ffi.array(ag.float32), ag.int64, ag.ffi.output(ag.float32, like=0)]
    )
    x = np.random.default_rng(3).standard_normal(50).astype("float32")

    def smooth(x, times):
        for _ in range(times):
            x = blur(x, ag.shape(x, ag.int64)[0])
        return x

    expected = x
    for _ in range(5):
        expected = blurred(expected)
    np.testing.assert_array_equal(smooth(x, 5).numpy(), expected)
    for f in both_ways(smooth, monkeypatch):
        np.testing.assert_array_equal(f(x, 5).numpy(), expected)
        assert f(x[:0], 5).shape == (0,)


def test_output_of_a_shape_from_the_arguments(lib):
    blur = lib.function(
        "blur", [ag.ffi.array("float32"), "int64", ag.ffi.output("float32", shape=lambda x, n: [n])]
    )
    f = ag.function(lambda x, n: blur(x, n))
    np.testing.assert_array_equal(
        f(np.float32([1, 2, 3, 9]), 3).numpy(), blurred(np.float32([1, 2, 3]))
    )


def test_an_update_leaves_the_argument_as_it_is(lib, monkeypatch):
    negate = lib.function("sum_and_negate", [ag.ffi.update(ag.float64), ag.int64], ag.float64)
    x = np.arange(6.0).reshape(2, 3)
    for f in both_ways(lambda x: negate(x, 6), monkeypatch):
        total, changed = f(x)
        assert total == 15 and x[1, 2] == 5
        np.testing.assert_array_equal(changed.numpy(), -x)

    def often(x, n):
        total = 0.0
        before = x
        for _ in range(n):
            s, x = negate(x, 6)
            total += s
        return total, before, x

    for f in both_ways(often, monkeypatch):
        total, before, after = f(x, 3)
        assert float(total) == 15.0
        np.testing.assert_array_equal(before.numpy(), x)
        np.testing.assert_array_equal(after.numpy(), -x)


def test_the_same_array_read_and_updated(lib, monkeypatch):
    add = lib.function("add_into", [ag.ffi.array(ag.int32), ag.ffi.update(ag.int32), ag.int64])
    for f in both_ways(lambda x: add(x + 1, x + 1, 3) + add(x, x, 3), monkeypatch):
        np.testing.assert_array_equal(f(np.int32([1, 2, 3])).numpy(), [6, 10, 14])


def test_views_and_strided_arguments(lib):
    add = lib.function("add_into", [ag.ffi.array(ag.int32), ag.ffi.update(ag.int32), ag.int64])
    x = np.arange(12, dtype="int32")
    f = ag.function(lambda a, b: add(a, b, 4))
    np.testing.assert_array_equal(f(x[::3], x[::-1][:4]).numpy(), x[::3] + x[::-1][:4])


def test_a_number_by_its_address(lib, monkeypatch):
    twice = lib.function("twice", [ag.ffi.update(ag.float64)])
    for f in both_ways(lambda x: twice(twice(x)), monkeypatch):
        assert float(f(ag.constant(1.25, ag.float64))) == 5.0


def test_calls_happen_in_order_and_only_when_taken(lib):
    tick = lib.function("tick", [], ag.int64)

    @ag.function
    def f(n):
        first = tick()
        if n > 0:
            for _ in range(n):
                tick()
        return tick() - first

    assert int(f(0)) == 1
    assert int(f(10)) == 11


# ---- callbacks -------------------------------------------------------------------------------------


def test_c_calls_python(lib, monkeypatch):
    integrate = lib.function(
        "integrate",
        [ag.ffi.callback([ag.float64], ag.float64), ag.float64, ag.float64, ag.int64],
        ag.float64,
    )
    assert abs(float(integrate(lambda x: x * x, 0.0, 3.0, 1000)) - 9) < 1e-5
    for f in both_ways(lambda b: integrate(lambda x: x * x, 0.0, b, 1000), monkeypatch):
        assert abs(float(f(3.0)) - 9) < 1e-5
        assert abs(float(f(6.0)) - 72) < 1e-3


def test_what_a_callback_raises_comes_out(lib, monkeypatch):
    calls = []

    def fails(x):
        calls.append(x)
        if len(calls) % 4 == 0:
            raise KeyError(f"at call {len(calls)}")
        return 1.0

    integrate = lib.function(
        "integrate",
        [ag.ffi.callback(["float64"], "float64"), "float64", "float64", "int64"],
        "float64",
    )
    with pytest.raises(KeyError, match="at call 4"):
        integrate(fails, 0.0, 1.0, 100)
    assert len(calls) == 4  # C went on to the end without it
    for f in both_ways(lambda b: integrate(fails, 0.0, b, 100), monkeypatch):
        with pytest.raises(KeyError, match="at call"):
            f(1.0)
    assert float(integrate(lambda x: 1.0, 0.0, 1.0, 10)) == pytest.approx(1)


def test_a_callback_s_result_is_checked(lib):
    ask = lib.function("ask", [ag.ffi.callback(["int8", "bool"], "int8")], "int8")
    assert int(ask(lambda a, flag: a - 1 if flag is True else 0)) == -4
    with pytest.raises(OverflowError, match="200, which is no int8"):
        ask(lambda a, flag: 200)
    integrate = lib.function(
        "integrate",
        [ag.ffi.callback(["float64"], "float64"), "float64", "float64", "int64"],
        "float64",
    )
    with pytest.raises(TypeError, match="returned None, where a float64 was declared"):
        integrate(lambda x: None, 0.0, 1.0, 1)


def test_a_void_callback_and_a_compiled_function_inside(lib):
    heard = []
    square = ag.function(lambda x: x * x)
    tell = lib.function("tell", [ag.ffi.callback(["float32"])])
    assert tell(lambda x: heard.append(float(square(x)))) is None
    assert heard == [2.25]


def test_code_with_a_callback_is_found_on_the_disk_and_calls_its_own(lib, tmp_path):
    """The address of a closure is of one process, and no part of what code is found by."""
    ask = lib.function("ask", [ag.ffi.callback(["int8", "bool"], "int8")], "int8")
    before = ag.config.disk_cache()
    ag.config.set_disk_cache(tmp_path)
    try:
        for called, result in ((lambda n, _: n, -3), (lambda n, _: -n, 3)):
            f = ag.function(lambda x, called=called: x + ag.cast(ask(called), ag.int64))
            assert f(ag.constant(1, ag.int64)).numpy() == 1 + result
            assert ("disk cache" in f.explain()) == (result == 3)
    finally:
        ag.config.set_disk_cache(before or False)


def test_a_callback_goes_with_its_function(lib):
    class Owner:
        def __call__(self, x):
            return x

    integrate = lib.function(
        "integrate",
        [ag.ffi.callback(["float64"], "float64"), "float64", "float64", "int64"],
        "float64",
    )
    owner = Owner()
    watch = weakref.ref(owner)
    f = ag.function(lambda b, g=owner: integrate(g, 0.0, b, 2))
    assert float(f(2.0)) == 2.0
    del f, owner
    gc.collect()
    assert watch() is None


# ---- declarations and arguments that do not fit ------------------------------------------------------


def test_messages(lib):
    with pytest.raises(ValueError, match="has no function nothing"):
        libm.elementwise("nothing", [ag.float64], ag.float64)
    with pytest.raises(ValueError, match="cannot open the library: .*libnothing"):
        ag.ffi.Library("libnothing.so").function("f", [])
    with pytest.raises(TypeError, match="float16, which C does not pass by value"):
        libm.elementwise("sin", [ag.float16], ag.float64)
    with pytest.raises(TypeError, match="'x' is no parameter: give a dtype"):
        libm.function("sin", ["x"])
    with pytest.raises(ValueError, match="like=3, but the caller passes 1"):
        libm.function("sin", [ag.float64, ag.ffi.output(ag.float64, like=3)])
    with pytest.raises(TypeError, match=r"hypot\(\) takes 2 arguments, 1 were given"):
        hypot(1.0)
    with pytest.raises(
        TypeError,
        match=r"argument 1 is a float32 tensor, and the C function takes float64: convert it with ag.cast",
    ):
        hypot(1.0, ag.constant(1.0))
    add8 = lib.elementwise("add8", ["int8", "int8"], "int8")
    with pytest.raises(
        TypeError, match="argument 0 is 1.5, and the C function takes a int8: pass an int"
    ):
        add8(1.5, 2)
    with pytest.raises((OverflowError, ValueError, TypeError)):
        add8(1000, 2)
    with pytest.raises(OverflowError):
        ag.function(lambda n: add8(n, 1))(1000)
    tick_like = lib.function("sum_and_negate", [ag.ffi.update(ag.float64), ag.int64], ag.float64)
    with pytest.raises(ValueError, match="parameter 1 is a number, not an array"):
        tick_like([1.0], [1, 2])
    integrate = lib.function(
        "integrate",
        [ag.ffi.callback(["float64"], "float64"), "float64", "float64", "int64"],
        "float64",
    )
    with pytest.raises(
        TypeError, match="argument 0 is 3, and the C function takes a function to call"
    ):
        integrate(3, 0.0, 1.0, 1)


def test_pickle_and_repr():
    again = pickle.loads(pickle.dumps(hypot))
    assert again(3.0, 4.0) == 5.0
    assert repr(hypot) == "<C function hypot of libm.so.6>"


def test_threads_call_at_once():
    program = """
import threading, numpy as np, autograph as ag
hypot = ag.ffi.Library("libm.so.6").elementwise("hypot", ["float64", "float64"], "float64")
f = ag.function(lambda x: hypot(x, 4.0))
x = np.full(1000, 3.0)
bad = []
def work():
    for _ in range(50):
        if not (f(x).numpy() == 5.0).all():
            bad.append(1)
ts = [threading.Thread(target=work) for _ in range(8)]
[t.start() for t in ts]; [t.join() for t in ts]
print(len(bad))
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "0\n", done.stderr
