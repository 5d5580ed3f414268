"""What the filter of system calls answers on every processor it knows, by a small machine of our own (T5)."""

from __future__ import annotations

import struct

import pytest

from pylot.execution.inside.seccomp import INTERNET_FAMILIES, program

X86, ARM = 0xC000003E, 0xC00000B7
ALLOWED, KILLED = 0x7FFF0000, 0x80000000
REFUSED, UNKNOWN = 0x00050001, 0x00050026
UNIX, INET, VSOCK = 1, 2, 40
NEW_USERS, THREAD = 0x10000000, 0x00010F00


def answer(code: bytes, architecture: int, number: int, argument: int = 0) -> int:
    """Run a filter (`linux/bpf_common.h`) over one system call and return what it answers."""
    data = struct.pack("<IIQQ", number, architecture, 0, argument)
    lines = list(struct.iter_unpack("<HBBI", code))
    position, held = 0, 0
    while True:
        operation, if_true, if_false, value = lines[position]
        position += 1
        match operation:
            case 0x20:
                (held,) = struct.unpack_from("<I", data, value)
            case 0x06:
                return int(value)
            case 0x15 | 0x35 | 0x45:
                holds = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[operation]
                position += if_true if holds else if_false
            case _:
                raise AssertionError(operation)


# Machine, its architecture, and its numbers of read, socket, clone, clone3, mount, ptrace and io_uring_setup.
MACHINES = [("x86_64", X86, 0, 41, 56, 435, 165, 101, 425), ("aarch64", ARM, 63, 198, 220, 435, 40, 117, 425)]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine[0])
def test_a_filter_refuses_what_it_should_and_nothing_else(
    machine: tuple[str, int, int, int, int, int, int, int, int],
) -> None:
    name, architecture, read, make_socket, clone, clone3, mount, trace, ring = machine
    code = program(INTERNET_FAMILIES, name)
    nothing = program((), name)
    assert code and nothing

    def of(number: int, argument: int = 0) -> int:
        return answer(code, architecture, number, argument)

    assert (of(read), of(mount), of(trace), of(ring)) == (ALLOWED, REFUSED, REFUSED, REFUSED)
    assert (of(clone, THREAD), of(clone, NEW_USERS | 17), of(clone3)) == (ALLOWED, REFUSED, UNKNOWN)
    assert [of(make_socket, family) for family in (INET, UNIX, VSOCK)] == [ALLOWED, REFUSED, REFUSED]
    assert [answer(nothing, architecture, make_socket, family) for family in (INET, UNIX)] == [REFUSED, REFUSED]
    assert answer(code, ARM if architecture == X86 else X86, read) == KILLED
    assert answer(code, architecture, 0x40000000 | make_socket, UNIX) == UNKNOWN


def test_a_processor_that_is_not_known_has_no_filter() -> None:
    assert program((), "riscv64") is None
