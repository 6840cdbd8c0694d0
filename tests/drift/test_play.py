"""`drift --write`: one small order over HTTP, and each question answered in both ways."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing
from datetime import date
from typing import Any

import pytest

from lucca_procurement import drift
from lucca_procurement._wire.session import Session
from lucca_procurement._wire.settings import Settings
from lucca_procurement.drift import _consent
from lucca_procurement.drift._answers import PlayQuestion
from lucca_procurement.drift._command import settings_of
from lucca_procurement.drift._content import Ids, difference_of_title, first_id, small_order
from lucca_procurement.drift._findings import Question
from lucca_procurement.drift._play import MOST_REQUESTS, Play
from lucca_procurement.drift._reader import Reader
from lucca_procurement.emulator import Emulator, Quirks
from lucca_procurement.emulator.server import in_thread
from lucca_procurement.events import Event, RequestSent
from support.clock import HurriedClock
from support.folders import DOCS
from support.raw_server import answer, raw_server

Report = dict[str, Any]
Run = Callable[..., tuple[int, Report]]
CREATES = {"create_purchase", "create_commitment", "create_commitment_for_purchase", "create_commitment_request"}


@pytest.fixture
def clock() -> HurriedClock:
    return HurriedClock()


@pytest.fixture
def lucca(request: pytest.FixtureRequest, clock: HurriedClock) -> Iterator[Emulator]:
    """Serve an emulator with the quirks of the test's parameters, on the client's clock."""
    chosen = dict(getattr(request, "param", {}))
    approve = chosen.pop("approve", "manual")
    emulator = Emulator(rate=None, approve=approve, quirks=Quirks(**chosen), clock=clock)
    with in_thread(emulator.serve()):
        yield emulator


@pytest.fixture
def play(
    lucca: Emulator, clock: HurriedClock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Return a function that plays an order, and returns exit code and report."""

    def run(*options: str) -> tuple[int, Report]:
        monkeypatch.setattr("lucca_procurement.drift._command.SystemClock", lambda: clock)
        monkeypatch.setenv("LUCCA_BASE_URL", lucca.url or "")
        monkeypatch.setenv("LUCCA_API_KEY", lucca.key)
        code = drift.main(["--write", "--yes", "--json", *options])
        report = json.loads(capsys.readouterr().out)
        assert report["requests"] == len(lucca.log) <= MOST_REQUESTS
        return code, report

    return run


def answers_of(report: Report) -> dict[str, tuple[str, list[str]]]:
    """Return the verdict on each assumption's question, and what was seen."""
    return {each["question"]: (each["verdict"], each["seen"]) for each in report["answers"]}


def sent(lucca: Emulator) -> list[str | None]:
    return [entry.operation for entry in lucca.log if entry.method == "POST"]


def test_play_on_expected_lucca_answers_and_cleans_up(lucca: Emulator, play: Run) -> None:
    code, report = play()
    assert (code, report["drift"], report["not_read"], report["stopped"], report["promises"]) == (0, [], {}, None, [])
    open_questions = [each["question"] for each in report["answers"] if each["verdict"] != "OK"]
    assert open_questions == [PlayQuestion.CLOSING]
    assert sent(lucca) == [
        "create_purchase", "create_commitment", "create_commitment", "create_commitment_request",
        "create_commitment_request", "cancel_request",
    ]  # fmt: skip
    (purchase,) = lucca.created()
    newest = lucca.tenant.at(lucca.tenant.seed.count - 1)
    assert {name: purchase[name]["id"] for name in ("supplier", "owner", "nature", "costCenter", "establishment")} == {
        name: newest[name]["id"] for name in ("supplier", "owner", "nature", "costCenter", "establishment")
    }
    assert purchase["commitment"]["amountIncludingTaxes"]["base"]["excludingTaxes"]["value"] == 1
    (left,) = report["left"]
    assert left.startswith(f"purchase {purchase['id']} [DRIFT-")
    assert left.endswith(", state Cancelled. Nothing deletes a purchase.")


SETTINGS: list[tuple[dict[str, Any], dict[PlayQuestion, tuple[str, str | None]]]] = [
    ({"repeated": "accepted", "commitment_answer": "items"}, {
        PlayQuestion.SECOND_COMMITMENT: ("differs", "accepted with 201, and the purchase shows another one"),
        PlayQuestion.SECOND_REQUEST: ("differs", "accepted with 201"),
        PlayQuestion.UNCHANGED: ("not answered", None),
        PlayQuestion.CREATED: ("OK", "the commitment: 201, `id`"),
    }),
    ({"refused_status": 422, "done_status": 200}, {
        PlayQuestion.SECOND_COMMITMENT: ("OK", "refused with 422"),
        PlayQuestion.SECOND_REQUEST: ("OK", "refused with 422"),
        PlayQuestion.UNCHANGED: ("OK", "the second request: yes"),
        PlayQuestion.DONE: ("OK", "cancel a request: 200"),
    }),
    ({"refused_status": 400, "done_status": 201, "order": "ascending"}, {
        PlayQuestion.SECOND_REQUEST: ("OK", "refused with 400"),
        PlayQuestion.DONE: ("OK", "cancel a request: 201"),
        PlayQuestion.LIST: ("OK", "at the first look"),
    }),
    ({"titles": "cut", "created_answer": "shared"}, {
        PlayQuestion.TITLE: (
            "differs",
            "60 characters instead of 200, without its accents, ligatures, quotes, Chinese characters, emoji",
        ),
        PlayQuestion.REFERENCE: ("OK", "yes"),
        PlayQuestion.CONTENT: ("OK", "yes"),
    }),
    ({"titles": "prefixed"}, {PlayQuestion.REFERENCE: ("differs", "no")}),
    ({"list_delay": 5}, {
        PlayQuestion.LIST: ("OK", "within 6 s"),
        PlayQuestion.COUNT: ("OK", "within 6 s"),
    }),
    ({"list_delay": 60}, {
        PlayQuestion.LIST: ("differs", "within 60 s"),
        PlayQuestion.COUNT: ("differs", "within 60 s"),
    }),
    ({"paging": "array"}, {PlayQuestion.COUNT: ("not answered", None)}),
    ({"commitment_path": "commitments"}, {
        PlayQuestion.PATH: ("OK", "purchases/{id}/commitment answers 404; commitments creates it"),
    }),
    ({"commitment_path": "purchase", "commitment_status": 200, "id_name": "own"}, {
        PlayQuestion.PATH: ("OK", "purchases/{id}/commitment creates it"),
        PlayQuestion.CREATED: ("OK", "the commitment: 200, `commitmentId`"),
    }),
    ({"approve": "auto"}, {
        PlayQuestion.STATES: ("OK", "after the request: Ongoing with Provisioned; the request is Pending"),
        PlayQuestion.CANCELLATION: ("not answered", None),
        PlayQuestion.CLOSING: ("OK", "Closed, from Ongoing"),
    }),
    ({"cancelled": "created"}, {
        PlayQuestion.CANCELLATION: ("differs", "Created with Created"),
        PlayQuestion.CLOSING: ("OK", "Closed, from Created"),
    }),
]  # fmt: skip


@pytest.mark.parametrize(("lucca", "expected"), SETTINGS, indirect=["lucca"])
def test_order_with_setting_answers_questions(
    lucca: Emulator, play: Run, expected: dict[PlayQuestion, tuple[str, str | None]]
) -> None:
    code, report = play()
    assert (report["stopped"], report["drift"]) == (None, [])
    for question, (verdict, seen) in expected.items():
        found, observations = answers_of(report)[question]
        assert found == verdict
        assert observations == [] if seen is None else seen in observations
    differing = {each["assumption"] for each in report["answers"] if each["verdict"] == "differs"}
    assert code == bool(differing)
    assert {each["assumption"] for each in report["promises"]} == differing
    # Each create was sent once, except the second ones that the order is about.
    assert sent(lucca).count("create_purchase") == 1
    assert all(sent(lucca).count(name) <= 2 for name in CREATES)


@pytest.mark.parametrize(
    ("operation", "question", "seen"),
    [
        ("get_purchase", PlayQuestion.STATES, "after the purchase: InOrbit"),
        ("get_purchase", PlayQuestion.CLOSING, "InOrbit, from InOrbit"),
        ("get_purchase", PlayQuestion.UNCHANGED, "the second commitment: yes"),
    ],
)
def test_unknown_states_differ_and_are_drift(
    lucca: Emulator, play: Run, operation: str, question: PlayQuestion, seen: str
) -> None:
    lucca.quirks.set(cancelled="created")
    lucca.faults.add(operation, "unknown-enum", times=None)
    code, report = play()
    assert code == 1
    assert seen in answers_of(report)[question][1]
    assert answers_of(report)[PlayQuestion.STATES][0] == "differs"
    assert "unknown value" in {each["what"] for each in report["drift"]}


def test_changed_content_after_refusal_differs(lucca: Emulator, play: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    create, seen = lucca.tenant.create_commitment, []

    def refuse_and_replace(number: int, body: Any, **options: Any) -> Any:
        seen.append(number)
        if len(seen) == 2:
            create(number, body, **options | {"repeats": True})
        return create(number, body, **options)

    monkeypatch.setattr(lucca.tenant, "create_commitment", refuse_and_replace)
    code, report = play()
    assert (code, answers_of(report)[PlayQuestion.UNCHANGED][0]) == (1, "differs")
    assert answers_of(report)[PlayQuestion.SECOND_COMMITMENT] == ("OK", ["refused with 409"])


def test_other_content_of_purchase_differs(lucca: Emulator, play: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = lucca.tenant.purchase

    def with_other_nature(number: int) -> Any:
        purchase = shown(number)
        purchase["nature"]["id"] += 1
        if purchase["commitment"]:
            purchase["commitment"]["costDate"] = "2031-01-01"
        return purchase

    monkeypatch.setattr(lucca.tenant, "purchase", with_other_nature)
    answers = answers_of(play()[1])
    assert answers[PlayQuestion.CONTENT] == ("differs", ["nature differs"])
    assert answers[PlayQuestion.COMMITMENT] == ("differs", ["delivery date differs"])


# ---- Ends


@pytest.mark.parametrize(
    "fault",
    [
        "commit-then-drop",
        *(
            pytest.param(each, marks=pytest.mark.slow)
            for each in ("500-after-commit", "empty", "missing-id", "html", "504")
        ),
    ],
)
@pytest.mark.parametrize(
    ("operation", "done"),
    [
        ("create_purchase", "the purchase"),
        ("create_commitment", "the commitment"),
        ("create_commitment_request", "the "),
    ],
)
def test_unknown_outcome_ends_play_and_names_what_to_look_for(
    lucca: Emulator, play: Run, operation: str, done: str, fault: str
) -> None:
    lucca.faults.add(operation, fault)
    code, report = play()
    is_new = report["promises"] or report["drift"]
    assert (code, done in report["stopped"]) == (1 if is_new else 2, True)
    assert {PlayQuestion.CLOSING, PlayQuestion.DONE}.isdisjoint(
        question for question, (verdict, _) in answers_of(report).items() if verdict != "not answered"
    )
    assert sent(lucca).count(operation) == 1
    # Only an end of the order follows: nothing else is created after an unknown outcome.
    after = sent(lucca)[sent(lucca).index(operation) + 1 :]
    assert not CREATES & {*after}
    look = report["left"][-1]
    assert "the outcome is not known. Look in Lucca for " in look
    if operation == "create_purchase":
        assert (after, len(report["left"])) == ([], 1)
        assert "in its title." in look
    else:
        assert look.endswith(f"purchase {lucca.created()[0]['id']}.")
        assert report["left"][0].startswith(f"purchase {lucca.created()[0]['id']} ")


def test_throttled_create_is_not_sent_again(lucca: Emulator, play: Run) -> None:
    lucca.faults.add("create_commitment", "429", retry_after="date")
    code, report = play()
    assert (code, report["stopped"]) == (
        2, "create the commitment: answered 429. Nothing was done: choose a quiet minute",
    )  # fmt: skip
    assert sent(lucca) == ["create_purchase", "create_commitment", "close_purchase"]
    assert report["questions"][Question.RETRY_AFTER] == ["429: a date"]
    assert report["left"] == [f"{report['left'][0].partition(', state')[0]}, state Closed. Nothing deletes a purchase."]


@pytest.mark.parametrize(
    ("retry_after", "form"),
    [("2", "whole seconds"), ("1.5", "a fraction of seconds"), ("date", "a date"), ("soon", "another form")],
)
def test_form_of_retry_after_is_seen(lucca: Emulator, play: Run, retry_after: str, form: str) -> None:
    lucca.faults.add("list_purchases", "429", retry_after=retry_after)
    assert play()[1]["questions"][Question.RETRY_AFTER] == [f"429: {form}"]


@pytest.mark.parametrize(("request_id", "seen"), [("absent", "no"), ("returned", "yes")])
def test_return_of_request_id_is_seen(lucca: Emulator, play: Run, request_id: Any, seen: str) -> None:
    lucca.quirks.set(request_id=request_id)
    assert play()[1]["questions"][Question.REQUEST_ID] == [seen]


def test_refused_purchase_leaves_nothing_and_names_members(lucca: Emulator, play: Run) -> None:
    code, report = play("--nature", "999999")
    assert (code, report["left"], lucca.created()) == (2, [], [])
    assert report["stopped"] == (
        "the purchase was refused with 400 (it names NatureId). Choose other ids with the options"
    )


def test_refused_title_is_played_again_with_plain_one(
    lucca: Emulator, play: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = lucca.tenant.create_purchase

    def short_only(body: Any, **options: Any) -> Any:
        return create(body if len(body["title"]) < 100 else body | {"title": " "}, **options)

    monkeypatch.setattr(lucca.tenant, "create_purchase", short_only)
    code, report = play()
    verdict, seen = answers_of(report)[PlayQuestion.TITLE]
    assert (code, verdict) == (1, "differs")
    assert seen == ["refused with 400 (it names Title); a plain title is accepted"]
    assert answers_of(report)[PlayQuestion.REFERENCE] == ("OK", ["yes"])
    assert len(lucca.created()) == 1


def test_tenant_without_purchases_needs_owner(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    emulator = Emulator(rate=None, purchases=0)
    with in_thread(emulator.serve()):
        monkeypatch.setenv("LUCCA_BASE_URL", emulator.url or "")
        monkeypatch.setenv("LUCCA_API_KEY", emulator.key)
        assert drift.main(["--write", "--yes", "--json"]) == 2
        stopped = json.loads(capsys.readouterr().out)["stopped"]
        assert (stopped, sent(emulator)) == (
            "nothing was sent: no purchase shows the ids that an order needs. Pass --owner", [],
        )  # fmt: skip
        owner = next(iter(emulator.tenant.seed.users))
        assert drift.main(["--write", "--yes", "--json", "--owner", f"{owner}"]) == 0


@pytest.mark.parametrize("fault", ["500", "html", "401"])
def test_purchase_list_that_cannot_be_read_sends_nothing(
    lucca: Emulator, play: Run, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "401":
        lucca.key, key = "another", lucca.key
        monkeypatch.setattr(lucca, "key", key)
    lucca.faults.add("list_purchases", "500" if fault == "401" else fault, times=None)
    code, report = play()
    assert (code, sent(lucca), report["left"]) == (2, [], [])


async def test_cancelled_play_knows_what_may_be_left(lucca: Emulator, clock: HurriedClock) -> None:
    lucca.faults.add("create_commitment", "commit-then-hang")
    sent_commitment = asyncio.Event()

    def notice(event: Event) -> None:
        if isinstance(event, RequestSent) and event.operation == "create_commitment":
            sent_commitment.set()

    settings = Settings(base_url=lucca.url, api_key=lucca.key, retries=0, on_event=notice)
    play = Play("DRIFT-1", Ids(), "EUR")
    session = Session(settings, clock)
    async with aclosing(session.http):
        task = asyncio.ensure_future(play.run(Reader(session, play.findings)))
        await asyncio.wait_for(sent_commitment.wait(), 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    purchase = lucca.created()[0]["id"]
    assert play.stopped == "interrupted"
    assert play.left == [
        f"purchase {purchase} [DRIFT-1], state Created. Close it in Lucca.",
        f"create the commitment: the outcome is not known. Look in Lucca for purchase {purchase}.",
    ]
    assert "close_purchase" not in sent(lucca)


def test_interrupt_reports_what_was_left(lucca: Emulator, play: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def interrupted(self: Play, reader: Reader) -> None:
        self.purchase_id, self.stopped = 7, "interrupted"
        raise KeyboardInterrupt

    monkeypatch.setattr(Play, "run", interrupted)
    code, report = play()
    assert (code, report["stopped"]) == (2, "interrupted")
    assert report["left"][0].startswith("purchase 7 [DRIFT-")


# ---- The question


def settings(url: str) -> Settings:
    return Settings(base_url=url, api_key="a-key")


@pytest.mark.parametrize(
    ("url", "typed", "agreed"),
    [
        ("https://a-b.sandbox.eu1.luccasoftware.com", "y", True),
        ("https://a.ilucca-test.net", "YES", True),
        ("https://a.ilucca-demo.ch", "n", False),
        ("https://a.ilucca-demo.ch", "", False),
        ("https://a.ilucca.net", "y", False),
        ("https://a.ilucca.net", "a.ilucca.net", True),
        ("http://127.0.0.1:8000", "y", True),
    ],
)
def test_question_needs_host_of_real_tenant(
    url: str, typed: str, agreed: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = io.StringIO(f"{typed}\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    assert _consent.consent(settings(url), "DRIFT-1", "EUR", yes=False) is agreed
    shown = capsys.readouterr().err
    assert all(text in shown for text in (settings(url).host, "[DRIFT-1]", "1.00 EUR", "Nothing deletes a purchase"))


@pytest.mark.parametrize(
    ("options", "url", "said"),
    [
        ([], "http://127.0.0.1:9", "pass --yes"),
        (["--yes"], "https://example.ilucca.net", "may be a real tenant"),
    ],
)
def test_command_without_terminal_refuses(options: list[str], url: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lucca_procurement.drift", "--write", "--base-url", url, *options],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "LUCCA_API_KEY": "a-key"},
    )  # fmt: skip
    assert (done.returncode, said in done.stderr, done.stdout, "Traceback" in done.stderr) == (2, True, "", False)


def test_refused_question_sends_nothing(
    lucca: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = io.StringIO("")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    monkeypatch.setenv("LUCCA_API_KEY", lucca.key)
    assert drift.main(["--write", "--base-url", lucca.url or ""]) == 2
    assert (lucca.log, "Nothing was sent." in capsys.readouterr().err) == ([], True)


def test_page_shows_report_of_real_order(
    lucca: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lucca.quirks.set(repeated="accepted")
    monkeypatch.setenv("LUCCA_API_KEY", lucca.key)
    assert drift.main(["--write", "--yes", "--base-url", lucca.url or ""]) == 1

    def lines(text: str) -> list[str]:
        return re.sub(r"DRIFT-[\w-]+", "DRIFT-", text).splitlines()

    shown = lines(capsys.readouterr().out)
    page = (DOCS / "drift.md").read_text()
    report = next(each for each in re.findall(r"(?ms)^```\w*\n(.*?)^```$", page) if "one order" in each)
    assert [line for line in lines(report) if line not in ("...", *shown)] == []
    assert len(lines(report)) > 15


# ---- Privacy, and parts


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_report_of_order_holds_no_data_of_tenant(
    lucca: Emulator, form: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LUCCA_API_KEY", lucca.key)
    lucca.quirks.set(repeated="accepted", titles="prefixed", cancelled="created")
    assert drift.main(["--write", "--yes", *form, "--base-url", lucca.url or ""]) == 1
    shown = capsys.readouterr().out
    (purchase,) = lucca.created()
    canaries = {lucca.key, purchase["title"], purchase["createdAt"], (lucca.url or "").removeprefix("http://")}
    canaries |= {purchase[name]["name"] for name in ("supplier", "owner", "nature", "costCenter", "department")}
    assert {each for each in canaries if each in shown} == set()
    assert f"purchase {purchase['id']} [DRIFT-" in shown


async def test_read_of_foreign_texts_shows_their_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUCCA_API_KEY", "a-key")
    secret = b'{"id": 7, "state": "Jean Dupont", "title": "Jean Dupont", "commitment": null}'
    page = b'{"items": [{"id": 1, "supplier": {"id": 1}, "owner": {"id": 2}, "nature": {"id": 3}}], "count": 1}'
    bodies = [answer(200, page), answer(201, secret), answer(200, secret), answer(200, page)]
    refused = b'{"errors": {"a name@example": ["Jean Dupont"]}, "title": "Jean Dupont"}'
    async with raw_server(*bodies, *[answer(200, page)] * 7, *[answer(422, refused)] * 9) as raw:
        session = Session(settings_of(raw.url, []), HurriedClock())
        play = Play("DRIFT-1", Ids(), "EUR")
        async with aclosing(session.http):
            await play.run(Reader(session, play.findings))
    shown = f"{play.answers} {play.findings} {play.stopped} {play.left}"
    assert "Dupont" not in shown
    assert "text of 11 characters" in shown
    assert play.stopped == "the commitment was refused with 422 (it names (a name of 14 characters))"


TITLE = small_order("DRIFT-1", Ids(supplier=1, owner=1, nature=1), "EUR", date(2026, 1, 1)).purchase.title


@pytest.mark.parametrize(
    ("found", "difference"),
    [
        (None, "it is not shown"),
        (TITLE.replace("é", "e\N{COMBINING ACUTE ACCENT}"), "in another Unicode form"),
        (TITLE.replace("&", "&amp;").replace("<", "&lt;"), "with HTML escapes"),
        (TITLE[:50], "cut after 50 of 200 characters"),
        (TITLE.replace("\N{RECEIPT}", "?"), "200 characters instead of 200, without its emoji"),
        (TITLE.upper(), "200 characters instead of 200, without its accents, ligatures, brackets"),
    ],
)
def test_difference_of_title_is_named(found: object, difference: str) -> None:
    assert len(TITLE) == 200
    assert difference_of_title(TITLE, found) == difference


def test_ids_come_from_first_purchase_that_shows_all() -> None:
    whole = {name: {"id": number} for number, name in enumerate(("supplier", "owner", "nature", "costCenter"), 1)}
    items = ["text", {"supplier": {"id": 9}}, whole | {"nature": None}, whole]
    expected = Ids(supplier=1, owner=7, nature=3, cost_center=4)
    assert Ids(owner=7).completed(items) == expected
    assert Ids(owner=7).completed(items[:3]).missing == ["supplier", "nature"]


def test_first_id_leaves_out_archived_items() -> None:
    archived = {"id": 1, "state": "Archived"}
    assert first_id([archived, "text", {"state": "Active"}, {"id": 2, "state": "Active"}]) == 2
    assert first_id([archived]) is None
