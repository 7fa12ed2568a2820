"""heapq, bisect and collections.deque on lists and numbers of a trace, beside CPython's own."""

import bisect
import collections
import heapq
import math

import numpy as np
import pytest
from modes import same

import autograph as ag


def shortest_paths(to, cost, start):
    distance = np.full(len(to), np.inf)
    distance[start] = 0.0
    heap = [(0.0, start)]
    while heap:
        d, u = heapq.heappop(heap)
        if d > distance[u]:
            continue
        for k in range(to.shape[1]):
            v = to[u, k]
            if d + cost[u, k] < distance[v]:
                distance[v] = d + cost[u, k]
                heapq.heappush(heap, (distance[v], v))
    return distance


def shortest_paths_of_lists(n):
    edges = [[((i * 7 + k * 3) % n, (i + k) % 5 + 0.5) for k in range(3)] for i in range(n)]
    distance = [math.inf] * n
    distance[0] = 0.0
    heap = [(0.0, 0)]
    while heap:
        d, u = heapq.heappop(heap)
        if d > distance[u]:
            continue
        for v, w in edges[u]:
            if d + w < distance[v]:
                distance[v] = d + w
                heapq.heappush(heap, (d + w, v))
    return distance


def heap_sort(x):
    heap = []
    for v in x:
        heapq.heappush(heap, v)
    return [heapq.heappop(heap) for _ in range(len(x))]


def heap_order(x):
    heap = list(x)
    heapq.heapify(heap)
    first = heapq.heapreplace(heap, 0)
    second = heapq.heappushpop(heap, 3)
    return heap, first, second, heapq.nlargest(3, heap), heapq.nsmallest(2, heap, key=lambda v: -v)


def longest_increasing(x):
    tails = []
    for v in x:
        i = bisect.bisect_left(tails, v)
        if i == len(tails):
            tails.append(v)
        else:
            tails[i] = v
    return len(tails), tails


def sorted_by_insertion(x):
    made, down = [], []
    for v in x:
        bisect.insort(made, v)
        bisect.insort_left(down, v, key=lambda w: -w)
    return made, down


def places(x, v):
    table = [1, 4, 4, 9]
    return bisect.bisect(x, v), bisect.bisect_left(table, v), bisect.bisect_right(table, v, 1, 3), bisect.bisect(table, v, lo=2)


def steps_to(walls, goal):
    h, w = walls.shape
    queue = collections.deque([(0, 0, 0)])
    seen = np.zeros((h, w), dtype=bool)
    seen[0, 0] = True
    while queue:
        y, x, steps = queue.popleft()
        if y == goal and x == goal:
            return steps
        for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            a, b = y + dy, x + dx
            if 0 <= a < h and 0 <= b < w and not walls[a, b] and not seen[a, b]:
                seen[a, b] = True
                queue.append((a, b, steps + 1))
    return -1


def windows(x, k):
    last, found = collections.deque(maxlen=k), []
    for v in x:
        last.append(v)
        found.append(max(last))
    return found, last


def monotone(x, k):
    """The largest of each k in a row, by a deque of places."""
    queue, found = collections.deque(), []
    for i in range(len(x)):
        while queue and x[queue[-1]] <= x[i]:
            queue.pop()
        queue.append(i)
        if queue[0] <= i - k:
            queue.popleft()
        if i >= k - 1:
            found.append(x[queue[0]])
    return found


def asked(n):
    queue = collections.deque()
    for i in range(n):
        queue.appendleft(i)
        if i % 3 == 0:
            queue.rotate(2)
    print(queue, len(queue))
    total = 0
    for v in queue:
        total += v
    return isinstance(queue, collections.deque), type(queue) is list, 2 in queue, queue == collections.deque([1]), total, sum(queue), queue[-1]


def last_josephus(n, k):
    circle = collections.deque(range(n))
    while len(circle) > 1:
        circle.rotate(-(k - 1))
        circle.popleft()
    return circle[0]


NUMBERS = [5, 3, 9, 3, -2, 7, 0, 8, 8, 1]
ARRAY = np.random.default_rng(5).normal(size=80)
RNG = np.random.default_rng(2)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (shortest_paths, (RNG.integers(0, 50, (50, 3)), RNG.random((50, 3)), 0)),
        (shortest_paths_of_lists, (40,)),
        (heap_sort, (ARRAY,)),
        (heap_sort, (NUMBERS,)),
        (heap_sort, (np.zeros(0),)),
        (heap_order, (NUMBERS,)),
        (longest_increasing, (ARRAY,)),
        (longest_increasing, (NUMBERS,)),
        (sorted_by_insertion, (ARRAY,)),
        (sorted_by_insertion, (NUMBERS * 3,)),
        (places, (np.array([1.0, 2.0, 2.0, 3.0]), 2)),
        (places, (np.array([1.0, 2.0, 2.0, 3.0]), 4)),
        (steps_to, (RNG.random((12, 12)) < 0.2, 11)),
        (windows, (NUMBERS, 3)),
        (monotone, (ARRAY, 7)),
        (monotone, (NUMBERS, 3)),
        (asked, (10,)),
        (last_josephus, (41, 3)),
    ],
    ids=lambda x: x.__name__ if callable(x) else "",
)
def test_programs(f, args):
    same(f, args)


@pytest.mark.parametrize("f", [shortest_paths_of_lists, asked])
def test_numbers_are_native(f):
    compiled = ag.function(f)
    compiled(12)
    assert "native code" in str(compiled.explain())


def deque_moves(codes, values, most):
    """Does what the codes say; a failure is a code of its own."""
    queue, told = collections.deque(maxlen=most), []
    for i in range(len(codes)):
        code, v = codes[i], values[i]
        if code == 0:
            queue.append(v)
        elif code == 1:
            queue.appendleft(v)
        elif code == 2:
            try:
                told.append(queue.pop())
            except IndexError:
                told.append(-100)
        elif code == 3:
            try:
                told.append(queue.popleft())
            except IndexError:
                told.append(-200)
        elif code == 4:
            queue.rotate(v)
        elif code == 5:
            told.append(len(queue))
            told.append(queue.count(v))
        elif code == 6:
            queue.extendleft([v, v + 1])
        elif code == 7 and v in queue:
            told.append(queue.index(v))
            queue.remove(v)
        elif code == 8:
            queue.reverse()
        elif code == 9 and v == 7:
            queue.clear()
        elif -len(queue) <= v < len(queue):
            told.append(queue[v])
            queue[v] = 50 + v
            if v % 2 == 0:
                del queue[v]
    return told, list(queue)


@pytest.mark.parametrize("most", [1000, 4])
def test_random_moves_of_a_deque(most):
    compiled, rng = ag.function(deque_moves), np.random.default_rng(most)
    for _ in range(40):
        codes, values = rng.choice([0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 150), rng.integers(-4, 10, 150)
        want, got = deque_moves(codes, values, most), compiled(codes, values, most)
        assert [list(map(int, part)) for part in got] == [list(map(int, part)) for part in want]
    assert "native code" in str(compiled.explain())


def heap_moves(codes, values):
    heap, told = [], []
    for i in range(len(codes)):
        code, item = codes[i], (values[i], i)
        if code < 4:
            heapq.heappush(heap, item)
        elif code == 4 and heap:
            told.append(heapq.heappop(heap))
        elif code == 5 and heap:
            told.append(heapq.heapreplace(heap, item))
        elif code == 6:
            told.append(heapq.heappushpop(heap, item))
        elif code == 7:
            heap.reverse()
            heapq.heapify(heap)
    return told, heap


def test_random_moves_of_a_heap():
    compiled, rng = ag.function(heap_moves), np.random.default_rng(1)
    for _ in range(40):
        codes, values = rng.integers(0, 8, 120), rng.choice([0.0, 1.0, 2.5, -1.0, np.nan, np.inf], 120)
        for want, got in zip(heap_moves(codes, values), compiled(codes, values), strict=True):
            np.testing.assert_array_equal(np.array(got, dtype=float).reshape(-1, 2), np.array(want, dtype=float).reshape(-1, 2))
    assert "native code" in str(compiled.explain())


@pytest.mark.parametrize(
    ("f", "error", "text"),
    [
        (lambda n: [heapq.heappop(h) for h in [list(range(n))] for _ in range(n + 1)], IndexError, "index out of range"),
        (lambda n: [q.popleft() for q in [collections.deque(range(n))] for _ in range(n + 1)], IndexError, "pop from an empty deque"),
        (lambda n: bisect.bisect([1, 2], n, -1), ValueError, "lo must be non-negative"),
        (lambda n: collections.deque(range(n), -1), ValueError, "maxlen must be non-negative"),
        (lambda n: collections.deque(range(n))[n], IndexError, "deque index out of range"),
    ],
)
def test_errors_are_pythons(f, error, text):
    for way in (f, ag.function(f)):
        with pytest.raises(error, match=text):
            way(3)


def test_what_is_older_or_holds_no_traced_value_is_cpythons():
    older = [3, 1, 2]

    @ag.function
    def push(n):
        heapq.heappush(older, n)
        fixed = [5, 4, 3]
        heapq.heapify(fixed)
        return fixed, n

    push(7)
    push(0)
    assert older[0] == 0 and len(older) == 5
    assert push(1)[0] == [3, 4, 5]


class Stack:
    def __init__(self, numbers):
        self.items = [v for v in numbers if v > 0]

    def __len__(self):
        return len(self.items)


class Account:
    def __init__(self, left):
        self.left = left

    def __bool__(self):
        return bool(self.left > 0)


def by_len(x):
    stack, total = Stack(x), 0
    while stack and total < 10:
        total += stack.items.pop()
    return total, bool(stack), not stack, any([stack]), 1 if stack else 2, len(stack)


def by_bool(n):
    account, months = Account(n), 0
    while account:
        account.left -= 2
        months += 1
    if not account:
        months += 100
    assert not account
    return months, (account or 5), [1 for a in [Account(n)] if a]


@pytest.mark.parametrize(("f", "args"), [(by_len, (NUMBERS,)), (by_len, (np.array(NUMBERS),)), (by_bool, (5,)), (by_bool, (5.5,))])
def test_truth_of_objects_is_asked_of_their_class(f, args):
    same(f, args)


class Wrong:
    def __init__(self, v):
        self.v = v

    def __bool__(self):
        return self.v + 1


def test_truth_that_is_no_bool_is_refused():
    def f(n):
        return 1 if Wrong("x") else 2

    for way in (f, ag.function(f)):
        with pytest.raises(TypeError):
            way(3)
