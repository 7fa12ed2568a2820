import gc
import threading

import numpy as np
import pytest
from tracing import build

from autograph import _core


def test_names_are_unique_and_ops_keep_the_users_order():
    g = _core.Graph()
    with g:
        x = g.add_param("float32", (2,), name="x")
        _core.constant(1.0, None, None, "c")
        _core.constant(1.0, None, None, "c")  # two equal constants stay two
        y = x + x
        z = x + y
    assert [op.name for op in g.get_operations()] == ["x", "c", "c_1", "add", "add_1"]
    assert [op.type for op in g.get_operations()] == [
        "Placeholder",
        "Const",
        "Const",
        "AddV2",
        "AddV2",
    ]
    assert x.name == "x:0" and z.name == "add_1:0" and z.op.name == "add_1"
    assert g.n_ops == 5


def test_name_scopes():
    g = _core.Graph()
    with g:
        assert g.push_scope("outer") == "outer"
        a = _core.constant(1, None, None, "c")
        assert g.push_scope("inner") == "outer/inner"
        b = a + 1
        g.pop_scope()
        g.pop_scope()
        assert g.push_scope("outer") == "outer_1"
        c = _core.constant(1, None, None, "c")
        g.pop_scope()
        assert g.push_scope("outer/") == "outer"
        d = _core.constant(1, None, None, "c")
        assert g.get_name_scope() == "outer"
        assert g.push_scope(None) == ""
        e = _core.constant(1, None, None, "c")
        g.pop_scope(), g.pop_scope()
    assert [t.op.name for t in (a, b, c, d, e)] == [
        "outer/c",
        "outer/inner/add",
        "outer_1/c",
        "outer/c_1",
        "c",
    ]
    assert g.unique_name("c") == "c_1" and g.unique_name("c") == "c_2"
    assert g.unique_name("fresh", mark_as_used=False) == g.unique_name("fresh") == "fresh"
    with pytest.raises(RuntimeError, match="no name scope"):
        g.pop_scope()


def test_look_up():
    g = build(lambda x: x * 2, ("int32", (2,)))
    op = g.get_operation_by_name("mul")
    assert op is g.get_operation_by_name("mul") and g.get_tensor_by_name("mul:0") is op.outputs[0]
    assert g.as_graph_element("mul") is op and g.as_graph_element("mul:0") is op.outputs[0]
    assert g.as_graph_element(op) is op and g.tensor(op.outputs[0]._value) is op.outputs[0]
    for f, bad, error in [
        (g.get_operation_by_name, "nope", KeyError),
        (g.get_operation_by_name, "mul:0", ValueError),
        (g.get_operation_by_name, 3, TypeError),
        (g.get_tensor_by_name, "mul", ValueError),
        (g.get_tensor_by_name, "mul:x", ValueError),
        (g.get_tensor_by_name, "mul:1", KeyError),
        (g.get_tensor_by_name, "nope:0", KeyError),
        (g.as_graph_element, 3, TypeError),
        (g.tensor, 0, IndexError),
        (g.tensor, 999, IndexError),
    ]:
        with pytest.raises(error):
            f(bad)
    other = build(lambda x: x * 2, ("int32", (2,)))
    with pytest.raises(ValueError, match="not an element"):
        g.as_graph_element(other.get_operation_by_name("mul"))


def test_operations_show_tensorflows_view():
    g = build(lambda x: _core.op("SUM", [x], {"axis": (0,), "keep_dims": 1}), ("float32", (2, 3)))
    x, s = g.get_operations()
    assert s.inputs == (x.outputs[0],) and s.control_inputs == [] and s.device == ""
    assert s.get_attr("axis") == [0] and s.get_attr("keep_dims") is True
    assert s.get_attr("T") == "float32" and s.graph is g
    assert (
        s.node_def.name == s.name == "sum"
        and s.node_def.op == "Sum"
        and s.node_def.input == ["x"[:0] + x.name]
    )
    assert [a.name for a in s.op_def.input_arg] == ["input"] and not s.op_def.is_stateful
    assert x.get_attr("shape") == (2, 3) and x.get_attr("dtype") is _core.float32
    assert repr(s) == "<tf.Operation 'sum' type=Sum>"
    file, line, function = s.loc
    assert (
        file == __file__
        and function == "<lambda>"
        and line == build_line(test_operations_show_tensorflows_view)
    )
    with pytest.raises(ValueError, match="no attribute 'nope'"):
        s.get_attr("nope")


def build_line(fn):
    return fn.__code__.co_firstlineno + 1


def test_text_names_the_users_lines():
    g = build(lambda x: x + 1, ("int32", (2,)))
    assert f"# test_graph.py:{build_line(test_text_names_the_users_lines)}" in g.print_text()
    assert "#" not in g.print_text(locations=False)
    assert "add" in g.print_text() and "graph(" in g.print_text()
    assert "int32[s1]" in build(lambda x: x, ("int32", (None,))).print_text()


def test_optimizing_makes_a_copy():
    g = build(lambda x: (x + 1) * 0 + (x + 1), ("int32", (2,)))
    n, text = g.n_ops, g.print_text()
    lean = g.optimize()
    assert g.n_ops == n and g.print_text() == text and lean.n_ops < n
    assert "test_graph.py" in lean.print_text()
    assert "kernel" in lean.plan_text() or "add" in lean.plan_text()
    assert "define" in lean.ir_text() and ".text" in lean.asm_text()


def test_a_plan_checks_its_inputs():
    g = build(lambda x, n: x * n, ("float32", (2, None)), 3)
    for native in (False, True):
        p = g.plan(native=native)
        assert p.native is native and p.graph is g and isinstance(p.text(), str)
        assert p.run([np.ones((2, 3), np.float32), 2])[0].tolist() == [[2.0] * 3] * 2
        assert p.run([[[1], [2]], _core.weak(2)])[0].tolist() == [[2], [4]]
        for bad, error in [
            ([np.ones((2, 3), np.float32)], TypeError),
            ([np.ones((3, 3), np.float32), 2], TypeError),
            ([np.ones(2, np.float32), 2], TypeError),
            ([np.ones((2, 3), complex), 2], TypeError),
            ([np.ones((2, 3), np.float32), 2.5], TypeError),
            (["x", 2], TypeError),
            (3, TypeError),
        ]:
            with pytest.raises(error):
                p.run(bad)


def cond_graph():
    g = _core.Graph()
    with g:
        x = g.add_param("int64", (), True, "x")
        then = g.region_open()
        a = x * 2
        g.region_close()
        g.region_results(then, [a])
        orelse = g.region_open()
        b = x - 1
        g.region_close()
        g.region_results(orelse, [b])
        g.results(g.add_cond(x > 0, then, orelse, name="choice"))
    return g


def test_cond():
    g = cond_graph()
    for native in (False, True):
        p = g.plan(native=native)
        assert [p.run([n])[0].item() for n in (3, -3)] == [6, -4]
    assert [op.type for op in g.get_operations()] == ["Placeholder", "Const", "Greater", "If"]


def test_while():
    g = _core.Graph()
    with g:
        n = g.add_param("int64", (), True, "n")
        test = g.region_open()
        i, s = g.region_param(n), g.region_param(("int64", (), True))
        more = i > 0
        g.region_close()
        g.region_results(test, [more])
        body = g.region_open()
        i, s = g.region_param(n), g.region_param(n)
        g.region_results(body, [i - 1, s + i])
        g.region_close()
        last = g.add_while([n, 0], test, body)
        g.results(last)
    for native in (False, True):
        p = g.plan(native=native)
        assert p.has_loop and [t.item() for t in p.run([10])] == [0, 55]


def test_undo_forgets_values_and_their_handles():
    g = _core.Graph()
    with g:
        x = g.add_param("int32", (2,))
        mark = g.mark()
        y = x + 1
        op = y.op
        g.undo(mark)
        assert g.n_ops == 1
        z = x * 3
        assert "given up" in repr(y) and "given up" in repr(op)
        for f in (lambda: y + 1, lambda: y.dtype, lambda: y.shape):
            with pytest.raises(TypeError, match="given up"):
                f()
        with pytest.raises(RuntimeError, match="given up"):
            op.inputs  # noqa: B018
        assert z.op.type == "Mul"
        later = g.mark()
        g.undo(mark)
        with pytest.raises(ValueError, match="undone"):
            g.undo(later)
        with pytest.raises(TypeError):
            g.undo("mark")


def test_handles_are_interned():
    g = build(lambda x: x + 1, ("int32", (2,)))
    assert g.get_results()[0] is g.get_results()[0] is g.get_operations()[-1].outputs[0]
    key = id(g.get_results()[0])
    del key
    gc.collect()
    assert g.get_results()[0].op is g.get_operations()[-1]


def test_leaks_are_named():
    first = _core.Graph()
    with first:
        x = first.add_param("int32", (2,), name="x")
    second = _core.Graph()
    with second:
        y = second.add_param("int32", (2,))
        with pytest.raises(TypeError, match="'x:0' is used outside"):
            x + y
    first.finalize()
    with pytest.raises(TypeError, match="outside of the function that made it"):
        x + 1
    with pytest.raises(RuntimeError, match="finished"):
        first.add_param("int32", ())


def test_values_of_a_branch_stay_in_it():
    g = _core.Graph()
    with g:
        x = g.add_param("int32", ())
        g.region_open()
        y = x + 1
        g.region_close()
        with pytest.raises(TypeError, match="inside a branch or a loop"):
            y + 1


def test_regions_are_checked():
    g = _core.Graph()
    with g:
        x = g.add_param("bool", ())
        with pytest.raises(RuntimeError, match="no region is open"):
            g.region_close()
        with pytest.raises(ValueError, match="no region 7"):
            g.region_results(7, [])
        r = g.region_open()
        assert g.region_current() == r
        g.region_close()
        with pytest.raises(Exception, match="region"):
            g.add_cond(x, r, r)
        with pytest.raises(TypeError):
            g.region_param(3)
        with pytest.raises(ValueError, match="Python number"):
            g.add_param("float32", (), True)


def test_each_thread_has_its_own_trace():
    g = _core.Graph()
    seen = []
    with g:
        assert _core.current_graph() is g
        t = threading.Thread(target=lambda: seen.append(_core.current_graph()))
        t.start()
        t.join()
        _core.enter(None)
        assert _core.current_graph() is None
        _core.leave()
    assert seen == [None] and _core.current_graph() is None
    with pytest.raises(RuntimeError, match="no graph"):
        _core.leave()
    with pytest.raises(RuntimeError, match="another graph"):
        g.leave()
    with pytest.raises(TypeError):
        _core.enter(3)


def test_a_graph_that_is_not_finished_takes_ops_outside_of_a_with_block():
    g = _core.Graph()
    with g:
        x = g.add_param("int32", ())
    y = x + 1
    assert y.graph is g and y.op.type == "AddV2"


def test_subclasses_and_extra():
    class Mine(_core.Graph):
        def __init__(self, name):
            self.extra["name"] = name

    g = Mine("a")
    with g.building() as same:
        assert same is g and g.extra == {"name": "a"}
        assert (g.add_param("int32", ()) + 1).graph is g


def test_eager_tensors_become_constants_with_their_weakness():
    g = build(lambda x: (x + _core.weak(2), x * _core.convert(3)), ("int32", (2,)))
    assert [t.tolist() for t in g.plan(native=False).run([[1, 2]])] == [[3, 4], [3, 6]]


def test_symbolic_properties():
    g = build(lambda x: x + 1, ("float32", (None, 3)))
    x = g.get_params()[0]
    assert x.is_symbolic and x.shape == [None, 3] and x.ndim == 2 and x.size is None
    assert x.op.outputs[0] is x and x.value_index == 0
    assert repr(x) == f"<tf.Tensor '{x.name}' shape=(None, 3) dtype=float32>"
    assert str(x) == f'Tensor("{x.name}", shape=(None, 3), dtype=float32)'
    with pytest.raises(TypeError, match="tf.shape"):
        len(x)
    with pytest.raises(TypeError, match="iterating"):
        iter(x)


def test_lists_of_symbolic_tensors_are_stacked():
    g = build(lambda x, n: _core.convert([[x, 1], [2, n]]), ("int32", ()), 5)
    assert g.get_results()[0].shape == (2, 2)
    for native in (False, True):
        assert g.plan(native=native).run([7, 8])[0].tolist() == [[7, 1], [2, 8]]
