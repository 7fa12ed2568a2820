"""What a defaultdict calls for a key that it has not: `d[k]`, which is a read as Python has it, and changes the dict.

While a trace runs the older ones within its reach have a stand-in for their default_factory: it tells that the dict changes, and is
a call like any other. In other threads it is the factory itself.
"""

import contextlib

from .. import _core
from . import journal, outside, stores


class Factory(journal.Items):
    """In place of the default_factory of a dict."""

    __slots__ = ("made_by",)

    def __init__(self, box):
        super().__init__(box, f"the {type(box).__name__}")
        self.made_by = box.default_factory

    def __call__(self):
        if _core.current_graph() is None:
            return self.made_by()
        stores.changing(self.box)
        return outside.remember(_core.call(self.made_by))


@contextlib.contextmanager
def converted(boxes):
    """While a trace runs."""
    standing = []
    try:
        for box in boxes:
            standing.append(Factory(box))
            box.default_factory = standing[-1]
        yield
    finally:
        for one in standing:
            if one.box.default_factory is one:
                one.box.default_factory = one.made_by
