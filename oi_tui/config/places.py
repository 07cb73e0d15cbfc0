"""Where files of this program live. Makes no folder and reads no file.

`OI_TUI_HOME` puts everything below one folder (portable use, tests); otherwise the platform's
folders for the person's programs are used.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from platformdirs.api import PlatformDirsABC

NAME = "oi-tui"
SETTINGS_NAME = "config.toml"
OLD_SETTINGS_NAME = "config.yaml"
# Without a home (no HOME, no passwd entry) every place is below a path that can never be made, so
# that each room meets an ordinary OSError and says so, instead of writing into the working folder.
NOWHERE = Path("/dev/null") / NAME


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of this program; none need exist."""

    config: Path
    data: Path
    state: Path
    cache: Path
    runtime: Path

    @property
    def settings_file(self) -> Path:
        """The person's settings."""
        return self.config / SETTINGS_NAME

    @property
    def old_settings_file(self) -> Path:
        """Settings as Open Interpreter 0.1 wrote them, if the person put them here."""
        return self.config / OLD_SETTINGS_NAME

    @property
    def keys_file(self) -> Path:
        """Keys of providers, where no keyring is at hand."""
        return self.config / "keys.json"

    @property
    def used_models_file(self) -> Path:
        """The models that were used before, and favorites."""
        return self.state / "models.json"

    @property
    def models(self) -> Path:
        """The models that were fetched."""
        return self.data / "models"

    @property
    def sessions(self) -> Path:
        """The journals of all sessions."""
        return self.data / "sessions"


def places(environ: Mapping[str, str] = os.environ) -> Places:
    """Return where files live for this environment."""
    own = environ.get("OI_TUI_HOME", "")
    if own:
        root = Path(own).expanduser().absolute()
        return Places(root / "config", root / "data", root / "state", root / "cache", root / "run")
    import platformdirs

    user = platformdirs.PlatformDirs(NAME, appauthor=False)
    return Places(
        config=_absolute(user.user_config_dir),
        data=_absolute(user.user_data_dir),
        state=_absolute(user.user_state_dir),
        cache=_absolute(user.user_cache_dir),
        runtime=_runtime(user),
    )


def _absolute(folder: str) -> Path:
    return Path(folder) if os.path.isabs(folder) else NOWHERE


def _runtime(user: PlatformDirsABC) -> Path:
    """Below the cache where the system gives none: names under /tmp belong to whoever is first."""
    if os.path.isabs(os.environ.get("XDG_RUNTIME_DIR", "")):
        return _absolute(user.user_runtime_dir)
    return _absolute(user.user_cache_dir) / "run"
