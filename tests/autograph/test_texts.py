"""The text of traced numbers beside arrays is Python's, in containers and behind %r too."""
# ruff: noqa: UP031, UP032
# The old forms are what is tested.

import numpy as np
import pytest
import random_programs
from modes import same

import autograph as ag

x = np.array([1.0, 2.0])


def test_numbers_in_containers_and_behind_repr():
    def texts(x, n):
        m = bool(x.sum() > 3)
        k = n if x.sum() > 1 else n + 1
        print(f"{[n]} {(n, n + 1)}", x[0] > 0)
        print("%r %s %d" % (n, n, n), "%r" % k, "%s" % (n,))
        print(repr((k, n * 2)), str([n]), "{}".format((n,)), f"{n!r}")
        print(f"{[m, k]}", {"a": k}, f"{dict(a=k)!r} {x!r}", (k, None), [[k], {"b": (n,)}])
        return k

    same(texts, (x, 3), (x - 2, 4))


def test_a_returned_text_and_that_of_an_error():
    def returned(x, n):
        return f"{[n, n * 1.5]} of {x.sum() > 1}"

    def raised(x, n):
        if x.sum() > 1:
            raise ValueError(f"bad {[n, n * 1.5]}", [n])
        return n

    def caught(x, n):
        try:
            if x.sum() > 1:
                raise ValueError(f"bad {[n]}")
        except ValueError as e:
            print(e, str(e), repr(e), e.args)
        return n

    same(returned, (x, 3), kinds=False)
    for f in (raised, caught):
        same(f, (x, 3), (x - 9, 4))


def chosen_text(n):
    total = 0
    for i in range(n):
        total += i
    said = f"<{total}>"
    if n > 3:
        said = said + "!"
    print(said, [said], f"and {said}")
    return total


def chosen_text_of_a_helper(n):
    def shown(text):
        if n > 3:
            return text + "!"
        return text

    total = 0
    for i in range(n):
        total += i
    print(shown(f"<{total}>"))
    return total


def text_made_in_a_branch(n):
    said = "none"
    if n > 3:
        said = f"[{n * 2:5d}]"
    assert n < 9, said
    print(said)
    return n


@pytest.mark.parametrize("f", [chosen_text, chosen_text_of_a_helper, text_made_in_a_branch])
def test_which_text_it_is_the_run_decides(f):
    same(f, 0, 2, 5, 12)


def test_a_text_handed_to_a_function_within_stays_native():
    f = ag.function(chosen_text_of_a_helper)
    f(5)
    assert "native code" in f.explain()


CHOSEN = (
    "n = {'ab': 1, 'c': 2}[z]", "z += 'k'; n = z", "n = str(b) + z; print(p, n); n = 0", "n = z[0]", "n = z.upper() + z * 2", "n = len(z)", "n = [z, 1]; n.append(z + 'k')",
    "n = 1 if 'b' in z else 2", "n = z.split('b')", "n = {z: 1}", "n = 'q' + z + 'q'", "n = [k for k in z]", "n = max(z, 'b')",
    "n = 1 if z < 'b' < 'c' else z.count('c')", "print(p, z, repr(z), f'{z!r}{z:>4}', [z]); n = 0", "n = g(z)",
    "n = 0\n    for i, k in enumerate(z): n = i, k",
)  # fmt: skip
STARTS = (
    "if a > 0: z = 'ab'\n    else: z = 'c'",
    "z = 'ab'\n    for k in range(a):\n        if k > 0: z = 'c'",
)


@pytest.mark.parametrize("start", STARTS, ids=("branch", "loop"))
@pytest.mark.parametrize("statement", CHOSEN)
def test_texts_that_the_run_chooses(start, statement):
    """What a branch or loop chose among texts of the program is taken by everything that takes a text."""
    text = f"def f(a, b, p, v):\n    def g(s): return s + 'x'\n    {start}\n    {statement}\n    return n, v + 1\n"
    f = random_programs.define(text)
    same(f, *((a, b, 7, np.zeros(2)) for a, b in ((1, 2), (2, -3), (-1, 5))), cheap=True)


# ---- texts of what a branch computes -----------------------------------------------------------------------


def returned_early(n):
    if n > 3:
        y = n * 2
        return f"odd {y}"
    return "x"


def in_both_branches(n):
    if n > 3:
        y = n * 2
        said = f"a {y:>4}|{y!r}|{[y, 1]}"
    elif n > 2:
        said = "b%d" % (n * 3)
    else:
        said = None
    print(said)
    return said, said is None


def of_nested_branches(n):
    said = "-"
    if n > 1:
        y = n * n
        if y > 8:
            z = y - 1
            said = f"{y}/{z}" + "!"
        else:
            said = str(y)
    return [said], {"k": said}, f"<{said}>"


def left_by_break(n):
    said = "none"
    while n > 0:
        n -= 1
        if n == 2:
            y = n * 5
            said = f"found {y}"
            break
    return said, n


def caught_with_a_text(n):
    try:
        if n > 2:
            z = n + 1
            said = f"over {z}"
            raise KeyError(said)
        said = "fine"
    except KeyError as e:
        said = f"caught {e}"
    return said


def asked_for(n):
    y = n + 1
    said = f"a{y * 2}" if n > 2 else f"b{y}"
    if said == "a8":
        return 1
    return len(said)


def of_a_helper(n):
    def label(v):
        if v > 2:
            w = v * 1.5
            return f"{w:.2f}"
        return str(v)

    return label(n), label(n + 5), label(n) + label(n + 1)


COMPUTED = returned_early, in_both_branches, of_nested_branches, left_by_break, caught_with_a_text, asked_for, of_a_helper


@pytest.mark.parametrize("f", COMPUTED)
def test_a_text_of_what_a_branch_computed_leaves_it(f):
    same(f, 0, 1, 2, 3, 4, 9)


@pytest.mark.parametrize("f", [returned_early, of_nested_branches, caught_with_a_text, of_a_helper])
def test_a_text_of_what_a_branch_computed_from_a_tensor(f):
    compiled = ag.function(f, jit_compile=True)
    for n in 0, 1, 2, 3, 4, 9:
        assert compiled(ag.constant(n, "int64")) == f(n)
    assert compiled.experimental_get_tracing_count() == 1


def test_a_text_of_a_variable_in_a_branch():
    v = ag.Variable(4)

    @ag.function
    def f():
        if v > 3:
            return f"large {v}"
        return "small"

    assert f() == "large 4"
    v.assign(2)
    assert f() == "small"
    v.assign(7)
    assert f() == "large 7"


def test_texts_may_have_the_characters_that_stand_for_operands_within(capsys):
    def prints(x):
        print("a\1b", x, sep="\1", end="\1")

    def asserts(x):
        assert x > 5, f"\1 {x}"

    prints(3)
    ag.function(prints)(3)
    assert capsys.readouterr().out == "a\1b\0013\1" * 2
    with pytest.raises(AssertionError, match="^\1 3$"):
        ag.function(asserts)(3)
