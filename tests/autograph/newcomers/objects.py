"""Programs as a newcomer writes them: classes with state, structures of them, texts and what else a program is made of.

PROGRAMS is the table: (function, cases); a case is a tuple of arguments. Each must give what Python gives, at the first try.
"""


class Stack:
    def __init__(self):
        self.items = []

    def push(self, x):
        self.items.append(x)

    def pop(self):
        if not self.items:
            raise IndexError("the stack is empty")
        return self.items.pop()

    def __len__(self):
        return len(self.items)


def stack_object(n):
    s = Stack()
    for i in range(n):
        s.push(i * i)
        if i % 3 == 2:
            s.pop()
    total = 0
    while len(s) > 0:
        total += s.pop()
    return total


def stack_empty(n):
    s = Stack()
    for i in range(n):
        s.push(i)
    for _ in range(4):
        s.pop()
    return len(s)


class Node:
    def __init__(self, value, next=None):
        self.value, self.next = value, next


def linked_list(n):
    head = None
    for i in range(n):
        head = Node(i, head)
    out = []
    while head is not None:
        out.append(head.value)
        head = head.next
    return out


class Tree:
    def __init__(self, value):
        self.value, self.left, self.right = value, None, None

    def insert(self, value):
        if value < self.value:
            if self.left is None:
                self.left = Tree(value)
            else:
                self.left.insert(value)
        elif self.right is None:
            self.right = Tree(value)
        else:
            self.right.insert(value)

    def walk(self):
        left = self.left.walk() if self.left else []
        right = self.right.walk() if self.right else []
        return left + [self.value] + right


def tree_sort(n):
    root = Tree(5)
    for i in range(n):
        root.insert((i * 7) % 11)
    return root.walk()


class Account:
    def __init__(self, balance):
        self.balance = balance
        self.history = []

    def deposit(self, amount):
        self.balance += amount
        self.history.append(("deposit", amount))

    def withdraw(self, amount):
        if amount > self.balance:
            self.history.append(("refused", amount))
            return False
        self.balance -= amount
        self.history.append(("withdraw", amount))
        return True


def account(n):
    a = Account(100)
    for i in range(n):
        if i % 3 == 0:
            a.deposit(i * 10)
        else:
            a.withdraw(i * 30)
    return a.balance, a.history


def history(n):
    class Sim:
        def __init__(self):
            self.hist = []
            self.x = 1.0

        def step(self):
            self.x = self.x * 0.5 + 1.0
            self.hist.append(self.x)

    s = Sim()
    for _ in range(n):
        s.step()
    return s.hist


def alternating_words(n):
    words = []
    for i in range(n):
        words.append(f"item {i}")
    return ", ".join(words)


def count_vowels(text):
    n = 0
    for c in text.lower():
        if c in "aeiou":
            n += 1
    return n


def acronym(text):
    return "".join(w[0].upper() for w in text.split())


def number_words(n):
    ones = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    out = []
    while n > 0:
        out.insert(0, ones[n % 10])
        n //= 10
    return " ".join(out)


def grade(score):
    if score >= 90:
        return "A"
    elif score >= 80:
        return "B"
    return "F"


def grades(n):
    out = []
    for i in range(n):
        out.append(grade(i * 13 % 101))
    return out


def leap_years(a, b):
    return [y for y in range(a, b) if (y % 4 == 0 and y % 100 != 0) or y % 400 == 0]


def perfect_numbers(n):
    out = []
    for i in range(2, n):
        total = 0
        for d in range(1, i):
            if i % d == 0:
                total += d
        if total == i:
            out.append(i)
    return out


def armstrong(n):
    return [i for i in range(n) if i == sum(int(d) ** len(str(i)) for d in str(i))]


def coins(amount):
    counts = []
    for coin in (50, 20, 10, 5, 2, 1):
        counts.append(amount // coin)
        amount %= coin
    return counts


def coin_ways(amount):
    ways = [1] + [0] * amount
    for coin in (1, 2, 5, 10):
        for a in range(coin, amount + 1):
            ways[a] += ways[a - coin]
    return ways[amount]


def edit_distance(a, b):
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            if i == 0 or j == 0:
                table[i][j] = i + j
            elif a[i - 1] == b[j - 1]:
                table[i][j] = table[i - 1][j - 1]
            else:
                table[i][j] = 1 + min(table[i - 1][j], table[i][j - 1], table[i - 1][j - 1])
    return table[-1][-1]


def longest_increasing(n):
    a = [(i * 37) % 19 for i in range(n)]
    best = [1] * n
    for i in range(n):
        for j in range(i):
            if a[j] < a[i]:
                best[i] = max(best[i], best[j] + 1)
    return max(best) if best else 0


def max_subarray(n):
    a = [(i * 17) % 13 - 6 for i in range(n)]
    best = current = a[0]
    for x in a[1:]:
        current = max(x, current + x)
        best = max(best, current)
    return best


def prefix_sums(n):
    sums = [0]
    for i in range(n):
        sums.append(sums[-1] + i * i)
    return sums


def moving_average(values, k):
    out = []
    for i in range(len(values) - k + 1):
        out.append(sum(values[i : i + k]) / k)
    return out


def compound(principal, rate, years):
    out = []
    for y in range(1, years + 1):
        principal = principal * (1 + rate)
        out.append((y, round(principal, 2)))
    return out


def newton_sqrt(x):
    guess = x
    tries = [guess]
    while abs(guess * guess - x) > 1e-9:
        guess = (guess + x / guess) / 2
        tries.append(guess)
    return tries


def simulate(n):
    state = {"x": 0.0, "v": 1.0}
    for _ in range(n):
        state["x"] += state["v"] * 0.1
        state["v"] -= state["x"] * 0.1
    return state


def checkerboard(n):
    return [["X" if (i + j) % 2 == 0 else "O" for j in range(n)] for i in range(n)]


def tic_tac_toe(moves):
    board = [[" "] * 3 for _ in range(3)]
    player = "X"
    for r, c in moves:
        if board[r][c] == " ":
            board[r][c] = player
            player = "O" if player == "X" else "X"
    return ["".join(row) for row in board]


def rpn(text):
    stack = []
    for token in text.split():
        if token in "+-*":
            b, a = stack.pop(), stack.pop()
            stack.append(a + b if token == "+" else a - b if token == "-" else a * b)
        else:
            stack.append(int(token))
    return stack[0]


def look_and_say(n):
    s = "1"
    for _ in range(n):
        out = ""
        i = 0
        while i < len(s):
            j = i
            while j < len(s) and s[j] == s[i]:
                j += 1
            out += str(j - i) + s[i]
            i = j
        s = out
    return s


def gray_code(n):
    codes = [0]
    for i in range(n):
        codes += [c + 2**i for c in reversed(codes)]
    return codes


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def digits_sorted(n):
    return int("".join(sorted(str(n), reverse=True)))


def happy(n):
    seen = set()
    while n != 1 and n not in seen:
        seen.add(n)
        total = 0
        while n > 0:
            total += (n % 10) ** 2
            n //= 10
        n = total
    return n == 1


def mixed_bag(n):
    out = []
    for i in range(n):
        if i % 4 == 0:
            out.append(None)
        elif i % 4 == 1:
            out.append(i * 0.5)
        elif i % 4 == 2:
            out.append((i, str(i)))
        else:
            out.append([i] * 2)
    return out


def filtered(n):
    evens = [x for x in range(n) if x % 2 == 0]
    squares = [x * x for x in evens]
    return sum(squares), max(squares), len(evens), squares[::2], evens == squares


def swap_lists(n):
    a, b = [], []
    for i in range(n):
        a.append(i)
        a, b = b, a
    return a, b


GREETINGS = ["hello", "hi", "hey"]


def greet(n):
    return GREETINGS[n % 3] + "!" * (n // 3)


def polynomial(coefficients, x):
    total = 0
    for c in coefficients:
        total = total * x + c
    return total


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


PROGRAMS = [
    (stack_object, [(10,), (0,)]),
    (stack_empty, [(6,), (2,)]),
    (linked_list, [(4,), (0,)]),
    (tree_sort, [(6,), (0,)]),
    (account, [(6,)]),
    (history, [(4,), (0,)]),
    (alternating_words, [(3,), (0,)]),
    (count_vowels, [("An Example",)]),
    (acronym, [("portable network graphics",)]),
    (number_words, [(304,)]),
    (grade, [(95,), (85,), (10,)]),
    (grades, [(10,), (0,)]),
    (leap_years, [(1896, 1910)]),
    (perfect_numbers, [(30,)]),
    (armstrong, [(160,)]),
    (coins, [(88,)]),
    (coin_ways, [(20,), (0,)]),
    (edit_distance, [("kitten", "sitting"), ("", "ab")]),
    (longest_increasing, [(10,), (0,)]),
    (max_subarray, [(10,), (1,)]),
    (prefix_sums, [(5,), (0,)]),
    (moving_average, [([1, 2, 3, 4, 5], 2)]),
    (compound, [(100.0, 0.05, 3)]),
    (newton_sqrt, [(2.0,)]),
    (simulate, [(5,), (0,)]),
    (checkerboard, [(3,), (0,)]),
    (tic_tac_toe, [([(0, 0), (1, 1), (0, 0), (2, 2)],)]),
    (rpn, [("3 4 + 2 *",)]),
    (look_and_say, [(4,)]),
    (gray_code, [(3,), (0,)]),
    (ackermann, [(2, 2)]),
    (digits_sorted, [(30214,)]),
    (happy, [(19,), (4,)]),
    (mixed_bag, [(6,), (0,)]),
    (filtered, [(9,), (1,)]),
    (swap_lists, [(5,), (0,)]),
    (greet, [(0,), (7,)]),
    (polynomial, [([1, 2, 3], 2), ([1.5, 2], 3)]),
    (dot, [([1, 2, 3], [4, 5, 6])]),
]
