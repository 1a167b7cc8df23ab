"""A seccomp filter for a target process: the kernel refuses some system calls, as a container's profile does. x86-64."""

from __future__ import annotations

import platform

import pytest

__all__ = ["ON_X86", "REFUSE"]

ON_X86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="the filter knows x86-64's system calls")

REFUSE = """
import ctypes, errno, struct
NUMBERS = {"openat": 257, "open": 2, "prctl": 157, "clone": 56, "clone3": 435, "fork": 57, "vfork": 58, "ioprio_set": 251,
           "setpriority": 141, "close_range": 436, "setrlimit": 160, "prlimit64": 302, "fsync": 74, "unshare": 272, "process_vm_readv": 310}
ALLOW = (0x06, 0, 0, 0x7FFF0000)
def fails_with(error):
    return (0x06, 0, 0, 0x00050000 | error)
def refuse(error, *names):
    "Let these calls fail with an errno, in every thread of this process and for good."
    code = [(0x20, 0, 0, 0)]                                    # load the call's number
    for at, name in enumerate(names):
        code.append((0x15, len(names) - at, 0, NUMBERS[name]))  # equal: jump to the refusal
    add_filter([*code, ALLOW, fails_with(error)])
def refuse_silent_clones(error):
    "Every new process whose end is no SIGCHLD, as qemu-user does; threads are none."
    add_filter([(0x20, 0, 0, 0), (0x15, 0, 3, NUMBERS["clone"]), (0x20, 0, 0, 16), (0x54, 0, 0, 0x100 | 0xFF),
                (0x15, 1, 0, 0), ALLOW, fails_with(error)])     # CLONE_VM and the signal
def add_filter(code):
    libc = ctypes.CDLL(None, use_errno=True)
    program = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *line) for line in code))
    header = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", len(code), ctypes.addressof(program)))
    assert libc.prctl(38, 1, 0, 0, 0) == 0                      # no new privileges
    assert libc.syscall(317, 1, 1, header) == 0, ctypes.get_errno()  # SECCOMP_SET_MODE_FILTER, TSYNC
"""
