from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from pylot.workspace.secret_files import is_secret_file

SECRET = """
    .env .env.local prod.env .envrc server.pem tls.key id_rsa id_ed25519 .netrc .npmrc .pypirc .pgpass passwords.kdbx
    credentials credentials.json aws_credentials secrets.yaml secrets.py client_secret.json terraform.tfstate
    terraform.tfstate.backup prod.tfvars my-service-account.json .git-credentials kubeconfig /home/a/.ssh/config
    /home/a/.aws/config store.jks
"""
NOT_SECRET = """
    .env.example .env.sample env.py environment.ts key.py keyboard.c credentials.sample.json Credentials.java
    secret_manager.py id_rsa.pub monkey.go package.json main.tf tokens.rs
"""


@pytest.mark.parametrize("path", SECRET.split())
def test_secret_names(path: str) -> None:
    assert is_secret_file(PurePosixPath(path))


@pytest.mark.parametrize("path", NOT_SECRET.split())
def test_names_that_are_no_secret(path: str) -> None:
    assert not is_secret_file(PurePosixPath(path))
