"""String tensors: constants, arguments, operators as on str, tf.strings."""

import copy
import pickle

import numpy as np
import pytest
from modes import interpreted, same

import autograph as ag

TEXTS = [
    "",
    "a",
    "hello",
    "héllo wörld",
    "日本語",
    "  two  words\n",
    'it\'s "quoted"',
    "x" * 5000,
    "\x00nul\x00",
]


def both(fn, *args):
    """The results of fn eager, interpreted and compiled, which must be the same; as Python
    values."""
    want = plain(fn(*args))
    with interpreted():
        assert plain(ag.function(fn)(*args)) == want
    compiled = ag.function(fn)
    assert plain(compiled(*args)) == want
    assert plain(compiled(*args)) == want
    return want


def plain(value):
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    return value.tolist() if isinstance(value, ag.Tensor) else value


def on_str(fn, *args):
    """fn on string tensors gives what it gives on Python strings."""
    want = fn(*args)
    got = both(fn, *[ag.constant(a) if isinstance(a, str) else a for a in args])
    assert got == plain(want), (args, got, want)


@pytest.mark.parametrize("text", TEXTS)
def test_strings_come_and_go(text):
    t = ag.constant(text)
    assert t.dtype == ag.string and t.shape == ()
    assert t.tolist() == t.item() == text
    assert t.numpy() == text.encode()
    assert f"{t}" == text
    assert pickle.loads(pickle.dumps(t)).tolist() == text
    assert copy.deepcopy(t).tolist() == text
    assert ag.constant(text.encode()).tolist() == text
    assert both(lambda s: s, t) == text
    assert bool(t) == bool(text) and len(t) == len(text)


@pytest.mark.parametrize("text", TEXTS)
def test_operators_are_those_of_str(text):
    on_str(lambda s: s + "é" + s, text)
    on_str(lambda s: "<" + s, text)
    on_str(lambda s: len(s), text)
    on_str(lambda s: (s == "hello", s != "hello", s < "h", s <= "hello", s > "h", s >= "z"), text)
    on_str(lambda s: ("ll" in s, "" in s, "zz" not in s), text)
    for cut in (
        slice(1, 3),
        slice(None, -1),
        slice(-3, None),
        slice(None, None, -1),
        slice(1, None, 2),
        slice(9, 2),
        slice(-1, 0, -2),
    ):
        on_str(lambda s, cut=cut: s[cut], text)
    for name in ("upper", "lower", "strip", "title", "split"):
        on_str(lambda s, name=name: getattr(s, name)(), text)
    on_str(lambda s: (s.startswith("h"), s.find("l"), s.replace("l", "L")), text)


def test_loops_over_characters():
    def reverse(s):
        out = ""
        for i in range(len(s)):
            out = s[i] + out
        return out

    on_str(reverse, "日本語 text")
    on_str(reverse, "")


def test_a_string_in_branches_and_loops():
    def pad(s, n):
        while len(s) < n:
            s = s + "."
        if s == "ab...":
            print("found", s)
            s = s.upper()
        return s

    on_str(pad, "ab", 5)
    on_str(pad, "abc", 2)


def test_a_choice_of_two_strings():
    on_str(lambda s, c: (s if c > 0 else "no") + "!", "yes", 1)
    on_str(lambda s, c: (s if c > 0 else "no") + "!", "yes", -1)
    on_str(lambda s, t, c: s if c > 0 else t, "yes", "no", 1)


def test_truth_of_a_string():
    on_str(lambda s: 1 if s else 2, "")
    on_str(lambda s: 1 if s else 2, "a")
    on_str(lambda s: not s, "a")


def test_index_out_of_range_is_an_index_error():
    f = ag.function(lambda s, i: s[i])
    assert f(ag.constant("abc"), -1).tolist() == "c"
    for way in (f, lambda s, i: s[i]):
        for i in (3, -4):
            with pytest.raises(IndexError):
                way(ag.constant("abc"), i)


@pytest.mark.parametrize(
    "text",
    [
        "41",
        " -7\n",
        "1_000",
        "9223372036854775807",
        "9223372036854775808",
        "",
        "x",
        "1.5",
        "0x10",
        "1__0",
        "_1",
    ],
)
def test_int_of_a_string(text):
    for number in (int, float):
        f = ag.function(lambda s, number=number: number(s))
        g = ag.function(lambda s: int(s) if number is int else float(s))
        try:
            want = number(text)
        except ValueError:
            want = ValueError
        if want is ValueError or (number is int and want >= 2**63):
            with pytest.raises(ValueError):
                g(ag.constant(text))
        else:
            assert g(ag.constant(text)) == want
            assert type(g(ag.constant(text)).item()) is number
        del f


def test_static_strings_stay_static():
    f = ag.function(lambda s, x: x + len(s) if s == "ab" else x)
    assert f("ab", 1) == 3 and f("c", 1) == 1
    assert f.experimental_get_tracing_count() == 2


def test_arrays_of_strings():
    a = ag.constant([["a", "it's"], ["d\n", "é"]])
    assert str(ag.function(lambda a: a)(a)) == str(a)
    assert a.numpy().tolist() == [[b"a", b"it's"], [b"d\n", "é".encode()]]
    assert both(lambda a: a[1, 1], a) == "é"
    assert both(
        lambda a: (a[:, 1], ag.transpose(a), ag.concat([a, a], 0)[3], ag.reshape(a, (4,))), a
    )[0] == ["it's", "é"]
    assert both(lambda a: ag.where(a == "a", "yes", a), a) == [["yes", "it's"], ["d\n", "é"]]
    assert both(lambda a: ag.gather(a, [1, 0, 1]), a)[0] == ["d\n", "é"]
    assert both(lambda a: ag.fill([2, 2], a[0, 0]), a) == [["a", "a"], ["a", "a"]]
    assert both(lambda a: a + ["x", "y"], a) == [["ax", "it'sy"], ["d\nx", "éy"]]
    assert ag.constant(np.array(["x", "yz"])).tolist() == ["x", "yz"]
    assert ag.constant(np.array([b"x", b"yz"], object)).tolist() == ["x", "yz"]
    assert both(lambda: ag.zeros([0], "float32")) == []
    assert ag.constant([], "string").numpy().shape == (0,)


def test_lists_of_strings_grow():
    def words(s, n):
        out = []
        for i in range(n):
            out.append(s + "!")
        return ag.stack(out)

    f = ag.function(words)
    assert f(ag.constant("a"), 20).tolist() == ["a!"] * 20


def test_variables_of_strings():
    v = ag.Variable("a")

    @ag.function
    def twice():
        v.assign(v + v)
        return v.value()

    assert twice().tolist() == "aa" and twice().tolist() == "aaaa" and v.numpy() == b"aaaa"


def test_tf_strings():
    s = ag.strings
    assert both(lambda: s.join([["a", "b"], "c"], separator="-")) == ["a-c", "b-c"]
    assert both(lambda: s.length(["héllo", ""])) == [6, 0]
    assert both(lambda: s.length(["héllo", ""], unit="UTF8_CHAR")) == [5, 0]
    assert both(lambda: s.substr(["hello", "world"], [1, 0], 2)) == ["el", "wo"]
    assert both(lambda: s.substr("héllo", -4, 2, unit="UTF8_CHAR")) == "él"
    assert both(lambda: (s.lower("ÀBC"), s.lower("ÀBC", "utf-8"), s.upper("àbc"))) == [
        "Àbc",
        "àbc",
        "àBC",
    ]
    assert both(lambda: s.strip(["  a b ", "\n"])) == ["a b", ""]
    assert both(lambda: s.split("a,b,,c", ",")) == ["a", "b", "", "c"]
    assert both(lambda: s.split("  a  b ")) == ["a", "b"]
    assert both(lambda: s.to_number(["1.5", "-2e3"])) == [1.5, -2000.0]
    assert both(lambda: s.to_number(["15"], "int64")) == [15]
    assert both(lambda: s.as_string([3, -4])) == ["3", "-4"]
    assert both(lambda: s.as_string(3.14159)) == "3.141590"
    assert both(lambda: s.as_string(3.14159, precision=2, width=6, fill="0")) == "003.14"
    assert both(lambda: s.as_string([True, False])) == ["true", "false"]
    assert both(lambda: s.format("x={}, y={}", [ag.constant([1, 2]), "z"])) == "x=[1 2], y=z"
    assert both(lambda: s.reduce_join([["a", "b"], ["c", "d"]], 1, separator="+")) == ["a+b", "c+d"]
    assert both(lambda: s.regex_replace("a1b22", "[0-9]+", "#")) == "a#b#"
    assert both(lambda: s.regex_full_match(["ab", "b"], "a.*")) == [True, False]


def test_bad_strings_are_refused():
    s = ag.strings
    for call in (
        lambda: s.to_number("abc"),
        lambda: s.substr("abc", 4, 1),
        lambda: s.to_number("3000000000", "int32"),
        lambda: s.split(["a", "b"]),
        lambda: s.length("a", unit="WORD"),
    ):
        with pytest.raises(ValueError):
            call()
    for call in (
        lambda: s.length(3),
        lambda: ag.constant(["a", 1]),
        lambda: ag.constant("a") + 1,
        lambda: ag.cast("a", "int32") + 0,
    ):
        with pytest.raises(TypeError):
            call()


@pytest.mark.parametrize("sep", [" ", ",", "ab", "é"])
@pytest.mark.parametrize("most", [-1, 0, 1, 2])
def test_split_as_python_does(sep, most):
    for text in ("", " ", "a b", " a  b ", "a,b,,c", "ababab", "éaé"):
        assert ag.strings.split(text, sep, most).tolist() == text.split(sep, most)
        assert ag.strings.split(text, None, most).tolist() == text.split(None, most)


def test_a_text_beside_another_kind_is_one_where_that_is_known():
    def none_or_text(x):
        w = "a" if x[0] > 0 else None
        if w is None:
            return "none"
        return w + "!"

    def number_or_text(n):
        w = "ab" if n > 0 else 3
        if isinstance(w, str):
            return w + "b", w * 2, w[0], len(w), f"<{w}>"
        return w + 1, w * 2, -w, 0, f"{w}"

    def of_a_loop(x):
        w = None
        for v in x:
            if v > 1:
                w = "big"
        if w is not None:
            print(w.upper(), len(w), w == "big", w + "?")
        return x

    def behind_and(x):
        w = "k" if x[0] > 0 else None
        if w is not None and w + "z" == "kz":
            return 1
        return 2 if w is None or len(w) > 1 else 3

    def changed_there(x):
        w = None if x[0] > 0 else "abc"
        if w is None:
            w = "none"
        else:
            w = w + "d"
        return w

    def changed_in_one(x):
        w, n = None if x[0] > 0 else "abc", 0
        if w is not None:
            n = len(w)
            if n > 2:
                w = w[1:]
            for c in w:
                n += c == "b"
        return w, n

    for f in (none_or_text, of_a_loop, behind_and, changed_there, changed_in_one):
        same(f, (np.ones(2) * 2,), (-np.ones(2),))
    same(number_or_text, 2, -2)
