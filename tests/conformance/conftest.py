"""Conformance tests. Select the package under test with AUTOGRAPH_PKG.

    AUTOGRAPH_PKG=autograph  python -m pytest .        (default)
    AUTOGRAPH_PKG=tensorflow python -m pytest .        (proves the tests right)
"""
import os
import sys

os.environ.setdefault("AUTOGRAPH_TIERS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, os.path.dirname(__file__))


def pytest_report_header(config):
    import _h
    return "package under test: %s %s" % (_h.PKG, getattr(_h.tf, "__version__", "?"))
