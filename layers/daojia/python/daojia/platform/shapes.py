"""Shapes that the API's functions share: what callers send (`Wish`), what they get (`View`), and their parts."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from daojia.kernel.geography import Point
from daojia.kernel.times import local


class Wish(BaseModel):
    """Something a caller sends. Unknown fields are refused: a misspelt or unsupported wish is not silently dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class View(BaseModel):
    """Something a caller gets."""

    model_config = ConfigDict(frozen=True)


def _text_only(value: Any) -> Any:
    """Instants are ISO 8601 texts: a bare number would be read as seconds since 1970."""
    if isinstance(value, str | datetime):
        return value
    raise PydanticCustomError("not_an_instant", "not an instant")


Instant = Annotated[AwareDatetime, BeforeValidator(_text_only), AfterValidator(local)]
"""An instant with an offset, as text in ISO 8601; given out in Shanghai time."""


class Position(Wish):
    """A position in GCJ-02."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lng: float = Field(ge=-180, le=180, allow_inf_nan=False)

    @property
    def point(self) -> Point:
        return Point(lat=self.lat, lng=self.lng)
