"""The key that a model server wants, from the environment or the system's keyring (H6)."""

from __future__ import annotations

import asyncio
import importlib
import os

from pylot.kernel.errors import ProviderAuthError
from pylot.models.settings import ProviderSettings


async def find_key(name: str, settings: ProviderSettings) -> str:
    """Return the provider's key, or an empty string when it needs none.

    Raises:
        ProviderAuthError: the configuration names a place that has no usable key.
    """
    if settings.api_key_env:
        key = os.environ.get(settings.api_key_env, "").strip()
        place = f"the environment variable {settings.api_key_env}"
    elif settings.api_key_keyring:
        key = (await asyncio.to_thread(_from_keyring, name, settings.api_key_keyring)).strip()
        place = f"the keyring entry {settings.api_key_keyring}"
    else:
        return ""
    if not key:
        raise ProviderAuthError(f"There is no key for {name}: {place} is empty.")
    if not (key.isascii() and key.isprintable()):
        raise ProviderAuthError(f"The key for {name} in {place} holds characters that no key has.")
    return key


def _from_keyring(name: str, entry: str) -> str:
    service, _, user = entry.partition(":")
    try:
        # Optional: few need it, and it brings a dozen packages.
        keyring = importlib.import_module("keyring")
    except ImportError as error:
        raise ProviderAuthError(
            f"The key for {name} is in the keyring, but the Python package keyring is not installed; "
            "Pylot's extra `keyring` brings it."
        ) from error
    try:
        return str(keyring.get_password(service, user) or "")
    except Exception as error:
        # Every system's keyring has exceptions of its own.
        raise ProviderAuthError(
            f"The keyring does not give out the key for {name}.", detail=type(error).__name__
        ) from error
