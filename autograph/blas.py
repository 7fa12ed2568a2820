"""Where the library of matrix products lies: scipy_openblas32's, opened at the first one."""

import os
import sys

from . import _core

__all__ = ["find"]

LIBRARY = os.path.join("scipy_openblas32", "lib", "libscipy_openblas.so")


def find():
    """The library's path, or None where the package is not installed; it is not imported."""
    for place in sys.path:
        path = os.path.join(place, LIBRARY)
        if os.path.isfile(path):
            return path
    return None


_path = find()
if _path is not None:
    _core.blas_later(_path)
