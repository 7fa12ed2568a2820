"""Values that may be absent."""

import pickle
import traceback

import pytest
from tracing import build

import autograph as ag
from autograph import _core

UNDEFINED = _core.UNDEFINED


def both(fn, *specs):
    graph = build(fn, *specs)
    return [graph.plan(native=native) for native in (False, True)]


def tag_of(n):
    return _core.cast(n, "int32")


def test_the_sentinel():
    assert repr(UNDEFINED) == "UNDEFINED" and not UNDEFINED
    assert pickle.loads(pickle.dumps(UNDEFINED)) is UNDEFINED


def test_attributes():
    def f(n, x):
        m = _core.maybe(tag_of(n), x, (UNDEFINED, None), "y")
        assert m.alts == (UNDEFINED, None) and m.tag.dtype == "int32" and m.payload is x
        assert m.label == "y" and m.is_symbolic and m.dtype == "int32" and m.shape == (2,)
        assert x.alts is None and x.tag is None and x.payload is x
        assert repr(m).startswith("<tf.Tensor ") and " or " in repr(m)
        assert _core.resolve(x) is x
        return x

    build(f, 1, ("int32", (2,)))


def test_an_undefined_variable_raises_when_the_run_gets_there():
    def f(n, x):
        return _core.maybe(tag_of(n), x, (UNDEFINED,), "y") + 1

    for plan in both(f, 1, ("int32", ())):
        assert plan.run([0, 4])[0].item() == 5
        with pytest.raises(UnboundLocalError, match="'y'") as info:
            plan.run([1, 4])
        last = traceback.extract_tb(info.value.__traceback__)[-1]
        assert last.lineno == f.__code__.co_firstlineno + 1


def test_none_raises_when_the_run_gets_there():
    def f(n, x):
        return _core.maybe(tag_of(n), x, (None, UNDEFINED), "y") + 1

    for plan in both(f, 1, ("int32", ())):
        assert plan.run([0, 4])[0].item() == 5
        with pytest.raises(TypeError, match="'y' is None here"):
            plan.run([1, 4])
        with pytest.raises(UnboundLocalError, match="'y'"):
            plan.run([2, 4])


def test_known_tags_are_decided_at_once():
    def f(x):
        assert _core.resolve(_core.maybe(_core.constant(0), x, (None,), "y")) is x
        with pytest.raises(TypeError, match="'y' is None"):
            _core.maybe(_core.constant(1), x, (None,), "y") + 1
        with pytest.raises(UnboundLocalError, match="'y'"):
            _core.maybe(_core.constant(1), None, (UNDEFINED,), "y") + 1
        return x

    g = build(f, ("int32", ()))
    assert not any(op.type in ("CheckBound", "If") for op in g.get_operations())


def test_one_that_is_never_a_tensor_raises_at_once():
    def f(n, x):
        with pytest.raises(TypeError, match="'y' is None"):
            _core.maybe(tag_of(n), None, (None,), "y") + 1
        return x

    build(f, 1, ("int32", ()))


def test_one_without_a_name_is_a_value():
    def f(x):
        return _core.maybe(ag.cast(x > 3, "int32") + 1, None, (UNDEFINED, None)) + 1

    fails = ag.function(f)
    with pytest.raises(UnboundLocalError, match="'value'"):
        fails(ag.constant(1))
    with pytest.raises(TypeError, match="'value' is None here, where a tensor is needed"):
        fails(ag.constant(5))


def test_misuse_is_refused():
    with pytest.raises(RuntimeError, match="no graph"):
        _core.maybe(0, None, (None,), "y")
    for args in [(0, None), (0, None, ()), (0, None, [None])]:
        with pytest.raises(TypeError, match="maybe"):
            _core.maybe(*args)
    with pytest.raises(TypeError, match="Tensor"):
        _core.resolve(3)
