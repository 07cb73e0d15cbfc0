"""LiteLLM behind a few questions: stream, facts, count, cost, models. Lives in the worker only.

Owns every trap of the library: what must be set before its import, its retries (off), its invented
finish reasons (not believed), its exceptions (read by status and text). Knows no socket.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import re
from collections.abc import AsyncIterator
from typing import Any

from oi_tui.models.base import ReplyFinished, ReplyPart
from oi_tui.models.chat_format import ReplyParser, stop_reason
from oi_tui.models.errors import misses_key
from oi_tui.models.trouble import AttemptError, Cause, Trouble, seconds_of
from oi_tui.models.worker.frames import Frame
from oi_tui.models.worker.listing import chat_models

# Else the import loads `.env` of the folder, and fetches prices from the network.
_BEFORE_IMPORT = {"LITELLM_MODE": "PRODUCTION", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
_LIBRARY_NAMES = re.compile(r"\A(?:litellm\.|\w*(?:Error|Exception)(?::| -)\s*|Timeout Error:\s*)*")
_TRACE = "Traceback (most recent call last)"  # it puts one into some messages
_TIMEOUTS = {"APITimeoutError", "Timeout", "ReadTimeout"}
_REFUSALS = {"ConnectError", "ConnectTimeout", "APIConnectionError", "ClientConnectorError"}
_SILENCE = 600.0  # seconds; the application has its own, shorter limits
_litellm: Any = None


def load() -> None:
    """Import LiteLLM and its tokenizer: seconds of CPU."""
    global _litellm
    os.environ.update(_BEFORE_IMPORT)
    import litellm

    litellm.suppress_debug_info = True
    litellm.disable_hf_tokenizer_download = True
    litellm.telemetry = False
    litellm.num_retries = 0
    litellm.drop_params = True  # a parameter that a model does not know must not end the turn
    litellm.REPEATED_STREAMING_CHUNK_LIMIT = 1_000_000_000  # a table row is no endless loop
    _litellm = litellm
    _follow_no_redirects()
    litellm.token_counter(model="gpt-4o", text="warm")


def _follow_no_redirects() -> None:
    """A redirect would carry the conversation to a host that nobody chose."""
    import httpx

    waiting: Any = httpx.AsyncClient
    blocking: Any = httpx.Client
    send_waiting, send_blocking = waiting.send, blocking.send

    async def send(client: Any, request: Any, **options: Any) -> Any:
        return await send_waiting(client, request, **(options | {"follow_redirects": False}))

    def send_and_block(client: Any, request: Any, **options: Any) -> Any:
        return send_blocking(client, request, **(options | {"follow_redirects": False}))

    waiting.send, blocking.send = send, send_and_block


def answer(question: str, frame: Frame) -> Any:
    """Answer a question about a model; raises what LiteLLM raises."""
    model = str(frame["model"])
    match question:
        case "count":
            return _litellm.token_counter(model=model, messages=frame["messages"])
        case "facts":
            info = _litellm.get_model_info(model)
            return {
                "context_window": info.get("max_input_tokens") or info.get("max_tokens") or 0,
                "max_output": info.get("max_output_tokens") or 0,
                "calls_tools": bool(_litellm.supports_function_calling(model=model)),
            }
        case "cost":
            costs = _litellm.cost_per_token(
                model=model,
                prompt_tokens=int(frame["prompt_tokens"]),
                completion_tokens=int(frame["completion_tokens"]),
            )
            return float(sum(costs))
        case "models":
            return chat_models(_litellm.model_cost, dt.datetime.now(tz=dt.UTC).date().isoformat())
    return None


async def stream(frame: Frame) -> AsyncIterator[ReplyPart | None]:
    """Yield the parts of one reply; None is a sign of life.

    Raises:
        AttemptError: the request failed, or the reply is not whole.
    """
    has_begun = is_over = False
    response: Any = None
    parser = ReplyParser(trusts_done=False)
    try:
        response = await _litellm.acompletion(**_arguments(frame))
        async for chunk in response:
            has_begun = True
            # Our parser reads the dumped chunk as it reads a server's; the finish is read below.
            for part in parser.read_event(_dumped(chunk)):
                if not is_over:  # what comes after the provider's finish is not part of the reply
                    yield part
            is_over = bool(_said(response))
            yield None
    except asyncio.CancelledError:
        raise
    except Exception as error:  # the library's exceptions share no base class
        raise AttemptError(_trouble_of(error, has_begun)) from None
    finally:
        if response is not None:
            await _close(response)
    yield _finish(response, parser)


def _arguments(frame: Frame) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        **frame["body"],
        "model": frame["model"],
        "stream": True,
        "stream_options": {"include_usage": True},
        "timeout": _SILENCE,
        "max_retries": 0,
        "num_retries": 0,
        "_skip_mcp_handler": True,  # it asks for a package that is not there
    }
    if frame["key"]:
        arguments["api_key"] = frame["key"]
    if frame["base"]:
        arguments["api_base"] = frame["base"]
        arguments.setdefault("api_key", "none")  # else the library looks for one elsewhere
    return arguments


def _dumped(chunk: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"choices": []}
    usage = getattr(chunk, "usage", None)
    if usage is not None:
        body["usage"] = usage.model_dump()
    for choice in chunk.choices[:1]:
        delta = choice.delta
        calls = [
            {
                "index": call.index,
                "id": call.id,
                "function": {"name": call.function.name, "arguments": call.function.arguments},
            }
            for call in (delta.tool_calls or ())
        ]
        reasoning = getattr(delta, "reasoning_content", None)
        fields = {"content": delta.content, "reasoning_content": reasoning, "tool_calls": calls}
        body["choices"].append({"delta": fields})
    return body


def _finish(response: Any, parser: ReplyParser) -> ReplyPart:
    """The library ends every stream with "stop"; only what the provider said counts."""
    said = _said(response)
    if not said:
        raise AttemptError(Trouble(Cause.CUT_OFF))
    return ReplyFinished(parser.natural(stop_reason(said)), parser.usage)


def _said(response: Any) -> str:
    return str(response.received_finish_reason or response.intermittent_finish_reason or "")


async def _close(response: Any) -> None:
    """Close the provider's connection; what fails while closing changes nothing any more."""
    try:
        await asyncio.wait_for(response.aclose(), 1.0)
    except Exception:
        return


def _trouble_of(error: Exception, has_begun: bool) -> Trouble:
    """Read an exception by its status and text; its class says little.

    A missing key is an InternalServerError or an APIConnectionError, a refused connection the same.
    """
    origin: BaseException | None = error
    names: set[str] = set()
    while origin is not None and len(names) < 10:
        names.add(type(origin).__name__)
        origin = origin.__cause__ or origin.__context__
    text = _text_of(error)
    status = getattr(error, "status_code", 0)
    status = status if isinstance(status, int) else 0
    if "UnicodeDecodeError" in names or "JSONDecodeError" in names:
        return Trouble(Cause.UNREADABLE, text)
    if has_begun:
        return Trouble(Cause.CUT_OFF, text)
    if misses_key(text):
        return Trouble(Cause.LIBRARY, text)
    if names & _TIMEOUTS:
        return Trouble(Cause.TIMEOUT, text)
    if names & _REFUSALS or "Cannot connect to host" in text:
        return Trouble(Cause.CONNECT, text)
    if not status or "LLM Provider NOT provided" in text:
        return Trouble(Cause.LIBRARY, text)
    if 300 <= status < 400:
        return Trouble(Cause.REDIRECT, text, status)
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    after = getattr(error, "litellm_response_headers", None) or headers
    return Trouble(Cause.STATUS, text, status, seconds_of(str(after.get("retry-after", ""))))


def _text_of(error: Exception) -> str:
    """The provider's words, without the library's names before them."""
    text = str(getattr(error, "message", "") or error)
    return _LIBRARY_NAMES.sub("", text).partition(_TRACE)[0].rstrip()
