"""A bar on a terminal: what is measured now, and how much is left. Elsewhere nothing."""

import shutil
import sys

CELLS = 24


class Progress:
    """Steps through names; a context manager that clears its line at the end."""

    def __init__(self, total, stream=None):
        self.total, self.done = total, 0
        self.stream = sys.stderr if stream is None else stream
        self.shown = total > 0 and self.stream.isatty()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._draw("")

    def step(self, name):
        """Says that `name` begins."""
        full = self.done * CELLS // max(self.total, 1)
        bar = "█" * full + "░" * (CELLS - full)
        self._draw(f"{bar} {self.done + 1}/{self.total} {name}")
        self.done += 1

    def _draw(self, text):
        if self.shown:
            columns = shutil.get_terminal_size().columns
            self.stream.write(f"\r\033[K{text[: columns - 1]}")
            self.stream.flush()
