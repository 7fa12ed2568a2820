"""Functions of the standard library's C modules on lists of a trace, as programs that are converted like a user's.

heapq: the same items are compared, and stand in the same places afterwards, as by CPython's own; bisect likewise.
"""

import functools

from .. import _core
from . import effects, journal, lists, outside

Tensor = _core.Tensor


def _is_staged(items, *others):
    """Whether what a function of these does is the run's to decide."""
    graph = _core.current_graph()
    if graph is None or type(items) is not lists.TracedList:
        return False
    return items.staged is not None or journal.depth() > 0 or any(map(effects.traced, (items, *others)))


def _on_lists(program, plain):
    """`plain`, a function of a list: the program where the list is the trace's."""

    def run(items, /, *args):
        from .calls import call

        return call(program, items, *args) if _is_staged(items, *args) else outside.call(plain, items, *args)

    return run


# ---- heapq --------------------------------------------------------------------------------------------------


def _rise(heap, top, at):
    """Item `at` changes places with those above it that are larger."""
    item = heap[at]
    while at > top:
        above = (at - 1) >> 1
        if not item < heap[above]:
            break
        heap[at] = heap[above]
        at = above
    heap[at] = item


def _sink(heap, at):
    """The smaller of the items below moves up, down to the end, and item `at` rises from there."""
    size, top = len(heap), at
    item = heap[at]
    below = 2 * at + 1
    while below < size:
        right = below + 1
        if right < size and not heap[below] < heap[right]:
            below = right
        heap[at] = heap[below]
        at = below
        below = 2 * at + 1
    heap[at] = item
    _rise(heap, top, at)


def _heappush(heap, item):
    heap.append(item)
    _rise(heap, 0, len(heap) - 1)


def _heappop(heap):
    if len(heap) == 0:
        raise IndexError("index out of range")
    last = heap.pop()
    if len(heap) == 0:
        return last
    first = heap[0]
    heap[0] = last
    _sink(heap, 0)
    return first


def _heapreplace(heap, item):
    if len(heap) == 0:
        raise IndexError("index out of range")
    first = heap[0]
    heap[0] = item
    _sink(heap, 0)
    return first


def _heappushpop(heap, item):
    if len(heap) > 0 and heap[0] < item:
        first = heap[0]
        heap[0] = item
        _sink(heap, 0)
        return first
    return item


def _heapify(heap):
    for at in range(len(heap) // 2 - 1, -1, -1):
        _sink(heap, at)


def _first_of(plain, reverse):
    """nlargest and nsmallest: what their documentation says they are equal to."""

    def run(n, iterable, key=None):
        from .calls import call

        items = call(list, iterable)
        if not _is_staged(items, n):
            return outside.call(plain, n, iterable, key)
        return call(sorted, items, key=key, reverse=reverse)[: call(max, n, 0)]

    return run


# ---- bisect -------------------------------------------------------------------------------------------------


def _bisect_left(a, x, lo, hi, key):
    while lo < hi:
        middle = (lo + hi) // 2
        if (a[middle] if key is None else key(a[middle])) < x:
            lo = middle + 1
        else:
            hi = middle
    return lo


def _bisect_right(a, x, lo, hi, key):
    while lo < hi:
        middle = (lo + hi) // 2
        if x < (a[middle] if key is None else key(a[middle])):
            hi = middle
        else:
            lo = middle + 1
    return lo


def _search(program, plain):
    def run(a, x, lo=0, hi=None, *, key=None):
        from .calls import call

        if not _is_searched(a, x, lo, hi):
            return outside.call(plain, a, x, lo, hi, key=key)
        if type(a) in (list, tuple, range):
            a = lists.new(list(a))
        if not isinstance(lo, Tensor) and lo < 0:
            raise ValueError("lo must be non-negative")
        return call(program, a, x, lo, call(len, a) if hi is None else hi, key)

    return run


def _is_searched(a, *others):
    """Whether the place that is searched for is the run's to say."""
    if _core.current_graph() is None:
        return False
    return getattr(a, "staged", None) is not None or any(map(effects.traced, (a, *others)))


def _insort(program, search, plain):
    def run(a, x, lo=0, hi=None, *, key=None):
        from .calls import call

        if not _is_staged(a, x, lo, hi):
            return outside.call(plain, a, x, lo, hi, key=key)
        at = _search(program, search)(a, x if key is None else call(key, x), lo, hi, key=key)
        a.insert(at, x)

    return run


MODULES = ("_heapq", "_bisect", "heapq")


def stand_in(f):
    """What runs for a function of these modules; None for others."""
    return _functions().get(f) if f.__module__ in MODULES else None


@functools.cache
def _functions():
    import bisect
    import heapq

    return {
        heapq.heappush: _on_lists(_heappush, heapq.heappush),
        heapq.heappop: _on_lists(_heappop, heapq.heappop),
        heapq.heapreplace: _on_lists(_heapreplace, heapq.heapreplace),
        heapq.heappushpop: _on_lists(_heappushpop, heapq.heappushpop),
        heapq.heapify: _on_lists(_heapify, heapq.heapify),
        heapq.nlargest: _first_of(heapq.nlargest, True),
        heapq.nsmallest: _first_of(heapq.nsmallest, False),
        bisect.bisect_left: _search(_bisect_left, bisect.bisect_left),
        bisect.bisect_right: _search(_bisect_right, bisect.bisect_right),
        bisect.insort_left: _insort(_bisect_left, bisect.bisect_left, bisect.insort_left),
        bisect.insort_right: _insort(_bisect_right, bisect.bisect_right, bisect.insort_right),
    }
