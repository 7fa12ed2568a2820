"""Random functions for tracing: nested control flow over int and float arguments and lists made in the function.

`functions()` is a Hypothesis strategy of (text, cases): a def `f(a, b, x, p)` whose loops always end, and a few argument
tuples. The writer is that of convert/programs.py; what differs is what keeps a program within the rules that a traced
number has: a name is an int or a float for good, all returns have one structure, and numbers stay small.
"""

import pathlib
import sys

from hypothesis import strategies as st

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "convert"))

import programs  # noqa: E402 - found through the line above

INTS = ("a", "b", "c", "d")  # d is undefined at first
FLOATS = ("x", "y")


class Writer(programs.Writer):
    """Draws one function. `form` is the structure of what it returns."""

    def __init__(self, draw, budget):
        super().__init__(draw, budget, raising=True, places=False)
        self.form = self.choose("int", "pair", "maybe", "list")

    # -- expressions

    def value(self, depth=2):
        """An int."""
        kinds = ["name", "number", "op", "if", "and", "item", "call", "divide"] if depth else ["name", "name", "number"]
        kind = self.choose(*kinds)
        if kind == "name":
            return self.choose(*INTS[:3], *INTS)
        if kind == "number":
            return self.small()
        if kind == "item":
            return self.choose(f"l[{self.value(0)} % 2]", f"l[{self.value(0)}]", "len(l)", "l[-1]")
        if kind == "call":
            return self.choose(f"abs({self.value(0)})", f"int({self.real(0)})", f"min({self.value(0)}, {self.value(0)})")
        a, b = self.value(depth - 1), self.value(depth - 1)
        if kind == "op":
            return f"({a} {self.choose('+', '-', '*')} {b}) % 97"
        if kind == "divide":
            return f"{self.value(0)} {self.choose('//', '%')} {self.value(0)}"
        if kind == "and":
            return f"({a} {self.choose('and', 'or')} {b})"
        return f"({a} if {self.test(depth - 1)} else {b})"

    def real(self, depth=1):
        """A float."""
        kind = self.choose("name", "number", "op", "divide", "if") if depth else "name"
        if kind == "name":
            return self.choose(*FLOATS)
        if kind == "number":
            return self.choose("0.5", "-1.25", "0.0", "3.0")
        if kind == "op":
            return f"({self.real(0)} {self.choose('+', '-', '*')} {self.choose(self.real(0), self.value(0))}) % 7.5"
        if kind == "divide":
            return f"{self.value(0)} / {self.choose(self.value(0), self.real(0))}"
        return f"({self.real(0)} if {self.test(0)} else {self.real(0)})"

    def test(self, depth=1):
        kind = self.choose("compare", "compare", "not", "and", "chain", "in", "walrus", "float", "bare")
        if kind == "not" and depth:
            return f"not {self.test(depth - 1)}"
        if kind == "and" and depth:
            return f"{self.test(depth - 1)} {self.choose('and', 'or')} {self.test(depth - 1)}"
        if kind == "chain":
            return f"{self.value(0)} < {self.value(0)} <= {self.small()}"
        if kind == "in":
            return f"{self.value(0)} {self.choose('in', 'not in')} (1, {self.value(0)})"
        if kind == "walrus" and depth:
            return f"(d := {self.value(0)}) > {self.small()}"
        if kind == "float":
            return f"{self.real(0)} {self.choose('<', '>=', '==')} {self.choose(self.real(0), self.value(0))}"
        if kind == "bare":
            return self.choose(*INTS[:3], *FLOATS)
        return f"{self.value(0)} {self.choose('<', '>', '==', '!=', '<=')} {self.choose(self.value(0), self.small())}"

    # -- statements

    def result(self):
        return {
            "int": lambda: self.value(1),
            "pair": lambda: f"{self.value(1)}, {self.real(1)}",
            "maybe": lambda: self.choose("None", self.value(1)),
            "list": lambda: "l",
        }[self.form]()

    def block(self, depth, loops, final=False):
        for _ in range(self.draw(st.integers(1, 3))):
            self.left -= 1
            if self.left <= 0:
                self.put(depth, "pass")
                return
            if not self.statement(depth, loops, final):
                return

    def statement(self, depth, loops, final):
        simple = ["int", "int", "real", "augment", "print", "append", "item", "assert", "swap"]
        compound = ["if", "if", "if", "for", "while", "for"] if depth < 5 else []
        jumps = ["return", "raise"] + (["break", "continue", "break"] if loops else [])
        kind = self.choose(*simple, *compound, *compound, *jumps)
        put = self.put
        if kind == "int":
            put(depth, f"{self.choose(*INTS)} = {self.value()}")
        elif kind == "real":
            put(depth, f"{self.choose(*FLOATS)} = {self.real()}")
        elif kind == "augment":
            left, right = self.choose((self.choose("a", "b", "c"), self.value(1)), ("x", self.real(0)), ("l[0]", self.value(0)))
            put(depth, f"{left} {self.choose('+=', '-=')} {right}")
        elif kind == "print":
            put(depth, self.choose(f"print(p, {self.value(1)}, {self.real(0)})", f"print(f'{{p}} {{{self.value(0)}}};', end=' ')"))
        elif kind == "append":
            put(depth, f"l.append({self.value(1)})")
        elif kind == "item":
            put(depth, f"l[{self.choose('0', '1', self.value(0) + ' % 2', self.value(0))}] = {self.value(1)}")
        elif kind == "swap":
            put(depth, "a, b = b, a")
        elif kind == "assert":
            put(depth, f"assert {self.test()}, {self.choose(repr('no'), self.value(0))}")
        elif kind == "return" and self.form == "list" and depth > 1:
            put(depth, "c += 1")  # a list returned from a branch that changes its length is refused (README, limits)
        elif kind == "return":
            put(depth, f"return {self.result()}")
            return False
        elif kind == "raise":
            put(depth, f"raise {self.choose('ValueError', 'KeyError')}({self.choose(repr('r'), self.value(0))})")
            return False
        elif kind in ("break", "continue"):
            put(depth, kind)
            return False
        else:
            getattr(self, kind + "_")(depth, loops, final)
        return True

    def for_(self, depth, loops, final):
        it = self.choose("range(3)", "range(a % 4)", "range(b % 3, 4)", "range(a % 3, -2, -1)", "(1, b)", "[a, 2]")
        self.put(depth, f"for {self.choose('i', 'i', 'c', 'a')} in {it}:")
        self.block(depth + 1, loops + 1)
        self.loop_else(depth, loops, final)

    def while_(self, depth, loops, final):
        self.fuel += 1
        n = f"n{self.fuel}"
        self.put(depth, f"{n} = {self.choose('0', 'b % 3')}")
        self.put(depth, f"while {n} < 4 and ({self.test()}):")
        self.put(depth + 1, f"{n} += 1")
        self.block(depth + 1, loops + 1)
        self.loop_else(depth, loops, final)


@st.composite
def functions(draw, budget=14):
    """(text, cases): the def of f(a, b, x, p), and argument tuples (a, b, x, p). p is traced for certain: what is printed beside it is printed at run time."""
    w = Writer(draw, budget)
    w.put(0, "def f(a, b, x, p):")
    w.put(1, "c, y = a, x")
    w.put(1, f"l = [{w.choose('1', 'a')}, {w.small()}]")
    w.block(1, 0)
    w.block(1, 0)
    w.put(1, "print(p, a, b, c, x, y, l)" if w.choose(True, False) else "print(p, a, b, c)")
    w.put(1, f"return {w.result()}")
    number = st.integers(-3, 6)
    cases = draw(st.lists(st.tuples(number, number, st.sampled_from([0.0, -0.5, 1.5, 4.0]), st.integers(7, 8)), min_size=2, max_size=3))
    return "\n".join(w.lines) + "\n", cases
