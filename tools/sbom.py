"""Write the SBOM of a release, in the format CycloneDX, and compare its licences with docs/licences.md.

    python tools/sbom.py DIST

Installs the wheel of DIST in a clean environment, first alone and then with the extras for users. The SBOM lists the
versions that the package registry returned. A package that is installed without an extra has the scope `required`,
any other one `optional`. The SBOM contains no time and no random number: the same wheel with the same packages has
the same SBOM. Its relations also contain the packages that an extra of a dependency needs, if they are installed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

import licences
from check_dist import SBOM, Built, Environment, version

# The installer is in each environment, and no part of a release.
_INSTALLER = ("pip", "setuptools")


def components(clean: Environment) -> dict[str, Any]:
    """Return the SBOM of the packages in an environment."""
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--no-validate", "--output-reproducible"]
    command += ["--mc-type", "library", "--pyproject", str(licences.ROOT / "pyproject.toml"), str(clean.python)]
    listed: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return listed


def without(sbom: dict[str, Any], names: tuple[str, ...]) -> None:
    """Remove packages and their relations from an SBOM."""
    removed = {each["bom-ref"] for each in sbom["components"] if each["name"] in names}
    sbom["components"] = [each for each in sbom["components"] if each["bom-ref"] not in removed]
    sbom["dependencies"] = [each for each in sbom["dependencies"] if each["ref"] not in removed]


def sbom(wheel: Path) -> dict[str, Any]:
    """Return the SBOM of a wheel with the extras for users."""
    with tempfile.TemporaryDirectory() as folder:
        clean = Environment(Path(folder))
        clean.install(str(wheel.resolve()))
        required = {each["name"] for each in components(clean)["components"]}
        clean.install(f"{wheel.resolve()}[{','.join(licences.FOR_USERS)}]")
        listed = components(clean)
    without(listed, _INSTALLER)
    for each in listed["components"]:
        each["scope"] = "required" if each["name"] in required else "optional"
    # The tool reads pyproject.toml for the package itself. The version is dynamic there, and the extras for developers
    # are among the requirements.
    own = listed["metadata"]["component"]
    direct = {canonicalize_name(each.name) for extra in ("", *licences.FOR_USERS) for each in licences.direct(extra)}
    names = {each["bom-ref"]: canonicalize_name(each["name"]) for each in listed["components"]}
    for each in listed["dependencies"]:
        if each["ref"] == own["bom-ref"]:
            each["dependsOn"] = [ref for ref in each["dependsOn"] if names.get(ref) in direct]
    own |= {"version": version(), "purl": f"pkg:pypi/{canonicalize_name(own['name'])}@{version()}"}
    return listed


def main(arguments: list[str]) -> int:
    """Run the command. Return 1 if the SBOM is invalid or a licence differs, and 2 if the arguments are invalid."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    made = sbom(Built(folder).wheel_path)
    text = json.dumps(made, indent=2, sort_keys=True) + "\n"
    invalid = JsonStrictValidator(SchemaVersion.from_version(made["specVersion"])).validate_str(text)
    wrong = [f"the SBOM: {invalid}"] if invalid else []
    found = licences.of_components(made["components"])
    wrong += [*licences.unclear(found), *licences.differences(found, licences.PAGE.read_text(encoding="utf-8"))]
    print(*wrong, sep="\n", end="\n" if wrong else "", file=sys.stderr)
    if not wrong:
        path = folder / f"lucca_procurement-{version()}{SBOM}"
        path.write_text(text, encoding="utf-8", newline="\n")
        needed = sum(each["scope"] == "required" for each in made["components"])
        print(f"{path.name}: {needed} packages, and {len(made['components']) - needed} more with the extras.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
