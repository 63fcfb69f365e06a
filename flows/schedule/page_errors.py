"""What the pages of `aclf serve` answer when there is nothing to show: the error's sentence, and no traceback."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException

from extract.errors import AclfError, BadNctNumber, BadSetting
from flows.errors import InternalError, PageRefused
from flows.pages.html import render_html
from warehouse.errors import NoWarehouse, ReportNotWritten, TrialNotHeld

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI, Request

PLAIN_PATHS = frozenset({"/feed.xml", "/health", "/metrics"})
"""What programs read. They get a sentence as text; people get a page."""

_STATUSES: dict[type[Exception], HTTPStatus] = {
    BadNctNumber: HTTPStatus.NOT_FOUND,
    TrialNotHeld: HTTPStatus.NOT_FOUND,
    BadSetting: HTTPStatus.BAD_REQUEST,
    NoWarehouse: HTTPStatus.SERVICE_UNAVAILABLE,
    ReportNotWritten: HTTPStatus.SERVICE_UNAVAILABLE,
}

_RETRY_SECONDS = "30"


def handle_errors(app: FastAPI) -> None:
    """Let an application answer every error with its sentence."""
    app.add_exception_handler(AclfError, _answer_error)
    app.add_exception_handler(HTTPException, _answer_refusal)
    app.add_exception_handler(RequestValidationError, _answer_wrong_value)
    app.add_exception_handler(Exception, _answer_fault)


def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AclfError)
    return _answer(request, error, _STATUSES.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR))


def _answer_refusal(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, HTTPException)
    return _answer(request, _describe_refusal(refusal), HTTPStatus(refusal.status_code), refusal.headers)


def _answer_wrong_value(request: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, RequestValidationError)
    names = ", ".join(str(each["loc"][-1]) for each in wrong.errors())
    error = BadSetting(f"the value of {names} in the address cannot be used", next_step="correct the address")
    return _answer(request, error, HTTPStatus.BAD_REQUEST)


def _answer_fault(request: Request, fault: Exception) -> Response:
    # The server logs the traceback afterwards, for the operator alone.
    error = InternalError(
        f"this page met a fault of the program ({type(fault).__name__})",
        stands="the warehouse and the schedule are not affected",
        next_step="load it again; the operator finds the traceback in the output of `aclf serve`",
    )
    return _answer(request, error, HTTPStatus.INTERNAL_SERVER_ERROR)


def _describe_refusal(refusal: HTTPException) -> PageRefused:
    """Return what to say where an address has no page, or where a request is not one for a page."""
    if refusal.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return PageRefused("these pages can only be read, with GET or HEAD", next_step="change nothing here")
    if refusal.status_code == HTTPStatus.NOT_FOUND:
        return PageRefused(
            "there is no page at this address",
            next_step="open the report at /, or a trial by its number, such as /NCT03863002",
        )
    return PageRefused(f"the request was refused ({refusal.detail})", next_step="correct the request")


def _answer(
    request: Request, error: AclfError, status: HTTPStatus, headers: Mapping[str, str] | None = None
) -> Response:
    more = {**(headers or {}), "Cache-Control": "no-store"}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        more["Retry-After"] = _RETRY_SECONDS
    if request.url.path in PLAIN_PATHS:
        return PlainTextResponse(f"{error}\n", status, more)
    happened, *parts = (f"{text[:1].upper()}{text[1:]}." for text in (error.happened, error.stands, error.next_step))
    page = render_html(
        "message.html", ["trial.css", "pages.css"], title=happened, parts=parts, kicker="Trials on ClinicalTrials.gov"
    )
    return HTMLResponse(page, status, more)
