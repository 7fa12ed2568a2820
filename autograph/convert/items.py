"""What the reader hands to the lowerer: a function body as a short list of items.

An item is a run of simple statements, a jump, or a control statement with its blocks.  Sets of
names are ints, one bit a name (the bit numbers belong to one user function).  Each item carries:

  gen     names read before the item has written them
  kill    names written on every path that falls through (ALL when none does)
  jkill   names written on every path that leaves by break or continue (ALL when none does)
  w       names written on some path, in this function or in functions generated for it
  rebound like w, without those rebound only by an item assignment (x = set_item(x, ...))
  inner   names written by a hoisted def, so not bound in the function that holds the item
  tw, tinner  w and inner of the head alone (test, iterated value, with items)
  jumps   RETURN | BREAK | CONTINUE bits that leave the item
  ends    no path falls through
  called  a call stands in it
  paths   {text: (node, names)} of the attributes and constant items written
  made    the lambdas of its head that could be made before the loop, see hoist.py
"""

ALL = -1
RETURN, BREAK, CONTINUE = 1, 2, 4
SIMPLE, JUMP, IF, LOOP, NEST = range(5)


class Item:
    """One item; `at` is the user's node, `pre` the defs hoisted out of its expressions."""

    __slots__ = (
        "kind at pre stmts test body orelse parts join target iter opts jump value "
        "gen kill jkill w rebound inner tw tinner jumps ends called paths made"
    ).split()

    def __init__(self, kind, at):
        self.kind = kind
        self.at = at
        self.pre = ()
        self.gen = self.kill = self.w = self.rebound = self.inner = self.tw = self.tinner = (
            self.jumps
        ) = 0
        self.jkill = ALL
        self.ends = self.called = False
        self.paths = None
        self.made = ()


class Block:
    """Items in order, with the sums of their sets."""

    __slots__ = "items gen kill jkill w rebound jumps ends called paths".split()

    def __init__(self):
        self.items = []
        self.gen = self.kill = self.w = self.rebound = self.jumps = 0
        self.jkill = ALL
        self.ends = self.called = False
        self.paths = None

    def add(self, item):
        if self.ends:
            return  # cannot be reached; the reader has noted its names
        self.items.append(item)
        self.count(item)

    def count(self, item):
        self.gen |= item.gen & ~self.kill
        self.jkill &= self.kill | item.jkill
        self.kill |= item.kill
        self.w |= item.w
        self.rebound |= item.rebound
        self.jumps |= item.jumps
        self.ends = item.ends
        self.called |= item.called
        if item.paths:
            self.paths = {**self.paths, **item.paths} if self.paths else item.paths
