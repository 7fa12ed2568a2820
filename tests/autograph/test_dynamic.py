"""The dynamic programs of the bench give what plain Python gives, natively."""

import pytest
from modes import same

from autograph.bench.cases import Case, as_number
from autograph.bench.dynamic_cases import cases

CASES = cases(Case, as_number)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_dynamic_programs(case):
    compiled = same(case.program, case.arguments(case.sizes[0]), kinds=False)
    assert "as Python" not in compiled.explain()
