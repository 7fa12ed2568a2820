"""Types of ag.random. A test compares them with the module."""

from typing import Any

from ._core import Tensor, Variable

class Generator:
    def __init__(self, copy_from: Any = None, state: Any = None, alg: Any = None) -> None: ...
    @classmethod
    def from_seed(cls, seed: Any, alg: Any = None) -> Generator: ...
    @classmethod
    def from_state(cls, state: Any, alg: Any = None) -> Generator: ...
    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> Generator: ...
    @property
    def state(self) -> Variable: ...
    @property
    def key(self) -> Tensor: ...
    def reset_from_seed(self, seed: Any) -> None: ...
    def reset(self, state: Any) -> None: ...
    def skip(self, delta: Any) -> None: ...
    def make_seeds(self, count: Any = 1) -> Tensor: ...
    def split(self, count: Any = 1) -> list[Generator]: ...
    def uniform(
        self,
        shape: Any,
        minval: Any = 0,
        maxval: Any = None,
        dtype: Any = "float32",
        name: str | None = None,
    ) -> Tensor: ...
    def uniform_full_int(
        self, shape: Any, dtype: Any = "uint64", name: str | None = None
    ) -> Tensor: ...
    def normal(
        self,
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = "float32",
        name: str | None = None,
    ) -> Tensor: ...
    def truncated_normal(
        self,
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = "float32",
        name: str | None = None,
    ) -> Tensor: ...

def categorical(
    logits: Any,
    num_samples: Any,
    dtype: Any = "int64",
    seed: int | None = None,
    name: str | None = None,
) -> Tensor: ...
def create_rng_state(seed: Any, alg: Any = None) -> Tensor: ...
def get_global_generator() -> Generator: ...
def normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> Tensor: ...
def set_global_generator(generator: Generator) -> None: ...
def set_seed(seed: int | None) -> None: ...
def shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Tensor: ...
def stateless_categorical(
    logits: Any, num_samples: Any, seed: Any, dtype: Any = "int64", name: str | None = None
) -> Tensor: ...
def stateless_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    name: str | None = None,
    alg: Any = "auto_select",
) -> Tensor: ...
def stateless_shuffle(value: Any, seed: Any, name: str | None = None) -> Tensor: ...
def stateless_truncated_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    name: str | None = None,
    alg: Any = "auto_select",
) -> Tensor: ...
def stateless_uniform(
    shape: Any,
    seed: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = "float32",
    name: str | None = None,
    alg: Any = "auto_select",
) -> Tensor: ...
def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> Tensor: ...
def uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> Tensor: ...
