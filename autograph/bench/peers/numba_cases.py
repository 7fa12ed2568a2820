"""Numba: loops, which it likes best. CASES: name -> (arguments) -> a call without arguments."""

import math

import numba
import numpy as np
import plain

VERSION = numba.__version__


def compiled(program):
    function = numba.njit(program)
    return lambda *args: lambda: function(*args)


def add_one(x):
    return x + 1


@numba.njit
def slope(y):
    return np.array(
        [10.0 * (y[1] - y[0]), y[0] * (28.0 - y[2]) - y[1], y[0] * y[1] - 8.0 / 3.0 * y[2]]
    )


def lorenz(y, h, steps):
    for _ in range(steps):
        k1 = slope(y)
        k2 = slope(y + 0.5 * h * k1)
        k3 = slope(y + 0.5 * h * k2)
        k4 = slope(y + h * k3)
        y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y


def heat(u, steps):
    u, v = u.copy(), u.copy()
    n = len(u)
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                around = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]
                v[i, j] = u[i, j] + np.float32(0.1) * (around - np.float32(4.0) * u[i, j])
        u, v = v, u
    return u


def black_scholes(price, strike, years):
    out = np.empty_like(price)
    root = np.float32(0.70710678)
    half, rate, volatility, drift = (
        np.float32(0.5),
        np.float32(0.02),
        np.float32(0.3),
        np.float32(0.065),
    )
    for i in range(len(price)):
        spread = volatility * math.sqrt(years[i])
        d1 = (math.log(price[i] / strike[i]) + drift * years[i]) / spread
        d2 = d1 - spread
        paid = strike[i] * math.exp(-rate * years[i])
        one, two = half + half * math.erf(d1 * root), half + half * math.erf(d2 * root)
        out[i] = price[i] * one - paid * two
    return out


def axpy(a, x, y):
    out = np.empty_like(x)
    a = np.float32(a)
    for i in range(len(x)):
        out[i] = a * x[i] + y[i]
    return out


def softmax(x):
    out = np.empty_like(x)
    for r in range(len(x)):
        most = x[r].max()
        total = np.float32(0.0)
        for i in range(x.shape[1]):
            out[r, i] = math.exp(x[r, i] - most)
            total += out[r, i]
        for i in range(x.shape[1]):
            out[r, i] /= total
    return out


def distances(a, b):
    out = np.empty((len(a), len(b)), np.float32)
    for i in range(len(a)):
        for j in range(len(b)):
            total = np.float32(0.0)
            for k in range(a.shape[1]):
                gap = a[i, k] - b[j, k]
                total += gap * gap
            out[i, j] = total
    return out


PROGRAMS = (
    plain.collatz,
    plain.primes,
    plain.mandelbrot,
    lorenz,
    heat,
    black_scholes,
    axpy,
    softmax,
    distances,
)
CASES = {"call": compiled(add_one), **{program.__name__: compiled(program) for program in PROGRAMS}}
