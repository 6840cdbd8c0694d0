"""The compiler: deterministic, strict about contracts that it would have to guess about, and open to new contracts."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import generate
from conftest import Compile
from support.folders import ROOT
from support.samples import sample, sample_bytes
from support.sender import FixedSender


def write(document: Any, path: Path) -> Path:
    YAML(typ="safe").dump(document, path)
    return path


def refused(contract: dict[str, Any], folder: Path, capsys: pytest.CaptureFixture[str], said: str) -> bool:
    """Return True if the compiler refuses a contract with this reason and writes nothing."""
    path = write(contract, folder / "contract.yaml")
    status = generate.main(["--contract", str(path), "--output", str(folder / "out")])
    error = capsys.readouterr().err
    assert said in error
    return status == 1 and not (folder / "out").exists()


def test_check_of_tree_finds_no_difference(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"]) == 0
    assert " operations. 0 of" in capsys.readouterr().out


@pytest.mark.slow
def test_second_run_writes_nothing_and_removes_stale_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "package"
    assert generate.main(["--output", str(output)]) == 0
    assert "  wrote models.py" in capsys.readouterr().out
    stale = output / "api" / "stale.py"
    stale.touch()
    assert generate.main(["--output", str(output), "--check"]) == 1
    assert generate.main(["--output", str(output)]) == 0
    assert capsys.readouterr().out.endswith("  removed api/stale.py\n")
    assert not stale.exists()
    assert generate.main(["--output", str(output)]) == 0
    assert " 0 of " in capsys.readouterr().out


@pytest.mark.slow
def test_check_with_edited_file_fails_and_shows_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "package"
    generate.main(["--output", str(output)])
    path = output / "types.py"
    path.write_text(path.read_text().replace('UNSET = "UNSET"', 'UNSET = "unset"'))
    assert generate.main(["--output", str(output), "--check"]) == 1
    assert '-    UNSET = "unset"\n+    UNSET = "UNSET"' in capsys.readouterr().err


def test_output_folder_with_other_files_stays_unchanged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.tex").write_text("dear")
    assert generate.main(["--output", str(tmp_path)]) == 1
    assert "is not a compiled client" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("openapi: 3.1.0", "Failed to parse OpenAPI document"),
        ("a: [", "while parsing"),
        ("- a", "it is no mapping"),
    ],
)
def test_contract_file_of_invalid_content_is_refused(
    content: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text(content)
    assert generate.main(["--contract", str(path), "--output", str(tmp_path / "out")]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_generator_warning_fails_run(
    contract: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contract["components"]["schemas"]["Broken"] = {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}}}
    assert refused(contract, tmp_path, capsys, "Could not find reference")


@pytest.mark.slow
def test_command_from_other_folder_works(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "openapi" / "generate.py", "--check"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


REF = {"$ref": "#/components/schemas/UserRef"}


@pytest.mark.parametrize(
    ("member", "said"),
    [
        (
            {"oneOf": [{"type": "string"}, {"type": "string", "format": "date"}]},
            "two of its variants cannot be distinguished",
        ),
        ({"oneOf": [REF, {"$ref": "#/components/schemas/NatureRef"}]}, "its variant NatureRef could never be chosen"),
        ({"oneOf": [{}, {"type": "array", "items": {}}]}, "one of its variants can be anything"),
        ({"type": ["number", "string"]}, "nothing keeps the number exact"),
        ({"type": "integer", "enum": [1, 2]}, "only enums of strings are compiled"),
    ],
)
def test_ambiguous_member_is_refused(
    member: dict[str, Any], said: str, contract: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contract["components"]["schemas"]["Odd"] = {"type": "object", "properties": {"odd": member}}
    assert refused(contract, tmp_path, capsys, said)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"Odd": {"type": "object", "properties": {"toDict": {"type": "string"}}}}, "the models use the name to_dict"),
        ({"Request": {"type": "object"}}, "the compiled modules use this name"),
        ({"Odd": {"type": "string", "enum": ["a b", "a-b"]}}, "two of its values would have the same name"),
        ({"Odd": {"type": "string", "enum": ["a", "A"]}}, "Duplicate key A"),
    ],
)
def test_duplicate_name_is_refused(
    schema: dict[str, Any], said: str, contract: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contract["components"]["schemas"].update(schema)
    assert refused(contract, tmp_path, capsys, said)


STRING = {"type": "string"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"parameters": [{"name": "x", "in": "header", "schema": STRING}]}, "the parameter x stands in a header"),
        ({"parameters": [{"name": "x", "in": "cookie", "schema": STRING}]}, "the parameter x stands in a cookie"),
        (
            {"parameters": [{"name": "x", "in": "query", "content": {"text/plain": {}}}]},
            "the parameter x has no schema",
        ),
        (
            {"parameters": [{"name": "x", "in": "query", "style": "pipeDelimited", "schema": STRING}]},
            "the parameter x has a style",
        ),
        ({"parameters": [{"name": "x", "in": "query", "schema": REF}]}, "the parameter x is no string"),
        ({"parameters": [{"name": "body", "in": "query", "schema": STRING}]}, "cannot be called body"),
        (
            {"requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": REF}}}},
            "a body of application/x-www-form-urlencoded is not compiled",
        ),
        (
            {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": REF}, "multipart/form-data": {"schema": REF}},
                }
            },
            "only one content type",
        ),
        ({"requestBody": {"content": {"application/json": {"schema": REF}}}}, "only a body that is required"),
        (
            {"responses": {"200": {"description": "Text.", "content": {"text/plain": {"schema": STRING}}}}},
            "an answer to 200 that is not JSON",
        ),
        ({"responses": {"2XX": {"description": "Any."}}}, "list its success statuses one by one"),
    ],
)
def test_operation_with_unsupported_part_is_refused(
    change: dict[str, Any], said: str, contract: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operation = {"operationId": "odd", "tags": ["odd"], "responses": {"204": {"description": "Done."}}, **change}
    contract["paths"]["/odd"] = {"post": operation}
    assert refused(contract, tmp_path, capsys, said)


def test_security_scheme_of_other_type_is_refused(
    contract: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contract["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    assert refused(contract, tmp_path, capsys, "an apiKey in a header")


async def test_larger_contract_compiles_and_works(contract: dict[str, Any], compiled: Compile) -> None:
    schemas = contract["components"]["schemas"]
    schemas["Purchase"]["properties"]["urgency"] = {"type": ["number", "null"], "description": "From 0 to 1."}
    schemas["PurchaseState"]["enum"].append("OnHold")
    schemas["BarterCommitment"] = {
        "type": "object",
        "description": "Paid in kind.",
        "required": ["id", "type"],
        "properties": {
            "id": {"type": "integer"},
            "type": {"const": "BarterCommitment"},
            "goats": {"type": "integer"},
            "until": {"oneOf": [{"type": "string", "format": "date"}, {"type": "integer"}]},
        },
    }
    known = schemas["KnownCommitment"]
    known["oneOf"].append({"$ref": "#/components/schemas/BarterCommitment"})
    known["discriminator"]["mapping"]["BarterCommitment"] = "#/components/schemas/BarterCommitment"
    schemas["UnknownCommitment"]["properties"]["type"]["not"]["enum"].append("BarterCommitment")
    contract["paths"]["/cleemy-procurement/api/purchases/{id}/notes/{name}"] = {
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
            {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}},
        ],
        "get": {
            "operationId": "list_notes",
            "tags": ["notes"],
            "parameters": [
                {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                {"name": "mine", "in": "query", "schema": {"type": "boolean"}},
                {"name": "above", "in": "query", "schema": {"type": "number"}},
            ],
            "responses": {
                "200": {
                    "description": "Notes, by author.",
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "additionalProperties": {"type": "array", "items": {"type": ["string", "null"]}},
                            }
                        }
                    },
                }
            },
        },
    }
    grown = compiled("grown_client", contract)

    commitment = {"id": 2, "type": "BarterCommitment", "goats": 3, "until": "2026-01-31"}
    purchase = grown.models.Purchase.from_dict(
        {"id": 1, "urgency": Decimal("0.50"), "state": "OnHold", "commitment": commitment}
    )
    assert purchase.urgency == Decimal("0.50")
    assert purchase.state is grown.models.PurchaseState.ON_HOLD
    assert type(purchase.commitment) is grown.models.BarterCommitment
    assert purchase.commitment.to_dict() == commitment
    assert grown.models.Purchase.from_dict(sample("create-purchase.response")).title == "AWS S3"

    sender = FixedSender(200, b'{"John": ["hello", null]}')
    notes = await grown.api.list_notes(sender, 1, "a/b ?", tags=["x", "y,z"], mine=True, above=Decimal("1E+2"))
    assert notes.additional_properties == {"John": ["hello", None]}
    assert sender.requests[0].target == (
        "/cleemy-procurement/api/purchases/1/notes/a%2Fb%20%3F?tags=x&tags=y%2Cz&mine=true&above=100"
    )
    for name in ("", ".", ".."):
        with pytest.raises(grown.errors.InvalidData, match=r"^name: expected a value that is not empty"):
            await grown.api.list_notes(sender, 1, name)
    assert len(sender.requests) == 1


def test_members_of_every_kind_compile(contract: dict[str, Any], compiled: Compile) -> None:
    contract["components"]["schemas"]["Everything"] = {
        "type": "object",
        "required": ["flag", "maybe", "when", "ratio", "anything"],
        "properties": {
            "flag": {"type": "boolean"},
            "maybe": {"type": ["number", "null"]},
            "when": {"type": "string", "format": "date-time"},
            "ratio": {"type": "number"},
            "anything": {},
            "optional": {"type": "number"},
            "list": {"type": "array", "items": {"oneOf": [{"type": "number"}, {"type": "boolean"}, {"type": "null"}]}},
            "self": {"$ref": "#/components/schemas/Everything"},
            "field": {"type": ["number", "null"]},
            "date": {"type": "string", "format": "date"},
            "until": {"type": "string", "format": "date"},
            "switch": {"const": "on"},
        },
    }
    everything = compiled("everything_client", contract).models.Everything
    data = {
        "flag": False,
        "maybe": None,
        "when": "2025-04-14T00:00:00+00:00",
        "ratio": Decimal("0.10"),
        "anything": {"a": [1]},
        "optional": Decimal(3),
        "list": [Decimal("1.5"), 2, True, None],
        "switch": "on",
    }
    found = everything.from_dict({**data, "self": data})
    assert found.to_dict() == {**data, "self": data}
    assert everything.from_json(found.to_json()) == found
    lenient = everything.from_dict({**data, "optional": None})
    assert (lenient.optional, lenient.has("optional"), lenient.to_dict()["optional"]) == (None, True, None)
    for wrong in ({"flag": 1}, {"maybe": "x"}, {"list": ["x"]}, {"switch": "off"}, {"ratio": 0.1}):
        with pytest.raises(ValueError, match=rf"^self\.{next(iter(wrong))}\b"):
            everything.from_dict({**data, "self": {**data, **wrong}})
    for absent in ("flag", "maybe", "when", "ratio", "anything"):
        with pytest.raises(ValueError, match=f"^{absent}: .*found nothing"):
            everything.from_dict({name: value for name, value in data.items() if name != absent})


@pytest.mark.slow
async def test_package_with_other_name_and_place_works(contract: dict[str, Any], compiled: Compile) -> None:
    vendored = compiled("vendored_client", contract)
    page = await vendored.api.list_purchases(FixedSender(200, sample_bytes("list-purchases.response")))
    assert type(page).__module__ == "vendored_client.models"
    assert page.items[0].title == "AWS S3"
