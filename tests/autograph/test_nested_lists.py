"""Lists of lists whose lengths the run decides: rows, tables, adjacency lists, paths; one list under many names."""

import numpy as np
import pytest
from modes import equal, plain, same, same_kind

import autograph as ag


def grid(h):
    w = h + 1
    g = [[0] * w for _ in range(h)]
    for i in range(h):
        for j in range(w):
            g[i][j] = i * 10 + j
    row = g[0]
    row[0] = 99
    s = 0
    for r in g:
        for x in r:
            s += x
    return g, s, row

def fixed(n):
    g = [[0, 0, 0], [0, 0, 0]]
    for i in range(n):
        g[i % 2][i % 3] += i
    return g

def adj(n):
    a = [[] for _ in range(n)]
    for i in range(n):
        a[i].append((i * 3 + 1) % n)
        a[(i * 3 + 1) % n].append(i)
    seen = [False] * n
    stack = [0]
    order = []
    while stack:
        u = stack.pop()
        if seen[u]:
            continue
        seen[u] = True
        order.append(u)
        for v in a[u]:
            if not seen[v]:
                stack.append(v)
    return a, order

def pascal(n):
    rows = []
    for i in range(n):
        row = [1]
        if i > 0:
            prev = rows[-1]
            for j in range(len(prev) - 1):
                row.append(prev[j] + prev[j + 1])
            row.append(1)
        rows.append(row)
    return rows

def life(n):
    size = 5
    grid = [[0] * size for _ in range(size)]
    grid[2][1] = grid[2][2] = grid[2][3] = 1
    for step in range(n):
        new = [[0] * size for _ in range(size)]
        for i in range(size):
            for j in range(size):
                c = 0
                for di in (-1, 0, 1):
                    for dj in (-1, 0, 1):
                        if di != 0 or dj != 0:
                            ii, jj = i + di, j + dj
                            if 0 <= ii < size and 0 <= jj < size:
                                c += grid[ii][jj]
                if c == 3 or (c == 2 and grid[i][j] == 1):
                    new[i][j] = 1
        grid = new
    return grid

def editd(n):
    m = n + 2
    dp = [[0] * (m + 1) for _ in range(n + 1)]
    for i in range(n + 1):
        dp[i][0] = i
    for j in range(m + 1):
        dp[0][j] = j
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = 0 if (i * 7) % 3 == (j * 5) % 3 else 1
            dp[i][j] = min(dp[i - 1][j] + 1, dp[i][j - 1] + 1, dp[i - 1][j - 1] + cost)
    return dp[n][m], dp

def paths(n):
    stack = [(0, [0])]
    found = []
    while stack:
        v, path = stack.pop()
        if v >= n:
            found.append(path)
            continue
        stack.append((v + 1, path + [v + 1]))
        stack.append((v + 2, path + [v + 2]))
    return found

def swaprows(n):
    g = [[i, i + 1] for i in range(n)]
    for i in range(n // 2):
        g[i], g[n - 1 - i] = g[n - 1 - i], g[i]
    a = g[0]
    g[0] = [7, 7, 7]
    a.append(5)
    return g, a

def alias(n):
    row = [0, 0]
    rows = []
    for i in range(n):
        rows.append(row)
        row[0] += 1
    rows[0][1] = 5
    return rows, row

def sieve(n):
    f = [[] for _ in range(n + 1)]
    for p in range(2, n + 1):
        if not f[p]:
            for k in range(p, n + 1, p):
                f[k].append(p)
    return f

def three(n):
    t = [[[0] * 2 for _ in range(3)] for _ in range(n)]
    for i in range(n):
        for j in range(3):
            t[i][j][i % 2] = i + j
    return t

def choose(n):
    g = [[1], [2, 2]]
    best = None
    for i in range(n):
        row = g[i % 2]
        if best is None or len(row) > len(best):
            best = row
    return best

def edges_lists(n):
    edges = []
    for i in range(n):
        edges.append([i, (i * i) % 7, 3 - i])
    edges.sort(key=lambda e: e[2])
    t = 0
    for u, v, w in edges:
        t += u * v - w
    return edges, t

def perms(n):
    result = [[]]
    for k in range(n):
        nxt = []
        for p in result:
            for i in range(len(p) + 1):
                q = p[:]
                q.insert(i, k)
                nxt.append(q)
        result = nxt
    return result

def floats(n):
    m = [[0.0] * n for _ in range(n)]
    for i in range(n):
        m[i][i] = 1.5
    tr = 0.0
    for i in range(n):
        tr += m[i][i]
    print(m)
    return tr, [sum(r) for r in m], m == m, [1.5] in m

def argument(g):
    s = 0
    for i in range(len(g)):
        for j in range(len(g[i])):
            s += g[i][j] * (i + 1)
    k = 0
    while k < s and k < 2:
        k += g[k % 2][0] + 1
    return s, k


def unpacked(n):
    spans = []
    for i in range(n):
        spans.append([i, i + 1])
    if n > 3:
        spans[2].append(7)
    total = 0
    for a, b in spans:
        total += a * b
    return total


def out_of_range(n):
    table = [[0] * 3 for _ in range(n)]
    i = 0
    while i < n:
        table[i][-3] = 5
        table[i - n][2 - i] = 6
        i += 1
    return table


def one_row_many_times(n):
    rows = [[0] * 2] * n
    for i in range(n):
        rows[i][0] += 1
    return rows


def taken_in_a_branch(n):
    a, b = [[1], [2]], [[3]]
    for i in range(n):
        row = a[i % 2] if i % 3 else b[0]
        row.append(i)
        if i % 2:
            b.append(row)
    b[-1][0] = 9
    return a, b


def whole_rows_change(n):
    rows = [[3, 1, 2] for _ in range(n)]
    for k in range(n):
        rows[k].sort()
        rows[k].reverse()
        rows[k].insert(1, k)
        rows[k].pop(0)
        rows[k] += [7, 8]
        rows[k].extend(rows[0])
        rows[k] *= 2
        rows[k].remove(7)
        del rows[k][0]
    kept = rows[0].copy()
    for row in rows:
        row.clear()
        row.append(5)
    return rows, kept, rows.index([5]) if n else None, rows.count([5]), [5] in rows


def printed(n):
    rows = []
    for i in range(n):
        rows.append([i] * i)
    print(rows, f"{len(rows)}")
    return max([len(row) for row in rows], default=0)


def as_items(n):
    rows = [(i, [i], None) for i in range(3)]
    for k in range(n):
        at, row, _ = rows[k % 3]
        row.append(at + k)
    return rows


def slices_are_copies(n):
    rows = [[i] for i in range(n)]
    part = rows[1:]
    for row in part:
        row.append(0)
    part.append([4])
    return rows, part


def identity(n):
    rows = [[0] for _ in range(n)]
    rows.append(rows[0])
    k = 0
    for i in range(n):
        if rows[i] is rows[-1]:
            k += 1
        if rows[i] is not rows[0]:
            k += 10
    return k, rows[0] is rows[-1], rows[0] is not rows[n - 1]


def never_filled(n):
    rows = [[] for _ in range(n)]
    total = 0
    for row in rows:
        for x in row:
            total += x
        total += len(row)
    return total, rows


def dead_row(n):
    row = [1, 2]
    rows = []
    for i in range(n):
        rows.append(row)
        row = [i]
    row.append(5)
    return rows, row


PROGRAMS = [
    (grid, (1, 3)), (fixed, (0, 7)), (adj, (1, 6)), (pascal, (0, 1, 5)), (life, (0, 1, 2)), (editd, (1, 4)), (paths, (1, 4)),
    (swaprows, (2, 5)), (alias, (1, 3)), (sieve, (2, 12)), (three, (1, 3)), (edges_lists, (0, 5)), (perms, (0, 3)), (floats, (1, 3)),
    (unpacked, (0, 3, 5)), (out_of_range, (0, 2, 4)), (one_row_many_times, (0, 3)), (taken_in_a_branch, (0, 4, 9)),
    (whole_rows_change, (0, 1, 3)), (printed, (0, 3)), (as_items, (0, 5)), (slices_are_copies, (1, 3)), (identity, (1, 3)),
    (never_filled, (0, 2)), (dead_row, (0, 3)),
]  # fmt: skip


@pytest.mark.parametrize("fn, cases", PROGRAMS)
def test_native_on_numbers(fn, cases):
    assert "native code" in same(fn, *cases, traces=1).explain()


@pytest.mark.parametrize("fn, cases", PROGRAMS)
def test_beside_an_array(fn, cases):
    both = ag.function(lambda n, x: (fn(n), x.sum()))
    for n in cases:
        try:
            want = fn(n)
        except Exception as e:
            with pytest.raises(type(e)):
                both(n, np.ones(3))
            continue
        got = plain(both(n, np.ones(3))[0])
        assert equal(got, want) and same_kind(got, want), (n, got, want)


@pytest.mark.parametrize("fn, cases", [(argument, ([[1, 2], [3, 4]], [[0], [0]])), (choose, (0, 1, 4))])
def test_of_the_caller_and_chosen(fn, cases):
    same(fn, *cases)


def test_rows_of_the_caller_are_not_changed():
    def mark(rows, n):
        for i in range(n):
            rows[i % 2][0] = i
        return rows

    same(mark, ([[1], [2]], 3))
    remedy = "belongs to the caller, .*: work on a copy, as rows = copy.deepcopy\\(rows\\), and return it"
    with pytest.raises(TypeError, match=remedy):
        ag.function(mark)([[1], [2]], ag.constant(3))


@pytest.mark.usefixtures("no_plain_calls")
def test_a_list_of_the_caller_is_not_changed():
    @ag.function
    def keep(xs, x):
        if x[0] > 0:
            xs.append(x)
        return x

    with pytest.raises(TypeError, match="'xs' belongs to the caller, .*: work on a copy, as xs = list\\(xs\\), and return it"):
        keep([], ag.ones(2))  # beside a NumPy array the call runs as plain Python


def test_rows_of_a_traced_helper():
    @ag.function
    def helper(n):
        rows = [[0] * 2 for _ in range(n)]
        for i in range(n):
            rows[i][1] = i
        return rows

    @ag.function
    def longer(n):
        rows = helper(n)
        for i in range(n):
            rows[i].append(7)
        return rows

    assert longer(3) == [[0, 0, 7], [0, 1, 7], [0, 2, 7]]


def test_rows_of_vectors():
    @ag.function
    def dealt(x, n):
        rows = [[] for _ in range(n)]
        for i in range(len(x)):
            rows[i % n].append(x[i])
        return rows, [len(row) for row in rows]

    x = np.arange(10.0).reshape(5, 2)
    rows, sizes = dealt(x, 3)
    assert [[v.tolist() for v in row] for row in rows] == [[[0, 1], [6, 7]], [[2, 3], [8, 9]], [[4, 5]]]
    assert sizes == [2, 2, 1]
