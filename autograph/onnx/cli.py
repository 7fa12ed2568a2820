"""python -m autograph run model.onnx: runs a model on inputs from files, or on random ones."""

import math
import os
import time

import numpy as np
import onnx

from ..target import TargetError
from .model import load

__all__ = ["run"]

SHOWN = 6  # numbers of an output


def run(options):
    """Runs the model that the options name; 0."""
    if not os.path.isfile(options.model):
        raise TargetError(f"there is no file {options.model!r}")
    model = load(options.model)
    feeds = _feeds(model, options)
    missing = [i for i in model.inputs if i.name not in feeds and not i.optional]
    if missing:
        raise TargetError(
            f"the input {missing[0]!r} is missing: give it as {missing[0].name}=FILE, or --random"
        )
    for i in model.inputs:
        if i.name in feeds:
            print(f"input   {i.name}: {_kind(feeds[i.name])}")
    start = time.perf_counter()
    results = model.run(feeds)
    first = time.perf_counter() - start
    for name, value in zip(model.outputs, results):
        print(f"output  {name}: {_kind(value)}{_text(value)}")
    best = math.inf
    for _ in range(options.repeat):
        start = time.perf_counter()
        model.run(feeds)
        best = min(best, time.perf_counter() - start)
    later = (
        f", the best of {options.repeat} later ones {best * 1e3:.3f} ms" if options.repeat else ""
    )
    print(f"first run {first * 1e3:.1f} ms with tracing and compiling{later}")
    print(model.explain())
    if options.output:
        np.savez(options.output, **{n: np.asarray(v) for n, v in zip(model.outputs, results)})
    return 0


def _feeds(model, options):
    """The inputs by name: NAME=FILE, files in the order of the inputs, and random numbers."""
    names = [i.name for i in model.inputs]
    feeds, unnamed = {}, []
    for text in options.input or ():
        name, sign, path = text.partition("=")
        if not sign:
            unnamed.append(text)
            continue
        if name not in names:
            raise TargetError(f"the model has no input {name!r}; it has {', '.join(names)}")
        feeds[name] = _only(path)
    for path in unnamed:
        found = _read(path)
        if isinstance(found, dict):
            for name in found:
                if name not in names:
                    raise TargetError(
                        f"{path}: the model has no input {name!r}; it has {', '.join(names)}"
                    )
            feeds.update(found)
            continue
        left = [name for name in names if name not in feeds]
        if not left:
            raise TargetError(f"{path}: all {len(names)} inputs of the model are given already")
        feeds[left[0]] = found
    if options.random:
        rng = np.random.default_rng(options.seed)
        sizes = dict(_size(text) for text in options.dim or ())
        for i in model.inputs:
            if i.name not in feeds and not i.optional:
                feeds[i.name] = _random(i, rng, sizes)
    return feeds


def _size(text):
    name, sign, n = text.partition("=")
    if not sign or not n.isdigit():
        raise TargetError(f"--dim takes NAME=SIZE, not {text!r}")
    return name, int(n)


def _random(i, rng, sizes):
    if i.dtype is None or i.dims is None or i.dtype == "string":
        raise TargetError(
            f"no random numbers can be made for the input {i!r}: give it as {i.name}=FILE"
        )
    dims = [d if isinstance(d, int) else sizes.get(d, 1) for d in i.dims]
    if i.dtype == "bool":
        return rng.random(dims) < 0.5
    if "int" in i.dtype:
        return rng.integers(0, 2, dims).astype(i.dtype)
    if i.dtype.startswith("complex"):
        return (rng.random(dims) + 1j * rng.random(dims)).astype(i.dtype)
    return rng.standard_normal(dims).astype("float32" if i.dtype == "bfloat16" else i.dtype)


def _only(path):
    found = _read(path)
    if isinstance(found, dict):
        if len(found) != 1:
            raise TargetError(f"{path} holds {len(found)} arrays, not one")
        return next(iter(found.values()))
    return found


def _read(path):
    """The array of a .npy or .pb file, the dict of arrays of an .npz file."""
    try:
        if path.endswith(".pb"):
            proto = onnx.TensorProto()
            with open(path, "rb") as file:
                proto.ParseFromString(file.read())
            return proto
        found = np.load(path, allow_pickle=False)
        return dict(found) if hasattr(found, "files") else found
    except OSError as e:
        raise TargetError(f"{path}: {e.strerror or e}") from None
    except Exception as e:
        raise TargetError(f"{path} cannot be read as .npy, .npz or .pb: {e}") from None


def _kind(value):
    if isinstance(value, onnx.TensorProto):
        value = onnx.numpy_helper.to_array(value)
    if isinstance(value, (list, tuple)):
        return f"a sequence of {len(value)}"
    shape = ", ".join(map(str, tuple(value.shape))) + ("," if len(value.shape) == 1 else "")
    return f"{getattr(value.dtype, 'name', value.dtype)}({shape})"


def _text(value):
    if isinstance(value, (list, tuple)) or not value.shape.num_elements():
        return ""
    flat = np.asarray(value).reshape(-1)
    numbers = ", ".join(f"{v:.6g}" if flat.dtype.kind == "f" else str(v) for v in flat[:SHOWN])
    more = ", ..." if flat.size > SHOWN else ""
    spread = ""
    if flat.dtype.kind == "f":
        spread = (
            f"   min {np.nanmin(flat):.6g} max {np.nanmax(flat):.6g}"
            if np.isfinite(flat).any()
            else ""
        )
        wrong = int(np.size(flat) - np.isfinite(flat).sum())
        spread += f", {wrong} not finite" if wrong else ""
    return f" = {numbers}{more}{spread}"
