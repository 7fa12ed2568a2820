"""The converted function as text, with the user's line numbers in the margin."""

import ast

IMPORT = "from autograph import operators as ag__"
MARGIN = 72


def text(node, code):
    """Program text of the converted tree `node` of `code`."""
    rows = []
    if isinstance(node, ast.Lambda):
        rows.append((f"lambda_L{node.lineno} = {ast.unparse(node)}", node.lineno))
    else:
        block([node], 0, rows)
    out = [IMPORT]
    free = [n for n in code.co_freevars if n not in ("ag__", "__class__")]
    if free:
        out.append(f"# names of the enclosing function: {', '.join(free)}")
    width = min(MARGIN, max((len(t) for t, _ in rows), default=0))
    out += [f"{t:<{width}}  # L{line}" if line else t for t, line in rows]
    return "\n".join(out) + "\n"


def block(statements, depth, rows):
    for s in statements:
        statement(s, depth, rows)


def head(s, depth, rows):
    """The first line of the compound statement `s`."""
    body, s.body = s.body, []
    lines = ast.unparse(s).strip().split("\n")
    s.body = body
    rows += [("    " * depth + t, s.lineno) for t in lines]


def clause(word, statements, depth, rows):
    if statements:
        rows.append(("    " * depth + word, None))
        block(statements, depth + 1, rows)


def statement(s, depth, rows):
    kind = type(s)
    if kind is ast.FunctionDef or kind is ast.With or kind is ast.ClassDef:
        head(s, depth, rows)
        block(s.body, depth + 1, rows)
    elif kind is ast.Try or kind is ast.TryStar:
        rows.append(("    " * depth + "try:", s.lineno))
        block(s.body, depth + 1, rows)
        for h in s.handlers:
            word = "except*" if kind is ast.TryStar else "except"
            what = f" {ast.unparse(h.type)}" if h.type else ""
            name = f" as {h.name}" if h.name else ""
            rows.append(("    " * depth + f"{word}{what}{name}:", h.lineno))
            block(h.body, depth + 1, rows)
        clause("else:", s.orelse, depth, rows)
        clause("finally:", s.finalbody, depth, rows)
    elif kind is ast.Match:
        rows.append(("    " * depth + f"match {ast.unparse(s.subject)}:", s.lineno))
        for c in s.cases:
            guard = f" if {ast.unparse(c.guard)}" if c.guard else ""
            line = c.pattern.lineno
            rows.append(("    " * (depth + 1) + f"case {ast.unparse(c.pattern)}{guard}:", line))
            block(c.body, depth + 2, rows)
    elif kind is ast.If and type(s.test) is ast.Constant and len(s.body) == 1:
        rows.append(("    " * depth + f"if {s.test.value}: {ast.unparse(s.body[0])}", None))
    else:
        lines = ast.unparse(s).split("\n")
        if is_text(s):  # a docstring keeps its own lines
            rows.append(("    " * depth + lines[0], None))
            rows += [(t, None) for t in lines[1:]]
        else:
            rows += [("    " * depth + t, s.lineno if not i else None) for i, t in enumerate(lines)]


def is_text(s):
    return type(s) is ast.Expr and isinstance(getattr(s.value, "value", None), str)
