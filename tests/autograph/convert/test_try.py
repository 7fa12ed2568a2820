"""Jumps out of try, except, finally and with, which stay Python's own statements."""
# ruff: noqa: B012
# The odd code is what is tested.

from same import same


def test_try_except_else_finally():
    def f(x, log):
        try:
            if x == 0:
                raise ValueError("zero")
            y = 10 // (x - 1)
        except ZeroDivisionError as e:
            log.append(str(e))
            y = -1
        except ValueError:
            if log:
                y = -3
            else:
                y = -2
        else:
            log.append("else")
        finally:
            log.append("finally")
        return y, log

    same(f, (0, []), (1, []), (2, []), (0, [1]))


def test_return_inside_try():
    def f(x, log):
        try:
            if x == 0:
                return "zero"
            log.append(x)
            if x == 1:
                return "one"
        finally:
            log.append("finally")
        log.append("after")
        return "end"

    same(f, (0, []), (1, []), (2, []))


def test_return_inside_try_skips_else():
    def f(x, log):
        try:
            if x == 0:
                return log
        except ValueError:
            pass
        else:
            log.append("else")
        log.append("after")
        return log

    same(f, (0, []), (1, []))


def test_conditional_return_in_finally_overrides():
    def f(x):
        try:
            return 10 // x
        finally:
            if x < 1:
                return "finally"

    same(f, 0, 1, -1)


def test_jumps_inside_try_in_a_loop():
    def f(xs):
        log = []
        for x in xs:
            try:
                if x == 0:
                    continue
                if x == 1:
                    break
                if x == 2:
                    return log, "two"
                log.append(10 // (x - 3))
            except ZeroDivisionError:
                log.append("div")
                if len(log) > 3:
                    break
                continue
            else:
                log.append("else")
            finally:
                log.append("finally")
            log.append("end")
        else:
            log.append("exhausted")
        return log

    same(f, [0, 4, 5], [0, 1, 4], [4, 2, 0], [3, 3, 3, 4], [])


def test_jumps_directly_in_try():
    def f(xs):
        log = []
        for x in xs:
            try:
                log.append(1 // x)
                break
            except ZeroDivisionError:
                continue
            finally:
                log.append(x)
            log.append("never")
        for x in xs:
            while True:
                try:
                    return x, log
                finally:
                    log.append("f")
        return log

    same(f, [0, 0, 1, 2], [0], [])


def test_continue_in_finally_swallows():
    def f(xs):
        log = []
        for x in xs:
            try:
                log.append(1 // x)
                if x == 5:
                    return "five"
            finally:
                if x != 2:
                    continue
            log.append("end")
        return log

    same(f, [0, 1, 5], [2, 2])


def test_exception_after_a_return_began_puts_it_aside():
    def f(n):
        log = []
        for i in range(n):
            try:
                try:
                    if i == 1:
                        return "inner"
                    log.append(i)
                finally:
                    if i == 1:
                        log.append(1 // 0)
            except ZeroDivisionError:
                log.append("caught")
        return log

    same(f, 4)


def test_name_kept_for_handler_and_finally():
    def f(x):
        try:
            if x:
                y = 1
                z = 1 // (x - 1)
                y = 2
                return y + z
            y = 3
            return y
        except ZeroDivisionError:
            return ("handler", y)
        finally:
            print(y)

    same(f, 0, 1, 2)


def test_except_star():
    def f(x):
        try:
            if x:
                raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
        except* ValueError as e:
            r = len(e.exceptions)
        except* TypeError:
            r2 = 3
        else:
            return "none"
        return r, r2

    same(f, 0, 1)


def test_with():
    class Log:
        def __init__(self, out, swallow):
            self.out = out
            self.swallow = swallow

        def __enter__(self):
            self.out.append("in")
            return self

        def __exit__(self, *a):
            self.out.append("out")
            return self.swallow

    def f(x, out):
        with Log(out, x > 3) as a, Log(out, False):
            if x == 1:
                return "one"
            y = a.swallow
            if x >= 4:
                raise ValueError
            if x == 2:
                y = 7
        out.append("after")
        for i in range(3):
            with Log(out, True):
                if i == x:
                    continue
                if i == 2:
                    break
                out.append(i)
            out.append("end")
        return y, out

    same(f, (0, []), (1, []), (2, []), (3, []), (4, []))
