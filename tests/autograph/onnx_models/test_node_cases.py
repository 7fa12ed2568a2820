"""ONNX's own tests of its operations: how many pass is written in counts.txt, and compiled code
gives the same bits."""

import pytest

pytest.importorskip("onnx")

import node_cases  # noqa: E402

SHARE = 15  # one case in so many runs compiled in the quick tests


@pytest.fixture(scope="module")
def interpreted_results():
    return {name: node_cases.run_interpreted(case) for name, case in node_cases.cases().items()}


def test_counts_are_those_of_the_file(interpreted_results):
    got = node_cases.table({name: outcome for name, (outcome, _, _) in interpreted_results.items()})
    want = node_cases.COUNTS.read_text()
    assert got.splitlines() == want.splitlines(), (
        "python tests/autograph/onnx_models/node_cases.py --write writes the file anew"
    )


def _compare(names, interpreted_results):
    for name in names:
        outcome, why, outputs = node_cases.run(node_cases.cases()[name])
        want, _, slow = interpreted_results[name]
        assert outcome == want, f"{name}: {outcome} compiled, {want} interpreted: {why}"
        assert node_cases.same_bits(outputs, slow), name


def test_a_share_gives_the_same_bits_compiled(interpreted_results):
    _compare(list(interpreted_results)[::SHARE], interpreted_results)


@pytest.mark.long
def test_all_give_the_same_bits_compiled(interpreted_results):
    _compare(interpreted_results, interpreted_results)
