"""What a user writes becomes one address, and keys go to the hub alone (I13, P1)."""

from __future__ import annotations

import pytest

from pylot.config.shipped import shipped_folder
from pylot.kernel.errors import ModelDownloadError
from pylot.models.catalogue.entries import load_known_models
from pylot.models.catalogue.sources import Source, hub_source, named_source

QWEN = load_known_models(shipped_folder() / "catalogue.yaml")["qwen2.5-coder-0.5b"]
HUB = "https://hub.example.invalid"
ENVIRON = {"HF_ENDPOINT": f"{HUB}/", "HF_TOKEN": "key"}
DIGEST = "0123456789abcdef" * 4


def test_a_known_model_lies_at_the_hub() -> None:
    source = hub_source(QWEN, ENVIRON)

    assert source.url == f"{HUB}/{QWEN.repository}/resolve/main/{QWEN.file}"
    assert (source.file_name, source.key, source.host) == (QWEN.file, "key", "hub.example.invalid")


def test_without_a_choice_it_is_the_usual_hub() -> None:
    assert hub_source(QWEN, {}).url.startswith("https://huggingface.co/Qwen/")
    assert hub_source(QWEN, {"HF_ENDPOINT": ""}).key == ""


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("me/mine-GGUF/a.Q4_0.gguf", Source(f"{HUB}/me/mine-GGUF/resolve/main/a.Q4_0.gguf", "a.Q4_0.gguf", key="key")),
        (f"{HUB}/me/mine/blob/main/a.gguf", Source(f"{HUB}/me/mine/resolve/main/a.gguf", "a.gguf", key="key")),
        ("https://other.invalid/x/a.gguf?x=1", Source("https://other.invalid/x/a.gguf?x=1", "a.gguf")),
        ("http://127.0.0.1:80/blob/a.gguf", Source("http://127.0.0.1:80/blob/a.gguf", "a.gguf")),
    ],
)
def test_what_may_be_written(place: str, source: Source) -> None:
    assert named_source(place, ENVIRON) == source


def test_without_encryption_only_with_a_checksum() -> None:
    source = named_source("http://other.invalid/a.gguf", ENVIRON, sha256=DIGEST)

    assert (source.sha256, source.key) == (DIGEST, "")


@pytest.mark.parametrize(
    ("place", "sha256", "sentence"),
    [
        ("qwen", "", "is no known model"),
        ("ftp://other.invalid/a.gguf", "", "is no known model"),
        ("https://[/a.gguf", "", "is no known model"),
        ("https://user:password@other.invalid/a.gguf", "", "no user or password"),
        ("http://other.invalid/a.gguf", "", "without encryption"),
        ("https://other.invalid/a.bin", "", "names no GGUF file"),
        ("https://other.invalid/", "", "names no GGUF file"),
        ("https://other.invalid/..%2f.gguf", "", "names no GGUF file"),
        ("https://other.invalid/.hidden.gguf", "", "names no GGUF file"),
        ("me/mine/a-00001-of-00003.gguf", "", "one of several parts"),
        ("https://other.invalid/a.gguf", "abc", "64 digits"),
    ],
)
def test_what_may_not(place: str, sha256: str, sentence: str) -> None:
    with pytest.raises(ModelDownloadError, match=sentence):
        named_source(place, ENVIRON, sha256=sha256)
