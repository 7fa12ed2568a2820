"""The converted function as a program, with the user's line numbers in the margin.

The program is the import line and the function under its own name. Where it is executed must hold the names that a comment
on top lists: globals and what has no literal form. Variables of an enclosing function are parameters of a function
written round it, called with their values of now; values of defaults are those of now, too. What the names of nested
functions and classes are (`__qualname__`) differs, and lines in tracebacks are those of the program.
"""

import __future__

import ast
import builtins
import copy
import types

IMPORT = "from autograph import operators as ag__"
MARGIN = 72
LONGEST = 200  # characters of a literal


def text(node, fn, notes=None, reason=None):
    """Program text of the converted tree `node` of the function `fn`; changes the tree.

    notes   {line: [comments]} to put above the first generated row of that line
    reason  why `fn` is left as it is: `node` is its own tree
    """
    taken = global_names(fn.__code__) - set(vars(builtins))
    own = f"lambda_L{node.lineno}" if isinstance(node, ast.Lambda) else node.name
    taken.discard(own)
    cells = enclosing(fn, own, taken)
    rows, depth = [], 1 if cells else 0
    set_defaults(node.args, fn, cells, taken)
    if fn.__code__.co_flags & __future__.annotations.compiler_flag:
        quote_annotations(node)
    if isinstance(node, ast.Lambda):
        rows.append(("    " * depth + f"{own} = {ast.unparse(node)}", node.lineno))
    else:
        drop_annotations(node, taken)
        node.decorator_list = []
        block([node], depth, rows, dict(notes or {}))
    if cells:
        outer = fn.__code__.co_qualname.rpartition(".<locals>.")[0].rpartition(".")[2]
        what = f"  # variables of {outer}()" if outer else ""
        rows.insert(0, (f"def enclosing({', '.join(cells)}):{what}", None))
        empty = [name for name, value in cells.items() if value is None]
        if empty:
            rows.append((f"    del {', '.join(empty)}  # not assigned yet", None))
        rows.append((f"    return {own}", None))
        given = ", ".join(f"{name}={value}" for name, value in cells.items())
        rows.append((f"{own} = enclosing({given})", None))
    out = [IMPORT if reason is None else f"# left as it is: {reason}"]
    if taken:
        out.append(f"# takes from where it runs: {', '.join(sorted(taken))}")
    return "\n".join([*out, *margin(rows)]) + "\n"


def margin(rows):
    width = min(MARGIN, max((len(t) for t, line in rows if line), default=0))
    return [f"{t:<{width}}  # L{line}" if line else t for t, line in rows]


# ---- values of the function object --------------------


def literal(value):
    """Source text of a value made of numbers, text, None, tuples, lists, sets and dicts; None for others."""
    text = repr(value) if is_literal(value) else ""
    return text if 0 < len(text) <= LONGEST else None


def is_literal(value):
    kind = type(value)
    if kind in (int, complex, str, bytes, bool, types.NoneType, types.EllipsisType):
        return kind is not complex or value == value and abs(value) != float("inf")
    if kind is float:
        return value == value and abs(value) != float("inf")
    if kind in (tuple, list) or (kind is set and value):
        return all(map(is_literal, value))
    return kind is dict and all(is_literal(k) and is_literal(v) for k, v in value.items())


def enclosing(fn, own, taken):
    """{name: text of its value, or None when it has none} of the variables of enclosing functions."""
    cells = {}
    for name, cell in zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True):
        if name == own:
            continue  # the function itself
        try:
            value = cell.cell_contents
        except ValueError:
            cells[name] = None
            continue
        text = literal(value)
        if text is None:
            text = value.__name__ if name == "__class__" else name
            taken.add(text)
        cells[name] = text
    return {name: cells[name] for name in sorted(cells, key=lambda n: cells[n] is None)}


def global_names(code):
    """The names that the code, or code inside it, reads as globals."""
    import dis

    found = {
        i.argval
        for i in dis.get_instructions(code)
        if i.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
    }
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            found |= global_names(inner)
    return found - {"__module__", "__qualname__", "__name__"}


def set_defaults(args, fn, cells, taken):
    """Writes the values of the defaults into the tree."""
    positional = (args.posonlyargs + args.args)[
        len(args.posonlyargs + args.args) - len(args.defaults) :
    ]
    values = fn.__defaults__ or ()
    args.defaults = [
        default(a.arg, node, value, fn, cells, taken)
        for a, node, value in zip(positional, args.defaults, values, strict=False)
    ]
    given = fn.__kwdefaults__ or {}
    args.kw_defaults = [
        node and default(a.arg, node, given.get(a.arg), fn, cells, taken)
        for a, node in zip(args.kwonlyargs, args.kw_defaults, strict=True)
    ]


def default(name, node, value, fn, cells, taken):
    text = literal(value)
    if text is None:
        names = names_in(node)
        if all(n in cells or n in fn.__globals__ or hasattr(builtins, n) for n in names):
            taken.update(n for n in names if n not in cells and not hasattr(builtins, n))
            return node
        text = name
        taken.add(name)
    return ast.parse(text, mode="eval").body


def names_in(node):
    return {n.id for n in ast.walk(node) if type(n) is ast.Name}


def annotated(node):
    """[(holder, field)] of the annotations of a def."""
    args = node.args
    every = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
    return [(a, "annotation") for a in every if a is not None and a.annotation is not None] + (
        [(node, "returns")] if node.returns is not None else []
    )


def drop_annotations(node, taken):
    """Takes those annotations of the function away whose names are not to be had where the program runs."""
    for holder, field in annotated(node):
        names = names_in(getattr(holder, field))
        if not all(hasattr(builtins, n) or n in taken for n in names):
            setattr(holder, field, None)


def quote_annotations(node):
    """`from __future__ import annotations` held where the function was written: they are texts."""
    for n in ast.walk(node):
        found = (
            annotated(n)
            if type(n) in DEFS[:2]
            else [(n, "annotation")]
            if type(n) is ast.AnnAssign
            else []
        )
        for holder, field in found:
            setattr(holder, field, ast.Constant(ast.unparse(getattr(holder, field))))


# ---- statements --------------------


def block(statements, depth, rows, notes):
    for s in statements:
        if notes:
            above(s, depth, rows, notes)
        statement(s, depth, rows, notes)


def above(s, depth, rows, notes):
    """The comments on the lines whose generated code begins with `s`."""
    generated = type(s) is ast.FunctionDef and "_L" in s.name
    if type(s) in (ast.FunctionDef, ast.Nonlocal) and not generated:  # `nonlocal` spans what it is made for
        return
    lines = {s.lineno} if generated else lines_of(s)
    for line in sorted(lines & notes.keys()):
        rows += [("    " * depth + f"# {note}", None) for note in notes.pop(line)]


OPERATORS = {"and_", "assert_", "for_stmt", "if_exp", "if_ret", "if_stmt", "listcomp", "or_", "raise_", "try_stmt", "while_stmt", "with_stmt"}


def lines_of(s):
    """The lines of the statements and operators that begin with `s`; of a compound statement those of its first line."""
    if type(s) in (*DEFS, *BLOCKS, ast.Try, ast.TryStar, ast.Match):
        return {s.lineno}
    called = {
        n.lineno
        for n in ast.walk(s)
        if type(n) is ast.Call
        and type(n.func) is ast.Attribute
        and n.func.attr in OPERATORS
        and type(n.func.value) is ast.Name
        and n.func.value.id == "ag__"
    }
    return called if is_ours(s) else called | set(range(s.lineno, s.end_lineno + 1))


def is_ours(s):
    """Whether a statement sets names of the converter's: it spans what these are made for, a loop or a match."""
    if type(s) is ast.If:  # `if False: x = None`
        return True
    target = s.targets[0] if type(s) is ast.Assign else None
    first = target.elts[0] if type(target) is ast.Tuple and target.elts else target
    return type(first) is ast.Name and "_L" in first.id


def head(s, depth, rows):
    """The first lines of the compound statement `s`: decorators, and all up to the colon."""
    shown = copy.copy(s)
    shown.body = []
    if hasattr(s, "orelse"):
        shown.orelse = []
    rows += [("    " * depth + t, s.lineno) for t in ast.unparse(shown).strip().split("\n")]


def clause(word, statements, depth, rows, notes):
    if statements:
        rows.append(("    " * depth + word, None))
        block(statements, depth + 1, rows, notes)


DEFS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
BLOCKS = (ast.With, ast.AsyncWith, ast.For, ast.AsyncFor, ast.While)


def statement(s, depth, rows, notes):
    kind = type(s)
    if kind in DEFS:
        head(s, depth, rows)
        body = s.body
        if body and is_text(body[0]):
            docstring(body[0], depth + 1, rows)
            body = body[1:]
        block(body, depth + 1, rows, notes)
    elif kind in BLOCKS:
        head(s, depth, rows)
        block(s.body, depth + 1, rows, notes)
        clause("else:", getattr(s, "orelse", None), depth, rows, notes)
    elif kind is ast.Try or kind is ast.TryStar:
        rows.append(("    " * depth + "try:", s.lineno))
        block(s.body, depth + 1, rows, notes)
        for h in s.handlers:
            word = "except*" if kind is ast.TryStar else "except"
            what = f" {ast.unparse(h.type)}" if h.type else ""
            name = f" as {h.name}" if h.name else ""
            rows.append(("    " * depth + f"{word}{what}{name}:", h.lineno))
            block(h.body, depth + 1, rows, notes)
        clause("else:", s.orelse, depth, rows, notes)
        clause("finally:", s.finalbody, depth, rows, notes)
    elif kind is ast.Match:
        rows.append(("    " * depth + f"match {ast.unparse(s.subject)}:", s.lineno))
        for c in s.cases:
            guard = f" if {ast.unparse(c.guard)}" if c.guard else ""
            line = c.pattern.lineno
            rows.append(("    " * (depth + 1) + f"case {ast.unparse(c.pattern)}{guard}:", line))
            block(c.body, depth + 2, rows, notes)
    elif kind is ast.If and type(s.test) is ast.Constant and len(s.body) == 1:
        rows.append(("    " * depth + f"if {s.test.value}: {ast.unparse(s.body[0])}", None))
    else:
        lines = ast.unparse(s).split("\n")
        rows += [("    " * depth + t, s.lineno if not i else None) for i, t in enumerate(lines)]


def is_text(s):
    return type(s) is ast.Expr and isinstance(getattr(s.value, "value", None), str)


def docstring(s, depth, rows):
    """The rows of a docstring: unparsed in a def, where alone it keeps its lines."""
    shell = ast.parse("def f(): pass").body[0]
    shell.body = [s]
    lines = ast.unparse(shell).split("\n")[1:]
    rows.append(("    " * depth + lines[0].strip(), None))
    rows += [(t, None) for t in lines[1:]]
