"""tf.debugging, tf.nest, py_function, parts of variables."""

import collections
import dataclasses

import numpy as np
import pytest
from modes import interpreted

import autograph as ag

d, nest = ag.debugging, ag.nest

HOLDS = [
    lambda x: d.assert_equal(x, [1, 2]),
    lambda x: d.assert_less(x, 3),
    lambda x: d.assert_positive(x),
    lambda x: d.assert_near(x, [1, 2]),
    lambda x: d.assert_greater_equal(x, 1),
    lambda x: d.assert_none_equal(x, 0),
    lambda x: d.Assert(x[0] == 1, [x]),
    lambda x: d.assert_shapes([(x, ("n",))]),
    lambda x: d.check_numerics(ag.cast(x, "float32"), "x"),
    lambda x: d.assert_rank(x, 1),
]
FAILS = [
    lambda x: d.assert_equal(x, [1, 3]),
    lambda x: d.assert_less(x, 2),
    lambda x: d.assert_negative(x),
    lambda x: d.assert_near(x * 1.0, [1, 2.1]),
    lambda x: d.assert_greater_equal(x, 2),
    lambda x: d.assert_none_equal(x, 1),
    lambda x: d.Assert(x[0] == 2, [x]),
    lambda x: d.assert_shapes([(x, (3,))]),
    lambda x: d.assert_rank(x, 2),
    lambda x: d.assert_non_positive(x),
    lambda x: d.assert_rank_at_least(x, 2),
    lambda x: d.assert_scalar(x),
]


def two(fn):
    return [fn, ag.function(fn)]


@pytest.mark.parametrize("i", range(len(HOLDS)))
def test_assertions_that_hold(i):
    for way in two(lambda x: HOLDS[i](x)):
        way(ag.constant([1, 2]))


@pytest.mark.parametrize("i", range(len(FAILS)))
def test_assertions_that_fail(i):
    for way in two(lambda x: FAILS[i](x)):
        with pytest.raises(ag.errors.InvalidArgumentError) as e:
            way(ag.constant([1, 2]))
        assert isinstance(e.value, AssertionError) and isinstance(e.value, ValueError)


def test_types_are_checked():
    with pytest.raises(TypeError):
        d.assert_type(ag.constant(1), "float32")
    with pytest.raises(TypeError):
        d.assert_integer(1.5)
    assert d.assert_same_float_dtype([ag.constant(1.5)]) == ag.float32
    assert (
        d.is_numeric_tensor(ag.constant(1))
        and not d.is_numeric_tensor("a")
        and not d.is_numeric_tensor(ag.constant("a"))
    )


def test_the_message_shows_the_values():
    with pytest.raises(
        ag.errors.InvalidArgumentError, match=r"so: x < y does not hold for x = \[1 2\] and y = 2"
    ):
        d.assert_less([1, 2], 2, message="so")


def test_a_failing_assertion_in_a_branch_not_taken():
    @ag.function
    def f(x):
        if x > 0:
            d.assert_less(x, 10)
        return x

    assert f(-50) == -50 and f(5) == 5
    with pytest.raises(ValueError):
        f(11)


# ---- nest ------------------------------------------------------------------------------------------

Point = collections.namedtuple("Point", "x y")


@dataclasses.dataclass
class Pair:
    a: object
    b: object


def test_nest():
    s = {"b": [1, (2, 3)], "a": Point(4, Pair(5, None))}
    assert nest.flatten(s) == [4, 5, None, 1, 2, 3]
    assert nest.pack_sequence_as(s, nest.flatten(s)) == s
    assert nest.map_structure(lambda v: v, s) == s
    assert nest.map_structure(lambda a, b: a + b, [1, (2, 3)], [10, (20, 30)]) == [11, (22, 33)]
    assert (
        nest.flatten(5) == [5]
        and nest.flatten([]) == []
        and nest.is_nested(())
        and not nest.is_nested("ab")
    )
    assert list(nest.map_structure(lambda v: v, {"z": 1, "a": 2})) == ["z", "a"]
    for a, b in (([1], [1, 2]), ([1], 1), ({"a": 1}, {"b": 1}), ([1, [2]], [1, 2])):
        with pytest.raises(ValueError):
            nest.assert_same_structure(a, b)
    with pytest.raises(TypeError):
        nest.assert_same_structure([1], (1,))
    nest.assert_same_structure([1], (1,), check_types=False)
    with pytest.raises(ValueError):
        nest.pack_sequence_as([1, 2], [1])
    with pytest.raises(TypeError):
        nest.map_structure(3, [1])


def test_map_structure_while_tracing():
    f = ag.function(lambda s: nest.map_structure(lambda v: v * 2, s))
    assert f({"a": ag.constant(1), "b": [ag.constant(2)]}) == {"a": 2, "b": [4]}


# ---- Python in the middle ---------------------------------------------------------------------------


def test_numpy_function():
    def double(x):
        assert isinstance(x, np.ndarray)
        return x * 2

    for way in two(lambda x: ag.numpy_function(double, [x], "float64") + 1):
        assert way(ag.constant([1.0, 2.0], "float64")).tolist() == [3.0, 5.0]


def test_py_function_gives_several_results():
    for way in two(lambda x: ag.py_function(lambda v: (v + 1, v > 0), [x], ["int32", "bool"])):
        a, b = way(ag.constant(3))
        assert (a.tolist(), b.tolist()) == (4, True)


def test_py_function_runs_each_time_in_order():
    seen = []

    @ag.function
    def f(n):
        for i in range(n):
            ag.py_function(lambda v: seen.append(v.tolist()), [i], [])
        return n

    f(3)
    f(2)
    assert seen == [0, 1, 2, 0, 1]


def test_exceptions_keep_their_type():
    class Mine(Exception):
        pass

    def fail(x):
        raise Mine("no")

    for way in two(lambda x: ag.py_function(fail, [x], "int32")):
        with pytest.raises(Mine, match="no"):
            way(ag.constant(1))
    with interpreted(), pytest.raises(Mine):
        ag.function(lambda x: ag.numpy_function(fail, [x], "int32"))(ag.constant(1))


def test_declared_dtypes_hold():
    for way in two(lambda x: ag.py_function(lambda v: ag.constant(1.5), [x], "int32")):
        with pytest.raises(TypeError, match="float32 where int32"):
            way(ag.constant(1))
    with pytest.raises(ValueError, match="2 values where 1"):
        ag.py_function(lambda v: (1, 2), [1], ["int32"])


# ---- parts of variables -----------------------------------------------------------------------------


def test_parts_of_variables():
    def change(v):
        v[1:3].assign([20, 30])
        v[0].assign_add(5)
        v[-1].assign_sub(1)
        v.scatter_nd_update([[1]], [7])
        v.scatter_nd_add([[1], [1]], [1, 2])
        v.scatter_nd_sub([[0]], [1])
        v.scatter_update(ag.IndexedSlices([70, 80], [2, 3]))
        v.scatter_add(ag.IndexedSlices([1, 1], [2, 2]))
        v.scatter_min(ag.IndexedSlices([0], [0]))
        v.scatter_max(ag.IndexedSlices([100], [3]))
        return v.value()

    want = None
    for run in (change, lambda v: ag.function(lambda: change(v))()):
        v = ag.Variable([1, 2, 3, 4])
        got = run(v).tolist()
        assert v.numpy().tolist() == got == [0, 10, 72, 100]
        assert want is None or got == want
        want = got


def test_parts_in_loops():
    v = ag.Variable([0] * 5)

    @ag.function
    def f(n):
        for i in range(n):
            v[i].assign(i * i)
            v[i : i + 1].assign_add([1])

    f(4)
    assert v.numpy().tolist() == [1, 2, 5, 10, 0]


def test_only_parts_of_variables_are_assigned():
    with pytest.raises(AttributeError, match="variable"):
        ag.constant([1, 2])[0].assign(3)
    v = ag.Variable([1, 2])
    with pytest.raises((TypeError, ValueError)):
        v[0].assign([1, 2, 3])
    with pytest.raises(TypeError):
        v[0].assign(1.5)
    assert v.numpy().tolist() == [1, 2]
