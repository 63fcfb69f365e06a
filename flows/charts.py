"""The report's charts: Vega-Lite's, drawn as SVG in the page's own colours.

What each shows stands in `flows/charts/NAME.json`, what all share in `config.json`. Colours are CSS variables, which
the page gives for light, dark and paper.
"""

from __future__ import annotations

import json
import re
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import vl_convert

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPENING = re.compile(r"<svg [^>]*?(viewBox=\"[^\"]*\")>")


def draw(name: str, rows: Sequence[dict[str, Any]], title: str, told: str) -> str:
    """A chart as an `svg` element that stands in a page, with every text in it escaped.

    Args:
        name: of the chart, as in `flows/charts`.
        rows: what it shows, with the columns that its file names.
        title: what a screen reader calls it.
        told: what it shows, in a sentence, for who cannot see it.

    Raises:
        ValueError: Vega-Lite does not understand it.
    """
    svg = vl_convert.vegalite_to_svg(
        {**_described("config"), **_described(name), "data": {"values": list(rows)}},
        allowed_base_urls=[],
    )
    said = f'aria-labelledby="{name}-title {name}-told"'
    heads = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-told">{escape(told)}</desc>'
    return _OPENING.sub(lambda found: f'<svg {found[1]} role="img" {said}>{heads}', svg, count=1)


@cache
def _described(name: str) -> dict[str, Any]:
    described: dict[str, Any] = json.loads((files("flows") / "charts" / f"{name}.json").read_text())
    return described
