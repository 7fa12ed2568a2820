"""tf.debugging: looking for the first NaN or infinity, and assertions."""

from . import _core
from .assertions import *  # noqa: F403
from .assertions import __all__ as _assertions

__all__ = [*_assertions, "check_numerics", "disable_check_numerics", "enable_check_numerics"]


def enable_check_numerics(stack_height_limit=30, path_length_limit=50):
    """From now on an operation whose result holds a NaN or an infinity raises InvalidArgumentError.

    The error names the operation, the line, the index of the first such element and the operands
    there. It holds for operations that run at once and inside compiled functions, in their branches
    and loops too: functions are traced and compiled anew for it, with checks, and the old code comes
    back with `disable_check_numerics`. Compiled code with checks is slower, since every result is
    looked at; without them nothing is paid. A ConcreteFunction stays as it was made.

    Arguments, constants, variables and operations that only move or choose elements are not checked.
    The parameters are TensorFlow's and do nothing.
    """
    _core.set_check_numerics(True)


def disable_check_numerics():
    """Ends `enable_check_numerics`."""
    _core.set_check_numerics(False)


def check_numerics(tensor, message, name=None):
    """The tensor, once it has been checked that it holds no NaN and no infinity.

    tensor: of a floating point or complex dtype. message: what the error begins with.
    Raises InvalidArgumentError, with the first index, at the run that meets one.
    """
    from .api import _strong

    tensor = _strong(tensor)
    _core.op("CHECK_NUMERICS", [tensor], {"message": str(message)}, None, name)
    return tensor
