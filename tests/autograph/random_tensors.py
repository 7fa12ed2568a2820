"""Random functions of arrays, as source text: NumPy runs them plainly, a trace of them is interpreted and compiled.

`functions()` is a Hypothesis strategy of (text, arguments, state): a module text that defines `f(p, q, r, o, n)` over three
arrays, a zero of each dtype and an int, the arguments, and the first values of the Variables s and t that it may change, or None. Every
expression is drawn with its dtype and shape, so that both sides must give these: elementwise operations with
broadcasting, reductions, slices, concatenation, matrix products, gathers, casts, item assignment, in branches and loops.

Divisors of integers are positive constants, since NumPy answers a division by zero with 0 and a warning. What is
assigned is copied: NumPy's views share their elements, tensors are values.
"""

import numpy as np
from hypothesis import strategies as st
from random_programs import SPACE, number, one_of

DTYPES = ("float64", "float32", "int32", "int64", "bool")
NUMBERS = DTYPES[:4]
SHAPES = ((3,), (4,), (2, 3), (3, 4), (1, 3), (2, 1), (2, 2, 3), (), (5, 1), (0, 3))
ZEROS = {dtype: np.zeros((), dtype) for dtype in DTYPES}
PARAMETERS = ("p", "q", "r")


def size(shape):
    return int(np.prod(shape, dtype=int))


class Writer:
    """Draws one function. `scope` holds the dtype and shape of each name; names of a block end with it."""

    def __init__(self, draw, budget):
        self.draw = draw
        self.left = budget
        self.lines = []
        self.count = 0
        self.scope = {}
        self.fresh = set()  # arrays of this function's own: their items may be assigned
        self.states = {}

    def choose(self, *options):
        return self.draw(one_of(options))

    def put(self, depth, text):
        self.lines.append(SPACE * depth + text)

    def of(self, dtype, shape):
        return [name for name, kind in self.scope.items() if kind == (dtype, shape)]

    # -- expressions of a given dtype and shape

    def literal(self, dtype):
        if dtype == "bool":
            return self.choose("False", "True")
        if dtype.startswith("int"):
            return self.choose("1", "2", "-1", "3", "0")
        return self.choose("0.5", "2", "-1.5", "1", "0.0")

    def leaf(self, dtype, shape, depth=0):
        names = self.of(dtype, shape)
        if names:
            return self.choose(*names)
        return f"(o['{dtype}'] {'|' if dtype == 'bool' else '+'} np.full({shape}, {self.literal(dtype)}, '{dtype}'))"

    def part(self, dtype, shape, depth):
        """Something that broadcasts to the shape: of it, with dimensions of 1, without the first ones, or a literal."""
        how = self.choose("same", "same", "literal", "ones", "tail")
        if how == "literal" and dtype != "bool":
            return self.literal(dtype)
        if how == "ones" and shape:
            i = self.choose(*range(len(shape)))
            return self.expr(dtype, (*shape[:i], 1, *shape[i + 1 :]), depth)
        if how == "tail" and len(shape) > 1:
            return self.expr(dtype, shape[1:], depth)
        return self.expr(dtype, shape, depth)

    def expr(self, dtype, shape, depth=2):
        if depth <= 0:
            return self.leaf(dtype, shape)
        kinds = ["leaf", "binary", "binary", "unary", "where"]
        if len(shape):
            kinds += ["slice", "reverse", "concat", "reduce", "gather", "cumulate", "reshape"]
        else:
            kinds += ["reduce", "item"]
        if len(shape) == 2:
            kinds += ["transpose", "matmul", "stack"]
        kind = self.choose(*kinds)
        return getattr(self, kind)(dtype, shape, depth - 1)

    def binary(self, dtype, shape, depth):
        a, b = self.expr(dtype, shape, depth), self.part(dtype, shape, depth)
        if dtype == "bool":
            if self.choose(False, True):
                return f"({a} {self.choose('&', '|', '^')} {self.expr(dtype, shape, depth)})"
            other = self.choose(*NUMBERS)
            return f"({self.expr(other, shape, depth)} {self.choose('<', '<=', '==', '!=', '>', '>=')} {self.part(other, shape, depth)})"
        op = self.choose("+", "-", "*", "max", "min", "/", "//", "%", "**", "&")
        if op in ("max", "min"):
            return f"np.{op}imum({a}, {b})"
        if op == "/":
            return (
                f"({a} / {self.choose('2', '-4.0', '(1 + np.abs(' + self.leaf(dtype, shape) + '))')})"
                if "float" in dtype
                else f"({a} + {b})"
            )
        if op in ("//", "%"):
            return f"({a} {op} {self.choose('2', '3', '5')})"
        if op == "**":
            return f"({a} ** 2)"
        if op == "&":
            return (
                f"({a} {self.choose('&', '|', '^')} {self.choose('1', '3', '6')})"
                if "int" in dtype
                else f"({b} - {a})"
            )
        return f"({a} {op} {b})" if self.choose(False, True) else f"({b} {op} {a})"

    def unary(self, dtype, shape, depth):
        a = self.expr(dtype, shape, depth)
        if dtype == "bool":
            return f"(~{a})"
        how = self.choose("-", "abs", "sign", "square", "cast", "float")
        if how == "cast":
            other = self.choose(
                *{
                    "float64": DTYPES,
                    "float32": ("float64", "int32", "bool"),
                    "int64": ("int32", "bool"),
                    "int32": ("int64", "bool"),
                }[dtype]
            )
            return f"{self.expr(other, shape, depth)}.astype('{dtype}')"
        if how == "float" and "float" in dtype:
            return self.choose(
                f"np.floor({a})",
                f"np.sqrt(np.abs({a}))",
                f"np.tanh({a})",
                f"np.sin({a})",
                f"np.exp(np.minimum({a}, 2))",
                f"np.ceil({a})",
                f"np.rint({a})",
            )
        if how == "-":
            return f"(-{a})"
        return f"np.{how if how in ('sign', 'square') else 'abs'}({a})"

    def where(self, dtype, shape, depth):
        return f"np.where({self.expr('bool', shape, depth)}, {self.expr(dtype, shape, depth)}, {self.expr(dtype, shape, depth)})"

    def slice(self, dtype, shape, depth):
        """Cut out of something larger."""
        at = self.choose(*range(len(shape)))
        before, after, step = self.choose(0, 1), self.choose(0, 1, 2), self.choose(1, 1, 2)
        n = shape[at]
        large = before + (n - 1) * step + 1 + after if n else before + after
        stop = before + (n - 1) * step + 1 if n else before
        cut = [":"] * at + [f"{before}:{stop}" + (f":{step}" if step > 1 else "")]
        if n == 1 and step == 1 and self.choose(False, True):
            cut[-1] = f"{before}:{before + 1}"
        return (
            f"{self.expr(dtype, (*shape[:at], large, *shape[at + 1 :]), depth)}[{', '.join(cut)}]"
        )

    def reverse(self, dtype, shape, depth):
        at = self.choose(*range(len(shape)))
        return f"{self.expr(dtype, shape, depth)}[{', '.join([':'] * at + ['::-1'])}]"

    def concat(self, dtype, shape, depth):
        at = self.choose(*range(len(shape)))
        first = self.draw(number(0, shape[at]))
        parts = [
            self.expr(dtype, (*shape[:at], n, *shape[at + 1 :]), depth)
            for n in (first, shape[at] - first)
        ]
        return f"np.concatenate([{', '.join(parts)}], {at})"

    def stack(self, dtype, shape, depth):
        if shape[0] == 0:
            return self.leaf(dtype, shape)
        return f"np.stack([{', '.join(self.expr(dtype, shape[1:], depth) for _ in range(shape[0]))}], 0)"

    def reduce(self, dtype, shape, depth):
        at, n, keep = self.draw(number(0, len(shape))), self.choose(2, 3), False
        larger = (*shape[:at], n, *shape[at:])
        axis = self.choose(str(at), str(at - len(larger)))
        if dtype == "bool":
            return f"{self.expr('bool', larger, depth)}.{self.choose('any', 'all')}({axis})"
        if dtype == "int64" and self.choose(False, True):
            small = self.choose("int32", "bool", "int64")
            if small == "bool" or self.choose(False, True):
                return f"{self.expr(small, larger, depth)}.sum({axis})"
            return f"np.argmax({self.expr(self.choose(*NUMBERS), larger, depth)}, {axis})"
        if dtype == "float64" and self.choose(False, False, True):
            return f"{self.expr(self.choose('int32', 'float64'), larger, depth)}.mean({axis})"
        x = self.expr(dtype, larger, depth)
        if dtype == "int32":
            return f"{x}.{self.choose('max', 'min')}({axis})"
        return (
            f"np.{self.choose('sum', 'max', 'min', 'prod')}({x}, axis={axis})" if not keep else ""
        )

    def item(self, dtype, shape, depth):
        large = self.choose((3,), (4,), (2, 3))
        i = [f"{self.choose('n', '2', '-1')} % {k}" for k in large]
        return f"{self.expr(dtype, large, depth)}[{', '.join(i)}]"

    def gather(self, dtype, shape, depth):
        large = self.choose(2, 3, 5)
        x = self.expr(dtype, (large, *shape[1:]), depth)
        return (
            f"{x}[np.abs({self.expr(self.choose('int64', 'int32'), shape[:1], depth)}) % {large}]"
        )

    def cumulate(self, dtype, shape, depth):
        x = self.expr(dtype, shape, depth)
        if dtype in ("bool", "int32"):
            return x
        if self.choose(False, True):
            return f"np.cumsum({x}, {self.choose(*range(len(shape)))})"
        return f"np.sort({x})"

    def reshape(self, dtype, shape, depth):
        flat = (size(shape),)
        if self.choose(False, True) or not flat[0]:
            return f"{self.expr(dtype, flat, depth)}.reshape({shape})"
        return f"{self.expr(dtype, (*shape, 1), depth)}[{', '.join([':'] * len(shape))}, 0]"

    def transpose(self, dtype, shape, depth):
        return f"{self.expr(dtype, shape[::-1], depth)}.T"

    def matmul(self, dtype, shape, depth):
        if "float" not in dtype:
            return self.leaf(dtype, shape)
        k = self.choose(1, 2, 4)
        return (
            f"({self.expr(dtype, (shape[0], k), depth)} @ {self.expr(dtype, (k, shape[1]), depth)})"
        )

    def test(self):
        """A scalar condition."""
        kind = self.choose("n", "item", "any", "reduce")
        if kind == "n":
            return f"n {self.choose('<', '>', '==')} {self.choose('1', '2', '3')}"
        if kind == "any":
            return (
                f"{self.expr('bool', self.choose((3,), (2, 3)), 1)}.{self.choose('any', 'all')}()"
            )
        dtype = self.choose(*NUMBERS)
        x = self.expr(dtype, self.choose((3,), (2, 3)), 1)
        x = (
            f"np.{self.choose('sum', 'max', 'min')}({x})"
            if kind == "reduce"
            else self.expr(dtype, (), 1)
        )
        return f"{x} {self.choose('<', '>', '<=')} {self.literal(dtype)}"

    # -- statements

    def block(self, depth, loops):
        names = dict(self.scope)
        for _ in range(self.draw(number(1, 3))):
            self.left -= 1
            if self.left <= 0:
                self.put(depth, "pass")
                break
            if not self.statement(depth, loops):
                break
        self.scope = names

    def statement(self, depth, loops):
        """One statement; False when nothing after it can run."""
        kinds = ["new", "rebind", "rebind", "store", "store"]
        if depth < 4:
            kinds += ["if", "for", "while", "rows"]
        if self.states:
            kinds += ["change", "change"]
        if loops:
            kinds += ["leave"]
        kind = self.choose(*kinds)
        if kind == "leave":
            self.put(depth, self.choose("break", "continue"))
            return False
        getattr(self, kind + "_")(depth, loops)
        return True

    def new_(self, depth, loops):
        dtype, shape = self.choose(*DTYPES), self.choose(*SHAPES)
        text = self.expr(dtype, shape)
        if self.choose(False, False, True):
            text = f"np.full({shape}, {self.literal(dtype)}, '{dtype}')"
        self.count += 1
        self.put(depth, f"a{self.count} = np.copy({text})")
        self.scope[f"a{self.count}"] = dtype, shape
        self.fresh.add(f"a{self.count}")

    def mine(self):
        return [name for name in self.scope if name in self.fresh]

    def rebind_(self, depth, loops):
        name = self.choose(*self.mine())
        dtype, shape = self.scope[name]
        if dtype != "bool" and self.choose(False, False, True):
            self.put(
                depth,
                f"{name} = np.copy({name} {self.choose('+', '-', '*')} {self.part(dtype, shape, 1)})",
            )
        else:
            self.put(depth, f"{name} = np.copy({self.expr(dtype, shape)})")

    def store_(self, depth, loops):
        name = self.choose(*self.mine())
        dtype, shape = self.scope[name]
        if not shape or not size(shape):
            return self.put(depth, f"{name} = np.copy({self.expr(dtype, shape)})")
        at = self.choose("n", "0", "1", "-1")
        index, left = [f"{at} % {shape[0]}"], shape[1:]
        how = self.choose("item", "item", "slice", "column")
        if how == "slice":
            index, left = ["1:"], (shape[0] - 1, *shape[1:])
        elif how == "column" and len(shape) > 1:
            index, left = [":", f"{at} % {shape[1]}"], (shape[0], *shape[2:])
        op = self.choose("=", "=", "+=", "*=") if dtype != "bool" else "="
        self.put(depth, f"{name}[{', '.join(index)}] {op} {self.part(dtype, left, 1)}")

    def if_(self, depth, loops):
        self.put(depth, f"if {self.test()}:")
        self.block(depth + 1, loops)
        if self.choose(False, True):
            self.put(depth, "else:")
            self.block(depth + 1, loops)

    def for_(self, depth, loops):
        self.put(depth, f"for i in range({self.choose('n', '2', '3')}):")
        self.block(depth + 1, loops + 1)

    def while_(self, depth, loops):
        self.count += 1
        k = f"k{self.count}"
        self.put(depth, f"{k} = 0")
        self.put(depth, f"while {k} < n and {self.test()}:")
        self.put(depth + 1, f"{k} += 1")
        self.block(depth + 1, loops + 1)

    def rows_(self, depth, loops):
        shaped = [name for name, (_, shape) in self.scope.items() if shape and shape[0]]
        if not shaped:
            return self.for_(depth, loops)
        name = self.choose(*shaped)
        self.count += 1
        row = f"row{self.count}"
        dtype, shape = self.scope[name]
        self.put(depth, f"for {row} in {self.choose(name, f'{name}[::-1]')}:")
        self.scope[row] = dtype, shape[1:]
        self.block(depth + 1, loops + 1)
        del self.scope[row]

    def change_(self, depth, loops):
        name = self.choose(*self.states)
        dtype, shape = self.states[name]
        how = self.choose("assign", "assign_add", "assign_sub", "read")
        if how == "read":
            self.count += 1
            self.put(depth, f"a{self.count} = np.copy({name}.read_value())")
            self.scope[f"a{self.count}"] = dtype, shape
            self.fresh.add(f"a{self.count}")
        else:
            self.put(depth, f"{name}.{how}({self.expr(dtype, shape)})")

    # -- the function

    def function(self):
        for name in PARAMETERS:
            self.scope[name] = self.choose(*DTYPES), self.choose(*SHAPES)
        if self.choose(False, False, False, False, True):
            self.states = {
                "s": (self.choose(*NUMBERS), self.choose((), (3,), (2, 3))),
                "t": ("float64", (3,)),
            }
        self.put(0, "def f(p, q, r, o, n):")
        self.new_(1, 0)
        self.new_(1, 0)
        self.new_(1, 0)
        first = list(self.scope)[-3:]
        names = dict(self.scope)
        for _ in range(3):
            self.left += 1
            self.block(1, 0)
            self.scope = dict(names)
        if self.states:
            self.put(1, f"return {', '.join(first)}, s.read_value(), t.read_value()")
        else:
            self.put(1, f"return {', '.join(first)}")
        return "\n".join(["import numpy as np", "", *self.lines, ""])


def array(draw, dtype, shape):
    """Small whole numbers: what is summed in another order is still the same."""
    values = [draw(number(0, 1) if dtype == "bool" else number(-3, 5)) for _ in range(size(shape))]
    return np.array(values, dtype).reshape(shape)


@st.composite
def functions(draw, budget=10):
    """(text, arguments, state) of one program; one in ten gets the same array twice."""
    w = Writer(draw, budget)
    text = w.function()
    kinds = dict.fromkeys(PARAMETERS)
    del kinds
    shapes = [w.scope[name] for name in PARAMETERS]
    arrays = [array(draw, *kind) for kind in shapes]
    if shapes[0] == shapes[1] and draw(one_of((False, True))):
        arrays[1] = arrays[0]
    state = {name: array(draw, *kind) for name, kind in w.states.items()}
    return text, (*arrays, ZEROS, draw(number(0, 3))), state
