"""A filter of system calls as a classic BPF program (seccomp(2), `linux/filter.h`).

It takes away what no developer's command needs and what walks around the other walls: new namespaces, other
processes' memory, io_uring, keys, kernel modules, and sockets of families that a network namespace does not hold.
Local ones (AF_UNIX) are among these: a path leads to servers outside whatever namespace a process is in, and a filter
cannot see it, so that none may be made but in pairs.
"""

from __future__ import annotations

import ctypes
import os
import struct

from pylot.execution.inside.system_calls import SET_SECCOMP, process_control

_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT, _SECOND_ARGUMENT_AT = 0, 4, 16, 24
_EPERM, _ENOSYS = 1, 38
_X32 = 0x40000000
_NEW_USER_NAMESPACE = 0x10000000
_AF_NETLINK = 16
_SOCKET_TYPE, _DATAGRAM, _RAW = 0xF, 2, 3

_AF_INET, _AF_INET6 = 2, 10
INTERNET_FAMILIES = (_AF_INET, _AF_INET6, _AF_NETLINK)


class _Numbers:
    """The numbers of one architecture (`asm/unistd.h`); `refused` stands in the order of the comment below."""

    def __init__(
        self, audit: int, socket: int, socketpair: int, clone: int, clone3: int, refused: tuple[int, ...]
    ) -> None:
        self.audit, self.socket, self.socketpair = audit, socket, socketpair
        self.clone, self.clone3, self.refused = clone, clone3, refused


# ptrace, process_vm_readv, process_vm_writev, kcmp, pidfd_getfd, keyctl, add_key, request_key, bpf, perf_event_open,
# userfaultfd, io_uring_setup, io_uring_enter, io_uring_register, mount, umount2, pivot_root, chroot, unshare, setns,
# open_tree, move_mount, fsopen, fsconfig, fsmount, mount_setattr, init_module, finit_module, delete_module,
# kexec_load, kexec_file_load, reboot, swapon, swapoff, acct, quotactl, sethostname, setdomainname, settimeofday,
# clock_settime, adjtimex, open_by_handle_at, syslog
_MACHINES = {
    "x86_64": _Numbers(
        0xC000003E, 41, 53, 56, 435,
        (101, 310, 311, 312, 438, 250, 248, 249, 321, 298, 323, 425, 426, 427, 165, 166, 155, 161, 272, 308, 428, 429,
         430, 431, 432, 442, 175, 313, 176, 246, 320, 169, 167, 168, 163, 179, 170, 171, 164, 227, 159, 304, 103),
    ),
    "aarch64": _Numbers(
        0xC00000B7, 198, 199, 220, 435,
        (117, 270, 271, 272, 438, 219, 217, 218, 280, 241, 282, 425, 426, 427, 40, 39, 41, 51, 97, 268, 428, 429,
         430, 431, 432, 442, 105, 273, 106, 104, 294, 142, 224, 225, 89, 60, 161, 162, 170, 112, 171, 265, 116),
    ),
}  # fmt: skip


def program(families: tuple[int, ...], machine: str | None = None) -> bytes | None:
    """Return the filter that lets sockets of `families` alone be made; None where the processor is not known."""
    numbers = _MACHINES.get(machine or os.uname().machine)
    if numbers is None:
        return None
    code = [(_LOAD, 0, 0, _ARCHITECTURE_AT), (_EQUAL, 1, 0, numbers.audit), (_RETURN, 0, 0, _KILL)]
    code += [(_LOAD, 0, 0, _NUMBER_AT), (_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _ERROR | _ENOSYS)]
    for number in numbers.refused:
        code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERROR | _EPERM)]
    # A pair for datagrams could send to any server's path; streams, which cannot, are what programs use.
    code += [(_EQUAL, 0, 6, numbers.socketpair), (_LOAD, 0, 0, _SECOND_ARGUMENT_AT), (_AND, 0, 0, _SOCKET_TYPE)]
    code += [(_EQUAL, 2, 0, _DATAGRAM), (_EQUAL, 1, 0, _RAW), (_RETURN, 0, 0, _ALLOW)]
    code += [(_RETURN, 0, 0, _ERROR | _EPERM)]
    # What clone3 is asked for lies in memory, where no filter can look; libraries go back to clone.
    code += [(_EQUAL, 0, 1, numbers.clone3), (_RETURN, 0, 0, _ERROR | _ENOSYS)]
    code += [(_EQUAL, 0, 4, numbers.clone), (_LOAD, 0, 0, _FIRST_ARGUMENT_AT), (_ANY_BIT, 0, 1, _NEW_USER_NAMESPACE)]
    code += [(_RETURN, 0, 0, _ERROR | _EPERM), (_RETURN, 0, 0, _ALLOW)]
    code += [(_EQUAL, 0, 2 + len(families), numbers.socket), (_LOAD, 0, 0, _FIRST_ARGUMENT_AT)]
    # From each known family the jump leads to the last instruction, which allows.
    code += [(_EQUAL, len(families) - index, 0, family) for index, family in enumerate(families)]
    code += [(_RETURN, 0, 0, _ERROR | _EPERM), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("<HBBI", *line) for line in code)


def install(code: bytes) -> None:
    """Hold this process and its children to a filter for good; raises OSError."""

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_char_p))

    process_control(SET_SECCOMP, 2, ctypes.byref(Program(len(code) // 8, code)))
