"""Functions that every turn of a loop would make anew are made once, before the loop.

A branch or an operand that may be skipped is a function, and making one takes longer than calling
it.  Its variables are cells: where all of them belong to functions round the loop, so can the
function itself.  Only what is compiled is changed so; to_code shows each function where its
statement stands.

  def body_L4():                                def operand_L5_1():
      nonlocal n                                    return n // 2
      n = ag__.if_exp(c, lambda: n // 2, …)     def body_L4():
                                                    nonlocal n
                                                    n = ag__.if_exp(c, operand_L5_1, …)
"""

from .nodes import define, name, place, ret


class Made:
    """A generated function that stands in a loop.

    free    the names it takes from outside
    stmts   the list its def stands in, None for a lambda
    node    the def or the lambda
    ref     the expression that names the def; (arguments, index) of the lambda
    at      None as long as it stays, else where it goes: (statements, the def it is put before)
    """

    __slots__ = "free stmts node ref at".split()

    def __init__(self, free, stmts, node, ref):
        self.free, self.stmts, self.node, self.ref = free, stmts, node, ref
        self.at = None

    def leave(self, scope, stmts, before):
        """Goes out of the function `before`, whose def stands in `stmts`; the bit of its name."""
        if self.at is None:
            self.take_out(scope)
        self.at = stmts, before
        return scope.bit(self.node.name)

    def take_out(self, scope):
        node = self.node
        scope.hoisted += 1
        if self.stmts is None:
            text = f"operand_L{node.lineno}_{scope.hoisted}"
            self.node = define(text, (), [ret(node.body, node.body)], node)
            args, i = self.ref
            args[i] = name(text, node)
        else:
            self.stmts.remove(node)
            node.name += f"_{scope.hoisted}"
            self.ref.id = node.name

    def stay(self, scope):
        """Goes no further; the bit of its name where it has come from another function."""
        if self.at is None:
            return 0
        stmts, before = self.at
        # a debugger stops at the loop, not at statements that have not been reached
        stmts.insert(stmts.index(before), place(self.node, before))
        return scope.bit(self.node.name)


def settle(made, own, leaves, scope, stmts, before):
    """Lets functions made in the function `before` go out of it.

    Result: those that do, and the names they take along.

    own     the names of that function itself
    leaves  going out is worth it
    """
    gone, names = [], 0
    for m in made:
        if leaves and not m.free & own:
            names |= m.free | m.leave(scope, stmts, before)
            gone.append(m)
        else:
            own |= m.stay(scope)
    return gone, names
