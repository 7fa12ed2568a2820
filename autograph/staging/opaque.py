"""Calls of code that a trace does not see into: which of them only compute.

Code that is not converted runs while tracing: once, where Python would run it in each call and in each turn of a loop. Nobody can
tell as long as it only computes. So before such a call in a staged branch or loop `check` asks what is known of it, and where that
is not "it only computes" what decides the branches and loops around has to be Python's (rollback.py). Where a tensor decides, it
cannot be: the call happens while tracing then, and where it surely acts, a warning says so.

Outside of all branches and loops a call that surely acts (a log, a queue, a file) or asks the world (a clock, the environment)
leaves a function without tensors to Python: before it is made, so that it is not made twice. Beside tensors it happens while
tracing, and for what differs at each call, a clock or random numbers, a warning says so.
"""

import builtins
import dis
import functools
import operator
import sys
import types
import warnings

from .. import _core
from . import journal, places, reach, rollback

CO_OPTIMIZED, CO_GENERATOR = 0x01, 0x20  # inspect's, which would load `ast` into a process that finds its code in the cache

VALUES = (str, bytes, int, float, complex, bool, tuple, frozenset, range, slice, type(None))
CHANGES = {  # methods of containers
    "add", "append", "appendleft", "clear", "difference_update", "discard", "extend", "extendleft", "insert", "intersection_update",
    "move_to_end", "pop", "popitem", "popleft", "remove", "reverse", "rotate", "setdefault", "sort", "subtract",
    "symmetric_difference_update", "update",
    "__delitem__", "__iadd__", "__iand__", "__imul__", "__init__", "__ior__", "__isub__", "__ixor__", "__next__", "__setitem__",
}  # fmt: skip
_COMPUTING = {  # modules whose functions compute, but for those of _ACTS
    "_bisect", "_collections_abc", "_datetime", "_decimal", "_functools", "_heapq", "_json", "_operator", "_sre", "_statistics", "_string", "_struct", "abc",
    "base64", "binascii", "bisect", "builtins", "calendar", "cmath", "colorsys", "copy", "dataclasses", "datetime", "decimal", "enum",
    "fractions", "functools", "heapq", "inspect", "ipaddress", "itertools", "json", "json.decoder", "json.encoder", "keyword",
    "math", "numbers", "operator", "posixpath", "ntpath", "re", "re._compiler", "re._parser", "statistics", "string", "struct", "textwrap", "types", "typing",
    "unicodedata", "urllib.parse", "zlib",
}  # fmt: skip
_ACTS = {
    "__import__", "abspath", "anext", "breakpoint", "cached_property", "compile", "delattr", "delitem", "dump", "eval", "exec", "exists", "exit", "expanduser", "expandvars", "fill_diagonal", "getatime",
    "getctime", "getmtime", "getsize", "help", "iadd", "iand", "iconcat", "ifloordiv", "ilshift", "imatmul", "imod", "imul", "input",
    "ior", "ipow", "irshift", "isdir", "isfile", "islink", "ismount", "isub", "iter_unpack", "itruediv", "ixor", "lexists", "load", "next", "now", "open",
    "pack_into", "print", "quit", "realpath", "register", "relpath", "samefile", "setattr", "setitem", "today", "utcnow",
    "copyto", "place", "put", "put_along_axis", "putmask", "save", "savetxt", "savez", "savez_compressed", "setbufsize", "seterr",
}  # fmt: skip
_ARRAY_CHANGES = {
    "byteswap", "dump", "fill", "itemset", "partition", "put", "resize", "setfield", "setflags", "sort", "tofile", "__setitem__",
}  # fmt: skip
_ACTING = {  # modules whose functions act or ask the world, but for some that only look
    "_contextvars", "_csv", "_ctypes", "_io", "_multiprocessing", "_pickle", "_queue", "_random", "_signal", "_socket", "_sqlite3", "_thread", "_warnings", "asyncio", "atexit",
    "concurrent", "contextvars", "csv", "ctypes", "fcntl", "fileinput", "gc", "getpass", "glob", "http", "io", "logging", "mmap", "multiprocessing", "nt", "os", "pickle",
    "posix", "queue", "random", "secrets", "select", "shelve", "shutil", "signal", "smtplib", "socket", "socketserver", "sqlite3", "ssl", "subprocess",
    "sys", "syslog", "tempfile", "threading", "time", "traceback", "urllib", "uuid", "warnings", "webbrowser",
}  # fmt: skip
# What functions of some of them begin with that only look at what stands still.
_LOOKS = dict.fromkeys(("gc", "logging", "sys", "threading", "_thread"), ("get", "is", "exc_info", "intern"))
_LOOKS |= dict.fromkeys(("nt", "os", "posix"), ("cpu_count", "fspath", "fsencode", "fsdecode", "getpid", "getuid"))
_PATHS = ("genericpath", "ntpath", "posixpath")
_CLOCKS = ("time", "perf_counter", "monotonic", "process_time", "thread_time", "now", "utcnow", "today", "sleep")
_LOGS = {"critical", "debug", "error", "exception", "info", "log", "warn", "warning"}


def check(f, args, kwargs):
    """Before f(*args, **kwargs), which is not converted. RunAsPython or PinRequired where it must not happen while tracing."""
    if reach.top(type(getattr(f, "__func__", f)).__module__) == reach.HOME:
        return  # a compiled function, which looks after itself
    if type(getattr(f, "__self__", None)).__name__ == "ufunc" and f.__name__ == "at" and args and reach.top(type(args[0]).__module__) == reach.HOME:
        return  # an array of the trace's, to which NumPy leaves it
    if f.__class__ is types.FunctionType and f.__module__ in ("_collections_abc", "collections.abc") and args:
        f = getattr(args[0], f.__name__, f)  # os.environ.get: the world's, by a method of any mapping's
    if getattr(f, "_ag_do_not_convert", False):
        _core.current_graph().extra["unconverted"] = True  # see unseen.py
    if not journal.depth():
        surely = acts(f)
        if (surely or _may_change(f, args, kwargs) and not computes(f, args, kwargs)) and rollback.as_python():
            how = "acts outside of the function" if surely else "may change what is older than the call"
            raise rollback.RunAsPython(f"{name_of(f)}() {how}, at each call", places.here())
        if not (surely and _warn_of_the_first(f, args)) and _shows_that_it_acts(f, args, kwargs, surely):
            warn_of_once(f"{name_of(f)}() acts outside of the function, and", f"ag.py_function({name_of(f)}, [arguments], [])")
        return
    if not acts(f) and computes(f, args, kwargs):
        return
    leave_to_python(
        f"{name_of(f)}() in a traced branch or loop is not converted, and Python calls it each time"
    )
    if _shows_that_it_acts(f, args, kwargs, acts(f)):
        warn(
            f"{name_of(f)}() stands in a branch or loop that a tensor decides, and is not converted: it "
            "is called once, while tracing, and not when the function runs. To call it in each run, "
            f"write ag.py_function({name_of(f)}, [arguments], [])"
        )


def definition(what, remedy):
    """Before a class statement, or the making of an object, that acts in ways that are not converted."""
    if not journal.depth() and rollback.as_python():
        raise rollback.RunAsPython(f"{what}, at each call", places.here())
    if journal.depth():
        leave_to_python(f"{what}, in a traced branch or loop: Python does it each time")
    warn(f"{what}: that is done once, while tracing, and not when the function runs. {remedy}")


def _warn_of_the_first(f, args):
    """Beside tensors: a warning where a call surely gives another value each time, or takes time."""
    name, top, extra = getattr(f, "__name__", ""), reach.top(_module_of(f)), _core.current_graph().extra
    if top in ("random", "numpy"):
        if name == "seed":
            extra["seeded"] = True
        owner = args[0] if type(f) is types.FunctionType and "." in f.__qualname__ else getattr(f, "__self__", None)
        fresh = name == "default_rng" and not args
        if not fresh and (owner is None or not _is_shared(owner) or "seeded" in extra):
            return False
        remedy = "draw the numbers by ag.random, give them as an argument"
    elif top in ("time", "datetime") and name.removesuffix("_ns") in _CLOCKS:
        remedy = "give the time as an argument"
    elif top in ("contextvars", "_contextvars") and name == "get" or top in ("secrets", "queue", "_queue") or top == "uuid" and name in ("uuid1", "uuid4") or f is builtins.input:
        remedy = "give the value as an argument"
    else:
        return False
    warn(
        f"{name_of(f)}() is called once, while tracing, and not when the function runs: each run has what it gave then. Instead, "
        f"{remedy}, or call it by ag.py_function({name_of(f)}, [arguments], dtype)"
    )
    return True


def warn_of_once(what, remedy=None):
    """Beside tensors: a warning that something outside changes in the trace alone."""
    if not rollback.as_python():
        warn(
            f"{what} is run once, while tracing, and not when the function runs. To have it in each run, write "
            f"{remedy or 'a function that does it, and call that by ag.py_function(function, [arguments], [])'}"
        )


def _shows_that_it_acts(f, args, kwargs, surely):
    """Whether there is reason to say that a call acts, and does so in the trace alone: the code of what is written in Python shows it;
    what is written in C does not just compute, and something older is its owner or an argument."""
    name, given = getattr(f, "__name__", ""), (getattr(f, "__self__", None), *args, *kwargs.values())
    top = reach.top(_module_of(f))
    if getattr(f, "_ag_do_not_convert", False) or _makes_context(f) or outside.changed_array(f, args, kwargs) is not None:
        return False  # the user says so, or it is asked elsewhere
    if surely and journal.depth() or f is builtins.open and _writes(*args, **kwargs):
        return True
    if surely and top in _WORLDS:
        return not name.startswith(_ASKING)
    if surely:  # of random numbers _warn_of_the_first knows
        return top not in ("random", "numpy") and not name.startswith(_ASKING) and any(map(outside.may_be_older, given))
    code = getattr(f, "__func__", getattr(f, "__wrapped__", f))
    if isinstance(code, type):
        made = [vars(kind)["__new__"].__func__ for kind in code.__mro__ if isinstance(vars(kind).get("__new__"), staticmethod)]
        if code.__module__ in ("collections", "weakref") and not all(_computes(a) for a in args if _is_callable(a)):
            return True  # it is called later
        return methods.is_users(code) and any(acting.shows(g) for g in (*made[:1], type(code).__call__))
    if type(code) is types.FunctionType:
        older = not is_librarys(code) or any(outside.may_be_older(x) for x in given if not isinstance(x, type))
        return older and not _is_computing(code.__module__ or "") and not name.startswith(_ASKING) and acting.shows(code)
    return not name.startswith(_ASKING) and any(map(outside.may_be_older, given)) and not _computes(f)


def _writes(file, mode="r", *rest, **options):
    """Whether open() of these arguments may change the file."""
    return not isinstance(mode, str) or set(mode) & set("wax+")


_WORLDS = {"nt", "os", "posix", "shutil", "subprocess", "socket", "_socket", "sqlite3", "_sqlite3", "smtplib", "http"}
_ASKING = (
    "access", "cpu", "exists", "fs", "get", "has", "is", "list", "lstat", "open", "path", "read", "scan", "seek", "stat", "tell", "uname",
    "urandom", "walk", "__get", "__contains__", "__len__", "__iter__", "__hash__", "__eq__", "__repr__", "__str__", "__reduce",
)  # fmt: skip


def _is_shared(random):
    """Whether a generator of random numbers goes on from call to call: the one of its module, or a variable's of the caller."""
    own = getattr(sys.modules.get("random"), "_inst", None), getattr(sys.modules.get("numpy.random.mtrand"), "_rand", None)
    return any(random is x for x in own if x is not None) or outside.is_callers(random)


def _is_logger(x):
    return isinstance(x, sys.modules["logging"].Logger) if "logging" in sys.modules else False


def logs(f):
    """Whether this is a function or method of logging that logs, and does nothing else."""
    return f.__module__ == "logging" and f.__name__ in _LOGS if type(f) is types.FunctionType else False


def leave_to_python(why):
    """Raises what makes the branches and loops around Python's, unless a tensor decides one of them."""
    deciders = journal.deciders()
    if not any(map(_is_tensors, deciders)) or rollback.as_python():
        error = rollback.cannot(TypeError(why), *deciders)
        if not isinstance(error, Exception):
            raise error


def _is_tensors(decider):
    """Whether a tensor has a part in a traced condition, or in the test of the loop that this is the key of."""
    graph = _core.current_graph()
    if not isinstance(decider, _core.Tensor):
        if decider in graph.extra.get("of_tensors", ()):
            return True
        decider = graph.extra.get("asked", {}).get(decider)
    todo, seen = [decider], set()
    while todo:
        t = todo.pop()
        if t is None or not t.is_symbolic or t._value in seen:
            continue
        seen.add(t._value)
        if not t.weak and t.dtype.name != "bool":
            return True
        if t.op.type not in ("While", "If"):
            todo += t.op.inputs
    return False


def warn(text):
    """A warning at the user's line, once for each line of a function. Where plain Python can make the call, it does."""
    graph, frame = _core.current_graph(), places.user_frame()
    function, place = graph.extra.get("function"), places.here()
    error = TypeError(text + place)
    if rollback.may_run_plainly(graph, error):
        error._ag_refused = True
        raise error
    known = graph.extra if function is None else function.__dict__
    known = known.setdefault("_warned_of", set())
    if place not in known and frame is not None:
        known.add(place)
        file, line = frame.f_code.co_filename, frame.f_lineno
        warnings.warn_explicit(text + place, UserWarning, file, line)


def name_of(f):
    """What the user calls f."""
    return getattr(f, "__qualname__", None) or getattr(f, "__name__", None) or type(f).__name__


def _module_of(f):
    """The name of the module that f or its owner comes from."""
    owner = getattr(f, "__self__", None)
    if owner is None or isinstance(owner, types.ModuleType) or type(f) is types.FunctionType:
        return (
            getattr(f, "__module__", None) or getattr(f, "__objclass__", type(f)).__module__ or ""
        )
    return (owner if isinstance(owner, type) else type(owner)).__module__


# ---- what surely acts ---------------------------------------------------------------------------------


def acts(f):
    """Whether it is known that a call of f changes something or asks the world."""
    if f is builtins.open or f is builtins.input:
        return True
    name, module = getattr(f, "__name__", ""), _module_of(f)
    if isinstance(f, type):
        return False
    if module == "datetime":
        return name in _ACTS
    if module == "collections":
        return type(f) is types.FunctionType and f.__qualname__ != name and name in CHANGES
    if module in _PATHS:
        return name in _ACTS
    if module == "pathlib":  # pure paths only compute
        return type(f) is types.FunctionType and f.__qualname__.startswith("Path.")
    top = reach.top(module)
    if name.startswith(_LOOKS.get(top, ("\0",))) or module == "urllib.parse":
        return False
    return top in _ACTING or module.startswith("numpy.random")


def is_librarys(f):
    """Whether a function belongs to Python's own library, which is not converted."""
    return reach.top(f.__module__ or "") in sys.stdlib_module_names


def names_what_acts(f):
    """Whether the code of a function names something of other code that surely acts: a clock, a file, a queue."""
    found = [f.__globals__[name] for name in f.__code__.co_names if name in f.__globals__]
    found += reach.cells_of(f).values()
    return any(
        reach.top(x.__name__) in _ACTING if isinstance(x, types.ModuleType) else _is_callable(x) and acts(x)
        for x in found
    )


def _makes_context(f):
    """Whether a function is what contextlib.contextmanager makes: what it gives enter() looks at."""
    return type(f) is types.FunctionType and f.__globals__.get("__name__") == "contextlib" and bool(f.__closure__)


def _may_change(f, args, kwargs):
    """Whether a call could change what is older than the trace: what is written in Python may change anything, a function of Python's
    own library or in C its owner and its arguments."""
    if _makes_context(f):
        return False
    code = getattr(f, "__func__", getattr(f, "__wrapped__", f))
    if (isinstance(code, types.FunctionType) or isinstance(code, type) and code.__flags__ & _IS_HEAP_TYPE) and not is_librarys(code):
        return True
    owner = getattr(f, "__self__", None)
    return any(map(outside.may_be_older, (owner, *args, *kwargs.values())))


_IS_HEAP_TYPE = 1 << 9


def _is_object(owner):
    return not isinstance(owner, (*VALUES, type, types.ModuleType))


# ---- what only computes -------------------------------------------------------------------------------


def computes(f, args=(), kwargs=None):
    """Whether it is known that f(*args, **kwargs) changes nothing and asks nothing but its arguments."""
    if kwargs and kwargs.get("out") is not None:
        return False
    return _computes(f) and all(_computes(a) for a in args if _is_callable(a))


def _is_callable(x):
    """Whether what an argument is called for has to be asked: it is no class, and no function of this package."""
    return callable(x) and not isinstance(x, type) and reach.top(type(x).__module__) != reach.HOME


def _computes(f, seen=()):
    kind = type(f)
    if kind in reach.METHODS:
        f = f.__func__
        kind = type(f)
    if kind is functools.partial:
        return _computes(f.func, seen) and all(
            _computes(a, seen) for a in f.args if _is_callable(a)
        )
    if kind is types.FunctionType:
        return _function_computes(f, seen)
    if isinstance(f, type):
        return _class_computes(f, seen)
    name = getattr(f, "__name__", "")
    if kind is types.BuiltinFunctionType and _is_object(f.__self__):
        return _method_computes(type(f.__self__), name)
    if kind in (
        types.MethodDescriptorType,
        types.WrapperDescriptorType,
        types.MethodWrapperType,
        types.ClassMethodDescriptorType,
    ):
        owner = f.__objclass__ if hasattr(f, "__objclass__") else type(f.__self__)
        return _method_computes(owner, name)
    if kind is functools._lru_cache_wrapper:
        return _computes(f.__wrapped__, seen)
    if kind in (operator.itemgetter, operator.attrgetter):
        return True
    if reach.top(kind.__module__) == "numpy":  # ufuncs and what dispatches on its arguments
        return name not in _ACTS
    return kind is types.BuiltinFunctionType and name not in _ACTS and _is_computing(_module_of(f))


def _is_computing(module):
    return (
        module in _COMPUTING
        or reach.top(module) == reach.HOME
        or reach.top(module) == "numpy"
        and not module.startswith("numpy.random")
    )


def _method_computes(owner, name):
    if issubclass(owner, VALUES):
        return True
    module = owner.__module__
    if issubclass(owner, (list, dict, set, bytearray)) or module == "collections":
        return name not in CHANGES
    if owner.__name__ == "ufunc":
        return name != "at"
    if owner.__name__ == "ndarray":
        return name not in _ARRAY_CHANGES  # what it holds at the next call is looked at then (seen.py)
    return (
        (
            _is_computing(module)
            and module not in ("builtins", "itertools", "zlib")
            or owner is types.ModuleType
        )
        and name not in _ACTS
        and name not in CHANGES
    )


def _class_computes(cls, seen):
    """Whether making one only computes, by what its __new__ and __init__ are, and __set_name__ where a class has one."""
    if (
        issubclass(cls, BaseException)
        or cls.__module__ in ("collections", "array", "itertools")
        or type(cls).__module__ == "enum"
    ):
        return True
    return _is_computing(cls.__module__) or all(
        _makes_alone(f, seen) for f in (cls.__new__, cls.__init__, getattr(cls, "__set_name__", object.__init__))
    )


def _makes_alone(f, seen):
    if type(f) is types.FunctionType:
        return _function_computes(f, seen)
    owner = getattr(f, "__objclass__", getattr(f, "__self__", None))
    return isinstance(owner, type) and (
        _is_computing(owner.__module__) or owner.__module__ == "collections"
    )


def _function_computes(f, seen):
    if f.__module__ == "collections" and f.__qualname__ != f.__name__:
        return f.__name__ not in CHANGES
    if _is_computing(f.__module__ or ""):
        return f.__name__ not in _ACTS
    owns = f.__name__ in ("__init__", "__init_subclass__", "__set_name__")
    return (
        f.__code__ in seen
        or not acts(f)
        and only_computes(f.__code__, f.__globals__, reach.cells_of(f), (*seen, f.__code__), owns)
    )


_STORES = {
    "STORE_ATTR", "STORE_SUBSCR", "STORE_GLOBAL", "STORE_SLICE", "DELETE_ATTR", "DELETE_SUBSCR", "DELETE_GLOBAL",
}  # fmt: skip
_ENTERS = {"BEFORE_WITH", "BEFORE_ASYNC_WITH", "LOAD_SPECIAL", "IMPORT_NAME"}
_LOADS_FREE = {"LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"}
_CALLEE_BEHIND_NULL = sys.version_info < (3, 13)  # where a call finds what it calls


def stores(i, code):
    """Whether an instruction of this code changes more than the code's own variables."""
    return i.opname in _STORES or i.opname == "STORE_DEREF" and i.argval in code.co_freevars


def only_computes(code, scope, free, seen=(), owns=False, acting=False):
    """Whether code, and the functions in it, change nothing but their own variables and call only what computes, as far as it
    shows. scope: its globals; free: what its free variables hold. A generator may print (effects.held). owns: it may change the
    attributes of its first argument. acting: it may ask clocks and log as well."""
    if "ag__" in code.co_freevars:  # converted
        return True
    found = owner = None  # what was loaded last, where that is known; what a COPY is of
    before = earlier = "", None  # the instruction before, and the one before that
    me = ("LOAD_FAST", code.co_varnames[0]) if owns and code.co_argcount else None
    for i in dis.get_instructions(code):
        name, value, found = i.opname, found, found if i.opname == "PUSH_NULL" else None
        own = me is not None and (before == me or before[0] == "SWAP" and owner == me)
        callee, null = (name, before[0]) if _CALLEE_BEHIND_NULL else (before[0], name)
        if name == "STORE_ATTR" and own:
            pass
        elif name == "STORE_SUBSCR" and earlier == ("LOAD_NAME", "__annotations__"):
            pass  # `x: int` in the body of a class
        elif stores(i, code) or name in _ENTERS:
            return False
        elif name == "COPY":
            owner = before
        elif name in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"):
            found = scope.get(i.argval, getattr(builtins, i.argval, None))
        elif name in _LOADS_FREE:
            found = free.get(i.argval)
        elif name in ("LOAD_METHOD", "LOAD_ATTR") and isinstance(value, types.ModuleType):
            found = getattr(value, i.argval, None)
        elif name in ("LOAD_METHOD", "LOAD_ATTR") and acting and _is_logger(value) and i.argval in _LOGS:
            pass
        elif name in ("LOAD_METHOD", "LOAD_ATTR") and i.argval in _METHODS:
            if i.argval in CHANGES and (value is not None or not before[0].startswith("LOAD_FAST")):
                return False
        elif name == "LOAD_METHOD" or name == "LOAD_ATTR" and "NULL|" in i.argrepr:
            return False
        elif null == "PUSH_NULL" and "LOAD_FAST" in callee:  # a call of an argument
            return False
        prints = found is builtins.print and code.co_flags & CO_GENERATOR
        if callable(found) and name != "PUSH_NULL" and not prints and not _computes(found, seen):
            if not acting or reach.top(_module_of(found)) not in ("time", "logging"):
                return False
        before, earlier = (name, i.argval), before
    inner = reach.codes_in(code)
    if not code.co_flags & CO_OPTIMIZED:  # the body of a class: its methods are called by others
        inner = [c for c in inner if not c.co_flags & CO_OPTIMIZED or c.co_name.startswith("<")]
    return all(only_computes(c, scope, free, seen) for c in inner)


_METHODS = {name for kind in (*VALUES, list, dict, set) for name in dir(kind)} - (
    CHANGES - {"append", "add", "update", "extend", "pop", "sort"}
)


def free_of(generator):
    """{name: value} of the free variables of a generator that are set."""
    found = generator.gi_frame.f_locals
    return {name: found[name] for name in generator.gi_code.co_freevars if name in found}


def goes_on_alone(items):
    """Whether reading on in an iterator changes nothing but the iterator, as far as its code shows. True for those of C."""
    if type(items) is types.GeneratorType:
        frame = items.gi_frame
        return frame is None or only_computes(items.gi_code, frame.f_globals, free_of(items))
    step = getattr(type(items), "__next__", None)
    if type(step) is not types.FunctionType:
        return True
    return only_computes(
        step.__code__, step.__globals__, reach.cells_of(step), (step.__code__,), owns=True
    )


def program(text):
    """What exec() or eval() is given, before they run it: whether it acts."""
    if not journal.watching():
        return text
    code = text
    if isinstance(text, (str, bytes)):
        try:
            code = compile(text, "<string>", "exec")
        except (SyntaxError, ValueError):
            return text  # which they say
    frame = places.user_frame()
    if isinstance(code, types.CodeType) and frame is not None and not only_computes(code, frame.f_globals, {}):
        if rollback.as_python():
            raise rollback.RunAsPython("exec() or eval() of what may act", places.here())
        warn_of_once("what exec() or eval() is given here may act: it")
    return text


# ---- with ------------------------------------------------------------------------------------------------


def enter(manager):
    """Before `with manager`: as check(), for what it does on entering and leaving."""
    at_top = not journal.depth()
    if at_top and not rollback.as_python():
        _warn_of_context(manager)
        return
    if _manages_alone(manager):
        return
    what = f"with {type(manager).__name__}"
    if at_top:
        raise rollback.RunAsPython(
            f"`{what}` acts outside of the function, at each call", places.here()
        )
    leave_to_python(f"`{what}` in a traced branch or loop: Python enters and leaves it each time")
    _warn_of_context(manager)


def _warn_of_context(manager):
    """Beside tensors: a warning for what is neither converted nor a generator, for which contexts.py has its own."""
    if type(manager).__module__ == "contextlib" and not hasattr(manager, "gen") and not _manages_alone(manager):
        warn_of_once(f"`with {type(manager).__name__}` calls what is not converted: that")


def _manages_alone(manager):
    """Whether entering and leaving a context manager changes nothing but the manager, as far as its code shows."""
    kind = type(manager)
    if kind.__module__ == "contextlib":
        return (
            goes_on_alone(manager.gen)
            if hasattr(manager, "gen")
            else kind.__name__ in ("suppress", "nullcontext")
        )
    if _is_computing(kind.__module__):
        return True
    owns = journal.birth(manager) is not None
    for name in ("__enter__", "__exit__"):
        f = getattr(kind, name, None)
        if type(f) is not types.FunctionType or not only_computes(
            f.__code__, f.__globals__, reach.cells_of(f), (f.__code__,), owns=owns
        ):
            return f is None
    return True


from . import acting, methods, outside  # noqa: E402 - they ask this file
