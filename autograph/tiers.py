"""When native code is made: at once, or beside the first calls.

A graph without loops is interpreted until its native code is ready: the first result comes within
a millisecond or two. A loop may run for any time, so its first call waits for native code.
AUTOGRAPH_TIERS=0 compiles everything at once.

One thread compiles, one graph after the other, and ends when none waits. It is no daemon: at exit
the interpreter waits for the graph at work. So does a fork, since the child would find the
compiler's locks taken.
"""

import collections
import os
import threading

from . import _core, cache

MAX_WAITING = 32  # further ones are compiled by their callers: tracing is faster than compiling

_compiling = threading.Lock()
_waiting = collections.deque()
_state = threading.RLock()  # a destructor may call a compiled function at any point
_worker = None
_warmed = False


def _in_child():
    """A child process has only the thread that forked; what waits gets a new one with the next
    graph."""
    global _state, _worker
    _state, _worker = threading.RLock(), None
    _compiling.release()


os.register_at_fork(
    before=_compiling.acquire, after_in_parent=_compiling.release, after_in_child=_in_child
)


def enabled():
    """False when AUTOGRAPH_TIERS=0."""
    return os.environ.get("AUTOGRAPH_TIERS", "1") != "0"


def warm():
    """Makes the compiler ready in the background: the first decoration knows that it will be
    needed."""
    global _warmed
    if _warmed or not enabled():
        return
    _warmed = True
    _beside(_compile_something)


def _compile_something():
    graph = _core.Graph()
    with graph.building():
        graph.results([graph.add_param("float32", (), False) + 1.0])
    graph.plan(native=True)


def _beside(job):
    """Leaves a job to the compiling thread, which is started when there is none; False when it
    cannot be had."""
    global _worker
    with _state:
        if len(_waiting) >= MAX_WAITING:
            return False
        _waiting.append(job)
        if _worker is None:
            _worker = threading.Thread(target=_work, name="autograph compiles")
            try:
                _worker.start()
            except (
                RuntimeError,
                MemoryError,
            ):  # no more threads, or the interpreter is about to end
                _worker = None
                _waiting.clear()
                return False
    return True


def _work():
    global _worker
    while True:
        with _state:
            if not _waiting or not threading.main_thread().is_alive():
                _waiting.clear()
                _worker = None
                return
            job = _waiting.popleft()
        try:
            with _compiling:
                job()
            cache.tell()
        except (MemoryError, Warning):
            pass  # this graph stays interpreted; a warning that is an error has no caller here
        del job  # with the graph in it


def settle():
    """Waits until all native code that is being made is in use."""
    worker = _worker
    if worker is not None:
        worker.join()


def plan(graph, name, ready):
    """The plan to run now; `ready(plan)` is called with the native one if that is another."""
    if not enabled() or loops(graph):
        native = graph.plan(native=True, name=name)
        cache.tell()
        return native
    interpreted = graph.plan(native=False, name=name, cached=True)
    if interpreted.native:
        return interpreted

    def compile():
        native = graph.plan(native=True, name=name)
        if native.native:
            ready(native)

    return interpreted if _beside(compile) else graph.plan(native=True, name=name)


def loops(graph):
    """Whether the graph may run for long: branches count too, since a loop may lie in them."""
    return any(op.type in ("While", "If", "PyFunc", "ForeignCall") for op in graph.get_operations())
