"""`make demo`: one published program, from the command line, C, Python and Go, on both engines, with the same outcome.

With `$WASMRT_DEMO_REQUIRE_NETWORK` set, a program that cannot be fetched is an error; without, a small guest that
lies here runs in its place, and the table says so.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
import subprocess
import sys

import faces

sys.path.insert(0, str(faces.ROOT / "programs"))

import catalog  # noqa: E402
import job  # noqa: E402

PROGRAM = "python"
FALLBACK = "primes"
TIMES = re.compile(r"^compile_ms=([\d.]+) run_ms=([\d.]+)$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the table."""

    face: str
    engine: str
    compile_ms: float
    run_ms: float
    outcome: job.Outcome


def chosen() -> tuple[catalog.Program, str]:
    """The program to run, and the line that names it."""
    known = catalog.programs()
    program = known[PROGRAM]
    try:
        program.fetch()
    except catalog.Unreachable as error:
        if os.environ.get("WASMRT_DEMO_REQUIRE_NETWORK"):
            raise
        bundled = known[FALLBACK]
        return bundled, f"program: {bundled}, {bundled.about}, IN PLACE OF {program}: {error}"
    return program, f"program: {program}, {program.about}"


def run(face: faces.Face, engine: str, program: catalog.Program) -> Row:
    """Carries out the program's job once."""
    guest = [str(program.fetch()), *program.argv[1:]]
    outcome, stderr = job.carry_out(
        program,
        lambda root: face.command(engine == "interpreter", root, program.env, guest),
        {**os.environ, **face.environment},
    )
    times = TIMES.search(stderr)
    stdout_sha256 = hashlib.sha256(outcome.stdout).hexdigest()
    if times is None or (outcome.exit_code, stdout_sha256) != (program.exit_code, program.stdout_sha256):
        said = f"exit code {outcome.exit_code}, output {outcome.stdout[:2000]!r}, messages:\n{stderr[-4000:]}"
        raise faces.Failed(f"{face.name}, {engine}: not the outcome that is expected of {program}: {said}")
    return Row(face.name, engine, float(times[1]), float(times[2]), outcome)


def table(rows: list[Row]) -> str:
    """All rows, aligned."""
    lines = [f"{'face':<8}{'engine':<13}{'compile':>10}{'run':>10}   output"]
    for row in rows:
        times = f"{row.compile_ms / 1000:>8.2f} s{row.run_ms / 1000:>8.2f} s"
        lines.append(f"{row.face:<8}{row.engine:<13}{times}   {row.outcome.digest[:16]}")
    return "\n".join(lines)


def main() -> int:
    """Fetches, builds, runs and compares; the answer is the exit code."""
    try:
        program, line = chosen()
        rows = []
        for face in faces.build():
            for engine in ["jit", "interpreter"]:
                print(f"==> running {program.name}: {face.name}, {engine}", file=sys.stderr, flush=True)
                rows.append(run(face, engine, program))
    except (faces.Failed, catalog.Unreachable, catalog.Damaged, subprocess.SubprocessError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    print(f"\n{line}\n{table(rows)}")
    outcomes = {row.outcome.digest for row in rows}
    if len(outcomes) > 1:
        print(f"The {len(rows)} runs do not agree.")
        return 1
    print(f"All {len(rows)} runs agree: same exit code, output and files.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
