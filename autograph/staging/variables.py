"""Variables made while tracing: once, in the first call, on an object that outlives it.

Making a variable happens while tracing, not when the trace runs, so a function that makes one in every call would mean another
thing compiled than as plain Python. What is allowed is `if self.v is None: self.v = Variable(...)`: a first call that makes
variables is traced a second time, which must make none. A first call that computes what a variable begins with is made by
Python, and the next one is traced.
"""

import weakref

from .. import _core
from . import journal, places, rollback

_PLAIN = (bool, str, bytes, complex, int, float, type(None), type(...))


def created(variable):
    """Called by the Variable type for each new one: ValueError where a trace may not make it."""
    graph = _core.current_graph()
    if graph is None or "variables" not in graph.extra:
        return
    _check_first(graph)
    graph.extra["variables"].append(variable)


def computed():
    """Called by the Variable type where the initial value is a tensor of the trace: it raises."""
    graph = _core.current_graph()
    function = None if graph is None or "variables" not in graph.extra else graph.extra["function"]
    if function is None or function._must_compile or function._signature is not None:  # Python would not cast to that
        raise ValueError(
            "the initial value of a variable must be known when it is created: a symbolic tensor is not. "
            f"Create the variable outside of the function{places.here()}"
        )
    _check_first(graph)
    why = "a first call that computes the initial value of a tf.Variable"
    raise rollback.RunAsPython(why, places.here(), object())  # this call alone


def _check_first(graph):
    """ValueError where the trace may not make a variable."""
    function, leaves = graph.extra["function"], graph.extra["leaves"]
    name = getattr(function.python_function, "__qualname__", "the function")
    if journal.depth():
        raise ValueError(
            f"{name}() creates a tf.Variable in a branch or loop that depends on a traced value: it would be made while tracing, "
            f"whether the branch is taken or not. Create it before the function is called{places.here()}"
        )
    if function._second_trace or _traced_before(function, leaves):
        raise ValueError(
            f"{name}() creates a tf.Variable in a non-first call: a compiled function makes its variables (singletons) once. "
            f"Create it outside, or keep it on an object that outlives the call: `if self.v is None: self.v = tf.Variable(...)`"
            f"{places.here()}"
        )


def _traced_before(function, leaves):
    """Whether an earlier trace had the same owner: a method's first call is counted for each object."""
    owner = next((value for _, value in leaves.statics if _is_owner(value)), None)
    for h in function._history:
        before = next((fixed.owner() for fixed in h["info"]["statics"] if fixed.owner is not None), None)
        if before is owner:
            return True
    return False


def _is_owner(value):
    return type(value) not in _PLAIN and not isinstance(value, _core.Variable)


def owner_reference(value):
    """A callable that gives an object back while it lives; None for what variables are not kept on."""
    if not _is_owner(value):
        return None
    try:
        return weakref.ref(value)
    except TypeError:
        return lambda: value


_core.staged.update(variable_created=created, variable_computed=computed)
