"""The application: theme, keymap and screens, and what happens when something of ours fails.

Owns the start (nothing slow before the first frame) and the end (the session is closed, whatever
happens). Knows no pane and no event.
"""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.actions import ActionParseResult, SkipAction
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.screen import Screen

from oi_tui.text.translation import tr
from oi_tui.ui.background import in_background
from oi_tui.ui.clock import SYSTEM, Clock
from oi_tui.ui.keymap import bindings
from oi_tui.ui.safe import safe_notify
from oi_tui.ui.screens.first_frame import HEIGHTS, WIDTHS
from oi_tui.ui.screens.main import MainScreen
from oi_tui.ui.terminal_driver import TerminalDriver
from oi_tui.ui.theming import (
    DEFAULT,
    VARIABLE_DEFAULTS,
    ThemeFile,
    read_all,
    read_first,
    shipped_folder,
)

if TYPE_CHECKING:
    from oi_tui.engine.live import Launch


_NOTICE = 20.0  # seconds that what is wrong at the start stays in sight
_BREATH = 0.02  # seconds for the terminal's thread: importing would take the interpreter from it


class OiApp(App[int], inherit_bindings=False):
    """oi-tui on the screen."""

    TITLE = "oi-tui"
    CSS_PATH = str(Path(__file__).parent / "screens" / "main.tcss")  # also for subclasses
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {"quit": "quit", "palette.open": "command_palette", "suspend": "suspend"},
        ("quit", "suspend"),
    )

    def __init__(
        self, launch: Launch, *, theme_folder: Path | None = None, clock: Clock = SYSTEM
    ) -> None:
        super().__init__()
        self.clock = clock
        self.HORIZONTAL_BREAKPOINTS, self.VERTICAL_BREAKPOINTS = [*WIDTHS], [*HEIGHTS]
        self.launch = launch
        self._theme_folders = [shipped_folder(), *([theme_folder] if theme_folder else [])]
        self.main = MainScreen(launch.opener)
        self._early_actions: list[Callable[[], Awaitable[bool]]] = []
        self._use_first_theme(launch.opener.settings.theme or DEFAULT)
        self.set_keymap(launch.opener.settings.keymap)

    def get_default_screen(self) -> MainScreen:
        """Show the main screen first."""
        return self.main

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer nothing of Textual's own: the tables of commands and actions are the palette."""
        del screen
        return ()

    def action_command_palette(self) -> None:
        """Open the palette with our commands."""
        from textual.command import CommandPalette

        from oi_tui.ui.palette import CommandProvider

        if self.screen is self.main:
            self.push_screen(CommandPalette(providers=[CommandProvider]))

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return what a theme may leave out."""
        return dict(VARIABLE_DEFAULTS)

    def on_mount(self) -> None:
        """Begin once the first frame is on the screen."""
        self.main.hold_prompt(self.launch.prompt)
        self.call_after_refresh(self._begin)

    async def on_event(self, event: events.Event) -> None:
        """Let the approval panel see every key and paste first: typing must never approve."""
        if not self.main.is_furnished:
            pass  # nothing to approve yet
        elif isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self.main.approval.note_key(event)
        elif isinstance(event, events.AppFocus | events.AppBlur):
            self.main.approval.note_terminal_focus(isinstance(event, events.AppFocus))
            self.main.sidebar.action_ask("look_anew")
        await super().on_event(event)

    async def on_unmount(self) -> None:
        """Stop the engine; its thread is waited for in another thread, and not forever."""
        if self.main.is_furnished:
            await self.main.desk.close()

    async def action_quit(self) -> None:
        """Quit; asks while something runs."""
        self.main.errands.quit()

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do what a key asks for; what needs the furniture waits for it."""
        if self.main.is_furnished or default_namespace not in (None, self, self.main):
            return await super().run_action(action, default_namespace, namespaces)
        self._early_actions.append(lambda: self.run_action(action, default_namespace, namespaces))
        return True

    def action_suspend(self) -> None:
        """Stop and give the terminal to the shell, unless a running program wants the key.

        Raises:
            SkipAction: it does.
        """
        if self.screen is self.main and self.main.output.typing:
            raise SkipAction
        self.action_suspend_process()

    # -- start ----------------------------------------------------------------------------------
    async def _begin(self) -> None:
        """The first frame is drawn and takes keys: once it is also written, load the rest."""
        self.set_timer(_BREATH, self._load_rest)

    def _load_rest(self) -> None:
        in_background(self.call_later, _load_furniture, self._furnish, self._fail)

    async def _furnish(self, _loaded: ModuleType) -> None:
        launch = self.launch
        await self.main.furnish(launch.opener)
        for notice in launch.notices:
            safe_notify(self, notice, severity="warning", seconds=_NOTICE)
        self._read_themes()
        await self.main.errands.begin(launch)
        self.main.send_early_line()
        for act in self._early_actions:
            await act()
        gc.freeze()  # what is loaded by now stays: never look through it again
        gc.enable()

    def _fail(self, error: Exception) -> None:
        raise error

    def _use_first_theme(self, name: str) -> None:
        theme = read_first(name, self._theme_folders) or read_first(DEFAULT, self._theme_folders)
        if theme is not None:
            self.register_theme(theme.as_theme())
            self._start_with_theme(theme)

    def _start_with_theme(self, theme: ThemeFile) -> None:
        """Use a theme from the first frame on, without having read the styles for another."""
        if not theme.dark:  # more than the variables differs from Textual's default
            self.theme = theme.name
            return
        self.set_reactive(App.theme, theme.name)
        self.stylesheet.set_variables(self.get_css_variables())

    def _read_themes(self) -> None:
        shelf = read_all(self._theme_folders)
        for theme in shelf.themes.values():
            self.register_theme(theme.as_theme())
        wanted = self.launch.opener.settings.theme or DEFAULT
        problems = list(shelf.problems)
        if wanted in shelf.themes:
            self.theme = wanted
        else:
            problems.append(tr("There is no theme called {name}.", name=wanted))
        if problems:
            safe_notify(self, "\n".join(problems), title=tr("Themes"), severity="warning")

    # -- crash ----------------------------------------------------------------------------------
    def _fatal_error(self) -> None:
        """End, without a traceback: Textual's shows the values of variables, keys among them."""
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """Print nothing: `run_app` raises the error for the caller's crash report."""
        self._exit_renderables.clear()

    @property
    def failure(self) -> BaseException | None:
        """What ended the application, if it was a failure of ours."""
        return self._exception


def _load_furniture() -> ModuleType:
    return import_module("oi_tui.ui.screens.furniture")


def run_app(launch: Launch, *, theme_folder: Path | None = None) -> int:
    """Run the application until the person leaves; return the exit code.

    Raises:
        Exception: a failure of ours ended it; the terminal is restored already.
    """
    app = OiApp(launch, theme_folder=theme_folder)
    app.driver_class = TerminalDriver
    code = app.run()
    if app.failure is not None:
        raise app.failure
    return code or app.return_code or 0
