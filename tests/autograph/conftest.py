"""Settings of the Python tests."""

import os

# Every trace is compiled before its first call, so that "compiled" in a test means native code; test_tiers.py says otherwise.
os.environ.setdefault("AUTOGRAPH_TIERS", "0")
