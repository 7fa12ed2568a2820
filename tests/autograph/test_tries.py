"""`try` beside arrays: what tensors decide, handlers and finally clauses decide in native code."""
# ruff: noqa: B904, TRY201
# The odd code is what is tested.

import contextlib
import gc
import pathlib
import re
import weakref
from contextlib import suppress

import numpy as np
import pytest
from modes import same

import autograph as ag
from autograph.staging import failures

x = np.array([1.0, 2.0, 3.0, -1.0, 9.0])
y = np.array([1, 2, 3, 4, 5, 7, 8])


class Box:
    def __init__(self):
        self.n = 0


def test_a_failure_in_the_test_of_a_loop():
    def loop_in_test(n, m):
        k = 0
        try:
            while n // m > k:
                k += 1
                m -= 1
        except ZeroDivisionError:
            return "zero", k, m
        return k

    same(loop_in_test, (6, 3), (6, 1), (6, 0), (1, 1))


def test_early_returns_and_raises_in_a_loop():
    def early(x, n):
        out = 0
        try:
            for v in x:
                if v > n:
                    out = out + 100
                    return out, "returned"
                if v < 0:
                    raise ValueError("bad", v)
                out = out + 1
        except ValueError as e:
            return out, e.args[1]
        finally:
            print("finally", out)
        return out, "end"

    x = np.array([1.0, 2.0, 3.0, -1.0, 9.0])

    same(early, (x, 2), (x, 5), (x[:3], 5), (x[3:], 0))


def test_try_with_every_clause_in_a_loop_with_jumps():
    def jumps(x, n):
        total = 0
        log = 0
        for u in x:
            v = int(u)
            try:
                if v == 2:
                    continue
                if v == 7:
                    break
                total = total + 10 // (v - n)
            except ZeroDivisionError as e:
                total = total - 1000
                print("zero", v)
            else:
                total = total + 1
            finally:
                log = log + 1
        return total, log

    y = np.array([1, 2, 3, 4, 5, 7, 8])

    same(jumps, (y, 3), (y, 30), (y, 1), (y, 8), kinds=False)


def test_attributes_are_as_they_were_when_it_failed():
    def attr(x, k):
        b = Box()
        try:
            b.n = 1
            z = 1 // k
            b.n = 2
            w = x[k]
            b.n = 3
        except ZeroDivisionError:
            return b.n, "zero"
        except IndexError as e:
            return b.n, str(e)
        finally:
            b.n += 10
            print(b.n)
        return b.n, w

    same(attr, (x, 1), (x, 0), (x, 9), (x, -5), (x, -6))


def test_lists_are_as_they_were_when_it_failed():
    def lists(x, k):
        xs = []
        end = 0
        try:
            for i in range(k):
                xs.append(i)
                if x[i] > 2:
                    raise KeyError(i)
            xs.append(100)
        except KeyError as e:
            xs.append(-1)
            end = e.args[0]
        except IndexError:
            end = 50
        xs.append(7)
        return xs, end

    same(lists, (x, 1), (x, 2), (x, 3), (x, 5), (x[:2], 2), (x[:2], 3))


def test_nested_tries_chain_and_raise_again():
    def nested(a, b, c, x):
        r = x.sum()
        try:
            try:
                r = r + a // b
                try:
                    r = r * 2 + a // c
                finally:
                    print("inner finally", r)
            except ZeroDivisionError as e:
                if c == 0:
                    raise ValueError("c") from e
                print("b is zero")
                raise
            finally:
                print("middle", r)
        except ValueError as e:
            return str(e), type(e.__cause__).__name__, r
        return r

    same(nested, (4, 2, 2, x), (4, 0, 2, x), (4, 2, 0, x), (4, 0, 0, x))


def test_finally_runs_before_an_error_leaves():
    def uncaught(a, b, x):
        try:
            r = x * (a // b)
        finally:
            print("F", a)
        return r

    same(uncaught, (4, 2, x), (4, 0, x))


def test_an_error_of_a_callee_with_nonlocal_changes():
    def callee(a, b):
        def g(v):
            nonlocal a
            a += 1
            if v > 3:
                raise OverflowError("big", v)
            a += 1
            return v * 2

        try:
            q = g(b) + g(b + 1)
        except ArithmeticError as e:
            return a, e.args
        return a, q

    same(callee, (1, 1), (1, 3), (1, 4))


def test_names_of_a_finally_clause_outlive_a_break():
    def f(a, b):
        n = b
        while True:
            n += 1
            if n > 3:
                break
            try:
                a = 10 // n
                break
            except ZeroDivisionError:
                b = max(a, b)
            finally:
                b = a - 1
            b = 7
        return a, b, n

    same(f, (4, 1), (4, -1), (4, 5))


def test_powers_fail_as_python_s():
    def power(x, a, n):
        t = x.sum()
        try:
            t = t + a**n
        except (OverflowError, ZeroDivisionError) as e:
            return t, type(e).__name__, str(e)
        return t

    def of_tensors(x, y):
        t = 0.0
        for v in x:
            try:
                t += float(v) ** float(y[0])
            except ZeroDivisionError:
                t -= 100
            except OverflowError:
                t += 1000
        return t

    for case in ((2, 3), (0, -1), (2, -1), (10.0, 400), (0.0, -1), (-2.0, 3), (float("inf"), 2), (2.0, float("inf"))):
        same(power, (x, *case))
    for exponent in (-1.0, 2.0, 2000.0, 0.0):
        same(of_tensors, (np.array([0.0, 1.0, 3.0, 0.0]), np.array([exponent])))


def test_indexing_by_arrays_fails_as_numpy_s():
    def rows(x, i):
        try:
            found = x[i]
        except IndexError as e:
            return x * 0, str(e)
        return found, "found"

    def columns(x, i):
        try:
            found = x[:, i]
        except IndexError as e:
            return x * 0, str(e)
        return found, "found"

    i = np.array([2, 0, 1])
    same(rows, (x, i), (x, i + 2), (x, i + 5), (x, i - 5), (x, i - 9), (x, i[:0]), (x, np.array([[0, 1], [7, 9]])))
    same(columns, (x.reshape(1, 5), i), (x.reshape(1, 5), i + 3), (x.reshape(1, 5), i - 6))


def test_shapes_that_only_the_run_knows_fail_as_numpy_s():
    def slices(x, n):
        try:
            y = x[:n] + x[1:]
        except ValueError as e:
            return x * 0, str(e)
        return y, "fits"

    def turns(x, n):
        t = 0.0
        try:
            for i in range(1, n):
                t = t + (x[:i] * x[i:]).sum()
        except ValueError:
            return t, "does not fit"
        return t, "fits"

    same(slices, (x, 4), (x, 3), (x, 1), (x, 0), (x[:2], 1))
    same(turns, (x[:4], 3), (x, 2), (x, 5), (x[:2], 2))


def reads_what_is_not_set(n):
    try:
        match d:
            case 0:
                n = 1
        for i in range(3):
            match n:
                case d if d > 3:
                    n = i
    except Exception as e:
        print(n, type(e).__name__, e)
    return n


def test_an_unset_variable_is_an_unbound_local_error_in_a_handler():
    same(reads_what_is_not_set, (0,), (7,))


def test_a_handler_alone_reads_an_unset_variable():
    def f(i, x):
        items = [1, 3]
        try:
            items[i] = i
        except IndexError:
            unset += 1  # noqa: F821, F841
        return x.sum() + items[0]

    same(f, *[(i, np.ones(3)) for i in (0, 1, 2, -3)])


def raises_it_again(n):
    try:
        match d:
            case 0:
                n = 1
        for i in range(3):
            match n:
                case d if d > 3:
                    n = i
    except Exception:
        if n == n:
            raise
    return n


def test_a_bare_raise_finds_the_unbound_local_error():
    same(raises_it_again, (0,), (7,))


@pytest.mark.parametrize("places", [3, 100])
def test_a_comprehension_of_many_places_that_may_fail(places):
    def f(x, y):
        kept, own = [0], []
        try:
            own = [-1]
            kept = [x // (y + i) for i in range(places)]
            own = [k + 1 for k in kept if k != 2]
        except ZeroDivisionError:
            own.append(len(kept))
        return kept, own, kept == own

    same(f, (7, 1), (7, 0), (7, -2), (-9, 1 - places), cheap=True)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "uint64"])
def test_indices_of_a_narrow_or_unsigned_dtype(dtype):
    def rows(x, i):
        try:
            return x[i]
        except IndexError:
            return x[:3] * 0

    def one(x, i):
        try:
            return x[i[0]]
        except IndexError:
            return -1.0

    x, info = np.arange(200.0), np.iinfo(dtype)
    ends = [e for e in (info.min, min(info.max, 2**63 - 1)) if e >= -128]
    for at in (1, 99, 100, 127, -100, -101, *((199, 200, 255) if info.max > 127 else ()), *ends):
        if at >= info.min:
            i = np.array([1, at, 2], dtype)
            same(rows, (x, i), (x[:100], i), cheap=True)
            same(one, (x, i[1:]), (x[:100], i[1:]), cheap=True)


def test_indices_from_2_to_the_63_on():
    def rows(x, i):
        try:
            return x[i]
        except IndexError:
            return x[:1] - 1

    x = np.arange(5.0)
    same(rows, (x, np.array([1, 2**64 - 1], np.uint64)), (x, np.array([1, 2**63], np.uint64)), (x, np.array([1, 2**64 - 6], np.uint64)))


def test_a_class_that_the_run_chooses():
    def in_a_loop(n):
        E = ZeroDivisionError
        s = 0
        for k in range(n):
            try:
                s += 10 // (k - 2)
            except E:
                s += 1000
            if k == 7:
                E = ValueError
        return s

    def in_a_branch(n):
        E = ZeroDivisionError if n > 2 else (ValueError, KeyError)
        try:
            s = 10 // (n - 1)
            s = s + 10 // (n - 4)
        except E:
            s = 1000
        return s

    same(in_a_loop, (3,), (1,), (9,), (0,))
    same(in_a_branch, (3,), (1,), (4,))


@pytest.mark.usefixtures("no_plain_calls")
def test_what_is_no_class_of_exceptions():
    def nothing(a, b):
        try:
            return a // b
        except None:
            return 5

    def among_others(a, b):
        try:
            return a // b
        except (ValueError, "text"):
            return 5

    def given(a, b, kind=None):
        try:
            return a // b
        except kind:
            return 5

    for f in (nothing, among_others, given):
        same(f, (3, 1), (-7, 2))
        for a in (3, np.array(3)):
            with pytest.raises(TypeError, match="^catching classes that do not inherit from BaseException is not allowed"):
                ag.function(f)(a, 0)
    same(given, (3, 0, ZeroDivisionError), (3, 1, None), (3, 0, (ZeroDivisionError, ValueError)))


def test_zero_to_the_power_of_infinity():
    def power(a, b):
        try:
            return a**b
        except ZeroDivisionError:
            return 7.0
        except OverflowError:
            return 8.0

    inf = float("inf")
    same(power, (0.0, -inf), (0.0, -1.0), (-0.0, -inf), (0.0, inf), (2.0, -inf), (0.0, float("nan")), (inf, -inf), (10.0, 400.0))
    same(power, (0, -inf), (0, -1.5), (0, 2.0))


def test_arrays_that_do_not_fit_each_other():
    def where(x, y):
        try:
            return np.where(x > 1, x, y)
        except ValueError:
            return x[:2] * 0

    def of_numbers(x, y):
        try:
            return np.where(x > 1, y, 0.0)
        except ValueError:
            return x[:2] * 0

    def angle(x, y):
        try:
            return np.arctan2(x, y)
        except ValueError:
            return x[:2] * 0

    def logical(x, y):
        try:
            return np.logical_and(x > 0, y > 0), (x > 1) ^ (y > 2)
        except ValueError:
            return x[:2] > x[:2], x > 7

    a, b = np.array([1.0, 0.0, 3.0]), np.array([2.0, 5.0])
    for f in (where, of_numbers, angle, logical):
        same(f, (a, a), (a, b), (a, b[:1]), (a[:0], b), (a[:1], b), (a[:0], b[:1]))


def test_every_operation_that_broadcasts_is_asked():
    table = pathlib.Path(__file__).parents[2] / "include" / "ag" / "ops.def"
    rows = re.findall(r"^AG_OP\( *(\w+), *\"\w+\", *(-?\d+), .*\bbroadcast, *\w+, *inline,", table.read_text(), re.MULTILINE)
    assert len(rows) > 20
    assert not {name.lower() for name, operands in rows if operands != "1"} - failures.CHECKS.keys()


def test_masks():
    def of_its_own(x, n):
        try:
            return x[x > n]
        except IndexError:
            return x * 0

    def given(x, m):
        try:
            return x[m]
        except Exception:
            return x * 0

    z = np.arange(12.0).reshape(3, 4)
    same(of_its_own, (x, 3.0), (x, 500.0), (x[:0], 1.0))
    same(given, (x[:3], np.array([True, False, True])), (x[:3], np.array([True, False])), (x[:3], np.array([False, False, True, False])))
    same(given, (z, z > 4), (z, np.array([True, False, True])), (z, z[:, :2] > 0), (z, np.array([False] * 4)))


def test_lists_beside_tuples_in_a_list():
    def f(n):
        l = []
        for k in range(n):
            l.append([k] if k % 2 else (k,))
        return l

    same(f, (3,), (0,), (7,))


def test_suppress_where_a_tensor_decides():
    def positive(xs):
        total = 0.0
        with contextlib.suppress(ValueError):
            for x in xs:
                if x < 0:
                    raise ValueError(x)
                total = total + x
        return total

    def returns(x, n):
        with contextlib.suppress(ValueError, LookupError):
            if x[0] > n:
                raise KeyError(n)
            if x[1] > n:
                return "second"
            x = x + n
        return x

    def leaves(x):
        t = 0.0
        for i in range(4):
            with contextlib.suppress(IndexError):
                if x[i] < 0:
                    break
                if x[i] > 5:
                    continue
                if x[i] > 3:
                    raise IndexError
                t = t + x[i]
            t = t + 100
        return t

    def several(x, n):
        seen = []
        with Closing(seen) as c, contextlib.suppress(ZeroDivisionError), suppress(ValueError):
            seen.append(1)
            if x.sum() > n:
                raise ValueError
            seen.append(10 // n)
        return seen, c is None

    def others_pass(x):
        with suppress(ValueError):
            if x[0] > 0:
                raise KeyError("k")
        return x

    x = np.array([1.0, 2.0, -3.0, 4.0])
    same(positive, (x,), (abs(x),), kinds=False)
    same(returns, (x, 0), (x, 1), (x, 5), kinds=False)
    same(leaves, (x,), (x + 2,), (x + 3,), (abs(x) * 2,), kinds=False)
    same(several, (x, 10), (x, 1), (x - 5, 0))
    same(others_pass, (x,), (-x,), kinds=False)


class Closing:
    def __init__(self, seen):
        self.seen = seen

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.seen.append(-1)


def test_suppress_on_numbers():
    def tables(n, table):
        out = []
        for k in range(n):
            with contextlib.suppress(KeyError):
                out.append(table[k])
                out.append(k * 10)
        return out

    def own(n):
        suppress = Closing
        seen = []
        with suppress(seen):
            if n > 2:
                raise ValueError(n)
        return seen

    def nested(n):
        r = 1
        with suppress(ZeroDivisionError):
            with suppress(ValueError):
                if n > 3:
                    raise ValueError
                r = 10 // n
                r += 100
            r += 1000
        return r

    same(tables, (3, {0: 1, 2: 5}), (4, {}))
    same(own, 1, 5)
    same(nested, 0, 1, 5)


def test_an_exception_with_values_leaves_loops():
    def caught_in_the_loop(x, n):
        t = x.sum()
        for i in range(n):
            try:
                if x[i] > 0:
                    raise ValueError(i)
                t = t + 1
            except ValueError as e:
                t = t + e.args[0]
        return t

    def leaves_two(x, n):
        t = x.sum()
        i = 0
        try:
            while x[i] != 1:
                i += 1
                if i == 3:
                    raise ValueError(t)
                for k in range(n):
                    if x[k] > 0:
                        raise ValueError(i, k * 0.5)
                    if x[k] > 20:
                        raise KeyError(k)
                    t = t + 1
        except (ValueError, KeyError) as e:
            t = t + e.args[-1]
        return t

    def an_assertion(a, b, v):
        try:
            while True:
                for _ in range(a, b):
                    assert v[0] < -2, a
                if v.sum() >= v[1]:
                    break
                b += 4
        finally:
            a += 1
        return a, b

    rows = [np.array(row) for row in ([-1.0, 5, 3, 1], [-1.0, -5, -3, 1], [-1.0, -2, -3, 50])]
    for f in (caught_in_the_loop, leaves_two):
        cases = [(row, n) for row in rows for n in (0, 1, 3, 4)]
        same(f, *cases, traces=1)
    vectors = [np.array(v) for v in ([1.0, -1.0, 5.0], [0.0, 6.0, 1.0], [-5.0, -19.0, 13.0])]
    same(an_assertion, (3, -2, vectors[0]), (1, 3, vectors[1]), (1, 3, vectors[2]), traces=1)


def test_errors_of_one_text_keep_their_lines():
    def known_beside_traced(a, b, x):
        try:
            try:
                a = 0 // b
                d = 0
                a = divmod(4, d)
            except IndexError:
                pass
        finally:
            b = 1
        return x.sum() + a + b

    def divides(d, known):
        return divmod(4, d - d) if known else 5 // d

    def called_twice(b, x):
        t = x.sum()
        try:
            if b > 1:
                t = t + divides(b, False)
            if b < 5:
                t = t + divides(b - 1, False)
            t = t + divides(2, t == 3)
        finally:
            b = 3
        return t + b

    same(known_beside_traced, (1, 1, np.ones(2)), (1, 0, np.ones(2)))
    same(called_twice, *[(b, np.array([first, 2.0])) for b in (0, 1, 2, 5, 6) for first in (0.0, 1.0, 2.5)])


def test_an_operand_that_may_be_none():
    def counted(a, b, v):
        q = None
        try:
            for i, u in zip(range(a), v):
                q = b if q is None else q + 1
        finally:
            b = 1
        return q, b

    def after_a_loop(a, b, v):
        q = None
        for i in range(a):
            if v[i] > 0:
                q = v[i]
        try:
            b = q + b
        except TypeError:
            b = -1.0
        return b

    def in_each_turn(a, b, v):
        q = None
        t = 0.0
        for i in range(a):
            try:
                t = t + q
                q = None if v[i] < 0 else q
            except TypeError:
                t = t + 100
                if v[i] > 1:
                    q = v[i]
            finally:
                t = t + b
        return t, q is None

    def asked_by_a_test(a, b, v):
        q = None
        t = 0.0
        try:
            while t < 10 and (q is None or v[a] > q * 1):
                t += 1
                if v[0] > t:
                    q = t
        except TypeError:
            t = -1.0
        return t

    def needed_by_a_test(a, b, v):
        q = None
        t = 0.0
        if v[0] > 0:
            q = 1.0
        try:
            while t < 10 and v[a] > q * 1:
                t += 1
        except TypeError:
            t = -1.0
        return t

    rows = [np.array(row) for row in ([-1.0, 2, 3], [5.0, -1, 4], [-1.0, -2, -3], [3.0, 2, 2])]
    cases = [(a, b, row) for a in (0, 1, 2) for b in (0, 5) for row in rows]
    for f in (counted, after_a_loop, in_each_turn, asked_by_a_test, needed_by_a_test):
        same(f, *cases, traces=1, cheap=True)


def test_a_finished_trace_holds_no_frames_of_what_left_a_try():
    class Held:
        pass

    held = []

    def fails():
        local = Held()
        held.append(weakref.ref(local))
        raise KeyError("static")

    @ag.function
    def f(x):
        local = Held()
        held.append(weakref.ref(local))
        try:
            if x > 0:
                fails()
        except KeyError:
            return -1.0
        return x

    assert float(f(ag.constant(1.0))) == -1.0
    gc.collect()
    assert held and not any(r() for r in held)


def test_a_structure_that_only_the_body_sets():
    def f(x, n):
        try:
            z = (1 / x, x)
        except ZeroDivisionError as e:
            return "zero", str(e)
        finally:
            n += 1
        return z, n

    same(f, (1.5, 2), (0.0, 2))


def test_a_failure_in_the_test_of_a_loop_that_assigns():
    def unset(a, v):
        if a > 4:
            d = 1
        n = 0
        try:
            for _ in range(a):
                while n < 9 and (d := d):
                    n += 1
        except UnboundLocalError:
            n -= 10
        return v + n

    def divides(a, v):
        n = c = 0
        try:
            while n < 9 and (c := 12 // (a - n)) < 9:
                n += 1
        except ZeroDivisionError:
            c -= 100
        finally:
            v = v * 2
        return v + n + c, c

    def of_an_object(a, v):
        box = Box()
        try:
            while (c := 12 // (a - box.n)) < 9:
                box.n += 1
        except ZeroDivisionError:
            return v - box.n
        return v + box.n + c

    cases = [(a, np.array([0.5, a])) for a in (0, 1, 2, 5, 7)]
    for f in (unset, divides, of_an_object):
        same(f, *cases, traces=1, cheap=True)


class Hush:
    def __enter__(self):
        pass

    def __exit__(self, *_):
        return True


@pytest.mark.usefixtures("no_plain_calls")
def test_what_a_trace_cannot_hold_meets_no_handler():
    def one_of_two_ranks(v):
        if v[1] > 0:
            w = v
        else:
            w = np.zeros((2, 2))
        return w.sum()

    def handled(v):
        try:
            return one_of_two_ranks(v)
        except ValueError:
            return 5.5

    def in_a_branch(v):
        try:
            if v[0] > 0:
                return one_of_two_ranks(v)
        except Exception:
            return 5.5
        return 1.5

    def returned_in_finally(v):
        try:
            one_of_two_ranks(v)
        finally:
            return 3.5  # noqa: B012

    def suppressed(v):
        with suppress(ValueError):
            return one_of_two_ranks(v)
        return 2.5

    def put_aside(v):
        with Hush():
            return one_of_two_ranks(v)
        return 2.5

    def in_a_loop(v):
        n = 0
        while n < 2:
            try:
                n += one_of_two_ranks(v - n)
            except ValueError:
                return 5.5
        return 1.5

    for f in (handled, in_a_branch, returned_in_finally, suppressed, put_aside, in_a_loop):
        with pytest.raises(ValueError, match="the ranks must agree"):
            ag.function(f)(x)


@pytest.mark.usefixtures("no_plain_calls")
def test_a_number_that_only_the_run_knows_is_refused_past_handlers():
    def key_of_it(v):
        try:
            return len({int(u): 1 for u in (v[0], v[1])})
        except TypeError:
            return -1

    def in_a_with(v):
        with Hush():
            return len({int(u): 1 for u in (v[0], v[1])})
        return -1

    for f in (key_of_it, in_a_with):
        with pytest.raises(TypeError, match="known only when the function runs"):
            ag.function(f)(x)
