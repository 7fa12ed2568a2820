"""Methods that Python calls by itself, converted where a trace calls them."""

import functools
import threading

from .. import _core


class _Called(threading.local):
    def __init__(self):
        self.depths = []  # how many staged bodies are round each stand-in that is being called


_called = _Called()


def stand_in(f):
    """A method that is converted where a trace calls it."""

    @functools.wraps(f)
    def method(*args, **kwargs):
        if _core.current_graph() is None:
            return f(*args, **kwargs)
        _called.depths.append(journal.depth())
        try:
            made = _core.call(f, *args, **kwargs)
        finally:
            _called.depths.pop()
        return texts.chosen(made) if f.__name__ in texts.METHODS else made

    method.stands_for = f
    return method


def raises_at_once():
    """Whether an exception that is raised here is for Python, which calls a stand-in, to see: getattr() takes an AttributeError for an
    answer, and a `for` an IndexError. In a branch of the run that the method itself has, it is the run's."""
    return bool(_called.depths) and _called.depths[-1] == journal.depth()


from . import journal, texts  # noqa: E402 - which need what is made of these
