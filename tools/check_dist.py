"""Check the wheel and the sdist of a folder, and place an order from the wheel in a clean environment.

    python tools/check_dist.py DIST

Lists what is wrong with them and fails, or says what they are. The clean environment gets its dependencies from the
package registry; all else needs no network.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import venv
import zipfile
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from pathlib import Path

import vendor

ROOT = vendor.ROOT
DEPENDENCIES = {"attrs", "httpx", "msgspec"}
# A list of its own, because a file that is missing in the tree is also missing in the list of the tree's files.
OF_THE_WHEEL = {
    "lucca_procurement/py.typed",
    "lucca_procurement/emulator/page.html",
    "lucca_procurement_api/py.typed",
}
OF_THE_SDIST = {"CONTRIBUTING.md", "LICENSE", "Makefile", "PKG-INFO", "README.md", "SECURITY.md", "pyproject.toml"} | {
    "benchmarks/run.py",
    "docs/emulator.md",
    "examples/demo.py",
    "openapi/lucca-procurement.yaml",
    "openapi/templates/models.py.jinja",
    "tests/samples/create-purchase.request.json",
    "tools/vendor.py",
}
OF_THE_DIST_INFO = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")

ENTRY_POINTS = """\
[console_scripts]
lucca-procurement = lucca_procurement.cli:main

[pytest11]
lucca_procurement = lucca_procurement._pytest
"""

# The first steps of a caller, without the extra and with it.
IMPORTS = """
import lucca_procurement, lucca_procurement_api
from lucca_procurement import LuccaProcurement, Order, errors, models
print(lucca_procurement.__version__)
"""
ORDER = """
import asyncio, os, sys
from lucca_procurement.emulator import Emulator

async def main():
    emulator = Emulator()
    async with emulator.serve() as url:
        settings = {"LUCCA_BASE_URL": url, "LUCCA_API_KEY": emulator.key}
        example = await asyncio.create_subprocess_exec(sys.executable, "-I", sys.argv[1], env=os.environ | settings)
        assert await example.wait() == 0
    print(*[purchase["state"] for purchase in emulator.created()])

asyncio.run(main())
"""


class Built:
    """The contents of a wheel and an sdist. Raises ValueError unless the folder holds two files."""

    def __init__(self, folder: Path) -> None:
        self.sdist_path, self.wheel_path = sorted(folder.iterdir(), key=lambda path: path.suffix != ".gz")
        with zipfile.ZipFile(self.wheel_path) as wheel:
            self.wheel = {name: wheel.read(name) for name in wheel.namelist()}
        with tarfile.open(self.sdist_path) as sdist:
            self.sdist = {member.name.partition("/")[2] for member in sdist.getmembers() if not member.isdir()}

    def info(self, name: str) -> bytes:
        """Return a file of the wheel's .dist-info. The result is empty if there is no such file."""
        return next((self.wheel[each] for each in self.wheel if each.endswith(f".dist-info/{name}")), b"")


def version() -> str:
    """Return the version from `_version.py`."""
    (found,) = re.findall(r'__version__ = "(.+)"', (vendor.FACADE / "_version.py").read_text(encoding="utf-8"))
    return str(found)


def contents(built: Built) -> Iterator[str]:
    """Yield the files that are missing and the files that do not belong there."""
    packages = {
        f"{package.name}/{path.relative_to(package).as_posix()}"
        for package in (vendor.FACADE, vendor.COMPILED)
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    info = {f"lucca_procurement-{version()}.dist-info/{name}" for name in OF_THE_DIST_INFO}
    yield from _unlike("the wheel", built.wheel, OF_THE_WHEEL | packages | info)
    yield from _unlike("the sdist", built.sdist, OF_THE_SDIST | (_of_git() or built.sdist))
    if built.info("licenses/LICENSE") != (ROOT / "LICENSE").read_bytes():
        yield "the wheel: its LICENSE is another one"


def _unlike(name: str, found: Iterable[str], expected: set[str]) -> Iterator[str]:
    yield from (f"{name}: {each} is missing" for each in sorted(expected.difference(found)))
    yield from (f"{name}: {each} does not belong there" for each in sorted({*found} - expected))


def _of_git() -> set[str]:
    """Return the files that git does not ignore. The result is empty outside a checkout."""
    if not (ROOT / ".git").exists():
        return set()
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {name for name in listed.split("\0") if (ROOT / name).is_file()}


def metadata(built: Built) -> Iterator[str]:
    """Yield the errors in the metadata of the wheel."""
    says = message_from_bytes(built.info("METADATA"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pythons = [f"Programming Language :: Python :: 3.{minor}" for minor in (11, 12, 13)]
    expected = {
        "Name": ["lucca-procurement"],
        "Version": [version()],
        "Requires-Python": [">=3.11"],
        "License-Expression": ["MIT"],
        "License-File": ["LICENSE"],
        "Provides-Extra": sorted(project["optional-dependencies"]),
        "Classifier": sorted({*project["classifiers"], *pythons, "Typing :: Typed"}),
    }
    for name, values in expected.items():
        found = sorted(map(str, says.get_all(name, [])))
        if found != values:
            yield f"the metadata: {name} is {found}, not {values}"
    required = [str(each) for each in says.get_all("Requires-Dist", []) if "extra ==" not in str(each)]
    if {re.split(r"[^\w-]", each)[0] for each in required} != DEPENDENCIES:
        yield f"the metadata: it requires {required}, not {sorted(DEPENDENCIES)}"
    if built.info("entry_points.txt").decode().split() != ENTRY_POINTS.split():
        yield "the metadata: its entry points are not the command and the pytest plugin"


def changelog(text: str) -> Iterator[str]:
    """Yield an error if the newest heading is neither `Unreleased` nor the version."""
    newest = re.findall(r"(?m)^## (\S+)", text)[0]
    if newest not in ("Unreleased", version()):
        yield f"CHANGELOG.md: {newest} is its newest, and {version()} is the version"


def build(source: Path, folder: Path) -> Built:
    """Build the sdist from a folder and the wheel from the sdist, with the installed packages."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(source)]
    subprocess.run(command, capture_output=True, text=True, check=True)
    return Built(folder)


def repeated(built: Built) -> Iterator[str]:
    """Yield the files that differ after a second build from the unpacked sdist."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(built.sdist_path) as sdist:
            sdist.extractall(folder, filter="data")
        (source,) = Path(folder).iterdir()
        again = build(source, Path(folder) / "dist")
        for first, second in ((built.sdist_path, again.sdist_path), (built.wheel_path, again.wheel_path)):
            if first.read_bytes() != second.read_bytes():
                yield f"{first.name}: built again from the sdist, it is another one"


class Environment:
    """A new virtual environment."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=True)
        self.folder = folder
        self.python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"

    def run(self, *arguments: str | Path, status: int = 0) -> str:
        """Run Python and return its output. Raises RuntimeError if it exits with another status."""
        command = [self.python, "-I", *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode != status:
            raise RuntimeError(f"{arguments[:3]} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def install(self, requirement: str) -> None:
        self.run("-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement)
        self.run("-m", "pip", "check")


def installed(built: Built) -> Iterator[str]:
    """Yield the failures in a clean environment, first without the extra `emulator` and then with it."""
    with tempfile.TemporaryDirectory() as folder:
        clean = Environment(Path(folder))
        try:
            clean.install(str(built.wheel_path.resolve()))
            if clean.run("-W", "error", "-c", IMPORTS).split() != [version()]:
                yield "installed: it says another version"
            clean.run("-m", "lucca_procurement.drift", "--help")
            if "lucca-procurement[emulator]" not in clean.run("-m", "lucca_procurement.emulator", "--help", status=1):
                yield "installed: the emulator does not say which extra it needs"
            clean.install(f"{built.wheel_path.resolve()}[emulator]")
            clean.run("-m", "lucca_procurement.emulator", "--help")
            if clean.run("-c", ORDER, ROOT / "examples" / "place_order.py").split()[-1] != "Ongoing":
                yield "installed: the order was not placed"
        except RuntimeError as error:
            yield f"installed: {error}"


def main(arguments: list[str]) -> int:
    """Run the command. Return 1 if a check fails, and 2 if the arguments are invalid."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    built = Built(Path(arguments[0]))
    wrong = [*contents(built), *metadata(built), *changelog((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))]
    wrong += [*repeated(built), *installed(built)]
    print(*wrong, sep="\n", end="\n" if wrong else "", file=sys.stderr)
    if not wrong:
        print(f"{built.wheel_path.name}, {built.sdist_path.name}: version {version()}, commit {vendor.commit()}.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
