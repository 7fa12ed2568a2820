"""Programs that act outside of the function, for test_effects.py: PROGRAMS holds by name what makes each, with what looks at it."""

import array
import collections
import contextlib
import ctypes
import functools
import hashlib
import io
import itertools
import logging
import operator
import os
import queue
import random
import struct
import sys
import threading
import zlib

import numpy as np

import autograph as ag

G = np.zeros(3)
WHOLE = np.zeros(3, dtype=np.int64)


class Steps:
    """An iterator that goes on for ever."""

    def __init__(self):
        self.n = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.n += 1
        return self.n


class Told(logging.Handler):
    def __init__(self):
        super().__init__()
        self.got = []

    def emit(self, record):
        self.got.append(record.getMessage())


def logger():
    told, made = Told(), logging.Logger("of a test")
    made.addHandler(told)
    return made, told.got


def in_turns(act, look, value=False):
    """A program whose loop calls act() in each turn. value: what it gives is a number that counts."""

    def numbers(n):
        total = 0
        for i in range(n):
            total += act()
        return total

    def turns(n):
        total = 0
        for i in range(n):
            act()
            total += i
        return total

    return numbers if value else turns, look


PROGRAMS = {}


def program(make):
    PROGRAMS[make.__name__] = make
    return make


@program
def puts():
    q = queue.Queue()

    def f(n):
        for i in range(n):
            q.put(i)
        return n

    return f, lambda: list(q.queue)


@program
def puts_the_same():
    q = queue.Queue()

    def f(n):
        for _ in range(n):
            q.put(1)
        return n

    return f, lambda: list(q.queue)


@program
def gets():
    q = queue.Queue()
    for i in range(30):
        q.put(i * 3)
    return in_turns(q.get_nowait, q.qsize, value=True)


@program
def gets_simply():
    q = queue.SimpleQueue()
    for i in range(30):
        q.put(i * 3)
    return in_turns(q.get_nowait, q.qsize, value=True)


@program
def gets_once_and_gives_up_later():
    q = queue.SimpleQueue()
    for i in range(30):
        q.put(i)

    def f(n):
        first, found = q.get_nowait(), {}
        for i in range(n):
            found[i] = first
        return len(found) + first

    return f, q.qsize


@program
def writes_to_a_pipe():
    r, w = os.pipe()

    def f(n):
        total = 0
        for _ in range(n):
            total += os.write(w, b"ab")
        return total

    def look():
        os.set_blocking(r, False)
        with contextlib.suppress(BlockingIOError):
            return os.read(r, 1000)

    return f, look


@program
def reads_a_pipe():
    r, w = os.pipe()
    os.write(w, bytes(range(60)))

    def f(n):
        total = os.read(r, 1)[0]
        for _ in range(n):
            total += os.read(r, 1)[0]
        return total

    return f, lambda: None


@program
def logs_each_turn():
    log, got = logger()

    def f(n):
        for i in range(n):
            log.info("turn %d", i)
        return n

    return f, lambda: got


@program
def logs_in_a_branch():
    log, got = logger()

    def f(n):
        if n > 4:
            log.info("large")
        return n * 2

    return f, lambda: got


@program
def logs_at_the_top():
    log, got = logger()

    def f(n):
        log.info("called with %s", n)
        total = 0
        for i in range(n):
            total += i
        return total

    return f, lambda: got


@program
def starts_threads():
    done = []

    def f(n):
        for i in range(n):
            thread = threading.Thread(target=done.append, args=(1,))
            thread.start()
            thread.join()
        return n

    return f, lambda: len(done)


@program
def calls_c():
    lib = ctypes.CDLL(None)
    lib.srand(1)

    def f(n):
        total = 0
        for _ in range(n):
            total += lib.rand() % 1000
        return total

    return f, lambda: None


@program
def draws():
    r = random.Random(5)
    return in_turns(r.random, lambda: None, value=True)


@program
def draws_by_numpy():
    r = np.random.default_rng(5)
    return in_turns(r.random, lambda: None, value=True)


@program
def writes_text():
    out = io.StringIO()

    def f(n):
        out.write("a call: ")
        for i in range(n):
            out.write(f"{i} ")
        return n

    return f, out.getvalue


@program
def reads_lines():
    file = io.StringIO("\n".join(map(str, range(100))))

    def f(n):
        total = 0
        for _ in range(n):
            total += int(file.readline())
        return total

    return f, file.tell


@program
def writes_to_stdout():
    def f(n):
        for _ in range(n):
            sys.stdout.write("x")
        return n

    return f, lambda: None


@program
def next_of_an_older_iterator():
    it = Steps()

    def f(n):
        total = next(it)
        for _ in range(n):
            total += next(it)
        return total

    return f, lambda: it.n


@program
def next_at_the_top():
    it = itertools.count(5)

    def f(n):
        return n + next(it)

    return f, lambda: repr(it)


@program
def next_by_its_method():
    it = itertools.cycle([1, 2, 3])
    return in_turns(it.__next__, lambda: next(it), value=True)


@program
def appends_to_a_deque():
    d = collections.deque(maxlen=3)

    def f(n):
        d.append("call")
        for i in range(n):
            d.append(i)
        return n + len(d)

    return f, lambda: list(d)


@program
def rotates_a_deque():
    d = collections.deque([1, 2, 3])

    def f(n):
        total = 0
        for _ in range(n):
            d.rotate(1)
            total += d[0]
        return total

    return f, lambda: list(d)


@program
def counts():
    c = collections.Counter()

    def f(n):
        c.update(["calls"])
        for _ in range(n):
            c.update([1, 2])
            c["turns"] += 1
        return n

    return f, lambda: dict(c)


@program
def sets_defaults():
    d = {}

    def f(n):
        d.setdefault("calls", []).append(1)
        for _ in range(n):
            d.setdefault("turns", []).append(1)
        return n

    return f, lambda: d


@program
def appends_at_the_top():
    log = []

    def f(n):
        log.append("call")
        return n * 2

    return f, lambda: log


@program
def adds_to_a_set_in_branches():
    seen = set()

    def f(n):
        for i in range(n):
            seen.add("few" if i < 3 else "many")
        return n

    return f, lambda: sorted(seen)


@program
def appends_by_the_class():
    log = []

    def f(n):
        for _ in range(n):
            list.append(log, 1)
        return n

    return f, lambda: log


@program
def appends_to_a_user_list():
    log = collections.UserList()
    return in_turns(functools.partial(log.append, 1), lambda: list(log))


@program
def assigns_items_of_a_chain():
    d = collections.ChainMap({})

    def f(n):
        for _ in range(n):
            d["k"] = d.get("k", 0) + 1
        return n

    return f, lambda: dict(d)


@program
def appends_to_an_array():
    a = array.array("i")

    def f(n):
        for _ in range(n):
            a.append(3)
        return n

    return f, a.tolist


@program
def updates_a_hash():
    h = hashlib.md5()
    return in_turns(functools.partial(h.update, b"x"), h.hexdigest)


@program
def compresses():
    made = zlib.compressobj()

    def f(n):
        total = 0
        for _ in range(n):
            total += len(made.compress(b"x") + made.flush(zlib.Z_SYNC_FLUSH))
        return total

    return f, lambda: None


@program
def sets_an_event():
    e = threading.Event()

    def f(n):
        for i in range(n):
            if i == 5:
                e.set()
        return n

    return f, e.is_set


@program
def packs_into_a_buffer():
    b = bytearray(8)

    def f(n):
        for _ in range(n):
            struct.pack_into("i", b, 0, struct.unpack_from("i", b, 0)[0] + 1)
        return n

    return f, lambda: bytes(b)


@program
def sets_attributes_by_name():
    class Box:
        n = 0

    box = Box()

    def f(n):
        for _ in range(n):
            setattr(box, "n", box.n + 1)
        return n

    return f, lambda: box.n


@program
def sets_items_by_operator():
    d = {"a": 0}

    def f(n):
        for _ in range(n):
            operator.setitem(d, "a", d["a"] + 1)
        return n

    return f, lambda: d


@program
def calls_what_is_left_alone():
    calls = []

    @ag.autograph.experimental.do_not_convert
    def act():
        calls.append(1)
        return 2

    return in_turns(act, lambda: calls, value=True)


@program
def calls_what_has_no_source():
    scope = {"calls": []}
    exec(compile("def act():\n calls.append(1)\n return 2\n", "<nowhere>", "exec"), scope)
    return in_turns(scope["act"], lambda: scope["calls"], value=True)


class Entered:
    def __init__(self):
        self.n = 0

    def __enter__(self):
        self.n += 1

    def __exit__(self, *exc):
        self.n += 100


@program
def enters_in_turns():
    entered = Entered()

    def f(n):
        for _ in range(n):
            with entered:
                n += 1
        return n

    return f, lambda: entered.n


@program
def enters_at_the_top():
    entered = Entered()

    def f(n):
        with entered:
            for _ in range(n):
                n += 1
        return n

    return f, lambda: entered.n


@program
def enters_a_generator():
    got = []

    @contextlib.contextmanager
    def managed():
        got.append("in")
        yield
        got.append("out")

    def f(n):
        for _ in range(n):
            with managed():
                n += 1
        return n

    return f, lambda: got


@program
def acquires():
    s = threading.Semaphore(100)
    return in_turns(s.acquire, lambda: s._value)


@program
def iterates_what_changes_another():
    got = []

    class It:
        def __init__(self):
            self.k = 0

        def __iter__(self):
            return self

        def __next__(self):
            got.append(self.k)
            self.k += 1
            return self.k

    def f(n):
        total = 0
        for x in It():
            total += x
            if total > n:
                break
        return total

    return f, lambda: got


@program
def iterates_a_generator_that_changes_another():
    got = []

    class It:
        def __iter__(self):
            for k in range(100):
                got.append(k)
                yield k

    def f(n):
        total = 0
        for x in It():
            total += x
            if total > n:
                break
        return total

    return f, lambda: got


@program
def writes_a_global_array():
    G[:] = 0

    def f(n):
        total = 0.0
        for i in range(n):
            total += G[i % 3]
            G[i % 3] += 1
        return total

    return f, G.tolist


@program
def writes_a_global_array_of_ints():
    WHOLE[:] = 0

    def f(n):
        WHOLE[0] += 1
        for i in range(n):
            WHOLE[i % 3] = i
        return n

    return f, WHOLE.tolist


@program
def writes_slices_of_a_global_array():
    G[:] = 0

    def f(n):
        for _ in range(n):
            G[:] = G + 1
            np.add.at(G, [0, 1], 1)
            np.add(G, 1, out=G)
        return n

    return f, G.tolist


@program
def counts_calls_in_an_attribute():
    class Box:
        calls = 0

    box = Box()

    def f(n):
        box.calls += 1
        return n + box.calls

    return f, lambda: box.calls


@program
def counts_calls_in_a_method():
    class Stepper:
        def __init__(self):
            self.calls = 0

        def step(self, n):
            self.calls += 1
            return n * 2

    stepper = Stepper()
    return stepper.step, lambda: stepper.calls


@program
def counts_calls_in_a_helper():
    calls = 0

    def tick():
        nonlocal calls
        calls += 1
        return calls

    def f(n):
        return n + tick()

    return f, lambda: calls


@program
def counts_calls_in_a_nested_dict():
    d = {"a": {"calls": 0}, "log": []}

    def f(n):
        d["a"]["calls"] += 1
        d["log"].append("call")
        return n

    return f, lambda: d


@program
def deletes_items():
    d, row = dict.fromkeys(range(50)), list(range(50))

    def f(n):
        del d[min(d)], row[0]
        for _ in range(n):
            del d[min(d)]
            del row[0]
        return n

    return f, lambda: (d, row)


@program
def deletes_an_attribute_in_a_branch():
    class Box:
        pass

    box = Box()
    box.k = 1

    def f(n):
        if n > 5:
            del box.k
        return n

    return f, lambda: hasattr(box, "k")


@program
def extends_in_place():
    row, seen = [], set()

    def f(n):
        same, kept = row, seen
        same += ["call"]
        for _ in range(n):
            same += [1]
            kept |= {"turn"}
        return n + len(row)

    return f, lambda: (row, seen)
