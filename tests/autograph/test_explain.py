"""explain with arguments: each line's kind, how often it ran, what it made, and how that was measured."""

import html.parser
import re
import subprocess
import sys

import numpy as np
import pytest

import autograph as ag
from autograph.explain import report

LOG = []


def scaled(x):
    return np.tanh(x) * 2


def mixed(x, n):
    """A text of
    two lines."""
    total = 0.0
    for i in range(n):
        if i % 3 == 0:
            total += scaled(x).sum()
        else:
            total -= scaled(x).mean()
    if n < 0:
        total = 1.0 / n
    print("total <b>", total)
    y = ag.numpy_function(lambda v: np.sort(v), [x], ag.float64)
    return y, total


def noted(n):
    while n > 0:
        LOG.append(n)
        n -= 1
    return n


def lines_of(found, name):
    """{the text of a line, without blanks round it: the line} of one function."""
    return {line.text.strip(): line for part, _, lines in found.parts if part == name for line in lines}


def test_kinds_and_counts_of_native_lines():
    found = report(mixed, (np.arange(1000.0), 10))
    assert [name for name, _, _ in found.parts] == ["mixed", "scaled"]
    lines = lines_of(found, "mixed")
    assert lines["total = 0.0"].kind == "traced" and lines["two lines.\"\"\""].kind == ""
    assert lines["else:"].kind == "" and lines["def mixed(x, n):"].kind == ""
    loop = lines["for i in range(n):"]
    assert loop.kind == "native" and loop.times in (10, 11)  # its test runs once more than its step
    assert lines["total += scaled(x).sum()"].times == 4
    assert lines["total -= scaled(x).mean()"].times == 6
    assert lines['print("total <b>", total)'].kind == "callback"
    sort = lines["y = ag.numpy_function(lambda v: np.sort(v), [x], ag.float64)"]
    assert sort.kind == "callback" and sort.times == 1 and sort.bytes == 8000
    assert lines["total = 1.0 / n"].kind == "native" and lines["total = 1.0 / n"].times == 0
    body = lines_of(found, "scaled")["return np.tanh(x) * 2"]
    assert body.times == 10 and body.bytes == 10 * 8000  # both calls' copies; `* 2` works in place
    assert found.total_ns > 0 and "the interpreter ran the same graph" in found.measured


def test_the_text_and_the_page_say_the_same():
    found = report(mixed, (np.arange(10.0), 4))
    text, page = repr(found), found.page()
    assert re.search(r"callback .* print\(\"total <b>\", total\)", text)
    assert "^ calls Python" in text and found.measured in text
    assert "total &lt;b&gt;" in page and "<b>total" not in page
    assert page.startswith("<!DOCTYPE html>") and not re.search(r"(src|href)=", page)

    class Balance(html.parser.HTMLParser):
        open = []

        def handle_starttag(self, tag, attrs):
            if tag not in ("meta", "br"):
                self.open.append(tag)

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

    parser = Balance()
    parser.feed(page)
    assert not parser.open
    assert found._repr_html_() in page


def test_what_stays_python_is_measured_as_python():
    LOG.clear()
    found = report(noted, (5,))
    assert "runs as Python" in found.summary[0] and "trace function" in found.measured
    lines = lines_of(found, "noted")
    line = lines["LOG.append(n)"]
    assert line.kind == "python" and line.times == 5 and "made outside the function" in line.note
    assert lines["while n > 0:"].times == 6
    assert "^ stayed Python" in repr(found)


def test_a_line_of_python_counts_what_it_left_allocated():
    found = report(keeps, (300,))
    lines = lines_of(found, "keeps")
    assert lines["kept.append(bytearray(1000))"].bytes > 300_000 > 100_000 > lines["n -= 1"].bytes


KEPT = []


def keeps(n):
    kept = KEPT
    while n > 0:
        kept.append(bytearray(1000))
        n -= 1
    return n


def test_a_decorated_function_keeps_its_options_and_its_history():
    f = ag.function(scaled, input_signature=[ag.TensorSpec([None], ag.float64)])
    found = f.explain(np.arange(3.0))
    assert "float64(None,)" in found.title
    assert f.explain() == "scaled: not called yet" and f.experimental_get_tracing_count() == 0


def test_arguments_are_not_changed_and_nothing_is_printed(capsys):
    values = np.array([3.0, 1.0, 2.0])
    report(mixed, (values, 2))
    assert values.tolist() == [3.0, 1.0, 2.0] and capsys.readouterr().out == ""


def test_an_exception_of_the_function_comes_out():
    with pytest.raises(ZeroDivisionError):
        report(lambda n: 1 / n, (0,))


def test_interpreted_functions_say_so(monkeypatch):
    monkeypatch.setenv("AUTOGRAPH_INTERPRET", "1")
    found = report(scaled, (np.arange(3.0),))
    assert lines_of(found, "scaled")["return np.tanh(x) * 2"].kind == "interpreted"
    assert "interpreted" in found.summary[0]


def test_what_has_no_python_code_is_refused():
    with pytest.raises(TypeError, match="takes a Python function"):
        report(len, ([],))


def test_costs_are_of_interpreted_plans_and_begin_again():
    f = ag.function(scaled)
    x = np.arange(100.0)
    f(x)
    plan = f._cache[0].graph.plan(native=False)
    assert plan.costs() == []
    for _ in range(2):
        plan.measure()
        plan.run([x])
        plan.run([x])
        costs = plan.costs()
        assert [(op, times) for op, _, _, times, _, _ in costs] == [("tanh", 2), ("mul", 2)]
        assert [size for *_, size in costs] == [1600, 0]
        assert all(place[0] == __file__ and ns > 0 for _, place, _, _, ns, _ in costs)
    with pytest.raises(ValueError, match="native code has no calls"):
        f._cache[0].graph.plan(native=True).measure()


def test_the_command_writes_text_or_a_page(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("def half(n):\n    while n > 1:\n        n = n // 2\n    return n\n")
    command = [sys.executable, "-m", "autograph", "explain", f"{file}:half", "--args", "1000"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.search(r"native .* 9 +3 +n = n // 2", done.stdout), done.stdout
    page = tmp_path / "out.html"
    done = subprocess.run([*command, "--html", str(page)], capture_output=True, text=True)
    assert done.returncode == 0 and page.read_text().startswith("<!DOCTYPE html>")
    bad = subprocess.run([*command, "--html", str(tmp_path / "no" / "x")], capture_output=True, text=True)
    assert bad.returncode == 1 and "No such file" in bad.stderr and "Traceback" not in bad.stderr


def test_explain_says_what_was_appended_once_while_tracing():
    traces = []

    @ag.function
    def f(x):
        traces.append(1)
        return x * 2

    for _ in range(2):
        f(ag.constant([1.0]))
    assert traces == [1]
    assert "into an older list here is known, and put there once, while tracing:" in f.explain()
    assert 'in f\n       traces.append(1)' in f.explain()


class Held:
    def __init__(self):
        self.n, self.grid, self.found = 0.0, np.zeros(5), {}

    @ag.function
    def adds(self, x):
        self.n += x.sum()
        for i in range(3):
            self.grid[i] += x[0]
        return x

    @ag.function
    def finds(self, x):
        self.n += 1
        return {int(v): 1 for v in x}


def test_a_method_that_changes_its_object_is_explained_without_changing_it():
    held = Held()
    report = str(Held.adds.explain(held, np.ones(3)))
    assert "native" in report and "self.grid[i] += x[0]" in report and "Held.grid: float64(5,)" in report
    assert "plain Python" in str(Held.finds.explain(held, np.ones(3)))
    assert held.n == 0 and not held.grid.any()
