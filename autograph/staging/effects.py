"""print, assert and raise in traced code: nodes that act when, and only when, the run reaches them.

Text of traced values: formatting a symbolic tensor (str, format, an f-string) gives a marker, two private-use characters
round the value's id and format specification. print, assert and raise cut their texts at the markers and fill in
the values of the run.
"""

import builtins
import functools
import io
import sys
import threading
import types
import weakref

from .. import _core, records, scalars
from . import arrays, journal, names, places, rollback, values

Tensor = _core.Tensor
BranchEnds, Leaves = rollback.BranchEnds, rollback.Leaves


@functools.cache
def marks():
    """The pattern of a marker of a traced value in a text."""
    import re  # not for traces without texts

    return re.compile("\ue000(c?)(\\d+):([^\ue001]*)\ue001")


AS_REPR = "repr"  # the specification of what stands in a container
AS_LIST = "list"  # the specification of a list whose length the run decides


def marker(tensor, spec=""):
    """The text that stands for a traced value."""
    return f"\ue000{tensor._value}:{spec}\ue001"


def list_marker(items):
    """The text that stands for a staged list."""
    if items.staged.row is not None and items.staged.row.is_dense:
        return marker(items.stack(), AS_LIST)
    choices = _core.current_graph().extra.setdefault("choices", [])
    choices.append(items)
    return f"\ue000c{len(choices) - 1}:\ue001"


def _choice_marker(tensor, spec):
    """The text that stands for one of several objects: which one only the run knows."""
    graph = _core.current_graph()
    if any(alt is journal.UNDEFINED for alt in tensor.alts):
        tensor = values.defined(tensor)
        if not isinstance(tensor, Tensor):
            return texts.formatted(tensor, spec)
        if tensor.alts is None:
            return marker(tensor, spec)
    choices = graph.extra.setdefault("choices", [])
    choices.append(tensor)
    return f"\ue000c{len(choices) - 1}:{spec}\ue001"


def _maybe_text(tensor):
    """The repr of one of several objects, by which marked() finds it; None outside of a trace."""
    graph = _core.current_graph()
    if graph is None:
        return None
    choices = graph.extra.setdefault("choices", [])
    choices.append(tensor)
    return f"<tf.Tensor 'one:{len(choices) - 1}' or another>"


_core.staged.update(choice_marker=_choice_marker, maybe_text=_maybe_text)


def has_marker(text):
    """Whether traced values are in a text."""
    return str.__contains__(text, "\ue000") or "\ue000" in marked(text)


def marked(text):
    """A text with markers for the values in it that show as tensors: those in a container, or behind %r."""
    if not str.__contains__(text, "<tf.Tensor "):
        return text
    graph = _core.current_graph()

    def found(shown):
        if shown[2]:
            return _choice_marker(graph.extra["choices"][int(shown[2])], AS_REPR)
        try:
            return marker(graph.get_tensor_by_name(shown[1]), AS_REPR)
        except KeyError:
            return shown[0]

    text = text if graph is None else _shown().sub(found, str.__str__(text))
    if "<tf.Tensor " in text and rollback.as_python():
        raise rollback.RunAsPython("the text of what only the run knows, in a container or behind %r", places.here())
    return text


@functools.cache
def _shown():
    import re

    return re.compile(r"<tf\.Tensor '(?:([^']+)' shape=\([^()]*\) dtype=\w+|one:(\d+)' or another)>")


def cut(text, graph, operands):
    """Splits text at markers: a list of str and (operand number or callable(run-time operands), spec)."""
    parts, at, text = [], 0, marked(str(text))
    for m in marks().finditer(text):
        if m.start() > at:
            parts.append(text[at : m.start()])
        if m[1]:
            parts.append((_abstract(graph.extra["choices"][int(m[2])], graph, operands), m[3]))
        else:
            parts.append((_operand(graph.tensor(int(m[2])), operands), m[3]))
        at = m.end()
    if at < len(text):
        parts.append(text[at:])
    return parts


def _operand(tensor, operands):
    for i, t in enumerate(operands):
        if t is tensor:
            return i
    operands.append(tensor)
    return len(operands) - 1


def _abstract(value, graph, operands, known=None):
    """A callable(run-time operands) -> the Python value, for a value that may hold traced ones.

    known: the objects that are met on the way, {id: (what makes it, ...)}."""
    if isinstance(value, Tensor) and value.is_symbolic:
        if value.alts is not None and any(alt is journal.UNDEFINED for alt in value.alts):
            value = values.defined(value)
            if not isinstance(value, Tensor):
                return lambda ops: value
        if value.alts is None:
            i = _operand(value, operands)
            return lambda ops: ops[i]
        alts, tag = [_abstract(alt, graph, operands, known) for alt in value.alts], _operand(value.tag, operands)
        payload = None if value.payload is None else _operand(value.payload, operands)
        return lambda ops: alts[int(ops[tag]) - 1](ops) if int(ops[tag]) else ops[payload]
    if isinstance(value, Tensor):
        i = _operand(_core.capture(value), operands)
        return lambda ops: ops[i]
    if isinstance(value, _trees.Choice):
        bound = value.defined("value")
        if bound is not value:
            return _abstract(bound, graph, operands, known)
        makers, tag = [_abstract(v, graph, operands, known) for v in value._options], _operand(value._tag, operands)
        return lambda ops: makers[int(ops[tag])](ops)
    if isinstance(value, _complexes.Complex):
        real, imag = [_abstract(part, graph, operands) for part in (value.real, value.imag)]
        return lambda ops: _complexes.make(real(ops), imag(ops))
    if isinstance(value, str) and has_marker(value):
        parts = cut(value, graph, operands)
        return lambda ops: _joined([p if isinstance(p, str) else _format(p, ops) for p in parts])
    if value is values.NEVER:
        return lambda ops: _refuse_never()
    kind = type(value)
    if isinstance(value, arrays.Array):
        i = _operand(value.tensor, operands)
        return lambda ops: ops[i].numpy() if isinstance(ops[i], Tensor) else ops[i]
    if getattr(value, "staged", None) is not None:
        reading = _heaps.Reading()
        make = reading.of(value)
        parts = [(_operand(t, operands), t.shape.rank) for t, _ in reading.parts]
        return lambda ops: make([ops[i].tolist() if rank else ops[i] for i, rank in parts], {})
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        makers = [_abstract(v, graph, operands, known) for v in value]
        return lambda ops: tuple.__new__(kind, [m(ops) for m in makers])
    if isinstance(value, list) or kind is tuple:
        makers = [_abstract(v, graph, operands, known) for v in value]
        made = list if kind is not tuple else tuple
        return lambda ops: made(m(ops) for m in makers)
    if kind is dict:
        makers = {k: _abstract(v, graph, operands, known) for k, v in value.items()}
        return lambda ops: {k: m(ops) for k, m in makers.items()}
    if isinstance(value, BaseException) and shows_traced(value.args):
        return exception_maker(value, graph, operands)
    changes = shows_traced(value) or journal.is_made(value) and _is_copied(kind)  # what is made here may change after this
    return _object_maker(value, graph, operands, known) if changes else lambda ops: value


def _refuse_never():
    raise RuntimeError("internal error of autograph: a value that no path of the function gives would be shown. Please report the function")


def _object_maker(value, graph, operands, known):
    """A callable(run-time operands) -> an object like one whose attributes the trace has changed, with those of the run. Of an older
    one, the others are what they are by then. An object that is met again, in itself or beside, is made once."""
    first, known = known is None, {} if known is None else known
    if id(value) in known:
        return known[id(value)][0]
    import copy  # not for traces without such

    kind, made_here, made = type(value), journal.is_made(value), {}  # made: {id of the run's operands: the object}
    put = dict.__setitem__ if type(getattr(kind, "__setitem__", None)) is types.FunctionType else getattr(kind, "__setitem__", None)

    def make(ops):
        if id(ops) in made:
            return made[id(ops)]
        new = made[id(ops)] = copy.copy(value) if isinstance(value, dict) and not made_here else kind.__new__(kind)
        try:
            for name, part in [] if made_here else _attributes(value):
                object.__setattr__(new, name, part)
            for name, part in makers.items():
                held = part(ops)
                if held is not journal.UNDEFINED:
                    object.__setattr__(new, name, held)
            for key, part in items.items():
                put(new, key, part(ops))
            return new
        finally:
            for _, others in known.values() if first else ():
                others.pop(id(ops), None)

    known[id(value)] = make, made
    items = {k: _abstract(v, graph, operands, known) for k, v in value.items()} if isinstance(value, dict) else {}
    now = {name: part for name, part in _attributes(value) if made_here or journal.is_changed(value, name) or shows_traced(part)}
    makers = {name: _part_maker(part, graph, operands, known) for name, part in now.items()}
    return make


def _part_maker(value, graph, operands, known):
    """As _abstract(), of an attribute, which may not be set in this run."""
    value = _trees.as_choice(value) if values.is_maybe(value) else value
    if not isinstance(value, _trees.Choice):
        return _abstract(value, graph, operands, known)
    makers, tag = [_part_maker(v, graph, operands, known) for v in value._options], _operand(value._tag, operands)
    return lambda ops: makers[int(ops[tag])](ops)


def _is_copied(kind):
    """Whether the objects of a class are shown as copies of what they are at that point of the run."""
    return methods.is_users(kind) and kind.__new__ is (dict.__new__ if issubclass(kind, dict) else object.__new__)


def _attributes(value):
    return zip(*records.held(value))


def is_said_at_once(value, seen=None):
    """Whether the text of a value must be made by the trace: that of an object whose class makes it by a method that acts, or of what
    the trace knows and the object does not hold."""
    seen, kind = set() if seen is None else seen, type(value)
    if kind in values.PLAIN and kind is not tuple or isinstance(value, Tensor) or id(value) in seen:
        return False
    seen.add(id(value))
    if getattr(value, "staged", None) is not None:
        return False
    if isinstance(value, _trees.Choice):
        return any(is_said_at_once(v, seen) for v in value._options)
    if isinstance(value, (list, tuple, dict)):
        return any(is_said_at_once(v, seen) for v in (value.values() if isinstance(value, dict) else value))
    if not methods.is_users(kind):
        return False
    makers = [method for name in texts.METHODS if (method := methods.own(value, name)) is not None]
    if acting.learn(kind, texts.METHODS) or any(any(map(traced, reach.cells_of(method).values())) for method in makers):
        return True
    return any(is_said_at_once(part, seen) for _, part in _attributes(value))


def shows_traced(value, seen=None):
    """Whether a value's text may show something of the trace: it is traced, or an object that holds such or was changed by the trace.

    seen: the ids of what has been looked at."""
    if traced(value):
        return True
    seen = set() if seen is None else seen
    if type(value) in values.PLAIN and type(value) is not tuple or id(value) in seen:
        return False
    seen.add(id(value))
    if isinstance(value, (list, tuple, dict)):
        if any(shows_traced(v, seen) for v in (value.values() if isinstance(value, dict) else value)):
            return True
    kind = type(value)
    if isinstance(value, BaseException):
        return shows_traced(value.args, seen)
    if not _is_copied(kind):
        return False
    return any(journal.is_changed(value, name) or shows_traced(part, seen) for name, part in _attributes(value))


def exception_maker(exception, graph, operands):
    """A callable(run-time operands) -> an exception like one that holds traced values."""
    args = _abstract(exception.args, graph, operands)
    fields = {k: _abstract(v, graph, operands) for k, v in vars(exception).items()}
    kind, cause, context, quiet = type(exception), exception.__cause__, exception.__context__, exception.__suppress_context__

    def make(ops):
        values = args(ops)
        made = kind.__new__(kind, *values)
        made.args = values
        for name, field in fields.items():
            setattr(made, name, field(ops))
        made.__cause__, made.__context__, made.__suppress_context__ = cause, context, quiet
        return made

    return make


def _joined(parts):
    text = "".join(parts)
    return texts.text(text) if "\ue000" in text else text


def _format(part, ops):
    what, spec = part
    value = what(ops) if callable(what) else ops[what]
    value = value.item() if isinstance(value, (scalars.Int, scalars.Float)) else value
    if isinstance(value, Tensor) and value.is_symbolic:  # an exception made again in the trace
        return marker(value, spec)
    if spec == AS_REPR:
        return repr(_as_numpy(value) if isinstance(value, Tensor) else value)
    return str(value.tolist()) if spec == AS_LIST else format(value, spec)


def text_of(value, graph, operands):
    """A callable(run-time operands) -> the str that a text with markers stands for."""
    make = _abstract(value, graph, operands)
    return lambda ops: str.__str__(make(ops))


def traced(value, within=()):
    """True when a value holds something of the trace; `within`: the ids of what holds the value, which it may hold."""
    if isinstance(value, Tensor):
        return value.is_symbolic
    if isinstance(value, (_trees.Choice, _complexes.Complex)):
        return True
    if isinstance(value, str):
        return has_marker(value)
    if isinstance(value, arrays.Array):
        return True
    if getattr(value, "staged", None) is not None:
        return True
    if isinstance(value, list) or type(value) in (tuple, dict):
        if id(value) in within:
            return False
        within = (*within, id(value))
        return any(traced(v, within) for v in (value.values() if type(value) is dict else value))
    return isinstance(value, BaseException) and traced(value.args, within)


# ---- print ------------------------------------------------------------------------------------------


def staged_print(graph, args, kwargs):
    sep, end = kwargs.get("sep"), kwargs.get("end")
    sep, end = " " if sep is None else sep, "\n" if end is None else end
    file, flush = kwargs.get("file"), kwargs.get("flush", False)
    unknown = set(kwargs) - {"sep", "end", "file", "flush"}
    if unknown or not isinstance(sep, str) or not isinstance(end, str):
        return builtins.print(*args, **kwargs)  # raises Python's own error
    operands = []
    stream = {None: 0, sys.stdout: 0, sys.stderr: 1}.get(file)
    plain = stream is not None and all(isinstance(a, (str, int, float, bool, type(None))) or _plain(a) for a in args)
    if plain:
        text, inputs = [], []
        for i, a in enumerate(args):
            if i:
                text.append(sep)
            for part in [(a, "")] if _plain(a) else cut(str(a), graph, operands):
                if isinstance(part, str):
                    text.append(part)
                    continue
                what, spec = part
                plain = plain and not spec and not callable(what)
                text.append("\1")
                inputs.append(what if isinstance(what, Tensor) else operands[what] if plain else None)
        text.append(end)
        plain = plain and _is_template(text, inputs)
    if plain:
        _core.op("PRINT", inputs, {"text": "".join(text), "stream": stream})
        return None
    operands = []
    make = _abstract(tuple(args), graph, operands)

    def show(*ops):
        now = file if stream is None else (sys.stdout, sys.stderr)[stream]  # as it is when the line is printed
        builtins.print(*make([_as_numpy(op) for op in ops]), sep=sep, end=end, file=now, flush=flush)

    site = graph.add_site(show)
    _core.op("CALLBACK", operands, {"site": site}, 0)
    return None


def _is_template(pieces, inputs):
    """Whether each \\1 in these stands for an operand: the user's text may have one of its own."""
    return "".join(pieces).count("\1") == len(inputs)


def staged_log(graph, f, args, kwargs):
    """f(*args, **kwargs) of the module logging, when the run comes there. The record names the line that called the function."""
    error = sys.exc_info()[1]
    if error is not None and kwargs.get("exc_info", f.__name__ == "exception") is True:
        kwargs = {**kwargs, "exc_info": error}
    staged_call(graph, f, args, {**kwargs, "stacklevel": kwargs.get("stacklevel", 1) + 1})


def staged_call(graph, f, args, kwargs, numpys=True):
    """f(*args, **kwargs) as Python, when the run comes there, for what it does. numpys: tensors are NumPy's arrays there."""
    operands = []
    make = _abstract((tuple(args), kwargs), graph, operands)
    given_as = _as_numpy if numpys else _as_number

    def call(*ops):
        given, named = make([given_as(op) for op in ops])
        f(*given, **named)

    _core.op("CALLBACK", operands, {"site": graph.add_site(call)}, 0)


def _as_number(tensor):
    """A run-time operand as the Python number that it stands for; other tensors as they are."""
    return tensor.tolist() if tensor.shape.rank == 0 and (tensor.weak or tensor.dtype.name == "bool") else tensor


def _as_numpy(tensor):
    """A run-time operand as what plain Python prints: a number, or NumPy's array or scalar."""
    value = _as_number(tensor)
    if value is not tensor:
        return value
    if tensor.dtype.name == "string" and tensor.shape.rank == 0:
        return tensor.tolist()
    try:
        return tensor.numpy()[()]
    except ImportError:
        return tensor


def hold_print(graph, args, kwargs):
    """print() of a text that is known while tracing: said when the trace is done, for a trace that starts again says it again."""
    text = io.StringIO()
    file, flush = kwargs.pop("file", None), kwargs.pop("flush", False)
    builtins.print(*args, **kwargs, file=text)
    journal.note_change()
    graph.extra["said"].append((file, text.getvalue(), flush))


class Held:
    """A context round code that is not converted: what this thread prints in it, a print() of the function says."""

    def __init__(self):
        self.text, self.thread = [], threading.get_ident()

    def __enter__(self):
        self.real, sys.stdout = sys.stdout, self

    def __exit__(self, *exc):
        sys.stdout = self.real
        if self.text:
            from .calls import print_

            print_("".join(self.text), end="")
        return False

    def write(self, text):
        if threading.get_ident() != self.thread:
            return self.real.write(text)
        self.text.append(text)
        return len(text)

    def __getattr__(self, name):
        return getattr(self.real, name)


def held(graph, items):
    """The items of a generator, which may print when it goes on; other iterators as they are."""
    if not isinstance(items, types.GeneratorType) or "said" not in graph.extra:
        return items
    return _held(items)


def _held(items):
    while True:
        with Held():
            try:
                item = next(items)
            except StopIteration:
                return
        yield item


def say(graph):
    """Prints what hold_print() has kept."""
    for file, text, flush in graph.extra["said"]:
        builtins.print(text, end="", file=file, flush=flush)
    graph.extra["said"].clear()


def _plain(value):
    return isinstance(value, Tensor) and value.is_symbolic and value.alts is None


# ---- assert -----------------------------------------------------------------------------------------


def _said(message):
    """The text of an assertion's message, with markers for the traced values in it."""
    said = "" if message is None else message()
    return marker(said) if isinstance(said, Tensor) and said.is_symbolic and said.alts is None else str(said)


SHORT, NUMBER = 400, 30  # bytes that an error of the run can hold, and that the text of one number takes at most


def staged_assert(graph, test, message):
    """test: a traced 0-d bool; message: a callable or None."""
    operands, pieces, inputs, plain = [], [], [], True
    if tries.catcher(graph, AssertionError):
        from .conditionals import staged_if

        staged_if(graph, test, None, lambda: staged_raise(graph, AssertionError(*([] if message is None else [message()]))), [])
        return
    mark, ops = graph.mark(), graph.n_ops
    try:
        text = _said(message)
        alone = graph.n_ops == ops
    except _core.PinRequired:
        raise
    except Exception:  # Python evaluates the message only when the assertion fails
        alone = False
    if not alone:
        from .conditionals import staged_if

        graph.undo(mark)
        staged_if(graph, test, None, lambda: staged_raise(graph, _core.AssertionFailed(_said(message))), [])
        return
    for part in cut(text, graph, operands):
        if isinstance(part, str):
            pieces.append(part)
            continue
        what, spec = part
        plain = plain and not spec and not callable(what) and operands[what].shape.rank == 0
        pieces.append("\1")
        inputs.append(None if callable(what) else operands[what])
    if plain and _is_template(pieces, inputs) and len("".join(pieces).encode()) + NUMBER * len(inputs) < SHORT:
        _core.op("ASSERT", [test, *inputs], {"text": "".join(pieces)})
        return
    from .conditionals import staged_if

    error = _core.AssertionFailed(text)
    staged_if(graph, test, None, lambda: staged_raise(graph, error), [])


# ---- raise ------------------------------------------------------------------------------------------


def staged_raise(graph, exception):
    """Records the exception; its traced arguments become operands. Ends the branch."""
    if exception.__context__ is None and sys.exc_info()[1] is not exception:
        exception.__context__ = sys.exc_info()[1]
    if tries.leave(graph, exception):
        raise Leaves
    _record(graph, exception)
    raise BranchEnds


def _record(graph, exception, found_at=None):
    """The RAISE of an exception that may hold traced values."""
    operands = []
    maker = exception_maker(exception, graph, operands)

    def make(*ops):
        return maker([_as_number(op) for op in ops]).with_traceback(found_at)

    make.kind = type(exception)
    _core.op("RAISE", operands, {"site": graph.add_site(make)})


def defer(graph, exception):
    """An error found while tracing a branch: raised by the run that takes the branch. Returns how the branch ends."""
    exception = names.as_python_says(exception)
    if tries.leave(graph, exception):
        return Leaves
    if shows_traced(exception.args) or shows_traced(vars(exception)):
        _record(graph, exception, exception.__traceback__)
        return BranchEnds
    if not getattr(exception, "_ag_place", None):
        exception._ag_place = places.here()
    found_at = exception.__traceback__
    if rollback.may_run_plainly(graph, exception):
        graph.extra["doubted"] = exception
    function = weakref.ref(graph.extra["function"]) if "function" in graph.extra else lambda: None
    # A name or attribute may have come to exist by the next call, so that this trace must not serve it.
    passing = isinstance(exception, (NameError, AttributeError)) and not isinstance(exception, UnboundLocalError)

    def make():
        if passing and function() is not None:
            cache = function()._cache
            cache[:] = [c for c in cache if c.graph is not graph]
        return exception.with_traceback(found_at)

    make.kind = type(exception)
    _core.op("RAISE", [], {"site": graph.add_site(make)})
    return BranchEnds


def acted(graph):
    """True when the run does something the user can see before this point, or may fail: an error must not overtake it."""
    from . import guards

    acts = guards.ACTS | {"If", "While"}
    if any(op.type in acts for op in graph.get_operations()):
        return True
    return any(guards.fails_with(graph, op) is not None for op in graph.raising(1))


def shows(graph):
    """Whether the run prints or calls out."""
    return any(op.type in ("PrintV2", "PyFunc", "ForeignCall") for op in graph.raising(1))


def in_branch():
    return journal.depth() > 0


from . import complexes as _complexes  # noqa: E402
from . import heaps as _heaps  # noqa: E402
from . import acting, methods, reach, texts, tries  # noqa: E402 - they are asked first
from . import trees as _trees  # noqa: E402 - its texts are made here
