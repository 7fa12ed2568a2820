"""x[slice] = what reads x, where it lies, apart or into a second buffer: NumPy's result."""

import random

import numpy as np
import pytest
from modes import same
from random_programs import define

from autograph.bench.sizes import waves


def heat(u, steps):
    u = u.copy()
    for _ in range(steps):
        inner = u[1:-1, 1:-1]
        around = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
        u[1:-1, 1:-1] = inner + 0.125 * (around - 4.0 * inner)
    return u


def before_and_after(u, steps):
    u = u.copy()
    change = 0.0
    for _ in range(steps):
        old = u.copy()
        u[1:-1] = (u[2:] + u[:-2]) * 0.5
        change += np.abs(u - old).sum()
    return u, old, change


def on_one_path(u, steps):
    u = u.copy()
    for i in range(steps):
        if i % 2 == 0:
            u[1:, 1:-1] = u[:-1, 2:] + 1.0
        elif i % 3 == 0:
            u[0, 1:-1] = u[-1, :-2]
        else:
            u[:-1] += u[:-1] * 0.5
    return u


def once(u, k):
    v = u.copy()
    v[1:] = v[:-1] + u[1:]
    v[:, :] = v[::-1, ::-1] * k
    w = v.copy()
    w[:, 1:] = w[:, 1:] + v[:, :-1]
    return v, w


def rows(u, steps):
    u = u.copy()
    for i in range(steps):
        u[i % 3] = u[i % 3] * 2.0 + u[(i + 1) % 3]
        u[i % 3 + 1] += u[i % 3 + 1]
        u[i % 3] = u[i % 3][::-1] + u[i % 3].max()
    return u


def volume(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1, :, 1:] = u[:-2, :, :-1] + u[2:, ::-1, 1:] - u[1:-1, :, 1:]
        u[:, 1:] += u[:, :-1]
    return u


def inner_loop(u, steps, n):
    u = u.copy()
    for _ in range(steps):
        for _ in range(n):
            u[1:-1] = u[:-2] - u[2:]
        u[2] = u[1] + 1.0
    return u


def table(*shape, dtype=np.float64):
    return (np.arange(np.prod(shape)).reshape(shape) * 7 % 11).astype(dtype)


@pytest.mark.parametrize("f", [heat, on_one_path, once, rows])
@pytest.mark.parametrize("shape", [(3, 3), (5, 4), (9, 37), (37, 9)])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_plates(f, shape, dtype):
    if f is rows and shape[0] < 4:
        shape = (4, shape[1])
    same(f, (table(*shape, dtype=dtype), 0), (table(*shape, dtype=dtype), 7))


def test_threads_share_the_rows():
    same(heat, (table(300, 500, dtype="f4"), 3))


@pytest.mark.parametrize("n", [3, 16, 50])
def test_lines(n):
    same(waves, (table(n), table(n) * 0.5, 5))
    same(before_and_after, (table(n), 4))
    same(inner_loop, (table(n), 3, 2))


def test_volumes():
    same(volume, (table(4, 3, 5), 3), (table(4, 3, 5), 0))
    same(volume, (table(2, 2, 2), 3))


# ---- random slices -----------------------------------------------------------------------------


def cut(rng, n, size):
    """A slice of so many of n places, and its text."""
    begin = rng.randint(0, n - size)
    if rng.random() < 0.2:
        low = begin - 1 - n
        return f"{begin + size - 1}:{low}:-1" if rng.random() < 0.5 else f"{begin}:{begin + size}"
    return f"{begin}:{begin + size}"


def program(rng, shape):
    """A function of two arrays of the shape and a number of turns."""
    lines = ["def f(x, y, n):", "    x = x.copy()", "    y = y.copy()", "    for i in range(n):"]
    for _ in range(rng.randint(1, 4)):
        sizes = [max(rng.choice([m, m - 1, m - 2, m // 2]), 1) for m in shape]

        def part(name, sizes=sizes):
            if rng.random() < 0.1:
                return "float(i)" if rng.random() < 0.5 else "0.5"
            return f"{name}[{', '.join(cut(rng, m, s) for m, s in zip(shape, sizes))}]"

        to = rng.choice("xxy")
        target = ", ".join(
            f"{b}:{b + s}" for b, s in ((rng.randint(0, m - s), s) for m, s in zip(shape, sizes))
        )
        value = f"{part(rng.choice('xy'))} {rng.choice('+-')} {part(to)} * 0.5"
        pad = "        "
        if rng.random() < 0.2:
            lines.append(f"{pad}if i % 2 == {rng.randint(0, 1)}:")
            pad += "    "
        op = rng.choice(["=", "=", "+="])
        if rng.random() < 0.3:
            value = f"{to}[{target}] + {value}"
        lines.append(f"{pad}{to}[{target}] {op} {value}")
        if rng.random() < 0.2:
            lines.append(f"{pad}y = {rng.choice(['x.copy()', 'y * 1.0', 'x + y'])}")
    lines.append("    return x, y")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("seed", range(24))
def test_random_slices(seed):
    rng = random.Random(seed)
    shape = [rng.choice([1, 2, 5, 17, 20]) for _ in range(rng.randint(1, 3))]
    f = define(program(rng, shape))
    x, y = table(*shape), table(*shape)[::-1].copy()
    same(f, (x, y, 3), (x, y, 0), cheap=True)
