"""When native code is made: at once, or beside the first calls.

A graph without loops is interpreted until its native code is ready: the first result comes within a millisecond or two.
A loop may run for any time, so its first call waits for native code. AUTOGRAPH_TIERS=0 compiles everything at once.

Compiling threads are not daemons, so that the interpreter waits for them at exit; a fork waits for the one at work, since
its child would find the compiler's locks taken.
"""

import os
import threading

from . import _core

_compiling = threading.Lock()
os.register_at_fork(before=_compiling.acquire, after_in_parent=_compiling.release, after_in_child=_compiling.release)
_warmed = False


def enabled():
    """False when AUTOGRAPH_TIERS=0."""
    return os.environ.get("AUTOGRAPH_TIERS", "1") != "0"


def warm():
    """Makes the compiler ready in the background: the first decoration knows that it will be needed."""
    global _warmed
    if _warmed or not enabled():
        return
    _warmed = True
    _start(_compile_something, "warm-up")


_at_work = []


def _start(work, name):
    _at_work[:] = [t for t in _at_work if t.is_alive()]
    thread = threading.Thread(target=work, name=f"autograph {name}")
    _at_work.append(thread)
    thread.start()


def settle():
    """Waits until all native code that is being made is in use."""
    for thread in list(_at_work):
        thread.join()


def _compile_something():
    with _compiling:
        graph = _core.Graph()
        with graph.building():
            graph.results([graph.add_param("float32", (), False) + 1.0])
        graph.plan(native=True)


def plan(graph, name, ready):
    """The plan to run now; `ready(plan)` is called with the native one if that is another."""
    if not enabled() or loops(graph):
        return graph.plan(native=True, name=name)

    def compile():
        with _compiling:
            native = graph.plan(native=True, name=name)
        if native.native:
            ready(native)

    _start(compile, f"compiles {name}")
    return graph.plan(native=False, name=name)


def loops(graph):
    """Whether the graph may run for long: branches count too, since a loop may lie in them."""
    return any(op.type in ("While", "If", "PyFunc") for op in graph.get_operations())
