"""`python -I seccomp.py COMMAND…`: becomes COMMAND, under a filter like `RuntimeDefault`'s for a container without capabilities.

The container runtimes' default profiles allow a long list of system calls; this is the rest of what x86-64 has and programs
use, refused with the same errors. Only the standard library, as it runs inside the container.
"""

import ctypes
import errno
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_EQUAL, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, ERROR = 0x7FFF0000, 0x00050000
NUMBER_AT, ARCHITECTURE_AT, FIRST_ARGUMENT_AT = 0, 4, 16
X86_64 = 0xC000003E
CLONE, CLONE3 = 56, 435
NAMESPACES = 0x7E020000  # the flags of clone(2) that make any
REFUSED = {
    "acct": 163, "add_key": 248, "bpf": 321, "chroot": 161, "clock_settime": 227, "create_module": 174, "delete_module": 176,
    "fanotify_init": 300, "finit_module": 313, "fsconfig": 431, "fsmount": 432, "fsopen": 430, "fspick": 433,
    "get_mempolicy": 239, "init_module": 175, "ioperm": 173, "iopl": 172, "io_uring_enter": 426, "io_uring_register": 427,
    "io_uring_setup": 425, "kcmp": 312, "kexec_file_load": 320, "kexec_load": 246, "keyctl": 250, "lookup_dcookie": 212,
    "mbind": 237, "migrate_pages": 256, "mount": 165, "mount_setattr": 442, "move_mount": 429, "move_pages": 279,
    "nfsservctl": 180, "open_by_handle_at": 304, "open_tree": 428, "perf_event_open": 298, "pidfd_getfd": 438,
    "pivot_root": 155, "process_madvise": 440, "quotactl": 179, "quotactl_fd": 443, "reboot": 169, "request_key": 249,
    "setdomainname": 171, "sethostname": 170, "set_mempolicy": 238, "set_mempolicy_home_node": 450, "setns": 308,
    "settimeofday": 164, "swapoff": 168, "swapon": 167, "syslog": 103, "umount2": 166, "unshare": 272, "userfaultfd": 323,
    "vhangup": 153,
}  # fmt: skip


def program() -> bytes:
    """The filter: a list of instructions, each with how many to skip if its test holds and if it doesn't."""

    def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("HBBI", code, if_true, if_false, value)

    refuse = step(RETURN, ERROR | errno.EPERM)
    steps = [step(LOAD, ARCHITECTURE_AT), step(JUMP_EQUAL, X86_64, 1), refuse, step(LOAD, NUMBER_AT)]
    for number in REFUSED.values():
        steps += [step(JUMP_EQUAL, number, 0, 1), refuse]
    steps += [step(JUMP_EQUAL, CLONE3, 0, 1), step(RETURN, ERROR | errno.ENOSYS)]  # libraries then use clone
    steps += [
        step(JUMP_EQUAL, CLONE, 0, 3),
        step(LOAD, FIRST_ARGUMENT_AT),
        step(JUMP_ANY_BIT, NAMESPACES, 0, 1),
        refuse,
    ]
    return b"".join([*steps, step(RETURN, ALLOW)])


def confine() -> None:
    """Apply it to this process and all that it starts."""
    if os.uname().machine != "x86_64":
        raise SystemExit("seccomp.py: the numbers are x86-64's")
    instructions = program()
    buffer = ctypes.create_string_buffer(instructions, len(instructions))
    filter_of = struct.pack("HxxxxxxP", len(instructions) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_of, 0, 0),
    ):
        if libc.prctl(*arguments):
            raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    confine()
    os.execvp(sys.argv[1], sys.argv[1:])
