"""Exceptions under TensorFlow's names; each that is raised here is a Python exception too, so both
kinds of `except` catch it.

All take a message alone, or TensorFlow's (node_def, op, message), and have `message` and
`error_code`.
"""

from ._core import (
    FailedPreconditionError,
    InternalError,
    InvalidArgumentError,
    OpError,
    OutOfRangeError,
    ResourceExhaustedError,
    UnimplementedError,
)

_CODES = (
    "OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS "
    "PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED "
    "INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED"
).split()
_MINE = {
    e.__name__: e
    for e in (
        FailedPreconditionError,
        InternalError,
        InvalidArgumentError,
        OutOfRangeError,
        ResourceExhaustedError,
        UnimplementedError,
    )
}


def _init(self, *args, **named):
    if len(args) > 1 or named:
        words = ["node_def", "op", "message", "error_code"][: 4 if type(self) is OpError else 3]
        given = {**dict(zip(words, args)), **named}
        known = {"node_def", "op", "message"} <= given.keys() <= {*words}
        if not known or len(given) != len(args) + len(named):
            raise TypeError(f"{type(self).__name__} takes a message, or ({', '.join(words)})")
        args = (given.pop("message"),)
        vars(self).update(given)
    self.args = args
    if args:
        self.message = args[0]


OpError.__init__ = _init
OpError.node_def = OpError.op = None
OpError.error_code = 2
__all__ = ["OpError"]
for _number, _code in enumerate(_CODES):
    globals()[_code] = _number
    __all__.append(_code)
    if _code == "OK":
        continue
    _name = _code.title().replace("_", "") + "Error"
    _doc = "Of TensorFlow's: this library never raises it."
    _class = _MINE.get(_name) or type(_name, (OpError,), {"__module__": __name__, "__doc__": _doc})
    globals()[_name] = _class
    _class.error_code = _number
    __all__.append(_name)
