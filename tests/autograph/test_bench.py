"""The benchmark: its comparison, its clock, its C, its rows."""

import array
import io
import json
import math
import subprocess
import sys

import pytest

import autograph as ag
from autograph.bench import (
    cases,
    compare,
    compilers,
    own,
    programs,
    progress,
    report,
    runner,
    timing,
)
from autograph.bench.runner import Result


@pytest.fixture(scope="module")
def built():
    with compilers.Compilers() as made:
        if not made.found:
            pytest.skip("no C compiler")
        yield made


# ---- comparison ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "a, b",
    [
        (1, 1),
        ((1, 2.5), (1, 2.5)),
        ([1, 2], array.array("q", [1, 2])),
        (math.nan, math.nan),
        ({"a": [1]}, {"a": [1]}),
        (None, None),
    ],
)
def test_equal_results_show_no_difference(a, b):
    assert compare.difference(compare.plain(a), compare.plain(b)) is None


@pytest.mark.parametrize(
    "a, b",
    [
        (1, 2),
        ((1, 2), (1, 3)),
        ([1, 2], [1, 2, 3]),
        (1, (1,)),
        (1, None),
        ("a", 1),
        (1.0, math.nan),
        ({"a": 1}, {"b": 1}),
        (10**15, 10**15 + 1),
    ],
)
def test_different_results_are_told_apart_whatever_the_tolerance(a, b):
    assert compare.difference(compare.plain(a), compare.plain(b), 1e-10)


def test_tolerance_is_relative_to_large_numbers_and_absolute_below_one():
    assert compare.difference(1e6, 1e6 + 0.5, 1e-6) is None
    assert compare.difference(1e6, 1e6 + 2.0, 1e-6)
    assert compare.difference(1e-9, 0.0, 1e-6) is None


def test_a_difference_in_an_array_names_the_element():
    a, b = array.array("f", [1, 2, 3]), array.array("f", [1, 2, 4])
    assert "element 2" in compare.difference(compare.plain(a), compare.plain(b))
    with pytest.raises(compare.Mismatch, match="plain Python and C .* element 2"):
        compare.check(a, b, 0, "C", "plain Python")


# ---- clock ---------------------------------------------------------------------------------------


def test_interleaved_minima_order_a_short_and_a_long_loop():
    def loop(n):
        for _ in range(n):
            pass

    got = timing.interleave({"long": (loop, (20_000,)), "short": (loop, (1_000,))}, 0.02)
    assert 0 < got["short"] < got["long"]


def test_paying_off_counts_the_first_call():
    assert runner.pays_after(first=0.010, python=0.001, compiled=0.0) == 10
    assert runner.pays_after(first=0.010, python=1.0, compiled=0.5) == 1
    assert runner.pays_after(first=0.010, python=0.001, compiled=0.002) is None


# ---- C -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [c for c in cases.CASES if c.c], ids=lambda case: case.name)
def test_c_computes_what_the_program_does(built, case):
    args = case.arguments(case.sizes[0])
    python = case.python or case.program
    expected = python(*map(runner.own, args))
    libraries = built.libraries(case.source)
    assert libraries, built.missing
    for name, library in libraries.items():
        call, given = case.c(library, args)
        compare.check(expected, call(*given), case.tolerance, name, "plain Python")


def test_the_exponential_of_the_c_side_is_good_over_its_whole_range(built):
    x = array.array("f", [i / 97 for i in range(-1500, 1500)])
    case = next(case for case in cases.CASES if case.name == "bell")
    for library in built.libraries("array.c").values():
        call, args = case.c(library, (x,))
        expected = [math.exp(-v * v) * 2 + 1 for v in x]
        assert compare.difference(expected, compare.plain(call(*args)), 2**-22) is None


def test_the_bare_extension_adds_one(built):
    modules = built.extensions()
    if not modules:
        pytest.skip(built.missing[-1])
    for module in modules.values():
        eight = module.Eight(tuple(range(8)))
        assert module.add_one(eight).tolist() == list(range(1, 9))
        with pytest.raises(TypeError):
            module.add_one(1)
        with pytest.raises(ValueError):
            module.Eight((1, 2))


def test_a_machine_without_compilers_is_told_so(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with compilers.Compilers() as none:
        assert none.libraries("scalar.c") == {} and none.extensions() == {}
        assert [line.split()[1] for line in none.missing[:2]] == ["gcc", "clang"]


# ---- programs, table -----------------------------------------------------------------------------


def test_programs_are_right():
    assert programs.chain(27) == 111
    assert programs.collatz(27, 28, 0) == 111
    assert programs.primes(2, 100, 2, 0, 0)[0] == 25
    assert programs.gcd(6, 7, 9, 0, 0)[0] == 3
    total, _ = programs.newton(1.0, 10.0, 1.0, 0.0, 0)
    assert total == pytest.approx(sum(math.sqrt(n) for n in range(1, 10)))
    assert programs.mandelbrot(0.0, 0.5, 0.0, 0.5, 1.0, 50, 0) == 50
    assert programs.bubble_sort([3, 1, 2]) == [1, 2, 3]


def test_the_mean_is_that_of_the_rows_with_c():
    rows = [
        Result("a", unit="step", ns={"compiled": 2.0, "c": 1.0}),
        Result("b", unit="step", ns={"compiled": 2.0, "c": 4.0}),
        Result("c", unit="step", ns={"compiled": 4.0, "c": 1.0}),
        Result("none", unit="step", ns={"compiled": 4.0}),
        Result("call", unit="call", ns={"compiled": 9.0, "c": 1.0}),
        Result("wrong", unit="step", ns={"compiled": 9.0, "c": 1.0}, error="failed"),
    ]
    mean, count = report.mean_to_c(rows)
    assert count == 3 and math.isclose(mean, 4 ** (1 / 3))
    assert "3 rows: 1.59 x C" in report.mean_line(rows)
    assert report.mean_line(rows[:1]) == "" and report.mean_to_c([]) == (None, 0)


def test_a_row_shows_ratios_of_the_same_run():
    result = Result("x", "step", ns={"python": 50.0, "compiled": 1.0, "c": 0.8}, first_ms=4.0)
    assert result.ratio("python") == 50 and result.ratio("c") == 1.25
    assert result.ratio("numpy") is None
    text = report.table([result, Result("y", error="failed: no")])
    assert "1.25" in text and "4.00 ms" in text and "failed: no" in text


@pytest.mark.parametrize(
    "ns, text",
    [
        (0.871, "0.871 ns"),
        (52.12, "52.1 ns"),
        (1234, "1.23 us"),
        (999.96, "1.00 us"),
        (2.5e9, "2.50 s"),
    ],
)
def test_durations_have_three_figures(ns, text):
    assert report.duration(ns) == text


# ---- the whole -----------------------------------------------------------------------------------


def bench(*args):
    command = [sys.executable, "-m", "autograph", "bench", *args]
    return subprocess.run(command, capture_output=True, text=True)


def test_bench_measures_a_case_and_finds_all_results_equal():
    done = bench("--quick", "--json", "-", "collatz")
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert [case["name"] for case in document["cases"]] == ["collatz.tensor", "collatz.number"]
    for case in document["cases"]:
        assert not case["error"]
        assert {"python", "interpreted", "compiled"} <= set(case["ns"])
        assert case["first_ms"] > 0 and case["to_python"] > 1


def test_bench_measures_the_call_and_the_import():
    done = bench("--quick", "--json", "-", "call", "first")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {case["name"]: case for case in json.loads(done.stdout)["cases"]}
    assert rows["call"]["ns"]["compiled"] > 0
    assert rows["first.add_one"]["first_ms"] > 0 and rows["import"]["first_ms"] > 0


def test_bench_measures_what_comes_before_native_code():
    done = bench("--quick", "front")
    assert done.returncode == 0, done.stdout + done.stderr
    for text in ("ms (goal 3)", "sieve, while tracing", "(goal 20)", "x while_loop (goal 1.3)", "us (goal 2)"):
        assert text in done.stdout


def test_bench_measures_a_function_of_the_user(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "def total(n):\n    s = 0\n    for i in range(n):\n        s += i * i\n    return s\n"
    )
    done = bench("--quick", f"{file}:total", "--args", "100000")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "times as fast as plain Python; compiling has paid after" in done.stdout


OWN = """\
import numpy as np
LOG = []

def mean(x):
    return np.sum(x) / len(x)

def noted(n):
    while n > 0:
        LOG.append(n)
        n -= 1
    return n

def shout(text):
    return text.upper()

def bump(values, by):
    for i in range(len(values)):
        values[i] += by
    return values

def wrong(n):
    return n + missing
"""


@pytest.mark.parametrize(
    "call, args, said",
    [
        ("mean", "np.arange(10.0)", ["plain NumPy", "compiled", "eager"]),
        ("noted", "3", ["as decorated", "Nothing was compiled: it runs as Python", "LOG.append(n)"]),
        ("shout", "'a'", ["Nothing was compiled: every argument is static"]),
        ("bump", "[1, 2, 3], 2", ["changes its arguments: every call gets a copy"]),
    ],
)
def test_bench_of_ones_own_says_what_ran(tmp_path, call, args, said):
    file = tmp_path / "mine.py"
    file.write_text(OWN)
    result = own.run_file(ag, f"{file}:{call}", args, runner.Effort(0.01, 1, 1))
    text = own.text(result)
    assert text.splitlines()[1].startswith("  plain")  # the headline
    for part in said:
        assert part in text


def test_bench_of_a_function_that_fails_is_one_line(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(OWN)
    done = bench("--quick", f"{file}:wrong", "--args", "1")
    assert done.returncode == 1 and done.stdout == ""
    assert "mine.py:22: NameError" in done.stderr and len(done.stderr.splitlines()) == 1


def test_json_goes_to_a_file_beside_the_table(tmp_path):
    done = bench("--quick", "front.convert", "--json", str(tmp_path / "out.json"))
    assert done.returncode == 0 and "conversion of 50" in done.stdout, done.stderr
    assert [case["name"] for case in json.load(open(tmp_path / "out.json"))["cases"]] == ["front.convert"]
    done = bench("--quick", "front.convert", "--json", str(tmp_path / "none" / "out.json"))
    assert done.returncode == 1 and "No such file" in done.stderr


def test_a_plot_without_matplotlib_or_a_known_ending_is_refused_before_measuring(monkeypatch):
    from autograph.bench import plot
    from autograph.target import TargetError

    with pytest.raises(TargetError, match="must end in .png or .svg"):
        plot.check("out.jpg")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(TargetError, match="pip install matplotlib"):
        plot.check("out.png")


@pytest.mark.parametrize("kind, start", [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_a_plot_shows_every_compared_case(tmp_path, kind, start):
    pytest.importorskip("matplotlib")
    from autograph.bench import plot

    rows = [Result("x", ns={"python": 50.0, "compiled": 1.0, "jax": 3.0}), Result("y", error="no")]
    path = tmp_path / f"out.{kind}"
    plot.draw(rows, str(path), {"cpu": "any", "cores": 2})
    assert path.read_bytes().startswith(start)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_drawn_on_a_terminal_alone():
    drawn = []
    for stream in Terminal(), io.StringIO():
        with progress.Progress(2, stream) as bar:
            bar.step("one")
            bar.step("two")
        drawn.append(stream.getvalue())
    assert "1/2 one" in drawn[0] and "2/2 two" in drawn[0] and drawn[0].endswith("\r\033[K")
    assert drawn[1] == ""


def test_groups_have_headings_where_there_are_several():
    rows = [Result("a", "x", ns={"compiled": 1.0}, group="g"), Result("b", "x", ns={"compiled": 1.0}, group="h")]
    assert "\n\ng\na " in report.table(rows) and "\n\ng" not in report.table(rows[:1])


def test_a_result_that_differs_is_an_error(monkeypatch):
    import autograph as ag
    from autograph.bench import main

    lie = cases.CASES[0]
    wrong = cases.Case(**{**vars(lie), "python": lambda *args: lie.program(*args) + 1})
    monkeypatch.setattr(
        "autograph.bench.special.ROWS",
        {"lie": ((), "", lambda *args, **kw: runner.run_case(ag, wrong, *args[1:], **kw))},
    )

    class options:
        names, args, list, json, plot, quick = ["lie"], None, False, "-", None, True
        peers, peers_dir, make_peers = False, None, None

    assert main(options) == 1


def test_every_case_has_a_group_and_a_size_for_the_first_call():
    for case in cases.CASES:
        assert case.groups and len(case.sizes) == 3


def test_missing_numba_is_said_once(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    made = compilers.Compilers()
    case = next(case for case in cases.CASES if "dynamic" in case.groups)
    assert runner.numba_of(case, made) is None
    assert runner.numba_of(case, made) is None
    assert made.missing == [runner.NO_NUMBA]
