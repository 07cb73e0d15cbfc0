"""The approval panel: shows a proposal and turns deliberate keys into decisions.

Owns the focus and the keys of the panel. The judge says which keys count, `Proposals` holds what
waits, the engine decides what runs. It never closes by itself: a proposal goes when its block says
that it was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual import events, on
from textual.app import ComposeResult
from textual.reactive import reactive
from textual.widget import Widget

from oi_tui.protocol.events import ApprovalRequested, ProposalScanned, ScanStarted
from oi_tui.protocol.items import Decision
from oi_tui.protocol.ops import Decide, EditProposal, ScanProposal
from oi_tui.text.translation import tr
from oi_tui.transcript import CodeBlock
from oi_tui.ui.approval import messages
from oi_tui.ui.approval.body import Mode, ProposalBody
from oi_tui.ui.approval.code_view import CodeView
from oi_tui.ui.approval.gate import Act, Refused, Typed, Verdict
from oi_tui.ui.approval.head import KeyLine, ProposalHead
from oi_tui.ui.approval.judge import KeyJudge, explained
from oi_tui.ui.approval.keys import actions_by_key
from oi_tui.ui.approval.proposal import Proposal, Proposals, caution
from oi_tui.ui.clock import clock_of

SURE = "approval.sure"  # Shift+Y: runs what a plain key does not
SCAN = "approval.scan"
DECISIONS = {
    "approval.reject": Decision.REJECT,
    "approval.stop": Decision.STOP,
    "approval.run": Decision.APPROVE,
    "approval.allow": Decision.APPROVE_SESSION,
    SURE: Decision.APPROVE,
}
SCROLLS: Mapping[str, Callable[[CodeView], None]] = {
    "approval.scroll_up": lambda view: view.scroll_up(animate=False),
    "approval.scroll_down": lambda view: view.scroll_down(animate=False),
    "pageup": lambda view: view.scroll_page_up(animate=False),
    "pagedown": lambda view: view.scroll_page_down(animate=False),
    "home": lambda view: view.scroll_home(animate=False),
    "end": lambda view: view.scroll_end(animate=False),
    "shift+up": lambda view: view.extend_selection(-1),
    "shift+down": lambda view: view.extend_selection(1),
}


class ApprovalPanel(Widget, can_focus=True):
    """Shows the proposal that waits (or is being written) and takes the person's decision."""

    DEFAULT_CSS = """
    ApprovalPanel {
        layout: vertical;
        background: $surface;
        display: none;
        &.-open { display: block; }
        &:focus-within #proposal-facts { background: $primary 20%; }
    }
    """
    is_armed: reactive[bool] = reactive(False)
    shows_why: reactive[bool] = reactive(False)
    hint: reactive[str] = reactive("")

    def __init__(
        self,
        *,
        keymap: Mapping[str, str] | None = None,
        clock: Callable[[], float] | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.keymap: Mapping[str, str] = keymap or {}
        now = clock or (lambda: clock_of(self).monotonic())
        self.judge = KeyJudge(self, now, self._judged)
        self.proposals = Proposals()
        self.body = ProposalBody()
        self.edits_next = ""  # the editor opens at once when this code is asked about
        self._actions = actions_by_key(self.keymap)

    def compose(self) -> ComposeResult:
        """Head, code, keys."""
        yield ProposalHead()
        yield self.body
        yield KeyLine()

    # -- what the screen tells ----------------------------------------------------------------
    def update_block(self, block: CodeBlock) -> None:
        """Follow a proposal's block: it grows, waits, or is decided."""
        self.proposals.update(block)
        self._show(self.proposals.current)

    def request(self, event: ApprovalRequested | ScanStarted | ProposalScanned) -> None:
        """A proposal waits for the person's decision; or it is being scanned, or was."""
        if not isinstance(event, ApprovalRequested):
            self.proposals.scan(event)
            self._refresh_texts()
            return
        self._show(self.proposals.ask(event))
        if self.edits_next and event.code == self.edits_next:
            self.edits_next = ""
            self.call_after_refresh(self.begin_edit)

    def clear(self) -> None:
        """Forget every proposal: another session is shown."""
        self.proposals.clear()
        self.edits_next = ""
        self._show(None)

    def note_key(self, event: events.Event | None = None) -> None:
        """Take notice of a key press or paste anywhere in the application, before it acts."""
        self.judge.notice(event)
        self._update_arming()

    def note_terminal_focus(self, focused: bool) -> None:
        """The terminal window was brought to the front, or left."""
        self.judge.terminal_focus(focused)
        self._update_arming()

    def offer_focus(self, prompt_is_empty: bool) -> bool:
        """Take the focus if the person is not typing; return whether it was taken."""
        taken = self.is_waiting and self.judge.may_take_focus(prompt_is_empty)
        if taken:
            self.focus()
        return taken

    @property
    def is_waiting(self) -> bool:
        """Whether a proposal waits for a decision."""
        current = self.proposals.current
        return current is not None and current.asked

    def begin_edit(self) -> None:
        """Open the editor on the proposal."""
        proposal = self.proposals.current
        if proposal is not None and proposal.asked:
            self.body.edit(proposal.code, proposal.language)
            self._refresh_texts()

    def take_edit(self, code: str) -> None:
        """Ask for other code in place of the proposal, such as from an outside editor."""
        proposal = self.proposals.current
        if proposal is not None and proposal.asked and code != proposal.code:
            self.post_message(messages.Edited(EditProposal(proposal.call_id, code)))

    # -- showing ------------------------------------------------------------------------------
    def _show(self, proposal: Proposal | None) -> None:
        self.set_class(proposal is not None, "-open")
        held_focus = self.has_focus_within
        if proposal is None:
            self.shows_why, self.hint = False, ""
            self.body.forget()
            self.judge.hidden()
            return
        if self.body.show(proposal):
            self.shows_why, self.hint = False, ""
            self.judge.shown()
        if held_focus and self.body.mode is Mode.READING:
            self.focus()
        self._refresh_texts()
        self._update_arming()

    @on(CodeView.SeenChanged)
    def _refresh_texts(self) -> None:
        proposal = self.proposals.current
        if proposal is None or not self.is_mounted:
            return
        view, keys = self.body.view, self.query_one(KeyLine)
        lines = (*view.visible_lines(), view.shown.line_count)
        head = self.query_one(ProposalHead)
        head.show(proposal, self.proposals.position(), lines, self.shows_why)
        if not proposal.asked:
            keys.say(tr("being scanned …") if proposal.scans else tr("being written …"), "$muted")
        elif self.hint:
            keys.say(self.hint, "$warning")
        elif self.body.mode is Mode.EDITING:
            keys.say(tr("Esc keeps the edit, then y runs it"), "$accent")
        elif self.body.mode is Mode.REASONING:
            keys.say(tr("Enter rejects with this reason, Esc goes back"), "$accent")
        else:
            warning = caution(proposal, self.body.unseen)
            keys.show_keys(
                self.keymap,
                without=_without(proposal),
                armed=self.is_armed,
                warning=warning,
            )

    def _watch_is_armed(self) -> None:
        self._refresh_texts()

    _watch_hint = _watch_shows_why = _watch_is_armed

    # -- keys ---------------------------------------------------------------------------------
    def _update_arming(self) -> None:
        remaining = self.judge.armed_in() if self.has_focus else float("inf")
        self.is_armed = remaining == 0.0
        if 0.0 < remaining < 60.0:
            self.set_timer(remaining + 0.01, self._update_arming)

    def on_focus(self) -> None:
        """Keys reach the panel from now on: the look begins anew."""
        if self.is_waiting:
            self.judge.shown()
        self.call_next(self._update_arming)  # `has_focus` changes after this

    def on_blur(self) -> None:
        """Keys go elsewhere."""
        self.hint = ""
        self.judge.withdraw()
        self.call_next(self._update_arming)  # `has_focus` changes after this

    def on_key(self, event: events.Key) -> None:
        """Judge a key; what is not for the panel goes on to the screen."""
        self.note_key(event)
        if self.has_focus and self._own_key(event):
            event.stop()
            event.prevent_default()

    def _own_key(self, event: events.Key) -> bool:
        self.hint = ""
        text = event.character if event.is_printable and event.character else ""
        action = self._actions.get(event.key) or self._actions.get(text, "")
        if action == SCAN and SCAN in _without(self.proposals.current):
            action = ""  # no safe mode: a letter like any other
        scroll = SCROLLS.get(action) or SCROLLS.get(event.key)
        if scroll:
            scroll(self.body.view)
            self.call_after_refresh(self._refresh_texts)
        elif action == "approval.stop":
            refusal = self.judge.refusal()
            self._judged(Refused(action, refusal) if refusal else Act(action))
        elif action or text == "Y":
            self.judge.press(action or SURE, text)
        elif text.strip():
            self.judge.other_text(text)
        else:
            return event.key in ("space", "enter")
        return True

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text is never a command; it goes to the prompt."""
        self.note_key(event)
        if self.has_focus:
            event.stop()
            self.post_message(messages.TypingBegan(event.text))

    def _judged(self, verdict: Verdict) -> None:
        match verdict:
            case Act(key=action):
                self._act(action)
            case Refused(refusal=refusal):
                self.hint = explained(refusal)
            case Typed(text=text):
                self.post_message(messages.TypingBegan(text))

    # -- actions ------------------------------------------------------------------------------
    def _act(self, action: str) -> None:
        proposal = self.proposals.current
        if proposal is None:
            return
        match action:
            case "approval.next" | "approval.previous":
                self.proposals.look_at(1 if action == "approval.next" else -1)
                self._show(self.proposals.current)
            case "approval.full_screen":
                self.post_message(messages.FullScreenToggled())
            case "approval.copy":
                self.post_message(messages.CopyRequested(proposal.code))
            case "approval.why":
                self.shows_why = not self.shows_why
            case "approval.wrap":
                self.body.view.wrap = not self.body.view.wrap
            case _ if proposal.asked:
                self._act_on_asked(proposal, action)
        self._refresh_texts()

    def _act_on_asked(self, proposal: Proposal, action: str) -> None:
        match action:
            case "approval.edit":
                self.begin_edit()
            case "approval.reason":
                self.body.ask_reason()
            case "approval.difference":
                self.body.toggle_difference(proposal)
            case "approval.scan":
                self.post_message(messages.ScanRequested(ScanProposal(proposal.call_id)))
            case "approval.run_selected":
                self.take_edit(self.body.view.selected_code(proposal.code) or proposal.code)
            case _ if action in DECISIONS:
                self._decide(proposal, action)

    def _decide(self, proposal: Proposal, action: str) -> None:
        decision, view = DECISIONS[action], self.body.view
        approves = decision in (Decision.APPROVE, Decision.APPROVE_SESSION)
        if approves and action != SURE and caution(proposal, self.body.unseen):
            view.scroll_page_down(animate=False)
            self.hint = (
                tr("Not all was on screen yet: read on, or Y runs it as it is.")
                if self.body.unseen
                else tr("It has hidden characters: Y runs it all the same.")
            )
            return
        self.post_message(messages.Decided(Decide(proposal.call_id, decision, self.body.digest)))

    @on(ProposalBody.ModeLeft)
    def _leave_mode(self, event: ProposalBody.ModeLeft) -> None:
        event.stop()
        self.focus()
        proposal = self.proposals.current
        if event.edit is not None:
            self.take_edit(event.edit)
        elif event.reason is not None and proposal is not None and proposal.asked:
            op = Decide(proposal.call_id, Decision.REJECT, self.body.digest, event.reason)
            self.post_message(messages.Decided(op))
        self._refresh_texts()


def _without(proposal: Proposal | None) -> frozenset[str]:
    """Return the actions that mean nothing for a proposal, so that their keys are not shown."""
    without = set() if proposal and proposal.edited else {"approval.difference"}
    if not (proposal and proposal.can_scan) or proposal.scans:
        without.add(SCAN)
    return frozenset(without)
