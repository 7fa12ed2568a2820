"""Text with traced values in it: print, assert and raise can say it at run time; anything else needs the text itself.

So its characters, length, order or hash ask for the numbers in it as Python numbers: they become static.
"""

from .. import _core
from . import effects, places, trees, values


class TracedText(str):
    """A str that holds markers of traced values."""

    __slots__ = ()

    def _needed(self):
        graph = _core.current_graph()
        if graph is not None:
            for m in effects.marks().finditer(str.__str__(self)):
                if m[1]:
                    choice = graph.extra["choices"][int(m[2])]
                    if isinstance(choice, TracedText):
                        choice._needed()
                    int(choice.tag if isinstance(choice, _core.Tensor) else choice._tag)
                else:
                    number = graph.tensor(int(m[2]))
                    (float if "float" in number.dtype.name else int)(number)  # pins it: tracing starts again
        raise TypeError(f"the text of a traced value is known only at run time; it can only be printed or raised{places.here()}")

    def __add__(self, other):
        return NotImplemented if isinstance(other, trees.Choice) else text(str.__add__(self, other))

    def __radd__(self, other):
        return text(str.__add__(other, self)) if isinstance(other, str) else NotImplemented

    def __format__(self, spec):
        return str(self) if not spec else self._needed()

    def __str__(self):
        return str.__str__(self)

    def __repr__(self):
        graph = _core.current_graph()
        if graph is None:
            return str.__repr__(self)
        choices = graph.extra.setdefault("choices", [])
        choices.append(self)
        return f"\ue000c{len(choices) - 1}:{effects.AS_REPR}\ue001"


def _needs(name):
    def method(self, *args, **kwargs):
        return self._needed()

    method.__name__ = name
    return method


_KEPT = {
    "__add__", "__class__", "__delattr__", "__dir__", "__doc__", "__format__", "__getattribute__", "__init__", "__init_subclass__",
    "__new__", "__reduce__", "__reduce_ex__", "__repr__", "__setattr__", "__sizeof__", "__str__", "__subclasshook__", "maketrans",
    "__getnewargs__",
}  # fmt: skip
for _name in dir(str):
    if _name not in _KEPT:
        setattr(TracedText, _name, _needs(_name))


def text(value):
    """The value of an f-string, str() or repr(): a TracedText when traced values are in it."""
    return TracedText(effects.marked(value)) if type(value) is str and effects.has_marker(value) else value


def flatten(value, leaves):
    """The form of a text, as values.flatten gives it: the traced values in it are its leaves."""
    graph, parts, at, value = _core.current_graph(), [], 0, effects.marked(str.__str__(value))
    for m in effects.marks().finditer(value):
        held = graph.extra["choices"][int(m[2])] if m[1] else graph.tensor(int(m[2]))
        parts += [value[at : m.start()], (values.flatten(held, leaves), m[3])]
        at = m.end()
    return ("text", (*parts, value[at:]))


def unflatten(form, leaves):
    """The inverse of flatten."""
    parts = [part if type(part) is str else _marker(values.unflatten(part[0], leaves), part[1]) for part in form[1]]
    return text("".join(parts))


def _marker(value, spec):
    if isinstance(value, _core.Tensor) and value.is_symbolic and value.alts is None:
        return effects.marker(value, spec)
    choices = _core.current_graph().extra.setdefault("choices", [])
    choices.append(value)
    return f"\ue000c{len(choices) - 1}:{spec}\ue001"


def formatted(value, spec):
    """format(value, spec), or repr() where the specification says that it stands in a container."""
    return repr(value) if spec == effects.AS_REPR else format(value, spec)


METHODS = "__str__", "__repr__", "__format__"


def chosen(value):
    """What a method of METHODS has given: one of several texts as a text."""
    if isinstance(value, trees.Choice) or isinstance(value, _core.Tensor) and value.alts is not None:
        return TracedText(str(value))
    return value


def known(value):
    """The value; a text with traced values in it asks for their numbers."""
    return TracedText(value)._needed() if isinstance(value, str) and effects.has_marker(value) else value
