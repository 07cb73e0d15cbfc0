"""What the shells proper (bash, zsh, sh) keep, and how they take input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from oi_tui.protocol.items import InputMode, RunStatus
from tests.shells.running import Session

pytestmark = [pytest.mark.shell, pytest.mark.parametrize("shell", ["bash", "zsh", "sh"])]


@pytest.fixture(autouse=True)
def _installed(shell: str, need: Callable[[str], None]) -> None:
    need(shell)


SETUP = "a=5; alias ll='echo LL'; export E=2; cd /usr"


def test_state_and_folder_persist(shell: str, session: Session) -> None:
    assert session.run(shell, SETUP).end.folder == "/usr"
    assert session.pool.folder(shell) == "/usr"
    assert session.run(shell, "echo $a $E; pwd; ll 3").text == "5 2\n/usr\nLL 3\n"


DECLARE = "declare x=5; declare -A m; m[k]=v; declare -r r=1; declare -i i; i=2+3"


def test_declared_variables_are_the_sessions(shell: str, session: Session) -> None:
    code, show, shown = DECLARE, 'echo "$x ${m[k]} $r $i"', "5 v 1 5\n"
    if shell == "sh":  # it has no declare
        code, show, shown = "x=5", "echo $x", "5\n"
    session.run(shell, code)
    assert session.run(shell, show).text == shown
    session.run(shell, "exit")
    assert session.run(shell, show).text == shown


@pytest.mark.parametrize("how", ["exit 3", "set -e; (exit 3)"])
def test_exit_keeps_state_and_process(shell: str, how: str, session: Session) -> None:
    session.run(shell, SETUP)
    pid = session.run(shell, "echo $$").text
    outcome = session.run(shell, how)
    assert (outcome.status, outcome.end.exit_code) == (RunStatus.EXIT, 3)
    assert session.run(shell, "echo $a $E; pwd; ll; false; echo on").text == "5 2\n/usr\nLL\non\n"
    assert session.run(shell, "echo $$").text == pid


def test_exit_status_of_the_last_command(shell: str, session: Session) -> None:
    outcome = session.run(shell, "true; (exit 42)")
    assert (outcome.status, outcome.end.exit_code) == (RunStatus.ERROR, 42)


def test_read_takes_what_is_typed(shell: str, session: Session) -> None:
    run = session.begin(shell, "printf 'name? '; read n; echo \"hi $n\"")
    run.wait_input()
    session.pool.write(b"bob\n")
    assert "hi bob\n" in run.finish().text


def test_a_child_takes_what_is_typed_in_password_mode(shell: str, session: Session) -> None:
    run = session.begin(shell, "stty -echo; read p; stty echo; echo ${#p}")
    run.wait_input(InputMode.PASSWORD)
    session.pool.write(b"secret\n")
    text = run.finish().text
    assert "secret" not in text
    assert text.strip() == "6"


def test_what_is_typed_ahead_is_never_executed(shell: str, session: Session, folder: Path) -> None:
    run = session.begin(shell, "sleep 0.2")
    session.pool.write(b"touch %s/oops\n" % bytes(folder))
    run.finish()
    session.run(shell, "true")
    session.run(shell, "true")
    assert not (folder / "oops").exists()


def test_a_megabyte_of_code(shell: str, session: Session) -> None:
    code = ": '" + "x" * 1_000_000 + "'\necho whole"
    assert session.run(shell, code).text == "whole\n"


def test_a_trace_shows_the_code_only(shell: str, session: Session) -> None:
    outcome = session.run(shell, "set -x; echo a")
    assert outcome.text.endswith("echo a\na\n")
    assert session.run(shell, "echo b").text == "b\n"
    assert "__oi" not in outcome.text


def test_a_subshell_that_fails_is_not_the_shell(shell: str, session: Session) -> None:
    assert session.run(shell, "(set -e; false); echo $?").text == "1\n"


def test_the_code_has_no_arguments(shell: str, session: Session) -> None:
    assert session.run(shell, 'echo "$#"').text == "0\n"


def test_an_exit_trap_of_the_code_runs_and_the_next_run_works(shell: str, session: Session) -> None:
    outcome = session.run(shell, "trap 'echo bye' EXIT; (exit 3); exit 3")
    assert outcome.text == "bye\n"
    assert outcome.end.exit_code == 3
    assert session.run(shell, "echo on").text == "on\n"
