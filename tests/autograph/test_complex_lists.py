"""Complex numbers in lists that grow: a column of the real and one of the imaginary parts (staging/rows.py)."""

import numpy as np
import pytest
from modes import same

import autograph as ag


def appended(n, x):
    l = []
    for k in range(n):
        l.append(complex(k, x))
    return l


def powers_of_i(n, x):
    l = [1j]
    z = complex(x, 1)
    for k in range(n):
        l.append(z)
        z = z * 1j + k
    return l, len(l), l[0], l[-1]


def operations(n, x):
    l = [2j, complex(x, 1)]
    for k in range(n):
        l.append(complex(k, x))
    a = l.pop()
    l.insert(1, a + 1)
    l[0] = a
    l.extend([1j, a])
    del l[1]
    m = l[1:3]
    l.reverse()
    c = l.count(a), l.index(a), a in l, 5j in l
    l.remove(a)
    return l, m, c, m == l, l + m, l * 2, l.copy()


def looped_over(n, x):
    l = []
    for k in range(n):
        l.append(complex(k, x))
    s = 0j
    for z in l:
        s += z * z
    return s, sum(l, 0j), [abs(z) for z in l], [z.real for z in l]


def summed(n, x):
    l = []
    for k in range(n):
        l.append(complex(k, x))
    return sum(l)


def in_tuples(n, x):
    l = []
    for k in range(n):
        l.append((k, complex(k, x), 1j))
    return l, [z for _, z, _ in l]


def among_numbers(n, x):
    l = [0, 2.5]
    for k in range(n):
        l.append(complex(k, x))
    return l, l[0], l[-1]


def sorted_without_a_key(n, x):
    l = []
    for k in range(n):
        l.append(complex(k, x))
    return sorted(l)


def greatest(n, x):
    l = []
    for k in range(n):
        l.append(complex(k, x))
    return max(l)


def sorted_by_a_key(n, x):
    l = []
    for k in range(n):
        l.append(complex(-k, x))
    return sorted(l, key=lambda z: z.real), max(l, key=abs)


def transformed(n, x):
    l = [complex(k * x, -k) for k in range(n)]
    out = []
    for a in range(n):
        s = 0j
        for b in range(n):
            s += l[b] * complex(a, b)
        out.append(s)
    return out


def indexed(n, x):
    l = []
    for k in range(n):
        l.append(complex(k, x))
    return l[n // 2]


def grown_in_a_branch(n, x):
    l = [1j]
    if n > 2:
        l.append(complex(x, n))
    elif n > 0:
        l[0] = complex(n, 1)
    print(l)
    return l


def in_lists_of_lists(n, x):
    l = []
    for k in range(n):
        m = []
        for j in range(k):
            m.append(complex(j, x))
        l.append(m)
    return l


def as_conditions(n, x):
    l = []
    for k in range(n):
        l.append(complex(k, x))
    c = 0
    for z in l:
        if z:
            c += 1
    return c, any(l), all(l), [z == 1 for z in l], l.index(1) if n > 3 and x == 0 else -1


PROGRAMS = [
    appended, powers_of_i, operations, looped_over, summed, in_tuples, among_numbers,
    sorted_without_a_key, greatest, sorted_by_a_key, transformed, indexed, grown_in_a_branch,
    in_lists_of_lists, as_conditions,
]  # fmt: skip
CASES = [(3, 2.5), (0, 1.5), (1, 0.0), (5, float("inf")), (4, 0.0)]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_a_list_of_complex_numbers(program):
    compiled = same(program, *CASES)
    if program not in (sorted_without_a_key, greatest):  # which are errors
        assert (
            "native code" in compiled.explain() and compiled.experimental_get_tracing_count() == 1
        )


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_beside_an_array(program):
    def beside(v, n):
        return program(n, v[0]), v + 1

    same(beside, (np.array([2.5, 1]), 3), (np.array([0.0, 1]), 5))


def test_as_an_array():
    def stacked(n, x):
        return np.array(appended(n, x)) * 2

    assert ag.function(stacked)(4, 1.5).numpy().tolist() == stacked(4, 1.5).tolist()
