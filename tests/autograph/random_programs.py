"""Random functions of nested control flow, as source text.

`functions(traced)` is a Hypothesis strategy of (text, cases): a module text that defines `f(a, b, x, p, v)`, whose loops
always end, and a few argument tuples: ints a and b, float x, int p, NumPy vector v of length 3. Failing examples shrink
to short functions.

traced=True keeps a program within the rules that a traced number has: a name is an int, a float, a bool, an array or a
list for good, all returns have one structure but for None, and numbers stay small. traced=False adds what only Python
itself runs: patterns of classes and sequences.
"""

import functools
import os
import warnings

import numpy as np
import random_wider
from hypothesis import strategies as st
from random_wider import FEATURES

INTS = ("a", "b", "c", "d")  # d is undefined at first
FLOATS = ("x", "y")
SPACE = "    "
DTYPES = (
    "float64",
    "float64",
    "float32",
    "int64",
)  # no int32: its sum is int64, and they do not mix

# What programs call; each is put before f when it is used.
HELPERS = {
    "climb": """\
def climb(n, to):
    while n < to:
        n += 2
    return n - to
""",
    "pick": """\
def pick(n, z=3):
    for k in range(4):
        if n == k:
            return k * 10
        n -= z
    else:
        n = -1
    return n
""",
    "seek": """\
def seek(n, most):
    for k in range(5):
        try:
            if 12 // (n - k) > most:
                return k
            n += 1
        except ZeroDivisionError:
            if most > 2:
                continue
            n -= 3
        finally:
            most += 1
            if most > 6:
                break
    else:
        return n
    return -n
""",
    "half": """\
def half(q):
    if q < 0:
        return 0.25
    return q / 2
""",
    "Box": """\
class Box:
    def __init__(self, n):
        self.n = n

    def add(self, k):
        if k > 1:
            self.n += k
        else:
            self.n = (self.n - 1) % 50
        return self.n
""",
    "Quiet": """\
class Quiet:
    def __init__(self, swallow):
        self.swallow = swallow

    def __enter__(self):
        print("in")

    def __exit__(self, *_):
        print("out")
        return self.swallow
""",
    "Hush": """\
class Hush:
    def __init__(self, swallow):
        self.swallow = swallow

    def __enter__(self):
        pass

    def __exit__(self, *_):
        return self.swallow
""",
    "np": "import numpy as np\n",
    **random_wider.HELPERS,
    "Pair": """\
import dataclasses

@dataclasses.dataclass
class Pair:
    i: object
    l: object
""",
}
MATCH_CASES = ("0", "1 | 2", "3 as c", "5 if a > 1", "_ if b < 2", "-1", "d if d > 3")
PYTHON_CASES = ("int(d)", "[c, *_]", "float()")


def one_of(options):
    return _one_of(options, tuple(map(type, options)))


@functools.cache
def _one_of(options, types):  # types: (0, 1) equals (False, True)
    return st.sampled_from(options)


@functools.cache
def number(low, high):
    return st.integers(low, high)


class Writer(random_wider.Wider):
    """Draws one function. `form` is the structure of what it returns; `has` names the optional variables that it uses."""

    def __init__(self, draw, budget, traced):
        self.draw = draw
        self.left = budget
        self.traced = traced
        self.fuel = 0
        self.lines = []
        self.used = set()
        self.form = self.choose("int", "pair", "maybe", "list", "tree", "float", "array")
        self.has = {
            h
            for h in ("alias", "array", "tuple", "box", "dict", "maybe", "nested", "bool", "pair")
            if self.choose(False, False, True)
        }
        if self.form == "array":
            self.has.add("array")
        self.has |= {h for h in FEATURES if self.choose(*[False] * 7, True)}

    def choose(self, *options):
        return self.draw(one_of(options))

    def small(self):
        return str(self.draw(number(-2, 5)))

    def put(self, depth, text):
        self.lines.append(SPACE * depth + text)

    def use(self, name):
        self.used.add(name)
        return name

    # -- expressions

    def value(self, depth=2):
        """An int."""
        kind = (
            self.choose("name", "number", "op", "if", "and", "item", "call", "divide", "more")
            if depth
            else self.choose("name", "name", "number")
        )
        if kind == "name":
            return self.choose(*INTS[:3], *INTS)
        if kind == "number":
            return self.small()
        if kind == "item":
            return self.choose(
                f"l[{self.value(0)} % 2]", f"l[{self.value(0)}]", "len(l)", "l[-1]", "l[0]"
            )
        if kind == "call":
            return self.call()
        if kind == "more":
            return self.more()
        a, b = self.value(depth - 1), self.value(depth - 1)
        if kind == "op":
            return f"({a} {self.choose('+', '-', '*')} {b}) % 97"
        if kind == "divide":
            return f"{self.value(0)} {self.choose('//', '%')} {self.value(0)}"
        if kind == "and":
            return f"({a} {self.choose('and', 'or')} {b})"
        return f"({a} if {self.test(depth - 1)} else {b})"

    def call(self):
        a, b = self.value(0), self.value(0)
        kind = self.choose(
            "abs", "int", "min", "climb", "pick", "sum", "divmod", "nested", "lambda", "len", "seek", "made"
        )
        if kind == "seek":
            return f"{self.use('seek')}({a}, {b})"
        if kind in ("climb", "pick"):
            self.use(kind)
            return (
                self.choose(f"climb({a}, 3)", f"climb({a}, {self.small()})")
                if kind == "climb"
                else self.choose(f"pick({a})", f"pick({a}, z={b})")
            )
        if kind == "nested" and "nested" in self.has:
            return f"g({a})"
        return {
            "int": lambda: f"int({self.real(0)})",
            "min": lambda: f"{self.choose('min', 'max')}({a}, {b})",
            "sum": lambda: self.choose(
                f"sum([{a}, {b}])", f"sum(e + 1 for e in ({a}, {b}))", f"sum([e for e in [{a}, 4]])"
            ),
            "divmod": lambda: f"divmod({a}, {self.choose('3', b)})[{self.choose('0', '1')}]",
            "lambda": lambda: (
                f"(lambda n: n if n > {self.choose(*INTS[:3])} else {self.choose(*INTS[:3])})({self.small()})"
            ),
            "len": lambda: f"len([{a}, {b}])",
            "made": lambda: self.choose(
                f"sum([e for e in (a, {b}, c) if e > {a}])",
                f"sum(e * 2 for e in range({a} % 4))",
                f"len([e for e in range({a} % 4) if e != {b}])",
                f"max([e + {a} for e in (b, {b})])",
                f"[{a}, {b}, c][::-1][0]",
                f"{{'k': {a}, 'j': {b}}}['k']",
            ),
        }.get(kind, lambda: f"abs({a})")()

    def more(self):
        """An int from one of the optional variables."""
        wide = self.has & set(FEATURES)
        have = sorted(wide | self.has & {"alias", "tuple", "box", "dict", "maybe", "array", "bool", "pair"})
        kind = self.choose(*have) if have else "bit"
        if kind in wide:
            return self.wide_value(kind)
        return {
            "tuple": lambda: "t[0]",
            "box": lambda: self.choose("o.n", "o.n", f"o.add({self.value(0)})"),
            "dict": lambda: self.choose("m['k']", "m['j']"),
            "alias": lambda: self.choose("r['i']", "s['i']", "r['l'][0]", "s['l'][-1]", "len(r['l'])"),
            "pair": lambda: self.choose("f1.i", "f2.i", "f1.l[0]", "len(f2.l)"),
            "maybe": lambda: f"(q if q is not None else {self.value(0)})",
            "array": lambda: self.choose("len(v)", "len(w)", f"(1 if {self.element()} > {self.small()} else {self.value(0)})"),
            "bool": lambda: f"({self.value(0)} if k else {self.value(0)})",
            "bit": lambda: self.choose(f"{self.value(0)} & 3", f"({self.value(0)} ^ 1)", f"({self.value(0)} | 2)", f"-{self.value(0)}", f"{self.choose('a', 'b', 'c')} ** 2"),
        }[kind]()  # fmt: skip

    def real(self, depth=1):
        """A float."""
        kind = self.choose("name", "number", "op", "divide", "if", "call") if depth else "name"
        if kind == "name":
            return self.choose(*FLOATS)
        if kind == "number":
            return self.choose("0.5", "-1.25", "0.0", "3.0")
        if kind == "op":
            return f"({self.real(0)} {self.choose('+', '-', '*')} {self.choose(self.real(0), self.value(0))}) % 7.5"
        if kind == "divide":
            return f"{self.value(0)} / {self.choose(self.value(0), self.real(0))}"
        if kind == "call" and self.choose(False, True) and (wide := self.wide(self.wide_real)):
            return wide
        if kind == "call":
            half = f"{self.use('half')}({self.real(0)})"
            return self.choose(
                half,
                f"abs({self.real(0)})",
                f"max({self.real(0)}, {self.real(0)})",
                f"float({self.value(0)})",
                *(["t[1]"] if "tuple" in self.has else []),
            )
        return f"({self.real(0)} if {self.test(0)} else {self.real(0)})"

    def element(self):
        """An element of an array: a number of the array's dtype."""
        i = self.choose("0", "-1", "2", f"{self.value(0)} % 3", self.value(0))
        return self.choose(
            "u",
            "u",
            f"v[{i}]",
            f"w[{i}]",
            f"abs(u - {self.small()})",
            "v.sum()",
            "w.max()",
            f"min(u, w[{i}])",
        )

    def array(self):
        np_ = self.use("np")
        return self.choose(
            "v * 2",
            "v + w",
            "w - 1",
            "w * w",
            f"w + {self.value(0)}",
            f"{np_}.maximum(v, w)",
            "-w",
            f"{np_}.where(w > v, w, 1)",
            "w[::-1] + v",
            f"{np_}.zeros_like(v)",
            "v.copy()",
        )

    def test(self, depth=1):
        kind = self.choose(
            "compare", "compare", "not", "and", "chain", "in", "walrus", "float", "bare", "more"
        )
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
            return self.choose(*INTS[:3], *FLOATS, *(["k"] if "bool" in self.has else []))
        if kind == "more" and self.choose(False, True) and (wide := self.wide(self.wide_test)):
            return wide
        if kind == "more" and "maybe" in self.has:
            return self.choose(
                "q is None",
                "q is not None",
                f"q is None or q > {self.value(0)}",
                f"q is not None and q < {self.value(0)}",
            )
        if kind == "more" and "array" in self.has:
            return f"{self.element()} {self.choose('<', '>=', '==')} {self.choose(self.small(), self.element())}"
        if kind == "more":
            return self.choose(
                f"any(e > {self.small()} for e in (a, {self.value(0)}))",
                f"all(e > {self.small()} for e in [b, c])",
                f"{self.small()} in l",
            )
        return f"{self.value(0)} {self.choose('<', '>', '==', '!=', '<=')} {self.choose(self.value(0), self.small())}"

    # -- statements

    def result(self):
        return {
            "int": lambda: self.value(1),
            "float": lambda: self.real(1),
            "pair": lambda: f"{self.value(1)}, {self.real(1)}",
            "maybe": lambda: self.choose("None", self.value(1)),
            "list": lambda: "l",
            "tree": lambda: f"{{'i': {self.value(0)}, 'r': [{self.real(0)}, {self.value(0)}]}}",
            "array": lambda: self.choose("w", self.array()),
        }[self.form]()

    def block(self, depth, loops, final=False):
        """One to three statements; `loops` loops stand round them; `final`: in a finally clause, which no jump leaves."""
        for _ in range(self.draw(number(1, 3))):
            self.left -= 1
            if self.left <= 0:
                self.put(depth, "pass")
                return
            if not self.statement(depth, loops, final):
                return

    def statement(self, depth, loops, final):
        """One statement; False when nothing after it can run."""
        simple = [
            "int",
            "int",
            "real",
            "augment",
            "print",
            "append",
            "item",
            "assert",
            "swap",
            "extra",
            "extra",
            "extra",
        ]
        compound = (
            ["if", "if", "if", "for", "while", "for", "match", "endless"] if depth < 5 else []
        )
        if depth < 5:
            compound += ["try", "handle", "with"] + (["tuples"] if self.choose(False, False, True) else [])
        jumps = ["return", "raise"] + (["break", "continue", "break"] if loops else [])
        kind = self.choose(*simple, *compound, *compound, *([] if final else jumps))
        if kind == "return":
            if self.traced and self.form == "list" and depth > 1:
                self.put(depth, "c += 1")
                return True
            self.put(depth, f"return {self.result()}")
            return False
        if kind == "raise":
            self.put(
                depth,
                f"raise {self.choose('ValueError', 'KeyError', *([self.use('Odd')] if 'errors' in self.has else []))}"
                f"({self.choose(repr('r'), self.value(0))}){self.choose('', '', ' from None')}",
            )
            return False
        if kind in ("break", "continue"):
            self.put(depth, kind)
            return False
        if kind in simple:
            self.put(depth, getattr(self, kind + "_")())
        else:
            getattr(self, kind + "_")(depth, loops, final)
        return True

    def int_(self):
        return f"{self.choose(*INTS)} = {self.value()}"

    def real_(self):
        return f"{self.choose(*FLOATS)} = {self.real()}"

    def augment_(self):
        left, right = self.choose("abc", "x", "l[0]", "l[i]"), None
        if left == "abc":
            left, right = self.choose("a", "b", "c"), self.value(1)
        elif left == "l[i]":
            left = f"l[{self.value(0)} % 2]"
        return f"{left} {self.choose('+=', '-=')} {right or (self.real(0) if left == 'x' else self.value(0))}"

    def print_(self):
        return self.choose(
            f"print(p, {self.value(1)}, {self.real(0)})",
            f"print(f'{{p}} {{{self.value(0)}}};', end=' ')",
        )

    def append_(self):
        return self.choose(
            f"l.append({self.value(1)})",
            f"l.append({self.value(0)})",
            f"l.extend((a, {self.value(0)}))",
            "l.pop()",
        )

    def item_(self):
        return (
            f"l[{self.choose('0', '1', self.value(0) + ' % 2', self.value(0))}] = {self.value(1)}"
        )

    def assert_(self):
        return f"assert {self.test()}, {self.choose(repr('no'), self.value(0))}"

    def swap_(self):
        return self.choose(
            "a, b = b, a",
            f"a, c = {self.value(0)}, {self.value(0)}",
            f"(a, b), x = ({self.value(0)}, c), {self.real(0)}",
            f"a = c = {self.value(0)}",
        )

    def extra_(self):
        """A statement about one of the optional variables."""
        kind = self.choose(*sorted(self.has)) if self.has else "none"
        v, r = self.value, self.real
        if kind in FEATURES:
            return self.wide_statement(kind)
        return {
            "array": lambda: self.choose(f"u = {self.element()}", f"w = {self.array()}", f"w[{self.choose('0', v(0) + ' % 3', v(0))}] {self.choose('=', '+=', '*=')} {self.choose(self.element(), v(0))}", f"w[1:] = {self.choose('v[:2]', self.small())}", f"u {self.choose('+=', '-=')} {self.small()}"),
            "tuple": lambda: self.choose(f"t = {v(1)}, {r(0)}", f"t = (t[0] + {self.small()}, t[1])", "a, x = t"),
            "box": lambda: self.choose(f"o.n = {v(1)}", f"o.n += {v(0)}", f"o.add({v(0)})", f"o.add({v(0)})"),
            "dict": lambda: self.choose(f"m['k'] = {v(1)}", f"m['j'] += {v(0)}", f"m['k'] = m['j'] - {v(0)}"),
            "maybe": lambda: self.choose("q = None", f"q = {v(1)}", f"q = {v(0)} if q is None else q + 1"),
            "alias": lambda: self.choose(
                "r = s", "r, s = s, r", "s = t2", f"r = s if {self.test(0)} else t2", f"r = {{'i': {v(0)}, 'l': [{v(0)}]}}", f"r = h({v(0)})",
                f"r['i'] {self.choose('=', '+=')} {v(0)}", f"s['i'] = {v(0)}", f"r['l'].append({v(0)})", f"s['l'][0] = {v(0)}",
                f"t2['i'] -= {v(0)}", "r['l'] = s['l']", f"s['l'] = [{v(0)}]",
            ),
            "pair": lambda: self.choose(
                "f1 = f2", "f1, f2 = f2, f1", f"f1 = {self.use('Pair')}({v(0)}, [{v(0)}])", f"f1.i {self.choose('=', '+=')} {v(0)}",
                f"f2.i = {v(0)}", f"f2.l.append({v(0)})", f"f1.l[0] = {v(0)}", "f1.l = f2.l", f"f2 = {self.use('Pair')}(f1.i, f1.l)",
            ),
            "nested": lambda: self.choose(f"g({v(0)})", f"c = g({v(0)})"),
            "bool": lambda: self.choose(f"k = bool({self.test()})", "k = not k", f"k = bool({self.choose(v(0), r(0))})", f"k = k and {v(0)} > {self.small()}"),
            "none": lambda: f"c = {v(1)}",
        }[kind]()  # fmt: skip

    def if_(self, depth, loops, final):
        self.put(depth, f"if {self.test()}:")
        self.block(depth + 1, loops, final)
        if self.choose(False, False, True):
            self.put(depth, f"elif {self.test()}:")
            self.block(depth + 1, loops, final)
        if self.choose(False, True):
            self.put(depth, "else:")
            self.block(depth + 1, loops, final)

    def loop_else(self, depth, loops, final):
        if self.choose(False, False, True):
            self.put(depth, "else:")
            self.block(depth + 1, loops, final)

    def for_(self, depth, loops, final):
        kind = self.choose("range", "range", "range", "tuple", "pairs", "array", "own")
        if kind == "array" and "array" in self.has:
            head = self.choose(
                "u in v",
                "u in w * 2",
                "i, u in enumerate(v)",
                "i, u in zip(range(a), v)",
                "u in reversed(v)",
            )
        elif kind == "own" and self.choose(False, True) and (wide := self.wide(self.wide_head)):
            head = wide
        elif kind == "own":
            head = self.choose("i in l[:3]", "i, c in enumerate(l[-2:])", "i in [e + 1 for e in (a, b)]")
        elif kind == "pairs":
            head = self.choose(
                "i, d in enumerate((a, b))",
                "i, c in zip((1, 2), (b, c))",
                "i, c in enumerate(range(b))",
                "i in reversed(range(a % 5))",
                "(i, c), y in zip([(1, a), (b, 2)], (x, 0.5))",
            )
        elif kind == "tuple":
            head = f"{self.choose('i', 'c', 'a')} in {self.choose('(1, b)', '[a, 2]', '(a, b, c)')}"
        else:
            head = f"{self.choose('i', 'i', 'c', 'a')} in {self.choose('range(3)', 'range(a % 4)', 'range(b % 3, 4)', 'range(a % 3, -2, -1)', 'range(c % 5)', 'range(len(l) % 6)', 'range(a, b)')}"
        self.put(depth, f"for {head}:")
        self.block(depth + 1, loops + 1)
        self.loop_else(depth, loops, final)

    def counter(self, depth):
        self.fuel += 1
        self.put(depth, f"n{self.fuel} = {self.choose('0', 'b % 3')}")
        return f"n{self.fuel}"

    def while_(self, depth, loops, final):
        n = self.counter(depth)
        self.put(depth, f"while {n} < 4 and ({self.test()}):")
        self.put(depth + 1, f"{n} += 1")
        self.block(depth + 1, loops + 1)
        self.loop_else(depth, loops, final)

    def endless_(self, depth, loops, final):
        n = self.counter(depth)
        self.put(depth, "while True:")
        self.put(depth + 1, f"{n} += 1")
        self.put(depth + 1, f"if {n} > 3{self.choose('', ' or a < 0', ' or x > 2.0')}:")
        self.put(depth + 2, "break")
        self.block(depth + 1, loops + 1)

    def match_(self, depth, loops, final):
        self.put(depth, f"match {self.value(1)}:")
        cases = MATCH_CASES if self.traced else MATCH_CASES + PYTHON_CASES
        for _ in range(self.draw(number(1, 3))):
            self.put(depth + 1, f"case {self.choose(*cases)}:")
            self.block(depth + 2, loops, final)

    def try_(self, depth, loops, final):
        self.put(depth, "try:")
        self.block(depth + 1, loops, final)
        self.put(depth, "finally:")
        # jumps out of finally are legal, rare, and a warning from 3.14 on
        self.block(depth + 1, loops, final=self.choose(True, True, True, final))

    def handle_(self, depth, loops, final):
        self.put(depth, "try:")
        if self.choose(False, True):
            self.put(depth + 1, f"l.append(10 // ({self.value(1)}))")
        self.block(depth + 1, loops, final)
        kind = self.choose("ZeroDivisionError", "Exception", "(ValueError, KeyError)", "IndexError")
        self.put(depth, f"except {kind} as e:")
        if self.choose(False, False, True):
            self.put(depth + 1, self.choose("print(p, type(e).__name__)", "print(p, e, e.args)", "c = len(e.args)"))
        self.block(depth + 1, loops, final)
        if self.lines[-1].split()[0] not in (
            "return",
            "raise",
            "break",
            "continue",
        ) and self.choose(False, False, True):
            self.put(depth + 1, f"if {self.test(0)}:")
            self.put(depth + 2, "raise")
        if kind != "Exception" and self.choose(False, False, True):
            self.put(depth, self.choose("except LookupError:", "except AssertionError:", "except:"))
            self.block(depth + 1, loops, final)
        if self.choose(False, True):
            self.put(depth, "else:")
            self.block(depth + 1, loops, final)
        if self.choose(False, True):
            self.put(depth, "finally:")
            self.block(depth + 1, loops, self.choose(True, True, True, final))

    def with_(self, depth, loops, final):
        self.put(depth, f"with {self.use('Hush' if self.traced else 'Quiet')}({self.choose('True', 'False')}):")
        self.block(depth + 1, loops, final)

    # -- the function

    def function(self):
        put = self.put
        put(0, "def f(a, b, x, p, v):")
        put(1, "c, y = a, x")
        unset = self.choose("ever", "often", "never", "never")
        if unset == "often":
            put(1, "if a > 4:")
            put(2, "d = 1")
        elif unset == "never":
            put(1, f"d = {self.choose('b', '2')}")
        put(1, f"l = [{self.choose('1', 'a')}, {self.small()}]")
        start = {
            "array": "u, w = v[1], v + 1",
            "tuple": "t = (b, 0.5)",
            "box": "o = Box(b)",
            "dict": "m = {'k': a, 'j': 2}",
            "maybe": f"q = {self.choose('None', 'b')}",
            "bool": "k = a > b",
            "alias": "r = s = {'i': a, 'l': [b]}; t2 = {'i': 0, 'l': [1, 2]}",
            "pair": "f1, f2 = Pair(a, [b]), Pair(1, [c, 2])",
        }
        for name in sorted(self.has & start.keys()):
            put(1, start[name])
        for name in sorted(self.has & random_wider.START.keys()):
            for line in random_wider.START[name]:
                put(1, line)
        self.used |= {h for feature, h in (("matrix", "np"), ("maker", "make")) if feature in self.has}
        if "box" in self.has:
            self.use("Box")
        if "pair" in self.has:
            self.use("Pair")
        if "alias" in self.has:
            put(1, "def h(n):")
            put(2, f"if n > {self.small()}:")
            put(3, f"return {self.choose('r', 's', 't2')}")
            put(2, f"return {self.choose('s', 't2')} if n < {self.small()} else {{'i': n, 'l': [n, 5]}}")
        if "nested" in self.has:
            put(1, "def g(n):")
            put(2, f"nonlocal {self.choose('a', 'b')}")
            put(2, f"if n > {self.small()}:")
            put(3, f"{self.choose('a', 'b', 'n')} = n + 1")
            put(2, "return n")
            fixed = self.lines[-4].split()[-1]  # the other name would be local to g
            self.lines[-2] = self.lines[-2].replace({"a": "b", "b": "a"}[fixed] + " =", "n =")
        self.block(1, 0)
        self.block(1, 0)
        shown = {
            **random_wider.SHOWN,
            "array": "u, w",
            "tuple": "t",
            "box": "o.n",
            "dict": "m",
            "maybe": "q",
            "bool": "k",
            "alias": "r, s, t2",
            "pair": "f1.i, f1.l, f2.i, f2.l",
        }
        names = ["p", "a", "b", "c", "x", "y", *(shown[h] for h in sorted(self.has & shown.keys()))]
        put(1, f"print({', '.join(names)}{self.choose(', l', '')})")
        put(1, f"return {self.result()}")
        return "\n".join([*(HELPERS[h] for h in sorted(self.used)), *self.lines, ""])


@st.composite
def functions(draw, traced=True, budget=14):
    """(text, cases) of one program."""
    text = Writer(draw, budget, traced).function()
    number_ = number(-3, 6)
    cases = []
    for _ in range(draw(number(2, 3))):
        vector = np.array([draw(number_) for _ in range(3)], draw(one_of(DTYPES)))
        cases.append(
            (
                draw(number_),
                draw(number_),
                draw(one_of((0.0, -0.5, 1.5, 4.0))),
                draw(number(7, 8)),
                vector,
            )
        )
    return text, cases


_files = 0


def define(text):
    """The function f of `text`, with its source in linecache as a notebook cell has."""
    import linecache

    global _files
    _files += 1
    file = f"<program {os.getpid()}.{_files}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    space = {"__name__": "programs"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        exec(compile(text, file, "exec"), space)
    return space["f"]
