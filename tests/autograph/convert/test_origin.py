"""Where sources are found, and what is said when there is none."""
# ruff: noqa: B006 B007 B012 B023 B905 E713 E714 E731 F632 F821 F823 F841 F842 UP008 UP037
# The odd code is what is tested.

import linecache
import subprocess
import sys
import textwrap

import ag_convert
import conftest
import plain_ops
import pytest


def converted(fn):
    return ag_convert.convert(fn, plain_ops)


def test_lambdas_on_one_line_are_told_apart():
    fs = [lambda x: x and 1, lambda x: x and 2, lambda x: x or 3, lambda y: y and 4]
    assert [converted(f)(5) for f in fs] == [f(5) for f in fs]
    assert [converted(f)(0) for f in fs] == [f(0) for f in fs]


def test_lambdas_in_calls_and_in_lambdas():
    def pair(f, g):
        return converted(f)(0), converted(g)(1)

    assert pair(lambda x: x or "a", lambda x: x and "b") == ("a", "b")
    assert pair(
        lambda x: x or (lambda z: z or "in")(x),
        lambda x: x and "b",
    ) == ("in", "b")
    outer = lambda a: lambda b: a if b else -a  # noqa: E731
    assert converted(converted(outer)(3))(0) == -3
    assert converted(outer(3))(1) == 3


def test_constant_lambdas():
    fs = (lambda: 1, lambda: 2, lambda: None, lambda: "s", lambda: (1, 2), lambda: -1, lambda: 1.0)
    assert repr([converted(f)() for f in fs]) == "[1, 2, None, 's', (1, 2), -1, 1.0]"


def test_lambda_over_several_lines():
    f = lambda a, b=2: (
        a
        if a > b
        else [
            b,
        ]
    )
    assert converted(f)(1) == [2] and converted(f)(3) == 3


def test_lambda_in_the_head_of_a_compound_statement():
    for f in (lambda x: x and 1, lambda x: x or 2):
        assert converted(f)(0) == f(0)


def test_lambda_as_default_and_decorator_argument():
    def deco(key):
        def wrap(fn):
            fn.key = key
            return fn

        return wrap

    @deco(key=lambda v: -v if v else "zero")
    def f(x, g=lambda v: v or 7):
        return g(x) if x != 1 else f.key(x)

    assert converted(f.key)(0) == "zero"
    assert converted(f)(0) == 7 and converted(f)(1) == -1
    assert converted(f.__defaults__[0])(0) == 7


def test_odd_layouts():
    # fmt: off
    def f(x,
          y=(1,
2)):
        """Text
at the margin."""
    # a comment at the margin
        if x:
            s = """a
b"""
            return s, \
y
        # indented comment

        return (
x
)
    # fmt: on
    assert converted(f)(1) == f(1)
    assert converted(f)(0) == f(0)


class Outer:
    if True:

        class Inner:
            def method(self, x):
                return x if x else -1  # noqa: E704


def test_one_line_method():
    assert converted(Outer.Inner.method)(None, 0) == -1


def test_tabs():
    text = "if True:\n\tdef f(x):\n\t\tif x:\n\t\t\treturn 1\n\t\treturn 2\n"
    space = {}
    linecache.cache["<tabs>"] = (len(text), None, text.splitlines(True), "<tabs>")
    exec(compile(text, "<tabs>", "exec"), space)
    assert converted(space["f"])(0) == 2


def test_text_given_to_exec_is_found_at_decoration():
    text = "def f(x):\n    if x:\n        return 'a'\n    return 'b'\n"
    space = {}
    exec(text, space)
    assert ag_convert.remember_source(space["f"])
    assert converted(space["f"])(0) == "b"


def test_decorator_in_executed_text():
    space = {"remember": lambda f: ag_convert.remember_source(f) and f}
    exec("@remember\ndef f(x):\n    if x: return 'a'\n    return 'b'\n", space)
    assert converted(space["f"])(1) == "a"
    assert ag_convert.source_of(space["f"]).text.startswith("@remember\ndef f")


def test_lambda_of_eval():
    text = "[lambda x: x or 1, lambda x: x or 2]"
    f, g = eval(text)
    assert ag_convert.remember_source(f) and ag_convert.remember_source(g)
    assert (converted(f)(0), converted(g)(0)) == (1, 2)


def test_no_source_is_an_error_with_a_remedy():
    space = {}
    exec("".join(["def hid", "den(x):\n    if x: return 1\n"]), space)
    assert not ag_convert.remember_source(space["hidden"])
    with pytest.raises(ag_convert.SourceUnavailable) as e:
        converted(space["hidden"])
    assert "hidden() (<string>:1)" in str(e.value) and "notebook cell" in str(e.value)


def test_source_is_kept_when_the_file_changes(tmp_path):
    file = tmp_path / "changing.py"
    before = "def f(x):\n    if x:\n        return 1\n    return 2\ndef g(a):\n    return a or 1\n"
    file.write_text(before)
    space = {}
    exec(compile(before, str(file), "exec"), space)
    assert ag_convert.remember_source(space["f"])
    file.write_text("\n\n\nx = 1\n" * 3)
    linecache.checkcache(str(file))
    assert converted(space["f"])(0) == 2
    with pytest.raises(ag_convert.SourceUnavailable, match="changed after it was imported"):
        converted(space["g"])


def test_source_of():
    def f(x):
        # a comment

        return x

    s = ag_convert.source_of(f)
    assert s.filename == __file__ and s.line == f.__code__.co_firstlineno
    assert textwrap.dedent(s.text) == "def f(x):\n    # a comment\n\n    return x\n"
    assert ag_convert.source_of(lambda q: q + 1).text == "lambda q: q + 1"


PROGRAM = """
def f(x):
    if x:
        return 1
    return 2
"""


def run(args, text):
    start = f"import sys; sys.path.insert(0, {str(conftest.HERE)!r}); import conftest, plain_ops, "
    start += "ag_convert\n"
    end = "\nprint(ag_convert.convert(f, plain_ops)(0))\n"
    program = start + text + end
    if args == ["-c"]:
        return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    return subprocess.run([sys.executable, *args], input=program, capture_output=True, text=True)


def test_program_on_the_command_line():
    done = run(["-c"], PROGRAM)
    assert done.stdout == "2\n", done.stderr


def test_conversion_leaves_no_work_behind():
    def make():
        space = {}
        text = "def f(x):\n    return x if x else 1\n"
        exec(compile(text, "<gone>", "exec"), space)
        linecache.cache["<gone>"] = (len(text), None, text.splitlines(True), "<gone>")
        converted(space["f"])
        ag_convert.remember_source(space["f"])

    make()
    import gc

    gc.collect()
    counts = [len(ag_convert._converted), len(ag_convert.origin._lines)]
    for _ in range(5):
        make()
    gc.collect()
    assert [len(ag_convert._converted), len(ag_convert.origin._lines)] == counts
