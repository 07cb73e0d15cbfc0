"""Who gives keys to models: names of variables, a label, a place to get one, the host.

Plain facts, used by the first-run screen, `doctor` and the key store. Knows no key.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider, named as LiteLLM does."""

    name: str
    label: str
    variables: tuple[str, ...]  # where its key may be in the environment, the usual one first
    key_page: str
    # The only host that its key may be sent to. Several: with spaces between; one that begins with
    # a dot: all below it, none of which a stranger can rent.
    host: str


_AZURE = ".openai.azure.com .cognitiveservices.azure.com .services.ai.azure.com .openai.azure.us"

PROVIDERS: tuple[Provider, ...] = (
    Provider(
        "openai",
        "OpenAI",
        ("OPENAI_API_KEY",),
        "https://platform.openai.com/api-keys",
        "api.openai.com",
    ),
    Provider(
        "anthropic",
        "Anthropic",
        ("ANTHROPIC_API_KEY",),
        "https://console.anthropic.com/settings/keys",
        "api.anthropic.com",
    ),
    Provider(
        "gemini",
        "Google Gemini",
        ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        "https://aistudio.google.com/apikey",
        "generativelanguage.googleapis.com",
    ),
    Provider(
        "openrouter",
        "OpenRouter",
        ("OPENROUTER_API_KEY",),
        "https://openrouter.ai/keys",
        "openrouter.ai",
    ),
    Provider(
        "mistral",
        "Mistral",
        ("MISTRAL_API_KEY",),
        "https://console.mistral.ai/api-keys",
        "api.mistral.ai",
    ),
    Provider("groq", "Groq", ("GROQ_API_KEY",), "https://console.groq.com/keys", "api.groq.com"),
    Provider(
        "deepseek",
        "DeepSeek",
        ("DEEPSEEK_API_KEY",),
        "https://platform.deepseek.com/api_keys",
        "api.deepseek.com",
    ),
    Provider("xai", "xAI", ("XAI_API_KEY",), "https://console.x.ai", "api.x.ai"),
    Provider(
        "cohere",
        "Cohere",
        ("COHERE_API_KEY", "CO_API_KEY"),
        "https://dashboard.cohere.com/api-keys",
        "api.cohere.com",
    ),
    Provider(
        "together_ai",
        "Together AI",
        ("TOGETHERAI_API_KEY", "TOGETHER_API_KEY"),
        "https://api.together.ai/settings/api-keys",
        "api.together.xyz",
    ),
    Provider(
        "fireworks_ai",
        "Fireworks AI",
        ("FIREWORKS_AI_API_KEY", "FIREWORKS_API_KEY"),
        "https://fireworks.ai/account/api-keys",
        "api.fireworks.ai",
    ),
    Provider(
        "perplexity",
        "Perplexity",
        ("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
        "https://www.perplexity.ai/settings/api",
        "api.perplexity.ai",
    ),
    Provider(
        "cerebras",
        "Cerebras",
        ("CEREBRAS_API_KEY",),
        "https://cloud.cerebras.ai",
        "api.cerebras.ai",
    ),
    Provider(
        "moonshot",
        "Moonshot AI",
        ("MOONSHOT_API_KEY",),
        "https://platform.moonshot.ai/console/api-keys",
        "api.moonshot.ai",
    ),
    Provider(
        "dashscope",
        "Alibaba Cloud (Qwen)",
        ("DASHSCOPE_API_KEY",),
        "https://bailian.console.alibabacloud.com",
        "dashscope-intl.aliyuncs.com",
    ),
    Provider(
        "huggingface",
        "Hugging Face",
        ("HF_TOKEN", "HUGGINGFACE_API_KEY"),
        "https://huggingface.co/settings/tokens",
        "router.huggingface.co",
    ),
    Provider(
        "nvidia_nim",
        "NVIDIA",
        ("NVIDIA_NIM_API_KEY", "NVIDIA_API_KEY"),
        "https://build.nvidia.com/settings/api-keys",
        "integrate.api.nvidia.com",
    ),
    Provider(
        "replicate",
        "Replicate",
        ("REPLICATE_API_KEY", "REPLICATE_API_TOKEN"),
        "https://replicate.com/account/api-tokens",
        "api.replicate.com",
    ),
    Provider(
        "azure",
        "Azure OpenAI",
        ("AZURE_API_KEY",),
        "https://portal.azure.com",
        _AZURE,
    ),
    Provider(
        "azure_ai",
        "Azure AI Foundry",
        ("AZURE_AI_API_KEY",),
        "https://ai.azure.com",
        _AZURE,
    ),
    Provider(
        "databricks",
        "Databricks",
        ("DATABRICKS_API_KEY", "DATABRICKS_TOKEN"),
        "https://docs.databricks.com/aws/en/dev-tools/auth/pat",
        ".databricks.com .azuredatabricks.net",
    ),
)
_BY_NAME = {provider.name: provider for provider in PROVIDERS}


def provider_named(name: str) -> Provider | None:
    """Return the provider that LiteLLM calls `name`, if it is in the table."""
    return _BY_NAME.get(name)
