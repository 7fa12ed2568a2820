"""tf.math: the elementwise functions, reductions and scans under one more name."""

from . import api as _api
from .api import *  # noqa: F403

__all__ = [name for name in _api.__all__ if name not in ("constant", "convert_to_tensor", "is_tensor", "print")]
