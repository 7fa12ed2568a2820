"""x[key] = value where the run decides the place: numbers behind slices, bounds of slices. In place, NumPy's result."""

import random

import numpy as np
import pytest
from modes import same

import autograph as ag


def columns(n, m):
    x = np.zeros((m, m))
    for i in range(n):
        x[:, i % m] = i * 1.0
    return x


def triangle(n, m):
    x = np.zeros((m, m))
    for i in range(n):
        x[i % m, : i % m + 1] += i * 1.0
        x[i % m :, -1] = np.arange(m - i % m) * 1.0
    return x


def swapped(x, n):
    x = x.copy()
    for i in range(n):
        j = i % 3
        left = x[:, j].copy()
        x[:, j] = x[:, j + 1]
        x[:, j + 1] = left
    return x


def strided(n, m):
    x = np.zeros((4, m, 3))
    for i in range(n):
        x[1, i % m :: 2, :] = np.array([1.0, 2.0, i])
        x[:, i % m, 0:2] = np.array([[i * 1.0], [2.0], [3.0], [4.0]])
        x[..., i % 3] -= 1.0
    return x


@pytest.mark.parametrize("f", [columns, triangle, strided])
@pytest.mark.parametrize(("n", "m"), [(0, 4), (1, 4), (9, 4), (5, 1)])
def test_programs(f, n, m):
    same(f, n, m)


def test_what_is_read_is_the_old_value():
    same(swapped, np.arange(20.0).reshape(5, 4), 7)


def test_one_element_after_the_other_is_set():
    text = ag.function(columns).get_concrete_function(9, 4).graph.optimize().print_text()
    assert "set_element" in text and "transpose" not in text and "scatter" not in text


@pytest.mark.parametrize("value", [np.zeros(3), np.zeros((2, 2, 2))])
def test_values_that_do_not_fit(value):
    def f(x, v, j):
        x = ag.identity(x)
        x[:, j] = v
        return x

    with pytest.raises((ValueError, ag.errors.InvalidArgumentError)):
        ag.function(f)(np.zeros((4, 5)), value, 2)


def test_an_index_out_of_range_is_python_s_error():
    def f(x, j):
        x = ag.identity(x)
        x[:, j] = 1.0
        return x

    with pytest.raises(IndexError):
        ag.function(f)(np.zeros((4, 5)), 5)


def draw(seed):
    choose = random.Random(seed)
    rank = choose.choice([1, 2, 2, 3])
    shape = tuple(choose.randint(1, 4) for _ in range(rank))
    lines = ["def f(n):", f"    x = np.zeros({shape})", "    for i in range(n):"]
    for _ in range(choose.randint(1, 3)):
        key = []
        for size in shape:
            key.append(
                choose.choice(
                    [
                        ":",
                        f"i % {size}",
                        f"-(i % {size}) - 1",
                        f"i % {size + 1}:",
                        f":i % {size + 2}",
                        f"-(i % 3):{size}",
                        "::2",
                        "0",
                    ]
                )
            )
        lines.append(
            f"        x[{', '.join(key)}] {choose.choice(['=', '+='])} i + {choose.randint(1, 5)}.0"
        )
    return "\n".join(lines) + "\n    return x\n"


@pytest.mark.parametrize("seed", range(60))
def test_drawn_keys(seed):
    text = draw(seed)
    scope = {"np": np}
    exec(text, scope)
    for n in (0, 1, 6):
        np.testing.assert_array_equal(
            np.asarray(ag.function(scope["f"])(n)), scope["f"](n), err_msg=text
        )


@pytest.mark.parametrize(("a", "b"), [(1, 2), (0, 0), (0, 4)])
def test_a_value_larger_than_its_place_is_refused_at_the_run(a, b):
    f = ag.function(put)
    with pytest.raises((ValueError, ag.errors.InvalidArgumentError)):
        f(ag.constant(np.zeros(5)), a, b, ag.constant(np.ones(3)))
    assert f(ag.constant(np.zeros(5)), 1, 4, ag.constant(np.ones(3))).tolist() == [0, 1, 1, 1, 0]


def put(x, a, b, v):
    x[a:b] = v
    return x
