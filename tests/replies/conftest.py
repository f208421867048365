from html.parser import HTMLParser

import pytest

from config.call import Call, load_calls
from replies.render import Templates, open_templates


@pytest.fixture(scope="session")
def call() -> Call:
    return load_calls()["ontwikkelgroep"]


@pytest.fixture(scope="session")
def templates() -> Templates:
    return open_templates()


class Page(HTMLParser):
    """The tags and the visible text of a letter's HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._hidden = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._hidden = tag in {"style", "title"}

    def handle_endtag(self, tag: str) -> None:
        self._hidden = self._hidden and tag not in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def links(self) -> list[str]:
        """Everything in it that leads or loads from somewhere."""
        named = ("href", "src", "background", "action", "srcset", "poster")
        return [value or "" for _, attrs in self.tags for name, value in attrs.items() if name in named]
