"""Replays the recorded requests of a conformance kit against this project, freshly started.

    python tests/conformance.py --kit DIR [--jobs N] [--only REGEX]

conformance.txt beside this file says which records; DATABASE_URL and REDIS_URL are used when they are set.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests import running, servers

SELECTION = Path(__file__).with_name("conformance.txt")
LOG = servers.ROOT / "data" / "conformance.log"


def main() -> int:
    """Run the kit; its exit code, which is 1 when a record differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kit", type=Path, required=True, help="the folder that holds replay.py")
    parser.add_argument("--jobs", type=int, default=4, help="worlds at once")
    parser.add_argument(
        "--only", default="", help="a regular expression instead of conformance.txt"
    )
    options = parser.parse_args()
    replay = options.kit / "replay.py"
    if not replay.exists():
        parser.error(f"there is no {replay}")
    with servers.temporary_folder() as folder, running.project(folder) as project:
        project.wait_until_up()
        code = subprocess.run(
            [
                *(sys.executable, str(replay), "--base", project.url),
                *("--admin", f"admin:{running.ADMIN_PASSWORD}", "--jobs", str(options.jobs)),
                *("--only", options.only or selection(SELECTION.read_text())),
            ],
            check=False,
        ).returncode
        LOG.parent.mkdir(exist_ok=True)
        shutil.copy(project.log, LOG)
    sys.stdout.write(f"What the server said is in {LOG}\n")
    return code


def selection(text: str) -> str:
    """One regular expression over `group/name` from lines of what to replay and, after `!`, what not."""
    lines = [line.strip() for line in text.splitlines()]
    patterns = [line for line in lines if line and not line.startswith("#")]
    for pattern in patterns:
        if not pattern.removeprefix("!").startswith("^"):
            raise SystemExit(f"{SELECTION.name}: {pattern!r} must begin with ^ or !^")
        re.compile(pattern.removeprefix("!"))
    wanted = "|".join(one for one in patterns if not one.startswith("!"))
    left_out = "|".join(one[1:] for one in patterns if one.startswith("!"))
    return f"(?!{left_out})(?:{wanted})" if left_out else f"(?:{wanted})"


if __name__ == "__main__":
    sys.exit(main())
