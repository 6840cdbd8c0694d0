"""Check the wheel and the sdist of a folder, and place an order from the wheel in a clean environment of each Python.

    python tools/check_dist.py DIST [PYTHON ...]

PYTHON is the name or the path of an interpreter. Without one, the command uses this Python and each other supported
Python on the path. It lists the errors and fails, or prints the version and the Pythons. The clean environments get
their dependencies from the package registry. All other checks need no network.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from pathlib import Path

import vendor

ROOT = vendor.ROOT
DEPENDENCIES = {"attrs", "httpx", "msgspec"}
SBOM = ".cdx.json"
"""The end of the name of the file that `tools/sbom.py` adds to a release."""
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
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""The versions on which the whole suite of tests passed."""
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
    """The contents of a wheel and an sdist. Raises ValueError unless the folder holds these two and no other build."""

    def __init__(self, folder: Path) -> None:
        files = (path for path in folder.iterdir() if not path.name.endswith(SBOM))
        self.sdist_path, self.wheel_path = sorted(files, key=lambda path: path.suffix != ".gz")
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
    pythons = [f"Programming Language :: Python :: {version}" for version in PYTHONS]
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
    """A new virtual environment of a Python."""

    def __init__(self, folder: Path, python: str = sys.executable) -> None:
        command = [python, "-m", "venv", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{python} made no virtual environment: {done.stdout}{done.stderr}")
        self.folder = folder
        self.python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"

    def run(self, *arguments: str | Path, status: int = 0) -> str:
        """Run Python and return its output. Raises RuntimeError if it exits with another status."""
        command = [self.python, "-I", *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode != status:
            raise RuntimeError(f"{arguments[:3]} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def install(self, *requirements: str) -> None:
        """Install packages. Raises RuntimeError if pip fails, or if the packages do not fit together."""
        self.run("-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements)
        self.run("-m", "pip", "check")


def version_of(python: str) -> str:
    """Return the version of an interpreter. The result is empty if it does not run.

    A version manager puts a command on the path for each Python, also for those that it has disabled.
    """
    command = [python, "-c", "import platform; print(platform.python_version())"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def found() -> dict[str, str]:
    """Return the supported Pythons of this machine: for each version its interpreter, or an empty name."""
    own = "{}.{}".format(*sys.version_info)
    commands = {version: shutil.which(f"python{version}") or "" for version in PYTHONS} | {own: sys.executable}
    return {version: command if command and version_of(command) else "" for version, command in commands.items()}


def installed(built: Built, python: str = sys.executable) -> Iterator[str]:
    """Yield the failures in a clean environment of a Python, without the extra `emulator` and then with it."""
    name = f"installed on Python {version_of(python)}"
    with tempfile.TemporaryDirectory() as folder:
        try:
            clean = Environment(Path(folder), python)
            clean.install(str(built.wheel_path.resolve()))
            if clean.run("-W", "error", "-c", IMPORTS).split() != [version()]:
                yield f"{name}: it states another version"
            clean.run("-m", "lucca_procurement.drift", "--help")
            if "lucca-procurement[emulator]" not in clean.run("-m", "lucca_procurement.emulator", "--help", status=1):
                yield f"{name}: the emulator does not name the extra that it needs"
            clean.install(f"{built.wheel_path.resolve()}[emulator]")
            clean.run("-m", "lucca_procurement.emulator", "--help")
            if clean.run("-c", ORDER, ROOT / "examples" / "place_order.py").split()[-1] != "Ongoing":
                yield f"{name}: the order was not placed"
        except RuntimeError as error:
            yield f"{name}: {error}"


def main(arguments: list[str]) -> int:
    """Run the command. Return 1 if a check fails, and 2 if the arguments are invalid."""
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    here = {each: each for each in arguments[1:]} or found()
    pythons = [command for command in here.values() if command]
    if silent := [each for each in pythons if not version_of(each)]:
        print(f"this is no Python that runs: {', '.join(silent)}", file=sys.stderr)
        return 2
    built = Built(Path(arguments[0]))
    wrong = [*contents(built), *metadata(built), *changelog((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))]
    wrong += [*repeated(built), *(each for python in pythons for each in installed(built, python))]
    print(*wrong, sep="\n", end="\n" if wrong else "", file=sys.stderr)
    if not wrong:
        print(f"An order was placed on Python {', '.join(map(version_of, pythons))}.")
        if absent := [each for each, command in here.items() if not command]:
            print(f'This machine has no Python {", ".join(absent)}: PYTHONS="path ..." names others.')
        print(f"{built.wheel_path.name}, {built.sdist_path.name}: version {version()}, commit {vendor.commit()}.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
