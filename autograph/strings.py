"""tf.strings: text as tensors. Lengths and places count bytes unless `unit` says "UTF8_CHAR";
Python's own operators on string
tensors (s[i], s[a:b], len(s), s + t, in, ==, <, int(s), float(s) and str's methods) count
characters, as on a str."""

import builtins

from . import _core

__all__ = [
    "as_string",
    "format",
    "join",
    "length",
    "lower",
    "reduce_join",
    "regex_full_match",
    "regex_replace",
    "split",
    "strip",
    "substr",
    "to_number",
    "upper",
]

Tensor = _core.Tensor
_BIG = 2**63 - 1


def _text(x):
    t = x if isinstance(x, Tensor) else _core.convert(x)
    if t.dtype.name != "string":
        raise TypeError(f"expected strings, not {t.dtype.name}: tf.strings.as_string(x) makes them")
    return t


def _unit(unit):
    if unit not in ("BYTE", "UTF8_CHAR"):
        raise ValueError(f"unit is 'BYTE' or 'UTF8_CHAR', not {unit!r}")
    return int(unit == "UTF8_CHAR")


def join(inputs, separator="", name=None):
    """Strings joined element by element, with `separator` between them; shapes broadcast."""
    return _core.op("STR_JOIN", [_text(x) for x in inputs], {"text": separator})


def length(input, unit="BYTE", name=None):
    """The lengths as int32."""
    return _core.op("STR_LENGTH", [_text(input)], {"dtype": "int32", "unit": _unit(unit)})


def substr(input, pos, len, unit="BYTE", name=None):
    """`len` units from `pos` on (negative: from the end), fewer at the end of the string.

    InvalidArgumentError when `pos` lies outside of the string."""
    places = [_core.convert(x) for x in (pos, len)]
    return _core.op("SUBSTR", [_text(input), *places], {"unit": _unit(unit)})


def lower(input, encoding="", name=None):
    """Lower case: of ASCII letters, or of all characters with encoding="utf-8"."""
    return _case(input, encoding, "STR_LOWER", str.lower)


def upper(input, encoding="", name=None):
    """Upper case: of ASCII letters, or of all characters with encoding="utf-8"."""
    return _case(input, encoding, "STR_UPPER", str.upper)


def _case(input, encoding, op, method):
    if encoding not in ("", "utf-8"):
        raise ValueError(f"encoding is '' or 'utf-8', not {encoding!r}")
    return _in_python(method, _text(input)) if encoding else _core.op(op, [_text(input)])


def strip(input, name=None):
    """Without white space at both ends."""
    return _core.op("STR_STRIP", [_text(input)])


def split(input, sep=None, maxsplit=-1, name=None):
    """The parts of one string as a 1-d tensor; without `sep`, between runs of white space.

    ValueError for an array of strings: its parts are no rectangle. Split its elements one by
    one."""
    x = _text(input)
    if x.shape.rank != 0:
        raise ValueError(
            f"strings.split takes one string, not a tensor of shape {x.shape}: loop over its elements"
        )
    return _core.op("STR_SPLIT", [x, _core.convert(sep or "")], {"num": maxsplit})


def to_number(input, out_type="float32", name=None):
    """The numbers that the strings write: float32, float64, int32 or int64. InvalidArgumentError
    for other text."""
    return _core.op("STR_TO_NUMBER", [_text(input)], {"dtype": out_type})


def as_string(input, precision=-1, scientific=False, shortest=False, width=-1, fill="", name=None):
    """Numbers as text: floats with six digits after the point or as the options of printf say;
    bools "true" and "false"."""
    x = input if isinstance(input, Tensor) else _core.convert(input)
    kind = x.dtype
    if kind.name == "string":
        return x
    if kind.is_bool:
        return _core.op("SELECT", [x, _core.convert("true"), _core.convert("false")])
    if kind.is_complex:
        from . import api

        options = (precision, scientific, shortest, width, fill)
        return join(
            ["(", as_string(api.real(x), *options), ",", as_string(api.imag(x), *options), ")"]
        )
    if kind.name in ("float16", "bfloat16"):
        x = _core.cast(x, "float32")
    if builtins.len(fill) > 1 or fill not in ("", " ", "0", "-", "+"):
        raise ValueError(f"fill is one of ' ', '0', '-' and '+', not {fill!r}")
    if kind.is_integer and precision > -1:
        raise ValueError(
            f"as_string: {kind.name} has no digits after the point: precision is for floats"
        )
    letter = "d" if kind.is_integer else "e" if scientific else "g" if shortest else "f"
    form = "%" + fill.strip() + (str(width) if width > -1 else "")
    form += f".{precision}" if precision > -1 and letter != "d" else ""
    return _core.op("AS_STRING", [x], {"text": form + letter})


def format(template, inputs, placeholder="{}", summarize=3, name=None):
    """`template` with the text of a tensor in the place of each `placeholder`: `summarize` elements at both ends of each
    dimension, or with -1 all."""
    inputs = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    parts = template.split(placeholder)
    if builtins.len(parts) - 1 != builtins.len(inputs):
        raise ValueError(
            f"{builtins.len(parts) - 1} placeholders in {template!r} for {builtins.len(inputs)} inputs"
        )
    return _core.op(
        "STR_FORMAT",
        [_core.convert(x) for x in inputs],
        {"text": "\1".join(parts), "num": summarize},
    )


def reduce_join(inputs, axis=None, keepdims=False, separator="", name=None):
    """The strings along `axis` (all of them by default) joined to one."""
    from . import api

    x = _text(inputs)
    axes = (
        list(range(x.shape.rank))
        if axis is None
        else [a % x.shape.rank for a in ([axis] if isinstance(axis, int) else axis)]
    )
    for a in builtins.sorted(axes, reverse=True):
        rows = api.unstack(x, axis=a)
        x = (
            join(rows, separator)
            if rows
            else _core.op("FILL", [_core.convert("")], {"shape": (*x.shape[:a], *x.shape[a + 1 :])})
        )
        x = api.expand_dims(x, a) if keepdims else x
    return x


def regex_replace(input, pattern, rewrite, replace_global=True, name=None):
    """Matches of Python's regular expression `pattern` replaced by `rewrite`: all, or the first. In `rewrite` \\0 is the
    match and \\1 its first group."""
    import re

    compiled = re.compile(pattern)
    template = re.sub(r"\\(\\|\d)", lambda m: m[0] if m[1] == "\\" else f"\\g<{m[1]}>", rewrite)
    return _in_python(
        lambda s: compiled.sub(template, s, count=0 if replace_global else 1), _text(input)
    )


def regex_full_match(input, pattern, name=None):
    """Whether the whole string matches Python's regular expression `pattern`."""
    import re

    compiled = re.compile(pattern)
    return _in_python(lambda s: compiled.fullmatch(s) is not None, _text(input), "bool")


# ---- str's own operators and methods on string tensors ---------------------------------------------------


def _in_python(fn, x, dtype="string"):
    """fn of each str, by Python when the run comes there."""
    from .callbacks import numpy_like

    def each(text):
        if isinstance(text, list):
            return [each(t) for t in text]
        return fn(text)

    return numpy_like(
        lambda t: _core.op(
            "RESHAPE", [_core.convert(each(t.tolist()), dtype)], {"shape": tuple(t.shape)}
        ),
        [x],
        dtype,
        x.shape,
    )


def item(x, key):
    """s[key] of one string: characters, as of a str."""
    if isinstance(key, slice):
        step = 1 if key.step is None else int(key.step)
        if step == 0:
            raise ValueError("slice step cannot be zero")
        ends = [(0, _BIG), (_BIG, -_BIG - 1)][step < 0]
        places = [
            end if given is None else given
            for given, end in zip((key.start, key.stop), ends, strict=True)
        ]
        return _core.op(
            "SUBSTR", [x, *[_index(p) for p in places]], {"unit": 1, "mode": 1, "step": step}
        )
    return _core.op("SUBSTR", [x, _index(key), _core.weak(1)], {"unit": 1, "mode": 2})


def _index(i):
    t = i if isinstance(i, Tensor) else _core.weak(i.__index__())
    if not t.dtype.is_integer:
        raise TypeError(f"string indices must be integers, not {t.dtype.name}")
    return t


def characters(x):
    """len(s) of one string, as a Python number."""
    return _core.op("STR_LENGTH", [x], {"dtype": "int64", "weak": 1, "unit": 1})


def number(x, dtype):
    """int(s) or float(s), as a Python number."""
    return _core.op("STR_TO_NUMBER", [x], {"dtype": dtype, "weak": 1})


def _array(x):
    """The elements as bytes in an array of objects, or the bytes of one string: what NumPy has for
    strings."""
    import numpy

    def encoded(value):
        if isinstance(value, list):
            return [encoded(v) for v in value]
        return value.encode("utf-8", "surrogateescape")

    flat = encoded(_core.op("RESHAPE", [x], {"shape": (-1,)}).tolist())
    out = numpy.empty(builtins.len(flat), dtype=object)
    out[:] = flat
    return out.reshape(tuple(x.shape))


def _restore(flat, shape):
    return _core.op("RESHAPE", [_core.convert(flat, "string")], {"shape": shape})


def _reduce(x):
    return _restore, (_core.op("RESHAPE", [x], {"shape": (-1,)}).tolist(), tuple(x.shape))


def _contains(self, item):
    if self.dtype.name == "string" and self.shape.rank == 0:
        return bool(_core.op("STR_IN", [_core.convert(item), self]))
    same = _core.binary("EQ", self, item)
    return bool(_core.op("ANY", [same], {"axis": tuple(range(same.shape.rank)), "keep_dims": 0}))


def _method(name, dtype="string"):
    def method(self, *args):
        values = [a.tolist() if isinstance(a, Tensor) and not a.is_symbolic else a for a in args]
        return _in_python(lambda s: getattr(s, name)(*values), _text(self), dtype)

    method.__name__ = name
    method.__qualname__ = f"Tensor.{name}"
    method.__doc__ = f"str.{name} of the string, or of each string of an array."
    return method


def _split(self, sep=None, maxsplit=-1):
    """The parts of one string as a 1-d tensor, as str.split."""
    if sep == "":
        raise ValueError("empty separator")
    return split(self, sep, maxsplit)


def _join(self, parts):
    """The strings of a list or 1-d tensor with this one between them, as str.join."""
    rows = list(parts)
    if not rows:
        return _core.convert("")
    return join([r for i, row in enumerate(rows) for r in ([self, row] if i else [row])])


_METHODS = {
    "capitalize lower lstrip replace rstrip strip swapcase title upper zfill center ljust rjust removeprefix removesuffix": "string",
    "startswith endswith isalnum isalpha isdigit islower isspace isupper": "bool",
    "find rfind count index": "int64",
}
for _names, _dtype in _METHODS.items():
    for _name in _names.split():
        setattr(Tensor, _name, _method(_name, _dtype))
Tensor.split, Tensor.join, Tensor.__contains__ = _split, _join, _contains

_core.staged.update(string_item=item, string_array=_array, string_reduce=_reduce)
