"""What is true of a value as a condition, where the run may decide it: of lists and complex numbers of the trace, and of objects
whose class says so in Python, by `__bool__` or `__len__`."""

from .. import _core
from . import complexes, lists, methods


def of(value):
    """The truth of such a value: a bool, or a traced number; anything else as it is."""
    if isinstance(value, lists.TracedList):
        return value.truth()
    if isinstance(value, complexes.Complex):
        return value != 0
    kind = type(value)
    if kind in _PLAIN or _core.current_graph() is None:
        return value
    said = _asked("__bool__", value)
    if said is not None:
        return said if isinstance(said, (bool, _core.Tensor)) else bool(value)  # which refuses it
    size = None if getattr(kind, "__bool__", None) is not None else _asked("__len__", value)
    if isinstance(size, _core.Tensor):
        return _core.binary("NE", size, 0)
    return value if size is None else bool(value) if not isinstance(size, int) or size < 0 else size > 0


_PLAIN = {_core.Tensor, bool, int, float, str, tuple, dict, type(None)}


def _asked(name, value):
    """What a method of the user's class gives; None where it has none."""
    method = methods.own(value, name)
    return None if method is None else _core.call(method, value)
