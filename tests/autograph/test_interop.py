"""Tensors to and from files, other libraries and notebooks."""

import html.parser
import json
import pickle

import numpy as np
import pytest

import autograph as ag

DTYPES = [
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "bfloat16", "float32",
    "float64", "complex64",
]  # fmt: skip


def same(a, b):
    """Equal in dtype, shape and every bit."""
    return a.dtype == b.dtype and a.shape == b.shape and a.__reduce__()[1][0] == b.__reduce__()[1][0]


# ---- safetensors ---------------------------------------------------------------------------------


@pytest.fixture
def tensors():
    made = {name: ag.cast(ag.constant([[1.5, 0.0, 3.0]]), name) for name in DTYPES}
    return {**made, "empty": ag.zeros((0, 4)), "one": ag.constant(7), "nan": ag.constant([np.nan, -0.0])}


def test_saved_tensors_come_back(tensors, tmp_path):
    path = tmp_path / "model.safetensors"
    ag.safetensors.save_file(tensors, path, {"made by": "a test", "ü": "ö"})
    got = ag.safetensors.load_file(path)
    assert got.keys() == tensors.keys() and all(same(got[name], tensors[name]) for name in tensors)
    assert ag.safetensors.metadata(path) == {"made by": "a test", "ü": "ö"}
    assert [p.name for p in tmp_path.iterdir()] == ["model.safetensors"]


def test_arrays_lists_and_numbers_are_saved_and_strides_do_not_matter(tmp_path):
    array = np.arange(12.0).reshape(3, 4)[:, ::2]
    ag.safetensors.save_file({"a": array, "l": [1, 2], "n": 5}, tmp_path / "x")
    got = ag.safetensors.load_file(tmp_path / "x")
    assert (np.asarray(got["a"]) == array).all() and got["l"].tolist() == [1, 2] and got["n"] == 5
    ag.safetensors.save_file({}, tmp_path / "x")
    assert ag.safetensors.load_file(tmp_path / "x") == {} == ag.safetensors.metadata(tmp_path / "x")


def test_the_package_reads_and_writes_the_same(tensors, tmp_path):
    package = pytest.importorskip("safetensors.numpy")
    del tensors["bfloat16"]  # which NumPy does not have
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ag.safetensors.save_file(tensors, ours)
    read = package.load_file(ours)
    assert read.keys() == tensors.keys()
    for name, array in read.items():
        np.testing.assert_array_equal(array, np.asarray(tensors[name]), strict=True)
    package.save_file(read, theirs, {"k": "v"})
    got = ag.safetensors.load_file(theirs)
    assert all(same(got[name], tensors[name]) for name in tensors)
    assert ag.safetensors.metadata(theirs) == {"k": "v"}


def file_of(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def entry(dtype="F32", shape=(1,), offsets=(0, 4)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def test_any_byte_but_0_is_true(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(file_of({"a": entry("BOOL", (3,), (0, 3))}, bytes([0, 1, 7])))
    flags = ag.safetensors.load_file(path)["a"]
    assert flags.numpy().tobytes() == bytes([0, 1, 1])
    assert ag.reduce_sum(ag.cast(flags, ag.int32)).numpy() == 2


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "no safetensors file: .* 0 bytes in all"),
        (file_of({}, length=2**40), "a header of 1099511627776 bytes"),
        (file_of({}, length=2**63), "a header of 9223372036854775808 bytes"),
        (file_of({"a": entry()}, bytes(4))[:20], "the file is cut off: its header takes"),
        (file_of(b"[1]"), "no JSON object"),
        (file_of(b"{nonsense"), "the header is no JSON"),
        (file_of(b"[" * 100_000), "the header is no JSON"),
        (file_of(b'{"a": 1, "a": 2}'), "twice"),
        (file_of({"a": 1}), "'a': 1 is no known dtype"),
        (file_of({"a": entry("F128")}, bytes(4)), "no known dtype"),
        (file_of({"a": entry(shape=(2,))}, bytes(4)), r"float32\[2\] takes 8 bytes"),
        (file_of({"a": entry(offsets=(0, 8))}, bytes(4)), "0 to 8, of which the file holds 4"),
        (file_of({"a": entry(shape=(-1,))}, bytes(4)), "whole numbers"),
        (file_of({"a": entry(shape=(2**40, 2**40), offsets=(0, 4))}, bytes(4)), "takes"),
        (file_of({"a": entry(shape=(0, 2**63), offsets=(0, 0))}), "whole numbers"),
        (file_of({"a": entry(), "b": entry()}, bytes(4)), "overlap"),
        (file_of({"a": entry(), "b": entry(offsets=(2, 6))}, bytes(6)), "overlap"),
        (file_of({"a": entry(offsets=(4, 8))}, bytes(8)), "a gap"),
        (file_of({"a": entry(offsets=(4, 0))}, bytes(4)), "bytes 4 to 0"),
        (file_of({"a": entry()}, bytes(9)), "5 bytes after the last"),
    ],
)
def test_what_is_no_such_file_is_refused_with_its_name(tmp_path, content, said):
    path = tmp_path / "bad.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=said) as error:
        ag.safetensors.load_file(path)
    assert "bad.safetensors" in str(error.value)


def test_what_cannot_be_saved_is_refused_and_leaves_no_file(tmp_path):
    path = tmp_path / "x"
    for tensors, more in (
        ({"a": ag.constant("text")}, {}),
        ({"a": ag.constant(1j)}, {}),
        ({1: ag.constant(1)}, {}),
        ({"__metadata__": ag.constant(1)}, {}),
        ([ag.constant(1)], {}),
        ({"a": ag.constant(1)}, {"metadata": {"n": 1}}),
    ):
        with pytest.raises(TypeError, match="save_file"):
            ag.safetensors.save_file(tensors, path, **more)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        ag.safetensors.load_file(path)


# ---- other libraries -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["float32", "float64", "int64", "int32", "uint8", "bool", "complex64"])
def test_numpy_through_dlpack_both_ways(name):
    t = ag.cast(ag.constant([[1.0, 0.0], [2.0, 3.0]]), name)
    array = np.from_dlpack(t)
    assert array.dtype == name and array.tolist() == t.tolist()
    assert same(ag.constant(np.from_dlpack(t)), t) and same(ag.convert_to_tensor(array), t)


@pytest.mark.parametrize("name", ["float32", "float64", "int64", "bfloat16", "bool"])
def test_torch_through_dlpack_both_ways(name):
    torch = pytest.importorskip("torch")
    t = ag.cast(ag.constant([[1.0, 0.0], [2.0, 3.0]]), name)
    there = torch.from_dlpack(t)
    assert str(there.dtype) == f"torch.{name}" and there.tolist() == t.tolist()
    assert same(ag.convert_to_tensor(there), t)
    numbers = there.to(torch.float32)
    double = ag.function(lambda x: x + x)
    assert same(double(numbers), ag.constant(numbers.numpy() * 2))  # an argument like other arrays
    numbers[0, 0] = 7  # what it holds counts, not which object it is
    assert double(numbers).tolist() == [[14, 0], [4, 6]]
    assert double.experimental_get_tracing_count() == 1
    with pytest.raises(RuntimeError, match="detach"):
        double(numbers.requires_grad_())


@pytest.mark.parametrize("name", ["float32", "int32", "bfloat16"])
def test_jax_through_dlpack_both_ways(name):
    jax = pytest.importorskip("jax")
    t = ag.cast(ag.constant([[1.0, 0.0], [2.0, 3.0]]), name)
    there = jax.dlpack.from_dlpack(t)
    assert str(there.dtype) == name and there.tolist() == t.tolist()
    assert same(ag.convert_to_tensor(there), t)
    assert same(ag.function(lambda x: x)(there), t)


class Lent:
    """An array that another library may hold: DLPack is all it has."""

    __slots__ = ("array", "__weakref__")

    def __init__(self, array):
        self.array = array

    def __mul__(self, other):
        raise AssertionError("computed while tracing")

    def __dlpack__(self, **kwargs):
        return self.array.__dlpack__(**kwargs)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


def test_an_array_that_only_dlpack_lends_is_an_argument_like_others():
    double = ag.function(lambda x: x * 2)
    lent = Lent(np.array([1.0, 2.0]))
    assert double(lent).tolist() == [2, 4]
    lent.array[0] = 5
    assert double(lent).tolist() == [10, 4]
    assert double(Lent(np.zeros((0, 3)))).shape == (0, 3)
    assert ag.function(lambda xs: xs["a"] * 2)({"a": lent}).tolist() == [10, 4]


@pytest.mark.parametrize("name", [*DTYPES, "complex128"])
def test_tensors_pickle_with_every_protocol(name):
    t = ag.cast(ag.constant([[1.0, 0.0], [2.0, 3.0]]), name)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert same(pickle.loads(pickle.dumps(t, protocol)), t)


# ---- notebooks -----------------------------------------------------------------------------------


class Table(html.parser.HTMLParser):
    """The cells' texts by row; asserts that tags are closed."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.open = [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1].append(data)


def test_a_notebook_shows_a_matrix_as_a_table():
    table = Table(ag.constant([[1.5, 2.0], [3.0, np.nan]])._repr_html_())
    assert table.rows == [["0", "1"], ["0", "1.5", "2"], ["1", "3", "nan"]]
    assert Table(ag.constant(["a<b", "c"])._repr_html_()).rows[1] == ["a<b", "c"]


def test_a_large_matrix_shows_its_corners():
    t = ag.constant(np.arange(300).reshape(15, 20))
    rows = Table(t._repr_html_()).rows
    assert len(rows) == 14 and rows[7] == ["⋮"]
    assert rows[1][:2] == ["0", "0"] and rows[1][-1] == "19" and rows[-1][-1] == "299" and "…" in rows[1]


@pytest.mark.parametrize("value", [5, [[[1.0]]], np.zeros((0, 3)), 2.5])
def test_what_is_no_table_is_shown_as_text(value):
    text = ag.constant(value)._repr_html_()
    assert "<table" not in text and "<pre>" in text
    Table(text)


def test_symbolic_tensors_and_functions_show_themselves():
    shown = []

    @ag.function
    def half(n):
        shown.append((n + 1)._repr_html_())
        while n > 1:
            n = n // 2
        return n

    half(ag.constant(8))
    assert "tf.Tensor" in shown[0] and "<b" not in shown[0]
    text = half._repr_html_()
    assert "while" in text and "traced 1 time" in text
    Table(text)
