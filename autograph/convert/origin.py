"""Where a function's source is, and its syntax tree with the user's own positions.

The text comes from the file (or the notebook's or doctest's entry in linecache).  Where there is
no file, `remember_source`, called at decoration, finds the text just executed: the argument of
`python -c`, the history of the prompt, or the string that a caller holds; a text counts only when
compiling it gives the same code object.
"""

import ast
import functools
import io
import linecache
import re
import sys
import tokenize
import types
from typing import NamedTuple

from .kept import keep
from .kept import lines as _lines

DEF = re.compile(r"[ \t\f]*(async[ \t]+)?def\b")
CLOSERS = (")", "]", "}")
HISTORY = 500  # prompt lines looked at


class SourceUnavailable(Exception):
    """The source of a function cannot be had, so its control flow cannot be converted."""


class Source(NamedTuple):
    """Text of a function (decorators included), its file, and the line where it starts."""

    text: str
    filename: str
    line: int


_texts = {}  # pseudo file name -> texts executed under it


def remember_source(fn):
    """Keeps the source of `fn` as it is now; call it when `fn` is decorated.

    Returns True when the source is at hand.  Never raises.
    """
    code = getattr(fn, "__code__", None)
    if not isinstance(code, types.CodeType):
        return False
    lines = lines_of(code, fn.__globals__)
    if not lines:
        lines = executed_text(code)
    if not lines:
        return False
    keep(_lines, code, lines)
    return True


def lines_of(code, globals_):
    """All lines of the file or cell that holds `code`, or an empty list."""
    return linecache.getlines(code.co_filename, globals_)


def lines_for(code, globals_):
    lines = _lines.get(id(code))
    if type(lines) is bytes:
        lines = _lines[id(code)] = decoded(lines)
    lines = lines or lines_of(code, globals_)
    if lines:
        return lines
    for text in reversed(_texts.get(code.co_filename, ())):
        if holds(text, code):
            return text.splitlines(True)
    lines = executed_text(code)
    if lines:
        keep(_lines, code, lines)
        return lines
    raise SourceUnavailable(
        f"the source of {code.co_qualname}() ({code.co_filename}:{code.co_firstlineno}) is not "
        "available, so its if, while and for cannot be converted.\n"
        "Put the function into a file or a notebook cell, or decorate it where its text is "
        "executed; a function whose file is gone must be defined again."
    )


def decoded(data):
    """The lines of a file's bytes, as linecache has them; none when they are no text."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        lines = io.TextIOWrapper(io.BytesIO(data), encoding).readlines()
    except (SyntaxError, UnicodeDecodeError):
        return []
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return lines


def source_of(fn):
    """The text of `fn` as a Source.  SourceUnavailable if there is none."""
    code = fn.__code__
    node, text = parse(code, fn.__globals__)
    lines = text.splitlines(True)
    if isinstance(node, ast.Lambda):
        return Source(ast.get_source_segment(text, node), code.co_filename, node.lineno)
    first = code.co_firstlineno
    return Source("".join(lines[first - 1 : node.end_lineno]), code.co_filename, first)


def parse(code, globals_):
    """(FunctionDef or Lambda node of `code`, text that holds it); positions are the file's."""
    lines = lines_for(code, globals_)
    if code.co_name == "<lambda>":
        return find_lambda(code, lines)
    return find_def(code, lines)


# -- defs


def find_def(code, lines):
    first = code.co_firstlineno - 1
    if first < len(lines):
        head = lines[first]
        indent = len(head) - len(head.lstrip())
        # an indented def is parsed as the body of an if, on the line before
        lead = "\n" * (first - 1) + "if 1:\n" if indent else "\n" * first
        for end in ends(lines, first, indent):
            text = lead + "".join(lines[first:end])
            try:
                node = ast.parse(text).body[0]
            except SyntaxError:
                continue
            if indent:
                node = node.body[0]
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and fits(node, code):
                return node, text
            break
    raise SourceUnavailable(
        f"{code.co_filename}:{code.co_firstlineno} does not hold {code.co_qualname}() any more: "
        "the file changed after it was imported. Import it again."
    )


def ends(lines, first, indent):
    """Line numbers where the block that starts at `first` may end, nearest first."""
    head = first
    while head < len(lines) and not DEF.match(lines[head]):
        head += 1
    for i in range(head + 1, len(lines)):
        line = lines[i]
        text = line.lstrip()
        if text and text[0] != "#" and len(line) - len(text) <= indent:
            if not text.startswith(CLOSERS):
                yield i
    yield len(lines)


def fits(node, code):
    """True when the parameters of `node` are those of `code`."""
    args = node.args
    names = [a.arg for a in args.posonlyargs + args.args + args.kwonlyargs]
    count = code.co_argcount + code.co_kwonlyargcount
    if code.co_name != "<lambda>" and node.name != code.co_name:
        return False
    return len(names) == count and all(
        a == b or b.endswith(a) for a, b in zip(names, code.co_varnames, strict=False)
    )


# -- lambdas


def find_lambda(code, lines):
    line = code.co_firstlineno
    for text in lambda_texts(lines, line):
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        found = [
            n
            for n in ast.walk(tree)
            if isinstance(n, ast.Lambda) and n.lineno == line and fits(n, code)
        ]
        if found:
            return choose(found, code), text
    raise SourceUnavailable(
        f"{code.co_filename}:{line} does not hold this lambda any more: the file changed after it "
        "was imported. Import it again."
    )


def lambda_texts(lines, line):
    """Texts that may parse and hold the lambda of `line`: the line, some lines, all."""
    first = line - 1
    if first < len(lines):
        head = lines[first]
        indented = head[:1] in " \t"
        lead = "\n" * (first - 1) + "if 1:\n" if indented else "\n" * first
        yield lead + head
        yield lead + head.rstrip() + " pass"
        for n in range(2, 8):
            yield lead + "".join(lines[first : first + n])
    yield "".join(lines)


def choose(nodes, code):
    """The lambda among `nodes` whose body holds every position of `code`."""
    if len(nodes) == 1:
        return nodes[0]
    inside = []
    spots = {
        (p[0], p[2], p[1], p[3]) for p in code.co_positions() if None not in p and p[2:] != (0, 0)
    }
    for n in nodes:
        b = n.body
        start, end = (b.lineno, b.col_offset), (b.end_lineno, b.end_col_offset)
        if all(start <= s[:2] and s[2:] <= end for s in spots):
            inside.append(n)
    # lambdas inside it hold fewer positions; of those that hold all, the innermost is the one
    inside.sort(key=lambda n: (n.body.lineno, n.body.col_offset), reverse=True)
    if not spots:  # it returns a constant; None stands among the constants in any case
        consts = [c for c in code.co_consts if c is not None] or [None]
        inside = [n for n in inside if constant(n.body) in map(repr, consts)] or inside
    return (inside or nodes)[0]


def constant(node):
    """The value of a literal as text, or None."""
    try:
        return repr(ast.literal_eval(node))
    except (ValueError, TypeError):
        return None


# -- text that was executed without a file


def executed_text(code):
    """The lines of the text that `code` was compiled from, or None."""
    for text in candidates(code):
        if holds(text, code):
            texts = _texts.setdefault(code.co_filename, [])
            if text not in texts:
                texts.append(text)
                del texts[:-64]
            return text.splitlines(True)
    return None


def candidates(code):
    if code.co_filename == "<string>" and "-c" in sys.orig_argv:
        yield from sys.orig_argv[sys.orig_argv.index("-c") + 1 :][:1]
    if code.co_filename == "<stdin>":
        yield from prompt_texts()
    mark = "lambda" if code.co_name == "<lambda>" else code.co_name
    frame = sys._getframe(1)
    seen = set()
    while frame is not None:
        for values in (frame.f_code.co_consts, frame.f_locals.values()):
            for value in list(values):
                if isinstance(value, bytes):
                    value = value.decode("utf-8", "replace")
                if isinstance(value, str) and mark in value and value not in seen:
                    seen.add(value)
                    yield value
        frame = frame.f_back


def prompt_texts():
    """The last statements typed at the prompt, shortest first."""
    readline = sys.modules.get("readline")
    if readline is None:
        return
    text = ""
    last = readline.get_current_history_length()
    for i in range(last, max(0, last - HISTORY), -1):
        text = (readline.get_history_item(i) or "") + "\n" + text
        yield text


@functools.lru_cache(maxsize=64)
def compiled(text, filename):
    for mode in ("exec", "eval"):
        try:
            return compile(text, filename, mode, dont_inherit=True)
        except (SyntaxError, ValueError):
            pass
    return None


def holds(text, code):
    """True when compiling `text` gives `code`."""
    root = compiled(text, code.co_filename)
    todo = [root] if root else []
    while todo:
        c = todo.pop()
        if c == code:
            return True
        todo += [k for k in c.co_consts if isinstance(k, types.CodeType)]
    return False
