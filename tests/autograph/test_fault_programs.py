"""Programs that misbehave while they are traced or called back, and programs beyond all measure."""

import builtins
import contextlib
import gc
import threading

import numpy as np
import pytest
from children import child

import autograph as ag
from autograph import _core

# ---- exceptions of callbacks ---------------------------------------------------------------------


class Odd(BaseException):
    """Neither an Exception nor one of Python's."""


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit, StopIteration, Odd])
def test_an_exception_of_a_callback_keeps_its_kind(kind):
    error = kind("from the callback")

    def raises(x):
        if x[0] > 1:
            raise error
        return x

    @ag.function
    def f(x):
        total = ag.numpy_function(raises, [x], ag.float64) + 1.0
        for _ in range(3):
            total = total + ag.py_function(raises, [x], ag.float64)
        return total

    assert f(np.zeros(2)).numpy().tolist() == [1.0, 1.0]
    for _ in range(3):
        with pytest.raises(kind) as caught:
            f(np.full(2, 5.0))
        assert caught.value is error
        assert f(np.zeros(2)).numpy().tolist() == [1.0, 1.0]
    assert _core.current_graph() is None


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit, Odd])
def test_an_exception_of_a_trace_leaves_nothing_behind(kind):
    """Of any kind, at any depth: no graph that is being built, no name scope, no lock, no object."""
    alive = []

    class Thing:
        def __init__(self):
            alive.append(1)

        def __del__(self):
            alive.pop()

    @ag.autograph.experimental.do_not_convert
    def fail():
        raise kind("while tracing")

    @ag.function
    def f(x):
        thing = Thing()
        with ag.name_scope("scope"):
            for i in range(x):
                if i > 1:
                    while x > 0:
                        x -= 1
                        fail()
        return x, thing

    @ag.function
    def outer(x, f=f):
        return f(x)

    def run(g):
        with pytest.raises(kind):
            g(ag.constant(7))

    for g in f, outer:
        for _ in range(2):
            run(g)
            assert _core.current_graph() is None
        thread = threading.Thread(target=run, args=(g,))  # no lock is held by this one
        thread.start()
        thread.join(30)
        assert not thread.is_alive()
    del f, outer, g, thread  # a trace keeps an Exception that its run is to raise, with its frames
    gc.collect()
    assert alive == []
    with ag.name_scope("after"):
        assert ag.function(lambda x: x + 1)(1) == 2


def test_generators_that_are_closed_and_iterators_that_raise():
    closed = []

    def numbers(n):
        try:
            for i in range(n):
                yield i
        finally:
            closed.append(n)

    class Bad:
        def __iter__(self):
            return self

        def __next__(self):
            raise Odd("the next one")

    @ag.function
    def first(n):
        for i in numbers(5):
            if i == 2:
                return i + n
        return n

    @ag.function
    def bad(n):
        for i in Bad():
            n += i
        return n

    assert first(1) == 3
    with pytest.raises(Odd):
        bad(1)
    assert _core.current_graph() is None
    gc.collect()
    assert set(closed) == {5}


def test_callbacks_on_threads_that_also_trace():
    """Each raises its own exception, and only there."""
    barrier = threading.Barrier(4)
    caught = [None] * 4

    def work(k):
        def raises(x):
            barrier.wait(30)
            raise KeyError(k)

        f = ag.function(lambda x: ag.numpy_function(raises, [x + k], ag.float64))
        try:
            f(np.ones(2))
        except KeyError as e:
            caught[k] = e.args[0]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert caught == [0, 1, 2, 3]


# ---- objects of the user -------------------------------------------------------------------------


class Unkind:
    """Whatever is asked of it raises, recurses, or calls the function that asks."""

    def __init__(self, what, f=None):
        self.what, self.f = what, f

    def answer(self):
        if self.what == "raises":
            raise Odd
        if self.what == "recurses":
            return self.answer()
        return bool(self.f(1) == 2)

    def __eq__(self, other):
        return self.answer()

    def __hash__(self):
        return int(self.answer())

    def __bool__(self):
        return self.answer()

    def __index__(self):
        return int(self.answer())

    __int__ = __index__

    def __len__(self):
        return int(self.answer())

    def __del__(self):
        if self.f is not None:
            with contextlib.suppress(Odd, RecursionError):
                self.answer()


@pytest.mark.parametrize("what", ["raises", "recurses", "calls"])
def test_objects_that_answer_badly(what):
    inner = ag.function(lambda x: x + 1)
    kinds = {"raises": Odd, "recurses": RecursionError, "calls": ()}[what]

    def uses():
        yield lambda o, x: x + 1 if o else x
        yield lambda o, x: x + 1 if o == x else x
        yield lambda o, x: x + len([o]) if o is not None else x
        yield lambda o, x: {o: x + 1}[o]
        yield lambda o, x: ag.zeros((o, 2)) + ag.cast(x, "float32")
        yield lambda o, x: x + range(9)[o]

    for use in uses():
        for again in range(2):
            f = ag.function(use)
            o = Unkind(what, inner)
            want = got = None
            try:
                want = use(o, 1)
            except kinds:
                want = kinds
            try:
                got = f(o, 1)
            except kinds:
                got = kinds
            same = got is want or np.array_equal(np.asarray(got), np.asarray(want))
            assert same, (again, got, want)
            assert _core.current_graph() is None
            del o
    gc.collect()
    assert inner(1) == 2


def test_an_object_that_calls_the_function_that_is_being_traced():
    def f(o, x):
        return x + 1 if o else x

    g = ag.function(f)

    class Again:
        depth = 0

        def __bool__(self):
            if Again.depth < 3:
                Again.depth += 1
                assert g(self, 5) == 6
            return True

    assert g(Again(), 1) == 2
    assert g(Again(), 1) == 2


def test_lists_that_hold_themselves():
    ring, table = [1], {}
    ring.append(ring)
    table["itself"] = table

    def f(x):
        ring.append(1)
        table["last"] = len(ring)
        return ring[1][0] + x + table["itself"]["last"] - len(ring)

    def g(x):
        box = [x]
        box.append(box)
        return box[1][1][0] + 1

    for fn in f, g:
        assert [int(ag.function(fn)(k)) for k in (1, 2)] == [2, 3]
    assert len(ring) == 4


@pytest.mark.parametrize("name", ["len", "range", "print", "isinstance", "int", "sum", "max"])
def test_builtins_that_others_replaced(name, monkeypatch):
    """What a program puts there is what its functions call, as in Python."""
    original = getattr(builtins, name)
    seen = []

    def mine(*args, **kwargs):
        seen.append(1)
        return original(*args, **kwargs)

    uses = {
        "len": lambda x: x * len([1, 2]),
        "range": lambda x: x + [i for i in range(3)][-1],
        "print": lambda x: (print("", end=""), x)[1],
        "isinstance": lambda x: x if isinstance(x, object) else -x,
        "int": lambda x: x + int("2"),
        "sum": lambda x: x + sum([1, 2]),
        "max": lambda x: x + max([1, 2]),
    }
    plain = uses[name](3)
    if name not in ("range", "int"):  # classes, which others ask for
        monkeypatch.setattr(builtins, name, mine)
    assert ag.function(uses[name])(3) == plain
    monkeypatch.undo()
    assert ag.function(uses[name])(3) == plain


# ---- beyond measure ------------------------------------------------------------------------------


def made_of(text):
    scope = {"ag": ag, "np": np}
    exec(text, scope)
    return scope["f"]


def test_ten_thousand_constants(request):
    f = made_of(
        "def f(x):\n" + "".join(f"    x = x * 1.0 + {i}.25\n" for i in range(10_000)) + "    return x\n"
    )
    g = ag.function(f)
    assert g(1.0) == f(1.0) and g(2.5) == f(2.5)


def test_ten_thousand_captured_tensors():
    held = [ag.constant(np.full(3, float(i))) for i in range(10_000)]
    lines = "".join(f"    x = x + held[{i}]\n" for i in range(10_000))
    f = made_of(f"def f(x, held):\n{lines}    return x\n")
    g = ag.function(lambda x: f(x, held))
    assert g(ag.zeros([3], "float64")).tolist() == [float(sum(range(10_000)))] * 3


@pytest.mark.parametrize("depth", [15, 90])
def test_what_is_nested_as_deep_as_python_allows(depth):
    """20 loops, or 100 levels of indentation; deeper ones are a SyntaxError before we see them."""
    if depth < 20:
        lines = "".join("  " + " " * i + f"for i{i} in range(k):\n" for i in range(depth))
        f = made_of(f"def f(k):\n  t = 0\n{lines}{' ' * (depth + 2)}t += 1\n  return t\n")
        cases = 1, 2
    else:
        lines = "".join(f"{' ' * (i + 2)}if k > {i}:\n{' ' * (i + 3)}t += {i}\n" for i in range(depth))
        f = made_of(f"def f(k):\n  t = 0\n{lines}  return t\n")
        cases = 0, 5, 1000
    g = ag.function(f)
    for k in cases:
        assert g(k) == f(k)


@pytest.mark.parametrize("depth", [30, 1000])
@pytest.mark.parametrize("what", ["while", "cond", "calls"])
def test_a_thousand_levels_are_code_or_a_recursion_error(what, depth):
    levels = {
        "while": lambda i, t: (
            f"def f{i}(x):\n  return ag.while_loop(lambda i, x: i < 1, lambda i, x: (i + 1, f{i - 1}(x)),"
            f" (ag.constant(0), x))[1]\n"
        ),
        "cond": lambda i, t: f"def f{i}(x):\n  return ag.cond(x > 0, lambda: f{i - 1}(x), lambda: x)\n",
        "calls": lambda i, t: f"def f{i}(x):\n  t = 0\n  for j in range(x):\n    t += f{i - 1}(x)\n  return t\n",
    }
    text = "def f0(x):\n  return x + 1\n" + "".join(levels[what](i, 0) for i in range(1, depth + 1))
    f = made_of(text + f"f = f{depth}\n")
    x = 1 if what == "calls" else ag.constant(1)
    for _ in range(2):
        try:
            assert ag.function(f)(x) == 2
        except RecursionError:
            assert depth == 1000
        assert _core.current_graph() is None
    assert ag.function(lambda x: x + 1)(1) == 2


@pytest.mark.parametrize("megabytes", [16, pytest.param(1024, marks=pytest.mark.long)])
def test_a_constant_of_a_gigabyte(megabytes):
    """It is held once, and the code holds none of it."""
    out = child(
        f"""
        import resource
        import numpy as np
        import autograph as ag

        def held():
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

        warm = ag.function(lambda i: ag.constant(np.arange(3.0))[i] * 2.0)
        warm(1)
        a = np.arange({megabytes} << 17, dtype="float64")
        c = ag.constant(a)
        before = held()
        f = ag.function(lambda i: c[i] + ag.reduce_sum(c[:3]) + c[-1])
        print(float(f(3)) == 3.0 + 3.0 + len(a) - 1, float(f(4)) == 4.0 + 3.0 + len(a) - 1)
        print(held() - before < {megabytes} * 1.5 + 60)
        g = ag.function(lambda i: ag.constant(a)[i])
        print(float(g(5)), float(g(len(a) - 1)) == len(a) - 1)
        """,
        timeout=240,
    )
    assert out.split() == ["True", "True", "True", "5.0", "True"]


# ---- another processor ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["generic", "x86-64", "core2", "a-processor-of-the-future"])
def test_a_processor_that_llvm_does_not_know(name):
    """The code is for what the machine can do; its name only tunes it."""
    out = child(
        """
        import numpy as np
        import autograph as ag

        def f(x):
            y = ag.exp(x) * 2.0 + ag.sin(x)
            total = 0.0
            for v in y:
                total += v
            return y, total, ag.reduce_sum(y)

        def g(n):
            total = 0
            for i in range(n):
                total += i * i % 7
            return total

        x = ag.constant(np.linspace(0.0, 1.0, 1001))
        for a, b in zip(f(x), ag.function(f)(x)):
            print(np.asarray(a).tobytes() == np.asarray(b).tobytes(), end=" ")
        print(ag.function(g)(1000) == g(1000))
        """,
        AG_CPU=name,
        AUTOGRAPH_CACHE="0",
    )
    assert out.split() == ["True"] * 4


def test_calls_that_are_only_deep_are_not_said_to_have_no_end():
    lines = ["def g0(n):\n return n"]
    lines += [f"def g{i}(n):\n t = 0\n for k in range(n):\n  t += g{i - 1}(n)\n return t" for i in range(1, 1000)]
    scope = {}
    exec("\n".join(lines), scope)
    with pytest.raises(RecursionError, match="too deep within one another in g999"):
        ag.function(scope["g999"])(1)
