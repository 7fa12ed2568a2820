"""Types of ag.autograph. A test compares them with the module."""

from collections.abc import Callable
from typing import Any, TypeVar

_F = TypeVar("_F", bound=Callable[..., Any])

class experimental:
    class Feature:
        ALL: str
        AUTO_CONTROL_DEPS: str
        ASSERT_STATEMENTS: str
        BUILTIN_FUNCTIONS: str
        EQUALITY_OPERATORS: str
        LISTS: str
        NAME_SCOPES: str
        @classmethod
        def all(cls) -> tuple[str, ...]: ...
        @classmethod
        def all_but(cls, exclude: str | list[str] | tuple[str, ...]) -> tuple[str, ...]: ...

    @staticmethod
    def do_not_convert(func: _F) -> _F: ...
    @staticmethod
    def set_loop_options(
        parallel_iterations: Any = None,
        swap_memory: Any = None,
        maximum_iterations: Any = None,
        shape_invariants: Any = None,
        unroll: Any = None,
    ) -> None: ...

Feature = experimental.Feature

def set_verbosity(level: int, alsologtostdout: bool = False) -> None: ...
def to_code(
    entity: Callable[..., Any],
    *args: Any,
    recursive: bool = True,
    experimental_optional_features: Any = None,
    **kwargs: Any,
) -> str: ...
def to_graph(
    entity: Callable[..., Any], recursive: bool = True, experimental_optional_features: Any = None
) -> Callable[..., Any]: ...
def trace(*args: Any) -> None: ...
