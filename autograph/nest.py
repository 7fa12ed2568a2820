"""tf.nest: structures of lists, tuples, namedtuples, dictionaries and dataclasses, taken apart and put together.

Dictionaries are taken in the order of their keys. Anything else is a leaf.
"""


__all__ = ["assert_same_structure", "flatten", "is_nested", "map_structure", "pack_sequence_as"]


def _fields(s):
    return [name for name, f in type(s).__dataclass_fields__.items() if f.init]


def _is_named(s):
    return isinstance(s, tuple) and hasattr(s, "_fields")


def is_nested(seq):
    """Whether it has parts: False for a leaf."""
    return isinstance(seq, (list, tuple, dict)) or hasattr(type(seq), "__dataclass_fields__")


def _sorted(keys):
    try:
        return sorted(keys)
    except TypeError:
        raise TypeError(f"nest: the keys of a dictionary cannot be sorted: {list(keys)!r}") from None


def _parts(s):
    if isinstance(s, dict):
        return [s[k] for k in _sorted(s)]
    if isinstance(s, (list, tuple)):
        return list(s)
    return [getattr(s, f) for f in _fields(s)]


def flatten(structure, expand_composites=False):
    """The leaves as a list, in order."""
    if not is_nested(structure):
        return [structure]
    return [leaf for part in _parts(structure) for leaf in flatten(part)]


def _rebuilt(s, parts):
    """A structure like s with other parts."""
    if isinstance(s, dict):
        new = dict(zip(_sorted(s), parts, strict=True))
        ordered = {k: new[k] for k in s}
        if type(s) is dict:
            return ordered
        if hasattr(s, "default_factory"):
            return type(s)(s.default_factory, ordered)
        return type(s)(ordered)
    if _is_named(s):
        return type(s)(*parts)
    if isinstance(s, (list, tuple)):
        return type(s)(parts)
    import dataclasses  # takes longer to import than all of this

    return dataclasses.replace(s, **dict(zip(_fields(s), parts, strict=True)))


def pack_sequence_as(structure, flat_sequence, expand_composites=False):
    """The structure again with other leaves. ValueError when their number differs."""
    if not is_nested(flat_sequence):
        raise TypeError(f"nest: the leaves must be a sequence, not a {type(flat_sequence).__name__}")
    leaves = list(flat_sequence)
    wanted = len(flatten(structure))
    if wanted != len(leaves):
        raise ValueError(f"nest: the structure has {wanted} leaves, {len(leaves)} were given")
    rest = iter(leaves)

    def pack(s):
        return _rebuilt(s, [pack(p) for p in _parts(s)]) if is_nested(s) else next(rest)

    return pack(structure)


def assert_same_structure(nest1, nest2, check_types=True, expand_composites=False):
    """ValueError when the two are not nested alike, TypeError when the types of their parts differ."""
    if is_nested(nest1) != is_nested(nest2):
        one, other = ("has parts" if is_nested(n) else "is a leaf" for n in (nest1, nest2))
        raise ValueError(f"nest: the structures differ: {nest1!r} {one}, {nest2!r} {other}")
    if not is_nested(nest1):
        return
    if check_types and type(nest1) is not type(nest2):
        raise TypeError(f"nest: the structures differ: a {type(nest1).__name__} and a {type(nest2).__name__}")
    if isinstance(nest1, dict) and isinstance(nest2, dict) and set(nest1) != set(nest2):
        raise ValueError(f"nest: the structures differ: keys {_sorted(nest1)} and {_sorted(nest2)}")
    a, b = _parts(nest1), _parts(nest2)
    if len(a) != len(b):
        raise ValueError(f"nest: the structures differ: {len(a)} and {len(b)} parts")
    for x, y in zip(a, b, strict=True):
        assert_same_structure(x, y, check_types)


def map_structure(func, *structure, check_types=True, expand_composites=False):
    """func of the leaves of structures that are nested alike, in such a structure."""
    if not callable(func):
        raise TypeError(f"nest: func is a {type(func).__name__}, which cannot be called")
    if not structure:
        raise ValueError("nest: map_structure needs at least one structure")
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types)

    from .operators import call

    return pack_sequence_as(structure[0], [call(func, *leaves) for leaves in zip(*map(flatten, structure), strict=True)])
