"""Programs as a newcomer writes them: numbers, lists and dictionaries.

PROGRAMS is the table: (function, cases); a case is a tuple of arguments. Each must give what Python gives, at the first try.
"""

import collections
import heapq
import itertools
import math


def primes_list(n):
    primes = []
    for i in range(2, n):
        prime = True
        for p in primes:
            if p * p > i:
                break
            if i % p == 0:
                prime = False
                break
        if prime:
            primes.append(i)
    return primes


def primes_filtered(n):
    return [i for i in range(2, n) if all(i % d for d in range(2, i))]


def sieve_list(n):
    flags = [True] * (n + 1)
    flags[0] = False
    if n >= 1:
        flags[1] = False
    for i in range(2, n + 1):
        if flags[i]:
            for j in range(i * i, n + 1, i):
                flags[j] = False
    return [i for i in range(n + 1) if flags[i]]


def fizzbuzz(n):
    out = []
    for i in range(1, n + 1):
        if i % 15 == 0:
            out.append("FizzBuzz")
        elif i % 3 == 0:
            out.append("Fizz")
        elif i % 5 == 0:
            out.append("Buzz")
        else:
            out.append(i)
    return out


def fizzbuzz_text(n):
    out = []
    for i in range(1, n + 1):
        word = ""
        if i % 3 == 0:
            word += "Fizz"
        if i % 5 == 0:
            word += "Buzz"
        out.append(word or str(i))
    return " ".join(out)


def fizzbuzz_print(n):
    for i in range(1, n + 1):
        if i % 15 == 0:
            print("FizzBuzz")
        elif i % 3 == 0:
            print("Fizz")
        elif i % 5 == 0:
            print("Buzz")
        else:
            print(i)


def life_step(grid):
    rows, cols = len(grid), len(grid[0])
    new = [[0] * cols for _ in range(rows)]
    for i in range(rows):
        for j in range(cols):
            alive = 0
            for di in (-1, 0, 1):
                for dj in (-1, 0, 1):
                    if (di or dj) and 0 <= i + di < rows and 0 <= j + dj < cols:
                        alive += grid[i + di][j + dj]
            if grid[i][j] == 1 and alive in (2, 3):
                new[i][j] = 1
            elif grid[i][j] == 0 and alive == 3:
                new[i][j] = 1
    return new


def life_glider(n, steps):
    grid = [[0] * n for _ in range(n)]
    for r, c in ((0, 1), (1, 2), (2, 0), (2, 1), (2, 2)):
        grid[r][c] = 1
    for _ in range(steps):
        new = [[0] * n for _ in range(n)]
        for i in range(n):
            for j in range(n):
                alive = 0
                for di in (-1, 0, 1):
                    for dj in (-1, 0, 1):
                        if di != 0 or dj != 0:
                            alive += grid[(i + di) % n][(j + dj) % n]
                new[i][j] = 1 if alive == 3 or (alive == 2 and grid[i][j]) else 0
        grid = new
    return grid


def knapsack(weights, values, limit):
    best = [0] * (limit + 1)
    for i in range(len(weights)):
        for w in range(limit, weights[i] - 1, -1):
            best[w] = max(best[w], best[w - weights[i]] + values[i])
    return best[limit]


def knapsack_table(n, limit):
    table = [[0] * (limit + 1) for _ in range(n + 1)]
    for i in range(1, n + 1):
        for w in range(limit + 1):
            table[i][w] = table[i - 1][w]
            if w >= i and table[i - 1][w - i] + 2 * i > table[i][w]:
                table[i][w] = table[i - 1][w - i] + 2 * i
    return table[n][limit]


def fib_memo(n):
    memo = {0: 0, 1: 1}

    def fib(k):
        if k not in memo:
            memo[k] = fib(k - 1) + fib(k - 2)
        return memo[k]

    return fib(n)


def fib_memo_argument(n, memo=None):
    if memo is None:
        memo = {}
    if n in memo:
        return memo[n]
    if n <= 1:
        return n
    memo[n] = fib_memo_argument(n - 1, memo) + fib_memo_argument(n - 2, memo)
    return memo[n]


def fib_list(n):
    fibs = [0, 1]
    while len(fibs) < n:
        fibs.append(fibs[-1] + fibs[-2])
    return fibs[:n]


def fib_recursive(n):
    return n if n < 2 else fib_recursive(n - 1) + fib_recursive(n - 2)


def brackets(text):
    pairs = {")": "(", "]": "[", "}": "{"}
    stack = []
    for c in text:
        if c in "([{":
            stack.append(c)
        elif c in pairs:
            if not stack or stack.pop() != pairs[c]:
                return False
    return not stack


def brackets_numbers(n):
    stack = []
    depth = 0
    for i in range(n):
        if i % 3 != 2:
            stack.append(i)
        else:
            if not stack:
                return -1
            depth += stack.pop()
    while stack:
        depth = depth * 2 + stack.pop()
    return depth


def matmul(a, b):
    n, m, k = len(a), len(b[0]), len(b)
    out = [[0] * m for _ in range(n)]
    for i in range(n):
        for j in range(m):
            for x in range(k):
                out[i][j] += a[i][x] * b[x][j]
    return out


def matmul_made(n):
    a = [[i + j for j in range(n)] for i in range(n)]
    b = [[i * j for j in range(n)] for i in range(n)]
    c = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            for k in range(n):
                c[i][j] += a[i][k] * b[k][j]
    return c


def transpose(n, m):
    grid = [[i * m + j for j in range(m)] for i in range(n)]
    return [[grid[i][j] for i in range(n)] for j in range(m)]


def permutations(items):
    if len(items) <= 1:
        return [items]
    out = []
    for i in range(len(items)):
        for rest in permutations(items[:i] + items[i + 1 :]):
            out.append([items[i]] + rest)
    return out


def permutations_of(n):
    return [list(p) for p in itertools.permutations(range(n))]


def word_counts(text):
    counts = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    return counts


def digit_counts(n):
    counts = {}
    for i in range(n):
        d = i % 7
        counts[d] = counts.get(d, 0) + 1
    return counts


def digit_counts_in(n):
    counts = {}
    while n > 0:
        d = n % 10
        if d in counts:
            counts[d] += 1
        else:
            counts[d] = 1
        n //= 10
    return counts


def counter(n):
    return collections.Counter(i * i % 5 for i in range(n)).most_common(2)


def grouped(n):
    groups = collections.defaultdict(list)
    for i in range(n):
        groups[i % 3].append(i)
    return dict(groups)


def run_lengths(items):
    out = []
    for x in items:
        if out and out[-1][0] == x:
            out[-1][1] += 1
        else:
            out.append([x, 1])
    return out


def run_lengths_text(text):
    out = ""
    i = 0
    while i < len(text):
        n = 1
        while i + n < len(text) and text[i + n] == text[i]:
            n += 1
        out += text[i] + str(n)
        i += n
    return out


def run_lengths_of(n):
    out = []
    last, length = -1, 0
    for i in range(n):
        bit = (i * i // 3) % 2
        if bit == last:
            length += 1
        else:
            if length:
                out.append((last, length))
            last, length = bit, 1
    if length:
        out.append((last, length))
    return out


def binary_search(items, x):
    lo, hi = 0, len(items) - 1
    while lo <= hi:
        mid = (lo + hi) // 2
        if items[mid] == x:
            return mid
        if items[mid] < x:
            lo = mid + 1
        else:
            hi = mid - 1
    return -1


def binary_search_of(n, x):
    items = [i * 3 for i in range(n)]
    lo, hi = 0, n
    while lo < hi:
        mid = (lo + hi) // 2
        if items[mid] < x:
            lo = mid + 1
        else:
            hi = mid
    return lo if lo < n and items[lo] == x else None


def merge_sort(items):
    if len(items) <= 1:
        return items
    mid = len(items) // 2
    left, right = merge_sort(items[:mid]), merge_sort(items[mid:])
    out = []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            out.append(left[i])
            i += 1
        else:
            out.append(right[j])
            j += 1
    return out + left[i:] + right[j:]


def quicksort(items):
    if len(items) <= 1:
        return items
    pivot = items[0]
    less = [x for x in items[1:] if x < pivot]
    more = [x for x in items[1:] if x >= pivot]
    return quicksort(less) + [pivot] + quicksort(more)


def bubble_sort(items):
    n = len(items)
    for i in range(n):
        for j in range(n - 1 - i):
            if items[j] > items[j + 1]:
                items[j], items[j + 1] = items[j + 1], items[j]
    return items


def insertion_sort_of(n):
    items = [(i * 7 + 3) % 11 for i in range(n)]
    for i in range(1, n):
        x = items[i]
        j = i - 1
        while j >= 0 and items[j] > x:
            items[j + 1] = items[j]
            j -= 1
        items[j + 1] = x
    return items


def selection_sort_of(n):
    items = [(i * 5 + 1) % 13 for i in range(n)]
    out = []
    while items:
        smallest = min(items)
        items.remove(smallest)
        out.append(smallest)
    return out


def pascal(n):
    rows = [[1]]
    for _ in range(n - 1):
        last = rows[-1]
        row = [1]
        for i in range(len(last) - 1):
            row.append(last[i] + last[i + 1])
        row.append(1)
        rows.append(row)
    return rows


def pascal_row(n):
    row = [1]
    for i in range(n):
        row = [1] + [row[j] + row[j + 1] for j in range(i)] + [1]
    return row


def hanoi(n, a="A", b="B", c="C"):
    if n == 0:
        return []
    return hanoi(n - 1, a, c, b) + [(a, c)] + hanoi(n - 1, b, a, c)


def hanoi_count(n):
    if n == 0:
        return 0
    return 2 * hanoi_count(n - 1) + 1


def hanoi_print(n, a="A", b="B", c="C"):
    if n:
        hanoi_print(n - 1, a, c, b)
        print(f"disk {n}: {a} -> {c}")
        hanoi_print(n - 1, b, a, c)


def dijkstra(n):
    graph = [[(i * j * 7 + i + j) % 10 + 1 for j in range(n)] for i in range(n)]
    dist = [10**9] * n
    done = [False] * n
    dist[0] = 0
    for _ in range(n):
        u = -1
        for v in range(n):
            if not done[v] and (u == -1 or dist[v] < dist[u]):
                u = v
        done[u] = True
        for v in range(n):
            if dist[u] + graph[u][v] < dist[v]:
                dist[v] = dist[u] + graph[u][v]
    return dist


def dijkstra_heap(graph, start):
    dist = {v: math.inf for v in graph}
    dist[start] = 0
    queue = [(0, start)]
    while queue:
        d, u = heapq.heappop(queue)
        if d > dist[u]:
            continue
        for v, w in graph[u]:
            if d + w < dist[v]:
                dist[v] = d + w
                heapq.heappush(queue, (dist[v], v))
    return dist


def heap_sort(n):
    heap = []
    for i in range(n):
        heapq.heappush(heap, (i * 7) % 10)
    return [heapq.heappop(heap) for _ in range(n)]


def bfs_deque(n):
    seen = {0}
    queue = collections.deque([0])
    order = []
    while queue:
        x = queue.popleft()
        order.append(x)
        for y in (2 * x + 1, 3 * x + 1):
            if y < n and y not in seen:
                seen.add(y)
                queue.append(y)
    return order


def queue_of_numbers(n):
    queue = collections.deque()
    total = 0
    for i in range(n):
        queue.append(i)
        if len(queue) > 3:
            total = total * 2 + queue.popleft()
    return total, len(queue)


def reverse_text(text):
    out = ""
    for c in text:
        out = c + out
    return out


def reverse_number(n):
    out = 0
    while n > 0:
        out = out * 10 + n % 10
        n //= 10
    return out


def is_palindrome(n):
    return str(n) == str(n)[::-1]


def palindromes(n):
    return [i for i in range(n) if str(i) == str(i)[::-1]]


def caesar(text, shift):
    out = ""
    for c in text:
        if c.isalpha():
            base = ord("A") if c.isupper() else ord("a")
            out += chr((ord(c) - base + shift) % 26 + base)
        else:
            out += c
    return out


def roman(n):
    values = [1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1]
    names = ["M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"]
    out = ""
    for v, name in zip(values, names):
        while n >= v:
            out += name
            n -= v
    return out


def gcds(n):
    out = []
    for i in range(1, n):
        a, b = i, n
        while b:
            a, b = b, a % b
        out.append(a)
    return out


def stars(n):
    out = ""
    for i in range(1, n + 1):
        out += "*" * i + "\n"
    return out


def triangle_print(n):
    for i in range(1, n + 1):
        line = ""
        for _ in range(i):
            line += "*"
        print(line)


def to_binary(n):
    if n == 0:
        return "0"
    digits = ""
    while n > 0:
        digits = str(n % 2) + digits
        n //= 2
    return digits


def binary_digits(n):
    digits = []
    while n > 0:
        digits.append(n % 2)
        n //= 2
    digits.reverse()
    return digits


def collatz_list(n):
    out = [n]
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        out.append(n)
    return out


def collatz_longest(n):
    best, at = 0, 0
    for i in range(1, n):
        k, steps = i, 1
        while k != 1:
            k = k // 2 if k % 2 == 0 else 3 * k + 1
            steps += 1
        if steps > best:
            best, at = steps, i
    return at, best


def factors(n):
    out = []
    d = 2
    while d * d <= n:
        while n % d == 0:
            out.append(d)
            n //= d
        d += 1
    if n > 1:
        out.append(n)
    return out


def divisors(n):
    small, large = [], []
    for d in range(1, int(math.sqrt(n)) + 1):
        if n % d == 0:
            small.append(d)
            if d != n // d:
                large.append(n // d)
    return small + large[::-1]


def factorial_table(n):
    table = {}
    product = 1
    for i in range(1, n + 1):
        product *= i
        table[i] = product
    return table


def big_factorial(n):
    product = 1
    for i in range(1, n + 1):
        product *= i
    return product


def multiplication_table(n):
    table = []
    for i in range(1, n + 1):
        row = []
        for j in range(1, n + 1):
            row.append(i * j)
        table.append(row)
    return table


def spiral(n):
    grid = [[0] * n for _ in range(n)]
    top, left, bottom, right = 0, 0, n - 1, n - 1
    k = 1
    while top <= bottom and left <= right:
        for j in range(left, right + 1):
            grid[top][j] = k
            k += 1
        top += 1
        for i in range(top, bottom + 1):
            grid[i][right] = k
            k += 1
        right -= 1
        if top <= bottom:
            for j in range(right, left - 1, -1):
                grid[bottom][j] = k
                k += 1
            bottom -= 1
        if left <= right:
            for i in range(bottom, top - 1, -1):
                grid[i][left] = k
                k += 1
            left += 1
    return grid


def queens_boards(n):
    boards = []

    def place(row, cols):
        if row == n:
            boards.append(list(cols))
            return
        for c in range(n):
            if all(c != d and abs(c - d) != row - r for r, d in enumerate(cols)):
                cols.append(c)
                place(row + 1, cols)
                cols.pop()

    place(0, [])
    return boards


def subsets(items):
    out = [[]]
    for x in items:
        out += [s + [x] for s in out]
    return out


def flatten(n):
    nested = [[i, i + 1] for i in range(n)]
    return [x for row in nested for x in row]


def zipped(n):
    names = ["a", "b", "c", "d", "e"]
    return {name: i for i, name in zip(range(n), names)}


def mean_and_spread(values):
    mean = sum(values) / len(values)
    spread = math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))
    return mean, spread


def median(values):
    ordered = sorted(values)
    n = len(ordered)
    return ordered[n // 2] if n % 2 else (ordered[n // 2 - 1] + ordered[n // 2]) / 2


def second_largest(values):
    first = second = None
    for v in values:
        if first is None or v > first:
            first, second = v, first
        elif second is None or v > second:
            second = v
    return second


def mode(n):
    values = [(i * i) % 7 for i in range(n)]
    best, count = None, 0
    for v in values:
        c = values.count(v)
        if c > count:
            best, count = v, c
    return best, count


def two_sum(values, target):
    seen = {}
    for i, v in enumerate(values):
        if target - v in seen:
            return [seen[target - v], i]
        seen[v] = i
    return None


def unique(n):
    seen = set()
    out = []
    for i in range(n):
        v = i * i % 10
        if v not in seen:
            seen.add(v)
            out.append(v)
    return out


def rotate(n, k):
    items = list(range(n))
    for _ in range(k):
        items.insert(0, items.pop())
    return items


def josephus(n, k):
    people = list(range(1, n + 1))
    at = 0
    while len(people) > 1:
        at = (at + k - 1) % len(people)
        people.pop(at)
    return people[0]


PROGRAMS = [
    (primes_list, [(2,), (30,)]),
    (primes_filtered, [(2,), (20,)]),
    (sieve_list, [(1,), (30,)]),
    (fizzbuzz, [(0,), (16,)]),
    (fizzbuzz_text, [(15,)]),
    (fizzbuzz_print, [(16,)]),
    (life_step, [([[0, 1, 0], [0, 1, 0], [0, 1, 0]],)]),
    (life_glider, [(6, 0), (6, 3)]),
    (knapsack, [([1, 3, 4], [15, 20, 30], 6)]),
    (knapsack_table, [(4, 7), (0, 3)]),
    (fib_memo, [(1,), (20,)]),
    (fib_memo_argument, [(1,), (15,)]),
    (fib_list, [(2,), (10,)]),
    (fib_recursive, [(1,), (9,)]),
    (brackets, [("([]{})",), ("(]",), ("",)]),
    (brackets_numbers, [(0,), (10,)]),
    (matmul, [([[1, 2], [3, 4]], [[5, 6], [7, 8]])]),
    (matmul_made, [(3,), (1,)]),
    (transpose, [(2, 3), (0, 2)]),
    (permutations, [([1, 2, 3],)]),
    (permutations_of, [(3,)]),
    (word_counts, [("a b a c b a",)]),
    (digit_counts, [(20,), (3,)]),
    (digit_counts_in, [(112233441,), (0,)]),
    (counter, [(10,), (13,)]),
    (grouped, [(7,), (1,)]),
    (run_lengths, [([1, 1, 2, 3, 3, 3],)]),
    (run_lengths_text, [("aaabbc",)]),
    (run_lengths_of, [(12,), (0,)]),
    (binary_search, [([1, 3, 5, 7, 9], 7), ([1, 3, 5, 7, 9], 4)]),
    (binary_search_of, [(10, 12), (10, 13)]),
    (merge_sort, [([5, 2, 9, 1, 5, 6],)]),
    (quicksort, [([5, 2, 9, 1, 5, 6],)]),
    (bubble_sort, [([5, 2, 9, 1],)]),
    (insertion_sort_of, [(9,), (0,)]),
    (selection_sort_of, [(8,), (0,)]),
    (pascal, [(1,), (5,)]),
    (pascal_row, [(0,), (5,)]),
    (hanoi, [(3,), (0,)]),
    (hanoi_count, [(5,)]),
    (hanoi_print, [(3,)]),
    (dijkstra, [(6,)]),
    (dijkstra_heap, [({"a": [("b", 2), ("c", 5)], "b": [("c", 1)], "c": []}, "a")]),
    (heap_sort, [(8,), (0,)]),
    (bfs_deque, [(12,), (1,)]),
    (queue_of_numbers, [(9,), (2,)]),
    (reverse_text, [("hello",)]),
    (reverse_number, [(12345,), (0,)]),
    (is_palindrome, [(121,), (12,)]),
    (palindromes, [(30,)]),
    (caesar, [("Hello, World", 3), ("Hello, World", 29)]),
    (roman, [(1994,), (4,), (0,)]),
    (gcds, [(12,), (1,)]),
    (stars, [(3,), (0,)]),
    (triangle_print, [(3,)]),
    (to_binary, [(10,), (0,)]),
    (binary_digits, [(10,), (0,)]),
    (collatz_list, [(6,), (1,)]),
    (collatz_longest, [(30,)]),
    (factors, [(360,), (97,), (1,)]),
    (divisors, [(36,), (13,)]),
    (factorial_table, [(5,)]),
    (big_factorial, [(20,)]),
    (multiplication_table, [(3,), (0,)]),
    (spiral, [(4,), (1,), (0,)]),
    (queens_boards, [(4,)]),
    (subsets, [([1, 2, 3],)]),
    (flatten, [(3,), (0,)]),
    (zipped, [(3,), (9,)]),
    (mean_and_spread, [([1.0, 2.0, 4.0],)]),
    (median, [([3, 1, 2],), ([4, 1, 3, 2],)]),
    (second_largest, [([3, 1, 4, 1, 5],), ([1],)]),
    (mode, [(10,), (0,)]),
    (two_sum, [([2, 7, 11, 15], 9), ([1, 2], 7)]),
    (unique, [(12,), (0,)]),
    (rotate, [(5, 2), (3, 0)]),
    (josephus, [(7, 3), (1, 1)]),
]
