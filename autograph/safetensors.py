"""Files of tensors by name, in the safetensors format: a header in JSON, then the elements.

Written here, since it is that simple, and reads nothing but numbers: no code runs when a file is
loaded. A file is checked whole before the first tensor is made.
https://github.com/huggingface/safetensors#format
"""

import errno
import json
import mmap
import os
import sys

from . import _core

__all__ = ["load_file", "metadata", "save_file"]

NAMES = {
    "BOOL": "bool", "I8": "int8", "I16": "int16", "I32": "int32", "I64": "int64", "U8": "uint8", "U16": "uint16",
    "U32": "uint32", "U64": "uint64", "F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64",
    "C64": "complex64",
}  # fmt: skip
CODES = {name: code for code, name in NAMES.items()}
MOST_HEADER = 100_000_000  # bytes; the format's own limit
TRUTH = bytes([0] + [1] * 255)  # a bool of ours is 0 or 1, a file may hold any byte


def save_file(tensors, filename, metadata=None):
    """Writes a dictionary of names and tensors (or what becomes one: arrays, numbers, lists).

    metadata: texts by name, which go along. TypeError for dtypes that the format lacks. The file
    takes its name when it is whole."""
    if not isinstance(tensors, dict):
        raise TypeError(f"save_file takes a dictionary of names and tensors, not {tensors!r}")
    made = {}
    for name, value in tensors.items():
        if not isinstance(name, str) or name == "__metadata__":
            raise TypeError(
                f"save_file: a tensor's name is a text other than '__metadata__', not {name!r}"
            )
        try:
            tensor = value if isinstance(value, _core.Tensor) else _core.convert(value)
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"save_file: {name!r} is to be a tensor, an array or numbers, not {value!r}: {error}"
            ) from None
        _, (data, dtype, shape, _) = (
            tensor.__reduce__() if tensor.dtype.name != "string" else (None, (b"", "string", (), 0))
        )
        if dtype not in CODES:
            raise TypeError(f"save_file: {name!r} is of {dtype}, which the format does not have")
        made[name] = dtype, shape, data
    header = {"__metadata__": _texts(metadata)} if metadata else {}
    order = sorted(made, key=lambda name: (-_core.as_dtype(made[name][0]).size, name))
    at = 0  # the widest elements first, so that each tensor is aligned
    for name in order:
        dtype, shape, data = made[name]
        header[name] = {
            "dtype": CODES[dtype],
            "shape": list(shape),
            "data_offsets": [at, at + len(data)],
        }
        at += len(data)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    place = os.path.abspath(os.fspath(filename))
    folder = os.path.dirname(place)
    if not os.path.isdir(folder):
        raise FileNotFoundError(
            errno.ENOENT, "save_file: there is no such folder: make it first, with os.makedirs()", folder
        )
    if os.path.isdir(place):
        raise IsADirectoryError(
            errno.EISDIR, "save_file takes the name of a file; this is a folder", place
        )
    whole = f"{place}.{os.getpid()}.part"
    try:
        with open(whole, "wb") as file:
            file.write(len(text).to_bytes(8, "little") + text)
            for name in order:
                file.write(made[name][2])
        os.replace(whole, filename)
    except BaseException:
        if os.path.exists(whole):
            os.remove(whole)
        raise


def _texts(metadata):
    for key, value in metadata.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"save_file: metadata are texts by name, not {key!r}: {value!r}")
    return dict(metadata)


def load_file(filename):
    """{name: Tensor} of a file. ValueError, with the place, for what is no such file."""
    with open(filename, "rb") as file:
        header, data = _header(file, filename)
        entries = _checked(header, len(data), filename)
        made = {}
        for name, (dtype, shape, begin, end) in entries.items():
            content = bytes(data[begin:end])
            content = content.translate(TRUTH) if dtype == "bool" else content
            made[name] = _core._tensor_from_bytes(content, dtype, shape, False)
        return made


def metadata(filename):
    """The texts that were saved along."""
    with open(filename, "rb") as file:
        return _header(file, filename)[0].get("__metadata__", {})


def _header(file, filename):
    """(header, the bytes after it)."""
    size = os.fstat(file.fileno()).st_size
    if size < 8:
        raise ValueError(
            f"{filename}: no safetensors file: it begins with 8 bytes that say how long its header is, "
            f"and this one has {size} bytes in all"
        )
    content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    length = int.from_bytes(content[:8], "little")
    if length > MOST_HEADER:
        raise ValueError(
            f"{filename}: no safetensors file: its first 8 bytes are {bytes(content[:8])!r}, which would be a header of "
            f"{length} bytes; was it written in another format?"
        )
    if length > size - 8:
        raise ValueError(
            f"{filename}: the file is cut off: its header takes {length} bytes, and {size - 8} are there; copy or "
            f"download it again"
        )

    def once(pairs):
        names = dict(pairs)
        if len(names) != len(pairs):
            raise ValueError("a name stands there twice")
        return names

    try:
        header = json.loads(bytes(content[8 : 8 + length]), object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{filename}: the header is no JSON: {error}") from None
    if not isinstance(header, dict):
        raise ValueError(f"{filename}: the header is no JSON object")
    return header, content[8 + length :]


def _checked(header, size, filename):
    """{name: (dtype, shape, begin, end)}; every byte of the data belongs to one tensor."""
    entries = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        try:
            dtype, shape = NAMES[entry["dtype"]], tuple(entry["shape"])
            begin, end = entry["data_offsets"]
        except (KeyError, TypeError, ValueError):
            raise ValueError(
                f"{filename}: {name!r}: {entry!r} is no known dtype, shape and data_offsets"
            ) from None
        numbers = (*shape, begin, end)
        if not all(type(n) is int and 0 <= n <= sys.maxsize for n in numbers):
            raise ValueError(
                f"{filename}: {name!r}: sizes and offsets must be whole numbers, not {entry!r}"
            )
        count = _core.as_dtype(dtype).size
        for n in shape:
            count *= n
        if not begin <= end <= size or end - begin != count:
            raise ValueError(
                f"{filename}: {name!r}: {dtype}{list(shape)} takes {count} bytes, and the header gives it bytes "
                f"{begin} to {end}, of which the file holds {size}" + (": it is cut off" if end > size else "")
            )
        entries[name] = dtype, shape, begin, end
    at = 0
    for name, (_, _, begin, end) in sorted(entries.items(), key=lambda item: item[1][2:]):
        if begin != at:
            raise ValueError(
                f"{filename}: {name!r} begins at byte {begin}, where {at} is due: a gap or an overlap"
            )
        at = end
    if at != size:
        raise ValueError(f"{filename}: {size - at} bytes after the last tensor")
    return entries
