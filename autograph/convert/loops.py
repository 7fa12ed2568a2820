"""`while` and `for` become `ag__.while_stmt(test, body, state, opts)` and
`ag__.for_stmt(iterated, body, state, extra_test, opts)`; see jumps.py for the flags."""

import ast

from . import jumps
from .conditionals import Parts
from .items import BREAK, CONTINUE, RETURN
from .nodes import assign, call, const, define, expr, name, ret, thunk
from .places import Branch, Function, Loop, Lowered, Place


def lower(lowerer, item, live, at, low):
    """Appends the functions of a loop and the call of its operator."""
    where, body, scope = item.at, item.body, lowerer.scope
    is_for = item.test is None
    alive = live | at.safe | item.gen | body.gen  # the next turn reads what test and body read
    skips = bool(body.jumps & CONTINUE) and jumps.asks_skip(body.items)[1]
    loop = Loop(where.lineno, alive, skips)
    inner = Function()
    region = at.region
    lowered = lowerer.lower(
        body.items, alive, Place(inner, False, False, False, loop, region, at.safe)
    )
    flags = []
    if body.jumps & BREAK:
        flags.append(loop.broke)
        low.stmts.append(lowerer.flag(loop.broke, False, where, at.fn))
        at.fn.owned |= scope.bit(loop.broke)
    if lowered.all & RETURN:
        flags.append(region.returned)
    go_on = call("not_", [lowerer.asks(flags, where)], where) if flags else None

    params = ("itr",) if is_for else ()
    if is_for and type(item.target) is ast.Name and own_target(lowerer, item, inner, alive):
        params = (item.target.id,)
        del lowered.stmts[0]  # target = itr
    if skips:
        lowered.stmts.insert(0, assign(loop.skip, const(False, where), where))
        inner.owned |= scope.bit(loop.skip)

    parts = Parts(lowerer, low, at, where)
    none = const(None, where)
    if is_for:
        low.stmts += item.pre
        at.fn.bind(item.tw, item.tinner)
        function = parts.add("body", Branch(lowered, inner, alive), params)
        extra = thunk(go_on, where) if go_on else none
        args = [item.iter, function, parts.state(), extra, item.opts or none]
        made = call("for_stmt", args, item.iter)
    else:
        test = test_function(lowerer, item, go_on, parts, alive)
        function = parts.add("body", Branch(lowered, inner, alive))
        args = [test, function, parts.state(), item.opts or none]
        made = call("while_stmt", args, item.test)
    at.fn.called |= item.called
    low.stmts.append(expr(made, where))
    low.all |= lowered.all & RETURN
    low.open |= lowered.all & RETURN


def own_target(lowerer, item, inner, alive):
    """True when the loop variable is needed in the body only, so that it can be its parameter."""
    scope = lowerer.scope
    target = scope.bit(item.target.id)
    shared = scope.shared if inner.called else 0
    return not target & (alive | lowerer.pinned | shared)


def test_function(lowerer, item, go_on, parts, alive):
    """The test as a lambda, or as a def where it binds names."""
    test, where = item.test, item.at
    if not item.pre and not item.tw:
        return thunk(test if go_on is None else both(go_on, test), test)
    stmts = [*item.pre, ret(test, test)]
    check = Function()
    check.bind(item.tw, item.tinner)
    if go_on is not None:
        # not evaluated after a break
        text = f"next_L{where.lineno}"
        stmts = lowerer.reader.declare(item.tw, test) + stmts
        asked = call("and_", [go_on, name(text, test)], test)
        stmts = [define(text, (), stmts, where), ret(asked, test)]
        check.inner |= item.tw
    made = Lowered(item.tw)
    made.stmts = stmts
    return parts.add("test", Branch(made, check, alive))


def both(go_on, test):
    """`ag__.and_(go_on, lambda: test)`; a test that is an `and` gets one operand more."""
    operands = [thunk(test, test)]
    if type(test) is ast.Call and getattr(test.func, "attr", "") == "and_":
        if getattr(test.func.value, "id", "") == "ag__":
            operands = [thunk(test.args[0], test), *test.args[1:]]
    return call("and_", [go_on, *operands], test)
