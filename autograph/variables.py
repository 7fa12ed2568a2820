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


def _assign_add(self, delta, use_locking=False, name=None, read_value=True):
    """v[key].assign_add(delta): adds to that part of the variable v."""
    variable, key = _origin(self, "assign_add")
    now = variable.value()
    return variable.assign(now.at(key, now[key] + delta))


def _assign_sub(self, delta, use_locking=False, name=None, read_value=True):
    """v[key].assign_sub(delta): subtracts from that part of the variable v."""
    variable, key = _origin(self, "assign_sub")
    now = variable.value()
    return variable.assign(now.at(key, now[key] - delta))


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


def _scatter_div(self, sparse_delta, use_locking=False, name=None):
    """Divides rows: `sparse_delta` is an IndexedSlices of a known length. Returns the variable."""
    now = self.value()
    rows = api.unstack(api._strong(sparse_delta.indices))
    values = api.unstack(api.cast_number(sparse_delta.values, now.dtype))
    for row, value in zip(rows, values, strict=True):
        now = now.at(row, now[row] / value)
    return self.assign(now)


def _batch_scatter_update(self, sparse_delta, use_locking=False, name=None):
    """Sets rows of each row: the leading dimensions of the indices but the last are the variable's own."""
    from . import arrays

    at, now = api._strong(sparse_delta.indices), self.value()
    rows = arrays._batched(api.expand_dims(at, -1), at.shape.rank - 1)
    updates = api.cast_number(sparse_delta.values, now.dtype)
    return self.assign(_core.op("SCATTER", [now, rows, updates], {"mode": 0}))


def _sparse_read(self, indices, name=None):
    """The rows at `indices`."""
    return api.gather(self.value(), indices)


def _gather_nd(self, indices, name=None):
    """What stands at the places that rows of indices name."""
    return _core.op("GATHER_ND", [self.value(), api._strong(indices)])


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
Variable.scatter_mul, Variable.scatter_div = _scatter("scatter_mul", 5, "Multiplies"), _scatter_div
Variable.batch_scatter_update, Variable.sparse_read, Variable.gather_nd = _batch_scatter_update, _sparse_read, _gather_nd


def _array_ufunc(self, ufunc, method, *inputs, **kwargs):
    return _array_function(self, getattr(ufunc, method), (), inputs, kwargs)


def _array_function(self, func, types, args, kwargs):
    """numpy.sum(variable), numpy.stack([variable, ...]) and their like: of the values, which a trace reads."""
    read = Variable.numpy if _core.current_graph() is None else Variable.value

    def given(x):
        if isinstance(x, Variable):
            return read(x)
        return type(x)(map(given, x)) if type(x) in (list, tuple) else x

    return func(*given(args), **{key: given(x) for key, x in kwargs.items()})


Variable.__array_ufunc__, Variable.__array_function__ = _array_ufunc, _array_function
Variable.__getitem__ = _part
Tensor.assign, Tensor.assign_add, Tensor.assign_sub = _assign, _assign_add, _assign_sub
