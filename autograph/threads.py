"""tf.config.threading: how many threads compute one large loop, product or sort.

Results have the same bits for any number. The environment variable AUTOGRAPH_NUM_THREADS sets the
number at import; without it there is one thread a processor that this process may use (affinity
mask, quota of the control group). Threads start at the first loop that takes about 0.1 ms.
"""

import operator

from . import _core

__all__ = [
    "get_inter_op_parallelism_threads",
    "get_intra_op_parallelism_threads",
    "set_inter_op_parallelism_threads",
    "set_intra_op_parallelism_threads",
]

_inter_op = 0


def get_intra_op_parallelism_threads():
    """The number of threads of one operation as it was set; 0: one a processor."""
    return _core._threads()[0]


def set_intra_op_parallelism_threads(num_threads):
    """Sets the number of threads of one operation, 0 to 256; 0: one a processor. Holds at once.

    ValueError for other numbers.
    """
    _core._set_threads(operator.index(num_threads))


def get_inter_op_parallelism_threads():
    """What set_inter_op_parallelism_threads was given, at first 0."""
    return _inter_op


def set_inter_op_parallelism_threads(num_threads):
    """Accepted for programs written for TensorFlow: here operations run one after another, each on
    all threads."""
    global _inter_op
    n = operator.index(num_threads)
    if n < 0:
        raise ValueError(f"threads: expected a number from 0 on, got {n}")
    _inter_op = n
