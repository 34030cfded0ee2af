"""Who people are in WeChat: ids that look like WeChat's and are the same every time, phone numbers nobody has."""

import base64
import hashlib
from typing import Final

from daojia.kernel.value import Value

PHONE_PREFIX: Final = "154"
"""A mobile prefix that is assigned to no carrier: a call by mistake reaches nobody."""
_BLOCKS: Final = {"customer": 0, "relative": 1, "provider": 2}


class WeChatIdentity(Value):
    """One person in the official account, in the mini-program, and across both."""

    openid: str
    miniprogram_openid: str
    unionid: str


def identity(kind: str, number: int) -> WeChatIdentity:
    """The identity of customer 3 or provider 117."""
    return WeChatIdentity(
        openid=_weixin_id(f"account/{kind}/{number}"),
        miniprogram_openid=_weixin_id(f"mini-program/{kind}/{number}"),
        unionid=_weixin_id(f"union/{kind}/{number}"),
    )


def phone(kind: str, number: int) -> str:
    """Eleven digits, another number for everybody."""
    return f"{PHONE_PREFIX}{_BLOCKS[kind]:04d}{number:04d}"


def _weixin_id(name: str) -> str:
    """28 characters beginning with `o`, as WeChat's ids have."""
    digest = hashlib.sha256(f"daojia-demo/{name}".encode()).digest()
    return "o" + base64.urlsafe_b64encode(digest).decode()[:27]
