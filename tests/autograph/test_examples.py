"""The examples: plain Python and compiled code agree; the demo runs to its end."""

import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "tools" / "examples"
sys.path.insert(0, str(EXAMPLES))

import brainfuck  # noqa: E402
import bubble_sort  # noqa: E402
import collatz  # noqa: E402
import dumps  # noqa: E402
import gcd  # noqa: E402
import mandelbrot  # noqa: E402
import newton  # noqa: E402
import primes  # noqa: E402

import autograph as ag  # noqa: E402

CALLS = [
    (collatz.collatz, [(1,), (27,), (97,)]),
    (collatz.longest_chain, [(2,), (1000,)]),
    (primes.is_prime, [(-3,), (0,), (2,), (91,), (97,)]),
    (primes.count_primes, [(0,), (100,), (1000,)]),
    (gcd.gcd, [(48, 36), (0, 5), (7, 0), (-12, 18)]),
    (newton.root, [(2.0,), (0.25,), (0.0,), (1e10,)]),
    (mandelbrot.escape, [(0.0, 0.0, 50), (-0.75, 0.2, 50), (2.0, 2.0, 50)]),
]


@pytest.mark.parametrize("program, calls", CALLS, ids=[program.__name__ for program, _ in CALLS])
def test_numbers_compiled_equal_plain_python(program, calls):
    function = ag.function(program)
    dump = dumps.dumped(program)
    for args in calls:
        expected, got = program(*args), function(*args)
        assert dump(*args) == expected
        if isinstance(expected, tuple):
            assert tuple(item.item() for item in got) == expected
        else:
            got = got.item() if hasattr(got, "item") else got
            assert got == expected and type(got) is type(expected)
    assert function.experimental_get_tracing_count() == 1


def test_root_below_zero_raises_what_python_does():
    function = ag.function(newton.root)
    with pytest.raises(ValueError, match="no real root of -1.0"):
        newton.root(-1.0)
    with pytest.raises(ValueError, match="no real root of -1.0"):
        function(-1.0)


@pytest.mark.parametrize("size", [1, 2, 10, 100])
def test_bubble_sort_sorts_tensors(size):
    values = [(i * 37) % 101 for i in range(size)]
    x = ag.constant(values, ag.int64)
    assert ag.function(bubble_sort.bubble_sort)(x).tolist() == sorted(values)
    assert x.tolist() == values  # the argument is left alone
    assert bubble_sort.bubble_sort(list(values)) == sorted(values)


def test_mandelbrot_picture_is_the_same_and_a_png(tmp_path):
    width, height, limit = 30, 20, 40
    expected = mandelbrot.mandelbrot([0] * (width * height), width, height, limit)
    blank = ag.constant([0] * (width * height), ag.int64)
    got = ag.function(mandelbrot.mandelbrot)(blank, width, height, limit).tolist()
    assert got == expected
    path = tmp_path / "m.png"
    mandelbrot.write_png(path, got, width, height, limit)
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (width, height)
    start = data.index(b"IDAT") + 4
    raw = zlib.decompress(data[start : data.index(b"IEND") - 8])
    assert len(raw) == height * (1 + 3 * width)


def run_plain(program):
    out, n = brainfuck.brainfuck(program, [0] * 300, [0] * 200)
    return bytes(out[:n])


def run_compiled(program):
    zeros = [ag.constant([0] * size, ag.int64) for size in (300, 200)]
    out, n = ag.function(brainfuck.brainfuck)(program, *zeros)
    return bytes(out.tolist()[: int(n)])


# 64 and 1 are added in a loop; cells wrap below 0; loops nest and are skipped.
SHORT = ["++++++++[>++++++++<-]>+.", "-.", "[.]+.", "+++[>++[>+++<-]<-]>>.", "."]


@pytest.mark.parametrize("program", SHORT)
def test_short_brainfuck_programs_print_the_same(program):
    assert run_compiled(program) == run_plain(program)


def test_the_prime_program_prints_primes():
    expected = " ".join(str(n) for n in range(100) if primes.is_prime(n)) + " \n"
    assert run_plain(brainfuck.PRIMES).decode() == expected
    assert run_compiled(brainfuck.PRIMES).decode() == expected


@pytest.mark.parametrize("program", ["[", "]", "[[]"])
def test_unbalanced_brackets_are_refused(program):
    with pytest.raises(SyntaxError):
        brainfuck.parse(program)


@pytest.mark.long
def test_the_demo_runs_to_its_end(tmp_path):
    command = [sys.executable, str(EXAMPLES / "demo.py")]
    # The demo finds the other examples beside it.
    env = {key: value for key, value in os.environ.items() if key != "PYTHONSAFEPATH"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "837,799 takes 524 steps" in done.stdout
    assert "KeyboardInterrupt" in done.stdout and "while" in done.stdout
