"""Reports for people: HTML pages of one file each, in one look."""

from pathlib import Path

import jinja2

from crlm.base.formats import percent


def render_page(template: str, **context) -> str:
    """Fill an HTML template.

    Parameters
    ----------
    template
        The path of a template that extends `layout.html.j2` of its folder, which takes the
        stylesheet of the paper in. Values are escaped; a name that `context` lacks is an error.
    context
        What the template speaks of. Beside Jinja's filters it has `percent(decimals)`.
    """
    folder = Path(template).parent
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, folder.parents[1] / "manuscript/theme"]),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["percent"] = percent
    return environment.get_template(Path(template).name).render(context)
