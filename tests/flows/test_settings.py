"""The settings that a process is handed are read whole, or refused with a sentence."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from extract.errors import BadSetting
from flows.settings import HANDED_OVER, Settings, hand_over, read_handed_over


def test_settings_come_back_as_they_were_handed_over(monkeypatch):
    """JSON makes lists of tuples, and nothing else of them changes."""
    monkeypatch.setenv(HANDED_OVER, "")
    settings = Settings(
        warehouse="here.duckdb", condition_sets=["aclf", "mine.toml"], rate=2.5, full=True, publish_to=["a"]
    )
    hand_over(settings)
    assert asdict(read_handed_over()) == asdict(settings)


@pytest.mark.parametrize(
    "text",
    [
        "aclf",
        "[]",
        json.dumps({"no_such_setting": 1}),
        json.dumps({"condition_sets": "aclf"}),
        json.dumps({"publish_to": "a"}),
        '{"condition_sets": 3}',
    ],
)
def test_other_texts_are_refused(monkeypatch, text):
    """One name in place of a list would be read letter by letter."""
    monkeypatch.setenv(HANDED_OVER, text)
    with pytest.raises(BadSetting, match=HANDED_OVER):
        read_handed_over()
