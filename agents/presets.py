"""The endpoints that are known by name: where they are, and which variable holds their key.

Addresses and variables as stored copies of the providers' documentation and of programs that speak to them give them
(looked up in November 2026). No prices and no sizes of context: they change, and one that is wrong is worse than
one that is not known; `price` and `context` in the configuration say them.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Preset:
    """One provider, or a program on this machine that serves models."""

    name: str
    title: str
    url: str
    key_variables: tuple[str, ...] = ()  # the first that is set counts, and is sent to this address's host alone
    other_hosts: tuple[str, ...] = ()  # of the same provider, for other parts of the world
    advice: str = ""  # what to do when it cannot be reached


_DASHSCOPE = "https://dashscope.aliyuncs.com/compatible-mode/v1"
_KNOWN = (
    Preset("openai", "OpenAI", "https://api.openai.com/v1", ("OPENAI_API_KEY",)),
    Preset("mimo", "Xiaomi MiMo", "https://api.xiaomimimo.com/v1", ("XIAOMI_API_KEY", "MIMO_API_KEY")),
    Preset("deepseek", "DeepSeek", "https://api.deepseek.com/v1", ("DEEPSEEK_API_KEY",)),
    Preset("qwen", "Qwen (DashScope)", _DASHSCOPE, ("DASHSCOPE_API_KEY",), ("dashscope-intl.aliyuncs.com",)),
    Preset(
        "glm", "Zhipu GLM", "https://open.bigmodel.cn/api/paas/v4", ("ZHIPUAI_API_KEY", "ZAI_API_KEY"), ("api.z.ai",)
    ),
    Preset("moonshot", "Moonshot", "https://api.moonshot.cn/v1", ("MOONSHOT_API_KEY",), ("api.moonshot.ai",)),
    Preset(
        "siliconflow",
        "SiliconFlow",
        "https://api.siliconflow.cn/v1",
        ("SILICONFLOW_API_KEY",),
        ("api.siliconflow.com",),
    ),
    Preset("ollama", "Ollama", "http://localhost:11434/v1", advice="start it with `ollama serve`"),
    Preset("vllm", "vLLM", "http://localhost:8000/v1", advice="start it with `vllm serve MODEL`"),
    Preset("lmstudio", "LM Studio", "http://localhost:1234/v1", advice="start its local server"),
    Preset("llamacpp", "llama.cpp", "http://localhost:8080/v1", advice="start it with `llama-server -m FILE`"),
)
PRESETS = {each.name: each for each in _KNOWN}


def is_local(url: str) -> bool:
    """Tell whether an address is on this machine."""
    return (urlsplit(url).hostname or "") in LOCAL_HOSTS


def key_variables(url: str) -> tuple[str, ...]:
    """Return the usual variables of the host of an address: a provider's key is sent to that provider only."""
    parts = urlsplit(url)
    hosts = ((each, {urlsplit(each.url).hostname, *each.other_hosts}) for each in _KNOWN if not is_local(each.url))
    return next(
        (each.key_variables for each, owned in hosts if parts.scheme == "https" and parts.hostname in owned), ()
    )


def advice_for(url: str) -> str:
    """Return what may help when an address cannot be reached."""
    return next((each.advice for each in _KNOWN if each.url == url and each.advice), "see that it runs")
