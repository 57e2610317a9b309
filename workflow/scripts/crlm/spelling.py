"""Compare texts as people write them."""


def fold(text: str) -> str:
    """Return `text` without case and without surrounding or repeated blanks."""
    return " ".join(text.split()).casefold()
