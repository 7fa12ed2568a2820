"""When native code is made: at once, or beside the first calls.

A graph is interpreted until its native code is ready: the first result comes within a millisecond
or two. A loop may run for any time, so the interpreter gives it up after some milliseconds, and the
call begins anew with native code; a loop that cannot be given up, since it has effects or works on
arrays, waits for native code (codegen/lower.c says which). AUTOGRAPH_TIERS=0 compiles everything at
once.

One thread compiles, one graph after the other, and ends when none waits. It is no daemon: at exit
the interpreter waits for the graph at work. So does a fork, since the child would find the
compiler's locks taken. A call that cannot wait for its graph's turn compiles it itself; a graph of
thousands of operations beside the main thread, which serves signals meanwhile.
"""

import collections
import os
import threading
import time

from . import _core, cache

ROOM = 48 << 20  # bytes of address space for the thread and the least that it compiles
MAX_WAITING = 32  # further ones are compiled by their callers: tracing is faster than compiling
LONG = 1000  # operations; they take some 0.1 ms each
NAME = "autograph compiles"  # what the names of its threads begin with

_compiling = threading.RLock()  # again: a destructor meanwhile may call what is interpreted
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
    with _compiling:
        graph.plan(native=True)


def _beside(job):
    """Leaves a job to the compiling thread, which is started when there is none; False when it
    cannot be had."""
    global _worker
    with _state:
        if len(_waiting) >= MAX_WAITING:
            return False
        if _worker is None and not _core._has_room(ROOM):
            return False  # a thread that gets no memory never tells that it started
        _waiting.append(job)
        if _worker is None:
            _worker = threading.Thread(target=_work, name=NAME)
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
            job()
        except (MemoryError, Warning):
            pass  # this graph stays interpreted; a warning that is an error has no caller here
        del job  # with the graph in it


def aside(job):
    """Runs a job that makes native code: beside the calls, where that is wanted and can be had."""

    def run():
        with _compiling:
            job()

    if not enabled() or not _beside(run):
        run()


def settle():
    """Waits until all native code that is being made is in use."""
    worker = _worker
    if worker is not None:
        worker.join()


def _made(graph, **options):
    """graph.plan(...). Where that takes long and signals wait for this thread, another one does it:
    after a KeyboardInterrupt it makes an end of it for nobody."""
    if graph.n_ops < LONG or threading.current_thread() is not threading.main_thread():
        return graph.plan(**options)
    done, found, failed = threading.Event(), [], []

    def work():
        try:
            found.append(graph.plan(**options))
        except BaseException as e:
            failed.append(e)
        done.set()

    try:
        started = _core._has_room(ROOM)
        if started:
            threading.Thread(target=work, name=f"{NAME} a large graph").start()
    except (RuntimeError, MemoryError):  # no more threads, or the interpreter is about to end
        started = False
    if not started:
        return graph.plan(**options)
    done.wait()
    if failed:
        raise failed.pop()
    return found.pop()


class Compilation:
    """Native code to be made of a graph that is interpreted meanwhile.

    ready(plan, seconds) is called once, by the thread that made it."""

    __slots__ = ("graph", "name", "ready")

    def __init__(self, graph, name, ready):
        self.graph, self.name, self.ready = graph, name, ready

    def make(self):
        """Returns when it is made, by this thread or another."""
        with _compiling:
            if self.graph is not None:
                start = time.perf_counter()
                plan = _made(self.graph, native=True, name=self.name)
                self.ready(plan, time.perf_counter() - start)
                self.graph = None
        cache.tell()


def plan(graph, name, ready):
    """(the plan to run now, None or the Compilation that calls `ready` with a better one)."""
    if enabled():
        now = _made(graph, native=False, name=name, cached=True)
        compilation = Compilation(graph, name, ready)
        if now.native or not now.starts:
            cache.tell()
            return now, None
        if _beside(compilation.make):
            return now, compilation
    native = _made(graph, native=True, name=name)
    cache.tell()
    return native, None
