"""The first-run screen: choose whom to talk to, or take the tour. Also `%model` without a name.

Owns the few questions and their order. Nothing is contacted before the person chooses it; keys go
to the opener and are never shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from oi_tui.config.providers import PROVIDERS, Provider, provider_named
from oi_tui.engine.live import SessionOpener
from oi_tui.models.choices import ServerChoice
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.ui.background import in_background
from oi_tui.ui.safe import SafeStatic, safe_notify
from oi_tui.ui.screens.leaving import leave
from oi_tui.ui.screens.model_rows import FIRST_MODELS
from oi_tui.ui.widgets.text_fields import OrderedInput

NAME_WIDTH = 22


class Choice(Enum):
    """How the screen was left."""

    MODEL = auto()
    LOCAL = auto()  # one of those on this machine, still to be chosen
    SERVER = auto()  # one of a server whose address is still to be named
    ANY = auto()  # one of all that there are
    TOUR = auto()


@dataclass(frozen=True, slots=True)
class Question:
    """One line to be filled in; `then` gets it."""

    text: str
    then: Callable[[str], None]
    value: str = ""
    is_secret: bool = False


class WelcomeScreen(ModalScreen[Choice | None]):
    """Returns the choice, or None if the person left it."""

    DEFAULT_CSS = """
    WelcomeScreen {
        align: center middle;
        background: $background;
        & > Vertical { width: 76; max-width: 100%; height: auto; max-height: 100%; padding: 0 3; }
        & .welcome--name { color: $primary; text-style: bold; }
        & .welcome--lead { padding: 0 0 1 0; color: $muted; }
        & .welcome--question { text-style: bold; padding: 0 0 1 0; }
        & OptionList {
            height: auto; max-height: 14; border: none; background: transparent; padding: 0;
            scrollbar-size-vertical: 1;
        }
        & OptionList:focus { border: none; background-tint: transparent; }
        & .option-list--option { padding: 0 1; }
        & Input { display: none; height: 3; border: none; background: $surface; padding: 1 2;
            border-left: outer $primary; }
        & Input:focus { border: none; border-left: outer $primary; }
        &.-asking Input { display: block; }
        &.-asking OptionList { display: none; }
        & .welcome--foot { padding: 1 0 0 0; color: $muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("ctrl+c", "leave", show=False, priority=True),
        Binding("t", "tour", show=False),
        Binding("f2", "models", show=False, priority=True),
    ]

    def __init__(self, opener: SessionOpener) -> None:
        super().__init__()
        self._opener = opener
        self._question: Question | None = None
        self._is_leaving = False  # with a model
        self._offered: list[tuple[str, str]] = []  # addresses and models of servers found here

    def compose(self) -> ComposeResult:
        """Lay out the page; the choices follow when the keys at hand are known."""
        with Vertical():
            yield SafeStatic("oi-tui", classes="welcome--name")
            lead = tr("Get work done on this computer by talking to a language model.")
            yield SafeStatic(lead, classes="welcome--lead")
            yield SafeStatic("", classes="welcome--question")
            yield OptionList(markup=False, compact=True)
            yield OrderedInput(compact=True, select_on_focus=False)
            yield SafeStatic("", classes="welcome--foot")

    def on_mount(self) -> None:
        """Show the choices."""
        self._show_choices()

    # -- the first question ---------------------------------------------------------------------
    def _show_choices(self) -> None:
        rows = []
        for name in self._opener.providers_with_key():
            known = provider_named(name)
            label = known.label if known else one_line(name, NAME_WIDTH - 2)
            rows.append(_row(f"with:{name}", label, self._opener.origin_of_key(name)))
        rows += [
            _row("key", tr("Enter a key"), tr("OpenAI, Anthropic, Gemini and others")),
            _row("local", tr("On this machine"), tr("a model that needs no key and no network")),
            _row("url", tr("A server by address"), tr("Ollama, LM Studio, llama.cpp, your own")),
            _row("find", tr("Look for servers"), tr("on this computer only, at 127.0.0.1")),
            _row("tour", tr("Guided tour"), tr("three minutes, no model needed · t")),
        ]
        foot = tr("Nothing is contacted before you choose. Ctrl+C leaves this page.")
        self._show_list(tr("Whom do you want to talk to?"), rows, foot)

    def _show_list(self, question: str, rows: list[Option], foot: str) -> None:
        self._question = None
        self.remove_class("-asking")
        self._say(question, foot)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(rows)
        options.highlighted = 0 if rows else None
        options.focus()

    def _on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        if self._is_leaving:
            return
        kind, _, name = (message.option.id or "").partition(":")
        provider = provider_named(name)
        match kind:
            case "with":
                self._offer_models(name)
            case "model":
                self._keep_model(name)
            case "other":
                self._ask_model(name, f"{name}/")
            case "find":
                self._look_for_servers()
            case "at":
                base, model = self._offered[int(name)]
                self._keep_model(f"openai/{model}", base)
            case "key":
                rows = [_row(f"for:{p.name}", p.label, p.key_page) for p in PROVIDERS]
                self._show_list(tr("Whose key is it?"), rows, tr("Esc goes back."))
            case "for" if provider is not None:
                self._ask_key(provider)
            case "url":
                leave(self, Choice.SERVER)
            case "local":
                leave(self, Choice.LOCAL)
            case "tour":
                self.action_tour()

    # -- the others -----------------------------------------------------------------------------
    def _ask_key(self, provider: Provider) -> None:
        def entered(key: str) -> None:
            self._say(tr("Keeping the key …"), "")
            in_background(
                self.call_later,
                lambda: self._opener.remember_key(provider.name, key, provider.host),
                lambda where: self._offer_models(
                    provider.name, tr("The key is kept in {place}.", place=where)
                ),
                self._fail,
            )

        text = tr("Key for {label}", label=provider.label)
        foot = tr(
            "It is not shown, and sent only to {host}. {page}",
            host=", ".join(provider.host.split()),
            page=provider.key_page,
        )
        self._ask(Question(text, entered, is_secret=True), foot)

    def _look_for_servers(self) -> None:
        foot = tr("Only well-known ports of 127.0.0.1 are asked for their models. No key is sent.")
        self._show_list(tr("Looking for servers on this computer …"), [], foot)
        in_background(
            self.call_later, self._opener.models.servers, self._offer_servers, self._fail_to_look
        )

    def _offer_servers(self, servers: Sequence[ServerChoice]) -> None:
        self._offered = [(one.api_base, model.name) for one in servers for model in one.models]
        if not self._offered:
            self._show_choices()
            self._say_below(tr("No server with a model answered at 127.0.0.1."))
            return
        names = {server.api_base: server.name for server in servers}
        rows = [
            _row(f"at:{index}", one_line(model, 40), f"{names[base]} · {base}")
            for index, (base, model) in enumerate(self._offered)
        ]
        self._show_list(tr("Which of these?"), rows, tr("Esc goes back."))

    def _offer_models(self, provider: str, done: str = "") -> None:
        models = FIRST_MODELS.get(provider, ())
        if not models:
            self._ask_model(provider, f"{provider}/", done)
            return
        rows = [_row(f"model:{model}", model, "") for model in models]
        rows.append(_row(f"other:{provider}", tr("Another one"), tr("any name that it knows")))
        self._show_list(tr("Which model?"), rows, f"{done}\n{tr('Esc goes back.')}".strip())

    def _ask_model(self, provider: str, first: str, done: str = "", api_base: str = "") -> None:
        foot = tr("As {provider} or LiteLLM calls it. Enter takes it.", provider=provider)
        question = Question(
            tr("Name of the model"), lambda model: self._keep_model(model, api_base), first
        )
        self._ask(question, f"{done}\n{foot}".strip())

    def _keep_model(self, model: str, api_base: str = "") -> None:
        self._is_leaving = True
        self._say(tr("Writing the settings …"), "")
        in_background(
            self.call_later,
            lambda: self._opener.remember_model(model, api_base),
            lambda _where: self._leave_with_model(),
            self._leave_unkept,
        )

    def _ask(self, question: Question, foot: str) -> None:
        self._question = question
        self.add_class("-asking")
        self._say(question.text, foot)
        field = self.query_one(Input)
        field.password = question.is_secret
        field.value = question.value
        field.cursor_position = len(question.value)
        field.focus()

    def _on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        question, text = self._question, message.value.strip()
        if question is not None and text:
            self._question = None
            message.input.value = ""
            question.then(text)

    def _say(self, question: str, foot: str) -> None:
        self.query_one(".welcome--question", SafeStatic).update(question)
        self.query_one(".welcome--foot", SafeStatic).update(foot)

    def _leave_with_model(self) -> None:
        self._is_leaving = False
        leave(self, Choice.MODEL)  # the person may have left meanwhile

    def _leave_unkept(self, error: Exception) -> None:
        """The settings could not be written; the model is used for now nevertheless."""
        problem = one_line(str(error) or type(error).__name__, 200)
        safe_notify(
            self, tr("The settings could not be written: {why}", why=problem), severity="warning"
        )
        self._leave_with_model()

    def _fail(self, error: Exception) -> None:
        """The key could not be kept: say why, and begin again."""
        self._show_choices()
        problem = one_line(str(error) or type(error).__name__, 200)
        self._say(tr("That could not be kept."), problem)

    def _fail_to_look(self, error: Exception) -> None:
        self._show_choices()
        self._say_below(one_line(str(error) or type(error).__name__, 200))

    def _say_below(self, text: str) -> None:
        self.query_one(".welcome--foot", SafeStatic).update(text)

    # -- keys -----------------------------------------------------------------------------------
    def action_back(self) -> None:
        """Go back to the choices."""
        self._show_choices()

    def action_leave(self) -> None:
        """Leave the page without a choice."""
        leave(self, None)

    def action_models(self) -> None:
        """Show every model that there is."""
        leave(self, Choice.ANY)

    def action_tour(self) -> None:
        """Start the tour."""
        leave(self, Choice.TOUR)


def _row(row_id: str, label: str, about: str) -> Option:
    words = Content.assemble(label.ljust(NAME_WIDTH), (one_line(about, 60), "$muted"))
    return Option(words, id=row_id)
