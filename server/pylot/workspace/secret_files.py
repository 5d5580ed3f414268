"""Files whose name says that they hold secrets."""

from __future__ import annotations

import re
from pathlib import PurePath

_TEMPLATE = re.compile(r"\.(?:example|sample|template|dist|tpl|defaults?|schema)(?:\.|$)", re.IGNORECASE)

_SECRET_NAME = re.compile(
    r"""
    (?: \.env (?:[.\-_].+)? | .+\.env | \.envrc
    | .+\.(?:pem|key|p12|pfx|p8|jks|keystore|kdbx?|ppk|asc|gpg|pgp|ovpn|agekey|tfstate(?:\.backup)?|tfvars)
    | .+\.tfvars\.json
    | id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?(?:[.\-_](?!pub$).+)?
    | \.?(?:netrc|_netrc|npmrc|pypirc|pgpass|my\.cnf|htpasswd|git-credentials|dockercfg|s3cfg|boto|vault-token)
    | (?:aws[.\-_]?)?credentials?(?:\.(?:json|ya?ml|toml|ini|xml|txt|csv|db|enc|properties))?
    | (?:client[.\-_])?secrets?(?:[.\-_][\w\-]+)?(?:\.(?:json|ya?ml|toml|ini|xml|txt|env|enc|properties))?
    | .*service[.\-_]?account.*\.json
    | (?:google|gcp|firebase)[.\-_]?(?:credentials|adminsdk).*\.json
    | kubeconfig(?:\..+)? | terraform\.tfstate(?:\..+)? | master\.key | wallet\.dat | auth\.json
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SECRET_FOLDERS = frozenset({".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store"})


def is_secret_file(path: PurePath) -> bool:
    """Tell whether a file looks secret by its name or folder; templates such as `.env.example` do not."""
    if _TEMPLATE.search(path.name):
        return False
    if path.name.lower().endswith(".pub"):
        return False
    return _SECRET_NAME.fullmatch(path.name) is not None or not _SECRET_FOLDERS.isdisjoint(path.parts[:-1])
