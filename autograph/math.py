"""tf.math: the elementwise functions, reductions and scans under one more name."""

from . import api as _api
from . import reductions as _reductions
from .api import *  # noqa: F403
from .arrays import argsort, sort, top_k  # noqa: F401
from .reductions import *  # noqa: F403

_ELSEWHERE = ("constant", "convert_to_tensor", "is_tensor", "print")
__all__ = [name for name in _api.__all__ if name not in _ELSEWHERE] + [*_reductions.__all__, "top_k"]
