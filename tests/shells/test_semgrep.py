"""Scanning a proposal: what semgrep is handed, and what its report means to a person."""

from __future__ import annotations

import json
import os
import shlex
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oi_tui.shells.scanning import Scan
from oi_tui.shells.semgrep import Semgrep, missing_semgrep
from tests.support.processes import tagged
from tests.support.waiting import wait_until

Install = Callable[[str], None]


def finding(line: int, message: str = "Never do this.") -> dict[str, Any]:
    return {
        "check_id": "rules.security.dangerous-call",
        "path": "proposal.py",
        "start": {"line": line, "col": 1},
        "extra": {"message": message, "severity": "ERROR"},
    }


def report(*results: dict[str, Any], scanned: bool = True, error: str = "") -> str:
    value = {
        "results": list(results),
        "errors": [{"message": error}] if error else [],
        "paths": {"scanned": ["proposal.py"] if scanned else []},
    }
    return f"printf %s {shlex.quote(json.dumps(value))}"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a program called semgrep on the path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))

    def write(script: str) -> None:
        program = folder / "semgrep"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    return write


@pytest.fixture
def semgrep(tmp_path: Path) -> Semgrep:
    private = tmp_path / "private"
    private.mkdir(0o700)
    return Semgrep("p/default", private)


def scan(semgrep: Semgrep, code: str = "eval(x)", language: str = "python") -> Scan:
    return semgrep.scan(code, language, lambda: False)


def test_findings_are_told_with_their_lines(install: Install, semgrep: Semgrep) -> None:
    install(report(finding(3), finding(7, "Nor\nthis.\x1b[31m")))
    found = scan(semgrep)
    assert found.has_findings
    assert found.notes[0] == "semgrep, line 3: Never do this. (dangerous-call)"
    assert found.notes[1].startswith("semgrep, line 7: Nor this.")
    assert "\x1b" not in "".join(found.notes)


def test_many_findings_are_counted(install: Install, semgrep: Semgrep) -> None:
    install(report(*(finding(line) for line in range(1, 31))))
    notes = scan(semgrep).notes
    assert len(notes) == 9
    assert "22 more" in notes[-1]


def test_nothing_found_is_no_verdict(install: Install, semgrep: Semgrep) -> None:
    install(report())
    found = scan(semgrep)
    assert not found.has_findings
    assert not found.problem
    assert found.notes == ("semgrep found nothing with the rules p/default",)


def test_semgrep_gets_exactly_the_code_in_a_private_file_and_sends_no_metrics(
    install: Install, semgrep: Semgrep, tmp_path: Path
) -> None:
    install(
        'echo "$*" > "$SEEN"; for file; do :; done; ls -l "$file" >> "$SEEN"; ls >> "$SEEN"\n'
        f'echo "$SEMGREP_SEND_METRICS" >> "$SEEN"; cat "$file" >> "$SEEN"\n{report()}'
    )
    scan(semgrep, "print('ü')\r\n# --config=evil", "python")
    arguments, listed, *rest = (tmp_path / "seen").read_bytes().decode().split("\n", 2)
    assert arguments.split()[0] == "--config=p/default"
    assert {"--metrics=off", "--json", "--quiet"} <= set(arguments.split())
    assert arguments.endswith("proposal.py")
    assert listed.startswith("-rw-------")
    assert rest == ["proposal.py\nreport.json\noff\nprint('ü')\r\n# --config=evil"]
    assert list(semgrep.folder.iterdir()) == []


def test_rules_may_be_a_file_of_the_person(
    install: Install, semgrep: Semgrep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(f'echo "$1" > "$SEEN"\n{report()}')
    (tmp_path / "rules.yml").touch()
    monkeypatch.chdir(tmp_path)
    scan(Semgrep("rules.yml", semgrep.folder))
    assert (tmp_path / "seen").read_text() == f"--config={tmp_path}/rules.yml\n"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exit 2", "code 2"),
        ("echo nonsense", "no report"),
        ("printf '[[[['", "no report"),
        (report(scanned=False, error="No network\x1b[2J"), "No network"),
        (report(scanned=False), "no rules"),
        (f"{report(error='Bad rule')}; exit 7", "Bad rule"),
        (report(error="Syntax error at line 2"), "Syntax error"),
    ],
)
def test_a_scan_that_failed_is_said_to_be_none(
    script: str, why: str, install: Install, semgrep: Semgrep
) -> None:
    install(script)
    found = scan(semgrep)
    assert found.problem
    assert found.notes[0].startswith("Not scanned: ")
    assert why in found.notes[0]
    assert "\x1b" not in found.notes[0]


def test_without_semgrep_it_is_said_how_to_get_it(
    semgrep: Semgrep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "semgrep is not installed" in scan(semgrep).notes[0]
    assert "pipx install semgrep" in missing_semgrep()


def test_a_semgrep_of_the_working_folder_is_not_called(
    install: Install, semgrep: Semgrep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(f'touch "$SEEN"\n{report()}')
    monkeypatch.chdir(tmp_path / "bin")
    monkeypatch.setenv("PATH", "." + os.pathsep + "/nowhere")
    assert scan(semgrep).problem
    assert not (tmp_path / "seen").exists()


def test_a_language_that_semgrep_does_not_know_is_not_scanned(
    install: Install, semgrep: Semgrep
) -> None:
    install(report(finding(1)))
    assert "language" in scan(semgrep, "puts 1", "cobol").problem


def test_it_is_ended_when_it_is_cancelled_or_takes_too_long(
    install: Install, semgrep: Semgrep, tmp_path: Path
) -> None:
    tag = "scan-" + tmp_path.name
    install(f'touch "$SEEN"; sh -c "sleep 600; : {tag}" & sleep 600')
    cancelled = threading.Event()
    found: list[Scan] = []
    thread = threading.Thread(
        target=lambda: found.append(semgrep.scan("x", "python", cancelled.is_set))
    )
    thread.start()
    wait_until((tmp_path / "seen").exists, "semgrep")
    cancelled.set()
    thread.join(30)
    assert "stopped" in found[0].problem
    assert not tagged(tag)
    assert "longer" in scan(Semgrep("p/default", semgrep.folder, seconds=0.2)).problem
    assert not tagged(tag)
    assert list(semgrep.folder.iterdir()) == []


def test_the_file_is_never_open_to_others(install: Install, semgrep: Semgrep) -> None:
    before = os.umask(0)
    try:
        install(f'stat -c %a . proposal.py > "$SEEN"\n{report()}')
        scan(semgrep)
    finally:
        os.umask(before)
    seen = Path(os.environ["SEEN"]).read_text().split()
    assert seen == [f"{stat.S_IRWXU:o}", "600"]
