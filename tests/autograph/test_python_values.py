"""Converted code that runs as Python, with the real operators: what only these can get wrong."""

import gc
import weakref

from autograph import convert, operators


class Held:
    pass


def test_a_nested_function_is_freed_with_what_it_holds():
    seen = []

    def f():
        x = Held()
        seen.append(weakref.ref(x))

        def g():
            return x

        g()

    convert.convert(f, operators)()
    gc.collect()
    assert seen[0]() is None


def test_a_converted_closure_is_freed_with_what_it_holds():
    seen = []

    def make():
        x = Held()
        seen.append(weakref.ref(x))

        def g(n):
            return x if n == 0 else g(n - 1)

        return g

    def f(make):
        make()(3)

    make._ag_do_not_convert = True  # so that its g is converted at the call
    convert.convert(f, operators)(make)
    gc.collect()
    assert seen[0]() is None


def test_names_of_the_converter_are_not_shown():
    def f(a):
        for i in range(a):
            if i > 1:
                break
        match a:
            case 1:
                y = 2
            case _:
                y = 3
        return sorted(locals()), sorted(vars()), sorted(dir()), y

    assert convert.convert(f, operators)(3) == f(3)
