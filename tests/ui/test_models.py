"""The model picker: what is found, what Enter does, keys of providers, downloads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from textual.widgets import Input

from oi_tui.config.schema import Settings
from oi_tui.engine.live import Launch
from oi_tui.models.base import ModelError
from oi_tui.models.choices import FileChoice, HostedChoice, ServedModel, ServerChoice, UsedModel
from oi_tui.protocol import ops
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.screens.ask_line import AskLine
from oi_tui.ui.screens.fetch import FetchScreen
from oi_tui.ui.screens.model_list import ModelList
from oi_tui.ui.screens.model_rows import MOST_UNASKED, Do, provider_rows, typed_rows
from oi_tui.ui.screens.models import ModelsScreen
from tests.ui.fakes import FakeOpener
from tests.ui.model_plays import CODER, OLLAMA, begun, furnish, opened, opened_again
from tests.ui.support import Running, running

SECRET = "sk-test-0123456789abcdef"
REFUSED = ModelError(ErrorInfo(ErrorKind.AUTH, "api.openai.com does not accept the key.", hint="x"))


def said(screen: ModelsScreen) -> str:
    return str(screen.query_one("#models-said", SafeStatic).content)


def chosen(screen: ModelsScreen) -> str:
    row = screen.query_one(ModelList).row
    return row.model if row is not None else ""


def models_of(screen: ModelsScreen) -> list[str]:
    return [row.model for row in screen.query_one(ModelList).rows]


async def closed(run: Running) -> None:
    await run.until(lambda: not isinstance(run.app.screen, ModelsScreen), "the end of the picker")


async def test_typing_finds_a_model_and_enter_talks_to_it_in_mid_conversation() -> None:
    async with running(FakeOpener()) as run:
        screen = await opened(run)
        assert chosen(screen) == "gpt-4o"  # the one in use
        await run.press(*"openai mini", "enter")
        await closed(run)
        assert run.opener.settings.model == "gpt-4o-mini"
        assert run.opener.live.fake.ops == [ops.SetModel("gpt-4o-mini", "")]


async def test_a_second_enter_while_the_settings_are_written_does_nothing() -> None:
    async with running(FakeOpener()) as run:
        await opened(run)
        run.opener.may_keep.clear()
        await run.press(*"openai mini", "enter", "enter", "enter")
        run.opener.may_keep.set()
        await closed(run)
        assert run.opener.kept_models == ["gpt-4o-mini"]


async def test_a_dialog_that_came_before_the_end_of_writing_locks_nothing() -> None:
    async with running(FakeOpener()) as run:
        await opened(run)
        run.opener.may_keep.clear()
        await run.press("enter", "ctrl+k")
        await run.until(lambda: run.asks(AskLine), "the question")
        run.opener.may_keep.set()
        await run.until(lambda: run.opener.kept_models, "the settings")
        await run.press("escape", "enter")
        await closed(run)
        await run.press(*"hi")
        assert run.main.prompt.text == "hi"


async def test_leaving_while_the_settings_are_written_leaves_once() -> None:
    async with running(FakeOpener()) as run:
        await opened(run)
        run.opener.may_keep.clear()
        await run.press("enter", "f2")
        await closed(run)
        run.opener.may_keep.set()
        await run.until(lambda: run.opener.kept_models, "the settings")
        await run.press(*"hi")
        assert run.main.prompt.text == "hi"


async def test_a_file_that_cannot_be_used_says_why_and_changes_nothing() -> None:
    async with running(FakeOpener()) as run:
        screen = await opened(run)
        await run.press(*"cannot be used", "enter")
        assert "cut short" in said(screen)
        assert run.opener.kept_models == []
        await run.press("ctrl+t")
        assert run.opener.models.tests == []


async def test_a_model_of_a_server_brings_its_address() -> None:
    async with running(FakeOpener()) as run:
        await opened(run)
        await run.press(*"servers", "enter")
        await closed(run)
        assert run.opener.live.fake.ops == [ops.SetModel("openai/qwen3:8b", OLLAMA)]


async def test_any_name_can_be_typed() -> None:
    async with running(FakeOpener()) as run:
        await opened(run)
        await run.press(*"groq/brand-new", "enter")
        await closed(run)
        assert run.opener.settings.model == "groq/brand-new"


async def test_an_address_is_asked_for_its_models() -> None:
    async with running(FakeOpener()) as run:
        screen = await opened(run)
        base = "http://localhost:9/v1"
        run.opener.models.at_addresses[base] = ServerChoice("vLLM", base, (ServedModel("m"),))
        await run.press(*base, "enter")
        await run.until(lambda: screen.query_one(Input).value == "", "the answer")
        await run.press(*"vllm", "enter")
        await closed(run)
        assert run.opener.live.fake.ops == [ops.SetModel("openai/m", base)]


async def test_an_address_that_does_not_answer_is_told_in_its_words() -> None:
    async with running(FakeOpener()) as run:
        screen = await opened(run)
        silent = ErrorInfo(ErrorKind.NETWORK, "Cannot reach localhost:9.")
        run.opener.models.error = ModelError(silent)
        await run.press(*"http://localhost:9/v1", "enter")
        await run.until(lambda: "Cannot reach" in said(screen), "the words")
        assert run.app.screen is screen


async def test_a_test_says_how_it_went() -> None:
    async with running(FakeOpener()) as run:
        screen = await opened(run)
        run.opener.models.answer = "It answered in 0.8 s."
        run.opener.models.go_on.set()
        await run.press("ctrl+t")
        await run.until(lambda: said(screen) == "It answered in 0.8 s.", "the answer")
        run.opener.models.error = REFUSED
        await run.press("ctrl+t")
        await run.until(lambda: "does not accept the key. x" in said(screen), "the refusal")
        assert run.opener.live.fake.ops == []


async def test_a_test_is_stopped_by_escape_and_by_leaving() -> None:
    async with running(FakeOpener()) as run:
        screen = await opened(run)
        tests = run.opener.models.tests
        await run.press("ctrl+t")
        await run.until(lambda: len(tests) == 1, "the test")
        await run.press("escape")
        await run.until(lambda: said(screen) == "Stopped.", "the word")
        assert tests[0].is_set
        await run.press("ctrl+t")
        await run.until(lambda: len(tests) == 2, "another test")
        assert not tests[1].is_set
        await run.press("f2")
        await closed(run)
        await run.until(lambda: tests[1].is_set, "its end")


async def test_the_model_of_this_machine_that_is_in_use_is_not_loaded_twice() -> None:
    opener = FakeOpener(Settings(model="local/smollm2"))
    async with running(opener) as run:
        screen = await opened(run)
        await run.press(*"local/smollm2", "ctrl+t")
        assert "your next prompt tests it" in said(screen)
        assert run.opener.models.tests == []


async def test_a_favorite_comes_first_from_then_on() -> None:
    async with running(FakeOpener()) as run:
        screen = await opened(run)
        await run.press(*"gpt-4.1", "ctrl+s")
        await run.until(lambda: run.opener.models.known[0].model == "gpt-4.1", "the favorite")
        await run.until(lambda: not screen.is_looking, "the list")
        assert run.opener.models.known[0].is_favorite
        await run.press("ctrl+s")
        await run.until(lambda: not run.opener.models.known[0].is_favorite, "the change")


async def test_each_model_is_shown_in_one_place_with_what_is_known_of_it() -> None:
    async with running(FakeOpener()) as run:
        await opened(run)
        file = run.opener.models.here[0]
        run.opener.models.known = [
            UsedModel(file.model, "", is_favorite=True),
            UsedModel("openai/qwen3:8b", OLLAMA),
            UsedModel("openai/gone", "http://127.0.0.1:9/v1"),
        ]
        await run.press("f2")
        await closed(run)
        screen = await opened_again(run)
        rows = screen.query_one(ModelList).rows
        addresses = [(row.model, row.api_base) for row in rows]
        assert addresses.count((file.model, "")) == 1
        assert addresses.count(("openai/qwen3:8b", OLLAMA)) == 1
        assert [row.label for row in rows[:3]] == [file.label, "qwen3:8b", "gone"]
        assert rows[0].figures  # its size
        assert rows[0].is_favorite


async def test_a_provider_without_a_key_asks_for_one_and_then_shows_its_models() -> None:
    async with running(FakeOpener()) as run:
        screen = await opened(run)
        run.opener.models.listed["groq"] = [HostedChoice("groq/llama-3.3-70b-versatile", 131_072)]
        await run.press(*"groq", "enter")
        await run.until(lambda: isinstance(run.app.screen, AskLine), "the line")
        await run.press(*SECRET)
        assert SECRET not in run.app.export_screenshot()
        run.opener.with_key = ["openai", "groq"]
        await run.press("enter")
        await run.until(lambda: chosen(screen) == "groq/llama-3.3-70b-versatile", "its models")
        assert run.opener.keys == [("groq", SECRET, "api.groq.com")]


async def test_the_key_of_a_server_is_for_its_host_and_a_file_needs_none() -> None:
    async with running(FakeOpener()) as run:
        screen = await opened(run)
        await run.press(*"servers", "ctrl+k")
        await run.until(lambda: isinstance(run.app.screen, AskLine), "the line")
        await run.press(*SECRET, "enter")
        await run.until(lambda: run.opener.keys, "the key")
        assert run.opener.keys == [("127.0.0.1:11434", SECRET, "127.0.0.1:11434")]
        await run.press("escape", *"llama-3", "ctrl+k")
        assert said(screen) == "This one needs no key."


async def test_a_server_that_wants_a_key_is_given_one_and_asked_again() -> None:
    opener = FakeOpener()
    async with running(opener) as run:
        screen = await opened(run)
        address = "http://127.0.0.1:1337/v1"
        refusal = ModelError(ErrorInfo(ErrorKind.AUTH, "127.0.0.1:1337 wants a key."))
        opener.models.error = refusal
        await run.press(*address, "enter")
        await run.until(lambda: run.asks(AskLine), "the question")
        opener.models.error = None
        jan = ServerChoice("Jan", address, (ServedModel("jan-nano"),))
        opener.models.at_addresses[address] = jan
        await run.press(*SECRET, "enter")
        await run.until(lambda: opener.keys == [("127.0.0.1:1337", SECRET, "127.0.0.1:1337")])
        await run.until(lambda: chosen(screen) == "openai/jan-nano", "its models")


async def test_a_server_that_lists_nothing_is_used_by_a_models_name() -> None:
    opener = FakeOpener()
    async with running(opener) as run:
        await opened(run)
        silent = ErrorInfo(ErrorKind.UNREADABLE_REPLY, "x answers, but has no list of models.")
        opener.models.error = ModelError(silent)
        await run.press(*"http://localhost:9", "enter")
        await run.until(lambda: run.asks(AskLine), "the question")
        await run.press(*"mine", "enter")
        await closed(run)
        assert opener.live.fake.ops == [ops.SetModel("openai/mine", "http://localhost:9/v1")]


async def test_a_download_that_was_begun_is_gone_on_with() -> None:
    opener = FakeOpener()
    async with running(opener) as run:
        await opened(run)
        name = CODER.model.removeprefix("local/")
        opener.models.here = [
            FileChoice(f"local/{name}:x", "coder x", Path("/x.part"), 9, "oi-tui", to_pull=name)
        ]
        await run.press("f2")
        await closed(run)
        await opened_again(run)
        await run.press(*"not finished", "enter")
        await run.until(lambda: isinstance(run.app.screen, FetchScreen), "the download")


async def test_a_download_that_is_no_model_is_told_and_not_used() -> None:
    opener = FakeOpener()
    async with running(opener) as run:
        screen = await opened(run)
        opener.models.fetched_problem = "This is no GGUF file."
        opener.models.go_on.set()
        await run.press(*"recommended", "enter")
        await run.until(lambda: isinstance(run.app.screen, FetchScreen), "the download")
        await run.press("enter")
        await run.until(lambda: "no GGUF file" in said(screen), "the words")
        assert opener.kept_models == []


async def test_a_server_without_models_is_a_row_that_takes_a_key() -> None:
    opener = FakeOpener()
    async with running(opener) as run:
        await opened(run)
        at = "http://127.0.0.1:1337/v1"
        opener.models.at_addresses = {at: ServerChoice("Jan", at, (), wants_key=True)}
        await run.press("f2")
        await closed(run)
        screen = await opened_again(run)
        await run.press(*"wants a key", "ctrl+k")
        await run.until(lambda: run.asks(AskLine), "the question")
        opener.models.at_addresses = {at: ServerChoice("Jan", at, (ServedModel("jan-nano"),))}
        await run.press(*SECRET, "enter")
        await run.until(lambda: "openai/jan-nano" in models_of(screen), "its models")


async def test_the_model_in_use_is_in_the_list_wherever_it_comes_from() -> None:
    opener = FakeOpener(Settings(model="openai/private", api_base="https://models.example/v1"))
    async with running(opener) as run:
        screen = await opened(run)
        assert chosen(screen) == "openai/private"


async def test_escape_empties_the_line_and_then_leaves() -> None:
    async with running(FakeOpener()) as run:
        screen = await opened(run)
        await run.press(*"zz", "escape")
        assert (run.app.screen, screen.query_one(Input).value) == (screen, "")
        await run.press("escape")
        await closed(run)
        assert run.opener.live.fake.ops == []


async def test_what_is_downloaded_is_used() -> None:
    async with running(FakeOpener()) as run:
        await begun(run)
        run.opener.models.go_on.set()
        await run.until(lambda: run.opener.settings.model == CODER.model, "the model")
        await closed(run)
        assert run.opener.live.fake.ops == [ops.SetModel(CODER.model, "")]


async def test_a_download_is_stopped_by_escape_and_gone_on_with_by_enter() -> None:
    async with running(FakeOpener()) as run:
        dialog = await begun(run)
        words = dialog.query_one(".fetch--said", SafeStatic)
        await run.press("escape")
        await run.until(lambda: "is kept" in str(words.content), "the end")
        assert run.opener.models.fetched == []
        run.opener.models.go_on.set()
        await run.press("enter")
        await run.until(lambda: run.opener.models.fetched, "the file")


async def test_a_download_that_fails_says_why_and_stays() -> None:
    async with running(FakeOpener()) as run:
        await opened(run)
        run.opener.models.error = ModelError(ErrorInfo(ErrorKind.STORE, "The disk is full."))
        await run.press(*"recommended", "enter", "enter")
        await run.until(lambda: isinstance(run.app.screen, FetchScreen), "the dialog")
        words = run.app.screen.query_one(".fetch--said", SafeStatic)
        await run.until(lambda: str(words.content) == "The disk is full.", "the words")


async def test_local_alone_shows_this_machine_only() -> None:
    opener = FakeOpener(Settings())
    furnish(opener)
    async with running(opener, launch=Launch(opener, choose_local=True), wait=False) as run:
        await run.until(lambda: isinstance(run.app.screen, ModelsScreen), "the picker")
        screen = run.app.screen
        assert isinstance(screen, ModelsScreen)
        await run.until(lambda: not screen.is_looking, "all models")
        sections = {row.section for row in screen.query_one(ModelList).rows}
        assert sections == {"On this machine", "Download"}
        await run.press("enter")
        await run.until(lambda: opener.opened, "a session")
        assert opener.settings.model == "local/bartowski/Llama-3.2-3B-Instruct-GGUF"


async def test_a_repository_that_was_named_is_looked_up_at_once() -> None:
    opener = FakeOpener(Settings())
    furnish(opener)
    launch = Launch(opener, choose_local=True, local_model=CODER.model, quality=0.5)
    async with running(opener, launch=launch, wait=False) as run:
        await run.until(lambda: isinstance(run.app.screen, FetchScreen), "the dialog")
        opener.models.go_on.set()
        await run.press("enter")
        await run.until(lambda: opener.opened, "a session")
        assert opener.settings.model == CODER.model


def test_a_long_list_waits_for_the_filter() -> None:
    listed = {"groq": [HostedChoice(f"groq/m-{number}") for number in range(50)]}
    rows = [row for row in provider_rows(["groq"], listed) if row.provider == "groq"]
    assert len(rows) == 50
    assert len([row for row in rows if row.fits([])]) == MOST_UNASKED
    assert [row.model for row in rows if row.fits(["m-49"])] == ["groq/m-49"]


def test_prices_and_context_of_a_list() -> None:
    choice = HostedChoice("gpt-4o", 128_000, 16_384, 2.5, 10.0)
    row = provider_rows(["openai"], {"openai": [choice]})[0]
    assert (row.model, row.figures, row.context) == ("gpt-4o", "$2.50 / $10", 128_000)
    free = replace(choice, prompt_price=0.0, completion_price=0.0)
    assert provider_rows(["openai"], {"openai": [free]})[0].figures == "$0 / $0"


def test_what_a_text_can_mean() -> None:
    assert [row.do for row in typed_rows("Qwen/Qwen3-8B-GGUF")] == [Do.USE, Do.LOOK_UP]
    assert [row.do for row in typed_rows("localhost:8080")] == [Do.ASK_SERVER]
    assert typed_rows("localhost:8080")[0].model == "localhost:8080"
    assert [row.do for row in typed_rows("me/Small-GGUF", is_local=True)] == [Do.LOOK_UP]
    assert [row.do for row in typed_rows(SECRET)] == [Do.NOTHING]
    for address in ("127.0.0.1:1234", "[::1]:80/v1", "models.example:8000/v1", "LOCALHOST:1"):
        assert [row.do for row in typed_rows(address)] == [Do.ASK_SERVER], address
    for name in ("qwen3:8", "gpt-4.1", "o3", "llama3.2:3b"):
        assert [row.do for row in typed_rows(name)] == [Do.USE], name
    assert typed_rows("two words") == typed_rows("") == []
