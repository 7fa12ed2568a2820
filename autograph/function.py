"""The decorator: `@autograph.function` compiles a Python function at its first call."""

import collections
import functools
import os
import sys
import threading
import types
import weakref

from . import _core, logs, records, retraces, scalars
from .specs import TensorSpec

__all__ = ["ConcreteFunction", "Function", "function", "functions_run_eagerly", "run_functions_eagerly"]

Tensor = _core.Tensor
_trace_lock = threading.RLock()
_functions = weakref.WeakSet()  # all of them
# A child process has only the thread that forked: no other may be in the middle of a trace, or inside LLVM, then.
os.register_at_fork(before=_trace_lock.acquire, after_in_parent=_trace_lock.release, after_in_child=_trace_lock.release)


@_core.call_fast
class Function(_core.Function):
    """A compiled function. Call it like the function it was made from; see `function`."""

    def experimental_get_tracing_count(self):
        """How many times the function was traced: one for each kind of arguments met."""
        return self._tracing_count

    def get_concrete_function(self, *args, **kwargs):
        """The trace for these arguments. TensorSpecs stand for tensors of that dtype and shape; Python values are
        baked in. With an input signature, no arguments are needed."""
        if self._signature is not None and not args and not kwargs:
            args = self._signature
        bound = self._bind(args, kwargs)
        return _concrete_from_specs(self, bound)

    def explain(self, *args, **kwargs):
        """What was traced and why, as text: each trace, its cost, and which numbers were pinned.

        With arguments: what became of each line of the source for such a call, with its time and memory. The function
        is traced and run for that, several times; a notebook shows the report as a page."""
        if args or kwargs:
            from . import explain

            return explain.report(self, args, kwargs)
        for h in self._history:
            _compile_now(h["info"])
        return retraces.explain(self)

    def pretty_printed_concrete_signatures(self, verbose=True):
        """The signatures of all traces, a paragraph each."""
        return "\n\n".join(c.info["signature"] for c in reversed(self._cache))

    @property
    def function_spec(self):
        """The signature of the Python function."""
        return self._inspect

    @functools.cached_property
    def _inspect(self):
        return _signature_of(self.python_function)

    def _bind(self, args, kwargs):
        b = self._inspect.bind(*args, **kwargs)
        b.apply_defaults()
        names, _, _, _, varargs, varkw = self._params
        rest = [p.name for p in self._inspect.parameters.values() if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        return tuple(b.arguments.get(name) for name in (*names, *rest))

    def _split_bound(self, args):
        """(positional, keywords) from one value per parameter."""
        positional, keywords = [], {}
        names, _, n_positional, _, varargs, varkw = self._params
        for i, value in enumerate(args):
            if i < n_positional:
                positional.append(value)
            elif i < len(names):
                keywords[names[i]] = value
            elif varargs and i == len(names):
                positional.extend(value)
            else:
                keywords.update(value)
        return positional, keywords

    def _callee(self):
        callee = self._converted
        if callee is None:
            from . import tracing

            callee = self._converted = tracing.callee_of(self)
        return callee

    def __repr__(self):
        return f"<autograph.function {getattr(self.python_function, '__qualname__', self.python_function)!r}>"

    def _repr_html_(self):
        from . import notebook

        return notebook.function(self)

    def __reduce__(self):
        from . import pickles

        return pickles.reduced(self)

    def __copy__(self):
        return _rebuild(self.python_function, self._options)

    def __deepcopy__(self, memo):
        return _rebuild(self.python_function, self._options)


def _rebuild(python_function, options):
    if isinstance(python_function, Function):
        return python_function
    return function(python_function, **options)


def function(
    func=None,
    input_signature=None,
    autograph=True,
    jit_compile=None,
    reduce_retracing=False,
    experimental_implements=None,
    experimental_autograph_options=None,
    experimental_attributes=None,
    experimental_relax_shapes=None,
    numbers="traced",
    name=None,
):
    """Compiles `func`: its control flow is recorded into a graph, optimized, and run as native code.

    func: a Python function, method, lambda or callable. Without it, returns a decorator.
    input_signature: a sequence of TensorSpec, one for each argument: one trace serves all sizes, and another where sizes
        differ that were equal so far; other arguments are cast or refused with TypeError.
    autograph: False traces without converting control flow.
    reduce_retracing: after a second shape, dimensions that differ become unknown, so later shapes need no trace.
    numbers: "traced": int and float arguments are inputs of the graph, so one trace serves all their values;
        "static": each value has a trace of its own, as in TensorFlow.
    jit_compile: True for native code or an error: nothing runs as plain Python. Everything is compiled that can be.

    Raises what the function raises; TypeError when the arguments do not fit its signature.

    >>> import autograph as ag
    >>> @ag.function
    ... def collatz(n):
    ...     steps = 0
    ...     while n != 1:
    ...         n = n // 2 if n % 2 == 0 else 3 * n + 1
    ...         steps += 1
    ...     return steps
    >>> print(collatz(27))
    111
    """
    options = dict(
        input_signature=input_signature, autograph=autograph, reduce_retracing=reduce_retracing, numbers=numbers,
        jit_compile=jit_compile, experimental_autograph_options=experimental_autograph_options,
    )  # fmt: skip
    if func is None:
        return functools.partial(function, **options)
    if numbers not in ("traced", "static"):
        raise ValueError(f"numbers must be 'traced' or 'static', not {numbers!r}")
    if isinstance(func, Function):
        return func
    if isinstance(func, (staticmethod, classmethod)):
        return type(func)(function(func.__func__, **options))
    if not callable(func):
        raise TypeError(f"autograph.function takes a callable, not {func!r}")
    if isinstance(func, type):
        raise TypeError(f"autograph.function takes a function, not the class {func.__qualname__}: decorate its methods")
    from . import convert, tiers, tracing  # noqa: F401 - the first call should not pay for importing them
    from .staging import seen  # noqa: F401 - nor a debugger step into its import

    prepared = False
    if type(func) is types.FunctionType:
        prepared = convert.prepare(func)
        convert.remember_source(func)
    if not prepared:  # else its native code is probably on the disk, too
        from .convert import translation  # noqa: F401

        tiers.warm()
    params = _params_of_code(func) if type(func) is types.FunctionType else _params(_signature_of(func))
    made = _with_params(func, params, numbers == "static")
    made._options = options
    made._autograph = autograph
    made._reduce_retracing = bool(reduce_retracing or experimental_relax_shapes)
    made._must_compile = jit_compile is True
    made._signature = None if input_signature is None else tuple(input_signature)
    if made._signature is not None:
        _check_signature(made)
        made._checker = functools.partial(_apply_signature, made)
    return made


def _with_params(func, params, all_static):
    made = Function(func, params, all_static)
    made._params = params
    made._parameter_names = params[0] + ("*args",) * params[4] + ("**kwargs",) * params[5]
    made._converted = None
    made._unconverted = None
    made._tracing_count = 0
    made._second_trace = False
    made._must_compile = False
    made._history = []
    made._asked = {}
    made._apart = {}  # of lists of numbers: why each item is an input
    made._between = ()  # names of places that have changed since the call before, for which it is traced again
    made._changes = set()  # names of what a call changed and the next may change again
    made._state = frozenset()  # keys of the places that are inputs, of the function of a Stateful
    made._places = {}  # that it is known to change, by their keys (states.py)
    made._counts = None  # the function whose traces its own are
    functools.update_wrapper(made, func, updated=())
    _functions.add(made)
    return made


def derived(fn, names, body):
    """A Function of these parameters that calls `body` in place of the converted function, with the options of another one."""
    made = _with_params(fn.python_function, (names, (_core.UNDEFINED,) * len(names), len(names), len(names), False, False), fn._all_static)
    for name in ("_options", "_autograph", "_reduce_retracing", "_must_compile", "_signature", "_history", "_asked", "_apart"):
        setattr(made, name, getattr(fn, name))
    made._counts = fn
    made._pins.update(fn._pins)
    made._converted = body
    return made


def _signature_of(func):
    import inspect

    try:
        if type(func).__name__ != "ufunc":  # theirs has parameters that exclude each other
            return inspect.signature(func)
    except (TypeError, ValueError):
        pass
    return inspect.Signature(
        [
            inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL),
            inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD),
        ]
    )


def _params_of_code(func):
    """As _params, from the code object: inspect takes longer to import than the package."""
    code = func.__code__
    n, n_only = code.co_argcount, code.co_posonlyargcount
    names = code.co_varnames[: n + code.co_kwonlyargcount]
    given = func.__defaults__ or ()
    keywords = func.__kwdefaults__ or {}
    defaults = (_core.UNDEFINED,) * (n - len(given)) + given
    defaults += tuple([keywords.get(name, _core.UNDEFINED) for name in names[n:]])
    return (names, defaults, n, n_only, bool(code.co_flags & 0x04), bool(code.co_flags & 0x08))


def _params(signature):
    names, defaults, positional, only, varargs, varkw = [], [], 0, 0, False, False
    for p in signature.parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            varargs = True
            continue
        if p.kind is p.VAR_KEYWORD:
            varkw = True
            continue
        names.append(sys.intern(p.name))
        defaults.append(_core.UNDEFINED if p.default is p.empty else p.default)
        positional += p.kind is not p.KEYWORD_ONLY
        only += p.kind is p.POSITIONAL_ONLY
    return (tuple(names), tuple(defaults), positional, only, varargs, varkw)


# ---- what the C function calls when it has no trace ------------------------------------------------------


def _inline(fn, *args, **kwargs):
    """A call inside another trace, or with run_functions_eagerly: the body runs here."""
    if _core.current_graph() is None:
        return fn.python_function(*args, **kwargs)
    if fn._signature is not None:
        try:
            bound = fn._bind(args, kwargs)
        except TypeError:
            return _misfit(fn, *args, **kwargs)
        args, kwargs = fn._split_bound(_apply_signature(fn, bound))
    return fn._callee()(*args, **kwargs)


def _misfit(fn, *args, **kwargs):
    what = f"{fn!r} cannot be called with these arguments"
    try:
        fn._inspect.bind(*args, **kwargs)
    except TypeError as e:
        what = f"{getattr(fn.python_function, '__qualname__', 'function')}(): {e}"
        own = getattr(fn.python_function, "__func__", fn.python_function)
        takes_these = type(own) is not types.FunctionType or own.__dict__.keys() & {"__wrapped__", "__signature__"}
    else:
        takes_these = True
    if not takes_these:
        fn.python_function(*args, **kwargs)  # Python refuses these arguments before anything runs, in its own words
    raise TypeError(what)


def _fall_back(fn, concrete, bound, error):
    """Plain Python computes a call whose run met what its trace cannot hold, such as a number of another kind than its trace has
    (2 ** -1 is a float), unless the run had effects before: then NotImplemented, and the error stays."""
    info = concrete.info
    if "acts" not in info:
        from .staging import guards

        info["acts"] = any(op.type in guards.ACTS and op.type != "Assert" for op in concrete.graph.raising(1))
    if info["acts"] or fn._must_compile:
        return NotImplemented
    if getattr(error, "_ag_plainly", False):
        if fn._state:
            return NotImplemented  # the call of which this is a part runs plainly (states.py)
        from . import plain

        result = plain.instead(fn, bound, error)
        info["some_python"] = str(error).partition("\n")[0]
        return result
    info["some_python"] = str(error).partition("\n")[0]
    positional, keywords = fn._split_bound(bound)
    return _python_result(fn._callee()(*positional, **keywords))


def _trace(fn, bound):
    """The Concrete for bound arguments that had none, traced and compiled."""
    with _trace_lock:
        found = fn.find(bound)  # another thread may have made it while this one waited
        if found is not None:
            return found
        made = _make(fn, bound, _relaxed)
        plain = made[4].get("plain")
        if plain is not None:
            plain.keep = functools.partial(fn.add, bound, made)
            return fn.make(bound, made)
        place = made[4]["changes"]
        if place is None or place in fn._changes:
            return _watched(fn, fn.add(bound, made), bound)
        fn._changes.add(place)  # a table that the first call fills, say: the next one has a trace of its own
        return fn.make(bound, made)


def _watched(fn, concrete, bound):
    """A trace that serves calls as long as what it has read outside of its arguments is the same. Large arrays that it may have read
    are given to each run instead."""
    from .staging import seen, states

    if not concrete.info["python"] and not concrete.info.get("state"):
        owners = [fixed.owner() for fixed in concrete.info["statics"] if fixed.owner is not None]
        concrete.outer, large = seen.look([fn.python_function, *owners], fn._state, concrete.graph.extra.get("frozen", False))
        large = [place for place in large if place.key not in (fn._counts or fn)._places]
        if large:
            fn._cache[:] = [one for one in fn._cache if one is not concrete]
            states.note(fn, large)
            return _trace(fn, bound)
    return concrete


def _make(fn, bound, relaxed):
    """The tuple that ext/concrete.c takes."""
    import time

    from . import tiers, tracing
    from .staging import states

    where = _call_site()
    try:
        t = tracing.trace(fn, bound, relaxed)
        if t.graph.extra["variables"]:  # the trace that counts finds them made
            fn._second_trace = True
            try:
                t = tracing.trace(fn, bound, relaxed)
            finally:
                fn._second_trace = False
    except states.Found as found:
        if fn._state:
            raise
        return _of_state(fn, bound, relaxed, found.slots)
    fn._apart.update(t.apart)
    start = time.perf_counter()
    info = {"native": False, "python": t.python, "symbol": _symbol(fn)}
    if tracing.interpret() or t.python:
        plan = t.graph.plan(native=False, name=_symbol(fn))
    else:
        info["concrete"] = None  # to be told when native code is ready
        plan, info["compilation"] = tiers.plan(t.graph, _symbol(fn), functools.partial(_native_is_ready, info))
        if info["compilation"] is None:
            info["native"] = plan.native
            info["cached"] = plan.cached
            del info["concrete"]
    compiled = time.perf_counter() - start
    info |= {
        "inputs": t.leaves.inputs,
        "statics": _statics(t),
        "structured": t.structured,
        "outputs": t.outputs,
        "pinned": _pinned(fn, t),
        "written": t.graph.extra.get("written", ()),
        "done": t.graph.extra.get("done", {}),
        "changes": t.changes,
        "trace_ms": t.seconds * 1e3,
        "site": where,
    }
    info.setdefault("compile_ms", compiled * 1e3)  # native code may be ready by now
    info["signature"] = retraces.signature_text(fn, info)
    info["reason"], cause = retraces.reason(fn, info)
    (fn._counts or fn)._tracing_count += 1
    logs.say(f"traced {info['signature']} in {info['trace_ms']:.2f} ms, compiled in {info['compile_ms']:.2f} ms: {info['reason']}")
    fn._history.append({k: info[k] for k in ("signature", "reason", "trace_ms", "compile_ms", "site", "pinned")} | {"info": info, "cause": cause, "at": start})
    retraces.maybe_warn(fn, cause)
    shown = None
    if t.dims is not None:
        shown = tuple([None if d is ... else d for d in t.dims])
    template = t.template
    if t.plain is not None:
        from .plain import PlainCalls

        info["plain"] = PlainCalls(fn, t.plain)
        template = ("P", info["plain"])
    return (plan, t.graph, template, shown, info, not tracing.keeps_arguments(t.graph))


def _of_state(fn, bound, relaxed, slots):
    """As _make, for calls that change these places outside of the function: a Stateful makes them."""
    from . import tracing
    from .staging import states

    t = tracing.left_as_python(fn, bound, None, 0.0)
    t.dims = relaxed(fn, bound)
    stateful = next((c.info["state"] for c in fn._cache if c.info.get("state") and c.info["state"].serves(slots)), None)
    info = {"native": False, "python": None, "inputs": t.leaves.inputs, "statics": _statics(t), "structured": None, "outputs": []}
    info |= {"pinned": {}, "written": (), "changes": None, "state": stateful or states.Stateful(fn, slots), "compilation": None}
    info["signature"] = retraces.signature_text(fn, info)
    shown = None if t.dims is None else tuple([None if d is ... else d for d in t.dims])
    return (t.graph.plan(native=False, name=_symbol(fn)), t.graph, ("P", info["state"]), shown, info, False)


def _statics(t):
    from .staging import variables

    return [retraces.Fixed(path, retraces.short(value), type(value).__name__, variables.owner_reference(value)) for path, value in t.leaves.statics]


def _pinned(fn, t):
    """{path: what for} of the numbers that this trace or an earlier one made static."""
    fn._asked.update(t.pinned)
    return {path: fn._asked[path] for path, _ in t.leaves.statics if path in fn._asked}


def _python_result(value):
    """What a call that stayed Python returns: numbers, alone or in a tuple, as every other call returns them. Lists and other
    objects are the program's own."""
    kind = type(value)
    if kind is float:
        return scalars.Float(value)
    if kind is int and -(2**63) <= value < 2**63:
        return scalars.Int(value)
    return tuple(map(_python_result, value)) if kind is tuple else value


def _native_is_ready(info, plan, seconds):
    """Called by the compiling thread: from the next call on the trace runs natively. The trace may not be there yet: then
    it finds the plan (ext/concrete.c)."""
    info["plan"] = plan
    concrete = info.pop("concrete", None)
    if concrete is not None:
        concrete.set_plan(info.pop("plan"))
    info["native"] = plan.native
    info["compile_ms"] = seconds * 1e3
    info["compilation"] = None


def _compile_now(info):
    """Returns once native code is in use, or cannot be had."""
    compilation = info.get("compilation")
    if compilation is not None:
        compilation.make()


_core.staged["compile"] = _compile_now


def _version(concrete, number, dims):
    """Many runs of a trace had these sizes (-1: any): a version of its code knows them."""
    from . import tiers

    graph, info = concrete.graph, concrete.info

    def make():
        try:
            plan = graph.plan(name=info["symbol"], dims=dims)
        except Exception:  # they contradict each other where the program perhaps never comes
            return
        if plan.native:
            concrete.set_version(number, plan)
            info.setdefault("versions", []).append(dims)

    tiers.aside(make)


_core.staged["hot"] = _version


def _symbol(fn):
    name = getattr(fn.python_function, "__name__", "f")
    return "".join(c if c.isalnum() else "_" for c in name)


def _call_site():
    from .staging import places

    frame = places.user_frame()
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)


# ---- shapes of one trace for many -------------------------------------------------------------------------


def _relaxed(fn, bound):
    """With reduce_retracing or a signature: the shape to trace each input with, ... for unknown rank; None when as they are.

    A size that may differ is negative. Two of them are equal where all calls so far had equal sizes: the code may then count on
    it, and a call where they differ gets a trace of its own."""
    if fn._signature is None and not fn._reduce_retracing:
        return None
    now = _leaves(fn, bound, fn._pins).inputs
    before = [c.info["inputs"] for c in fn._cache if _same_ranks(c.info["inputs"], now)]
    if fn._signature is None and not before:
        return None
    specs = None if fn._signature is None else _signature_shapes(fn)
    dims, seen = [], []  # seen: of each size of an input, what it was in each trace and is now
    for k, given in enumerate(now):
        if given.weak or (specs is not None and specs.get(given.path, ...) is ...):
            dims.append(None if given.weak else specs.get(given.path))
            seen.append(())
            continue
        sizes = [old[k].shape if old[k].sizes is None else old[k].sizes for old in before]
        seen.append(tuple(zip(*sizes, given.shape)))
        if specs is not None:
            dims.append(specs[given.path])
        else:
            dims.append(tuple(s[0] if s[0] is not None and s[0] >= 0 and len(set(s)) == 1 else None for s in seen[-1]))
    for k, given in enumerate(now):
        if given.path.endswith(".row_splits"):  # a number of rows and one more: equal to others by chance
            seen[k] = tuple([(k, axis) for axis in range(len(seen[k]))])
    return _with_symbols(dims, seen)


def _same_ranks(old, new):
    """Whether the inputs of two traces differ in sizes at most."""
    return len(old) == len(new) and all(
        a.path == b.path and a.dtype == b.dtype and a.weak == b.weak and (a.shape is None or len(a.shape) == len(b.shape))
        for a, b in zip(old, new)
    )


def _with_symbols(dims, seen):
    """The shapes with a negative number in place of each None: one number for all sizes that were seen to be equal. Where an
    input has several of them (a square matrix), only axes that broadcasting would bring together are taken for equal."""
    twice = set()
    for shape, known in zip(dims, seen):
        open_ = [s for s, d in zip(known, shape) if d is None] if known else ()
        twice.update(s for s in open_ if open_.count(s) > 1)
    symbols = {}
    found = []
    for shape, known in zip(dims, seen):
        if not known:
            found.append(shape)
            continue
        sizes = []
        for axis, (d, s) in enumerate(zip(shape, known)):
            key = (s, len(shape) - axis if s in twice else None)
            sizes.append(-1 - symbols.setdefault(key, len(symbols)) if d is None else d)
        found.append(tuple(sizes))
    return found


def _check_signature(fn):
    n = len(fn._params[0])
    if len(fn._signature) > n and not fn._params[4]:
        raise TypeError(f"input_signature has {len(fn._signature)} entries, but {fn!r} takes {n} argument{'s' if n != 1 else ''}")
    for i, entry in enumerate(fn._signature):
        if isinstance(entry, (_core.DType, type)):
            raise TypeError(
                f"input_signature takes a TensorSpec for each argument, but entry {i} is {entry!r}: write "
                f"TensorSpec(shape, dtype), with None for sizes that may differ"
            )
    leaf = len(fn._parameter_names) - len(_user_parameters(fn))  # `self` is one
    for spec in _all_leaves(fn._signature):
        if isinstance(spec, TensorSpec) and spec.shape.rank is None:
            fn._pins.add(~leaf)  # one trace for all ranks
        leaf += 1


def _signature_shapes(fn):
    shapes = {}

    def walk(spec, path):
        if isinstance(spec, TensorSpec):
            shapes[path] = ... if spec.shape.rank is None else tuple(spec.shape)
        elif isinstance(spec, (tuple, list)):
            for i, s in enumerate(spec):
                walk(s, f"{path}[{i}]")
        elif isinstance(spec, dict):
            for k, s in spec.items():
                walk(s, f"{path}[{k!r}]")
        elif records.opened(spec):
            for name, s in zip(*records.take(spec)):
                walk(s, f"{path}.{name}")

    for name, spec in zip(_user_parameters(fn), fn._signature):
        walk(spec, name)
    return shapes


def _user_parameters(fn):
    names = fn._parameter_names
    return names[1:] if names and names[0] == "self" and len(names) > len(fn._signature) else names


def _apply_signature(fn, bound):
    """Casts and checks bound arguments; the C call goes on with what this returns."""
    names = fn._parameter_names
    skip = len(names) - len(_user_parameters(fn))
    out = list(bound)
    for i, spec in enumerate(fn._signature):
        if skip + i < len(out):
            out[skip + i] = _fit(bound[skip + i], spec, names[skip + i])
    return tuple(out)


def _fit(value, spec, path):
    if isinstance(spec, TensorSpec):
        return value if spec.lends(value) else spec.fit(value, path)
    if isinstance(spec, (tuple, list)) and isinstance(value, (tuple, list)) and len(spec) == len(value):
        return type(value)([_fit(v, s, f"{path}[{i}]") for i, (v, s) in enumerate(zip(value, spec))])
    if isinstance(spec, dict) and isinstance(value, dict) and set(spec) == set(value):
        return {k: _fit(v, spec[k], f"{path}[{k!r}]") for k, v in value.items()}
    if type(spec) is type(value) and records.opened(spec) and records.opened(value):
        names, parts = records.take(value)
        return records.make(type(spec), names, [_fit(v, getattr(spec, name), f"{path}.{name}") for name, v in zip(names, parts)])
    if spec == value:
        return value
    raise TypeError(f"argument {path!r} does not fit the input signature: expected {spec}, got {value!r}")


# ---- concrete functions -------------------------------------------------------------------------------------


Memory = collections.namedtuple("Memory", ("bytes", "exact", "text"))


def _get_concrete_function(self, *args, **kwargs):
    """The trace for these arguments of the method; see `Function`. With an input signature, no arguments are needed."""
    function = self.__func__
    if function._signature is not None and not args and not kwargs:
        args = function._signature
    return function.get_concrete_function(self.__self__, *args, **kwargs)


def _explain(self, *args, **kwargs):
    """What was traced and why, of the function for all instances; with arguments, each line of such a call. See `Function`."""
    return self.__func__.explain(self.__self__, *args, **kwargs) if args or kwargs else self.__func__.explain()


def _signature(self):
    found = self.__func__._inspect
    return found.replace(parameters=[*found.parameters.values()][1:])


def _copied(self, memo):
    import copy

    return _core.Method(self.__func__, copy.deepcopy(self.__self__, memo))


_METHODS = {
    "get_concrete_function": _get_concrete_function,
    "explain": _explain,
    "__signature__": property(_signature),
    "__reduce__": lambda self: (getattr, (self.__self__, self.__func__.__name__)),
    "__copy__": lambda self: self,
    "__deepcopy__": _copied,
}
for _name, _method in _METHODS.items():
    setattr(_core.Method, _name, _method)


class ConcreteFunction:
    """One trace of a function: callable with arguments of its signature."""

    def __init__(self, fn, concrete, bound, pins):
        self._fn, self._concrete, self._bound, self._pins = fn, concrete, bound, pins
        self._general = None
        paths = [i.path for i in concrete.info["inputs"]]
        self._open = {n for n in fn._parameter_names if any(p == n or p.startswith((f"{n}[", f"{n}.")) for p in paths)}
        self.graph = concrete.graph
        self.structured_outputs = concrete.info["structured"]
        self.outputs = concrete.info["outputs"]
        self.inputs = [op.outputs[0] for op in self.graph.get_operations() if op.type == "Placeholder"]
        self.name = getattr(fn.python_function, "__name__", "f")

    @property
    def structured_input_signature(self):
        specs = [TensorSpec(i.shape, i.dtype, i.path) for i in self._concrete.info["inputs"]]
        return (tuple(specs), {})

    @property
    def plan(self):
        return self._concrete.plan

    def memory(self, *shapes):
        """What a run of the compiled code needs, told before it runs: a Memory(bytes, exact, text).

        bytes: the most that tensors made by a run hold at once, results included; arguments, constants and what a
        kernel (a sort, a matrix product) uses meanwhile are not counted. None when a size is known only at run time.
        exact: False when there are branches, loops, memory of each thread or kernels that may write into an operand:
        no run takes more then.
        text: what is alive at that moment, a line each, the largest first; unknown dimensions stand as s1, s2.
        shapes: of the arguments, where the trace leaves dimensions open.

        >>> import autograph as ag
        >>> f = ag.function(lambda x: ag.exp(x) @ x)
        >>> f.get_concrete_function(ag.TensorSpec([100, 100], "float32")).memory().bytes
        80000
        """
        found, exact, text = self.graph.optimize().memory(shapes)
        return Memory(None if found < 0 else found, exact, text)

    @property
    def peak_memory(self):
        """memory().bytes: bytes that a run needs at most beside its arguments; None when only the run knows."""
        return self.memory().bytes

    @property
    def runs_as_python(self):
        """Why, and at which line of the user's; None where the trace is a graph."""
        why = self._concrete.info["python"]
        return why and "".join(why[:2])

    def pretty_printed_signature(self, verbose=True):
        return self._concrete.info["signature"]

    def __call__(self, *args, **kwargs):
        from . import tracing
        from .staging import lent

        fn = self._fn
        specs = self._concrete.info["inputs"]
        names = [n for n in fn._parameter_names]
        free = [n for n in names if n in self._open]
        order = names if len(args) > len(free) else free
        if len(args) > len(order):
            raise TypeError(f"{self.name} takes {len(order)} arguments, {len(args)} were given")
        given = dict(zip(order, args))
        for name in kwargs:
            if name not in names or name in given:
                raise TypeError(f"{self.name}: {'more than one value for' if name in given else 'no'} argument {name!r}")
        given.update(kwargs)
        bound = []
        for name, old in zip(names, self._bound):
            if name in self._open and name not in given and not scalars.is_python_number(old):
                raise TypeError(f"{self.name}: argument {name!r} is missing")
            value = given.get(name, old)
            if name not in self._open and not _same_static(value, old):
                raise ValueError(
                    f"{self.name}: argument {name!r} is {old!r} for good in this trace, but {value!r} was given; "
                    f"leave it out, or call the function itself"
                )
            bound.append(value)
        if self._concrete.info.get("state"):
            return self._concrete.info["state"](*bound)
        if self._concrete.info["python"]:
            positional, keywords = fn._split_bound(bound)
            return _python_result(fn.python_function(*positional, **keywords))
        leaves = tracing.Leaves(self._pins, fn._all_static)
        values = []
        for v, name in zip(bound, names):
            leaves.walk(v, name, lambda spec, value: values.append(value))
        if len(values) != len(specs):
            raise TypeError(f"{self.name}: the arguments have {len(values)} tensors, the trace has {len(specs)}")
        inputs = []
        for value, spec, got, leaf in zip(values, specs, leaves.inputs, leaves.ordinals):
            if got.is_array and leaf in self._concrete.info["written"]:
                raise lent.Lender(spec.path, type(value), ()).refusal("item assignment to")
            if not spec.weak:
                value = TensorSpec(spec.shape, spec.dtype, spec.path).fit(value, spec.path)
            elif spec.is_list != got.is_list or (spec.is_list and spec.dtype != got.dtype):
                raise TypeError(f"argument {spec.path!r} must be a {spec.text()}, as in the trace, not a {got.text()}")
            elif not got.weak:
                raise TypeError(f"argument {spec.path!r} must be a Python number, as in the trace, not {got.text()}")
            inputs.append(value)
        if _core.current_graph() is not None:  # the trace around it takes the body in
            given, leaves = iter(inputs), tracing.Leaves(self._pins, fn._all_static)
            bound = [leaves.walk(v, name, lambda *_: next(given)) for v, name in zip(bound, names)]
            positional, keywords = fn._split_bound(bound)
            return fn._callee()(*positional, **keywords)
        return self._serving(inputs).run(inputs)

    def _serving(self, inputs):
        """The trace itself, or, where it takes sizes for equal that these inputs have unequal, one of the same signature that
        does not."""
        sizes = {}
        specs = self._concrete.info["inputs"]
        alike = all(
            n < 0 <= m and sizes.setdefault(n, m) == m or n >= 0
            for spec, value in zip(specs, inputs)
            for n, m in zip(spec.sizes or (), tuple(value.shape) if spec.sizes else ())
        )
        if alike:
            return self._concrete
        if self._general is None:
            dims = [None if i.weak else ... if i.shape is None else i.shape for i in specs]
            self._general = _with_pins(self._fn, self._pins, tuple(self._bound), dims)
        return self._general

    def __repr__(self):
        return f"<ConcreteFunction {self._concrete.info['signature']}>"


def _with_pins(fn, pins, bound, dims):
    """A trace of its own for these arguments and shapes, which the function's calls do not use."""
    with _trace_lock:
        saved = set(fn._pins)
        fn._pins.clear()
        fn._pins.update(pins)
        try:
            return fn.make(bound, _make(fn, bound, lambda fn, bound: dims))
        finally:
            fn._pins.clear()
            fn._pins.update(saved)


def _same_static(a, b):
    """Whether a value stands for one that was baked in; values that cannot be compared must be the same object."""
    if a is b:
        return True
    try:
        return type(a) is type(b) and bool(a == b)
    except (TypeError, ValueError):
        return False


def _concrete_from_specs(fn, bound):
    """Traces with TensorSpecs in place of tensors; Python numbers are baked in, as in TensorFlow."""
    has_spec = any(isinstance(x, TensorSpec) for x in _all_leaves(bound))
    if not has_spec:
        if fn._checker is not None:
            bound = fn._checker(bound)
        concrete = fn.lookup(tuple(bound))
        return ConcreteFunction(fn, concrete, bound, frozenset(fn._pins))
    dims = []

    def stand_in(x):
        if isinstance(x, TensorSpec):
            dims.append(... if x.shape.rank is None else tuple(x.shape))
            return x.example()
        if scalars.is_python_number(x):
            return x
        if isinstance(x, Tensor) or _core.describe(x) is not None:
            dims.append(None)
        return x

    example = tuple(_map_leaves(stand_in, v) for v in bound)
    with _trace_lock:
        saved = set(fn._pins)
        apart = set(_leaves(fn, example, set()).vectors)
        leaves = _leaves(fn, example, apart)
        fn._pins.update(apart, [o for o, i in zip(leaves.ordinals, leaves.inputs) if i.weak])
        try:
            concrete = fn.make(example, _make(fn, example, lambda fn, bound: dims))
            pins = frozenset(fn._pins)
        finally:
            fn._pins.clear()
            fn._pins.update(saved)
    return ConcreteFunction(fn, concrete, bound, pins)


def _leaves(fn, bound, pins):
    """The leaves of bound arguments, where these are pinned."""
    from . import tracing

    leaves = tracing.Leaves(pins, fn._all_static)
    for v, name in zip(bound, fn._parameter_names):
        leaves.walk(v, name, lambda spec, value: value)
    return leaves


def _all_leaves(value):
    if isinstance(value, (tuple, list)):
        for v in value:
            yield from _all_leaves(v)
    elif isinstance(value, dict):
        for v in value.values():
            yield from _all_leaves(v)
    elif records.opened(value):
        yield value  # which counts among the leaves (ext/key.c)
        for v in records.take(value)[1]:
            yield from _all_leaves(v)
    else:
        yield value


def _map_leaves(fn, value):
    if isinstance(value, (tuple, list)):
        items = [_map_leaves(fn, v) for v in value]
        return type(value)(*items) if hasattr(type(value), "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {k: _map_leaves(fn, v) for k, v in value.items()}
    if records.opened(value):
        names, parts = records.take(value)
        return records.make(type(value), names, [_map_leaves(fn, v) for v in parts])
    return fn(value)


# ---- configuration --------------------------------------------------------------------------------------------


def run_functions_eagerly(run_eagerly):
    """With True, decorated functions run as plain Python on eager tensors: for debugging."""
    _core.set_run_eagerly(bool(run_eagerly))


def functions_run_eagerly():
    """Whether `run_functions_eagerly(True)` is in force."""
    return _core.get_run_eagerly()


_core.staged.update(trace=_trace, inline=_inline, misfit=_misfit, python_result=_python_result, fall_back=_fall_back)
