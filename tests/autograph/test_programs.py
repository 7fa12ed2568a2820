"""Small programs as users write them: native, one trace for all numbers, equal to Python."""

from modes import same


def sieve(n):
    flags = [True] * n
    count = 0
    for i in range(2, n):
        if flags[i]:
            count += 1
            j = i * i
            while j < n:
                flags[j] = False
                j += i
    return count

def squares(n):
    out = []
    for i in range(n):
        if i % 3 == 1:
            continue
        out.append(i * i)
    return out

def classify(x):
    if x < 0:
        return "negative"
    elif x == 0:
        return "zero"
    return "positive"

def digits(n):
    s = 0
    while n:
        s += n % 10
        n //= 10
    return s

class Acc:
    def __init__(self): self.n = 0
    def add(self, k):
        self.n += k

def obj(n):
    a = Acc()
    for i in range(n):
        a.add(i)
    return a.n

def dp(n):
    ways = [1, 1]
    for i in range(2, n + 1):
        ways.append(ways[i - 1] + ways[i - 2])
    return ways[n]

def tri(n):
    total = 0
    for i in range(n):
        for j in range(i):
            if (i + j) % 7 == 3: break
            total += j
        else:
            total += 100
    return total

def mx(a, b, c):
    m = a
    if b > m: m = b
    if c > m: m = c
    return m, min(a, b, c), abs(a - b), round(2.5 + a)

def anyf(n): return any(n % d == 0 for d in range(2, n)), all(n % d for d in range(2, n)), sum(i for i in range(n) if i % 2)
def two(n):
    count = 0
    xs = [0] * (n + 1)
    for i in range(n):
        xs[i] += i
        xs[i + 1] = xs[i] * 2
    return sum(xs), len(xs), xs[n], xs[-1]
def queens(n):
    cols = [0] * n
    row, found = 0, 0
    while row >= 0:
        ok = False
        while cols[row] < n and not ok:
            ok = True
            for r in range(row):
                if cols[r] == cols[row] or abs(cols[r] - cols[row]) == row - r:
                    ok = False
                    break
            if not ok:
                cols[row] += 1
        if ok:
            if row == n - 1:
                found += 1
                cols[row] += 1
            else:
                row += 1
                cols[row] = 0
        else:
            row -= 1
            if row >= 0:
                cols[row] += 1
    return found
def lcs(a, b):
    n = len(b)
    prev = [0] * (n + 1)
    for x in a:
        cur = [0] * (n + 1)
        for j in range(n):
            if b[j] == x: cur[j + 1] = prev[j] + 1
            else: cur[j + 1] = max(prev[j + 1], cur[j])
        prev = cur
    return prev[n]
def stack(n):
    s = []
    for i in range(n):
        s.append(i)
        if i % 3 == 2:
            s.pop()
    t = 0
    while len(s) > 0:
        t = t * 2 + s.pop()
        if t > 1000: t %= 1000
    return t
def fstr(n):
    for i in range(n):
        print(f"{i}: {i*0.5:.2f} {'even' if i % 2 == 0 else 'odd'}")
def tryf(n):
    out = 0
    try:
        for i in range(n):
            out += 10 // (3 - i)
    finally:
        out = out + 0
    return out
def machine(code, n):
    pc, acc, steps = 0, 0, 0
    while True:
        match code[pc]:
            case 0: break
            case 1: acc += 1
            case 2:
                n -= 1
                if n > 0: pc = -1
            case _: acc -= 1
        pc += 1
        steps += 1
    return acc, steps


def test_programs_on_plain_numbers():
    for fn, cases in [
        (sieve, (10, 100)), (squares, (0, 5, 9)), (classify, (-1, 0, 5)), (digits, (0, 1234567)), (obj, (5,)), (dp, (1, 10)),
        (tri, (5, 30)), (anyf, (7, 12, 2)), (two, (0, 1, 5)), (queens, (4, 6)), (stack, (0, 1, 10, 30)), (fstr, (0, 3)), (tryf, (2, 5)),
    ]:  # fmt: skip
        same(fn, *cases, traces=1)
    same(mx, (1, 2, 3), (3, 1, 2), traces=1)


def test_lists_as_arguments():
    same(lcs, ([1, 2, 3, 4], [2, 4, 3, 4]))


def test_a_number_python_needs_unrolls_the_loop():
    same(machine, ([1, 1, 2, 0], 5))
