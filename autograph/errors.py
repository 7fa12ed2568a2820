"""Exceptions under TensorFlow's names; each is a Python exception too, so both kinds of `except` catch it."""

from ._core import (
    FailedPreconditionError,
    InternalError,
    InvalidArgumentError,
    OpError,
    OutOfRangeError,
    ResourceExhaustedError,
    UnimplementedError,
)

__all__ = [
    "FailedPreconditionError",
    "InternalError",
    "InvalidArgumentError",
    "OpError",
    "OutOfRangeError",
    "ResourceExhaustedError",
    "UnimplementedError",
]
