"""The pages of `aclf serve` as a web application that only reads: report, trials, feed, `/health` and `/metrics`."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import FastAPI, Query, Request
from fastapi.responses import Response
from prometheus_client.exposition import choose_encoder

from flows.orchestration.door import Door, Headers
from flows.schedule.metrics import make_registry, read_figures
from flows.schedule.page_errors import handle_errors
from flows.schedule.published_pages import PublishedPages
from flows.status import FRESH, format_status, read_status
from warehouse.errors import NoWarehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from flows.schedule.published_pages import Page
    from warehouse.paths import Paths

MISSING = "missing"
"""The state that `/health` gives where `aclf status` would say that there is no warehouse."""

SECURITY_HEADERS: Headers = (
    # A page carries its own policy, which allows its own style and script by their digests and nothing else. Only a
    # header can say that no other page shows it in a frame.
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)

_HTML = "text/html; charset=utf-8"
_ATOM = "application/atom+xml; charset=utf-8"
_NOT_KEPT = {"Cache-Control": "no-store"}
_METHODS = ["GET", "HEAD"]


def make_app(paths: Paths, names: Collection[str] | None, origins: Collection[str]) -> Door:
    """Make the application.

    Args:
        paths: the warehouse's.
        names: the host names under which it may be asked; None for any.
        origins: further origins that may use it.
    """
    # Without the descriptions that FastAPI serves: their pages load scripts from another host.
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    handle_errors(app)
    _add_pages(app, PublishedPages(paths), paths)
    return Door(app, names, origins, SECURITY_HEADERS)


def _add_pages(app: FastAPI, pages: PublishedPages, paths: Paths) -> None:
    def show_report(request: Request) -> Response:
        return _answer(request, pages.make_report(), _HTML)

    def show_trial(request: Request, nct_id: str) -> Response:
        return _answer(request, pages.make_trial(nct_id), _HTML)

    def show_feed(request: Request) -> Response:
        return _answer(request, pages.make_feed(), _ATOM)

    def show_health(max_age: Annotated[float, Query(ge=0, allow_inf_nan=False)] = 36.0) -> Response:
        with pages.reading:
            health = read_health(paths, max_age)
        status = HTTPStatus.OK if health["state"] == FRESH else HTTPStatus.SERVICE_UNAVAILABLE
        body = orjson.dumps(health, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        return Response(body, status, _NOT_KEPT, "application/json")

    def show_metrics(request: Request) -> Response:
        with pages.reading:
            registry = make_registry(read_figures(paths), datetime.now(UTC))
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), HTTPStatus.OK, _NOT_KEPT, content_type)

    routes: dict[str, Callable[..., Response]] = {
        "/": show_report,
        "/feed.xml": show_feed,
        "/health": show_health,
        "/metrics": show_metrics,
        "/trials/{nct_id}": show_trial,
        # The last one, because every address of one part fits.
        "/{nct_id}": show_trial,
    }
    for path, show in routes.items():
        app.add_api_route(path, show, methods=_METHODS)


def read_health(paths: Paths, max_age_hours: float) -> dict[str, Any]:
    """Return what `aclf status --json` prints, with a sentence as `message`.

    Where nothing ran yet, the state is `missing` and `message` says what to do.
    """
    try:
        status = read_status(paths, max_age_hours)
    except NoWarehouse as error:
        return {"state": MISSING, "message": str(error)}
    first, *others = format_status(status)
    # The last line has the reason, where there is a failure.
    return status | {"message": f"{first} {others[-1]}" if status["failure"] else first}


def _answer(request: Request, page: Page, media_type: str) -> Response:
    """Return a page, or only that it is the one that the browser has."""
    tag = f'"{page.tag}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    return Response(page.body, HTTPStatus.OK, headers, media_type)
