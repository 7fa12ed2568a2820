"""What watches an `except*`, which stays Python's in traced code (every other `try` is in tries.py): its body and its finally
clause stand in context managers of their own.

  for i in range(n):              final_L3 = ag__.final(True)
      try:                        try:
          y = 1 // x                  with ag__.guarded(lambda: ZeroDivisionError):
      except* ZeroDivisionError:          y = 1 // x
          y = 0                   except* ZeroDivisionError:
      finally:                        y = 0
          break                   finally:
                                      with final_L3:
                                          ...

A handler for everything lets pass what the tracer itself raises.
"""

import ast

from .nodes import assign, call, const, name, operator, place, thunk


def watch(stmt, lists, swallows):
    """Puts the blocks `lists` of the `try` statement into their context managers; the statements to stand before it.

    swallows: a jump may leave the finally clause"""
    if stmt.handlers:
        lists[0] = [block(call("guarded", caught(stmt), stmt), lists[0], stmt)]
        if type(stmt) is ast.Try and any(takes_all(h.type) for h in stmt.handlers):
            own = ast.ExceptHandler(operator("PASSING", stmt), None, [])
            stmt.handlers.insert(0, place(own, stmt.handlers[0]))
            lists.insert(1, [place(ast.Raise(None, None), stmt.handlers[1])])
    if not stmt.finalbody:
        return []
    text = f"final_L{stmt.lineno}"
    lists[-1] = [block(name(text, stmt), lists[-1], stmt.finalbody[0])]
    return [assign(text, call("final", [const(True, stmt)] if swallows else [], stmt), stmt)]


def block(manager, body, where):
    return place(ast.With([ast.withitem(manager, None)], body), where)


def caught(stmt):
    """The arguments of `guarded`: a lambda for the classes, or nothing where they cannot be asked for twice."""
    types = [h.type for h in stmt.handlers]
    if not all(is_plain(t) for t in types):
        return []
    value = types[0] if len(types) == 1 else place(ast.Tuple(types, ast.Load()), stmt)
    return [thunk(value, value)]


def is_plain(node):
    """True for names, attributes and tuples of such: looking at them does nothing."""
    if type(node) is ast.Tuple:
        return all(is_plain(e) for e in node.elts)
    if type(node) is ast.Attribute:
        return is_plain(node.value)
    return type(node) is ast.Name


def takes_all(node):
    """True for what may name BaseException."""
    if type(node) is ast.Tuple:
        return any(takes_all(e) for e in node.elts)
    if type(node) is ast.Attribute:
        return False
    return type(node) is not ast.Name or node.id == "BaseException"
