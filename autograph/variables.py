"""Parts of variables that can be assigned: v[1:3].assign(x), v.scatter_nd_update(indices, updates)
and their like."""

from . import _core, api

Variable, Tensor = _core.Variable, _core.Tensor


def _part(self, key):
    part = _read_item(self, key)
    part._origin = (self, key)
    return part


_read_item = Variable.__getitem__


def _origin(part, name):
    if part._origin is None:
        raise AttributeError(
            f"Tensor.{name}: only a variable, or a part v[...] of one, can be assigned to"
        )
    return part._origin


def _assign(self, value, use_locking=False, name=None, read_value=True):
    """v[key].assign(value): gives that part of the variable v a value. Returns the variable."""
    variable, key = _origin(self, "assign")
    return variable.assign(variable.value().at(key, value))


def _assign_add(self, value, use_locking=False, name=None, read_value=True):
    """v[key].assign_add(value): adds to that part of the variable v."""
    variable, key = _origin(self, "assign_add")
    now = variable.value()
    return variable.assign(now.at(key, now[key] + value))


def _assign_sub(self, value, use_locking=False, name=None, read_value=True):
    """v[key].assign_sub(value): subtracts from that part of the variable v."""
    variable, key = _origin(self, "assign_sub")
    now = variable.value()
    return variable.assign(now.at(key, now[key] - value))


def _scatter_nd(name, mode, doc):
    def method(self, indices, updates, name=None):
        now = self.value()
        updates = api.cast_number(updates, now.dtype)
        changed = _core.op("SCATTER", [now, api._strong(indices), updates], {"mode": mode})
        return self.assign(changed)

    method.__name__ = name
    method.__qualname__ = f"Variable.{name}"
    method.__doc__ = f"{doc} at rows of indices into the leading axes. Returns the variable."
    return method


def _scatter(name, mode, doc):
    def method(self, sparse_delta, use_locking=False, name=None):
        indices, updates = sparse_delta.indices, sparse_delta.values
        rows = api.expand_dims(api._strong(indices), -1)
        now = self.value()
        changed = _core.op(
            "SCATTER", [now, rows, api.cast_number(updates, now.dtype)], {"mode": mode}
        )
        return self.assign(changed)

    method.__name__ = name
    method.__qualname__ = f"Variable.{name}"
    method.__doc__ = f"{doc} rows: `sparse_delta` is an IndexedSlices. Returns the variable."
    return method


class IndexedSlices:
    """Rows `values` that belong at `indices` of a larger tensor."""

    def __init__(self, values, indices, dense_shape=None):
        self.values, self.indices, self.dense_shape = values, indices, dense_shape


_MODES = {
    "update": (0, "Sets"),
    "add": (1, "Adds to"),
    "sub": (2, "Subtracts from"),
    "min": (3, "Lowers"),
    "max": (4, "Raises"),
}
for _name, (_mode, _doc) in _MODES.items():
    setattr(
        Variable,
        f"scatter_nd_{_name}",
        _scatter_nd(f"scatter_nd_{_name}", _mode, _doc + " the slices"),
    )
    setattr(Variable, f"scatter_{_name}", _scatter(f"scatter_{_name}", _mode, _doc))
Variable.__getitem__ = _part
Tensor.assign, Tensor.assign_add, Tensor.assign_sub = _assign, _assign_add, _assign_sub
