"""Which family of chat models a file belongs to: what its prompts have to look like.

Told by the vocabulary, the file's own template, and its name, in this order of trust. Knows no
engine.
"""

from __future__ import annotations

from enum import StrEnum

from oi_tui.models.local.gguf import GgufHeader


class Family(StrEnum):
    """Families by the form of their prompts."""

    LLAMA2 = "Llama 2"
    CODE_LLAMA = "Code Llama"
    MISTRAL = "Mistral"
    CHATML = "ChatML"
    FALCON = "Falcon"
    ALPACA = "Alpaca"
    VICUNA = "Vicuna"


# What stands in a template of the family, and in no other.
_IN_TEMPLATES = (
    ("<|im_start|>", Family.CHATML),
    ("<<SYS>>", Family.LLAMA2),
    ("[INST]", Family.MISTRAL),
    ("### Instruction", Family.ALPACA),
    ("ASSISTANT:", Family.VICUNA),
    ("Falcon:", Family.FALCON),
)
# Parts of names; the more special ones stand first.
_IN_NAMES = (
    (("codellama", "code-llama", "code llama"), Family.CODE_LLAMA),
    (("dolphin", "hermes-2", "openhermes", "orca-2", "yi-", "smollm", "chatml"), Family.CHATML),
    (("vicuna", "wizardlm", "airoboros", "tulu"), Family.VICUNA),
    (("alpaca", "wizardcoder", "phind", "nous-hermes", "mythomax", "samantha"), Family.ALPACA),
    (("mistral", "mixtral", "zephyr"), Family.MISTRAL),
    (("falcon",), Family.FALCON),
)


def family_of(header: GgufHeader) -> Family:
    """Return the family of the file with this header; Llama 2 if nothing tells."""
    if header.text("general.architecture") == "falcon":
        return Family.FALCON
    template = header.text("tokenizer.chat_template")
    for mark, family in _IN_TEMPLATES:
        if mark in template:
            return family
    tokens = header.metadata.get("tokenizer.ggml.tokens")
    if isinstance(tokens, list) and b"<|im_start|>" in tokens:
        return Family.CHATML
    name = " ".join(header.text(f"general.{key}") for key in ("name", "basename", "finetune"))
    for marks, family in _IN_NAMES:
        if any(mark in name.lower() for mark in marks):
            return family
    return Family.LLAMA2
