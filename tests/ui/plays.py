"""What happens in the scenes: short stories told to a screen, each one building on another."""

from __future__ import annotations

from dataclasses import replace

from oi_tui.engine.notes import risk_notes
from oi_tui.engine.problems import kept
from oi_tui.models.errors import Target, explain
from oi_tui.models.trouble import Cause, Trouble
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import (
    Decider,
    Decision,
    EngineState,
    InputMode,
    Limit,
    RunStatus,
    ShellState,
    TurnEnd,
    Usage,
    digest_of,
)
from oi_tui.ui.screens.models import ModelsScreen
from tests.ui.drawing import QUESTION
from tests.ui.fakes import FOLDER, FakeSession
from tests.ui.support import Running

PROSE = """\
I'll add up the sizes of all files below this folder and list the **ten largest**. \
Nothing is changed:

- `rglob` walks the folders
- sizes are in bytes, with separators
"""
CODE = """\
from pathlib import Path

sizes = {path: path.stat().st_size
         for path in Path(".").rglob("*") if path.is_file()}
largest = sorted(sizes, key=sizes.get, reverse=True)[:10]
for path in largest:
    print(f"{sizes[path]:>12,}  {path}")
"""
EDITED = CODE.replace('"*") if path.is_file()', '"*.tif")').replace("[:10]", "[:5]")
HIDDEN = """\
# remove old previews
find previews -name "*.tmp" -delete
rm -rf "previews\u202e/gpj.stohs\u202c"
echo done
"""
OUTPUT = b"""\
  48,201,330  photos/2024/\xe6\xb8\xaf\xe5\x8f\xa3.tif\r
   9,120,002  \x1b[36mdata/rainfall.csv\x1b[0m\r
   3,307,411  notes/archive.zip\r
     812,006  \x1b[33mharbor.db\x1b[0m\r
      61,220  tides.json\r
"""
AFTER = """\
The photo scans take by far the most room: `photos/2024/港口.tif` alone is **48 MB**.

| Folder | Files | Size |
| --- | ---: | ---: |
| photos | 12 | 48.2 MB |
| data | 3 | 9.1 MB |
| notes | 41 | 3.3 MB |

To make the scans smaller without losing detail:

```bash
mogrify -format jxl -quality 92 photos/2024/*.tif
```
"""
INSTALL = """\
name = input("Name of the harbor? ")
print(f"Tides of {name}:")
"""
LOCAL_MODEL = "local/Qwen/Qwen2.5-Coder-7B-Instruct-GGUF"
UNLOCK = "sudo cp harbor.conf /etc/harbor.conf\n"
ZH_QUESTION = "請把下載資料夾裡的檔案按類型整理好"
ZH_PROSE = """\
我先**只列出**每一種類型有幾個檔案,不移動任何東西:

- 依副檔名分組
- 中文檔名照原樣顯示,例如 `會議記錄.docx`
"""
ZH_CODE = """\
from collections import Counter
from pathlib import Path

類型 = Counter(檔案.suffix or "無副檔名" for 檔案 in Path("下載").iterdir())
for 名稱, 數量 in 類型.most_common():
    print(f"{名稱:<8} {數量:>4} 個檔案")
"""
ZH_OUTPUT = """\
.pdf       42 個檔案\r
.jpg       17 個檔案\r
.docx       8 個檔案\r
無副檔名    3 個檔案\r
""".encode()
ZH_AFTER = "一共 **70** 個檔案。要我建立「文件」「圖片」「其他」三個資料夾並移動過去嗎?"


# -- one step each --------------------------------------------------------------------------------
def ask(session: FakeSession, question: str = QUESTION) -> None:
    session.emit(ev.TurnStarted(question))
    session.emit(ev.StateChanged(EngineState.THINKING))


def say(session: FakeSession, text: str, name: str = "m1") -> None:
    session.emit(ev.MessageStarted(name))
    session.emit(ev.TextAdded(name, text))
    session.emit(ev.MessageFinished(name, text, True))


def count(session: FakeSession) -> None:
    usage = Usage(1240, 96, 0.0042)
    session.emit(ev.UsageReported(usage, usage, 14_200, 128_000))


def start(run: Running, language: str, code: str, output: bytes) -> None:
    session, digest = run.session, digest_of(code)
    session.emit(ev.ApprovalResolved("c1", Decision.APPROVE, digest, Decider.USER))
    session.emit(ev.StateChanged(EngineState.RUNNING))
    session.emit(ev.ShellChanged(language, ShellState.BUSY, FOLDER))
    session.emit(ev.RunStarted("c1", language, digest))
    run.main.output.tap.output(language, output)
    session.emit(ev.OutputAdded("c1", output))


def finish(session: FakeSession, language: str, output: bytes) -> None:
    session.emit(ev.RunFinished("c1", RunStatus.OK, 0, 0.21, FOLDER, len(output)))
    session.emit(ev.ShellChanged(language, ShellState.IDLE, FOLDER))


def end(session: FakeSession, turn_end: ev.TurnFinished) -> None:
    session.emit(turn_end)
    session.emit(ev.StateChanged(EngineState.IDLE))


async def armed(run: Running) -> None:
    """Give the panel the focus and let enough quiet time pass for its keys to count."""
    panel = run.main.approval
    await run.until(lambda: panel.is_waiting, "a proposal")
    run.advance(1)
    panel.focus()
    await run.until(lambda: panel.is_armed or panel.judge.armed_in() > 0, "the focus to arrive")
    run.advance(2)
    await run.until(lambda: panel.is_armed, "keys that count")


# -- stories --------------------------------------------------------------------------------------
async def nothing(run: Running) -> None:
    """Nothing has happened."""


async def streaming(run: Running) -> None:
    ask(run.session)
    run.session.emit(ev.MessageStarted("m1"))
    run.session.emit(ev.TextAdded("m1", PROSE[:150]))


async def proposal(run: Running) -> None:
    ask(run.session)
    say(run.session, PROSE)
    count(run.session)
    run.session.propose("c1", "python", CODE, risk_notes(CODE, "python"))
    await armed(run)


async def scanned(run: Running) -> None:
    await proposal(run)
    digest, notes = digest_of(CODE), risk_notes(CODE, "python")
    asked = ev.ApprovalRequested(
        "c1", "python", CODE, digest, FOLDER, "/usr/bin/python3", notes, can_scan=True
    )
    finding = "semgrep, line 4: The sizes of links are counted twice. (follows-links)"
    for event in (asked, ev.ScanStarted("c1"), ev.ProposalScanned("c1", digest, (finding,))):
        run.session.emit(event)


async def editing(run: Running) -> None:
    await proposal(run)
    await run.press("e")
    run.advance(1)
    await run.until(lambda: run.main.focused is not run.main.approval, "the editor")


async def difference(run: Running) -> None:
    await proposal(run)
    digest = digest_of(EDITED)
    run.session.emit(ev.ProposalEdited("c1", EDITED, digest))
    run.session.emit(
        ev.ApprovalRequested("c1", "python", EDITED, digest, FOLDER, "/usr/bin/python3")
    )
    await run.until(lambda: not run.main.approval.is_armed, "other code")
    await armed(run)
    await run.press("t")
    run.advance(1)


async def hidden(run: Running) -> None:
    ask(run.session, "Clean up the previews")
    say(run.session, "This removes the previews that are no longer needed.")
    run.session.propose("c1", "bash", HIDDEN, risk_notes(HIDDEN, "bash"))
    await armed(run)


async def running_code(run: Running) -> None:
    await proposal(run)
    start(run, "python", CODE, OUTPUT)
    await run.until(lambda: run.main.has_class("-ran"), "a run")
    run.advance(3.2)


async def finished(run: Running) -> None:
    await proposal(run)
    start(run, "python", CODE, OUTPUT)
    finish(run.session, "python", OUTPUT)
    say(run.session, AFTER, "m2")
    end(run.session, ev.TurnFinished(TurnEnd.COMPLETED))
    await run.until(lambda: run.main.activity.state is EngineState.IDLE, "the end")
    run.main.prompt.focus()


async def awaiting(run: Running, language: str, code: str, asked: bytes, mode: InputMode) -> None:
    ask(run.session, "Show the tides")
    run.session.propose("c1", language, code)
    await armed(run)
    start(run, language, code, asked)
    run.session.emit(ev.ShellChanged(language, ShellState.WAITING, FOLDER))
    run.session.emit(ev.InputAwaited("c1", mode, True))
    await run.until(lambda: run.main.activity.waits_for_input, "a question")


async def waiting(run: Running) -> None:
    await awaiting(run, "python", INSTALL, b"Name of the harbor? ", InputMode.LINE)
    run.main.prompt.focus()


async def typing(run: Running) -> None:
    await awaiting(run, "python", INSTALL, b"Name of the harbor? ", InputMode.LINE)
    run.main.output.start_typing()
    await run.press(*"Keelung")


async def password(run: Running) -> None:
    await awaiting(run, "bash", UNLOCK, b"[sudo] password for ada: ", InputMode.PASSWORD)
    run.main.output.start_typing()
    await run.press(*"secret")


async def failed(run: Running) -> None:
    ask(run.session)
    refused = Trouble(Cause.STATUS, "Incorrect API key provided: sk-…9f2c.", 401)
    error = explain(refused, Target("gpt-4o", "api.openai.com", "OPENAI_API_KEY"))
    error = replace(error, kept=kept())
    end(run.session, ev.TurnFinished(TurnEnd.FAILED, error=error))


async def entering_key(run: Running) -> None:
    """The key that was refused is replaced on the spot."""
    await failed(run)
    await run.press(*"%key", "enter", *"sk-new-key")


async def loading(run: Running) -> None:
    """A model on this machine is loaded for the first prompt."""
    ask(run.session)
    run.session.emit(ev.ModelLoading(LOCAL_MODEL, 0.43))


async def reading(run: Running) -> None:
    """A model at a server of this machine reads a long prompt."""
    server = "http://127.0.0.1:11434/v1"
    run.session.emit(ev.ModelChanged("openai/qwen3:8b", server))
    ask(run.session)
    run.session.emit(ev.PromptReading("openai/qwen3:8b", 0.71))


async def limited(run: Running) -> None:
    await proposal(run)
    start(run, "python", CODE, OUTPUT)
    finish(run.session, "python", OUTPUT)
    end(run.session, ev.TurnFinished(TurnEnd.LIMIT, limit=Limit.STEPS))
    run.main.prompt.focus()


async def auto_run(run: Running) -> None:
    run.session.emit(ev.AutoRunChanged(True))
    await running_code(run)
    run.main.prompt.focus()


async def tour(run: Running) -> None:
    ask(run.session, "Show me around")
    say(run.session, "Welcome aboard. I propose, **you** decide. This first one only looks around:")
    run.session.propose(
        "c1", "python", 'import platform\n\nprint("Python", platform.python_version())\n'
    )
    await armed(run)


async def chinese(run: Running) -> None:
    ask(run.session, ZH_QUESTION)
    say(run.session, ZH_PROSE)
    run.session.propose("c1", "python", ZH_CODE)
    await armed(run)
    start(run, "python", ZH_CODE, ZH_OUTPUT)
    finish(run.session, "python", ZH_OUTPUT)
    say(run.session, ZH_AFTER, "m2")
    end(run.session, ev.TurnFinished(TurnEnd.COMPLETED))
    await run.until(lambda: run.main.activity.state is EngineState.IDLE, "the end")
    run.main.prompt.focus()


# -- on top of the main screen --------------------------------------------------------------------
async def welcome(run: Running) -> None:
    await run.until(lambda: run.app.screen is not run.main, "the first page")


async def welcome_address(run: Running) -> None:
    await welcome(run)
    await run.until(lambda: run.app.screen.focused is not None, "the choices")
    await run.press("down", "down", "enter")
    await run.until(lambda: isinstance(run.app.screen, ModelsScreen), "the picker")


async def completing(run: Running) -> None:
    await finished(run)
    await run.press("%")
    await run.until(lambda: run.main.completion.is_open, "completions")


async def helping(run: Running) -> None:
    await finished(run)
    await run.press("f1")


async def palette(run: Running) -> None:
    await finished(run)
    await run.press("ctrl+p")


async def sidebar(run: Running) -> None:
    await finished(run)
    await run.press("ctrl+b")
