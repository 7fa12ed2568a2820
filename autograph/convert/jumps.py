"""Lowers items to statements: jumps become the shape of the code, or flags where they must.

The code after an `if` that jumps moves into the branch that does not.  Where that would double it
(both branches may fall through), the jump sets a flag and the code after it is guarded:

  broke_L7 = True      left the loop of line 7; its test asks for it
  skip_L7 = True       left this turn of the loop
  returned_L7, value_L7 = True, v     a return inside the statement of line 7

In the function itself, and in branches whose value is the function's value (`if_ret`), a return is
a return.  Inside a `match` that stays Python a jump also leaves the generated function.
"""

import ast

from . import conditionals, loops, tries
from .hoist import settle
from .items import BREAK, CONTINUE, IF, JUMP, LOOP, NEST, RETURN, SIMPLE
from .nodes import STORE, assign, call, const, define, name, place, ret, thunk, tuple_of
from .places import Branch, Function, Lowered, Place, Region


class Lowerer:
    """Lowers the items of one user function."""

    def __init__(self, reader):
        self.reader = reader
        self.scope = reader.scope
        self.pinned = self.scope.pinned()
        self.bound = self.scope.bound()
        self.hoists = reader.top.hoists and not self.scope.dynamic  # locals() sees every name

    def lower(self, items, live, at):
        """Statements for `items`; `live` are the names alive after them."""
        alive, gen = self.liveness(items, live, at)
        low = Lowered(gen)
        at.fn.gen |= gen
        for i, item in enumerate(items):
            kind = item.kind
            if kind == SIMPLE:
                low.stmts += item.stmts
                at.fn.take(item)
                low.ends = item.ends
            elif kind == JUMP:
                low.stmts += item.pre
                at.fn.take_head(item)
                self.jump(item, low, at)
            elif item.jumps:
                if self.jumping(item, items[i + 1 :], alive[i], live, at, low):
                    break
            else:
                self.statement(item, alive[i], at, low, at.tail and i + 1 == len(items))
                low.ends = item.ends
            if low.ends:
                break
        return low

    def liveness(self, items, live, at):
        """The names alive after each item, and those read before `items` write them."""
        alive = [0] * len(items)
        gen = 0
        jump_live = at.loop.live if at.loop else 0
        for i in range(len(items) - 1, -1, -1):
            item = items[i]
            live |= at.safe
            alive[i] = live
            live = item.gen | live & ~item.kill
            if item.jumps & (BREAK | CONTINUE):
                live |= jump_live & ~item.jkill
            gen = item.gen | gen & ~item.kill
        return alive, gen

    def statement(self, item, alive, at, low, tail=False):
        """One control statement where it stands; its jumps, if any, set flags."""
        if item.kind == IF:
            conditionals.flagged(self, item, item.body.items, item.orelse.items, alive, at, low)
        elif item.kind == LOOP:
            loops.lower(self, item, alive, at, low)
        else:
            self.nest(item, alive, at, low, tail)

    # -- jumps

    def jump(self, item, low, at):
        low.ends = True
        where = item.at
        low.stmts += self.unset(at.aside, where, at)
        if item.jump == RETURN and at.value:
            if item.value is not None or not at.tail:
                low.stmts.append(ret(item.value, where))
            return
        if item.jump == RETURN:
            self.flagged_return(item, low, at)
        elif item.jump == BREAK:
            low.stmts.append(self.flag(at.loop.broke, True, where, at.fn))
        elif at.loop.skips:
            low.stmts.append(self.flag(at.loop.skip, True, where, at.fn))
        low.all |= item.jump
        if at.nested:
            low.stmts.append(ret(None, where))
        else:
            low.open |= item.jump

    def flagged_return(self, item, low, at):
        region, where = at.region, item.at
        region.used = True
        if item.value is None:
            low.stmts.append(self.flag(region.returned, True, where, at.fn))
            return
        flags = region.returned, region.value
        at.fn.flags |= self.scope.mask(flags)
        low.stmts.append(set_both(flags, const(True, where), item.value, where))

    def flag(self, text, value, where, fn):
        """`text = value`, noted as a flag set in `fn`."""
        fn.flags |= self.scope.bit(text)
        return assign(text, const(value, where), where)

    def unset(self, jumps, where, at):
        """Statements that take back the flags of `jumps`, which something else has overridden."""
        if jumps & CONTINUE and not at.loop.skips:
            jumps &= ~CONTINUE
        return [self.flag(f, False, where, at.fn) for f in self.flags_of(jumps, at)]

    def flags_of(self, jumps, at):
        """The flags that say whether one of `jumps` was taken."""
        out = []
        if jumps & BREAK:
            out.append(at.loop.broke)
        if jumps & CONTINUE:
            assert at.loop.skips
            out.append(at.loop.skip)
        if jumps & RETURN:
            out.append(at.region.returned)
        return out

    def asks(self, flags, where, fn):
        """The expression `flag or flag`, evaluated in `fn`."""
        fn.asked |= self.scope.mask(flags)
        first = name(flags[0], where)
        if len(flags) == 1:
            return first
        return call("or_", [first, *(thunk(name(f, where), where) for f in flags[1:])], where)

    def guard(self, rest, jumps, live, at, low):
        """`if not flag: rest` for the jumps that may have been taken."""
        where = rest[0].at or rest[0].stmts[0]
        test = call("not_", [self.asks(self.flags_of(jumps, at), where, at.fn)], where)
        a = self.branch(rest, live, at)
        conditionals.emit(self, low, at, test, a, None, where)
        low.open |= a.low.all
        low.all |= a.low.all

    def jumping(self, item, rest, alive, live, at, low):
        """Lowers an item that jumps.  True when the `rest` after it is dealt with as well."""
        if at.value and at.tail:
            return self.tail(item, rest, alive, live, at, low)
        if item.kind == IF and rest and moves(item, rest):
            then, other = self.move(item, rest)
            conditionals.flagged(self, item, then, other, live, at, low)
            return True
        self.statement(item, alive, at, low)
        low.ends = item.ends
        if low.ends or not rest or not low.open:
            return False
        self.guard(rest, low.open, live, at, low)
        return True

    def move(self, item, rest):
        """The items of both branches, with `rest` in the one that falls through."""
        a, b = item.body, item.orelse
        return a.items if a.ends else a.items + rest, b.items if b.ends else b.items + rest

    def tail(self, item, rest, alive, live, at, low):
        """As jumping, where a return of this function is the user's return."""
        if item.kind == IF and (not rest or moves(item, rest)):
            then, other = self.move(item, rest)
            conditionals.returning(self, item, then, other, live, at, low)
            low.ends = True
            return True
        if item.kind == NEST and not rest and not runs_on(item):
            self.nest(item, alive, at, low, True)
            low.ends = item.ends
            return True
        where = item.at
        region = Region(where.lineno)
        inner = Place(at.fn, True, False, at.nested, at.loop, region, at.safe)
        start = len(low.stmts)
        self.statement(item, alive, inner, low)
        low.ends = item.ends
        low.open = low.all = 0
        if not region.used:
            return False
        fn = at.fn
        flags = region.returned, region.value
        fn.owned |= self.scope.mask(flags)
        low.stmts.insert(start, set_both(flags, const(False, where), const(None, where), where))
        value = name(region.value, where)
        if rest and not low.ends:
            b = self.branch(rest, live, at, value=True)
            test = name(region.returned, where)
            conditionals.emit_return(self, low, at, test, thunk(value, where), b, where)
        else:
            low.stmts.append(ret(value, where))
        low.ends = True
        return True

    # -- try, with, match

    def nest(self, item, alive, at, low, tail):
        """Lowers the blocks of a statement that stays Python's, or of a `try` that becomes an operator."""
        if type(item.at) is ast.With:
            tries.lower_with(self, item, alive, at, low, tail)
            return
        if tries.takes(item):
            tries.lower(self, item, alive, at, low, tail)
            return
        parts, where = item.parts, item.at
        # an exception may lead past the statement from anywhere in it
        safe = at.safe | alive
        for p in parts:
            safe |= p.gen
        low.stmts += item.pre
        at.fn.take_head(item)
        lists = []
        for p in parts:
            inner = Place(at.fn, at.value, tail, True, at.loop, at.region, safe, at.aside)
            part = self.lower(p.items, alive, inner)
            lists.append(part.stmts or [place(ast.Pass(), where)])
            low.all |= part.all
            low.open |= part.open
        stmt = item.join(lists)
        low.stmts.append(stmt)

    # -- functions

    def branch(self, items, live, at, value=False):
        """Lowers `items` for a function of their own; `value`: its value is the user's."""
        fn = Function()
        region = None if value else at.region
        inside = Place(fn, value, value, False, at.loop, region, at.safe)
        low = self.lower(items, live, inside)
        live |= at.safe
        if low.all & (BREAK | CONTINUE):
            live |= at.loop.live  # a jump goes past what follows, which may write names anew
        return Branch(low, fn, live)

    def close(self, text, params, branch, low, at, where, lent=0):
        """Puts the def of a generated function into `low`.

        Result: the def, the names it rebinds outside, the flags, and all names that it takes.

        lent    a loop variable and flags of its own that belong to the function round it
        """
        fn, scope = branch.fn, self.scope
        far = fn.w & (branch.live | branch.low.gen | self.pinned)
        if fn.called:
            far |= scope.shared
        flags = fn.flags & ~fn.owned
        # eval and locals() see the names that the function refers to
        seen = scope.params | scope.writes & scope.mask(scope.local) if scope.dynamic else 0
        params_ = scope.mask(params)
        own = (fn.w & ~far | fn.lent & ~far | fn.flags & fn.owned | params_) & ~lent
        body = []
        node = define(text, params, body, where)
        took = 0
        if fn.made:
            again = at.loop is not None or text.startswith(("body", "test"))
            leaves = self.hoists and again
            gone, took = settle(fn.made, own, leaves, scope, low.stmts, node)
            at.fn.made += gone
        # the operators look names up in the functions they are given: what moved out leaves them
        kept = took & self.bound & ~own
        body += self.reader.declare(far | flags | lent | kept | seen & ~params_, where)
        missing = (fn.inner & fn.w | fn.lent) & ~far & ~fn.direct & ~params_
        if missing:
            body.append(unbound(scope.names_of(missing), where))
        body += branch.low.stmts
        if not body:
            body.append(place(ast.Pass(), where))
        low.stmts.append(node)
        takes = (
            branch.low.gen | fn.w | fn.inner | fn.flags | fn.asked | fn.below | took | lent
        ) & ~own
        return node, far, flags, takes


def moves(item, rest):
    """True when what follows an `if` can move into it: into one branch, or if it is but a jump."""
    return item.body.ends or item.orelse.ends or len(rest) == 1 and rest[0].kind == JUMP


def runs_on(item):
    """True for a try whose returns do not leave at its end: an else or finally part comes after."""
    parts = item.parts
    if not isinstance(item.at, (ast.Try, ast.TryStar)):
        return False
    return bool(parts[0].jumps & RETURN and parts[-2].items) or bool(parts[-1].jumps)


def asks_skip(items, nested=False):
    """(a continue falls through `items`, somebody has to ask whether it did): lower, foreseen.

    May say yes where the answer is no, which costs a flag.
    """
    for i, item in enumerate(items):
        rest = items[i + 1 :]
        if item.kind == JUMP:
            return item.jump == CONTINUE and not nested, False
        if not item.jumps:
            continue
        falls = bool(item.jumps & CONTINUE)
        if item.kind == IF:
            then, other = item.body.items, item.orelse.items
            if rest and moves(item, rest):
                then = then if item.body.ends else then + rest
                other = other if item.orelse.ends else other + rest
                falls = any(x.jumps & CONTINUE for x in (*then, *other))
                rest = ()
            asked = asks_skip(then)[1] or asks_skip(other)[1]
        elif item.kind == NEST and tries.takes(item):
            each = [asks_skip(p.items) for p in item.parts]
            falls = any(p.jumps & CONTINUE for p in item.parts)
            guarded = len(each) > 1 and item.parts[0].jumps & CONTINUE and item.parts[-2].items
            leaves = type(item.at) is not ast.With and item.parts[-1].jumps & CONTINUE
            asked = bool(guarded or leaves) or any(e[1] for e in each)
        elif item.kind == NEST:
            each = [asks_skip(p.items, True) for p in item.parts]
            falls = any(e[0] for e in each)
            asked = any(e[1] for e in each) or each[0][0] or each[-1][0]
        else:
            asked = False
        if not rest:
            return falls, asked
        later = any(x.jumps & CONTINUE for x in rest)  # from a function of its own
        return falls or later, asked or falls or asks_skip(rest)[1]
    return False, False


def set_both(names, first, second, where):
    """`a, b = first, second`."""
    targets = place(ast.Tuple([place(ast.Name(n, STORE), where) for n in names], STORE), where)
    return place(ast.Assign([targets], tuple_of([first, second], where)), where)


def unbound(names, where):
    """`if False: a = b = None`: makes names local without binding them."""
    targets = [place(ast.Name(n, STORE), where) for n in names]
    body = place(ast.Assign(targets, const(None, where)), where)
    return place(ast.If(const(False, where), [body], []), where)


def _named_arguments(node, body):
    """`kw = ag__.new(kw)` where `**kw` is a parameter, whose dict each call makes, and more is done with it than to hand it on."""
    kw = node.args.kwarg
    if kw is None:
        return []
    handed = {id(k.value) for n in ast.walk(node) if type(n) is ast.Call for k in n.keywords if k.arg is None}
    if not any(type(n) is ast.Name and n.id == kw.arg and id(n) not in handed for n in ast.walk(node)):
        return []
    where = body[0]
    made = call("new", [place(ast.Name(kw.arg, ast.Load()), where)], where)
    return [place(ast.Assign([place(ast.Name(kw.arg, STORE), where)], made), where)]


def lower_function(reader, node):
    """Converts the body of the def `node` in place, with the reader made for it."""
    scope = reader.scope
    first = node.body[0]
    doc = [first] if type(first) is ast.Expr and type(first.value) is ast.Constant else []
    made = _named_arguments(node, node.body[len(doc) :] or doc)
    block = reader.function(node)
    for holder, key, value, b in reader.unsure:
        if b & scope.staged:
            wrapped = call("ld", [value, const(value.id, value)], value)
            if type(holder) is list:
                holder[key] = wrapped
            else:
                setattr(holder, key, wrapped)
    fn = Function()
    lowerer = Lowerer(reader)
    low = lowerer.lower(block.items, lowerer.pinned, Place(fn, True, True, False, None, None, 0))
    settle(fn.made, 0, False, scope, None, None)
    stmts = low.stmts
    if doc and stmts and stmts[0] is first:
        del stmts[0]
    declared = scope.globals | scope.nonlocals
    own = scope.writes & ~scope.params & ~declared & scope.mask(scope.local)
    missing = own & ~fn.direct
    if not scope.dynamic:
        missing &= fn.inner | block.gen | scope.captured
    missing |= fn.lent & ~fn.direct & ~scope.params
    body = doc + reader.declare(declared, node)
    if missing:
        body.append(unbound(scope.names_of(missing), node))
    node.body = body + made + stmts or [place(ast.Pass(), node)]
