"""Types of ag.safetensors. A test compares them with the module."""

from collections.abc import Mapping
from os import PathLike
from typing import Any

from ._core import Tensor

def load_file(filename: str | PathLike[str]) -> dict[str, Tensor]: ...
def metadata(filename: str | PathLike[str]) -> dict[str, str]: ...
def save_file(
    tensors: Mapping[str, Any],
    filename: str | PathLike[str],
    metadata: Mapping[str, str] | None = None,
) -> None: ...
