"""Random functions that move elements about, as source text: every way that a loop can find what it reads.

`program(random)` gives (text, arguments): a module text that defines f(p, q, r, i, k) over arrays of small whole
numbers, index arrays and a number, and the arguments. Sizes go past the widest vector and leave a rest, axes may be
empty. Each result is a tree of concatenations, paddings, slices with steps, reversals, transpositions, rolls, tiles,
gathers, broadcasts, reductions and item assignments with arithmetic in between. Values stay whole and small, so that
NumPy's answer is the answer, whatever the order of a sum.
"""

import numpy as np

SIZES = (0, 1, 2, 3, 5, 7, 8, 16, 17, 31, 33, 40, 65)
DTYPES = ("float32", "float64", "int32", "int64", "int8", "bool")


class Writer:
    """Draws one function; `names` holds (dtype, shape) of what there is."""

    def __init__(self, random):
        self.r = random
        self.names = {}
        self.lines = []

    def size(self):
        small = self.r.random() < 0.4
        return self.r.choice(SIZES[1:5] if small else SIZES[self.r.random() < 0.95 :])

    def shape(self):
        rank = self.r.choice((1, 1, 2, 2, 2, 3))
        return tuple(
            self.size() if i == rank - 1 or rank < 3 else self.r.randint(1, 4) for i in range(rank)
        )

    def leaf(self, dtype, shape):
        same = [name for name, kind in self.names.items() if kind == (dtype, shape)]
        if same and self.r.random() < 0.8:
            return self.r.choice(same)
        usable = [
            name
            for name, (d, s) in self.names.items()
            if d == dtype
            and len(s) <= len(shape)
            and all(a in (1, b) for a, b in zip(s[::-1], shape[::-1]))
        ]
        if usable and self.r.random() < 0.7:
            return f"np.broadcast_to({self.r.choice(usable)}, {shape})"
        return self.part_of(dtype, shape)

    def part_of(self, dtype, shape):
        """Cut out of a named array that is large enough, or new."""
        for name, (d, s) in self.r.sample(sorted(self.names.items()), len(self.names)):
            if d == dtype and len(s) == len(shape) and all(a >= b for a, b in zip(s, shape)):
                starts = [self.r.randint(0, a - b) for a, b in zip(s, shape)]
                return f"{name}[{', '.join(f'{a}:{a + b}' for a, b in zip(starts, shape))}]"
        return f"np.full({shape}, {self.number(dtype)}, '{dtype}')"

    def number(self, dtype):
        return self.r.choice(("True", "False") if dtype == "bool" else ("0", "1", "2", "-1", "3"))

    def expr(self, dtype, shape, depth):
        if depth <= 0:
            return self.leaf(dtype, shape)
        kinds = [
            "binary",
            "binary",
            "unary",
            "where",
            "reshape",
            "concat",
            "concat",
            "pad",
            "pad",
            "slice",
        ]
        kinds += [
            "slice",
            "reverse",
            "roll",
            "tile",
            "repeat",
            "gather",
            "take",
            "reduce",
            "broadcast",
            "set",
        ]
        kinds += ["stack", "transpose", "transpose"] if len(shape) > 1 else []
        if not shape:
            kinds = ["binary", "reduce", "item"]
        return getattr(self, self.r.choice(kinds))(dtype, shape, depth - 1)

    def binary(self, dtype, shape, depth):
        a = self.expr(dtype, shape, depth)
        some = tuple(1 if self.r.random() < 0.3 else n for n in shape)[
            self.r.randint(0, 1) * (len(shape) > 1) :
        ]
        b = self.expr(dtype, self.r.choice((shape, some)), depth)
        if dtype == "bool":
            return f"({a} {self.r.choice('&|^')} {b})"
        if dtype == "int8" or self.r.random() < 0.5:
            return f"np.{self.r.choice(('minimum', 'maximum'))}({a}, {b})"
        return f"({a} {self.r.choice('+-')} {b})"

    def unary(self, dtype, shape, depth):
        if self.r.random() < 0.3:
            other = self.r.choice(
                ("int8", "int32") if "int" in dtype else ("int8", "bool", "float32")
            )
            return f"{self.expr(other, shape, depth)}.astype('{dtype}')"
        a = self.expr(dtype, shape, depth)
        return f"(~{a})" if dtype == "bool" else f"{self.r.choice(('np.abs', '-'))}({a})"

    def where(self, dtype, shape, depth):
        c, a, b = (self.expr(d, shape, depth) for d in ("bool", dtype, dtype))
        return f"np.where({c}, {a}, {b})"

    def concat(self, dtype, shape, depth):
        at, parts = self.r.randrange(len(shape)), []
        left = shape[at]
        for _ in range(self.r.choice((1, 1, 2, 3))):
            n = self.r.randint(0, left)
            parts.append(n)
            left -= n
        parts.append(left)
        made = [self.expr(dtype, (*shape[:at], n, *shape[at + 1 :]), depth) for n in parts]
        return f"np.concatenate([{', '.join(made)}], {at - self.r.choice((0, len(shape)))})"

    def stack(self, dtype, shape, depth):
        at = min(range(len(shape)), key=lambda i: shape[i])
        if not 0 < shape[at] <= 5:
            return self.pad(dtype, shape, depth)
        one = (*shape[:at], *shape[at + 1 :])
        return (
            f"np.stack([{', '.join(self.expr(dtype, one, depth) for _ in range(shape[at]))}], {at})"
        )

    def pad(self, dtype, shape, depth):
        by = []
        for n in shape:
            before = self.r.randint(0, min(n, 3)) if self.r.random() < 0.7 else 0
            by.append(
                (before, self.r.randint(0, min(n - before, 3)) if self.r.random() < 0.7 else 0)
            )
        inner = tuple(n - a - b for n, (a, b) in zip(shape, by))
        x = self.expr(dtype, inner, depth)
        return f"np.pad({x}, {tuple(by)}, constant_values={self.number(dtype)})"

    def slice(self, dtype, shape, depth):
        keys, whole = [], []
        for n in shape:
            step, before, after = (
                self.r.choice((1, 1, 1, 2, 3, -1, -2)),
                self.r.randint(0, 3),
                self.r.randint(0, 3),
            )
            if self.r.random() < 0.4 or n == 0:
                keys.append(":")
                whole.append(n)
                continue
            last = before + (n - 1) * abs(step)
            whole.append(last + 1 + after)
            if step > 0:
                keys.append(f"{before}:{last + 1}:{step}")
            else:
                keys.append(f"{last}:{before - 1 if before else ''}:{step}")
        return f"{self.expr(dtype, tuple(whole), depth)}[{', '.join(keys)}]"

    def reverse(self, dtype, shape, depth):
        return f"np.flip({self.expr(dtype, shape, depth)}, {self.r.randrange(len(shape))})"

    def roll(self, dtype, shape, depth):
        return f"np.roll({self.expr(dtype, shape, depth)}, {self.r.choice((1, -1, 2, 5))}, {self.r.randrange(len(shape))})"

    def tile(self, dtype, shape, depth):
        by = [self.r.choice([k for k in (1, 1, 2, 3) if n % k == 0]) for n in shape]
        return f"np.tile({self.expr(dtype, tuple(n // k for n, k in zip(shape, by)), depth)}, {tuple(by)})"

    def repeat(self, dtype, shape, depth):
        at = self.r.randrange(len(shape))
        by = self.r.choice([k for k in (1, 2, 3, 5) if shape[at] % k == 0])
        x = self.expr(dtype, (*shape[:at], shape[at] // by, *shape[at + 1 :]), depth)
        return f"np.repeat({x}, {by}, {at})"

    def gather(self, dtype, shape, depth):
        """Along any axis, by an array of indices; some count from the end."""
        at, large = self.r.randrange(len(shape)), self.r.choice((1, 2, 5, 9, 33))
        x = self.expr(dtype, (*shape[:at], large, *shape[at + 1 :]), depth)
        kind = self.r.choice(("int32", "int64"))
        index = f"np.abs({self.expr(kind, (shape[at],), depth)}) % {large}"
        if self.r.random() < 0.5:
            index = f"{index} - {large}"
        return f"np.take({x}, {index}, {at})"

    def take(self, dtype, shape, depth):
        """By an index array of the arguments: i holds 0, 1, 2, 0, ... and some from the end."""
        x = self.expr(dtype, (self.r.choice((3, 4, 20)), *shape[1:]), depth)
        return f"{x}[i[:{shape[0]}]]" if shape[0] <= 80 else self.leaf(dtype, shape)

    def reduce(self, dtype, shape, depth):
        at, n = self.r.randint(0, len(shape)), self.r.choice((1, 2, 3, 17, 40))
        larger = (*shape[:at], n, *shape[at:])
        if len(larger) > 4:
            return self.leaf(dtype, shape)
        x = self.expr(dtype, larger, depth)
        if dtype == "bool":
            return f"{x}.{self.r.choice(('any', 'all'))}({at})"
        if dtype in ("int8", "int32") or self.r.random() < 0.5:
            return f"{x}.{self.r.choice(('max', 'min'))}({at})"
        return f"np.sum({x}, {at})"

    def broadcast(self, dtype, shape, depth):
        some = tuple(1 if self.r.random() < 0.4 else n for n in shape)
        return f"np.broadcast_to({self.expr(dtype, some, depth)}, {shape})"

    def reshape(self, dtype, shape, depth):
        count = int(np.prod(shape))
        other = self.r.choice([(count,), (count, 1), (1, *shape), shape[::-1]])
        return f"{self.expr(dtype, other, depth)}.reshape({shape})"

    def transpose(self, dtype, shape, depth):
        perm = self.r.sample(range(len(shape)), len(shape))
        before = [0] * len(shape)
        for i, axis in enumerate(perm):
            before[axis] = shape[i]
        return f"np.transpose({self.expr(dtype, tuple(before), depth)}, {tuple(perm)})"

    def item(self, dtype, shape, depth):
        large = self.shape()
        if 0 in large:
            return f"np.asarray({self.number(dtype)}, '{dtype}')"
        return f"{self.expr(dtype, large, depth)}[{', '.join(f'k % {n}' for n in large)}]"

    def set(self, dtype, shape, depth):
        """An array of its own, changed in part."""
        first = self.expr(dtype, shape, depth)
        name = f"a{len(self.lines)}"
        self.lines.append(f"    {name} = np.copy({first})")
        if shape[0] > 1:
            rest = self.expr(dtype, (shape[0] - 1, *shape[1:]), depth - 1)
            self.lines.append(f"    {name}[1:] = {rest}")
            row = self.expr(dtype, shape[1:], depth - 1)
            self.lines.append(f"    {name}[k % {shape[0]}] = {row}")
        self.names[name] = dtype, shape
        return name


def array(random, dtype, shape):
    made = np.random.default_rng(random.randrange(1 << 30))
    return made.integers(0 if dtype == "bool" else -3, 2 if dtype == "bool" else 6, shape).astype(
        dtype
    )


def program(random):
    w = Writer(random)
    arguments = []
    kinds = [(w.r.choice(DTYPES), w.shape()) for _ in range(2)]
    kinds.append((kinds[0][0], kinds[0][1]))
    for name, (dtype, shape) in zip("pqr", kinds):
        w.names[name] = dtype, shape
        arguments.append(array(random, dtype, shape))
    index = np.arange(80) % 3
    index[::5] -= 3
    results = []
    for _ in range(random.choice((1, 2, 3))):
        dtype, shape = random.choice([*kinds, (random.choice(DTYPES), w.shape())])
        results.append(w.expr(dtype, shape, random.choice((1, 2, 3, 3, 4))))
    text = "\n".join(
        [
            "import numpy as np",
            "",
            "def f(p, q, r, i, k):",
            *w.lines,
            f"    return {', '.join(results)},",
            "",
        ]
    )
    return text, (*arguments, index, random.randint(0, 90))
