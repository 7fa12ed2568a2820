"""Traced numbers beside what is no number: the operators of lists, tuples, texts and the like are Python's, and so are their errors."""

import enum
import itertools
import linecache

import numpy as np
import pytest
from modes import same

import autograph as ag

OTHERS = ["(2, 0.5)", "[2, 0.5]", "[]", "'ab'", "None", "{'a': 1}", "{1, 2}", "b'ab'", "range(3)", "2j", "len", "..."]
BINARY = "+ - * / // % ** @ << >> & | ^".split()
COMPARE = ["<", "<=", ">", ">=", "==", "!=", "in", "not in"]
UNARY = [
    "-m", "+m", "~m", "not m", "abs(m)", "m[0]", "m[1:]", "len(m)", "m()", "iter(m)", "round(m)", "divmod(m, None)", "divmod((1,), m)",
    "pow(m, 'a')", "max(m, 'a')", "min((1,), m)", "min([2], m)", "sum(m)", "m + str(m)", "str(m) + m", "[*m]", "{**m}", "sorted(m)",
    "format(m, 'd')", "m if m else ()", "isinstance(m, int)", "hash(m)", "'%d' % m", "'%s' % (m,)",
]  # fmt: skip


def define(lines, of="n + 1"):
    """A function of a number n with these statements, m a traced number."""
    text = "".join(f"    {line}\n" for line in ["m = " + of, *lines])
    name = f"<operands {next(_count)}>"
    source = f"def f(n):\n{text}"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    space = {}
    exec(compile(source, name, "exec"), space)
    return space["f"]


_count = itertools.count()


def check(lines, of="n + 1"):
    """Value and error, with its text, at two calls."""
    f = define(lines, of)
    compiled = ag.function(f)
    for n in (2, 0, -3):
        try:
            want = f(n)
        except Exception as e:
            with pytest.raises(type(e)) as caught:
                compiled(n)
            assert (type(caught.value), str(caught.value)) == (type(e), str(e)), lines
        else:
            got = compiled(n)
            assert got == want and isinstance(got, type(want)), (lines, n, got, want)


@pytest.mark.parametrize("other", OTHERS)
def test_operators_of_a_number_and_what_is_none(other):
    for op in BINARY:
        check([f"return m {op} {other}"])
        check([f"m {op}= {other}", "return m"])
        check([f"return {other} {op} m"])
        if op != "%" or other not in ("'ab'", "b'ab'"):  # Python looks whether m has items, as a tensor does
            check([f"k = {other}", f"k {op}= m", "return k"])
    for op in COMPARE:
        check([f"return m {op} {other}"])
        check([f"return {other} {op} m"])


@pytest.mark.parametrize("of", ["n + 1", "n * 0.5", "n > 1"], ids=["int", "float", "bool"])
def test_what_a_number_has_and_has_not(of):
    for expression in UNARY:
        check([f"return {expression}"], of)
    for other in ("(1,)", "[1]"):
        for op in ("+", "*", "<", "=="):
            check([f"return m {op} {other}"], of)
            check([f"return {other} {op} m"], of)


def repeated(n):
    a = (1, 2) * n
    b = n * [0.5]
    c = "ab" * (n - 1)
    return a, b, len(c), [n] * 2, (n > 1) * "x"


def caught_beside_a_number(n):
    m = n + 1
    try:
        m = m + (1, 2)
    except TypeError as e:
        return "no", str(e), m
    return m


def test_repetition_and_what_try_catches():
    same(repeated, 2, 0, 3)
    same(caught_beside_a_number, 2, 5)


def test_beside_a_strong_tensor_a_list_is_an_array():
    assert ag.function(lambda x: x + [1, 2])(ag.constant(3)).tolist() == [4, 5]
    assert ag.function(lambda x: (1, 2) < x)(np.array([2, 2])).tolist() == [True, False]


class Bits(enum.IntFlag):
    A = 1
    B = 2
    C = 4


def test_flags_beside_a_number_keep_their_class():
    def f(n):
        return Bits.A | n, (Bits.A | Bits.C) & n, n & Bits.A, n ^ Bits.B, Bits.B + n

    same(f, 3, 0, 5)


def test_a_form_that_takes_no_value_says_so():
    def text(n):
        return "ab" % n  # noqa: F507

    def data(n):
        return b"100%%" % n  # noqa: F507

    def nothing(n):
        return "a%%b" % (), "ab" % {"n": n}

    for fn in (text, data, nothing):
        same(fn, 3, 0)
