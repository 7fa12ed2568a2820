"""Operators and properties of user objects that act, in branches and loops: they act as often as in Python."""

import dataclasses
import linecache
import warnings

import pytest

import autograph as ag


class Ticks:
    """Whatever is done with it counts, and what it gives depends on the count."""

    count = 0

    def _tick(self):
        Ticks.count += 1
        return Ticks.count


def ticking(self, *args):
    Ticks.count += 1
    return Ticks.count


def tocking(self, *args):
    Ticks.count += 1
    return Ticks.count % 2 == 0


for name in "add radd getitem neg abs int matmul len getattr call index".split():
    setattr(Ticks, f"__{name}__", ticking)
for name in "eq lt gt contains bool".split():
    setattr(Ticks, f"__{name}__", tocking)
Ticks.prop = property(ticking)
del ticking, tocking


class Owner:
    def __init__(self):
        self.ticks = Ticks()


T, OWNER = Ticks(), Owner()
USES = [
    "s += T + 1", "s += T + n", "s += i + T", "s += T[i]", "s += T[0]", "s += 1 if T == 3 else 0", "s += 1 if T != 3 else 0",
    "s += 1 if 3 in T else 0", "s += T.prop", "s += T.other", "s += len(T)", "s += 1 if T else 0", "s += not T", "s += -T",
    "s += 1 if T < 2 else 0", "s += 1 if 2 > T else 0", "s += 1 if (T and i) else 0", "s += T()",
    "s += abs(T)", "s += int(T)", "s += T @ 2", "s += (T is max(T, T)) + T.count", "s += OWNER.ticks + 1", "s += OWNER.ticks.prop",
]  # fmt: skip


def define(use, head):
    source = f"def f(n):\n    s = 0\n    {head}\n        {use}\n    return s\n"
    name = f"<acting {use} {head}>"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    scope = {"T": T, "OWNER": OWNER}
    exec(compile(source, name, "exec"), scope)
    return scope["f"]


def run(f, n):
    Ticks.count = 0
    return f(n), Ticks.count


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    "head",
    ["for i in range(n):", "if n > 1:\n        i = n", "i = 0\n    while i < n:\n        i += 1"],
)
def test_numbers_decide(use, head):
    f = define(use, head)
    compiled = ag.function(f)
    for n in (5, 0, 2, 7):
        want = run(f, n)
        for _ in range(2):
            assert run(compiled, n) == want


def test_in_operands_that_may_not_be_asked_for():
    f = define("s += 1 if 0 < T < 2 else 0", "if n > 1:")
    compiled = ag.function(f)
    for n in (5, 0, 2):
        assert run(compiled, n) == run(f, n)


def test_where_a_tensor_decides_it_acts_in_each_run():
    def f(x):
        y = 0
        if x > 0:
            y = T + 1
        return y

    compiled = ag.function(f)
    for v in 1.0, -1.0, 2.0, 3.0:
        y, count = run(compiled, ag.constant(v))
        assert (int(y), int(count)) == run(f, v)


class Vector:
    """Nothing of it acts, though its methods store."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        sums = [0, 0]
        sums[0] = self.x + other.x
        sums[1] = self.y + other.y
        made = Vector(*sums)
        made.x += 0
        return made

    def __getitem__(self, i):
        found = []
        found.append(self.x)
        found.append(self.y)
        return found[0] if i == 0 else found[1]

    @property
    def size(self):
        return abs(self.x) + abs(self.y)


def test_objects_that_only_compute_are_compiled():
    step = Vector(1, 2)

    @ag.function
    def f(n):
        s = 0
        for i in range(n):
            s += (step + step).size * i + step[1]
        return s

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f(9) == sum(6 * i + 2 for i in range(9))
    assert "native code" in f.explain() and "Python" not in f.explain().split("\n")[1]


@dataclasses.dataclass
class Ball:
    """Its __repr__ is wrapped by a function of the library, which notes what it is within."""

    y: float
    v: float = 0.0

    def step(self, dt):
        self.y += self.v * dt
        if self.y < 0:
            self.y, self.v = -self.y, -0.9 * self.v
        self.v -= 9.81 * dt


class Counter:
    """What is acting of it is not asked for where an attribute is set."""

    def __init__(self):
        self.n = 0

    def __len__(self):
        self.asked = True
        return self.n

    def count(self, i):
        if i % 2:
            self.n += i


def bounces(n, dt):
    ball, hits = Ball(10.0), Counter()
    for i in range(n):
        before = ball.v
        ball.step(dt)
        if ball.v > before:
            hits.count(i)
    return ball.y, ball.v, hits.n


def test_objects_whose_attributes_are_set_are_compiled():
    compiled = ag.function(bounces)
    assert compiled(2000, 0.01) == bounces(2000, 0.01)
    assert "native code" in compiled.explain() and "stayed Python" not in compiled.explain()
