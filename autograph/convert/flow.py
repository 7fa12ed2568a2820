"""Reads a function body once: converts its expressions and turns its statements into items.

This is the only walk over the whole tree.  What it notes (names read and written, jumps, where a
block cannot fall through) is what the lowering needs, so nothing is looked at twice.
"""

import ast

from . import calls, matches, tries
from .assigns import Assigns
from .born import made_here
from .calls import Calls
from .exprs import FRAME_CALLS, NOTHING, Expressions, parameters
from .items import ALL, BREAK, CONTINUE, IF, JUMP, LOOP, NEST, RETURN, SIMPLE, Block, Item
from .jumps import lower_function
from .nodes import LOAD, assign, call, const, expr, head_of, name, place
from .scope import Scope


class Top:
    """What holds for the whole source of one conversion."""

    def __init__(self, code, text, hoists, globals_):
        self.code, self.globals = code, globals_
        self.hoists = hoists  # functions are made before the loop, see hoist.py
        self.walrus = ":=" in text
        self.frames = any(f"{word}(" in text for word in FRAME_CALLS)
        self.generators = "yield" in text or "await" in text
        self.deletes = "del " in text or "del(" in text
        self.nested = False  # functions or classes of the user stand in it
        self.statements = []  # (line, kind) of what the operators decide


class Reader(Expressions, Calls, Assigns):
    """Reads one user function.  Nested functions have readers of their own."""

    def __init__(self, top, scope):
        self.top = top
        self.scope = scope
        self.hidden = NOTHING
        self.lazy = self.lambdas = self.later = self.maybe = self.hoists = self.temps = 0
        self.unsure = []
        self.defined = 0
        self.depth = 0
        self.block = None
        self.first_param = None
        self.hoisted = []
        self.attributes = set()  # names of those that a control statement has set by now
        self.loops = self.operands = 0
        self.made = []
        self.start()

    def start(self):
        self.reads = self.bound = self.sure = self.inner = 0
        self.called = False
        self.paths = None

    # -- functions

    def function(self, node):
        """Reads the def `node`; returns its block."""
        args = node.args
        scope = self.scope
        scope.params = self.defined = scope.mask(parameters(args))
        positional = args.posonlyargs + args.args
        self.first_param = positional[0].arg if positional else None
        return self.read_block(node.body)

    def function_lambda(self, node):
        """Converts the body of the lambda `node` in place."""
        self.scope.params = self.defined = self.scope.mask(parameters(node.args))
        self.lambdas = self.lazy = 1
        node.body = made_here(self.visit(node.body))

    def read_block(self, statements):
        outer = self.block
        self.block = block = Block()
        for s in statements:
            self.statements[type(s)](self, s)
        self.block = outer
        if block.ends:
            self.defined = ALL
        return block

    # -- adding items

    def note(self, item, writes, by_item=False):
        """Moves what the expressions noted into `item`, which binds `writes`."""
        item.gen |= self.reads
        item.inner |= self.inner
        w = writes | self.bound
        item.w |= w
        item.tw = item.w
        item.tinner = item.inner
        item.rebound |= self.bound if by_item else w
        item.kill |= writes | self.sure
        item.called |= self.called
        item.paths = self.paths
        self.scope.writes |= w
        if self.depth:
            self.scope.staged |= w
        self.defined |= writes | self.sure
        if self.hoisted:
            item.pre = tuple(self.hoisted)
            self.hoisted = []
        if self.made:
            item.made = self.made
            self.made = []
        self.start()

    def simple(self, nodes, writes, by_item=False, ends=False):
        """Adds simple statements that bind `writes`, joining them to the run before."""
        item = Item(SIMPLE, None)
        self.note(item, writes, by_item)
        item.stmts = [*item.pre, *nodes]
        block = self.block
        if ends:
            item.ends = True
            item.kill = ALL
        elif block.items and not block.ends and block.items[-1].kind == SIMPLE:
            last = block.items[-1]
            last.stmts += item.stmts
            last.gen |= item.gen & ~last.kill
            last.kill |= item.kill
            last.w |= item.w
            last.rebound |= item.rebound
            last.inner |= item.inner
            last.called |= item.called
            last.made = [*last.made, *item.made]
            if item.paths:
                last.paths = {**last.paths, **item.paths} if last.paths else item.paths
            return block.count(item)
        block.add(item)

    # -- simple statements

    def expression(self, s):
        s.value = self.visit(s.value)
        if type(s.value) is ast.Name:
            self.store_of(s, "value", s.value)
        self.simple([s], 0)

    def delete(self, s):
        for t in s.targets:
            self.delete_one(t, s)

    def delete_one(self, t, s):
        if type(t) is ast.Tuple or type(t) is ast.List:
            for e in t.elts:
                self.delete_one(e, s)
        elif type(t) is ast.Name:
            bit = self.scope.bit(t.id)
            if (
                not bit & self.defined
            ):  # what the run may not have set is asked for, as a read of it is
                self.expression(expr(name(t.id, t), s))
            self.reads |= bit
            self.simple([place(ast.Delete([t]), s)], bit)
            self.defined &= ~bit
        else:
            self.note_path(t)
            item = type(t) is ast.Subscript
            args = [self.visit(t.value), self.index(t.slice) if item else const(t.attr, t)]
            self.simple([expr(call("del_item" if item else "del_attr", args, s), s)], 0)

    def imports(self, s):
        names = [a.asname or a.name.partition(".")[0] for a in s.names]
        self.simple([s], self.scope.mask(names))

    def global_names(self, s):
        self.scope.globals |= self.scope.mask(s.names)

    def nonlocal_names(self, s):
        self.scope.nonlocals |= self.scope.mask(s.names)

    def nothing(self, s):
        pass

    def assertion(self, s):
        if __debug__:
            self.top.statements.append((s.lineno, "assert"))
            self.simple([expr(calls.assertion(self, s), s)], 0)

    def raising(self, s):
        self.top.statements.append((s.lineno, "raise"))
        if s.exc is not None:
            calls.raising(self, s)
        self.simple([s], 0, ends=True)

    def type_alias(self, s):
        self.plain(s.value)
        self.simple([s], self.scope.bit(s.name.id))

    def class_def(self, s):
        """`class K(A, metaclass=M): ...`: its body stays as it is; `ag__.bases("K", A)` looks at what it does first."""
        self.top.nested = True
        decorators, head = self.decorators(s), head_of(s, "class")
        bases = [self.visit(b) for b in s.bases]
        for k in s.keywords:
            k.value = self.visit(k.value)
            if k.arg == "metaclass":
                k.value = call("metaclass", [k.value], head)
        s.decorator_list, s.bases = [], []
        self.plain(*s.body, *getattr(s, "type_params", ()))
        s.decorator_list = decorators
        given = call("bases", [const(s.name, head), *bases], head)
        s.bases = [place(ast.Starred(given, LOAD), head)]
        self.called = True
        self.simple([s], self.scope.bit(s.name))

    def decorators(self, s):
        """The decorators of a def or class: what they make of it is a call."""
        return [call("decorator", [self.visit(d)], d) for d in s.decorator_list]

    def nested_def(self, s):
        self.top.nested = True
        scope = self.scope
        args, code = s.args, scope.child_code(s)
        decorators, s.decorator_list = self.decorators(s), []
        self.defaults(args)
        annotated = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
        self.plain(*[a.annotation for a in annotated if a is not None and a.annotation is not None])
        if s.returns is not None:
            self.plain(s.returns)
        if type(s) is ast.AsyncFunctionDef or self.top.generators and yields(s.body):
            kept = args.defaults, args.kw_defaults
            args.defaults, args.kw_defaults = [], []
            self.plain(s)
            args.defaults, args.kw_defaults = kept
        else:
            child = Scope(code, scope)
            lower_function(Reader(self.top, child), s)
            scope.absorb(child)
        s.decorator_list = decorators
        self.simple([s], scope.bit(s.name))

    # -- jumps

    def jump(self, s, bit):
        item = Item(JUMP, s)
        item.jump = bit
        item.value = None
        if bit == RETURN and s.value is not None:
            value = s.value
            s.value = item.value = made_here(self.visit(value))
            if type(value) is ast.Name:
                self.store_of(item, "value", value)
        self.note(item, 0)
        item.ends = True
        item.jumps = bit
        item.kill = ALL
        item.jkill = ALL if bit == RETURN else 0
        self.block.add(item)

    def return_stmt(self, s):
        self.jump(s, RETURN)

    def break_stmt(self, s):
        self.jump(s, BREAK)

    def continue_stmt(self, s):
        self.jump(s, CONTINUE)

    # -- control statements

    def if_stmt(self, s):
        self.top.statements.append((s.lineno, getattr(s, "word", "if")))
        item = Item(IF, s)
        item.test = self.visit(s.test)
        self.note(item, 0)
        self.branches(item, s.body, s.orelse)

    def branches(self, item, body, orelse):
        self.depth += 1
        before = self.defined
        item.body = a = self.read_block(body)
        after, self.defined = self.defined, before
        item.orelse = b = self.read_block(orelse)
        self.defined &= after
        self.depth -= 1
        item.gen |= (a.gen | b.gen) & ~item.kill
        item.kill |= a.kill & b.kill
        item.jkill = a.jkill & b.jkill
        item.ends = a.ends and b.ends
        self.sum(item, a, b)
        self.block.add(item)

    def sum(self, item, *blocks):
        for b in blocks:
            item.w |= b.w
            item.rebound |= b.rebound
            item.jumps |= b.jumps
            item.called |= b.called
            if b.paths:
                item.paths = {**item.paths, **b.paths} if item.paths else b.paths

    def while_stmt(self, s):
        self.top.statements.append((s.lineno, "while"))
        item = Item(LOOP, s)
        options = calls.loop_options(s.body)
        self.depth += 1
        self.loops += 1
        self.forget_deleted(s)
        item.test = self.visit(s.test)
        self.loops -= 1
        item.target = item.iter = None
        item.opts = calls.options_dict(self, options, s)
        self.note(item, 0)
        before = self.defined
        self.loop_body(item, s)
        self.defined = before
        endless = type(s.test) is ast.Constant and bool(s.test.value)
        self.after_loop(item, s, endless)

    def for_stmt(self, s):
        self.top.statements.append((s.lineno, "for"))
        item = Item(LOOP, s)
        options = calls.loop_options(s.body)
        item.test = None
        item.iter = self.iterated(s.iter)
        item.opts = calls.options_dict(self, options, s)
        self.note(item, 0)
        self.forget_deleted(s)
        before = self.defined
        self.depth += 1
        item.target = s.target
        self.loop_body(item, s)
        self.defined = before
        self.after_loop(item, s, False)

    def forget_deleted(self, s):
        """What a loop deletes is not surely set when its next turn begins, or when it ends; what a `try` or `with` deletes not in its
        handlers, nor behind it."""
        for d in ast.walk(s) if self.top.deletes else ():
            if type(d) is ast.Delete:
                for t in ast.walk(d):
                    if type(t) is ast.Name and type(t.ctx) is ast.Del:
                        self.defined &= ~self.scope.bit(t.id)

    def loop_body(self, item, s):
        outer = self.block
        self.block = block = Block()
        self.loops += 1
        if item.target is not None:
            self.assign_to(item.target, name("itr", item.target), item.target)
        for t in s.body:
            self.statements[type(t)](self, t)
        self.block = outer
        self.depth -= 1
        self.loops -= 1
        item.body = block

    def after_loop(self, item, s, endless):
        body = item.body
        item.gen |= body.gen & ~item.kill
        self.sum(item, body)
        item.jumps = body.jumps & RETURN
        breaks = body.jumps & BREAK
        if endless and not breaks:
            item.ends = True
            item.kill = ALL
        self.block.add(item)
        if not s.orelse:
            return
        if not breaks:
            for t in s.orelse:
                self.statements[type(t)](self, t)
            return
        other = Item(IF, s.orelse[0])
        other.test = item  # the loop: taken when it was not left by break
        self.branches(other, s.orelse, [])

    # -- statements that stay Python's own, with converted contents

    def nest(self, item, parts, join, kill=0):
        """`parts` are the blocks; `join(lists)` puts the lowered statements back; `kill`: the names
        written by every way through them."""
        item.parts = parts
        item.join = join
        for b in parts:
            item.gen |= b.gen & ~item.kill
        item.kill |= ALL if item.ends else kill
        item.jkill = 0 if any(b.jumps & (BREAK | CONTINUE) for b in parts) else ALL
        self.sum(item, *parts)
        self.block.add(item)

    def with_stmt(self, s):
        """One manager after the other: `with a as x, b:` is `with a as x:` round `with b:`."""
        if tries.suppresses(self, s.items[0]):
            self.suppress_stmt(s)
            return
        first = s.items[0]
        self.top.statements.append((first.context_expr.lineno, "with"))
        first.context_expr = self.visit(first.context_expr)
        self.called = True
        inner = [place(ast.With(s.items[1:], s.body), s)] if s.items[1:] else s.body
        item = Item(NEST, place(ast.With(s.items[:1], inner), s))
        self.forget_deleted(s)
        before = self.defined
        self.note(item, 0)
        outer, self.block = self.block, Block()
        if first.optional_vars is not None:
            value = name(f"entered_L{s.lineno}", first.context_expr)
            self.assign_to(first.optional_vars, value, first.context_expr)
        for t in inner:
            self.statements[type(t)](self, t)
        body, self.block = self.block, outer
        self.defined = before  # it may put an exception aside that came before the rest was
        self.nest(item, [body], None)

    def suppress_stmt(self, s):
        """`with contextlib.suppress(...)` is a `try` whose handler does nothing."""
        manager = s.items[0].context_expr
        kinds = self.temporary("suppressed", s)
        found = call("suppressed", [self.visit(manager)], manager)
        self.called = True
        self.simple([assign(kinds, found, s)], self.scope.bit(kinds))
        body = [place(ast.With(s.items[1:], s.body), s)] if s.items[1:] else s.body
        handler = ast.ExceptHandler(name(kinds, s), None, [place(ast.Pass(), s)])
        self.try_stmt(place(ast.Try(body, [place(handler, s)], [], []), s))

    def try_stmt(self, s):
        item = Item(NEST, s)
        self.forget_deleted(s)
        before = self.defined
        self.depth += 1
        body = self.read_block(s.body)
        orelse = self.read_block(s.orelse)
        after = self.defined
        handlers = []
        for h in s.handlers:
            self.defined = before
            inner = Item(SIMPLE, h)
            if h.type is not None:
                h.type = self.visit(h.type)
            bound = self.scope.bit(h.name) if h.name else 0
            self.hoist_to(item)
            self.note(inner, bound)
            outer, self.block = self.block, Block()
            inner.stmts = []
            self.block.add(inner)
            for t in h.body:
                self.statements[type(t)](self, t)
            block, self.block = self.block, outer
            handlers.append(block)
            if not block.ends:
                after &= self.defined & ~bound
            elif (
                block.jumps
            ):  # a staged `try` joins what is set on both ways, and knows of the jump by a flag
                after &= before
        self.defined = before
        final = self.read_block(s.finalbody)
        self.depth -= 1
        self.defined = after | (0 if final.ends else self.defined)
        kill = body.kill | orelse.kill
        for b in handlers:
            kill &= b.kill
        parts = [body, *handlers, orelse, final]
        self.top.statements.append((s.lineno, "try"))
        item.ends = final.ends or ((body.ends or orelse.ends) and all(b.ends for b in handlers))

        def join(lists):
            s.body = lists[0]
            s.finalbody = lists[-1]
            s.orelse = lists[-2]
            for h, lowered in zip(s.handlers, lists[1:-2], strict=True):
                h.body = lowered
            return s

        self.nest(item, parts, join, kill | final.kill)

    def match_stmt(self, s):
        lowered = matches.as_ifs(self, s)
        if lowered is not None:
            return
        for text, uses in matches.number_classes(s).items():
            own = f"{text}_L{s.lineno}"
            found = call("pattern_class", [self.name(name(text, s))], s)
            self.simple([assign(own, found, s)], self.scope.bit(own))
            for pattern in uses:
                pattern.cls = name(own, pattern)
        item = Item(NEST, s)
        self.top.statements.append((s.lineno, "match"))
        s.subject = self.visit(s.subject)
        self.note(item, 0)
        self.forget_deleted(s)
        before, after, parts = self.defined, ALL, []
        for c in s.cases:
            self.defined = before
            bound = self.scope.mask(matches.captures(c.pattern))
            for n in ast.walk(c.pattern):
                if isinstance(n, ast.expr):
                    self.visit_pattern_expr(n)
            outer, self.block = self.block, Block()
            head = Item(SIMPLE, c)
            head.stmts = []
            if c.guard is not None:
                c.guard = self.visit(c.guard)
            self.hoist_to(item)
            self.note(head, bound)
            self.block.add(head)
            for t in c.body:
                self.statements[type(t)](self, t)
            block, self.block = self.block, outer
            parts.append(block)
            after &= ALL if block.ends else self.defined
        if s.cases[-1].guard is None and matches.total(s.cases[-1].pattern):
            self.defined = after
            item.ends = all(b.ends for b in parts)
        else:
            self.defined = before

        def join(lists):
            for c, lowered in zip(s.cases, lists, strict=True):
                c.body = lowered
            return s

        self.nest(item, parts, join)

    def hoist_to(self, item):
        """Puts defs hoisted out of a clause's head before the whole statement."""
        item.pre = (*item.pre, *self.hoisted)
        item.inner |= self.inner
        self.hoisted = []

    def visit_pattern_expr(self, node):
        if type(node) is ast.Name:
            self.name(node)

    def declare(self, mask, where):
        """The `global` and `nonlocal` statements for binding `mask` in a nested function."""
        scope = self.scope
        out = []
        far = mask & scope.globals
        if far:
            out.append(place(ast.Global(scope.names_of(far)), where))
        if mask & ~far:
            out.append(place(ast.Nonlocal(scope.names_of(mask & ~far)), where))
        return out


def yields(body):
    """True when the function with this body is a generator."""
    todo = list(body)
    while todo:
        n = todo.pop()
        if isinstance(n, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            todo += ast.iter_child_nodes(n)
    return False


R = Reader
Reader.statements = {
    ast.Expr: R.expression,
    ast.Assign: R.assign_stmt,
    ast.AugAssign: R.augmented,
    ast.AnnAssign: R.annotated,
    ast.Return: R.return_stmt,
    ast.Break: R.break_stmt,
    ast.Continue: R.continue_stmt,
    ast.If: R.if_stmt,
    ast.While: R.while_stmt,
    ast.For: R.for_stmt,
    ast.With: R.with_stmt,
    ast.Try: R.try_stmt,
    ast.TryStar: R.try_stmt,
    ast.Match: R.match_stmt,
    ast.FunctionDef: R.nested_def,
    ast.AsyncFunctionDef: R.nested_def,
    ast.ClassDef: R.class_def,
    ast.Import: R.imports,
    ast.ImportFrom: R.imports,
    ast.Global: R.global_names,
    ast.Nonlocal: R.nonlocal_names,
    ast.Pass: R.nothing,
    ast.Delete: R.delete,
    ast.Assert: R.assertion,
    ast.Raise: R.raising,
}
if hasattr(ast, "TypeAlias"):
    Reader.statements[ast.TypeAlias] = R.type_alias
