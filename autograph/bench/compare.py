"""Are two results the same? Asked before anything is timed."""

import dataclasses


class Mismatch(Exception):
    """Two ways of computing one thing gave different results."""


NUMBERS = (bool, int, float, complex)


def plain(value):
    """A result unwrapped: numbers, sequences (memoryview or list), tuples and dicts of such."""
    if isinstance(value, (*NUMBERS, str, bytes, type(None))):
        return value
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return value if value and type(value[0]) in NUMBERS else [plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {part.name: plain(getattr(value, part.name)) for part in dataclasses.fields(value)}
    if type(value).__eq__ is object.__eq__:  # equal to nothing but itself, so not to a copy
        return f"<{type(value).__qualname__}>"
    try:
        view = memoryview(value)
    except (TypeError, ValueError, BufferError):
        return value.tolist() if hasattr(value, "tolist") else value
    if view.ndim == 1 and view.format in "?bBhHiIlLqQnNfd":
        return view
    return value.tolist() if hasattr(value, "tolist") else view.tolist()


def close(a, b, tolerance):
    if a == b or (a != a and b != b):
        return True
    exact = not tolerance or (isinstance(a, int) and isinstance(b, int))
    return not exact and abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))


def difference(a, b, tolerance=0.0):
    """What is different in b, as text; None when nothing is.

    a, b       what plain() gives
    tolerance  relative to the larger number, and to 1
    """
    if isinstance(a, dict) and isinstance(b, dict):
        if list(a) != list(b):
            return f"the keys {list(a)} and {list(b)}"
        return difference(list(a.values()), list(b.values()), tolerance)
    sequences = (tuple, list, memoryview)
    if isinstance(a, sequences) != isinstance(b, sequences):
        return f"{a!r} and {b!r}"
    if not isinstance(a, sequences):
        try:
            return None if close(a, b, tolerance) else f"{a!r} and {b!r}"
        except TypeError:
            return f"{a!r} and {b!r}"
    if len(a) != len(b):
        return f"{len(a)} and {len(b)} elements"
    if isinstance(a, memoryview) and isinstance(b, memoryview) and a.format == b.format == "f":
        # Bytes first: ten million elements one by one take seconds.
        if a.contiguous and b.contiguous and a.cast("B") == b.cast("B"):
            return None
    for i, (x, y) in enumerate(zip(a, b, strict=True)):
        found = difference(x, y, tolerance)
        if found:
            return f"element {i}: {found}"
    return None


def check(expected, got, tolerance, who, what):
    """Raises Mismatch when `got`, computed by `who`, is not `expected`, computed by `what`."""
    found = difference(plain(expected), plain(got), tolerance)
    if found:
        raise Mismatch(f"{what} and {who} give different results: {found}")
