"""The guard that keeps the suite offline works, in this process and in children (P1, T28)."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.child_environment import offline_environment
from tests.support.offline.loopback_guard import is_loopback, leaves_loopback

OUTSIDE = "192.0.2.1"  # reserved for documentation (RFC 5737)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        (OUTSIDE, False),
        ("fe80::1%eth0", False),
        ("localhost.example.org", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert expected == is_loopback(host)


def test_what_is_refused() -> None:
    with socket.socket() as tcp:
        assert leaves_loopback("socket.connect", (tcp, (OUTSIDE, 443))) == f"socket.connect {OUTSIDE}"
        assert leaves_loopback("socket.connect", (tcp, ("127.0.0.1", 443))) == ""
    assert leaves_loopback("socket.getaddrinfo", ("example.org", 443, 0, 0, 0)) == "socket.getaddrinfo example.org"
    assert leaves_loopback("socket.getaddrinfo", (None, 0, 0, 0, 0)) == ""
    assert leaves_loopback("socket.bind", (None, ("0.0.0.0", 0))) == ""


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")
def test_unix_sockets_are_local() -> None:
    with socket.socket(socket.AF_UNIX) as unix:
        assert leaves_loopback("socket.connect", (unix, "/run/x")) == ""


def test_children_are_refused_and_recorded(tmp_path: Path) -> None:
    log = tmp_path / "attempts"
    code = f"import socket; socket.create_connection(({OUTSIDE!r}, 443), timeout=5)"

    result = subprocess.run([sys.executable, "-c", code], env=offline_environment(log), capture_output=True, text=True)

    assert "LeftLoopbackError" in result.stderr
    assert f"socket.connect {OUTSIDE}" in log.read_text(encoding="utf-8")
