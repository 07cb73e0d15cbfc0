"""Nothing in the working folder runs unasked, and nothing secret reaches a child."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from oi_tui.shells.environment import child_environment
from oi_tui.shells.pool import ShellPool
from tests.shells.running import Session

LANGUAGES = ["python", "bash", "zsh", "sh", "javascript"]
CANARY = "canary-5f2c1e"
TRAPS = [
    *(f"{name}.py" for name in (
        "random", "readline", "json", "sitecustomize", "usercustomize", "socket", "site", "code",
        "_oi_driver", "traceback", "hashlib", "asyncio", "encodings", "pexpect",
    )),
    ".bashrc", ".bash_profile", ".profile", ".zshrc", ".zshenv", ".env", "index.js", ".inputrc",
]  # fmt: skip
DO_NOTHING = {"python": "1;", "javascript": "1;"}
SHOW_ENVIRONMENT = {
    "python": "import os\nprint(os.environ)\nos.system('env')",
    "javascript": "console.log(process.env); "
    "console.log(require('child_process').execSync('env').toString());",
}
LIST_DESCRIPTORS = {
    "python": "import subprocess\nsubprocess.run(['ls', '/proc/self/fd'], close_fds=False);",
    "javascript": "require('child_process').spawnSync('ls', ['/proc/self/fd'],"
    " {stdio: 'inherit'});",
}


@pytest.mark.shell
@pytest.mark.parametrize("language", LANGUAGES)
def test_files_in_the_folder_do_not_run(
    language: str, session: Session, folder: Path, need: Callable[[str], None]
) -> None:
    need(language)
    marker = folder / "MARKER"
    for name in TRAPS:
        shell = f"touch {marker}\n"
        script = f"open({str(marker)!r}, 'w')\n"
        (folder / name).write_text(script if name.endswith(".py") else shell)
    (folder / "node_modules").mkdir()
    (folder / "package.json").write_text('{"type": "module", "main": "index.js"}')
    assert session.run(language, DO_NOTHING.get(language, ":")).end.folder == str(folder)
    session.pool.close()
    assert not marker.exists()


@pytest.mark.shell
@pytest.mark.parametrize("language", LANGUAGES)
def test_variables_that_make_interpreters_run_files_are_ignored(
    language: str, folder: Path, need: Callable[[str], None]
) -> None:
    need(language)
    marker, script = folder / "MARKER", folder / "trap.js"
    script.write_text(f"require('fs').writeFileSync({str(marker)!r}, '')")
    (folder / "start").write_text(f"touch {marker}\nopen({str(marker)!r}, 'w')\n")
    hostile = {
        "NODE_OPTIONS": f"--require={script}",
        "PYTHONSTARTUP": str(folder / "start"),
        "BASH_ENV": str(folder / "start"),
        "ENV": str(folder / "start"),
        "ZDOTDIR": str(folder),
        "PYTHONPATH": f":.:{os.curdir}",
    }
    pool = ShellPool(folder=str(folder), environ={**os.environ, **hostile})
    try:
        assert Session(pool).run(language, DO_NOTHING.get(language, ":")).end.exit_code == 0
    finally:
        pool.close()
    assert not marker.exists()


@pytest.mark.shell
@pytest.mark.parametrize("language", LANGUAGES)
def test_keys_never_reach_a_child(language: str, folder: Path, need: Callable[[str], None]) -> None:
    need(language)
    secrets = {
        "OPENAI_API_KEY": CANARY, "ANTHROPIC_API_KEY": CANARY, "GITHUB_TOKEN": CANARY,
        "CONDA_TOKEN": CANARY, "XDG_SECRET": CANARY, "MY_SETTING": CANARY,
        "https_proxy": f"http://me:{CANARY}@proxy",
    }  # fmt: skip
    pool = ShellPool(folder=str(folder), environ={**os.environ, **secrets})
    try:
        text = Session(pool).run(language, SHOW_ENVIRONMENT.get(language, "env; set")).text
    finally:
        pool.close()
    assert "xterm-256color" in text
    assert CANARY not in text


@pytest.mark.shell
@pytest.mark.parametrize("language", LANGUAGES)
def test_children_inherit_only_the_terminal(
    language: str, session: Session, need: Callable[[str], None]
) -> None:
    need(language)
    with open(os.devnull) as leaked:
        os.set_inheritable(leaked.fileno(), True)
        outcome = session.run(language, LIST_DESCRIPTORS.get(language, "ls /proc/self/fd"))
    assert outcome.text.split() == ["0", "1", "2", "3"]  # 3: the folder that ls reads


@pytest.mark.shell
@pytest.mark.parametrize("language", LANGUAGES)
def test_children_of_a_busy_program_inherit_no_more(
    language: str, folder: Path, need: Callable[[str], None]
) -> None:
    need(language)
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(40)]  # the channel gets a high number
    pool = ShellPool(folder=str(folder))
    try:
        outcome = Session(pool).run(language, LIST_DESCRIPTORS.get(language, "ls /proc/self/fd"))
    finally:
        pool.close()
        for descriptor in opened:
            os.close(descriptor)
    assert outcome.text.split() == ["0", "1", "2", "3"]


def test_the_environment_is_an_allow_list() -> None:
    source = {"PATH": "/bin", "LC_TIME": "de", "FOO": "1", "TERM": "dumb", "SSH_AUTH_SOCK": "/s"}
    made = child_environment(source)
    assert made["PATH"] == "/bin"
    assert made["LC_TIME"] == "de"
    assert made["SSH_AUTH_SOCK"] == "/s"
    assert "FOO" not in made
    assert (made["TERM"], made["COLORTERM"], made["PAGER"]) == (
        "xterm-256color", "truecolor", "cat",
    )  # fmt: skip
