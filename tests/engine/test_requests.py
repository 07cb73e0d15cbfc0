from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from oi_tui.config.schema import Settings, ToolMode
from oi_tui.engine.languages import is_code_word
from oi_tui.engine.requests import RequestBuilder, as_fences, joined
from oi_tui.engine.trimming import TokenCounts, fit
from oi_tui.engine.usage import Ledger, added
from oi_tui.models.base import ModelFacts
from oi_tui.models.scripted import ScriptedModel
from oi_tui.protocol.items import ChatMessage, Role, ToolCall, Usage
from oi_tui.protocol.reports import FRAME, is_prompt
from oi_tui.shells.scripted import ScriptedShells

CALL = ToolCall("c1", "execute", '{"language": "python", "code": "print(1)"}')


def user(text: str) -> ChatMessage:
    return ChatMessage(Role.USER, text)


def said(text: str, *calls: ToolCall) -> ChatMessage:
    return ChatMessage(Role.ASSISTANT, text, calls)


def result(text: str) -> ChatMessage:
    return ChatMessage(Role.TOOL, text, call_id="c1")


def length(messages: Sequence[ChatMessage]) -> int:
    return sum(len(message.text) for message in messages)


# -- trimming -------------------------------------------------------------------------------------
exchange = st.builds(
    lambda prompt, steps, answer: [
        user("p" * prompt),
        *(m for size in steps for m in (said("s", CALL), result("r" * size))),
        *([said("a" * answer)] if answer else []),
    ],
    st.integers(1, 20),
    st.lists(st.integers(1, 20), max_size=3),
    st.integers(0, 20),
)


@given(st.lists(exchange, min_size=1, max_size=5), st.integers(1, 120))
def test_trimming_tears_nothing_apart_and_keeps_the_newest(
    exchanges: list[list[ChatMessage]], room: int
) -> None:
    messages = [message for part in exchanges for message in part]
    fitted = fit(messages, room, length)
    assert fitted.tokens == length(fitted.messages)
    assert fitted.fits == (fitted.tokens <= room)
    assert fitted.left_out + len(fitted.messages) == len(messages)
    newest = exchanges[-1]
    assert newest[0] in fitted.messages
    assert fitted.messages[-1] == messages[-1]
    assert is_prompt(fitted.messages[0])
    for number, message in enumerate(fitted.messages):
        if message.role is Role.TOOL:
            assert fitted.messages[number - 1].calls
        if message.calls:
            assert fitted.messages[number + 1].role is Role.TOOL
    if not fitted.fits:
        assert len(fitted.messages) <= 3


def test_the_oldest_exchange_goes_first() -> None:
    messages = [user("one"), said("1"), user("two"), said("2"), user("three")]
    assert fit(messages, 10, length).messages == tuple(messages[2:])
    assert fit(messages, 0, length).messages == tuple(messages)


def test_within_one_exchange_the_oldest_steps_go_first() -> None:
    step = [said("s" * 10, CALL), result("r" * 10)]
    messages = [user("go"), *step, *step, *step]
    assert fit(messages, 45, length).messages == (messages[0], *step, *step)


def test_a_message_is_counted_once_for_each_model() -> None:
    counted: list[ChatMessage] = []

    def count(messages: Sequence[ChatMessage]) -> int:
        counted.extend(messages)
        return 1

    counts = TokenCounts()
    messages = [user("a"), said("b")]
    assert counts.total("m", messages, count) == 2
    assert counts.total("m", [*messages, user("c")], count) == 3
    assert len(counted) == 3
    counts.total("other", messages, count)
    assert len(counted) == 5


def test_a_history_far_from_full_is_not_counted_exactly() -> None:
    class FakeCountingModel(ScriptedModel):
        counted = 0

        def count_tokens(self, model: str, messages: Sequence[ChatMessage]) -> int:
            self.counted += len(messages)
            return super().count_tokens(model, messages)

    model = FakeCountingModel(facts=ModelFacts(context_window=10_000))
    builder = RequestBuilder(model, ScriptedShells(), "/work")
    builder.build(Settings(model="m"), [user("hi")])
    assert model.counted == 0
    builder.build(Settings(model="m"), [user("word " * 4000)])
    assert model.counted == 2


# -- wording --------------------------------------------------------------------------------------
def test_calls_become_fences_for_models_without_tools() -> None:
    worded = joined(as_fences([user("go"), said("So.", CALL), result("1"), user("next")]))
    assert worded == [
        user("go"),
        said("So.\n\n```python\nprint(1)\n```"),
        user(f"{FRAME}\n\n1"),
        user("next"),
    ]


def test_reports_are_joined_to_what_came_before() -> None:
    report = user(f"{FRAME}\n\nx")
    assert joined([user("go"), report, user("next")]) == [
        user(f"go\n\n{report.text}"),
        user("next"),
    ]
    assert joined([said("a"), said("b")]) == [said("a\n\nb")]
    assert joined([said("a", CALL), result("1"), said("b")])[0] == said("a", CALL)


def test_the_request_offers_the_tool_or_explains_the_fences() -> None:
    shells = ScriptedShells(languages=("python", "bash"))
    with_tools = ScriptedModel(facts=ModelFacts(calls_tools=True))
    builder = RequestBuilder(with_tools, shells, "/work")
    request = builder.build(Settings(model="m"), [user("hi")]).request
    assert request.tools[0].name == "execute"
    assert "execute" in request.messages[0].text
    assert "/work" in request.messages[0].text
    assert request.messages[1:] == (user("hi"),)
    fences = builder.build(Settings(model="m", tool_mode=ToolMode.FENCES), [user("hi")]).request
    assert not fences.tools
    assert "```python" in fences.messages[0].text
    plain = RequestBuilder(ScriptedModel(facts=ModelFacts()), shells, "/work")
    assert not plain.build(Settings(model="m"), [user("hi")]).request.tools
    forced = Settings(model="m", tool_mode=ToolMode.TOOLS, temperature=0.5, max_tokens=9)
    request = plain.build(forced, [user("hi")]).request
    assert request.tools
    assert (request.temperature, request.max_tokens) == (0.5, 9)


def test_a_history_that_ends_with_the_model_asks_it_to_go_on() -> None:
    builder = RequestBuilder(ScriptedModel(), ScriptedShells(), "/work")
    request = builder.build(Settings(model="m"), [user("hi"), said("Half")]).request
    assert request.messages[-1].role is Role.USER
    assert not is_prompt(request.messages[-1])


def test_words_for_data_are_no_code() -> None:
    assert is_code_word("cobol")
    assert is_code_word("C++")
    assert not any(map(is_code_word, ["", "json", "JSON", "text", "output", "diff", "1", "{"]))


# -- usage ----------------------------------------------------------------------------------------
def test_prices_fill_in_what_the_provider_did_not_say() -> None:
    ledger = Ledger(ScriptedModel(prices=(0.5, 2.0)))
    assert ledger.add("m", "", Usage(2, 3)) == Usage(2, 3, 7.0)
    assert ledger.add("m", "", Usage(2, 3, 0.1)) == Usage(2, 3, 0.1)
    assert ledger.used == Usage(4, 6, 7.1)
    assert Ledger(ScriptedModel()).add("m", "", Usage(2, 3)) == Usage(2, 3)
    assert added(Usage(1, 2), Usage(3, 4)) == Usage(4, 6)
    assert added(Usage(1, 2, 0.5), Usage(3, 4)) == Usage(4, 6, 0.5)
