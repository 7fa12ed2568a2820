"""Lists of tuples, named tuples and frozen dataclasses, of None beside numbers, of texts: a column a leaf."""

import dataclasses
from typing import NamedTuple

import numpy as np
import pytest
from modes import equal, plain, same, same_kind

import autograph as ag


class Edge(NamedTuple):
    u: int
    w: float


@dataclasses.dataclass(frozen=True)
class P:
    x: int
    y: int


def stack_pairs(n):
    stack = [(0, n)]
    out = []
    while stack:
        lo, hi = stack.pop()
        if hi - lo <= 1:
            out.append((lo, hi - lo))
            continue
        mid = (lo + hi) // 2
        stack.append((mid, hi))
        stack.append((lo, mid))
    return out, len(out)


def queue(n):
    q = [(0, 0)]
    total = 0
    for k in range(n):
        node, cost = q.pop(0)
        total += cost
        q.append((node + 1, cost + k))
        q.insert(0, (node + 2, cost * 2))
    return q, total


def named(n):
    es = []
    for i in range(n):
        es.append(Edge(i, i / 2))
    s = 0.0
    for e in es:
        s += e.w * e.u
    for u, w in es:
        s -= w
    return s, es, es[-1:]


def rec(n):
    ps = []
    for i in range(n):
        ps.append(P(i, -i))
    return sum(p.x - p.y for p in ps), len(ps), [p.x for p in ps]


def srt(n):
    ps = []
    for i in range(n):
        ps.append(((i * 7) % 5, i))
    a = sorted(ps)
    b = sorted(ps, key=lambda p: -p[1])
    ps.sort(key=lambda p: p[0])
    c = sorted(ps, reverse=True)
    d = sorted(ps, key=lambda p: p[0], reverse=True)
    return a, b, ps, c, d, min(ps, default=None)


def cmpr(n):
    ps = [(i, i * 2) for i in range(n)]
    return (2, 4) in ps, ps.count((1, 2)), ps == [(0, 0), (1, 2)], ps.index((0, 0)) if n else -1


def nones(n):
    prev = [None] * n
    for i in range(n):
        if i % 3:
            prev[i] = i
    k = 0
    for p in prev:
        if p is None:
            k += 1
    return prev, k


def texts(n):
    out = []
    for i in range(n):
        out.append(("fizz" if i % 3 == 0 else "buzz", i))
    print(out)
    return out


def nested_tuple(n):
    out = []
    for i in range(n):
        out.append((i, (i * 0.5, i > 2)))
    out[0] = (9, (1.5, False))
    out.reverse()
    del out[0]
    return out, out[1:], out * 2


def rle(n):
    runs = []
    prev, count = -1, 0
    for i in range(n):
        x = (i * i) // 7 % 3
        if x == prev:
            count += 1
        else:
            if count > 0:
                runs.append((prev, count))
            prev, count = x, 1
    if count > 0:
        runs.append((prev, count))
    return runs


def dijkstra_with_a_list(n):
    dist = [10**9] * n
    dist[0] = 0
    queue = [(0, 0)]
    while queue:
        queue.sort()
        d, u = queue.pop(0)
        if d > dist[u]:
            continue
        for step, cost in ((1, 4), (2, 7), (5, 11)):
            v = (u + step) % n
            if d + cost < dist[v]:
                dist[v] = d + cost
                queue.append((d + cost, v))
    return dist


def merged_intervals(n):
    spans = []
    for i in range(n):
        start = (i * 37) % 50
        spans.append((start, start + i % 9))
    spans.sort(key=lambda s: s[0])
    merged = [spans[0]]
    for start, end in spans[1:]:
        if start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def popped_from_nothing(n):
    pairs = []
    for i in range(n):
        pairs.append((i, i))
    while n >= 0:
        pairs.pop()
        n -= 1
    return pairs


PROGRAMS = [
    (stack_pairs, (1, 2, 9, 0)),
    (queue, (0, 1, 5)),
    (named, (1, 5)),
    (rec, (0, 4)),
    (srt, (1, 9, 0)),
    (cmpr, (2, 5, 0)),
    (nones, (0, 5)),
    (texts, (0, 4)),
    (nested_tuple, (2, 6)),
    (rle, (0, 20)),
    (dijkstra_with_a_list, (1, 7, 12)),
    (merged_intervals, (1, 12, 40)),
    (popped_from_nothing, (0, 3)),
]


@pytest.mark.parametrize("fn, cases", PROGRAMS)
def test_native_on_numbers(fn, cases):
    assert "native code" in same(fn, *cases, traces=1).explain()


@pytest.mark.parametrize("fn, cases", PROGRAMS[:-1])
def test_beside_an_array(fn, cases):
    both = ag.function(lambda n, x: (fn(n), x.sum()))
    for n in cases:
        got, want = plain(both(n, np.ones(3))[0]), fn(n)
        assert equal(got, want) and same_kind(got, want), (n, got, want)


def test_items_that_may_change_are_left_to_python():
    @dataclasses.dataclass
    class Point:
        x: int

    def points(n):
        made = []
        for i in range(n):
            made.append(Point(i))
        made[0].x = 7
        return [p.x for p in made]

    same(points, 1, 3, traces=1)
    with pytest.raises(TypeError, match="its items cannot be a Point, which may change"):
        ag.function(lambda n, x: (points(n), x.sum()))(ag.constant(3), np.ones(3))


def test_texts_of_traced_numbers_are_left_to_python():
    def labels(n):
        made = []
        for i in range(n):
            made.append((f"item {i}", i))
        return made

    same(labels, 0, 3, traces=1)
