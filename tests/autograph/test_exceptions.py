"""Handlers round traced code: what fails while the graph runs meets the handler that plain Python takes."""
# ruff: noqa: B012, B904, E722, SIM105, SIM107, TRY201
# The odd code is what is tested.

import contextlib
import math
import signal
import threading
import traceback

import numpy as np
import pytest
from modes import same

import autograph as ag
from autograph import convert, operators


def test_division_in_try():
    def f(a, b):
        try:
            c = a // b
        except ZeroDivisionError:
            c = -1
        else:
            c = c + 1
        return c

    same(f, (7, 2), (7, 0), (0, 0))


def test_true_division_and_modulo():
    def f(a, b):
        out = 0.0
        try:
            out = a / b
            out = out + a % b
        except ZeroDivisionError:
            out = out - 1.5
        return out

    same(f, (7, 2), (7, 0), (7.5, 0.0), (7.5, 2.0))


def test_names_assigned_before_the_error_are_seen():
    def f(a, b):
        n = 0
        try:
            n = 1
            x = a // b
            n = 2
            y = a % (b - 1)
            n = 3
            return x, y
        except ZeroDivisionError:
            return "caught", n

    same(f, (7, 0), (7, 1), (7, 2))


def test_the_text_of_the_error():
    def f(a, b):
        try:
            return a // b
        except ZeroDivisionError as e:
            return str(e), type(e).__name__, e.args

    same(f, (1, 1), (1, 0))


def test_raise_in_a_branch_is_caught():
    def f(n):
        try:
            if n > 3:
                raise ValueError("big")
            r = n * 2
        except ValueError as e:
            r = str(e)
        return r

    same(f, 1, 3, 4, 10)


def test_raise_with_a_traced_argument():
    def f(n):
        try:
            raise ValueError(f"n is {n}")
        except ValueError as e:
            print("caught", e)
            return n + 1

    same(f, 1, 2)


def test_raise_from_and_bare_raise():
    def chained(a, b):
        try:
            return a // b
        except ZeroDivisionError as e:
            raise ValueError(f"no {b}") from e

    def bare(a, b):
        try:
            return a // b
        except ZeroDivisionError:
            print("seen")
            raise

    same(chained, (4, 2), (4, 0))
    same(bare, (4, 2), (4, 0))
    with pytest.raises(ValueError, match="no 0") as info:
        ag.function(chained)(4, 0)
    assert isinstance(info.value.__cause__, ZeroDivisionError)


def test_handler_of_another_kind_lets_it_pass():
    def f(a, b):
        try:
            return a // b
        except ValueError:
            return -1

    assert same(f, (4, 2), (4, 0), (5, 0)).experimental_get_tracing_count() == 1


def test_handlers_in_order_and_tuples():
    def f(a, b, k):
        xs = [1, 2, 3]
        try:
            return xs[k] + a // b
        except (KeyError, IndexError):
            return "index"
        except ArithmeticError:
            return "arithmetic"

    same(f, (1, 1, 0), (1, 0, 0), (1, 1, 5), (1, 0, 5), (1, 0, -3))


def test_bare_except_and_base_exception():
    def bare(a, b):
        try:
            return a // b
        except:
            return "all"

    def base(a, b):
        try:
            return a // b
        except BaseException as e:
            return type(e).__name__

    def exception(a, b):
        try:
            return a // b
        except Exception:
            return "some"

    for f in (bare, base, exception):
        same(f, (3, 2), (3, 0))


def test_finally_with_effects_runs_in_order():
    def f(a, b):
        print("start", a)
        try:
            print("before", a)
            c = a // b
            print("after", c)
        finally:
            print("finally", b)
        print("end", c)
        return c

    same(f, (7, 2), (7, 0))


def test_finally_without_effects_costs_nothing():
    def f(a, b):
        n = 0
        try:
            n = a // b
        finally:
            n = n + 1
        return n

    assert same(f, (7, 2), (7, 0), (9, 3)).experimental_get_tracing_count() == 1


def test_return_in_finally_swallows():
    def f(a, b):
        try:
            a // b
        finally:
            return 5

    same(f, (7, 2), (7, 0))


def test_staged_raise_through_finally():
    def f(n):
        try:
            if n > 3:
                raise ValueError("big")
            print("small", n)
        finally:
            print("finally", n)
        return n

    same(f, 1, 5)


def test_both_branches_raise():
    def f(n):
        try:
            if n > 3:
                raise ValueError("big")
            else:
                raise KeyError("small")
        except ValueError:
            return "value"
        finally:
            print("finally", n)

    same(f, 1, 5)


def test_error_of_a_callee():
    def half(a, b):
        if b < 0:
            raise ValueError("negative")
        return a // b

    def f(a, b):
        try:
            return half(a, b)
        except ZeroDivisionError:
            return -1
        except ValueError as e:
            return str(e)

    same(f, (6, 3), (6, 0), (6, -1))


def test_nested_tries():
    def f(a, b):
        log = []
        try:
            try:
                log.append(a // b)
            except ValueError:
                log.append(-1)
            finally:
                log.append(-2)
            log.append(a % (b - 1))
        except ZeroDivisionError:
            log.append(-3)
        return log

    same(f, (6, 3), (6, 0), (6, 1))


def test_handler_that_raises_is_caught_outside():
    def f(a, b):
        try:
            try:
                return a // b
            except ZeroDivisionError:
                if a > 3:
                    raise ValueError("inner")
                raise
        except ValueError as e:
            return str(e)

    same(f, (6, 3), (6, 0), (2, 0))


def test_try_in_a_loop():
    def f(n):
        good = bad = 0
        for i in range(n):
            try:
                good = good + 12 // (i - 3)
            except ZeroDivisionError:
                bad = bad + 1
        return good, bad

    same(f, 0, 3, 4, 8)


def test_try_in_while_with_jumps():
    def f(n):
        out = []
        i = 0
        while True:
            i += 1
            try:
                if i == 7:
                    break
                if i % 2 == 0:
                    continue
                out.append(n // (i - 3))
                if i == n:
                    return out, "early"
            except ZeroDivisionError:
                out.append(-1)
            finally:
                out.append(100)
            out.append(i)
        return out, "end"

    same(f, 1, 5, 9)


def test_loop_inside_a_try():
    def f(n, m):
        total = 0
        try:
            for i in range(n):
                total += 100 // (m - i)
        except ZeroDivisionError:
            return "stopped", total
        return "done", total

    same(f, (3, 7), (7, 3), (0, 0), (1, 0))


def test_assert_in_a_try():
    def f(n):
        try:
            assert n > 2, "small"  # pytest adds to the text
            return n
        except AssertionError as e:
            return str(e).startswith("small"), type(e).__name__

    same(f, 1, 3)


def test_index_in_a_try():
    def f(n):
        xs = []
        for i in range(n):
            xs.append(i * i)
        try:
            return xs[3]
        except IndexError:
            return -1

    same(f, 2, 3, 4, 9)


def test_whole_numbers_in_a_try_stay_native():
    def f(n):
        total = 0
        try:
            for i in range(n):
                total += i * i - 1
        except Exception:
            return -1
        finally:
            print("total", total)
        return total

    assert same(f, 10, 100, 0).experimental_get_tracing_count() == 1


def test_rows_in_a_try_stay_native():
    @ag.function
    def f(x):
        total = 0.0
        try:
            for row in x:
                total += ag.reduce_sum(row)
        except Exception:
            total = -1.0
        return total

    assert f(ag.ones([3, 2])) == 6.0


def test_suppress():
    def f(a, b):
        c = -1
        with contextlib.suppress(ZeroDivisionError):
            c = a // b
        return c

    same(f, (6, 3), (6, 0))


def test_manager_that_swallows():
    class Quiet:
        def __enter__(self):
            return self

        def __exit__(self, kind, error, traceback):
            return kind is ZeroDivisionError

    class Loud:
        def __enter__(self):
            return self

        def __exit__(self, kind, error, traceback):
            return None

    @contextlib.contextmanager
    def quiet():
        try:
            yield 1
        except ZeroDivisionError:
            pass

    @contextlib.contextmanager
    def loud():
        try:
            yield 1
        finally:
            pass

    def f(manager, a, b):
        c = -1
        with manager() as m:
            c = a // b
        return c, m is None

    for manager, python in ((Quiet, False), (quiet, True), (Loud, False), (loud, False)):
        f2 = lambda a, b, manager=manager: f(manager, a, b)  # noqa: E731
        assert ("runs as Python" in same(f2, (6, 3), (6, 0)).explain()) is python, manager


def test_tensors_decide_which_way_it_goes():
    @ag.function
    def f(x, y):
        try:
            return x // y
        except ZeroDivisionError:
            return x

    x = ag.constant([1, 2])
    assert f(x, ag.constant([0, 1])).tolist() == [1, 2]
    assert f(x, ag.constant([1, 2])).tolist() == [1, 1]
    assert f.experimental_get_tracing_count() == 1


def test_error_comes_before_a_later_one():
    def f(a, b):
        a // b
        raise ValueError("later")

    same(f, (1, 1), (1, 0))


def test_try_in_a_staged_branch():
    def f(a, b):
        c = 0
        if a > 3:
            try:
                c = a // b
            except ZeroDivisionError:
                c = -1
        return c

    same(f, (6, 3), (6, 0), (1, 0))


def test_undefined_name_in_a_try():
    def f(n):
        if n > 3:
            x = n
        try:
            return x + 1
        except NameError:
            return -1

    same(f, 1, 5)


# ---- variables that are not set ------------------------------------------------------------------


def test_unbound_operands_name_their_own_line():
    def both(n):
        if n > 5:
            x = 3
        return (
            n
            and x
        )  # fmt: skip

    def then(n):
        if n > 5:
            x = 3
        return (
            x
            if n else
            n
        )  # fmt: skip

    def test(n):
        if n > 5:
            x = 3
        return (
            n
            if x else
            n + 1
        )  # fmt: skip

    def chain(n):
        if n > 5:
            x = 3
        return (
            n < 9
            and n < 100 < x
        )  # fmt: skip

    def raised(n):
        if n > 5:
            x = "text"
        raise ValueError(x)

    for f in (both, then, test, chain, raised):
        same(f, 1, 7)


def test_undefined_none_or_a_value():
    def f(n):
        if n > 1:
            x = None
            if n > 2:
                x = n
        if x is None:
            return "none"
        return x + 1

    def texts(n):
        if n > 1:
            word = "one"
            if n > 2:
                word = "two"
        print(word)
        return n

    def truth(n):
        if n > 1:
            word = ""
            if n > 2:
                word = "two"
        return 1 if word else 2

    for g in (f, texts, truth):
        same(g, 1, 2, 3)


def test_unbound_local_and_free_variables_differ():
    def local(n):
        i = 0
        while i < n:
            if i > 2:
                y = x + i
                return y
            i += 1
        x = 1
        return x

    def free(n):
        def inner():
            return x

        if n > 3:
            x = 2
        return inner()

    def free_operand(n):
        look = lambda: n and x  # noqa: E731
        if n > 3:
            x = 2
        return look()

    same(local, 0, 2, 3, 5)
    for f in (free, free_operand):
        converted = convert.convert(f, operators)
        for way in (f, converted):
            with pytest.raises(NameError) as info:
                way(1)
            assert info.type is NameError, way
            assert way(5) == 2


# ---- texts, interrupts ---------------------------------------------------------------------------


def test_texts_are_those_of_python():
    def floor(a, b):
        return a // b

    def modulo(a, b):
        return a % b

    def true(a, b):
        return a / b

    def index(a, b):
        xs = [a, a, a]
        xs.append(a)
        return xs[b + 7]

    def wrong(a, b):
        return [a][b + a + 3]

    for f in (floor, modulo, true, index, wrong):
        for args in ((3, 0), (3.0, 0.0)) if f not in (index, wrong) else ((3, 0),):
            with pytest.raises(Exception) as want:
                f(*args)
            with pytest.raises(type(want.value)) as got:
                ag.function(f)(*args)
            assert str(got.value) == str(want.value), f


def test_long_assertions_are_whole():
    words = "all the words of a long explanation " * 30

    def f(x, n):
        assert n > 2, f"{words}: {n}"
        return x + n

    def g(x, n):
        assert n > 2, f"{x} is not what {n} asks for"
        return x + n

    x = ag.constant(list(range(300)), ag.int32)
    with pytest.raises(AssertionError) as info:
        ag.function(f)(x, 1)
    assert str(info.value) == f"{words}: 1"
    with pytest.raises(AssertionError) as info:
        ag.function(g)(x, 1)
    assert str(info.value).endswith(" is not what 1 asks for")
    assert ag.function(g)(x, 3).shape == [300]


@pytest.mark.parametrize("interpret", ["", "1"])
def test_a_loop_that_does_nothing_can_be_interrupted(interpret, monkeypatch):
    monkeypatch.setenv("AUTOGRAPH_INTERPRET", interpret)

    def still(n):
        while n > 0:
            pass
        return n

    def flips(x):
        up = True
        while x > 0:
            up = not up
        return x

    for f, value in ((still, 1), (flips, ag.constant(1.0))):
        compiled = ag.function(f)
        assert compiled(0 if value == 1 else ag.constant(0.0)) == 0
        main = threading.main_thread().ident
        timer = threading.Timer(0.1, signal.pthread_kill, (main, signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt) as info:
            compiled(value)
        timer.join()
        last = traceback.extract_tb(info.value.__traceback__)[-1]
        assert (last.filename, last.line.startswith("while ")) == (__file__, True)


# ---- functions whose body runs later -------------------------------------------------------------


def test_generator_and_async_functions_stay_python():
    def evens(x):
        for row in x:
            if row > 0:
                yield row

    async def fetch(x):
        if x > 0:
            return x
        return -x

    compiled = ag.function(evens)
    assert list(compiled([1, -2, 3])) == [1, 3]
    assert [int(v) for v in compiled(ag.constant([1, -2, 3]))] == [1, 3]
    assert "it is a generator function" in compiled.explain()
    with pytest.raises(StopIteration) as info:
        ag.function(fetch)(-4).send(None)
    assert info.value.value == 4


def test_a_retrace_warning_stands_at_the_users_line():
    @ag.function
    def mean(x):
        return ag.reduce_mean(x)

    with pytest.warns(UserWarning, match="was traced 5 times") as warned:
        for n in range(1, 6):
            mean(ag.ones([n]))
    assert warned[0].filename == __file__


def test_where_takes_one_dtype_and_promotes_python_floats():
    condition, whole = ag.constant([True, False]), ag.constant([1, 2])
    for way in (ag.where, ag.function(lambda c, x, y: ag.where(c, x, y))):
        assert way(condition, whole, 2.5).tolist() == [1.0, 2.5]
        assert way(condition, 0.5, whole).tolist() == [0.5, 2.0]
        assert way(condition, whole, 7).dtype == ag.int32
        with pytest.raises(TypeError, match="dtypes differ, int32 and float32"):
            way(condition, whole, ag.constant([0.5, 0.5]))


# ---- more tries ----------------------------------------------------------------------------------


def test_index_of_an_array_in_a_try():
    def once(x, k):
        n = 0
        try:
            n = 1
            total = x[k] * 2
            n = 2
        except IndexError:
            total = -1.0
        return total, n

    def loop(x, k):
        total = 0.0
        for i in range(k):
            try:
                total = total + x[i]
            except IndexError:
                break
        return total

    x = np.arange(3.0)
    same(once, (x, 1), (x, 3), (x, -3), (x, -4))
    same(loop, (x, 2), (x, 5), (x, 0))


def test_division_of_an_array_pins_the_divisor_alone():
    def f(x, a, b):
        try:
            c = a // b
        except ZeroDivisionError:
            c = 0
        return (x * c).sum() + a

    x = np.arange(4.0)
    assert same(f, (x, 7, 2), (x, 7, 0), (x, 9, 2), (x, 5, 0)).experimental_get_tracing_count() <= 4


def test_retry_until_it_works():
    def f(n):
        tries = 0
        while True:
            try:
                tries += 1
                r = 100 // (n - tries)
                break
            except ZeroDivisionError:
                n += 5
                continue
            finally:
                tries += 1
        return tries, r, n

    same(f, 1, 5, 3, 10)


def test_exceptions_of_a_library_of_functions():
    class Missing(Exception):
        pass

    def find(v):
        if v == 3:
            raise Missing(v)
        return v * 2

    def f(n):
        out = 0
        for i in range(n):
            try:
                out += find(i)
            except Missing as e:
                out += 100 + e.args[0]
        return out

    def leave_two_loops(n):
        try:
            for i in range(n):
                for j in range(n):
                    if i * j == 6:
                        raise Missing((i, j))
        except Missing as e:
            return e.args[0]
        return None

    same(f, 2, 5, 9)
    same(leave_two_loops, 2, 4, 7)


def test_contexts_and_state():
    def context(n):
        try:
            try:
                1 // n
            except ZeroDivisionError:
                raise KeyError("k")
        except KeyError as e:
            return type(e.__context__).__name__
        return "none"

    def state(n):
        box = {"n": 0}
        try:
            box["n"] = 1
            x = 5 // n
            box["n"] = 2 + x
        except ZeroDivisionError:
            box["n"] += 10
        return box["n"]

    def final(n):
        try:
            try:
                return 10 // n
            finally:
                if n < 2:
                    raise ValueError("f")
        except ValueError as e:
            return str(e), type(e.__context__).__name__

    same(context, 0, 1)
    same(state, 0, 1)
    same(final, 0, 1, 2)


def test_math_in_a_try():
    def power(a, b):
        try:
            return a**b
        except ZeroDivisionError:
            return "zero"
        except OverflowError:
            return "over"

    def root(x):
        try:
            return math.sqrt(x)
        except ValueError as e:
            return str(e)

    def whole(a, b):
        try:
            return int(a / b)
        except (OverflowError, ZeroDivisionError, ValueError) as e:
            return type(e).__name__

    same(power, (2, 3), (0, -1), (2.0, 1e9), (0.0, -1.0))
    same(root, 4.0, -4.0)
    same(whole, (1.0, 2.0), (1.0, 0.0), (math.inf, 1.0), (math.nan, 1.0))


def test_causes_are_checked_as_by_python():
    def cause_of_a_class(n):
        try:
            raise ValueError(n) from KeyError
        except ValueError as e:
            print(type(e.__cause__))
        raise ValueError("x") from 3

    def class_from_instance(n):
        if n > 2:
            raise ValueError from KeyError("a")
        return n

    def no_exception(n):
        raise n from 3

    def no_exception_class(n):
        raise int

    for program in cause_of_a_class, class_from_instance, no_exception, no_exception_class:
        same(program, 3, 1)
