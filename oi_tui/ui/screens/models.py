"""The model picker: every model that a person can talk to, found by typing, used by Enter.

Owns the keys and what Enter leads to. What there is to choose is `model_finding`'s, what rows say
`model_rows`', how they look `model_list`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList

from oi_tui.engine.live import SessionOpener
from oi_tui.models.base import ModelError
from oi_tui.models.choices import DownloadChoice, FileChoice, ServerChoice
from oi_tui.models.discovery import base_of
from oi_tui.protocol.items import ErrorKind
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.ui.background import in_background
from oi_tui.ui.safe import SafeStatic, safe_notify
from oi_tui.ui.screens.ask_line import AskLine
from oi_tui.ui.screens.fetch import FetchScreen
from oi_tui.ui.screens.key_entry import KeyOwner, owner_at, owner_of
from oi_tui.ui.screens.leaving import leave
from oi_tui.ui.screens.model_finding import Finding, words_of
from oi_tui.ui.screens.model_list import ModelList
from oi_tui.ui.screens.model_rows import Do, ModelRow, download_row, typed_rows
from oi_tui.ui.screens.model_testing import ModelTest
from oi_tui.ui.widgets.text_fields import OrderedInput

PAGE = 10  # rows
_KEYS = {
    "up": "move(-1)",
    "down": "move(1)",
    "pageup": f"move(-{PAGE})",
    "pagedown": f"move({PAGE})",
    "enter": "take",
    "ctrl+t": "test",
    "ctrl+s": "star",
    "ctrl+k": "key",
    "escape": "back",
    "f2,ctrl+c": "dismiss(False)",
}


@dataclass(frozen=True, slots=True)
class Start:
    """How the picker opens. `repository` is looked up at once, with a quality of 0 to 1."""

    is_local: bool = False  # only what runs on this machine
    filter: str = ""
    repository: str = ""
    quality: float | None = None


class ModelsScreen(ModalScreen[bool]):
    """Returns whether a model was chosen; which one, the opener's settings say."""

    CSS_PATH = "models.tcss"
    # Asked before the line, which has the focus all the time.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(keys, action, show=False, priority=True) for keys, action in _KEYS.items()
    ]

    def __init__(self, opener: SessionOpener, start: Start | None = None) -> None:
        super().__init__()
        self._opener, self._start = opener, start or Start()
        self._finding = Finding(opener, self._post, self._show)
        self._test = ModelTest(opener, self._post, self._say)
        self._is_leaving = False  # with a model
        self._extra: list[ModelRow] = []  # what the hub told of a repository

    def compose(self) -> ComposeResult:
        """Lay out head, line, rows, what the chosen one is, and the keys."""
        title = tr("Models on this machine") if self._start.is_local else tr("Models")
        with Vertical(id="models-sheet"):
            with Horizontal(id="models-head"):
                yield SafeStatic(title, id="models-title")
                yield SafeStatic("", id="models-machine")
            hint = tr("Type to find one, or a name, an address, OWNER/NAME of the hub")
            yield OrderedInput(self._start.filter, hint, id="models-filter", compact=True)
            yield ModelList()
            with Vertical(id="models-about"):
                yield SafeStatic("", id="models-what")
                yield SafeStatic("", id="models-said")
            keys = tr("Enter use · Ctrl+T test · Ctrl+S favorite · Ctrl+K key · Esc close")
            yield SafeStatic(keys, id="models-keys")

    def on_mount(self) -> None:
        """Show what is known at once, and look for the rest."""
        self._finding.begin(is_local=self._start.is_local)
        self.query_one("#models-filter").focus()
        self._show()
        if self._start.repository:
            self._look_up(self._start.repository)

    # -- the list -------------------------------------------------------------------------------
    def _post(self, act: Callable[[], object]) -> object:
        return self.call_later(act) if self.is_attached else None

    @property
    def _list(self) -> ModelList:
        return self.query_one(ModelList)

    @property
    def _text(self) -> str:
        return self.query_one("#models-filter", OrderedInput).value

    @property
    def is_looking(self) -> bool:
        """Whether more rows may come."""
        return self._finding.is_looking

    def _show(self) -> None:
        if not self.is_attached:
            return
        words = self._text.casefold().split()
        rows = self._extra + self._finding.rows(is_local=self._start.is_local)
        fitting = [row for row in rows if row.fits(words)]
        settings = self._opener.settings
        typed = typed_rows(self._text, is_local=self._start.is_local)
        self._list.show(fitting + typed, (settings.model, settings.api_base))
        about = self._finding.machine or (tr("looking …") if self._finding.is_looking else "")
        self.query_one("#models-machine", SafeStatic).update(about)

    def on_model_list_chosen(self) -> None:
        """Say what the row under the cursor is."""
        row = self._list.row
        about = "" if row is None else one_line(row.problem or row.about, 300)
        self.query_one("#models-what", SafeStatic).update(about)

    def _say(self, text: str, *, is_problem: bool = False) -> None:
        said = self.query_one("#models-said", SafeStatic)
        said.set_class(is_problem, "-problem")
        said.update(text)

    def _fail(self, error: Exception) -> None:
        self._say(words_of(error), is_problem=True)

    def on_input_changed(self, message: Input.Changed) -> None:
        """Show what fits."""
        message.stop()
        self._say("")
        self._list.forget_cursor()
        self._show()

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Take a row that was clicked."""
        message.stop()
        self.action_take()

    # -- keys -----------------------------------------------------------------------------------
    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self._say("")
        self._list.move(rows)

    def action_take(self) -> None:
        """Do what the row under the cursor is for."""
        row = self._list.row
        if row is None or self._is_leaving:
            return
        match row.do:
            case Do.USE if row.problem:
                self._say(row.problem, is_problem=True)
            case Do.USE:
                self._use(row.model, row.api_base)
            case Do.FETCH:
                self._fetch(row.download)
            case Do.GIVE_KEY:
                self.action_key()
            case Do.LOOK_UP:
                self._look_up(row.model)
            case Do.ASK_SERVER:
                self._ask_server(row.model)
            case Do.TYPE:
                field = self.query_one("#models-filter", OrderedInput)
                field.value = row.model
                field.cursor_position = len(row.model)

    def action_test(self) -> None:
        """Ask the model under the cursor for a word."""
        self._test.begin(self._list.row)

    def on_unmount(self) -> None:
        """Leave no model loading that nobody waits for."""
        self._test.stop()

    def action_star(self) -> None:
        """Make the model under the cursor a favorite, or no longer."""
        row = self._list.row
        if row is None or row.do is not Do.USE:
            return
        model, base, on = row.model, row.api_base, not row.is_favorite
        in_background(
            self._post,
            lambda: self._opener.models.mark_favorite(model, base, on),
            lambda _none: self._finding.look_at_used(),
            self._fail,
        )

    def action_key(self) -> None:
        """Ask for a key of whom the model under the cursor belongs to."""
        row = self._list.row
        try:
            owner = owner_of(row) if row is not None else None
        except ModelError as error:
            self._fail(error)
            return
        if row is None or owner is None:
            self._say(tr("This one needs no key."))
        elif row.do is Do.ASK_SERVER:
            self._ask_key(owner, lambda: self._ask_server(row.model))
        else:
            self._ask_key(owner, self._finding.look_at_keys)

    def action_back(self) -> None:
        """Stop a test, then empty the line, then leave."""
        if self._test.stop():
            self._say(tr("Stopped."))
        elif self._text and self._text != self._start.filter:
            self.query_one("#models-filter", OrderedInput).value = ""
        else:
            leave(self, False)

    # -- what a row leads to ---------------------------------------------------------------------
    def _use(self, model: str, api_base: str) -> None:
        self._is_leaving = True
        self._say(tr("Writing the settings …"))

        def done() -> None:
            self._is_leaving = False  # it stays if a dialog came before it
            leave(self, True)

        def unkept(error: Exception) -> None:
            """The model is used for now nevertheless."""
            text = tr("The settings could not be written: {why}", why=words_of(error))
            safe_notify(self, text, severity="warning")
            done()

        in_background(
            self._post,
            lambda: self._opener.remember_model(model, api_base),
            lambda _where: done(),
            unkept,
        )

    def _ask_key(self, owner: KeyOwner, then: Callable[[], None], problem: str = "") -> None:
        def kept(where: str) -> None:
            self._say(tr("The key is kept in {place}.", place=where))
            then()

        def entered(key: str | None) -> None:
            if key:
                in_background(
                    self._post,
                    lambda: self._opener.remember_key(owner.name, key, owner.host),
                    kept,
                    self._fail,
                )

        self.app.push_screen(owner.question(problem), entered)

    def _ask_server(self, address: str) -> None:
        self._say(tr("Asking {address} …", address=address))

        def failed(error: Exception) -> None:
            self._fail(error)
            if not self.is_active:
                return  # the person has gone on to something else
            match error.info.kind if isinstance(error, ModelError) else None:
                case ErrorKind.AUTH:
                    owner = owner_at(address)
                    self._ask_key(owner, lambda: self._ask_server(address), words_of(error))
                case ErrorKind.UNREADABLE_REPLY:  # some that answer list nothing
                    question = tr("Name of a model at {address}", address=address)
                    self.app.push_screen(AskLine(question, about=words_of(error)), named)

        def named(model: str | None) -> None:
            if model:
                self._use(f"openai/{model}", base_of(address)[0])

        def answered(server: ServerChoice) -> None:
            with self.prevent(Input.Changed):  # the cursor goes to the server instead
                self.query_one("#models-filter", OrderedInput).value = ""
            self._list.point_at(server.api_base)
            self._finding.take_server(server)
            self._say("")

        in_background(self._post, lambda: self._opener.models.server_at(address), answered, failed)

    def _look_up(self, repository: str) -> None:
        self._say(tr("Asking the hub for {name} …", name=repository))
        quality = self._start.quality

        def found(choice: DownloadChoice) -> None:
            self._say("")
            self._extra = [download_row(choice)]
            self._show()
            if self.is_active:  # the person may have gone on to something else
                self._fetch(choice)

        in_background(
            self._post,
            lambda: self._opener.models.look_up(repository, quality),
            found,
            self._fail,
        )

    def _fetch(self, choice: DownloadChoice | None) -> None:
        if choice is None:
            return

        def fetched(file: FileChoice | None) -> None:
            if file is None or file.problem:
                self._finding.look_at_files()  # what came is there
            if file is not None and file.problem:
                self._say(f"{file.label}: {file.problem}", is_problem=True)
            elif file is not None:
                self._use(file.model, "")

        self.app.push_screen(FetchScreen(self._opener.models, choice), fetched)
