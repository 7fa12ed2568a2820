"""What a trace cannot hold runs as Python after all: the one place where that is decided.

A trace holds numbers, arrays and structures of them whose form stands still. A loop that builds a string, fills a dictionary or
links objects gives another form at each turn. Whoever meets such a thing says `raise cannot(TypeError(...))`, and what is
raised is, in this order:

1. RunAsPython, where all arguments are Python objects and nothing but numbers has been computed: there is nothing to gain from a
   graph, so the function itself runs, at each call.
2. PinRequired, where numbers given as arguments decide the branches and loops around: these become static, the loops unroll.
3. The error, where a tensor decides. It is none of the program's: no handler of the function meets it (guards.pass_refusals).
   Where the tensors are NumPy arrays given as arguments, and no other is in reach, plain Python runs the call (plain.py).

Before the last, lists of many numbers among the arguments, each of which is one input, become an input for each item.

Errors that Python itself raises in the trace on traced values (an attribute that a Tensor has not, an operand that it does
not take) go the first way as well: the run as Python raises them again if the program does.
"""

from .. import _core
from . import journal, places, reach


class RunAsPython(BaseException):
    """The function runs unconverted: (why, the user's place), and what tells this call from the next where that is traced."""


class BranchEnds(BaseException):
    """The traced branch raises here: nothing after this point runs."""


class Leaves(BranchEnds):
    """It raises what a `try` outside of it deals with (tries.py): the places keep what they hold here."""


class TakeApart(BaseException):
    """The trace starts again with an input for each item of these lists of the arguments: {pin: path}, why."""


class Learn(BaseException):
    """The trace starts again: it is known better now which lists live in heaps, or what they hold (heaps.py)."""


def cannot(error, *deciders):
    """What to raise where the trace cannot hold something.

    error: for the user, where nothing else is possible. deciders: the traced conditions and loop keys that have to be Python's
    for the thing to be held; by default those of all staged bodies around."""
    graph = _core.current_graph()
    error._ag_refused = True
    if graph is None or "leaves" not in graph.extra:
        return error
    if numbers_only(graph) or not (graph.extra["leaves"].inputs or graph.get_operations()):
        return RunAsPython(first_line(error), places.here())
    params, loops = set(), set()
    for decider in deciders or journal.deciders():
        if not isinstance(decider, _core.Tensor):
            loops.add(decider)
            continue
        if not decider.is_symbolic:  # known: a turn of an unrolled loop
            continue
        found = _core.sources(decider)
        if found is None:
            return error
        params |= found[0]
        loops |= found[1]
    if not params and not loops:
        return error
    return _core.PinRequired(frozenset(params), frozenset(loops), "a Python value", error)


_OF_A_TRACE = (TypeError, AttributeError, NotImplementedError, ValueError)


def may_run_plainly(graph, error):
    """Whether a trace that ends with this error may be a plain call as well (plain.py): one of NumPy arrays, in reach of no tensor."""
    if not isinstance(error, (*_OF_A_TRACE, RecursionError)) or getattr(error, "_ag_meant", False) or "leaves" not in graph.extra:
        return False
    if "dtypes differ, " in str(error):  # arrays have TensorFlow's rule, whatever plain Python does
        return False
    function, leaves = graph.extra["function"], graph.extra["leaves"]
    if function._signature is not None or function._must_compile:
        return False
    arrays = [i for i in leaves.inputs if not i.weak]
    if not arrays and leaves.unheld is None or not all([i.is_array for i in arrays]) or reaches_tensors(graph.extra):
        return False
    error._ag_plainly = True
    return True


def check(error):
    """Called with what Python raised while a body was traced: goes the first way where it may be the trace's own fault."""
    graph = _core.current_graph()
    if not isinstance(error, _OF_A_TRACE) or graph is None:
        return
    if getattr(error, "_ag_meant", False):  # the program raises it
        return
    if "leaves" not in graph.extra:
        return
    if isinstance(error, AttributeError) and error.name in ("fill", "sort", "partition", "put") and isinstance(error.obj, _core.Tensor):
        raise cannot(
            TypeError(
                f"{error.name}() changes an array that is older than the call: bind a new one, as in y = np.array(y), or keep what changes "
                f"in a tf.Variable{place_of(error)}"
            )
        ) from None
    if numbers_only(graph):
        raise RunAsPython(first_line(error), getattr(error, "_ag_place", None) or place_of(error)) from None
    lists = graph.extra["leaves"].paths()
    if lists:
        raise TakeApart(lists, first_line(error)) from error


def as_python():
    """Called before something that has a meaning in Python but none in a graph, such as random.random(): goes the first way."""
    graph = _core.current_graph()
    return graph is not None and "leaves" in graph.extra and numbers_only(graph)


def _too_large(what, number):
    """Called where an int of more than 64 bits meets a traced value: goes the first way, or says which option does."""
    if as_python():
        raise RunAsPython(f"{what}: an int has more than 64 bits", places.here())
    error = OverflowError(f"{what}: {number} does not fit int64{places.here()}")
    error.add_note(
        "Integers of compiled code have 64 bits. @autograph.function(numbers='static') leaves int arguments to Python, whose integers "
        "have no limit."
    )
    raise error


def _alternative_too_large(name, number, tag, surely):
    """Called where a variable that is such an int, or by its tag may be one, is needed as a number: what the run says if it is."""
    text = (
        f"'{name}' is {number} here, and integers of compiled code have 64 bits: a branch or loop gives it that value or another one, "
        f"so keep it below 2**63, or make it a float"
    )
    found = cannot(OverflowError(text + places.here()), tag)
    if surely or not isinstance(found, OverflowError):
        raise found
    return text


_core.staged.update(too_large=_too_large, alternative_too_large=_alternative_too_large)


def numbers_only(graph):
    """Whether the arguments are Python objects, and the graph computes numbers alone: with no traced number among the arguments,
    only where the function reaches no tensor, and its numbers are not TensorFlow's."""
    inputs = graph.extra["leaves"].inputs
    if not all(i.weak for i in inputs) or not inputs and reaches_tensors(graph.extra):
        return False
    for op in graph.get_operations():
        for out in op.outputs:
            name = out.dtype.name
            if name not in _NUMBERS and not (name == "int32" and out.shape.rank == 0) and not (name == "complex128" and out.weak):
                return False
    return True


def reaches_tensors(extra):
    """Whether a tensor is within reach of the function and its arguments; asked once for each trace."""
    known = extra.get("reaches")
    if known is None:
        statics = [value for _, value in extra["leaves"].statics if value is not _core.UNDEFINED]
        function = extra["function"]
        known = extra["reaches"] = function._all_static or reach.tensors([function.python_function, *statics])
    return known


_NUMBERS = ("int64", "float64", "bool")  # numbers, and what lists of them are kept in; int32 are tags


def line_of(error):
    """The number of the user's line that an error came from, or None."""
    found = _last_of_user(error)
    return None if found is None else found.tb_lineno


def _last_of_user(error):
    found, tb = None, error.__traceback__
    while tb is not None:
        if not places.is_ours(tb.tb_frame):
            found = tb
        tb = tb.tb_next
    return found


def place_of(error):
    """The user's line that an error came from, as places.here() says it."""
    found = _last_of_user(error)
    return places.here() if found is None else places.text_of(found.tb_frame.f_code, found.tb_lineno, found.tb_frame.f_globals)


def first_line(error):
    return str(error).partition("\n")[0] or type(error).__name__
