"""Dicts and dataclasses that a branch or loop chose: a change under one name shows under the others.

A branch copies what it chose; staging/twins.py does each change of one to those that it may be.
"""

import dataclasses
import enum
import time

import numpy as np
import pytest
from modes import same

import autograph as ag


@dataclasses.dataclass
class D:
    i: object
    r: object


def chosen_dict_changes(a, x, u):
    d = {"i": a}
    k = {"i": 0}
    if u > 2:
        r = d
    else:
        r = k
    r["i"] = 7
    return d, k


def first_dict_changes(a, x, u):
    d = {"i": a}
    k = {"i": 0}
    if u > 2:
        r = d
    else:
        r = k
    d["i"] = 7
    return r, d, k


def chosen_object_changes(a, x, u):
    d = D(a, [x])
    k = D(0, [2.5])
    if u > 2:
        r = d
    else:
        r = k
    r.i = 7
    return d, k


def first_object_changes(a, x, u):
    d = D(a, [x])
    k = D(0, [2.5])
    if u > 2:
        r = d
    else:
        r = k
    d.i = 7
    return r, d, k


def dict_or_none(a, x, u):
    d = {"i": a}
    r = None
    if u > 2:
        r = d
    d["i"] = 7
    return r, d


def changed_where_it_is(a, x, u):
    d = {"i": a}
    r = None
    if u > 2:
        r = d
    if r is not None:
        r["i"] = 7
    return r, d


def returned_by_a_loop(a, x, u):
    d = {"i": a}

    def get():
        while u > 3:
            return d
        return {"i": 5}

    r = get()
    r["i"] += 7
    return r, d


def object_or_none(a, x, u):
    d = D(a, [x])
    r = None
    if u > 2:
        r = d
    if r is not None:
        r.i = 7
    return r, d


def first_of_a_loop(a, x, u):
    s = {"i": a, "n": 0}
    first = s
    for k in range(6):
        if u > k:
            s = {"i": a + k, "n": s["n"] + 1}
        s["i"] += 1
    return s, first


def rebound_in_turns(a, x, u):
    s = {"i": a, "n": 0}
    for k in range(6):
        if u > k:
            s = {"i": a + k, "n": s["n"] + 1}
        s["i"] += 1
    return s


def best_of_objects(a, x, u):
    best = D(a, x)
    for k in range(6):
        c = D(k, x * k)
        if c.r > best.r and u > k:
            best = c
    return best.i, best.r


def swapped_objects(a, x, u):
    d, k = D(a, x), D(0, x)
    n = 0
    while n < u:
        d, k = k, d
        d.i += 1
        n += 1
    return d, k


def swapped_dicts(a, x, u):
    d, k = {"i": a}, {"i": 0}
    n = 0
    while n < u:
        d, k = k, d
        d["i"] += 1
        n += 1
    return d, k


def chosen_in_a_loop(a, x, u):
    d, k = {"i": a}, {"i": 0}
    n = 0
    r = d
    while n < u:
        n += 1
        if n == 3:
            r = k
        r["i"] += n
    return d, k, r


def dict_in_a_dict(a, x, u):
    d = {"i": a, "m": {"z": 1}}
    k = {"i": 0, "m": {"z": 2}}
    if u > 2:
        r = d
    else:
        r = k
    r["m"]["z"] += 5
    d["m"] = {"z": 9}
    return d, k, r


def one_dict_twice(a, x, u):
    d = {"i": a}
    r = s = None
    if u > 2:
        r = s = {"i": 3}
    if r is not None:
        r["i"] = 7
    return r, s, d


def chosen_twice(a, x, u):
    d = {"i": a}
    k = {"i": 0}
    r = d if u > 2 else k
    t = r if u > 4 else {"i": 99}
    t["i"] += 10
    d["i"] += 100
    return d, k, r, t


def updated(a, x, u):
    d = {"i": a}
    k = {"i": 0}
    r = d if u > 2 else k
    r.update(i=7)
    return r


def list_in_a_chosen_dict(a, x, u):
    d = {"i": a, "l": [1]}
    k = {"i": 0, "l": [2]}
    r = d if u > 2 else k
    r["l"].append(5)
    r["l"] = [7]
    return d, k, r


def step_by_step(a, x, u):
    def step(s):
        if u > 3:
            return {"i": s["i"] + 1}
        s["i"] -= 1
        return s

    s = {"i": a}
    t = s
    for _ in range(3):
        s = step(s)
    return s, t


def list_of_both_dicts(a, x, u):
    m = [1, a]
    d = {"m": m, "i": 1}
    k = {"m": m, "i": 2}
    if u > 2:
        d["i"] = 5
        d["m"] = [3, 4]
        r = d
    else:
        r = k
    r["m"][0] = 9
    return m, d, k, r


def list_of_both_lists(a, x, u):
    m = [1, a]
    d = [m, 1]
    k = [m, 2]
    if u > 2:
        d[1] = 5
        r = d
    else:
        r = k
    r[0][0] = 9
    r[1] += 1
    return m, d, k, r


PROGRAMS = [
    chosen_dict_changes, first_dict_changes, chosen_object_changes, first_object_changes,
    dict_or_none, changed_where_it_is, returned_by_a_loop, object_or_none, first_of_a_loop,
    rebound_in_turns, best_of_objects, swapped_objects, swapped_dicts, chosen_in_a_loop,
    dict_in_a_dict, one_dict_twice, chosen_twice, updated, list_in_a_chosen_dict, step_by_step,
    list_of_both_dicts, list_of_both_lists,
]  # fmt: skip
CASES = [(1, 2.5, 5), (2, 2.5, 0), (1, 2.5, 8), (1, 2.5, 2)]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
@pytest.mark.parametrize("number", [int, np.float64])
def test_a_change_shows_under_all_names(program, number):
    same(program, *[(a, x, number(u)) for a, x, u in CASES])


OF_BRANCHES = [
    p
    for p in PROGRAMS
    if p not in (returned_by_a_loop, swapped_objects, swapped_dicts, chosen_in_a_loop)
]


@pytest.mark.parametrize("program", OF_BRANCHES, ids=lambda p: p.__name__)
def test_a_tensor_may_choose_in_branches(program):
    same(program, *[(a, x, np.array(u)) for a, x, u in CASES])


@pytest.mark.usefixtures("no_plain_calls")
@pytest.mark.parametrize(
    "program", [swapped_objects, swapped_dicts, chosen_in_a_loop], ids=lambda p: p.__name__
)
def test_what_a_tensors_loop_chose_is_not_changed_while_another_name_shows_it(program):
    with pytest.raises(TypeError, match="may be the one that another name shows"):
        ag.function(program)(1, 2.5, np.array(5))


@dataclasses.dataclass
class Pair:
    i: object
    l: list


def grown_list_in_a_dataclass(x, n):
    l = []
    for k in range(n):
        if x[k % 3] > 0:
            l.append(k)
    p = Pair(n, l)
    p.l.append(5)
    l.append(6)
    return p.i, p.l, l


def list_of_another_dataclass(x, n):
    l, m = [1], [2]
    p, q = Pair(n, l), Pair(3, m)
    if x[0] > 1:
        p.l = q.l
    elif x[1] > -3:
        p.l[0] = 7
    m.append(4)
    return p.l, q.l, l, m, p.i


def list_of_another_dict(x, n):
    r = {"i": 0, "l": [1, 2]}
    s = {"i": 1, "l": [n]}
    k = 0
    while k < n:
        if x[k % 3] > 0:
            r["l"] = s["l"]
        r["l"].append(k)
        k += 1
    return r, s


def list_of_a_turn(x, n):
    r = {"i": 0, "l": [1, 2]}
    k = 0
    while k < n:
        if x[k % 3] > 0:
            r["l"] = [k]
        r["l"].append(k)
        k += 1
    return r


HELD = [grown_list_in_a_dataclass, list_of_another_dataclass, list_of_another_dict, list_of_a_turn]
X = np.array([1.0, -2.0, 3.0])


@pytest.mark.parametrize("program", HELD, ids=lambda p: p.__name__)
def test_an_object_holds_one_of_several_lists(program):
    same(program, *[(v, n) for v in (X, X * 3) for n in (0, 3, 5)])


def swaps(a, x, u):
    d, k = {"i": a}, {"i": 0}
    if u > 0:
        d, k = k, d
    if u > 1:
        d, k = k, d
    if u > 2:
        d, k = k, d
    if u > 3:
        d, k = k, d
    if u > 4:
        d, k = k, d
    if u > 5:
        d, k = k, d
    if u > 6:
        d, k = k, d
    d["i"] = 7
    return d, k


def test_swaps_are_followed_in_time():
    """Ways through what no run takes, with a condition that holds and does not, made seven swaps a trace of 15 seconds."""
    f = ag.function(swaps)
    start = time.process_time()
    assert [f(1, 2.0, u) for u in range(8)] == [swaps(1, 2.0, u) for u in range(8)]
    assert time.process_time() - start < 5


def test_dicts_whose_items_differ_in_form_are_still_those_they_were_chosen_from():
    def of_a_function(a, b, v):
        r = s = {'i': a, 'l': b}

        def h(n):
            return s if n < 5 else {'i': n, 'l': [n, 5]}

        r = h(a)
        s['l'] = a
        return r, s, v

    def item_of_one(a, b, v):
        s = {'i': a, 'l': [b]}
        r = s if a < 5 else {'i': b, 'l': [b, 5]}
        s['l'] = [a]
        r['i'] = 9
        return r, s, v

    def item_of_the_other(a, b, v):
        s = {'i': a, 'l': [b]}
        r = s if a < 5 else {'i': b, 'l': [b, 5]}
        r['l'] = [a]
        s['i'] += 9
        return r, s, v

    def in_parts(a, b, v):
        s = {'i': {'k': a}, 'l': [b]}
        r = s if a < 5 else {'i': {'k': b}, 'l': [b, 5]}
        r['i']['k'] = 77
        s['i']['k'] += 9
        r['l'].append(4)
        return r, s, v

    def in_a_tuple(a, b, v):
        s = ({'k': a}, b)
        r = s if a < 5 else ({'k': b}, None)
        r[0]['k'] = 77
        s[0]['k'] += 9
        return r, s, v

    for f in (of_a_function, item_of_one, item_of_the_other, in_parts, in_a_tuple):
        same(f, *((a, b, np.zeros(2)) for a in (5, 3, 0) for b in (0, 7)), cheap=True)


class Mode(enum.Enum):
    FAST = 1
    SLOW = 2

    def steps(self, n):
        return n * self.value if self is Mode.SLOW else n + 1


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 5


def members(n):
    mode = Mode.FAST if n > 2 else Mode.SLOW
    level = Level.HIGH if n > 3 else Level.LOW
    return mode.name, mode.value, mode.steps(n), level + n, level > 2, level.name, mode is Mode.FAST, mode == Mode.SLOW, mode, level


def machine(n):
    mode, turns = Mode.FAST, 0
    for _ in range(n):
        if mode is Mode.FAST and turns > 1:
            mode = Mode.SLOW
        elif mode is Mode.SLOW:
            mode = Mode.FAST
        turns += mode.value
    return mode, mode.name, turns


@pytest.mark.parametrize("f", [members, machine])
def test_members_of_enums_that_the_run_chooses(f):
    same(f, 0, 1, 3, 4, 7)
    compiled = ag.function(f)
    for n in 0, 1, 3, 4, 7:
        got = compiled(ag.constant(n, "int64"))
        assert tuple(int(v) if isinstance(v, ag.Tensor) and v.dtype != "bool" else v for v in got) == f(n)
    assert compiled.experimental_get_tracing_count() == 1
