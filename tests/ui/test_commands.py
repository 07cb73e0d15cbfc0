"""Commands on the main screen: each one of the table does what it says, or says why not."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen
from textual.widgets import Input, TextArea

from oi_tui.commands.registry import ParsedCommand, parse_line
from oi_tui.commands.table import COMMANDS, RUN_IN_SHELL
from oi_tui.config.schema import Settings
from oi_tui.engine.compaction import CompactionPlan
from oi_tui.engine.tokens import TokenReport
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import ChatMessage, Decider, Decision, Role, RunStatus, Usage, digest_of
from oi_tui.protocol.sessions import ExportFormat
from oi_tui.text.redaction import redactor
from oi_tui.ui.palette import CommandProvider
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.screens.ask_line import AskLine
from oi_tui.ui.screens.confirm import Confirm
from oi_tui.ui.screens.help import HelpScreen
from oi_tui.ui.screens.text_screen import TextScreen
from tests.ui.fakes import FakeOpener, FakeSession, listing
from tests.ui.support import Running, running

CODE = "print(6 * 7)"


async def command(run: Running, line: str) -> None:
    """Carry out a line as Enter in the prompt does."""
    run.main.errands.submit_line(line)
    await run.pilot.pause()


async def shown(run: Running, kind: type[Screen[Any]]) -> Screen[Any]:
    await run.until(lambda: run.asks(kind), kind.__name__)
    return run.app.screen


async def text_shown(run: Running) -> str:
    await run.until(lambda: isinstance(run.app.screen, TextScreen), "a text")
    return run.app.screen.query_one(TextArea).text


def toasts(run: Running) -> str:
    return "\n".join(str(one.message) for one in run.app._notifications)


def talk(session: FakeSession) -> None:
    """A turn with a run that went well."""
    digest = digest_of(CODE)
    session.emit(ev.TurnStarted("multiply"))
    session.emit(ev.MessageStarted("m1"))
    session.emit(ev.MessageFinished("m1", "I will multiply.", True))
    session.propose("c1", "python", CODE)
    session.emit(ev.ApprovalResolved("c1", Decision.APPROVE, digest, Decider.USER))
    session.emit(ev.RunStarted("c1", "python", digest))
    session.emit(ev.OutputAdded("c1", b"42\r\n"))
    session.emit(ev.RunFinished("c1", RunStatus.OK, 0, 0.1, session.folder, 4))


async def talked(run: Running, folder: Path | None = None) -> None:
    if folder is not None:
        run.session.folder = str(folder)
    talk(run.session)
    await run.until(lambda: len(run.main.desk.transcript.blocks) == 3, "the turn")


# -- all of them ----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", [one.name for one in COMMANDS])
async def test_every_command_can_be_carried_out(name: str) -> None:
    arguments = {
        "open": "no-such",
        "import": "/no/such.json",
        "set": "max_steps 9",
        "restart": "python",
    }
    opener = FakeOpener()
    opener.shelf.listings = [listing("new-0", "Now")]
    async with running(opener) as run:
        parsed = parse_line(f"%{name} {arguments.get(name, '')}")
        assert isinstance(parsed, ParsedCommand)
        run.main.lines.carry_out(parsed)
        await run.pilot.pause()
    assert run.app.failure is None


async def test_the_palette_has_every_command() -> None:
    async with running() as run:
        titles = [entry.title for entry in CommandProvider(run.main)._entries()]
        assert [one.title for one in COMMANDS] == titles[: len(COMMANDS)]
        assert RUN_IN_SHELL.title in titles
        assert len(set(titles)) == len(titles)


async def test_a_command_that_needs_words_is_put_into_the_prompt() -> None:
    async with running() as run:
        entries = {one.title: one for one in CommandProvider(run.main)._entries()}
        entries["Change a setting"].run()
        assert run.main.prompt.text == "%set "
        entries["Run in your shell"].run()
        assert run.main.prompt.text == "!"


@pytest.mark.parametrize(
    ("line", "op"),
    [
        ("%redo", ops.RedoTurn()),
        ("/set max_budget 0.50", ops.SetSetting("max_budget", "0.50")),
        ("%system_message Be brief.", ops.SetSystemMessage("Be brief.")),
        ("%rename Tides", ops.RenameSession("Tides")),
        ("%% cd src\nls", ops.RunCode("shell", "cd src\nls")),
    ],
)
async def test_what_the_engine_does_goes_to_the_engine(line: str, op: ops.Op) -> None:
    async with running() as run:
        await command(run, line)
        assert run.session.fake.ops == [op]


# -- what is shown --------------------------------------------------------------------------------
async def test_help_lists_commands_and_keys_and_explains_one() -> None:
    async with running() as run:
        await command(run, "%help")
        await shown(run, HelpScreen)
        await run.press("escape")
        await command(run, "/help save")
        text = await text_shown(run)
        assert "%save_message [PATH]" in text
        assert "/save_message [PATH]" in text
        assert "messages.json" in text


async def test_info_names_what_helps_to_help() -> None:
    opener = FakeOpener(Settings(model="gpt-4o", api_base="http://user:pw@localhost:8000/v1?k=1"))
    async with running(opener, size=(80, 24)) as run:
        await command(run, "%info")
        text = await text_shown(run)
        for part in ("oi-tui", "Python", "gpt-4o", "new-0.journal", "80 × 24", "none started"):
            assert part in text
        run.session.emit(ev.ModelChanged("qwen3", "http://user:pw@localhost:8000/v1?k=1"))
        await run.press("escape")
        await run.until(lambda: run.main.facts.model == "qwen3")
        await command(run, "%info")
        text = await text_shown(run)
        assert "localhost:8000\n" in text
        assert "pw" not in text


async def test_a_text_is_copied_and_saved(tmp_path: Path) -> None:
    async with running() as run:
        run.main.facts.folder = str(tmp_path)
        await command(run, "%info")
        text = await text_shown(run)
        await run.press("c")
        assert run.app.clipboard == text
        await run.press("s")
        await shown(run, AskLine)
        await run.press("enter")
        await run.until((tmp_path / "oi-tui-info.txt").exists, "the file")
        await run.until(lambda: "Saved to" in toasts(run))
        assert (tmp_path / "oi-tui-info.txt").read_text().strip() == text.strip()


async def test_tokens_are_counted_in_the_background_and_shown_as_a_table() -> None:
    async with running() as run:
        run.session.fake.report = TokenReport(
            "gpt-4o", 12_400, 0, 128_000, 0.031, None, True, Usage(20_000, 1_500, 0.065)
        )
        await command(run, "%tokens")
        text = await text_shown(run)
        assert "12,400" in text
        assert "10%" in text
        assert "$0.0310" in text
        assert "21,500" in text
        assert "Your text" not in text
        lead = run.app.screen.query_one(".text--lead", SafeStatic)
        assert "Estimated" in str(lead.content)


async def test_a_text_is_counted_with_the_conversation() -> None:
    async with running() as run:
        await command(run, "%tokens three more words")
        text = await text_shown(run)
        rows = {row.split("  ")[0]: row.split() for row in text.split("\n") if row}
        assert rows["Your text"][2] == "3"
        assert rows["Together"][1] == "1,203"


async def test_debug_shows_what_will_be_sent_without_secrets_and_writes_a_log() -> None:
    redactor.add("hunter2-hunter2")
    async with running() as run:
        run.session.fake.messages = (
            ChatMessage(Role.SYSTEM, "Be useful."),
            ChatMessage(Role.USER, "my key is hunter2-hunter2 [red]\x1b[31m"),
        )
        await command(run, "%debug")
        text = await text_shown(run)
        assert "1 · system · 10 characters\nBe useful." in text
        assert "[secret]" in text
        assert "hunter2" not in text
        assert "\x1b" not in text
        assert run.opener.log_file
        await run.press("escape")
        await command(run, "%debug false")
        await run.until(lambda: not run.opener.log_file)


async def test_the_system_message_is_shown() -> None:
    async with running() as run:
        run.session.fake.messages = (ChatMessage(Role.SYSTEM, "Be useful."),)
        await command(run, "%system_message")
        assert await text_shown(run) == "Be useful."


async def test_verbose_shows_details_in_the_conversation() -> None:
    async with running() as run:
        await talked(run)
        await command(run, "%verbose")
        assert run.main.conversation.is_verbose
        await command(run, "%verbose true")
        assert run.main.conversation.is_verbose
        await command(run, "%verbose")
        assert not run.main.conversation.is_verbose


# -- files ----------------------------------------------------------------------------------------
async def test_messages_are_saved_for_their_owner_only_and_overwritten_only_if_ours(
    tmp_path: Path,
) -> None:
    async with running() as run:
        await talked(run, tmp_path)
        await command(run, "%save_message")
        path = tmp_path / "messages.json"
        await run.until(lambda: "saved to" in toasts(run))
        saved = json.loads(path.read_text())
        assert [one["role"] for one in saved] == ["user", "assistant", "assistant", "computer"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "4 messages" in toasts(run)
        path.write_text("[]")
        await command(run, "%save_message messages")
        await run.until(lambda: path.read_text() != "[]", "it again, unasked")


async def test_a_file_of_somebody_else_is_asked_about(tmp_path: Path) -> None:
    theirs = tmp_path / "talk.json"
    theirs.write_text("theirs")
    async with running() as run:
        await talked(run, tmp_path)
        await command(run, "%save_message talk")
        await shown(run, Confirm)
        await run.press("n")
        assert theirs.read_text() == "theirs"
        await command(run, "%save_message 'talk.json'")
        await shown(run, Confirm)
        await run.press("r")
        await run.until(lambda: theirs.read_text() != "theirs")


async def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    async with running() as run:
        await talked(run, tmp_path)
        await command(run, "%save_message no/such/folder/a.json")
        await run.until(lambda: "could not be written" in toasts(run))


async def test_messages_are_loaded_in_either_form(tmp_path: Path) -> None:
    (tmp_path / "messages.json").write_text(
        json.dumps([{"role": "user", "message": "hi"}, {"role": "assistant", "message": "Hello."}])
    )
    async with running() as run:
        await talked(run, tmp_path)
        await command(run, "%load_message")
        await run.until(lambda: run.session.fake.ops)
        (op,) = run.session.fake.ops
        assert isinstance(op, ops.ReplaceHistory)
        assert [one.text for one in op.messages] == ["hi", "Hello."]
        assert "2 messages" in run.main.hints.shown


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "no such file"),
        ("{", "no JSON"),
        ('{"a": 1}', "Nothing was changed"),
        ('[{"role": "king"}]', "Nothing was changed"),
    ],
)
async def test_what_cannot_be_loaded_changes_nothing(
    tmp_path: Path, content: str | None, why: str
) -> None:
    if content is not None:
        (tmp_path / "a.json").write_text(content)
    async with running() as run:
        await talked(run, tmp_path)
        await command(run, "%load_message a")
        await run.until(lambda: why in toasts(run), why)
        assert run.session.fake.ops == []


@pytest.mark.parametrize(
    ("line", "form", "name"),
    [
        ("%jupyter notes.ipynb", ExportFormat.NOTEBOOK, "notes.ipynb"),
        ("%markdown notes", ExportFormat.MARKDOWN, "notes"),
        ("/export a b.html", ExportFormat.HTML, "a b.html"),
    ],
)
async def test_exports_go_where_the_person_says(
    line: str, form: ExportFormat, name: str, tmp_path: Path
) -> None:
    async with running() as run:
        await talked(run, tmp_path)
        await command(run, line)
        await run.until(lambda: run.opener.shelf.exports)
        assert run.opener.shelf.exports == [("new-0", tmp_path / name, form)]


# -- sessions -------------------------------------------------------------------------------------
async def test_sessions_with_words_fill_the_filter() -> None:
    async with running() as run:
        await command(run, "%sessions tides of May")
        values = [field.value for field in run.main.sidebar.query(Input)]
        assert "tides of May" in values


async def test_a_title_completes_to_the_id() -> None:
    opener = FakeOpener()
    opener.shelf.listings = [listing("id-7", "Tides of May")]
    async with running(opener) as run:
        completion = run.main.line_completion
        await run.until(lambda: completion.sessions)
        assert [one.text for one in completion.candidates("%open tid")] == ["%open id-7"]


async def test_rerun_asks_first_and_says_when_there_is_nothing() -> None:
    async with running() as run:
        await command(run, "%rerun")
        assert "No code" in run.main.hints.shown
        await talked(run)
        await command(run, "%rerun")
        await shown(run, Confirm)
        await run.press("r")
        await run.until(lambda: run.session.fake.ops)
        assert run.session.fake.ops == [ops.ReplayRuns((ops.Rerun("python", CODE),))]


PLAN = CompactionPlan((), (), 3, 2, 12_400, 900, 128_000, "read the logs", "plot them")


async def test_compact_shows_what_would_be_summed_up_and_asks() -> None:
    async with running() as run:
        await command(run, "%compact")
        await run.until(lambda: "nothing to sum up" in run.main.hints.shown)
        run.session.fake.plan = PLAN
        await command(run, "%compact keep the file names")
        await shown(run, Confirm)
        words = " ".join(str(one.render()) for one in run.app.screen.query(SafeStatic))
        assert "12,400 tokens" in words
        assert "read the logs" in words
        await run.press("s")
        await run.until(lambda: run.session.fake.ops)
        assert run.session.fake.ops == [ops.CompactHistory("keep the file names")]


@pytest.mark.parametrize(("key", "done"), [("c", [ops.CompactHistory(cut=True)]), ("n", [])])
async def test_compact_can_cut_or_leave_it(key: str, done: list[ops.Op]) -> None:
    async with running() as run:
        run.session.fake.plan = PLAN
        await command(run, "%compact")
        await shown(run, Confirm)
        await run.press(key)
        await run.until(lambda: not isinstance(run.app.screen, Confirm))
        assert run.session.fake.ops == done


# -- what is offered ------------------------------------------------------------------------------
async def test_settings_models_and_files_are_offered(tmp_path: Path) -> None:
    (tmp_path / "talk.json").write_text("[]")
    opener = FakeOpener(Settings(model="gpt-4o", fast_model="gpt-4o-mini"))
    opener.with_key = ["anthropic"]
    async with running(opener) as run:
        run.session.folder = str(tmp_path)

        def offered(text: str) -> list[str]:
            return [one.text for one in run.main.line_completion.candidates(text)]

        assert offered("%load_message t") == ["%load_message talk.json"]
        assert "%set max_budget " in offered("%set ")
        assert offered("%set tool_mode f") == ["%set tool_mode fences", "%set tool_mode default"]
        assert "%model gpt-4o-mini" in offered("%model ")
        assert any("claude" in text for text in offered("%model "))
        assert offered("%theme lan") == ["%theme lantern"]


async def test_a_theme_that_is_none_suggests_the_nearest() -> None:
    async with running() as run:
        await command(run, "%theme harbor-lite")
        assert "harbor-light" in run.main.hints.shown


# -- earlier prompts ------------------------------------------------------------------------------
async def test_prompts_of_all_sessions_are_behind_those_of_this_one() -> None:
    opener = FakeOpener()
    opener.shelf.sent = ["oldest", "mine", "other"]
    past = [ev.Envelope(1, 0.0, "s-1", 1, ev.TurnStarted("mine"))]
    opener.first = FakeSession("s-1", past)
    async with running(opener) as run:
        await run.until(lambda: len(run.main.prompt._history.holding("")) == 3)
        found = []
        for _ in range(3):
            await run.press("up")
            found.append(run.main.prompt.text)
        assert found == ["mine", "other", "oldest"]


async def test_who_looks_through_the_prompts_stays_where_they_are() -> None:
    async with running() as run:
        run.main.prompt.set_history(["one", "two"])
        await run.press("up")
        run.main.prompt.add_older(["zero", "two"])
        await run.press("up", "up")
        assert run.main.prompt.text == "zero"
        await run.press("down", "down")
        assert run.main.prompt.text == "two"


async def test_what_was_wrong_with_a_line_is_forgotten_with_the_next() -> None:
    async with running() as run:
        await run.press(*"%nope", "enter")
        assert "There is no %nope" in run.main.hints.shown
        await run.press("ctrl+c", *"hello", "enter")
        assert "There is no" not in run.main.hints.shown
        assert run.session.fake.ops == [ops.SubmitPrompt("hello")]
