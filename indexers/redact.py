"""Take secrets out of a text before anybody stores, indexes, embeds or logs it.

What is taken out leaves `[REDACTED:kind:hash8]`: the kind says what it was, the hash (keyed, so that nobody can try
passwords against it) tells two secrets apart. Redacting twice changes nothing. Formats of tokens are those that their issuers
publish; everything else is found by the name that it is assigned to.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

_MARK = re.compile(r"(\[REDACTED:[a-z-]+:[0-9a-f]{8}\])")
_HASHED = re.compile(r"(\[REDACTED:[a-z-]+):[0-9a-f]{8}\]")


def without_hashes(text: str) -> str:
    """Return a redacted text in which nothing tells two secrets apart: what may leave this machine."""
    return _HASHED.sub(r"\1]", text)


def without_marks(text: str) -> str:
    """Return what a redacted text says beside its secrets."""
    return _MARK.sub("", text)


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without its secrets."""

    text: str
    kinds: dict[str, int]  # kind → how many were taken out

    @property
    def total(self) -> int:
        """How many secrets were taken out."""
        return sum(self.kinds.values())


@dataclass(frozen=True, slots=True)
class _Rule:
    """Where a secret stands: in the group `secret` of the pattern, which is tried only where a hint occurs."""

    kind: str
    hints: tuple[str, ...]  # lower case
    pattern: re.Pattern[str]
    is_secret: Callable[[re.Match[str]], bool] = lambda _: True


def _rule(kind: str, hints: str, pattern: str, is_secret: Callable[[re.Match[str]], bool] = lambda _: True) -> _Rule:
    return _Rule(kind, tuple(hints.split()), re.compile(pattern, re.MULTILINE | re.ASCII), is_secret)


_PLACEHOLDER = re.compile(
    r"(?i)[<({\[$%*.]|x{3,}|\.{3}|(your|my|some|the|an?|example|sample|dummy|fake|test|placeholder)([-_ ]|$)|"
    r"(none|null|nil|true|false|undefined|redacted|changeme|todo|string|str|bytes|int|bool|any|required|optional)$"
)
_CODE = re.compile(r"[A-Za-z_][\w.]*(\(.*|\[.*|\s*[,;)]?$)")


def _has_mixture(value: str) -> bool:
    """Tell whether a value looks made up by a machine or a careful person: letters with digits or signs."""
    return any(char.isdigit() for char in value) and any(char.isalpha() for char in value)


def _is_password(match: re.Match[str]) -> bool:
    """Tell whether what follows `password` is one: quoted anything, bare only what is no name, call or type."""
    value = match["secret"]
    if len(value) < 4 or _PLACEHOLDER.match(value):
        return False
    return bool(match["quote"]) or _has_mixture(value) or not _CODE.fullmatch(value)


def _is_token(match: re.Match[str]) -> bool:
    """Tell whether what follows `token` or `api_key` is one: long enough, and not a word or a name."""
    value = match["secret"]
    if len(value) < 8 or _PLACEHOLDER.match(value):
        return False
    return _has_mixture(value) or (bool(match["quote"]) and len(value) >= 20 and not re.search(r"\s", value))


def _is_setting(match: re.Match[str]) -> bool:
    value = match["secret"]
    return len(value) >= 4 and not _PLACEHOLDER.match(value) and not value.startswith(("os.", "process.", "env."))


_ASSIGNED = r"(?P<close>[\"'`]?\]?)\s*(?::=|=>|=|:|：)\s*(?P<quote>[\"'`])?(?P<secret>(?(quote)[^\"'`\n]{1,400}|[^\s\"'`,;]{1,400}))"

_RULES = (
    _rule("private", "<private", r"(?is)<private>(?P<secret>.*?)(?:</private>|\Z)"),
    _rule(
        "private-key",
        "-----begin",
        r"(?P<secret>-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z))",
    ),
    _rule("aws-key", "akia asia", r"\b(?P<secret>(?:AKIA|ASIA)[0-9A-Z]{16})\b"),
    _rule("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", r"\b(?P<secret>gh[pousr]_[A-Za-z0-9]{20,255})\b"),
    _rule("github-token", "github_pat_", r"\b(?P<secret>github_pat_[A-Za-z0-9_]{20,255})"),
    _rule("gitlab-token", "glpat-", r"\b(?P<secret>glpat-[A-Za-z0-9_-]{16,})"),
    _rule("slack-token", "xox", r"\b(?P<secret>xox[abeoprs]-[A-Za-z0-9-]{10,})"),
    _rule("slack-hook", "hooks.slack.com", r"(?P<secret>hooks\.slack\.com/services/[\w/]+)"),
    _rule("google-key", "aiza", r"\b(?P<secret>AIza[0-9A-Za-z_-]{30,})"),
    _rule("model-key", "sk-", r"\b(?P<secret>sk-[A-Za-z0-9_-]{20,})", lambda match: _has_mixture(match["secret"])),
    _rule("stripe-key", "_live_ _test_", r"\b(?P<secret>[rs]k_(?:live|test)_[A-Za-z0-9]{16,})"),
    _rule("registry-token", "npm_ pypi-", r"\b(?P<secret>npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{40,})"),
    _rule("hub-token", "hf_", r"\b(?P<secret>hf_[A-Za-z0-9]{30,})"),
    _rule("mail-key", "sg.", r"\b(?P<secret>SG\.[\w-]{16,}\.[\w-]{16,})"),
    _rule("bot-token", ":aa", r"\b(?P<secret>\d{8,10}:AA[\w-]{30,})"),
    _rule("cloud-token", "dop_v1_", r"\b(?P<secret>dop_v1_[a-f0-9]{40,})"),
    _rule("jwt", "eyj", r"\b(?P<secret>eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*)"),
    _rule(
        "url-password",
        "://",
        r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@\"'<>]{0,100}:(?P<secret>[^\s/@\"'<>]{1,200})@",
        lambda match: not _PLACEHOLDER.match(match["secret"]),
    ),
    _rule(
        "authorization",
        "bearer basic authorization",
        r"(?i)\b(?:bearer|basic|authorization[\"']?\s*[:=]\s*[\"']?(?:token|apikey)?)\s+(?P<secret>[A-Za-z0-9+/_.=~-]{12,})",
        lambda match: _has_mixture(match["secret"]),
    ),
    _rule(
        "setting",
        "key secret token pass pwd credential dsn auth",
        r"^\s*(?:export\s+|set\s+)?[A-Z][A-Z0-9_]*(?:KEY|SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|CREDENTIALS?|DSN|AUTH)"
        r"[A-Z0-9_]*=(?P<quote>[\"'])?(?P<secret>(?(quote)[^\"'\n]{1,400}|[^\s\"']{1,400}))",
        _is_setting,
    ),
    _rule(
        "password",
        "password passwd passphrase pwd",
        r"(?i)(?:password|passwd|passphrase|\bpwd)\w*" + _ASSIGNED,
        _is_password,
    ),
    _rule(
        "token",
        "token secret key credential",
        r"(?i)(?:token|secret|api[_-]?key|apikey|access[_-]?key|account[_-]?key|private[_-]?key|auth[_-]?key|"
        r"signing[_-]?key|encryption[_-]?key|credentials?)\w*" + _ASSIGNED,
        _is_token,
    ),
    _rule(
        "password",
        "password passphrase",
        r"(?i)\b(?:password|passphrase)(?: \w+){0,3} is (?P<quote>[\"'`]?)(?P<secret>[^\s\"'`]{4,100})(?<![.,;:!?])",
        lambda match: bool(match["quote"]) or _has_mixture(match["secret"]),
    ),
    _rule(
        "password",
        "密码 口令 密钥 令牌",
        r"(?:密码|口令|密钥|令牌)\s*(?:是|为|:|：|=)\s*(?P<quote>[\"'“‘`]?)(?P<secret>[!-~]{4,200})(?<![.,;:!?\"'`])",
        lambda match: not _PLACEHOLDER.match(match["secret"]),
    ),
)
_ANY_SETTING = _rule("setting", "", r"^\s*(?:export\s+)?[A-Za-z_]\w*\s*=\s*(?P<secret>\S.*)$")


def redact(text: str, key: bytes = b"", path: str = "", *, keeps_lines: bool = False) -> Redacted:
    """Take the secrets out of a text; `key` keys the hashes, `path` is the file that the text is of, if any.

    Every value of a `.env` file is a secret. With `keeps_lines` a secret of several lines leaves as many, so that what stands
    below it keeps its number.
    """
    kinds: Counter[str] = Counter()
    lower = text.lower()
    for rule in _RULES:
        if any(hint in lower for hint in rule.hints):
            text = _applied(rule, text, key, kinds, keeps_lines=keeps_lines)
    if path and PurePath(path).name.startswith(".env") and not path.endswith((".example", ".sample", ".template")):
        text = _applied(_ANY_SETTING, text, key, kinds)
    return Redacted(text, dict(kinds))


def _applied(rule: _Rule, text: str, key: bytes, kinds: Counter[str], *, keeps_lines: bool = False) -> str:
    """Apply one rule to what stands between the marks: they are secrets no more, though some look like one."""
    parts = _MARK.split(text)

    def without(match: re.Match[str]) -> str:
        left = _without(match, rule, key, kinds)
        return left + "\n" * (match.group().count("\n") - left.count("\n")) if keeps_lines else left

    parts[::2] = [rule.pattern.sub(without, part) for part in parts[::2]]
    return "".join(parts)


def _without(match: re.Match[str], rule: _Rule, key: bytes, kinds: Counter[str]) -> str:
    secret, whole = match["secret"], match.group()
    if not secret.strip() or not rule.is_secret(match):
        return whole
    kinds[rule.kind] += 1
    digest = hashlib.blake2b(secret.encode("utf-8", "surrogatepass"), key=key, digest_size=4).hexdigest()
    mark = f"[REDACTED:{rule.kind}:{digest}]"
    if rule.kind == "private":
        return mark
    start, end = match.start("secret") - match.start(), match.end("secret") - match.start()
    return whole[:start] + mark + whole[end:]
