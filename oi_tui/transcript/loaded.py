"""Messages that were put in place of a conversation, as blocks of it.

Nothing of them ran here or was approved here. Pure; knows no file.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Sequence

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import ChatMessage, Role, ToolCall, digest_of
from oi_tui.protocol.reports import NOT_RUN, NOTHING_PRINTED, OUTPUT_FOLLOWS, is_prompt
from oi_tui.transcript.blocks import (
    Block,
    CodeBlock,
    CodeState,
    Output,
    PromptBlock,
    ProseBlock,
)

_FENCE = "```"  # text that holds code: what stands around it is prose of its own


def blocks_of(
    messages: Sequence[ChatMessage], envelope: ev.Envelope, taken: Container[str]
) -> Iterator[Block]:
    """Return the blocks of loaded messages. `taken`: names that other blocks have already."""
    results = {message.call_id: message.text for message in messages if message.role is Role.TOOL}
    for place, message in enumerate(messages):
        name = f"loaded-{envelope.seq}-{place}"
        if is_prompt(message):
            yield PromptBlock(name, envelope.turn, message.text, envelope.at)
        elif message.role is Role.ASSISTANT:
            if message.text.strip():
                yield ProseBlock(name, envelope.turn, [message.text], finished=True)
            for number, call in enumerate(message.calls):
                block = _code_block(call, results.get(call.call_id, ""), envelope)
                if block.block_id in taken:
                    block.block_id = f"{name}-{number}"
                yield block


def tells_beginning_of(blocks: Sequence[Block], messages: Sequence[ChatMessage]) -> int:
    """Return how many prompts of `blocks` the messages tell, from the first on; 0: another story.

    Every prompt, and all that was said between them, must be there, and nothing else.
    """
    prompts = [message.text for message in messages if is_prompt(message)]
    shown = [block.text for block in blocks if isinstance(block, PromptBlock)]
    if not prompts or prompts != shown[: len(prompts)]:
        return 0
    told = [message.text for message in messages if message.role is Role.ASSISTANT]
    prose = _prose_of_turns(blocks, len(prompts))
    are_told = all(any(text in one for one in told) for text in prose)
    everything = "\n\n".join(prose)
    are_shown = all(text in everything for text in told if _FENCE not in text)
    return len(prompts) if are_told and are_shown else 0


def _prose_of_turns(blocks: Sequence[Block], prompts: int) -> list[str]:
    prose = []
    for block in blocks:
        prompts -= isinstance(block, PromptBlock)
        if prompts < 0:
            break
        if isinstance(block, ProseBlock):
            prose.append(block.text.strip("\n"))
    return prose


def _code_block(call: ToolCall, result: str, envelope: ev.Envelope) -> CodeBlock:
    language, code = _arguments(call)
    state = CodeState.REJECTED if result.startswith(NOT_RUN) else CodeState.FINISHED
    data = _printed(result).encode("utf-8", "replace")
    return CodeBlock(
        call.call_id,
        envelope.turn,
        language,
        [code],
        digest_of(code),
        state,
        output=Output(bytearray(data)),
        output_bytes=len(data),
        at=envelope.at,
    )


def _printed(result: str) -> str:
    """Return the output in a result: reports of our own say first how it ended, others don't."""
    _, follows, output = result.partition(f"{OUTPUT_FOLLOWS}\n")
    is_silent = result.startswith(NOT_RUN) or result.endswith(NOTHING_PRINTED)
    return output if follows else "" if is_silent else result


def _arguments(call: ToolCall) -> tuple[str, str]:
    try:
        values = json.loads(call.arguments)
        return str(values["language"]), str(values["code"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", call.arguments
