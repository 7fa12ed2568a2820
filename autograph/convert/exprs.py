"""Expressions: lazy operators, comparisons, conditional expressions, walrus, comprehensions.

One walk over an expression converts it in place and notes the names it reads.  Operands that Python
may skip become lambdas.  A lambda cannot bind a name of the function, so an operand that holds a
walrus becomes a def with `nonlocal`, put before the statement.
"""

import ast

from .born import made_here
from .hoist import Made
from .nodes import LOAD, call, const, define, name, place, ret, thunk, tuple_of

COMPARE = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
OWN_OPERATOR = {ast.Is: "is_", ast.IsNot: "is_not", ast.In: "in_", ast.NotIn: "not_in"}
# of operands that may be tuples or lists, whose parts Python compares itself
ORDER = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
}
PARTS = frozenset({ast.Tuple, ast.List})
MAY_HAVE_PARTS = PARTS | {ast.Name, ast.Subscript, ast.Attribute, ast.Call}
NOTHING = frozenset()
FRAME_CALLS = frozenset({"locals", "vars", "dir", "eval", "exec"})


class Expressions:
    """The part of the reader that walks expressions.  Sets of the statement being read:

    reads    names read;  bound  names bound by a walrus;  sure  those bound on every path
    hidden   names that belong to an enclosing lambda or comprehension of the user
    lazy     > 0 inside a lambda or generator expression, which may run later
    """

    def visit(self, node):
        """Converts `node` and returns what stands in its place."""
        return self.expressions.get(type(node), Expressions.any_expr)(self, node)

    def visit_all(self, nodes):
        for i, node in enumerate(nodes):
            nodes[i] = self.visit(node)

    def any_expr(self, node):
        for field in node._fields:
            value = getattr(node, field)
            if type(value) is list:
                for i, v in enumerate(value):
                    if isinstance(v, ast.expr):
                        value[i] = self.visit(v)
            elif isinstance(value, ast.expr):
                setattr(node, field, self.visit(value))
        return node

    def constant(self, node):
        return node

    def name(self, node):
        text = node.id
        if text in self.hidden:
            return node
        b = self.scope.bits.get(text)
        if b is None:
            b = self.scope.bit(text)
        self.reads |= b
        if self.lazy:
            self.scope.captured |= b
        return node

    def attribute(self, node):
        node.value = self.visit(node.value)
        if type(node.ctx) is not ast.Load:
            return node
        if node.attr in self.attributes:  # one that only a branch has set is missed where it is read
            return call("ld", [node, const(node.attr, node)], node)
        return call("class_of", [node.value], node) if node.attr == "__class__" else node

    def subscript(self, node):
        kind, attr = type(node.value), getattr(node.value, "attr", None)
        node.value = self.visit(node.value)
        if attr in ("r_", "c_"):  # np.r_[a, b] joins arrays
            return call("picked", [node.value, self.index(node.slice)], node)
        if kind is ast.Name and self._is_table(node):
            return call("picked", [node.value, self.visit(node.slice)], node)
        if kind is ast.List and type(node.slice) is not ast.Constant:  # a table
            node.value = made_here(node.value)
        node.slice = self.visit(node.slice)
        return node

    def _is_table(self, node):
        """Whether a name of the module's is indexed by what may be traced: it may be an array of NumPy's."""
        name, scope = node.value.id, self.scope
        if type(node.ctx) is not ast.Load or name in self.hidden or name in scope.local or name in scope.code.co_freevars:
            return False
        return type(node.slice) in (ast.Name, ast.BinOp, ast.Call, ast.Subscript)

    def binary(self, node):
        node.left = self.visit(node.left)
        node.right = self.visit(node.right)
        if type(node.op) is ast.Mod and type(node.left) is ast.Constant and isinstance(node.left.value, (str, bytes)):
            return call("percent", [node.left, node.right], node)
        return node

    def unary(self, node):
        node.operand = self.visit(node.operand)
        if type(node.op) is ast.Not:
            return call("not_", [node.operand], node)
        return node

    def display(self, node):
        elements = node.elts
        for i, e in enumerate(elements):
            elements[i] = self.visit(e)
            if type(e) is ast.Name:
                self.store_of(elements, i, e)
        return node

    def dictionary(self, node):
        keys, values = node.keys, node.values
        for i, value in enumerate(values):
            if keys[i] is not None:
                keys[i] = self.visit(keys[i])
            values[i] = self.visit(value)
            if type(value) is ast.Name and keys[i] is not None:
                self.store_of(values, i, value)
        return node

    def store_of(self, holder, key, node):
        """Notes that the bare name `node` is stored where Python would not notice it undefined."""
        if not self.lazy and node.id not in self.hidden and node.id in self.scope.local:
            b = self.scope.bits[node.id]
            if not b & self.defined:
                self.unsure.append((holder, key, node, b))

    # -- operators with operands that may be skipped

    def operand(self, args, node, kind):
        """Adds `node` as a function to `args`: a lambda, or a hoisted def if it binds names."""
        bound, self.bound = self.bound, 0
        reads, self.reads = self.reads, 0
        self.maybe += 1
        self.operands += 1
        value = made_here(self.visit(node))
        self.operands -= 1
        self.maybe -= 1
        here, self.bound = self.bound, self.bound | bound
        mine, self.reads = self.reads, self.reads | reads
        if not here:
            made = thunk(value, node)
            if type(value) is ast.Name:
                self.store_of(made, "body", value)
            if self.loops and not (self.operands or self.lazy or self.hidden):
                self.made.append(Made(mine, None, made, (args, len(args))))
            args.append(made)
            return
        self.hoists += 1
        text = f"{kind}_L{node.lineno}" + (f"_{self.hoists}" if self.hoists > 1 else "")
        body = self.declare(here, node) + [ret(value, node)]
        self.hoisted.append(define(text, (), body, node))
        self.inner |= here
        args.append(name(text, node))

    def stays(self, node):
        """True when the operands of `node` cannot move: they hold a walrus that no hoisted def
        could bind, or a call that looks at the names of its frame."""
        top = self.top
        if top.walrus and (self.hidden or self.lazy):
            if any(type(n) is ast.NamedExpr for n in ast.walk(node)):
                return True
        return top.frames and any(
            type(n) is ast.Name and n.id in FRAME_CALLS for n in ast.walk(node)
        )

    def logical(self, node):
        if self.stays(node):
            return self.any_expr(node)
        kind = "and_" if type(node.op) is ast.And else "or_"
        word = getattr(node, "word", kind[:-1])
        if word:
            self.top.statements.append((node.lineno, word))
        first, *rest = node.values
        args = [made_here(self.visit(first))]
        for v in rest:
            self.operand(args, v, kind[:-1])
        return call(kind, args, node)

    def conditional(self, node):
        if self.stays(node):
            return self.any_expr(node)
        self.top.statements.append((node.lineno, "conditional expression"))
        args = [self.visit(node.test)]
        if type(node.test) is ast.Name and node.test.lineno != node.lineno:
            self.store_of(args, 0, node.test)
        self.operand(args, node.body, "then")
        self.operand(args, node.orelse, "else")
        return call("if_exp", args, node)

    def compare(self, node):
        ops = node.ops
        kinds = {type(node.left), type(node.comparators[0])}
        node.left = self.visit(node.left)
        if len(ops) == 1:
            right = node.comparators[0] = self.visit(node.comparators[0])
            own = OWN_OPERATOR.get(type(ops[0]))
            if own is None and (kinds & PARTS or kinds <= MAY_HAVE_PARTS):
                own = ORDER[type(ops[0])]
            return call(own, [node.left, right], node) if own else node
        if self.stays(node):
            self.visit_all(node.comparators)
            return node
        args = [node.left]
        for i, (op, right) in enumerate(zip(ops, node.comparators, strict=True)):
            args.append(const(COMPARE[type(op)], right))
            # the first right operand always runs, so what it binds is bound
            self.maybe -= not i
            self.operand(args, right, "compare")
            self.maybe += not i
        return call("compare", args, node)

    def walrus(self, node):
        value = node.value
        node.value = self.visit(value)
        if type(value) is ast.Name:
            self.store_of(node, "value", value)
        text = node.target.id
        if self.lambdas:
            self.hidden = self.hidden | {text}
        else:
            b = self.scope.bit(text)
            self.scope.writes |= b
            self.bound |= b
            if not self.maybe:
                self.sure |= b
        return node

    # -- scopes inside an expression

    def anonymous(self, node):
        """A lambda of the user: its body is converted where it stands."""
        self.top.nested = True
        self.defaults(node.args)
        hidden = self.hidden
        self.hidden = hidden | parameters(node.args)
        self.lazy += 1
        self.lambdas += 1
        self.later += 1
        node.body = made_here(self.visit(node.body))
        self.lambdas -= 1
        self.lazy -= 1
        self.hidden = hidden
        return node

    def defaults(self, args):
        """Defaults of parameters are evaluated where the function is made."""
        args.defaults = [self.visit(d) for d in args.defaults]
        args.kw_defaults = [d and self.visit(d) for d in args.kw_defaults]

    def comprehension(self, node):
        """A comprehension.  A list comprehension becomes an operator."""
        hidden, bound = self.hidden, self.bound
        self.bound = 0
        kind = type(node)
        lazy = kind is ast.GeneratorExp
        first = node.generators[0]
        first.iter = self.visit(first.iter)
        later = self.later
        names = set()
        for g in node.generators:
            names.update(n.id for n in ast.walk(g.target) if type(n) is ast.Name)
        self.hidden = hidden | names
        self.lazy += lazy
        self.maybe += 1
        for g in node.generators:
            if type(g.target) is not ast.Name:
                self.any_expr(g.target)
            if g is not first:
                g.iter = self.visit(g.iter)
            self.visit_all(g.ifs)
        if kind is ast.DictComp:
            node.key = self.visit(node.key)
            node.value = self.visit(node.value)
        else:
            node.elt = self.visit(node.elt)
        self.maybe -= 1
        self.lazy -= lazy
        self.hidden = hidden
        here, self.bound = self.bound, self.bound | bound
        # functions made in it share its variables in Python, so they keep it as it is
        fits = (
            (lazy or kind is ast.ListComp)
            and later == self.later
            and not here
            and nests(node.generators)
            and not self.stays_inside(node)
        )
        if lazy:
            # as the only argument of a call it may become an operator: see Calls.call
            node.operator = fits
            self.later += 1
            if not fits:
                first.iter = call("iter_", [first.iter], first.iter)
        elif fits:
            self.top.statements.append((node.lineno, "comprehension"))
            return self.comprehension_operator("listcomp", node)
        if kind is ast.SetComp or kind is ast.DictComp:
            word = "set" if kind is ast.SetComp else "dict"
            self.top.statements.append((node.lineno, f"{word} comprehension"))
        return node

    def generator(self, node):
        """A generator expression that is no argument: a trace asks how far it has been read."""
        return call("reader", [self.comprehension(node)], node)

    def iterated(self, node):
        """What a `for` statement loops over."""
        if type(node) is not ast.GeneratorExp:
            return self.visit(node)
        node = self.comprehension(node)
        return self.comprehension_operator("genexp", node) if node.operator else call("reader", [node], node)

    def joined(self, node):
        """An f-string: its text may hold traced values."""
        return call("text", [self.any_expr(node)], node)

    def formatted(self, node):
        """A field of an f-string; its format specification is an f-string of its own that stays one."""
        node.value = self.visit(node.value)
        if node.conversion > 0:
            node.value = call("shown", [node.value, const(chr(node.conversion), node)], node)
            node.conversion = -1
        if node.format_spec is not None:
            self.any_expr(node.format_spec)
        return node

    def stays_inside(self, node):
        """True when a lambda round a part of `node` would see a walrus bind elsewhere, or a call look at another frame."""
        top = self.top
        return (top.walrus or top.frames) and any(
            type(n) is ast.NamedExpr or type(n) is ast.Name and n.id in FRAME_CALLS
            for n in ast.walk(node)
        )

    def comprehension_operator(self, text, node):
        """`ag__.text(iterable, lambda x: element, lambda x: condition, unpack)`.

        A further `for` is what the element gives: a clause with the same arguments.  A target of
        several names is taken apart by `unpack`, and they are the parameters of the lambdas.
        """
        value = made_here(node.elt)
        for g in reversed(node.generators):
            names = list(dict.fromkeys(target_names(g.target)))
            params = [place(ast.arg(n), g.target) for n in names]
            args = ast.arguments([], params, None, [], [], None, [])

            def each(value, args=args):
                return place(ast.Lambda(args, value), value)

            if not g.ifs:
                cond = const(None, node)
            elif len(g.ifs) == 1:
                cond = each(g.ifs[0])
            else:
                tests = [g.ifs[0], *(thunk(t, t) for t in g.ifs[1:])]
                cond = each(call("and_", tests, node))
            parts = [g.iter, each(value), cond]
            if type(g.target) is not ast.Name:
                parts.append(unpacking(g.target, names))
            if g is not node.generators[0]:
                value = call("clause", parts, g.iter)
            else:
                if len(node.generators) > 1 and len(parts) == 3:
                    parts.append(const(None, node))  # that there are clauses shows in the number
                value = call(text, parts, node)
        return value

    def plain(self, *nodes):
        """Notes the names in `nodes`, which stay as they are (annotations, the bodies of classes)."""
        scope = self.scope
        for root in nodes:
            if type(root) is ast.Constant:
                continue
            names = rebound = 0
            for n in ast.walk(root):
                kind = type(n)
                if kind is ast.Name:
                    if n.id not in self.hidden:
                        names |= scope.bit(n.id)
                elif kind is ast.Nonlocal:
                    rebound |= scope.mask(n.names)
                elif kind is ast.NamedExpr and isinstance(root, ast.expr):
                    b = scope.bit(n.target.id)
                    scope.writes |= b
                    self.bound |= b
            self.reads |= names
            if type(root) is not ast.Name:
                scope.captured |= names
                mine = scope.mask(scope.local)
                scope.shared |= rebound & (mine | scope.nonlocals)


def target_names(target):
    """The names that a target binds; None among them for an attribute or item."""
    kind = type(target)
    if kind is ast.Name:
        return [target.id]
    if kind is ast.Tuple or kind is ast.List:
        return [n for e in target.elts for n in target_names(e)]
    return target_names(target.value) if kind is ast.Starred else [None]


def nests(generators):
    """Whether lambdas one in the other see what the clauses of a comprehension see: each name belongs to one clause,
    and is read in it and those after it."""
    own = [target_names(g.target) for g in generators]
    if any(None in names or g.is_async for names, g in zip(own, generators, strict=True)):
        return False
    later = set()
    for k in range(len(generators) - 1, -1, -1):
        g = generators[k]
        if later.intersection(own[k]) or any(reads(test, later) for test in g.ifs):
            return False
        later.update(own[k])
        if k and reads(g.iter, later):
            return False
    return True


def reads(node, names):
    return bool(names) and any(type(n) is ast.Name and n.id in names for n in ast.walk(node))


def unpacking(target, names):
    """`lambda item: [(a, b) for a, b in [item]][0]`: takes one item apart as Python does, at the target's position."""
    args = ast.arguments([], [place(ast.arg("item"), target)], None, [], [], None, [])
    item = place(ast.List([name("item", target)], LOAD), target)
    found = tuple_of([name(n, target) for n in names], target)
    each = place(ast.ListComp(found, [ast.comprehension(target, item, [], 0)]), target)
    first = place(ast.Subscript(each, const(0, target), LOAD), target)
    return place(ast.Lambda(args, first), target)


def parameters(args):
    """The names of all parameters."""
    names = [a.arg for a in args.posonlyargs + args.args + args.kwonlyargs]
    if args.vararg:
        names.append(args.vararg.arg)
    if args.kwarg:
        names.append(args.kwarg.arg)
    return frozenset(names)


E = Expressions
Expressions.expressions = {
    ast.Constant: E.constant,
    ast.Name: E.name,
    ast.Attribute: E.attribute,
    ast.Subscript: E.subscript,
    ast.BinOp: E.binary,
    ast.UnaryOp: E.unary,
    ast.Tuple: E.display,
    ast.List: E.display,
    ast.Set: E.display,
    ast.Dict: E.dictionary,
    ast.JoinedStr: E.joined,
    ast.FormattedValue: E.formatted,
    ast.BoolOp: E.logical,
    ast.IfExp: E.conditional,
    ast.Compare: E.compare,
    ast.NamedExpr: E.walrus,
    ast.Lambda: E.anonymous,
    ast.ListComp: E.comprehension,
    ast.SetComp: E.comprehension,
    ast.DictComp: E.comprehension,
    ast.GeneratorExp: E.generator,
}
