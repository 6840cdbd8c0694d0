"""Our assumptions about Lucca, each with what rests on it and how this command answers it.

This list is the source of docs/assumptions.md. A text that states an assumption contains the mark
`Our assumption (NAME); Lucca does not document it`.
"""

from __future__ import annotations

from attrs import frozen

from ._answers import PlayQuestion
from ._findings import Question


@frozen(kw_only=True)
class Assumption:
    """Something that Lucca does not document, and that this library builds on."""

    name: str
    """The name in the marks, and the anchor on the page."""
    text: str
    promise: str
    """The promise of this library that rests on it."""
    read: tuple[Question, ...] = ()
    """The questions of a survey that answer it."""
    played: tuple[PlayQuestion, ...] = ()
    """The questions of an order (`--write`) that answer it."""
    unanswered: str = ""
    """The reason why the command does not answer it."""


_ORDERS = (
    Assumption(
        name="second-commitment",
        text="Lucca refuses a second commitment of a purchase with a 4xx.",
        promise="An order has at most one commitment, even if a process was paused for longer than the settle time.",
        played=(PlayQuestion.SECOND_COMMITMENT,),
    ),
    Assumption(
        name="second-request",
        text="Lucca refuses a second request for the approval of a commitment with a 4xx.",
        promise="An order has at most one request, even if a process was paused for longer than the settle time.",
        played=(PlayQuestion.SECOND_REQUEST,),
    ),
    Assumption(
        name="refusals",
        text="A request changed nothing if Lucca refuses it with 400, 401, 403, 404, 405, 409, 410, 411, 413, 414, "
        "415, 422, 431, 501 or 505.",
        promise="A refused order can be corrected and sent again without a second purchase.",
        played=(PlayQuestion.UNCHANGED,),
    ),
    Assumption(
        name="throttled",
        text="A request that Lucca answers with 429, 421 or 425 changed nothing.",
        promise="The client sends a throttled create again by itself.",
        unanswered="The order would have to exceed the tenant's rate.",
    ),
    Assumption(
        name="settle-time",
        text="A request that Lucca received takes effect within 30 s (`settle`), or never. Lucca documents that it "
        "aborts a request after 5 s.",
        promise="A commitment or a request that is not there after the settle time may be sent again.",
        unanswered="The answer of a create would have to be lost. An order shows only how soon the list is up to date.",
    ),
    Assumption(
        name="list-delay",
        text="The list shows a new purchase, to the key that created it, within the settle time.",
        promise="A purchase whose answer was lost is found. Otherwise the order stops, and needs a person.",
        played=(PlayQuestion.LIST,),
    ),
    Assumption(
        name="count",
        text="`count` is the number of purchases in the list, with the new ones.",
        promise="The reading of the whole list before a purchase is created again notices a purchase that it missed.",
        read=(Question.COUNT,),
        played=(PlayQuestion.COUNT,),
    ),
    Assumption(
        name="reference",
        text="The title of a purchase keeps the reference at its front. Cut ends, other brackets, escapes and another "
        "case do not matter.",
        promise="A purchase is found by its reference: after a lost answer, by `find`, and after the loss of a store.",
        played=(PlayQuestion.REFERENCE,),
    ),
    Assumption(
        name="title",
        text="The whole title of a purchase comes back as it was sent.",
        promise='People see the title that was sent. With `reference_at="end"`, the reference is found.',
        played=(PlayQuestion.TITLE,),
    ),
    Assumption(
        name="content",
        text="A purchase and its commitment show the ids, the kind, the dates, the amount and the currency that were "
        "sent. A member that is not shown contradicts nothing.",
        promise="A purchase or a commitment that is found is taken as the order's own, and no other one is.",
        played=(PlayQuestion.CONTENT, PlayQuestion.COMMITMENT),
    ),
    Assumption(
        name="created",
        text="A create answers 200 or 201, with the id as `id`, `purchaseId` or `commitmentId`.",
        promise="An order goes on to its next step. With another answer, the client looks for the object.",
        played=(PlayQuestion.CREATED,),
    ),
    Assumption(
        name="commitment-path",
        text="If a path for a new commitment answers 404 or 405, although the purchase exists and has no commitment, "
        "this Lucca does not have the path. The other path then creates the commitment.",
        promise='`commitment_path="auto"` finds the path by itself.',
        played=(PlayQuestion.PATH,),
    ),
    Assumption(
        name="subscription-path",
        text="A subscription can also be created at `commitments`, with the purchase's id in its body.",
        promise='`commitment_path="commitments"` creates subscriptions, too.',
        unanswered="The order has a one-time commitment.",
    ),
    Assumption(
        name="states",
        text="A commitment is `Created`, `UnderReview` after the request, and then `Provisioned`, `Denied` or "
        "`Cancelled`. Its purchase is `Created`, then `Processing`, and then `Ongoing`, `Denied` or `Cancelled`.",
        promise="`wait` and `refresh` return the right decision, and a request whose answer was lost is found.",
        read=(Question.STATES,),
        played=(PlayQuestion.STATES,),
    ),
    Assumption(
        name="cancellation",
        text="The cancellation of a request makes the commitment and the purchase `Cancelled`.",
        promise="`cancel` ends an order that waits for its approval.",
        played=(PlayQuestion.CANCELLATION,),
    ),
    Assumption(
        name="closing",
        text="The closing of a purchase that has no invoice makes it `Closed`.",
        promise="`cancel` ends an order without a request.",
        played=(PlayQuestion.CLOSING,),
    ),
    Assumption(
        name="done",
        text="A cancellation and a closing answer 200, 201 or 204, and the body does not matter.",
        promise="`cancel` does not take a success for an unknown outcome.",
        played=(PlayQuestion.DONE,),
    ),
    Assumption(
        name="decided-by",
        text="The last person who changed the commitment is the person who decided.",
        promise="`decided_by` names the right person.",
        unanswered="Only a person can approve. Compare `decided_by` with the person who approved an order.",
    ),
    Assumption(
        name="required-members",
        text="A new purchase needs only `title`, `supplier`, `ownerId` and `natureId`, unless the customer's "
        "configuration requires more.",
        promise="An order without cost center, establishment and department is not refused before it is sent.",
        unanswered="The order has all of them, because the tenant may require them.",
    ),
    Assumption(
        name="new-supplier",
        text="`name` and `territoryId` without an `id` name a supplier that Lucca does not know yet. Such a supplier "
        "can have no id in a response.",
        promise="`SupplierChoice` orders from a supplier that is new.",
        unanswered="The order would leave a supplier behind.",
    ),
    Assumption(
        name="attachments",
        text="A commitment has at most 3 files, and it may have none.",
        promise="An order with more files is refused before it is sent.",
        read=(Question.FILES,),
    ),
    Assumption(
        name="file-ids",
        text="`attachmentIds` holds the ids that uploads returned.",
        promise="An order has its files.",
        unanswered="The order would leave a file behind.",
    ),
    Assumption(
        name="invalid-orders",
        text="Lucca refuses unknown ids, several currencies in one amount, and taxes or sums that do not add up.",
        promise="Nothing in the client. The emulator refuses them, so that a test finds such an order.",
        unanswered="Lucca could accept each of them, and leave a purchase behind.",
    ),
)
_LISTS = (
    Assumption(
        name="paging",
        text="A list comes as pages with tokens, as pages that are counted from 1, or as a bare array.",
        promise="A list is read to its end.",
        read=(Question.PAGING, Question.NUMBER),
    ),
    Assumption(
        name="last-page",
        text="`next` of the last page is null, absent or empty.",
        promise="A list is read to its end, without a request for a page that does not exist.",
        read=(Question.LAST,),
    ),
    Assumption(
        name="order-of-ids",
        text="A purchase with a larger id was created later.",
        promise="The search for a lost purchase reads only the newest purchases first. It reads the whole list before "
        "it reports that there is none.",
        read=(Question.ORDER,),
    ),
    Assumption(
        name="clocks",
        text="`createdAt` and the header `Date` differ by less than 15 minutes. A time without an offset is in UTC.",
        promise="The search for a lost purchase reads far enough back.",
        read=(Question.MOMENT, Question.DATE),
    ),
    Assumption(
        name="retry-after",
        text="`Retry-After` comes with 429 and 503, in seconds or as a date.",
        promise="The client waits as long as Lucca asks for. Without a form that it reads, it waits for a minute.",
        read=(Question.RETRY_AFTER,),
    ),
    Assumption(
        name="rate-window",
        text="The 50 requests a minute are counted in any 60 s.",
        promise="The client causes no 429 by itself.",
        unanswered="The order would have to exceed the tenant's rate.",
    ),
    Assumption(
        name="territories",
        text="The id of a territory is a code such as `FR` or a number, and the list of tax rates takes both.",
        promise="`tax_rates.find` finds the rates of a territory.",
        read=(Question.TERRITORY, Question.RATES),
    ),
)
_MONEY = (
    Assumption(
        name="tax-ids",
        text="A line of tax names its rate by `rateType.id`, and not by the `id` of the rate.",
        promise="The taxes of an order are booked by the right rate.",
        unanswered="The order has no taxes. Look at an order with taxes in Lucca.",
    ),
    Assumption(
        name="tax-rounding",
        text="A tax is rounded half up to the minor unit of its currency, for each line.",
        promise="Lucca accepts the taxes that `taxed_amount` calculates.",
        unanswered="The order has no taxes. Lucca refuses a tax that it rounds in another way, or keeps it.",
    ),
    Assumption(
        name="tax-days",
        text="Tax rates that are equal on the first and the last day of a file are equal on the days between.",
        promise="An import needs few requests for the rates of its rows.",
        unanswered="Compare the rates of the days, with `lucca-procurement rates --on DAY`.",
    ),
    Assumption(
        name="recovery",
        text="`coefficient` is the recoverable share of a tax, as a fraction.",
        promise="Nothing in the client.",
        unanswered="The report shows no values of the tenant.",
    ),
    Assumption(
        name="counter-amount",
        text="`counter` of an amount is in the organization's currency, and `base` in the currency of the order.",
        promise="The comparison of a commitment accepts the order's amount on either side.",
        read=(Question.AMOUNT,),
    ),
    Assumption(
        name="available-amount",
        text="`availableAmount` is the part of the committed amount for which no invoice came.",
        promise="Nothing in the client.",
        unanswered="It needs invoices. Compare a purchase with its invoices in Lucca.",
    ),
)
GROUPS = {"Orders": _ORDERS, "Lists and times": _LISTS, "Money": _MONEY}
"""The assumptions by the sections of the page."""
ASSUMPTIONS = tuple(each for group in GROUPS.values() for each in group)
