"""Dynamic programs as one writes them in Python, on numbers, lists and NumPy arrays.

c/dynamic.c has the same in C."""

import numpy as np


def lcs(a, b):
    """The length of the longest common subsequence of two arrays of codes."""
    n, m = len(a), len(b)
    table = np.zeros((n + 1, m + 1), dtype=np.int64)
    for i in range(n):
        for j in range(m):
            if a[i] == b[j]:
                table[i + 1, j + 1] = table[i, j] + 1
            else:
                table[i + 1, j + 1] = max(table[i, j + 1], table[i + 1, j])
    return table[n, m]


def distance(a, b):
    """The least number of insertions, removals and changes from one array of codes to another."""
    n, m = len(a), len(b)
    table = [[0] * (m + 1) for _ in range(n + 1)]
    for i in range(n + 1):
        table[i][0] = i
    for j in range(m + 1):
        table[0][j] = j
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = 0 if a[i - 1] == b[j - 1] else 1
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + cost)
    return table[n][m]


def product(n):
    """An element of the product of two matrices of n by n, lists of lists."""
    a = [[(i * j) % 7 + 0.5 for j in range(n)] for i in range(n)]
    b = [[(i + j) % 5 + 0.25 for j in range(n)] for i in range(n)]
    c = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            total = 0.0
            for k in range(n):
                total += a[i][k] * b[k][j]
            c[i][j] = total
    return c[n // 2][n // 3]


def queens(n):
    """In how many ways n queens stand on a board of n by n, by backtracking."""
    columns = np.full(n, -1)
    taken = np.zeros(n, dtype=np.bool_)
    rising = np.zeros(2 * n, dtype=np.bool_)
    falling = np.zeros(2 * n, dtype=np.bool_)
    row = 0
    solutions = 0
    while row >= 0:
        column = columns[row]
        if column >= 0:
            taken[column] = False
            rising[row + column] = False
            falling[row - column + n] = False
        column += 1
        while column < n and (taken[column] or rising[row + column] or falling[row - column + n]):
            column += 1
        if column == n:
            columns[row] = -1
            row -= 1
            continue
        columns[row] = column
        taken[column] = True
        rising[row + column] = True
        falling[row - column + n] = True
        if row == n - 1:
            solutions += 1
        else:
            row += 1
    return solutions


def pagerank(start, target, damping, tolerance):
    """Ranks of pages, and iterations; page i links to target[start[i]:start[i + 1]]."""
    n = len(start) - 1
    rank = np.full(n, 1.0 / n)
    iterations = 0
    change = 1.0
    while change > tolerance:
        new = np.full(n, (1.0 - damping) / n)
        dangling = 0.0
        for i in range(n):
            degree = start[i + 1] - start[i]
            if degree == 0:
                dangling += rank[i]
                continue
            share = damping * rank[i] / degree
            for k in range(start[i], start[i + 1]):
                new[target[k]] += share
        change = 0.0
        for i in range(n):
            new[i] += damping * dangling / n
            change += abs(new[i] - rank[i])
        rank = new
        iterations += 1
    return rank, iterations


# Dormand and Prince (1980): the weights of each stage, and of the error
STAGES = np.array(
    [
        [0, 0, 0, 0, 0, 0],
        [1 / 5, 0, 0, 0, 0, 0],
        [3 / 40, 9 / 40, 0, 0, 0, 0],
        [44 / 45, -56 / 15, 32 / 9, 0, 0, 0],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0, 0],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656, 0],
        [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
    ]
)
ERROR = np.array([71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40])


def lorenz(y, out):
    """The derivative of Lorenz's system at y, into out."""
    out[0] = 10.0 * (y[1] - y[0])
    out[1] = y[0] * (28.0 - y[2]) - y[1]
    out[2] = y[0] * y[1] - 8.0 / 3.0 * y[2]


def rk45(start, t, end, tolerance):
    """Lorenz's system from t to end, Runge-Kutta with an adaptive step: the state, steps tried."""
    n = len(start)
    y = start.copy()
    stage = np.zeros(n)
    slopes = np.zeros((7, n))
    h = 0.01
    steps = 0
    while t < end:
        if t + h > end:
            h = end - t
        for s in range(7):
            for i in range(n):
                total = 0.0
                for j in range(s):
                    total += STAGES[s, j] * slopes[j, i]
                stage[i] = y[i] + h * total
            lorenz(stage, slopes[s])
        worst = 0.0
        for i in range(n):
            error = 0.0
            for s in range(7):
                error += ERROR[s] * slopes[s, i]
            worst = max(worst, abs(h * error) / (tolerance * (1.0 + abs(y[i]))))
        steps += 1
        if worst <= 1.0:
            t += h
            for i in range(n):
                y[i] = stage[i]
        h *= min(5.0, max(0.2, 0.9 / np.sqrt(np.sqrt(worst + 1e-12))))
    return y, steps


def beam_search(scores, width):
    """The best path through scores[step, label before, label], by `width` beams: score, labels."""
    steps, labels = len(scores), len(scores[0])
    totals = np.full(width, -1e300)
    last = np.zeros(width, dtype=np.int64)
    totals[0] = 0.0
    parents, chosen = [], []
    for t in range(steps):
        candidates, origin, label = [], [], []
        for b in range(width):
            if totals[b] > -1e299:
                for k in range(labels):
                    candidates.append(totals[b] + scores[t, last[b], k])
                    origin.append(b)
                    label.append(k)
        for w in range(width):
            best = 0
            for c in range(len(candidates)):
                if candidates[c] > candidates[best]:
                    best = c
            totals[w] = candidates[best]
            last[w] = label[best]
            parents.append(origin[best])
            chosen.append(label[best])
            candidates[best] = -1e300
    path = [0] * steps
    at = 0
    for t in range(steps):
        step = steps - 1 - t
        path[step] = chosen[step * width + at]
        at = parents[step * width + at]
    return totals[0], path


def interpret(code, n):
    """A stack machine's program with n in variable 0: the variable 1 at its end, steps taken."""
    stack = np.zeros(64, dtype=np.int64)
    variables = np.zeros(16, dtype=np.int64)
    variables[0] = n
    top = 0
    pc = 0
    steps = 0
    while True:
        steps += 1
        operation = code[pc]
        operand = code[pc + 1]
        pc += 2
        match operation:
            case 0:
                break
            case 1:
                stack[top] = operand
                top += 1
            case 2:
                stack[top] = variables[operand]
                top += 1
            case 3:
                top -= 1
                variables[operand] = stack[top]
            case 4:
                top -= 1
                stack[top - 1] += stack[top]
            case 5:
                top -= 1
                stack[top - 1] -= stack[top]
            case 6:
                top -= 1
                stack[top - 1] *= stack[top]
            case 7:
                top -= 1
                stack[top - 1] %= stack[top]
            case 8:
                pc = operand
            case 9:
                top -= 1
                if stack[top] == 0:
                    pc = operand
            case _:
                raise ValueError("no such operation")
    return variables[1], steps
