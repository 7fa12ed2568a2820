"""Dataclasses are opened where they are arguments and results, carried through branches and loops, and never changed unseen."""

import dataclasses

import numpy as np
import pytest
from modes import same

import autograph as ag


@dataclasses.dataclass
class Point:
    x: object
    y: object

    def square(self):
        return self.x * self.x + self.y * self.y


@dataclasses.dataclass(frozen=True, slots=True)
class Fixed:
    x: object
    inner: object = None


@dataclasses.dataclass(kw_only=True)
class Measured:
    x: float
    log: list = dataclasses.field(default_factory=list)
    double: float = dataclasses.field(init=False)

    def __post_init__(self):
        self.double = self.x * 2


def test_one_trace_serves_all_values_of_the_fields():
    def f(p):
        return Point(p.x + 1, p.square())

    same(f, (Point(1, 2),), (Point(3, 5),), traces=1)
    same(f, (Point(1.5, 2),), traces=1)


def test_frozen_ones_nest_and_leave_through_branches():
    def f(q):
        if q.x > 3:
            return Fixed(q.x, Point(1, 2))
        return Fixed(q.inner.x, Point(3, q.inner))

    def g(q):
        if q.x > 3:
            r = Fixed(q.x, Point(1, 2))
        else:
            r = Fixed(q.inner.x, Point(3, 4))
        return r.x + r.inner.y, r

    same(f, (Fixed(1, Point(5, 6)),), (Fixed(4, Point(5, 6)),))
    same(g, (Fixed(1, Point(5, 6)),), (Fixed(4, Point(5, 6)),), (Fixed(-7, Point(1, 1)),), traces=1)


def test_a_loop_carries_one():
    def f(p, n):
        while n > 0:
            p = Point(p.x + p.y, p.x)
            n -= 1
        return p

    same(f, (Point(1, 0), 10), (Point(3, 5), 0), (Point(2, 3), 4), traces=1)


def test_a_list_of_them_is_opened():
    def f(points):
        total = 0
        for p in points:
            total += p.x * p.y
        return total

    same(f, ([Point(1, 2), Point(3, 4)],), ([Point(5, 2), Point(0, 4)],), ([],))


def test_what_post_init_computed_comes_along_and_is_not_computed_again():
    def f(m, n):
        m2 = m
        if n > 0:
            m2 = Measured(x=m.double)
        return m2, m.double + n

    m = Measured(x=2.0)
    m.double = 7.0
    same(f, (m, 1), (m, 0), (Measured(x=5.0), 0))


def test_a_change_of_an_argument_is_seen_by_the_caller():
    def plain(p):
        p.x = p.x + 1
        return p.x * 2

    def branch(p):
        if p.x > 2:
            p.x += 5
        return p.x

    def unseen(p):
        setattr(p, "x", 9)
        return p.y + 1

    def grown(m):
        m.log.append(m.x)
        return m.double + m.x

    def helper(p, v):
        p.y = v

    def called(p, n):
        for i in range(n):
            helper(p, i)
        return p.y + n

    for f in (plain, branch, unseen):
        same(f, (Point(1, 2),), (Point(3, 5),))
    same(grown, (Measured(x=1.0),), (Measured(x=3.0),))
    same(called, (Point(1, 2), 3), (Point(1, 2), 0))


def test_a_dictionary_changed_by_constants_is_seen_by_the_caller():
    def f(d, x):
        d["k"] = "a"
        return x + 1

    def pop(d, x):
        d.pop("a")
        return x + d["b"]

    same(f, ({}, 1), ({"k": 2}, 3))
    same(pop, ({"a": 1, "b": 2}, 1), ({"b": 2, "a": 1}, 1))


def test_keywords_are_the_functions_own():
    @ag.function
    def f(x, **keywords):
        return x + keywords.pop("y")

    assert f(1, y=2) == 3 and f(4, y=5) == 9 and f.experimental_get_tracing_count() == 1
    assert "native" in f.explain()


def in_a_loop(p, x):
    for v in x:
        p["b"] = p["b"] + v  # here


def as_often_as_said(p, x, n=3):
    for _ in range(n):
        p["b"] -= 0.5  # here
    return x


def in_a_branch(p, x):
    if x.sum() > 1:
        p["b"] = x[0]  # here
    return x


def what_a_branch_chose(p, x):
    r = p if x[0] > 0 else {"b": 2.0}
    r["b"] = 3.0  # here


def in_a_loop_by_a_method(p, x):
    for v in x:  # here
        p.update(b=v)


def in_an_inner_one(p, x):
    for v in x:
        p["c"]["d"] += v  # here


@pytest.mark.usefixtures("no_plain_calls")
@pytest.mark.parametrize("f", [in_a_loop, as_often_as_said, in_a_branch, what_a_branch_chose, in_a_loop_by_a_method, in_an_inner_one])
def test_a_change_of_a_dict_argument_in_a_loop_or_branch_beside_arrays_is_never_lost(f):
    p = {"b": 1.0, "c": {"d": 2.0}}
    with pytest.raises(TypeError, match="belongs to the caller|where the name is given, make a copy"):
        ag.function(f)(p, np.array([1.0, 2.0]))
    assert p == {"b": 1.0, "c": {"d": 2.0}}


@pytest.mark.usefixtures("no_plain_calls")
def test_a_dataclass_argument_that_a_loop_chose_is_the_callers():
    def f(points, x):
        best = points[0]
        for v in x:
            best = points[1] if best.x < v else best
        best.x = x[0]

    points = [Point(1.0, 2.0), Point(3.0, 4.0)]
    with pytest.raises(TypeError, match="belongs to the caller|where the name is given, make a copy"):
        ag.function(f)(points, np.array([1.0, 2.0]))
    assert points == [Point(1.0, 2.0), Point(3.0, 4.0)]


def test_a_dict_argument_of_plain_numbers_changes_in_a_loop_or_branch():
    def f(p, n):
        for i in range(n):
            p["b"] += i
            if i > 1:
                p["c"] = i
        return p["b"]

    same(f, ({"b": 1}, 3), ({"b": 1}, 0), ({"b": 1}, 5))


def test_a_copy_of_a_dict_argument_changes_in_a_loop():
    def before(p, n):
        p = dict(p)
        for i in range(n):
            p["b"] = p["b"] + i
        return p

    def in_it(p, n):
        for i in range(n):
            p = {**p, "b": p["b"] + i}
        return p

    for f in (before, in_it):
        same(f, ({"b": 1, "c": 2.5}, 3), ({"b": 1, "c": 2.5}, 0))
        x = np.array([1.0, 2.0])
        g = ag.function(lambda p, n, x: (f(p, n), x * n))  # noqa: B023
        p = {"b": x, "c": 1}
        assert g(p, 3, x)[0]["b"].tolist() == f(p, 3)["b"].tolist() and p["b"].tolist() == [1.0, 2.0]


def test_a_change_of_an_argument_that_holds_tensors_is_refused_with_the_remedy():
    @ag.function
    def f(p):
        p.x = p.x + 1  # here
        return p.x

    with pytest.raises(TypeError, match=r"'p' belongs to the caller(.|\n)*dataclasses.replace\(p, x=...\)(.|\n)*# here"):
        f(Point(ag.constant([1.0]), 2))


def test_tensors_and_arrays_inside_are_inputs():
    @ag.function
    def f(p):
        return Point(p.x + p.y, p.square())

    for n in 1.0, 2.0:
        p = f(Point(ag.constant([n, 2.0]), np.array([n, 3.0], "float32")))
        np.testing.assert_array_equal(p.x, [2 * n, 5])
        np.testing.assert_array_equal(p.y, [2 * n * n, 13])
    assert f.experimental_get_tracing_count() == 1
    f(Point(ag.constant([1.0]), ag.constant([2.0])))
    assert f.experimental_get_tracing_count() == 2


def test_another_class_with_the_same_fields_has_a_trace_of_its_own():
    @dataclasses.dataclass
    class Other(Point):
        def square(self):
            return -1

    def f(p):
        return p.square() + p.x

    assert same(f, (Point(1, 2),), (Other(1, 2),), (Point(5, 2),)).experimental_get_tracing_count() == 2


def test_specs_stand_in_a_dataclass():
    spec = ag.TensorSpec([None], ag.float32)

    def f(p):
        return p.x * 2 + p.y

    signed = ag.function(f, input_signature=[Point(spec, spec)])
    concrete = ag.function(f).get_concrete_function(Point(spec, spec))
    for n in 1, 3:
        p = Point(ag.ones([n]), ag.ones([n]))
        assert signed(p).numpy().tolist() == concrete(p).numpy().tolist() == [3.0] * n
    assert signed.experimental_get_tracing_count() == 1
    with pytest.raises(TypeError, match="argument .p. does not fit"):
        signed(Fixed(ag.ones([1])))


def test_a_method_sees_its_object_as_it_is_now():
    @dataclasses.dataclass
    class Line:
        slope: float

        @ag.function
        def at(self, x):
            return self.slope * x

    line = Line(2.0)
    assert line.at(3.0) == 6.0
    line.slope = 5.0
    assert line.at(3.0) == 15.0 and Line.at.experimental_get_tracing_count() <= 1


def test_a_variable_is_kept_on_the_callers_object():
    @dataclasses.dataclass
    class Layer:
        units: int
        w: object = None

        @ag.function
        def __call__(self, x):
            if self.w is None:
                self.w = ag.Variable([2.0])
            return x * self.w * self.units

    layer = Layer(3)
    assert layer(ag.constant([1.0])).numpy() == [6.0] and layer(ag.constant([2.0])).numpy() == [12.0]
    layer.w.assign([5.0])
    assert layer(ag.constant([1.0])).numpy() == [15.0] and Layer(4)(ag.constant([1.0])).numpy() == [8.0]


def test_where_the_object_counts_it_stays_the_callers():
    @dataclasses.dataclass(eq=False)
    class Key:
        x: int

    table = {}

    def f(k, n):
        return table[k] + n

    key = Key(1)
    table[key] = 5
    assert ag.function(f)(key, 2) == 7


def test_one_that_holds_more_than_its_fields_is_taken_as_it_is():
    p = Point(1, 2)
    p.note = 7

    def f(p, n):
        return p.x + p.note + n

    assert ag.function(f)(p, 2) == 10


def test_post_init_is_converted():
    @dataclasses.dataclass
    class Scaled:
        x: float
        factor: dataclasses.InitVar[float] = 10.0
        y: float = 0.0

        def __post_init__(self, factor):
            if self.x > 2:
                self.y = self.x * factor

    def f(x, n):
        return Scaled(x.sum()).y, Scaled(n, 3.0).y, Scaled(n).x

    same(f, (np.array([1.0, 2.0]), 3), (np.array([0.5, 0.25]), 1), kinds=False)


def test_an_init_of_ones_own_calls_post_init_where_it_says():
    @dataclasses.dataclass
    class Scaled:
        x: float

        def __init__(self, x):
            self.x = x if x > 2 else -x
            self.__post_init__()
            self.x += 1

        def __post_init__(self):
            self.x *= 10

    def f(x, n):
        return Scaled(x.sum()).x, Scaled(n).x

    same(f, (np.array([1.0, 2.0]), 3), (np.array([0.5, 0.25]), 1), kinds=False)


def test_lists_beside_none_and_tuples():
    def none(x):
        r = None
        if x.sum() > 2:
            r = [1, 2]
        return 0 if r is None else len(r) + r[1]

    def pair(x, n):
        r = (1, 2)
        if x.sum() > 2:
            r = [n, 2]
        return r[0] + x, r

    def number(x, n):
        if x.sum() > 2:
            r = [n, n]
        else:
            r = n
        return r

    a, b = np.array([1.0, 2.0]), np.array([1.0, 0.0])
    same(none, a, b)
    same(pair, (a, 7), (b, 7))
    same(number, (a, 7), (b, 7))


class Asked:
    def __init__(self):
        self.asked = []

    def __getattr__(self, name):
        self.asked.append(name)
        if name.startswith("x"):
            return len(name)
        raise AttributeError(name)


@dataclasses.dataclass(frozen=True)
class Frozen:
    a: int


class Slotted:
    __slots__ = ("a",)


def test_attributes_that_cannot_be_set_and_those_that_are_not_there():
    def asked(n):
        a, total = Asked(), 0
        for i in range(3):
            if n > i:
                total += a.xyz
        return total, a.asked, getattr(a, "q", n), hasattr(a, "r")

    def refused(n):
        out = []
        for thing in (Frozen(n), Slotted(), n):
            try:
                thing.b = n
            except AttributeError as e:
                out.append(str(e))
        f = Frozen(n)
        try:
            f.a = 5
        except AttributeError as e:
            out.append(str(e))
        return out, f.a

    same(asked, 0, 2, 5)
    same(refused, 0, 3)
