"""The competitors: clients that other tools compile from the same contract. pyproject.toml pins the tools (`bench`)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

BUILD = Path(__file__).parent / ".build"
CONTRACT = Path(__file__).parent.parent / "openapi" / "lucca-procurement.yaml"

PYDANTIC = [
    "datamodel-codegen",
    f"--input={CONTRACT}",
    "--input-file-type=openapi",
    "--output-model-type=pydantic_v2.BaseModel",
    "--target-python-version=3.11",
    "--use-annotated",
    "--enum-field-as-literal=none",
    "--use-specialized-enum",
    "--disable-timestamp",
    "--formatters=builtin",
]
OPENAPI_GENERATOR = {
    "generateSourceCodeOnly": "true",
    "mapNumberTo": "Decimal",
    "disallowAdditionalPropertiesIfNotPresent": "false",
    # Without this option, the client tries each kind of commitment, all of them fit, and it cannot read a page.
    "useOneOfDiscriminatorLookup": "true",
}
COMMANDS = (
    [
        "openapi-python-client",
        "generate",
        f"--path={CONTRACT}",
        "--meta=none",
        f"--output-path={BUILD / 'stock_client'}",
    ],
    # The fastest form of pydantic: it has floats, and drops members that the contract does not name.
    [*PYDANTIC, f"--output={BUILD / 'pydantic_fast.py'}"],
    [
        *PYDANTIC,
        f"--output={BUILD / 'pydantic_exact.py'}",
        "--extra-fields=allow",
        "--type-mappings",
        "number+default=decimal",
        "number+double=decimal",
        "number+float=decimal",
    ],
    [
        "openapi-generator-cli",
        "generate",
        "--generator-name=python",
        f"--input-spec={CONTRACT}",
        f"--output={BUILD}",
        "--library=httpx",
        "--package-name=openapi_generator_client",
        f"--additional-properties={','.join(f'{name}={value}' for name, value in OPENAPI_GENERATOR.items())}",
        "--global-property=apiTests=false,modelTests=false,apiDocs=false,modelDocs=false",
    ],
)

CLIENTS = tuple(command for command in COMMANDS if command[0] != PYDANTIC[0])
"""The commands that compile whole clients, and not only models."""


@cache
def install_wheel() -> Path:
    """Install our wheel into a new environment, as a user does, once in a run of the benchmarks.

    Returns its Python. Raises CalledProcessError.
    """
    wheels, environment = BUILD / "wheels", BUILD / "environment"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "wheel", "--no-deps", f"--wheel-dir={wheels}", str(BUILD.parent.parent)])
    venv.create(environment, clear=True)
    python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    _run([*pip, f"--python={python}", "install", *map(str, wheels.glob("*.whl"))])
    return python


def _run(command: list[str]) -> None:
    # The packages of the working folder must not be found in the place of the wheel's.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run(command, env=environment, check=True)


def compile_all(commands: Iterable[Sequence[str]] = COMMANDS) -> None:
    """Compile the contract again with every tool. Raises CalledProcessError if a tool fails."""
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir()
    tools = Path(sys.executable).parent
    # openapi-python-client finds ruff by PATH. openapi-generator is a Java program with its own log.
    environment = {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "JAVA_OPTS": "-Dlog.level=error",
    }
    for command in commands:
        print(f"Compiling the contract with {command[0]}", flush=True)
        done = subprocess.run(
            [str(tools / command[0]), *command[1:]], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.stderr.write(done.stdout + done.stderr)
            done.check_returncode()
