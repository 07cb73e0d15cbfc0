"""Scans code with semgrep, a program of its own that the person installed.

Owns how it is called and what its report means. It gets the code in a private file, in an empty
folder, under a time limit, and sends no metrics. It may fetch its rules from its own servers:
that is traffic which the person asked for by switching safe mode on.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oi_tui.protocol.items import code_bytes
from oi_tui.shells.scanning import Scan
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr, trn

SECONDS = 45.0
_MOST_NOTES = 8
_LONGEST_REPORT = 4 * 1024 * 1024
_STEP = 0.05  # seconds between two looks at whether it ended or was cancelled
_SUFFIXES = {
    "python": ".py",
    "javascript": ".js",
    "typescript": ".ts",
    "bash": ".sh",
    "zsh": ".sh",
    "sh": ".sh",
    "ruby": ".rb",
    "java": ".java",
    "php": ".php",
    "go": ".go",
    "rust": ".rs",
    "html": ".html",
}


def missing_semgrep() -> str:
    """Return what to tell who switched safe mode on without semgrep; empty if it is there."""
    if _program():
        return ""
    return tr(
        "Safe mode is on, but semgrep is not installed: proposals are shown without a scan. "
        "Install it with: pipx install semgrep"
    )


@dataclass(frozen=True, slots=True)
class Semgrep:
    """Scans with these rules: a name of semgrep's registry, such as p/default, or a file.

    `folder` must be one that nobody else can enter.
    """

    rules: str
    folder: Path
    seconds: float = SECONDS

    def scan(self, code: str, language: str, is_cancelled: Callable[[], bool]) -> Scan:
        """Return what semgrep found, or why it was not asked."""
        program, suffix = _program(), _SUFFIXES.get(language, "")
        if not program:
            return _not_scanned(tr("semgrep is not installed"))
        if not suffix:
            return _not_scanned(tr("semgrep does not know this language"))
        try:
            with tempfile.TemporaryDirectory(prefix="scan-", dir=self.folder) as made:  # 0700
                return self._scan(program, Path(made), code_bytes(code), suffix, is_cancelled)
        except OSError as error:
            return _not_scanned(one_line(str(error), 200))

    def _scan(
        self, program: str, folder: Path, code: bytes, suffix: str, is_cancelled: Callable[[], bool]
    ) -> Scan:
        target, report = folder / f"proposal{suffix}", folder / "report.json"
        _write(target, code)
        command = [program, f"--config={self._rules()}", "--metrics=off", "--quiet", "--json"]
        command += ["--disable-version-check", target.name]
        with report.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "SEMGREP_SEND_METRICS": "off"},
                start_new_session=True,
            )
            try:
                problem = self._wait(process, is_cancelled)
            finally:
                _end(process)
        if problem:
            return _not_scanned(problem)
        with report.open("rb") as output:
            return _read(output.read(_LONGEST_REPORT), process.returncode, self.rules)

    def _rules(self) -> str:
        """Return the rules as semgrep finds them from its own folder: a path made absolute."""
        path = Path(self.rules).expanduser()
        return str(path.absolute()) if path.exists() else self.rules

    def _wait(self, process: subprocess.Popen[bytes], is_cancelled: Callable[[], bool]) -> str:
        """Return why it did not come to its end, or nothing."""
        until = time.monotonic() + self.seconds
        while not is_cancelled():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STEP)
                return ""
            if time.monotonic() > until:
                return tr(
                    "semgrep took longer than {seconds:g} s; it may not reach its rules",
                    seconds=self.seconds,
                )
        return tr("the scan was stopped")


def _program() -> str:
    """Return the path of semgrep; never one in the folder that the person happens to be in."""
    found = shutil.which("semgrep") or ""
    return found if os.path.isabs(found) else ""


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as stream:
        stream.write(data)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End semgrep and what it started; it waits for nobody."""
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _read(data: bytes, code: int, rules: str) -> Scan:
    try:
        report = json.loads(data)
        results = [_finding(one) for one in report["results"]]
        scanned = report.get("paths", {}).get("scanned", [])
        errors = [str(one.get("message") or one.get("type")) for one in report["errors"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return _not_scanned(tr("semgrep ended with code {code} and no report", code=code))
    if results:
        more = len(results) - _MOST_NOTES
        rest = (trn("{count} more finding", "{count} more findings", more),) if more > 0 else ()
        return Scan((*results[:_MOST_NOTES], *rest), has_findings=True)
    if errors:
        return _not_scanned(one_line(errors[0], 200))
    if not scanned:
        return _not_scanned(tr("semgrep has no rules for it"))
    return Scan((tr("semgrep found nothing with the rules {rules}", rules=one_line(rules, 60)),))


def _finding(result: dict[str, Any]) -> str:
    line, extra = int(result["start"]["line"]), result["extra"]
    rule = str(result.get("check_id", "")).rpartition(".")[2]
    return tr(
        "semgrep, line {line}: {text} ({rule})",
        line=line,
        text=one_line(str(extra["message"]), 200),
        rule=one_line(rule, 60),
    )


def _not_scanned(why: str) -> Scan:
    return Scan((tr("Not scanned: {why}", why=why),), problem=why)
