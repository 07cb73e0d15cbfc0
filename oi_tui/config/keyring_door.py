"""The system's keyring, asked so that it can never hold the program up.

Owns the waiting and the choice of backends. A keyring may open a dialog, or hang on a bus without
anyone behind it; after `PATIENCE` seconds it counts as absent for this process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 2.0  # seconds
_SERVICE = "oi-tui"
_LEAST_PRIORITY = 1  # lower ones keep keys in plain files, which we do better ourselves

_Result = TypeVar("_Result")


class KeyringDoor:
    """Reads and writes entries of this program in the system's keyring, where there is one."""

    def __init__(self) -> None:
        self._absent = False

    def read(self, name: str) -> str | None:
        """Return an entry, or None: no such entry, or no usable keyring."""
        return self._ask(lambda: _backend_call("get_password", name))

    def write(self, name: str, value: str) -> bool:
        """Keep an entry; return False if there is no usable keyring."""

        def write() -> bool:
            _backend_call("set_password", name, value)
            return _backend_call("get_password", name) == value

        return bool(self._ask(write))

    def delete(self, name: str) -> None:
        """Remove an entry, if it is there."""
        self._ask(lambda: _backend_call("delete_password", name))

    def _ask(self, question: Callable[[], _Result]) -> _Result | None:
        if self._absent:
            return None
        answers: list[_Result] = []

        def ask() -> None:
            try:
                answers.append(question())
            except Exception:  # backends raise whatever their libraries do
                self._absent = True

        thread = threading.Thread(target=ask, name="keyring", daemon=True)
        thread.start()
        thread.join(PATIENCE)
        if answers:
            return answers[0]
        self._absent = True
        return None


def _backend_call(method: str, *arguments: str) -> str | None:
    import keyring

    backend = keyring.get_keyring()
    if backend.priority < _LEAST_PRIORITY:
        raise LookupError("no keyring that encrypts")
    result = getattr(backend, method)(_SERVICE, *arguments)
    return result if isinstance(result, str) else None
