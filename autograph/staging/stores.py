"""Assignments to items and attributes, with `op=` and `del`, in a trace.

What is assigned to decides: a tensor is a value and gets replaced, arrays and lists of the trace keep their own changes, methods of
the user's classes are converted calls, and what is older than the trace is looked after by outside.py.
"""

import collections
import operator

from .. import _core
from . import arrays, journal, lent, lists, methods, outside, places, rollback, trees, twins, values

Tensor = _core.Tensor


def _set_item(value, *way):
    """`box[key] = value` of way = box, key; `box[k][key] = value` of way = box, k, box[k], key; and so on. Returns what `box` is
    bound to afterwards: a tensor is replaced by its update, and so where it is an item, there."""
    *way, key = way
    while True:
        box = way.pop()
        new = _put_item(value, box, key, _owner(way))
        if not way or new is box:
            return way[0] if way else new
        key = way.pop()
        if isinstance(way[-1], Tensor) and not arrays.is_view(key):
            return way[0]  # NumPy changes a copy that nobody has
        if isinstance(way[-1], tuple):
            raise rollback.cannot(
                TypeError(f"item assignment to an array that is an item of a tuple would be lost: compute it as x = np.array(...){places.here()}")
            )
        value = new


def _owner(way):
    """Of boxes and their keys, the last box that is no tensor, and so has what comes behind it as an item."""
    return next((box for box in way[-2::-2] if not isinstance(box, Tensor)), None)


def _put_item(value, box, key, owner=None):
    """`box[key] = value`; returns box, or a tensor's update. owner: what the box is an item of."""
    if isinstance(box, arrays.Array):
        box[key] = value
        return box
    if isinstance(box, Tensor) and box.is_symbolic:
        lent.refuse_items(box, owner)
        return _core.setitem(box, key, value)
    if isinstance(box, Tensor) and _core.current_graph() is not None:
        return _core.setitem(_core.constant(box, None, None, None), key, value)
    if isinstance(box, lists.TracedList):
        box[key] = value
        return box
    method = methods.own(box, "__setitem__")
    if method is not None:
        _core.call(method, box, key, value)
        return box
    _put_plainly(box, key, value)
    twins.follow(box, lambda other: _put_plainly(other, key, value))
    return box


def _put_plainly(box, key, value):
    outside.about_to_change_item(box)
    box[key] = value


def changing(box):
    """Before `del box[key]`, and what changes a list or set in place: returns the box."""
    if journal.watching() and not isinstance(box, (Tensor, arrays.Array, lists.TracedList)):
        twins.refuse(box)
        outside.about_to_change_item(box)
    return box


def _setting(owner, attr, name):
    """What Python calls to change an attribute, without its value: a callable of the user's code and its arguments, or None.

    name: __setattr__ or __delattr__"""
    method = methods.own(owner, name)
    if method is not None:
        return method, owner, attr
    made = next((vars(c)[attr] for c in type(owner).__mro__ if attr in vars(c)), None)
    if type(made) is property:
        setter = made.fset if name == "__setattr__" else made.fdel
        return setter and (setter, owner)
    method = methods.own(made, "__set__" if name == "__setattr__" else "__delete__")
    return method and (method, made, owner)


def _del_item(box, key):
    """`del box[key]`"""
    method = methods.own(box, "__delitem__")
    if method is not None:
        return _core.call(method, box, key)
    del changing(box)[key]


def _set_attr(value, owner, attr):
    """`owner.attr = value`."""
    if isinstance(owner, trees.Choice):
        owner.apply(lambda option: _core.set_attr(value, option, attr))
        return
    if journal.watching():
        if isinstance(owner, Tensor) and owner.is_symbolic:
            error = TypeError(
                f"the attribute {attr!r} of a computed array, which is a value, would be lost: make it an array first, as in "
                f"y = np.array(y), or compute a new one{places.here()}"
            )
            raise rollback.cannot(error)
        outside.about_to_change(owner, attr, value)
        if type(owner).__name__ == "flagsobj":
            outside.about_to_flag(attr)
        setting = _setting(owner, attr, "__setattr__")
        if setting is not None:
            _core.call(*setting, value)
            return
        _set_plainly(owner, attr, value)
        twins.follow(owner, lambda other: _set_plainly(other, attr, value))
    else:
        setattr(owner, attr, value)


def changing_attr(owner, attr, *value):
    """Before object.__setattr__(owner, attr, value), or object.__delattr__(owner, attr)."""
    if journal.watching():
        outside.about_to_change(owner, attr, *value)
        twins.refuse(owner)
        journal.touch(journal.Attribute(owner, attr))


def _set_plainly(owner, attr, value):
    journal.touch(journal.Attribute(owner, attr))
    setattr(owner, attr, value)


def _del_attr(owner, attr):
    """`del owner.attr`"""
    if journal.watching():
        outside.about_to_change(owner, attr)
        setting = _setting(owner, attr, "__delattr__")
        if setting is not None:
            return _core.call(*setting)
        if journal.depth() > (journal.birth(owner) or 0):
            error = TypeError(
                f"`del` of an attribute in a traced branch or loop: only the run knows whether {attr!r} is there afterwards; "
                f"give it another value, such as None{places.here()}"
            )
            raise rollback.cannot(error)
        twins.refuse(owner)
        place = journal.Attribute(owner, attr)
        values.defined(place.get())
        journal.touch(place)
    delattr(owner, attr)


def _aug_attr(owner, attr, op, old, value):
    """`owner.attr op= value`."""
    _set_attr(_in_place(op, old, value), owner, attr)


def _set_item_attr(value, owner, attr, box, *way):
    """`owner.attr[key] = value`."""
    new = _core.set_item(value, box, *way)
    if new is not box:
        _set_attr(new, owner, attr)
    return new


_AUGMENT = {
    "+": operator.iadd, "-": operator.isub, "*": operator.imul, "/": operator.itruediv, "//": operator.ifloordiv,
    "%": operator.imod, "**": operator.ipow, "@": operator.imatmul, "&": operator.iand, "|": operator.ior,
    "^": operator.ixor, "<<": operator.ilshift, ">>": operator.irshift,
}  # fmt: skip


def _aug_item(*way):
    """`box[key] op= value`."""
    *way, op, old, value = way
    return _core.set_item(_augmented(op, old, value, _owner(way)), *way)


def _augmented(op, old, value, owner):
    """`old op= value` of an item; a tensor's new value takes its place in the list that owns it."""
    chosen = isinstance(owner, trees.Choice) and any(isinstance(option, arrays.Array) for option in owner._options)  # old: a part of it
    if chosen or isinstance(old, Tensor) and lent.is_its(old, owner):
        return getattr(operator, _AUGMENT[op].__name__[1:])(old, value)
    return _in_place(op, old, value)


_BY_METHOD = {
    (list, "+"): "extend", (collections.deque, "+"): "extend", (dict, "|"): "update", (set, "|"): "update",
    (set, "&"): "intersection_update", (set, "-"): "difference_update", (set, "^"): "symmetric_difference_update",
}  # fmt: skip


def _in_place(op, old, value):
    """`old op= value`, of a container by its method, whose changes are known."""
    method = _BY_METHOD.get((type(old), op))
    if method is None or type(old) is set and not isinstance(value, (set, frozenset)):
        return _AUGMENT[op](old, value)
    from . import calls

    calls.call(getattr(old, method), value)
    return old


def _aug_item_attr(owner, attr, *way):
    """`owner.attr[key] op= value`."""
    *way, op, old, value = way
    return _core.set_item_attr(_augmented(op, old, value, _owner(way)), owner, attr, *way)


_core.staged.update(
    set_item=_set_item, set_item_attr=_set_item_attr, aug_item=_aug_item, aug_item_attr=_aug_item_attr,
    del_item=_del_item, set_attr=_set_attr, aug_attr=_aug_attr, del_attr=_del_attr,
)  # fmt: skip
