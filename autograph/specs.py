"""TensorSpec: the dtype and shape of an argument."""

from . import _core

__all__ = ["TensorSpec"]

Tensor = _core.Tensor


class TensorSpec:
    """The dtype and shape a tensor argument has; dimensions and the whole shape may be None (unknown).

    >>> import autograph as ag
    >>> ag.TensorSpec([None, 3], ag.float32)
    TensorSpec(shape=(None, 3), dtype=tf.float32, name=None)
    """

    __slots__ = ("dtype", "name", "shape")

    def __init__(self, shape, dtype=None, name=None):
        self.shape = _core.TensorShape(shape)
        self.dtype = _core.as_dtype("float32" if dtype is None else dtype)
        self.name = name

    @classmethod
    def from_tensor(cls, tensor, name=None):
        return cls(tensor.shape, tensor.dtype, name)

    @classmethod
    def from_spec(cls, spec, name=None):
        """The same dtype and shape, under another name where one is given."""
        return cls(spec.shape, spec.dtype, name or spec.name)

    def most_specific_common_supertype(self, others):
        """The spec of this dtype of which this and all others are special cases; None where a dtype differs."""
        if any(not isinstance(o, TensorSpec) or o.dtype != self.dtype for o in others):
            return None
        shape = self.shape.most_specific_common_supertype([o.shape for o in others])
        return TensorSpec(shape, self.dtype, self.name if all(o.name == self.name for o in others) else None)

    def most_specific_compatible_type(self, other):
        """The spec of which both are special cases. ValueError when their dtypes differ."""
        found = self.most_specific_common_supertype([other])
        if found is None:
            raise ValueError(f"no TensorSpec is compatible with both {self!r} and {other!r}")
        return found

    def is_subtype_of(self, other):
        """Whether this is a special case of the other spec."""
        return isinstance(other, TensorSpec) and other.dtype == self.dtype and self.shape.is_subtype_of(other.shape)

    def is_compatible_with(self, spec_or_tensor):
        """Whether a tensor or spec has this dtype and a shape that fits."""
        value = spec_or_tensor
        if value.dtype.name != self.dtype.name:
            return False
        return self._shape_fits(tuple(value.shape))

    def _shape_fits(self, shape):
        if self.shape.rank is None:
            return True
        mine = tuple(self.shape)
        return len(mine) == len(shape) and all(m is None or m == n for m, n in zip(mine, shape))

    def lends(self, value):
        """Whether an array of the caller's fits as it is: a write to it is refused, so it must not become a tensor on the way."""
        described = None if isinstance(value, Tensor) or not hasattr(type(value), "__setitem__") else _core.describe(value)
        return described is not None and described[0] == self.dtype.name and self._shape_fits(described[1])

    def fit(self, value, path):
        """The value as a strong tensor of this spec; TypeError or ValueError when it does not fit."""
        if not isinstance(value, Tensor) or value.weak:
            if isinstance(value, float) and "float" not in self.dtype.name and "complex" not in self.dtype.name:
                raise TypeError(
                    f"argument {path!r} must be {self.dtype.name}, but a float was given: {value!r}; convert it with int(), "
                    f"or give the TensorSpec a float dtype"
                )
            if isinstance(value, (str, bytes)) and self.dtype.name != "string":
                raise TypeError(f"argument {path!r} must be {self.dtype.name}, but a {type(value).__name__} was given: {value!r}")
            value = _core.convert(value, self.dtype) if not hasattr(value, "dtype") or getattr(value, "weak", False) else _core.convert(value)
        if value.dtype.name != self.dtype.name:
            raise TypeError(
                f"argument {path!r} must have dtype {self.dtype.name}, but it has {value.dtype.name}; "
                f"cast it with tf.cast({path}, tf.{self.dtype.name})"
            )
        if not (self.shape.is_compatible_with(value.shape) if value.is_symbolic else self._shape_fits(tuple(value.shape))):
            raise ValueError(
                f"argument {path!r} must have shape {self.shape}, but it has {value.shape}; reshape it, or put None in "
                f"the TensorSpec where sizes may differ"
            )
        if value.is_symbolic and not value.shape.is_subtype_of(self.shape):
            from . import arrays

            return arrays.of_shape(value, self.shape, f"argument {path!r}")
        return value

    def example(self):
        """A tensor of this spec, for tracing: zeros, unknown dims 0."""
        dims = tuple(0 if d is None else d for d in self.shape) if self.shape.rank is not None else ()
        zero = _core.convert("") if self.dtype.name == "string" else _core.cast(0, self.dtype)
        return _core.op("FILL", [zero], {"shape": dims})

    def __eq__(self, other):
        return isinstance(other, TensorSpec) and (str(self.shape), self.dtype.name) == (str(other.shape), other.dtype.name)

    def __hash__(self):
        return hash((str(self.shape), self.dtype.name))

    def __repr__(self):
        return f"TensorSpec(shape={self.shape}, dtype={self.dtype!r}, name={self.name!r})"
