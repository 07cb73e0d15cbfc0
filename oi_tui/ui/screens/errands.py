"""What takes the main screen more than a line: sending, switching, copying, asking back, quitting.

Owns the questions put to the person. Knows the panes and the desk, no event and no format.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from oi_tui.engine.live import Launch, SessionOpener
from oi_tui.protocol import ops
from oi_tui.protocol.items import EngineState
from oi_tui.text.translation import tr
from oi_tui.ui.safe import Severity, safe_notify

if TYPE_CHECKING:
    from oi_tui.ui.screens.main import MainScreen

LOCAL_ADDRESS = "http://localhost:11434/v1"  # Ollama's


class Errands:
    """Runs errands for one main screen."""

    def __init__(self, screen: MainScreen, opener: SessionOpener) -> None:
        self._screen, self._opener = screen, opener

    def say(self, text: str, severity: Severity = "information") -> None:
        """Tell the person something that should not be missed."""
        safe_notify(self._screen, text, severity=severity)

    # -- the prompt -----------------------------------------------------------------------------
    def submit_line(self, text: str) -> None:
        """Send what was written; it stays in the prompt until it is recorded."""
        screen = self._screen
        screen.hint("")  # what was wrong with the line before
        session = screen.desk.session
        if session is not None and session.engine is None:
            self.say(session.read_only, "warning")
            return
        if screen.lines.take(text):
            return
        screen.prompt.hold(text)
        if not screen.desk.submit(ops.SubmitPrompt(text)) and not screen.activity.is_opening:
            self._open_for_held()

    def _open_for_held(self) -> None:
        """Open a session for what was sent while there is none; it is sent from there."""
        if self._opener.settings.model:
            self.switch("")
        else:
            self.welcome()

    def edit_outside(self) -> None:
        """Open the prompt, or the proposal that has the focus, in the person's own editor."""
        from oi_tui.ui.editor import EditorError, edit_outside

        screen = self._screen
        proposal = screen.approval.proposals.current
        try:
            if screen.approval.has_focus_within and proposal is not None:
                code = edit_outside(screen.app, proposal.code, ".txt")
                screen.approval.take_edit(code)
            else:
                screen.prompt.put(edit_outside(screen.app, screen.prompt.text, ".md"))
        except EditorError as error:
            self.say(str(error), "error")

    # -- the clipboard ---------------------------------------------------------------------------
    def copy_text(self, text: str) -> None:
        """Put text on the clipboard."""
        if text:
            self._screen.app.copy_to_clipboard(text)
            self._screen.hint(tr("Copied"))

    # -- the start ------------------------------------------------------------------------------
    async def begin(self, launch: Launch) -> None:
        """Open what the command line asked for."""
        screen = self._screen
        if launch.tour:
            await self.start_tour()
        elif launch.choose_local or not (self._opener.settings.model or launch.session_id):
            screen.activity.is_opening = False
            screen.show_activity()
            if launch.choose_local:
                repository = launch.local_model.removeprefix("local/")
                self.choose_model(is_local=True, repository=repository, quality=launch.quality)
            elif not launch.conversations:
                self.welcome()
        elif launch.session_id:
            await screen.desk.open_kept(launch.session_id)
        else:
            await screen.desk.open_new()
        if launch.conversations:
            self.go_to_sessions()

    def go_to_sessions(self) -> None:
        """Show the list of sessions, if it is hidden, and go there."""
        if self._screen.query_one("#sessions").display:
            self._screen.focus_pane(self._screen.sidebar)
        else:
            self._screen.action_toggle_sidebar()

    def welcome(self) -> None:
        """Show the page of the first run."""
        from oi_tui.ui.screens.welcome import Choice, WelcomeScreen

        def chosen(choice: Choice | None) -> None:
            match choice:
                case Choice.TOUR:
                    self._screen.run_worker(self.start_tour(), group="session", exclusive=True)
                case Choice.LOCAL:
                    self.choose_model(is_local=True)
                case Choice.SERVER:
                    self.choose_model(address=LOCAL_ADDRESS)
                case Choice.ANY:
                    self.choose_model()
                case _:
                    self._model_chosen(choice is Choice.MODEL)

        self._screen.app.push_screen(WelcomeScreen(self._opener), chosen)

    def choose_model(
        self,
        *,
        is_local: bool = False,
        repository: str = "",
        quality: float | None = None,
        address: str = "",
    ) -> None:
        """Show the models to choose from; a repository of the hub is looked up at once.

        `address`: of a server, to be changed or asked.
        """
        from oi_tui.ui.screens.models import ModelsScreen, Start

        def chosen(is_chosen: bool | None) -> None:
            if is_chosen or self._opener.settings.model or self._screen.desk.session is not None:
                self._model_chosen(is_chosen)
            else:
                self.welcome()  # there is nobody to talk to yet

        start = Start(is_local, address, repository, quality)
        self._screen.app.push_screen(ModelsScreen(self._opener, start), chosen)

    def _model_chosen(self, is_chosen: bool | None) -> None:
        """Talk to the model that the settings name now."""
        settings, desk = self._opener.settings, self._screen.desk
        if is_chosen:
            if not desk.submit(ops.SetModel(settings.model, settings.api_base)):
                self.switch("")
        elif desk.session is None and not self._screen.activity.is_opening:
            self._screen.prompt.release()
            self.say(tr("No model is chosen yet. Send a prompt, or /model, to choose one."))

    def set_model(self, model: str) -> None:
        """Talk to another model; at the same server, unless the name says another provider."""
        from oi_tui.models.providers import names_provider

        settings = self._opener.settings
        base = "" if names_provider(model) else settings.api_base
        self._opener.use_settings(replace(settings, model=model, api_base=base))
        if not self._screen.desk.submit(ops.SetModel(model)):  # the session may have its own server
            self.switch("")

    async def start_tour(self) -> None:
        """Start the guided tour."""
        self._screen.facts.is_tour = True
        hello = tr("Show me around")
        self._screen.prompt.put(hello)
        self._screen.prompt.hold(hello)
        await self._screen.desk.open_tour()

    # -- sessions -------------------------------------------------------------------------------
    def switch(self, session_id: str) -> None:
        """Open another session, or a new one for an empty id; asks while something runs."""
        screen = self._screen
        current = screen.desk.session
        if current is not None and session_id == current.session_id:
            screen.prompt.focus()
            return

        self.unless_busy(
            tr("Leave this session?"),
            tr("Stop it and leave"),
            lambda: self.go_to_session(session_id),
        )

    def go_to_session(self, session_id: str) -> None:
        """Open another session, or a new one, whatever the one on the screen does."""
        screen, desk = self._screen, self._screen.desk
        screen.facts.is_tour = False
        opening = desk.open_kept(session_id) if session_id else desk.open_new()
        screen.run_worker(opening, group="session", exclusive=True)
        screen.remove_class("-sidebar-open")
        screen.prompt.focus()

    # -- stopping -------------------------------------------------------------------------------
    def quit(self) -> None:
        """Quit; asks while something runs."""
        self.unless_busy(tr("Quit?"), tr("Stop it and quit"), self._screen.app.exit)

    def offer_kill(self) -> None:
        """Offer to kill a run that does not obey."""
        engine = self._screen.desk.engine
        if engine is None:
            return

        def answered(answer: str | None) -> None:
            if answer == "kill":
                engine.kill_run()
            elif answer == "again":
                engine.interrupt()

        self.ask(
            tr("It does not stop."),
            tr("Killing its shell loses the variables and the folder it is in."),
            (
                ("wait", "w", tr("Wait for it")),
                ("again", "i", tr("Interrupt it once more")),
                ("kill", "k", tr("Kill its shell")),
            ),
            answered,
        )

    def show_help(self, *, commands_first: bool = False) -> None:
        """Show the keys that count now and all commands."""
        from oi_tui.ui.screens.help import HelpScreen

        screen = self._screen
        where = screen.focused_place()
        screen.app.push_screen(HelpScreen(screen.keymap, where, commands_first=commands_first))

    def show_settings(self) -> None:
        """Show all settings, to read and to change."""
        from oi_tui.ui.screens.settings import SettingsScreen
        from oi_tui.ui.screens.settings_changes import SettingChanges

        changes = SettingChanges(self._screen, self._opener)
        self._screen.app.push_screen(SettingsScreen(changes))

    def unless_busy(self, title: str, yes: str, act: Callable[[], object]) -> None:
        """Act; ask first while something runs."""
        state = self._screen.activity.state
        if state is EngineState.IDLE:
            act()
            return
        what = {
            EngineState.THINKING: tr("The model is still answering."),
            EngineState.ASKING: tr("A proposal still waits for you; it will not run."),
            EngineState.RUNNING: tr("Code is still running; it will be stopped."),
        }[state]

        def answered(answer: str | None) -> None:
            if answer == "yes":
                act()

        answers = (("no", "n", tr("Stay")), ("yes", "y", yes))
        self.ask(title, what, answers, answered)

    def ask(
        self,
        title: str,
        text: str,
        answers: Sequence[tuple[str, str, str]],
        answered: Callable[[str | None], None],
    ) -> None:
        """Ask the person; an answer is its value, its key and its words. Esc answers nothing."""
        from oi_tui.ui.screens.confirm import Answer, Confirm

        dialog = Confirm(title, text, [Answer(*answer) for answer in answers])
        self._screen.app.push_screen(dialog, answered)
