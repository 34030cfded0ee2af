"""The base of every immutable domain value."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable record compared by content. Unknown fields are refused, so a misspelt one is never lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")
