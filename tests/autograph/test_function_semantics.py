"""tf.function: what tells one trace from another, and what a decorated function is to the program round it."""

import collections
import copy
import dataclasses
import enum
import functools
import gc
import inspect
import math
import pickle
import subprocess
import sys
import textwrap
import threading
import weakref

import numpy as np
import pytest
from modes import same

import autograph as ag


def traces(f):
    return f.experimental_get_tracing_count()


# ---- the key of the cache -------------------------------------------------------------------------------------------


def test_python_values_are_told_apart_by_value_and_numbers_are_not():
    f = ag.function(lambda x: 1)
    for _ in range(2):
        for value in (True, False, None, "a", "b", b"a", 1, 2, 1.0, 2.0, 1j, ...):
            f(value)
    assert traces(f) == 10


def test_dtypes_and_shapes_are_told_apart():
    f = ag.function(lambda x: x + x)
    for x in (np.float32(1), np.float32(2), ag.constant(1.0), np.array(2.0, "f4"), np.int64(1), [1, 2], [3, 4], np.ones(2), np.ones(2)):
        f(x)
    assert traces(f) == 4


def test_defaults_and_keywords_have_one_form():
    @ag.function
    def f(a, b=2, *args, c=3, **kw):
        return a + b + c

    assert [f(1), f(1, 2), f(a=1), f(b=2, a=1), f(1, c=3), f(1, 2, c=3)] == [6] * 6 and traces(f) == 1


def test_numbers_in_structures_share_a_trace():
    f = ag.function(lambda d, *xs, **kw: d["a"][0] + sum(xs) + kw["k"])
    assert f({"a": [1]}, 2, 3, k=4) == 10 and f({"a": [5]}, 6, 7, k=8) == 26 and traces(f) == 1


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


def test_objects_are_told_apart_by_identity():
    f = ag.function(lambda x, colour: x if colour is Colour.RED else -x)
    assert [f(1, Colour.RED), f(1, Colour.BLUE), f(2, Colour.RED)] == [1, -1, 2] and traces(f) == 2


def test_variables_are_told_apart_by_identity():
    f = ag.function(lambda a, b: a + b)
    v, w = ag.Variable(1), ag.Variable(2)
    assert f(v, w).numpy() == 3 and f(v, v).numpy() == 2
    v.assign(10)
    assert f(v, w).numpy() == 12 and f(v, v).numpy() == 20 and traces(f) == 2


def test_the_cache_is_bounded():
    f = ag.function(lambda x, name: x)
    for i in range(300):
        f(1, str(i))
    assert len(f._cache) == 256 and traces(f) == 300
    f(1, "299")
    assert traces(f) == 300


def test_evicted_traces_are_freed():
    @ag.function
    def f(x, name):
        return x + 1

    f(1, "first")
    graph = weakref.ref(f._cache[0].graph)
    for i in range(256):
        f(1, str(i))
    f._history.clear()
    gc.collect()
    assert graph() is None


# ---- signatures and concrete functions --------------------------------------------------------------------------------


def test_a_signature_casts_and_refuses():
    @ag.function(input_signature=[ag.TensorSpec([None], "float32"), ag.TensorSpec([], "int32")])
    def f(x, n):
        return x * ag.cast(n, "float32")

    assert f([1, 2], 3).numpy().tolist() == [3, 6] and f(np.ones(3, "f4"), 2).numpy().tolist() == [2, 2, 2] and traces(f) == 1
    with pytest.raises((TypeError, ValueError)):
        f([[1.0]], 1)
    with pytest.raises(TypeError):
        f(ag.constant([1]), ag.constant(1.5))


def test_reduce_retracing_needs_two_traces():
    f = ag.function(lambda x: x * 2, reduce_retracing=True)
    for k in range(1, 9):
        assert f(ag.ones([k, 3])).shape == (k, 3)
    assert traces(f) == 2


def test_a_concrete_function_says_what_it_is():
    @ag.function
    def f(x, y, k=3):
        return {"sum": x + y, "pair": (x, y * k)}

    c = f.get_concrete_function(ag.TensorSpec([None, 2], "float32"), y=ag.TensorSpec([], "float32"))
    assert [(t.dtype, t.shape) for t in c.inputs] == [("float32", (None, 2)), ("float32", ())]
    assert len(c.outputs) == 3 and c.structured_outputs["pair"][1].dtype == "float32"
    specs, keywords = c.structured_input_signature
    assert [s.shape for s in specs] == [(None, 2), ()] and [s.name for s in specs] == ["x", "y"] and keywords == {}
    assert {"Placeholder", "AddV2", "Mul"} <= {op.type for op in c.graph.get_operations()}
    assert c(ag.zeros([3, 2]), ag.constant(1.0))["sum"].numpy().tolist() == [[1, 1]] * 3
    assert c(ag.zeros([1, 2]), y=ag.constant(2.0))["pair"][1].numpy() == 6
    with pytest.raises(TypeError):
        c(ag.zeros([1, 2], "int32"), ag.constant(1.0))
    with pytest.raises(ValueError, match="'k' is 3 for good in this trace"):
        c(ag.zeros([1, 2]), ag.constant(2.0), 4)


def test_concrete_functions_are_the_functions_own_traces():
    f = ag.function(lambda x: x + 1)
    f(ag.constant([1, 2]))
    c = f.get_concrete_function(ag.constant([5, 6]))
    assert traces(f) == 1 and c(ag.constant([7, 8])).numpy().tolist() == [8, 9]
    assert "x: int32(2,)" in f.pretty_printed_concrete_signatures()


# ---- variables, effects, captures -------------------------------------------------------------------------------------


def test_a_signature_of_many_items_shows_the_first():
    @ag.function
    def total(values, n):
        return sum(values) * n

    assert int(total((1,) * 40, 2)) == 80
    assert "(values[0]: int, values[1]: int, values[2]: int, 37 more in 'values', n: int)" in total.explain()


def test_effects_keep_the_order_of_the_program():
    v = ag.Variable(1)

    @ag.function
    def f(x):
        v.assign(x)
        a = v + 0
        v.assign_add(2)
        b = v + 0
        v.assign(v * 3)
        return a, b

    assert [int(r) for r in f(ag.constant(5))] == [5, 7] and v.numpy() == 21


def test_variables_in_conditions():
    v, w = ag.Variable(1), ag.Variable(0)

    @ag.function
    def f(x):
        if v:
            x = x + 1
        y = w or v
        while w < 3:
            w.assign_add(1)
        return x, y, 1 if not v else 2, v and w

    assert [int(r) for r in f(ag.constant(1))] == [2, 1, 2, 3]
    v.assign(0)
    assert [int(r) for r in f(ag.constant(1))] == [1, 3, 1, 0] and traces(f) == 1


def test_a_variable_is_its_value_to_builtins_comprehensions_and_numpy():
    v, n = ag.Variable([1.0, 4.0, -2.0], dtype="float64"), ag.Variable(3, dtype="int64")

    @ag.function
    def f():
        first = [x * 2 for x in v if x > 0], min(v), max(v), sum(v), sorted(v), 4.0 in v, 5.0 in v
        loops = [i for i in range(n)], list(reversed(v)), [a * b for a, b in zip(v, v)], list(map(abs, v))
        arrays = np.stack([v, v]).sum(), np.sqrt(np.abs(v)), np.maximum(v, 0), math.sqrt(n), int(v[1]), len(v)
        v.assign_add([1.0, 1.0, 1.0])
        return first, loops, arrays, any(x > 4 for x in v)

    def plain(x):
        return [plain(y) for y in x] if isinstance(x, (list, tuple)) else x.numpy().tolist() if isinstance(x, ag.Tensor) else x

    for k in range(2):
        x = np.array([1.0, 4.0, -2.0]) + k
        want = [
            [[y * 2 for y in x if y > 0], min(x), max(x), sum(x), sorted(x), k == 0, k == 1],
            [[0, 1, 2], x[::-1].tolist(), (x * x).tolist(), abs(x).tolist()],
            [2 * x.sum(), np.sqrt(abs(x)).tolist(), np.maximum(x, 0).tolist(), math.sqrt(3), int(x[1]), 3],
            True,
        ]
        assert plain(f()) == want
    assert traces(f) == 1
    assert isinstance(np.sin(v), np.ndarray)  # outside of functions NumPy's functions give NumPy's arrays, as before


def test_augmented_assignment_of_a_variable_rebinds_the_name():
    v = ag.Variable(3.0)

    @ag.function
    def f(x):
        y = v
        y **= 2
        y += x
        y //= 2
        return y

    assert f(ag.constant(1.0)).numpy() == 5 and v.numpy() == 3


def test_a_captured_tensor_is_a_constant_and_a_variable_is_live():
    t, v = ag.constant([1.0, 2.0]), ag.Variable(1.0)
    f = ag.function(lambda x: (x + t) * v)
    assert f(1.0).numpy().tolist() == [2, 3]
    v.assign(10.0)
    assert f(1.0).numpy().tolist() == [20, 30]


def test_a_variable_of_each_call_is_refused_with_its_line():
    @ag.function
    def f(x):
        v = ag.Variable(1.0)  # here
        return x + v

    with pytest.raises(ValueError, match="non-first call(.|\n)*# here"):
        f(ag.constant(1.0))


# ---- structures ---------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Pair:
    a: object
    b: object


Point = collections.namedtuple("Point", "x y")


def test_structures_go_in_and_come_out():
    @ag.function
    def f(p, n, d):
        return Pair(p.a + 1, n.x), Point(n.y, d["k"][0]), {"z": [d["k"][1], (p.b,)]}

    assert f(Pair(1, 2), Point(3, 4), {"k": [5, 6]}) == (Pair(2, 3), Point(4, 5), {"z": [6, (2,)]})


# ---- methods, lifetime, threads -----------------------------------------------------------------------------------------


class Model:
    k = 5

    def __init__(self):
        self.v = ag.Variable(2)

    @ag.function
    def f(self, x):
        return x * self.v * self.k


def test_a_method_keeps_its_instance_no_longer_than_others():
    m = Model()
    assert m.f(ag.constant(2)).numpy() == 20 and Model().f(ag.constant(1)).numpy() == 10
    gone = weakref.ref(m)
    del m
    gc.collect()
    assert gone() is None


class Scaled:
    """Methods, one of them in an attribute."""

    def __init__(self, k):
        self.k, self.callback = k, self.f

    @ag.function
    def f(self, x, *more, y=0):
        "What f does."
        return x * self.k + sum(more) + y if x > 0 else x

    @ag.function(input_signature=[ag.TensorSpec([None], "float32")])
    def g(self, x):
        return x * self.k

    @ag.function
    def h(self, n):
        total, methods = 0, [self.f, self.callback]
        for i in range(n):
            total += self.f(i, 1) + methods[1](i)
        return total, [m(n) for m in methods]


def test_concrete_functions_and_reports_of_methods():
    s = Scaled(3)
    assert s.f.get_concrete_function(ag.TensorSpec([], "int32"))(ag.constant(4)).numpy() == 12
    assert s.f.get_concrete_function(2, y=5)(4, y=1) == 13
    for concrete in s.g.get_concrete_function(), s.g.get_concrete_function(ag.TensorSpec([None], "float32")):
        assert concrete(ag.constant([1.0, 2.0])).numpy().tolist() == [3, 6]
    assert "a call takes" in str(s.f.explain(4)) and "why: first call" in s.f.explain()
    assert Scaled.g.get_concrete_function(s, ag.TensorSpec([2], "float32"))(ag.constant([1.0, 2.0])).numpy().tolist() == [3, 6]


def test_a_compiled_method_is_as_pythons_are():
    s = Scaled(3)
    assert s.f(1) == 3 and s.f(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, y=1) == 58 and s.f(x=2) == 6 and s.h(4) == (39, [12, 12])
    assert s.f == s.f and s.f != Scaled(3).f and s.f != s.g and hash(s.f) == hash(s.f) and {s.f: 1}[s.f] == 1
    assert s.f.__self__ is s and s.f.__func__ is Scaled.f and s.f.__name__ == "f" and s.f.__doc__ == "What f does."
    assert repr(s.f).startswith("<bound method Scaled.f of <") and str(inspect.signature(s.f)) == "(x, *more, y=0)"
    assert list(map(s.f, [1, 2])) == [3, 6] and functools.partial(s.f, 1)(2) == 5 and ag.function(s.f)(2) == 6
    with pytest.raises(TypeError, match=r"Scaled.f\(\) missing 1 required positional argument: 'x'"):
        s.f()
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        s.f.nothing  # noqa: B018
    with pytest.raises(TypeError):
        type(s.f)(len, s)
    for again in (pickle.loads(pickle.dumps(s)), copy.deepcopy(s), pickle.loads(pickle.dumps(s.f)).__self__):
        again.k = 10
        assert again.f(1) == again.callback(1) == 10 and again.callback.__self__ is again
    assert s.f(1) == 3 and copy.copy(s.f) == s.f and weakref.WeakMethod(s.f)() == s.f
    gone, count = weakref.ref(s), sys.getrefcount(Scaled.f)
    for _ in range(100):
        s.f  # noqa: B018
    assert sys.getrefcount(Scaled.f) < count + 10
    del s
    gc.collect()
    assert gone() is None


def test_an_object_as_argument_is_held_weakly():
    class Thing:
        k = 3

    f = ag.function(lambda o, x: x * o.k)
    thing = Thing()
    assert f(thing, 2) == 6
    gone = weakref.ref(thing)
    del thing
    gc.collect()
    assert gone() is None
    other = Thing()
    other.k = 4
    assert f(other, 2) == 8


def test_threads_share_one_trace():
    made = []

    @ag.function
    def f(x):
        made.append(1)
        return x * 2

    out = []
    threads = [threading.Thread(target=lambda i=i: out.append(int(f(ag.constant(i))))) for i in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(out) == [2 * i for i in range(16)] and len(made) == 1
    assert f.experimental_get_tracing_count() == 1


def test_run_functions_eagerly():
    made = []

    @ag.function
    def f(x):
        made.append(type(x))
        return x + 1

    ag.config.run_functions_eagerly(True)
    try:
        assert f(1) == 2 and f(1) == 2
    finally:
        ag.config.run_functions_eagerly(False)
    assert made == [int, int]


def test_a_leaked_tensor_is_refused():
    box = []
    keep = ag.autograph.experimental.do_not_convert(lambda x: box.append(x))

    @ag.function
    def f(x):
        keep(x)
        return x

    f(ag.constant(1))
    with pytest.raises(TypeError):
        box[0] + 1


# ---- copies and pickles ---------------------------------------------------------------------------------------------------

SCALE = 3
of_a_lambda = ag.function(lambda x: x * 2 + SCALE)


@ag.function
def of_a_name(x):
    return x * 2 + SCALE


def closure(k, again=2):
    def helper(x):
        while x > 100:
            x -= 100
        return x

    @ag.function(reduce_retracing=True)
    def f(x, times=again):
        if times > 0:
            return helper(x * k) + SCALE + math_floor(2.5)
        return f(x, 1)

    from math import floor as math_floor

    return f


@pytest.mark.parametrize("again", [lambda f: pickle.loads(pickle.dumps(f)), copy.copy, copy.deepcopy], ids=["pickle", "copy", "deepcopy"])
def test_functions_pickle_and_copy(again):
    assert again(of_a_name)(2) == 7 and again(of_a_lambda)(2) == 7
    f = again(closure(4))
    assert f(5) == 25 and f(30, 0) == 25 and f._reduce_retracing
    f = closure(4)
    f(5)
    assert again(f)(6) == f(6)


def test_a_pickle_by_name_is_the_function():
    assert pickle.loads(pickle.dumps(of_a_name)) is of_a_name


def test_a_function_of_a_script_arrives_in_another_process(tmp_path):
    script = textwrap.dedent("""
        import pickle, sys
        import math
        import autograph as ag
        STEP = 2

        def helper(n):
            return n + STEP + math.floor(0.5)

        @ag.function
        def f(n):
            while n < 10:
                n = helper(n)
            return n

        def make(k):
            return ag.function(lambda n: f.python_function(n) * k if n > 0 else -n)

        pickle.dump(make(3), open(sys.argv[1], "wb"))
    """)
    (tmp_path / "program.py").write_text(script)
    subprocess.run([sys.executable, tmp_path / "program.py", tmp_path / "f.pickle"], check=True)
    (tmp_path / "program.py").unlink()
    f = pickle.loads((tmp_path / "f.pickle").read_bytes())
    assert f(1) == 33 and f(-2) == 2 and traces(f) == 1


# ---- why did it trace -----------------------------------------------------------------------------------------------------


def test_explain_says_what_changed_where_and_what_it_cost():
    @ag.function
    def f(x, mode):
        return x + 1 if mode == "a" else x - 1

    f(1, "a")
    f(1, "b")
    f(ag.constant([1, 2]), "b")
    text = f.explain()
    assert "argument 'mode' was 'a', now 'b'" in text and "argument 'x' was int, now int32(2,)" in text
    assert text.count(f"called at {__file__}:") == 3 and text.count(" ms, compiled in ") == 3


def test_a_function_that_is_traced_again_and_again_warns_with_the_reasons():
    f = ag.function(lambda x, name: x)
    with pytest.warns(UserWarning, match="was traced 5 times(.|\n)*argument 'name' was 'k3', now 'k4'"):
        for i in range(5):
            f(1, f"k{i}")


def test_a_call_that_goes_on_in_python_does_not_act_twice(capfd):
    count = ag.Variable(0)

    @ag.function
    def power(n, k):
        count.assign_add(1)
        ag.print("power")
        return n**k

    assert power(2, 3) == 8
    with pytest.raises(ValueError, match="float in Python"):
        power(2, -1)
    assert int(count) == 2
    assert "".join(capfd.readouterr()).count("power") == 2


# ---- *args and **kwargs --------------------------------------------------------------------------------------


def changed_names(n, **kw):
    if n > 2:
        kw["a"] = n
    elif n > 1:
        kw.pop("c", None)
    return kw


def counted_names(n, **kw):
    for i in range(n):
        kw["a"] = kw.get("a", 0) + i
    return kw["a"] if n else len(kw)


def names_of_a_helper(n, **kw):
    def inner(**more):
        if n > 2:
            more["a"] += n
        return more["a"]

    return inner(**kw, a=3), changed_names(n, c=n)


def longer_args(n, *args):
    if n > 2:
        args = args + (n,)
    for _ in range(n):
        args = args[1:] + args[:1]
    return len(args), args


@pytest.mark.parametrize("program", [changed_names, counted_names, names_of_a_helper])
def test_named_arguments_that_change(program):
    same(program, 0, 1, 2, 3, 4)


def test_arguments_that_change():
    same(longer_args, (0, 1, 2), (2, 1, 2), (3, 1, 2), (4,))


@pytest.mark.usefixtures("no_plain_calls")
def test_named_arguments_beside_arrays():
    @ag.function
    def scaled(x, **kw):
        if x[0] > 2:
            kw["by"] = kw["by"] * 2
        return x * kw["by"]

    @ag.function
    def with_a_new_key(x, **kw):
        if x[0] > 2:
            kw["a"] = 1
        return x, kw

    given = {"by": 3.0}
    assert scaled(np.array([1.0]), **given).tolist() == [3.0]
    assert scaled(np.array([4.0]), **given).tolist() == [24.0] and given == {"by": 3.0}
    with pytest.raises(TypeError, match="the dict has 'a' at the end of one branch only"):
        with_a_new_key(np.array([1.0]))


def test_a_concrete_function_is_taken_in_by_a_trace_around_it():
    total = ag.Variable(1.0)

    @ag.function
    def step(x, k=2, *, d):
        if x > 0:
            total.assign_add(x * k)
        return {"a": d["p"] + x, "b": [x, total.read_value()]}

    made = step.get_concrete_function(
        ag.TensorSpec([], ag.float32), d={"p": ag.TensorSpec([2], ag.float32)}
    )

    @ag.function
    def outer(x):
        t = ag.constant(0.0)
        for _ in ag.range(3):
            r = made(x, d={"p": ag.stack([x, t])})
            t += r["b"][0]
        return t, r

    t, r = outer(ag.constant(2.0))
    assert float(t) == 6 and float(total) == 13
    assert r["a"].tolist() == [4, 6] and float(r["b"][1]) == 13
    with pytest.raises(TypeError, match="argument 'x' must have dtype float32, but it has int32"):
        ag.function(lambda x: made(x, d={"p": ag.ones([2])}))(ag.constant(2))
    doubled = ag.function(lambda n: n * 2).get_concrete_function(3)
    assert ag.function(lambda k: doubled(k) + 1)(5) == 11


class Dense:
    """Makes its weights in the first call, when it knows their shape."""

    def __init__(self, n):
        self.n, self.w, self.b = n, None, None

    @ag.function
    def __call__(self, x):
        if self.w is None:
            print("building")
            self.b = ag.Variable(ag.zeros([self.n]))
            self.w = ag.Variable(ag.random.normal([x.shape[-1], self.n]))
        return x @ self.w + self.b


def test_a_variable_may_begin_with_what_the_first_call_computes(capsys):
    x = ag.ones([2, 4])
    for n in (3, 5):
        layer = Dense(n)
        first = layer(x)
        weights = layer.w
        assert capsys.readouterr().out.endswith("building\n") and weights.shape == (4, n)
        np.testing.assert_array_equal(first, x @ weights + layer.b)
        layer.b.assign_add(ag.ones([n]))
        np.testing.assert_array_equal(layer(x), x @ weights + 1)
        assert layer.w is weights and capsys.readouterr().out == ""
    assert "native code" in str(Dense.__call__.explain())

    inner = Dense(2)
    outer = ag.function(lambda x: ag.reduce_sum(inner(x)))
    assert float(outer(x)) == float(outer(x)) == float(ag.reduce_sum(x @ inner.w))


def test_a_variable_of_each_call_that_is_computed_is_refused_in_the_next_one():
    @ag.function
    def f(x):
        v = ag.Variable(x * 2)
        return v + x

    assert float(f(ag.constant(1.0))) == 3
    with pytest.raises(ValueError, match="non-first call"):
        f(ag.constant(1.0))
    for how in ({"jit_compile": True}, {"input_signature": [ag.TensorSpec([], ag.float32)]}):
        with pytest.raises(ValueError, match="must be known when it is created"):
            ag.function(lambda x: ag.Variable(x) + 1, **how)(ag.constant(1.0))
