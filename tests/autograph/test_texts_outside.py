"""Texts of traced numbers handed to code that is not converted: it reads the characters that plain Python has."""

import base64
import datetime
import decimal
import fractions
import io
import json
import pathlib
import re
import string
import sys
import textwrap

import numpy as np
import pytest
from modes import same

import autograph as ag


def patterns(n):
    s = f"a{n}b{n + 1}"
    return re.findall(r"\d+", s), re.sub("a", str(n), "banana"), bool(re.match(r"-?\d", str(n))), re.split(r"\d", s)


def documents(n):
    return json.dumps({"a": n, "b": f"x{n}", "c": [n, str(n)]}), json.loads(f"[{n}, 2]"), json.dumps(f"{n}")


def numbers(n):
    day = datetime.date.fromisoformat(f"2020-01-1{abs(n)}").isoformat()
    return decimal.Decimal(f"{n}.5"), fractions.Fraction(f"{n}/3"), int(f"{n}7"), int(str(abs(n)), 16), complex(f"{n}+2j"), day


def written(n):
    sys.stdout.write(f"w{n}\n")
    print(f"p{n}", file=sys.stdout)
    b = io.StringIO()
    b.write(f"{n}")
    return b.getvalue()


def others(n):
    s = f"{n}"
    path = pathlib.PurePosixPath("a") / f"{n}"
    template = string.Template("$x").substitute(x=f"<{n}>")
    return bytes(s, "ascii"), base64.b64encode(s.encode()), str(path), template, textwrap.fill(f"word {n} " * 3, 10), "a-1-2".split(f"-{n}"), "0 1 2".count(s)


def kept(n):
    s = f"{n}"
    pair = (s, [s])
    return "-".join([s, "a"]), "{}|{:>5}".format(s, n), pair, {"k": s}


def test_numbers():
    for f in (patterns, documents, numbers, written, others, kept):
        same(f, 0, 1, 2, 5, -3)


def test_a_number_beside_an_array_is_static_for_its_text():
    def f(x, n):
        return x * len(re.findall("1", f"{n}")), json.dumps([f"{n}"])

    compiled, x = ag.function(f), np.array([1, 2])
    for n in (11, 2, 101, 11):
        times, text = compiled(x, n)
        assert times.tolist() == (x * str(n).count("1")).tolist() and text == f'["{n}"]'


@pytest.mark.usefixtures("no_plain_calls")
def test_the_text_of_a_tensor_is_refused():
    with pytest.raises(TypeError, match="the text of a traced value is known only at run time|needed|cannot be used"):
        ag.function(lambda x: re.findall("1", f"{x[0]}"))(np.array([1, 2]))
