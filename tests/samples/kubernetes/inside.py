"""`unshare … python -I inside.py SPEC`: lays out a container's file system, and becomes its command as the user that it says.

Runs as root in a mount namespace of its own. Only the standard library.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

SYSTEM = ("bin", "sbin", "lib", "lib64", "usr", "etc")
SECCOMP = Path(__file__).with_name("seccomp.py")


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def bind(source: str, target: Path, read_only: bool) -> None:
    target.mkdir(mode=0o755, parents=True, exist_ok=True)
    mount("--bind", source, str(target))
    if read_only:
        mount("-o", "remount,bind,ro", str(target))


def build(root: Path, spec: dict) -> None:  # type: ignore[type-arg]
    """A root directory with this machine's programs, the image's folders, and the volumes; nothing else of this machine."""
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", str(root))
    for name in SYSTEM:
        if os.path.islink(f"/{name}"):
            (root / name).symlink_to(os.readlink(f"/{name}"))
        elif os.path.isdir(f"/{name}"):
            bind(f"/{name}", root / name, read_only=True)
    for name in ("proc", "dev"):
        (root / name).mkdir()
    mount("-t", "proc", "proc", str(root / "proc"))
    mount("--rbind", "/dev", str(root / "dev"))
    mount("-t", "tmpfs", "-o", "mode=1777,size=64m", "tmpfs", str(root / "dev" / "shm"))
    for source, target, read_only in spec["volumes"]:
        bind(source, root / target.lstrip("/"), read_only)
    for source, target in spec["image"]:
        bind(source, root / target.lstrip("/"), read_only=True)
    if spec["read_only_root"]:
        mount("-o", "remount,bind,ro", str(root))
    else:
        (root / "tmp").mkdir(mode=0o1777)


def privileges(spec: dict) -> list[str]:  # type: ignore[type-arg]
    user, group = str(spec["user"]), str(spec["group"])
    options = ["--reuid", user, "--regid", group, "--clear-groups", "--inh-caps=-all"]
    if spec["drops_all"]:
        options.append("--bounding-set=-all")
    if spec["no_new_privileges"]:
        options.append("--no-new-privs")
    return ["setpriv", *options]


def main() -> None:
    spec = json.loads(Path(sys.argv[1]).read_text())
    root = Path(spec["root"])
    build(root, spec)
    subprocess.run(["hostname", spec["hostname"]], check=True)
    os.chroot(root)
    os.chdir(spec["directory"])
    filtered = [spec["python"], "-I", str(SECCOMP)] if spec["seccomp"] else []
    command = [*privileges(spec), *filtered, *spec["command"]]
    os.execvpe(command[0], command, spec["environment"])


if __name__ == "__main__":
    main()
