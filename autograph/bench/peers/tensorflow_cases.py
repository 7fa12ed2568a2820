"""TensorFlow: tf.function, with XLA where JIT is set. CASES: name -> (arguments) -> a call without arguments.

SLOW: loops whose every operation the graph's executor dispatches."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import plain  # noqa: E402
import tensorflow as tf  # noqa: E402

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
VERSION = tf.__version__
JIT = False
SLOW = ("collatz", "primes", "mandelbrot", "lorenz")


def compiled(program):
    def bind(*args):
        function = tf.function(program, jit_compile=JIT)
        kinds = {int: tf.int64, float: tf.float64}
        args = [tf.constant(arg, kinds.get(type(arg))) for arg in args]
        return lambda: function(*args)

    return bind


def slope(y):
    return tf.stack(
        [10.0 * (y[1] - y[0]), y[0] * (28.0 - y[2]) - y[1], y[0] * y[1] - 8.0 / 3.0 * y[2]]
    )


def lorenz(y, h, steps):
    for _ in tf.range(steps):
        k1 = slope(y)
        k2 = slope(y + 0.5 * h * k1)
        k3 = slope(y + 0.5 * h * k2)
        k4 = slope(y + h * k3)
        y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y


def heat(u, steps):
    for _ in tf.range(steps):
        inner = u[1:-1, 1:-1]
        around = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
        middle = tf.concat([u[1:-1, :1], inner + 0.1 * (around - 4.0 * inner), u[1:-1, -1:]], 1)
        u = tf.concat([u[:1], middle, u[-1:]], 0)
    return u


def black_scholes(price, strike, years):
    normal = lambda x: 0.5 + 0.5 * tf.math.erf(x * 0.7071067811865476)  # noqa: E731
    spread = 0.3 * tf.sqrt(years)
    d1 = (tf.math.log(price / strike) + 0.065 * years) / spread
    return price * normal(d1) - strike * tf.exp(-0.02 * years) * normal(d1 - spread)


CASES = {
    "call": compiled(lambda x: x + 1),
    "collatz": compiled(plain.collatz),
    "primes": compiled(plain.primes),
    "mandelbrot": compiled(plain.mandelbrot),
    "lorenz": compiled(lorenz),
    "heat": compiled(heat),
    "black_scholes": compiled(black_scholes),
    "axpy": compiled(lambda a, x, y: tf.cast(a, x.dtype) * x + y),
    "softmax": compiled(tf.nn.softmax),
    "distances": compiled(lambda a, b: tf.reduce_sum((a[:, None, :] - b[None, :, :]) ** 2, 2)),
    "matmul.256": compiled(tf.matmul),
    "matmul.1024": compiled(tf.matmul),
}
