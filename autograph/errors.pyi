"""Types of ag.errors. A test compares them with the module."""

from ._core import FailedPreconditionError as FailedPreconditionError
from ._core import InternalError as InternalError
from ._core import InvalidArgumentError as InvalidArgumentError
from ._core import OpError as OpError
from ._core import OutOfRangeError as OutOfRangeError
from ._core import ResourceExhaustedError as ResourceExhaustedError
from ._core import UnimplementedError as UnimplementedError

class CancelledError(OpError): ...
class UnknownError(OpError): ...
class DeadlineExceededError(OpError): ...
class NotFoundError(OpError): ...
class AlreadyExistsError(OpError): ...
class PermissionDeniedError(OpError): ...
class AbortedError(OpError): ...
class UnavailableError(OpError): ...
class DataLossError(OpError): ...
class UnauthenticatedError(OpError): ...

OK: int
CANCELLED: int
UNKNOWN: int
INVALID_ARGUMENT: int
DEADLINE_EXCEEDED: int
NOT_FOUND: int
ALREADY_EXISTS: int
PERMISSION_DENIED: int
RESOURCE_EXHAUSTED: int
FAILED_PRECONDITION: int
ABORTED: int
OUT_OF_RANGE: int
UNIMPLEMENTED: int
INTERNAL: int
UNAVAILABLE: int
DATA_LOSS: int
UNAUTHENTICATED: int
