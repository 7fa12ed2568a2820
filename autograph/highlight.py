"""Text that a notebook shows as highlighted source: a str in every other way."""

__all__ = ["Code"]

TOKEN = (
    r"(?P<c>#[^\n]*)"
    r"|(?P<s>[rRbBfFuU]{0,2}(?:'''.*?'''|\"\"\".*?\"\"\"|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"))"
    r"|(?P<m>\b\d[\w.]*\b)"
    r"|(?P<o>\bag__\.\w+)"
    r"|(?P<w>\b[^\W\d]\w*)"
)
STYLES = {
    "c": "color:#6a737d;font-style:italic",
    "s": "color:#0a6b3d",
    "m": "color:#8a4b00",
    "o": "color:#6f42c1",
    "k": "color:#b3261e;font-weight:600",
}


class Code(str):
    """Python source. `print` shows it as it is; a notebook colours it, with Pygments where that is installed."""

    __slots__ = ()

    def _repr_html_(self):
        try:
            from pygments import highlight
            from pygments.formatters import HtmlFormatter
            from pygments.lexers import PythonLexer
        except ImportError:
            return f'<pre style="line-height:1.35">{coloured(self)}</pre>'
        return highlight(self, PythonLexer(), HtmlFormatter(noclasses=True))

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": str(self), "text/html": self._repr_html_()}


def coloured(text):
    """HTML of Python source: comments, strings, numbers, operators of converted code and keywords in colour."""
    import html  # imports that only a notebook needs
    import keyword
    import re

    def span(match):
        kind, word = match.lastgroup, html.escape(match[0], quote=False)
        if kind == "w":
            kind = "k" if keyword.iskeyword(match[0]) else None
        return f'<span style="{STYLES[kind]}">{word}</span>' if kind else word

    out, at = [], 0
    for match in re.finditer(TOKEN, text, re.DOTALL):
        out += (html.escape(text[at : match.start()], quote=False), span(match))
        at = match.end()
    return "".join([*out, html.escape(text[at:], quote=False)])
