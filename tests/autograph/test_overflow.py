"""Overflow of plain ints by constants: compiled code, which checks ranges, and the interpreter."""

import contextlib

import pytest

import autograph as ag

MOST = 2**63 - 1
EDGES = sorted(
    {
        edge
        for divisor in (1, 2, 3, 5, 7, 9, 21)
        for near in (MOST // divisor, -MOST // divisor, 0)
        for edge in range(near - 9, near + 10)
        if -MOST - 1 <= edge <= MOST
    }
)


def one_range(n):
    return 3 * n + 1 if n % 2 == 1 else n - 5


def ranges_of_both_sides(n):
    if n > 10:
        r = 7 - n
    else:
        r = -n * 5 - 3
    return r


def two_results(n):
    if n % 2 == 0:
        r = n * 3
        q = r * 3 + 7
    else:
        q = n * 5 - n
        r = -q
    return r, q


def in_a_row(n):
    return (n * -7 + 2) * 3 - 1


def least_constant(n):
    return n - (-(2**62)) - (-(2**63)) if n < 0 else n * -1


def of_a_counter(n):
    for _ in range(3):
        n += 1
    return n


def outcome(f, n):
    try:
        value = f(n)
    except OverflowError as error:
        return str(error).splitlines()[0]
    return tuple(map(int, value)) if isinstance(value, tuple) else int(value)


@contextlib.contextmanager
def interpreted(monkeypatch, on):
    with monkeypatch.context() as m:
        m.setenv("AUTOGRAPH_TIERS", "0")
        m.delenv("AUTOGRAPH_INTERPRET", raising=False)
        if on:
            m.setenv("AUTOGRAPH_INTERPRET", "1")
        yield


@pytest.mark.parametrize(
    "f",
    [one_range, ranges_of_both_sides, two_results, in_a_row, least_constant, of_a_counter],
    ids=lambda f: f.__name__,
)
def test_edges(f, monkeypatch):
    results = []
    for on in (False, True):
        with interpreted(monkeypatch, on):
            traced = ag.function(f)
            results.append([outcome(traced, n) for n in EDGES])
    assert results[0] == results[1]
    assert any(isinstance(r, str) for r in results[0])
    for n, got in zip(EDGES, results[0], strict=True):
        if not isinstance(got, str):
            assert got == f(n)


def test_thousands_of_checks_in_a_row(tmp_path, monkeypatch):
    """Code so long is made by LLVM's quick selector."""
    path = tmp_path / "long_code.py"
    path.write_text("def f(x):\n" + "    x = x + 3\n" * 2000 + "    return x\n")
    monkeypatch.syspath_prepend(tmp_path)
    import long_code

    f = ag.function(long_code.f)
    assert f(1) == 6001 and f(-7000) == -1000
    with pytest.raises(OverflowError) as e:
        f(2**63 - 1 - 3 * 1500)
    assert e.traceback[-1].lineno == 1501  # counted from 0: the sum before is the largest int
