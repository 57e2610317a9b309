"""Text in the manuscript's Markdown: what was typed stands there as typed, never as markup."""

import re

# A number of the registry as `span` writes it (its printed form, its key), and another typed text.
SPAN = re.compile(r'\[([^][]*)\]\{\.num key="([^"]*)"[^}]*\}')
TYPED = re.compile(r"\[([^][]*)\]\{\.typed\}")
# What marks the sentences of a claim; no other HTML stands in the text.
CLAIM = re.compile(r'<span class="claim"[^>]*>|</span>')
INSIDE = r"(?:.|\n(?!\s*\n))*"  # what a paragraph goes on with
BLOCK = re.compile(r"[-+*:] |[|#>!]|:::|```|\d+[.)] ")  # what begins a block that is no paragraph
BREAKS = re.compile(r"[ \t-\r\x1c-\x1f\x85\u2028\u2029]+")  # not blanks that hold
# What Markdown, its typographic signs or Quarto's shortcodes may take for more than signs.
SIGNS = re.compile(
    r"[][\\`*{}~|^$@\"']"
    r"|<(?! )|>(?! \d)|&(?=[#\w])"  # an element; a character reference
    r"|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"  # not that of a name: size_pre_mm
    r"|-(?=-)|(?<=-)-|\.(?=\.)|(?<=\.)\."  # dashes; an ellipsis
    r"|(?<=[^\W\d_])\.(?= )"  # an abbreviation, whose blank would hold
    r"|^ ?(?:[-+#:=%]|\(?[A-Za-z0-9]+[.)](?= |$))"  # a block that begins
)
INDENT = "&emsp;"  # what a row of a table begins with that belongs to the one above
P_VALUE = re.compile(r"^p (?=[=<>] )")


def literal(text: str) -> str:
    """Return Markdown that reads as `text`: signs as character references, on one line."""

    def refer(signs: re.Match) -> str:
        return re.sub(r"[^\w ]|_", lambda sign: f"&#{ord(sign[0])};", signs[0])

    return SIGNS.sub(refer, BREAKS.sub(" ", text))


def typed(text: str) -> str:
    """Return a text that no registry holds, such as a title, as a span of what was typed.

    Blanks at its ends stand outside the span, within which typst would lose them.
    """
    before, after = (" " if end.isspace() else "" for end in (text[:1], text[-1:]))
    return f"{before}[{literal(text.strip())}]{{.typed}}{after}"


def printed(entry: dict) -> str:
    """Return the printed form of an entry of the registry as Markdown.

    The words of the config are its value and stand as typed; around a number the words are the
    paper's own, with the p of a p-value in italics and their apostrophes curved.
    """
    text = literal(entry["display"])
    if entry["value"] == entry["display"]:
        return text
    return P_VALUE.sub("*p* ", text).replace("&#39;", "'")


def span(key: str, entry: dict) -> str:
    """Return an entry of the registry as a span that bears its key, and its mark behind it."""
    return f'[{printed(entry)}]{{.num key="{key}"}}{entry.get("mark", "")}'


def keys_of(markdown: str) -> list[str]:
    """Return the keys that the spans of a text bear, in their order."""
    return [key for _, key in SPAN.findall(markdown)]


def without_spans(markdown: str) -> str:
    """Return Markdown with the content of its spans in their place."""
    return TYPED.sub(r"\1", SPAN.sub(r"\1", without_claims(markdown)))


def claimed(key: str, markdown: str) -> str:
    """Return the variant of a claim with each of its paragraphs in a span that bears `key`."""
    return re.sub(
        rf"\S{INSIDE}(?<=\S)",
        lambda m: (
            m[0] if BLOCK.match(m[0]) else f'<span class="claim" data-claim="{key}">{m[0]}</span>'
        ),
        markdown,
    )


def without_claims(markdown: str) -> str:
    """Return Markdown without the marks of `claimed`."""
    return CLAIM.sub("", markdown)


def has_html(markdown: str) -> bool:
    """Return whether Markdown may hold HTML, but for the marks of `claimed`, a pair a paragraph."""
    without = re.sub(rf'<span class="claim"[^<>]*>({INSIDE}?)</span>', r"\1", markdown)
    return re.search(r"<[A-Za-z/!?]", without) is not None


def pipe_table(head: list[str], rows: list[list[str]], widths: list[int], left: int = 1) -> str:
    """Return a Markdown pipe table; the first `left` columns are set left, the others right.

    Its columns share the width of the page by `widths`, in percent.
    """
    dashes = ("-" * (width - 1) for width in widths)  # a rule above 72 signs has all widths kept
    rule = [f":{line}" if i < left else f"{line}:" for i, line in enumerate(dashes)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, rule, *rows])
