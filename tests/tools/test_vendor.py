"""The vendored copy: it works in any folder and without the distributions, and no edit of it is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

import vendor
from lucca_procurement.emulator import Emulator
from support.folders import ROOT

PLACES = pytest.mark.parametrize(
    ("place", "name"), [("plain", "lucca_procurement"), ("myapp/_vendor", "myapp._vendor.lucca_procurement")]
)

ORDER = """
import asyncio
import json
import sys
from datetime import date
from decimal import Decimal
from importlib import import_module, metadata

name, url, key, *sys.path[:0] = sys.argv[1:]
lucca_procurement = import_module(name)
models = lucca_procurement.models
order = lucca_procurement.Order(
    "ERP-4711",
    purchase=models.PurchaseCreation(
        owner_id=35, nature_id=1, cost_center_id=3, establishment_id=1, department_id=14, title="Laptops",
        supplier=models.SupplierChoice(id=6),
    ),
    commitment=models.OneTimeCommitmentCreation(
        cost_date=date(2026, 12, 1), invoice_date=date(2026, 12, 15),
        amount_including_taxes=models.TaxedAmount(
            excluding_taxes=models.Amount(value=Decimal("1250.00"), currency=models.Currency.EUR), taxes=[]
        ),
    ),
)


async def main():
    async with lucca_procurement.LuccaProcurement(url, api_key=key, rate=None) as lucca:
        await lucca.orders.submit(order)
        await lucca.orders.wait(order)


asyncio.run(main())
ours = {each: module.__file__ for each, module in sys.modules.items() if "lucca" in each}
installed = [each.name for each in metadata.distributions() if "lucca" in each.name.lower()]
print(json.dumps({"id": order.purchase_id, "decision": order.decision, "modules": ours, "installed": installed}))
"""

PLUGIN_TEST = """
async def test_plugin_serves_emulator_and_client(lucca_emulator, lucca_client):
    assert type(lucca_client).__module__ == "{name}.client"
    assert [nature.name async for nature in lucca_client.natures.iterate()]
    assert lucca_emulator.log
"""

TYPED = """
from {name} import LuccaProcurement, Order, errors, models

async def state_of(lucca: LuccaProcurement, order: Order) -> models.PurchaseState | None:
    try:
        await lucca.orders.submit(order)
    except errors.ProcurementError:
        return None
    return (await lucca.purchases.get(1)).state

wrong: int = LuccaProcurement("http://127.0.0.1", api_key="k").purchases
"""


def link_requirements(requirements: list[str], folder: Path) -> Path:
    """Link the packages that some requirements need into a folder, and nothing else."""
    folder.mkdir(exist_ok=True)
    waiting = [Requirement(text) for text in requirements]
    seen: set[str] = set()
    while waiting:
        wanted = waiting.pop()
        if wanted.name in seen or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        seen.add(wanted.name)
        found = distribution(wanted.name)
        waiting += map(Requirement, found.requires or [])
        for top in {path.parts[0] for path in found.files or []} - {"..", "__pycache__"}:
            link, target = folder / top, Path(str(found.locate_file(top)))
            if not link.exists():
                link.symlink_to(target)
    return folder


def isolated(code: str, *arguments: str | Path) -> str:
    """Run a Python that sees only its standard library and the folders that its arguments put on the path."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def stamp(copy: Path) -> Any:
    return json.loads((copy / "VENDORED.json").read_bytes())


def refusal(dest: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """Run the command, check that it refuses, and return its message."""
    assert vendor.main([str(dest), *options]) == 1
    return capsys.readouterr().err


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
@PLACES
def test_copy_with_runtime_dependencies_places_order(
    place: str, name: str, tmp_path: Path, lucca_emulator: Emulator
) -> None:
    copy = vendor.vendor(tmp_path / place)
    libraries = link_requirements(stamp(copy)["requires"], tmp_path / "libraries")
    root = tmp_path / place if place == "plain" else tmp_path
    url = str(lucca_emulator.url)
    told = json.loads(isolated(ORDER, name, url, lucca_emulator.key, root, libraries))
    assert told["decision"] == "approved"
    assert [purchase["id"] for purchase in lucca_emulator.created()] == [told["id"]]
    assert told["installed"] == []
    assert f"{name}.lucca_procurement_api.models" in told["modules"]
    assert [each for each in told["modules"] if not f"{each}.".startswith(f"{name}.")] == []
    assert all(Path(file).is_relative_to(copy) for file in told["modules"].values())


@pytest.mark.slow
@PLACES
def test_copy_contains_emulator_and_plugin(place: str, name: str, tmp_path: Path) -> None:
    told = stamp(vendor.vendor(tmp_path / place))
    needed = [*told["requires"], *told["requires-emulator"], "pytest", "pytest-asyncio"]
    libraries = link_requirements(needed, tmp_path / "libraries")
    root = tmp_path / place if place == "plain" else tmp_path
    (tmp_path / "test_it.py").write_text(PLUGIN_TEST.format(name=name))
    run = (
        f"import sys; sys.path[:0] = {[str(root), str(libraries)]}; import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    )
    options = [
        "-p",
        f"{name}._pytest",
        "-o",
        "asyncio_mode=auto",
        "-o",
        "asyncio_default_fixture_loop_scope=function",
        "-p",
        "no:cacheprovider",
    ]
    assert "1 passed" in isolated(run, *options, "--rootdir", tmp_path, tmp_path / "test_it.py")


@pytest.mark.slow
@PLACES
@pytest.mark.parametrize("part", vendor.PARTS)
def test_vendor_copies_part_only_if_asked(part: str, place: str, name: str, tmp_path: Path) -> None:
    paths, extras = vendor.PARTS[part]
    copy = vendor.vendor(tmp_path / place)
    assert not any((copy / path).exists() for path in paths)
    assert not {f"requires-{extra}" for extra in extras} & stamp(copy).keys()
    vendor.vendor(tmp_path / place, parts=[part])
    assert all((copy / path).exists() for path in paths)
    told = stamp(copy)
    libraries = link_requirements(told["requires"], tmp_path / "libraries")
    for extra in extras:
        link_requirements(told[f"requires-{extra}"], libraries)
    root = tmp_path / place if place == "plain" else tmp_path
    run = f"import sys; sys.path[:0] = {[str(root), str(libraries)]}; import {name}.{part}"
    assert isolated(run) == ""


def test_vendor_of_unknown_part_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        vendor.main([str(tmp_path), "--with", "ladders"])
    assert (
        "invalid choice: 'ladders' (choose from 'cli', 'procrastinate', 'rates', 'stores')" in capsys.readouterr().err
    )
    assert [*tmp_path.iterdir()] == []


@PLACES
@pytest.mark.parametrize("command", ["drift", "emulator"])
def test_command_of_copy_shows_its_module_in_usage(command: str, place: str, name: str, tmp_path: Path) -> None:
    told = stamp(vendor.vendor(tmp_path / place))
    libraries = link_requirements([*told["requires"], *told["requires-emulator"]], tmp_path / "libraries")
    root = tmp_path / place if place == "plain" else tmp_path
    run = (
        f"import sys; sys.path[:0] = {[str(root), str(libraries)]}; "
        f"import runpy; runpy.run_module('{name}.{command}', run_name='__main__', alter_sys=True)"
    )
    assert f"usage: python -m {name}.{command} [-h]" in " ".join(isolated(run, "--help").split())


@pytest.mark.slow
@PLACES
def test_copy_in_program_passes_strict_mypy(place: str, name: str, tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    vendor.vendor(tmp_path / place)
    root = tmp_path / place if place == "plain" else tmp_path
    program = root / "program.py"
    program.write_text(TYPED.format(name=name))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path / 'cache'}", program.name],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    error, found = done.stdout.splitlines()
    assert error.startswith('program.py:11: error: Incompatible types in assignment (expression has type "Purchases"')
    assert found == "Found 1 error in 1 file (checked 1 source file)"


def test_stamp_holds_version_license_and_files(tmp_path: Path) -> None:
    copy = vendor.vendor(tmp_path)
    told = stamp(copy)
    assert (told["name"], told["license"]) == ("lucca-procurement", "MIT")
    assert told["version"] == distribution("lucca-procurement").version
    assert told["files"].keys() == contents(copy).keys() - {"VENDORED.json"}
    assert {"py.typed", "emulator/page.html", "lucca_procurement_api/models.py"} <= told["files"].keys()
    assert (copy / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_commit_in_other_repository_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*arguments: str) -> str:
        mail = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        done = subprocess.run(["git", *mail, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    facade = tmp_path / "src" / "lucca_procurement"
    monkeypatch.setattr(vendor, "ROOT", tmp_path)
    monkeypatch.setattr(vendor, "FACADE", facade)
    monkeypatch.setattr(vendor, "COMPILED", tmp_path / "generated")
    assert vendor.commit() is None
    git("init", "-q")
    facade.mkdir(parents=True)
    (facade / "a.py").touch()
    git("add", ".")
    git("commit", "-qm", "First")
    assert vendor.commit() == git("rev-parse", "HEAD")
    (facade / "a.py").write_text("changed")
    assert vendor.commit() == git("rev-parse", "HEAD") + ", with changes"
    # The folder is now part of another project, whose commit is not ours.
    monkeypatch.setattr(vendor, "ROOT", tmp_path / "src")
    assert vendor.commit() is None


@pytest.mark.slow
def test_vendor_over_unedited_copy_replaces_all_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "lucca_procurement"
    with monkeypatch.context() as older:
        files = {**vendor.package(), "gone/old.py": b"OLD = 1\n"}
        older.setattr(vendor, "package", lambda parts: files)
        assert vendor.main([str(tmp_path)]) == 0
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__" / "order.cpython-311.pyc").touch()
    (copy / "order.py").write_bytes((copy / "order.py").read_bytes().replace(b"\n", b"\r\n"))
    assert (copy / "gone" / "old.py").exists()
    assert vendor.main([str(tmp_path)]) == 0
    assert not (copy / "gone").exists()
    first = contents(copy)
    assert b"\r\n" not in first["order.py"]
    assert vendor.main([str(tmp_path)]) == 0
    assert contents(copy) == first
    assert [path.name for path in tmp_path.iterdir()] == ["lucca_procurement"]
    assert capsys.readouterr().err == ""


def test_vendor_over_edited_copy_is_refused_without_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = vendor.vendor(tmp_path)
    made = contents(copy)
    (copy / "order.py").write_text("mine")
    (copy / "pages.py").unlink()
    (copy / "extra.py").touch()
    (copy / "taxes.py").unlink()
    (copy / "taxes.py").symlink_to(ROOT / "src" / "lucca_procurement" / "taxes.py")
    before = contents(copy)
    said = refusal(tmp_path, capsys)
    assert "FORCE=1" in said
    assert said.split()[-8:] == [
        "edited:",
        "order.py",
        "edited:",
        "taxes.py",
        "removed:",
        "pages.py",
        "added:",
        "extra.py",
    ]
    assert contents(copy) == before
    assert refusal(tmp_path, capsys, "--check") == ""
    assert vendor.main([str(tmp_path), "--force"]) == 0
    assert contents(copy) == made
    assert vendor.main([str(tmp_path), "--check"]) == 0


@pytest.mark.parametrize("written", [None, b"", b"[]", b'{"files": 1}', b'{"name": "another", "files": {}}'])
def test_vendor_over_other_folder_is_refused_with_force(
    written: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "lucca_procurement"
    copy.mkdir()
    (copy / "thesis.tex").write_text("dear")
    if written is not None:
        (copy / "VENDORED.json").write_bytes(written)
    before = contents(tmp_path)
    assert "no copy that this program made" in refusal(tmp_path, capsys, "--force")
    assert contents(tmp_path) == before


def test_vendor_over_source_or_link_is_refused_with_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no copy that this program made" in refusal(ROOT / "src", capsys, "--force")
    copy = vendor.vendor(tmp_path / "real")
    (tmp_path / "lucca_procurement").symlink_to(copy)
    assert "no copy that this program made" in refusal(tmp_path, capsys, "--force")
    assert (tmp_path / "lucca_procurement").is_symlink()


def test_relative_imports_change_only_imports() -> None:
    code = (
        '"""from lucca_procurement_api import é, told in words."""\n'
        "if True: from lucca_procurement_api.types import (\n    UNSET,\n)\n"
        "from .pages import Pages\nimport lucca_like\n"
    )
    assert vendor.relative_imports(code, "a.py", 1).splitlines()[1:] == [
        "if True: from ..lucca_procurement_api.types import (",
        "    UNSET,",
        ")",
        "from .pages import Pages",
        "import lucca_like",
    ]


@pytest.mark.parametrize(
    "code",
    [
        "import lucca_procurement_api",
        "import os, lucca_procurement_api.models as models",
        "from lucca_procurement import models",
        "from  lucca_procurement_api import models",
        "from \\\n    lucca_procurement_api import models",
        "def f():\n    import_module('lucca_procurement_api.models')",
        "entry = 'lucca_procurement.emulator'",
    ],
)
def test_relative_imports_of_unsupported_form_are_refused(code: str) -> None:
    with pytest.raises(vendor.VendorError, match=r"^a\.py:[12]: "):
        vendor.relative_imports(code, "a.py", 0)


@pytest.mark.slow
def test_make_vendor_over_edited_copy_needs_force(tmp_path: Path) -> None:
    command = ["make", "-C", str(ROOT), "vendor", f"PYTHON={sys.executable}", f"DEST={tmp_path / 'a b'}"]
    assert subprocess.run([*command, "WITH=rates"], capture_output=True, check=False).returncode == 0
    assert (tmp_path / "a b" / "lucca_procurement" / "rates.py").exists()
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert not (tmp_path / "a b" / "lucca_procurement" / "rates.py").exists()
    (tmp_path / "a b" / "lucca_procurement" / "order.py").unlink()
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0
    assert subprocess.run([*command, "FORCE=1"], capture_output=True, check=False).returncode == 0
    done = subprocess.run(command[:-1], capture_output=True, text=True, check=False)
    assert "DEST is missing" in done.stderr
