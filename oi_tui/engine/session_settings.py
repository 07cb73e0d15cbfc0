"""The settings in force in one session, and the ops that change them at once.

Owns that every change is told, and that what cannot be set changes nothing. Safe from any thread.
Knows no queue and no turn.
"""

from __future__ import annotations

import threading
from dataclasses import replace

from oi_tui.config.schema import SafeMode, Settings
from oi_tui.engine.approvals import Policy
from oi_tui.engine.bus import Bus
from oi_tui.engine.changes import UnfitChangeError, changed
from oi_tui.models.providers import names_provider
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import ErrorKind
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

AtOnce = (
    ops.SetAutoRun
    | ops.SetModel
    | ops.SetSystemMessage
    | ops.SetSetting
    | ops.RenameSession
    | ops.PinSession
)


class SessionSettings:
    """What turns ask for their settings."""

    def __init__(self, settings: Settings, policy: Policy, bus: Bus) -> None:
        self._now, self._policy, self._bus = settings, policy, bus
        self._lock = threading.Lock()  # two changes at once must both count

    @property
    def now(self) -> Settings:
        """The settings in force."""
        return self._now

    def perform(self, op: AtOnce) -> None:
        """Change what `op` says and tell it."""
        with self._lock:
            self._perform(op)

    def _perform(self, op: AtOnce) -> None:
        match op:
            case ops.SetAutoRun(True) if self._now.safe_mode is not SafeMode.OFF:
                self._bus.emit(ev.Warned(ErrorKind.CONFIG, _safe_mode_asks()))
            case ops.SetAutoRun(on):
                self._policy.auto_run = on
                if not on:
                    self._policy.forget()  # who wants to be asked again means every language
                self._bus.emit(ev.AutoRunChanged(on))
            case ops.SetModel(model, api_base):
                if api_base is None:
                    api_base = "" if names_provider(model) else self._now.api_base
                self._now = replace(self._now, model=model, api_base=api_base)
                self._bus.emit(ev.ModelChanged(model, api_base))
            case ops.SetSystemMessage(text):
                self._now = replace(self._now, system_message=text)
                self._bus.emit(ev.InstructionsChanged(text))
            case ops.SetSetting(name, text):
                self._set(name, text)
            case ops.RenameSession(title):
                self._bus.emit(ev.SessionRenamed(one_line(title)))
            case ops.PinSession(on):
                self._bus.emit(ev.SessionPinned(on))

    def _set(self, name: str, text: str) -> None:
        try:
            self._now, told = changed(self._now, name, text)
        except UnfitChangeError as problem:
            self._bus.emit(ev.Warned(ErrorKind.CONFIG, str(problem)))
        else:
            self._bus.emit(ev.SettingChanged(name, told))


def _safe_mode_asks() -> str:
    return tr("Safe mode is on, so every proposal is asked about; auto-run stays off.")
