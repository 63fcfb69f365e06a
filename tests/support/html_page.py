"""Read a page of HTML as a browser without scripts does."""

from __future__ import annotations

from html.parser import HTMLParser


class HtmlPage(HTMLParser):
    """The tags of a page with their attributes, its texts, and the rows of its tables."""

    def __init__(self, text):
        super().__init__()
        self.source = text
        self.tags, self.texts, self.rows, self._open = [], [], [], []
        self.feed(text)
        self.rows = [[" ".join(cell.split()) for cell in row] for row in self.rows]

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        self._open.append(tag)

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"style", "script"} & set(self._open):
            self.texts.append(data)
        if {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data

    @property
    def text(self):
        """The text that a reader sees, in one line."""
        return " ".join("".join(self.texts).split())

    def all(self, name):
        """Return the attributes of every tag of this name."""
        return [attributes for tag, attributes in self.tags if tag == name]
