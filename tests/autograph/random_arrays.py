"""Random functions in which arrays have names, as source text: who holds which array, and who leaves with it.

`program(random)` gives (text, arguments): a module text that defines f(x, n), and lists of arguments. Names are given other
arrays, or None, in branches and loops; items are set under one name and read under another; arrays leave from within loops,
`try` and inner functions, alone, in tuples and in lists. Sizes are one, so that any array can take the place of any other; values are
halves of small whole numbers, so that NumPy's answer is the answer.

What is computed is copied where it gets a name (`np.array(...)`): without that, tensors are values.
"""

import numpy as np

SIZE = 3
ARRAYS, MAYBES, COUNTS = ("u", "v"), ("best", "last"), ("k", "total")


class Writer:
    """Draws one function; `given` holds the names that surely have an array."""

    def __init__(self, random):
        self.r = random
        self.lines = []
        self.depth = 0  # of loops
        self.inner = False

    def line(self, level, text):
        self.lines.append("    " * level + text)

    def array(self, given):
        return self.r.choice(given)

    def fresh(self, given):
        a, b = self.array([*given, "x"]), self.array([*given, "x"])
        return self.r.choice(
            (
                f"np.zeros({SIZE})", f"np.full({SIZE}, {self.number()})", f"np.array({a} + {b})", f"np.array({a} * 0.5)", f"{a}.copy()",
                f"np.array({a}[::-1])", f"np.array(np.minimum({a}, {b}))", f"np.array([total, {self.item(given)}, 1.5])",
                f"np.array({a} - total)",
            )
        )  # fmt: skip

    def number(self):
        return self.r.choice(("1.0", "0.5", "-2.0", "3.0"))

    def item(self, given):
        return f"{self.array([*given, 'x'])}[{self.r.choice(('0', '1', '-1'))}]"

    def test(self, given):
        a, b = self.item(given), self.r.choice((self.item(given), self.number(), "total", "n"))
        tests = [f"{a} > {b}", f"{a} + {b} < 4", f"{self.array(given)}.sum() > {self.number()}", f"{self.array(given)}.max() > n"]
        return self.r.choice((*tests, *([f"k % 2 == {self.r.randint(0, 1)}", "k > 1"] if self.depth else ["n > 2"])))

    def block(self, level, given, budget):
        given = list(given)
        for _ in range(self.r.randint(1, 3)):
            self.statement(level, given, budget)
        return given

    def statement(self, level, given, budget):
        simple = [self.set_item, self.set_item, self.name_array, self.name_array, self.name_maybe, self.use_maybe, self.swap, self.part]
        simple += [self.count, self.name_part, self.set_part]
        nested = [self.branch, self.branch, self.loop, self.handler] if budget > 0 and level < 5 else []
        jumps = [self.leave] if level > 1 or self.r.random() < 0.1 else []
        jumps += [self.jump] if self.depth else []
        self.r.choice([*simple, *nested, *nested, *jumps])(level, given, budget - 1)

    def set_item(self, level, given, budget):
        at = self.r.choice(("0", "1", "-1", ":2", "1:"))
        self.line(level, f"{self.array(given)}[{at}] {self.r.choice(('=', '+=', '-='))} {self.r.choice((self.number(), self.item(given)))}")

    def name_array(self, level, given, budget):
        self.line(level, f"{self.r.choice(ARRAYS)} = {self.r.choice((self.fresh(given), self.fresh(given), self.array(given)))}")

    def name_maybe(self, level, given, budget):
        self.line(level, f"{self.r.choice(MAYBES)} = {self.r.choice((self.array(given), self.array(given), self.fresh(given), 'None'))}")

    def use_maybe(self, level, given, budget):
        name = self.r.choice(MAYBES)
        other = self.r.choice(("", f" and {name}[0] < {self.number()}"))
        self.line(level, f"if {name} is not None{other}:")
        self.block(level + 1, [*given, name], 0)
        if self.r.random() < 0.4:
            self.line(level, "else:")
            self.line(level + 1, f"{name} = {self.array(given)}")

    def swap(self, level, given, budget):
        self.line(level, self.r.choice(("u, v = v, u", "best, last = last, best", "u, total = v, total + 1.0")))

    def part(self, level, given, budget):
        self.line(level, f"{self.array(given)}[:] = {self.r.choice((self.fresh(given), self.number()))}")

    def name_part(self, level, given, budget):
        self.line(level, f"w = {self.array(given)}[{self.r.choice((':2', '1:'))}]")

    def set_part(self, level, given, budget):
        self.line(level, f"w[{self.r.choice('01')}] {self.r.choice(('=', '+='))} {self.r.choice((self.number(), self.item(given)))}")

    def count(self, level, given, budget):
        self.line(level, f"total += {self.r.choice((self.item(given), self.number()))}")

    def branch(self, level, given, budget):
        self.line(level, f"if {self.test(given)}:")
        self.block(level + 1, given, budget)
        if self.r.random() < 0.5:
            self.line(level, "else:")
            self.block(level + 1, given, budget)

    def loop(self, level, given, budget):
        if self.depth > 1:
            return self.count(level, given, budget)
        self.depth += 1
        self.line(level, "for k in range(n):" if self.r.random() < 0.7 else "for k in range(2):")
        self.block(level + 1, given, budget)
        self.depth -= 1
        if self.r.random() < 0.2:
            self.line(level, "else:")
            self.block(level + 1, given, 0)

    def handler(self, level, given, budget):
        self.line(level, "try:")
        self.block(level + 1, given, budget)
        self.line(level + 1, f"if {self.test(given)}: raise ValueError('{self.r.choice('ab')}')")
        caught = self.r.random() < 0.7
        if caught:
            self.line(level, "except ValueError:")
            self.block(level + 1, given, 0)
        if not caught or self.r.random() < 0.3:
            self.line(level, "finally:")
            self.set_item(level + 1, given, 0)

    def leave(self, level, given, budget):
        a, b = self.array(given), self.array(given)
        self.line(level, f"return {self.r.choice((a, a, f'{a}, {b}', 'best', 'None', f'{a}, total', f'[{a}, {b}]', 'total'))}")

    def jump(self, level, given, budget):
        self.line(level, f"if {self.test(given)}: {self.r.choice(('break', 'continue'))}")

    def write(self):
        given = [*ARRAYS]
        self.line(0, "import numpy as np")
        self.line(0, "def f(x, n):")
        if self.r.random() < 0.25:
            self.line(1, "def inner(u, v, total):")
            self.line(2, "best, last, w = None, None, np.ones(2)")
            for _ in range(2):
                self.statement(2, given, 2)
            self.line(2, "return u")
            self.inner = True
        self.line(1, f"u, v, w = np.zeros({SIZE}), np.array(x * 2), np.ones(2)")
        self.line(1, "best = last = None")
        self.line(1, "total = 0.0")
        for _ in range(self.r.randint(2, 4)):
            self.statement(1, given, 3)
            if self.inner and self.r.random() < 0.4:
                self.line(1, f"{self.r.choice(MAYBES)} = inner(u, v, total)")
        self.line(1, f"return {self.r.choice(('u, v, best, last, total', 'u, v', 'best, u', 'v', '[u, v], total', 'w, u', 'w, v, best'))}")
        return "\n".join(self.lines) + "\n"


def program(random):
    text = Writer(random).write()
    xs = [np.array([random.choice((-1.0, 0.5, 1.0, 2.0, 3.0)) for _ in range(SIZE)]) for _ in range(2)]
    return text, [(xs[0], 3), (xs[1], 0), (xs[1], 5)]
