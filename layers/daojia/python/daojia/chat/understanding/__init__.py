"""What a person's message means: pure functions of the text and the clock. No network, no model, quick to import.

`when` finds the time of a visit in a sentence, `understand` finds the intent and its slots, `shorthand` reads the
short answers people tap or type: numbers, yes, no, 帮助.
"""

from daojia.chat.understanding.shorthand import Shorthand, shorthand
from daojia.chat.understanding.understand import Evidence, Understanding, understand
from daojia.chat.understanding.when import When, when

__all__ = ["Evidence", "Shorthand", "Understanding", "When", "shorthand", "understand", "when"]
