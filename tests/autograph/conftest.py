"""Settings of the Python tests."""

import os
import signal

import pytest

# A shell's background job ignores Ctrl-C, and so would the programs that are interrupted here: they would run for good.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Every trace is compiled before its first call, so that "compiled" in a test means native code; test_tiers.py says otherwise.
os.environ.setdefault("AUTOGRAPH_TIERS", "0")

# A failing test shows the frames of the package too; what users see is for test_guide.py and test_debugger.py to say.
os.environ.setdefault("AUTOGRAPH_FRAMES", "1")

# The tests leave the user's disk cache alone; test_cache.py has one of its own. Run twice with AG_TEST_CACHE=directory, all
# tests take conversions and native code from there.
os.environ["AUTOGRAPH_CACHE"] = os.environ.get("AG_TEST_CACHE", "0")


@pytest.fixture
def no_plain_calls(monkeypatch):
    """What a trace cannot hold is refused beside NumPy arrays, too, as it is beside tensors; else plain Python makes such a call."""
    from autograph.staging import rollback

    monkeypatch.setattr(rollback, "may_run_plainly", lambda graph, error: False)
