"""The converted function object: names, closures, methods, what is left alone."""
# ruff: noqa: B006 B007 B012 B023 B905 E713 E714 E731 F632 F821 F823 F841 F842 UP008 UP037
# The odd code is what is tested.

import functools
import inspect
import pdb
import re
import sys
import traceback
import types

import ag_convert
import plain_ops
import pytest
from same import same

OPS = types.ModuleType("ops")
OPS.__dict__.update({k: v for k, v in vars(plain_ops).items() if not k.startswith("__")})


def test_everything_is_kept():
    def f(a: int, b=[1], *, c: str = "x") -> list:
        """The doc."""
        if a:
            return b, c
        return c

    f.note = 1
    g = ag_convert.convert(f, plain_ops)
    assert g is not f
    assert inspect.signature(g) == inspect.signature(f)
    for field in "name qualname module doc defaults kwdefaults annotations dict".split():
        assert getattr(g, f"__{field}__") == getattr(f, f"__{field}__")
    assert g.__defaults__[0] is f.__defaults__[0]
    assert g.__globals__ is f.__globals__
    assert g.__code__.co_filename == __file__
    assert g.__code__.co_name == "f" and g.__code__.co_qualname == f.__code__.co_qualname
    assert g.__code__.co_firstlineno in (f.__code__.co_firstlineno,)


def test_one_conversion_serves_many_closures():
    def make(k):
        def f(x):
            if x:
                return k
            return -k

        return f

    a, b = (ag_convert.convert(make(k), plain_ops) for k in (1, 2))
    assert a.__code__ is b.__code__
    assert (a(1), b(0)) == (1, -2)


def test_cells_are_shared_with_the_original():
    n = 0

    def f():
        nonlocal n
        for _ in range(2):
            n += 1

    g = ag_convert.convert(f, plain_ops)
    g()
    f()
    assert n == 4
    n = 10
    g()
    assert n == 12


def test_operators_are_the_ones_given():
    def f(x):
        return 1 if x else 2

    seen = []
    ops = types.SimpleNamespace(if_exp=lambda c, a, b: seen.append(c) or a())
    assert ag_convert.convert(f, ops)(0) == 1
    assert seen == [0]
    assert ag_convert.convert(f, plain_ops)(0) == 2


def test_converted_is_not_converted_again():
    def f(x):
        if x:
            x = 1
        return x

    g = ag_convert.convert(f, plain_ops)
    assert ag_convert.convert(g, plain_ops) is g


def test_generators_and_async_are_left_alone_with_a_reason():
    def g():
        yield 1

    async def a():
        pass

    async def ag():
        yield 1

    for fn, word in ((g, "generator"), (a, "async"), (ag, "async generator"), (len, "Python")):
        assert ag_convert.convert(fn, plain_ops) is fn
        assert word in ag_convert.reason_not_converted(fn)
    assert ag_convert.reason_not_converted(test_everything_is_kept) is None


class Base:
    def __init__(self):
        self.log = []

    def tell(self, x):
        self.log.append(x)
        return x


class Child(Base):
    __secret = 5

    def tell(self, x):
        if x > 0:
            x = super().tell(x) + 1
        for i in range(2):
            if i:
                x += super(Child, self).tell(i)
        return __class__, x

    def private(self, __arg=1):
        if __arg:
            self.__hidden = __arg
            __local = self.__secret
        while self.__hidden < 3:
            self.__hidden += 1
        self.__helper(_Child__arg=2)
        return self.__hidden, __local

    def __helper(self, *, __arg):
        if __arg:
            self.got = __arg

    @staticmethod
    def static(x):
        return x if x else -1

    @property
    def prop(self):
        if self.log:
            return len(self.log)
        return 0

    def nested(self):
        def inner(n):
            if n:
                return self.__secret
            return __class__

        class __Own:
            __q = 3

            def get(self):
                return self.__q

        return inner(1), inner(0), __Own().get()


def test_methods():
    c, d = Child(), Child()
    g = ag_convert.convert(Child.tell, plain_ops)
    assert g(c, 3) == Child.tell(d, 3)
    assert c.log == d.log
    bound = ag_convert.convert(d.tell, plain_ops)
    assert bound.__self__ is d
    assert bound(-1) == c.tell(-1)


def test_private_names():
    c, d = Child(), Child()
    assert ag_convert.convert(c.private, plain_ops)() == d.private()
    assert vars(c) == vars(d)
    c, d = Child(), Child()
    g = ag_convert.convert(Child._Child__helper, plain_ops)
    g(c, _Child__arg=4)
    assert c.got == 4
    assert ag_convert.convert(c.nested, plain_ops)() == d.nested()


def test_static_methods_and_properties():
    assert ag_convert.convert(Child.static, plain_ops)(0) == -1
    c = Child()
    c.log.append(1)
    assert ag_convert.convert(Child.prop.fget, plain_ops)(c) == 1


def test_decorators_of_the_function_are_dropped_and_of_nested_ones_kept():
    def twice(fn):
        return functools.wraps(fn)(lambda *a: fn(*a) * 2)

    @twice
    @functools.lru_cache
    def outer(x):
        @twice
        def inner(y):
            if y:
                return y
            return 1

        return inner(x) + 1

    plain = outer.__wrapped__.__wrapped__
    assert ag_convert.convert(plain, plain_ops)(3) == plain(3) == 7


def test_recursion():
    def fact(n):
        if n < 2:
            return 1
        return n * fact(n - 1)

    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    same(fact, 0, 5)
    same(fib, 10)


def test_names_of_nested_functions_and_classes():
    def f(x):
        if x:

            def g():
                class A:
                    def m(self):
                        pass

                return A

            return g.__qualname__, g().__qualname__, g().m.__qualname__
        return len.__qualname__

    same(f, 0, 1, dump=False)  # in a dump they are other functions' locals


def test_generated_functions_are_named_after_the_lines():
    def f(x):
        while x:
            if x > 1:
                x -= 1
            else:
                x = 0

    first = f.__code__.co_firstlineno
    seen = set()

    def watch(frame, event, arg):
        if event == "call" and frame.f_code.co_filename == __file__:
            name = frame.f_code.co_qualname.rpartition(".")[2]
            seen.add(re.sub(r"(_L\d+)_\d+$", r"\1", name))  # those made before a loop are numbered
            shown.add(frame.f_code.co_name)

    shown = set()
    g = ag_convert.convert(f, plain_ops)
    sys.setprofile(watch)
    g(2)
    sys.setprofile(None)
    assert shown <= {"f", "<lambda>"}  # what a traceback says
    names = {f"body_L{first + 1}", f"then_L{first + 2}", f"else_L{first + 2}", "f", "<lambda>"}
    assert seen - {"test_generated_functions_are_named_after_the_lines"} == names


def test_lines_run_are_the_users():
    def f(x):
        total = 0
        for i in range(x):
            if i > 1 and x:
                total += i
            elif i == 0:
                continue
            total += 1
        return total if total else None

    def lines(fn):
        seen = set()

        def watch(frame, event, arg):
            if frame.f_code.co_filename == __file__ and event == "line":
                seen.add(frame.f_lineno)
            return watch

        sys.settrace(watch)
        fn(4)
        sys.settrace(None)
        return seen - set(range(lines.__code__.co_firstlineno, lines.__code__.co_firstlineno + 20))

    g = ag_convert.convert(f, plain_ops)
    want = lines(f)
    got = lines(g)
    # `continue` becomes the shape of the code
    missing = want - got
    assert missing <= {f.__code__.co_firstlineno + 6}
    assert got <= want | {f.__code__.co_firstlineno}


def test_breakpoints_stop_in_the_users_lines():
    def f(x):
        if x > 1:
            x = x * 2
        return x

    line = f.__code__.co_firstlineno + 2
    stopped = []

    class Debugger(pdb.Pdb):
        def user_line(self, frame):
            if self.break_here(frame):
                stopped.append((frame.f_code.co_name, frame.f_lineno))
            self.set_continue()

    d = Debugger()
    d.set_break(__file__, line)
    d.runcall(ag_convert.convert(f, plain_ops), 3)
    sys.settrace(None)
    assert stopped == [("f", line)]


def test_traceback_shows_the_users_line_and_text():
    def f(x):
        for i in range(3):
            if i == x:
                y = 1 // (i - x)
        return y

    g = ag_convert.convert(f, plain_ops)
    with pytest.raises(ZeroDivisionError) as e:
        g(1)
    last = traceback.extract_tb(e.value.__traceback__)[-1]
    assert last.lineno == f.__code__.co_firstlineno + 3
    assert last.line == "y = 1 // (i - x)"
    assert last.filename == __file__
    assert last.colno is not None


def test_future_annotations_are_kept():
    text = (
        "from __future__ import annotations\n"
        "def f(x):\n"
        "    def g(a: undefined_name): return a\n"
        "    return g(x) if x else g.__annotations__\n"
    )
    space = {}
    exec(text, space)
    same(space["f"], 0, 1)


def test_statements_are_listed():
    def f(x):
        while x:
            if x > 1:
                x = 1 if x else 2
        assert x
        for _ in x:
            raise ValueError

    n = f.__code__.co_firstlineno
    assert ag_convert.statements(f) == [
        (n + 1, "while"),
        (n + 2, "if"),
        (n + 3, "conditional expression"),
        (n + 4, "assert"),
        (n + 5, "for"),
        (n + 6, "raise"),
    ]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with 3.12")
def test_type_parameters():
    text = (
        "def f[T](x: T, n=2):\n"
        "    type Pair = tuple[T, T]\n"
        "    def g[U](u: U): return (u, T, Pair.__name__) if u else T\n"
        "    for i in range(n):\n"
        "        if i == x: return g(x)[2]\n"
        "    return T.__name__\n"
    )
    space = {}
    exec(text, space)
    same(space["f"], 0, 1, 5)
