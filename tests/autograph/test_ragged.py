"""tf.ragged: rows of different lengths, eagerly, as arguments and results, and in converted loops."""

import os

import numpy as np
import pytest

import autograph as ag

ROWS = [[3, 1], [], [2], [4, 5, 6], []]


def total_of(ragged):
    total, rows = ag.constant(0), 0
    for row in ragged:
        total += ag.reduce_sum(row) * ag.size(row)
        rows += 1
    return total, rows


def until(ragged, limit):
    found = ag.constant([-1])
    for i, row in enumerate(ragged):
        if ag.size(row) == 0:
            continue
        found = row
        if ag.reduce_max(row) > limit:
            break
    return found, i


@pytest.fixture(params=["interpreted", "compiled"])
def way(request, monkeypatch):
    monkeypatch.setitem(os.environ, "AUTOGRAPH_INTERPRET", "1" if request.param == "interpreted" else "0")


@pytest.mark.parametrize("rows", [ROWS, [[1]], [[], []], [[7, 8], [9]]])
def test_a_loop_over_rows_gives_what_python_gives(way, rows):
    ragged = ag.ragged.constant(rows, "int32")
    spec = ag.RaggedTensor(ag.TensorSpec([None], "int32"), ag.TensorSpec([None], "int64"))
    total, n = total_of(ragged)
    for f in ag.function(total_of), ag.function(total_of, input_signature=[spec]):
        got, m = f(ragged)
        assert int(got) == int(total) == sum(sum(r) * len(r) for r in rows) and n == m == len(rows)


@pytest.mark.parametrize("limit", [0, 3, 9])
def test_break_continue_and_enumerate_over_rows(way, limit):
    ragged = ag.ragged.constant(ROWS)
    want, i = until(ragged, limit)
    got, j = ag.function(until)(ragged, limit)
    assert want.numpy().tolist() == got.numpy().tolist() and i == j


def test_one_signature_serves_all_lengths(way):
    spec = ag.RaggedTensor(ag.TensorSpec([None], "int32"), ag.TensorSpec([None], "int64"))
    f = ag.function(total_of, input_signature=[spec])
    for rows in ROWS, [[1]], [[7, 8], [9]]:
        assert int(f(ag.ragged.constant(rows))[0]) == sum(sum(r) * len(r) for r in rows)
    assert f.experimental_get_tracing_count() == 1


def test_it_is_an_argument_and_a_result(way):
    @ag.function
    def f(r):
        return ag.RaggedTensor.from_row_splits(r.values * 2, r.row_splits), r.to_tensor(-1), r[3], r.row_lengths()

    doubled, dense, third, lengths = f(ag.ragged.constant(ROWS))
    assert isinstance(doubled, ag.RaggedTensor) and doubled.to_list() == [[2 * x for x in r] for r in ROWS]
    assert dense.numpy().tolist() == [[*r, *[-1] * (3 - len(r))] for r in ROWS]
    assert third.numpy().tolist() == ROWS[3] and lengths.numpy().tolist() == [len(r) for r in ROWS]


def test_what_it_is():
    r = ag.ragged.constant(ROWS)
    assert r.shape.as_list() == [5, None] and r.dtype == ag.int32 and int(r.nrows()) == len(r) == 5
    assert r.values.numpy().tolist() == sum(ROWS, []) and r.row_splits.numpy().tolist() == [0, 2, 2, 3, 6, 6]
    assert r[-2].numpy().tolist() == ROWS[-2] and r[1:4].to_list() == ROWS[1:4] and r[4:1].to_list() == []
    assert [x.numpy().tolist() for x in r] == ROWS and repr(r) == f"<tf.RaggedTensor {ROWS}>"
    with pytest.raises(IndexError, match="row 5 of a RaggedTensor of 5 rows"):
        r[5]


def test_ways_to_make_one():
    values = [3, 1, 2, 4, 5, 6]
    made = [
        ag.RaggedTensor.from_row_splits(values, [0, 2, 2, 3, 6, 6]),
        ag.RaggedTensor.from_row_lengths(values, [2, 0, 1, 3, 0]),
        ag.RaggedTensor.from_value_rowids(values, [0, 0, 2, 3, 3, 3], 5),
    ]
    assert [r.to_list() for r in made] == [ROWS] * 3
    assert ag.ragged.constant([]).to_list() == [] and ag.ragged.constant([[], []]).to_tensor().shape == (2, 0)
    deep = ag.ragged.constant([[[1], [2, 3]], [], [[4]]])
    assert deep.to_list() == [[[1], [2, 3]], [], [[4]]] and deep[0].to_list() == [[1], [2, 3]] and deep[0][1].numpy().tolist() == [2, 3]
    pairs = ag.RaggedTensor.from_row_lengths(np.arange(6.0).reshape(3, 2), [1, 2])
    assert pairs.shape.as_list() == [2, None, 2] and pairs.to_tensor().numpy().tolist() == [[[0, 1], [0, 0]], [[2, 3], [4, 5]]]


@pytest.mark.parametrize(
    "make, says",
    [
        (lambda: ag.RaggedTensor.from_row_splits([1, 2], [0, 3]), "must end with the number of values, 2, not 3"),
        (lambda: ag.RaggedTensor.from_row_splits([1, 2], [1, 2]), "starts with 0"),
        (lambda: ag.RaggedTensor.from_row_splits([1, 2], [0, 2, 1, 2]), "never falls"),
        (lambda: ag.RaggedTensor.from_row_lengths([1, 2], [1, 2]), "must end with the number of values"),
        (lambda: ag.RaggedTensor.from_value_rowids([1, 2], [1, 0]), "must rise"),
        (lambda: ag.ragged.constant([1, [2]]), "list of lists"),
        (lambda: ag.ragged.constant([[1, [2]]]), "no one depth"),
        (lambda: ag.constant([[1], [2, 3]]), "tf.ragged.constant"),
    ],
)
def test_what_is_no_ragged_tensor_is_refused(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_values_that_the_run_knows_are_no_list():
    with pytest.raises(TypeError, match="to_list"):
        ag.function(lambda r: r.to_list())(ag.ragged.constant(ROWS))
