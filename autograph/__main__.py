"""python -m autograph: see cli.py."""

import sys

from autograph.cli import main

sys.exit(main())
