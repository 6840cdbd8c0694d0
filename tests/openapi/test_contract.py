"""The contract agrees with the samples of the documentation, and describes all its parts."""

from __future__ import annotations

from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from lucca_procurement_api import models
from lucca_procurement_api.api import create_purchase
from lucca_procurement_api.errors import InvalidData
from support.samples import MODELS, SAMPLES, plain_sample, sample_bytes
from support.sender import FixedSender


def validator(contract: dict[str, Any], schema: str) -> Any:
    """Return a validator of one schema of the contract."""
    registry: Registry[Any] = Registry().with_resource("contract:", DRAFT202012.create_resource(contract))
    return OAS31Validator({"$ref": f"contract:#/components/schemas/{schema}"}, registry=registry)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_sample_is_valid(name: str, contract: dict[str, Any]) -> None:
    validator(contract, MODELS[name].__name__).validate(plain_sample(name))


def test_sample_of_tax_rates_is_valid(contract: dict[str, Any]) -> None:
    for rate in plain_sample("list-tax-rates.response"):
        validator(contract, "TaxRate").validate(rate)


def test_samples_are_all_tested() -> None:
    assert {path.stem for path in SAMPLES.glob("*.json")} == {*MODELS, "list-tax-rates.response"}


@pytest.mark.parametrize(
    ("choice", "is_valid"),
    [
        ({"id": 6}, True),
        ({"id": 6, "name": "Amazon", "territoryId": "FR"}, True),
        ({"name": "Amazon", "territoryId": 123}, True),
        ({"name": "Amazon"}, False),
        ({"territoryId": "FR"}, False),
        ({}, False),
    ],
)
async def test_supplier_choice_without_id_needs_name_and_territory(
    choice: dict[str, Any], is_valid: bool, contract: dict[str, Any]
) -> None:
    assert validator(contract, "SupplierChoice").is_valid(choice) is is_valid
    purchase = models.PurchaseCreation.from_json(sample_bytes("create-purchase.request"))
    purchase.supplier = models.SupplierChoice(
        **{"territory_id" if name == "territoryId" else name: value for name, value in choice.items()}
    )
    sender = FixedSender(201, b'{"id": 1}')
    if is_valid:
        await create_purchase(sender, body=purchase)
    else:
        with pytest.raises(InvalidData, match=r"^supplier: expected an object with id or name and territoryId"):
            await create_purchase(sender, body=purchase)
    assert len(sender.requests) == is_valid


@pytest.mark.parametrize(
    ("commitment", "is_valid"),
    [
        ({"id": 1, "type": "OneTimeCommitment"}, True),
        ({"id": 1, "type": "OneTimeCommitment", "costDate": 5}, False),
        ({"id": 1, "type": "Barter", "costDate": 5}, True),
        ({"id": 1}, True),
        ({"type": "OneTimeCommitment"}, False),
    ],
)
def test_commitment_type_decides_its_kind(commitment: dict[str, Any], is_valid: bool, contract: dict[str, Any]) -> None:
    assert validator(contract, "Commitment").is_valid(commitment) is is_valid


def members(contract: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return every member of every schema, with its place."""
    return [
        (f"{schema}.{name}", member)
        for schema, content in contract["components"]["schemas"].items()
        for part in [content, *content.get("allOf", [])]
        for name, member in part.get("properties", {}).items()
    ]


def test_contract_describes_each_operation_schema_and_member(contract: dict[str, Any]) -> None:
    schemas = contract["components"]["schemas"]
    bare = [place for place, member in members(contract) if "description" not in member]
    bare += [name for name, schema in schemas.items() if "description" not in schema]
    for item in contract["paths"].values():
        for operation in item.values():
            if not operation.get("description") or not operation.get("summary"):
                bare.append(operation["operationId"])
            bare += [
                p["name"]
                for p in operation.get("parameters", [])
                if "$ref" not in p
                if not p["schema"].get("description")
            ]
    assert bare == []


def test_response_requires_only_ids_and_has_no_defaults(contract: dict[str, Any]) -> None:
    schemas = contract["components"]["schemas"]
    written = {"Amount", "Tax", "TaxedAmount", "Duration", "RequestCancellation", "PurchaseClosing", "FileUpload"}
    # The members that distinguish kinds of responses are required, too.
    telling = {"type", "base", "items", "purchaseId", "commitmentId"}
    for name, schema in schemas.items():
        if name not in written and not name.endswith("Creation"):
            assert {*schema.get("required", [])} <= {"id", *telling}, name
    assert [place for place, member in members(contract) if "default" in member] == []


def test_operation_has_its_own_security(contract: dict[str, Any]) -> None:
    assert "security" not in contract
    for item in contract["paths"].values():
        for operation in item.values():
            assert operation["security"] == [{"apiKey": []}]
