"""tf.autograph: conversion seen from outside."""

import sys

from .source import to_code, to_graph

__all__ = ["experimental", "set_verbosity", "to_code", "to_graph", "trace"]


def set_verbosity(level, alsologtostdout=False):
    """How much conversion and tracing say: 0 nothing, 1 and above each trace and its reason, on stderr (or stdout)."""
    from . import logs

    logs.level = int(level)
    logs.stream = sys.stdout if alsologtostdout else None


def trace(*args):
    """Prints while tracing: once for each trace, with symbolic tensors shown as such."""
    print(*args)


class Feature:
    """Optional conversions of TensorFlow; all of them are always on here."""

    ALL = "ALL"
    AUTO_CONTROL_DEPS = "AUTO_CONTROL_DEPS"
    ASSERT_STATEMENTS = "ASSERT_STATEMENTS"
    BUILTIN_FUNCTIONS = "BUILTIN_FUNCTIONS"
    EQUALITY_OPERATORS = "EQUALITY_OPERATORS"
    LISTS = "LISTS"
    NAME_SCOPES = "NAME_SCOPES"

    @classmethod
    def all(cls):
        """Every feature."""
        return (
            cls.AUTO_CONTROL_DEPS, cls.ASSERT_STATEMENTS, cls.BUILTIN_FUNCTIONS, cls.EQUALITY_OPERATORS, cls.LISTS,
            cls.NAME_SCOPES,
        )  # fmt: skip

    @classmethod
    def all_but(cls, exclude):
        """Every feature but one, or but those of a list."""
        left_out = (exclude,) if isinstance(exclude, str) else tuple(exclude)
        return tuple([feature for feature in cls.all() if feature not in left_out])


class experimental:
    """tf.autograph.experimental."""

    Feature = Feature

    @staticmethod
    def do_not_convert(func=None):
        """Calls of this function from converted code run it as it is."""
        if func is None:
            return experimental.do_not_convert
        func._ag_do_not_convert = True
        return func

    @staticmethod
    def set_loop_options(
        parallel_iterations=None, swap_memory=None, maximum_iterations=None, shape_invariants=None, unroll=None
    ):
        """The first statement of a loop's body: options of that loop. In plain Python it does nothing; ValueError where it stands
        elsewhere in what is traced, or has another name."""
        from . import _core

        if _core.current_graph() is not None:
            from .staging import places

            error = ValueError(
                "set_loop_options() stands here where it sets nothing: it is recognised by its name as the first statement of a loop's "
                f"body{places.here()}"
            )
            error._ag_meant = True  # plain Python would not tell
            raise error
