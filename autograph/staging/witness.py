"""What each control statement of one function became in one trace, and why: the operators, with notes taken.

`Witness()` stands for the operators module in the conversion of one function, so its own statements are seen and those
of the functions it calls are not. A loop traced several times until its types hold still keeps the notes of the last.
"""

import sys

from .. import _core, operators
from . import arrays, contexts, heaps, journal, lists, loops, trees, tries

Tensor = _core.Tensor


class Note:
    """One run of one statement while tracing."""

    __slots__ = ("line", "kind", "form", "why", "times", "places")

    def __init__(self, line, kind, form, why, times=None, places=()):
        self.line, self.kind = line, kind
        self.form = form  # "cond", "while_loop" or "Python"
        self.why = why
        self.times = times  # iterations that ran as Python
        self.places = places  # [(name, type as text)]


class Witness:
    """The operators; `notes` tells what they did."""

    def __init__(self):
        self.notes, self.graph = [], None

    def __getattr__(self, name):
        return getattr(operators, name)

    def add(self, *note):
        self.notes.append(Note(sys._getframe(2).f_lineno, *note))

    def start(self):
        """The number of notes so far; a trace that starts again forgets those of the one before."""
        graph = _core.current_graph()
        if graph is not self.graph:
            self.notes, self.graph = [], graph
        return len(self.notes)

    def comments(self, statements):
        """{line: [comment]} for [(line, kind)] of a function."""
        found = {}
        for line, kind in dict.fromkeys(statements):
            noted = "if" if kind == "case" else kind
            notes = [n for n in self.notes if n.line == line and n.kind == noted]
            if kind == "with" and not notes:
                continue  # it lets every exception pass
            texts = said(notes) if notes else [PYTHONS.get(kind, "not reached while tracing")]
            found.setdefault(line, []).extend(f"L{line} {kind}: {text}" for text in texts)
        return found

    def left(self, statements):
        """As comments(), of a function whose trace was given up."""
        return {
            line: [f"L{line} {kind}: Python, because the function runs as Python"]
            for line, kind in statements
        }

    def if_stmt(self, cond, then, orelse, state):
        self.start()
        operators.if_stmt(cond, then, orelse, state)
        if is_traced(cond):
            self.add(
                "if",
                "cond",
                traced_text("its condition", cond),
                None,
                places_of((then, orelse), state),
            )
        else:
            self.add("if", "Python", f"its condition is {short(cond)} while tracing")

    def if_ret(self, cond, then, orelse, state):
        self.start()
        result = operators.if_ret(cond, then, orelse, state)
        if is_traced(cond):
            places = [("returns", type_text(result)), *places_of((then, orelse), state)]
            self.add("if", "cond", traced_text("its condition", cond), None, places)
        else:
            self.add("if", "Python", f"its condition is {short(cond)} while tracing")
        return result

    def if_exp(self, cond, then, orelse):
        self.start()
        result = operators.if_exp(cond, then, orelse)
        if is_traced(cond):
            self.add(
                "conditional expression",
                "cond",
                traced_text("its condition", cond),
                None,
                [("gives", type_text(result))],
            )
        else:
            self.add(
                "conditional expression", "Python", f"its condition is {short(cond)} while tracing"
            )
        return result

    def and_(self, value, *operands):
        return self.logic("and", operators.and_, value, operands)

    def or_(self, value, *operands):
        return self.logic("or", operators.or_, value, operands)

    def logic(self, kind, operator, value, operands):
        """`and`, `or`: an operand that is traced makes a branch of those after it."""
        self.start()
        found = [value]

        def watched(operand):
            def run():
                found.append(operand())
                return found[-1]

            return Part(operand, run)

        result = operator(value, *map(watched, operands))
        decides = next((v for v in found[: len(operands)] if is_traced(v)), None)
        if decides is None:
            why = f"{short(found[-1])} decides while tracing" if len(found) <= len(operands) else "its operands are known while tracing"
            note = "Python", why, None, ()
        else:
            note = "cond", traced_text("an operand", decides), None, [("gives", type_text(result))]
        self.notes.append(Note(sys._getframe(2).f_lineno, kind, *note))
        return result

    def try_stmt(self, body, orelse, final, state, *handlers):
        self.start()
        depth, before, caught = journal.depth(), sys.exc_info()[1], []

        def handler(fn):
            def run(error):
                caught.append((fn, error, journal.depth() > depth))
                return fn(error)

            return Part(fn, run)

        def clean_up():
            error = sys.exc_info()[1]
            if error is not before:
                caught.append((final, error, journal.depth() > depth))
            return final()

        asked = [handler(h) if i % 2 else h for i, h in enumerate(handlers)]
        try:
            return operators.try_stmt(body, orelse, final and Part(final, clean_up), state, *asked)
        finally:
            staged = [c for c in caught if c[2]]
            if staged:
                functions = tries.functions_of(body, *handlers[1::2], orelse, final)
                self.add("try", "cond", f"the run may meet {ways(staged)}", None, places_of(functions, state))
            elif caught:
                self.add("try", "Python", f"tracing meets {ways(caught)}")
            else:
                self.add("try", "Python", "nothing that it deals with can come in the run")

    def with_stmt(self, manager, body, aside, state):
        self.start()
        if contexts.is_watched(manager):
            self.add("with", "Python", "it may put exceptions aside: what may fail in it must be known while tracing")
        return operators.with_stmt(manager, body, aside, state)

    def listcomp(self, iterable, element, cond=None, unpack=None):
        watch = Watch(self)
        why = source_text(iterable)
        result = operators.listcomp(iterable, watch.body(element), cond, unpack)
        if watch.recorded():
            self.add("comprehension", "while_loop", f"it goes through {why}", None, [("gives", type_text(result))])
        else:
            self.add("comprehension", "Python", f"it goes through {why}", watch.times)
        return result

    def while_stmt(self, test, body, state, left=None, opts=None):
        watch = Watch(self)
        asked = watch.test(test, _core.until(test, body, left))
        operators.while_stmt(asked, watch.body(body), state, None, opts)
        if watch.recorded():
            self.add(
                "while",
                "while_loop",
                traced_text("its condition", watch.condition),
                watch.times,
                loop_places((test, body), state),
            )
        else:
            self.add(
                "while",
                "Python",
                f"its condition is {short(watch.condition)} while tracing",
                watch.times,
            )

    def for_stmt(self, iterable, body, state, left=None, opts=None):
        watch = Watch(self)
        why = source_text(iterable)
        test = left and watch.test(body, _core.until(None, body, left))
        operators.for_stmt(iterable, watch.body(body), state, test, opts)
        if watch.recorded():
            if type(iterable) is range:
                long = len(iterable) > operators.PEEL_ABOVE
                why += f", longer than {operators.PEEL_ABOVE}" if long else ", whose body is long"
            self.add(
                "for",
                "while_loop",
                f"it loops over {why}",
                watch.times,
                loop_places((body,), state),
            )
        else:
            why += ", and a traced condition leaves it" if watch.staged else ""
            self.add("for", "Python", f"it loops over {why}", watch.times)

    def assert_(self, test, message):
        self.start()
        operators.assert_(test, message)
        if is_traced(test):
            self.add("assert", "Assert", "its condition is traced: each run checks it")
        else:
            self.add("assert", "Python", f"its condition is {short(test)} while tracing")

    def raise_(self, exception, cause):
        self.start()
        if journal.depth():
            self.add(
                "raise",
                "Raise",
                "it stands in a traced branch or loop: raised by the run that comes here",
            )
        else:
            self.add("raise", "Python", "it is reached while tracing")
        return operators.raise_(exception, cause)


class Watch:
    """Counts the turns of one loop, by Python or staged, and keeps the notes of the last staged turn alone."""

    def __init__(self, witness):
        self.witness, self.first = witness, witness.start()
        self.last = self.first  # where the notes of the body begin
        self.depth = journal.depth()
        self.times, self.staged, self.condition = 0, False, None
        self.behind, self.dropped = 0, []  # turns in staged bodies, and the notes of all but the last of these
        self.forget()

    def forget(self):
        graph = _core.current_graph()
        if graph is not None:
            graph.extra.pop("carried", None)

    def drop(self, at):
        self.dropped += self.witness.notes[at:]
        del self.witness.notes[at:]

    def recorded(self):
        """Whether the loop is one of the graph. Else its turns were unrolled, those behind a traced condition that leaves it too."""
        graph = _core.current_graph()
        carried = None if graph is None else graph.extra.get("carried")
        if self.staged and (carried is None or carried[0] != self.depth):
            self.times += self.behind
            self.witness.notes[self.first : self.first] = self.dropped
            return False
        return self.staged

    def test(self, fn, asks):
        """The test of the loop, `asks`, with the code and cells of `fn`."""

        def run():
            staged = journal.depth() > self.depth
            if staged:
                self.drop(self.first)
            self.condition = asks()
            if staged:
                self.last = len(self.witness.notes)
            return self.condition

        return Part(fn, run)

    def body(self, fn):
        """`fn`, the body of the loop or the element of a comprehension."""

        def run(*args):
            if journal.depth() > self.depth:
                self.staged, self.behind = True, self.behind + 1
                self.drop(self.last)
            else:
                self.times += 1
            result = fn(*args)
            if journal.depth() == self.depth:
                self.first = self.last = len(self.witness.notes)
                self.forget()
            return result

        return Part(fn, run)


class Part:
    """A generated function that is watched: its code and cells are those of the function."""

    __slots__ = ("fn", "run")

    def __init__(self, fn, run):
        self.fn, self.run = fn, run

    def __call__(self, *args):
        return self.run(*args)

    def __getattr__(self, name):
        return getattr(self.fn, name)


# ---- texts --------------------


# Statements that stay as they are.
PYTHONS = {
    "match": "Python, because its patterns take the subject apart",
    "set comprehension": "Python, because only lists are made by the run",
    "dict comprehension": "Python, because only lists are made by the run",
}

SHOWN = 3  # different fates of one statement


def said(notes):
    """The texts of what one statement became; those that are alike, one."""
    counts = {}
    for n in notes:
        text = one(n)
        counts[text] = counts.get(text, 0) + 1
    texts = [text + (f" ({count} times)" if count > 1 else "") for text, count in counts.items()]
    if len(texts) > SHOWN:
        texts[SHOWN:] = [f"and {len(texts) - SHOWN} more ways"]
    return texts


def one(note):
    text = note.form
    if note.form == "Python" and note.times is not None:
        text += ", unrolled: 1 time" if note.times == 1 else f", unrolled: {note.times} times"
    elif note.form == "while_loop" and note.times:
        text += f" after {note.times} turn{'s' if note.times > 1 else ''} in Python"
    text += f", because {note.why}"
    if note.places:
        text += "; " + ", ".join(f"{name}: {kind}" for name, kind in note.places)
    return text


def ways(caught):
    """What came, where, and the first line of what deals with it."""
    texts = []
    for fn, error, _ in caught:
        code = fn.__code__
        line = None
        tb = error.__traceback__
        while tb is not None:
            if tb.tb_frame.f_code.co_filename == code.co_filename:
                line = tb.tb_lineno
            tb = tb.tb_next
        body = [at for *_, at in code.co_lines() if at and at != code.co_firstlineno]  # hoisted, its def has the line of the loop
        dealt = min(body, default=code.co_firstlineno)
        texts.append(f"{type(error).__name__}{f' in line {line}' if line else ''}, dealt with in line {dealt}")
    texts = list(dict.fromkeys(texts))
    if len(texts) > SHOWN:
        texts[SHOWN:] = [f"and {len(texts) - SHOWN} more"]
    return "; ".join(texts)


def is_traced(value):
    return isinstance(value, Tensor) and value.is_symbolic


def traced_text(what, value):
    return f"{what} is a traced {type_text(value)}"


def places_of(functions, state):
    """[(name, type)] of the places a statement changes, as it left them."""
    slots = journal.slots([f for f in functions if f is not None], state)
    return [(s.name, type_text(s.get())) for s in slots if not hidden(s.name)]


def loop_places(functions, state):
    """As places_of(), and what else the loop that was recorded last changes: attributes, and the contents of lists and arrays."""
    found = places_of(functions, state)
    frame, shown = sys._getframe(2), [s.get() for s in journal.slots(functions, state)]
    for slot in _core.current_graph().extra["carried"][1]:
        box = getattr(slot, "box", None)
        if box is not None and not any(box is value for value in shown):
            names = [name for name, value in frame.f_locals.items() if value is box]
            found += [(name, type_text(box)) for name in names[:1]]
        elif isinstance(slot, heaps.Heap):
            homes = {name: heaps.home(value) for name, value in frame.f_locals.items()}
            found += [(name, "a list that grows") for name, home in homes.items() if home is not None and home.heap is slot]
        elif isinstance(slot, (journal.Attribute, journal.Cell, journal.Global)):
            found.append((slot.name, type_text(slot.get())))
    return found


def hidden(name):
    """Flags of jumps are ours: broke_L12."""
    return name.partition("_L")[0] in ("broke", "skip", "returned", "value")


def type_text(value):
    """ "float32(3,)", "int", "list of 3": the type of a value while tracing, for a reader."""
    if value is journal.UNDEFINED:
        return "undefined"
    if isinstance(value, trees.Choice):
        return " or ".join(dict.fromkeys(map(type_text, value._options)))
    if isinstance(value, lists.TracedList) and value.staged is not None:
        return "a list whose length the run decides"
    if isinstance(value, arrays.Array):
        return type_text(value.tensor)
    if isinstance(value, (list, tuple, dict)):
        return f"{type(value).__name__} of {len(value)}"
    if isinstance(value, Tensor):
        if value.alts is not None:
            payload = [] if value.payload is None else [type_text(value.payload)]
            return " or ".join(
                payload + ["undefined" if a is journal.UNDEFINED else short(a) for a in value.alts]
            )
        if value.weak:
            return {"int64": "int", "float64": "float"}.get(value.dtype.name, value.dtype.name)
        if value.dtype.name == "bool" and value.shape.rank == 0:
            return "bool"
        return f"{value.dtype.name}{value.shape}"
    if type(value) in (bool, int, float, str, type(None)):
        return short(value)
    return type(value).__name__


def source_text(iterable):
    """What a `for` goes through."""
    if isinstance(iterable, loops.StagedRange):
        return "a range with traced bounds"
    if loops.as_range(iterable) is not None:
        return "a traced range"
    if is_traced(iterable):
        return f"the rows of a traced tensor, {type_text(iterable)}"
    if type(iterable) is range:
        return f"a Python range of {len(iterable)}"
    if isinstance(iterable, lists.TracedList) and iterable.staged is not None:
        return type_text(iterable)
    if loops.rows_of(iterable) is not None:
        return "the rows of traced tensors"
    return f"a Python {type(iterable).__name__}"


def short(value):
    text = repr(value) if not isinstance(value, Tensor) else f"the tensor {value}"
    return text if len(text) <= 40 else f"{text[:37]}..."
