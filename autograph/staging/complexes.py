"""Python's complex numbers with traced parts: two floats, and the arithmetic that CPython does on them (Objects/complexobject.c).

A complex stays Python's while its parts are known. Beside a traced number it becomes a Complex, a structure of two weak float64 numbers,
so that branches, loops and lists carry it as they carry a tuple. Arrays of complex numbers are tensors; beside one it becomes one.
"""

import math
import operator

from .. import _core, scalars

Tensor = _core.Tensor


def _message(of, *args):
    """What this Python says of a failure."""
    try:
        of(*args)
    except ArithmeticError as e:
        return str(e)
    raise AssertionError("it did not fail")


_DIVISION = _message(operator.truediv, 1j, 0j)
_POWER = _message(operator.pow, 0j, -1)
_OVERFLOW = _message(operator.pow, 1e308 + 0j, 2)
_TOO_LARGE = _message(abs, complex(1e308, 1.7e308))
MOST_TURNS = 100  # the greatest exponent that CPython multiplies out


class Complex:
    """A complex number of which a part is traced. real, imag: floats, or weak float64 tensors."""

    __slots__ = ("real", "imag")

    def __init__(self, real, imag):
        self.real, self.imag = real, imag

    def conjugate(self):
        return Complex(self.real, -self.imag)

    def __add__(self, other):
        return _paired(self, other, operator.add, lambda a, b: (a.real + b.real, a.imag + b.imag))

    def __sub__(self, other):
        return _paired(self, other, operator.sub, lambda a, b: (a.real - b.real, a.imag - b.imag))

    def __mul__(self, other):
        return _paired(self, other, operator.mul, _product)

    def __truediv__(self, other):
        return _paired(self, other, operator.truediv, _quotient)

    def __pow__(self, other, mod=None):
        if mod is not None:
            raise ValueError("complex modulo")
        if isinstance(other, (complex, int, float)):
            exponent = complex(other)
            if exponent.imag == 0 and abs(exponent.real) <= MOST_TURNS and exponent.real.is_integer():
                return Complex(*_power(self, int(exponent.real)))
        return self.__complex__() ** other if _is_operand(other) else NotImplemented

    def __rpow__(self, other):
        return other ** self.__complex__() if _is_operand(other) else NotImplemented

    def __radd__(self, other):
        return _paired(self, other, operator.add, lambda b, a: (a.real + b.real, a.imag + b.imag), swapped=True)

    def __rsub__(self, other):
        return _paired(self, other, operator.sub, lambda b, a: (a.real - b.real, a.imag - b.imag), swapped=True)

    def __rmul__(self, other):
        return _paired(self, other, operator.mul, lambda b, a: _product(a, b), swapped=True)

    def __rtruediv__(self, other):
        return _paired(self, other, operator.truediv, lambda b, a: _quotient(a, b), swapped=True)

    def __neg__(self):
        return Complex(-self.real, -self.imag)

    def __pos__(self):
        return self

    def __abs__(self):
        size = _size(abs(_core.weak(self.real)), abs(_core.weak(self.imag)))
        finite = _core.op("AND", [_is_finite(self.real), _is_finite(self.imag)])
        _raise_if(_core.op("AND", [_core.op("ISINF", [size]), finite]), OverflowError(_TOO_LARGE))
        return size

    def __eq__(self, other):
        return _compared(self, other, operator.eq, _equal)

    def __ne__(self, other):
        return _compared(self, other, operator.ne, lambda a, b: _core.op("NOT", [_equal(a, b)]))

    def __bool__(self):
        return bool(self != 0)

    def __complex__(self):
        return complex(float(self.real), float(self.imag))

    def __hash__(self):
        return hash(self.__complex__())

    def __float__(self):
        raise TypeError("float() argument must be a string or a real number, not 'complex'")

    def __int__(self):
        raise TypeError("int() argument must be a string, a bytes-like object or a real number, not 'complex'")

    def __format__(self, spec):
        choices = _core.current_graph().extra.setdefault("choices", [])
        choices.append(self)
        return f"\ue000c{len(choices) - 1}:{spec}\ue001"

    def __str__(self):
        return self.__format__("")

    def __repr__(self):
        return self.__format__("repr")

    def __tensor__(self):
        """What an operation on arrays takes it as."""
        return _core.op("COMPLEX", [_core.cast(self.real, "float64"), _core.cast(self.imag, "float64")])

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        _core.current_graph().extra["makes_arrays"] = True  # what NumPy gives of it has NumPy's dtypes
        return getattr(ufunc, method)(*[self.__tensor__() if x is self else x for x in inputs], **kwargs)


Complex.__name__ = Complex.__qualname__ = "complex"  # in the messages of Python


def part(x):
    """A number as a float: a float of Python's, or a weak float64 tensor."""
    return _core.cast(x, "float64", True) if isinstance(x, Tensor) else float(x)


def of(number):
    """The Complex of a number of Python's, traced or not; None where it is something else."""
    if type(number) is Complex:
        return number
    if isinstance(number, complex):
        return Complex(number.real, number.imag)
    if type(number) is bool or scalars.is_python_number(number) or _is_traced_number(number):
        return Complex(part(number), 0.0)
    return None


def of_input(number):
    """The Complex of an argument, a weak complex128 tensor."""
    return Complex(*[_core.cast(_core.op(op, [number]), "float64", True) for op in ("REAL", "IMAG")])


def make(real, imag):
    """The complex with these parts, which are numbers of a run: Python's; or traced, where one of them is."""
    if isinstance(real, Tensor) and real.is_symbolic or isinstance(imag, Tensor) and imag.is_symbolic:
        return Complex(real, imag)
    return complex(float(real), float(imag))


def construct(real=0, imag=0):
    """complex(real, imag)"""
    parts = real, imag
    if not any(isinstance(x, (Tensor, Complex)) and getattr(x, "is_symbolic", True) for x in parts):
        return complex(real, imag)
    if type(real) is Complex and type(imag) is int and imag == 0:
        return real
    a, b = (of(_core.cast(x, "float64", True) if _is_element(x) else x) for x in parts)
    if a is None or b is None:
        return complex(*[x.__complex__() if type(x) is Complex else x for x in parts])  # it says what is wrong
    if type(imag) in (Complex, complex):
        return Complex(a.real - b.imag, a.imag + b.real)
    return Complex(a.real, b.real + a.imag) if type(real) in (Complex, complex) else Complex(a.real, b.real)


def _is_element(x):
    """Whether it is a real element of an array, which complex() takes as a float."""
    return isinstance(x, Tensor) and x.alts is None and x.shape.rank == 0 and not x.dtype.is_complex


def beside(name, a, b):
    """a op b of a tensor and a complex of Python's. name: the operation's, as in ops.def."""
    number = a if isinstance(a, Tensor) else b
    if not number.is_symbolic and number.weak:  # eager: a complex, as Python's own would give
        return _OPERATORS[name](*[x.item() if x is number else x for x in (a, b)])
    if number is b and name in _PYTHONS and _is_float64(b):
        return _OPERATORS[name](of(a), _core.cast(b, "float64", True))
    if not _is_traced_number(number):
        return _core.binary(name.upper(), *[_cast(x, _dtype_beside(number)) for x in (a, b)])
    return _OPERATORS[name](*[of(x) if x is number else x for x in (a, b)])


def _dtype_beside(tensor):
    """What a complex of Python's and a tensor give: complex64 beside what is no more precise, as in NumPy."""
    return "complex64" if tensor.dtype.name in ("complex64", "float32", "float16", "bfloat16") else "complex128"


def _cast(x, dtype):
    if isinstance(x, complex):
        return _core.constant(x, dtype, (), None)
    return _core.cast(x.__tensor__() if type(x) is Complex else x, dtype)


_OPERATORS = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv, "pow": operator.pow,
    "floordiv": operator.floordiv, "mod": operator.mod, "eq": operator.eq, "ne": operator.ne,
    "matmul": operator.matmul, "bitand": operator.and_, "bitor": operator.or_, "bitxor": operator.xor, "shl": operator.lshift,
    "shr": operator.rshift,
}  # fmt: skip


def unify(a, b, widens):
    """(a, b) as two Complex where both values of a place are complex, as two tensors where one is a tensor; else None. widens: a
    number that is not complex becomes one."""
    for x, tensor in ((a, b), (b, a)):
        if isinstance(x, (complex, Complex)) and isinstance(tensor, Tensor) and tensor.alts is None and tensor.dtype.is_complex:
            return tuple([tensor if v is tensor else _cast(v, tensor.dtype.name) for v in (a, b)])
    complexes = isinstance(a, (complex, Complex)) + isinstance(b, (complex, Complex))
    if complexes < (1 if widens else 2):
        return None
    pair = of(a), of(b)
    return None if None in pair else pair


# ---- arithmetic -----------------------------------------------------------------------------------------


def _is_traced_number(x):
    return isinstance(x, Tensor) and x.alts is None and (x.weak or x.is_symbolic and _core.is_python_bool(x))


_PYTHONS = ("add", "sub", "mul", "div")


def _is_float64(x):
    """Whether it is a np.float64, a float that complex numbers of Python's compute with by their own rules where it stands behind them."""
    if not isinstance(x, Tensor) or not x.is_symbolic or x.weak or x.alts is not None or x.shape.rank != 0 or x.dtype.name != "float64":
        return False
    from .lent import has_numpys_arrays  # it is one of values, as these are

    return has_numpys_arrays()


def _is_operand(other):
    return isinstance(other, Tensor) or of(other) is not None


def _paired(a, b, function, parts, swapped=False):
    """The result for two numbers; beside an array, the function of tensors."""
    other = of(b)
    if other is not None:
        return Complex(*parts(a, other))
    from .arrays import Array  # they are values, as these are

    if isinstance(b, Array):
        b = b.tensor
    if hasattr(b, "__array_interface__"):
        b = _core.convert(b)
    if not swapped and _is_float64(b):
        return Complex(*parts(a, of(_core.cast(b, "float64", True))))
    return _of_tensors(function, b, a, b) if not swapped else _of_tensors(function, b, b, a)


def _compared(a, b, function, parts):
    other = of(b)
    if other is not None:
        return parts(a, other)
    return _of_tensors(function, b, a, b)


def _of_tensors(function, tensor, *operands):
    """The function of tensors, the operands cast to what a complex number and this tensor give."""
    if not isinstance(tensor, Tensor):
        return NotImplemented
    return function(*[_cast(x, _dtype_beside(tensor)) for x in operands])


def _same(x, y):
    return _core.binary("EQ", _core.weak(x), _core.weak(y))


def _equal(a, b):
    return _core.op("AND", [_same(a.real, b.real), _same(a.imag, b.imag)])


def _is_finite(x):
    return _core.op("ISFINITE", [_core.weak(x)])


def _raise_if(bad, error):
    from .maths import raise_if  # made of branches, which are made of values

    raise_if(bad, error)


def _product(a, b):
    return a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real


def _over(x, y):
    """x / y that checks nothing."""
    return _core.op("DIV", [_core.weak(x), _core.weak(y)])


def _either(c, x, y):
    return _core.op("SELECT", [c, _core.weak(x), _core.weak(y)])


def _quotient(a, b, error=ZeroDivisionError(_DIVISION)):
    """Smith's algorithm (Robert L. Smith, Algorithm 116, CACM 1962), as CPython has it."""
    wide = _core.binary("GE", abs(_core.weak(b.real)), abs(_core.weak(b.imag)))
    _raise_if(_core.op("AND", [wide, _same(b.real, 0.0)]), error)
    p, q = _either(wide, b.real, b.imag), _either(wide, b.imag, b.real)
    ratio = _over(q, p)
    below = p + q * ratio
    s, t = _either(wide, a.real, a.imag), _either(wide, a.imag, a.real)
    upper = _either(wide, a.imag - a.real * ratio, a.imag * ratio - a.real)
    return _over(s + t * ratio, below), _over(upper, below)


def _size(x, y):
    """sqrt(x * x + y * y) of floats >= 0, within 1 ULP: a root and what it lacks (Carlos F. Borges, An Improved Algorithm for hypot,
    ACM TOMS 2020), of numbers whose squares are neither too large nor too small."""
    up = _core.binary("GT", x, y)
    a, b = _either(up, x, y), _either(up, y, x)
    scale = _either(a > 2.0**511, 2.0**-600, _either(a < 2.0**-459, 2.0**600, 1.0))
    a, b = a * scale, b * scale
    h = _core.op("SQRT", [a * a + b * b])
    near, far = h - b, h - a
    lacks = _either(
        h <= 2.0 * b,
        a * (2.0 * near - a) + (near - 2.0 * (a - b)) * near,
        2.0 * far * (a - 2.0 * b) + ((4.0 * far - b) * b + far * far),
    )
    size = _over(h - _over(lacks, 2.0 * h), scale)
    size = _either(_same(a, 0.0), b, size)  # b: 0, or a NaN
    infinite = _core.op("OR", [_core.op("ISINF", [x]), _core.op("ISINF", [y])])
    return _either(infinite, math.inf, size)


def _power(z, n):
    """z ** n by squaring, as CPython multiplies (c_powu); the result of finite parts is finite, or it is an OverflowError."""
    result, factor, mask = Complex(1.0, 0.0), z, 1
    while mask <= abs(n):
        if abs(n) & mask:
            result = Complex(*_product(result, factor))
        mask <<= 1
        if mask <= abs(n):
            factor = Complex(*_product(factor, factor))
    if n < 0:
        result = Complex(*_quotient(Complex(1.0, 0.0), result, ZeroDivisionError(_POWER)))
    if n:
        for x in (result.real, result.imag):
            _raise_if(_core.op("ISINF", [_core.weak(x)]), OverflowError(_OVERFLOW))
    return result.real, result.imag
