"""What conversion and tracing say of themselves: AUTOGRAPH_LOG=trace, or autograph.set_verbosity."""

import os
import sys

level = 1 if "trace" in os.environ.get("AUTOGRAPH_LOG", "").split(",") else 0
stream = None  # None: stderr as it is at the time


def say(text):
    """One line, when logging is on."""
    if level:
        print(f"autograph: {text}", file=stream or sys.stderr)
