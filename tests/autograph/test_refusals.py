"""What cannot be done says which argument, what was expected, what came, and what to do."""

import re
import warnings

import numpy as np
import pytest
from modes import same

import autograph as ag

hypot = ag.ffi.Library("libm.so.6").elementwise("hypot", [ag.float64, ag.float64], ag.float64)


@pytest.mark.parametrize("wrong", ["a", None, object(), ["a"], {"x": 1}])
def test_a_c_function_refuses_what_is_no_number(wrong):
    match = f"hypot: argument 0 is {re.escape(repr(wrong))}, and the C function takes float64: "
    with pytest.raises(TypeError, match=match):
        hypot(wrong, 4)
    with pytest.raises(TypeError, match=match):
        ag.function(lambda x: hypot(wrong, x))(3.0)


def test_a_library_is_opened_when_it_is_named():
    with pytest.raises(ValueError, match="cannot open the library: .*libnothing.*: give the path"):
        ag.ffi.Library("libnothing.so")
    with pytest.raises(TypeError, match="name or path of a shared library.*not 3"):
        ag.ffi.Library(3)


def test_a_file_of_tensors_needs_its_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no such folder: make it first.*'.*none'"):
        ag.safetensors.save_file({"a": np.ones(3)}, tmp_path / "none" / "x.safetensors")
    with pytest.raises(IsADirectoryError, match="takes the name of a file"):
        ag.safetensors.save_file({"a": np.ones(3)}, tmp_path)
    with pytest.raises(TypeError, match="save_file: 'a' is to be a tensor, an array or numbers, not <object"):
        ag.safetensors.save_file({"a": object()}, tmp_path / "x.safetensors")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "size, text",
    [
        (0, "has 0 bytes in all"),
        (20, r"cut off: its header takes \d+ bytes, and 12 are there; copy or download it again"),
        (-5, r"of which the file holds \d+: it is cut off"),
    ],
)
def test_a_file_that_is_cut_off(tmp_path, size, text):
    file = tmp_path / "x.safetensors"
    ag.safetensors.save_file({"a": np.ones(3), "b": np.arange(5)}, file)
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(ValueError, match=f"{re.escape(str(file))}.*{text}"):
        ag.safetensors.load_file(file)


def test_a_file_of_another_format(tmp_path):
    file = tmp_path / "x.safetensors"
    file.write_text("hello, this is text")
    with pytest.raises(ValueError, match="no safetensors file: its first 8 bytes are b'hello, t'"):
        ag.safetensors.load_file(file)


def test_retraces_are_told_for_each_cause_and_then_at_twice_as_many():
    @ag.function
    def f(x, how):
        return x + (1 if how == "a" else 2)

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        counts = []
        for n in range(1, 30):
            f(ag.ones([n]), "a")
            counts.append(len(said))
    assert counts == [0] * 4 + [1] * 5 + [2] * 10 + [3] * 10
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for how in "bcdef":
            f(ag.ones([1]), how)
    assert len(said) == 1 and "'how'" in str(said[0].message) and "'x'" not in str(said[0].message)


def test_retraces_that_take_no_share_of_the_time_are_not_told(monkeypatch):
    import time

    real, typed = time.perf_counter, [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: real() + typed[0])

    @ag.function
    def f(x):
        return x + 1

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for n in range(1, 12):
            f(ag.ones([n]))
            typed[0] += 60.0  # someone thinks about the next line
    assert said == []


def test_dir_shows_what_is_public():
    names = set(dir(ag))
    assert set(ag.__all__) <= names
    assert {"math", "onnx", "ffi", "safetensors", "RaggedTensor", "__version__"} <= names
    assert not {"api", "_core", "blas", "tiers", "staging", "convert", "windows", "_api"} & names
    import autograph.staging

    assert ag.staging is autograph.staging


def text_of_a_turn(x, table):
    k = 0
    while x[k] < 3:
        k += 1
        if k > 9:
            raise RuntimeError("gave up after %.2s" % k)  # here
    return k


def item_of_a_turn(x, table):
    s = k = 0
    while x[k] < 3:
        s += table[k]  # here
        k += 1
    return s


@pytest.mark.usefixtures("no_plain_calls")
@pytest.mark.parametrize(
    ("f", "table", "remedy"),
    [
        (text_of_a_turn, None, "f'{k}' says it at run time"),
        (item_of_a_turn, (1, 2, 5), r"list(table)[k]"),
        (item_of_a_turn, {0: 1, 1: 2, 2: 5}, r"ag.constant(table)[k]"),
    ],
)
def test_a_turns_number_that_python_needs_is_refused_at_its_own_line(f, table, remedy):
    with pytest.raises(TypeError, match="a number of a loop cannot be used as") as caught:
        ag.function(lambda x: f(x, table))(np.arange(12.0) / 4)
    said = str(caught.value)
    assert remedy in said and said.endswith("# here"), said
    assert any(entry.name == f.__name__ and str(entry.statement).endswith("# here") for entry in caught.traceback)


def test_the_remedies_for_a_turns_number():
    def by_list(x):
        s = k = 0
        while x[k] < 3:
            s += list((1, 2, 5))[k]
            k += 1
            if k > 9:
                raise RuntimeError(f"gave up after {k}")
        return s

    def by_tensor(x):
        s = k = 0
        while x[k] < 3:
            s += ag.constant((1, 2, 5))[k]
            k += 1
        return s

    same(by_list, np.arange(5.0), kinds=False)
    same(by_tensor, np.arange(5.0), kinds=False)
