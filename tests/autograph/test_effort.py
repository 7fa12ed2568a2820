"""What is emitted means the same to all of LLVM: the short list of passes that compiles it, and
LLVM's own pipelines, which use up every promise that the code makes of its buffers
(codegen/llvm/aliases.c), its numbers and its branches."""

import contextlib
import io

import numpy as np
import pytest

import autograph as ag
from autograph.bench import dynamic, dynamic_cases


def written_and_returned(x, i):
    x = x.copy()
    x[i] = 10
    return x


def written_and_sorted(x, n):
    x, total = x.copy(), 0.0
    for _ in range(n):
        x[0] = x[0] + 1
        total += np.sort(x)[1]
    return total, x


def written_and_printed(x, n):
    x = x.copy()
    for _ in range(n):
        x[0] = x[0] + 1
        print(x)
    return x


def exchanged(x, n):
    x, y, total = x.copy(), x.copy(), 0.0
    for _ in range(n):
        x[0] = x[0] * 2
        x, y = y, x
        total += x[0]
    return total, x, y


def written_again_after_a_loop(x, n):
    x = x.copy()
    x[1] = 7
    for i in range(n):
        x[2] += x[1]
        for j in range(i):
            x[j % 3] -= 1
    x[0] += x[2]
    return x


def grown(x, n):
    rows = []
    for i in range(n):
        row = x[: i % 3 + 1].copy()
        row[0] = i
        rows.append(row)
    return sum(r.sum() for r in rows), len(rows)


def table(a, b):
    rows = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            rows[i][j] = max(
                rows[i - 1][j], rows[i][j - 1], rows[i - 1][j - 1] + int(a[i - 1] == b[j - 1])
            )
    return rows[len(a)][len(b)], rows[1]


X = np.array([3.0, 1.0, 2.0])
CODES = np.array([1, 2, 3, 2, 1, 3, 1])
PROGRAM = np.array(dynamic_cases.PROGRAM, np.int64).ravel()
PROGRAMS = {
    written_and_returned: (X, 1),
    written_and_sorted: (X, 3),
    written_and_printed: (X, 3),
    exchanged: (X, 3),
    written_again_after_a_loop: (X, 4),
    grown: (X, 5),
    table: (CODES, CODES[::-1].copy()),
    dynamic.lcs: (CODES, CODES[2:]),
    dynamic.distance: (CODES, CODES[2:]),
    dynamic.product: (5,),
    dynamic.queens: (5,),
    dynamic.interpret: (PROGRAM, 50),
}


def outcome(f, args):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        value = f(*args)
    return [
        np.asarray(v) for v in (value if isinstance(value, tuple) else (value,))
    ], out.getvalue()


@pytest.mark.parametrize("effort", ["0", "1", "2", "3"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_each_pipeline_of_llvm_gives_the_same(program, effort, monkeypatch):
    monkeypatch.setenv("AG_EFFORT", effort)
    monkeypatch.setenv("AUTOGRAPH_TIERS", "0")
    args = PROGRAMS[program]
    native = ag.function(program, jit_compile=True)
    values, printed = outcome(program, args)
    for _ in range(2):
        got, text = outcome(native, args)
        assert text == printed
        for a, b in zip(got, values, strict=True):
            np.testing.assert_array_equal(a, b)
            assert a.dtype == b.dtype
