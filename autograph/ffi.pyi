"""Types of ag.ffi. A test compares them with the module."""

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any

from ._core import DType

_DType = DType | str | type

class _Parameter:
    @property
    def is_output(self) -> bool: ...

def array(dtype: _DType) -> _Parameter: ...
def update(dtype: _DType) -> _Parameter: ...
def output(
    dtype: _DType,
    *,
    like: int | None = None,
    shape: int | Sequence[int] | Callable[..., Any] | None = None,
) -> _Parameter: ...
def callback(arguments: Sequence[_DType], result: _DType | None = None) -> _Parameter: ...

class Library:
    path: str | bytes | None
    def __init__(self, path: str | bytes | PathLike[str] | None = None) -> None: ...
    def elementwise(
        self, symbol: str, arguments: Sequence[_DType], result: _DType
    ) -> Function: ...
    def function(
        self,
        symbol: str,
        arguments: Sequence[_DType | _Parameter],
        result: _DType | None = None,
    ) -> Function: ...

class Function:
    library: str | bytes | None
    symbol: str
    result: DType | None
    __name__: str
    def __init__(
        self,
        library: str | bytes | None,
        symbol: str,
        parameters: Sequence[_Parameter],
        result: _DType | None,
    ) -> None: ...
    def __call__(self, *args: Any) -> Any: ...
