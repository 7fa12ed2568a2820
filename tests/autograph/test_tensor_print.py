"""tf.print and tf.strings.format write TensorFlow's text, at once, interpreted and compiled."""

import contextlib
import io
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from modes import interpreted

import autograph as tf

F, D = "float32", "float64"
TEXTS = [  # dtype, value, what TensorFlow 2.21 prints
    (F, 2.0, "2"),
    (F, -0.0, "-0"),
    (F, 0.1, "0.1"),
    (F, 1 / 3, "0.333333343"),
    (D, 1 / 3, "0.33333333333333331"),
    (F, 1e10, "1e+10"),
    (F, float("nan"), "nan"),
    (F, [float("inf"), -float("inf")], "[inf -inf]"),
    (F, [100000.0, 1234567.0, 123456789.0], "[100000 1234567 123456792]"),
    ("float16", 2.5, "2.5"),
    ("bfloat16", [1.0, 0.5], "[1 0.5]"),
    ("bool", [True, False], "[1 0]"),
    ("uint8", [200], "[200]"),
    ("int64", -(2**63), "-9223372036854775808"),
    ("string", "a b", "a b"),
    ("string", ["x", "y"], '["x" "y"]'),
    (F, [], "[]"),
    ("int32", [0, 1, 2, 3, 4, 5], "[0 1 2 3 4 5]"),
    ("int32", [0, 1, 2, 3, 4, 5, 6], "[0 1 2 ... 4 5 6]"),
    ("int32", [[1, 2], [3, 4]], "[[1 2]\n [3 4]]"),
    (F, np.zeros((2, 2, 2)), "[[[0 0]\n  [0 0]]\n\n [[0 0]\n  [0 0]]]"),
    (
        "int32",
        np.arange(64).reshape(8, 8),
        "[[0 1 2 ... 5 6 7]\n [8 9 10 ... 13 14 15]\n [16 17 18 ... 21 22 23]\n ...\n [40 41 42 ... 45 46 47]\n"
        " [48 49 50 ... 53 54 55]\n [56 57 58 ... 61 62 63]]",
    ),
]


def printed(fn, *args):
    """What a call prints at once, compiled and interpreted: the same text."""
    texts = []
    for way in (fn, tf.function(fn)):
        for _ in range(2):
            out = io.StringIO()
            way(out, *args)
            texts.append(out.getvalue())
    with interpreted():
        out = io.StringIO()
        tf.function(fn)(out, *args)
        texts.append(out.getvalue())
    assert len(set(texts)) == 1, texts
    return texts[0]


@pytest.mark.parametrize(("dtype", "value", "text"), TEXTS)
def test_tensors_print_as_tensorflows(dtype, value, text):
    x = tf.constant(value, dtype)
    assert printed(lambda out, x: tf.print(x, output_stream=out), x) == text + "\n"
    assert printed(lambda out, x: tf.print([x, 1], output_stream=out), x).startswith("[")
    formatted = tf.function(lambda x: tf.strings.format("<{}>", x))
    assert (
        tf.strings.format("<{}>", x).numpy().decode()
        == formatted(x).numpy().decode()
        == f"<{text}>"
    )


@pytest.mark.parametrize(
    ("many", "text"),
    [
        (-1, "[0 1 2 3 4 5 6 7 8 9]"),
        (0, "[...]"),
        (1, "[0 ... 9]"),
        (2, "[0 1 ... 8 9]"),
        (4, "[0 1 2 3 ... 6 7 8 9]"),
        (5, "[0 1 2 3 4 5 6 7 8 9]"),
        (100, "[0 1 2 3 4 5 6 7 8 9]"),
    ],
)
def test_summarize_counts_the_elements_at_both_ends(many, text):
    x = tf.range(10)
    assert printed(lambda out, x: tf.print(x, summarize=many, output_stream=out), x) == text + "\n"
    assert tf.strings.format("{}", x, summarize=many).numpy().decode() == text


def test_numbers_texts_and_structures_beside_tensors():
    def f(out, n, w, x):
        tf.print(
            "n:",
            n,
            w,
            None,
            True,
            [x, n],
            {"k": (x,)},
            (1, "a"),
            sep="|",
            end="!\n",
            output_stream=out,
        )
        tf.print(n if n > 2 else w, output_stream=out)
        for i in range(n):
            if x[i] > 1:
                tf.print(i, x[i], x[i] * 2.5, output_stream=out)

    wanted = "n:|3|1.0|None|True|[[1 2 3], 3]|{'k': ([1 2 3],)}|(1, 'a')!\n3\n1 2 5\n2 3 7.5\n"
    assert printed(f, 3, 1.0, tf.constant([1.0, 2.0, 3.0])) == wanted


def test_variables_and_arrays_print_as_tensors(capfd):
    v = tf.Variable([1.0, 2.0])
    assert (
        printed(lambda out, x: tf.print(v, x, output_stream=out), np.arange(8))
        == "[1 2] [0 1 2 ... 5 6 7]\n"
    )
    tf.print(v)
    tf.function(lambda: tf.print(v))()
    tf.function(lambda: tf.print(v, output_stream=sys.stdout))()
    assert capfd.readouterr() == ("[1 2]\n", "[1 2]\n[1 2]\n")


def test_a_locale_has_no_say(tmp_path):
    """A decimal comma is neither written nor looked for."""
    made = shutil.which("localedef") and subprocess.run(
        ["localedef", "-c", "-i", "de_DE", "-f", "UTF-8", tmp_path / "de_DE.UTF-8"],
        capture_output=True,
    )
    if not made or not (tmp_path / "de_DE.UTF-8").exists():
        pytest.skip("no locale with a decimal comma can be made here")
    program = """
import locale, sys
import autograph as tf
locale.setlocale(locale.LC_NUMERIC, "de_DE.UTF-8")
assert locale.format_string("%g", 2.5) == "2,5"
x = tf.constant([2.5, 1e-5, 123456789.0, 1 / 3], "float64")
tf.print(x, tf.constant(0.1), output_stream=sys.stdout)
tf.function(lambda x: tf.print(x, output_stream=sys.stdout))(x)
"""
    env = {**os.environ, "LOCPATH": str(tmp_path)}
    r = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, env=env
    )
    text = "[2.5 1e-05 123456789 0.33333333333333331]"
    assert (r.stdout, r.stderr) == (f"{text} 0.1\n{text}\n", "")


@pytest.mark.parametrize("value", [[1, 2], (1.5, "q"), 3], ids=str)
def test_a_line_goes_where_the_stream_leads_when_it_is_printed(value):
    """Each call finds sys.stdout anew, also where the line is written by Python."""

    def program(x):
        print(x, file=sys.stdout)
        tf.print(x, "y")

    run = tf.function(program)
    for _ in range(2):
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
            run(value)
        assert shown.getvalue() == f"{value}\n{value} y\n"
