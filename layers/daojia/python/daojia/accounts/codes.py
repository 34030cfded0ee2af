"""Log-in codes sent by short message: six digits, good for five minutes and five tries, kept as a keyed hash.

Limits come before everything else: one code a minute and ten a day per number, thirty a day per caller's address. What
is answered never tells whether a number has an account.
"""

import hmac
from datetime import datetime, timedelta
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from daojia.accounts.errors import WrongCodeError
from daojia.accounts.sms import SmsClient
from daojia.kernel.ids import digits
from daojia.kernel.sealed import lookup_hash
from daojia.kernel.table import Table, table_name
from daojia.kernel.times import seconds
from daojia.kernel.transaction import Transaction
from daojia.platform import throttle

DIGITS: Final = 6
GOOD_FOR: Final = timedelta(minutes=5)
TRIES: Final = 5
PER_DAY: Final = 10
PER_DAY_FROM_ONE_ADDRESS: Final = 30
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)


class CodeItem(Table):
    """The one code a number may log in with now; a new one takes the place of the old one."""

    class Meta:
        table_name = table_name("COMMANDS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    code_hash = UnicodeAttribute()
    tries = NumberAttribute()
    expires_at = NumberAttribute()


def send(phone: str, caller_address: str, now: datetime) -> None:
    """Send a code. TooManyRequestsError beyond a limit; UnavailableError when it could not be sent."""
    # The rarest first: what a limit refuses counts at no other.
    throttle.attempt(f"sms-minute#{_whose(phone)}", limit=1, window=_MINUTE, now=now)
    throttle.attempt(f"sms-address#{caller_address}", limit=PER_DAY_FROM_ONE_ADDRESS, window=_DAY, now=now)
    throttle.attempt(f"sms-day#{_whose(phone)}", limit=PER_DAY, window=_DAY, now=now)
    code = digits(DIGITS)
    tx = Transaction()
    expires_at = seconds(now + GOOD_FOR)
    tx.put(CodeItem(key=_key(phone), code_hash=_hash(phone, code), tries=0, expires_at=expires_at))
    tx.commit()
    SmsClient.of_stage().send_code(phone, code, int(GOOD_FOR.total_seconds() // 60), now)


def redeem(tx: Transaction, phone: str, code: str, now: datetime) -> None:
    """Take the code, which works once: it is deleted with what is done for it.

    WrongCodeError for a wrong, used, old or too often tried one; which of these is not said. The try counts before the
    code is looked at, so that many at once gain nothing.
    """
    try:
        item = CodeItem.get(_key(phone), consistent_read=True)
    except CodeItem.DoesNotExist as error:
        raise WrongCodeError from error
    counted = Transaction()
    open_still = (CodeItem.tries < TRIES) & (CodeItem.expires_at > seconds(now))
    same = CodeItem.code_hash == item.code_hash
    counted.update(item, [CodeItem.tries.add(1)], condition=open_still & same, otherwise=WrongCodeError())
    counted.commit()
    if not hmac.compare_digest(str(item.code_hash), _hash(phone, code)):
        raise WrongCodeError
    tx.delete(item, condition=same, otherwise=WrongCodeError())


def _whose(phone: str) -> str:
    return lookup_hash("phone", phone)


def _key(phone: str) -> str:
    return f"sms-code#{_whose(phone)}"


def _hash(phone: str, code: str) -> str:
    return lookup_hash("sms-code", f"{phone}:{code}")
