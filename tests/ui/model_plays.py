"""What happens in the scenes of the model picker."""

from __future__ import annotations

from pathlib import Path

from oi_tui.models.choices import (
    DownloadChoice,
    Fetching,
    FileChoice,
    Fit,
    HostedChoice,
    ServedModel,
    ServerChoice,
    UsedModel,
)
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.screens.fetch import FetchScreen
from oi_tui.ui.screens.models import ModelsScreen
from tests.ui.fakes import FakeOpener
from tests.ui.support import Running

FILES = Path("/home/ada/.local/share/oi-tui/models")
OLLAMA = "http://127.0.0.1:11434/v1"
CODER = DownloadChoice(
    "local/Qwen/Qwen2.5-Coder-7B-Instruct-GGUF",
    "Qwen2.5 Coder 7B",
    "good at code",
    "qwen2.5-coder-7b-instruct-q4_k_m.gguf",
    4_683_000_000,
    "Apache-2.0",
    Fit.MEMORY,
    "about 5 tokens/s",
    is_recommended=True,
)


HERE = [
    FileChoice(
        "local/bartowski/Llama-3.2-3B-Instruct-GGUF",
        "Llama-3.2-3B-Instruct",
        FILES / "Llama-3.2-3B-Instruct-Q4_K_M.gguf",
        2_019_000_000,
        "oi-tui",
        "llama · 3.2B · Q4_K_M",
        131_072,
        "Llama 3.2",
        Fit.MEMORY,
        is_ours=True,
    ),
    FileChoice(
        "local/ollama:港口:7b",
        "港口:7b",
        Path("/home/ada/.ollama/models/blobs/sha256-1f"),
        4_100_000_000,
        "Ollama",
        problem="The file is cut short: download or copy it again.",
    ),
]
LARGE = DownloadChoice(
    "local/unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF",
    "Qwen3 Coder 30B",
    "very good at code; needs a large machine",
    "Qwen3-Coder-30B-A3B-Instruct-Q4_K_M.gguf",
    18_560_000_000,
    "Apache-2.0",
    Fit.NO,
    "does not fit",
)


def furnish(opener: FakeOpener) -> None:
    """The models of a person who has tried a few things."""
    shelf = opener.models
    shelf.about_machine = "16 GB of memory, 9.1 GB free · no GPU · 212 GB free on the disk"
    shelf.known = [
        UsedModel("anthropic/claude-sonnet-4-5", is_favorite=True),
        UsedModel("gpt-4o"),
        UsedModel("openai/qwen3:8b", OLLAMA),
    ]
    shelf.here = list(HERE)
    shelf.at_addresses = {
        OLLAMA: ServerChoice("Ollama", OLLAMA, (ServedModel("qwen3:8b", 40_960),)),
    }
    shelf.listed["openai"] = [
        HostedChoice("gpt-4o", 128_000, 16_384, 2.5, 10.0, True),
        HostedChoice("gpt-4o-mini", 128_000, 16_384, 0.15, 0.6, True),
        HostedChoice("gpt-4.1", 1_047_576, 32_768, 2.0, 8.0, True),
    ]
    shelf.offers = [CODER, LARGE]
    opener.with_key = ["openai"]


async def models(run: Running) -> None:
    """F2, with everything that there is."""
    await opened(run)


async def opened(run: Running) -> ModelsScreen:
    """The picker, once all its rows are there."""
    furnish(run.opener)
    return await opened_again(run)


async def opened_again(run: Running) -> ModelsScreen:
    """The picker, once all its rows are there, as the opener is furnished now."""
    await run.press("f2")
    screen = run.app.screen
    assert isinstance(screen, ModelsScreen)
    await run.until(lambda: not screen.is_looking, "all models")
    await run.pilot.pause()
    return screen


async def filtered(run: Running) -> None:
    """A word that some rows have, and that could be a name."""
    await models(run)
    await run.press(*"qwen")


async def fetching(run: Running) -> None:
    """A download that is half way."""
    await begun(run)


async def begun(run: Running) -> FetchScreen:
    """The dialog of a download that is half way."""
    await models(run)
    run.opener.models.steps = [Fetching(2_110_000_000, CODER.size, 11_400_000.0)]
    await run.press(*"recommended", "enter")
    await run.until(lambda: isinstance(run.app.screen, FetchScreen), "the dialog")
    await run.press("enter")
    dialog = run.app.screen
    assert isinstance(dialog, FetchScreen)
    progress = dialog.query_one(".fetch--progress", SafeStatic)
    await run.until(lambda: "45 %" in str(progress.content), "the progress")
    return dialog
