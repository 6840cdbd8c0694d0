"""The output of the generator's own templates for this contract: the reason for each promise of ours.

A test that fails here after an upgrade of the generator says that one of our templates may have become unnecessary.
"""

from __future__ import annotations

import copy
import importlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from generate import CONTRACT
from lucca_procurement_api import Client, models
from support.samples import sample, sample_bytes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("stock")
    # The hooks of the command call ruff by its name, which only formats: here nothing is read by people.
    (folder / "config.yaml").write_text("post_hooks: []\n")
    generator = Path(sys.executable).parent / "openapi-python-client"
    options = f"--meta none --path {CONTRACT} --config {folder}/config.yaml --output-path {folder}/stock_client"
    subprocess.run([generator, "generate", *options.split()], check=True, capture_output=True)
    sys.path.insert(0, str(folder))
    yield importlib.import_module("stock_client")
    sys.path.remove(str(folder))


@pytest.fixture
def stock_models(stock: Any) -> Any:
    return importlib.import_module(f"{stock.__name__}.models")


def operation(stock: Any, tag: str, name: str) -> Any:
    return importlib.import_module(f"{stock.__name__}.api.{tag}.{name}")


def read_by_stock(stock: Any, status: int, content: bytes) -> Any:
    """Have the stock operation read a response."""
    client = stock.Client(base_url="https://example.ilucca.net")
    module = operation(stock, "purchases", "get_purchase")
    return module._build_response(client=client, response=httpx.Response(status, content=content))


def test_stock_enum_with_unknown_value_is_refused_or_untyped(stock_models: Any) -> None:
    page = sample("list-purchases.response")
    page["items"][0]["state"] = "OnTheMoon"
    found = stock_models.PurchasePage.from_dict(copy.deepcopy(page)).items[0].state
    assert type(found) is str, "a nullable enum takes any JSON for a value of its own, and nothing tells it is unknown"
    commitment = {"value": 1, "currency": "XTS"}
    with pytest.raises(ValueError, match="XTS"):
        stock_models.Amount.from_dict(dict(commitment))
    assert not models.Amount.from_dict(commitment).currency.is_known


def test_stock_variant_with_bad_member_passes_silently(stock_models: Any) -> None:
    without_id = {"id": 2, "commitment": {"type": "OneTimeCommitment"}}
    assert type(stock_models.Purchase.from_dict(copy.deepcopy(without_id)).commitment) is dict
    with pytest.raises(ValueError, match=r"^commitment\.id"):
        models.Purchase.from_dict(without_id)
    bad_owner = {"id": 2, "commitment": {"type": "OneTimeCommitment", "id": 1, "owner": 5}}
    assert stock_models.Purchase.from_dict(copy.deepcopy(bad_owner)).commitment.owner == 5
    with pytest.raises(ValueError, match=r"^commitment\.owner"):
        models.Purchase.from_dict(bad_owner)


def test_stock_number_is_binary_float(stock_models: Any) -> None:
    content = b'{"value": 12345678901234567.891, "currency": "EUR"}'
    assert stock_models.Amount.from_dict(json.loads(content)).value != Decimal("12345678901234567.891")
    assert stock_models.Amount(value=1.1, currency=stock_models.Currency.EUR).value == 1.1
    assert models.Amount.from_json(content).value == Decimal("12345678901234567.891")


def test_stock_unset_after_deepcopy_loses_identity(stock: Any) -> None:
    unset = importlib.import_module(f"{stock.__name__}.types").UNSET
    assert copy.deepcopy(unset) is not unset


def test_a_time_loses_its_last_digit(stock_models: Any) -> None:
    data = {"id": 1, "createdAt": "2024-09-24T10:02:01.9244011+00:00"}
    assert stock_models.Purchase.from_dict(dict(data)).to_dict() != data
    assert models.Purchase.from_dict(data).to_dict() == data


def test_a_repr_shows_a_private_member(stock_models: Any) -> None:
    data = {"iban": "FR7630001"}
    assert "FR7630001" in repr(stock_models.BankAccount.from_dict(dict(data)))
    assert "FR7630001" not in repr(models.BankAccount.from_dict(data))


def test_stock_query_array_is_repeated(stock: Any, stock_models: Any) -> None:
    members = [stock_models.PagingMember.NEXT, stock_models.PagingMember.COUNT]
    kwargs = operation(stock, "purchases", "list_purchases")._get_kwargs(fields_root=members)
    assert str(httpx.QueryParams(kwargs["params"])) == "fields.root=next&fields.root=count"


@pytest.mark.parametrize(
    ("status", "content", "error"),
    [(520, b"", ValueError), (200, b"<html>", json.JSONDecodeError), (200, b'{"title": "x"}', KeyError)],
)
def test_stock_operation_with_bad_response_raises_any_error(
    stock: Any, status: int, content: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        read_by_stock(stock, status, content)


def test_stock_client_has_no_timeout_and_shows_key(stock: Any) -> None:
    client = stock.AuthenticatedClient(base_url="https://example.ilucca.net", token="0f9e8d7c")
    assert client.get_async_httpx_client().timeout.read is None
    assert "0f9e8d7c" in repr(client)
    assert "0f9e8d7c" not in repr(Client("https://example.ilucca.net", "0f9e8d7c"))


def test_stock_with_headers_changes_parent_and_opens_pool(stock: Any) -> None:
    parent = stock.AuthenticatedClient(base_url="https://example.ilucca.net", token="0f9e8d7c")
    before = parent.get_async_httpx_client()
    other = parent.with_headers({"x-new": "1"})
    assert before.headers["x-new"] == "1"
    assert other.get_async_httpx_client() is not before


def test_stock_multipart_boundary_is_constant(stock: Any, stock_models: Any) -> None:
    types = importlib.import_module(f"{stock.__name__}.types")
    body = stock_models.FileUpload(form=types.File(payload=io.BytesIO(b"a"), file_name="a.txt"))
    kwargs = operation(stock, "files", "upload_file")._get_kwargs(body=body)
    assert kwargs["headers"]["Content-Type"] == "multipart/form-data; boundary=+++"


def test_stock_operation_has_sync_twin(stock: Any) -> None:
    assert hasattr(operation(stock, "purchases", "get_purchase"), "sync")


def test_stock_error_of_bad_member_has_no_path(stock_models: Any) -> None:
    page = {"items": [json.loads(sample_bytes("create-purchase.response"))]}
    del page["items"][0]["id"]
    with pytest.raises(KeyError) as caught:
        stock_models.PurchasePage.from_dict(page)
    assert "items" not in str(caught.value)
