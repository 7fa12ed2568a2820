"""to_code and to_graph: a program that does what the function did, and what each statement became."""
# ruff: noqa: B008 B023 B905

import contextlib
import functools
import importlib
import pathlib
import sys

import dumps
import numpy as np
import pytest
from modes import same

import autograph as ag

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "tools" / "examples"


def notes(text, line=None):
    """The comments on what statements became."""
    found = [t.strip() for t in text.splitlines() if t.strip().startswith("# L")]
    return [t for t in found if line is None or t.startswith(f"# L{line} ")]


def line_of(fn, offset):
    return fn.__code__.co_firstlineno + offset


# ---- a program --------------------


def examples():
    sys.path.insert(0, str(EXAMPLES))
    try:
        for file in sorted(EXAMPLES.glob("*.py")):
            if file.name == "demo.py":
                continue
            module = importlib.import_module(file.stem)
            for value in vars(module).values():
                fn = getattr(value, "python_function", value)
                if getattr(fn, "__module__", None) == module.__name__ and hasattr(fn, "__code__"):
                    yield pytest.param(fn, id=f"{file.stem}.{fn.__name__}")
    finally:
        sys.path.pop(0)


@pytest.mark.parametrize("fn", list(examples()))
def test_dumps_of_the_examples_are_short_programs_with_one_import(fn):
    text = ag.to_code(fn)
    compile(text, "dump", "exec")
    imports = [t for t in text.splitlines() if t.startswith(("from ", "import "))]
    assert imports == ["from autograph import operators as ag__"]
    source = ag.convert.source_of(fn).text
    count = sum(1 for t in source.splitlines() if t.strip())
    assert len(text.splitlines()) <= 2.5 * count + 1, text
    ends = [t.rpartition("# L")[2] for t in text.splitlines() if "# L" in t]
    assert ends and all(t.isdigit() for t in ends)


def test_a_dump_is_compiled_like_its_function():
    def steps(n):
        count = 0
        while n != 1:
            if n > 10_000:
                break
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            count += 1
        else:
            return count
        return -count

    program = ag.function(dumps.dumped(steps))
    assert [int(program(n)) for n in (1, 27, 6171)] == [steps(n) for n in (1, 27, 6171)]
    assert program.experimental_get_tracing_count() == 1


def test_variables_of_the_enclosing_function_are_parameters_of_one_written_round_it():
    def counter(start, table):
        def bump(by=start):
            nonlocal start
            if by:
                start += by
            return start, table

        return bump

    bump = counter(3, table := {"k": object()})
    text = ag.to_code(bump)
    assert "def enclosing(start, table):  # variables of counter()" in text
    assert "bump = enclosing(start=3, table=table)" in text
    assert "# takes from where it runs: table" in text
    made = dumps.dumped(bump)
    assert made() == (6, table) and made(1) == (7, table) and bump() == (6, table)


def test_a_variable_of_the_enclosing_function_may_not_be_there_yet():
    def f(x):
        if x:
            return later
        return 0

    made = dumps.dumped(f)
    assert made(0) == 0
    with pytest.raises(NameError):
        made(1)
    later = 1
    assert dumps.dumped(f)(1) == later


def test_defaults_are_those_of_now():
    fns = [lambda x, i=i, *, k=i * 2.5: (x if x else i, k) for i in range(3)]
    for i, fn in enumerate(fns):
        assert dumps.dumped(fn)(0) == (i, i * 2.5)
    box = [1]

    def f(x, box=box, other=EXAMPLES, *, last=object):
        if x:
            return box, other, last
        return None

    assert "box=[1], other=EXAMPLES, *, last=object" in ag.to_code(f)
    assert dumps.dumped(f)(1) == (box, EXAMPLES, object)


def test_names_taken_from_where_it_runs_are_listed():
    def f(x):
        if x:
            return np.sum(x), line_of, len(x)
        return undefined_anywhere  # noqa: F821

    assert "# takes from where it runs: line_of, np, undefined_anywhere\n" in ag.to_code(f)


def test_a_function_that_calls_itself_calls_the_dump():
    def fact(n):
        if n == 0:
            return 1
        return n * fact(n - 1)

    text = ag.to_code(fact)
    assert "enclosing" not in text
    assert dumps.dumped(fact)(5) == 120


def test_super_and_private_names_work_in_a_dump():
    class A:
        def value(self, x):
            return x

    class B(A):
        __more = 3

        def value(self, x):
            if x:
                return super().value(x) + self.__more
            return 0

    assert dumps.dumped(B.value)(B(), 2) == 5


def test_a_docstring_keeps_its_lines():
    def f(x):
        """One line.

        Another "quoted" one.
        """
        return x if x else 0

    assert '"""One line.\n\n        Another "quoted" one.\n        """\n' in ag.to_code(f)
    assert dumps.dumped(f).__doc__ == f.__doc__


def test_the_flags_of_jumps_are_named_after_lines():
    def f(xs):
        for x in xs:
            if x > 3:
                break
            for y in range(x):
                if y > 1:
                    return y
        return 0

    text = ag.to_code(f)
    assert f"broke_L{line_of(f, 1)}" in text and f"returned_L{line_of(f, 1)}" in text
    assert "ag__.for_stmt" in text and "\n    for " not in text
    for word in (" while ", " break\n", " continue\n"):
        assert word not in text


def test_what_is_left_alone_says_why():
    def gen(n):
        while n:
            n -= 1
            yield n

    text = ag.to_code(gen)
    assert text.startswith("# left as it is: it is a generator function\n")
    assert list(dumps.dumped(gen)(3)) == [2, 1, 0]

    @ag.autograph.experimental.do_not_convert
    def plain(x):
        return 1 if x else 2

    assert ag.to_code(plain).startswith("# left as it is: it is marked with do_not_convert\n")
    assert dumps.dumped(plain)(0) == 2


# ---- what it takes --------------------


class Model:
    @ag.function
    def step(self, x):
        if x > 0:
            x = x - 1
        return x

    @staticmethod
    def half(x):
        return x / 2 if x else x

    @classmethod
    def make(cls, x):
        return cls() if x else None

    def __call__(self, x):
        return x if x else self


def add(a, b=2, *, c=3):
    return a + b if a else c


@pytest.mark.parametrize(
    "entity",
    [
        Model.step, Model().step, Model.half, Model.make, Model(), ag.function(add), functools.partial(add, 1), lambda x: x if x else 1,
        functools.lru_cache(add), ag.function(functools.partial(add, 1)), ag.function(add).get_concrete_function(1, 2),
    ],
)  # fmt: skip
def test_it_takes_anything_that_holds_a_python_function(entity):
    text = ag.to_code(entity)
    assert "ag__.if_" in text
    compile(text, "dump", "exec")
    assert callable(ag.autograph.to_graph(entity))


@pytest.mark.parametrize("entity", [len, Model, 3, None, "f", np.sin])
def test_it_refuses_what_holds_none(entity):
    with pytest.raises(TypeError, match="to_code"):
        ag.to_code(entity)
    with pytest.raises(TypeError, match="to_graph"):
        ag.autograph.to_graph(entity)


def test_a_partial_gets_its_arguments():
    text = ag.to_code(functools.partial(functools.partial(add, 4), c=5, b=7))
    names = {}
    exec(text, names)
    assert names["partial_add"]() == 11 and names["partial_add"](b=1) == 5


def test_two_lambdas_on_a_line_are_told_apart():
    a, b = (lambda x: x if x else 1), (lambda x: x if x else 2)
    assert ", lambda: 1)" in ag.to_code(a) and ", lambda: 2)" in ag.to_code(b)


# ---- what statements became --------------------


def test_the_traced_view_tells_what_each_statement_became_and_why():
    def f(x, n, flag):
        total = 0.0
        for i in range(3):
            total = total + x[i]
        for i in range(n):
            if flag:
                total += i
            if i > 5:
                total *= 2
        while total > 100:
            total = total / 2
        for v in x:
            total = total + (v if v > 0 else -v)
        assert n > 0, n
        return total

    text = ag.to_code(f, np.ones(3, "float32"), 4, True)
    at = lambda offset: notes(text, line_of(f, offset))  # noqa: E731
    assert text.splitlines()[1] == "# for f(x: float32(3,), n: int, flag=True)"
    assert at(2) == [
        f"# L{line_of(f, 2)} for: Python, unrolled: 3 times, because it loops over a Python range of 3"
    ]
    assert at(4)[0].endswith(
        "for: while_loop, because it loops over a range with traced bounds; total: float32()"
    )
    assert at(5)[0].endswith("if: Python, because its condition is True while tracing")
    assert at(7)[0].endswith("if: cond, because its condition is a traced bool; total: float32()")
    assert at(9)[0].endswith(
        "while: while_loop, because its condition is a traced bool; total: float32()"
    )
    assert "the rows of a traced tensor, float32(3,)" in at(11)[0]
    assert at(12)[0].endswith(
        "conditional expression: cond, because its condition is a traced bool; gives: float32()"
    )
    assert at(13)[0].endswith("assert: Assert, because its condition is traced: each run checks it")
    assert len(notes(text)) == 8
    names = {}
    exec(text, names)
    assert float(names["f"](np.ones(3, "float32"), 4, True)) == float(
        f(np.ones(3, "float32"), 4, True)
    )


def test_every_kind_of_control_statement_has_its_comment():
    def f(x, n, m):
        total = 0
        try:
            total = n // m
        except ZeroDivisionError:
            total = -1
        finally:
            n += 1
        try:
            total += {}[1]
        except (KeyError, TypeError):
            total += 5
        try:
            total += 1
        except KeyError:
            total = 0
        if n > 0 and m > 0 or n == m:
            total += 1
        found = [v * 2 for v in x if v > 0]
        pairs = {i: i for i in range(3)}
        names = {i for i in range(3)}
        match n:
            case 1 | 2:
                total += 1
            case 3 if m > 2:
                total += 2
        match len(pairs), len(names):
            case (a, b):
                total += a - b
        for i in range(3):
            try:
                total += i
            finally:
                break
        try:
            total += 2
        except* ValueError:
            total = 0
        with contextlib.suppress(KeyError):
            total += 1
        return found, total

    first = line_of(f, 0)
    spec = [ag.TensorSpec([None], "float32"), ag.TensorSpec([], "int64"), ag.TensorSpec([], "int64")]
    text = ag.to_code(f, *spec)
    said = {}
    for note in notes(text):
        line, _, rest = note.removeprefix("# L").partition(" ")
        said.setdefault(int(line) - first, []).append(rest)
    lines = {offset: "\n".join(texts) for offset, texts in said.items()}
    assert lines[2].startswith("try: cond, because the run may meet ZeroDivisionError in line ")
    assert lines[2].endswith(f"dealt with in line {first + 5}; n: int64(), total: int64()")
    assert lines[8] == (
        f"try: Python, because tracing meets KeyError in line {first + 9}, dealt with in line {first + 11}"
    )
    assert lines[12] == "try: Python, because nothing that it deals with can come in the run"
    assert [t.partition(":")[0] for t in said[16]] == ["and", "if", "or"]
    assert "and: cond, because an operand is a traced bool; gives: bool" in said[16]
    assert lines[18].startswith(
        "comprehension: while_loop, because it goes through the rows of a traced tensor, float32(None,)"
    )
    assert lines[19] == "dict comprehension: Python, because only lists are made by the run"
    assert lines[20] == "set comprehension: Python, because only lists are made by the run"
    assert lines[22].startswith("case: cond, because its condition is a traced bool")
    assert lines[24].startswith("case: cond, because its condition is a traced bool")
    assert lines[26] == "match: Python, because its patterns take the subject apart"
    assert lines[30] == "try: Python, because nothing that it deals with can come in the run"
    assert lines[34] == "try: Python, because nothing that it deals with can come in the run"
    assert lines[38] == "try: Python, because nothing that it deals with can come in the run"
    assert sorted(said) == [2, 8, 12, 16, 18, 19, 20, 22, 24, 26, 29, 30, 34, 38]
    exec(text, {"contextlib": contextlib})


def test_a_long_python_range_says_after_how_many_turns_it_was_staged():
    def f(x):
        for i in range(200):
            x = x + i
        return x

    assert "for: while_loop after 1 turn in Python" in notes(ag.to_code(f, 1))[0]


def test_a_statement_in_an_unrolled_loop_has_all_its_fates():
    def f(x):
        for i in range(4):
            if i % 2 == 0:
                x = x + 1
            while x > i:
                x = x - 2
        return x

    text = ag.to_code(f, 5)
    assert len(notes(text, line_of(f, 2))) == 2  # True, False
    assert all("(2 times)" in t for t in notes(text, line_of(f, 2)))
    assert notes(text, line_of(f, 4))[0].endswith("x: int (4 times)")


def test_a_loop_whose_types_change_is_told_once_with_the_last_types():
    def f(n):
        total = 0
        while n > 0:
            total = total / 2 + n if n > 3 else total + 1
            n -= 1
        return total

    text = ag.to_code(f, 5)
    assert notes(text, line_of(f, 2))[0].endswith("n: int, total: float")
    assert len(notes(text, line_of(f, 3))) == 1 and "times" not in notes(text, line_of(f, 3))[0]


def test_values_that_may_be_absent_and_lists_are_told():
    def f(x):
        best, kept = None, []
        for v in x:
            if best is None or v > best:
                best = v
            kept.append(v)
        return best, ag.stack(kept)

    text = ag.to_code(f, ag.TensorSpec([None], "float32"))
    assert "best: float32() or None" in notes(text, line_of(f, 2))[0]


def test_what_tracing_does_not_reach_is_told():
    def f(x, flag):
        if flag:
            return x
        while x > 0:
            x -= 1
        return x

    text = ag.to_code(f, 3, True)
    assert notes(text, line_of(f, 3)) == [f"# L{line_of(f, 3)} while: not reached while tracing"]


def test_the_traced_view_takes_decorated_functions_methods_and_partials():
    assert "cond" in ag.to_code(Model().step, 3)
    assert "cond" in ag.to_code(
        ag.function(add, input_signature=[ag.TensorSpec([], "int32")] * 2), 1, 2
    )
    assert "cond" in ag.to_code(functools.partial(add, 1), b=4)
    before = ag.function(add)
    ag.to_code(before, 1)
    assert before.experimental_get_tracing_count() == 0  # it is traced on its own


def test_a_loop_over_a_list_that_the_run_leaves_is_unrolled():
    def f(xs, n):
        total = 0.0
        for x in xs:
            k = n
            while k > 0:
                k -= 1
            if x > 100 or total > 3:
                break
            total += x
        kept = [x for x in xs if x > 1]
        return total, kept

    text = ag.to_code(f, [1.0, 2.0, 3.0], 3)
    left = "Python, unrolled: 3 times, because it loops over a Python list, and a traced condition leaves it"
    assert notes(text, line_of(f, 2)) == [f"# L{line_of(f, 2)} for: {left}"]
    assert notes(text, line_of(f, 4))[0].endswith("while_loop, because its condition is a traced bool; k: int (3 times)")
    assert all(t.endswith("(3 times)") for t in notes(text, line_of(f, 6)))
    kept = "Python, unrolled: 3 times, because it goes through a Python list"
    assert notes(text, line_of(f, 9)) == [f"# L{line_of(f, 9)} comprehension: {kept}"]


def test_a_function_that_runs_as_python_says_so_for_each_statement():
    def f(n):
        found = {}
        for i in range(n):
            if i % 2:
                found[i] = i
        while n > 3:
            n -= 1
        return found, n

    text = ag.to_code(f, 5)
    why = f"a number that a loop computes is needed as a dict key or set member (L{line_of(f, 4)})"
    assert text.splitlines()[1:3] == ["# for f(n: int)", f"# runs as Python: {why}"]
    kinds = {2: "for", 3: "if", 5: "while"}
    for offset, kind in kinds.items():
        said = f"# L{line_of(f, offset)} {kind}: Python, because the function runs as Python"
        assert notes(text, line_of(f, offset)) == [said]
    space = {}
    exec(text, space)
    assert space["f"](5) == f(5)


# ---- in a notebook --------------------


def test_a_notebook_shows_it_highlighted(monkeypatch):
    def f(x):
        """<b>"""
        return x if x else 1  # &

    code = ag.to_code(f)
    assert isinstance(code, str) and code == "".join(code)
    bundle = code._repr_mimebundle_()
    assert bundle["text/plain"] == code and bundle["text/html"].count("<span") > 5
    for name in ("pygments", "pygments.formatters", "pygments.lexers"):
        monkeypatch.setitem(sys.modules, name, None)
    html = code._repr_html_()
    assert html.startswith("<pre") and "&lt;b&gt;" in html and "<b>" not in html
    import re
    from html import unescape

    assert unescape(re.sub("<[^>]*>", "", html)) == code


# ---- to_graph --------------------


def test_to_graph_converts_what_is_called_unless_told_not_to():
    seen = []

    def helper(x):
        seen.append("traced" if isinstance(x, ag.Tensor) else "plain")
        if x > 0:
            return x
        return -x

    def f(x):
        return helper(x) if x else x

    deep, flat = ag.autograph.to_graph(f), ag.autograph.to_graph(f, recursive=False)
    assert deep(-3) == flat(-3) == 3
    assert int(ag.function(deep)(-3)) == 3
    with pytest.raises(TypeError):
        ag.function(lambda x: flat(x), autograph=False)(ag.constant(-3))


def test_to_graph_of_a_bound_method_is_bound():
    assert ag.autograph.to_graph(Model().__call__)(3) == 3


# ---- the rest of tf.autograph --------------------


def test_set_verbosity_says_each_trace_and_where_it_goes(capsys):
    ag.autograph.set_verbosity(1)
    try:
        f = ag.function(lambda x: x + 1)
        f(1)
        assert "traced <lambda>(x: int)" in capsys.readouterr().err
        ag.autograph.set_verbosity(1, alsologtostdout=True)
        f(1.5)
        assert "argument 'x' was int, now float" in capsys.readouterr().out
    finally:
        ag.autograph.set_verbosity(0)
    f(ag.constant(1))
    assert capsys.readouterr() == ("", "")


def test_trace_prints_while_tracing(capsys):
    @ag.function
    def f(x):
        ag.autograph.trace("here", x.dtype.name)
        return x

    f(ag.constant(1))
    f(ag.constant(2))
    assert capsys.readouterr().out == "here int32\n"


def test_do_not_convert_in_both_forms_and_features_by_name():
    @ag.autograph.experimental.do_not_convert()
    def one(x):
        return "tensor" if isinstance(x, ag.Tensor) else "number"

    @ag.autograph.experimental.do_not_convert
    def two(x):
        return x is None

    f = ag.function(lambda x: (one(x), two(x)))
    kind, missing = f(3)
    assert kind == "tensor" and not missing
    feature = ag.autograph.experimental.Feature
    assert feature.ALL == "ALL" and feature.LISTS in feature.all()
    assert set(feature.all()) - set(feature.all_but([feature.LISTS])) == {feature.LISTS}
    assert "if_exp" in ag.to_code(lambda x: 1 if x else 2, experimental_optional_features=feature.ALL)


def test_comments_stand_above_their_statements_and_name_all_that_a_loop_changes():
    class Sum:
        def __init__(self):
            self.total = 0

        def add(self, v):
            self.total += v

    def parts(n):
        sums, calls = Sum(), 0
        kept, bins = [], np.zeros(3)

        def count():
            nonlocal calls
            calls += 1

        for i in range(n):
            if i > 3:
                break
            elif i == 2:
                kept.append(i)
                continue
            sums.add(i)
            count()
            bins[i % 3] += 1
        else:
            return sums.total, [kept]
        squares = [i * i for i in range(n)]
        return sums.total, calls, kept, bins, squares

    text = ag.to_code(parts, 3)
    (loop,) = notes(text, line_of(parts, 8))
    for place in "calls: int", "Sum.total: int", "bins: float64(3,)", "kept: a list whose length the run decides":
        assert place in loop.partition("; ")[2], loop
    rows = text.splitlines()
    for at, row in enumerate(rows):
        if not row.strip().startswith("# L"):
            continue
        line = row.strip().split()[1]
        below = next(r for r in rows[at + 1 :] if not r.strip().startswith("# L"))
        assert below.rpartition("# ")[2] == line, (row, below)
    same(parts, 0, 3, 9)


def test_values_chosen_by_a_match_are_told_above_its_cases():
    def kind(v, k):
        match v:
            case 0:
                name = "zero"
            case 1 | 2 if k > 0:
                name = "few"
            case _:
                name = "other"
        found = [i for i in range(v) if i % 2]
        return name, found

    text = ag.to_code(kind, 3, 4)
    rows = [r.strip() for r in text.splitlines()]
    for offset, word in (2, "case"), (4, "case"), (8, "comprehension"):
        at = next(i for i, r in enumerate(rows) if r.startswith(f"# L{line_of(kind, offset)} {word}:"))
        assert rows[at + 1].endswith(f"# L{line_of(kind, offset)}")


def test_the_text_is_the_same_for_each_object():
    class Sum:
        def add(self, n):
            return n + 1 if n > 0 else n

    text = ag.to_code(Sum().add, 3)
    assert text == ag.to_code(Sum().add, 3) and " at 0x" not in text and "self=<" in text
