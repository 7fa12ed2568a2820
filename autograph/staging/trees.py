"""None or a structure: what a function that returns `(i, j)` on one path and None on another gives.

A single tensor that may be absent is a Maybe of the extension. A tuple, list, dict or dataclass that may be absent is a
MaybeTree: a number that says which, beside the structure.
"""

from .. import _core
from . import places, values
from .journal import UNDEFINED

ALTS = (None, UNDEFINED)  # tag 1, tag 2; tag 0 is the structure


class MaybeTree:
    """A structure that may be None or undefined in this run. Using it as the structure checks that it is there."""

    __slots__ = ("_payload", "_tag")

    def __init__(self, tag, payload):
        self._tag, self._payload = tag, payload

    def is_alt(self, i):
        """Whether it is ALTS[i], a traced bool."""
        return _core.binary("EQ", self._tag, i + 1)

    def defined(self, name):
        """Itself, once the run has checked that the variable is bound."""
        _raise_if(self.is_alt(1), UnboundLocalError(f"cannot access local variable '{name}' where it is not associated with a value"))
        return self

    def there(self, what):
        """The structure; TypeError at run time when it is None."""
        self.defined("it")
        _raise_if(self.is_alt(0), TypeError(what))
        return self._payload

    def __getitem__(self, key):
        return self.there("'NoneType' object is not subscriptable")[key]

    def __iter__(self):
        return iter(self.there("cannot unpack non-iterable NoneType object"))

    def __len__(self):
        return len(self.there("object of type 'NoneType' has no len()"))

    def __getattr__(self, name):
        if name.startswith("_") or name == "staged":
            raise AttributeError(name)
        return getattr(self.there(f"'NoneType' object has no attribute '{name}'"), name)

    def __bool__(self):
        raise TypeError(f"this value is None on some paths and a structure on others: write `is not None`{places.here()}")


def _raise_if(bad, error):
    from . import effects
    from .conditionals import staged_if

    graph = _core.current_graph()
    staged_if(graph, bad, lambda: effects.staged_raise(graph, error), None, [])


def unify(a, b):
    """(a, b) made of one form; None when nothing holds both."""
    if _form(a) == _form(b):
        return a, b
    if any(isinstance(v, MaybeTree) or v is None or v is UNDEFINED for v in (a, b)):
        (tag_a, tree_a), (tag_b, tree_b) = _parts(a), _parts(b)
        tree_a = _never(tree_b) if tree_a is None else tree_a
        tree_b = _never(tree_a) if tree_b is None else tree_b
        if _form(tree_a) is None or _form(tree_b) is None:
            return None
        trees = unify(tree_a, tree_b)
        return trees and (MaybeTree(tag_a, trees[0]), MaybeTree(tag_b, trees[1]))
    if type(a) is type(b) and type(a) in (tuple, list) and len(a) == len(b):
        pairs = [unify(x, y) for x, y in zip(a, b)]
        return None if None in pairs else tuple(type(a)(side) for side in zip(*pairs))
    return None


def _form(value):
    return values.flatten(value, [])


def _parts(value):
    if isinstance(value, MaybeTree):
        return value._tag, value._payload
    return (1, None) if value is None else (2, None) if value is UNDEFINED else (0, value)


def _never(tree):
    """A structure of the form of `tree` that is never looked at."""
    leaves = []
    form = values.flatten(tree, leaves)
    return values.unflatten(form, iter([values.NEVER] * len(leaves)))
