"""What a trace cannot hold stays Python: values, prints, effects and errors are Python's, and explain() says why."""

import numpy as np
import pytest
from modes import same

import autograph as ag


def stars(n):
    print("drawing")
    out = ""
    for _ in range(n):
        out += "*"
    return out


def test_explain_names_the_line_that_stayed_python():
    f = ag.function(stars)
    assert f(3) == "***"
    text = f.explain()
    assert "runs as Python" in text and "'out'" in text and "for _ in range(n)" in text and "test_rollback.py" in text


def test_one_trace_serves_all_numbers_of_a_call_that_stays_python():
    f = same(stars, 0, 3, 5)
    assert f.experimental_get_tracing_count() == 1


def test_what_a_trace_printed_and_changed_before_it_gave_up_is_not_seen_twice():
    log, count = [], 0

    def f(n):
        nonlocal count
        log.append("start")
        count += 1
        print("start")
        seen = {}
        for i in range(n):
            seen[i] = i
        return len(seen)

    compiled = ag.function(f)
    assert int(compiled(3)) == 3 and log == ["start"] and count == 1
    assert int(compiled(4)) == 4 and log == ["start"] * 2 and count == 2


def test_errors_of_the_program_stay_its_errors():
    def chosen(n):
        names = []
        for i in range(n):
            names.append("x" * i)
        return names[n]

    def unknown_method(n):
        total = 0
        for i in range(n):
            total += i
        return total.no_such_method()

    def raises(n):
        text = ""
        for i in range(n):
            text += "a"
            if i == 2:
                raise ValueError(text)
        return text

    same(chosen, 3)
    same(unknown_method, 3)
    same(raises, 2, 5)


def test_methods_of_numbers():
    def f(n, x):
        return n.bit_length(), x.is_integer(), (n + 1).bit_length()

    same(f, (5, 2.0), (0, 0.5))


def test_numbers_of_other_calls_are_numbers():
    @ag.function
    def double(n):
        return n * 2

    def f(n):
        seen = {}
        for i in range(n):
            seen[i] = True
        return n in seen, (n - 1) in seen, type(n) is int

    f = ag.function(f)
    assert [bool(x) for x in f(double(2))] == [False, True, True]


def test_tensors_decide_numbers_of_arguments_still_unroll():
    @ag.function
    def f(x, n):
        parts = {}
        for i in range(n):
            parts[f"p{i}"] = x * i
        return parts

    out = f(ag.constant([1.0, 2.0]), 3)
    assert {k: v.tolist() for k, v in out.items()} == {"p0": [0.0, 0.0], "p1": [1.0, 2.0], "p2": [2.0, 4.0]}
    assert "'n' is static" in f.explain() and "runs as Python" not in f.explain()
    assert list(f(ag.constant([1.0, 2.0]), 1)) == ["p0"]


def test_a_mixed_list_beside_tensors_unrolls():
    @ag.function
    def f(x, n):
        out = []
        for i in range(n):
            if i % 2 == 0:
                out.append(x)
            else:
                out.append("odd")
        return out

    out = f(ag.constant([1.0]), 3)
    assert [v if isinstance(v, str) else v.tolist() for v in out] == [[1.0], "odd", [1.0]]


def test_a_number_that_is_needed_and_nothing_else_is_no_reason_for_a_graph():
    def f(n):
        return "ab" * n

    f = same(f, 0, 2, 3)
    assert f.experimental_get_tracing_count() == 1


def test_the_text_of_a_number_is_pythons_wherever_it_stands():
    def fields(n):
        return f"{n!r} {n!a} {n=} {n!s:>4} {n!r:<4}|", f"{[n]}", "{!r}|{}".format(n, [n])  # noqa: UP032 - what is tried

    def containers(n):
        return str([n, 2]), str((n, {"a": n})), repr([n])

    def percent(n):
        print("%r" % n, "%s" % [n])
        return "%r" % n, "%s" % [n]

    def raised(n):
        if n > 2:
            raise ValueError("%r in %s" % (n, [n]))
        return n

    for f in (fields, containers, percent, raised):
        same(f, 5, -1)


def test_a_list_of_texts_is_the_callers():
    def sort(words):
        for i in range(len(words)):
            for j in range(len(words) - 1 - i):
                if words[j] > words[j + 1]:
                    words[j], words[j + 1] = words[j + 1], words[j]
        return words

    same(sort, ["b", "a", "c", "0"], [])


def counted(d, k):
    d[k] = d.get(k, 0) + 1
    return d


def filled(d, k, x):
    d[k] = x * 2
    return len(d)


def test_a_dict_argument_that_gains_a_key_where_all_numbers_are_static():
    for case in (({}, 3), ({3: 1}, 3), ({}, "a"), ({"a": 4}, "a"), ({1: 2.5}, 3)):
        same(counted, case)
    for case in (({}, 3, 2.0), ({}, "a", 5), ({"a": 1}, "a", 5)):
        same(filled, case)
    d = {}
    compiled = ag.function(counted)
    compiled(d, 3), compiled(d, 3), compiled(d, "b")
    assert d == {3: 2, "b": 1}


def divided(n):
    m = 2**64 - 1
    for _ in range(n):
        m //= 3
    return m


def divided_in_a_while(n):
    m, k = 2**64 - 1, 0
    while k < n:
        m //= 3
        k += 1
    return m, k


def masked(n):
    m = 2**64 - 1
    if n > 2:
        m = n
    return m + 1


def test_a_local_number_past_64_bits_is_pythons():
    for f in (divided, divided_in_a_while, masked):
        same(f, 0, 1, 5)


def divided_beside_an_array(x, n):
    m = 2**64 - 1
    for _ in range(n):
        m //= 3
    return x * m


def test_beside_an_array_the_loop_round_a_number_past_64_bits_is_unrolled():
    same(divided_beside_an_array, (np.arange(3.0), 2), (np.arange(3.0), 3), kinds=False)


def decided_by_an_array(x):
    m = 2**64 - 1
    for v in x:
        if v > 0:
            m //= 3  # here
    return m, x


def test_a_number_past_64_bits_that_a_tensor_decides_is_an_overflow():
    with pytest.raises(OverflowError, match="'m' is 18446744073709551615 here.* 64 bits.*keep it below") as caught:
        ag.function(decided_by_an_array)(np.arange(3.0))
    assert str(caught.traceback[-1].statement).endswith("# here")
