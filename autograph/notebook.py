"""How tensors and functions show themselves in a notebook."""

import html

from .highlight import coloured

ROWS, COLUMNS = 12, 10  # shown of a table; the middle is left out


def tensor(t):
    """HTML of a tensor: what it is, and a table of what it holds where it has rows; the text where it has no value."""
    if t.is_symbolic or t.dtype.name == "resource":
        return f"<pre>{html.escape(repr(t))}</pre>"
    what = f"Tensor &nbsp;{html.escape(t.dtype.name)}{html.escape(str(tuple(t.shape)))}"
    head = f'<div style="color:#5b6470;font-size:90%">{what}</div>'
    if not 1 <= t.ndim <= 2 or t.size == 0:
        return f"{head}<pre>{html.escape(str(t.numpy()))}</pre>"
    rows = [t] if t.ndim == 1 else [t[int(i)] for i in _shown(t.shape[0], ROWS) if i is not None]
    columns = _shown(t.shape[-1], COLUMNS)
    lines = []
    for i, row in zip(_shown(t.shape[0], ROWS) if t.ndim == 2 else [0], _spread(rows, t)):
        if row is None:
            lines.append(
                f'<tr><td colspan="{len(columns) + 1}" style="text-align:center">⋮</td></tr>'
            )
            continue
        items = "".join(
            f"<td>{'…' if j is None else html.escape(_item(row[j]))}</td>" for j in columns
        )
        name = f'<th style="color:#8b949e;font-weight:400">{i}</th>' if t.ndim == 2 else ""
        lines.append(f"<tr>{name}{items}</tr>")
    names = "".join(
        f'<th style="color:#8b949e;font-weight:400">{"" if j is None else j}</th>' for j in columns
    )
    corner = "<th></th>" if t.ndim == 2 else ""
    return f"{head}<table><tr>{corner}{names}</tr>{''.join(lines)}</table>"


def _shown(n, most):
    """Which of n indices are shown; None where some are left out."""
    if n <= most:
        return list(range(n))
    return [*range(most // 2), None, *range(n - most // 2, n)]


def _spread(rows, t):
    """The rows, with None where some are left out."""
    if t.ndim == 1:
        return rows
    todo = iter(rows)
    return [None if i is None else next(todo) for i in _shown(t.shape[0], ROWS)]


def _item(x):
    value = x.item()
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def function(f):
    """HTML of a compiled function: its source, and what explain() says of its traces."""
    import inspect

    try:
        source = inspect.getsource(f.python_function)
    except (OSError, TypeError):
        source = repr(f)
    return f'<pre style="line-height:1.35">{coloured(source.rstrip())}</pre><pre>{html.escape(f.explain())}</pre>'
