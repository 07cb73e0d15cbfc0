"""How many tokens a text will probably be, at once and without any tokenizer.

For the time until LiteLLM's counter is loaded. Errs on the high side for Chinese, Japanese and
Korean, where one character is about one token.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from oi_tui.protocol.items import ChatMessage

CHARACTERS_A_TOKEN = 3.5
TOKENS_A_MESSAGE = 4  # role and separators
_WIDE = re.compile(
    "[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f"
    "\uff00-\uffef\U0001f000-\U0003ffff]"
)


def estimate_text(text: str) -> int:
    """Return about how many tokens `text` is; never less than one for any text."""
    wide = 0 if text.isascii() else sum(1 for _ in _WIDE.finditer(text))
    return wide + -int(-(len(text) - wide) // CHARACTERS_A_TOKEN)


def estimate_tokens(messages: Sequence[ChatMessage]) -> int:
    """Return about how many tokens `messages` are, their calls and separators included."""
    total = 0
    for message in messages:
        total += TOKENS_A_MESSAGE + estimate_text(message.text)
        for call in message.calls:
            total += estimate_text(call.name) + estimate_text(call.arguments)
    return total
