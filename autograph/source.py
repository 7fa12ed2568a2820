"""Showing the code that really runs."""

from .function import Function

__all__ = ["to_code", "to_graph"]


def to_graph(entity, recursive=True, experimental_optional_features=None):
    """The converted form of a function, as a function: on Python values it does what the original does, on traced ones it
    records. With recursive=False the functions it calls run as they are."""
    from . import convert, operators

    fn = entity.python_function if isinstance(entity, Function) else entity
    if not recursive:
        operators = _Shallow(operators)
    made = convert.convert(fn, operators)
    if made is fn:
        raise TypeError(f"{fn!r} is not converted: {convert.reason_not_converted(fn)}")
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
    """The converted source of a function, as a program that can be run.

    entity: a function, decorated or not. With arguments, each control statement is followed by what it became for them:
    `cond`, `while_loop` or Python.
    """
    from . import convert

    fn = entity.python_function if isinstance(entity, Function) else entity
    fn = getattr(fn, "__func__", fn)
    text = convert.to_code(fn)
    if args or kwargs:
        from .function import function

        compiled = entity if isinstance(entity, Function) else function(entity)
        text += "\n" + _staged(compiled.get_concrete_function(*args, **kwargs), fn)
    return text


def _staged(concrete, fn):
    """What each control statement became, with its loop variables."""
    from . import convert

    lines = [f"# {concrete.pretty_printed_signature()}"]
    staged = {}
    for op in concrete.graph.get_operations():
        if op.type in ("If", "While") and op.loc is not None:
            what = "cond" if op.type == "If" else "while_loop"
            kinds = ", ".join(str(t.dtype.name) + str(t.shape) for t in op.outputs)
            staged.setdefault(op.loc[1], []).append(f"{what} -> {kinds or 'nothing'}")
    for line, kind in convert.statements(fn):
        what = "; ".join(staged[line]) if line in staged else "Python (its value is known while tracing)"
        lines.append(f"# line {line}: {kind}: {what}")
    return "\n".join(lines) + "\n"
