"""The clauses `except*` of a `try`, as one handler.

What is raised is known while tracing, if not whether it is: so Python itself splits it among the clauses, by a statement of as
many clauses that calls their functions, and makes the group of what they raise and of what nobody takes.
"""

import functools
import types

from .. import _core
from . import guards, names


def star(*clauses):
    """(classes, handler) of clauses, each of them the classes or a function that gives them, and a function of its group."""
    given = clauses[::2]

    def kinds():
        found = []
        for kind in map(_named, given):
            found += kind if isinstance(kind, tuple) else (kind,)
        return (*found, BaseExceptionGroup)

    return kinds, _Clauses(given, clauses[1::2])


class _Clauses:
    """A function of the exception."""

    def __init__(self, kinds, functions):
        self.kinds, self.functions = kinds, functions

    def __call__(self, error):
        passing = []  # what the tracer raises is none of the program's, and stays out of the group

        def clause(function, group):
            if passing:
                return
            graph = _core.current_graph()
            try:
                if graph is None:
                    function(group)
                else:
                    with guards.Guard(graph, None, "except*"):  # what the run alone may raise here would miss its group
                        function(group)
            except guards.PASSING as e:
                passing.append(e)

        kinds = [*map(_named, self.kinds)]
        try:
            _statement(len(kinds))(error, kinds, [functools.partial(clause, f) for f in self.functions])
        finally:
            if passing:
                raise passing[0] from None


def _named(kind):
    """The classes of a clause, which a function may give."""
    return names.made(kind) if isinstance(kind, types.FunctionType) else kind


@functools.cache
def _statement(count):
    """A function of an exception, classes and functions: the `try` statement with that many clauses."""
    lines = ["def split(error, kinds, clauses):", "    try:", "        raise error"]
    for k in range(count):
        lines += [f"    except* kinds[{k}] as group:", f"        clauses[{k}](group)"]
    space = {}
    exec(compile("\n".join(lines), __file__, "exec"), space)
    return space["split"]
