"""Programs as a newcomer writes them give what Python gives, at the first try; see the folder newcomers."""

import pytest
from modes import same
from newcomers import everyday, lists, objects

PROGRAMS = [*lists.PROGRAMS, *objects.PROGRAMS, *everyday.PROGRAMS]


@pytest.mark.parametrize("program, cases", PROGRAMS, ids=lambda p: getattr(p, "__name__", ""))
def test_newcomer(program, cases):
    same(program, *cases)
