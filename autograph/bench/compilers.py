"""The C compilers of this machine, and the libraries they make of bench/c/.

What is missing is never an error: the rows that need it say so.
"""

import ctypes
import importlib.machinery
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

SOURCES = Path(__file__).parent / "c"
FLAGS = ["-O3", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-shared", "-fPIC"]


def newest(name):
    """The path of the compiler's highest version (clang-19 before clang), None without one."""
    versions = {}
    for directory in os.get_exec_path():
        try:
            entries = os.listdir(directory)
        except OSError:
            continue
        for entry in entries:
            match = re.fullmatch(rf"{name}-(\d+)", entry)
            if match and os.access(os.path.join(directory, entry), os.X_OK):
                versions.setdefault(int(match[1]), os.path.join(directory, entry))
    return versions[max(versions)] if versions else shutil.which(name)


class Compilers:
    """Builds into one temporary directory; a context manager that removes it at the end.

    missing: why there is nothing to compare with, one line a cause.
    """

    def __init__(self):
        self.missing = []
        self.found = {}
        self._libraries = {}
        self._directory = None

    def __enter__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="autograph-bench-")
        for name in ("gcc", "clang"):
            path = newest(name)
            if path:
                self.found[name] = path
            else:
                self.missing.append(f"no {name} on this machine: C is measured without it")
        return self

    def __exit__(self, *exc):
        self._directory.cleanup()

    def versions(self):
        """{"gcc": "gcc (Debian 12.2.0-14) 12.2.0", ...}"""
        return {
            name: subprocess.run([path, "--version"], capture_output=True, text=True)
            .stdout.partition("\n")[0]
            .strip()
            for name, path in self.found.items()
        }

    def _build(self, name, source, target, *options):
        """True when the compiler made target; else the reason is noted."""
        command = [self.found[name], *FLAGS, *options, str(SOURCES / source), "-o", str(target)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            first = (done.stderr.strip() or "no message").splitlines()
            why = next((line for line in first if "error" in line), first[0])
            self.missing.append(f"{name} could not compile {source}: {why}")
        return done.returncode == 0

    def libraries(self, source):
        """{compiler name: ctypes.CDLL} of a source; empty without compilers."""
        if source not in self._libraries:
            made = {}
            for name in self.found:
                target = Path(self._directory.name) / f"{Path(source).stem}-{name}.so"
                if self._build(name, source, target):
                    made[name] = ctypes.CDLL(str(target))
            self._libraries[source] = made
        return self._libraries[source]

    def extensions(self):
        """{compiler name: c/bare.c as a module}; empty without compilers or Python's headers."""
        include = sysconfig.get_paths()["include"]
        if not os.path.exists(os.path.join(include, "Python.h")):
            self.missing.append(f"no Python.h in {include}: no bare extension to compare with")
            return {}
        made = {}
        for name in self.found:
            target = Path(self._directory.name) / f"bare-{name}.so"
            if not self._build(name, "bare.c", target, f"-I{include}"):
                continue
            loader = importlib.machinery.ExtensionFileLoader("bare", str(target))
            spec = importlib.util.spec_from_file_location("bare", str(target), loader=loader)
            module = importlib.util.module_from_spec(spec)
            loader.exec_module(module)
            made[name] = module
        sys.modules.pop("bare", None)
        return made
