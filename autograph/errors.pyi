"""Types of ag.errors. A test compares them with the module."""

from ._core import FailedPreconditionError as FailedPreconditionError
from ._core import InternalError as InternalError
from ._core import InvalidArgumentError as InvalidArgumentError
from ._core import OpError as OpError
from ._core import OutOfRangeError as OutOfRangeError
from ._core import ResourceExhaustedError as ResourceExhaustedError
from ._core import UnimplementedError as UnimplementedError
