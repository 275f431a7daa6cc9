"""Which files hold nothing but secrets: their text is never taken up, whoever names them."""

from __future__ import annotations

import re
from pathlib import PurePath

_DENIED = re.compile(
    r"\.env(\.(?!example$|sample$|template$|dist$)[\w.-]+)?|\.netrc|\.pgpass|\.npmrc|\.pypirc|\.git-credentials|"
    r"id_(rsa|dsa|ecdsa|ed25519)|credentials(\.json)?|.+\.(pem|key|p12|pfx|keystore|jks|kdbx)",
    re.IGNORECASE,
)


def holds_secrets(path: str) -> bool:
    """Tell by its name whether a file is one of those."""
    return bool(_DENIED.fullmatch(PurePath(path).name))
