"""JAX: jit, with loops by lax. CASES: name -> (arguments) -> a call without arguments."""

import jax
import jax.numpy as jnp
from jax import lax

jax.config.update("jax_enable_x64", True)
VERSION = jax.__version__


def compiled(program):
    function = jax.jit(program)

    def bind(*args):
        args = [jnp.asarray(arg) for arg in args]
        return lambda: jax.block_until_ready(function(*args))

    return bind


def collatz(first, last, steps):
    def halve_or_triple(state):
        n, steps = state
        return jnp.where(n % 2 == 0, n // 2, 3 * n + 1), steps + 1

    def chain(state):
        first, steps = state
        _, steps = lax.while_loop(lambda s: s[0] != 1, halve_or_triple, (first, steps))
        return first + 1, steps

    return lax.while_loop(lambda s: s[0] < last, chain, (first, steps))[1]


def primes(n, last, divisor, count, steps):
    def test(state):
        n, count, steps = state
        d = lax.while_loop(lambda d: (d * d <= n) & (n % d != 0), lambda d: d + 1, divisor)
        return n + 1, count + (d * d > n), steps + d - 1

    _, count, steps = lax.while_loop(lambda s: s[0] < last, test, (n, count, steps))
    return count, steps


def mandelbrot(left, right, bottom, top, step, limit, steps):
    def point(x, y):
        def turn(state):
            a, b, k = state
            return a * a - b * b + x, 2.0 * a * b + y, k - 1

        inside = lambda s: (s[2] > 0) & (s[0] * s[0] + s[1] * s[1] <= 4.0)  # noqa: E731
        return limit - lax.while_loop(inside, turn, (x, y, limit))[2]

    def row(state):
        y, steps = state
        column = lambda s: (s[0] + step, s[1] + point(s[0], y))  # noqa: E731
        _, steps = lax.while_loop(lambda s: s[0] < right, column, (left, steps))
        return y + step, steps

    return lax.while_loop(lambda s: s[0] < top, row, (bottom, steps))[1]


def slope(y):
    return jnp.array(
        [10.0 * (y[1] - y[0]), y[0] * (28.0 - y[2]) - y[1], y[0] * y[1] - 8.0 / 3.0 * y[2]]
    )


def lorenz(y, h, steps):
    def step(_, y):
        k1 = slope(y)
        k2 = slope(y + 0.5 * h * k1)
        k3 = slope(y + 0.5 * h * k2)
        k4 = slope(y + h * k3)
        return y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)

    return lax.fori_loop(0, steps, step, y)


def heat(u, steps):
    def step(_, u):
        inner = u[1:-1, 1:-1]
        around = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
        return u.at[1:-1, 1:-1].set(inner + 0.1 * (around - 4.0 * inner))

    return lax.fori_loop(0, steps, step, u)


def black_scholes(price, strike, years):
    normal = lambda x: 0.5 + 0.5 * jax.scipy.special.erf(x * 0.7071067811865476)  # noqa: E731
    spread = 0.3 * jnp.sqrt(years)
    d1 = (jnp.log(price / strike) + 0.065 * years) / spread
    return price * normal(d1) - strike * jnp.exp(-0.02 * years) * normal(d1 - spread)


def softmax(x):
    return jax.nn.softmax(x, axis=1)


def distances(a, b):
    return ((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=2)


def axpy(a, x, y):
    return a.astype(x.dtype) * x + y


PROGRAMS = (collatz, primes, mandelbrot, lorenz, heat, black_scholes, axpy, softmax, distances)
CASES = {
    "call": compiled(lambda x: x + 1),
    **{program.__name__: compiled(program) for program in PROGRAMS},
    "matmul.256": compiled(jnp.matmul),
    "matmul.1024": compiled(jnp.matmul),
}
