"""Compile the contract into the client package.

    python openapi/generate.py [--contract FILE] [--output DIR] [--check]

openapi-python-client parses the contract, and `parsed.py` converts the result into the classes of `document.py`.
`unsupported.py` refuses the parts that are not compiled. `layout.py` renders the templates with the expressions of
`expressions.py`. ruff sorts the imports and formats. There is one module for all models and one for the operations of
each tag, because a program pays for every module at its start.
"""

from __future__ import annotations

import argparse
import difflib
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from document import ContractError, Document
from layout import Package
from parsed import parse

HERE = Path(__file__).parent
CONTRACT = HERE / "lucca-procurement.yaml"
OUTPUT = HERE.parent / "generated" / "lucca_procurement_api"


def compile_contract(contract: Path, output: Path) -> Document:
    """Compile a contract into a new folder. Raises ContractError with the reason if that fails."""
    document = parse(contract)
    Package(document, output).write()
    _try_import(output)
    return document


def _try_import(package: Path) -> None:
    """Raise ContractError for a package that cannot be imported."""
    command = [sys.executable, "-c", f"import {package.name}.api"]
    done = subprocess.run(command, cwd=package.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ContractError(f"the compiled package cannot be imported: {done.stderr.strip().splitlines()[-1]}")


def _read_package(folder: Path) -> dict[str, str]:
    """Read the files of a compiled package. Raises ContractError for a folder that holds anything else."""
    if not folder.exists():
        return {}
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    if files and not {folder / "_json.py", folder / "models.py", folder / "py.typed"} <= set(files):
        raise ContractError(f"{folder} is not a compiled client: name a new folder, or the folder of an earlier run")
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files}


def _show(changed: list[str], old: Mapping[str, str], new: Mapping[str, str]) -> None:
    for name in changed:
        texts = old.get(name, "").splitlines(), new.get(name, "").splitlines()
        diff = difflib.unified_diff(*texts, f"{name} as it is", f"{name} as compiled", lineterm="", n=0)
        print(*list(diff)[:20], sep="\n", file=sys.stderr)


def _replace(changed: list[str], new: Mapping[str, str], output: Path) -> None:
    for name in changed:
        path = output / name
        if name in new:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(new[name], encoding="utf-8")
        else:
            path.unlink()
        print(f"  {'wrote' if name in new else 'removed'} {name}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command. Return 1 if the contract cannot be compiled, or if the package differs under --check."""
    parser = argparse.ArgumentParser(description="Compile the contract into the client package.")
    parser.add_argument("--contract", type=Path, default=CONTRACT, help="the OpenAPI document")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the folder of the package; its files are replaced")
    parser.add_argument("--check", action="store_true", help="change nothing, and fail if the package would change")
    options = parser.parse_args(arguments)
    output: Path = options.output
    try:
        old = _read_package(output)
        with tempfile.TemporaryDirectory() as folder:
            document = compile_contract(options.contract, Path(folder) / output.name)
            new = _read_package(Path(folder) / output.name)
    except ContractError as error:
        print(f"{options.contract}: {error}", file=sys.stderr)
        return 1
    changed = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    counts = f"{len(document.models)} models, {len(document.enums)} enums, {len(document.operations)} operations"
    print(f"Compiled {options.contract}: {counts}. {len(changed)} of {len(new)} files differ from {output}.")
    if options.check:
        _show(changed, old, new)
        return 1 if changed else 0
    _replace(changed, new, output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
