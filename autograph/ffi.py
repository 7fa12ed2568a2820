"""ag.ffi: C functions of shared libraries as operations.

    libm = ag.ffi.Library("libm.so.6")
    hypot = libm.elementwise("hypot", [ag.float64, ag.float64], ag.float64)

`elementwise` takes a function of numbers and calls it for each element of broadcast operands. `function` takes one of
whole buffers and calls it once, at its place in the order of effects. Interpreted, libffi makes the call; compiled code
calls as C would, from inside its loops.

A declaration is believed: C carries no types to compare it with, and a function that writes past the end of an array does
so here too. A library stays loaded while the process lives.
"""

import os

from . import _core, api

__all__ = ["Function", "Library", "array", "callback", "output", "update"]

Tensor = _core.Tensor
_VALUE, _READ, _UPDATE, _CLOSURE = range(4)  # FOREIGN PASSING: include/ag/foreign.h


class _Parameter:
    """How an argument is passed, if it is not a number by value."""

    __slots__ = ("dtype", "like", "passing", "shape", "signature")

    def __init__(self, passing, dtype=None, signature=None, like=None, shape=None):
        self.passing, self.dtype, self.signature = passing, dtype, signature
        self.like, self.shape = like, shape

    @property
    def is_output(self):
        """Whether it is made here, not given by the caller."""
        return self.like is not None or self.shape is not None

    def declared(self):
        return (self.passing, self.signature if self.passing == _CLOSURE else self.dtype)


def array(dtype):
    """`const T *`: the elements of an argument of this dtype and any shape, in C order. The function must not write them."""
    return _Parameter(_READ, _core.as_dtype(dtype))


def update(dtype):
    """`T *`: a copy of an argument's elements, which the function may change; the changed array is a result.

    The argument itself stays as it is. No copy is made where nothing else can see it."""
    return _Parameter(_UPDATE, _core.as_dtype(dtype))


def output(dtype, *, like=None, shape=None):
    """`T *`: a new array of zeros for the function to fill, which is a result. The caller does not pass it.

    like: the number of the argument whose shape it has, counting what the caller passes from 0.
    shape: or its shape: ints, or a function of the caller's arguments that returns them."""
    if (like is None) == (shape is None):
        raise TypeError("ffi.output: give either like= or shape=")
    if like is not None and (not isinstance(like, int) or like < 0):
        raise TypeError(f"ffi.output: like is the number of an argument, not {like!r}")
    return _Parameter(_UPDATE, _core.as_dtype(dtype), like=like, shape=shape)


def callback(arguments, result=None):
    """`R (*f)(T, …)`: the argument is a Python function, which C may call until its own function returns.

    arguments: dtypes of numbers. result: a dtype, or None for void. What the Python function raises comes out of the
    call; until then C gets zeros from it."""
    arguments = tuple(_core.as_dtype(t) for t in arguments)
    return _Parameter(_CLOSURE, signature=(_dtype_or_none(result), arguments))


class Library:
    """A shared library.

    path: as the system's loader takes it ("libm.so.6", "./libblur.so"); None is what the process has loaded already."""

    def __init__(self, path=None):
        try:
            self.path = None if path is None else os.fspath(path)
        except TypeError:
            raise TypeError(
                f"ffi.Library takes the name or path of a shared library, such as 'libm.so.6', not {path!r}"
            ) from None
        _core.foreign_open(self.path)

    def __repr__(self):
        return f"ag.ffi.Library({self.path!r})"

    def elementwise(self, symbol, arguments, result):
        """The C function `symbol` of numbers as an operation on arrays that broadcast.

        arguments: 1 to 8 dtypes (bool, integers, float32, float64); result: a dtype. The function must be pure: it may
        be called in any order, on any thread, once for equal arguments. On Python numbers it gives a Python number."""
        arguments = [_core.as_dtype(t) for t in arguments]
        if not 1 <= len(arguments) <= 8:
            raise ValueError(f"{symbol}: elementwise takes 1 to 8 arguments, not {len(arguments)}")
        if result is None:
            raise TypeError(f"{symbol}: an elementwise function has a result")
        return _Elementwise(self.path, symbol, [_Parameter(_VALUE, t) for t in arguments], result)

    def function(self, symbol, arguments, result=None):
        """The C function `symbol` as an operation with effects: called once, in the order of the program.

        arguments: for each of up to 16 parameters a dtype (a number by value) or `array`, `update`, `output`, `callback`.
        result: a dtype, or None for void.
        A call returns the result, then what `update` and `output` parameters hold, in their order: nothing, one, or a
        tuple."""
        return Function(self.path, symbol, [_parameter(symbol, a) for a in arguments], result)


def _dtype_or_none(t):
    return None if t is None else _core.as_dtype(t)


def _parameter(symbol, a):
    if isinstance(a, _Parameter):
        return a
    try:
        return _Parameter(_VALUE, _core.as_dtype(a))
    except TypeError:
        raise TypeError(
            f"{symbol}: {a!r} is no parameter: give a dtype, ffi.array, ffi.update, ffi.output or ffi.callback"
        ) from None


class Function:
    """A C function that takes numbers, buffers and Python functions. Made by Library.function."""

    def __init__(self, library, symbol, parameters, result):
        self.__name__ = self.__qualname__ = symbol
        self.library, self.symbol, self._parameters = library, symbol, parameters
        self.result = _dtype_or_none(result)
        self._given = [p for p in parameters if not p.is_output]
        for p in parameters:
            if p.like is not None and p.like >= len(self._given):
                raise ValueError(
                    f"{symbol}: like={p.like}, but the caller passes {len(self._given)} arguments, counted from 0"
                )
        declared = tuple(p.declared() for p in parameters)
        self._number = _core.foreign_add(library, symbol, declared, self.result)

    def __repr__(self):
        return f"<C function {self.symbol} of {self.library or 'this process'}>"

    def __reduce__(self):
        return type(self), (self.library, self.symbol, self._parameters, self.result)

    def __call__(self, *args):
        self._count(args)
        inputs, closures, given = [], [], iter(range(len(args)))
        tensors = [
            a if p.passing == _CLOSURE else _operand(self.symbol, i, a, p)
            for i, (a, p) in enumerate(zip(args, self._given, strict=True))
        ]
        for p in self._parameters:
            if p.is_output:
                inputs.append(_made(p, args, tensors))
                continue
            at = next(given)
            if p.passing == _CLOSURE:
                closures.append(_closure(self.symbol, at, args[at], p))
            else:
                inputs.append(tensors[at])
        return self._call(inputs, closures)

    def _count(self, args):
        if len(args) != len(self._given):
            raise TypeError(
                f"{self.symbol}() takes {len(self._given)} arguments, {len(args)} were given"
            )

    def _call(self, inputs, closures):
        graph = _core.current_graph()
        if graph is not None:
            for c in closures:
                graph.add_site(c)  # lives as long as the code that has its address
        attrs = {"site": self._number, "text": self.symbol, "dtype": self.result}
        attrs["params"] = tuple(p.passing for p in self._parameters)
        if closures:
            attrs["closures"] = tuple(c.address for c in closures)
        out = _core.op("FOREIGN_CALL", inputs, attrs)
        return out[0] if out is not None and len(out) == 1 else out


class _Elementwise(Function):
    """A C function of numbers, for each element. Made by Library.elementwise."""

    def __call__(self, *args):
        self._count(args)
        plain = all(type(a) in (bool, int, float) for a in args)
        pairs = enumerate(zip(args, self._parameters, strict=True))
        inputs = [_operand(self.symbol, i, a, p) for i, (a, p) in pairs]
        weak = self.result.name in ("int64", "float64") and all(_is_number(a) for a in args)
        attrs = {"site": self._number, "text": self.symbol, "dtype": self.result, "weak": weak}
        out = _core.op("FOREIGN_MAP", inputs, attrs)
        return out.numpy().item() if plain and not out.is_symbolic else out


def _is_number(a):
    return (
        type(a) in (int, float)
        or isinstance(a, Tensor)
        and a.weak
        or getattr(a, "weak", False) is True
    )


def _operand(symbol, i, a, p):
    """Argument i as a tensor of the declared dtype. Numbers become it when nothing is lost; arrays have it already."""
    wanted, given = p.dtype, a
    if not isinstance(a, Tensor):
        plain = isinstance(a, (bool, int, float, list, tuple)) and not hasattr(a, "shape")
        if isinstance(a, float) and "float" not in wanted.name and "complex" not in wanted.name:
            raise TypeError(
                f"{symbol}: argument {i} is {a!r}, and the C function takes a {wanted.name}: pass an int"
            )
        try:
            a = _core.convert(a, wanted) if plain else _core.convert(a)
        except (TypeError, ValueError):
            raise _refused(symbol, i, a, wanted, "pass a number or an array") from None
        if a.dtype.name == "string":
            raise _refused(symbol, i, given, wanted, "convert a text with float() or int()")
    if a.weak and a.dtype != wanted:
        a = _number(symbol, i, a, wanted)
    if a.dtype != wanted:
        raise TypeError(
            f"{symbol}: argument {i} is a {a.dtype.name} tensor, and the C function takes {wanted.name}: "
            f"convert it with ag.cast(x, ag.{wanted.name})"
        )
    return a


def _refused(symbol, i, a, wanted, cure):
    return TypeError(f"{symbol}: argument {i} is {a!r}, and the C function takes {wanted.name}: {cure}")


def _number(symbol, i, a, wanted):
    if "float" in wanted.name:
        return _core.cast(a, wanted)
    if a.dtype.name == "int64" and "int" in wanted.name:
        return _core.op("PYFIT", [a], {"dtype": wanted})
    raise TypeError(
        f"{symbol}: argument {i} is a Python {'float' if a.dtype.name == 'float64' else 'int'}, and the C function takes a {wanted.name}"
    )


def _made(p, args, tensors):
    if p.like is not None:
        return api.zeros(api.shape(tensors[p.like]), p.dtype)
    return api.zeros(p.shape(*args) if callable(p.shape) else p.shape, p.dtype)


def _closure(symbol, i, function, p):
    if not callable(function):
        raise TypeError(
            f"{symbol}: argument {i} is {function!r}, and the C function takes a function to call"
        )
    return _core.foreign_closure(p.signature, function)
