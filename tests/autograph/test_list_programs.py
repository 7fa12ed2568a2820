"""Programs that people bring, on lists of tuples and lists of lists: they run native on numbers, and beside arrays."""

import numpy as np
import pytest
from modes import equal, plain, same, same_kind

import autograph as ag


def bfs_grid(n):
    grid = [[1 if (i * 3 + j * 5) % 4 == 0 and i + j > 0 else 0 for j in range(n)] for i in range(n)]
    dist = [[-1] * n for _ in range(n)]
    dist[0][0] = 0
    queue = [(0, 0)]
    while queue:
        i, j = queue.pop(0)
        for di, dj in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            a, b = i + di, j + dj
            if 0 <= a < n and 0 <= b < n and grid[a][b] == 0 and dist[a][b] == -1:
                dist[a][b] = dist[i][j] + 1
                queue.append((a, b))
    return dist


def quicksort(n):
    items = [(i * 7919) % 101 for i in range(n)]
    stack = [(0, n - 1)]
    while stack:
        lo, hi = stack.pop()
        if lo >= hi:
            continue
        pivot, i = items[hi], lo
        for j in range(lo, hi):
            if items[j] < pivot:
                items[i], items[j] = items[j], items[i]
                i += 1
        items[i], items[hi] = items[hi], items[i]
        stack.append((lo, i - 1))
        stack.append((i + 1, hi))
    return items


def flood_fill(n):
    image = [[(i * j) % 3 for j in range(n)] for i in range(n)]
    old = image[0][0]
    stack = [[0, 0]]
    filled = 0
    while stack:
        i, j = stack.pop()
        if i < 0 or j < 0 or i >= n or j >= n or image[i][j] != old:
            continue
        image[i][j] = 9
        filled += 1
        stack.append([i + 1, j])
        stack.append([i - 1, j])
        stack.append([i, j + 1])
        stack.append([i, j - 1])
    return image, filled


def knapsack(cap):
    weights, worth = [2, 3, 4, 5], [3, 4, 5, 6]
    table = [[0 for _ in range(cap + 1)] for _ in range(len(weights) + 1)]
    for i in range(1, len(weights) + 1):
        for c in range(cap + 1):
            table[i][c] = table[i - 1][c]
            if weights[i - 1] <= c:
                table[i][c] = max(table[i][c], table[i - 1][c - weights[i - 1]] + worth[i - 1])
    return table[-1][-1], table


def histogram(n):
    counts = []
    for i in range(n):
        x = (i * i) % 7
        for k in range(len(counts)):
            if counts[k][0] == x:
                counts[k] = (x, counts[k][1] + 1)
                break
        else:
            counts.append((x, 1))
    counts.sort(key=lambda c: (-c[1], c[0]))
    return counts


def spiral(n):
    out = [[0] * n for _ in range(n)]
    i = j = 0
    di, dj = 0, 1
    for k in range(n * n):
        out[i][j] = k + 1
        a, b = i + di, j + dj
        if not (0 <= a < n and 0 <= b < n and out[a][b] == 0):
            di, dj = dj, -di
            a, b = i + di, j + dj
        i, j = a, b
    return out


def transpose(n):
    m = [[i * n + j for j in range(n + 1)] for i in range(n)]
    return [[row[j] for row in m] for j in range(n + 1)], [sum(row) for row in m]


def beam(n):
    beams = [([0], 0.0)]
    for step in range(n):
        grown = []
        for seq, score in beams:
            for k in range(3):
                grown.append((seq + [k], score + (k * 7 + step * 3) % 5 * 0.5))
        grown.sort(key=lambda b: -b[1])
        beams = grown[:2]
    return beams


def topo(n):
    out = [[] for _ in range(n)]
    deg = [0] * n
    for i in range(n):
        for j in (2 * i + 1, 2 * i + 2):
            if j < n:
                out[i].append(j)
                deg[j] += 1
    ready = [i for i in range(n) if deg[i] == 0]
    order = []
    while ready:
        u = ready.pop()
        order.append(u)
        for v in out[u]:
            deg[v] -= 1
            if deg[v] == 0:
                ready.append(v)
    return order


def buckets(n):
    b = [[] for _ in range(10)]
    for i in range(n):
        x = (i * 37) % 100
        b[x // 10].append(x)
    out = []
    for bucket in b:
        bucket.sort()
        out.extend(bucket)
    return out


def slices(n):
    l = [i for i in range(n)]
    l[1:3] = [7, 8, 9]
    del l[0:2]
    l[len(l):] = [5]
    return l


def spliced(n):
    l = []
    for i in range(n):
        l.append(i)
    l[1:3] = l
    l[-1:] = [9, 9]
    l[n:2] = (4,)
    del l[2 : n - 1]
    rows = [[i] for i in range(n)]
    for row in rows:
        row[len(row) :] = [5, 6]
        row[:1] = row
        del row[-1:]
    del rows[-1:]
    return l, rows


PROGRAMS = [
    (bfs_grid, (1, 5)), (quicksort, (0, 1, 12)), (flood_fill, (1, 4)), (knapsack, (0, 9)), (histogram, (0, 20)), (spiral, (1, 4)),
    (transpose, (1, 3)), (beam, (0, 3)), (topo, (1, 9)), (buckets, (0, 25)), (slices, (2, 6)), (spliced, (0, 1, 5)),
]  # fmt: skip


@pytest.mark.parametrize("fn, cases", PROGRAMS)
def test_native_on_numbers(fn, cases):
    assert "native code" in same(fn, *cases, traces=1).explain()


@pytest.mark.parametrize("fn, cases", PROGRAMS)
def test_beside_an_array(fn, cases):
    both = ag.function(lambda n, x: (fn(n), x.sum()))
    for n in cases:
        got, want = plain(both(n, np.ones(3))[0]), fn(n)
        assert equal(got, want) and same_kind(got, want), (n, got, want)
