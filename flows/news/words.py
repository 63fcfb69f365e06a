"""The news of a trial in words: the same in the feed and in the digest of an alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.printable import clean_sentence
from flows.pages.change_text import list_sentences
from warehouse.reading.events import BEGAN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from warehouse.reading.news import News

MOST_SENTENCES = 12
"""Changes of a trial that one night's news name; `aclf changes` has all."""

_LONGEST_TITLE = 300
_STATUS = "protocolSection.statusModule.overallStatus"
_RESULTS = ("resultsSection.", "hasResults")

_WORDS = {
    "joined": "joined",
    "opened": "opened",
    "stopped": "stopped",
    "results": "results posted",
    "sites": "sites added",
}


def name_events(news: News) -> str:
    """Return what happened to a trial in few words, as in `opened, 2 sites added`."""
    return ", ".join(_name_event(event, news.number) for event in news.events)


def format_headline(news: News) -> str:
    """Return the news as one line: what happened, and to which trial."""
    if news.events == (BEGAN,):
        return clean_sentence(f"{_join(news.condition_sets)}: {_count_trials(news.number)} to begin with")
    return f"{_capitalise(name_events(news))}: {format_trial(news)}"


def format_trial(news: News) -> str:
    """Return the trial's short title and NCT number in one line."""
    title = clean_sentence(news.title, _LONGEST_TITLE).strip()
    return f"{title} ({news.nct_id})" if title else str(news.nct_id)


def list_details(news: News, followed: Sequence[str]) -> list[str]:
    """Return the sentences below the headline: the trial's status, its sets, and what changed.

    Args:
        news: the news.
        followed: the names of the sets that the warehouse follows; with one only, no set is named.
    """
    if news.events == (BEGAN,):
        return ["They are not named here. What happens to them from now on is."]
    # A change of status says what the status is now.
    is_status_told = any(change["path"] == _STATUS for change in news.changes)
    details = [f"status: {clean_sentence(news.status)}"] if news.status and not is_status_told else []
    if len(followed) > 1 and news.condition_sets:
        details.append(clean_sentence(f"in {_join(news.condition_sets)}"))
    sentences = [clean_sentence(sentence) for sentence in list_sentences(_leave_out_results(news))]
    more = len(sentences) - MOST_SENTENCES
    rest = [f"and {more} more: `aclf changes {news.nct_id}`"] if more > 0 else []
    return [*details, *sentences[:MOST_SENTENCES], *rest]


def _leave_out_results(news: News) -> list[dict[str, Any]]:
    """Return the changes without those of the results, if the headline already says that results were posted."""
    if "results" not in news.events:
        return list(news.changes)
    return [change for change in news.changes if not (change["path"] or "").startswith(_RESULTS)]


def _name_event(event: str, number: int | None) -> str:
    if event == "sites" and number is not None:
        return f"{number} site{'' if number == 1 else 's'} added"
    return _WORDS[event]


def _count_trials(number: int | None) -> str:
    return f"{number} trial{'' if number == 1 else 's'}"


def _join(names: Sequence[str]) -> str:
    return ", ".join(names)


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
