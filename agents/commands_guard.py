"""The process between a run and a command of it: takes its network and its writing away, watches it, and ends all of it.

It is started as a program of its own (`python -I -S commands_guard.py SPEC`), so that a run with threads never forks, and
imports nothing but the standard library. It ends the command and all that the command started when the time is over, and
when whoever started it is gone, kill -9 included: then its standard input ends.

SPEC is JSON: argv, cwd, seconds, memory, file (the most bytes of a file), offline, writable, hidden, status (a descriptor to which
one line of JSON about the end is written). POSIX only.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import platform
import resource
import select
import signal
import socket
import struct
import sys
import time
from typing import Any

_NEWUSER, _NEWNET, _NEWNS = 0x10000000, 0x40000000, 0x00020000
_READ_ONLY, _BIND, _RECURSIVE, _OF_ONES_OWN = 0x1, 0x1000, 0x4000, 0x40000
_NO_NEW_PRIVILEGES, _SUBREAPER = 38, 36
# Landlock's system calls have the same numbers on all architectures.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RIGHTS = {
    1: 0x1FF2,
    2: 0x3FF2,
    3: 0x7FF2,
}  # all that writes, by version: in files, folders, links between them, lengths
_OF_FILES = 0x4002  # what of it may be said of a file


class GuardError(Exception):
    """A protection that this system does not give; the message says why."""


def main() -> None:
    """Run the command of the specification and tell how it ended."""
    spec: dict[str, Any] = json.loads(sys.argv[1])
    status = int(spec["status"])
    os.set_inheritable(status, False)
    told: dict[str, Any] = {
        "network": _tried(_offline) if spec["offline"] else "on: allowed",
        "secrets": _tried(
            _hide, spec
        ),  # before writing is taken away: afterwards nothing can be mounted, nor taken off
        "writes": _tried(_confine, spec),
    }
    if sys.platform == "linux":
        _system().prctl(_SUBREAPER, 1, 0, 0, 0)
    begun = time.monotonic()
    ended, code = _watched(spec, begun + float(spec["seconds"]))
    told |= {"ended": ended, "code": code, "seconds": round(time.monotonic() - begun, 4)}
    os.write(status, json.dumps(told).encode() + b"\n")


def _tried(protect: Any, *arguments: Any) -> str:
    try:
        protect(*arguments)
    except GuardError as exc:
        return f"on: {exc}"
    except OSError as exc:
        return f"on: {exc.strerror or exc}"
    return "off"


def _system() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _offline() -> None:
    """Leave this process a network with nothing in it but itself."""
    if sys.platform != "linux":
        raise GuardError(f"{platform.system()} gives no way to take it away")
    _unshare(_NEWNET)
    # Tests that start a server of their own want to reach it: the loopback device is there, but not up.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0x1 | 0x40)
        fcntl.ioctl(any_socket, 0x8914, request)


def _unshare(what: int) -> None:
    """Get something of the system for this process alone, with users of its own where it is not root."""
    user, group = os.getuid(), os.getgid()
    try:
        _checked(_system().unshare(what | (0 if user == 0 else _NEWUSER)))
    except OSError as exc:
        raise GuardError(f"this system lets nobody but root do without it ({exc.strerror})") from exc
    if user:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - pathlib takes 10 ms to load
                file.write(text)


def _hide(spec: dict[str, Any]) -> None:
    """Put nothing over what this process and its command may not read; others see it as it is."""
    if sys.platform != "linux":
        raise GuardError(f"{platform.system()} gives no way to hide it")
    _unshare(_NEWNS)
    mount = _system().mount
    _checked(mount(b"none", b"/", None, _RECURSIVE | _OF_ONES_OWN, None))
    for path in (*spec["hidden"], *_ancestors()):
        place = os.fsencode(path)
        if os.path.isdir(path):  # noqa: PTH112 - pathlib takes long to load
            _checked(mount(b"none", place, b"tmpfs", _READ_ONLY, b"size=4k"))
        else:
            _checked(mount(b"/dev/null", place, None, _BIND, None))


def _ancestors() -> list[str]:
    """Return what /proc tells of the processes that this one descends from: their environments hold keys."""
    found, process = list[str](), os.getppid()
    while process > 1:
        found.append(f"/proc/{process}")
        with open(f"/proc/{process}/stat") as file:  # noqa: PTH123 - the same
            process = int(file.read().rpartition(")")[2].split()[1])
    return found


def _confine(spec: dict[str, Any]) -> None:
    """Let this process write below the named folders only."""
    if sys.platform != "linux":
        raise GuardError(f"{platform.system()} gives no way to confine it")
    system = _system()
    version = system.syscall(_CREATE_RULESET, None, 0, 1)
    if version < 1:
        raise GuardError("this kernel has no Landlock")
    rights = _RIGHTS[min(version, 3)]
    # Signals and sockets without a name to processes outside are taken away too, where the kernel can.
    attributes = struct.pack("QQQ", rights, 0, 3 if version >= 6 else 0)[: 24 if version >= 6 else 8]
    rules = _checked(system.syscall(_CREATE_RULESET, attributes, len(attributes), 0))
    for path in spec["writable"]:
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        allowed = rights if os.path.isdir(path) else rights & _OF_FILES  # noqa: PTH112 - pathlib takes long to load
        rule = ctypes.create_string_buffer(struct.pack("=Qi", allowed, place), 12)
        _checked(system.syscall(_ADD_RULE, rules, 1, rule, 0))
        os.close(place)
    _checked(system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _checked(system.syscall(_RESTRICT_SELF, rules, 0))
    os.close(rules)


def _watched(spec: dict[str, Any], until: float) -> tuple[str, int]:
    """Start the command and wait for it; return how it ended (exit, signal, time, parent, missing) and its code."""
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker)
    command = os.fork()
    if not command:
        _become(spec)
    ended = ""
    while True:
        finished, state = os.waitpid(command, os.WNOHANG)
        if finished or ended:
            break
        left = until - time.monotonic()
        ready, _, _ = select.select([woken, sys.stdin], [], [], max(left, 0))
        if woken in ready:
            os.read(woken, 4096)
        elif sys.stdin in ready:
            ended = "parent"
        elif not ready:
            ended = "time"
    if not finished:
        _end_all(command)
        return ended, -signal.SIGKILL
    _end_all(command)
    code = os.waitstatus_to_exitcode(state)
    return ("missing", code) if code == 127 and _is_missing(spec) else ("exit" if code >= 0 else "signal", code)


def _is_missing(spec: dict[str, Any]) -> bool:
    import shutil

    return shutil.which(spec["argv"][0]) is None


def _become(spec: dict[str, Any]) -> None:
    """Become the command, in a session of its own and with its limits."""
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for name, most in (("RLIMIT_DATA", spec["memory"]), ("RLIMIT_FSIZE", spec["file"]), ("RLIMIT_CORE", 0)):
            _limit(getattr(resource, name), int(most))
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.chdir(spec["cwd"])
        os.execvp(spec["argv"][0], spec["argv"])  # noqa: S606 - that is meant
    except OSError as exc:
        os.write(2, f"{spec['argv'][0]}: {exc.strerror}\n".encode())
    finally:
        os._exit(127)


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    try:
        resource.setrlimit(what, (allowed, allowed))
    except (OSError, ValueError):
        return


def _end_all(command: int) -> None:
    """Kill the command's processes, and on Linux those too that left its session: they have become children of this one."""
    for _ in range(200):
        with contextlib.suppress(OSError):
            os.killpg(command, signal.SIGKILL)
        for child in _children():
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.005)


def _children() -> list[int]:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:  # noqa: PTH123 - the same
            return [int(each) for each in file.read().split()]
    except OSError:
        return []


if __name__ == "__main__":
    main()
