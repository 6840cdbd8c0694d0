"""Copy the facade and the compiled client into one package that needs neither distribution.

    python tools/vendor.py DEST [--with PART ...] [--force | --check]

The copy is DEST/lucca_procurement, with the compiled client inside it. All imports between the two are relative, so the
copy works in any DEST. Its stamp, VENDORED.json, has its version, its commit and the hash of each file. The next run
replaces an unchanged copy, and refuses to replace an edited one without --force. The copy has a part of PARTS only if
--with names it.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FACADE = ROOT / "src" / "lucca_procurement"
COMPILED = ROOT / "generated" / "lucca_procurement_api"
OURS = (FACADE.name, COMPILED.name)
STAMP = "VENDORED.json"
PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "cli": (("__main__.py", "cli", "stores"), ("cli", "postgres")),
    "procrastinate": (("procrastinate.py", "stores"), ("postgres", "procrastinate")),
    "rates": (("rates.py",), ("postgres", "redis")),
    "stores": (("stores",), ("postgres",)),
}
"""The parts of the facade that a copy leaves out unless asked: the files and folders, and the extras that they need.

No other module of the facade imports them.
"""

# `lucca_procurement` alone is no match, because it is also the name of the logger.
_MODULE = re.compile(rf"{OURS[1]}(\.\w+)*|{OURS[0]}(\.\w+)+")


class VendorError(Exception):
    """The copy is impossible or would destroy edits. The message has the reason."""


def relative_imports(code: str, name: str, depth: int) -> str:
    """Make the imports of the compiled client relative, in a module that lies `depth` folders below the facade's own.

    Raises VendorError if the module names either package in another way, because a copy cannot keep that name.
    """
    lines = code.encode().splitlines(keepends=True)
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.ImportFrom) or node.level or not _is_ours(node.module or "", OURS[1:]):
            continue
        line, start = lines[node.lineno - 1], node.col_offset
        written = f"from {node.module} import ".encode()
        if not line.startswith(written, start):
            raise VendorError(
                f"{name}:{node.lineno}: write this import as `{written.decode()}...`, or teach tools/vendor.py"
            )
        moved = f"from {'.' * (depth + 1)}{node.module} import ".encode()
        lines[node.lineno - 1] = line[:start] + moved + line[start + len(written) :]
    made = b"".join(lines).decode()
    for node in ast.walk(ast.parse(made)):
        for named in _named(node):
            raise VendorError(f"{name}:{getattr(node, 'lineno', 0)}: {named} is named in a way that a copy cannot keep")
    return made


def _is_ours(module: str, packages: tuple[str, ...] = OURS) -> bool:
    return module.split(".")[0] in packages


def _named(node: Any) -> Iterator[str]:
    """Yield the absolute names of our modules in a node. A string counts too, because `import_module` takes one."""
    if isinstance(node, ast.ImportFrom) and not node.level and _is_ours(node.module or ""):
        yield node.module or ""
    elif isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if _is_ours(alias.name))
    elif isinstance(node, ast.Constant) and _MODULE.fullmatch(str(node.value)):
        yield str(node.value)


def package(parts: Collection[str] = ()) -> dict[str, bytes]:
    """Return the files of the copy by their path in it, without the stamp."""
    asked = {path for part in parts for path in PARTS[part][0]}
    left_out = {path for paths, _ in PARTS.values() for path in paths} - asked
    files = {"LICENSE": (ROOT / "LICENSE").read_bytes()}
    for folder, under in ((FACADE, Path()), (COMPILED, Path(COMPILED.name))):
        for path in [path for path in _files(folder) if not path.name.startswith(".")]:
            if folder == FACADE and path.relative_to(folder).parts[0] in left_out:
                continue
            name = (under / path.relative_to(folder)).as_posix()
            content = path.read_bytes()
            if path.suffix == ".py":
                depth = len(path.relative_to(folder).parts) - 1
                content = relative_imports(content.decode(), name, depth).encode()
            files[name] = content
    return files


def _files(folder: Path) -> list[Path]:
    found = [path for path in sorted(folder.rglob("*")) if not path.is_dir() or path.is_symlink()]
    return [path for path in found if "__pycache__" not in path.parts]


def _hash(content: bytes) -> str:
    """Return the hash of a file with normal line ends, because a change of line ends by git is no edit."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def stamp(files: dict[str, bytes], parts: Collection[str] = ()) -> bytes:
    """Return the stamp of the copy. The same commit has the same stamp, so that a second run changes nothing."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = re.search(r'__version__ = "(.+)"', (FACADE / "_version.py").read_text(encoding="utf-8"))
    if not version:
        raise VendorError("_version.py has no version")
    extras = ["emulator", *sorted({extra for part in parts for extra in PARTS[part][1]})]
    told = {
        "name": project["name"],
        "version": version[1],
        "commit": commit(),
        "license": project["license"],
        "python": project["requires-python"],
        "requires": project["dependencies"],
        **{f"requires-{extra}": project["optional-dependencies"][extra] for extra in extras},
        "files": {name: _hash(files[name]) for name in sorted(files)},
    }
    return (json.dumps(told, indent=2) + "\n").encode()


def commit() -> str | None:
    """Return the commit, with a note if the files differ from it. None outside a checkout of this repository."""
    if _git("rev-parse", "--show-prefix") != "":
        return None
    changed = _git("status", "--porcelain", "--", FACADE, COMPILED, ROOT / "LICENSE", ROOT / "pyproject.toml")
    return f"{_git('rev-parse', 'HEAD')}{', with changes' if changed else ''}"


def _git(*arguments: str | Path) -> str | None:
    try:
        done = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def edits(copy: Path) -> list[str]:
    """Return the edits to a copy. Raises VendorError if the folder is no copy of ours."""
    stray = f"{copy} is no copy that this program made: move it away, or name another DEST"
    if copy.is_symlink() or not copy.is_dir():
        raise VendorError(stray)
    try:
        told = json.loads((copy / STAMP).read_bytes())
        known: dict[str, str] = dict(told["files"])
        if told["name"] != "lucca-procurement":
            raise VendorError(stray)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise VendorError(f"{stray} ({STAMP}: {type(error).__name__})") from None
    found = {path.relative_to(copy).as_posix(): path for path in _files(copy) if path != copy / STAMP}
    # The target of a link is not in the copy, so a link is always an edit.
    same = {
        name for name, path in found.items() if not path.is_symlink() and known.get(name) == _hash(path.read_bytes())
    }
    kinds = (("edited", known.keys() & found.keys() - same), ("removed", known.keys() - found.keys()))
    return [
        f"{kind}: {name}" for kind, names in (*kinds, ("added", found.keys() - known.keys())) for name in sorted(names)
    ]


def vendor(dest: Path, *, parts: Collection[str] = (), force: bool = False) -> Path:
    """Make or replace the copy in a folder. Return its path. After a VendorError, nothing has changed."""
    copy = dest / FACADE.name
    if copy.exists() or copy.is_symlink():
        changed = edits(copy)
        if changed and not force:
            raise VendorError(
                "\n  ".join([f"{copy} was edited since it was made; FORCE=1 gives the edits up:", *changed])
            )
    files = package(parts)
    files[STAMP] = stamp(files, parts)
    dest.mkdir(parents=True, exist_ok=True)
    # The new copy is complete before it moves into place, so no copy is half old and half new.
    with tempfile.TemporaryDirectory(dir=dest, prefix=f".{FACADE.name}-") as folder:
        made = Path(folder) / FACADE.name
        for name, content in files.items():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).write_bytes(content)
        if copy.exists():
            copy.rename(Path(folder) / "old")
        made.rename(copy)
    return copy


def main(arguments: list[str] | None = None) -> int:
    """Run the command. Return 1 if the command fails, or if --check finds edits."""
    parser = argparse.ArgumentParser(
        description="Copy facade and compiled client into one package, DEST/lucca_procurement."
    )
    parser.add_argument("dest", metavar="DEST", type=Path, help="the folder to hold the package")
    parser.add_argument(
        "--with",
        metavar="PART",
        dest="parts",
        nargs="+",
        action="extend",
        default=[],
        choices=sorted(PARTS),
        help=f"also copy these parts: {', '.join(sorted(PARTS))}",
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--force", action="store_true", help="replace the copy even if it was edited")
    how.add_argument(
        "--check", action="store_true", help="change nothing; list what was edited since the copy was made"
    )
    options = parser.parse_args(arguments)
    try:
        if options.check:
            changed = edits(options.dest / FACADE.name)
            print(*changed or ["as it was made"], sep="\n")
            return 1 if changed else 0
        copy = vendor(options.dest, parts=options.parts, force=options.force)
        print(f"{copy} is version {json.loads((copy / STAMP).read_bytes())['version']}.")
    except (VendorError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
