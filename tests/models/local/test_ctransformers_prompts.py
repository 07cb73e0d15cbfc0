"""How conversations are written down, and how they become tokens."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_tui.models.local.ctransformers import templates
from oi_tui.models.local.ctransformers.generator import Words
from oi_tui.models.local.ctransformers.messages import (
    MARK,
    Message,
    MessagesError,
    defused,
    in_turns,
    messages_in,
)
from oi_tui.models.local.ctransformers.templates import Marks, Template, by_family
from oi_tui.models.local.ctransformers.tokens import Tokenizer
from oi_tui.models.local.families import Family
from oi_tui.models.local.gguf import GgufHeader, Value
from tests.support.tiny_gguf import ENDLESS

SYSTEM = Message("system", "Be brief.")
USER = Message("user", "Hi")
REPLY = Message("assistant", "Hello!")
MORE = Message("user", "Bye")
TALK = (SYSTEM, USER, REPLY, MORE)


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        (
            Family.LLAMA2,
            "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST] Hello! </s><s>[INST] Bye [/INST]",
        ),
        (
            Family.CODE_LLAMA,
            "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST] Hello! </s><s>[INST] Bye [/INST]",
        ),
        (Family.MISTRAL, "<s>[INST] Be brief.\n\nHi [/INST] Hello!</s>[INST] Bye [/INST]"),
        (
            Family.CHATML,
            (
                "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
                "<|im_start|>assistant\nHello!<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n"
                "<|im_start|>assistant\n"
            ),
        ),
        (Family.FALCON, "System: Be brief.\nUser: Hi\nFalcon: Hello!\nUser: Bye\nFalcon:"),
        (
            Family.ALPACA,
            (
                "Be brief.\n\n### Instruction:\nHi\n\n### Response:\nHello!\n\n"
                "### Instruction:\nBye\n\n### Response:\n"
            ),
        ),
        (Family.VICUNA, "Be brief. USER: Hi ASSISTANT: Hello!</s> USER: Bye ASSISTANT:"),
    ],
)
def test_each_family_gets_its_form(family: Family, expected: str) -> None:
    assert by_family(family, TALK, Marks()) == expected


@pytest.mark.parametrize("family", list(Family))
def test_any_order_of_messages_can_be_written_down(family: Family) -> None:
    for talk in ([USER], [SYSTEM], [REPLY], [REPLY, REPLY, SYSTEM], [USER, MORE, SYSTEM, REPLY]):
        text = by_family(family, talk, Marks())
        assert all(message.text in text for message in talk)


@pytest.mark.parametrize("family", list(Family))
def test_a_longer_conversation_begins_like_the_shorter_one(family: Family) -> None:
    short = by_family(family, TALK[:2], Marks())
    assert by_family(family, TALK, Marks()).startswith(short.rstrip())


def test_a_files_own_template_comes_first() -> None:
    source = "{% for m in messages %}{{ m.role }}={{ m.content }};{% endfor %}{{ eos_token }}"
    template = Template(source, Family.LLAMA2, Marks())
    assert template.render(TALK) == "system=Be brief.;user=Hi;assistant=Hello!;user=Bye;</s>"
    assert template.ends == ()


def test_a_template_that_refuses_gets_the_turns_it_wants() -> None:
    source = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}"
        "{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('no') }}"
        "{% endif %}[{{ m.content }}]{% endfor %}"
    )
    template = Template(source, Family.LLAMA2, Marks())
    assert template.render([SYSTEM, USER, MORE]) == "[Be brief.\n\nHi\n\nBye]"


@pytest.mark.parametrize(
    "source",
    [
        "{% if %}",
        "{{ nothing.of.this }}",
        "{{ 1 // 0 }}",
        "{{ raise_exception('never') }}",
        "says nothing of the messages",
        "{{ ''.__class__.__mro__ }}{% for m in messages %}{{ m.content }}{% endfor %}",
        "{% for i in range(10**9) %}{% endfor %}",
        "{{ messages.append(1) }}",
    ],
)
def test_a_template_that_is_no_use_gives_way_to_the_familys(source: str) -> None:
    template = Template(source, Family.VICUNA, Marks())
    assert template.render(TALK) == by_family(Family.VICUNA, TALK, Marks())


def test_marks_of_training_in_a_template_say_nothing() -> None:
    source = (
        "{% for m in messages %}{% generation %}{{ m.content }}{%- endgeneration -%}{% endfor %}"
    )
    assert Template(source, Family.LLAMA2, Marks()).render([USER, REPLY]) == "HiHello!"


def test_without_a_template_what_the_family_writes_next_ends_an_answer() -> None:
    assert "\nUser:" in Template("", Family.FALCON, Marks()).ends


# -- messages -------------------------------------------------------------------------------------
def test_messages_are_read_in_the_shapes_that_occur() -> None:
    raw = [
        {"role": "developer", "content": "a"},
        {"role": "user", "content": [{"type": "text", "text": "b"}, {"type": "text", "text": "c"}]},
        {"role": "assistant", "content": None},
        {"role": "tool", "content": "d"},
    ]
    read = [(one.role, one.text) for one in messages_in(raw)]
    assert read == [("system", "a"), ("user", "bc"), ("assistant", ""), ("user", "d")]


@pytest.mark.parametrize("raw", [None, [], [1], [{"role": 1}], [{"role": "user", "content": 7}]])
def test_messages_that_make_no_sense_are_refused(raw: object) -> None:
    with pytest.raises(MessagesError):
        messages_in(raw)


def test_turns_alternate_and_begin_with_the_user() -> None:
    roles = [one.role for one in in_turns([REPLY, SYSTEM, USER, MORE, SYSTEM, REPLY])]
    assert roles == ["system", "user", "assistant", "user", "assistant"]


# -- tokens ---------------------------------------------------------------------------------------
class FakeLibrary:
    """A library with a token for each byte that checks the buffer it is given."""

    eos_token_id, bos_token_id = 2, 1

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    def ctransformers_llm_tokenize(self, data: bytes, begins: bool, buffer: Any) -> int:
        assert len(buffer) >= len(data) + 1
        self.asked.append(data)
        for place, byte in enumerate(data):
            buffer[place] = 10 + byte
        return len(data)

    def ctransformers_llm_detokenize(self, token: int) -> bytes:
        return bytes([token - 10])


def tokenizer(library: FakeLibrary, model: bytes = b"gpt2", **more: Value) -> Tokenizer:
    metadata: dict[str, Value] = {
        "tokenizer.ggml.model": model,
        "tokenizer.ggml.tokens": [b"<unk>", b"<s>", b"</s>", b"<|im_end|>", b"<|im"],
        "tokenizer.ggml.token_type": [2, 3, 3, 3, 4],
        **{f"tokenizer.ggml.{key}": value for key, value in more.items()},
    }
    return Tokenizer(GgufHeader(3, metadata, (), 0, 0), library)


def test_special_tokens_are_found_the_longest_first() -> None:
    made = tokenizer(FakeLibrary())
    assert made.tokens("a<|im_end|><|im</s>") == [10 + ord("a"), 3, 4, 2]
    assert made.ends == {2, 3}


def test_a_prompt_begins_with_its_token_once() -> None:
    made = tokenizer(FakeLibrary(), b"llama")
    assert made.tokens("") == [1]
    assert made.tokens("<s>") == [1]
    assert tokenizer(FakeLibrary(), b"llama", add_bos_token=False).tokens("") == []


def test_what_foreign_text_calls_a_special_token_is_only_text() -> None:
    made = tokenizer(FakeLibrary())
    (message,) = defused([Message("user", "x<|im_end|>y" + MARK)], made.specials)
    tokens = made.tokens(message.text)
    assert not made.ends & set(tokens)
    assert bytes(token - 10 for token in tokens) == b"x<|im_end|>y"


@given(st.text(max_size=50), st.integers(1, 400))
def test_long_text_goes_in_pieces_and_none_of_it_is_lost(text: str, times: int) -> None:
    library = FakeLibrary()
    whole = re.sub(f"[{MARK}\0]|<|\\||>", "", text) * times
    tokens = tokenizer(library).tokens(whole)
    assert bytes(token - 10 for token in tokens) == whole.encode("utf-8", "replace")
    assert all(len(piece.decode()) <= 4000 for piece in library.asked)


def test_older_vocabularies_are_cut_only_where_the_library_puts_a_space() -> None:
    library = FakeLibrary()
    text = " ".join(f"word{number}" for number in range(1000)) + "x" * 9000
    tokenizer(library, b"llama").tokens(text)
    assert b" ".join(library.asked) == text.encode()
    assert len(library.asked) > 3


def test_what_was_asked_before_is_remembered() -> None:
    library = FakeLibrary()
    made = tokenizer(library)
    text = "some words " * 500
    made.tokens(text)
    asked = len(library.asked)
    made.tokens(text + "and a few more")
    assert len(library.asked) - asked <= 2


def test_a_template_that_never_ends_is_given_up_for_the_familys_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(templates, "_LONGEST", 0.05)
    template = Template(ENDLESS, Family.VICUNA, Marks())
    own = template.ends
    text = template.render([USER])
    assert text == by_family(Family.VICUNA, [USER], Marks())
    assert template.ends != own  # it is not begun again
    assert template.render([USER]) == text


# -- stop words -----------------------------------------------------------------------------------
@given(st.text("ab", max_size=30), st.lists(st.text("ab", min_size=1, max_size=4), max_size=3))
def test_stop_words_end_a_text_that_comes_by_characters(text: str, stop: list[str]) -> None:
    words = Words(stop)
    shown = "".join([*map(words.feed, text), words.rest()])
    ends = [text.find(word) + len(word) for word in stop if word in text]
    if not ends:
        assert (shown, words.ended) == (text, False)
        return
    read = text[: min(ends)]  # what had come when the first of them was whole
    assert words.ended
    assert shown == read[: min(read.find(word) for word in stop if word in read)]


@given(st.text("ab", max_size=30), st.text("ab", min_size=1, max_size=4), st.integers(1, 9))
def test_one_stop_word_cuts_at_the_same_place_however_text_comes(
    text: str, stop: str, size: int
) -> None:
    words = Words([stop])
    shown = [words.feed(text[at : at + size]) for at in range(0, len(text), size)]
    assert "".join([*shown, words.rest()]) == text.partition(stop)[0]
