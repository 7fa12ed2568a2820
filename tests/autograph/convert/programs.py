"""Random functions of nested control flow over ints and lists, as source text.

`functions()` is a Hypothesis strategy of (text, arguments): a def `f(a, b, xs)` whose loops always
end, and a few argument tuples.  Failing examples shrink to short functions.  Used here on Python
values; the same programs serve for traced and compiled runs.
"""

from hypothesis import strategies as st

NAMES = ("a", "b", "c", "d")
SPACE = "    "


class Writer:
    """Draws one function.  `draw` is Hypothesis' draw."""

    def __init__(self, draw, budget, raising, places):
        self.draw = draw
        self.left = budget
        self.fuel = 0
        self.raising = raising
        self.places = places
        self.lines = []

    def choose(self, *options):
        return self.draw(st.sampled_from(options))

    def small(self):
        return str(self.draw(st.integers(-2, 5)))

    def value(self, depth=2):
        kind = self.choose("name", "number", "op", "if", "and", "item") if depth else "name"
        if kind == "name":
            return self.choose(*NAMES[:3])
        if kind == "number":
            return self.small()
        if kind == "item":
            return f"xs[{self.value(0)} % 3]"
        a, b = self.value(depth - 1), self.value(depth - 1)
        if kind == "op":
            return f"({a} {self.choose('+', '-', '*')} {b}) % 97"
        if kind == "and":
            return f"({a} {self.choose('and', 'or')} {b})"
        return f"({a} if {self.test(depth - 1)} else {b})"

    def test(self, depth=1):
        a, b = self.value(0), self.value(0)
        kind = self.choose("compare", "compare", "not", "and", "chain", "in", "walrus")
        if kind == "not" and depth:
            return f"not {self.test(depth - 1)}"
        if kind == "and" and depth:
            return f"{self.test(depth - 1)} {self.choose('and', 'or')} {self.test(depth - 1)}"
        if kind == "chain":
            return f"{a} < {b} <= {self.small()}"
        if kind == "in":
            return f"{a} {self.choose('in', 'not in')} xs"
        if kind == "walrus" and depth:
            return f"(d := {a}) > {self.small()}"
        return f"{a} {self.choose('<', '>', '==', '!=', '<=')} {self.choose(b, self.small())}"

    def put(self, depth, text):
        self.lines.append(SPACE * depth + text)

    def block(self, depth, loops, final=False):
        """A block of one to four statements; `loops` loops stand round it."""
        for _ in range(self.draw(st.integers(1, 4))):
            self.left -= 1
            if self.left <= 0 or not self.statement(depth, loops, final):
                break
        self.put(depth, "pass" if self.left < 0 else f"log.append({self.value(1)})")

    def statement(self, depth, loops, final):
        """One statement; False when nothing after it can run."""
        simple = ["assign", "assign", "assign", "augment", "log"]
        jumps = ["return"] + (["break", "continue"] if loops else [])
        compound = ["if", "if", "if", "for", "while", "for"] if depth < 6 else []
        if self.places:
            simple += ["item", "item"]
            compound += ["try", "with", "def", "match"] if depth < 5 else []
        if self.raising:
            jumps += ["raise"]
        kind = self.choose(*simple, *compound, *compound, *([] if final else jumps))
        put = self.put
        if kind == "assign":
            put(depth, f"{self.choose(*NAMES)} = {self.value()}")
        elif kind == "augment":
            put(depth, f"{self.choose(*NAMES[:2])} {self.choose('+=', '-=')} {self.value(1)}")
        elif kind == "log":
            put(depth, f"log.append(({self.value(1)}, {self.choose(*NAMES)}))")
        elif kind == "item":
            left = f"xs[{self.value(0)} % 3]"
            put(
                depth,
                self.choose(
                    f"{left} = {self.value(1)}",
                    f"{left} += {self.value(1)}",
                    f"{left}, a = b, {left}",
                ),
            )
        elif kind == "return":
            put(depth, f"return {self.value()}")
            return False
        elif kind in ("break", "continue"):
            put(depth, kind)
            return False
        elif kind == "raise":
            put(depth, f"raise ValueError({self.value(1)})")
            return False
        else:
            getattr(self, kind + "_")(depth, loops, final)
        return True

    def if_(self, depth, loops, final):
        self.put(depth, f"if {self.test()}:")
        self.block(depth + 1, loops, final)
        if self.choose(True, False, False):
            self.put(depth, f"elif {self.test()}:")
            self.block(depth + 1, loops, final)
        if self.choose(True, False):
            self.put(depth, "else:")
            self.block(depth + 1, loops, final)

    def loop_else(self, depth, loops, final):
        if self.choose(True, False, False):
            self.put(depth, "else:")
            self.block(depth + 1, loops, final)

    def for_(self, depth, loops, final):
        it = self.choose("range(3)", "range(a % 4)", "xs[:]", "(1, b)", "range(b % 3, 4)")
        self.put(depth, f"for {self.choose('i', 'j', 'a', 'c')} in {it}:")
        self.block(depth + 1, loops + 1)
        self.loop_else(depth, loops, final)

    def while_(self, depth, loops, final):
        self.fuel += 1
        n = f"n{self.fuel}"
        self.put(depth, f"{n} = 0")
        self.put(depth, f"while {n} < 4 and ({self.test()}):")
        self.put(depth + 1, f"{n} += 1")
        self.block(depth + 1, loops + 1)
        self.loop_else(depth, loops, final)

    def try_(self, depth, loops, final):
        put = self.put
        put(depth, "try:")
        if self.choose(True, False):
            put(depth + 1, f"log.append(10 // ({self.value(1)}))")
        self.block(depth + 1, loops, final)
        form = self.choose("except", "except", "finally", "both")
        if form != "finally":
            put(depth, f"except {self.choose('ZeroDivisionError', 'Exception')} as e:")
            self.block(depth + 1, loops, final)
            if self.choose(True, False):
                put(depth, "else:")
                self.block(depth + 1, loops, final)
        if form != "except":
            put(depth, "finally:")
            # jumps out of finally are legal, rare, and a warning from 3.14 on
            self.block(depth + 1, loops, self.choose(True, True, True, final))

    def with_(self, depth, loops, final):
        self.put(depth, f"with Quiet(log, {self.choose('True', 'False')}):")
        self.block(depth + 1, loops, final)

    def def_(self, depth, loops, final):
        self.put(depth, "def g(x):")
        self.put(depth + 1, f"nonlocal {self.choose('a', 'b')}")
        self.put(depth + 1, f"if x > {self.small()}:")
        self.put(depth + 2, f"{self.choose('a', 'b', 'x')} = x + 1".replace("b =", "x ="))
        self.put(depth + 1, "return x")
        self.put(depth, f"log.append(g({self.value(1)}))")

    def match_(self, depth, loops, final):
        self.put(depth, f"match {self.value(1)}:")
        cases = self.draw(st.lists(st.sampled_from(MATCH_CASES), min_size=1, max_size=3))
        for c in cases:
            self.put(depth + 1, f"case {c}:")
            self.block(depth + 2, loops, final)


MATCH_CASES = ("0", "1 | 2", "3 as c", "5 if a > 1", "_ if b < 2", "[c, *_]", "int(d)")


class Quiet:
    """A context that logs, and swallows exceptions if asked to."""

    def __init__(self, log, swallow):
        self.log = log
        self.swallow = swallow

    def __enter__(self):
        self.log.append("in")

    def __exit__(self, *_):
        self.log.append("out")
        return self.swallow


@st.composite
def functions(draw, budget=30, raising=True, places=True):
    """(text, cases): the def of f(a, b, xs, log), and argument tuples (a, b, xs)."""
    w = Writer(draw, budget, raising, places)
    w.put(0, "def f(a, b, xs, log):")
    w.put(1, "c = a")
    w.block(1, 0)
    if draw(st.booleans()):
        w.block(1, 0)
    w.put(1, f"return {w.value()}, a, b, c, xs" + draw(st.sampled_from(["", ", d"])))
    number = st.integers(-3, 6)
    case = st.tuples(number, number, st.lists(number, min_size=3, max_size=3))
    cases = draw(st.lists(case, min_size=2, max_size=4))
    return "\n".join(w.lines) + "\n", cases
