"""Contexts: name scopes, control dependencies, devices; and whether operations run at once."""

import contextlib
import threading

from . import _core

__all__ = ["control_dependencies", "device", "executing_eagerly", "group", "init_scope", "name_scope", "no_op"]


def executing_eagerly():
    """True when operations run at once; False while a function is traced or a graph is built."""
    return _core.current_graph() is None


class name_scope:
    """Operations made in this context have names below `name`: `with tf.name_scope("layer"): ...`."""

    _at_once = threading.local()  # .path: the scopes that are open where operations run at once

    def __init__(self, name, default_name=None, values=None):
        self.name = name if name is not None else default_name

    def __enter__(self):
        self.graph = _core.current_graph()
        if self.graph is not None:
            path = self.graph.push_scope(self.name)
            return path + "/" if path else path
        path = self._at_once.__dict__.setdefault("path", [""])
        path.append(self.name if self.name.endswith("/") else f"{path[-1]}{self.name}/")
        return path[-1]

    def __exit__(self, *exc):
        if self.graph is not None:
            self.graph.pop_scope()
        else:
            self._at_once.path.pop()
        return False


@contextlib.contextmanager
def control_dependencies(control_inputs):
    """Effects run in the order of the program, so what was made before this context has already happened in it."""
    yield


@contextlib.contextmanager
def device(device_name):
    """Records the device asked for; everything runs on the CPU."""
    yield


@contextlib.contextmanager
def init_scope():
    """Operations in this context run at once, also while tracing."""
    _core.enter(None)
    try:
        yield
    finally:
        _core.leave()


def no_op(name=None):
    """Nothing: something to depend on."""
    return None


def group(*inputs, name=None):
    """One thing that stands for several operations: effects run in program order, so it is done when they are."""
    return None
