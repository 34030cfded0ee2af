"""The data files beside the code."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def read(name: str) -> dict[str, Any]:
    """One of the TOML files: `services`, `areas`, `names`, `workforce`. Not to be changed by the reader."""
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))
