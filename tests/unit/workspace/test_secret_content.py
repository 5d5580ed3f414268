"""Secrets are put together here, so that no scanner takes this file for a leak."""

from __future__ import annotations

import pytest

from pylot.workspace.secret_content import is_key_file, mask_secrets, secret_spans

BODY = "MIIEpAIBAAKCAQEA7bq9" * 3
PRIVATE_KEY = f"-----BEGIN RSA PRIVATE {'KEY'}-----\n{BODY}\n{BODY}\n-----END RSA PRIVATE {'KEY'}-----"


@pytest.mark.parametrize("around", ["é😀\r\n", "x = 1\n"])
@pytest.mark.parametrize(
    ("kind", "before", "secret", "after"),
    [
        ("aws_key", "id = '", "AKIA" + "IOSFODNN7EXAMPLE", "'"),
        ("github_token", "t: ", "ghp_" + "a1B2" * 9, "\n"),
        ("gitlab_token", "", "glpat-" + "a1B2" * 5, ""),
        ("slack_token", "'", "xoxb-" + "123456789012-abcdef", "'"),
        ("stripe_key", "", "sk_live_" + "a1B2" * 5, " # live"),
        ("model_api_key", "x = '", "sk-proj-" + "a1B2" * 6, "'"),
        ("google_key", "", "AIza" + "a1B2c" * 7, ""),
        ("json_web_token", "Bearer ", "eyJ" + "a1B2" * 4 + ".eyJ" + "a1B2" * 4 + "." + "a1B2" * 4, ""),
        ("url_password", "", "postgres://me:" + "s3cr3t!pw", "@host/db"),
        ("password", 'password = "', "hunter2!Xy9", '"'),
        ("password", 'api_key: str = r"', "9f8e7d6c5b4a", '"  # é😀'),
        ("password", "export AWS_SECRET_ACCESS_KEY=", "wJalrXUtnFEMI7K7MDENGbPxRfiCY", "\n"),
        ("private_key", "key = '''", PRIVATE_KEY, "'''\nx = 1"),
    ],
)
def test_secrets_are_found_and_masked(kind: str, before: str, secret: str, after: str, around: str) -> None:
    text = f"{around}{before}{secret}{after}\n{around}"

    (span,) = secret_spans(text)

    assert span.kind == kind
    assert text[span.start : span.end] == secret
    assert mask_secrets(text) == text.replace(secret, "".join("\n" if c == "\n" else "x" for c in secret))


@pytest.mark.parametrize(
    "text",
    [
        "password = os.environ['PASSWORD']",
        'password = "${PASSWORD}"',
        'password = "your-password-1"',
        'api_key = "api_key_of_user"',
        'token = "ABC_DEF_1"',
        "for key in keys: token = get_token(key)",
        'secret = "a sentence with 12 words"',
        'url = "https://user:<password>@host/"',
        "if '-----BEGIN PRIVATE " + "KEY-----' in text:\n    pass",
        "x" * 5000,
    ],
)
def test_what_only_looks_like_a_secret_stays(text: str) -> None:
    assert mask_secrets(text) is text


def test_a_key_file_is_told_by_its_first_line() -> None:
    assert is_key_file("\n" + PRIVATE_KEY)
    assert not is_key_file("x = 1\n" + PRIVATE_KEY)
