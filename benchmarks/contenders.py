"""The compared libraries. They read a page of purchases from JSON bytes and write the body of a create."""

from __future__ import annotations

import importlib
import json
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from compiling import BUILD


@dataclass(frozen=True)
class Library:
    """The functions of a library. `write` takes the results of the other two."""

    read_page: Callable[[bytes], Any]
    read_body: Callable[[bytes], Any]
    write: Callable[[Any], bytes]


@dataclass(frozen=True)
class Contender:
    """A library and its package. Only the process that measures the library loads it."""

    package: str
    form: str
    load: Callable[[], Library]

    def __str__(self) -> str:
        number = platform.python_version() if self.package == "json" else version(self.package)
        return ", ".join(filter(None, [f"{self.package} {number}", self.form]))


def _ours() -> Library:
    models = importlib.import_module("lucca_procurement_api.models")
    return Library(
        models.PurchasePage.from_json,
        models.SubscriptionCommitmentCreation.from_json,
        lambda model: model.to_json(),
    )


def _pydantic_fast() -> Library:
    models = _compiled("pydantic_fast")
    return Library(
        models.PurchasePage.model_validate_json,
        models.SubscriptionCommitmentCreation.model_validate_json,
        lambda model: model.model_dump_json(exclude_unset=True).encode(),
    )


def _pydantic_exact() -> Library:
    models = _compiled("pydantic_exact")
    # pydantic reads a JSON number as a float even if the model has a Decimal.
    return Library(
        lambda content: models.PurchasePage.model_validate(_exact(content)),
        lambda content: models.SubscriptionCommitmentCreation.model_validate(_exact(content)),
        lambda model: model.model_dump_json(exclude_unset=True).encode(),
    )


def _stock() -> Library:
    models = _compiled("stock_client.models")
    return Library(
        lambda content: models.PurchasePage.from_dict(json.loads(content)),
        lambda content: models.SubscriptionCommitmentCreation.from_dict(json.loads(content)),
        lambda model: _dumped(model.to_dict()),
    )


def _openapi_generator() -> Library:
    models = _compiled("openapi_generator_client.models")
    return Library(
        models.PurchasePage.from_json,
        models.SubscriptionCommitmentCreation.from_json,
        lambda model: model.to_json().encode(),
    )


def _msgspec() -> Library:
    msgspec = importlib.import_module("msgspec")
    decode = msgspec.json.Decoder(float_hook=Decimal).decode
    return Library(decode, decode, msgspec.json.Encoder(decimal_format="number").encode)


def _standard_library() -> Library:
    return Library(json.loads, json.loads, _dumped)


def _compiled(module: str) -> Any:
    sys.path.insert(0, str(BUILD))
    return importlib.import_module(module)


def _exact(content: bytes) -> Any:
    return json.loads(content, parse_float=Decimal)


def _dumped(value: Any) -> bytes:
    # httpx writes a `json=` argument in this form.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


OURS, STOCK = "ours", "stock"
PYDANTIC = ("pydantic_fast", "pydantic_exact")
CONTENDERS = {
    OURS: Contender("lucca-procurement", "", _ours),
    "pydantic_fast": Contender("pydantic", "at its fastest", _pydantic_fast),
    "pydantic_exact": Contender("pydantic", "exact", _pydantic_exact),
    STOCK: Contender("openapi-python-client", "stock", _stock),
    "openapi_generator": Contender("openapi-generator-cli", "", _openapi_generator),
    "msgspec": Contender("msgspec", "no models", _msgspec),
    "standard_library": Contender("json", "no models", _standard_library),
}
