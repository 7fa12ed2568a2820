"""What kind of thing a number is: traced ints and floats answer as Python's own."""

import collections.abc
import functools
import linecache
import numbers

import numpy as np
import pytest
from modes import same

import autograph as ag


def attributes(n):
    found = hasattr(n, "__len__"), hasattr(n, "shape"), hasattr(n, "numpy"), hasattr(n, "bit_length"), hasattr(n, "real")
    return found, getattr(n, "shape", None), getattr(n, "dtype", "none"), n + 1


def no_attribute(n):
    return getattr(n, "shape")  # noqa: B009


def instances(n):
    kinds = (
        collections.abc.Iterable, collections.abc.Sized, collections.abc.Hashable, numbers.Number, numbers.Integral, int, float,
        (list, float), ag.Tensor, np.ndarray, object,
    )  # fmt: skip
    return [isinstance(n, kind) for kind in kinds], n * 2


def names_of_classes(n):
    return n.__class__.__name__, type(n).__name__, n.__class__ is type(n), n.__class__ is int, n.__class__(3) + n, "".__class__


def scalar(n):
    return np.isscalar(n), np.isscalar([n]), np.isscalar("n"), n - 1


def sized(n):
    return n if not hasattr(n, "__len__") else n[0]


def in_a_loop(n):
    total, seen = 0, 0
    for i in range(3):
        total = total + n * i
        if isinstance(total, int) and not hasattr(total, "shape"):
            seen += 1
    return total, seen, total.__class__.__name__


@functools.singledispatch
def show(x, more=1):
    return "object", more


@show.register
def _(x: int, more=1):
    if x > 3:
        return "large", x + more
    return "int", x + more


@show.register
def _(x: float, more=1):
    return "float", x * more


@show.register(list)
def _(x, more=1):
    return "list", more


def dispatched(n):
    return show(n), show(n, more=4), show([n]), show("n"), show(n > 2)


def test_numbers_answer_as_pythons_own():
    for f in (attributes, no_attribute, instances, names_of_classes, scalar, sized, in_a_loop, dispatched):
        same(f, 3, 5, 2.5, -1)


def test_a_number_that_is_asked_about_stays_an_input():
    for f in (attributes, instances, names_of_classes, scalar, sized):
        made = ag.function(f)
        made(3)
        made(4)
        assert made.experimental_get_tracing_count() == 1


def test_strong_tensors_are_tensors():
    def f(x):
        return hasattr(x, "shape"), isinstance(x, ag.Tensor), x.__class__ is ag.Tensor, np.isscalar(x)

    assert ag.function(f)(ag.constant(3)) == (True, True, True, False)


class Bare:
    pass


def given_in_a_branch(n):
    a = Bare()
    if n > 0:
        a.z = n
    return hasattr(a, "z"), hasattr(a, "q"), getattr(a, "z", -1) + 1, getattr(a, "z", None)


def test_an_attribute_that_a_branch_gave_is_asked_for():
    """hasattr() was True where the branch was not taken, and the default of getattr() was lost."""
    f = ag.function(given_in_a_branch)
    assert [f(n) for n in (3, -3)] == [given_in_a_branch(n) for n in (3, -3)] == [(True, False, 4, 3), (False, False, 0, None)]
    assert f.experimental_get_tracing_count() == 1


class Asked(type):
    seen = []

    def __instancecheck__(cls, one):
        Asked.seen.append(type(one).__name__ if isinstance(one, str) else one)
        return isinstance(one, int) and one > 2

    def __subclasscheck__(cls, kind):
        Asked.seen.append(kind)
        return kind is int


class Large(metaclass=Asked):
    pass


def asks(n):
    return isinstance(n, Large), isinstance("a", (str, Large)), isinstance(2.5, (Large, str)), issubclass(int, Large), isinstance(Large(), Large)


def test_a_metaclass_that_acts_where_it_is_asked_is_asked_in_each_call():
    """It was asked while tracing alone, and with a traced number for the number."""
    f = ag.function(asks)
    for n in (1, 3, 5):
        Asked.seen.clear()
        want = asks(n), [*Asked.seen]
        Asked.seen.clear()
        assert (f(n), Asked.seen) == want


class Even(type):
    def __instancecheck__(cls, one):
        return one % 2 == 0


class Number(metaclass=Even):
    pass


def test_what_a_metaclass_asks_of_a_number_is_native():
    same(lambda n: n * 10 if isinstance(n, Number) else n, *range(4), traces=1)


def read_and_not_used(n):
    a = Bare()
    if n > 2:
        a.z = n
    y = a.z  # noqa: F841
    return n + 1


def read_alone(n):
    a = Bare()
    if n > 2:
        a.z = n
    a.z  # noqa: B018
    return n + 1


def read_in_a_try(n):
    a = Bare()
    if n > 2:
        a.z = n
    try:
        y = a.z
    except AttributeError:
        return -n
    return y + 1


def read_in_a_branch(n):
    a = Bare()
    if n > 2:
        a.z = n
    if n > 1:
        y = [a.z]
        n = n + len(y)
    return n


def set_by_a_loop(n):
    a = Bare()
    for i in range(n - 2):
        a.z = i
    y = a.z  # noqa: F841
    return n


@pytest.mark.parametrize("f", [read_and_not_used, read_alone, read_in_a_try, read_in_a_branch, set_by_a_loop])
def test_an_attribute_that_no_path_has_set_is_missed_where_it_is_read(f):
    """It was missed where it was used, or never."""
    same(f, 4, 2, 1, 3)


NOT_OF_NUMBERS = "T all any argmax copy dot dtype flatten item max mean ndim nbytes op reshape round shape size std sum transpose value_index".split()


def asked_for(name):
    """The function that asks its argument for an attribute."""
    text = f"def f(n, *rest):\n    try:\n        return n.{name}\n    except AttributeError as e:\n        return str(e)\n"
    linecache.cache[f"<{name}>"] = len(text), None, text.splitlines(True), f"<{name}>"
    names = {}
    exec(compile(text, f"<{name}>", "exec"), names)
    return names["f"]


@pytest.mark.parametrize("name", NOT_OF_NUMBERS)
def test_a_number_that_is_given_has_no_attributes_of_arrays(name):
    """n.shape was (), and n.sum() a tensor."""
    f = ag.function(asked_for(name))
    assert f(3) == f"'int' object has no attribute '{name}'"
    assert f(2.5) == f"'float' object has no attribute '{name}'"
    with pytest.raises(AttributeError, match=f"^'int' object has no attribute '{name}'"):
        ag.function(lambda n, x: (getattr(n, name), x * 2))(3, np.ones(2))


def test_numbers_of_numpy_and_tensors_keep_theirs():
    f = ag.function(lambda n: (n.shape, n.dtype.name, n.sum()))
    assert f(np.float64(2.5)) == ((), "float64", 2.5)
    assert f(ag.constant(3)) == ((), "int32", 3)
    f = ag.function(lambda n: (np.sin(n).shape, np.sqrt(n).round(2), np.maximum(n, 2).dtype.name))
    assert f(2.5) == ((), 1.58, "float64")
