"""Doubles of the servers that people run for themselves, with the answers that each documents.

Each knows the paths of its original, and answers every other path as that does (some with status
200). Everything received is kept: which paths were asked, and with which key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.loopback import LoopbackHandler, LoopbackServer

Json = Any
NOT_FOUND = 404


@dataclass
class Double:
    """What one server is: its answers by method and path, and how it refuses."""

    answers: Mapping[str, Json]
    other: tuple[int, Json] = (NOT_FOUND, {"detail": "Not Found"})
    header: str = ""  # the program's name in the header `Server`
    shown: Callable[[str], Json] | None = None  # Ollama: what it says of one model
    key: str = ""  # what every path but the open ones asks for
    is_open: tuple[str, ...] = ()


@dataclass
class Asked:
    """One request that came."""

    method: str
    path: str
    authorization: str
    body: Json = None


@dataclass
class ServerDouble:
    """Start with `with ServerDouble(OLLAMA) as server`."""

    double: Double
    asked: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._http = LoopbackServer(_Handler, self)

    @property
    def port(self) -> int:
        return self._http.port

    @property
    def root(self) -> str:
        return f"http://{self._http.host}"

    @property
    def api_base(self) -> str:
        return f"{self.root}/v1"

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.asked]

    def __enter__(self) -> ServerDouble:
        self._http.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.stop()

    def answer(self, asked: Asked) -> tuple[int, Json]:
        """Return status and body for a request."""
        self.asked.append(asked)
        double = self.double
        has_key = not double.key or asked.authorization == f"Bearer {double.key}"
        if not has_key and asked.path not in double.is_open:
            return 401, {"error": "Unauthorized"}
        if asked.path == "/api/show" and double.shown is not None:
            found = double.shown(str((asked.body or {}).get("model", "")))
            return (200, found) if found else (NOT_FOUND, {"error": "model not found"})
        known = double.answers.get(f"{asked.method} {asked.path}")
        return (200, known) if known is not None else double.other


class _Handler(LoopbackHandler):
    server: LoopbackServer[ServerDouble]

    def version_string(self) -> str:
        return self.server.double.double.header or "uvicorn"

    def serve(self) -> None:
        raw = self.body()
        body = json.loads(raw) if raw else None
        asked = Asked(self.command, self.path, self.headers.get("Authorization", ""), body)
        status, answer = self.server.double.answer(asked)
        is_text = isinstance(answer, str)
        data = answer.encode() if is_text else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if is_text else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def listed(*names: str, owner: str, **more: Json) -> Json:
    """Return a list of models in the OpenAI format."""
    rows = [
        {"id": name, "object": "model", "created": 1764000000, "owned_by": owner, **more}
        for name in names
    ]
    return {"object": "list", "data": rows}


# -- Ollama: api.md, sections "Show Model Information", "List Running Models", "Version" -----------
def _ollama_shows(name: str) -> Json:
    about = {
        "qwen3:8b": ("", "qwen3", 40960, ["completion", "tools", "thinking"]),
        "wide:latest": ("stop x\nnum_ctx                        32768", "llama", 131072, None),
        "short:latest": ("", "gpt2", 1024, ["completion"]),
        "embed:latest": ("", "bert", 512, ["embedding"]),
    }.get(name)
    if about is None:
        return None
    parameters, family, trained, abilities = about
    facts = {"general.architecture": family, f"{family}.context_length": trained}
    shown: dict[str, Json] = {"parameters": parameters, "model_info": facts, "details": {}}
    return {**shown, "capabilities": abilities} if abilities else shown


OLLAMA = Double(
    {
        "GET /": "Ollama is running",
        "GET /api/version": {"version": "0.13.5"},
        "GET /api/ps": {
            "models": [
                {"name": "qwen3:8b", "model": "qwen3:8b", "size_vram": 1, "context_length": 16384}
            ]
        },
        "GET /v1/models": listed(
            "qwen3:8b", "wide:latest", "short:latest", "embed:latest", owner="library"
        ),
    },
    other=(NOT_FOUND, "404 page not found"),
    shown=_ollama_shows,
)

# -- LM Studio: REST API v0; a path that it does not know is an error with status 200 --------------
LM_STUDIO = Double(
    {
        "GET /v1/models": listed(
            "meta-llama-3.1-8b-instruct", "qwen2-vl-7b-instruct", owner="organization_owner"
        ),
        "GET /api/v0/models": {
            "object": "list",
            "data": [
                {
                    "id": "qwen2-vl-7b-instruct",
                    "object": "model",
                    "type": "vlm",
                    "publisher": "mlx-community",
                    "arch": "qwen2_vl",
                    "compatibility_type": "mlx",
                    "quantization": "4bit",
                    "state": "not-loaded",
                    "max_context_length": 32768,
                },
                {
                    "id": "meta-llama-3.1-8b-instruct",
                    "object": "model",
                    "type": "llm",
                    "publisher": "lmstudio-community",
                    "arch": "llama",
                    "compatibility_type": "gguf",
                    "quantization": "Q4_K_M",
                    "state": "loaded",
                    "max_context_length": 131072,
                    "loaded_context_length": 8192,
                },
                {
                    "id": "text-embedding-nomic-embed-text-v1.5",
                    "object": "model",
                    "type": "embeddings",
                    "state": "not-loaded",
                    "max_context_length": 2048,
                },
            ],
        },
    },
    other=(200, {"error": "Unexpected endpoint or method."}),
)

# -- llama.cpp: tools/server/README.md; it answers some of Ollama's paths as well ------------------
LLAMACPP = Double(
    {
        "GET /v1/models": listed(
            "gemma-3-4b-it-Q4_K_M.gguf",
            owner="llamacpp",
            meta={"vocab_type": 1, "n_vocab": 262144, "n_ctx_train": 131072, "n_params": 1},
        ),
        "GET /props": {
            "default_generation_settings": {"id": 0, "n_ctx": 12288, "speculative": False},
            "total_slots": 1,
            "model_path": "/models/gemma-3-4b-it-Q4_K_M.gguf",
            "chat_template": "...",
            "build_info": "b6500-abc",
        },
        "GET /api/tags": {"models": []},
    },
    other=(NOT_FOUND, {"error": {"code": 404, "message": "File Not Found"}}),
    header="llama.cpp",
)

# -- llamafile's own server names itself in a header and in its list -------------------------------
LLAMAFILE = Double(
    {"GET /v1/models": listed("Llama-3.2-1B-Instruct.Q6_K", owner="llamafile")},
    other=(NOT_FOUND, "Not Found"),
    header="llamafile/0.9.3",
)

# -- vLLM: the model's card has max_model_len ------------------------------------------------------
VLLM = Double(
    {
        "GET /v1/models": listed(
            "Qwen/Qwen3-8B", owner="vllm", root="Qwen/Qwen3-8B", parent=None, max_model_len=40960
        ),
        "GET /version": {"version": "0.11.0"},
        "GET /openapi.json": {"openapi": "3.1.0", "info": {"title": "FastAPI"}},
    },
)

# -- KoboldCpp imitates Ollama and others; its own paths are below /api/extra ----------------------
KOBOLDCPP = Double(
    {
        "GET /v1/models": listed("koboldcpp/L3-8B-Stheno", owner="koboldcpp"),
        "GET /api/extra/version": {"result": "KoboldCpp", "version": "1.102", "vision": False},
        "GET /api/extra/true_max_context_length": {"value": 8192},
        "GET /api/version": {"version": "0.7.0"},
        "GET /api/ps": {"models": [{"model": "koboldcpp", "context_length": 1}]},
        "GET /api/tags": {"models": [{"name": "koboldcpp", "model": "koboldcpp:latest"}]},
    },
)

# -- text-generation-webui -------------------------------------------------------------------------
TEXT_GENERATION_WEBUI = Double(
    {
        "GET /v1/models": listed("Qwen3-8B-exl3", owner="user"),
        "GET /v1/internal/model/info": {"model_name": "Qwen3-8B-exl3", "lora_names": []},
        "GET /openapi.json": {"openapi": "3.1.0", "info": {"title": "FastAPI"}},
    },
)

# -- Jan: only its description is open to callers without its key ----------------------------------
JAN = Double(
    {
        "GET /v1/models": listed("Jan-v3-4b-base-instruct-Q4_K_XL", owner="jan", ctx_len=40960),
        "GET /openapi.json": {"openapi": "3.0.0", "info": {"title": "Jan API Server Endpoints"}},
    },
    key="jan-secret-key-0123456789",
    is_open=("/", "/openapi.json"),
)
