"""`while` and `for` become `ag__.while_stmt(test, body, state, left, opts)` and
`ag__.for_stmt(iterated, body, state, left, opts)`; `left` names the flags that end the loop, see jumps.py."""

import ast

from . import jumps
from .conditionals import Parts
from .items import BREAK, CONTINUE, RETURN
from .nodes import assign, call, const, expr, ret, thunk
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

    params = ("itr",) if is_for else ()
    lent = wanted = 0
    if (
        lowerer.hoists
    ):  # what functions made before the loop look at belongs to the function round it
        for made in inner.made:
            wanted |= made.free
    if is_for and type(item.target) is ast.Name and own_target(lowerer, item, inner, alive):
        target = scope.bit(item.target.id)
        lent = wanted & target & ~at.fn.gen  # that function may read the variable of one further out
        if not lent:
            params = (item.target.id,)
            del lowered.stmts[0]  # target = itr
    if skips:
        lowered.stmts.insert(0, assign(loop.skip, const(False, where), where))
        inner.owned |= scope.bit(loop.skip)
        lent |= wanted & scope.bit(loop.skip)
    at.fn.lent |= lent

    parts = Parts(lowerer, low, at, where)
    left = flags and const(tuple(flags), where)
    if is_for:
        low.stmts += item.pre
        at.fn.take_head(item)
        function = parts.add("body", Branch(lowered, inner, alive), params, lent=lent)
        made = call("for_stmt", [item.iter, function, *ending(parts, left, item.opts)], item.iter)
    else:
        test = test_function(item, parts, alive)
        function = parts.add("body", Branch(lowered, inner, alive), lent=lent)
        made = call("while_stmt", [test, function, *ending(parts, left, item.opts)], item.test)
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


def ending(parts, left, options):
    """The last arguments of the operator of a loop, without those that say nothing."""
    args = [parts.state()]
    if left or options:
        args.append(left or const(None, parts.where))
    return [*args, options] if options else args


def test_function(item, parts, alive):
    """The test as a lambda, or as a def where it binds names."""
    test = item.test
    if not item.pre and not item.tw and not (parts.lowerer.hoists and item.made):
        return thunk(test, test)
    check = Function()
    check.take_head(item)
    made = Lowered(item.gen | item.tw)
    made.stmts = [*item.pre, ret(test, test)]
    return parts.add("test", Branch(made, check, alive))
