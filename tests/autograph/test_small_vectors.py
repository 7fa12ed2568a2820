"""Vectors of a few elements in loops, which become numbers in registers: NumPy's bits."""

import random

import numpy as np
import pytest
from modes import same

import autograph as ag


def lorenz(y, n):
    for _ in range(n):
        k = np.array([10.0 * (y[1] - y[0]), y[0] * (28.0 - y[2]) - y[1], y[0] * y[1] - 2.5 * y[2]])
        y = y + 0.001 * k
    return y


def rotated(v, n):
    for i in range(n):
        v = np.array([v[1], v[-1], v[0]]) if i % 2 else v * 0.5
    return v


def assigned(v, n):
    for i in range(n):
        w = np.array([v[0], v[1], v[2]])
        w[1] = w[0] + i
        w[-1] += 2.0
        v = w
    return v


def looked_up(v, n):
    """An index that the run decides needs the whole vector."""
    total = 0.0
    for i in range(n):
        v = np.array([v[2], v[0], v[1]])
        total += v[i % 3]
    return total, v


def nested(v, n):
    for _ in range(n):
        u = v * 2.0
        for j in range(3):
            u = np.array([u[1], u[2] + j, u[0]])
        v = u - v
    return v


def summed(v, n):
    s = 0.0
    for _ in range(n):
        v = v * 0.5 + np.array([1.0, s, 2.0])
        s += v.sum()
    return v, s


def compared(v, n):
    for _ in range(n):
        v = np.where(v > 1.0, v - 1.0, v * 3.0)
    return v


def two(v, n):
    w = v * 0.0
    for i in range(n):
        v, w = w + 1.0, v * 0.25
        if v[0] > 2.0:
            v = v - w
    return v, w


def early(v, n):
    for i in range(n):
        v = np.array([v[0] + 1.0, v[1] * 0.5, v[2]])
        if v[0] > 4.5:
            return v * 10.0
    return v


def integers(n):
    a = np.array([0, 1])
    for _ in range(n):
        a = np.array([a[1], a[0] + a[1]])
    return a


@pytest.mark.parametrize("f", [lorenz, rotated, assigned, looked_up, nested, summed, compared, two, early])
@pytest.mark.parametrize("n", [0, 1, 2, 9])
def test_programs(f, n):
    same(f, np.array([1.5, -0.25, 3.0]), n)


@pytest.mark.parametrize("n", [0, 1, 40])
def test_integers_wrap_as_in_numpy(n):
    same(integers, n)


def test_the_loop_carries_numbers():
    f = ag.function(lorenz)
    text = f.get_concrete_function(np.array([1.0, 1.0, 1.0]), 5).graph.optimize().print_text()
    loop = text[text.index("while(") :]
    assert "float64[3]" not in loop[: loop.index("return")].rsplit("}", 1)[0]
    longer = ag.function(lambda v, n: keep_going(v, n))
    text = longer.get_concrete_function(np.zeros(5), 5).graph.optimize().print_text()
    assert "float64[5]" in text[text.index("while(") :]


def keep_going(v, n):
    for _ in range(n):
        v = v * 0.5 + 1.0
    return v


# ---- drawn programs --------------------------------------------------------------------------------


def draw(seed):
    choose = random.Random(seed)
    size = choose.choice([1, 2, 3, 4, 4, 5])
    names = ["a", "b", "c"]

    def vector():
        return choose.choice(names)

    def number(i):
        return choose.choice([f"{vector()}[{choose.randrange(-size, size)}]", f"float({i})", "0.5", "t"])

    def line(i):
        kind = choose.random()
        v = vector()
        if kind < 0.35:
            items = ", ".join(number(i) for _ in range(size))
            return f"{v} = np.array([{items}])"
        if kind < 0.6:
            return f"{v} = {vector()} {choose.choice('+-*')} {choose.choice([vector(), number(i)])}"
        if kind < 0.7:
            return f"{v} = np.where({vector()} > {number(i)}, {vector()}, {vector()} * 0.5)"
        if kind < 0.8:
            return f"t = {number(i)} * 0.5 + {number(i)}"
        if kind < 0.88:
            return f"t = {vector()}[{i} % {size}]"
        return f"{v} = np.minimum(np.maximum({v}, -8.0), 8.0)"

    body = [line("i") for _ in range(choose.randint(2, 5))]
    source = ["def f(x, y, n):", "    a, b, c, t = x * 1.0, y * 0.5, x - y, 1.0", "    for i in range(n):"]
    for at, text in enumerate(body):
        if choose.random() < 0.2:
            source += [f"        if t > {choose.choice([0.0, 0.7])}:", f"            {text}"]
        elif choose.random() < 0.15:
            source += [f"        for j{at} in range(3):", f"            {line(f'j{at}')}"]
        else:
            source.append("        " + text)
    source += ["        a = np.minimum(np.maximum(a, -9.0), 9.0)", "        b = b * 0.5", "        c = c * 0.25"]
    source.append("        t = t * 0.125")
    return "\n".join(source) + "\n    return a, b, c, t\n", size


@pytest.mark.parametrize("seed", range(80))
def test_drawn_programs_agree_with_numpy(seed):
    text, size = draw(seed)
    scope = {"np": np}
    exec(text, scope)
    numbers = np.random.default_rng(seed)
    x, y = numbers.standard_normal(size), numbers.standard_normal(size)
    f = ag.function(scope["f"])
    for n in (0, 1, 2, 7):
        wanted = scope["f"](x, y, n)
        for g, w in zip(f(x, y, n), wanted, strict=True):
            g = np.asarray(g.numpy() if hasattr(g, "numpy") else g)
            np.testing.assert_array_equal(g, np.asarray(w), err_msg=text)
