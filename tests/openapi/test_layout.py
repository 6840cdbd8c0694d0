"""The compiler behind its adapter, on hand-made documents: layout, expressions and refusals without the generator."""

from __future__ import annotations

import ast
import importlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from attrs import evolve
from jinja2 import TemplateNotFound, UndefinedError

import expressions
import layout
from document import ContractError, Document, Enum, Member, Model, Operation, Type
from expressions import Readers
from layout import Package
from support import modules
from support.sender import FixedSender
from unsupported import refuse

OPENAPI = Path(layout.__file__).parent
TEXT, INTEGER, NUMBER = Type(kind="string"), Type(kind="integer"), Type(kind="number")


def member(name: str, type: Type, **more: Any) -> Member:
    return Member(name=name, python_name=name, type=type, **more)


BOX = Model(
    name="Box",
    snake_name="box",
    description="A box.",
    members=(
        member("kind", Type(kind="constant", value="Box")),
        member("weight", evolve(NUMBER, keywords={"maximum": 0.5}), is_required=False),
    ),
    is_sent=True,
)
LETTER = Model(
    name="Letter",
    snake_name="letter",
    members=(
        member("kind", Type(kind="constant", value="Letter")),
        member("to", evolve(TEXT, keywords={"minLength": 1}), is_private=True),
        member("speed", Type(kind="enum", name="Speed", is_nullable=True), is_required=False),
    ),
    additional=None,
    is_sent=True,
)
RECEIPT = Model(
    name="Receipt",
    snake_name="receipt",
    members=(
        member("number", INTEGER),
        member("price", evolve(NUMBER, is_nullable=True)),
        member("speed", Type(kind="enum", name="Speed"), is_required=False),
        member("signature", TEXT, is_required=False, is_private=True),
    ),
)
PARCEL = Type(kind="union", variants=(Type(kind="model", name="Box"), Type(kind="model", name="Letter")))
SEND = Operation(
    name="send",
    method="put",
    path="/from/{street}/parcels",
    tag="parcels",
    summary="Send a parcel.",
    path_parameters=(member("street", TEXT),),
    query_parameters=(member("via", Type(kind="array", item=TEXT), is_required=False, is_joined=True),),
    body=member("body", PARCEL),
    media_type="application/json",
    responses={"200": Type(kind="array", item=Type(kind="enum", name="Speed")), "204": None},
)
DOCUMENT = Document(
    title="Post",
    version="1",
    key_header="X-Key",
    tags={"parcels": "Parcels."},
    operations=(SEND,),
    models=(BOX, LETTER, RECEIPT),
    enums=(Enum(name="Speed", values={"FAST": "Fast", "SLOW": 'Sl"ow'}),),
    choices={"Parcel": ("Box", "Letter")},
)


@pytest.fixture
def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Return the package of the hand-made document."""
    Package(DOCUMENT, tmp_path / "post_client").write()
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("post_client")
    for name in [name for name in sys.modules if name.split(".")[0] == "post_client"]:
        del sys.modules[name]


async def test_package_of_hand_made_document_sends_and_reads(post: ModuleType) -> None:
    sender = FixedSender(200, b'["Fast", "Sl\\"ow", "Other"]')
    speeds = await post.api.send(sender, "a b", via=["x", "y"], body=post.models.Letter(to="me"))
    (request,) = sender.requests
    assert (request.method, request.target) == ("PUT", "/from/a%20b/parcels?via=x,y")
    assert request.content == b'{"kind":"Letter","to":"me"}'
    assert speeds[:2] == [post.models.Speed.FAST, post.models.Speed.SLOW]
    assert not speeds[2].is_known
    assert await post.api.send(FixedSender(204), "a", body=post.models.Box(weight=Decimal("0.5"))) is None
    assert repr(post.models.Letter(to="me", speed="Fast")) == "Letter(kind='Letter', speed='Fast')"


def test_read_model_of_hand_made_document_remembers_absent_members(post: ModuleType) -> None:
    receipt = post.models.Receipt.from_dict({"number": 5, "price": None, "speed": None})
    assert (receipt.price, receipt.speed, receipt.signature) == (None, None, None)
    assert [name for name in ("number", "price", "speed", "signature") if not receipt.has(name)] == ["signature"]
    assert receipt.to_dict() == {"number": 5, "price": None, "speed": None}
    with pytest.raises(post.errors.InvalidData, match=r"^price: expected a value, found nothing$"):
        post.models.Receipt.from_dict({"number": 5})


@pytest.mark.parametrize(
    ("kind", "members", "said"),
    [
        ("Letter", {"to": ""}, "to: expected a string of at least 1 characters, found one of 0"),
        ("Box", {"weight": Decimal("0.51")}, "weight: expected a number of at most 0.5, found one beyond them"),
    ],
)
async def test_package_of_hand_made_document_enforces_keywords(
    kind: str, members: dict[str, Any], said: str, post: ModuleType
) -> None:
    sender = FixedSender(204)
    with pytest.raises(post.errors.InvalidData, match=f"^{said}$"):
        await post.api.send(sender, "a", body=getattr(post.models, kind)(**members))
    assert sender.requests == []


def test_generator_is_imported_only_by_adapter() -> None:
    importing = {
        path.name
        for path in OPENAPI.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom) and "openapi_python_client" in ast.unparse(node)
    }
    assert importing == {"parsed.py"}


def test_package_without_generator_is_written(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['openapi_python_client'] = None; from pathlib import Path\n"
        "from openapi import test_layout; test_layout.Package(test_layout.DOCUMENT, Path(sys.argv[1])).write()\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "post_client")]
    done = subprocess.run(command, env=modules.environment(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "post_client" / "api" / "parcels.py").exists()


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the templates. The layout uses that copy."""
    folder = tmp_path / "templates"
    shutil.copytree(layout.TEMPLATES, folder)
    monkeypatch.setattr(layout, "TEMPLATES", folder)
    return folder


@pytest.mark.parametrize("name", ["client.py.jinja", "errors.py.jinja", "types.py.jinja"])
def test_template_missing_fails_despite_stock_template(name: str, templates: Path, tmp_path: Path) -> None:
    (templates / name).unlink()
    with pytest.raises(TemplateNotFound, match=name):
        Package(DOCUMENT, tmp_path / "out").write()


def test_template_with_unknown_name_fails(templates: Path, tmp_path: Path) -> None:
    (templates / "url.py.jinja").write_text("{{ document.titel }}")
    with pytest.raises(UndefinedError, match="titel"):
        Package(DOCUMENT, tmp_path / "out").write()


def test_ruff_with_other_ruff_on_path_is_of_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "bin" / "ruff"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\nexit 1\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(other.parent))
    Package(DOCUMENT, tmp_path / "out").write()
    assert "from decimal" not in (tmp_path / "out" / "api" / "parcels.py").read_text()


def test_ruff_after_failure_raises_contract_error(templates: Path, tmp_path: Path) -> None:
    (templates / "url.py.jinja").write_text("def broken(:\n")
    with pytest.raises(ContractError, match=r"^ruff fails: "):
        Package(DOCUMENT, tmp_path / "out").write()


@pytest.mark.parametrize(
    ("type", "required", "sent", "read"),
    [
        (TEXT, True, "str", "str"),
        (INTEGER, False, "int | Unset", "int | None"),
        (evolve(NUMBER, is_nullable=True), False, "Decimal | Unset | None", "Decimal | None"),
        (Type(kind="array", item=evolve(TEXT, is_nullable=True)), True, "list[str | None]", "list[str | None]"),
        (Type(kind="constant", value="a"), True, "Literal['a']", "Literal['a']"),
        (Type(kind="any"), False, "Any | Unset", "Any"),
        (PARCEL, True, "Box | Letter", "Box | Letter"),
    ],
)
def test_annotation_shows_type_unset_and_none(type: Type, required: bool, sent: str, read: str) -> None:
    a = member("a", type, is_required=required)
    assert (expressions.annotation(a, is_sent=True), expressions.annotation(a, is_sent=False)) == (sent, read)


@pytest.mark.parametrize(
    ("type", "required", "name", "accepts"),
    [
        (NUMBER, True, "_a_as_number", "Decimal | int | str"),
        (evolve(NUMBER, is_nullable=True), False, "_a_as_number_or_absent", "Decimal | int | str | Unset | None"),
        (Type(kind="date"), False, "_a_as_date_or_unset", "_date | str | Unset"),
        (Type(kind="uuid", is_nullable=True), True, "_a_as_uuid_or_null", "UUID | str | None"),
        (Type(kind="enum", name="Speed"), True, "_a_as_Speed", "Speed | str"),
        (Type(kind="model", name="Box"), True, "_a_as_Box", "Box"),
        (Type(kind="array", item=Type(kind="uuid")), True, "_a_as_uuids", "Sequence[UUID | str]"),
        (Type(kind="array", item=Type(kind="model", name="Box")), True, "_a_as_Box_list", "Sequence[Box]"),
    ],
)
def test_converter_of_a_sent_member(type: Type, required: bool, name: str, accepts: str) -> None:
    found = expressions.converter(member("a", type, is_required=required), is_sent=True)
    assert found
    assert (found.name, found.accepts) == (name, accepts)


@pytest.mark.parametrize("type", [TEXT, INTEGER, PARCEL, Type(kind="any"), Type(kind="array", item=TEXT)])
def test_other_member_has_no_converter(type: Type) -> None:
    assert expressions.converter(member("a", type), is_sent=True) is None


def test_converter_of_a_read_member_keeps_only_numbers_exact() -> None:
    found = expressions.converter(member("a", NUMBER, is_required=False), is_sent=False)
    assert found
    assert (found.name, found.accepts) == ("_a_as_number_or_null", "Decimal | int | str | None")
    assert expressions.converter(member("a", Type(kind="date")), is_sent=False) is None


@pytest.mark.parametrize(
    ("type", "is_sent", "expected"),
    [
        (TEXT, True, "_read.text"),
        (evolve(INTEGER, keywords={"format": "int32"}), False, "_read.integer"),
        (evolve(INTEGER, keywords={"format": "int32"}), True, "_read_int32"),
        (evolve(INTEGER, keywords={"minimum": -1, "maximum": 2}), False, "_read_integer_minus_1_to_2"),
        (evolve(TEXT, keywords={"maxLength": 2}, is_nullable=True), True, "_read_text_None_to_2_or_null"),
        (PARCEL, True, "_read_Box_or_Letter"),
    ],
)
def test_reader_of_type_with_limits_is_named_after_them(type: Type, is_sent: bool, expected: str) -> None:
    assert Readers([BOX, LETTER]).nullable(type, is_sent=is_sent) == expected


def with_box(**changes: Any) -> Document:
    return evolve(DOCUMENT, models=(evolve(BOX, **changes), LETTER))


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (with_box(keywords={"minProperties": 1}), "Box: the keyword minProperties is not compiled"),
        (
            with_box(members=(member("a", evolve(TEXT, keywords={"pattern": "a"})),)),
            r"Box\.a: the keyword pattern is not compiled",
        ),
        (
            with_box(additional=evolve(TEXT, keywords={"pattern": "a"})),
            "Box: additionalProperties: the keyword pattern is not compiled",
        ),
        (with_box(members=(member("a", Type(kind="constant", value=1.5)),)), "only a constant that is a string"),
        (with_box(members=(member("to_dict", TEXT),)), "the models use the name to_dict themselves"),
        (with_box(members=(member("has", TEXT),)), "the models use the name has themselves"),
        (with_box(members=(member("kind", TEXT),)), "its variant Letter could never be chosen"),
        (evolve(DOCUMENT, models=(*DOCUMENT.models, evolve(BOX, name="Request"))), "Request: the compiled modules use"),
        (
            evolve(DOCUMENT, operations=(evolve(SEND, body=member("body", PARCEL, is_required=False)),)),
            "only a body that is required",
        ),
        (evolve(DOCUMENT, enums=(Enum(name="Size", values={"ONE": 1}),)), "only enums of strings"),
    ],
)
def test_document_with_unsupported_part_is_refused(document: Document, said: str) -> None:
    with pytest.raises(ContractError, match=said):
        refuse(document)
