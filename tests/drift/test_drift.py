"""The comparison of a tenant's responses with the contract, and a report without data of the tenant."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing
from datetime import date
from typing import Any
from unittest.mock import MagicMock

import attrs
import pytest

from lucca_procurement import drift, models
from lucca_procurement._wire.session import Session
from lucca_procurement.drift._command import settings_of
from lucca_procurement.drift._compare import compare, members_of
from lucca_procurement.drift._findings import Findings, Question
from lucca_procurement.drift._observe import observe
from lucca_procurement.drift._reader import Reader, parsed
from lucca_procurement.drift._survey import Survey
from lucca_procurement.emulator import Emulator, Quirks
from lucca_procurement.emulator.server import in_thread
from lucca_procurement.events import Event, RequestFailed, RequestSent
from support.clock import HurriedClock
from support.raw_server import answer, raw_server

Report = dict[str, Any]
Run = Callable[..., tuple[int, Report]]

SHOWN = {"href", "id", "type", "state", "flag", "unit", "currency", "preferredPaymentMethod", "paymentMethod"}
"""Members whose text is no data of the tenant. An address is never shown whole, and has no canary of its own."""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs the command against an emulator, and returns exit code and report."""

    def run_against(emulator: Emulator, *options: str) -> tuple[int, Report]:
        monkeypatch.setattr("lucca_procurement.drift._command.SystemClock", HurriedClock)
        monkeypatch.setenv("LUCCA_BASE_URL", emulator.url or "")
        monkeypatch.setenv("LUCCA_API_KEY", emulator.key)
        code = drift.main(["--json", *options])
        return code, json.loads(capsys.readouterr().out)

    return run_against


@pytest.fixture
def quirky(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """Serve an emulator with the quirks of the test's parameters."""
    emulator = Emulator(rate=None, quirks=Quirks(**request.param))
    with in_thread(emulator.serve()):
        yield emulator


async def surveyed(url: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Survey, list[Event]]:
    """Run a survey without the command. Return it, and its events."""
    monkeypatch.setenv("LUCCA_API_KEY", "a-key")
    events: list[Event] = []
    session = Session(settings_of(url, events), HurriedClock())
    survey = Survey(Reader(session), pages=2, territory="FR", date=date(2026, 1, 1))
    async with aclosing(session.http):
        await survey.run()
    return survey, events


def drift_of(report: Report) -> list[str]:
    return [f"{each['what']}: {each['path']}: {each['found']}" for each in report["drift"]]


def test_run_against_documented_lucca_reads_and_finds_no_drift(lucca_emulator: Emulator, run: Run) -> None:
    code, report = run(lucca_emulator)
    assert (code, drift_of(report), report["not_read"]) == (0, [], {})
    assert report["read"] == {"purchases": 300, "suppliers": 37, "natures": 12, "cost_centers": 42, "tax_rates": 5}
    assert {entry.method for entry in lucca_emulator.log} == {"GET"}
    assert {entry.operation for entry in lucca_emulator.log} == {
        "list_purchases", "list_suppliers", "list_natures", "list_cost_centers", "list_tax_rates", "get_purchase",
    }  # fmt: skip
    assert report["requests"] == len(lucca_emulator.log) == 10
    seen = report["questions"]
    assert [question for question in Question if not seen[question]] == [Question.SHAPE, Question.RETRY_AFTER]
    assert seen[Question.ERROR] == ["404: application/problem+json, an object"]
    assert seen[Question.DEFAULT] == ["50, nothing unrequested"]
    assert seen[Question.NUMBER] == ["yes"]
    assert "Ongoing with Provisioned" in seen[Question.STATES]
    assert seen[Question.MOMENT] == ["7 digits of fraction, an offset as +00:00"]


@pytest.mark.parametrize(
    ("quirky", "question", "observed"),
    [
        ({"paging": "token"}, Question.PAGING, "by token (purchases)"),
        ({"paging": "token"}, Question.COUNT, "yes (purchases)"),
        ({"paging": "number"}, Question.PAGING, "by number (purchases)"),
        ({"paging": "number"}, Question.PAGING, "unclear: one page, without `next` (natures)"),
        ({"paging": "array"}, Question.PAGING, "as bare arrays (purchases)"),
        ({"paging": "array"}, Question.COUNT, "no (purchases)"),
        ({"last_page": "null"}, Question.LAST, "null (purchases)"),
        ({"last_page": "absent"}, Question.LAST, "absent (purchases)"),
        ({"last_page": "empty"}, Question.LAST, "empty (purchases)"),
        ({"order": "descending"}, Question.ORDER, "falling (purchases)"),
        ({"order": "ascending"}, Question.ORDER, "rising (purchases)"),
        ({"order": "shuffled"}, Question.ORDER, "neither rising nor falling (purchases)"),
        ({"territory_ids": "string"}, Question.TERRITORY, "a string (`rateType.territoryId`)"),
        ({"territory_ids": "integer"}, Question.TERRITORY, "an integer (`territory.id`)"),
    ],
    indirect=["quirky"],
)
def test_question_with_quirk_is_answered(quirky: Emulator, question: Question, observed: str, run: Run) -> None:
    code, report = run(quirky)
    assert (code, drift_of(report)) == (0, [])
    seen = report["questions"][question]
    assert observed in seen
    subject = observed.partition("(")[2]
    assert [each for each in seen if each.endswith(f"({subject}")] == [observed]


def test_unknown_values_are_reported_with_their_paths(lucca_emulator: Emulator, run: Run) -> None:
    lucca_emulator.faults.add("*", "unknown-enum", times=None)
    code, report = run(lucca_emulator)
    assert code == 1
    assert "unknown value: purchases.items[].commitment.state: InOrbit" in drift_of(report)
    assert "unknown value: suppliers.items[].state: InOrbit" in drift_of(report)
    assert "unknown value: purchase.state: InOrbit" in drift_of(report)


def test_unknown_commitment_type_is_reported_once(lucca_emulator: Emulator, run: Run) -> None:
    lucca_emulator.faults.add("list_purchases", "unknown-commitment-type", times=None)
    code, report = run(lucca_emulator)
    assert (code, drift_of(report)) == (1, ["unknown value: purchases.items[].commitment.type: BarterCommitment"])


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("garbage", "answered 200 with no JSON, or null"),
        ("html", "answered 200 with no JSON, or null"),
        ("empty", "answered 200 with no JSON, or null"),
        ("500", "answered 500"),
    ],
)
def test_unreadable_list_is_named_and_others_are_read(lucca_emulator: Emulator, fault: str, why: str, run: Run) -> None:
    lucca_emulator.faults.add("list_purchases", fault, times=None)
    code, report = run(lucca_emulator)
    assert (code, report["drift"], report["not_read"]) == (2, [], {"purchases": why})
    assert report["read"] == {"suppliers": 37, "natures": 12, "cost_centers": 42, "tax_rates": 5}
    lucca_emulator.faults.add("list_suppliers", "unknown-enum")
    assert run(lucca_emulator)[0] == 1


def test_undocumented_status_is_drift(lucca_emulator: Emulator, run: Run) -> None:
    lucca_emulator.faults.add("list_natures", "529")
    code, report = run(lucca_emulator)
    assert (code, drift_of(report)) == (1, ["status: natures: 529, which is not documented"])
    assert report["questions"][Question.ERROR][-1] == "529: application/problem+json, an object"


def test_page_that_leads_to_itself_is_drift(lucca_emulator: Emulator, run: Run) -> None:
    lucca_emulator.faults.add("list_purchases", "repeated-token", times=None)
    code, report = run(lucca_emulator, "--pages", "5")
    assert (code, drift_of(report)[0].partition(",")[0]) == (1, "another type: purchases.next: expected another page")


def test_wrong_key_is_tried_once(
    lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LUCCA_API_KEY", "another-one")
    assert drift.main(["--base-url", lucca_emulator.url or ""]) == 2
    shown = capsys.readouterr()
    assert [entry.status for entry in lucca_emulator.log] == [401]
    assert "purchases: answered 401" in shown.out
    assert "401: application/problem+json, an object" in shown.out
    assert "another-one" not in shown.out + shown.err


def test_start_announces_number_of_requests(
    lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LUCCA_API_KEY", "another-one")
    for pages, most in ((1, 9), (2, 13)):
        drift.main(["--base-url", lucca_emulator.url or "", "--pages", f"{pages}"])
        announced = f"At most {most} requests, all of them GET ({2 * most} if each has to be sent again).\n"
        assert capsys.readouterr().err == announced


def test_requests_with_pages_stay_within_announced_number(lucca_emulator: Emulator, run: Run) -> None:
    for pages in (1, 3):
        lucca_emulator.log.clear()
        _, report = run(lucca_emulator, "--pages", f"{pages}")
        assert report["read"]["purchases"] == 100 * min(3, pages + 1)
        assert report["requests"] <= 4 * pages + 5
        assert [entry.operation for entry in lucca_emulator.log].count("list_purchases") == pages + 2


@pytest.mark.parametrize("retry_after", ["0", None])
def test_throttled_requests_are_sent_twice_at_most(lucca_emulator: Emulator, retry_after: str | None, run: Run) -> None:
    lucca_emulator.faults.add("*", "429", times=None, retry_after=retry_after)
    code, report = run(lucca_emulator)
    # Four lists, the tax rates and the purchase that cannot exist, each of them twice.
    assert [entry.status for entry in lucca_emulator.log] == [429] * 12
    assert (code, report["requests"], report["not_read"]["natures"]) == (2, 12, "answered 429")


def test_failed_requests_are_sent_again(lucca_emulator: Emulator, run: Run) -> None:
    lucca_emulator.faults.add("list_suppliers", "503")
    lucca_emulator.faults.add("list_natures", "cut-body")
    code, report = run(lucca_emulator)
    assert (code, report["not_read"], report["requests"]) == (0, {}, 12)


async def test_unreachable_server_ends_survey_after_two_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    survey, events = await surveyed(f"http://127.0.0.1:{port}", monkeypatch)
    assert [type(event) for event in events] == [RequestSent, RequestFailed] * 2
    assert "did not reach the server" in survey.findings.not_read.pop("purchases")
    assert survey.findings.not_read == {"the rest": "not tried after that"}


# ---- Privacy


def texts(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for member, each in value.items():
            yield from texts(each, member)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each, name)
    elif isinstance(value, str) and name not in SHOWN:
        yield value


@pytest.mark.parametrize("fault", [None, "unknown-enum", "unknown-commitment-type", "missing-id", "garbage"])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_report_holds_no_data_of_tenant(
    lucca_emulator: Emulator,
    fault: str | None,
    form: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LUCCA_API_KEY", lucca_emulator.key)
    if fault:
        lucca_emulator.faults.add("*", fault, times=None)
    drift.main([*form, "--base-url", lucca_emulator.url or ""])
    shown = capsys.readouterr()
    seed = lucca_emulator.tenant.seed
    canaries = {*texts([*seed.users.values(), *seed.suppliers.values()])}
    canaries |= {*texts([*seed.cost_centers.values(), *seed.natures.values()])}
    canaries |= {seed.purchase(index)["title"] for index in range(seed.count)}
    canaries |= {f"{seed.purchase(index)[name]}" for index in range(seed.count) for name in ("id", "createdAt")}
    canaries.add((lucca_emulator.url or "").removeprefix("http://"))
    assert len(canaries) > 500
    # "IT" is a family of costs and a part of many words.
    found = {each for each in canaries - {"Active", "IT"} if each in shown.out + shown.err}
    assert found == set()


def of_purchase(**changed: Any) -> tuple[list[str], Findings]:
    """Compare and observe a purchase with these members."""
    purchase = parsed(json.dumps(Emulator().tenant.at(299) | changed, default=float).encode())
    findings = Findings()
    observe(findings, purchase, "purchases.items[]")
    compare(findings, models.Purchase, purchase, "purchases.items[]")
    return [f"{each.what}: {each.path}: {each.found}" for each in sorted(findings.drift)], findings


def test_unknown_member_shows_kind_without_personal_name() -> None:
    personal = {"iban": "FR76", "axisSections": [{"id": 1}]}
    strange = {"author@lucca.example": personal, "riskScore": [1], "owner": {"id": 1, "nickName": "Jo"}}
    assert "author@lucca.example" not in str(of_purchase(**strange)[1])
    assert of_purchase(**strange)[0] == [
        "unknown member: purchases.items[].(a name of 20 characters): an object",
        "unknown member: purchases.items[].owner.nickName: a string",
        "unknown member: purchases.items[].riskScore: an array",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [("OnHold", "OnHold"), ("Jean Dupont", "text of 11 characters"), ("x" * 41, "text of 41 characters")],
)
def test_unknown_value_is_shown_only_if_like_enum_word(value: str, shown: str) -> None:
    assert of_purchase(state=value)[0] == [f"unknown value: purchases.items[].state: {shown}"]


def test_unreadable_member_hides_no_other() -> None:
    attachments = [{"id": "one"}, 7, {"id": "two", "more": 1}]
    commitment = {"type": "OneTimeCommitment", "attachments": attachments, "costDate": "soon", "state": 3}
    assert of_purchase(id="abc", title=["secret"], commitment=commitment)[0] == [
        "another type: purchases.items[].commitment.attachments[]: expected an object, found an integer",
        "another type: purchases.items[].commitment.attachments[].id: expected an integer, found a string",
        "another type: purchases.items[].commitment.costDate: expected a date (YYYY-MM-DD), found a string",
        "another type: purchases.items[].commitment.id: expected an integer, found nothing",
        "another type: purchases.items[].commitment.state: expected a string (CommitmentState), found an integer",
        "another type: purchases.items[].id: expected an integer, found a string",
        "another type: purchases.items[].title: expected a string, found an array",
        "unknown member: purchases.items[].commitment.attachments[].more: an integer",
    ]


def test_value_that_is_no_object_is_drift() -> None:
    findings = Findings()
    assert compare(findings, models.Purchase, "Jean Dupont", "purchases.items[]") is None
    assert [each.found for each in findings.drift] == ["expected an object, found a string"]


def test_shape_of_undocumented_member_is_observed() -> None:
    drift_of_it, findings = of_purchase(axisSections=[{"id": 361, "Jean Dupont": "x", "axis": {}}])
    assert drift_of_it == []
    assert [*findings.observed[Question.SHAPE]] == [
        "purchases.items[].axisSections[] is an object (id: an integer, "
        "(a name of 11 characters): a string, axis: an object)"
    ]


async def test_bodies_of_another_kind_are_drift(monkeypatch: pytest.MonkeyPatch) -> None:
    suppliers, natures, cost_centers = b'{"items": {}, "total": 3}', b"{}", b'{"items": [], "count": "3"}'
    bodies = b'"a title"', suppliers, natures, cost_centers, b'{"secret": 1}'
    answers = [answer(200, body) for body in bodies]
    async with raw_server(*answers, answer(404)) as raw:
        survey, _ = await surveyed(raw.url, monkeypatch)
    assert {f"{each.path}: {each.found}" for each in survey.findings.drift} == {
        "purchases: expected an object or an array, found a string",
        "suppliers.items: expected an array, found an object",
        "suppliers.total: an integer",
        "natures.items: expected an array, found nothing",
        "cost_centers.count: expected an integer, found a string",
        "tax_rates: expected an array, found an object",
    }
    assert survey.findings.observed[Question.ERROR] == {"404: application/json, an empty body"}


def test_observe_with_many_levels_stops_at_fixed_depth() -> None:
    nested: list[Any] = []
    for _ in range(5_000):
        nested = [nested]
    findings = Findings()
    observe(findings, {"items": [{"axisSections": nested}]}, "purchases")
    assert findings.observed[Question.SHAPE] == {"purchases.items[].axisSections[] is an array"}


async def test_empty_bare_arrays_are_recognized(monkeypatch: pytest.MonkeyPatch) -> None:
    async with raw_server(answer(200, b"[]")) as raw:
        survey, _ = await surveyed(raw.url, monkeypatch)
    assert "as bare arrays (natures)" in survey.findings.observed[Question.PAGING]
    assert survey.findings.observed[Question.RATES] == {"none, for a code"}


# ---- Parts


class Anything(MagicMock):
    """A value that can be written as a member of any type."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as a model is written."""
        return {}


def test_members_of_each_model_have_wire_names() -> None:
    of_contract = [each for each in vars(models).values() if isinstance(each, type) and hasattr(each, "from_dict")]
    assert len(of_contract) > 40
    for model in of_contract:
        names = members_of(model).keys()
        instance: Any = object.__new__(model)
        for each in attrs.fields(model):
            member = {"_absent": 0, "_additional_properties": None}.get(each.name, Anything())
            object.__setattr__(instance, each.name, member)
        assert {*instance.to_dict()} == names, model


# ---- The command


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--base-url", "http://example.ilucca.net"], "base_url is http"),
        (["--pages", "0"], "from 1 to 1000"),
        (["--date", "soon"], "--date"),
        (["--api-key", "secret"], "unrecognized arguments"),
    ],
)
def test_command_with_invalid_option_reports_error(options: list[str], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lucca_procurement.drift", *options],
        capture_output=True, text=True, check=False, timeout=20, env={"LUCCA_API_KEY": "a-key"},
    )  # fmt: skip
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False)
