"""`if` becomes `ag__.if_stmt(test, then, else, state)`, or `if_ret` where its branches return."""

import ast

from .hoist import Made
from .nodes import call, const, expr, name, ret, thunk
from .places import Branch


def flagged(lowerer, item, then, other, live, at, low):
    """An `if` with the items `then` and `other`, whose jumps set flags."""
    begin(item, at, low)
    a = lowerer.branch(then, live, at)
    b = lowerer.branch(other, live, at) if other else None
    emit(lowerer, low, at, test_of(lowerer, item, at), a, b, item.at)
    for x in (a, b):
        if x is not None:
            low.open |= x.low.all
            low.all |= x.low.all
    low.ends = item.ends


def returning(lowerer, item, then, other, live, at, low):
    """An `if` at the end of a function, whose value is the function's value."""
    begin(item, at, low)
    a = lowerer.branch(then, live, at, value=True)
    b = lowerer.branch(other, live, at, value=True)
    emit_return(lowerer, low, at, test_of(lowerer, item, at), a, b, item.at)


def begin(item, at, low):
    low.stmts += item.pre
    at.fn.take_head(item)


def test_of(lowerer, item, at):
    """The test; for the else of a loop, that the loop was not left by break."""
    if isinstance(item.test, ast.AST):
        return item.test
    broke = f"broke_L{item.test.at.lineno}"
    at.fn.asked |= lowerer.scope.bit(broke)
    return call("not_", [name(broke, item.at)], item.at)


class Parts:
    """The generated functions of one statement, and what they do outside themselves."""

    def __init__(self, lowerer, low, at, where):
        self.lowerer, self.low, self.at, self.where = lowerer, low, at, where
        self.names = self.rebound = 0
        self.paths = None

    def add(self, prefix, branch, params=(), where=None, lent=0):
        """Puts the def of `branch` before the statement; an expression that names it."""
        where = where or self.where
        text = f"{prefix}_L{where.lineno}"
        fn = self.at.fn
        node, far, flags, takes = self.lowerer.close(
            text, params, branch, self.low, self.at, where, lent
        )
        fn.take_inner(branch.fn, far, flags)
        fn.below |= takes
        self.names |= far | flags
        self.rebound |= branch.fn.rebound
        paths = branch.fn.paths_outside(far)
        if paths:
            self.paths = {**self.paths, **paths} if self.paths else paths
        ref = name(text, where)
        if self.lowerer.hoists and self.at.loop is not None:
            fn.made.append(Made(takes, self.low.stmts, node, ref))
        return ref

    def state(self):
        """The state tuple: names, then the text of attributes and items, `self.x` or `d['k']`."""
        texts = self.lowerer.scope.names_of(self.names)
        for text, (_, used) in (self.paths or {}).items():
            # a place whose container or index changes inside is another place afterwards
            if not used & self.rebound and not inside(text, self.paths):
                texts.append(text)
        return const(tuple(texts), self.where)


def emit(lowerer, low, at, test, a, b, where):
    """Appends the branch functions and the call of if_stmt."""
    parts = Parts(lowerer, low, at, where)
    args = [test, const(None, where), const(None, where)]
    if a.low.stmts:
        args[1] = parts.add("then", a)
    if b is not None and b.low.stmts:
        args[2] = parts.add("else", b)
    low.stmts.append(expr(call("if_stmt", [*args, parts.state()], test), where))


def emit_return(lowerer, low, at, test, a, b, where):
    """Appends `return ag__.if_ret(test, a, b, state)`; `a` may be a ready expression."""
    parts = Parts(lowerer, low, at, where)
    args = [test]
    for prefix, x in (("then", a), ("else", b)):
        args.append(value_of(x, parts, prefix, where) if type(x) is Branch else x)
    low.stmts.append(ret(call("if_ret", [*args, parts.state()], test), where))


def value_of(branch, parts, prefix, where):
    """The branch as a function: a lambda when it only returns an expression."""
    stmts, fn = branch.low.stmts, branch.fn
    if not stmts:
        return thunk(const(None, where), where)
    if len(stmts) == 1 and type(stmts[0]) is ast.Return and not fn.w | fn.flags:
        s = stmts[0]
        return thunk(s.value or const(None, s), s)
    return parts.add(prefix, branch, (), where)


def inside(text, paths):
    """True when a place that `text` goes through is written as well."""
    return any(text != p and text.startswith(p) and text[len(p)] in ".[" for p in paths)
