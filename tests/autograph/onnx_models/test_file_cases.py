"""Whole models that come with the package onnx: all but those of texts and of gradients agree."""

import pytest

pytest.importorskip("onnx")

import file_cases  # noqa: E402
from modes import interpreted  # noqa: E402

# Models of operations that this importer does not have.
UNSUPPORTED = {"StringNormalizer": "test_strnorm", "Gradient": "test_gradient"}
SHARE = 12  # one model in so many runs compiled in the quick tests


def _run_all(kind):
    for folder in file_cases.folders(kind):
        why = [op for op, name in UNSUPPORTED.items() if folder.name.startswith(name)]
        if why:
            with pytest.raises(NotImplementedError, match=why[0]):
                file_cases.run(folder)
        else:
            file_cases.run(folder)


@pytest.mark.parametrize("kind", file_cases.KINDS)
def test_models_agree_interpreted(kind):
    with interpreted():
        _run_all(kind)


def test_a_share_agrees_compiled():
    for folder in file_cases.folders("pytorch-converted")[::SHARE]:
        file_cases.run(folder)


@pytest.mark.long
@pytest.mark.parametrize("kind", file_cases.KINDS)
def test_models_agree_compiled(kind):
    _run_all(kind)


@pytest.mark.long
@pytest.mark.parametrize("path", file_cases.nets(), ids=lambda p: p.stem)
def test_nets_agree(path):
    file_cases.run_net(path)
