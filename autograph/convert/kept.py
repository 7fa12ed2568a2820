"""What is kept of a function: its source as it was at decoration, its conversion on the disk.

A conversion follows from the code object alone: source that compiles to the same instructions at the
same positions means the same.  So the code object is the key, with the versions of Python and of the
converter; what a function finds in globals, cells and defaults is bound to the converted code in each
process anew.
"""

import marshal
import os
import sys
import weakref

from .. import _core, cache

lines = {}  # id of a code object -> lines of its file, or its bytes, kept at decoration
_files = {}  # name -> (time, size, bytes)
_stamp = None


def keep(table, code, value):
    """table[id(code)] = value for as long as `code` lives."""
    key = id(code)
    table[key] = value
    weakref.finalize(code, table.pop, key, None).atexit = False


def remember_file(code):
    """Keeps the file that holds `code`, unread; False when it is no file."""
    name = code.co_filename
    try:
        stat = os.stat(name)
        known = _files.get(name)
        if known is None or known[:2] != (stat.st_mtime_ns, stat.st_size):
            with open(name, "rb") as file:
                known = _files[name] = stat.st_mtime_ns, stat.st_size, file.read()
    except (OSError, ValueError):
        return False
    keep(lines, code, known[2])
    return True


def load(code):
    """The value stored for `code` in this or another process, or None."""
    key = _key(code)
    payload = key and _core.cache_get(key)
    return marshal.loads(payload) if payload else None


def store(code, value):
    key = _key(code)
    if key:
        _core.cache_put(key, marshal.dumps(value))
        cache.tell()


def _key(code):
    global _stamp
    if cache.disk_cache() is None:
        return None
    try:
        if _stamp is None:
            _stamp = marshal.dumps(("converted", sys.version, sys.flags.optimize, _own_files()), 2)
        return _stamp + marshal.dumps(
            code, 2
        )  # later formats depend on who else refers to a constant
    except (OSError, ValueError):  # a package without files, a constant that is none of Python's
        return None


def _own_files():
    with os.scandir(os.path.dirname(__file__)) as entries:
        stats = [(e.name, e.stat()) for e in entries if e.name.endswith(".py")]
    return sorted((name, s.st_mtime_ns, s.st_size) for name, s in stats)
