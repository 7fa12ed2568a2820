"""`"..." % values` with values of the trace: a text whose numbers the run writes."""

import functools

from .. import _core
from . import texts, values

_NONE = object()  # there are no more values


def percent(template, operand):
    """template % operand. What only Python can write asks for the numbers as Python's: they become static."""
    if isinstance(operand, (_core.Tensor, _core.Variable)):
        operand = (operand,)  # it has items, so Python would take it for a mapping, and mind no superfluous one
    operand = _each(values.read, operand)
    held = operand if type(operand) is tuple else operand.values() if type(operand) is dict else (operand,)
    if type(template) is str and any([_is_of_the_run(v) for v in held]):
        parts = _parts(template, operand, held)
        if parts is not None:
            return texts.text("".join(parts))
        template % _each(_like, operand)  # Python's error, if it is one of the form
        for v in held:
            if _is_of_the_run(v):
                texts.TracedText(v)._needed()
    return template % operand


def _each(fn, operand):
    """fn of each value right of `%`."""
    if type(operand) is dict:
        return {key: fn(v) for key, v in operand.items()}
    return tuple(map(fn, operand)) if type(operand) is tuple else fn(operand)


def _like(value):
    """One of the same type."""
    if not _is_of_the_run(value) or isinstance(value, str):
        return value
    dtype = value.dtype
    return 0 if dtype.is_integer else False if dtype.name == "bool" else 0j if dtype.is_complex else 0.0


def _is_of_the_run(value):
    if isinstance(value, _core.Tensor):
        return value.is_symbolic
    return isinstance(value, texts.TracedText)


@functools.cache
def _conversions():
    import re  # not for traces without texts

    return re.compile(r"%(?:\(([^)]*)\))?([-+ #0]*)(\d*)(?:\.(\d+))?[hlL]?([a-zA-Z%])")


def _parts(template, operand, held):
    """The text in parts; None where Python has to write it, or to say what is wrong."""
    parts, at, rest = [], 0, iter(held)
    for m in _conversions().finditer(template):
        key, flags, width, digits, kind = m.groups()
        parts.append(template[at : m.start()])
        at = m.end()
        if kind == "%":
            parts.append("%")
            continue
        if (key is not None) != (type(operand) is dict) or (key is not None and key not in operand):
            return None
        value = next(rest, _NONE) if key is None else operand[key]
        part = None if value is _NONE else _written(value, flags, width, digits, kind)
        if part is None:
            return None
        parts.append(part)
    parts.append(template[at:])
    if any(["%" in part for part in parts[::2]]) or (type(operand) is not dict and next(rest, _NONE) is not _NONE):
        return None
    return parts


def _written(value, flags, width, digits, kind):
    """One conversion; None where Python has to make it."""
    if not _is_of_the_run(value):
        return f"%{flags}{width}{'' if digits is None else '.' + digits}{kind}" % (value,)
    plain = not width and digits is None
    if kind == "s" and plain:
        return str(value)
    if kind in "ra" and plain:
        return repr(value)
    if not isinstance(value, _core.Tensor) or value.alts is not None or value.shape.rank != 0 or "#" in flags:
        return None
    dtype = value.dtype
    number = dtype.is_integer or dtype.is_floating or dtype.name == "bool"
    sign = "+" if "+" in flags else " " if " " in flags else ""
    left, zero = ("<", "") if "-" in flags else ("", "0" if "0" in flags else "")
    if not number:
        return None
    if kind == "s":  # NumPy's numbers are cut otherwise where there is a specification
        return format(value, (left or ">") + width) if value.weak and digits is None and dtype.name != "bool" else None
    if kind in "diuxXo":
        if digits is not None or (dtype.is_floating and kind in "xXo"):
            return None
        value = _core.call(int, value) if dtype.is_floating else value
        kind = "d" if kind in "iu" else kind
    elif kind not in "fFeEgG":
        return None
    return format(value, f"{left}{sign}{zero}{width}{'' if digits is None else '.' + digits}{kind}")
