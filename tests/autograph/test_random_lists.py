"""Random programs over a few lists that share names: plain and compiled give the same lists, and the same names are one list.

120 programs over ints, always the same, and as many over items that differ, beside an array: ints, floats, bools, None, tuples and
slices of all sizes. AG_RANDOM_LISTS sets another number, AG_RANDOM_SEED other programs.
"""

import contextlib
import copy
import linecache
import os
import random

import numpy as np
from modes import equal, interpreted, plain, same_kind

import autograph as ag

COUNT = int(os.environ.get("AG_RANDOM_LISTS", "120"))
NATIVE = 10  # one of so many programs runs as native code
SEED = int(os.environ.get("AG_RANDOM_SEED", "1"))


class Programs:
    """Texts of functions of n over the lists a, b and c."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def name(self):
        return self.random.choice("abc")

    def number(self):
        x = self.name()
        return self.random.choice(
            [str(self.random.randrange(-2, 5)), "n", "i", "k", f"len({x})", f"sum({x})", f"({x}[-1] if {x} else 0)", f"(n + len({x})) % 3"]
        )  # fmt: skip

    def condition(self):
        x = self.name()
        compared = f"{self.number()} {self.random.choice(['<', '>', '=='])} {self.number()}"
        return self.random.choice([compared, compared, x, f"not {x}", f"{self.number()} in {x}", f"{x} and {x}[0] > {self.number()}"])

    def simple(self):
        x, y = self.name(), self.name()
        return self.random.choice([
            f"{x}.append({self.number()})", f"{x} = {y}", f"{x} = [{self.number()}]", f"if {x}: {x}.pop()",
            f"if {x}: {x}[0] = {self.number()}", f"if len({x}) < 8: {x}.extend({y})", f"{x}.insert(1, {self.number()})",
            f"{x}.reverse()", f"{x} = {y}[:]", f"{x}.sort()", f"{x} = [v + 1 for v in {y} if v > {self.number()}]",
            f"k = {self.number()}", f"{x}, {y} = {y}, {x}",
        ])  # fmt: skip

    def block(self, indent, loops):
        lines, pad = [], "    " * indent
        for _ in range(self.random.randint(1, 3)):
            kind = self.random.randrange(10)
            if kind < 6 or indent > 3:
                lines.append(pad + self.simple())
            elif kind < 8:
                lines += [f"{pad}if {self.condition()}:", *self.block(indent + 1, loops)]
                if self.random.random() < 0.5:
                    lines += [f"{pad}else:", *self.block(indent + 1, loops)]
            elif loops < 2:
                x = self.name()
                head = self.random.choice(["for i in range(n):", "for i in range(3):", f"for k in {x}:"])
                lines += [pad + head, *self.block(indent + 1, loops + 1)]
                lines.append(f"{pad}    turns += 1  # a list may grow under the loop for ever")
                lines.append(f"{pad}    if turns > 25 or {self.condition()}: {self.random.choice(['break', 'return c'])}")
        return lines or [pad + "pass"]

    def text(self):
        head = ["def f(n):", "    a, b, i, k, turns = [1], [2, n], 0, 1, 0", "    c = a"]
        return "\n".join([*head, *self.block(1, 0), "    return a, b, c, k, a is b, a is c", ""])


class Mixed(Programs):
    """Texts of functions of n and an array x: items of the lists a, b and c are of many kinds."""

    def item(self):
        y = self.name()
        return self.random.choice([
            self.number(), self.number(), f"{self.number()} * 0.5", f"{self.number()} > 1", "None", f"({self.number()}, 0.5)",
            "x[:1]", f"x[: abs({self.number()})]", "x[1:]", f"({y}[-1] if {y} else None)", f"({y}[0] if {y} else 1.5)",
        ])  # fmt: skip

    def number(self):
        x = self.name()
        return self.random.choice([str(self.random.randrange(-2, 5)), "n", "i", "k", f"len({x})", f"(n + len({x})) % 3"])

    def condition(self):
        x = self.name()
        compared = f"{self.number()} {self.random.choice(['<', '>', '=='])} {self.number()}"
        return self.random.choice([
            compared, f"x[n % 3] > {self.number()}", x, f"not {x}", f"{x} and {x}[0] is None", f"{x} and isinstance({x}[-1], float)",
            f"{x} and isinstance({x}[-1], int) and {x}[-1] > {self.number()}",
        ])  # fmt: skip

    def simple(self):
        x, y = self.name(), self.name()
        return self.random.choice([
            f"{x}.append({self.item()})", f"{x}.append({self.item()})", f"{x} = {y}", f"{x} = [{self.item()}]", f"if {x}: {x}.pop()",
            f"if {x}: {x}[0] = {self.item()}", f"if len({x}) < 8: {x}.extend({y})", f"{x}.insert(1, {self.item()})", f"{x}.reverse()",
            f"{x} = {y}[:]", f"{x} = [v for v in {y} if v is not None]", f"{x} = [(v, 1) if isinstance(v, float) else v for v in {y}]", f"k = {self.number()}",
            f"{x}, {y} = {y}, {x}", f"if {x}: {x}[-1] = {self.item()}", f"if len({x}) < 8: {x} = {x} + {y}", f"del {x}[1:3]",
            f"k += sum([v for v in {x} if isinstance(v, int)])",
        ])  # fmt: skip

    def text(self):
        head = ["def f(n, x):", "    a, b, i, k, turns = [1], [2.5, n], 0, 1, 0", "    c = a"]
        return "\n".join([*head, *self.block(1, 0), "    return a, b, c, k, a is b, a is c, x + 1", ""])


def define(text, name):
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    scope = {}
    exec(compile(text, name, "exec"), scope)
    return scope["f"]


def outcome(f, *args):
    try:
        return plain(f(*copy.deepcopy(args))), None
    except Exception as e:
        return None, e


def check(programs, kind, arguments):
    """Runs COUNT programs; how many of these are refused, or run past 64 bits."""
    refused = 0
    for number in range(COUNT):
        text = programs.text()
        f = define(text, f"<{kind} {SEED}.{number}>")
        compiled = ag.function(f)
        for args in arguments:
            want, error = outcome(f, *args)
            with interpreted() if number % NATIVE else contextlib.nullcontext():
                got, failed = outcome(compiled, *args)
            where = f"f{args}\n{text}\nplain: {want!r} {error!r}\ncompiled: {got!r} {failed!r}"
            if isinstance(failed, OverflowError) or (type(error) is not type(failed) and is_refusal(failed)):
                refused += 1
                break
            assert (error is None) == (failed is None), where
            if error is None:
                assert equal(want, got) and same_kind(want, got), where
            else:
                assert isinstance(failed, type(error)), where
    return refused


def is_refusal(error):
    """Whether a trace has said that it cannot hold something."""
    return isinstance(error, TypeError) and "File " in str(error)


def test_lists_that_share_names():
    assert check(Programs(SEED), "lists", [(n,) for n in (0, 2, 4)]) <= COUNT // 100


def test_lists_whose_items_differ():
    x = np.array([2.0, -1.0, 0.5])
    assert check(Mixed(SEED), "mixed", [(n, x) for n in (0, 2, 4)]) <= COUNT // 15
