"""The signature of Tencent Cloud's API 3.0."""

from hypothesis import given
from hypothesis import strategies as st

from daojia.accounts.sms import authorization

WHEN = 1_551_113_065  # 2019-02-25 UTC


def sign(*, key: str = "secret", host: str = "sms.tencentcloudapi.com", body: str = "{}", at: int = WHEN) -> str:
    return authorization("AKID", key, host=host, body=body, timestamp=at)


def test_it_names_who_signed_for_which_service_on_which_day() -> None:
    assert sign().startswith(
        "TC3-HMAC-SHA256 Credential=AKID/2019-02-25/sms/tc3_request, SignedHeaders=content-type;host, Signature="
    )


@given(st.text(max_size=30), st.text(max_size=30))
def test_another_body_has_another_signature(one: str, other: str) -> None:
    assert (sign(body=one) == sign(body=other)) == (one == other)


def test_key_host_and_moment_are_covered() -> None:
    assert len({sign(), sign(key="x"), sign(host="x"), sign(at=WHEN + 1)}) == 4
