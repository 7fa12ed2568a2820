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
import edit_distance  # noqa: E402
import gcd  # noqa: E402
import kmeans  # noqa: E402
import mandelbrot  # noqa: E402
import newton  # noqa: E402
import numpy as np  # noqa: E402
import pendulum  # noqa: E402
import png  # noqa: E402
import primes  # noqa: E402
import seam_carving  # noqa: E402
from modes import same  # noqa: E402

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


def native(function):
    """Every trace of the function is native code, and no call was left to Python."""
    text = function.explain()
    return "native code" in text and "Python" not in text and "interpreted" not in text


def test_kmeans_of_digits_finds_the_same_clusters_natively():
    pixels, labels = kmeans.digits()
    assert pixels.shape == (1797, 64) and pixels.max() == 16 and np.bincount(labels).tolist() == [
        178, 182, 177, 183, 181, 182, 181, 179, 174, 180
    ]  # fmt: skip
    few = pixels[:40], pixels[:4]
    assert native(same(kmeans.kmeans, (*few, 1), (*few, 50), kinds=False))


def test_kmeans_of_all_digits_converges_to_clusters_of_like_digits():
    pixels, labels = kmeans.digits()
    centres, nearest, rounds = ag.function(kmeans.kmeans)(pixels, pixels[:10], 100)
    again = ((pixels[:, None] - np.asarray(centres)) ** 2).sum(axis=2).argmin(axis=1)
    assert (again == np.asarray(nearest)).all() and 1 < int(rounds) < 100
    assert kmeans.purity(np.asarray(nearest), labels) > 0.75


def test_kmeans_leaves_an_empty_cluster_and_a_limit_of_no_rounds_alone():
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    start = np.array([[0.0, 0.0], [100.0, 100.0]])
    same(kmeans.kmeans, (points, start, 5), (points, start, 0), (points[:0], start, 5), kinds=False)


def test_pendulums_flip_when_plain_python_says():
    function = ag.function(pendulum.flip_map)
    expected = pendulum.flip_map(12, 8.0, 1e-5)
    got = np.asarray(function(12, 8.0, 1e-5))
    assert native(function)
    # sin and cos differ in their last bit, and the motion spreads that: by e to the time, at most
    np.testing.assert_allclose(got, expected, rtol=1e-9)
    assert 20 < (got < 8.0).sum() < 144
    np.testing.assert_allclose(got, got[::-1, ::-1], rtol=1e-9)  # the mirrored pendulum


def test_a_pendulum_keeps_its_energy_until_it_flips():
    # both rods up and at rest is an equilibrium; what is near it falls, and turns over soon
    assert pendulum.slopes(np.pi, np.pi, 0.0, 0.0) == pytest.approx((0, 0), abs=1e-12)
    assert pendulum.flip_time(3.1, 3.1, 30.0, 1e-8) < 30.0
    assert pendulum.flip_time(0.5, 0.5, 30.0, 1e-8) == 30.0  # never: too little energy


def test_seams_are_those_of_plain_python():
    photo = seam_carving.landscape(16, 24)
    carve = same(seam_carving.carve, (photo, 0), (photo, 1), (photo, 7), kinds=False)
    assert native(carve)
    assert np.asarray(carve(photo, 7)).shape == (16, 17, 3)


def test_a_seam_goes_where_nothing_is():
    photo = np.zeros((6, 9, 3))
    photo[:, :4] = np.arange(6 * 4 * 3).reshape(6, 4, 3) * 7 % 50
    carved = np.asarray(ag.function(seam_carving.carve)(photo, 3))
    assert (carved[:, :4] == photo[:, :4]).all() and not carved[:, 4:].any()


def test_the_photo_has_colours_and_is_a_png(tmp_path):
    photo = seam_carving.landscape(40, 64)
    assert photo.shape == (40, 64, 3) and photo.min() >= 0 and photo.max() <= 255
    assert (photo == seam_carving.landscape(40, 64)).all()
    path = tmp_path / "photo.png"
    png.write(path, seam_carving.rows(photo))
    data = path.read_bytes()
    start = data.index(b"IDAT") + 4
    raw = zlib.decompress(data[start : data.index(b"IEND") - 8])
    rows = np.frombuffer(raw, np.uint8).reshape(40, 1 + 3 * 64)
    assert not rows[:, 0].any() and (rows[:, 1:].reshape(photo.shape) == photo).all()


@pytest.mark.parametrize(
    "a, b, letters",
    [
        ("kitten", "sitting", 3),
        ("", "abc", 3),
        ("abc", "", 3),
        ("as", "as", 0),
        ("Düse", "Dusel", 2),
    ],
)
def test_edit_distances(a, b, letters):
    codes = edit_distance.codes(a), edit_distance.codes(b)
    function = same(edit_distance.edit_distance, codes, kinds=False)
    assert native(function) and int(function(*codes)) == letters


def test_both_speeches_are_81_letters_apart():
    codes = map(edit_distance.codes, (edit_distance.EARLY, edit_distance.SIGNED))
    assert int(ag.function(edit_distance.edit_distance)(*codes)) == 81


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
