"""What of our environment the shells get to see: an allow-list, never a block-list.

API keys of this program must not reach a child, so names are let through by kind, and a name that
smells of a secret is dropped even then. `PYTHONPATH` is let through because it is the person's own
and their scripts need it; the Python shell itself takes only its absolute entries.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

_NAMES = frozenset(
    (
        "PATH",
        "HOME",
        "LANG",
        "LANGUAGE",
        "TZ",
        "TMPDIR",
        "SHELL",
        "USER",
        "LOGNAME",
        "HOSTNAME",
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "XAUTHORITY",
        "DBUS_SESSION_BUS_ADDRESS",
        "SSH_AUTH_SOCK",
        "EDITOR",
        "VISUAL",
        "VIRTUAL_ENV",
        "PYTHONPATH",
        "MPLBACKEND",
        "LD_LIBRARY_PATH",
        "LIBRARY_PATH",
        "CPATH",
        "PKG_CONFIG_PATH",
        "MANPATH",
        "JAVA_HOME",
        "GOPATH",
        "GOROOT",
        "CARGO_HOME",
        "RUSTUP_HOME",
        "NVM_DIR",
        "NODE_PATH",
        "PYENV_ROOT",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
    )
)
_PREFIXES = ("LC_", "XDG_", "CONDA_", "CUDA_")
_SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL")
_FIXED = {
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    # A pager would wait for keys in the middle of a run.
    "PAGER": "cat",
    "GIT_PAGER": "cat",
}


def child_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for a shell, made from `environ` (this process's own if None)."""
    source = os.environ if environ is None else environ
    kept = {name: value for name, value in source.items() if _may_pass(name, value)}
    return kept | _FIXED


def _may_pass(name: str, value: str) -> bool:
    if name not in _NAMES and not name.startswith(_PREFIXES):
        return False
    if any(word in name.upper() for word in _SECRET):
        return False
    carries_login = name.lower().endswith("_proxy") and "@" in value
    return not carries_login
