"""The changes for callers when the contract changes, by the parts of the compiled client that they see."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from contract_diff import CONTRACT, Change, compare, main
from generate import OUTPUT, compile_contract
from support.addresses import PURCHASES
from support.folders import ROOT
from typed_surface import surface

Contract = dict[str, Any]
Changed = Callable[[Contract], list[Change]]


def written(contract: Contract, path: Path) -> Path:
    YAML(typ="safe").dump(contract, path)
    return path


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """Return a function that returns the changes for callers between our contract and another one."""

    def change(contract: Contract) -> list[Change]:
        compile_contract(written(contract, tmp_path / "new.yaml"), tmp_path / "new")
        return compare(surface(OUTPUT), surface(tmp_path / "new"))

    return change


def members(contract: Contract, schema: str) -> Any:
    return contract["components"]["schemas"][schema]["properties"]


def test_diff_of_same_contract_is_empty(contract: Contract, changed: Changed) -> None:
    members(contract, "Purchase")["title"]["description"] = "Told in other words."
    contract["info"]["version"] = "9.9.9"
    assert changed(contract) == []


@pytest.mark.slow
def test_diff_of_additions_breaks_nothing(contract: Contract, changed: Changed) -> None:
    schemas = contract["components"]["schemas"]
    schemas["PurchaseState"]["enum"].append("OnHold")
    schemas["Note"] = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    members(contract, "PurchaseCreation")["urgency"] = {"type": "string"}
    members(contract, "Purchase")["urgency"] = {"type": "string"}
    schemas["Purchase"]["required"].append("urgency")
    schemas["PurchaseCreation"]["required"].remove("title")
    schemas["Purchase"]["required"].append("createdAt")
    operation = contract["paths"][PURCHASES]["get"]
    operation["parameters"].append({"name": "search", "in": "query", "schema": {"type": "string"}})
    answer = {
        "description": "Notes.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}},
    }
    contract["paths"]["/notes"] = {"get": {"operationId": "get_note", "tags": ["notes"], "responses": {"200": answer}}}
    created = contract["paths"][PURCHASES]["post"]["responses"]
    created["202"] = created["201"]
    assert changed(contract) == [
        (False, "api.create_purchase", "takes 202 for a success"),
        (False, "api.get_note", "is new"),
        (False, "api.list_purchases.search", "is new"),
        (False, "models.Note", "is new"),
        (False, "models.Purchase.created_at", "is required now"),
        (False, "models.Purchase.urgency", "is new"),
        (False, "models.PurchaseCreation.title", "is str | Unset, was str (may be absent now)"),
        (False, "models.PurchaseCreation.urgency", "is new"),
        (False, "models.PurchaseState.ON_HOLD", "is new"),
    ]


@pytest.mark.slow
def test_diff_of_removals_breaks_callers(contract: Contract, changed: Changed) -> None:
    schemas = contract["components"]["schemas"]
    schemas["PurchaseState"]["enum"].remove("Denied")
    del members(contract, "Purchase")["createdAt"]
    del members(contract, "PurchaseCreation")["axisSectionIds"]
    parameters = contract["paths"][PURCHASES]["get"]["parameters"]
    parameters[:] = [each for each in parameters if each.get("name") != "page" and "Page" not in each.get("$ref", "")]
    del contract["paths"][PURCHASES]["post"]["responses"]["200"]
    del contract["paths"][PURCHASES + "/{id}/closing"]
    del schemas["PurchaseClosing"]
    assert changed(contract) == [
        (True, "api.close_purchase", "is gone"),
        (True, "api.create_purchase", "raises UnexpectedStatus for 200, which was a success"),
        (True, "api.list_purchases.page", "is gone"),
        (True, "models.Purchase.created_at", "is gone"),
        (True, "models.PurchaseClosing", "is gone"),
        (True, "models.PurchaseCreation.axis_section_ids", "is gone"),
        (True, "models.PurchaseState.DENIED", "is gone"),
    ]


@pytest.mark.slow
@pytest.mark.slow
def test_diff_of_new_requirement_or_type_breaks_callers(contract: Contract, changed: Changed) -> None:
    schemas = contract["components"]["schemas"]
    members(contract, "PurchaseCreation")["budget"] = {"type": "number"}
    schemas["PurchaseCreation"]["required"] += ["budget", "axisSectionIds"]
    members(contract, "PurchaseCreation")["ownerId"] = {"type": "string"}
    members(contract, "Purchase")["createdAt"] = {"type": "string"}
    schemas["Supplier"]["required"].remove("id")
    parameters = contract["paths"][PURCHASES]["get"]["parameters"]
    parameters.append({"name": "mine", "in": "query", "required": True, "schema": {"type": "boolean"}})
    assert changed(contract) == [
        (True, "api.list_purchases.mine", "is new and is required"),
        (True, "models.Purchase.created_at", "is str | None, was _datetime | None"),
        (True, "models.PurchaseCreation.axis_section_ids", "is list[int], was list[int] | Unset (required now)"),
        (True, "models.PurchaseCreation.budget", "is new and is required"),
        (True, "models.PurchaseCreation.owner_id", "is str, was int"),
        (True, "models.Supplier.id", "is int | None, was int"),
    ]


@pytest.mark.slow
def test_diff_of_new_variant_breaks_only_readers(contract: Contract, changed: Changed) -> None:
    members(contract, "SupplierChoice")["name"] = {"type": ["string", "null"]}
    members(contract, "SupplierRef")["id"] = {"oneOf": [{"type": "string"}, {"type": "integer"}]}
    assert [(breaks, where) for breaks, where, _ in changed(contract)] == [
        (True, "models.SupplierRef.id"),
        (False, "models.SupplierChoice.name"),
    ]


@pytest.mark.slow
def test_diff_of_new_name_is_reported_once(contract: Contract, tmp_path: Path, changed: Changed) -> None:
    text = written(contract, tmp_path / "old.yaml").read_text()
    for old, new in (
        ("NatureRef", "NatureMention"),
        ("PurchaseState", "OrderState"),
        ("get_purchase", "read_purchase"),
    ):
        text = text.replace(old, new)
    renamed = YAML(typ="safe").load(text)
    creation = renamed["components"]["schemas"]["PurchaseCreation"]
    creation["properties"]["label"] = creation["properties"].pop("title")
    creation["required"][creation["required"].index("title")] = "label"
    assert changed(renamed) == [
        (True, "api.get_purchase", "is called read_purchase now"),
        (True, "models.NatureRef", "is called NatureMention now"),
        (True, "models.PurchaseCreation.label", "is new and is required"),
        (True, "models.PurchaseCreation.title", "is gone; perhaps label now"),
        (True, "models.PurchaseState", "is called OrderState now"),
    ]


@pytest.mark.slow
def test_diff_of_limit_json_name_or_path_is_reported(contract: Contract, changed: Changed) -> None:
    limit = next(each for each in contract["components"]["parameters"].values() if each["name"] == "limit")
    limit["schema"]["maximum"] = 100
    renamed = members(contract, "PurchaseCreation")
    renamed["owner_id"] = renamed.pop("ownerId")
    required = contract["components"]["schemas"]["PurchaseCreation"]["required"]
    required[required.index("ownerId")] = "owner_id"
    read = members(contract, "UserRef")
    read["first_name"] = read.pop("firstName")
    contract["paths"]["/other/{id}"] = contract["paths"].pop(PURCHASES + "/{id}")
    found = changed(contract)
    checked = "is checked as integer 0 to 100, was checked as integer 0 to 1000"
    assert (True, "api.list_purchases.limit", checked) in found
    for where, new, old in (
        ("models.PurchaseCreation.owner_id", "owner_id", "ownerId"),
        ("models.UserRef.first_name", "first_name", "firstName"),
    ):
        assert (True, where, f"is {new!r} in JSON, was {old!r}: what was stored cannot be read") in found
    assert (False, "api.get_purchase", f"sends GET /other/{{id}}, sent GET {PURCHASES}/{{id}}") in found
    assert {where.split(".")[-1] for _, where, _ in found} == {"limit", "owner_id", "first_name", "get_purchase"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a: int, b: int", "b: int, a: int", {("a", True), ("b", True)}),
        ("*, a: int", "a: int", {("a", True)}),
        ("*, a: int = 1", "*, a: int", {("a", True)}),
        ("*, a: int", "*, a: int = 1", {("a", False)}),
        ("*, a: int", "*, a: Any", {("a", False)}),
        ("*, a: Any", "*, a: int", {("a", True)}),
    ],
)
def test_diff_of_argument_position_or_default_is_reported(
    old: str, new: str, expected: set[tuple[str, bool]], tmp_path: Path
) -> None:
    for name, parameters in (("old", old), ("new", new)):
        (tmp_path / name / "api").mkdir(parents=True)
        (tmp_path / name / "models.py").touch()
        (tmp_path / name / "api" / "a.py").write_text(f"async def get(client: Sender, {parameters}) -> None: ...")
    found = compare(surface(tmp_path / "old"), surface(tmp_path / "new"))
    assert {(change.where.split(".")[-1], change.breaks) for change in found} == expected


@pytest.mark.slow
def test_diff_command_compares_contracts_and_clients(
    contract: Contract, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contract["components"]["schemas"]["PurchaseState"]["enum"].append("OnHold")
    grown = str(written(contract, tmp_path / "grown.yaml"))
    assert main([grown]) == 1
    assert capsys.readouterr().out == (
        "breaks  models.PurchaseState.ON_HOLD: is gone\n1 changes for callers; 1 can break them.\n"
    )
    assert main([str(OUTPUT), grown]) == 0
    assert capsys.readouterr().out == (
        "        models.PurchaseState.ON_HOLD: is new\n1 changes for callers; 0 can break them.\n"
    )


@pytest.mark.parametrize("source", ["nowhere.yaml", "."])
def test_diff_command_with_bad_source_returns_2(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / source)]) == 2
    assert str(tmp_path) in capsys.readouterr().err


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make with this interpreter's environment instead of its own."""
    command = ["make", "-C", str(ROOT), "-o", ".venv/.generate", f"BIN={Path(sys.executable).parent}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_make_with_other_contract_compiles_and_compares(contract: Contract, tmp_path: Path) -> None:
    del contract["paths"][PURCHASES + "/{id}/closing"]
    smaller = written(contract, tmp_path / "smaller contract.yaml")
    output = tmp_path / "out" / "lucca_procurement_api"
    before = {path: path.read_bytes() for path in OUTPUT.rglob("*.py")}
    assert make("generate", f"CONTRACT={smaller}", f"OUTPUT={output}").returncode == 0
    assert "close_purchase" not in (output / "api" / "purchases.py").read_text()
    assert {path: path.read_bytes() for path in OUTPUT.rglob("*.py")} == before
    done = make("contract-diff", f"OLD={CONTRACT}", f"NEW={smaller}")
    assert "breaks  api.close_purchase: is gone" in done.stdout
    assert done.returncode != 0
    assert make("contract-diff", f"OLD={smaller}").returncode == 0
    assert "OLD is missing" in make("contract-diff").stderr
