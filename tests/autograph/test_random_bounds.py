"""Random loops over indices near both ends of arrays, and lists that grow and shrink: the compiler leaves out the checks that cannot
fail, so plain and compiled runs must give the same numbers or fail alike.

60 programs, always the same, of which 20 are traced for each size; AG_RANDOM_BOUNDS sets another number, AG_RANDOM_SEED other programs.
"""

import linecache
import os
import random

import numpy as np
import pytest

import autograph as ag

COUNT = int(os.environ.get("AG_RANDOM_BOUNDS", "60"))
SEED = int(os.environ.get("AG_RANDOM_SEED", "1"))
SIZES = ((0, 0), (1, 2), (3, 3), (5, 4), (4, 9))


class Programs:
    """Texts of functions of an array x, a number n: y is an array and l a list made there; i, j, k, m are numbers."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, *texts):
        return self.random.choice(texts)

    def number(self):
        small = str(self.random.randrange(-2, 4))
        name = self.pick("i", "j", "k", "m", "n")
        return self.pick(
            small, name, name, f"{name} + {abs(int(small))}", f"{name} - 1", f"n - 1 - {name}", f"n - {name}", "len(x)", "len(x) - 1",
            f"{name} % n", f"{name} % 3", f"{name} // 2", f"min({name}, n - 1)", f"max({name}, 0)", f"min({name}, len(x) - 1)", "len(l)",
            f"abs({name})", f"-{name}", f"{name} * 2", f"(n if {name} > 1 else {small})",
        )  # fmt: skip

    def test(self):
        a, b = self.number(), self.number()
        one = f"{a} {self.pick('<', '<=', '>', '>=', '==', '!=')} {b}"
        return self.pick(one, one, f"0 <= {a} < {self.pick('n', 'len(x)', 'len(l)')}", f"{one} and {b} > 0", f"not ({one})")

    def simple(self):
        name = self.pick("j", "k", "m")
        return self.pick(
            f"total += x[{self.number()}]", f"total += y[{self.number()}]", f"y[{self.number()}] += 2",
            f"total += l[{self.number()}]", f"l[{self.number()}] = {self.number()}", f"l.append({self.number()})",
            f"{name} = {self.number()}", f"{name} += 1", f"{name} -= 1", "if len(l) > 1: total += l.pop()",
            f"total += 100 // ({self.number()})", f"total += {self.number()} % ({self.number()})",
        )  # fmt: skip

    def block(self, indent, loops):
        lines, pad = [], "    " * indent
        for _ in range(self.random.randint(1, 3)):
            kind = self.random.randrange(10)
            if kind < 5 or indent > 3:
                lines.append(pad + self.simple())
            elif kind < 7:
                lines += [f"{pad}if {self.test()}:", *self.block(indent + 1, loops)]
                if self.random.random() < 0.4:
                    lines += [f"{pad}else:", *self.block(indent + 1, loops)]
            elif kind < 8:
                lines.append(f"{pad}assert {self.test()}")
            elif loops < 2:
                head = self.pick(
                    "for i in range(n):", "for i in range(len(x)):", "for i in range(n - 1, -1, -1):", f"for i in range({self.number()}):",
                    f"for i in range(1, {self.number()}):", f"for i in range({self.number()}, 0, -1):",
                )  # fmt: skip
                if self.random.random() < 0.4:
                    name = self.pick("j", "k", "m")
                    head = f"while {name} {self.pick('<', '<=', '!=')} {self.pick('n', 'len(x)', 'len(l)', '3')} and steps < 50:"
                    lines += [pad + head, f"{pad}    steps += 1", *self.block(indent + 1, loops + 1), f"{pad}    {name} += 1"]
                else:
                    lines += [pad + head, *self.block(indent + 1, loops + 1)]
        return lines or [pad + "total += 1"]

    def program(self):
        start = ["total = 0", "steps = 0", "i = j = k = m = 0", "y = np.zeros(n + 1, dtype=np.int64)", "l = [n, 7]"]
        body = [f"    {line}" for line in start] + self.block(1, 0) + self.block(1, 0)
        return "\n".join(["def f(x, n):", *body, "    return total, y, l, i, j, k, m"]) + "\n"


def load(text, name):
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    names = {"np": np}
    exec(compile(text, name, "exec"), names)
    return names["f"]


def outcome(f, size, n):
    try:
        total, y, items, *rest = f(np.arange(size, dtype=np.int64) + 3, n)
    except Exception as error:
        return next(c.__name__ for c in (IndexError, ZeroDivisionError, AssertionError, ValueError, Exception) if isinstance(error, c))
    return int(total), [int(v) for v in y], [int(v) for v in items], *(int(v) for v in rest)


@pytest.mark.filterwarnings("ignore::UserWarning")  # of traces: one for each size is meant
@pytest.mark.parametrize("sizes", ("constant", "symbols"))
def test_plain_and_compiled_agree(sizes):
    compared, count = 0, COUNT if sizes == "symbols" else (COUNT + 2) // 3
    for seed in range(SEED, SEED + count):
        text = Programs(seed).program()
        plain = load(text, f"<bounds {seed}>")
        compiled = ag.function(load(text, f"<bounds {seed} compiled>"), reduce_retracing=sizes == "symbols")
        for size, n in SIZES:
            want = outcome(plain, size, n)
            got = outcome(compiled, size, n)
            assert got == want, f"seed {seed}, size {size}, n {n}: {got}, not {want}\n{text}"
            compared += want != "Exception"
    assert compared > count * 4
