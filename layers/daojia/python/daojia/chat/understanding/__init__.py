"""What a person's message means: pure functions of the text and the clock. No network, no model, quick to import.

`when` finds the time of a visit in a sentence, `understand` finds the intent and its slots, `shorthand` reads the
short answers people tap or type: numbers, yes, no, 帮助. Patterns are compiled when first used; an entry point that
would rather do it while it starts calls `warm_up`.
"""

from datetime import UTC, datetime

from daojia.chat.understanding.lexicon import Lexicon
from daojia.chat.understanding.shorthand import Shorthand, shorthand
from daojia.chat.understanding.understand import Evidence, Understanding, understand
from daojia.chat.understanding.when import When, when

__all__ = ["Evidence", "Lexicon", "Shorthand", "Understanding", "When", "shorthand", "understand", "warm_up", "when"]


def warm_up() -> None:
    """Compile every pattern now."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    text = "改到明天下午3点，家里有猫，地址中山路25号，周六或者周日"
    understand(text, moment, "customer")
    understand(text, moment, "provider")
    shorthand("第二个")
