"""The panel with real keys: what is decided, what is refused, what goes to the prompt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from oi_tui.protocol.events import ApprovalRequested, ProposalScanned, ScanStarted
from oi_tui.protocol.items import Decider, Decision, digest_of
from oi_tui.protocol.ops import Decide, EditProposal, ScanProposal
from oi_tui.transcript import CodeBlock, CodeState
from oi_tui.ui.approval import messages
from oi_tui.ui.approval.code_editor import CodeEditor
from oi_tui.ui.approval.head import KeyLine
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.theming import VARIABLE_DEFAULTS
from oi_tui.ui.widgets.approval_panel import ApprovalPanel


class FakeClock:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Host(App[None]):
    """A panel beside a prompt, and everything that the panel said."""

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(VARIABLE_DEFAULTS)

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.said: list[object] = []

    def compose(self) -> ComposeResult:
        yield Input(id="prompt")
        yield ApprovalPanel(clock=self.clock)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste):
            self.panel.note_key(event)
        await super().on_event(event)

    @property
    def panel(self) -> ApprovalPanel:
        return self.query_one(ApprovalPanel)

    def on_approval_message(self, message: messages.ApprovalMessage) -> None:
        self.said.append(message)

    on_decided = on_edited = on_copy_requested = on_typing_began = on_scan_requested = (
        on_approval_message
    )
    on_full_screen_toggled = on_approval_message

    def ops(self) -> list[Decide | EditProposal]:
        return [m.op for m in self.said if isinstance(m, messages.Decided | messages.Edited)]


@asynccontextmanager
async def host(size: tuple[int, int] = (100, 30)) -> AsyncIterator[tuple[Host, Pilot[None]]]:
    app = Host()
    async with app.run_test(size=size, notifications=True) as pilot:
        yield app, pilot


def propose(app: Host, code: str, call_id: str = "call-1", language: str = "python") -> CodeBlock:
    block = CodeBlock(call_id, 1, language, [code], digest_of(code), CodeState.WAITING)
    app.panel.update_block(block)
    event = ApprovalRequested(call_id, language, code, digest_of(code), "/work", "/bin/python")
    app.panel.request(event)
    return block


async def look_and_press(app: Host, pilot: Pilot[None], *keys: str) -> None:
    """Look for a while, then press keys with a pause after each, as a person does."""
    app.panel.focus()
    await pilot.pause()
    for key in keys:
        app.clock.now += 2.0
        await pilot.press(key)
        await settled(app, pilot)


async def settled(app: Host, pilot: Pilot[None]) -> None:
    """Let the time pass after which the gate judges what was pressed."""
    app.clock.now += 2.0
    if app.panel.judge.is_pending:
        app.panel.judge.settle()
    await pilot.pause()


async def test_y_approves_exactly_the_digest_on_screen() -> None:
    async with host() as (app, pilot):
        propose(app, "print(1)\n")
        await look_and_press(app, pilot, "y")
        assert app.ops() == [Decide("call-1", Decision.APPROVE, digest_of("print(1)\n"))]


async def test_each_deciding_key_says_what_it_means() -> None:
    expected = {
        "n": Decision.REJECT,
        "a": Decision.APPROVE_SESSION,
        "escape": Decision.STOP,
        "1": Decision.APPROVE,
    }
    for key, decision in expected.items():
        async with host() as (app, pilot):
            propose(app, "x")
            await look_and_press(app, pilot, key)
            assert app.ops() == [Decide("call-1", decision, digest_of("x"))], key


async def test_a_proposal_that_is_still_written_cannot_be_decided() -> None:
    async with host() as (app, pilot):
        app.panel.update_block(CodeBlock("call-1", 1, "python", ["rm("], "", CodeState.STREAMING))
        await look_and_press(app, pilot, "y", "a", "n", "Y", "e")
        assert app.ops() == []


async def test_space_enter_and_paste_never_approve() -> None:
    async with host() as (app, pilot):
        propose(app, "x")
        await look_and_press(app, pilot, "space", "enter")
        app.clock.now += 5
        app.panel.post_message(events.Paste("y"))
        await pilot.pause()
        assert app.ops() == []
        assert app.said == [messages.TypingBegan("y")] or [
            m.text for m in app.said if isinstance(m, messages.TypingBegan)
        ] == ["y"]


async def test_editing_proposes_other_bytes_and_y_then_runs_those() -> None:
    async with host() as (app, pilot):
        block = propose(app, "print(1)")
        await look_and_press(app, pilot, "e")
        editor = app.query_one(CodeEditor)
        assert editor.has_focus
        editor.text = "print(2)"
        await pilot.press("escape")
        await pilot.pause()
        assert app.ops() == [EditProposal("call-1", "print(2)")]
        assert app.panel.has_focus
        block.pieces[:], block.digest, block.edited = ["print(2)"], digest_of("print(2)"), True
        app.panel.update_block(block)
        await look_and_press(app, pilot, "y")
        assert app.ops()[1:] == [Decide("call-1", Decision.APPROVE, digest_of("print(2)"))]


def scannable(app: Host, code: str) -> None:
    """Propose code that may be scanned."""
    digest = digest_of(code)
    app.panel.update_block(CodeBlock("call-1", 1, "python", [code], digest, CodeState.WAITING))
    app.panel.request(
        ApprovalRequested("call-1", "python", code, digest, "/", "", ("Uses x",), can_scan=True)
    )


def head_and_foot(app: Host) -> str:
    notes = app.query_one("#proposal-notes", SafeStatic)
    return f"{notes.visual} | {app.query_one(KeyLine).visual}"


async def test_s_asks_for_a_scan_and_its_notes_replace_the_others() -> None:
    async with host() as (app, pilot):
        scannable(app, "eval(x)")
        await look_and_press(app, pilot, "s")
        asked = [m.op for m in app.said if isinstance(m, messages.ScanRequested)]
        assert asked == [ScanProposal("call-1")]
        app.panel.request(ScanStarted("call-1"))
        assert "is looking at it" in head_and_foot(app)
        assert "s scan" not in head_and_foot(app)
        app.panel.request(ProposalScanned("call-1", "of other code", ("Wrong",)))
        app.panel.request(ProposalScanned("call-1", digest_of("eval(x)"), ("Uses x", "Line 1")))
        assert "Uses x · Line 1" in head_and_foot(app)
        assert "s scan" in head_and_foot(app)
        await look_and_press(app, pilot, "y")
        assert app.ops() == [Decide("call-1", Decision.APPROVE, digest_of("eval(x)"))]


async def test_after_an_edit_the_notes_are_about_the_code_that_is_there() -> None:
    async with host() as (app, _):
        block = propose(app, "print(1)")
        app.panel.request(ProposalScanned("call-1", digest_of("print(1)"), ("Line 1: wrong",)))
        assert "Line 1: wrong" in head_and_foot(app)
        code = "sudo reboot"
        block.pieces[:], block.digest, block.edited = [code], digest_of(code), True
        app.panel.update_block(block)
        assert "Line 1: wrong" not in head_and_foot(app)
        assert "administrator rights" in head_and_foot(app)


async def test_without_safe_mode_s_is_a_letter_like_any_other() -> None:
    async with host() as (app, pilot):
        propose(app, "x")
        assert "s scan" not in head_and_foot(app)
        await look_and_press(app, pilot, "s")
        assert [m for m in app.said if isinstance(m, messages.ScanRequested)] == []


async def test_a_reason_goes_to_the_model() -> None:
    async with host() as (app, pilot):
        propose(app, "rm -r x")
        await look_and_press(app, pilot, "r")
        await pilot.press(*"use trash", "enter")
        await pilot.pause()
        assert app.ops() == [Decide("call-1", Decision.REJECT, digest_of("rm -r x"), "use trash")]


async def test_code_that_does_not_fit_is_not_run_by_a_plain_key_until_it_was_read() -> None:
    async with host(size=(80, 20)) as (app, pilot):
        code = "\n".join(f"step({n})" for n in range(30))
        propose(app, code)
        await look_and_press(app, pilot, "y")
        assert app.ops() == []
        await look_and_press(app, pilot, "pagedown", "pagedown", "pagedown", "pagedown", "y")
        assert [op.digest for op in app.ops() if isinstance(op, Decide)] == [digest_of(code)]


async def test_shift_y_runs_what_was_not_read() -> None:
    async with host(size=(80, 20)) as (app, pilot):
        propose(app, "x\n" * 400)
        await look_and_press(app, pilot, "Y")
        assert [op.decision for op in app.ops() if isinstance(op, Decide)] == [Decision.APPROVE]


async def test_hidden_characters_are_shown_and_need_the_other_key() -> None:
    async with host() as (app, pilot):
        propose(app, 'access = "user\u202e"')
        await look_and_press(app, pilot, "y")
        assert app.ops() == []
        assert "⟨U+202E⟩" in app.panel.body.view.shown.lines[0]
        await look_and_press(app, pilot, "Y")
        assert len(app.ops()) == 1


async def test_prose_typed_into_the_panel_goes_to_the_prompt_whole() -> None:
    async with host() as (app, pilot):
        propose(app, "x")
        app.panel.focus()
        await pilot.pause()
        app.clock.now += 5
        got = ""
        for character in "yes":
            app.clock.now += 0.1
            await pilot.press(character)
        await pilot.pause()
        got = "".join(m.text for m in app.said if isinstance(m, messages.TypingBegan))
        assert got == "yes"
        assert app.ops() == []


async def test_focus_is_offered_only_to_an_idle_person() -> None:
    async with host() as (app, pilot):
        app.query_one("#prompt").focus()
        await pilot.press("h")
        propose(app, "x")
        assert not app.panel.offer_focus(prompt_is_empty=True)
        app.clock.now += 5
        assert not app.panel.offer_focus(prompt_is_empty=False)
        assert app.panel.offer_focus(prompt_is_empty=True)


async def test_a_decided_proposal_leaves_and_the_next_one_needs_its_own_look() -> None:
    async with host() as (app, pilot):
        first = propose(app, "one")
        await look_and_press(app, pilot, "y")
        first.state, first.by = CodeState.APPROVED, Decider.USER
        app.panel.update_block(first)
        assert not app.panel.has_class("-open")
        propose(app, "two", "call-2")
        await pilot.press("y")
        await settled(app, pilot)
        assert len(app.ops()) == 1


async def test_the_editor_is_colored_in_every_language_that_pygments_knows() -> None:
    for language, code in (
        ("python", "def f(): pass"),
        ("r", "f <- function(x) 1"),
        ("bash", "if"),
    ):
        async with host() as (app, pilot):
            propose(app, code, language=language)
            await look_and_press(app, pilot, "e")
            editor = app.query_one(CodeEditor)
            assert isinstance(editor, TextArea)
            assert any(editor._highlights[row] for row in range(1)), language


async def test_hostile_characters_do_not_get_into_the_editor() -> None:
    async with host() as (app, pilot):
        propose(app, "a\x1b[31m\u202eb")
        await look_and_press(app, pilot, "e")
        assert app.query_one(CodeEditor).text == "a[31mb"


async def test_selected_lines_become_the_proposal() -> None:
    async with host() as (app, pilot):
        propose(app, "one\ntwo\nthree")
        await look_and_press(app, pilot, "shift+down", "shift+down", "x")
        assert app.ops() == [EditProposal("call-1", "one\ntwo")]
