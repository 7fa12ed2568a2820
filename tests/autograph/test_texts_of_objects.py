"""The text of an object that a branch or loop chose or changed is that of the run: its own, in containers, in errors."""

import collections
import dataclasses

import numpy as np
import pytest
from modes import same

import autograph as ag


class Plain:
    def __init__(self, x):
        self.x = x

    def __repr__(self):
        return f"Plain({self.x})"


class Branching:
    def __init__(self, x):
        self.x = x

    def __repr__(self):
        if self.x > 3:
            return "big"
        return f"B({self.x:.2f})"


class Bar:
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x

    def __str__(self):
        return "#" * self.x + "%d" % self.x  # noqa: UP031


class Counting:
    def __init__(self, x):
        self.x, self.shown = x, 0

    def __repr__(self):
        self.shown += 1
        return f"C{self.x} {self.shown}"


class Linked:
    def __init__(self, x):
        self.x, self.other = x, None

    def __repr__(self):
        return f"Linked({self.x}, {self.other.x})"


class Mapping(dict):
    def __repr__(self):
        return "Mapping" + dict.__repr__(self)


@dataclasses.dataclass
class Record:
    a: int
    b: float


@dataclasses.dataclass(frozen=True)
class Frozen:
    a: int
    b: float = dataclasses.field(repr=False, default=0.0)
    c: list = dataclasses.field(default_factory=list)


Named = collections.namedtuple("Named", "a b")


def one_of_a_class(n):
    p = Plain(n) if n > 2 else Plain(n * 2)
    print(p, repr(p), str(p), f"{p!r:>10}", [p], (p, 1), {"k": p})
    return n


def one_of_two_classes(n):
    p = Plain(n) if n > 2 else Record(n, 1.5)
    print(p, f"{p}", [p])
    return n


def a_dataclass(n):
    d = Record(n, 1.5)
    if n > 2:
        d = Record(n + 1, 2.5)
    print(d, [d], f"{d}")
    return repr(d)


def a_frozen_dataclass(n):
    z = Frozen(n) if n > 2 else Frozen(n, 2.5, [n, 1])
    print(z, [z], f"{z}")
    return n


def a_namedtuple(n):
    d = Named(n, 1.5)
    if n > 2:
        d = Named(n + 1, 2.5)
    print(d, [d], f"{d!r}")
    return n


def perhaps_one(n):
    p = None
    for i in range(n):
        if i > 1:
            p = Plain(i)
        print(i, p, [p])
    print(f"{p} {p!r}", str(p))
    return n


def changed_in_a_list(n):
    ps = [Plain(i) for i in range(3)]
    ps[1].x = n
    if n > 3:
        ps[0].x = n
    print(ps)
    return n


def within_others(n):
    q = [Plain(n), (Plain(Plain(n + 1)), {"k": Plain((n, 2))})]
    if n > 2:
        q[1][0].x = 0
    print(q)
    return str(q)


def linked(n):
    a, b = Linked(n), Linked(2 * n)
    a.other, b.other = b, a
    if n > 2:
        a.x = 7
    print(a, b, [a, b])
    return n


def kinds_of_dict(n):
    d = Mapping(a=n)
    if n > 2:
        d["a"] = n + 1
    print(d, [d], collections.OrderedDict(a=n))
    return n


def whose_text_branches(n):
    b = Branching(n) if n > 2 else Branching(n + 0.5)
    print(b, [b], f"{b}", f"{b!r:>6}")
    return n


def whose_text_needs_the_number(n):
    b = Bar(n)
    if n > 2:
        b.x = 1
    print(b)
    return n


def whose_text_counts(n):
    c = Counting(n)
    if n > 2:
        c.x = 5
    print(c)
    print([c], f"{c}")
    for _ in range(n):
        print(c)
    return c.shown


def whose_class_names_a_number(n):
    k = n * 2

    class Local:
        def __init__(self):
            self.v = n

        def __repr__(self):
            return f"Local({self.v}, {k})"

    made = Local()
    if n > 2:
        made.v = 0
    print(made)
    return n


def changed_after_it_was_shown(n):
    p, r, d = Plain(n), Record(1, 2.0), Mapping(a=1)
    print(p, r, d, n)
    p.x, r.a = 7, n + 1
    d["b"] = 2
    print([p, r, d], n)
    p.x = 8
    del d["a"]
    return n


def with_an_attribute_of_one_path(n):
    p = Plain(1)
    try:
        if n > 2:
            p.more = n
        print(p, [p], n)
    finally:
        n += 1
    return n


def in_an_error(n):
    p = Plain(n) if n > 2 else Plain(n + 1)
    try:
        if n > 2:
            raise ValueError(p)
        raise KeyError(p, n)
    except ValueError as e:
        print(e, repr(e), e.args)
        return e.args[0].x
    except KeyError as e:
        print(e, repr(e))
        return e.args[0].x


PROGRAMS = [
    one_of_a_class, one_of_two_classes, a_dataclass, a_frozen_dataclass, a_namedtuple, perhaps_one, changed_in_a_list, within_others,
    linked, kinds_of_dict, whose_text_branches, whose_text_needs_the_number, whose_text_counts, whose_class_names_a_number, in_an_error,
    changed_after_it_was_shown, with_an_attribute_of_one_path,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_texts_are_the_runs(program):
    same(program, 0, 2, 3, 5)


def test_the_text_of_an_error_that_leaves_the_run():
    def raises(n):
        p = Plain(n) if n > 2 else Plain(n + 1)
        raise ValueError(f"bad {p}", p)

    f = ag.function(raises)
    for n in (1, 4):
        with pytest.raises(ValueError) as theirs:
            raises(n)
        with pytest.raises(ValueError) as ours:
            f(n)
        assert str(ours.value) == str(theirs.value)


def test_objects_of_arrays():
    def chosen(x):
        p = Plain(x[0]) if x[0] > 2 else Plain(x[1])
        d = Record(x, 1.0)
        if x[0] > 2:
            d = Record(x + 1, 2.0)
        print(p, f"{p}", [p], d)
        c = Counting(p.x)
        if x[0] > 2:
            c.x = 5.0
        print(c, [c], f"{c}")
        return x[0] + c.shown

    same(chosen, np.array([1.0, 2.0]), np.array([3.0, 2.0]), np.array([3.0, 5.0]), kinds=False)


def test_objects_that_change_after_they_were_shown_beside_arrays():
    def shown(x):
        p, r = Plain(1), Record(1, 2.0)
        print(p, r, x[0])
        p.x = 5
        r.b = x[1]
        return r.b

    same(shown, np.array([1.0, 2.0]), kinds=False)


def test_an_older_object_shows_what_it_holds_by_then(capsys):
    class Account:
        def __init__(self):
            self.n, self.name, self.items = 0.0, "old", []

        def __repr__(self):
            return f"Account({self.n}, {self.name}, {self.items})"

    account = Account()

    def add(x):
        account.n += x[0]
        account.name = "new"
        print(account)
        if x[0] > 2:
            account.n += 1
            print([account])
        return x[0]

    said = []
    for f in (add, ag.function(add)):
        account.__init__()
        for x in ([1.0], [3.0], [4.0]):
            f(np.array(x))
            account.n += 10
            account.items.append(len(account.items))
        said.append(capsys.readouterr().out + repr(account))
    assert said[0] == said[1]


def test_objects_that_many_ways_lead_to_are_made_once():
    class Node:
        def __init__(self, x):
            self.x = self.left = self.right = x

        def __repr__(self):
            return f"Node({self.x}, {self.left is self.right})"

    def shown(x):
        node = Node(x[0])
        for _ in range(20):
            one = Node(x[1])
            one.left, one.right = node, node
            node = one
        print(node, x[0])
        node.x = node
        print(node.left, [node.right, node.left], x[0])
        return x[0]

    same(shown, np.ones(2), np.zeros(2), kinds=False)


def test_none_or_a_number_in_a_container_of_a_text():
    def last(x):
        k = None
        for v in x:
            if v > 2:
                k = v
        d = Record(3, k)
        print(f"{[k]} {d} {d!r} {(k, 1)!r}", x[0])
        return str({"k": k}), repr([k])

    def of_numbers(n):
        k = None
        if n > 2:
            k = n
        d = Record(3, k)
        print(f"{[k]} {d} {d!r} {(k, 1)!r}")
        return str({"k": k}), repr([k])

    same(last, np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    same(of_numbers, 0, 3)
