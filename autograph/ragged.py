"""tf.ragged: tensors whose rows differ in length, held as the rows one after another and the places where each begins.

A RaggedTensor is a dataclass of these two tensors, so it is opened as an argument, a result and a loop variable as others are;
`for row in ragged` is a loop over its rows, each a slice whose length only the run knows.
"""

import dataclasses

from . import _core, api

__all__ = ["RaggedTensor", "constant"]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class RaggedTensor:
    """Rows of different lengths: row i is values[row_splits[i]:row_splits[i + 1]].

    values      a Tensor [total, ...], or a RaggedTensor of the rows of rows
    row_splits  int64 [rows + 1]: 0 first, never falling, the length of values last

    >>> import autograph as tf
    >>> r = tf.ragged.constant([[3, 1], [], [2]])
    >>> r.to_list(), r.row_lengths().numpy().tolist()
    ([[3, 1], [], [2]], [2, 0, 1])
    """

    values: object
    row_splits: object

    @classmethod
    def from_row_splits(cls, values, row_splits, validate=True):
        """From values and where each row begins; ValueError where the splits are no such places."""
        values, splits = _values(values), api.cast(api.convert_to_tensor(row_splits), "int64")
        if validate and not splits.is_symbolic:
            at = splits.numpy().tolist()
            if not isinstance(at, list) or not at or at[0] != 0 or any(a > b for a, b in zip(at, at[1:])):
                raise ValueError(f"row_splits must be a vector that starts with 0 and never falls, not {at}")
            n = _length(values)
            if n is not None and at[-1] != n:
                raise ValueError(f"row_splits must end with the number of values, {n}, not {at[-1]}")
        return cls(values, splits)

    @classmethod
    def from_row_lengths(cls, values, row_lengths, validate=True):
        """From values and the length of each row."""
        lengths = api.cast(api.convert_to_tensor(row_lengths), "int64")
        return cls.from_row_splits(values, api.concat([_zero(), api.cumsum(lengths)], 0), validate)

    @classmethod
    def from_value_rowids(cls, values, value_rowids, nrows=None, validate=True):
        """From values and the row of each, in rising order; nrows: more rows than the last that has a value."""
        rows = [int(i) for i in api.convert_to_tensor(value_rowids).numpy()]
        n = (rows[-1] + 1 if rows else 0) if nrows is None else int(nrows)
        if any(a > b for a, b in zip(rows, rows[1:])) or (rows and (rows[0] < 0 or rows[-1] >= n)):
            raise ValueError(f"value_rowids must rise and lie in [0, {n}), not {rows}")
        lengths = [0] * n
        for i in rows:
            lengths[i] += 1
        return cls.from_row_lengths(values, api.constant(lengths, "int64", [n]), validate)

    @property
    def dtype(self):
        """The dtype of the values."""
        return self.values.dtype

    @property
    def shape(self):
        """[rows, None, ...]."""
        rows = self.row_splits.shape[0]
        return _core.TensorShape([None if rows is None else rows - 1, None, *list(self.values.shape)[1:]])

    @property
    def flat_values(self):
        """The values of all ragged dimensions, as one Tensor."""
        return self.values.flat_values if isinstance(self.values, RaggedTensor) else self.values

    def nrows(self):
        """How many rows: a scalar int64 tensor."""
        return api.cast(api.shape(self.row_splits)[0] - 1, "int64")

    def row_lengths(self):
        """The length of each row: int64 [rows]."""
        return self.row_splits[1:] - self.row_splits[:-1]

    def to_tensor(self, default_value=0):
        """A Tensor [rows, longest, ...] with default_value where a row has ended."""
        if isinstance(self.values, RaggedTensor):
            raise NotImplementedError("to_tensor of rows of rows: call it on .values, or on each row")
        lengths, total = self.row_lengths(), api.cast(api.shape(self.values)[0], "int64")
        longest = api.reduce_max(api.concat([_zero(), lengths], 0))
        steps = api.expand_dims(api.range(longest), 0)
        there = steps < api.expand_dims(lengths, 1)
        places = api.where(there, api.expand_dims(self.row_splits[:-1], 1) + steps, total)
        filler = api.fill([1, *list(self.values.shape)[1:]], api.cast(default_value, self.dtype))
        return api.gather(api.concat([self.values, filler], 0), places)

    def to_list(self):
        """Nested lists of Python's values."""
        if self.row_splits.is_symbolic:
            raise TypeError("to_list() needs the values, which are known only when the function runs: return the RaggedTensor")
        at = self.row_splits.numpy().tolist()
        inner = self.values.to_list() if isinstance(self.values, RaggedTensor) else self.values.numpy().tolist()
        return [inner[a:b] for a, b in zip(at, at[1:])]

    def __getitem__(self, i):
        """Row i, or the rows of a slice of step 1."""
        if isinstance(i, slice):
            if i.step not in (None, 1):
                raise NotImplementedError("a RaggedTensor is sliced with step 1 alone")
            start, stop, _ = i.indices(_length(self))
            splits = self.row_splits[start : max(start, stop) + 1]
            return RaggedTensor(_between(self.values, splits[0], splits[-1]), splits - splits[0])
        if isinstance(i, int):
            n = _length(self)
            if n is not None and not -n <= i < n:
                raise IndexError(f"row {i} of a RaggedTensor of {n} rows")
            i = i + n if i < 0 and n is not None else i
        return _between(self.values, self.row_splits[i], self.row_splits[i + 1])

    def __len__(self):
        n = _length(self)
        if n is None:
            raise TypeError("the number of rows is known only when the function runs: use nrows()")
        return n

    def __iter__(self):
        return iter([self[i] for i in range(len(self))])

    def __eq__(self, other):
        raise TypeError("RaggedTensors are not compared: compare their .values and .row_splits")

    __hash__ = None

    def __repr__(self):
        if self.row_splits.is_symbolic:
            return f"<tf.RaggedTensor of {self.values!r} by {self.row_splits!r}>"
        return f"<tf.RaggedTensor {self.to_list()}>"


RaggedTensor._rows_differ = True  # no field: staging/loops.py asks for it without an import of this module


def _zero():
    return api.constant([0], "int64")


def _values(values):
    return values if isinstance(values, RaggedTensor) else api.convert_to_tensor(values)


def _length(rows):
    """How many rows, None where only the run knows."""
    return rows.shape[0]


def _between(values, start, stop):
    """values[start:stop]; rows of rows are cut where their splits say."""
    if not isinstance(values, RaggedTensor):
        return values[start:stop]
    splits = values.row_splits[start : stop + 1]
    return RaggedTensor(_between(values.values, splits[0], splits[-1]), splits - splits[0])


def constant(pylist, dtype=None):
    """A RaggedTensor of nested lists: the outer two levels may differ in length, and so may those inside.

    ValueError where numbers and lists stand beside each other."""
    rows = [list(row) if isinstance(row, (list, tuple)) else row for row in pylist]
    if any(not isinstance(row, list) for row in rows):
        raise ValueError("ragged.constant takes a list of lists; for a list of numbers use constant")
    inner = [x for row in rows for x in row]
    nested = [isinstance(x, (list, tuple)) for x in inner]
    if any(nested) and not all(nested):
        raise ValueError("ragged.constant: a number stands beside a list, so the nesting has no one depth")
    values = constant(inner, dtype) if any(nested) else api.constant(inner, dtype or (None if inner else "float32"))
    lengths = api.constant([len(row) for row in rows], "int64", [len(rows)])
    return RaggedTensor.from_row_lengths(values, lengths)
