"""One program's job, carried out once: a copy of its directory → exit code, standard output and files."""

from __future__ import annotations

import collections.abc
import contextlib
import dataclasses
import hashlib
import pathlib
import shutil
import subprocess
import tempfile

import catalog

TIMEOUT_SECONDS = 900


@dataclasses.dataclass(frozen=True)
class Outcome:
    """All that a job leaves behind but what it said on standard error."""

    exit_code: int
    stdout: bytes
    files: dict[str, bytes]

    @property
    def digest(self) -> str:
        """One hash for everything."""
        parts = hashlib.sha256(str(self.exit_code).encode())
        for name, contents in sorted({"": self.stdout, **self.files}.items()):
            parts.update(f"\n{name}\n{len(contents)}\n".encode())
            parts.update(contents)
        return parts.hexdigest()


@contextlib.contextmanager
def directory(program: catalog.Program) -> collections.abc.Iterator[pathlib.Path]:
    """A fresh copy of the job's directory, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=f"{program.name}-") as scratch:
        copy = pathlib.Path(scratch) / "root"
        shutil.copytree(program.job, copy)
        yield copy


def stdin_of(root: pathlib.Path) -> str:
    """The file to be the guest's standard input."""
    path = root / "stdin.txt"
    return str(path) if path.exists() else "/dev/null"


def files_below(root: pathlib.Path) -> dict[str, bytes]:
    """Every file by its path from `root`."""
    paths = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}


def carry_out(
    program: catalog.Program,
    command: collections.abc.Callable[[pathlib.Path], list[str]],
    environment: dict[str, str] | None = None,
) -> tuple[Outcome, str]:
    """Runs the command that is made for the job's directory; its outcome and what it said on standard error."""
    with directory(program) as root:
        with open(stdin_of(root), "rb") as stdin:
            ran = subprocess.run(
                command(root),
                stdin=stdin,
                capture_output=True,
                env=environment,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        return Outcome(ran.returncode, ran.stdout, files_below(root)), ran.stderr.decode(errors="replace")
