"""Python's own iterators in a trace: how far one has been read is a state that no graph holds.

iter(), enumerate(), zip(), map(), filter(), reversed() and generator functions give a `Reader` in converted code. It hands on what the
iterator gives as long as the trace knows how far it is, however that is asked for: by a loop, next(), unpacking, a set, "".join,
a function that is not converted. It no longer knows

  where a loop over it was left by a `break`, return or raise that the run decides,
  after a branch that the run decides has read on in it,
  and in the body of a traced loop, which is traced once and not for each turn,

and then what would read on gets rollback.cannot(): the function runs as Python, numbers are pinned, or a refusal.
"""

import collections.abc
import gc
import types

from .. import _core
from . import effects, journal, places, rollback


class Reader:
    """An iterator made in a trace."""

    __slots__ = ("items", "graph", "born", "last", "cut")

    def __init__(self, items):
        self.items, self.graph = items, _core.current_graph()
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
                f"this {type(self.items).__name__} has been {where}, and how far only the run knows: "
                f"keep a list instead, and the place in it as a number{places.here()}"
            ),
            *deciders,
        )


collections.abc.Iterator.register(Reader)


def read(items):
    """The Reader of an iterator that converted code makes in a trace."""
    return items if type(items) is Reader or _core.current_graph() is None else Reader(items)


def readers(items):
    """The Readers that reading `items` reads of, itself among them."""
    found, todo, seen = [], [items], set()
    while todo:
        x = todo.pop()
        if id(x) in seen:
            continue
        seen.add(id(x))
        if type(x) is Reader:
            found.append(x)
            todo.append(x.items)
        elif type(x) in (tuple, dict) or isinstance(x, collections.abc.Iterator):
            todo += gc.get_referents(x)
    return found


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
