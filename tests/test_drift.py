"""What a tenant's answers show that the contract does not know, told without anything of the tenant's own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
import pytest
from answering import answer, raw_server
from failing import client_of

from lucca_procurement import drift, models
from lucca_procurement._drift import Course, Findings, Questions, wire_name
from lucca_procurement.emulator import Emulator, Quirks
from lucca_procurement.emulator.server import in_thread
from lucca_procurement_api import _json
from lucca_procurement_api import models as compiled

Report = dict[str, Any]
Run = Callable[..., tuple[int, Report]]

SHOWN = {"href", "id", "type", "state", "flag", "unit", "currency", "preferredPaymentMethod", "paymentMethod"}
"""Members whose text is no data of the tenant; an address is never shown whole, and has no canary of its own."""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command against an emulator; give its exit code and its report."""

    def run_against(emulator: Emulator, *options: str) -> tuple[int, Report]:
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


def told(report: Report) -> list[str]:
    return [f"{each['what']}: {each['path']}: {each['found']}" for each in report["drift"]]


def test_a_lucca_as_documented_has_no_drift_and_is_only_read(lucca_emulator: Emulator, run: Run) -> None:
    code, report = run(lucca_emulator)
    assert (code, told(report), report["not_read"]) == (0, [], {})
    assert report["read"] == {"purchases": 300, "suppliers": 37, "natures": 12, "cost_centers": 42, "tax_rates": 5}
    assert {entry.method for entry in lucca_emulator.log} == {"GET"}
    assert {entry.operation for entry in lucca_emulator.log} == {
        "list_purchases", "list_suppliers", "list_natures", "list_cost_centers", "list_tax_rates", "get_purchase",
    }  # fmt: skip
    assert report["requests"] == len(lucca_emulator.log) == 10
    seen = report["questions"]
    assert seen[Questions.SHAPE] == []
    assert [question for question in Questions if not seen[question] and question is not Questions.SHAPE] == []
    assert seen[Questions.REFUSAL] == ["404: application/problem+json, an object"]
    assert seen[Questions.DEFAULT] == ["50, nothing unasked"]
    assert seen[Questions.NUMBER] == ["yes"]
    assert "Ongoing with Provisioned" in seen[Questions.STATES]
    assert seen[Questions.MOMENT] == ["7 digits of fraction, an offset as +00:00"]


@pytest.mark.parametrize(
    ("quirky", "question", "observed"),
    [
        ({"paging": "token"}, Questions.PAGING, "by token (purchases)"),
        ({"paging": "token"}, Questions.COUNT, "yes (purchases)"),
        ({"paging": "number"}, Questions.PAGING, "by number (purchases)"),
        ({"paging": "number"}, Questions.PAGING, "not to be told: one page, without `next` (natures)"),
        ({"paging": "array"}, Questions.PAGING, "as bare arrays (purchases)"),
        ({"paging": "array"}, Questions.COUNT, "no (purchases)"),
        ({"last_page": "null"}, Questions.LAST, "null (purchases)"),
        ({"last_page": "absent"}, Questions.LAST, "absent (purchases)"),
        ({"last_page": "empty"}, Questions.LAST, "empty (purchases)"),
        ({"order": "descending"}, Questions.ORDER, "falling (purchases)"),
        ({"order": "ascending"}, Questions.ORDER, "rising (purchases)"),
        ({"order": "shuffled"}, Questions.ORDER, "neither rising nor falling (purchases)"),
        ({"territory_ids": "string"}, Questions.TERRITORY, "a string (`rateType.territoryId`)"),
        ({"territory_ids": "integer"}, Questions.TERRITORY, "an integer (`territory.id`)"),
    ],
    indirect=["quirky"],
)
def test_what_the_documentation_leaves_open_is_seen(
    quirky: Emulator, question: Questions, observed: str, run: Run
) -> None:
    code, report = run(quirky)
    assert (code, told(report)) == (0, [])
    seen = report["questions"][question]
    assert observed in seen
    subject = observed.partition("(")[2]
    assert [each for each in seen if each.endswith(f"({subject}")] == [observed]


def test_unknown_values_are_told_by_where_they_are(lucca_emulator: Emulator, run: Run) -> None:
    lucca_emulator.faults.add("*", "unknown-enum", times=None)
    code, report = run(lucca_emulator)
    assert code == 1
    assert "unknown value: purchases.items[].commitment.state: InOrbit" in told(report)
    assert "unknown value: suppliers.items[].state: InOrbit" in told(report)
    assert "unknown value: purchase.state: InOrbit" in told(report)


def test_an_unknown_kind_of_commitment_is_told_by_its_name(lucca_emulator: Emulator, run: Run) -> None:
    lucca_emulator.faults.add("list_purchases", "unknown-commitment-type", times=None)
    code, report = run(lucca_emulator)
    assert (code, told(report)) == (1, ["unknown value: purchases.items[].commitment.type: BarterCommitment"])


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("garbage", "answered 200 with no JSON, or null"),
        ("html", "answered 200 with no JSON, or null"),
        ("empty", "answered 200 with no JSON, or null"),
        ("500", "answered 500"),
    ],
)
def test_what_cannot_be_read_does_not_end_the_report(lucca_emulator: Emulator, fault: str, why: str, run: Run) -> None:
    lucca_emulator.faults.add("list_purchases", fault, times=None)
    code, report = run(lucca_emulator)
    assert (code, report["drift"], report["not_read"]) == (2, [], {"purchases": why})
    assert report["read"] == {"suppliers": 37, "natures": 12, "cost_centers": 42, "tax_rates": 5}
    lucca_emulator.faults.add("list_suppliers", "unknown-enum")
    assert run(lucca_emulator)[0] == 1


def test_a_status_that_is_not_documented_is_told(lucca_emulator: Emulator, run: Run) -> None:
    lucca_emulator.faults.add("list_natures", "529")
    code, report = run(lucca_emulator)
    assert (code, told(report)) == (1, ["status: natures: 529, which is not documented"])
    assert report["questions"][Questions.REFUSAL][-1] == "529: application/problem+json, an object"


def test_a_page_that_leads_to_itself_is_told(lucca_emulator: Emulator, run: Run) -> None:
    lucca_emulator.faults.add("list_purchases", "repeated-token", times=None)
    code, report = run(lucca_emulator, "--pages", "5")
    assert (code, told(report)[0].partition(",")[0]) == (1, "another type: purchases.next: expected another page")


def test_a_wrong_key_is_tried_once(
    lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LUCCA_API_KEY", "another-one")
    assert drift.main(["--base-url", lucca_emulator.url or ""]) == 2
    shown = capsys.readouterr()
    assert [entry.status for entry in lucca_emulator.log] == [401]
    assert "purchases: answered 401" in shown.out
    assert "401: application/problem+json, an object" in shown.out
    assert "another-one" not in shown.out + shown.err


def test_the_rate_is_told_before_it_starts_and_kept(lucca_emulator: Emulator, run: Run) -> None:
    for pages in (1, 3):
        lucca_emulator.log.clear()
        _, report = run(lucca_emulator, "--pages", f"{pages}")
        assert report["read"]["purchases"] == 100 * min(3, pages + 1)
        assert report["requests"] <= 4 * pages + 5
        assert [entry.operation for entry in lucca_emulator.log].count("list_purchases") == pages + 2


def test_more_requests_are_never_made_than_were_told(
    lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LUCCA_API_KEY", lucca_emulator.key)
    lucca_emulator.faults.add("*", "503", times=None, retry_after="0")
    assert drift.main(["--base-url", lucca_emulator.url or ""]) == 2
    assert "At most 13 requests, all of them GET (26 if each had to be sent again)." in capsys.readouterr().err
    # Four lists, the tax rates and the purchase that cannot exist, each of them twice.
    assert [entry.status for entry in lucca_emulator.log] == [503] * 12


def test_throttled_survey_stops_and_leaves_the_rate_to_others(lucca_emulator: Emulator, run: Run) -> None:
    lucca_emulator.faults.add("*", "429", times=None, retry_after="300")
    code, report = run(lucca_emulator)
    assert code == 2
    assert [entry.status for entry in lucca_emulator.log] == [429]
    assert report["not_read"]["the rest"] == "not tried after that"


def test_nobody_listens_is_no_end_of_tries(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("LUCCA_API_KEY", "a-key")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    # The pause before the second try is this part of half a second.
    monkeypatch.setattr("random.random", lambda: 0.0)
    assert drift.main(["--base-url", f"http://127.0.0.1:{port}", "--json"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert report["requests"] == 2
    assert "did not reach the server" in report["not_read"]["purchases"]


# ---- What of a tenant must not show


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
def test_nothing_of_the_tenant_is_in_the_report(
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


def of_purchases(**changed: Any) -> tuple[list[str], Findings]:
    purchase = Emulator().tenant.at(299) | changed
    findings = Findings()
    findings.read(models.Purchase, _json.loads(_json.dumps(purchase)), "purchases.items[]")
    return [f"{each.what}: {each.path}: {each.found}" for each in sorted(findings.drift)], findings


def test_of_an_unknown_member_only_the_kind_shows_and_no_name_that_may_be_data() -> None:
    strange = {"author@lucca.example": {"iban": "FR76"}, "riskScore": [1], "owner": {"id": 1, "nickName": "Jo"}}
    assert of_purchases(**strange)[0] == [
        "unknown member: purchases.items[].(a name of 20 characters): an object",
        "unknown member: purchases.items[].owner.nickName: a string",
        "unknown member: purchases.items[].riskScore: an array",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [("OnHold", "OnHold"), ("Jean Dupont", "text of 11 characters"), ("x" * 41, "text of 41 characters")],
)
def test_an_unknown_value_shows_if_it_looks_like_a_word_of_an_enum(value: str, shown: str) -> None:
    assert of_purchases(state=value)[0] == [f"unknown value: purchases.items[].state: {shown}"]


def test_one_member_that_cannot_be_read_hides_no_other() -> None:
    attachments = [{"id": "one"}, 7, {"id": "two", "more": 1}]
    commitment = {"type": "OneTimeCommitment", "attachments": attachments, "costDate": "soon", "state": 3}
    assert of_purchases(id="abc", title=["secret"], commitment=commitment)[0] == [
        "another type: purchases.items[].commitment.attachments[]: expected an object, found an integer",
        "another type: purchases.items[].commitment.attachments[].id: expected an integer, found a string",
        "another type: purchases.items[].commitment.costDate: expected a date (YYYY-MM-DD), found a string",
        "another type: purchases.items[].commitment.id: expected an integer, found nothing",
        "another type: purchases.items[].commitment.state: expected a string (CommitmentState), found an integer",
        "another type: purchases.items[].id: expected an integer, found a string",
        "another type: purchases.items[].title: expected a string, found an array",
        "unknown member: purchases.items[].commitment.attachments[].more: an integer",
    ]


def test_what_is_no_object_at_all_is_told() -> None:
    findings = Findings()
    findings.read(models.Purchase, "Jean Dupont", "purchases.items[]")
    assert [each.found for each in findings.drift] == ["expected an object, found a string"]


def test_the_shape_of_what_is_not_documented_is_noted() -> None:
    drift_of_it, findings = of_purchases(axisSections=[{"id": 361, "Jean Dupont": "x", "axis": {}}])
    assert drift_of_it == []
    assert [*findings.seen[Questions.SHAPE]] == [
        "purchases.items[].axisSections[] is an object (id: an integer, "
        "(a name of 11 characters): a string, axis: an object)"
    ]


async def test_bodies_of_another_kind_are_told() -> None:
    suppliers, natures, cost_centers = b'{"items": {}, "total": 3}', b"{}", b'{"items": [], "count": "3"}'
    bodies = b'"a title"', suppliers, natures, cost_centers, b'{"secret": 1}'
    answers = [answer(200, body) for body in bodies]
    async with raw_server(*answers, answer(404)) as raw, client_of(raw.url) as lucca:
        survey = drift.Survey(lucca)
        await survey.run()
    assert {f"{each.path}: {each.found}" for each in survey.findings.drift} == {
        "purchases: expected an object or an array, found a string",
        "suppliers.items: expected an array, found an object",
        "suppliers.total: an integer",
        "natures.items: expected an array, found nothing",
        "cost_centers.count: expected an integer, found a string",
        "tax_rates: expected an array, found an object",
    }
    assert survey.findings.seen[Questions.REFUSAL] == {"404: another media type or none, an empty body": 1}


# ---- Parts


def test_every_member_of_every_model_is_found_by_its_name_on_the_wire() -> None:
    models_of_contract = [
        each for each in vars(compiled).values() if isinstance(each, type) and issubclass(each, _json.Model)
    ]
    assert len(models_of_contract) > 40
    for model in models_of_contract:
        names = {wire_name(each.name) for each in attrs.fields(model) if not each.name.startswith("_")}
        instance = object.__new__(model)
        for each in attrs.fields(model):
            object.__setattr__(instance, each.name, None)
        assert {*instance.to_dict()} == names, model


def test_pages_by_number_end_with_a_short_one() -> None:
    course = Course(2)
    assert course.after({"items": []}, [{"id": 3}, {"id": 2}]) == 2
    assert course.after({"items": []}, [{"id": 1}]) is None
    assert (course.by, course.order) == ("by number", "falling")


def test_a_number_that_is_not_heeded_is_no_new_page() -> None:
    course = Course(2)
    course.after([], [{"id": 1}, {"id": 2}])
    with pytest.raises(ValueError, match="the one before it"):
        course.after([], [{"id": 1}, {"id": 2}])


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
def test_a_setting_that_cannot_be_is_a_clear_error(options: list[str], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lucca_procurement.drift", *options],
        capture_output=True, text=True, check=False, timeout=20, env={"LUCCA_API_KEY": "a-key"},
    )  # fmt: skip
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False)
