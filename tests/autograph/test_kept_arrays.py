"""Which array is which after a call: what a function keeps of its arguments, or leaves in two places, is one array or a view as in plain Python.

Each program runs plainly, interpreted and compiled, several times on one object. Afterwards all arrays in reach are compared in pairs:
whether they are one, and whether they share memory.
"""

import collections
import dataclasses
import itertools
import linecache
import re
import warnings

import numpy as np
import pytest
from modes import interpreted

import autograph as ag

HEAD = """
class P:
    pass
@dataclasses.dataclass
class D:
    a: object = None
    b: object = None
HELD = [None]
class K:
    def __init__(self):
        self.a, self.b, self.c = np.zeros(4), np.ones(4), None
        self.log, self.d, self.q = [], {}, collections.deque(maxlen=2)
        self.score = 0.0
"""

PROGRAMS = """
self.a = m
self.a = m[1]
self.a = m[-1]
self.a = m[i]
self.a = m[:, 0]
self.a = m[:, i]
self.a = m[i][::-1]
self.a = m[...]
self.a = m[:]
self.a = v[:]
self.a = v[0:]
self.a = m[::2]
self.a = m[1:, 1:3]
self.a = m[..., 1]
self.a = m[None]
self.a = m.T
self.a = m.T[1]
self.a = m.reshape(-1)
self.a = m.reshape(2, -1)
self.a = m.ravel()
self.a = np.flip(m)
self.a = np.squeeze(m[:, None], 1)
self.a = np.expand_dims(m, 0)
self.a = np.asarray(m)
self.a = m.real
self.a = m.copy()
self.a = m[[0, 1]]
self.a = m[m[:, 0] > 2]
self.a = m + 0
self.a = m.astype(float)
self.a = v[1:]; self.b = m[1:]
self.a = v; self.b = v
self.a = v; self.b = v[1:]
self.a, self.b = self.b, self.a
self.a, self.b = self.b, v
self.a, self.b = v, self.a
self.c = m, m[0]
self.c = [m, m[0]]
self.c = {'x': m, 'y': m[0]}
self.c = [v * 2, v]
self.c = [self.a, v]
self.d['x'] = m
self.d['x'] = m[i]
self.d['x'] = self.a
self.log.append(m)
self.log.append(m[0])
self.log.append(v * 2)
self.log.append(v); n = len(self.log); return n
self.log.extend([v, m[1]])
self.log.insert(0, v)
self.log += [v]
self.log = self.log + [v]
self.log = [*self.log[-1:], m[1]]
self.q.append(v)
HELD[0] = v
HELD[0] = m[1]
p = P(); p.x = m[1]; p.y = v * 2; self.c = p
p = P(); p.x = v * 2; p.y = p.x; self.c = p
self.c = D(m, v[1:])
w = v * 2; self.c = D(w, w)
w = v * 2; self.a = w; self.b = w
w = v * 2; self.a = w; self.b = w[1:]
w = v * 2; self.a = w[:2]; self.b = w[1:]
w = v * 2; self.a = [w]; self.b = w
w = v * 2; self.c = {'x': w}; self.b = [w, w]
w = np.array(v * 2); self.a = w; self.b = w
w = np.array(v * 2); self.a = w; self.b = w[1:]
w = np.array(v * 2); self.a = [w]; self.b = w
w = np.zeros(4); w[1] = v[1]; self.a = w; self.b = w
if v[0] > 1: self.a = v
if v[0] < 1: self.a = v
if v[0] > 1: self.c = v
if v[0] < 1: self.c = v
if v[0] > 1: self.a = m[1]
if v[0] > 1: self.a = m[i]
if v[0] > 1: self.a = self.b
if v[0] > 1: self.a = v * 2; self.b = self.a
if v[0] < 1: self.a = v * 2; self.b = self.a
self.a = v * 2 if v[0] > 1 else v; self.b = self.a
self.a = v if v[0] > 1 else self.b
self.a = v * 2; self.b = self.a if v[0] > 1 else v * 3
self.a = v * 2; self.b = self.a if v[0] < 1 else v * 3
w = v * 2; u = v * 3; self.a = w if v[0] > 1 else u; self.b = u if v[0] > 1 else w
w = v * 2; u = v * 3; self.a = w if v[0] > 1 else u; self.b = u
w = v if v[0] > 1 else v * 2; self.a = w[1:]
w = v if v[0] < 1 else v * 2; self.a = w[1:]
w = v * 2 if v[0] > 1 else v * 3; self.a = w; self.b = w[1:]
self.a = v if v[0] > 1 else v[::-1]
self.a = m[0] if v[0] > 9 else m[1] if v[0] > 1 else m[2]
if v.sum() > self.score: self.score = float(v.sum()); self.c = v
for k in range(n): self.a = v
for k in range(n): self.a = m[k]
for k in range(n): self.a = self.a * 2; self.b = self.a
for k in range(n): self.b = self.a; self.a = self.a * 2
for k in range(n): self.a, self.b = self.b, self.a
for k in range(n): self.a, self.b = self.b, self.a * 2 + self.b
for k in range(n): self.log.append(v)
for k in range(n): self.log.append(v * k)
for r in m: self.a = r
for r in m: self.log.append(r)
w = v; u = v * 1; self.a = u; self.b = w
while n > 0: n -= 1; self.a = v * n; self.b = self.a
w = [r for r in m]; self.c = w[0]
self.c = [r for r in m]
self.c = max(m, key=lambda r: r[0])
self.a = np.where(v > 1, v, 0); self.b = self.a
keep = lambda x: setattr(self, 'a', x); keep(m[1])
setattr(self, 'a', m[1])
self.__dict__['a'] = v
self.a += v; self.b = self.a
self.a[1] = v[1]; self.b = self.a
self.b = self.a; self.a[1] = v[1]
self.a = v; self.a = self.a[1:]
self.c = np.broadcast_to(v, (2, 4))
self.c = np.diagonal(m)
self.c = np.imag(m)
self.c = np.einsum('ij->ji', m)
self.c = np.split(m, [1])[1]
self.c = np.lib.stride_tricks.sliding_window_view(v, 2)
self.c = np.where(v > 0, self.a, v)
self.c = np.maximum(v, v)
self.c = np.floor(v)
self.c = np.floor(v.astype(int)); self.a = v
k = np.array([i, n]); self.a = k; self.b = np.floor(k)
self.c = v > 0; self.a = v
self.c = +v
self.c = abs(v)
self.c = np.array(v, copy=False)
self.c = np.nan_to_num(v)
self.c = np.round(v)
self.c = v.astype(float, copy=False)
self.c = v.clip(0, 9)
self.c = v.squeeze()
self.c = np.atleast_1d(v)
self.c = np.concatenate([v])
self.c = np.conj(v); self.a = self.c
self.c = v.conj()
self.c = v.sum(); self.a = v / (self.c + 1)
self.a = v.view()
return v
self.a = v; return v, self.a
self.c = [v]; return self.c
self.c = P(); self.c.x = v * 2; return self.c
""".strip().splitlines()

WHOLE = re.compile(r"\[(:|\.\.\.)\]|view\(\)")  # what shows a whole array as it is, is the array itself here


def made(program, decorate):
    body = "\n".join("        " + part for part in _statements(program))
    text = f"{HEAD}    def f(self, m, v, i, n):\n{body}\n"
    file = f"<{program}>"
    linecache.cache[file] = len(text), None, text.splitlines(True), file
    names = {"__name__": "kept", "np": np, "collections": collections, "dataclasses": dataclasses}
    exec(compile(text, file, "exec"), names)
    names["K"].f = decorate(names["K"].f)
    return names


def _statements(program):
    """Its lines: what follows the colon of an `if` or loop is its body."""
    head, colon, rest = program.partition(": ")
    if colon and head.split()[0] in ("if", "for", "while"):
        return [head + ":", *["    " + part for part in rest.split("; ")]]
    return program.split("; ")


def arrays_in(name, value, seen):
    if isinstance(value, np.ndarray):
        yield name, value
    elif isinstance(value, ag.Tensor):
        raise AssertionError(f"{name} holds {value!r}")
    elif id(value) not in seen:
        seen.add(id(value))
        if isinstance(value, dict):
            parts = [(f"{name}[{k!r}]", v) for k, v in value.items()]
        elif isinstance(value, (list, tuple, collections.deque)):
            parts = [(f"{name}[{k}]", v) for k, v in enumerate(value)]
        else:
            parts = [(f"{name}.{k}", v) for k, v in getattr(value, "__dict__", {}).items()]
        for part in parts:
            yield from arrays_in(*part, seen)


def outcome(program, decorate, given):
    """What the arrays hold, and how each pair is related, after three calls."""
    names = made(program, decorate)
    k, found = names["K"](), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for args in given():
            try:
                k.f(*args)
            except Exception as e:
                found.append(("raised", type(e), str(e)))
            found += arrays_in("args", args[:2], set())
    arrays = [one for one in found if one[0] != "raised"] + [*arrays_in("self", k, set()), *arrays_in("HELD", names["HELD"], set())]
    related = [
        (a, b, x is y and not WHOLE.search(program)) for (a, x), (b, y) in itertools.combinations(arrays, 2) if np.shares_memory(x, y)
    ]
    return [one for one in found if one[0] == "raised"], [(name, x.dtype, x.tolist()) for name, x in arrays], related


def contiguous():
    for n in (0, 1, 3):
        yield np.arange(12.0).reshape(3, 4) + n, np.arange(4.0) + n, n % 3, n


def strided():
    for n in (2, 0, 1):
        yield (np.arange(48.0).reshape(8, 6) + n)[1:7:2, ::-1][:, :4], np.arange(12.0)[n::2][:4], n, n


def one_array():
    m = np.arange(16.0).reshape(4, 4)
    for n in (0, 2):
        yield m, m[n], n, n


def equal():
    for n in (0, 2):
        yield np.zeros((3, 4)), np.zeros(4), n, n


@pytest.mark.parametrize("given", [contiguous, strided, one_array, equal])
@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_kept_is_what_plain_python_keeps(program, given):
    want = outcome(program, lambda f: f, given)
    with interpreted():
        assert outcome(program, ag.function, given) == want
    assert outcome(program, ag.function, given) == want


NATIVE = [p for p in PROGRAMS if p.startswith(("self.a = m[", "if v[0]", "w = v * 2;", "self.a = v")) and "np." not in p]


@pytest.mark.parametrize("program", [p for p in NATIVE if "m[m" not in p and "m[2]" not in p and "= m[i]" not in p[9:] and "return" not in p])
def test_these_need_no_plain_call(program):
    names = made(program, ag.function)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for args in contiguous():
            k = names["K"]()
            k.f(*args)


class Beside:
    def __init__(self):
        self.a, self.b, self.log = None, None, []

    def a_part(self, x, t):
        self.a = x[1]
        return t * 2

    def of_a_loop(self, x, t):
        for r in x:
            self.a = r
        return t * 2

    def put(self, x, t):
        self.log.append(x)
        return t * 2

    def of_a_diagonal(self, x, t):
        self.a = np.diagonal(x)
        self.b = x[::-1]
        return t * 2

    def array_and_argument(self, x, t):
        self.a, self.b = np.array(x), np.asarray(x)
        return t * 2


def test_beside_tensors_a_warning_says_that_a_copy_is_kept():
    x, one = np.arange(6.0).reshape(2, 3), Beside()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ag.function(Beside.a_part)(one, x, ag.constant(1.0))
    assert np.shares_memory(one.a, x) and one.a.tolist() == [3.0, 4.0, 5.0]
    one = Beside()
    with pytest.warns(UserWarning, match="Beside.a is left with the array 'x', or a part of it, .* so with a copy of it"):
        ag.function(Beside.of_a_loop)(one, x, ag.constant(1.0))
    with pytest.warns(UserWarning, match="this list is older than the call and gets the array 'x'"):
        ag.function(Beside.put)(one, x, ag.constant(1.0))
    x[:] = 0
    assert np.asarray(one.a).tolist() == [3.0, 4.0, 5.0] and np.asarray(one.log[0]).tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]


def test_beside_tensors_a_diagonal_is_of_the_argument():
    x, one = np.arange(6.0).reshape(2, 3), Beside()
    with pytest.warns(UserWarning, match="Beside.a is left with the array 'x', or a part of it, .* so with a copy of it"):
        ag.function(Beside.of_a_diagonal)(one, x, ag.constant(1.0))

    def write(x, t):
        d = np.diagonal(x)
        d[0] = 5.0
        return t * 2

    with pytest.raises(ValueError, match="assignment destination is read-only"):
        ag.function(write)(x, ag.constant(1.0))


def test_beside_tensors_a_copy_and_the_argument_are_two():
    x, one = np.arange(6.0).reshape(2, 3), Beside()
    one.a, one.b = np.zeros((2, 3)), np.zeros((2, 3))
    ag.function(Beside.array_and_argument)(one, x, ag.constant(1.0))
    assert np.shares_memory(one.b, x) and not np.shares_memory(one.a, x)


def test_a_computed_array_takes_the_place_of_a_view_with_the_same_elements():
    class Held:
        pass

    def renew(self):
        self.a = self.a + 0

    for make in (ag.function, lambda f: f):
        one, m = Held(), np.arange(6.0).reshape(2, 3)
        one.a = m[1]
        make(renew)(one)
        assert not np.shares_memory(one.a, m)
