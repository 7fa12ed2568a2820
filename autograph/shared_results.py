"""Results in which one list, dict or object stands twice: they are made so that it is one in what the function returns, too.

A template (see ext/results.c) says what each part is made of, and makes each place anew. Where the trace has seen that two places
hold one object, or lists of one heap, which may be one by their numbers, the whole result is made here, in one go.
"""


class Heaped:
    """Makes a list from what a run has left in heaps: called with its parts; apart(parts, made) shares what is in `made`."""

    __slots__ = ("apart",)

    def __init__(self, apart):
        self.apart = apart

    def __call__(self, *parts):
        return self.apart(parts, {})


def shared(template):
    """A template that gives what this one gives, each node of it that stands in several places once."""
    leaves = _Leaves()
    make = _maker(template, leaves)
    return ("N", lambda *parts: make(parts, {}), tuple(leaves.templates))


def _maker(template, leaves):
    """A function of the leaves' values and of a dict for what is made."""
    form = template[0]
    if form == "c":
        return lambda parts, made: template[1]
    if form in ("t", "b", "m", "R"):
        at = leaves.add(template)
        return lambda parts, made: parts[at]
    if form == "S":
        at = leaves.add(template)
        return _once(template, lambda parts, made: parts[at])
    if form == "A":
        tag = leaves.add(("t", template[1]))
        options = [_maker(child, leaves) for child in template[2]]
        return lambda parts, made: options[int(parts[tag])](parts, made)
    if isinstance(template[1], Heaped):
        numbers = [leaves.add_once(part) for part in template[2]]
        return _once(template, lambda parts, made: template[1].apart([parts[at] for at in numbers], made))
    children = [_maker(child, leaves) for child in template[2 if form in ("D", "N") else 1]]
    if form == "T":
        return lambda parts, made: tuple([child(parts, made) for child in children])
    if form == "L":
        return _once(template, lambda parts, made: [child(parts, made) for child in children])
    if form == "D":
        return _once(template, lambda parts, made: {k: child(parts, made) for k, child in zip(template[1], children)})
    return _once(template, lambda parts, made: template[1](*[child(parts, made) for child in children]))


class _Leaves:
    """The parts of a result that ext/results.c makes."""

    def __init__(self):
        self.templates, self._numbers = [], {}

    def add(self, template):
        """The number of a leaf."""
        self.templates.append(template)
        return len(self.templates) - 1

    def add_once(self, template):
        """The same of one that is only read, so that what is alike is made once: lists of one heap have its columns in common."""
        if template not in self._numbers:
            self._numbers[template] = self.add(template)
        return self._numbers[template]


def _once(template, make):
    """make, called once in a result however often the template stands in it."""

    def found(parts, made):
        if id(template) not in made:
            made[id(template)] = make(parts, made)
        return made[id(template)]

    return found
