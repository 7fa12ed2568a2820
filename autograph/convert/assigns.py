"""Assignment to items: `x[i] = v` rebinds `x`, so that a tensor can be replaced by its update.

Python evaluates the value, then the container, then the index.  Where moving the value into the
operator's arguments could be noticed, it is put into a temporary first.
"""

import ast

from .nodes import LOAD, STORE, assign, call, const, expr, name, place, tuple_of

OPERATORS = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.MatMult: "@",
}


def made_here(node):
    """Lists and dicts that are given a name: the trace has to know its own containers."""
    kind = type(node)
    if kind is ast.List or kind is ast.Dict:
        items = node.elts if kind is ast.List else node.values
        items[:] = [made_here(n) for n in items]
        return call("new", [node], node)
    if kind is ast.Tuple:
        node.elts[:] = [made_here(n) for n in node.elts]
    elif kind is ast.ListComp:
        return call("new", [node], node)
    elif kind is ast.BinOp and type(node.op) is ast.Mult:  # [0] * n
        node.left, node.right = made_here(node.left), made_here(node.right)
    return node


class Assigns:
    """The part of the reader that converts assignments."""

    def assign_stmt(self, s):
        value = s.value
        s.value = made_here(self.visit(value))
        if type(value) is ast.Name:
            self.store_of(s, "value", value)
        targets = s.targets
        if len(targets) == 1 and type(targets[0]) is ast.Name:
            return self.simple([s], self.scope.bit(targets[0].id))
        if len(targets) == 1 and type(targets[0]) is ast.Attribute:
            return self.set_attr(targets[0], value, s)
        if not any(has_item(t) for t in targets):
            return self.simple([s], self.targets(targets))
        if len(targets) == 1 and type(targets[0]) is ast.Subscript:
            return self.store(targets[0], value, s.value, s)
        if len(targets) == 1:
            return self.unpack(targets[0], s.value, s)
        self.temps += 1
        held = f"item_L{s.lineno}_{self.temps}"
        self.simple([assign(held, s.value, s)], 0)
        for t in targets:
            self.assign_to(t, name(held, s), s)

    def annotated(self, s):
        """`x: T = v`; the annotation goes, since a nested function may not annotate our name."""
        if s.value is not None:
            self.assign_stmt(place(ast.Assign([s.target], s.value), s))
        elif type(s.target) is ast.Name:
            self.scope.writes |= self.scope.bit(s.target.id)  # it is a local name, bound or not
        else:
            self.visit(s.target)
            self.simple([], 0)

    def targets(self, targets):
        """The names bound by plain targets; notes the attributes written."""
        names = 0
        for t in targets:
            kind = type(t)
            if kind is ast.Name:
                names |= self.scope.bit(t.id)
            elif kind is ast.Tuple or kind is ast.List:
                names |= self.targets(t.elts)
            elif kind is ast.Starred:
                names |= self.targets((t.value,))
            elif kind is ast.Attribute:
                self.note_path(t)
                t.value = self.visit(t.value)
            else:
                self.note_path(t)
                t.value = self.visit(t.value)
                t.slice = self.visit(t.slice)
        return names

    def assign_to(self, target, value, where):
        """Assigns the already converted `value` to any target."""
        if type(target) is ast.Subscript:
            self.store(target, None, value, where)
        elif has_item(target):
            self.unpack(target, value, where)
        else:
            self.simple([place(ast.Assign([target], value), where)], self.targets([target]))

    def unpack(self, target, value, where):
        """`a, x[i] = value`: temporaries from the first item on, then one after the other."""
        later = []

        def plain(t):
            if type(t) in (ast.Tuple, ast.List):
                return place(type(t)([plain(e) for e in t.elts], STORE), t)
            if type(t) is ast.Starred:
                return place(ast.Starred(plain(t.value), STORE), t)
            if type(t) is ast.Name and not later:
                return t
            self.temps += 1
            held = f"item_L{where.lineno}_{self.temps}"
            later.append((t, held))
            return place(ast.Name(held, STORE), t)

        first = plain(target)
        held = {h for _, h in later}
        names = self.targets(
            [n for n in ast.walk(first) if type(n) is ast.Name and n.id not in held]
        )
        self.simple([place(ast.Assign([first], value), where)], names)
        for t, held in later:
            self.assign_to(t, name(held, t), where)

    def store(self, target, source, value, where):
        """`x[i] = value`; `source` is the value as the user wrote it, None for a temporary."""
        if source is not None and not self.order_is_free(target.slice, source, target.value):
            self.temps += 1
            held = f"item_L{where.lineno}_{self.temps}"
            self.simple([assign(held, value, where)], 0)
            value = name(held, where)
        self.note_path(target)
        base = self.visit(target.value)
        args = [self.index(target.slice), value]
        self.rebind("set_item", base, args, where)

    def rebind(self, op, base, args, where):
        """`base = ag__.op(base, *args)` in the form that fits `base`; the value comes last."""
        attr = type(base) is ast.Attribute
        args = [base.value, const(base.attr, base), *args] if attr else [base, *args]
        if type(args[-1]) is ast.Name and args[-1].id in self.scope.bits:
            self.store_of(args, len(args) - 1, args[-1])
        if type(base) is ast.Name and base.id not in self.hidden and self.scope.rebinds(base.id):
            s = assign(base.id, call(op, args, where), where)
            return self.simple([s], self.scope.bit(base.id), by_item=True)
        value = call(op + "_attr" if attr else op, args, where)
        self.simple([expr(value, where)], 0)

    def order_is_free(self, index, value, base):
        """True when nobody can tell whether `value` or the container and index came first."""
        if type(value) is ast.Constant or type(value) is ast.Name:
            return True
        if not effects(value):
            # reading a name that may be unbound raises, and so may the value
            if type(base) is ast.Name and base.id not in self.hidden:
                if base.id not in self.scope.local and base.id not in self.top.code.co_freevars:
                    return False
            if any(type(n) is ast.Name and self.may_be_unbound(n) for n in ast.walk(index)):
                return False
            return not effects(index)
        for node in (index, base):
            if type(node) is ast.Name:
                b = self.scope.bit(node.id)
                if node.id not in self.scope.local or b & (self.scope.shared | self.scope.captured):
                    return False
            elif type(node) is not ast.Constant:
                return False
        return not self.top.walrus

    def may_be_unbound(self, node):
        name = node.id
        if name in self.hidden or name not in self.scope.local:
            return False
        return not self.scope.bit(name) & self.defined

    def index(self, node):
        """The index as one value: slices become slice objects."""
        if type(node) is ast.Slice:
            parts = [
                self.visit(p) if p else const(None, node)
                for p in (node.lower, node.upper, node.step)
            ]
            return place(ast.Call(name("slice", node), parts, []), node)
        if type(node) is ast.Tuple and any(type(e) is ast.Slice for e in node.elts):
            return tuple_of([self.index(e) for e in node.elts], node)
        return self.visit(node)

    def augmented(self, s):
        target = s.target
        kind = type(target)
        if kind is ast.Attribute:
            return self.augmented_attr(s)
        if kind is not ast.Subscript:
            if kind is ast.Name:
                b = self.scope.bit(target.id)
                self.reads |= b
            else:
                b = 0
                self.note_path(target)
                target.value = self.visit(target.value)
            s.value = self.visit(s.value)
            return self.simple([s], b)
        self.note_path(target)
        symbol = OPERATORS[type(s.op)]
        if not effects(s.value) and type(target.value) is not ast.Attribute:
            base = self.visit(target.value)
            args = [self.index(target.slice), const(symbol, target), self.visit(s.value)]
            return self.rebind("aug_item", base, args, s)
        # the old item is read before the value is evaluated
        self.temps += 1
        end = f"_L{s.lineno}_{self.temps}"
        base = self.visit(target.value)
        if type(base) is ast.Attribute:
            holder = base.value
            self.simple([assign("of" + end, holder, s)], 0)
            base = place(ast.Attribute(name("of" + end, base), base.attr, base.ctx), base)
        elif type(base) is not ast.Name:
            self.simple([assign("of" + end, base, s)], 0)
            base = name("of" + end, s)
        at = name("at" + end, s)
        old = place(ast.Subscript(base, at, base.ctx), target)
        self.simple([assign("at" + end, self.index(target.slice), s)], 0)
        self.simple([assign("item" + end, old, s)], 0)
        update = place(
            ast.AugAssign(place(ast.Name("item" + end, STORE), s), s.op, self.visit(s.value)), s
        )
        self.simple([update], 0)
        if type(base) is ast.Name:
            self.reads |= self.scope.bits.get(base.id, 0)
        self.rebind("set_item", base, [at, name("item" + end, s)], s)

    # -- attributes

    def set_attr(self, target, source, s):
        """`owner.x = value`; Python evaluates the value before the owner."""
        value = s.value
        if effects(source) and type(target.value) is not ast.Name:
            value = self.hold("item", value, s)
        args = [self.visit(target.value), const(target.attr, target), value]
        self.simple([expr(call("set_attr", args, s), s)], 0)

    def augmented_attr(self, s):
        """`owner.x += value`; the old value is read before `value` is evaluated."""
        target = s.target
        owner = self.visit(target.value)
        attr = const(target.attr, target)
        if not effects(s.value):
            args = [owner, attr, const(OPERATORS[type(s.op)], s), self.visit(s.value)]
            return self.simple([expr(call("aug_attr", args, s), s)], 0)
        if type(owner) is not ast.Name:
            owner = self.hold("of", owner, s)
        old = place(ast.Attribute(owner, target.attr, LOAD), target)
        item = self.hold("item", old, s)
        update = place(
            ast.AugAssign(place(ast.Name(item.id, STORE), s), s.op, self.visit(s.value)), s
        )
        self.simple([update], 0)
        if type(target.value) is ast.Name:
            self.visit(target.value)
        self.simple([expr(call("set_attr", [owner, attr, item], s), s)], 0)

    def hold(self, prefix, value, where):
        """Puts the converted `value` into a temporary; the name that reads it."""
        self.temps += 1
        held = f"{prefix}_L{where.lineno}_{self.temps}"
        self.simple([assign(held, value, where)], 0)
        return name(held, where)

    # -- attributes and items as state

    def note_path(self, target):
        """Notes an attribute or item that is written, if its place can be named beforehand."""
        names = set()
        text = path_text(target, names)
        if text and not names & self.hidden:
            self.paths = self.paths or {}
            self.paths[text] = (target, self.scope.mask(names))


def has_item(target):
    """True when an item is among the targets."""
    kind = type(target)
    if kind is ast.Tuple or kind is ast.List:
        return any(has_item(e) for e in target.elts)
    if kind is ast.Starred:
        return has_item(target.value)
    return kind is ast.Subscript


def effects(node):
    """True when evaluating `node` may run code of the user that changes something."""
    if type(node) is ast.Name or type(node) is ast.Constant:
        return False
    return any(type(n) in (ast.Call, ast.NamedExpr) for n in ast.walk(node))


def path_text(node, names):
    """`self.x`, `d['k']`, `a.b.c`, `x[i]` as text, its names added to `names`; None for others."""
    kind = type(node)
    if kind is ast.Name:
        names.add(node.id)
        return node.id
    if kind is ast.Attribute:
        inner = path_text(node.value, names)
        return inner and f"{inner}.{node.attr}"
    if kind is ast.Subscript:
        inner = path_text(node.value, names)
        key = node.slice
        if type(key) is ast.Name:
            names.add(key.id)
            return inner and f"{inner}[{key.id}]"
        if type(key) is ast.Constant:
            return inner and f"{inner}[{key.value!r}]"
    return None
