"""Everyday programs on NumPy's arrays give what NumPy gives."""

import copy

import numpy as np
import pytest
from test_numpy_arguments import compare

import autograph as ag

rng = np.random.default_rng(1)
V, X = rng.random(4), rng.random((3, 4))
TABLE = np.array([0.0, 10.0, 20.0, 30.0])


def copied(v):
    y = copy.copy(v)
    y += 1
    z = y
    z[0] = 5
    return y, v


def copied_deep(v):
    y = copy.deepcopy([v, v * 2])
    y[0][0] = 1
    return y[0], v, y[1]


def places(x):
    s = 0.0
    for at in np.ndindex(x.shape):
        s += x[at] * at[0]
    for (i, j), e in np.ndenumerate(x):
        s += e * i - j
    return s


def masked_mean(v):
    mask = v > 0.5
    n = mask.sum()
    return v[mask].sum() / n if n else 0.0


def scaled(x):
    return (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)


def softmax(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def one_hot(k):
    return np.eye(10)[k], TABLE[k], TABLE[k[0]]


def moving_mean(v, n):
    return np.convolve(v, np.ones(n) / n, mode="valid")


def nearest(x, q, k):
    d = np.linalg.norm(x - q, axis=1)
    at = np.argsort(d)[:k]
    return x[at].mean(axis=0), at


def equalized(img):
    hist, bins = np.histogram(img.flatten(), 256, (0, 256))
    cdf = hist.cumsum()
    cdf = 255 * cdf / cdf[-1]
    return np.interp(img.flatten(), bins[:-1], cdf).reshape(img.shape)


def k_means(x, c, n):
    for _ in range(n):
        d = ((x[:, None] - c[None]) ** 2).sum(-1)
        label = d.argmin(1)
        for j in range(len(c)):
            m = label == j
            if m.any():
                c = c.copy()
                c[j] = x[m].mean(axis=0)
    return c, label


def principal(x, k):
    x = x - x.mean(0)
    _, _, vt = np.linalg.svd(x, full_matrices=False)
    return np.abs(x @ vt[:k].T)


def fitted(x, y):
    return np.linalg.lstsq(np.c_[x, np.ones(len(x))], y, rcond=None)[0]


def confusion(a, b, n):
    m = np.zeros((n, n), dtype=int)
    np.add.at(m, (a, b), 1)
    return m, np.trace(m) / m.sum()


def sieve(n):
    p = np.ones(n + 1, dtype=bool)
    p[:2] = False
    for i in range(2, int(n**0.5) + 1):
        if p[i]:
            p[i * i :: i] = False
    return np.nonzero(p)[0]


def life(b):
    n = sum(np.roll(np.roll(b, i, 0), j, 1) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0))
    return (n == 3) | (b & (n == 2))


def low_pass(v):
    f = np.fft.rfft(v)
    f[2:] = 0
    return np.fft.irfft(f, len(v))


def mandelbrot(c, n):
    z, k = np.zeros_like(c), np.zeros(c.shape, dtype=int)
    for _ in range(n):
        m = np.abs(z) < 2
        z = np.where(m, z * z + c, z)
        k[m] += 1
    return k


def runs(k):
    changes = np.flatnonzero(np.diff(k)) + 1
    starts = np.r_[0, changes]
    return k[starts], np.diff(np.r_[starts, len(k)])


def means_of_groups(k, v):
    names, at = np.unique(k, return_inverse=True)
    s = np.zeros(len(names))
    np.add.at(s, at, v)
    return names, s / np.bincount(at)


def elements(x, k):
    return x * k[0], k + x[0, 0], x[0, 0] / k.sum(), (x > 0.5).mean() * k[1]


PROGRAMS = [
    (copied, (V,)), (copied_deep, (V,)), (places, (X,)), (masked_mean, (V,), (V * 0,)), (scaled, (X,)), (softmax, (X,)),
    (one_hot, (np.array([1, 3]),)), (moving_mean, (V, 2), (V, 3)), (nearest, (X, V, 2)),
    (equalized, (rng.integers(0, 255, (8, 8)).astype(np.uint8),)), (k_means, (X, X[:2], 3)), (principal, (X, 2)),
    (fitted, (rng.random((8, 2)), rng.random(8))), (confusion, (np.array([0, 1, 2, 1]), np.array([0, 2, 2, 1]), 3)),
    (sieve, (30,), (50,)), (life, (rng.random((6, 6)) > 0.5,)), (low_pass, (rng.random(8),)),
    (mandelbrot, (rng.random((4, 4)) * 2 - 1 + 1j * rng.random((4, 4)), 6)), (runs, (np.array([1, 1, 2, 2, 2, 3]),)),
    (means_of_groups, (np.array([1, 3, 1, 2]), V)), (elements, (X, np.array([2, 3]))),
]  # fmt: skip


@pytest.mark.parametrize("row", PROGRAMS, ids=lambda row: row[0].__name__)
def test_program(row):
    plain, *calls = row
    compare(ag.function(plain), plain, calls)
