"""Operands, targets and values are evaluated in Python's order, and each once.

ORDER holds functions that are compared four ways; EVENTS functions whose objects say what is asked of them, compared on
Python values (what untraced values print while tracing comes once a trace).
"""
# ruff: noqa: B008, B020, F602, UP050
# The odd code is what is tested.

import dumps
import pytest
from modes import check_one, run, same

from autograph import convert, operators


class Holder:
    """Something with attributes."""


def aug_name(n):
    t = n

    def more():
        nonlocal t
        t += 10
        return 1

    t += more()
    return t


def aug_attribute(n):
    o = Holder()
    o.a = n

    def more():
        o.a += 10
        return 1

    o.a += more()
    return o.a


def aug_item(n):
    y = [n, 2]

    def more():
        y[0] += 10
        return 1

    y[0] += more()
    return y


def aug_item_in_loop(n):
    y = [0, 0]

    def more(i):
        y[0] += i
        return 1

    for i in range(n):
        y[0] += more(i)
        y[i % 2] += more(y[1])
    return y


def aug_item_of_a_name_rebound_by_the_value(n):
    y = [n, 2]
    first = y

    def more():
        nonlocal y
        y = [7, 8]
        return 1

    y[0] += more()
    return y, first


def item_of_a_name_rebound_by_the_key(n):
    y = [n, 2]
    first = y

    def key():
        nonlocal y
        y = [7, 8]
        return 1

    y[key()] = n
    return y, first


def attribute_of_a_name_rebound_by_the_value(n):
    o = first = Holder()
    o.a = 0

    def value():
        nonlocal o
        o = Holder()
        o.a = 1
        return n

    o.a = value()
    return o.a, first.a


def item_of_an_attribute_rebound_by_the_key(n):
    o = Holder()
    o.a = first = [1, 2]

    def key():
        o.a = [3, 4]
        return 1

    o.a[key()] = n
    o.a[key()] += n
    return o.a, first


def aug_missing_item_before_division(n):
    y = [5]
    y[3] += 1 // (n - n)


def aug_missing_key_before_division(n):
    d = {}
    d["a"] += 1 // (n - n)


def division_before_missing_item(n):
    y = [[1]]
    y[7][0] = n // (n - n)


def division_before_missing_index(n):
    y = [1]
    at = [0]
    y[at[4]] = n // (n - n)


def division_before_missing_name(n):
    not_there.x = n // (n - n)  # noqa: F821


def division_before_missing_key_name(n):
    y = [1]
    y[not_there] = n // (n - n)  # noqa: F821


def key_before_it_is_rebound(n):
    y = [1, 2, 3]
    i = 0
    y[i] += (i := 2) * n
    y[i] = (i := 1) + n
    return y, i


def index_by_an_earlier_target(n):
    i = 0
    y = [1, 2, 3]
    i, y[i] = 1, n
    y[i], i = i, 2
    return i, y


def slice_gets_its_old_part_first(n):
    y = [1, 2, 3]

    def more():
        y[0] = n
        return [n]

    y[0:2] += more()
    return y


class Point:
    def __init__(self):
        self.x = self.y = 0

    def move(self, d):
        self.x, self.y = self.x + d, self.y - d

    def both(self, d):
        self.x = self.y = self.x + d

    def parts(self, d):
        self.x, *self.rest = d, self.x, d


def attributes_at_once_in_a_method(n):
    p = Point()
    for i in range(n):
        if i % 2:
            p.both(i)
        else:
            p.move(i)
    return p.x, p.y


def starred_attribute_in_a_method(n):
    p = Point()
    p.rest = []
    for i in range(n):
        p.parts(i)
    return p.x, list(p.rest)


def dict_of_earlier_values(n):
    x = n
    return x + (x := 2) + x, [x, (x := 9), x], {x: (x := 3), x: x}, f"{x}{(x := 4)}{x}"


ORDER = [
    aug_name,
    aug_attribute,
    aug_item,
    aug_item_in_loop,
    aug_item_of_a_name_rebound_by_the_value,
    item_of_a_name_rebound_by_the_key,
    attribute_of_a_name_rebound_by_the_value,
    item_of_an_attribute_rebound_by_the_key,
    aug_missing_item_before_division,
    aug_missing_key_before_division,
    division_before_missing_item,
    division_before_missing_index,
    division_before_missing_name,
    division_before_missing_key_name,
    key_before_it_is_rebound,
    index_by_an_earlier_target,
    slice_gets_its_old_part_first,
    attributes_at_once_in_a_method,
    starred_attribute_in_a_method,
    dict_of_earlier_values,
]


@pytest.mark.parametrize("program", ORDER, ids=lambda p: p.__name__)
def test_order(program):
    same(program, 4, 5)


class Tells:
    """Says what is asked of it."""

    def __init__(self, name):
        object.__setattr__(self, "name", name)

    def tell(self, *what):
        print(self.name, *what)

    def __repr__(self):
        return f"Tells({self.name})"

    def __getitem__(self, k):
        self.tell("getitem", k)
        return 5

    def __setitem__(self, k, v):
        self.tell("setitem", k, v)

    def __delitem__(self, k):
        self.tell("delitem", k)

    def __getattr__(self, attr):
        if attr.startswith("_"):
            raise AttributeError(attr)
        self.tell("getattr", attr)
        return 7

    def __setattr__(self, attr, v):
        self.tell("setattr", attr, v)

    def __eq__(self, other):
        self.tell("eq")
        return True

    __hash__ = None

    def __lt__(self, other):
        self.tell("lt")
        return True

    def __bool__(self):
        self.tell("bool")
        return True

    def __contains__(self, other):
        self.tell("contains")
        return True

    def __format__(self, spec):
        self.tell("format", spec)
        return self.name

    def __iter__(self):
        self.tell("iter")
        return iter([1, 2])

    def __call__(self, *args, **kwargs):
        self.tell("call", len(args), sorted(kwargs))
        return self

    def keys(self):
        self.tell("keys")
        return ["p"]

    def __enter__(self):
        self.tell("enter")
        return self

    def __exit__(self, *error):
        self.tell("exit")
        return False


def ev(what, value):
    print("ev", what)
    return value


def make(name):
    print("make", name)
    return Tells(name)


def events_aug_item(n):
    make("a")[ev("key", 1)] += ev("value", n)


def events_aug_attribute(n):
    make("a").x += ev("value", n)


def events_aug_item_of_attribute(n):
    o = Holder()
    o.inner = make("inner")
    ev("o", o).inner[ev("key", 1)] += ev("value", n)
    ev("o", o).inner[ev("key", 1)] = ev("value", n)


def events_chain(n):
    x = y = make("a")[ev(1, 2)] = make("b").z = ev("value", n)
    return x + y


def events_slices(n):
    make("a")[ev(1, 1) : ev(2, 2) : ev(3, 3)] = ev("value", n)
    make("a")[ev(1, 1), ev(2, 2) : ev(3, n)] += make("q").r


def events_call(n):
    return make("f")(ev(1, 1), *make("s"), k=ev(2, 2), **make("kw"), j=ev(3, n)) is None


def events_dict(n):
    return {ev("k", 1): ev("v", n), **{ev("k2", 2): ev("v2", 3)}, ev("k3", 3): ev("v3", 4)}


def events_comparisons(n):
    return ev(1, n) < ev(2, n + 1) < ev(3, n + 2) < ev(4, 0) < ev(5, 1)


def events_mixed_comparisons(n):
    return make("a") == make("b") == make("c") < make("d"), make("a") in make("b"), not make("c")


def events_fstring(n):
    return f"{ev(1, n)} {ev(2, 'x')!r:>{ev(3, 10)}} {make('q'):a}"


def events_defaults(n):
    def h(a=ev(1, 1), *, b=ev(2, 2), c: ev(3, int) = ev(4, 4)) -> ev(5, int):
        return a + b + c

    return h() + n + (lambda z=ev(6, 3): z)()


def events_decorators(n):
    def dec(k):
        print("dec", k)

        def apply(f):
            print("apply", k)
            return f

        return apply

    @dec(ev(1, 1))
    @dec(ev(2, 2))
    def h(x=ev(3, 3)):
        return x

    return h() + n


def events_unpacking(n):
    a, make("b")[ev(1, 1)], *make("c").rest = ev(2, n), ev(3, 3), ev(4, 4), ev(5, 5)
    return a


def events_loop_targets(n):
    for make("a")[ev("k", 0)] in [ev(1, n), ev(2, 2)]:
        print("body")
    for make("a").x, make("b")[ev("k", 0)] in [(ev(1, n), ev(2, 2))]:
        print("body")


def events_with(n):
    with make("m") as make("a")[ev("k", 0)], make("m2") as q:
        print("body", q.name)


def events_delete(n):
    del make("a")[ev(1, 1)], make("b")[ev(2, 2) : ev(3, 3)]


def events_comprehensions(n):
    rows = [ev(i, n) for i in range(ev("r", 3)) if ev("c", i) for j in [ev("j", 1)]]
    return rows, {ev(("k", i), i): ev(("v", i), n) for i in range(2)}


def events_conditions(n):
    return (ev(1, n) if ev(2, n) else ev(3, n)), (ev(1, 0) or ev(2, n)) and ev(3, n) or ev(4, 5)


def events_assert(n):
    assert ev(1, n), ev(2, "message")
    assert ev(1, 0), ev(2, "message")


def events_raise(n):
    raise make("no exception") from ev(1, n)


def events_cause(n):
    raise ev(1, ValueError) from ev(2, n)


def events_try(n):
    try:
        x = ev(1, n) // ev(2, 0)
    except (ev(3, ZeroDivisionError), ev(4, ValueError)):
        x = ev(5, -1)
    finally:
        ev(6, 0)
    return x


def events_match(n):
    match ev(1, n), ev(2, 2):
        case (a, b) if ev(3, a) > 100:
            return a
        case (a, 2) if ev(4, a) or ev(5, b):
            return a + b


def events_class(n):
    class C(make("a").__class__, metaclass=type):
        x = ev(1, n)
        y = ev(2, x)

    return C.x + C.y


def events_display(n):
    return (ev(1, n), *ev(2, [1]), ev(3, 2), *ev(4, (3,))), -(ev(1, n) ** -ev(2, 2)) + ~ev(3, n)


def events_while(n):
    while ev(1, n) > (n := n - 1) and n > 0:
        print(n)
    else:
        ev(2, 2)
    return n


EVENTS = [f for name, f in sorted(globals().items()) if name.startswith("events_")]


@pytest.mark.parametrize("program", EVENTS, ids=lambda p: p.__name__)
def test_events(program):
    want = run(program, (3,), __file__)
    converted = convert.convert(program, operators)
    check_one(program, (3,), want, run(converted, (3,), __file__), "converted", True, True)
    dumped = dumps.dumped(program)
    check_one(program, (3,), want, run(dumped, (3,), __file__), "dumped", True, False)
