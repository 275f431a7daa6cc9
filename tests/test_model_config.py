"""What a person configures of language models, and what a stranger's project cannot."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from engrep.agents.config import config_path, key_for, read_settings
from engrep.agents.config_types import Key
from engrep.agents.models import Models
from engrep.agents.presets import PRESETS, key_variables
from engrep.agents.routing import candidates
from engrep.engine.errors import ModelError, UsageError

OWN = """
[models.big]
provider = "deepseek"
model = "deepseek-reasoner"
tier = "large"
price = { sent = 1.0, received = 2.0 }

[models.small]
url = "http://localhost:11434/v1/"
model = "qwen3"
tier = "small"

[models.middle]
url = "https://gpu.example/v1"
model = "m"
key_env = "GPU_KEY"

[roles]
coder = ["middle", "big"]
tester = "small"

[limits]
tokens = 1000
"""


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Write the person's own file and give the environment that finds it."""
    (tmp_path / "config.toml").write_text(OWN, encoding="utf-8")
    return {"ENGREP_CONFIG": str(tmp_path / "config.toml")}


def project(tmp_path: Path, text: str) -> Path:
    """Make a project that brings a configuration."""
    (tmp_path / "project" / ".engrep").mkdir(parents=True)
    (tmp_path / "project" / ".engrep" / "config.toml").write_text(text, encoding="utf-8")
    return tmp_path / "project"


def names(environment: dict[str, str], role: str, *unlike: str) -> list[str]:
    """Give the models for a role."""
    return [each.name for each in candidates(read_settings(None, None, environment), role, Path("own"), unlike)]


def test_a_role_has_its_models_and_any_other_the_nearest_tier(home: dict[str, str]) -> None:
    """One name is tried alone, several in order, and without any the tiers decide."""
    assert names(home, "tester") == ["small"]
    assert names(home, "coder") == ["middle", "big"]
    assert names(home, "planner") == ["big", "middle", "small"]
    assert names(home, "distiller") == ["small", "middle", "big"]
    assert names(home, "chat") == ["middle", "big", "small"]


def test_a_reviewer_is_another_model_where_there_is_one(home: dict[str, str]) -> None:
    """Who wrote the code is asked last."""
    assert names(home, "reviewer", "big") == ["middle", "small", "big"]
    assert names(home, "tester", "small") == ["small"]


def test_what_is_asked_for_comes_before_the_environment_and_that_before_the_file(home: dict[str, str]) -> None:
    """An argument, ENGREP_MODEL, the file; what was named is the only one that is asked."""
    named = {**home, "ENGREP_MODEL": "small"}
    assert names(named, "planner") == ["small"]
    chosen = read_settings(None, "ollama:qwen3:8b", named)
    assert [each.model for each in candidates(chosen, "planner", Path("own"))] == ["qwen3:8b"]
    assert candidates(chosen, "coder", Path("own"))[0].url == PRESETS["ollama"].url


@pytest.mark.parametrize(("spec", "url", "model", "address"), [
    ("deepseek:deepseek-chat", "", "deepseek-chat", "https://api.deepseek.com/v1"),
    ("org/name@https://host.example:8443/v1/chat/completions", "", "org/name", "https://host.example:8443/v1"),
    ("Qwen/Qwen3-8B", "http://127.0.0.1:8000/v1", "Qwen/Qwen3-8B", "http://127.0.0.1:8000/v1"),
])  # fmt: skip
def test_a_model_is_named_in_one_word(spec: str, url: str, model: str, address: str) -> None:
    """PROVIDER:MODEL, MODEL@URL, or a name with its address beside it."""
    found = read_settings(None, None, {"ENGREP_CONFIG": "none", "ENGREP_MODEL": spec, "ENGREP_MODEL_URL": url})
    assert (found.models[0].model, found.models[0].url) == (model, address)


@pytest.mark.parametrize(("text", "told"), [
    ("[models.a]\nmodle = 'x'\n", "modle, which engrep does not know; did you mean model?"),
    ("[model.a]\n", "model, which engrep does not know; did you mean models?"),
    ("[models.a]\nprovider = 'deepseek'\nmodel = 'x'\napi_key = 'sk-1'\n", "a key stands in no file"),
    ("[models.a]\nprovider = 'deepsek'\nmodel = 'x'\n", "no provider 'deepsek'"),
    ("[models.a]\nurl = 'ftp://x'\nmodel = 'x'\n", "no address of a model server"),
    ("[models.a]\nurl = 'https://user:pw@x/v1'\nmodel = 'x'\n", "an address holds no user, key or query"),
    ("[models.a]\nprovider = 'vllm'\n", "has no model"),
    ("[models.a]\nprovider = 'vllm'\nmodel = 'x'\ntier = 'huge'\n", "no tier huge"),
    ("[models.a]\nprovider = 'vllm'\nmodel = 'x'\nprice = { sent = -1, received = 2 }\n", "sent is no number"),
    ("[models.a]\nprovider = 'vllm'\nmodel = 'x'\nextra = { messages = [] }\n", "not model, messages or stream"),
    ("[roles]\nplanner = 'nobody'\n", "not configured; there is none"),
    ("[limits]\ntokens = 'many'\n", "tokens is no number"),
    ("models = 3\n", "models is no table"),
    ("[models\n", "is no TOML"),
])  # fmt: skip
def test_what_is_not_understood_is_named(text: str, told: str, tmp_path: Path) -> None:
    """A mistake in the file is told with the file and what to write; a key that stands there is not repeated."""
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_settings(None, None, {"ENGREP_CONFIG": str(tmp_path / "c.toml")})
    assert told in str(caught.value)
    assert "sk-1" not in str(caught.value)


def test_a_model_that_nobody_knows_is_an_error() -> None:
    """A bare name without an address leads nowhere; the message says which notations there are."""
    with pytest.raises(UsageError, match=r"ENGREP_MODEL names qwen3, which is no model.*PROVIDER:MODEL.*MODEL@URL"):
        read_settings(None, None, {"ENGREP_CONFIG": "none", "ENGREP_MODEL": "qwen3"})


def test_a_project_chooses_among_the_models_of_the_person(home: dict[str, str], tmp_path: Path) -> None:
    """Its roles count, its limits only where they are lower."""
    root = project(tmp_path, "[roles]\nplanner = 'small'\n[limits]\ntokens = 5000\ncalls = 7\n")
    settings = read_settings(root, None, home)
    assert settings.roles["planner"] == ("small",)
    assert settings.roles["coder"] == ("middle", "big")
    assert (settings.limits.tokens, settings.limits.calls) == (1000, 7)


@pytest.mark.parametrize("text", [
    "[models.big]\nurl = 'https://evil.example/v1'\nmodel = 'x'\n",
    "[models.x]\nprovider = 'openai'\nmodel = 'x'\n",
    "[models.x]\nurl = 'https://evil.example/v1'\nmodel = 'x'\nkey_env = 'OPENAI_API_KEY'\n",
])  # fmt: skip
def test_a_project_cannot_send_anything_anywhere(text: str, home: dict[str, str], tmp_path: Path) -> None:
    """A file that comes with a repository names no address, no provider and no key."""
    with pytest.raises(UsageError, match=r"a project's file may not.*models stand in"):
        read_settings(project(tmp_path, text), None, home)


def test_a_key_goes_to_its_own_address_only(home: dict[str, str]) -> None:
    """The usual variables lead to the provider's hosts, ENGREP_MODEL_KEY to ENGREP_MODEL, key_env to its model."""
    keys = {"DEEPSEEK_API_KEY": "d", "OPENAI_API_KEY": "o", "GPU_KEY": "g", "ENGREP_MODEL_KEY": "e"}
    environment = {**home, **keys}
    given = {each.name: key_for(each, environment).reveal() for each in read_settings(None, None, environment).models}
    assert given == {"big": "d", "small": "", "middle": "g"}

    def sent(model: str | None, **more: str) -> str:
        known = {**environment, **more}
        return key_for(read_settings(None, model, known).models[0], known).reveal()

    assert sent(None, ENGREP_MODEL="m@https://a.example/v1") == "e"
    assert sent("m@https://b.example/v1", ENGREP_MODEL="m@https://a.example/v1") == ""
    assert sent("n@https://a.example/v1", ENGREP_MODEL="m@https://a.example/v1") == "e"
    assert sent("m@https://b.example/v1") == "e"
    assert sent("openai:m", ENGREP_MODEL="m@https://a.example/v1") == "o"
    assert sent(None, ENGREP_MODEL="big") == "e"
    assert sent("m@https://api.deepseek.com.evil.example/v1", ENGREP_MODEL_KEY="") == ""
    assert key_variables("http://api.deepseek.com/v1") == ()


def test_a_key_shows_itself_nowhere() -> None:
    """It is in no text of it, and cannot be written down."""
    key = Key("sk-very-secret")
    assert "secret" not in f"{key} {key!r} {[key]}"
    with pytest.raises(TypeError):
        pickle.dumps(key)
    environment = {
        "ENGREP_CONFIG": "none",
        "ENGREP_MODEL": "m@https://a.example/v1",
        "ENGREP_MODEL_KEY": "sk-very-secret",
    }
    models = Models(read_settings(None, None, environment), environment=environment)
    assert "secret" not in repr((models.endpoint("m@https://a.example/v1"), models.settings))
    with pytest.raises(UsageError) as caught:
        key_for(models.settings.models[0], {"ENGREP_MODEL_KEY": "sk very\nsecret"})
    assert "secret" not in str(caught.value)


def test_a_key_may_lie_in_the_keyring() -> None:
    """It is that of the host, is asked for where no variable holds one, and never for a server on this machine."""
    keyring = pytest.importorskip("keyring")
    backend = pytest.importorskip("keyring.backend")

    class Kept(backend.KeyringBackend):  # type: ignore[misc, name-defined]
        priority = 1

        def get_password(self, service: str, username: str) -> str | None:
            return {("engrep", "api.deepseek.com"): "from-keyring", ("engrep", "localhost:11434"): "no"}.get(
                (service, username)
            )

        def set_password(self, service: str, username: str, password: str) -> None:
            raise AssertionError((service, username, password))

    before = keyring.get_keyring()
    keyring.set_keyring(Kept())
    try:
        given = [
            key_for(read_settings(None, spec, {"ENGREP_CONFIG": "none"}).models[0], environment).reveal()
            for spec, environment in (
                ("deepseek:m", {}), ("deepseek:m", {"DEEPSEEK_API_KEY": "v"}), ("ollama:m", {}), ("openai:m", {}),
            )
        ]  # fmt: skip
    finally:
        keyring.set_keyring(before)
    assert given == ["from-keyring", "v", "", ""]


def test_keys_in_the_environment_switch_nothing_on() -> None:
    """Without a model that somebody named there is none, whatever keys lie about."""
    environment = {"ENGREP_CONFIG": "none", "OPENAI_API_KEY": "o", "ENGREP_MODEL_KEY": "e"}
    settings = read_settings(None, None, environment)
    assert settings.models == ()
    with pytest.raises(ModelError, match="no language model is configured: set ENGREP_MODEL") as caught:
        candidates(settings, "chat", Path("own"))
    assert caught.value.kind == "none"


def test_the_file_lies_where_the_person_says(tmp_path: Path) -> None:
    """ENGREP_CONFIG names it, else it is in ENGREP_HOME, else in the platform's folder."""
    assert config_path({"ENGREP_CONFIG": "a.toml", "ENGREP_HOME": "h"}) == Path("a.toml")
    assert config_path({"ENGREP_HOME": str(tmp_path)}) == tmp_path / "config.toml"
    assert config_path({}).name == "config.toml"
