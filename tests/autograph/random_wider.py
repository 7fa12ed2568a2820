"""What random programs have beside numbers, a list and control flow: features, each in one program of eight.

A feature brings variables of its own (START, SHOWN), statements, values of some kind, tests and heads of loops. Its parts
call the writer (random_programs.Writer, which this file's `Wider` is a part of) for what stands in them.
"""

# What a feature's variables start as, and what the end of the program prints of them.
START = {
    "matrix": ["mm = np.zeros((3, 2)) + a"],
    "rows": ["ll = [[a], [b, 2]]"],
    "text": ["z = 'ab'"],
    "swap": ["t3, t4 = (a, 0.25), (1, x)"],
    "count": [
        "count, seen = 0, [b]",
        "def bump(n=1):",
        "    nonlocal count",
        "    if n > 2:",
        "        return count",
        "    count += n",
        "    seen.append(count)",
        "    return n",
    ],
    "loud": ["def loud(n):", "    print(p, n)", "    return n"],
    "maker": ["add = make(a, 2)"],
    "keys": ["kk = {'a': a, 'b': [b], 2: 0.5}"],
    "global": ["global total", "total = a"],
}
SHOWN = {
    "matrix": "mm",
    "rows": "ll",
    "text": "z",
    "swap": "t3, t4",
    "count": "count, seen",
    "maker": "add(1)",
    "keys": "kk",
    "global": "total",
}
FEATURES = ("matrix", "rows", "text", "swap", "count", "maker", "keys", "global", "listing", "numeric", "loud", "errors", "taken")
# What programs call for a feature; each is put before f when it is used.
HELPERS = {
    "make": """\
def make(n, m):
    def inner(k):
        if k > m:
            return n - k
        return n + k

    return inner
""",
    "down": """\
def down(n, to=0):
    if n <= to:
        return to
    return down(n - 2, to) + 1
""",
    "Odd": """\
class Odd(Exception):
    def __init__(self, n, said="odd"):
        super().__init__(n, said)
        self.n = n
""",
    "math": "import math\n",
}
TUPLE_CASES = ("(0, _)", "(c, 1)", "(1 | 2, d)", "(i, c) if i < c", "(_, -1)", "(2, c) | (c, 2)", "_")


class Wider:
    """The part of a Writer that writes features."""

    def wide(self, part):
        """What one of the program's features writes for `part`, a method of a feature; None where none has it."""
        features = sorted(self.has & set(FEATURES))
        return part(self.choose(*features)) if features else None

    def wide_statement(self, kind):
        v, r, small = self.value, self.real, self.small
        return {
            "matrix": lambda: self.choose(
                f"mm[{v(0)} % 3, {self.choose('0', '1', '-1')}] {self.choose('=', '+=')} {self.choose(v(0), r(0))}", "mm[1:, 0] = v[:2]",
                f"mm[:, {v(0)} % 2] *= 0.5", f"mm[{v(0)} % 3] = {small()}", "mm[0] = mm[1]", f"mm[{v(0)}, 1] = {small()}", "mm = mm + 1.5",
                "mm = -mm", f"mm[mm > {small()}] = 0", "mm[::-1, 1] = v", f"mm[{v(0)} % 3, :] = {small()}, {v(0)}", f"mm[{v(0)} % 3:, 1] += 1",
            ),
            "rows": lambda: self.choose(
                f"ll.append([{v(0)}])", f"ll[-1].append({v(0)})", f"ll[{v(0)} % 2][0] = {v(0)}", f"ll[0] = [{v(0)}]", "ll = ll + [[c]]",
                "ll.pop()", "ll[0] = ll[1]", f"ll = [[e, {v(0)}] for e in (a, b)]", f"ll[0] += [{v(0)}]", "ll = ll[::-1]",
                f"ll[{v(0)} % 2] = l[:2]",
            ),
            "text": lambda: self.choose(
                f"z = f'{{{v(0)}}}'", "z = 'k'", f"z = 'ab'[:{small()}]", f"print(p, z + str({v(0)}))", f"print(p, f'{{z}}|{{{r(0)}:.2f}}|{{{v(0)}:>4}}')",
                "print(p, z.upper(), repr(z))", f"print(p, f'{{{self.choose('a', 'x', 'b')}=}}', {v(0)}, sep='-')", f"z = 'no' if {self.test(0)} else z",
                f"print(p, str({v(0)}) + z)",
            ),
            "swap": lambda: self.choose(
                "t3, t4 = t4, t3", f"t3 = ({v(0)}, {r(0)})", "t3 = t4", "a, x = t3", "(c, y), b = t4, t3[0]", f"t3 = t4 if {self.test(0)} else t3",
                "t4 = (t3[0] + 1, t4[1])",
            ),
            "count": lambda: self.choose("bump()", f"bump({v(0)})", f"c = bump({v(0)})", "count -= 1", "seen = [count]", "seen.pop()"),
            "maker": lambda: self.choose(f"c = add({v(0)})", f"a = add({small()})", f"b = add(add({v(0)}))"),
            "keys": lambda: self.choose(
                f"kk['a'] {self.choose('=', '+=')} {v(0)}", f"kk['b'].append({v(0)})", f"kk['c'] = {v(0)}", "kk.pop('c', None)", f"kk[2] = {r(0)}",
                f"kk.update(a={v(0)})", "del kk['a']", f"kk.setdefault('d', {v(0)})", f"kk = {{**kk, 'a': {v(0)}}}", f"kk['b'] = [{v(0)}]",
            ),
            "global": lambda: self.choose(f"total += {v(0)}", f"total = {v(0)}", "total -= 1"),
            "listing": lambda: self.choose(
                f"l.insert(0, {v(0)})", "l.reverse()", "l.sort()", "l = sorted(l)", f"l = l + [{v(0)}]", "l = l[1:]", "l = l[::-1]",
                f"l[:1] = [{v(0)}, 3]", "del l[0]", f"l.remove({small()})", "l = [e % 9 for e in l[:4]]", "a, *_ = l", "l = l[:2] * 2",
                f"l += [{v(0)}]", f"l = l if {self.test(0)} else [a, b]", "l = list(l)",
            ),
            "numeric": lambda: self.choose(f"c = {self.wide_value('numeric')}", f"x = {self.wide_real('numeric')}", f"y = {self.wide_real('numeric')}", "a ^= 3", "c >>= 1", "y //= 2", "x %= 4"),
            "loud": lambda: self.choose(f"c = {self.wide_value('loud')}", f"a, b = loud({v(0)}), loud({v(0)})", f"loud({v(0)}) and loud({v(0)})", f"l[loud({v(0)}) % 2] = loud({v(0)})"),
            "errors": lambda: self.choose("del d", f"d = {v(0)}", f"c = l[{v(0)}]", f"c = {{1: a, 2: b}}[{small()}]", f"x = {v(0)} / {v(0)}", f"assert {self.test(0)}"),
            "taken": lambda: self.choose(f"c, *_ = (a, b, {v(0)})", f"(a, b), [x, *_] = (b, {v(0)}), [{r(0)}, 1.0]", f"b = [a, b, {v(0)}][{v(0)} % 3]", f"c = (a, b)[{self.test(0)}]"),
        }[kind]()  # fmt: skip

    def wide_value(self, kind):
        """An int."""
        v, r, small = self.value, self.real, self.small
        return {
            "matrix": lambda: self.choose("len(mm)", "mm.shape[1]", f"(1 if mm[{v(0)} % 3, 1] > {small()} else {v(0)})", "int(mm[1, 0])", "int((mm > 1).sum())"),
            "rows": lambda: self.choose("len(ll)", "ll[0][0]", "len(ll[-1])", "sum(len(e) for e in ll)", "ll[-1][-1]", f"ll[{v(0)} % 2][0]"),
            "text": lambda: self.choose("len(z)", "(1 if z == 'ab' else 2)", "z.count('k')", f"(3 if 'k' in z else {v(0)})", f"len(str({v(0)}))"),
            "swap": lambda: self.choose("t3[0]", "t4[0]", f"(t3, t4)[{v(0)} % 2][0]"),
            "count": lambda: self.choose("count", f"bump({v(0)})", "len(seen)", "seen[-1]", "bump()"),
            "maker": lambda: self.choose(f"add({v(0)})", f"{self.use('make')}({v(0)}, 1)({v(0)})", f"{self.use('down')}({v(0)} % 6)", f"{self.use('down')}({small()}, to={v(0)} % 3)"),
            "keys": lambda: self.choose("kk['a']", "kk.get('c', 0)", "len(kk)", "kk['b'][0]", f"(1 if 'c' in kk else {v(0)})", "len(kk['b'])"),
            "global": lambda: "total",
            "listing": lambda: self.choose("max(l)", "sum(l)", "l.count(1)", "min(l, default=3)", "len(l[1:])", f"l.index({v(0)})", "sorted(l)[0]", "sum(e > 1 for e in l)"),
            "numeric": lambda: self.choose(
                f"(({v(0)} << ({v(0)} % 4)) % 97)", f"({v(0)} >> ({v(0)} & 3))", f"(-{v(0)} // 3)", f"({v(0)} % -3)", f"int({r(0)} // 2)", f"round({r(0)})",
                f"(~{v(0)})", f"(({v(0)} > {v(0)}) + ({v(0)} == 1))", f"({v(0)} << {v(0)} % 5) % 50", f"{self.use('math')}.floor({r(0)})", f"int(-{r(0)})",
                f"({v(0)} >> {v(0)})", f"pow({v(0)} % 5, 2, 7)", f"(abs({v(0)}) ** 2 % 11)",
            ),
            "loud": lambda: self.choose(f"(loud({v(0)}) or loud({v(0)}))", f"(loud({v(0)}) and {v(0)})", f"({v(0)} or loud({v(0)}))", f"loud({v(0)})"),
            "errors": lambda: self.choose("d", f"l[{v(0)}]"),
            "taken": lambda: self.choose(f"max(a, b, {v(0)}, key=abs)", f"sum(i * e for i, e in enumerate((a, {v(0)})))", f"len([e for e in (a, b) if e > {v(0)}])"),
        }[kind]()  # fmt: skip

    def wide_real(self, kind):
        """A float; None where the feature has none."""
        v, r = self.value, self.real
        return {
            "matrix": lambda: self.choose("float(mm[1, 0])", f"float(mm[{v(0)} % 3, 1])", "float(mm.sum())", "float(mm[:, 1].max())"),
            "swap": lambda: self.choose("t3[1]", "t4[1]"),
            "keys": lambda: "kk[2]",
            "numeric": lambda: self.choose(
                f"({r(0)} // {self.choose(r(0), '2', '-1.5')})", f"({r(0)} % {self.choose(r(0), '-2.5', '1')})", f"divmod({r(0)}, 1.5)[1]",
                f"{self.use('math')}.sqrt(abs({r(0)}))", f"round({r(0)}, 1)", f"({v(0)} * 0.1)", f"({r(0)} ** 2 % 7.5)", f"min({r(0)}, float('inf'))", f"-{r(0)}",
            ),
        }.get(kind, lambda: None)()  # fmt: skip

    def wide_test(self, kind):
        """A condition; None where the feature has none."""
        v, small = self.value, self.small
        return {
            "rows": lambda: self.choose("ll[0] == [a]", f"[{v(0)}] in ll", "len(ll) > 2", "ll[-1] is ll[0]"),
            "text": lambda: self.choose("z == 'ab'", "'k' in z", "z", "z > 'b'", "z.startswith('a')"),
            "swap": lambda: self.choose("t3 == t4", "t3 < t4", f"(a, b) < ({v(0)}, 2)"),
            "keys": lambda: self.choose("'c' in kk", "'a' not in kk", f"kk['a'] > {v(0)}"),
            "listing": lambda: self.choose("l", "not l", "len(l) > 2", f"l == [{v(0)}, {v(0)}]", f"{v(0)} not in l", f"l[-1:] == [{v(0)}]"),
            "loud": lambda: self.choose(f"loud({v(0)}) > 1 and loud({v(0)}) < 3", f"{small()} < loud({v(0)}) <= loud({v(0)})", f"not loud({v(0)}) or loud({v(0)})", f"any(loud(e) > 2 for e in (a, {v(0)}))"),
            "count": lambda: self.choose("count", f"0 < bump({v(0)}) < 3", f"bump({v(0)}) and count"),
            "matrix": lambda: self.choose(f"(mm > {small()}).any()", f"mm[0, 0] > mm[{v(0)} % 3, 1]"),
        }.get(kind, lambda: None)()  # fmt: skip

    def wide_head(self, kind):
        """What a `for` goes over, with its targets; None where the feature has none."""
        return {
            "rows": lambda: self.choose("c in ll[0][:3]", "i, row in enumerate(ll[:3])"),
            "keys": lambda: self.choose("c in kk['b'][:3]", "_ in list(kk)[:3]", "_, c in (('a', a), ('b', kk['b'][0]))"),
            "swap": lambda: "c, y in (t3, t4)",
            "listing": lambda: self.choose("i in l[::-1][:3]", "i in sorted(l[:3])", "i, c in zip(l[:3], l[1:])"),
            "matrix": lambda: self.choose("i in range(mm.shape[0])", "i in range(len(mm) - 1)"),
        }.get(kind, lambda: None)()  # fmt: skip

    def tuples_(self, depth, loops, final):
        """A match on a tuple."""
        self.put(depth, f"match ({self.value(0)}, {self.value(0)}):")
        for at in range(self.choose(1, 2, 3)):
            case = self.choose(*TUPLE_CASES[: None if at else -1])
            self.put(depth + 1, f"case {case}:")
            self.block(depth + 2, loops, final)
            if case == "_":
                break
