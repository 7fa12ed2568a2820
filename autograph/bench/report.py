"""Results as a table for people and as JSON for programs."""

import json
import math
import os
import platform
import sys

from autograph.target import TargetError

HEADERS = [
    ("case", "<"),
    ("Python", ">"),
    ("NumPy", ">"),
    ("interpreted", ">"),
    ("compiled", ">"),
    ("C", ">"),
    ("Numba", ">"),
    ("per", "<"),
    ("x C", ">"),
    ("x Python", ">"),
    ("first call", ">"),
    ("pays after", ">"),
]
MEAN_GOAL = 1.15
LEGEND = """\
Times are minima of interleaved repeats. x C: compiled over the better of the C compilers, 1.00 is
level. x Python: how many times faster than plain Python. first call: in a new process, tracing and
compiling included. pays after: calls (of the first one's size) until compiled ones cost less."""


def duration(ns):
    """'0.871 ns', '52.1 us', '1.20 s': three figures and a unit; '-' for None."""
    if ns is None:
        return "-"
    for size, unit in ((1, "ns"), (1e3, "us"), (1e6, "ms"), (1e9, "s")):
        value = ns / size
        if value < 999.5 or unit == "s":
            places = 3 if value < 0.9995 else 2 if value < 9.995 else 1 if value < 99.95 else 0
            return f"{value:.{places}f} {unit}"


def times(ratio):
    if ratio is None:
        return "-"
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"


def calls(result):
    if result.pays_after is None:
        return "never" if "python" in result.ns and result.first_ms is not None else "-"
    return f"{result.pays_after} call" + ("s" if result.pays_after > 1 else "")


def mean_to_c(results):
    """(geometric mean of compiled over C, of how many rows with loops); (None, 0) of none."""
    loops = [result for result in results if not result.error and result.unit != "call"]
    ratios = [result.ratio("c") for result in loops if result.ratio("c")]
    if not ratios:
        return None, 0
    return math.exp(sum(map(math.log, ratios)) / len(ratios)), len(ratios)


def mean_line(results):
    """The mean as a line, with its goal; "" for less than two rows."""
    mean, rows = mean_to_c(results)
    if rows < 2:
        return ""
    return f"Geometric mean of {rows} rows: {mean:.2f} x C (goal {MEAN_GOAL:g} on one thread).\n"


def cells(result):
    if result.error:
        return [result.name, result.error]
    ns = [
        duration(result.ns.get(key))
        for key in ("python", "numpy", "interpreted", "compiled", "c", "numba")
    ]
    first = None if result.first_ms is None else result.first_ms * 1e6
    return [
        result.name,
        *ns,
        result.unit,
        times(result.ratio("c")),
        times(result.ratio("python")),
        duration(first),
        calls(result),
    ]


def table(results):
    """Rows under headings; a column in which nothing was measured is left out."""
    heads, aligns = zip(*HEADERS, strict=True)
    rows = [cells(result) for result in results]
    full = [row for row in rows if len(row) == len(heads)]
    used = [i for i in range(len(heads)) if i == 0 or any(row[i] != "-" for row in full)]
    widths = [max(len(row[i]) for row in [heads, *full]) for i in range(len(heads))]
    widths[0] = max(len(row[0]) for row in [heads, *rows])

    def line(row):
        if len(row) != len(heads):
            return f"{row[0]:<{widths[0]}}  {row[1]}"
        return "  ".join(f"{row[i]:{aligns[i]}{widths[i]}}" for i in used).rstrip()

    lines = [line(heads)]
    several = len({result.group for result in results}) > 1
    for i, (result, row) in enumerate(zip(results, rows, strict=True)):
        if several and result.group != (results[i - 1].group if i else None):
            lines += ["", f"{result.group}"]
        lines.append(line(row))
        notes = [figure.text() for figure in result.figures] + result.notes
        lines += [f"{'':{widths[0]}}  {note}" for note in notes]
    return "\n".join(lines)


def machine(compilers):
    cpu = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as info:
            cpu = (
                next(line for line in info if line.startswith("model name"))
                .partition(":")[2]
                .strip()
            )
    except (OSError, StopIteration):
        pass
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": sys.version.split()[0],
        "compilers": compilers.versions(),
    }


def busy():
    """A line when other work shares the machine, else None; this process is a load of one."""
    load, cores = os.getloadavg()[0], os.cpu_count()
    if load <= cores / 2 + 1:
        return None
    return f"The machine is busy (load {load:.1f} on {cores} cores): times are rough."


def write_json(results, compilers, path):
    """The results as JSON into a file, on stdout for "-"; TargetError where that fails."""
    text = as_json(results, compilers)
    if path == "-":
        print(text)
        return
    try:
        with open(path, "w") as file:
            file.write(text + "\n")
    except OSError as error:
        raise TargetError(f"--json {path}: {error.strerror}") from None


def as_json(results, compilers):
    document = {
        "machine": machine(compilers),
        "missing": compilers.missing,
        "cases": [result.as_dict() for result in results],
        "mean_to_c": mean_to_c(results)[0],
    }
    return json.dumps(document, indent=2)
