"""What can be wrong with a model."""

__all__ = ["ModelError", "UnsupportedError"]


class ModelError(ValueError):
    """The model, or what it was called with, is wrong. The text names the node and its
    operation."""


class UnsupportedError(NotImplementedError):
    """The model is right, but uses what this importer does not have. The text names it."""


class Needed(BaseException):
    """While tracing: numbers are needed that only the run knows.

    sources: the inputs of the model (and the marks of loops) that decide them."""

    def __init__(self, sources, why):
        super().__init__(why)
        self.sources, self.why = sources, why


class Changed(BaseException):
    """While tracing: what was to be recorded as a branch or a loop does not keep its structure. Not
    an Exception, which a branch would keep for the run."""
