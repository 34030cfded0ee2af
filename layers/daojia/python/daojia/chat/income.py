"""How a provider's income reads. Pure."""

from daojia.chat.speech import lines_of, tell
from daojia.kernel.money import yuan
from daojia.payments.model import PayoutState
from daojia.payments.payouts import Income


def summary(income: Income) -> str:
    """收入: what waits for its settlement delay, what is payable, what was paid out, what awaits confirmation."""
    total_fen = income.earned_fen + income.payable_fen + income.in_transfer_fen + income.paid_out_fen
    if not total_fen:
        return tell("income.none")
    waiting = [payout for payout in income.payouts if payout.state is PayoutState.AWAITING_CONFIRMATION]
    return lines_of(
        tell("income.title"),
        tell("income.pending", amount=yuan(income.earned_fen)),
        tell("income.available", amount=yuan(income.payable_fen)),
        tell("income.in_transfer", amount=yuan(income.in_transfer_fen)) if income.in_transfer_fen else "",
        tell("income.paid_out", amount=yuan(income.paid_out_fen)),
        *(tell("income.confirming", amount=yuan(payout.amount_fen)) for payout in waiting),
        tell("income.rule"),
    )
