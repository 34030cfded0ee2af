"""The platform's tables in an emulator, made from the template's own key schemas."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"
_KEPT = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")


class _Plain(yaml.SafeLoader):
    """Reads the template without understanding its functions (!Ref, !Sub)."""


_Plain.add_multi_constructor("!", lambda _loader, _tag, _node: None)


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """What CreateTable needs, by the name a table has outside Lambda (`orders`)."""
    resources = yaml.load(_TEMPLATE.read_text(encoding="utf-8"), _Plain)["Resources"]  # noqa: S506 - a SafeLoader
    return {
        logical.removesuffix("Table").lower(): {
            key: resource["Properties"][key] for key in _KEPT if key in resource["Properties"]
        }
        for logical, resource in resources.items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }
