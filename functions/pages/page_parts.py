"""How a page is put together: a frame, a fragment beside this file, words from the catalogue, values escaped."""

import html
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from daojia.kernel.texts import say

FOLDER: Final = Path(__file__).parent
_SLOT: Final = re.compile(r"\{\{(\{?)([a-z_:.]+)\}?\}\}")


@dataclass(frozen=True)
class Page:
    """A page: the fragment `<name>.html` with values, and `<name>.js` if there is one. `rows` are facts in two columns;
    `raw` values are HTML already."""

    name: str
    title: str
    values: dict[str, str] = field(default_factory=dict[str, str])
    raw: dict[str, str] = field(default_factory=dict[str, str])

    def html(self, nonce: str) -> str:
        """The whole page. Only what carries the nonce runs."""
        body = fill(read(f"{self.name}.html"), self.values, self.raw)
        script = read(f"{self.name}.js") if (FOLDER / f"{self.name}.js").exists() else ""
        parts = {"style": read("page.css"), "body": body, "script": script}
        return fill(read("frame.html"), {"title": self.title, "nonce": nonce}, parts)


def message(title: str, text: str, *, mood: str) -> Page:
    """A page that says one thing; `mood` is happy, sad or calm."""
    icon = {"happy": "✓", "sad": "!", "calm": "i"}[mood]
    return Page("message", title, {"title": title, "text": text, "mood": mood, "icon": icon})


def rows(facts: dict[str, str]) -> str:
    """Facts in two columns, escaped."""
    return "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in facts.items())


def fill(template: str, values: dict[str, str], raw: dict[str, str]) -> str:
    """Fill `{{value}}` (escaped), `{{{value}}}` (HTML as it is) and `{{say:key}}` (from texts/pages.toml)."""

    def put(match: re.Match[str]) -> str:
        as_it_is, name = match.groups()
        if name.startswith("say:"):
            return html.escape(say(f"pages.{name.removeprefix('say:')}"))
        return raw[name] if as_it_is else html.escape(values[name])

    return _SLOT.sub(put, template)


@cache
def read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
