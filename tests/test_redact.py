"""Secrets go, code stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engrep.indexers.redact import redact

# Made up for these tests, in the shapes that the issuers publish; put together here so that no scanner takes them for real.
BODY = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
TOKENS = {
    "aws-key": "AKIA" + "J7Q2W9E4R6T1Y8U3",
    "github-token": "ghp_" + BODY,
    "gitlab-token": "glpat-" + BODY[:20],
    "slack-token": "xoxb-" + "123456789012-" + BODY[:24],
    "google-key": "AIza" + BODY[:35],
    "model-key": "sk-" + "proj-" + BODY,
    "stripe-key": "sk_" + "live_" + BODY[:24],
    "registry-token": "npm_" + BODY,
    "hub-token": "hf_" + BODY,
    "jwt": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + BODY,
}


@pytest.mark.parametrize("kind", TOKENS)
@pytest.mark.parametrize("around", ["{}", "the key is {}, keep it", "curl -H 'X: {}' https://x", "用{}登录", "({})."])
def test_a_token_is_found_by_its_shape(kind: str, around: str) -> None:
    """Wherever it stands, and whatever stands around it."""
    found = redact(around.format(TOKENS[kind]))
    assert TOKENS[kind] not in found.text
    assert found.kinds == {kind: 1}


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('password = "hunter two"', "hunter two"),
        ("DB_PASSWORD=hunter2", "hunter2"),
        ("export AWS_SECRET_ACCESS_KEY=abcd/efgh+ijkl", "abcd/efgh+ijkl"),
        ("postgres://app:s3cr3t@db.internal/app", "s3cr3t"),
        ("redis://:p4ss@localhost:6379/0", "p4ss"),
        ("Authorization: Bearer abc123def456ghi789", "abc123def456ghi789"),
        ('{"api_key": "9f8e7d6c5b4a"}', "9f8e7d6c5b4a"),
        ("client_secret: 8Q~xYz12345", "8Q~xYz12345"),
        ("the password for staging is hunter2.", "hunter2"),
        ("数据库密码是 hunter2，不要外传", "hunter2"),
        ("passwd: 'correct horse'", "correct horse"),
        ("AccountKey=Zm9vYmFyYmF6cXV4MTIz==;Endpoint", "Zm9vYmFyYmF6cXV4MTIz"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----", "MIIEow"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz and cut off", "b3BlbnNz"),
        ("tell nobody <private>I am moving to Rome</private> ok", "Rome"),
        ("an unclosed <private> span is private to its end", "to its end"),
    ],
)
def test_a_secret_is_found_by_what_stands_beside_it(text: str, secret: str) -> None:
    """Assignments, addresses, headers, sentences, key blocks and private spans lose their secret and keep the rest."""
    found = redact(text)
    assert secret not in found.text
    assert found.total == 1
    assert "[REDACTED:" in found.text


@pytest.mark.parametrize(
    "text",
    [
        "def login(password: str, token: Token) -> None:",
        "password = None",
        "token = get_token(request)",
        "self.secret = secret",
        'api_key = os.environ["API_KEY"]',
        "API_KEY=<your key>",
        "password: ${DB_PASSWORD}",
        "the password is required and stored hashed",
        "tokens: 1,024 of 4,096",
        "the access token expires after an hour",
        "https://example.org:8080/path@2",
        "key: value",
        "primary_key=True",
        "token_count = len(tokens)",
        "sk-learn and task-runner-with-a-long-name-in-it",
        "commit 3f2c1d9a8b7e6f5d4c3b2a1908f7e6d5c4b3a291",
        "const passwordField = document.querySelector('#password')",
        "密码不能为空",
    ],
)
def test_code_and_prose_stay(text: str) -> None:
    """Names, types, calls, placeholders and commit hashes are no secrets."""
    assert redact(text).text == text


def test_every_value_of_an_env_file_goes() -> None:
    """A name that says nothing does not make a value of `.env` public; an example file has none to hide."""
    text = "DEBUG=1\nDATABASE=main.example:5432\n# a comment\n"
    assert "main.example" not in redact(text, path="deploy/.env.production").text
    assert "# a comment" in redact(text, path=".env").text
    assert redact(text, path=".env.example").text == text


def test_the_hash_tells_secrets_apart_and_needs_the_key() -> None:
    """One secret leaves one mark everywhere; under another key the mark is another."""
    one, two = "password='first one'", "password='second one'"
    assert redact(one).text == redact(one).text
    assert redact(one).text != redact(two).text
    assert redact(one, b"a").text != redact(one, b"b").text


@given(st.text(), st.sampled_from(sorted(TOKENS)), st.text())
def test_redacting_twice_changes_nothing(before: str, kind: str, after: str) -> None:
    """A mark is never taken for a secret, and a token between any two texts set off by blanks is found."""
    once = redact(f"{before} {TOKENS[kind]} {after}")
    assert TOKENS[kind] not in once.text
    assert redact(once.text).text == once.text
