"""The disk cache: compiled code that the next process finds ready.

AUTOGRAPH_CACHE=0 turns it off, AUTOGRAPH_CACHE=path names its directory. Else it is `autograph` in
XDG_CACHE_HOME or ~/.cache; without a home there is none. What it holds decides nothing but speed: it
may be removed at any time.
"""

import os
import warnings

from . import _core

__all__ = ["disk_cache", "set_disk_cache"]

MOST = 256 << 20  # bytes
_directory = None


def set_disk_cache(place=True, max_bytes=MOST):
    """Where compiled code is kept for other processes, from now on.

    place: True for the usual directory (see the environment variable AUTOGRAPH_CACHE), False for none,
        or a path. It is made when it is needed, for this user alone.
    max_bytes: of all files together; what was not used for longest goes. Traces larger than an eighth
        of it are not kept.

    ValueError for a size below zero. A directory that cannot be written to, or that is not this user's
    own, is worth one RuntimeWarning, and code is compiled as if there were none.
    """
    global _directory
    if max_bytes < 0:
        raise ValueError(f"set_disk_cache: max_bytes must not be negative, got {max_bytes}")
    if place is True:
        place = usual()
    _directory = None if place is None or place is False else os.path.abspath(os.fspath(place))
    _core.cache_open(_directory, max_bytes)


def disk_cache():
    """The directory that compiled code is kept in, a str; None where none is."""
    return _directory


def usual():
    """The directory that the environment asks for, or None."""
    home = os.environ.get("HOME", "")
    given = os.environ.get("AUTOGRAPH_CACHE", "1")
    if given == "0":
        return None
    if given not in ("", "1"):
        return os.path.expanduser(given)
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # as the standard of these directories says
        if not os.path.isabs(home):
            return None
        base = os.path.join(home, ".cache")
    return os.path.join(base, "autograph")


def tell():
    """One warning when something could not be kept."""
    problem = _core.cache_problem()
    if problem is not None:
        from .staging import places

        warnings.warn(
            f"{problem} (AUTOGRAPH_CACHE=path names another directory, AUTOGRAPH_CACHE=0 none)",
            RuntimeWarning,
            stacklevel=places.user_level(),
        )


set_disk_cache()
