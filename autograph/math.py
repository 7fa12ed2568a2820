"""tf.math: the elementwise functions, reductions and scans under one more name, special functions and segments."""

from . import api as _api
from . import reductions as _reductions
from .api import *  # noqa: F403
from .arrays import argsort, sort, top_k  # noqa: F401
from .reductions import *  # noqa: F403

_ELSEWHERE = ("constant", "convert_to_tensor", "is_tensor", "print")
_LATER = {  # most programs use none of them
    "segments": "bincount confusion_matrix in_top_k invert_permutation segment_max segment_mean segment_min segment_prod "
    "segment_sum unsorted_segment_max unsorted_segment_mean unsorted_segment_min unsorted_segment_prod "
    "unsorted_segment_sqrt_n unsorted_segment_sum",
    "special": "acosh asinh atanh digamma erfc lgamma log_sigmoid log_softmax multiply_no_nan polyval rint softmax softplus softsign "
    "xdivy xlog1py xlogy",
}
_ROOMS = {name: room for room, names in _LATER.items() for name in names.split()}
__all__ = [name for name in _api.__all__ if name not in _ELSEWHERE] + [
    *_reductions.__all__,
    "top_k",
    *_ROOMS,
]


def __dir__():
    return sorted({*globals(), *_ROOMS} - {"__dir__", "__getattr__"})


def __getattr__(name):
    from importlib import import_module

    if name in _ROOMS:
        return getattr(import_module(f".{_ROOMS[name]}", __package__), name)
    raise AttributeError(f"module 'autograph.math' has no attribute {name!r}")
