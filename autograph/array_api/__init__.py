"""The namespace of the Python array API standard, which Tensor.__array_namespace__() returns:
a program written for the standard runs on tensors, eager and traced.

    xp = x.__array_namespace__()
    xp.sum(xp.abs(x), axis=-1)

Where the standard leaves a choice: the default dtypes are int64, float64 and complex128; dtypes of
different kinds (integer with floating) do not mix; shapes that hang on values (nonzero, unique_*)
are known when the program runs. Functions promote int8 with int16 as the standard says, where the
operators of tensors keep TensorFlow's rule and refuse.

Standard: https://data-apis.org/array-api/2023.12
"""

from . import _creation, _dtypes, _elementwise, _linear, _manipulation, _reductions, _searching
from ._creation import *  # noqa: F403
from ._dtypes import *  # noqa: F403
from ._elementwise import *  # noqa: F403
from ._linear import *  # noqa: F403
from ._manipulation import *  # noqa: F403
from ._reductions import *  # noqa: F403
from ._searching import *  # noqa: F403

__array_api_version__ = "2023.12"

e = 2.718281828459045
inf = float("inf")
nan = float("nan")
newaxis = None
pi = 3.141592653589793

_ROOMS = (_creation, _dtypes, _elementwise, _linear, _manipulation, _reductions, _searching)
__all__ = ["__array_api_version__", "e", "inf", "nan", "newaxis", "pi"]
__all__ += [name for room in _ROOMS for name in room.__all__]
