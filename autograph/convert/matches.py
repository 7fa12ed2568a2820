"""`match` over values becomes a chain of `if`; patterns that take their subject apart keep Python's own statement, which tells
such a case of the chain whether it fits. What such a pattern compares its parts with is asked by the `if`, as parts may be traced:

    case (0, y):                fits = part_1 = part_2 = False
        ...               ->    match subject:
                                    case (part_1, part_2): fits = True
                                if fits and part_1 == 0:
                                    y = part_2
                                    ...
"""

import ast

from .nodes import assign, const, name, place

NUMBERS = ("int", "float", "bool", "complex")


def as_ifs(reader, s):
    """Reads the match `s` as a chain of ifs; None when no pattern compares the subject as a whole, and some take it apart.

    Compared: literals, dotted values, classes without parts, `|` of these; besides captures, `_`, and guards.
    """
    patterns = [case.pattern for case in s.cases]
    if not all(map(plain, patterns)) and not any(map(whole, patterns)) and not any(map(compares, patterns)):
        return None
    reader.temps += 1
    subject = f"subject_L{s.lineno}"
    reader.assign_stmt(assign(subject, s.subject, s))
    chain = []
    for case in reversed(s.cases):
        where = case.pattern
        if not plain(where):
            chain = taken_apart(s, case, subject, chain)
            continue
        test = tests(case.pattern, subject)
        binds = [assign(n, name(subject, where), where) for n in captures(case.pattern)]
        if binds and case.guard is not None:  # what is captured stays so where the guard fails
            chain = guarded_capture(s, test, binds, case, chain)
            continue
        body = binds + case.body
        if test is None and case.guard is not None:
            test = case.guard
        elif case.guard is not None:
            test = unsaid(ast.BoolOp(ast.And(), [test, case.guard]), where)
        chain = body if test is None else [case_of(ast.If(test, body, chain), where)]
    for t in chain:
        reader.statements[type(t)](reader, t)
    return chain


def guarded_capture(s, test, binds, case, rest):
    """The statements for a case with captures and a guard; no `test`: its pattern always fits."""
    where = case.pattern
    if test is None:
        return [*binds, case_of(ast.If(case.guard, case.body, rest), case.guard)]
    fits = f"fits_L{where.lineno}"
    guard = case.guard
    if type(guard) is not ast.Compare:  # its truth
        guard = place(ast.UnaryOp(ast.Not(), place(ast.UnaryOp(ast.Not(), guard), guard)), guard)
    asked = place(ast.If(name(fits, where), [*binds, assign(fits, guard, guard)], []), where)
    return [
        assign(fits, test, where),
        asked,
        case_of(ast.If(name(fits, where), case.body, rest), where),
    ]


def taken_apart(s, case, subject, rest):
    """The statements for a case that Python's own match tries, binding what the pattern captures.

    `|` of patterns that take the subject apart stays Python's as a whole: which of them fits decides what is captured."""
    where = case.pattern
    fits = f"fits_L{where.lineno}"
    if compares(where):
        parts = []
        shape = of_parts(where, parts)
        compared = [test for p, part in parts if type(p) is not str and (test := tests(p, part)) is not None]
        found = ast.match_case(shape, None, [assign(fits, const(True, where), where)])
        asked = place(ast.Match(name(subject, where), [found]), where)
        test = unsaid(ast.BoolOp(ast.And(), [name(fits, where), *compared]), where)
        binds = [assign(n, name(part, where), where) for p, part in parts for n in ([p] if type(p) is str else captures(p))]
        if case.guard is None:
            chain = [case_of(ast.If(test, binds + case.body, rest), where)]
        else:
            chain = guarded_capture(s, test, binds, case, rest)
        start = assign(fits, const(False, where), where)
        start.targets += [place(ast.Name(part, ast.Store()), where) for _, part in parts]
        return [start, asked, *chain]
    test, apart = name(fits, where), where
    if whole(where):
        others = [q for q in where.patterns if q not in whole(where)]
        apart = others[0] if len(others) == 1 else place(ast.MatchOr(others), where)
        compared = [tests(q, subject) for q in whole(where)]
        test = unsaid(ast.BoolOp(ast.Or(), [test, *compared]), where)
    if case.guard is not None:
        test = unsaid(ast.BoolOp(ast.And(), [test, case.guard]), where)
    found = ast.match_case(apart, None, [assign(fits, const(True, where), where)])
    asked = place(ast.Match(name(subject, where), [found]), where)
    return [assign(fits, const(False, where), where), asked, case_of(ast.If(test, case.body, rest), where)]


def compares(p):
    """Whether a pattern that takes its subject apart compares parts of it, which may be traced."""
    inside = [q for q in ast.walk(p) if isinstance(q, ast.pattern)]
    return not any(type(q) is ast.MatchOr and not plain(q) for q in inside) and any(
        type(q) in (ast.MatchValue, ast.MatchSingleton) for q in inside
    )


def of_parts(p, parts):
    """The pattern `p` with a name of its own at each place that captures or compares: what it says of structure and classes
    alone. parts: takes (pattern or captured name, name) of each, in Python's order."""

    def part(of):
        parts.append((of, f"part_L{p.lineno}_{len(parts) + 1}"))
        return parts[-1][1]

    def inner(q):
        return of_parts(q, parts)

    kind = type(p)
    if plain(p):
        return p if total(p) and p.name is None else place(ast.MatchAs(None, part(p)), p)
    if kind is ast.MatchStar:
        return p if p.name is None else place(ast.MatchStar(part(p.name)), p)
    if kind is ast.MatchSequence:
        return place(ast.MatchSequence([inner(q) for q in p.patterns]), p)
    if kind is ast.MatchMapping:
        inside = [inner(q) for q in p.patterns]
        return place(ast.MatchMapping(p.keys, inside, None if p.rest is None else part(p.rest)), p)
    if kind is ast.MatchClass:
        positional = [inner(q) for q in p.patterns]
        return place(ast.MatchClass(p.cls, positional, p.kwd_attrs, [inner(q) for q in p.kwd_patterns]), p)
    shape = inner(p.pattern)  # `(a, 1) as b`
    return place(ast.MatchAs(shape, part(p.name)), p)


def whole(p):
    """What `p` compares the subject with as a whole: the pattern itself, or alternatives that can be asked for beside the others."""
    among = p.patterns if type(p) is ast.MatchOr and not captures(p) else [p]
    return [q for q in among if plain(q) and tests(q, "") is not None]


def case_of(stmt, where):
    """The `if` that stands for a case; its word is what to_code calls it."""
    stmt.word = "case"
    return place(stmt, where)


def unsaid(expression, where):
    """An operator that the user has not written: to_code says nothing of it."""
    expression.word = ""
    return place(expression, where)


def plain(p):
    """True when the pattern compares the subject as a whole."""
    kind = type(p)
    if kind is ast.MatchOr:
        return all(plain(q) and not captures(q) for q in p.patterns)
    if kind is ast.MatchAs:
        return p.pattern is None or plain(p.pattern)
    if kind is ast.MatchClass:  # `int()`: what it is, not its parts
        return not p.patterns and not p.kwd_patterns
    return kind is ast.MatchValue or kind is ast.MatchSingleton


def tests(p, subject):
    """The expression that tells whether `p` fits; None when it always does."""
    kind = type(p)
    if kind is ast.MatchAs:
        return None if p.pattern is None else tests(p.pattern, subject)
    if kind is ast.MatchOr:
        parts = [tests(q, subject) for q in p.patterns]
        return None if None in parts else unsaid(ast.BoolOp(ast.Or(), parts), p)
    if kind is ast.MatchSingleton:
        return place(ast.Compare(name(subject, p), [ast.Is()], [const(p.value, p)]), p)
    if kind is ast.MatchClass:
        return place(ast.Call(name("isinstance", p), [name(subject, p), p.cls], []), p)
    return place(ast.Compare(name(subject, p), [ast.Eq()], [p.value]), p)


def number_classes(s):
    """{name: class patterns} of the match `s` for the classes whose objects may be traced: `int(a)` in a tuple or an object."""
    found = {}
    for case in s.cases:
        for p in ast.walk(case.pattern):
            if type(p) is ast.MatchClass and type(p.cls) is ast.Name and p.cls.id in NUMBERS:
                found.setdefault(p.cls.id, []).append(p)
    return found


def captures(pattern):
    """The names a pattern binds, in order."""
    out = []
    for n in ast.walk(pattern):
        text = n.rest if type(n) is ast.MatchMapping else getattr(n, "name", None)
        if text:
            out.append(text)
    return out


def total(p):
    """True when the pattern takes everything."""
    return type(p) is ast.MatchAs and p.pattern is None
