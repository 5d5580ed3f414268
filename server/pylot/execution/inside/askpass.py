"""Sudo's askpass program: it fetches the password from the socket beside it and prints it for sudo alone."""

from __future__ import annotations

import socket
import sys


def main() -> None:
    """Print what the user has typed, or end with 1; the arguments are a socket, a one-time token and sudo's prompt."""
    path, token = sys.argv[2:4]
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(path)
        link.sendall(token.encode() + b"\n")
        answer = bytearray()
        while data := link.recv(4096):
            answer += data
    if not answer:
        sys.exit(1)
    sys.stdout.buffer.write(answer + b"\n")
    sys.stdout.flush()
