"""Loops: what set_loop_options says, ranges of every kind, and the warning of a loop that is unrolled too far."""

import itertools
import warnings

import numpy as np
import pytest
from modes import interpreted, same

import autograph as ag
from autograph.staging import loop_options

set_loop_options = ag.autograph.experimental.set_loop_options


def both(f, *cases):
    """[(results of the interpreter), (results of native code)]"""
    compiled = ag.function(f)
    with interpreted():
        slow = ag.function(f)
        first = [slow(*case) for case in cases]
    again = [compiled(*case) for case in cases]
    return first, again, compiled


# ---- maximum_iterations ---------------------------------------------------------------------------------------------


def test_maximum_iterations_of_while():
    def f(n):
        k = 0
        while n > 0:
            set_loop_options(maximum_iterations=5)
            n -= 1
            k += 1
        return k, n

    for results in both(f, (3,), (9,), (0,))[:2]:
        assert results == [(3, 0), (5, 4), (0, 0)]


def test_maximum_iterations_of_for():
    def f(x, most):
        total = 0
        for v in x:
            set_loop_options(maximum_iterations=most)
            total += v
        return total

    for results in both(f, (ag.constant([1, 2, 3]), 2), (ag.constant([1, 2, 3]), 7))[:2]:
        assert [int(r) for r in results] == [3, 6]


def test_maximum_iterations_of_a_range_with_break():
    def f(n):
        last = -1
        for i in range(n):
            set_loop_options(maximum_iterations=4)
            if i == 7:
                break
            last = i
        return last

    for results in both(f, (2,), (100,))[:2]:
        assert results == [1, 3]


def test_maximum_iterations_of_a_python_loop_in_a_trace():
    def f(x):
        total = 0
        for v in (1, 2, 3):
            set_loop_options(maximum_iterations=2)
            total += v * x
        return total

    assert both(f, (10,))[1] == [30]


# ---- shape_invariants -----------------------------------------------------------------------------------------------


def test_shape_invariants_are_the_shapes_of_the_loop():
    seen = []

    @ag.autograph.experimental.do_not_convert
    def see(shape):
        seen.append(shape)

    @ag.function
    def f(n):
        x = ag.zeros([1, 2])
        for _ in range(n):
            set_loop_options(shape_invariants=[(x, ag.TensorShape([None, 2]))])
            see(tuple(x.shape))
            x = ag.concat([x, x], 0)
        return x

    assert f(ag.constant(3)).shape == (8, 2) and f(ag.constant(0)).shape == (1, 2) and set(seen) == {(None, 2)}


def test_a_shape_that_leaves_its_invariant_is_an_error():
    @ag.function
    def f(n):
        x = ag.zeros([1, 2])
        while n > 0:
            set_loop_options(shape_invariants=[(x, ag.TensorShape([None, 2]))])
            x = ag.concat([x, x], 1)
            n -= 1
        return x

    with pytest.raises(ValueError, match=r"'x' has shape .* after one iteration, which does not conform with the shape invariant \(None, 2\)"):
        f(ag.constant(3))


def test_an_invariant_that_does_not_hold_at_the_start_is_an_error():
    @ag.function
    def f(n):
        x = ag.zeros([1, 2])
        while n > 0:
            set_loop_options(shape_invariants=[(x, [None, 3])])
            n -= 1
        return x

    with pytest.raises(ValueError, match=r"shape invariant \(None, 3\) does not fit the loop variable, which has shape \(1, 2\)"):
        f(ag.constant(3))


# ---- unroll, hints, mistakes ------------------------------------------------------------------------------------------


def count_types(f, *args):
    return [op.type for op in f.get_concrete_function(*args).graph.get_operations()]


def test_unroll_true_unrolls_a_loop_over_a_number():
    @ag.function
    def f(x, n):
        for _ in range(n):
            set_loop_options(unroll=True)
            x = x * 2
        return x

    assert f(ag.constant(1), 3).numpy() == 8 and f(ag.constant(1), 2).numpy() == 4
    assert f.experimental_get_tracing_count() == 2 and "While" not in count_types(f, ag.TensorSpec([], "int32"), 3)


def test_unroll_false_stages_a_short_range():
    @ag.function
    def f(x):
        for i in range(10):
            set_loop_options(unroll=False)
            x = x * 2 + i
        return x

    def plain(x):
        for i in range(10):
            x = x * 2 + i
        return x

    assert f(3) == plain(3) and "While" in [op.type for op in f._cache[0].graph.get_operations()]


def test_hints_change_nothing():
    def f(n):
        total = 0
        for i in range(n):
            set_loop_options(parallel_iterations=4, swap_memory=True)
            total += i
        return total

    same(f, 0, 5, traces=1)


def test_an_unknown_option_is_an_error():
    @ag.function
    def f(n):
        while n > 0:
            set_loop_options(maximum_iteration=3)
            n -= 1
        return n

    with pytest.raises(TypeError, match="maximum_iteration'"):
        f(ag.constant(3))


def test_a_loop_that_is_unrolled_too_far_is_named(monkeypatch):
    monkeypatch.setattr(loop_options, "TOO_MANY", 100)

    @ag.function
    def f(x):
        for v in ['1.0'] * 200:
            x = x + float(v)  # many
        return x

    with pytest.warns(UserWarning, match=r"the loop in f\(\) was unrolled into more than 100 operations(.|\n)*for v in \['1.0'\] \* 200:"):
        assert f(ag.constant(1.0)).numpy() == 201
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f(ag.constant(2.0))


def test_a_long_python_range_is_one_loop():
    def f(x):
        total = 0
        for i in range(3000):
            total += i * x
        return total

    compiled = same(f, 2, 3, traces=1)
    assert len(compiled._cache[0].graph.get_operations()) < 40


def test_a_long_python_range_whose_body_cannot_be_staged_is_unrolled():
    def f(x):
        table = {}
        for i in range(70):
            table["k%d" % i] = x + i
        return table["k69"]

    same(f, 2, 3)

    @ag.function
    def g(x):
        seen = []
        for i in range(70):
            x = x + names[i]
            seen.append(names[i])
        return x, seen

    names = {i: i for i in range(70)}
    x, seen = g(ag.constant(1))
    assert x.numpy() == 1 + sum(range(70)) and seen == list(range(70))


# ---- ranges and iterates ------------------------------------------------------------------------------------------------


def sum_range(a, b, c):
    total = 0
    for i in range(a, b, c):
        total = total * 3 + i
    return total


def test_ranges_with_traced_bounds_and_steps():
    same(sum_range, (0, 5, 1), (5, 0, -1), (0, 5, 2), (5, 0, -2), (0, 0, 1), (3, -4, -3), (0, -5, 1), (-3, 4, 3), traces=1)


def test_a_step_of_zero_is_pythons_error():
    same(sum_range, (0, 5, 1), (0, 5, 0))


@pytest.mark.parametrize(
    "use",
    [
        lambda n, step: list(range(0, n, step)),
        lambda n, step: len(range(0, n, step)),
        lambda n, step: sum(range(0, n, step)),
        lambda n, step: [i for i in range(0, n, step)],
        lambda n, step: list(zip(range(n), range(0, n, step))),
        lambda n, step: list(range(0, n, 0)) if step == 0 else step,
    ],
)
def test_a_step_of_zero_is_refused_where_the_range_is_made(use):
    same(use, (5, 2), (5, -2), (5, 0), (0, 0))


def test_a_step_of_zero_is_caught_where_the_range_is_made():
    def counted(n, step):
        try:
            return len(range(0, n, step))
        except ValueError as error:
            return str(error)

    same(counted, (5, 2), (5, 0))


@pytest.mark.parametrize(
    "use",
    [
        lambda n: 1 if range(n) else 2,
        lambda n: (bool(range(n)), not range(1, n)),
        lambda n: range(n) and n,
        lambda n: range(n) or 7,
        lambda n: (range(n) == range(4), range(n) != range(4), range(3) == range(n)),
        lambda n: (isinstance(range(n), range), isinstance(range(n), list), type(range(n)) is range),
        lambda n: print(f"{range(n)}", range(n)),
        lambda n: range(n),
        lambda n: [range(1, n, 2), n],
    ],
)
def test_a_range_is_a_value_too(use):
    same(use, (4,), (0,), (1,))


def left_and_resumed(n):
    items, total = enumerate(range(n)), 0
    for _, x in items:
        if x == 2:
            break
    for _, x in items:
        total += x
    return total


@pytest.mark.parametrize(
    "use",
    [
        left_and_resumed,
        lambda n: (lambda it: (list(it), list(it)))(enumerate(range(n))),
        lambda n: (lambda it: (list(it), list(it)))(zip(range(n), range(n))),
        lambda n: (lambda it: (list(it), list(it)))(reversed(range(n))),
        lambda n: (lambda it: (list(it), list(it)))(enumerate([k for k in range(n)])),
        lambda n: (lambda it: (list(zip(it, range(n))), list(it)))(enumerate(range(n))),
    ],
)
def test_an_iterator_does_not_start_again(use):
    same(use, (6,), (0,), (1,))


@pytest.mark.usefixtures("no_plain_calls")
def test_an_iterator_over_an_array_does_not_start_again():
    def resumed(x):
        items, total = zip(x, x), 0
        for a, _ in items:
            if a > 1:
                break
        for _, b in items:
            total += b
        return total

    with pytest.raises(TypeError, match=r"this zip\(\) has been looped over before"):
        ag.function(resumed)(np.arange(4))


def resumed(x, use):
    items, total = iter(x), 0
    for a in items:
        if a > 1:
            break
    for b in use(items):
        total += b if isinstance(b, int | float) else b[1]
    return total


@pytest.mark.parametrize("use", [lambda it: it, list, tuple, enumerate, lambda it: zip(it, it), lambda it: [k for k in it]])
def test_an_iterator_that_a_break_left_goes_on_there(use):
    same(resumed, ([1, 2, 3, 4, 5, 6], use), ([2, 1, 7], use), ([], use), ([0, 1], use))


@pytest.mark.usefixtures("no_plain_calls")
def test_an_iterator_over_rows_that_a_break_left_is_refused():
    with pytest.raises(TypeError, match="this list_iterator has been looped over before, and how far only the run knows"):
        ag.function(resumed)(np.arange(4), lambda it: it)


def test_ranges_of_tensors():
    f = ag.function(sum_range)
    for case in ((0, 5, 1), (5, 0, -1), (0, -5, 1), (3, -4, -3)):
        assert f(*map(ag.constant, case)).numpy() == sum_range(*case)
    with pytest.raises(ValueError, match="range\\(\\) arg 3 must not be zero"):
        f(*map(ag.constant, (0, 5, 0)))


def test_the_iterate_lives_on_after_the_loop():
    def last(n):
        for i in range(n):
            pass
        return i

    same(last, 3, 1, 0)

    def kept(n):
        i = "none"
        for i in range(n):
            pass
        return i

    same(kept, 3, 0)


def test_iterates_of_zip_enumerate_reversed_map_filter():
    def f(n):
        out = 0
        for i, j in zip(range(n), range(1, 2 * n + 1, 2)):
            out = out * 2 + i * j
        for i, j in enumerate(range(n), 5):
            out = out * 2 + i + j
        for i in reversed(range(n)):
            out = out * 2 - i
        for i in map(lambda k: k * k, range(n)):
            out += i
        for i in filter(lambda k: k % 2, range(n)):
            out -= i
        return out

    same(f, 0, 1, 4, 7)


def test_rows_of_tensors_zipped_with_lists():
    @ag.function
    def f(x):
        total = 0
        for row, w in zip(x, [1, 10, 100]):
            total += ag.reduce_sum(row) * w
        for i, row in enumerate(x):
            total += i * row[0]
        for row in reversed(x):
            total = total * 2 + row[1]
        return total

    x = np.array([[1, 2], [3, 4], [5, 6]])
    total = sum(r.sum() * w for r, w in zip(x, [1, 10, 100], strict=True)) + sum(i * r[0] for i, r in enumerate(x))
    for row in reversed(x):
        total = total * 2 + row[1]
    assert f(ag.constant(x)).numpy() == total


def test_a_tensor_of_unknown_length():
    @ag.function(input_signature=[ag.TensorSpec([None], "int32")])
    def f(x):
        total, seen = 0, 0
        for i, v in enumerate(x):
            if v < 0:
                break
            total += v * i
            seen += 1
        return total, seen, len(x)

    for x in ([], [1, 2, 3], [4, -1, 5]):
        want = sum(v * i for i, v in enumerate(x[:1] if -1 in x else x))
        total, seen, n = f(ag.constant(x, "int32"))
        assert (int(total), int(seen), int(n)) == (want, 1 if -1 in x else len(x), len(x))
    assert f.experimental_get_tracing_count() == 1


def test_dictionaries_in_loops():
    def f(n, k):
        d = {"a": n, "b": 2 * n}
        for key, value in d.items():
            k = k * 3 + value + len(key)
        for key in d:
            d[key] = d[key] + k
        while d["a"] > 10:
            d["a"] -= 7
        return d

    same(f, (1, 2), (50, 3), traces=1)


def test_fixed_points_of_loop_types():
    def f(n):
        best, x, pair = None, 1, (0, 0)
        for i in range(n):
            x = x / 2
            if best is None or i % 3 == 0:
                best = i
            pair = (pair[1], i)
        return best, pair, x

    same(f, 1, 2, 7, traces=1)


# ---- one of several structures ----------------------------------------------------------------------------------------


def first_or_zero(n):
    if n == 0:
        return 0
    return 10 / n


def structure(n):
    if n > 3:
        return n, n + 1
    if n > 2:
        return n
    if n > 1:
        return "two"
    if n > 0:
        return {"a": n}
    return None


def test_returns_of_different_structure():
    same(first_or_zero, 0, 3, -1, traces=1)
    same(structure, 5, 3, 2, 1, 0, traces=1)


def use(n):
    s = first_or_zero(n) + 1
    t = s * 2
    print(t, s, [t], f"{t}")
    return s, t, isinstance(s, int), -s, s > 0, s == 1, 5 - s, int(s), round(s, 1), abs(s), max(s, 2), "big" if s > 2 else s


def test_what_is_done_with_one_of_several_is_done_with_the_one_taken():
    same(use, 0, 3, 7, traces=1)


def test_an_operation_that_one_structure_has_not():
    def f(n):
        return structure(n)[0]

    same(f, 5, 3, 0)

    def unpack(n):
        a, b = structure(n)
        return a + b

    same(unpack, 5, 0)


def test_conditions_of_one_of_several():
    def f(n, x):
        k = 0
        while n and x > k:
            n -= 1
            k += 2
        r = n and x or "nothing"
        if first_or_zero(n):
            k += 100
        return k, r, n or x, not first_or_zero(n), structure(n) is None

    same(f, (3, 9.5), (0, 1.5), (9, 0.0), (1, 1.0))


def test_a_number_of_either_kind_before_a_loop():
    def f(n):
        x = 1 if n > 0 else 0.5
        for _ in range(n):
            x = x * 2
        return x

    same(f, 3, 0, -1)


def test_lists_of_different_length_returned():
    def f(n):
        if n > 2:
            return [1, n]
        return [n]

    same(f, 1, 5, traces=1)


def unpacked(it):
    p, *q = it
    return p


READS_ON = {
    **{f.__name__: f for f in (sum, any, all, max, min, list, sorted, next, tuple, set, dict, "".join)},
    "for": lambda it: [b for b in it],
    "zip": lambda it: list(zip(it)),
    "enumerate": lambda it: list(enumerate(it)),
    "map": lambda it: list(map(str, it)),
    "filter": lambda it: list(filter(None, it)),
    "chain": lambda it: list(itertools.chain([1], it)),
    "in": lambda it: 3 in it,
    "star": lambda it: [*it],
    "call": lambda it: max(*it),
    "unpacking": unpacked,
    "set comprehension": lambda it: {b for b in it},
    "generator expression": lambda it: sum(b for b in it),
    "its method": lambda it: it.__next__(),
}


@pytest.mark.usefixtures("no_plain_calls")
@pytest.mark.parametrize("reads_on", READS_ON.values(), ids=READS_ON)
@pytest.mark.parametrize("loop", ["for", "enumerate", "zip", "generator"])
def test_what_reads_on_after_a_break_of_the_run_is_refused(reads_on, loop):
    def f(x):
        it = iter([x[0], x[1], x[2]])
        if loop == "enumerate":
            for _, a in enumerate(it):
                if a > 1:
                    break
        elif loop == "zip":
            for a, _ in zip(it, [1, 2, 3]):
                if a > 1:
                    break
        elif loop == "generator":
            doubled = (a * 2 for a in it)
            for a in doubled:
                if a > 2:
                    break
        else:
            for a in it:
                if a > 1:
                    break
        return reads_on(it)

    with pytest.raises(TypeError, match="has been looped over before"):
        ag.function(f)(np.array([1.0, 2.0, 3.0]))


@pytest.mark.usefixtures("no_plain_calls")
def test_an_iterator_made_of_one_that_a_loop_has_left_is_refused():
    def f(x):
        it = iter([x[0], x[1], x[2]])
        pairs = zip(it, [1, 2, 3])
        for a in it:
            if a > 1:
                break
        return [b for b, _ in pairs]

    with pytest.raises(TypeError, match="has been looped over before"):
        ag.function(f)(np.array([1.0, 2.0, 3.0]))


def test_numbers_read_on_in_iterators_as_python_does():
    def after_break(n):
        it = iter([1, 2, 3, 4])
        for a in it:
            if a > n:
                break
        return next(it, -1), [*it]

    def in_a_branch(n):
        it = iter([10, 20, 30])
        if n > 2:
            n += next(it)
        return n, next(it), list(it)

    def in_turns(n):
        it = iter([10, 20, 30])
        total = 0
        while total < n:
            total += next(it)
        return total, list(it)

    same(after_break, 1, 2, 9)
    same(in_a_branch, 1, 5)
    same(in_turns, 5, 25, 31)


def test_iterators_beside_arrays():
    def turns(x, n):
        it = iter([1.0, 2.0, 3.0])
        total = x.sum() * 0
        for _ in range(n):
            total = total + next(it) * x[0]
        return total, next(it)

    def rows(x):
        it = iter([1.0, 2.0, 3.0])
        total = 0.0
        for v in x:
            total = total + v * next(it)
        return total

    def made_in_the_loop(x):
        total = 0.0
        for v in x:
            it = iter([1.0, 2.0, 3.0])
            total = total + v * next(it)
            for w in it:
                total = total + w
        return total

    def one_branch(x):
        it = iter([1.0, 2.0])
        total = 0.0
        if x[0] > 0:
            for w in it:
                total = total + w
        return total

    def fresh_each_time(x):
        total = 0.0
        for v in x:
            total = total + next(w for w in (1.0, 2.0) if w > 1) * v
        return total

    x = np.array([1.0, 2.0, 3.0])
    same(turns, (x, 0), (x, 2))
    same(rows, (x,), (x[:2],))
    same(made_in_the_loop, (x,))
    same(one_branch, (x,), (-x,))
    same(fresh_each_time, (x,))


@pytest.mark.usefixtures("no_plain_calls")
def test_an_iterator_that_a_branch_or_loop_of_tensors_reads_on_in_is_refused():
    def branch(x):
        it = iter([1.0, 2.0, 3.0])
        total = 0.0
        if x[0] > 0:
            total = next(it)
        return total + next(it)

    def loop(x):
        it = iter([1.0, 2.0, 3.0])
        total = 0.0
        while total < x[0]:
            total = total + next(it)
        return total

    with pytest.raises(TypeError, match="read on in a branch before, and how far only the run knows"):
        ag.function(branch)(np.array([1.0]))
    with pytest.raises(TypeError, match="made before this loop, each turn of which reads on in it"):
        ag.function(loop)(np.array([2.0]))


def test_generators_are_as_python_has_them():
    import types

    def count(n):
        for i in range(n):
            yield i

    def f(n):
        g = count(4)
        first = next(g)
        kinds = isinstance(g, types.GeneratorType), type(g) is types.GeneratorType, type(iter([])) is type(iter([1]))
        total = sum(g) + n
        return first, kinds, total, list(g), next(g, None), list(zip(count(2), "ab"))

    same(f, 1)


def test_the_largest_of_a_number_is_python_s_error():
    for f in (max, min):
        for value in (1.5, 3):
            with pytest.raises(TypeError, match="is not iterable"):
                ag.function(lambda x, f=f: f(x))(value)


def test_a_long_while_over_python_values_is_one_loop():
    def summed(x):
        i = total = 0
        while i < 1000:
            total += i * x
            i += 1
        return total, i

    def sized(x):  # the number is asked for: unrolled
        i = 0
        while i < 100:
            x = x + 1
            i += 1
        return x, np.zeros(i)

    def stacked(x):  # texts cannot be recorded: unrolled
        stack, n = [("a", 1)], 0
        while stack:
            name, k = stack.pop()
            n += 1
            x = x + k
            if n < 150:
                stack.append((name + "b" if n % 50 == 0 else name, k + 1))
        return x, name

    compiled = same(summed, 2, 3.5)
    assert max(len(c.graph.get_operations()) for c in compiled._cache) < 250
    same(sized, 2, 3.0)
    same(stacked, 1)


def test_an_error_ends_a_loop_that_nothing_else_ends():
    def divided(n):
        while True:
            n = 10 // n - 1

    def counted(x):
        k = 0
        while True:
            x = x + 1
            k += 1
            if k == 500:
                raise ValueError("done %d" % k)

    same(divided, 10, 3)
    same(counted, 1)


def test_a_loop_without_an_end_is_refused(monkeypatch):
    monkeypatch.setattr(loop_options, "TOO_MANY", 100)
    monkeypatch.setattr(loop_options, "FAR_TOO_MANY", 3)

    @ag.function
    def f(x):
        while True:
            set_loop_options(unroll=True)
            x = x + 1

    refused = r"unrolled into more than 300 operations by iteration 151 (.|\n)*recorded once\n  File .*test_loop_options"
    with pytest.warns(UserWarning, match="more than 100"), pytest.raises(RuntimeError, match=refused):
        f(ag.constant(1.0))


HUNDRED = [(i * 37) % 101 for i in range(100)]
EDGES = [(i, (i * 7) % 20) for i in range(90)]


def few_nodes(f, *cases, most=60):
    """All four ways agree, and the loop is one."""
    compiled = same(f, *cases)
    assert max(len(c.graph.get_operations()) for c in compiled._cache) < most


def test_a_long_list_is_one_loop():
    def summed(x):
        total = 0
        for v in HUNDRED:
            if v > x:
                total += v * x
        return total, v

    def given(data, x):
        best = data[0]
        for v in data:
            if abs(v - x) < abs(best - x):
                best = v
        return best

    def made(x):
        total = 0.0
        for v in [0.25, 0.5, 0.75] * 40:
            total = total * 0.5 + v * x
        return total

    def pairs(x):
        parent = [i for i in range(20)]
        joined = 0
        for a, b in EDGES:
            if parent[a % 20] != parent[b] and a > x:
                parent[a % 20] = parent[b]
                joined += 1
        return joined, parent

    def left(x):
        k = -1
        for k, v in [(i, i * i) for i in range(300)]:
            if v < x:
                continue
            if v > 3 * x:
                break
            x = x + 1
        else:
            return -1, x
        return k, x

    def found(x):
        for v in HUNDRED:
            if v * v == x:
                return v
        return None

    few_nodes(summed, 2, 70)
    few_nodes(given, ([v * 0.5 for v in HUNDRED], 7.2), ([v * 1.5 for v in HUNDRED], 20.0), most=400)  # an input for each item
    few_nodes(made, 1.5, 2)
    few_nodes(pairs, 3, 50)
    few_nodes(left, 50, 10**6)
    few_nodes(found, 49, 5)


def test_a_long_list_that_cannot_be_one_loop_is_unrolled():
    def changed(x):
        data, total = list(range(1, 70)), 0
        for v in data:
            if v < 5:
                data.append(v * 10)
            total += v * x
        return total, data

    def items_change(x):
        data, total = [1] * 80, 0
        for i, v in enumerate(data):
            total = total * 2 % 1000 + v * x
            if i + 1 < len(data):
                data[i + 1] = data[i] + v
        return total, data

    def next_changes(x):
        data, k, total = [1] * 80, 0, 0
        for v in data:
            total = total * 2 % 1000 + v * x
            k += 1
            if k < len(data):
                data[k] = k * x
        return total, data

    def mixed(x):
        for v in [1, 2.5] * 40:
            x += v * x
        return x

    def texts(x):
        out = []
        for name in ["a", "bb"] * 40:
            x = x + len(name)
            out.append(name)
        return x, out

    def sized(x):
        out = 0.0
        for n in [1, 2, 3] * 30:
            out = out + np.zeros(n).sum() + n * x
        return out

    for f in (changed, items_change, next_changes, mixed, texts, sized):
        same(f, 2, 3)
