"""What languages are called. Knows no interpreter and no process."""

from __future__ import annotations

PYTHON = "python"
BASH = "bash"
ZSH = "zsh"
SH = "sh"
JAVASCRIPT = "javascript"

LANGUAGES = (PYTHON, BASH, ZSH, SH, JAVASCRIPT)

_ALIASES = {
    "py": PYTHON,
    "python3": PYTHON,
    "ipython": PYTHON,
    "js": JAVASCRIPT,
    "node": JAVASCRIPT,
    "nodejs": JAVASCRIPT,
}
# Written by models for "whatever shell this person has".
_GENERIC_SHELL = frozenset({"shell", "sh", "console", "terminal", "shellscript", "shell-script"})


def canonical_name(language: str, *, users_shell: str) -> str | None:
    """Return the canonical name of what a model or person wrote, or None.

    `users_shell` is the language that a generic word such as `shell` or `sh` means here. An unknown word
    is never taken for a shell. A canonical name resolves to itself, but for `sh` where the person
    has a richer shell.
    """
    word = language.strip().lower()
    if word in _GENERIC_SHELL:
        return users_shell
    word = _ALIASES.get(word, word)
    return word if word in LANGUAGES else None


def shell_named(path: str) -> str:
    """Return the language of a login shell's path (`$SHELL`): bash, zsh, or sh for all others."""
    name = path.rpartition("/")[2]
    return name if name in (BASH, ZSH) else SH
