"""The comparison of JSON data with a model: unknown members, unknown values, members of another type."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol, Self, TypeVar

import attrs

from lucca_procurement_api.errors import InvalidData
from lucca_procurement_api.types import OpenEnum

from ..models import OneTimeCommitment, SubscriptionCommitment, UnknownCommitment
from ._findings import Findings, kind, member_name, word

_MOST_WRONG = 1_000
"""The most wrong members of one answer. An answer with more does not match its model at all."""
_Model = TypeVar("_Model", bound="_Readable")


class _Readable(Protocol):
    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self: ...


def compare(findings: Findings, model: type[_Model], raw: Any, path: str) -> _Model | None:
    """Compare an object with its model.

    Removes from `raw` each member that cannot be read, because it would hide the others. Returns the rest as an object
    of the model, or None if the rest cannot be read either.
    """
    tries: Counter[str] = Counter()
    for _ in range(_MOST_WRONG):
        try:
            value = model.from_dict(raw)
        except InvalidData as error:
            tries[error.path] += 1
            # After the item of an array is removed, the next item has its path.
            if tries[error.path] == 1 or error.path.endswith("]"):
                member = re.sub(r"\[\d+\]", "[]", f".{error.path}" if error.path else "")
                findings.add("another type", path + member, f"expected {error.expected}, found {error.found}")
            if not _remove(raw, error, tries[error.path]):
                return None
        else:
            _walk(findings, value, path)
            return value
    return None


def _remove(raw: Any, error: InvalidData, tries: int) -> bool:
    """Remove the member that cannot be read. Return False if that does not help."""
    if not error.path:
        return False
    *way, last = re.findall(r"[^.\[\]]+", error.path)
    for step in way:
        raw = raw[int(step) if isinstance(raw, list) else step]
    if isinstance(raw, list):
        del raw[int(last)]
    elif tries == 1:
        raw.pop(last, None)
    elif tries == 2:
        # The member is required, because its removal did not help: an id, or the items of a page.
        raw[last] = [] if error.expected == "an array" else 0
    else:
        return False
    return True


def _walk(findings: Findings, value: Any, path: str) -> None:
    """Add the unknown members and unknown values of a value, at every depth."""
    match value:
        case OpenEnum() if not value.is_known:
            findings.add("unknown value", path, word(value.value))
        case list():
            for each in value:
                _walk(findings, each, f"{path}[]")
        case UnknownCommitment():
            type_ = word(value.type_)
            findings.add("unknown value", f"{path}.type", type_)
            # Members that other commitments have are not new.
            new = value.additional_properties.keys() - _OF_COMMITMENTS
            _add_members(findings, {name: value.additional_properties[name] for name in new}, f"{path}({type_})")
        case _ if attrs.has(type(value)):
            _add_members(findings, value.additional_properties, path)
            for name, attribute in members_of(type(value)).items():
                _walk(findings, getattr(value, attribute), f"{path}.{name}")


def _add_members(findings: Findings, members: Mapping[str, Any], path: str) -> None:
    for name, member in members.items():
        findings.add("unknown member", f"{path}.{member_name(name)}", kind(member))


def members_of(model: type[Any]) -> dict[str, str]:
    """Return the attributes of a model by their names in JSON."""
    attributes = [each.name for each in attrs.fields(model) if not each.name.startswith("_")]
    return {re.sub("_(.)", lambda found: found[1].upper(), name.rstrip("_")): name for name in attributes}


_OF_COMMITMENTS = {*members_of(OneTimeCommitment), *members_of(SubscriptionCommitment)}
