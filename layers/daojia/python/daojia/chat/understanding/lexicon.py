"""The names of services and what people call them, compiled once into an index that is read in one pass. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from daojia.chat.understanding.script import fold
from daojia.chat.understanding.sounds import sounded, spelled_out
from daojia.chat.understanding.vocabulary import SERVICES, THINGS, VAGUE


@dataclass(frozen=True, slots=True)
class Named:
    """A service found in a text: its catalogue name, where, and how sure (a typo or a vague word is less so)."""

    service: str
    start: int
    end: int
    confidence: float


class Lexicon:
    """Words for services. At one place the longest word wins; of several places the surest, then the first."""

    def __init__(self, words: Mapping[str, str], vague: Iterable[str] = ()) -> None:
        """`words` maps every name and synonym to its catalogue name; `vague` are those that may well mean another."""
        unsure = {_key(word) for word in vague}
        entries = {_key(word): (name, 0.6 if _key(word) in unsure else 1.0) for word, name in words.items()}
        self._names = frozenset(words.values())
        self._by_word = {word: name for word, (name, confidence) in entries.items() if confidence == 1.0}
        self._by_half: dict[str, list[tuple[str, int]]] = {}
        for word in self._by_word:
            if len(word) >= 4 and not word.isascii():
                for offset in (0, len(word) - 2):
                    self._by_half.setdefault(word[offset : offset + 2], []).append((word, offset))
        self._by_start: dict[str, list[tuple[str, str, float]]] = {}
        for word in sorted(filter(None, entries), key=len, reverse=True):
            name, confidence = entries[word]
            self._by_start.setdefault(word[:2], []).append((word, name, confidence))

    @staticmethod
    def of(services: Iterable[tuple[str, str]]) -> "Lexicon":
        """The built-in words with further (synonym, catalogue name) pairs of the live catalogue; cached."""
        return _extended(tuple(services))

    @staticmethod
    def default() -> "Lexicon":
        """The words for the services everybody has."""
        return _extended(())

    def find(self, text: str) -> Named | None:
        """The service a folded text names; None if it names none."""
        found = self.all(text)
        if not any(named.confidence == 1.0 for named in found):
            found += composed(text, self._names) or self._misspelt(text) or self._misheard(text)
        return max(found, key=lambda named: (named.confidence, named.end - named.start > 3, -named.start), default=None)

    def _misspelt(self, text: str) -> list[Named]:
        """A word of four or more characters with one of them wrong."""
        for place in range(len(text) - 1):
            for word, offset in self._by_half.get(text[place : place + 2], ()):
                start = place - offset
                said = text[start : start + len(word)] if start >= 0 else ""
                if len(said) == len(word) and sum(map(str.__ne__, said, word)) == 1:
                    return [Named(self._by_word[word], start, start + len(word), 0.75)]
        return []

    def _misheard(self, text: str) -> list[Named]:
        """A word written by ear with at least one character right, or in pinyin."""
        spelled, places = spelled_out(text)
        heard = sounded(spelled)
        by_sound = self._by_sound()
        for place in range(len(heard) - 1):
            for sound, word in by_sound.get(heard[place : place + 2], ()):
                end = place + len(word)
                if heard.startswith(sound, place):
                    letters = "a" <= text[places[place]] <= "z"
                    if letters or any(map(str.__eq__, word, spelled[place:end])):
                        return [Named(self._by_word[word], places[place], places[end], 0.75)]
        return []

    @cache  # noqa: B019  lexicons are few and live as long as the process
    def _by_sound(self) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {}
        for word in sorted(self._by_word, key=len, reverse=True):
            if len(word) > 1 and not word.isascii():
                sound = sounded(word)
                found.setdefault(sound[:2], []).append((sound, word))
        return found

    def all(self, text: str) -> list[Named]:
        """Every service a folded text names, from left to right."""
        found: list[Named] = []
        squeezed, places = _squeezed(text)
        position, length = 0, len(squeezed)
        while position < length:
            for word, name, confidence in self._by_start.get(squeezed[position : position + 2], ()):
                if squeezed.startswith(word, position) and _whole(squeezed, position, position + len(word)):
                    end = position + len(word)
                    found.append(Named(name, places[position], places[end - 1] + 1, confidence))
                    position = end - 1
                    break
            position += 1
        return found


def composed(text: str, known: frozenset[str]) -> list[Named]:
    """Services said in two words apart: 空调 … 洗, 窗户 … 擦, 肩膀 … 疼; a thing alone that only one service is for."""
    spoken_of = {group for char in text for word, group in _things().get(char, ()) if word in text}
    for group in sorted(spoken_of):
        things, acts = THINGS[group]
        thing = _first(text, things)
        if thing is None:
            continue
        for service, verbs in acts:
            verb = _first(text, verbs) if verbs else thing
            if verb is not None and service in known:
                return [Named(service, min(thing[0], verb[0]), max(thing[1], verb[1]), 0.85 if verbs else 0.7)]
    return []


@cache
def _things() -> dict[str, list[tuple[str, int]]]:
    """Things by their first character, with the place of each in THINGS."""
    found: dict[str, list[tuple[str, int]]] = {}
    for group, (things, _) in enumerate(THINGS):
        for word in things:
            found.setdefault(word[0], []).append((word, group))
    return found


def _first(text: str, words: tuple[str, ...]) -> tuple[int, int] | None:
    """Where the first of the words stands."""
    for word in words:
        place = text.find(word)
        if place >= 0:
            return place, place + len(word)
    return None


def _whole(text: str, start: int, end: int) -> bool:
    """Words in letters stand alone: ktwx is no part of another word."""
    if not ("a" <= text[start] <= "z"):
        return True
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not ("a" <= before <= "z" or "a" <= after <= "z")


def _squeezed(text: str) -> tuple[str, range | list[int]]:
    """The text without blanks, and where each of its characters stood."""
    if " " not in text:
        return text, range(len(text))
    places = [place for place, char in enumerate(text) if char != " "]
    return "".join(text[place] for place in places), places


def _key(word: str) -> str:
    return fold(word).replace(" ", "")


@cache
def _extended(services: tuple[tuple[str, str], ...]) -> Lexicon:
    words = {word: name for name, said in SERVICES.items() for word in (name, *said.split())}
    return Lexicon(words | dict(services), VAGUE.split())


EMPTY: Final = Lexicon({})
"""Knows no service."""
