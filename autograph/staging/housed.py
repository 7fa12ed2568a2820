"""Arrays that lists of the run hold: like lists in lists they live in heaps from their birth, and what holds one has its number.

So `r[i][j] = v` is seen under every name of the array, and `r[0] is c` is asked of their numbers. An array is a list of one item in
its heap: the tensor of its elements. Which arrays must live so is found while tracing, see heaps.py.
"""

from .. import _core
from . import arrays, heaps, places, rollback, trees

Tensor = _core.Tensor


class Housed(arrays.Array):
    """An array that lives in a heap; `home` says where."""

    __slots__ = ("home",)

    def __init__(self, group, handle):
        self.home = heaps.Inner(group, handle)
        self._born, self.sites = 0, frozenset()

    def _root(self):
        return self.home.heap

    _links = property(lambda self: self._root()._links)
    _stale = property(lambda self: self._root()._stale)

    @property
    def tensor(self):
        """The elements now."""
        found = self.home.at(0, True)
        if isinstance(found, trees.Choice):
            error = TypeError(
                f"which dtype or number of dimensions this array has is known only when the function runs: keep arrays of one kind in "
                f"a list{places.here()}"
            )
            raise rollback.cannot(error)
        return found

    def _put(self, tensor):
        arrays.spoil_others(self._root())
        self.home.heap.write("SET_ELEMENT", self.home.handle, 0, arrays.own(tensor))

    def _where(self, key):
        """The key of the heap's column for a key of numbers and slices; None for others."""
        parts = key if type(key) is tuple else (key,)
        row = self.home.row
        if row is None or not row.is_dense or not all(arrays.is_number(k) or isinstance(k, slice) for k in parts):
            return None
        return (self.home.heap.start(self.home.handle), *parts) if len(parts) <= len(row.kind.shape) else None

    def __getitem__(self, key):
        where = self._where(key)
        if where is None or len(where) != len(self.home.row.kind.shape) + 1 or any(isinstance(k, slice) for k in where):
            return super().__getitem__(key)
        arrays.refuse_stale(self, "array", "elements")
        return self.home.heap.now.columns[0][where]

    def __setitem__(self, key, value):
        where = self._where(arrays.plain(key))
        if where is None:
            return super().__setitem__(key, value)
        arrays.refuse_stale(self, "array", "elements")
        arrays.spoil_others(self._root())
        self.home.heap.set_element(where, arrays.fitting(value, self.home.row.kind.dtype))


def born(tensor):
    """An array that the user's code has made: it lives in a heap where that is known of its place of birth."""
    group, sites = _place()
    if group is not None:
        return Housed(group, group.heap.add((tensor,)))
    made = arrays.Array(tensor)
    made.sites = sites
    return made


def part(base, key):
    """A row or slice of an array: a view of it. One that a list holds is a copy: where one is written, the other is stale."""
    group, sites = _place()
    if group is not None:
        made = Housed(group, group.heap.add((base.tensor[arrays.plain(key)],)))
        if made._root() is base._root():
            raise rollback.cannot(TypeError(f"a list holds this part of an array beside the array: take a copy of the part{places.here()}"))
        arrays.link_once(base._root(), made._root())
        return made
    made = arrays.View(base, key)
    made.sites = sites
    return made


def _place():
    """The Group of what is made here, when it lives in a heap, and the sites to note of it otherwise."""
    graph = _core.current_graph()
    if graph is None or not graph.extra.get("tracked"):
        return None, frozenset()
    site = heaps.birthplace()
    return heaps.group_of(site), frozenset([site])


def stacked(group, handles):
    """The arrays of these numbers as one tensor; None where they are not of one dtype and rank."""
    heap = group.heap
    if heap.row is None or heap.row.kind is None:
        return None
    arrays.refuse_stale(heap, "array", "elements")
    at = _core.op("GATHER", [heap.now.starts, handles], {"axis": 0})
    column = _core.op("GATHER", [heap.now.columns[0], at], {"axis": 0})
    return rows.stacked(column, heap.row.kind)


from . import rows  # noqa: E402 - which needs what is made of values, as these are
