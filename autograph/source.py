"""Showing the code that really runs."""

import functools
import types

from . import _core
from .function import ConcreteFunction, Function
from .highlight import Code

__all__ = ["to_code", "to_graph"]


def to_graph(entity, recursive=True, experimental_optional_features=None):
    """The converted form of a function, as a function: on Python values it does what the original does, on traced ones it
    records. With recursive=False the functions it calls run as they are.

    entity: what to_code takes, but no functools.partial. TypeError for what is left alone, with the reason."""
    from . import convert, operators

    fn = unwrap(entity, "to_graph").fn
    if not recursive:
        operators = _Shallow(operators)
    made = convert.convert(fn, operators)
    if made is fn:
        raise TypeError(f"to_graph: {fn!r} is not converted: {convert.reason_not_converted(fn)}")
    if isinstance(entity, types.MethodType):
        return types.MethodType(made, entity.__self__)
    return made


class _Shallow:
    """The operators, but for calls: those run what they are given."""

    def __init__(self, operators):
        self._operators = operators

    def __getattr__(self, name):
        return getattr(self._operators, name)

    @staticmethod
    def call(f, /, *args, **kwargs):
        return f(*args, **kwargs)


def to_code(entity, *args, recursive=True, experimental_optional_features=None, **kwargs):
    """The converted source of a function, as a program that can be run; a str that notebooks show highlighted.

    entity: a function, decorated or not; a method, lambda, functools.partial or callable object. With arguments, it is
        traced for them (its side effects happen), and a comment above each control statement says what it became and why:
        `cond`, `while_loop` or Python.

    The program starts with the one import line it needs, and with the names it takes from where it is run. Variables of
    an enclosing function are parameters of a function written round it. TypeError for what is no Python function,
    SourceUnavailable where there is no source.

    >>> import autograph as ag
    >>> def halve(n):
    ...     while n > 1:
    ...         n = n // 2
    ...     return n
    >>> print(ag.to_code(halve))
    from autograph import operators as ag__
    def halve(n):                                               # L1
        def body_L2():                                          # L2
            nonlocal n                                          # L2
            n = n // 2                                          # L3
        ag__.while_stmt(lambda: n > 1, body_L2, ('n',), None)   # L2
        return n                                                # L4
    """
    from . import convert

    found = unwrap(entity, "to_code")
    notes, header = (None, "") if not (args or kwargs) else _witnessed(entity, found, args, kwargs)
    text = convert.to_code(found.fn, notes)
    if header:
        first, _, rest = text.partition("\n")
        text = f"{first}\n{header}\n{rest}"
    return Code((text + _partial(found)).rstrip("\n"))


class Unwrapped:
    """The Python function under an object, and what the object puts before and beside its arguments."""

    __slots__ = ("fn", "args", "keywords", "is_partial")

    def __init__(self, fn, args, keywords, is_partial):
        self.fn, self.args, self.keywords, self.is_partial = fn, args, keywords, is_partial


def unwrap(entity, who):
    """The Unwrapped of a function, method, partial or callable object.  TypeError if there is no Python function."""
    args, keywords, partial, given = (), {}, False, entity
    while True:
        if isinstance(entity, types.FunctionType):
            return Unwrapped(entity, args, keywords, partial)
        if isinstance(entity, Function):
            entity = entity.python_function
        elif isinstance(entity, ConcreteFunction):
            entity = entity._fn
        elif isinstance(entity, functools.partial):
            args, keywords, partial = (*entity.args, *args), {**entity.keywords, **keywords}, True
            entity = entity.func
        elif isinstance(entity, (types.MethodType, _core.Method)):
            args, entity = (entity.__self__, *args), entity.__func__
        elif isinstance(entity, (staticmethod, classmethod)):
            entity = entity.__func__
        elif isinstance(entity, functools._lru_cache_wrapper):
            entity = entity.__wrapped__
        elif isinstance(entity, type):
            raise TypeError(
                f"{who} takes a function, not the class {entity.__qualname__}: name one of its methods"
            )
        elif isinstance(getattr(type(entity), "__call__", None), (types.FunctionType, Function)):  # noqa: B004
            args, entity = (entity, *args), type(entity).__call__
        elif isinstance(entity, types.BuiltinFunctionType):
            raise TypeError(
                f"{who}: {entity.__name__}() is written in C, so there is no Python source to convert"
            )
        else:
            raise TypeError(
                f"{who} takes a Python function, method, lambda, partial or callable object, not {given!r}"
            )


def _partial(found):
    """The line that gives a functools.partial its arguments again."""
    if not found.is_partial:
        return ""
    from .convert.listing import literal

    fn = found.fn
    name = (
        f"lambda_L{fn.__code__.co_firstlineno}"
        if fn.__name__ == "<lambda>"
        else fn.__code__.co_name
    )
    names = fn.__code__.co_varnames
    first = "".join(f"{literal(v) or names[i]}, " for i, v in enumerate(found.args))
    keywords = "".join(f"{k!r}: {literal(v) or k}, " for k, v in found.keywords.items())
    more = f"{{{keywords}**kwargs}}" if keywords else "kwargs"
    return f"partial_{name} = lambda *args, **kwargs: {name}({first}*args, **{more})\n"


def _witnessed(entity, found, args, kwargs):
    """({line: [comments]}, header): what the statements of a function became in a trace of its own for these arguments."""
    from . import convert
    from .function import function
    from .staging.witness import Witness

    witness = Witness()
    made = function(found.fn, **(entity._options if isinstance(entity, Function) else {}))
    made._converted = convert.convert(found.fn, witness)
    concrete = made.get_concrete_function(*found.args, *args, **{**found.keywords, **kwargs})
    import re

    signature = re.sub(r" at 0x[0-9a-f]+>", ">", concrete.pretty_printed_signature())  # the text is the same in each process
    header, statements = f"# for {signature}", convert.statements(found.fn)
    left = concrete._concrete.info["python"]
    if left:
        why = left[0].replace("\n", "\n# ")
        line = re.search(r", line (\d+)", left[1])
        return witness.left(statements), f"{header}\n# runs as Python: {why}" + (f" (L{line[1]})" if line else "")
    return witness.comments(statements), header
