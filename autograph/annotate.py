"""The source with what became of each line beside it: as text, and as HTML in one piece."""

import html

from .highlight import coloured

KINDS = {
    "native": "machine code",
    "interpreted": "recorded, run by the interpreter: there is no native code",
    "callback": "recorded; each run calls back into Python there",
    "traced": "ran as Python while tracing, once: later calls do not come there",
    "python": "runs as Python in every call",
    "unused": "has code, but this call did not come there",
}
COLOURS = {
    "native": "#1a7f4b",
    "interpreted": "#7a6a00",
    "callback": "#b45309",
    "traced": "#5b6470",
    "python": "#b3261e",
    "unused": "#b0b7bf",
}
HEADS = ("", "share", "time", "times", "bytes")


def duration(ns):
    for size, unit in ((1e9, "s"), (1e6, "ms"), (1e3, "us")):
        if ns >= size:
            return f"{ns / size:.3g} {unit}" if ns < 1000 * size else f"{ns / size:.0f} {unit}"
    return f"{ns:.0f} ns"


def size(n):
    for unit in ("B", "KiB", "MiB"):
        if n < 1024:
            return f"{n:.3g} {unit}" if n < 1000 else f"{n:.0f} {unit}"
        n /= 1024
    return f"{n:.3g} GiB"


def cells(line, total):
    """The columns before the source; empty where there is nothing to say."""
    if not line.times:
        return (line.kind, "", "", "", "")
    return (
        line.kind,
        f"{100 * line.ns / total:.1f} %" if total else "",
        duration(line.ns),
        f"{line.times:,}",
        size(line.bytes) if line.bytes else "",
    )


def used(report):
    kinds = {line.kind for _, _, lines in report.parts for line in lines}
    return [kind for kind in KINDS if kind in kinds]


def text(report):
    """The report for a terminal."""
    total = report.total_ns
    out = [report.title, *report.summary]
    for name, file, lines in report.parts:
        out += ["", f"{name or 'module'}  {file}:{lines[0].number}"]
        rows = [(cells(line, total), line) for line in lines]
        widths = [max(len(head), *(len(row[i]) for row, _ in rows)) for i, head in enumerate(HEADS)]
        shown = [i for i in range(len(HEADS)) if i == 0 or any(row[i] for row, _ in rows)]
        digits = len(str(lines[-1].number))

        def columns(row, widths=widths, shown=shown):
            return "  ".join(
                row[i].ljust(widths[i]) if i == 0 else row[i].rjust(widths[i]) for i in shown
            )

        out.append(columns(HEADS).rstrip())
        for row, line in rows:
            out.append(f"{columns(row)}  {line.number:>{digits}}  {line.text}".rstrip())
            if line.note:
                out.append(f"{'':{len(columns(row))}}  {'':{digits}}  ^ {line.note}")
    out += ["", *(f"{kind:11}  {KINDS[kind]}" for kind in used(report)), report.measured]
    return "\n".join(out)


STYLE = """\
.ag-explain{font:13px/1.45 system-ui,sans-serif;color:#1f2328}
.ag-explain table{border-collapse:collapse;font:12px/1.5 ui-monospace,Menlo,Consolas,monospace;width:100%}
.ag-explain td,.ag-explain th{padding:0 10px 0 0;text-align:right;white-space:pre;vertical-align:top}
.ag-explain td.src,.ag-explain td.kind{text-align:left}
.ag-explain td.src{width:100%}
.ag-explain td.kind{padding-left:8px;font-weight:600}
.ag-explain td.n{color:#8b949e}
.ag-explain th{color:#5b6470;font-weight:400}
.ag-explain .note{white-space:normal;color:#b45309}
.ag-explain h3{font-size:14px;margin:18px 0 4px}
.ag-explain .file,.ag-explain .said{color:#5b6470}
.ag-explain .said{white-space:pre-wrap;margin:2px 0}
"""


def source_lines(lines):
    """HTML of each line; colours of what spans lines begin anew in each."""
    out, open_tag = [], ""
    for piece in coloured("\n".join(line.text for line in lines)).split("\n"):
        whole = open_tag + piece
        opened = whole.rfind("<span"), whole.rfind("</span>")
        open_tag = (
            whole[opened[0] : whole.index(">", opened[0]) + 1] if opened[0] > opened[1] else ""
        )
        out.append(whole + ("</span>" if open_tag else ""))
    return out


def fragment(report):
    """The report as HTML for a notebook's cell."""
    total = report.total_ns
    out = [f'<div class="ag-explain"><style>{STYLE}</style><h2>{html.escape(report.title)}</h2>']
    out += [f'<p class="said">{html.escape(line)}</p>' for line in report.summary]
    most = max((line.ns for _, _, lines in report.parts for line in lines), default=0)
    for name, file, lines in report.parts:
        place = f"{file}:{lines[0].number}"
        out.append(
            f'<h3>{html.escape(name or "module")} <span class="file">{html.escape(place)}</span></h3>'
        )
        heads = "".join(f"<th>{head}</th>" for head in HEADS)
        out.append(f"<table><tr>{heads}<th></th><th></th></tr>")
        for line, source in zip(lines, source_lines(lines)):
            colour = COLOURS.get(line.kind, "transparent")
            heat = 0.32 * line.ns / most if most else 0
            kind, *numbers = cells(line, total)
            row = [
                f'<td class="kind" style="color:{colour};border-left:4px solid {colour}">{kind}</td>'
            ]
            row += [f"<td>{number}</td>" for number in numbers]
            row.append(f'<td class="n">{line.number}</td><td class="src">{source}</td>')
            about = f' title="{html.escape(KINDS[line.kind])}"' if line.kind else ""
            out.append(
                f'<tr style="background:rgba(240,140,40,{heat:.3f})"{about}>{"".join(row)}</tr>'
            )
            if line.note:
                out.append(
                    f'<tr><td colspan="6"></td><td class="src note">↑ {html.escape(line.note)}</td></tr>'
                )
        out.append("</table>")
    out.append('<p class="said">')
    out += [
        f'<b style="color:{COLOURS[kind]}">{kind}</b> {html.escape(KINDS[kind])}<br>'
        for kind in used(report)
    ]
    out.append(f"{html.escape(report.measured)}</p></div>")
    return "\n".join(out)


def page(report):
    """The report as a page of its own."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{html.escape(report.title)}</title></head>\n'
        f'<body style="margin:24px;max-width:1200px">{fragment(report)}</body></html>\n'
    )
