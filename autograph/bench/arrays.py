"""Programs on NumPy arrays as one writes them; c/arrays.c has the same in C, as loops."""

import numpy as np


def slope(y):
    """The derivative of Lorenz's system at y."""
    return np.array(
        [10.0 * (y[1] - y[0]), y[0] * (28.0 - y[2]) - y[1], y[0] * y[1] - 8.0 / 3.0 * y[2]]
    )


def lorenz(y, h, steps):
    """Lorenz's system after `steps` steps of length h by the classical Runge-Kutta method."""
    for _ in range(steps):
        k1 = slope(y)
        k2 = slope(y + 0.5 * h * k1)
        k3 = slope(y + 0.5 * h * k2)
        k4 = slope(y + h * k3)
        y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y


def heat(u, steps):
    """Heat in a plate whose edges keep their temperature, after `steps` explicit steps."""
    u = u.copy()
    for _ in range(steps):
        inner = u[1:-1, 1:-1]
        around = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
        u[1:-1, 1:-1] = inner + 0.1 * (around - 4.0 * inner)
    return u


def softmax(x):
    """The softmax of each row."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def distances(a, b):
    """The squared distance of each row of a from each row of b."""
    return ((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=2)


def matmul(a, b):
    return a @ b


def conv2d(x, filters):
    """Images [n, height, width, in] by filters [rows, columns, in, out], zeros around."""
    rows, columns, _, made = filters.shape
    n, height, width, _ = x.shape
    padding = [((k - 1) // 2, k // 2) for k in (rows, columns)]
    around = np.pad(x, [(0, 0), *padding, (0, 0)])
    out = np.zeros((n, height, width, made), x.dtype)
    for i in range(rows):
        for j in range(columns):
            out += around[:, i : i + height, j : j + width] @ filters[i, j]
    return out
