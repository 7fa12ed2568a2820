"""Results as a picture, by matplotlib: the time of every way over that of compiled code."""

from autograph.target import TargetError

KINDS = (".png", ".svg")
WAYS = {
    "python": ("Python", "#b0b7bf"),
    "numpy": ("NumPy", "#4d77cf"),
    "eager": ("eager", "#8d6fb8"),
    "interpreted": ("interpreted", "#c9a227"),
    "c": ("C", "#3f8f5f"),
    "numba": ("Numba", "#1ba1c4"),
}


def check(path):
    """Before anything is measured: TargetError where no picture could be made."""
    if not path.endswith(KINDS):
        raise TargetError(f"--plot {path}: the file's name must end in {' or '.join(KINDS)}")
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise TargetError("--plot needs matplotlib: pip install matplotlib") from None


def draw(results, path, machine):
    """Writes the picture, a row a case; left of the line is what is faster than compiled code."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    rows = [result for result in results if result.ns.get("compiled") and len(result.ns) > 1]
    if not rows:
        raise TargetError("--plot: nothing was measured that could be compared")
    ways = {**WAYS, **others(rows)}
    figure, axes = pyplot.subplots(figsize=(9, 1.6 + 0.32 * len(rows)), layout="constrained")
    axes.axvline(1, color="#b3261e", linewidth=1.4, label="compiled by autograph")
    for key, (label, colour) in ways.items():
        places = [i for i, result in enumerate(rows) if key in result.ns]
        if places:
            ratios = [rows[i].ns[key] / rows[i].ns["compiled"] for i in places]
            axes.scatter(ratios, places, label=label, color=colour, s=34, zorder=3)
    axes.set(xscale="log", ylim=(len(rows) - 0.5, -0.5), yticks=range(len(rows)))
    axes.set_yticklabels([result.name for result in rows])
    axes.set_xlabel("time over that of compiled code (log scale): right is slower")
    axes.set_title(f"{machine['cpu']}, {machine['cores']} cores", fontsize=9)
    axes.grid(axis="x", color="#e4e7ea")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def others(rows):
    """Columns beside the usual ones, each with a colour."""
    colours = ("#d1495b", "#e08d3c", "#6b8e23", "#8c564b", "#555555")
    keys = dict.fromkeys(key for result in rows for key in result.ns)
    return {
        key: (key, colour)
        for key, colour in zip((k for k in keys if k not in WAYS and k != "compiled"), colours)
    }
