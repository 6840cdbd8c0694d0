"""The parts of a contract that the templates do not compile.

The compiler refuses each of them by name. Otherwise it would drop or guess a rule of the contract, and the client would
send what the contract forbids.
"""

from __future__ import annotations

from collections.abc import Iterator

from document import ContractError, Document, Model, Operation, Type
from expressions import FORMATS, LIMITS, SIMPLE, Readers, variants

MEMBERS = {
    *("additional_properties", "cls", "from_dict", "from_json", "has", "src_dict", "to_dict", "to_json"),
    "to_multipart",
}
"""Names that a member cannot have, because every model uses them itself."""
MODELS = {
    *("Any", "Decimal", "FilePart", "InvalidData", "Literal", "Mapping", "OpenEnum", "Request", "Self", "Sender"),
    *("Sequence", "TypeAlias", "UNSET", "UUID", "Unset"),
}
"""Names that a model cannot have, because the compiled modules use them themselves."""
MEDIA_TYPES = ("", "application/json", "multipart/form-data")
SCALARS = {*SIMPLE} - {"any", "file"} | {"enum"}


def refuse(document: Document) -> None:
    """Raise ContractError for the first part that cannot be compiled. The message names the place and the reason."""
    for where, reason in _reasons(document):
        raise ContractError(f"{where}: {reason}")
    readers = Readers(document.models)
    for where, type in _types(document):
        for reason in _parts(type):
            raise ContractError(f"{where}: {reason}")
        try:
            readers.reader(type)
        except ContractError as error:
            raise ContractError(f"{where}: {error}") from None


def _reasons(document: Document) -> Iterator[tuple[str, str]]:
    for operation in document.operations:
        yield from ((operation.name, reason) for reason in _operation(operation))
    for model in document.models:
        yield from ((model.name, reason) for reason in _model(model))
    for enum in document.enums:
        if not all(isinstance(value, str) for value in enum.values.values()):
            yield enum.name, "only enums of strings are compiled"


def _types(document: Document) -> Iterator[tuple[str, Type]]:
    """Yield every type of the contract, with its place."""
    for operation in document.operations:
        parameters = [*operation.path_parameters, *operation.query_parameters]
        yield from ((f"{operation.name}: the parameter {each.name}", each.type) for each in parameters)
        if operation.body:
            yield f"{operation.name}: the body", operation.body.type
        for status, body in operation.responses.items():
            if body:
                yield f"{operation.name}: an answer to {status}", body
    for model in document.models:
        yield from ((f"{model.name}.{member.name}", member.type) for member in model.members)
        if model.additional:
            yield f"{model.name}: additionalProperties", model.additional


def _operation(operation: Operation) -> Iterator[str]:
    for member in [*operation.path_parameters, *operation.query_parameters]:
        is_list_allowed = member in operation.query_parameters
        if not all(_is_scalar(each) or (is_list_allowed and _is_list(each)) for each in variants(member.type)):
            yield f"the parameter {member.python_name} is no string, number or boolean, nor a list of them in a query"
        if member.python_name in {"body", "client"}:
            yield f"a parameter cannot be called {member.python_name}, because the function has another of that name"
    if operation.media_type not in MEDIA_TYPES:
        yield f"a body of {operation.media_type} is not compiled"
    if operation.body and not operation.body.is_required:
        yield "only a body that is required is compiled"


def _is_scalar(type: Type) -> bool:
    return type.kind in SCALARS


def _is_list(type: Type) -> bool:
    return type.item is not None and _is_scalar(type.item)


def _model(model: Model) -> Iterator[str]:
    if model.name in MODELS:
        yield "the compiled modules use this name themselves"
    names = {member.name for member in model.members}
    for keyword, value in model.keywords.items():
        # An `anyOf` of a model consists of lists of required members: the adapter takes no other.
        if keyword != "anyOf" or not all({*branch["required"]} <= names for branch in value):
            yield _not_compiled(keyword)
    for member in model.members:
        if member.python_name in MEMBERS:
            yield f"the models use the name {member.python_name} themselves"
        if member.type.kind == "union" and any(each.kind == "number" for each in member.type.variants):
            yield f"{member.python_name} may be a number or something else, and then nothing keeps the number exact"
        if model.is_multipart and not (member.is_required and member.type.kind == "file"):
            yield f"{member.python_name} is no file that is required, and other parts of a form are not compiled"


def _parts(type: Type) -> Iterator[str]:
    """Yield the reasons against a type and the types that it consists of."""
    for keyword, value in type.keywords.items():
        if not (
            keyword in LIMITS.get(type.kind, ())
            or (keyword == "format" and type.kind == "integer" and value in FORMATS)
            or (keyword == "not" and type.kind in ("any", "string") and value.keys() == {"enum"})
        ):
            yield _not_compiled(keyword)
    if type.kind == "constant" and not isinstance(type.value, (str, int)):
        yield "only a constant that is a string, an integer or a boolean is compiled"
    for part in [*type.variants, *([type.item] if type.item else [])]:
        yield from _parts(part)


def _not_compiled(keyword: str) -> str:
    return f"the keyword {keyword} is not compiled"
