"""`try` becomes `ag__.try_stmt(body, orelse, final, state, *handlers)`: each clause is a function.

  try:                            def try_L2():
      y = 1 // x                      nonlocal y
  except ZeroDivisionError as e:      y = 1 // x
      y = 0                       def except_L4(e):
  finally:                            nonlocal y
      print(x)                        y = 0
                                  def finally_L6():
                                      print(x)
                                  ag__.try_stmt(try_L2, None, finally_L6, ('y',), ZeroDivisionError, except_L4)

`with contextlib.suppress(E):` is a `try` whose handler does nothing; any other `with` is
`ag__.with_stmt(manager, body, aside, state)`, where `aside` takes back the jumps of a body whose exception was put aside.

What a handler is for is looked at when something was raised: other names than those of Python's own exceptions are in a lambda.
Jumps in the clauses set flags, as those in branches of an `if` do; at the end of a function the operator returns the function's
value. A jump out of the finally clause takes back those of the other clauses, and puts the exception aside: the clause returns
whether it jumps.

The clauses `except*` are one handler: `*ag__.star(ValueError, except_L4, KeyError, except_L6)`.

  finally:                        def finally_L6():
      if y: break                     kept_L6, returned_L3 = (returned_L3,), False
                                      ...                                                 # may set broke_L2
                                      left_L6 = broke_L2
                                      returned_L3 = ag__.and_(ag__.not_(left_L6), lambda: kept_L6[0])
                                      return left_L6
"""

import ast
import builtins
import sys
import types

from .conditionals import Parts
from .hoist import Made
from .items import BREAK, CONTINUE
from .nodes import assign, call, const, expr, head_of, name, place, ret, thunk, tuple_of
from .places import Branch, Function, Lowered, Place


def suppresses(reader, item):
    """Whether an item of a `with` is a call of contextlib.suppress, which is told before it runs, as directives are."""
    function, attrs = getattr(item.context_expr, "func", None), []
    while type(function) is ast.Attribute:
        attrs.insert(0, function.attr)
        function = function.value
    scope = reader.scope
    if item.optional_vars is not None or type(function) is not ast.Name:
        return False
    if function.id in scope.local or function.id in scope.code.co_freevars:
        return False
    found = reader.top.globals.get(function.id)
    for attr in attrs:
        found = getattr(found, attr, None) if isinstance(found, types.ModuleType) else None
    return found is not None and found is getattr(sys.modules.get("contextlib"), "suppress", None)


def takes(item):
    """Whether the `try` or `with` of this item becomes an operator."""
    return type(item.at) in (ast.With, ast.Try, ast.TryStar)


def lower(lowerer, item, alive, at, low, tail):
    """Appends the functions of the clauses and the call of the operator."""
    where, (body, *clauses, orelse, final) = item.at, item.parts
    low.stmts += item.pre
    at.fn.take_head(item)
    value = at.value and tail
    end = at.safe | alive
    if item.jumps & (BREAK | CONTINUE):
        end |= at.loop.live  # a jump goes past what follows, which may write names anew
    after = end | final.gen  # what the finally clause reads is alive wherever the others are left
    handled = after | orelse.gen
    for c in clauses:
        handled |= c.gen
    parts = Parts(lowerer, low, at, where)

    every = 0

    def clause(block, safe, text, line, aside=0, params=(), jumped=0, value=value, held=None):
        nonlocal every
        fn = Function()
        region = None if value else at.region
        inside = Place(fn, value, value, False, at.loop, region, safe, at.aside)
        if jumped and block.items:
            made = Lowered(block.gen)
            lowerer.guard(block.items, jumped, safe, inside, made)
        else:
            made = lowerer.lower(block.items, safe, inside)
        made.stmts[:0] = lowerer.unset(aside, line, inside)
        if held is not None:
            made.stmts = bound_for(held, params[0], made.stmts)
        if text == "finally" and made.open:
            leaving(lowerer, made, every & (made.open | ~CONTINUE), inside, line)
        every |= made.all
        low.open |= made.all
        low.all |= made.all
        branch = Branch(made, fn, safe)
        return parts.add(text, branch, params, line), made.all

    tried, jumped = clause(body, handled, "try", where)
    nothing = const(None, where)
    args = [tried, nothing, nothing, nothing]
    starred = []
    if type(where) is ast.TryStar:
        args.append(place(ast.Starred(call("star", starred, where), ast.Load()), where))
    pairs = starred if type(where) is ast.TryStar else args
    for h, block in zip(where.handlers, clauses, strict=True):
        own = not h.name or not lowerer.scope.bit(h.name) & (after | lowerer.pinned)
        error = h.name if h.name and own else f"error_L{h.lineno}"
        function, _ = clause(block, after, "except", h, jumped, (error,), held=None if own else h)
        pairs += [kinds_of(lowerer, h, pairs, at), function]
    if orelse.items:
        args[1] = clause(orelse, after, "else", where.orelse[0], jumped=jumped)[0]
    if where.finalbody:
        args[2] = clause(final, end, "finally", where.finalbody[0], value=False)[0]
    head = head_of(where, "try:")
    args[3] = parts.state()
    made = call("try_stmt", args, head)
    low.stmts.append(ret(made, head) if value else expr(made, head))
    low.ends = value or item.ends


def leaving(lowerer, made, before, at, where):
    """Lets a finally clause return whether it jumps; if not, the jumps `before` it are taken up again."""
    left, kept = f"left_L{where.lineno}", f"kept_L{where.lineno}"
    own = lowerer.flags_of(made.open, at)
    flags = lowerer.flags_of(before, at)
    made.stmts.append(assign(left, lowerer.asks(own, where, at.fn), where))
    if flags:
        at.fn.asked |= lowerer.scope.mask(flags)
        start = [assign(kept, tuple_of([name(f, where) for f in flags], where), where)]
        made.stmts[:0] = start + [lowerer.flag(f, False, where, at.fn) for f in flags]
    for i, flag in enumerate(flags):
        was = place(ast.Subscript(name(kept, where), const(i, where), ast.Load()), where)
        again = call("and_", [call("not_", [name(left, where)], where), thunk(was, where)], where)
        if flag in own:
            again = call("or_", [name(flag, where), thunk(again, where)], where)
        made.stmts.append(assign(flag, again, where))
    made.stmts.append(ret(name(left, where), where))


def lower_with(lowerer, item, alive, at, low, tail):
    """Appends the functions of a `with` of one manager and the call of its operator."""
    where, (body,) = item.at, item.parts
    low.stmts += item.pre
    at.fn.take_head(item)
    value = at.value and tail
    end = at.safe | alive
    if item.jumps & (BREAK | CONTINUE):
        end |= at.loop.live  # as for `try`
    parts = Parts(lowerer, low, at, where)
    region = None if value else at.region
    place_ = Place(Function(), value, value, False, at.loop, region, end, at.aside)
    made = lowerer.lower(body.items, end, place_)
    low.open |= made.all
    low.all |= made.all
    entered = f"entered_L{where.lineno}"
    inside = parts.add("with", Branch(made, place_.fn, end), (entered,))
    aside = const(None, where)
    if made.all:  # jumps that it put aside together with an exception that came after them
        other = Place(Function(), value, value, False, at.loop, region, end, at.aside)
        unset = Lowered(0)
        unset.stmts = lowerer.unset(made.all, where, other)
        if unset.stmts:
            aside = parts.add("aside", Branch(unset, other.fn, end))
    head = head_of(where, "with:")
    args = [where.items[0].context_expr, inside, aside, parts.state()]
    operator = call("with_stmt", args, head)
    low.stmts.append(ret(operator, head) if value else expr(operator, head))
    low.ends = value or item.ends


def kinds_of(lowerer, handler, args, at):
    """What the handler is for, as the next argument."""
    kinds, scope = handler.type, lowerer.scope
    if kinds is None:
        return const(None, handler)
    plain, kinds_in = is_plain(kinds), list(ast.walk(kinds))
    names = {n.id for n in kinds_in if type(n) is ast.Name}
    fixed = all(is_pythons(scope, n) for n in names)
    if plain and fixed and not any(type(n) is ast.Attribute for n in kinds_in):
        return kinds
    made = thunk(kinds, kinds)
    if lowerer.hoists and at.loop is not None and plain:
        at.fn.made.append(Made(scope.mask(names), None, made, (args, len(args))))
    return made


def is_plain(node):
    """True for names, attributes and tuples of such: looking at them does nothing."""
    if type(node) is ast.Tuple:
        return all(is_plain(e) for e in node.elts)
    if type(node) is ast.Attribute:
        return is_plain(node.value)
    return type(node) is ast.Name


def is_pythons(scope, text):
    """Whether a name is that of one of Python's exceptions, as far as the function tells."""
    kind = getattr(builtins, text, None)
    own = scope.local.union(scope.code.co_freevars)
    return isinstance(kind, type) and text not in own and not scope.bits.get(text, 0) & scope.globals


def bound_for(handler, error, stmts):
    """The handler's statements with its exception in the user's variable, which others may see, for that long."""
    target = place(ast.Delete([place(ast.Name(handler.name, ast.Del()), handler)]), handler)
    body = stmts or [place(ast.Pass(), handler)]
    kept = place(ast.Try(body, [], [], [target]), handler)
    return [assign(handler.name, name(error, handler), handler), kept]
