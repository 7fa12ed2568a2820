"""Methods of lists whose length the run decides, as programs over len, at, put, append and truncate; they are converted like any
user function. Each does what list's method of that name does, for items of one kind."""

import os

from . import rows, sums

MOST = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 8  # items of a list that memory may hold


def insert(items, at, value):
    size = items.length()
    if at < 0:
        at = max(at + size, 0)
    items.append(value)
    if at < size:
        items.shift(at, at + 1, size - at)
        items.put(at, value)


def pop(items, at):
    size = items.length()
    if at < 0:
        at += size
    if size == 0:
        raise IndexError("pop from empty list")
    if at < 0 or at >= size:
        raise IndexError("pop index out of range")
    value = items.at(at)
    items.shift(at + 1, at, size - at - 1)
    items.truncate(size - 1)
    return value


def delete(items, at):
    size = items.length()
    if at < 0:
        at += size
    if at < 0 or at >= size:
        raise IndexError("list assignment index out of range")
    items.shift(at + 1, at, size - at - 1)
    items.truncate(size - 1)


def splice(items, start, stop, others):
    size = items.length()
    if start < 0:
        start = max(start + size, 0)
    if stop < 0:
        stop += size
    start = min(start, size)
    stop = max(min(stop, size), start)
    rest = items[stop:size]
    items.truncate(start)
    items.extend(others)
    items.extend(rest)


def reserve(heap, handle, size):
    """Room for `size` items of a list in a heap."""
    room = heap.room(handle)
    if size > room:
        if heap.is_last(handle):
            heap.enlarge(handle, max(size, 4))
        else:
            heap.move(handle, max(size, 2 * room, 4))


def find(items, value, start, stop):
    size = items.length()
    if start < 0:
        start = max(start + size, 0)
    if stop < 0:
        stop += size
    stop = min(stop, size)
    while start < stop:
        if rows.same(items.at(start), value):
            return start
        start += 1
    return -1


def count(items, value):
    n = 0
    size = items.length()
    k = 0
    while k < size:
        if rows.same(items.at(k), value):
            n += 1
        k += 1
    return n


def total(items, start):
    """sum() of numbers of several kinds: an int as long as there are only ints."""
    size = items.length()
    k = 0
    while k < size and not isinstance(items.at(k), float):
        start += int(items.at(k))
        k += 1
    if k == size:
        return start
    rest = float(start) + float(items.at(k))
    lost = 0.0
    k += 1
    while k < size:
        if isinstance(items.at(k), float):
            rest, lost = sums.plus(rest, lost, float(items.at(k)))
        else:
            rest += float(items.at(k))
        k += 1
    return sums.ended(rest, lost)


def equal(items, others):
    size = items.length()
    alike = size == others.length()
    k = 0
    while alike and k < size:
        alike = rows.same(items.at(k), others.at(k))
        k += 1
    return alike


def repeat(made, items, n):
    size = items.length()
    if size > 0 and n > MOST // size:
        raise MemoryError
    while n > 0:
        k = 0
        while k < size:
            made.append(items.at(k))
            k += 1
        n -= 1


def copy_to(made, items):
    k = 0
    size = items.length()
    while k < size:
        made.append(items.at(k))
        k += 1


def keys(made, items, key):
    k = 0
    size = items.length()
    while k < size:
        made.append(key(items.at(k)))
        k += 1


def smallest(items, key):
    size = items.length()
    if size == 0:
        raise ValueError("min() arg is an empty sequence")
    best = items.at(0)
    k = 1
    while k < size:
        x = items.at(k)
        if rows.less(key(x), key(best)):
            best = x
        k += 1
    return best


def largest(items, key):
    size = items.length()
    if size == 0:
        raise ValueError("max() arg is an empty sequence")
    best = items.at(0)
    k = 1
    while k < size:
        x = items.at(k)
        if rows.less(key(best), key(x)):
            best = x
        k += 1
    return best
