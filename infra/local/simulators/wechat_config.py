"""Who the official account and its mini-program are, and which templates they have registered."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Template:
    """A registered template: its title, and for each field the label shown before its value."""

    template_id: str
    title: str
    fields: dict[str, str]

    @classmethod
    def parse(cls, template_id: str, content: Mapping[str, Any]) -> "Template":
        """`{title, fields: {field: label}}`, or just `{field: label}`."""
        if "fields" in content:
            return cls(template_id, str(content.get("title") or template_id), dict(content["fields"]))
        return cls(template_id, template_id, {name: str(label) for name, label in content.items()})


@dataclass(frozen=True)
class Account:
    """The configuration file."""

    appid: str
    secret: str
    token: str
    aes_key: bytes
    original_id: str
    webhook: str
    miniprogram_appid: str
    miniprogram_secret: str
    templates: dict[str, Template]

    @classmethod
    def parse(cls, config: Mapping[str, Any]) -> "Account":
        """KeyError when something is missing, ValueError when it cannot be used."""
        try:
            aes_key = base64.b64decode(config["encoding_aes_key"] + "=", validate=True)
        except binascii.Error as error:
            raise ValueError("encoding_aes_key is not base64") from error
        if len(config["encoding_aes_key"]) != 43 or len(aes_key) != 32:
            raise ValueError("encoding_aes_key must have 43 characters")
        templates = {**config.get("templates", {}), **config.get("subscribe_templates", {})}
        return cls(
            appid=config["appid"],
            secret=config["secret"],
            token=config["token"],
            aes_key=aes_key,
            original_id=config["original_id"],
            webhook=config["webhook"],
            miniprogram_appid=config["miniprogram_appid"],
            miniprogram_secret=config["miniprogram_secret"],
            templates={key: Template.parse(key, content) for key, content in templates.items()},
        )

    @property
    def secrets(self) -> dict[str, str]:
        """The secret of each app by its appid."""
        return {self.appid: self.secret, self.miniprogram_appid: self.miniprogram_secret}
