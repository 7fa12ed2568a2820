"""The operations, by kind. Importing a module enters its functions in the table of nodes.py."""

from . import array, control, elementwise, reduce  # noqa: F401
