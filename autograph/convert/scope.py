"""Names of one user function: which are its own, which others see, and their numbers.

A set of names is an int.  Which names are local comes from the code object that Python compiled, so
no walk over the tree is needed to know it.
"""

import ast


class Scope:
    """The names of one user function; bit i of a set stands for `names[i]`."""

    def __init__(self, code, parent=None):
        self.code = code
        self.parent = parent
        self.names = []
        self.bits = {}
        self.local = frozenset(code.co_varnames + code.co_cellvars)
        self.writes = 0  # bound anywhere in this function
        self.params = 0
        self.globals = 0  # declared global
        self.nonlocals = 0  # declared nonlocal
        self.captured = 0  # seen by a nested function, lambda, class or generator expression
        self.shared = 0  # rebound by a nested function
        self.staged = 0  # written inside a control statement
        self.dynamic = False  # locals(), eval and the like look at it
        self.hoisted = 0  # generated functions moved out of loops

    def bit(self, name):
        b = self.bits.get(name)
        if b is None:
            b = self.bits[name] = 1 << len(self.names)
            self.names.append(name)
        return b

    def mask(self, names):
        m = 0
        for name in names:
            m |= self.bit(name)
        return m

    def names_of(self, mask):
        """The names in `mask`, in order of first appearance."""
        out = []
        while mask > 0:
            low = mask & -mask
            out.append(self.names[low.bit_length() - 1])
            mask ^= low
        return out

    def rebinds(self, name):
        """True when assigning `name` here is allowed without making a new local."""
        return name in self.local or bool(self.bits.get(name, 0) & (self.globals | self.nonlocals))

    def bound(self):
        """Names that this function or one round it binds, so that they can be declared nonlocal."""
        outer = self.mask(n for n in self.code.co_freevars if n not in ("ag__", "__class__"))
        return (self.writes | self.params | outer) & ~self.globals

    def pinned(self):
        """Names whose cell must stay the function's own: somebody else may look at it later."""
        if self.dynamic:
            return (1 << len(self.names)) - 1
        return self.captured | self.globals | self.nonlocals | self.shared

    def child_code(self, node):
        """The code object Python made for the nested def `node`."""
        line = node.decorator_list[0].lineno if node.decorator_list else node.lineno
        return find_code(self.code, node.name, line) or self.code

    def absorb(self, child):
        """Take over what a nested function reads and rebinds of ours."""
        own = child.mask(child.local) | child.params | child.globals
        for name, b in child.bits.items():
            if not b & own:
                mine = self.bit(name)
                self.captured |= mine
                if b & (child.nonlocals | child.shared):
                    self.shared |= mine


def find_code(code, name, line):
    """The code object called `name` that starts at `line`, inside `code`, or None."""
    for c in code.co_consts:
        if hasattr(c, "co_code"):
            if c.co_name == name and c.co_firstlineno == line:
                return c
            if c.co_name.startswith("<"):  # 3.12 puts a def with type parameters one level down
                found = find_code(c, name, line)
                if found:
                    return found
    return None


def class_of(qualname):
    """The class whose body holds the function `qualname`, for private names, or None."""
    parts = qualname.split(".")
    parts.pop()
    while parts and parts[-1] == "<locals>":
        del parts[-2:]
    return parts[-1].lstrip("_") if parts else None


def mangle(tree, owner):
    """Renames the private names (`__x`) of `tree`, a function of class `owner`, as Python does."""
    prefix = "_" + owner

    def private(text):
        if text.startswith("__") and not text.endswith("__") and "." not in text:
            return prefix + text
        return text

    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.ClassDef):
            # its body has private names of its own, which Python renames
            node.name = private(node.name)
            todo += node.bases + node.keywords + node.decorator_list
            continue
        if isinstance(node, ast.alias):
            bound = node.asname or node.name
            if private(bound) != bound:
                node.asname = private(bound)
            continue
        for field, value in ast.iter_fields(node):
            if isinstance(value, str):
                if type(node) is ast.keyword:
                    continue  # Python leaves these as they are
                if field in ("id", "attr", "arg", "name", "rest"):
                    setattr(node, field, private(value))
            elif isinstance(value, ast.AST):
                todo.append(value)
            elif isinstance(value, list):
                if field == "names" and isinstance(node, (ast.Global, ast.Nonlocal)):
                    node.names = [private(v) for v in value]
                todo += [v for v in value if isinstance(v, ast.AST)]
