"""What the lowering keeps about the function it is making and the place it is at."""


class Function:
    """A function being generated (or the user's own): what its statements bind.

    gen      names that it reads before it writes them
    asked    flags that it reads
    below    names that the generated functions in it take from outside
    lent     variables of the bodies of loops in it that belong to it
    made     the functions in it that could be made before a loop, see hoist.py
    """

    __slots__ = "w inner direct rebound flags owned called paths gen asked below lent made".split()

    def __init__(self):
        self.w = self.inner = self.direct = self.rebound = self.flags = self.owned = 0
        self.gen = self.asked = self.below = self.lent = 0
        self.made = []
        self.called = False
        self.paths = None

    def take(self, item):
        """Counts statements that stand in this function as they are."""
        self.w |= item.w
        self.inner |= item.inner
        self.direct |= item.w & ~item.inner
        self.rebound |= item.rebound
        self.called |= item.called
        self.made += item.made
        self.take_paths(item.paths)

    def take_head(self, item):
        """Counts the head of a control statement, or a jump."""
        self.bind(item.tw, item.tinner)
        self.called |= item.called
        self.made += item.made

    def bind(self, w, inner):
        """Counts names bound: all of `w`, `inner` of them by a def inside."""
        self.w |= w
        self.rebound |= w
        self.inner |= inner
        self.direct |= w & ~inner

    def take_inner(self, other, far, flags):
        """Counts what a generated function inside does to the names of this one."""
        self.w |= far
        self.inner |= far | flags
        self.flags |= flags
        self.rebound |= other.rebound & far
        self.called |= other.called
        self.take_paths(other.paths_outside(far))

    def paths_outside(self, far):
        """The attributes and items whose names are those of the functions outside as well."""
        own = self.w & ~far
        if own and self.paths:
            return {text: p for text, p in self.paths.items() if not p[1] & own}
        return self.paths

    def take_paths(self, paths):
        if paths:
            self.paths = {**self.paths, **paths} if self.paths else paths


class Loop:
    """A loop of the user: its flags, and the names alive at the end of its body."""

    __slots__ = "live broke skip skips".split()

    def __init__(self, line, live, skips):
        self.live = live
        self.broke = f"broke_L{line}"
        self.skip = f"skip_L{line}"
        self.skips = skips  # the skip flag is asked for


class Region:
    """A statement with returns inside that cannot be plain: their flags."""

    __slots__ = "used returned value".split()

    def __init__(self, line):
        self.used = False
        self.returned = f"returned_L{line}"
        self.value = f"value_L{line}"


class Place:
    """Where a list of items stands.

    fn      the function being generated
    value   its return value is the user's function's value
    tail    nothing of that function runs after these items
    nested  inside a try, with or match of that function
    loop    the user's loop round it, if there is one
    region  the flags for returns, where they cannot be plain
    safe    names that an exception handler or a finally clause may look at
    aside   in a finally clause: jumps of the statement before, which a jump from here overrides
    """

    __slots__ = "fn value tail nested loop region safe aside".split()

    def __init__(self, fn, value, tail, nested, loop, region, safe, aside=0):
        self.fn = fn
        self.value = value
        self.tail = tail
        self.nested = nested
        self.loop = loop
        self.region = region
        self.safe = safe
        self.aside = aside


class Lowered:
    """Statements made of a list of items, and how they are left.

    gen   names read before they are written
    ends  they never fall through
    open  jumps that set a flag and then fall through, so what follows must ask
    all   all jumps, for the code outside the generated function
    """

    __slots__ = "stmts gen ends open all".split()

    def __init__(self, gen):
        self.stmts = []
        self.gen = gen
        self.ends = False
        self.open = self.all = 0


class Branch:
    """A lowered list of items that becomes a function of its own."""

    __slots__ = "low fn live".split()

    def __init__(self, low, fn, live):
        self.low = low
        self.fn = fn
        self.live = live
