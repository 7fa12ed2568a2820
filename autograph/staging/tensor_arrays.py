"""TensorArray: an array of tensors that is written one element at a time."""

from .. import _core, strings
from . import places, values

Tensor = _core.Tensor


class TensorArray:
    """An array of tensors of one dtype, written one at a time: each write returns the array to go on with.

    dtype: of the elements. size: its length at first, an int or 0-d tensor. dynamic_size: writing past the end makes it longer.
    element_shape: of each element, None where sizes may differ; found at the first write when not given, unless infer_shape is
    False: then each element has a shape of its own, and what is read has a number of dimensions that only the run knows.

    >>> import autograph as ag
    >>> @ag.function
    ... def squares(n):
    ...     ta = ag.TensorArray(ag.int32, size=n)
    ...     for i in ag.range(n):
    ...         ta = ta.write(i, i * i)
    ...     return ta.stack()
    >>> squares(ag.constant(4)).tolist()
    [0, 1, 4, 9]
    """

    _boxed = False  # elements of several shapes: each is a string that holds it

    def __init__(
        self, dtype, size=None, dynamic_size=False, clear_after_read=None, tensor_array_name=None, handle=None, flow=None,
        infer_shape=True, element_shape=None, colocate_with_first_write_call=True, name=None,
    ):  # fmt: skip
        self.dtype = _core.as_dtype(dtype)
        self.dynamic_size = bool(dynamic_size)
        self._size = 0 if size is None else size
        self.element_shape = None if element_shape is None else tuple(_core.TensorShape(element_shape))
        self._buffer = None
        if self.element_shape is not None or not infer_shape:
            self._begin()

    def _begin(self):
        """Makes the buffer, as the shape of the elements is known, or known to differ."""
        self._boxed = self.element_shape is None or None in self.element_shape
        if self._boxed and self.dtype.name == "string":
            raise TypeError(f"a TensorArray cannot hold string tensors of several shapes: give it an element_shape{places.here()}")
        zero, shape = (values.zero_of("string"), ()) if self._boxed else (values.zero_of(self.dtype), self.element_shape)
        if isinstance(self._size, int):
            self._buffer = _core.op("FILL", [zero], {"shape": (self._size, *shape)})
        else:
            dims = [_core.cast(d, "int64") for d in (self._size, *shape)]
            self._buffer = _core.op("FILL_TO", [zero, _core.op("STACK", dims, {"axis": 0})])

    def _with(self, buffer, size, shape):
        made = TensorArray.__new__(TensorArray)
        made.dtype, made.dynamic_size, made.element_shape = self.dtype, self.dynamic_size, shape
        made._buffer, made._size, made._boxed = buffer, size, self._boxed
        return made

    def _like(self, other):
        """This array with the element shape (and traced size) another one has found."""
        shape = other.element_shape if self.element_shape is None else self.element_shape
        made = self._with(self._buffer, self._size, shape)
        if made._buffer is None and other._buffer is not None:
            made._begin()
        made._size = _core.cast(made._size, "int64", True)
        return made

    def _flatten(self, leaves):
        if self._buffer is not None:
            leaves.append(self._buffer)
        if not isinstance(self._size, int):
            leaves.append(self._size)
            size = None
        else:
            size = self._size
        return ("array", self.dtype.name, self.dynamic_size, self.element_shape, self._buffer is not None, size, self._boxed)

    @staticmethod
    def _unflatten(form, leaves):
        made = TensorArray.__new__(TensorArray)
        made.dtype, made.dynamic_size, made.element_shape = _core.as_dtype(form[1]), form[2], form[3]
        made._buffer = next(leaves) if form[4] else None
        made._size = next(leaves) if form[5] is None else form[5]
        made._boxed = form[6]
        return made

    def size(self, name=None):
        """The number of elements, a 0-d int32 tensor."""
        return _core.cast(self._size, "int32")

    def __len__(self):
        if not isinstance(self._size, int):
            raise TypeError(f"the length of this TensorArray is known only at run time: use .size(){places.here()}")
        return self._size

    def length(self):
        return self._size

    def write(self, index, value, name=None):
        """The array with `value` at `index`."""
        if not isinstance(value, Tensor):  # lists and numbers have no dtype of their own
            value = _core.convert(value, None if hasattr(value, "dtype") else self.dtype)
        value = _core.cast(value, self.dtype) if value.weak else value
        if value.dtype.name != self.dtype.name:
            raise TypeError(f"TensorArray of {self.dtype.name}: cannot write a {value.dtype.name} tensor{places.here()}")
        made = self._with(self._buffer, self._size, self.element_shape)
        if made._buffer is None:
            made.element_shape = values.shape_of(value)
            made._begin()
        made._check(value)
        if made._boxed:
            value = _core.op("BOX", [value])
        if not self.dynamic_size:
            made._buffer = _core.op("SET_ELEMENT", [made._buffer, value, index])
            return made
        index = _core.cast(index, "int64", True)
        made._buffer = _core.op("LIST_PUT", [made._buffer, value, index])
        longer = _core.op("ADD", [index, _core.cast(1, "int64", True)])
        made._size = _core.op("MAXIMUM", [_core.cast(self._size, "int64", True), longer])
        return made

    def _check(self, value):
        """That the sizes of a value are those of the elements, where these are known: what takes it out of a box trusts in them."""
        shape, found = self.element_shape, values.shape_of(value)
        if shape is None or found is None and not self._boxed:
            return
        if found is None or len(found) != len(shape) or any(None not in (a, b) and a != b for a, b in zip(shape, found)):
            raise ValueError(
                f"TensorArray with elements of shape {_core.TensorShape(shape)}: cannot write one of shape "
                f"{_core.TensorShape(found)}. infer_shape=False without an element_shape lets them differ{places.here()}"
            )
        for k, (size, known) in enumerate(zip(shape, found)) if self._boxed else ():
            if size is not None and known is None:
                given = _core.op("DIM", [value], {"axis": k})
                text = f"TensorArray with elements of shape {_core.TensorShape(shape)}: dimension {k} of what is written is \1"
                _core.op("ASSERT", [given == size, given], {"text": text})

    def read(self, index, name=None):
        """The element at `index`."""
        self._need_elements()
        element = _core.op("ELEMENT", [self._buffer, index])
        if not self._boxed:
            return element
        return _core.op("UNBOX", [self._written(element, "read")], {"types": [(self.dtype.name, self.element_shape)]})

    def _written(self, boxes, what):
        """The boxes, each of which holds an element."""
        text = f"TensorArray.{what}: an element was never written, so that it has no shape"
        _core.op("ASSERT", [(strings.length(boxes) > 0).all()], {"text": text})
        return boxes

    def _unboxed(self, boxes, shape, what):
        """All elements as one tensor, of that shape: one after another, or joined along their first dimension."""
        types = [(self.dtype.name, shape)]
        return _core.op("UNBOX_ALL", [self._written(boxes, what)], {"types": types, "mode": int(what == "concat")})

    def _need_elements(self):
        if self._buffer is None:
            raise ValueError(f"nothing was written to this TensorArray, and it has no element_shape{places.here()}")

    def stack(self, name=None):
        """All elements as one tensor, of shape [size, ...]."""
        self._need_elements()
        if not self._boxed:
            return self._elements()
        size = self._size if isinstance(self._size, int) and not self.dynamic_size else None
        shape = None if self.element_shape is None else (size, *self.element_shape)
        return self._unboxed(self._elements(), shape, "stack")

    def _elements(self):
        """The buffer without what it holds beyond the end."""
        if isinstance(self._size, int) and not self.dynamic_size:
            return self._buffer
        if not self.dynamic_size:
            return _core.op("IDENTITY", [self._buffer])
        n = _core.op("STACK", [_core.cast(self._size, "int64")], {"axis": 0})
        zero, one = (_core.convert([v], "int64") for v in (0, 1))
        return _core.op("SLICE_DYN", [self._buffer, zero, n, one])

    def concat(self, name=None):
        """The elements joined along their first dimension."""
        self._need_elements()
        if self._boxed:
            shape = None if self.element_shape is None else (None, *self.element_shape[1:])
            return self._unboxed(self._elements(), shape, "concat")
        rows = self.stack()
        shape = tuple(rows.shape)
        return _core.op("RESHAPE", [rows], {"shape": (-1, *shape[2:])})

    def gather(self, indices, name=None):
        """The elements at `indices`, stacked."""
        self._need_elements()
        found = _core.op("GATHER", [self._buffer, _core.convert(indices)], {"axis": 0})
        if not self._boxed:
            return found
        return self._unboxed(found, None if self.element_shape is None else (None, *self.element_shape), "gather")

    def unstack(self, value, name=None):
        """An array with the rows of `value` as elements."""
        value = value if isinstance(value, Tensor) else _core.convert(value, self.dtype)
        from . import loops

        shape = tuple(value.shape)
        made = self._with(value, loops.length_of(value), shape[1:])
        made._boxed = False  # rows have one shape
        return made

    def scatter(self, indices, value, name=None):
        """The array with row k of `value` at indices[k]."""
        made = self
        value = value if isinstance(value, Tensor) else _core.convert(value, self.dtype)
        for k, i in enumerate(indices):
            made = made.write(i, value[k])
        return made

    def split(self, value, lengths, name=None):
        """An array whose elements are rows of `value` that follow each other: lengths[k] of them are element k."""
        value = value if isinstance(value, Tensor) else _core.convert(value, self.dtype)
        return _Parts(self, value, lengths)

    def identity(self):
        """The array itself."""
        return self

    def close(self, name=None):
        """Nothing to do: memory goes with the last reference."""


class _Parts(TensorArray):
    """What split() makes: elements that need not be equally long, as rows of one tensor and where each begins."""

    def __init__(self, like, rows, lengths):
        lengths = _core.cast(lengths if isinstance(lengths, Tensor) else _core.convert(list(lengths), "int64"), "int64")
        total = _core.op("SUM", [lengths], {"axis": (0,), "keep_dims": 0})
        n = _core.op("DIM", [rows], {"axis": 0})
        text = "TensorArray.split: the lengths are \1, \1 rows in all, and the tensor has \1"
        _core.op("ASSERT", [total == n, lengths, total, n], {"text": text})
        self.dtype, self.dynamic_size, self.element_shape = like.dtype, False, (None, *tuple(rows.shape)[1:])
        self._buffer, self._size = rows, tuple(lengths.shape)[0]
        self._size = _core.op("DIM", [lengths], {"axis": 0}) if self._size is None else self._size
        self._lengths = lengths
        self._ends = _core.op("CUMSUM", [lengths], {"axis": 0})

    def _flatten(self, leaves):
        raise TypeError(f"a TensorArray made by split() cannot change in a loop: read its elements there{places.here()}")

    def write(self, index, value, name=None):
        """Refused: the elements lie side by side."""
        raise TypeError(f"a TensorArray made by split() cannot be written: its elements lie side by side{places.here()}")

    def read(self, index, name=None):
        """The rows of the element at `index`."""
        end, n = self._ends[index], self._lengths[index]
        return self._buffer[end - n : end]

    def concat(self, name=None):
        """All rows."""
        return self._buffer

    def stack(self, name=None):
        """All elements as one tensor: InvalidArgumentError unless they are equally long."""
        text = "TensorArray.stack: the elements have the lengths \1: use concat() or read()"
        _core.op("ASSERT", [(self._lengths == self._lengths[0]).all(), self._lengths], {"text": text})
        return self._buffer.reshape((self._size, -1, *tuple(self._buffer.shape)[1:]))

    def gather(self, indices, name=None):
        """The elements at `indices`, stacked."""
        return _core.op("GATHER", [self.stack(), _core.convert(indices)], {"axis": 0})
