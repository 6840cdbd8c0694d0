"""Checks answers against the contract: the status, the media type, the body, and the `Allow` header of a 405."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx
from jsonschema_rs import Draft202012Validator, Registry, ValidationError
from ruamel.yaml import YAML

from generate import CONTRACT
from lucca_procurement.emulator import Emulator

PROBLEM = "#/components/responses/Problem"


class Conformance:
    """The answers that a contract documents. This class uses neither the emulator nor the compiled client."""

    def __init__(self, contract: dict[str, Any]) -> None:
        self._contract = contract
        self._paths = {
            re.compile(re.sub(r"\{\w+\}", "[^/]+", path)): (path, item) for path, item in contract["paths"].items()
        }
        registry = Registry([("urn:contract", bounded(contract))])
        self._validator = cache(
            lambda place: Draft202012Validator(
                {"$ref": f"urn:contract{quote(place, safe='#/~')}"}, registry=registry, validate_formats=True
            )
        )

    async def check(self, response: httpx.Response) -> None:
        """Fail unless the contract documents a response. This method is an event hook of httpx."""
        await response.aread()
        request = response.request
        wrong = self.objection(
            request.method, request.url.path, response.status_code, response.headers, response.content
        )
        assert wrong is None, f"{request.method} {request.url} was answered {response.status_code}: {wrong}"

    def objection(self, method: str, path: str, status: int, headers: httpx.Headers, content: bytes) -> str | None:
        """Return what is wrong with an answer. None if nothing is wrong."""
        nowhere: tuple[str, dict[str, Any]] = ("", {})
        template, item = next((found for regex, found in self._paths.items() if regex.fullmatch(path)), nowhere)
        operation = item.get(method.lower())
        if operation is None:
            expected = 405 if item else 404
            # A caller without a valid key, or beyond the rate limit, gets 401 or 429 for any path.
            if status not in (401, 429, expected):
                return f"the status should be {expected}"
            place = PROBLEM
        else:
            name = next((name for name in (str(status), f"{status // 100}XX") if name in operation["responses"]), None)
            if name is None:
                return "the status is not documented"
            own = f"#/paths/{template.replace('/', '~1')}/{method.lower()}/responses/{name}"
            place = operation["responses"][name].get("$ref", own)
        allowed = ", ".join(sorted(each.upper() for each in item))
        if status == 405 and headers.get("allow") != allowed:
            return f"Allow should be {allowed}, not {headers.get('allow')}"
        return self._objection_to_body(place, headers.get("content-type", ""), None if method == "HEAD" else content)

    def _objection_to_body(self, place: str, content_type: str, content: bytes | None) -> str | None:
        response = self._contract
        for name in place.removeprefix("#/").split("/"):
            response = response[name.replace("~1", "/")]
        if "content" not in response:
            return f"there should be no body, not {content!r}" if content or content_type else None
        if content_type not in response["content"]:
            return f"the media type should be {' or '.join(response['content'])}, not {content_type}"
        if content is None:
            return None
        validator = self._validator(f"{place}/content/{content_type.replace('/', '~1')}/schema")
        try:
            error = next(validator.iter_errors(json.loads(content)), None)
        except ValueError as invalid:
            return f"the body is no JSON: {invalid}"
        if error is None:
            return None
        error = deepest(error)
        return f"{'.'.join(map(str, ['$', *error.instance_path]))}: {error.message[:500]}"


def deepest(error: ValidationError) -> ValidationError:
    """Return the most exact of the errors of a value.

    A value that fits none of several schemas most resembles the one whose error lies deepest in it.
    """
    inner = [each for errors in getattr(error.kind, "context", None) or [] for each in errors]
    return max(map(deepest, inner), key=lambda each: len(each.instance_path)) if inner else error


def bounded(part: Any) -> Any:
    """Return a part of a contract in which the format of an integer is also a range.

    The validator reads formats of text alone.
    """
    if isinstance(part, list):
        return [bounded(each) for each in part]
    if not isinstance(part, dict):
        return part
    bits = {"int32": 31, "int64": 63}.get(str(part.get("format")))
    limits = {"minimum": -(2**bits), "maximum": 2**bits - 1} if bits else {}
    return limits | {name: bounded(each) for name, each in part.items()}


@cache
def conformance() -> Conformance:
    """Return the conformance to our contract."""
    return Conformance(YAML(typ="safe").load(CONTRACT))


def checking(emulator: Emulator) -> dict[str, list[Any]]:
    """Return event hooks of httpx that fail if an answer is not documented and no fault caused it."""

    async def check(response: httpx.Response) -> None:
        is_api = not response.request.url.path.startswith("/_emulator")
        if is_api and (not emulator.log or emulator.log[-1].fault is None):
            await conformance().check(response)

    return {"response": [check]}
