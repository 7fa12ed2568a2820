"""The cmath module on complex numbers with traced parts: small programs that are converted when they are first needed.

What they give of infinities and NaN depends on the kinds of the two parts alone, and is asked of cmath itself. Roots are those of
cmath to the last bit; exp and log have the last bit of this library's own exp, log, sin and cos.
"""

import cmath
import math
import sys

from .. import _core
from . import complexes, maths

_LEAST, _MOST, _LN2 = sys.float_info.min, sys.float_info.max, math.log(2)
_LARGE = math.log(_MOST / 4)  # the exponential of more may be too large for a float, and its product with a cosine none the less fit
_UP = 53  # by as many powers of two subnormal numbers are scaled
_KINDS = (-math.inf, -1.0, -0.0, 0.0, 1.0, math.inf, math.nan)


def _kind(v):
    """Which of _KINDS a float is like."""
    if v != v:
        return 6
    if v == 0:
        return 3 if math.copysign(1.0, v) > 0 else 2
    if math.isinf(v):
        return 5 if v > 0 else 0
    return 4 if v > 0 else 1


def _table(function):
    """What cmath gives of parts of each kind: real parts, imaginary parts, and whether it is an error."""
    found = []
    for x in _KINDS:
        for y in _KINDS:
            try:
                value = function(complex(x, y))
                found.append((value.real, value.imag, False))
            except ValueError:
                found.append((0.0, 0.0, True))
    return [list(column) for column in zip(*found)]


_SQRT, _LOG, _EXP = _table(cmath.sqrt), _table(cmath.log), _table(cmath.exp)


def _looked_up(x, y, reals, imags, errors):
    kind = maths.helper(_kind)
    k = 7 * kind(x) + kind(y)
    if list(errors)[k]:
        raise ValueError("math domain error")
    return complex(list(reals)[k], list(imags)[k])


def _sqrt(x, y, reals, imags, errors):
    if not (math.isfinite(x) and math.isfinite(y)):
        return maths.helper(_looked_up)(x, y, reals, imags, errors)
    if x == 0 and y == 0:
        return complex(0.0, y)
    a, b = abs(x), abs(y)
    if a < _LEAST and b < _LEAST:
        a, b = a * 2.0**_UP, b * 2.0**_UP
        s = math.sqrt(a + math.hypot(a, b)) * 2.0 ** -((_UP + 1) // 2)
        b = abs(y)
    else:
        s = 2.0 * math.sqrt(a / 8.0 + math.hypot(a / 8.0, b / 8.0))
    d = b / (2.0 * s)
    if x >= 0:
        return complex(s, math.copysign(d, y))
    return complex(d, math.copysign(s, y))


def _log(x, y, reals, imags, errors):
    if not (math.isfinite(x) and math.isfinite(y)):
        return maths.helper(_looked_up)(x, y, reals, imags, errors)
    a, b = abs(x), abs(y)
    if a == 0 and b == 0:
        raise ValueError("math domain error")
    if a > _MOST / 4 or b > _MOST / 4:
        size = math.log(math.hypot(a / 2, b / 2)) + _LN2
    elif a < _LEAST and b < _LEAST:
        size = math.log(math.hypot(a * 2.0**_UP, b * 2.0**_UP)) - _UP * _LN2
    else:
        h = math.hypot(a, b)
        if 0.71 <= h and h <= 1.73:  # where the logarithm of a rounded h would lose what is left of it
            larger, smaller = max(a, b), min(a, b)
            size = math.log1p((larger - 1) * (larger + 1) + smaller * smaller) / 2.0
        else:
            size = math.log(h)
    return complex(size, math.atan2(y, x))


def _exp(x, y, reals, imags, errors):
    if not (math.isfinite(x) and math.isfinite(y)):
        if math.isinf(x) and math.isfinite(y) and y != 0:
            size = math.inf if x > 0 else 0.0
            return complex(math.copysign(size, math.cos(y)), math.copysign(size, math.sin(y)))
        return maths.helper(_looked_up)(x, y, reals, imags, errors)
    if x > _LARGE:
        size = math.exp(min(x, 2 * _LARGE) - 700.0)
        re, im = size * math.cos(y) * 1.0142320547350045e304, size * math.sin(y) * 1.0142320547350045e304
    else:
        size = math.exp(x)
        re, im = size * math.cos(y), size * math.sin(y)
    if math.isinf(re) or math.isinf(im):
        raise OverflowError("math range error")
    return complex(re, im)


def _phase(x, y, fails):
    angle = math.atan2(y, x)
    if fails and angle == 0 and y != 0 and math.isfinite(x):
        raise OverflowError("math range error")
    return angle


def _fails_when_tiny():
    """Whether this Python says that an angle is too small for a float."""
    try:
        return cmath.phase(complex(1e308, 1e-200)) != 0
    except OverflowError:
        return True


def _polar(x, y):
    size = math.hypot(x, y)
    if math.isinf(size) and math.isfinite(x) and math.isfinite(y):
        raise OverflowError("math range error")
    return size, math.atan2(y, x)


def _isfinite(x, y):
    return math.isfinite(x) and math.isfinite(y)


def _isinf(x, y):
    return math.isinf(x) or math.isinf(y)


def _isnan(x, y):
    return math.isnan(x) or math.isnan(y)


def _by_parts(program, plain, *table):
    def run(z, /):
        traced = type(z) is complexes.Complex or isinstance(z, _core.Tensor) and z.is_symbolic and z.weak
        number = complexes.of(z) if traced else None
        return plain(z) if number is None else maths.helper(program)(number.real, number.imag, *table)

    return run


def _log_by(z, *base):
    return plain_log(z) if not base else cmath.log(z, *base)


plain_log = _by_parts(_log, cmath.log, *_LOG)
FUNCTIONS = {
    cmath.sqrt: _by_parts(_sqrt, cmath.sqrt, *_SQRT),
    cmath.exp: _by_parts(_exp, cmath.exp, *_EXP),
    cmath.log: _log_by,
    cmath.phase: _by_parts(_phase, cmath.phase, _fails_when_tiny()),
    cmath.polar: _by_parts(_polar, cmath.polar),
    cmath.isfinite: _by_parts(_isfinite, cmath.isfinite),
    cmath.isinf: _by_parts(_isinf, cmath.isinf),
    cmath.isnan: _by_parts(_isnan, cmath.isnan),
}
