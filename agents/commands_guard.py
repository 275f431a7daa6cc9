"""The process between a run and a command of it: takes its network and its writing away, watches it, and ends all of it.

It is started as a program of its own (`python -I -S commands_guard.py SPEC`), so that a run with threads never forks, and
imports nothing but the standard library. It ends the command and all that the command started when the time is over, and
when whoever started it is gone, kill -9 included: then its standard input ends.

Where the system allows it the command has processes, memory that is shared and a /proc of its own: it sees nothing that is
not its own, cannot end or stop this process, and the kernel ends whatever it started, however that hid.

SPEC is JSON: argv, cwd, seconds, memory, file (the most bytes of a file), processes (the most at a time), offline, writable,
hidden, status (a descriptor to which one line of JSON about the end is written). POSIX only.
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

_NEWUSER, _NEWNET, _NEWNS, _NEWPID, _NEWIPC = 0x10000000, 0x40000000, 0x00020000, 0x20000000, 0x08000000
_READ_ONLY, _BIND, _RECURSIVE, _OF_ONES_OWN = 0x1, 0x1000, 0x4000, 0x40000
_PLAIN = 0x2 | 0x4  # of a mount: no programs with rights of others, no devices
_END_WITH_PARENT, _NO_NEW_PRIVILEGES, _SUBREAPER = 1, 38, 36
# Landlock's system calls have the same numbers on all architectures.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RIGHTS = {1: 0x1FF2, 2: 0x3FF2, 3: 0x7FF2}  # all that writes, by version: files, folders, links between them, lengths
_OF_FILES = 0x4002  # what of it may be said of a file
_LOOK = 0.25  # seconds between two counts of processes
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a device


class GuardError(Exception):
    """A protection that this system does not give; the message says why."""


def main() -> None:
    """Run the command of the specification and tell how it ended."""
    spec: dict[str, Any] = json.loads(sys.argv[1])
    status = int(spec["status"])
    os.set_inheritable(status, False)
    told: dict[str, Any] = {"network": _tried(_offline) if spec["offline"] else "on: allowed"}
    told["secrets"] = _tried(_hide, spec)
    # The next process is the first of its own; only with mounts of its own too, for its /proc would be everybody's.
    is_apart = told["secrets"] == "off" and _tried(_unshare, _NEWPID | _NEWIPC) == "off"
    if sys.platform == "linux":
        _system().prctl(_SUBREAPER, 1, 0, 0, 0)
    begun = time.monotonic()
    ended, code, writes = _watched(spec, begun + float(spec["seconds"]), is_apart=is_apart)
    told |= {"writes": writes, "ended": ended, "code": code, "seconds": round(time.monotonic() - begun, 4)}
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
    if _system().unshare(what) == 0:  # it is root, or has got users of its own already
        return
    try:
        _checked(_system().unshare(what | _NEWUSER))
    except OSError as exc:
        raise GuardError(f"this system lets nobody but root do without it ({exc.strerror})") from exc
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
    if os.path.isdir(_SHARED_MEMORY):  # noqa: PTH112 - the same
        # One of its own, which goes with it: what is left in the system's takes memory until somebody finds it.
        _checked(mount(b"none", os.fsencode(_SHARED_MEMORY), b"tmpfs", _PLAIN, b"mode=1777,size=1g"))


def _ancestors() -> list[str]:
    """Return what /proc tells of the processes that this one descends from: their environments hold keys."""
    found, process = list[str](), os.getppid()
    while process > 1:
        found.append(f"/proc/{process}")
        with open(f"/proc/{process}/stat") as file:  # noqa: PTH123 - the same
            process = int(file.read().rpartition(")")[2].split()[1])
    return found


def _confine(spec: dict[str, Any]) -> None:
    """Let this process write below the named folders only; nothing can be mounted afterwards, nor taken off."""
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


def _watched(spec: dict[str, Any], until: float, *, is_apart: bool) -> tuple[str, int, str]:
    """Start the command; return how it ended (exit, signal, time, …), its code, and whether writing was taken away."""
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker)
    told, teller = os.pipe()
    command = os.fork()
    if not command:
        os.close(told)
        _first(spec, teller) if is_apart else _become(spec, teller)
    os.close(teller)
    with os.fdopen(told, "rb") as tells:
        writes = tells.readline().decode().rstrip() or "on: not known"
        ended, state = _until_end(spec, command, until, woken, is_apart=is_apart)
        if ended:
            os.kill(command, signal.SIGKILL)
        _end_all(command)
        last = tells.readline() if is_apart and not ended else b""
    if ended:
        return ended, -signal.SIGKILL, writes
    code = os.waitstatus_to_exitcode(int(last or state))
    if code == 127:
        import shutil

        return "exit" if shutil.which(spec["argv"][0]) else "missing", code, writes
    return "exit" if code >= 0 else "signal", code, writes


def _until_end(spec: dict[str, Any], command: int, until: float, woken: int, *, is_apart: bool) -> tuple[str, int]:
    """Wait until a process ends by itself, '' and its state then, or why it must be ended: time, processes, parent."""
    looked = time.monotonic()
    while True:
        finished, state = -1, 0
        while finished not in (0, command):
            finished, state = os.waitpid(-1, os.WNOHANG)
        if finished:
            return "", state
        now = time.monotonic()
        if now >= until:
            return "time", 0
        if now >= looked + _LOOK:
            looked = now
            if _number(is_apart=is_apart) > int(spec["processes"]):
                return "processes", 0
        ready, _, _ = select.select([woken, sys.stdin], [], [], min(until - now, _LOOK))
        if woken in ready:
            os.read(woken, 4096)
        if sys.stdin in ready:
            return "parent", 0


def _number(*, is_apart: bool) -> int:
    """Count the processes below this one, as far as /proc tells of them."""
    if is_apart and not os.path.exists("/proc/self"):  # noqa: PTH110 - this process is none of the command's
        return sum(name.isdigit() for name in os.listdir("/proc"))  # noqa: PTH208 - the same
    found = _children()
    for process in found:
        found += _children(process)
    return len(found)


def _first(spec: dict[str, Any], teller: int) -> None:
    """Be the first of the command's processes: start it, take in those whose parents ended, tell how it ended."""
    system = _system()
    system.prctl(_END_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    system.mount(b"proc", b"/proc", b"proc", _PLAIN, None)  # where that is not allowed it sees the system's
    command = os.fork()
    if not command:
        _become(spec, teller)
    while True:
        process, state = os.wait()
        if process == command:
            os.write(teller, str(state).encode())
            os._exit(0)


def _become(spec: dict[str, Any], teller: int) -> None:
    """Become the command, in a session of its own and with its limits; tell whether writing was taken away."""
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if sys.platform == "linux":
            _system().prctl(_END_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
            # Limits of memory hold for one process: where many take all of it the system ends these before any other.
            with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123 - the same
                file.write("1000")
        os.write(teller, _tried(_confine, spec).encode() + b"\n")
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


def _children(process: int = 0) -> list[int]:
    process = process or os.getpid()
    try:
        with open(f"/proc/{process}/task/{process}/children") as file:  # noqa: PTH123 - the same
            return [int(each) for each in file.read().split()]
    except OSError:
        return []


if __name__ == "__main__":
    main()
