"""How a history that fills its context becomes shorter: which turns, and in which words.

Owns what is old enough to be summed up, what the model is asked for, and what is said about it to
a person. Pure; sends nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oi_tui.engine.trimming import exchanges_of
from oi_tui.protocol.items import ChatMessage, Role
from oi_tui.protocol.reports import FRAME, is_prompt
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr, trn

KEPT_TURNS = 2  # the newest ones stay word for word
KEPT_SHARE = 3  # unless they take more than this part of the room
NEARING, FULL = 0.7, 0.85  # of the room that requests may take: announced; done
MOST_WORDS = 600
LONGEST_SUMMARY = 20_000  # characters; a model that writes more has lost its way
_QUOTED = 40  # characters of a prompt

_ASK = f"""\
Sum up the conversation so far. Your summary takes the place of these messages: whoever goes on \
sees it and not them. Keep what the person wants and what was decided; files, folders, names, \
numbers and commands that matter, exactly; what the shells hold (variables, imports); what \
failed and what solved it; what is still to be done. Write at most {MOST_WORDS} words, in the \
language of the person, as plain text. Call no tool, write no code to be run, and do not go on \
with the work."""


@dataclass(frozen=True, slots=True)
class CompactionPlan:
    """What a compaction would replace. Tokens are counted or estimated; `window` 0: unknown.

    `first` and `last` are the beginnings of the oldest and the newest prompt that would go.
    """

    older: tuple[ChatMessage, ...]
    kept: tuple[ChatMessage, ...]
    turns: int
    kept_turns: int
    tokens: int
    kept_tokens: int
    window: int
    first: str
    last: str


def planned(
    messages: Sequence[ChatMessage],
    room: int,
    window: int,
    total: Callable[[Sequence[ChatMessage]], int],
) -> CompactionPlan | None:
    """Return what would be replaced in a history that may take `room` tokens (0: unknown)."""
    parts = exchanges_of(messages)
    prompts = [next((m for m in part if is_prompt(m)), None) for part in parts]
    most = min(KEPT_TURNS, sum(1 for prompt in prompts if prompt) - 1)
    if most < 0:
        return None
    kept: list[ChatMessage] = []
    count = tokens = 0
    while count < most:
        more = total(parts[-1])
        if room and tokens + more > room // KEPT_SHARE:
            break
        kept[:0] = parts.pop()
        count, tokens = count + 1, tokens + more
    going = [prompt.text for prompt in prompts[: len(parts)] if prompt]
    older = tuple(message for part in parts for message in part)
    return CompactionPlan(
        older,
        tuple(kept),
        len(going),
        count,
        total(older),
        tokens,
        window,
        one_line(going[0], _QUOTED),
        one_line(going[-1], _QUOTED),
    )


def question(hint: str) -> ChatMessage:
    """Return what the model is asked after the older messages, which stay as they were sent.

    So the provider, or a model on this machine, finds what it has read before.
    """
    wish = f"\n\nThe person asks you to mind this: {hint}" if hint else ""
    return ChatMessage(Role.USER, f"{FRAME}\n\n{_ASK}{wish}")


# -- for a person ---------------------------------------------------------------------------------
def which(plan: CompactionPlan) -> str:
    """Return which turns would be summed up."""
    if plan.turns == 1:
        return tr("the turn \u201c{first}\u201d", first=plan.first)
    return tr(
        "the {turns} turns from \u201c{first}\u201d to \u201c{last}\u201d",
        turns=plan.turns,
        first=plan.first,
        last=plan.last,
    )


def offer(plan: CompactionPlan) -> tuple[str, str]:
    """Return the question whether to sum up, and what should be known before it is answered."""
    heading = trn("Sum up {count} older turn?", "Sum up {count} older turns?", plan.turns)
    which_ones = which(plan)
    known = tr(
        "{which}: about {tokens} tokens.",
        which=which_ones[:1].upper() + which_ones[1:],
        tokens=f"{plan.tokens:,}",
    )
    if plan.kept_turns:
        known += " " + trn(
            "The newest turn stays word for word.",
            "The newest {count} turns stay word for word.",
            plan.kept_turns,
        )
    return heading, known + " " + tr("The conversation on screen stays; %restore takes it back.")


def announcement(plan: CompactionPlan, share: float, *, is_automatic: bool) -> str:
    """Return what is said when the context gets full; `share` of the window, as meters show it."""
    full = tr("The context is {share:.0%} full, and replies need room too.", share=share)
    if is_automatic:
        return (
            full
            + " "
            + tr(
                "Once it is full, the model sums up {which} before your next prompt. "
                "%compact does it now; %set compaction off prevents it.",
                which=which(plan),
            )
        )
    return (
        full
        + " "
        + tr(
            "%compact sums up {which}, and asks you first. "
            "Otherwise the oldest messages are left out when there is no room.",
            which=which(plan),
        )
    )


def result(plan: CompactionPlan, after: int, left_out: int, *, cut: bool) -> str:
    """Return what is said once older turns are a summary, or cut."""
    if cut:
        done = trn(
            "{count} older turn was cut from what the model reads: about {tokens} tokens.",
            "{count} older turns were cut from what the model reads: about {tokens} tokens.",
            plan.turns,
            tokens=f"{plan.tokens:,}",
        )
    else:
        done = trn(
            "{count} older turn is now a summary: about {before} tokens became {after}.",
            "{count} older turns are now a summary: about {before} tokens became {after}.",
            plan.turns,
            before=f"{plan.tokens:,}",
            after=f"{after:,}",
        )
    parts = [done]
    if left_out:
        parts.append(
            trn(
                "{count} message was too much for the summary and is not in it.",
                "{count} messages were too much for the summary and are not in it.",
                left_out,
            )
        )
    parts.append(tr("Nothing is deleted; %restore takes it back."))
    return " ".join(parts)
