"""`"..." % values` of values that only the run knows: Python's text, and no reason to leave native code."""

import numpy as np
import pytest
from modes import same
from random_programs import define

import autograph as ag

INTS = ["%d", "%i", "%5d|", "%-5d|", "%05d", "%+d", "% d", "%x", "%X", "%o", "%s", "%6s|", "%-6s|", "%r", "%f", "%8.3f", "%e", "%g", "100%% of %d"]
FLOATS = ["%d", "%+05d", "%s", "%10s|", "%r", "%f", "%.2f", "%08.2f", "%-9.1f|", "%+.3e", "%G", "% .1f", "%5d%%"]
ODD = ["%5.1s|", "%#x", "%.3d", "%c", "%a", "%y", "%", "%d %d", "none", "%(a)d", "%*d"]


def made(form):
    return define(
        f"def f(n):\n    print({form!r} % n)\n    if n > 0:\n        print('positive', {form!r} % (n + n,))\n"
        f"    return n"
    )


@pytest.mark.parametrize("form", INTS)
@pytest.mark.parametrize("n", [7, 0, 123456])
def test_ints(form, n):
    same(made(form), n)


@pytest.mark.parametrize("form", FLOATS)
@pytest.mark.parametrize("x", [2.5, 0.1, 1e16])
def test_floats(form, x):
    same(made(form), x)


@pytest.mark.parametrize("form", ODD)
def test_what_python_writes_or_refuses(form):
    same(made(form), 5)


def several(a, b, words):
    print("%s: %d of %d (%.1f%%)" % (words, a, b, 100 * a / b))
    print("%(a)d and %(words)s" % {"a": a, "words": words})
    for i in range(a):
        if i % 2 == 0:
            print("step %3d, %s" % (i, f"<{i}>"))
    text = "%d-%d" % (a, b)
    print(text)
    return a


def test_several_values_and_texts():
    same(several, 3, 8, "done")
    f = ag.function(several)
    f(3, 8, "done")
    assert "native code" in str(f.explain())


@pytest.mark.parametrize("kind", ["array", "constant", "variable"])
def test_beside_tensors(kind, capsys):
    x = {"array": np.array(3), "constant": ag.constant(3), "variable": ag.Variable(3)}[kind]

    @ag.function(jit_compile=True)
    def f(x):
        print("%d|%5d|%s|%.2f" % (x, x, x, x * 1))
        if x > 0:
            print("positive: %d" % x)
        for i in range(x):
            print("turn %d" % i)

    f(x)
    f(x)
    lines = ["3|    3|3|3.00", "positive: 3", "turn 0", "turn 1", "turn 2"]
    assert capsys.readouterr().out.split("\n")[:-1] == lines * 2


def test_superfluous_values_are_pythons_error():
    for value in (ag.constant(3), ag.Variable(3), 3):
        with pytest.raises(TypeError, match="not all arguments converted"):
            ag.function(lambda x: "none" % x)(value)
