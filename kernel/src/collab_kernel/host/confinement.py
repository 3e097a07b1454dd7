"""The operating system's limits on a renderer's process: Landlock, of Linux 5.13 and later.

VTK parses files that anybody may have written. Whatever takes that process over reads and writes
no more than it was allowed, runs no other program, and opens no TCP connection. Limits hold for
the calling thread and whatever it starts, so they are laid on before anything else is imported.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntFlag
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from collab_kernel.errors import RendererError
from collab_kernel.host.roots import Roots


class Access(IntFlag):
    """What can be done to files; the kernel's bits, in the order in which it learned them."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


FILE = Access.EXECUTE | Access.WRITE_FILE | Access.READ_FILE | Access.TRUNCATE | Access.IOCTL_DEV
"""What a rule about something that is no folder may grant."""

READ = Access.READ_FILE | Access.READ_DIR
WRITE = Access.WRITE_FILE | Access.TRUNCATE | Access.MAKE_REG | Access.REMOVE_FILE
DEVICE = READ | Access.WRITE_FILE | Access.IOCTL_DEV

_KNOWN_SINCE = (
    (1, Access.MAKE_SYM),
    (2, Access.REFER),
    (3, Access.TRUNCATE),
    (5, Access.IOCTL_DEV),
)
"""The version of Landlock, and the last access that it knows."""

_TCP = 0b11
_TCP_SINCE = 4
_SIGNALS, _ABSTRACT_SOCKETS = 0b10, 0b01
_SCOPES_SINCE = 6

_SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store", "/run/opengl-driver",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.preload",
    "/etc/fonts", "/var/cache/fontconfig", "/etc/nvidia", "/etc/glvnd", "/etc/drirc", "/etc/vulkan",
    "/etc/localtime", "/proc/self", "/proc/meminfo", "/proc/cpuinfo", "/proc/stat",
    "/proc/filesystems", "/proc/driver/nvidia", "/proc/modules", "/proc/devices", "/proc/sys/vm",
    "/proc/sys/kernel", "/sys", "/dev/random", "/dev/urandom",
)  # fmt: skip
"""What the loader, Python, fonts and graphics drivers read on one system or another."""

_DEVICES = ("/dev/null", "/dev/zero", "/dev/dri", "/dev/kfd")
"""And graphics cards; NVIDIA's are found by their names."""

_LIBRARY_PATHS = ("LD_LIBRARY_PATH", "LIBGL_DRIVERS_PATH", "GBM_BACKENDS_PATH")
"""Variables that name further folders of libraries."""

_NO_CACHES: Mapping[str, str] = {
    "MESA_SHADER_CACHE_DISABLE": "true",
    "MESA_GLSL_CACHE_DISABLE": "true",
    "__GL_SHADER_DISK_CACHE": "0",
}
"""Graphics drivers write what they compiled into the user's folder unless they are told not to."""


@dataclass(frozen=True, slots=True)
class Ruleset:
    """What a version of Landlock is told: everything that is `handled` is forbidden but for what
    the rules grant below their paths. tcp, scopes: bits of what is forbidden altogether."""

    handled: Access
    rules: tuple[tuple[str, Access], ...]
    tcp: int = 0
    scopes: int = 0


def ruleset(version: int, grants: Iterable[tuple[str, Access]], display: bool = False) -> Ruleset:
    """Only what this version knows, of paths that are there.

    display: whether the process draws with an X server, which it may reach by an abstract socket.
    """
    newest = max((access for since, access in _KNOWN_SINCE if since <= version), default=Access(0))
    handled = Access((newest << 1) - 1) if newest else Access(0)
    rules = []
    for path, access in grants:
        if Path(path).exists():
            fitting = access & handled & (~Access(0) if Path(path).is_dir() else FILE)
            if fitting:
                rules.append((path, fitting))
    scopes = _SIGNALS if display else _SIGNALS | _ABSTRACT_SOCKETS
    return Ruleset(
        handled,
        tuple(rules),
        _TCP if version >= _TCP_SINCE else 0,
        scopes if version >= _SCOPES_SINCE else 0,
    )


def grants(roots: Roots, module: str) -> Iterator[tuple[str, Access]]:
    """What the renderer in `module` needs: its libraries, its data, and where it may write."""
    for path in (*_SYSTEM, *_libraries(module)):
        yield path, READ
    for path in (*_DEVICES, *map(str, Path("/dev").glob("nvidia*"))):
        yield path, DEVICE
    yield str(roots.data_dir or "/"), READ
    for file in roots.files:
        yield str(file), READ
    for folder in roots.writable:
        yield str(folder), WRITE


def _libraries(module: str) -> Iterator[str]:
    """Where Python and what it imports lie."""
    yield from (path for path in sys.path if path)
    yield from (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)
    yield sysconfig.get_config_var("LIBDIR") or ""
    for name in ("collab_kernel", "collab_proto", module):
        spec = find_spec(name)  # an editable install may lie outside of sys.path
        yield from spec.submodule_search_locations or () if spec else ()
        if spec is not None and spec.has_location and spec.origin:
            yield str(Path(spec.origin).parent)
    for variable in _LIBRARY_PATHS:
        yield from filter(None, os.environ.get(variable, "").split(":"))


# -- the kernel --------------------------------------------------------------------------------

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""The same on all architectures but alpha and MIPS."""

_VERSION_FLAG = 1
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38


class _RulesetAttr(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneathAttr(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


_ATTR_BYTES = ((1, 8), (_TCP_SINCE, 16), (_SCOPES_SINCE, 24))
"""How much of the attributes each version knows."""


@cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(number: int, *arguments: object) -> int:
    """Raises OSError."""
    library = _library()
    library.syscall.restype = ctypes.c_long
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = int(library.syscall(ctypes.c_long(number), *words))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def support() -> tuple[int, str]:
    """The version of Landlock that this kernel offers; 0 and the reason where it offers none."""
    if not sys.platform.startswith("linux"):
        return 0, "it needs Linux"
    if platform.machine().startswith(("mips", "alpha")):
        return 0, f"not known on {platform.machine()}"
    try:
        return _call(_CREATE_RULESET, None, 0, _VERSION_FLAG), ""
    except OSError as error:
        reasons = {
            errno.ENOSYS: "the kernel has no Landlock: that needs Linux 5.13, built with it",
            errno.EOPNOTSUPP: "Landlock was switched off when the machine started (lsm=)",
            errno.EPERM: "a container's filter of system calls forbids Landlock",
        }
        return 0, reasons.get(error.errno or 0, f"Landlock does not answer: {error.strerror}")


def confine(roots: Roots, module: str) -> None:
    """Lay the limits on this process, for good, if the kernel offers them.

    Raises RendererError where it does and refuses them all the same: nothing is done half.
    """
    version, _ = support()
    if not version:
        return
    os.environ.update(_NO_CACHES)
    chosen = ruleset(version, grants(roots, module), bool(os.environ.get("DISPLAY")))
    try:
        _enforce(version, chosen)
    except OSError as error:
        raise RendererError(
            f"the operating system does not confine the renderer: {error.strerror}; "
            "--unconfined does without"
        ) from error


def _enforce(version: int, chosen: Ruleset) -> None:
    attr = _RulesetAttr(chosen.handled, chosen.tcp, chosen.scopes)
    size = max(size for since, size in _ATTR_BYTES if since <= version)
    handle = _call(_CREATE_RULESET, ctypes.byref(attr), size, 0)
    try:
        for path, access in chosen.rules:
            _add(handle, path, access)
        if _library().prctl(_PR_SET_NO_NEW_PRIVS, *map(ctypes.c_ulong, (1, 0, 0, 0))):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        _call(_RESTRICT_SELF, handle, 0)
    finally:
        os.close(handle)


def _add(handle: int, path: str, access: Access) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # gone meanwhile, or behind a door that is closed to us anyway
    try:
        beneath = _PathBeneathAttr(access, parent)
        _call(_ADD_RULE, handle, _PATH_BENEATH, ctypes.byref(beneath), 0)
    finally:
        os.close(parent)


def described(roots: Roots) -> str:
    """How a renderer that is started now is confined, or why not, in a sentence for people."""
    version, why = support()
    if not version:
        return f"the renderer is NOT confined by the operating system: {why}"
    reads = f"reads below {roots.data_dir}" if roots.data_dir else "reads any file"
    if roots.data_dir and roots.files:
        reads += " and the files it was started with"
    folders = " and ".join(map(str, roots.writable))
    writes = f"writes below {folders}" if folders else "writes nothing"
    tcp = "opens no TCP connection" if version >= _TCP_SINCE else "is free to use the network"
    return (
        f"the renderer is confined by the operating system (Landlock {version}): it {reads}, "
        f"{writes}, runs no program, {tcp}"
    )
