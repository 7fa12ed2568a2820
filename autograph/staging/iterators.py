"""Python's own iterators in a trace: how far one has been read is a state that no graph holds.

iter(), enumerate(), zip(), map(), filter(), reversed() and generator functions give a `Reader` in converted code. It hands on what the
iterator gives as long as the trace knows how far it is, however that is asked for: by a loop, next(), unpacking, a set, "".join,
a function that is not converted. It no longer knows

  where a loop over it was left by a `break`, return or raise that the run decides,
  after a branch that the run decides has read on in it,
  and in the body of a traced loop, which is traced once and not for each turn,

and then what would read on gets rollback.cannot(): the function runs as Python, numbers are pinned, or a refusal.

An iterator of the user's, an object with a `__next__` of its own or a generator that changes objects, shows how far it is to
whoever looks at it. So a loop over one that the run leaves early gets rollback.cannot() itself, unless nobody else has the iterator.
"""

import collections.abc
import dis
import functools
import gc
import linecache
import sys
import types

from .. import _core
from . import effects, journal, opaque, places, rollback


class Reader:
    """An iterator made in a trace. found: the clauses of a generator expression; name: in messages, else that of its type."""

    __slots__ = ("items", "graph", "born", "last", "cut", "found", "name")

    def __init__(self, items, found=None, name=None):
        self.items, self.graph, self.found, self.name = items, _core.current_graph(), found, name
        self.born, self.last = journal.frames(), ()  # the staged bodies round the point where it was made, and last read
        self.cut = None  # (what the run decides,) where a loop over it was left

    def __iter__(self):
        return self

    def __next__(self):
        self.check()
        if type(self.items) is types.GeneratorType and "said" in self.graph.extra:
            with effects.Held():
                return next(self.items)
        return next(self.items)

    def __copy__(self):
        import copy

        return Reader(copy.copy(self.items))

    def __getattr__(self, name):
        found = getattr(self.items, name)
        if name in ("send", "throw", "close", "__setstate__"):
            self.check()
        return found

    def check(self):
        """Before it is read on, in the staged bodies that are round this point."""
        if self.graph is not _core.current_graph():
            return
        if self.cut is not None:
            raise self.unknown("looped over before", *self.cut)
        now = journal.frames()
        left = [frame for frame in self.last if frame not in now]
        turns = [frame for frame in now if journal.is_loops(frame) and frame not in self.born]
        if left or turns:
            where = "read on in a branch before" if left else "made before this loop, each turn of which reads on in it"
            raise self.unknown(where, *[frame.decider for frame in left or turns if frame.decider is not None])
        self.last = now

    def unknown(self, where, *deciders):
        """What to raise where only the run knows how far it has been read."""
        return rollback.cannot(
            TypeError(
                f"this {self.name or type(self.items).__name__} has been {where}, and how far only the run knows: "
                f"keep a list instead, and the place in it as a number{places.here()}"
            ),
            *deciders,
        )


class Whole:
    """An iterator of Python's that a loop of the graph can take as a whole, as its subclass says how. What has been taken of it does
    not come again: from then on it is its Reader."""

    name = "iterator"

    def __init__(self):
        self.reader = Reader(None, name=self.name)

    def begun(self):
        """Whether something has been taken of it."""
        return self.reader.items is not None

    def one_by_one(self):
        """Python's iterator over the items."""
        raise NotImplementedError

    def __iter__(self):
        if not self.begun():
            self.reader.check()
            self.reader.items = iter(self.one_by_one())
        return self.reader

    def __next__(self):
        return next(iter(self))

    def take(self, left):
        """A loop of the graph takes all items or, left, those up to where only the run knows that it is left."""
        self.reader.check()
        self.reader.items = iter(())
        if left:
            self.reader.cut = ()


collections.abc.Iterator.register(Reader)
collections.abc.Iterator.register(Whole)


def read(items, found=None):
    """The Reader of an iterator that converted code makes in a trace."""
    return items if type(items) is Reader or _core.current_graph() is None else Reader(items, found)


def readers(items):
    """The Readers that reading `items` reads of, itself among them."""
    return [x for x in _sources(items) if type(x) is Reader]


def _sources(items):
    """What reading `items` reads of, itself among it."""
    found, todo, seen = [], [items], set()
    while todo:
        x = todo.pop()
        if id(x) in seen:
            continue
        seen.add(id(x))
        found.append(x)
        if type(x) is Reader:
            todo.append(x.items)
        elif type(x) in _HOLDERS or isinstance(x, collections.abc.Iterator):
            todo += gc.get_referents(x)
    return found


_HOLDERS = (tuple, dict, types.MethodType)


def _shows(x):
    """Whether reading on in it changes what the program may look at: it is the user's code that goes on."""
    if type(x) is types.GeneratorType:
        return not places.is_home(x.gi_code) and (_changes_objects(x.gi_code) or not opaque.goes_on_alone(x))
    return type(x) is not Reader and isinstance(getattr(type(x), "__next__", None), types.FunctionType)


@functools.cache
def _changes_objects(code):
    """Whether code assigns to more than its own variables."""
    return any(opaque.stores(i, code) for i in dis.get_instructions(code))


def is_alone(iterable, items):
    """Whether a loop over `iterable`, which has this iterator in one variable, is the only one that has it."""
    return iterable is not items and sys.getrefcount(items) <= _ALONE


def _least():
    items = object()
    return _count(None, items)


def _count(_, items):
    return sys.getrefcount(items)


_ALONE = _least()


def begin(items):
    """Before anything is taken of what may be an iterator: one that is older than the trace is read on in each call."""
    graph = _core.current_graph()
    if graph is None or not is_older(items):
        return
    what = f"the {type(items).__name__}"
    if rollback.as_python():
        raise rollback.RunAsPython(f"{what} is older than the call, and each call reads on in it", places.here())
    if any(value is items for _, value in graph.extra["leaves"].statics if "leaves" in graph.extra):
        error = TypeError(
            f"{what} is an argument: what is read of it while tracing would be what all later calls see. Give a list of its "
            f"items, or what next() gives{places.here()}"
        )
        raise rollback.cannot(error)
    opaque.warn(f"{what} is older than the call: what is read of it here is read once, while tracing, and not when the function runs")


def is_older(items):
    """Whether this is an iterator that was made before the trace."""
    if not hasattr(type(items), "__next__") or type(items) is Reader or journal.birth(items) is not None:
        return False
    if type(items) is types.GeneratorType:
        return not places.is_home(items.gi_code)
    return not outside.is_ours(type(items))


def enter(items, alone):
    """Before a loop takes the first item of an iterator: one that changes what is older than the trace belongs to Python."""
    as_python = rollback.as_python()
    for x in _shown(items, alone):
        if as_python and (journal.birth(x) is None or not opaque.goes_on_alone(x)):
            raise _refused(x, "this loop reads on in an iterator that changes other objects")
        if not as_python and acting.shows(getattr(type(x), "__next__", None)) and not opaque.goes_on_alone(x):
            opaque.warn_of_once(f"{type(x).__name__}.__next__() acts outside of the object: it is not converted, and")


def _shown(items, alone):
    """What others may look at among what reading the iterator changes; nobody looks at one that a loop has alone."""
    hidden = alone and type(items) is not types.GeneratorType and opaque.goes_on_alone(items)
    return [x for x in _sources(items) if _shows(x) and not (hidden and x is items)]


def step(items):
    """Before next() of an iterator that is no Reader, in the staged bodies that are round this point."""
    inner = journal.frames()[journal.birth(items) or 0 :]
    if inner and _shows(items):
        raise _refused(items, "next() stands in a branch or loop of the run", *[f.decider for f in inner if f.decider is not None])


def leave(items, alone, *more):
    """A loop over an iterator, which it has alone or not, may end where the run decides, by `more`."""
    for x in _shown(items, alone):
        raise _refused(x, "this loop is left where only the run knows", *more)


def _refused(x, why, *deciders):
    what = f"{x.gi_code.co_name}()" if type(x) is types.GeneratorType else type(x).__name__
    return rollback.cannot(
        TypeError(
            f"{why}: how far the {what} is then, others may see, and no graph holds it; keep its items in a "
            f"list{places.here()}{''.join(map(_line, deciders))}"
        ),
        *deciders,
    )


def _line(decider):
    """The line of the user's that decides it."""
    if not isinstance(decider, _core.Tensor) or decider.op.loc is None:
        return ""
    op = decider.op
    while op.type == "LogicalNot" and op.inputs[0].op.loc is not None:  # the flag of a `break` is asked at the line of the loop
        op = op.inputs[0].op
    file, line, name = op.loc
    text = linecache.getline(file, line).strip()
    return f'\n  decided at: File "{file}", line {line}, in {name}' + (f"\n    {text}" if text else "")


def rest(iterable, items, more):
    """What a loop over `iterable`, whose iterator is `items`, still has to take where the run may have left it: `more` decides."""
    found = readers(iterable)
    for reader in found:
        reader.cut = (more,)
    return _rest(found, items, (more,)) if found else items


def _rest(found, items, cut):
    while True:
        for reader in found:
            reader.cut, reader.last = None, ()
        try:
            item = next(items)
        except StopIteration:
            return
        finally:
            for reader in found:
                reader.cut = cut
        yield item


from . import acting, outside  # noqa: E402 - they ask this file
