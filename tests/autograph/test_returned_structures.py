"""Structures that a branch or a loop returns hold what was changed in them there, and keep their names.

What the body of a branch has changed in a list of a dict, of a dataclass or of a list is settled before the
places hold their old values again (journal.Frame.settle); a `return` of a structure from the body of a loop
makes its value one of several.
"""

import collections
import dataclasses

import numpy as np
import pytest
from modes import same

P = collections.namedtuple("P", "i r")


@dataclasses.dataclass
class D:
    i: object
    r: object


def returned_dict(a, x, u):
    while u > 0:
        return {"i": a, "r": [x, 3]}


def dict_of_one_turn(a, x, u):
    while u > 0:
        u -= 1
        if u == 2:
            return {"i": a, "r": [x, 3]}
    return None


def list_of_one_turn(a, x, u):
    while u > 0:
        u -= 1
        if u == 2:
            return [x, 3]


def one_list_twice(a, x, u):
    l = [a, 2]
    while u > 0:
        u -= 1
        if u == 2:
            return {"l": l, "m": l}
    return None


def changed_by_the_caller(a, x, u):
    def inner(u):
        while u > 0:
            u -= 1
            if u == 2:
                return {"i": a, "r": [x, 3]}

    r = inner(u)
    if r is None:
        return -1
    r["r"].append(5)
    r["r"][0] = 7
    return r, len(r["r"])


def older_list_in_a_dict(a, x, u):
    l = [a, 2]

    def inner(u):
        while u > 0:
            u -= 1
            if u == 2:
                return {"i": a, "r": l}

    r = inner(u)
    if r is None:
        return -1, l
    r["r"].append(5)
    r["r"][0] = 7
    return r, l


def older_list_that_grows(a, x, u):
    l = [a, 2]

    def inner(u):
        while u > 0:
            u -= 1
            if u == 2:
                return l
            l.append(u)

    r = inner(u)
    if r is None:
        return -1, l
    r.append(5)
    r[0] = 7
    return r, l


def new_list_of_a_turn(a, x, u):
    def inner(u):
        while u > 0:
            u -= 1
            if u == 2:
                return [a, u]

    r = inner(u)
    if r is None:
        return -1
    r.append(5)
    s = r
    s[0] = 7
    return r, s


def one_of_two_dicts(a, x, u):
    for i in range(u):
        if i == a:
            return {"i": i, "r": [x, i]}
    return {"i": 0, "r": []}


def one_of_three_forms(a, x, u):
    for i in range(u):
        if i == a:
            return (i, [x, i])
        if i == a + 1:
            return [x]
    return 0


def one_of_two_lists(a, x, u):
    l, k = [a, 2], [a, 3]

    def inner(u):
        while u > 0:
            u -= 1
            if u == 2:
                return {"i": a, "r": l}
            if u == 5:
                return {"i": a, "r": k}

    r = inner(u)
    if r is None:
        return -1, l, k
    r["r"].append(5)
    r["r"][0] = 7
    return r, l, k


def grown_before_it_is_returned(a, x, u):
    out = []
    while u > 0:
        u -= 1
        out.append(u)
        if u == 2:
            return {"i": a, "r": out}


def tuple_of_structures(a, x, u):
    while u > 0:
        u -= 1
        if u == 2:
            return a, [x, 3], {"k": [a]}
    else:
        return None


def item_of_a_chosen_dict(a, x, u):
    def inner(u):
        if u > 2:
            return {"i": a, "r": [x, 3]}

    r = inner(u)
    if r is None:
        return -1
    r["r"].append(5)
    r["r"][0] = 7
    return r, len(r["r"])


def list_of_a_chosen_dict(a, x, u):
    def inner(u):
        if u > 2:
            return {"i": a, "r": [x, 3]}

    r = inner(u)
    if r is None:
        return -1
    l = r["r"]
    l.append(5)
    return r, l


def chosen_list(a, x, u):
    def inner(u):
        if u > 2:
            return [x, 3]

    r = inner(u)
    if r is None:
        return -1
    r.append(5)
    return r


def list_of_a_chosen_tuple(a, x, u):
    def inner(u):
        if u > 2:
            return a, [x, 3]

    r = inner(u)
    if r is None:
        return -1
    r[1].append(5)
    return r


def chosen_dict(a, x, u):
    def inner(u):
        if u > 2:
            return {"i": a, "r": [x, 3]}

    r = inner(u)
    if r is None:
        return -1
    r["i"] = 5
    return r


def changed_in_a_branch(a, x, u):
    def inner(u):
        if u > 2:
            return {"i": a, "r": [x, 3]}

    r = inner(u)
    if u > 4:
        r["r"][0] = 5
    return r


def grown_in_a_loop(a, x, u):
    def inner(u):
        if u > 2:
            return {"i": a, "r": [x, 3]}
        return 5

    r = inner(u)
    if u > 4:
        for k in range(int(u)):
            r["r"].append(k)
    return r


def dict_of_an_older_list(a, x, u):
    l = [a]
    r = None
    if u > 2:
        r = {"i": a, "r": l}
    if u > 4:
        r["r"].append(3)
        l.append(2)
    return r, l


def older_list_changes_later(a, x, u):
    l = [a]

    def inner(u):
        if u > 2:
            return {"i": a, "r": l}

    r = inner(u)
    if u > 4:
        l.append(2)
    return r, l


def dict_of_a_branch(a, x, u):
    d = {"i": a}
    if u > 2:
        d["i"] = 5
        return d
    return d


def same_dict_of_both(a, x, u):
    d = {"i": a, "r": [1]}
    if u > 2:
        d["r"].append(5)
        return d
    return d


def list_in_a_dict(a, x, u):
    d = {"i": a, "r": [1]}
    if u > 2:
        d["r"].append(5)
        return d
    return {"i": 0, "r": [x]}


def list_in_a_namedtuple(a, x, u):
    d = P(a, [x])
    if u > 2:
        d.r.append(5)
        return d
    return P(0, [x])


def list_in_a_dataclass(a, x, u):
    d = D(a, [x])
    if u > 2:
        d.r.append(5)
        return d
    return D(0, [x])


def dataclass_that_changes(a, x, u):
    d = D(a, [x])
    if u > 2:
        d.i += 5
        return d
    return D(0, [x])


def item_of_a_list_in_a_dict(a, x, u):
    d = {"i": a, "r": [1]}
    if u > 2:
        d["r"][0] += 5
        return d
    return {"i": 0, "r": [x]}


def grown_and_returned(a, x, u):
    out = {"l": []}
    for k in range(3):
        if u > k:
            out["l"].append(k)
            if u < 3:
                return out
    return out


def list_with_three_names(a, x, u):
    d = {"i": a, "r": [1]}
    l = d["r"]
    r = None
    if u > 2:
        r = d
    if r is not None:
        r["r"].append(3)
    return r, d, l


def list_in_a_list(a, x, u):
    l = [[a], 2]
    if u > 2:
        l[0].append(3)
        return l
    return [[0], 2]


def two_lists_that_grow(a, x, u):
    l = [[a], 2]
    if u > 2:
        l[0].append(3)
        l.append(5)
        return l
    return [[0], 2]


def list_that_is_replaced(a, x, u):
    d = {"r": [a]}
    k = d["r"]
    if u > 2:
        d["r"] = [7]
        k.append(8)
        return d, k
    return d, [k]


def dataclass_with_another_list(a, x, u):
    d = D(a, [x])
    if u > 2:
        d.r = [7, 8]
        d.i = d.r
        return d
    return D([1], [7])


PROGRAMS = [
    returned_dict, dict_of_one_turn, list_of_one_turn, one_list_twice, changed_by_the_caller,
    older_list_in_a_dict, older_list_that_grows, new_list_of_a_turn, one_of_two_dicts,
    one_of_three_forms, one_of_two_lists, grown_before_it_is_returned, tuple_of_structures,
    item_of_a_chosen_dict, list_of_a_chosen_dict, chosen_list, list_of_a_chosen_tuple, chosen_dict,
    changed_in_a_branch, grown_in_a_loop, dict_of_an_older_list, older_list_changes_later,
    dict_of_a_branch, same_dict_of_both, list_in_a_dict, list_in_a_namedtuple, list_in_a_dataclass,
    dataclass_that_changes, item_of_a_list_in_a_dict, grown_and_returned, list_with_three_names,
    list_in_a_list, two_lists_that_grow, list_that_is_replaced, dataclass_with_another_list,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
@pytest.mark.parametrize("number", [int, np.float64])
def test_a_returned_structure_is_pythons(program, number):
    same(program, *[(a, 2.5, number(u)) for a, u in ((1, 5), (2, 0), (1, 8), (1, 2))])
