"""NumPy arrays that are older than the call: what a method changes in `self.grid` changes in that very array, at each call."""

import copy

import numpy as np
import pytest
from modes import plain

import autograph as ag

X = np.arange(3.0) + 1


class Counts:
    def __init__(self):
        self.g = np.zeros((3, 3))
        self.n = 0

    def f(self, x):
        for i in range(3):
            for j in range(3):
                if x[i] > x[j]:
                    self.g[i, j] += x[i]
        self.n += 1
        return self.g.sum()


class Casts:
    def __init__(self):
        self.g = np.zeros(3, int)

    def f(self, x):
        self.g[0] = x[1] * 1.7
        self.g[1] += 1
        return x


class InPlace:
    def __init__(self):
        self.g = np.zeros(3)

    def f(self, x):
        self.g += x
        self.g[:] = self.g * 2
        np.add(self.g, 1, out=self.g)
        self.g.sort()
        self.g.fill(x[0])
        np.copyto(self.g, x * 2)
        return self.g * 1


class Buffers:
    def __init__(self):
        self.cur = np.zeros(5)
        self.nxt = np.ones(5)

    def f(self, x):
        for i in range(1, 4):
            self.nxt[i] = (self.cur[i - 1] + self.cur[i + 1]) / 2 + x[0]
        self.cur, self.nxt = self.nxt, self.cur
        return self.cur.sum()


class WithAView:
    def __init__(self):
        self.g = np.zeros(3)
        self.v = self.g[1:]

    def f(self, x):
        self.g[1] = x[0]
        return self.v * 1


class InAList:
    def __init__(self):
        self.g = np.zeros(3)
        self.h = [self.g]

    def f(self, x):
        self.g[1] = x[0]
        return self.h[0] * 1


class ReadOnly:
    def __init__(self):
        self.g = np.zeros(3)
        self.g.flags.writeable = False

    def f(self, x):
        self.g[1] = x[0]
        return x


class Raises:
    def __init__(self):
        self.g = np.zeros(3)

    def f(self, x):
        self.g[0] = x[0]
        if x[0] > 1:
            raise ValueError("big")
        self.g[1] = x[0]
        return x


class ByRows:
    def __init__(self):
        self.g = np.zeros((2, 3))

    def f(self, x):
        row = self.g[0]
        row[1] = x[0]
        for r in self.g:
            r += x
        return row * 1


class Best:
    def __init__(self):
        self.g = np.zeros(3)
        self.best = None

    def f(self, x):
        self.g[0] += x[0]
        self.best = self.g
        return x


class BestCopied:
    def __init__(self):
        self.g = np.zeros(3)
        self.best = np.zeros(3)

    def f(self, x):
        self.g[0] += x[0]
        self.best = self.g.copy()
        return x


class Either:
    def __init__(self):
        self.a = np.zeros(3)
        self.b = np.ones(3)

    def f(self, x):
        c = self.a if x[0] > 1 else self.b
        c[0] = 9
        return c * 1


class Rebound:
    def __init__(self):
        self.g = np.zeros(3)

    def f(self, x):
        self.g[0] = x[0]
        self.g = self.g + 1
        self.g[1] = x[1]
        return self.g * 1


class Numbered:
    def __init__(self):
        self.g = np.zeros(3)
        self.k = 0

    def f(self, x):
        self.k += 1
        self.g[self.k % 3] = x[0]
        return self.g[self.k % 3] + self.g.mean()


class OutOfBounds:
    def __init__(self):
        self.g = np.zeros(3)

    def f(self, x):
        i = 5
        self.g[i] = x[0]
        return x


class OutOfBoundsInTheRun:
    def __init__(self):
        self.g = np.zeros(3)

    def f(self, x):
        i = int(x[0])
        self.g[0] = 7
        self.g[i + 5] = x[0]
        return x


class SwappedBySome:
    def __init__(self):
        self.cur = np.zeros(3)
        self.nxt = np.ones(3)

    def f(self, x):
        for k in range(3):
            self.nxt[0] = self.cur[0] + x[0]
            if x[k] > 1:
                self.cur, self.nxt = self.nxt, self.cur
        return self.cur * 1


class LeftTwice:
    def __init__(self):
        self.a = None
        self.b = None

    def f(self, x):
        v = x * 2
        self.a = v
        self.b = v
        return x

    def g(self, x):
        self.a[0] = 50
        self.b[1] += 3
        return self.b * 1


class MadeAndLeftTwice(LeftTwice):
    def f(self, x):
        v = np.array(x * 2)
        self.a = v
        self.b = v
        v[0] = -1
        return x


class Renamed(LeftTwice):
    def __init__(self):
        self.a = np.zeros(3)
        self.b = np.ones(3)

    def f(self, x):
        self.a = self.b
        return x


class RenamedBySome(Renamed):
    def f(self, x):
        if x[0] > 0:
            self.a = self.b
        return x


class FilledAndRenamed(Renamed):
    def f(self, x):
        self.b[0] = x[0]
        self.a = self.b
        return x


class ComputedAndRenamed(Renamed):
    def f(self, x):
        self.b = x * 3
        self.a = self.b
        return x


class PartNamed(Renamed):
    def f(self, x):
        self.a = self.b[1:]
        return x


class ArgumentLeftTwice(Renamed):
    def f(self, x):
        self.a = x
        self.b = x
        return x


class InBothBranches(Renamed):
    def f(self, x):
        if x[0] > 0:
            self.a[0] = x[0]
            self.b = np.array(x * 2)
        else:
            self.b[0] = 4
            self.a = self.b
        return x


class Histogram:
    def __init__(self):
        self.c = np.zeros(8, int)
        self.t = 0

    def f(self, x):
        for v in x:
            self.c[int(v)] += 1
        return x

    def g(self, x):
        k = int(x[0])
        self.c[k] -= 2
        self.c[k + 1] *= 3
        self.t += 1
        return self.c.sum()


class Stencil:
    def __init__(self):
        self.m = np.zeros((4, 4))
        self.h = [1, 2]

    def f(self, x):
        for i in range(1, 3):
            for j in range(1, 3):
                self.m[i, j] = (
                    0.25
                    * (self.m[i - 1, j] + self.m[i + 1, j] + self.m[i, j - 1] + self.m[i, j + 1])
                    + x[0]
                )
        return self.m.mean()

    def g(self, x):
        self.m[0] = 1
        self.m[:, 1] += 2
        self.m[1:3, 1:3] = x[0]
        self.m[self.m > 1] -= 1
        return self.m[0, 0]


class Weights:
    def __init__(self):
        self.w = np.ones(3)
        self.b = np.zeros(())

    def f(self, x):
        err = (self.w * x).sum() - 1
        self.w -= 0.1 * err * x
        return err

    def g(self, x):
        while self.w.sum() < x.sum():
            self.w += 1
        return self.w * 1


class Ring:
    def __init__(self):
        self.buf = np.zeros(4)
        self.n = 0

    def f(self, x):
        self.buf[self.n % 4] = x.sum()
        self.n += 1
        return self.buf[: self.n].mean()

    def g(self, x):
        if self.n > 2:
            self.buf[:] = 0
            self.n = 0
        return self.n


class Flags:
    def __init__(self):
        self.a = np.zeros(3, bool)

    def f(self, x):
        self.a |= x > 1
        return self.a.any()

    def g(self, x):
        self.a[x > 3] = False
        return self.a.sum()


class InATry:
    def __init__(self):
        self.a = np.zeros(3)

    def f(self, x):
        try:
            self.a[0] = 1
            if x[0] > 0.5:
                raise ValueError("no")
            self.a[1] = 2
        except ValueError:
            self.a[2] = 3
        return x

    def g(self, x):
        for i in range(5):
            if x[i % 3] > 3:
                break
            self.a[i % 3] += 1
        return [self.a * 1, self.a[0]]


class Rows:
    def __init__(self):
        self.m = np.zeros((2, 3))
        self.best = None

    def f(self, x):
        for row in self.m:
            row += x
        r = self.m[1]
        r[0] = 9
        return r * 1

    def g(self, x):
        top = self.m[0]
        for i in range(2):
            if self.m[i].sum() > top.sum():
                top = self.m[i]
        top *= 2
        return top.sum()


class OtherDtypes:
    def __init__(self):
        self.a = np.zeros(3, np.float32)
        self.c = np.zeros(3, complex)

    def f(self, x):
        self.a[0] = x[1] / 3
        self.c[1] = x[2]
        return x

    def g(self, x):
        self.c += x
        self.a[:] = x / 7
        return x


class Strided:
    def __init__(self):
        self.a = np.arange(6.0)[::2]

    def f(self, x):
        self.a[0] = x[1]
        return self.a * 1

    def g(self, x):
        self.a = np.zeros(3)
        self.a[1] = x[0]
        return x


OBJECTS = (
    Counts,
    Casts,
    InPlace,
    Buffers,
    WithAView,
    InAList,
    ReadOnly,
    Raises,
    ByRows,
    Best,
    BestCopied,
    Either,
    Rebound,
    Numbered,
    OutOfBounds,
    OutOfBoundsInTheRun,
    SwappedBySome,
    LeftTwice,
    MadeAndLeftTwice,
    Renamed,
    RenamedBySome,
    FilledAndRenamed,
    ComputedAndRenamed,
    PartNamed,
    ArgumentLeftTwice,
    InBothBranches,
    Histogram,
    Stencil,
    Weights,
    Ring,
    Flags,
    InATry,
    Rows,
    OtherDtypes,
    Strided,
)
CALLS = (("f", X), ("g", X * 2), ("f", X - 1), ("g", X * 2), ("f", X))


def kinds(value):
    """Values with the dtypes of arrays, without their addresses."""
    if isinstance(value, (list, tuple)):
        return [kinds(part) for part in value]
    if isinstance(value, dict):
        return {key: kinds(part) for key, part in value.items()}
    if isinstance(value, (ag.Tensor, np.ndarray)):
        value = np.asarray(value)
    return (value.dtype.name, value.tolist()) if getattr(value, "ndim", 0) else plain(value)


def seen(make, methods):
    """What calls of these methods give, leave in the attributes, and in the arrays that these held before."""
    one, found = make(), []
    before = {name: value for name, value in vars(one).items() if isinstance(value, np.ndarray)}
    for name, x in CALLS:
        if name not in methods:
            continue
        x = copy.copy(x)
        try:
            result = kinds(methods[name](one, x))
        except Exception as e:
            result = type(e), str(e).partition("\n")[0]
        still = {name: vars(one)[name] is value for name, value in before.items()}
        found.append((name, result, kinds(vars(one)), kinds(before), still, x.tolist()))
    return found


@pytest.mark.parametrize("interpreted", [False, True], ids=["native", "interpreted"])
@pytest.mark.parametrize("make", OBJECTS, ids=lambda make: make.__name__)
def test_attributes_keep_their_arrays(make, interpreted, monkeypatch):
    if interpreted:
        monkeypatch.setenv("AUTOGRAPH_INTERPRET", "1")
    methods = {name: getattr(make, name) for name in ("f", "g") if hasattr(make, name)}
    want = seen(make, methods)
    compiled = {name: ag.function(method) for name, method in methods.items()}
    got = seen(make, compiled)
    assert got == want
    assert seen(make, compiled) == want  # another object


def test_one_trace_serves_all_calls():
    f, one = ag.function(Stencil.f), Stencil()
    for _ in range(4):
        f(one, X)
    assert f.experimental_get_tracing_count() == 1


def test_methods_that_call_one_another():
    class Table:
        def __init__(self):
            self.rows = np.zeros(3)

        def put(self, i, value):
            self.rows[i] += value

        @ag.function
        def fill(self, x):
            for i in range(len(x)):
                self.put(i, x[i])
            return self.total()

        @ag.function
        def total(self):
            return self.rows.sum()

    one = Table()
    rows = one.rows
    assert float(one.fill(X)) == 6 and float(one.fill(X)) == 12
    assert float(one.total()) == 12 and rows.tolist() == [2.0, 4.0, 6.0]
    rows[0] = 100  # the caller's own change is seen by the next call
    assert float(one.fill(X)) == 116 and one.rows is rows


def test_an_argument_that_is_the_attribute_sees_the_change():
    def f(one, x, y):
        one.m[0, 0] = x[0] + 5
        return y * 1

    plain_one, one = Stencil(), Stencil()
    compiled = ag.function(f)
    for x, y in ((X, None), (X, X)):
        want = f(plain_one, x, plain_one.m[0] if y is None else y)
        got = compiled(one, x, one.m[0] if y is None else y)
        assert got.numpy().tolist() == want.tolist() and isinstance(got, ag.Tensor)
        assert one.m.tolist() == plain_one.m.tolist()


COUNTS = np.zeros(5, int)


def counted(x):
    for v in x:
        COUNTS[int(v)] += 1
    return COUNTS.sum()


def test_globals_and_closures():
    COUNTS[:] = 0
    f = ag.function(counted)
    assert [int(f(np.array([1.0, 1.0, 4.0]))) for _ in range(3)] == [3, 6, 9]
    assert COUNTS.tolist() == [0, 6, 0, 0, 3]
    buffer = np.zeros(3)

    @ag.function
    def add(x):
        buffer[0] += x.sum()
        buffer[1:] *= 2
        return buffer * 1

    assert [add(X).numpy().tolist() for _ in range(2)] == [[6.0, 0.0, 0.0], [12.0, 0.0, 0.0]]
    assert buffer.tolist() == [12.0, 0.0, 0.0]


def test_an_array_that_became_a_view_of_another_between_calls():
    class Two:
        def __init__(self):
            self.a, self.b = np.zeros(3), np.ones(3)

        def f(self, x):
            self.a[0] += x[0]
            return self.b * 1

    plain_one, one, f = Two(), Two(), ag.function(Two.f)
    for k in range(4):
        for two in (plain_one, one):
            if k == 2:
                two.b = two.a[:]
        assert f(one, X).numpy().tolist() == Two.f(plain_one, X).tolist()
        assert one.a.tolist() == plain_one.a.tolist()


class Kept:
    def __init__(self):
        self.a, self.b, self.log, self.d = np.zeros(3), np.ones(3), [], {"a": np.zeros(3)}


def part_left(one, x):
    one.a[0] = x[0]
    one.b = one.a[1:]
    return x


def put_into_a_list(one, x):
    one.a[0] = x[0]
    one.log.append(one.a)
    return x


def in_a_dict(one, x):
    one.d["a"][0] = x[0]
    return x


@pytest.mark.usefixtures("no_plain_calls")
@pytest.mark.parametrize(
    "f, words",
    [
        (part_left, "write a copy there"),
        (put_into_a_list, "write a copy there"),
        (in_a_dict, "keep it in an attribute or a variable"),
    ],
)
def test_what_is_refused_changes_nothing(f, words):
    one = Kept()
    with pytest.raises(TypeError, match=words) as refused:
        ag.function(f)(one, X)
    assert f.__code__.co_filename in str(refused.value)
    assert (
        one.a.tolist() == [0.0] * 3
        and one.b.tolist() == [1.0] * 3
        and one.log == []
        and one.d["a"].tolist() == [0.0] * 3
    )


def locks_in_a_branch(one, x):
    if x[0] > 5:
        one.a.flags.writeable = False
    return x * 2


def locks(one, x):
    one.a.flags.writeable = False
    return x * 2


def test_flags_are_set_in_each_call_and_where_the_branch_is_taken():
    """They were set while tracing: once, and in the branch not taken as well."""
    f = ag.function(locks_in_a_branch)
    for x in (X, X + 5, X):
        one = Kept()
        assert f(one, x).numpy().tolist() == (x * 2).tolist()
        assert one.a.flags.writeable == (x[0] <= 5)
    f, one = ag.function(locks), Kept()
    with pytest.warns(UserWarning, match="flags.writeable of a NumPy array that is older than the call"):
        f(one, X)
    one.a.flags.writeable = True
    f(one, X)
    assert not one.a.flags.writeable


def test_the_shape_of_an_array_is_set_in_place_by_plain_python():
    def f(x):
        y = np.array(x)
        y.shape = 3, 1
        return y

    with pytest.warns(UserWarning, match="ran as plain Python"):
        assert ag.function(f)(X).shape == (3, 1)
