"""The map of the report: a dot for each town in which trials have sites."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, Any]

MOST_TOWNS = 200
"""Towns in the table below the map; the map has all of them."""

# The map is equirectangular: x is ten times the longitude, and y twelve times the latitude, so that the shapes are
# right at some 34 degrees, where many of the sites are. `report_outline.html` has coasts and borders in these units.
_X_UNITS, _Y_UNITS = 10, 12

# The smallest dot has a radius of three pixels on a map that is 430 pixels wide. Its area grows with the trials.
_SMALLEST, _LARGEST = 25, 90


@dataclass(slots=True)
class Town:
    """A town with sites.

    Attributes:
        name: its city and country, as the registry gives them.
        position: x and y on the map; None if the registry has no coordinates of it.
        trials: the NCT numbers of its trials.
        sites: the number of its sites.
    """

    name: str
    position: tuple[float, float] | None
    trials: list[str] = field(default_factory=list)
    sites: int = 0


def list_towns(rows: Iterable[Row]) -> list[Town]:
    """Return the towns, those with the most trials first.

    Args:
        rows: the rows of `warehouse/sql/report/towns.sql`: one for each trial and town.
    """
    towns: dict[tuple[Any, ...], Town] = {}
    for row in rows:
        place = (row["latitude"], row["longitude"])
        is_on_map = None not in place
        # One place is one dot, also where records spell its name in two ways.
        key = place if is_on_map else (row["city"], row["country"])
        if key not in towns:
            name = ", ".join(filter(None, (row["city"], row["country"])))
            towns[key] = Town(name, _project(*place) if is_on_map else None)
        town = towns[key]
        town.sites += row["sites"]
        if row["nct_id"] not in town.trials[-1:]:
            town.trials.append(row["nct_id"])
    return sorted(towns.values(), key=lambda town: (-len(town.trials), -town.sites, town.name))


def make_dots(towns: Iterable[Town]) -> list[tuple[int, float, float, int]]:
    """Return the dots of the map of the world: the number of each town that has coordinates, x, y, and the radius."""
    dots = []
    for number, town in enumerate(towns):
        if town.position:
            radius = min(round(_SMALLEST * sqrt(len(town.trials))), _LARGEST)
            dots.append((number, *town.position, radius))
    return dots


def _project(latitude: float, longitude: float) -> tuple[float, float]:
    return round(longitude * _X_UNITS, 1), round(-latitude * _Y_UNITS, 1)
