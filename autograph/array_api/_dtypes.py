"""Dtypes of the standard, how they promote, and what they can hold."""

from collections import namedtuple

from .. import _core, api

__all__ = [
    "__array_namespace_info__",
    "astype",
    "bool",
    "can_cast",
    "complex128",
    "complex64",
    "finfo",
    "float32",
    "float64",
    "iinfo",
    "int16",
    "int32",
    "int64",
    "int8",
    "isdtype",
    "result_type",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
]

Tensor = _core.Tensor
_truth = bool
bool = _core.as_dtype("bool")
int8, int16, int32, int64 = (_core.as_dtype(f"int{n}") for n in (8, 16, 32, 64))
uint8, uint16, uint32, uint64 = (_core.as_dtype(f"uint{n}") for n in (8, 16, 32, 64))
float32, float64 = _core.as_dtype("float32"), _core.as_dtype("float64")
complex64, complex128 = _core.as_dtype("complex64"), _core.as_dtype("complex128")

_SIGNED = (int8, int16, int32, int64)
_UNSIGNED = (uint8, uint16, uint32, uint64)
_REAL = (float32, float64)
_COMPLEX = (complex64, complex128)
_KINDS = {
    "bool": (bool,),
    "signed integer": _SIGNED,
    "unsigned integer": _UNSIGNED,
    "integral": _SIGNED + _UNSIGNED,
    "real floating": _REAL,
    "complex floating": _COMPLEX,
    "numeric": _SIGNED + _UNSIGNED + _REAL + _COMPLEX,
}
_NUMBERS = {int: int64, float: float64, complex: complex128, _truth: bool}


# ---- arguments -------------------------------------------------------------------------------------


def tensor(x, dtype=None):
    """A strong tensor: arrays and tensors as they are, Python's numbers in the default dtypes."""
    if dtype is None and type(x) in _NUMBERS:
        dtype = _NUMBERS[type(x)]
    t = x if isinstance(x, Tensor) and dtype is None else _core.convert(x, dtype)
    return _core.cast(t, t.dtype) if t.weak else t


def floats(name, x):
    """The floating or complex tensor that the function `name` needs; TypeError else."""
    x = tensor(x)
    if not (x.dtype.is_floating or x.dtype.is_complex):
        raise TypeError(
            f"{name}: needs floating or complex numbers, not {x.dtype.name}: convert with astype()"
        )
    return x


def operands(name, *xs):
    """Tensors of one dtype. A Python number takes the dtype of the arrays beside it."""
    if not any(_is_array(x) for x in xs):
        raise TypeError(f"{name}: expected an array, got {', '.join(type(x).__name__ for x in xs)}")
    arrays = [tensor(x) for x in xs if _is_array(x)]
    dtype = _promoted(name, [a.dtype for a in arrays])
    return [_cast(tensor(x), dtype) if _is_array(x) else _scalar(name, x, dtype) for x in xs]


def _is_array(x):
    return not isinstance(x, (int, float, complex)) or hasattr(x, "dtype")


def _scalar(name, x, dtype):
    kind = _NUMBERS.get(type(x))
    fits = {
        bool: dtype == bool,
        int64: dtype != bool,
        float64: dtype.is_floating or dtype.is_complex,
        complex128: dtype.is_complex,
    }
    if not fits.get(kind, False):
        raise TypeError(
            f"{name}: the Python number {x!r} does not go with an array of {dtype.name}"
        )
    return _core.convert(x, dtype)


def _cast(x, dtype):
    return x if x.dtype == dtype else api.cast(x, dtype)


# ---- promotion -------------------------------------------------------------------------------------


def _pair(a, b):
    """The dtype that holds both, None where the standard has none."""
    if a == b:
        return a
    for group in (_SIGNED, _UNSIGNED, _REAL + _COMPLEX):
        if a in group and b in group:
            if group is not _REAL + _COMPLEX and (a in _COMPLEX) == (b in _COMPLEX):
                return group[max(group.index(a), group.index(b))]
            return complex128 if float64 in (a, b) or complex128 in (a, b) else complex64
    if a in _UNSIGNED:
        a, b = b, a
    if a in _SIGNED and b in _UNSIGNED:
        wide = max(_SIGNED.index(a), _UNSIGNED.index(b) + 1)
        return _SIGNED[wide] if wide < len(_SIGNED) else None
    halves = [d for d in (a, b) if d.name in ("float16", "bfloat16")]
    if len(halves) == 1 and (a.is_floating and b.is_floating):
        return b if a == halves[0] else a
    return None


def _promoted(name, dtypes):
    dtype = dtypes[0]
    for other in dtypes[1:]:
        both = _pair(dtype, other)
        if both is None:
            raise TypeError(
                f"{name}: {dtype.name} and {other.name} have no common dtype: convert one with astype()"
            )
        dtype = both
    return dtype


def result_type(*arrays_and_dtypes):
    """The dtype of what is computed from these arrays, dtypes and Python numbers."""
    if not arrays_and_dtypes:
        raise ValueError("result_type: give at least one array or dtype")
    dtypes, numbers = [], []
    for x in arrays_and_dtypes:
        if type(x) in _NUMBERS:
            numbers.append(x)
        else:
            dtypes.append(x if isinstance(x, _core.DType) else tensor(x).dtype)
    if not dtypes:
        raise ValueError("result_type: give at least one array or dtype, not Python numbers alone")
    dtype = _promoted("result_type", dtypes)
    for x in numbers:
        _scalar("result_type", x, dtype)
    return dtype


def can_cast(from_, to):
    """Whether every value of the dtype (or of the array's dtype) is one of `to`, by the rules of promotion."""
    source = from_ if isinstance(from_, _core.DType) else tensor(from_).dtype
    return _pair(source, to) == to


def astype(x, dtype, /, *, copy=True, device=None):
    """x with another dtype. Complex becomes real in no way; floats become integers towards zero."""
    x = tensor(x)
    dtype = _core.as_dtype(dtype)
    if x.dtype.is_complex and not dtype.is_complex:
        raise TypeError(
            f"astype: {x.dtype.name} does not become {dtype.name}: take real() or imag()"
        )
    return _cast(x, dtype)


# ---- limits ----------------------------------------------------------------------------------------

finfo_object = namedtuple("finfo_object", "bits eps max min smallest_normal dtype")
iinfo_object = namedtuple("iinfo_object", "bits max min dtype")
_FLOATS = {"float32": (32, 2.0**-23, 2.0**-126), "float64": (64, 2.0**-52, 2.0**-1022)}


def _dtype_of(type_, what):
    return type_ if isinstance(type_, _core.DType) else tensor(type_).dtype


def finfo(type, /):
    """bits, eps, max, min, smallest_normal of a floating dtype, or of an array's; of complex ones those of their parts."""
    dtype = _dtype_of(type, "finfo")
    name = dtype.real_dtype.name if dtype.is_complex else dtype.name
    if name not in _FLOATS:
        raise TypeError(f"finfo: {dtype.name} is no floating dtype of the standard")
    bits, eps, least = _FLOATS[name]
    part = _core.as_dtype(name)
    return finfo_object(bits, eps, float(part.max), float(part.min), least, part)


def iinfo(type, /):
    """bits, max, min of an integer dtype, or of an array's."""
    dtype = _dtype_of(type, "iinfo")
    if dtype not in _KINDS["integral"]:
        raise TypeError(f"iinfo: {dtype.name} is no integer dtype")
    return iinfo_object(8 * dtype.size, int(dtype.max), int(dtype.min), dtype)


def isdtype(dtype, kind):
    """Whether the dtype is `kind`: a dtype, 'bool', 'signed integer', 'unsigned integer', 'integral', 'real floating',
    'complex floating', 'numeric', or one of a tuple of them."""
    if isinstance(kind, tuple):
        return any(isdtype(dtype, k) for k in kind)
    if isinstance(kind, str):
        if kind not in _KINDS:
            raise ValueError(
                f"isdtype: there is no kind {kind!r}: it is one of {', '.join(_KINDS)}"
            )
        return dtype in _KINDS[kind]
    return dtype == kind


class _Info:
    """What this namespace can do."""

    def capabilities(self):
        return {"boolean indexing": True, "data-dependent shapes": True}

    def default_device(self):
        return "/device:CPU:0"

    def devices(self):
        return ["/device:CPU:0"]

    def default_dtypes(self, *, device=None):
        return {
            "real floating": float64,
            "complex floating": complex128,
            "integral": int64,
            "indexing": int64,
        }

    def dtypes(self, *, device=None, kind=None):
        every = {d.name: d for d in (bool, *_KINDS["numeric"])}
        return {n: d for n, d in every.items() if kind is None or isdtype(d, kind)}


def __array_namespace_info__():
    """What this namespace can do: capabilities(), default_dtypes(), dtypes(), devices()."""
    return _Info()
