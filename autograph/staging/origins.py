"""Which lines of the user's source give a variable its value: for errors about branches and loops that do not agree.

Asked only when there is an error to write: the source of the function is parsed then, and what that
takes imported, since it takes longer to import than all of this.
"""

from . import names, places


def of_branches(variable):
    """Where both branches of the `if` at the user's line set a variable, as lines of a traceback; else the line itself."""
    import ast

    found = _statement((ast.If, ast.Match))
    if found is None or not isinstance(found.node, ast.If):
        return places.here()
    sides = [
        ("main branch", _last(found.node.body, variable)),
        ("else branch", _last(found.node.orelse, variable)),
    ]
    return found.text(sides)


def of_loop(variable):
    """Where a variable of the loop at the user's line is set before it and in it; else the line itself."""
    import ast

    found = _statement((ast.For, ast.While))
    if found is None:
        return places.here()
    loop = found.node
    before = [n for n in _assignments(found.function, variable) if n.lineno < loop.lineno]
    sides = [
        ("before the loop", max(before, key=_line, default=None)),
        ("in the loop", _last(loop.body, variable)),
    ]
    return found.text(sides)


class _Found:
    """A statement in its function; lines counted as in the file."""

    def __init__(self, code, scope, function, node, offset):
        self.code, self.scope, self.function, self.node, self.offset = (
            code,
            scope,
            function,
            node,
            offset,
        )

    def text(self, sides):
        sides = [(where, node) for where, node in sides if node is not None]
        if not sides:
            return places.here()
        lines = []
        for where, node in sides:
            place = places.text_of(self.code, node.lineno + self.offset, self.scope).lstrip()
            lines.append(f"\n  {where}: {place}")
        return "".join(lines)


def _statement(kinds):
    """The innermost statement of these kinds at the user's line."""
    import ast
    import inspect
    import linecache
    import textwrap

    frame = places.user_frame()
    if frame is None:
        return None
    line, scope, file = frame.f_lineno, frame.f_globals, frame.f_code.co_filename
    while frame is not None and (
        places.is_ours(frame)
        or frame.f_code.co_name == "<lambda>"
        or names.is_renamed(frame.f_code)
    ):
        frame = frame.f_back
    if frame is None or frame.f_code.co_filename != file:
        return None
    code = frame.f_code
    lines = linecache.getlines(file, scope)[code.co_firstlineno - 1 :]
    try:
        function = ast.parse(textwrap.dedent("".join(inspect.getblock(lines)))).body[0]
    except (SyntaxError, IndexError, ValueError):
        return None
    offset = code.co_firstlineno - 1
    found = [n for n in ast.walk(function) if isinstance(n, kinds) and n.lineno + offset == line]
    return _Found(code, scope, function, found[-1], offset) if found else None


def _line(node):
    return node.lineno


def _last(body, variable):
    found = [n for statement in body for n in _assignments(statement, variable)]
    return max(found, key=_line, default=None)


def _assignments(node, variable):
    """What sets the variable, a name or the text of an attribute or item, in a statement or function."""
    import ast

    for n in ast.walk(node):
        if isinstance(n, (ast.Name, ast.Attribute, ast.Subscript)) and isinstance(n.ctx, ast.Store):
            if ast.unparse(n) == variable:
                yield n
        elif isinstance(n, ast.arg) and n.arg == variable:
            yield n
        elif isinstance(n, ast.Return) and variable == "the returned value":
            yield n
