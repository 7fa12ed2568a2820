"""Assignment to items and attributes, which a branch or a loop of the trace must know of; `x[i] = v` rebinds `x`, so
that a tensor can be replaced by its update.

The arguments of the operators stand in Python's order of evaluation: the value before the container and the index;
with `op=` the container, the index, the old item, then the value.
"""

import ast

from .born import made_here
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
_DISPLAYS = (ast.List, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp)  # what `x += ...` changes x by, in place


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
        if not any(has_place(t) for t in targets):
            return self.simple([s], self.targets(targets))
        if len(targets) == 1:
            return self.assign_to(targets[0], s.value, s)
        held = self.hold("item", s.value, s)
        for t in targets:
            self.assign_to(t, held, s)

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
        kind = type(target)
        if kind is ast.Subscript:
            self.store(target, value, where)
        elif kind is ast.Attribute:
            if self.depth:
                self.attributes.add(target.attr)
            args = [value, self.visit(target.value), const(target.attr, target)]
            if type(value) is ast.Name and value.id in self.scope.bits:
                self.store_of(args, 0, value)
            self.simple([expr(call("set_attr", args, where), where)], 0)
        elif has_place(target):
            self.unpack(target, value, where)
        else:
            self.simple([place(ast.Assign([target], value), where)], self.targets([target]))

    def unpack(self, target, value, where):
        """`a, x[i] = value`: temporaries from the first item or attribute on, then one after the other."""
        later = []

        def plain(t):
            if type(t) in (ast.Tuple, ast.List):
                return place(type(t)([plain(e) for e in t.elts], STORE), t)
            if type(t) is ast.Starred:
                return place(ast.Starred(plain(t.value), STORE), t)
            if type(t) is ast.Name and not later:
                return t
            held = self.temporary("item", where)
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

    def store(self, target, value, where):
        """`x[i] = value`"""
        self.note_path(target)
        args = [value]
        if type(value) is ast.Name and value.id in self.scope.bits:
            self.store_of(args, 0, value)
        root, keys = way(target)
        base, owner = self.container(root, where)
        if owner:
            args += owner
        args += self.down(base, keys[:-1], where)
        args.append(self.index(keys[-1]))
        self.rebind("set_item", root, owner, args, any(map(effects, keys)), where)

    def down(self, box, keys, where):
        """The arguments for a container that is box[k1][k2]...: box, k1, box[k1], k2, ..., each evaluated once."""
        args = [box]
        for key in keys:
            if type(box) is not ast.Name:
                args[-1], box = self.kept("box", box, where)
            index = at = self.index(key)
            if type(index) not in (ast.Name, ast.Constant):
                index, at = self.kept("at", index, where)
            box = place(ast.Subscript(box, at, LOAD), key)
            args += [index, box]
        return args

    def container(self, node, where):
        """The converted container `node` of an item; where it is an attribute, [owner, name] go before it."""
        if type(node) is not ast.Attribute:
            return self.visit(node), None
        owner = self.visit(node.value)
        again = owner
        if type(owner) is not ast.Name:
            owner, again = self.kept("of", owner, where)
        box = place(ast.Attribute(again, node.attr, LOAD), node)
        return box, [owner, const(node.attr, node)]

    def rebind(self, op, base, owner, args, runs, where):
        """`base = ag__.op(*args)` in the form that fits the container `base`.

        runs: code of the user runs after the container was read, which may have rebound its name by then"""
        if owner:
            return self.simple([expr(call(op + "_attr", args, where), where)], 0)
        value = call(op, args, where)
        if type(base) is not ast.Name or base.id in self.hidden or not self.scope.rebinds(base.id):
            return self.simple([expr(value, where)], 0)
        b = self.scope.bit(base.id)
        if not (runs and b & (self.scope.shared | self.scope.globals | self.scope.nonlocals)):
            return self.simple([assign(base.id, value, where)], b, by_item=True)
        at = next(i for i, a in enumerate(args) if type(a) is ast.Name and a.id == base.id)
        args[at], old = self.kept("of", args[at], where)
        new = self.hold("new", value, where)
        self.reads |= b
        now = place(ast.Name(base.id, LOAD), where)
        same = place(ast.Compare(now, [ast.Is()], [old]), where)
        either = place(ast.IfExp(same, new, now), where)
        self.simple([assign(base.id, either, where)], b, by_item=True)

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
            b = self.scope.bit(target.id)
            self.reads |= b
            told = [expr(call("changing", [name(target.id, s)], s), s)] if type(s.value) in _DISPLAYS else []
            s.value = self.visit(s.value)
            return self.simple([*told, s], b)
        self.note_path(target)
        root, keys = way(target)
        runs = any(map(effects, keys)) or effects(s.value)
        base, owner = self.container(root, s)
        *args, old = self.down(base, keys, s)
        is_older = owner or type(base) is ast.Name and base.id not in self.hidden and base.id not in self.scope.local
        if is_older and len(keys) == 1 and type(old.slice) is not ast.Constant:
            old = call("picked", [old.value, old.slice], s)  # it may be an array of NumPy's, at a traced place
        args = [*(owner or ()), *args, const(OPERATORS[type(s.op)], target), old]
        args.append(self.visit(s.value))
        self.rebind("aug_item", root, owner, args, runs, s)

    def augmented_attr(self, s):
        """`owner.x += value`"""
        target = s.target
        owner = again = self.visit(target.value)
        if type(owner) is not ast.Name:
            owner, again = self.kept("of", owner, s)
        old = place(ast.Attribute(again, target.attr, LOAD), target)
        args = [owner, const(target.attr, target), const(OPERATORS[type(s.op)], s), old]
        args.append(self.visit(s.value))
        self.simple([expr(call("aug_attr", args, s), s)], 0)

    def temporary(self, prefix, where):
        self.temps += 1
        return f"{prefix}_L{where.lineno}_{self.temps}"

    def hold(self, prefix, value, where):
        """Puts the converted `value` into a temporary; the name that reads it."""
        held = self.temporary(prefix, where)
        self.simple([assign(held, value, where)], 0)
        return name(held, where)

    def kept(self, prefix, value, where):
        """The converted `value` where it is evaluated, put into a temporary on the way, and the name that reads that."""
        held = self.temporary(prefix, where)
        return place(ast.NamedExpr(place(ast.Name(held, STORE), where), value), value), name(
            held, where
        )

    # -- attributes and items as state

    def note_path(self, target):
        """Notes an attribute or item that is written, if its place can be named beforehand."""
        names = set()
        text = path_text(target, names)
        if text and not names & self.hidden:
            self.paths = self.paths or {}
            self.paths[text] = (target, self.scope.mask(names))


def way(target):
    """The x and the keys of a target x[k1][k2]..."""
    keys = []
    while type(target) is ast.Subscript:
        keys.append(target.slice)
        target = target.value
    return target, keys[::-1]


def has_place(target):
    """True when an item or an attribute is among the targets."""
    kind = type(target)
    if kind is ast.Tuple or kind is ast.List:
        return any(has_place(e) for e in target.elts)
    if kind is ast.Starred:
        return has_place(target.value)
    return kind is ast.Subscript or kind is ast.Attribute


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
