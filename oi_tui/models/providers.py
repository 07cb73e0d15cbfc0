"""Which provider a model's name means, and which host that provider's key may be sent to.

Plain facts under LiteLLM's names, for the time before LiteLLM is loaded and for what must not
depend on it: where a key goes. Knows no key.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider as LiteLLM names it. No `key_name`: it needs none or takes several values."""

    name: str
    key_name: str
    host: str


_TABLE = (
    Provider("openai", "OPENAI_API_KEY", "api.openai.com"),
    Provider("anthropic", "ANTHROPIC_API_KEY", "api.anthropic.com"),
    Provider("gemini", "GEMINI_API_KEY", "generativelanguage.googleapis.com"),
    Provider("openrouter", "OPENROUTER_API_KEY", "openrouter.ai"),
    Provider("mistral", "MISTRAL_API_KEY", "api.mistral.ai"),
    Provider("groq", "GROQ_API_KEY", "api.groq.com"),
    Provider("deepseek", "DEEPSEEK_API_KEY", "api.deepseek.com"),
    Provider("xai", "XAI_API_KEY", "api.x.ai"),
    Provider("cohere", "COHERE_API_KEY", "api.cohere.com"),
    Provider("together_ai", "TOGETHERAI_API_KEY", "api.together.xyz"),
    Provider("fireworks_ai", "FIREWORKS_AI_API_KEY", "api.fireworks.ai"),
    Provider("perplexity", "PERPLEXITYAI_API_KEY", "api.perplexity.ai"),
    Provider("cerebras", "CEREBRAS_API_KEY", "api.cerebras.ai"),
    Provider("moonshot", "MOONSHOT_API_KEY", "api.moonshot.ai"),
    Provider("dashscope", "DASHSCOPE_API_KEY", "dashscope-intl.aliyuncs.com"),
    Provider("huggingface", "HF_TOKEN", "router.huggingface.co"),
    Provider("azure", "AZURE_API_KEY", ""),
    Provider("azure_ai", "AZURE_AI_API_KEY", ""),
    Provider("databricks", "DATABRICKS_API_KEY", ""),
    Provider("nvidia_nim", "NVIDIA_NIM_API_KEY", "integrate.api.nvidia.com"),
    Provider("replicate", "REPLICATE_API_KEY", "api.replicate.com"),
    Provider("bedrock", "", ""),
    Provider("sagemaker", "", ""),
    Provider("vertex_ai", "", ""),
    Provider("ollama", "", "localhost:11434"),
    Provider("ollama_chat", "", "localhost:11434"),
)
PROVIDERS = {provider.name: provider for provider in _TABLE}
OPENAI = PROVIDERS["openai"]

# Prefixes that only say "a server that speaks the OpenAI format"; the rest is the model's name.
COMPATIBLE = frozenset(
    {"openai", "custom_openai", "hosted_vllm", "lm_studio", "llamafile", "openai_like", "vllm"}
)
# Prefixes of models that run on this machine; all but the first name the engine as well.
LOCAL = frozenset({"local", "llamacpp", "ctransformers"})
_PATHS = ("/", "~/", "./", "../")  # how a file's begins, for a name is none
_BARE = (
    ("gpt-", "openai"),
    ("chatgpt-", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
    ("claude-", "anthropic"),
    ("gemini-", "gemini"),
    ("mistral-", "mistral"),
    ("codestral-", "mistral"),
    ("command-", "cohere"),
    ("deepseek-", "deepseek"),
)
# Families that call tools, for the seconds until LiteLLM's own table is at hand.
_TOOL_CALLERS = ("gpt-4", "gpt-5", "gpt-3.5-turbo", "o1", "o3", "o4", "claude-", "gemini-")


def shown_name(model: str, api_base: str) -> str:
    """Return a model's name for a person; a server of one's own is not OpenAI's."""
    prefix, rest = split_model(model)
    return rest if api_base and prefix in COMPATIBLE else model


def split_model(model: str) -> tuple[str, str]:
    """Return provider and name of a model; an empty provider where the name does not tell."""
    prefix, slash, rest = model.partition("/")
    if slash and (prefix in PROVIDERS or prefix in COMPATIBLE or prefix in LOCAL):
        return prefix, rest
    if model.startswith(_PATHS) and model.lower().endswith(".gguf"):
        return "local", model
    return next((name for start, name in _BARE if not slash and model.startswith(start)), ""), model


def names_provider(model: str) -> bool:
    """Return whether a model's name begins with a provider that cannot be a server of one's own.

    A family's name alone (`gpt-...`) does not tell: own servers serve models of all families.
    """
    prefix, slash, _ = model.partition("/")
    return bool(slash) and prefix in PROVIDERS.keys() | LOCAL and prefix not in COMPATIBLE


def runs_here(model: str) -> bool:
    """Return whether a model's name means a file on this machine."""
    return split_model(model)[0] in LOCAL


def probably_calls_tools(model: str) -> bool:
    """Guess from its family whether a model calls tools; unknown ones are asked for fences."""
    provider, name = split_model(model)
    return provider in ("openai", "anthropic", "gemini") and name.startswith(_TOOL_CALLERS)
