"""The status page in a browser: its contents, its controls, and its look in a narrow window and in dark mode."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import time
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from lucca_procurement.emulator import Emulator
from lucca_procurement_api import Client, api, models
from support.samples import ONE_TIME, PURCHASE_BODY

pytestmark = pytest.mark.asyncio(loop_scope="module")

# fmt: off
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update",
    "--disable-background-networking", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-pipe",
)
# fmt: on
PATIENCE = 30.0
"""The most seconds that any step may take, on a machine under load."""


BRIGHTNESS = """
const brightness = color => {
    const [red, green, blue] = color.match(/[\\d.]+/g).map(each => each / 255)
        .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
"""
CONTRASTS = """
[...document.querySelectorAll('body *')]
    .filter(each => each.checkVisibility() && !each.disabled)
    .filter(each => [...each.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim()))
    .map(each => {
        let back = each;
        while (getComputedStyle(back).backgroundColor === 'rgba(0, 0, 0, 0)') back = back.parentElement;
        const both = [getComputedStyle(each).color, getComputedStyle(back).backgroundColor].map(brightness);
        return [each.innerText, (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05)];
    })
"""
"""The contrast of each text with its background, as WCAG 2.2 defines it."""


class Browser:
    """Debian's Chromium, controlled by the DevTools protocol over a pair of pipes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin
        assert process.stdout
        self._process, self._in, self._out = process, process.stdin, process.stdout
        self._numbers = count(1)

    @classmethod
    async def start(cls, program: str, profile: Path) -> Browser:
        # The browser reads commands from descriptor 3, and writes answers to 4.
        pipes = 'exec "$@" 3<&0 4>&1 </dev/null >&2'
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", pipes, "sh", program, *FLAGS, f"--user-data-dir={profile}"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**26,
        )
        return cls(process)

    async def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result. Events that arrive meanwhile are ignored."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        self._in.write(json.dumps(message).encode() + b"\0")
        async with asyncio.timeout(PATIENCE):
            while (answer := json.loads((await self._out.readuntil(b"\0"))[:-1])).get("id") != number:
                pass
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    async def open(self, url: str, *, width: int = 1280, scheme: str = "light") -> Page:
        """Open a page in a window and a profile of its own."""
        context = await self.call("Target.createBrowserContext")
        target = await self.call("Target.createTarget", url="about:blank", **context)
        session = (await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True))["sessionId"]
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        await self.call("Emulation.setDeviceMetricsOverride", session, **size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        await self.call("Emulation.setEmulatedMedia", session, features=features)
        await self.call("Page.navigate", session, url=url)
        page = Page(self, session)
        await page.until("document.querySelector('#live')?.textContent === 'Live' && kinds")
        return page

    async def stop(self) -> None:
        """Stop the browser. It ends when its pipe of commands closes."""
        self._in.close()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._process.communicate()
        except TimeoutError:
            self._process.kill()
            await self._process.communicate()


class Page:
    """A page in a browser."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session

    async def run(self, script: str) -> Any:
        """Run a script, and return its value."""
        found = await self._browser.call(
            "Runtime.evaluate", self._session, expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def until(self, script: str) -> None:
        """Wait until a script evaluates to something true."""
        end = time.monotonic() + PATIENCE
        while not await self.run(f"Boolean({script})"):
            assert time.monotonic() < end, f"it never came true: {script}"
            await asyncio.sleep(0.02)

    async def click(self, selector: str) -> None:
        """Click in the middle of an element, as a mouse does."""
        spot = await self.run(
            f"(() => {{ const element = document.querySelector({json.dumps(selector)}); element.scrollIntoView();"
            " const {x, y, width, height} = element.getBoundingClientRect();"
            " return {x: x + width / 2, y: y + height / 2}; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            at = {"type": kind, **spot, "button": "left", "clickCount": 1}
            await self._browser.call("Input.dispatchMouseEvent", self._session, **at)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        missing = "the page is tested in Chromium, which is not installed: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    browser = await Browser.start(program, tmp_path_factory.mktemp("profile"))
    try:
        yield browser
    finally:
        await browser.stop()


async def ask(client: Client, title: str = "Laptops") -> tuple[int, int]:
    """Place an order and ask for its approval. Return the ids of the purchase and of the request."""
    purchase = await api.create_purchase(
        client, body=models.PurchaseCreation.from_dict({**PURCHASE_BODY, "title": title})
    )
    assert isinstance(purchase, models.Purchase)
    commitment = await api.create_commitment(client, purchase.id, body=ONE_TIME)
    assert isinstance(commitment, models.OneTimeCommitment)
    return purchase.id, (await api.create_commitment_request(client, commitment.id)).id


def texts(selector: str) -> str:
    """Return a script that returns the texts of elements, each as one line."""
    return f"[...document.querySelectorAll({selector!r})].map(each => each.innerText.trim().replaceAll(/\\s+/g, ' '))"


async def test_page_after_call_shows_order_and_log(browser: Browser) -> None:
    emulator = Emulator(purchases=3, approve="manual")
    async with emulator.serve() as url, Client(url, emulator.key) as client:
        page = await browser.open(url)
        assert await page.run(texts("#orders .id > :first-child")) == ["1002", "1001", "1000"]
        assert await page.run(texts("#log p")) == ["No calls yet."]
        assert not emulator.log, "the page itself asks the API for nothing"
        assert await page.run("document.getAnimations().length") == 0
        await page.run("lit = []; Element.prototype.animate = function () { lit.push(this.innerText) }")

        number, _ = await ask(client, "<b>Laptops</b> & more")
        await page.until("document.querySelector('[data-state=Pending]')")
        assert await page.run(texts("#orders .id > :first-child")) == [str(number), "1002", "1001", "1000"]
        shown = await page.run(texts("#orders tbody tr:first-child td"))
        assert shown[1:3] == ["<b>Laptops</b> & more Amazon, for Louis Leroy", "120.00 EUR"]
        assert shown[3:] == ["Processing", "UnderReview", "Pending Approve Deny"]
        assert await page.run("lit.some(text => text.includes('Laptops')) && lit.some(text => text.includes('POST'))")

        emulator.faults.add("get_purchase", "drop")
        with pytest.raises(httpx.RemoteProtocolError):
            await api.get_purchase(client, number)
        await page.until("document.querySelector('#log tbody').rows.length === 4")
        moment, *call = await page.run(texts("#log tbody tr:first-child td"))
        assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}", moment)
        assert call == ["get_purchase", f"GET /cleemy-procurement/api/purchases/{number}", "no answer", "drop"]
        assert await page.run(texts("#limit-text")) == ["4 of 50 requests in the last minute"]
        assert await page.run("document.querySelector('#limit').ariaValueNow") == "4"


async def test_page_buttons_approve_and_deny_requests(browser: Browser) -> None:
    emulator = Emulator(purchases=0, approve="manual")
    async with emulator.serve() as url, Client(url, emulator.key) as client:
        page = await browser.open(url)
        assert await page.run(texts("#orders p")) == ["No orders yet."]
        first, second = [(await ask(client))[0] for _ in range(2)]
        await page.until("document.querySelectorAll('[data-state=Pending]').length === 2")
        await page.click(f"[aria-label='Approve order {first}']")
        await page.until("document.querySelector('[data-state=Approved]')")
        assert await page.run("document.activeElement === document.querySelector('#orders tbody tr:last-child')")
        await page.click(f"[aria-label='Deny order {second}']")
        await page.until("document.querySelectorAll('[data-state=Denied]').length === 3")
        assert await page.run(texts("#orders [data-label]")) == ["Denied"] * 3 + ["Ongoing", "Provisioned", "Approved"]
        assert [purchase["state"] for purchase in emulator.created()] == ["Ongoing", "Denied"]


async def test_approve_all_button_approves_created_orders(browser: Browser) -> None:
    emulator = Emulator(purchases=20, approve="manual")
    async with emulator.serve() as url, Client(url, emulator.key) as client:
        page = await browser.open(url)
        # A seeded order that waits is none of those that were created here.
        assert await page.run("document.querySelectorAll('#orders [data-state=Pending]').length")
        assert await page.run("document.querySelector('#approve-all').disabled")
        for _ in range(2):
            await ask(client)
        await page.until("!document.querySelector('#approve-all').disabled")
        await page.click("#approve-all")
        await page.until("document.querySelector('#approve-all').disabled")
        assert [purchase["state"] for purchase in emulator.created()] == ["Ongoing", "Ongoing"]


async def test_orders_are_shown_in_pages_with_newest_first(browser: Browser) -> None:
    emulator = Emulator(purchases=45, approve="manual")
    ids = texts("#orders .id > :first-child")
    async with emulator.serve() as url, Client(url, emulator.key) as client:
        page = await browser.open(url)
        assert await page.run(ids) == [str(number) for number in range(1044, 1024, -1)]
        assert await page.run(texts("#pager")) == ["Newer Page 1 of 3 Older"]
        assert await page.run("document.querySelector('#newer').disabled")
        for shown, numbers in ((2, range(1024, 1004, -1)), (3, range(1004, 999, -1))):
            await page.click("#older")
            await page.until(f"document.querySelector('#page').innerText === 'Page {shown} of 3'")
            assert await page.run(ids) == [str(number) for number in numbers]
        assert await page.run("document.querySelector('#older').disabled")
        await page.run("lit = []; Element.prototype.animate = function () { lit.push(this.innerText) }")
        number, _ = await ask(client)
        await page.until("rows.has(1005)")
        await page.until("lit.some(text => text.includes('POST'))")
        assert not await page.run("lit.some(text => text.includes('1005'))"), "an order of another page is no new order"
        for shown in (2, 1):
            await page.click("#newer")
            await page.until(f"document.querySelector('#page').innerText === 'Page {shown} of 3'")
        assert (await page.run(ids))[0] == str(number)


async def test_orders_are_filtered_by_reference_and_state(browser: Browser) -> None:
    emulator = Emulator(approve="manual")
    titles = texts("#orders .title")
    async with emulator.serve() as url, Client(url, emulator.key) as client:
        for number in (1, 2, 21):
            await ask(client, f"[ERP-{number}] Laptops")
        emulator.approve(reference="ERP-21")
        page = await browser.open(url)
        put = "(element => {{ element.{} = {}; element.dispatchEvent(new Event('input', {{bubbles: true}})) }})({})"
        await page.run(put.format("value", "'erp-2'", "$('#filter').reference"))
        await page.until("document.querySelector('#count').innerText === '2 of 303'")
        assert await page.run(titles) == ["[ERP-21] Laptops", "[ERP-2] Laptops"]
        assert await page.run("document.querySelector('#pager').hidden")
        await page.run(put.format("checked", "true", "$('#filter').waiting"))
        await page.until("document.querySelector('#count').innerText === '1 of 303'")
        await page.click("#orders [aria-label^='Approve']")
        await page.until("!document.querySelector('#orders p').hidden")
        assert await page.run(texts("#orders p")) == ["No order that was created here fits."]
        assert [order.title for order in emulator.pending()] == ["[ERP-1] Laptops"]


async def test_page_of_many_waiting_orders_is_short_on_a_phone(browser: Browser) -> None:
    emulator = Emulator(rate=None, approve="manual")
    async with emulator.serve() as url, Client(url, emulator.key) as client:
        for _ in range(60):
            await ask(client)
        page = await browser.open(url, width=375)
        assert await page.run("document.querySelectorAll('#orders tbody tr').length") == 20
        assert await page.run("document.querySelector('#orders').offsetHeight") < 5_000


async def test_page_after_refusal_shows_message(browser: Browser) -> None:
    emulator = Emulator()
    async with emulator.serve() as url:
        page = await browser.open(url)
        assert not await page.run("send('POST', 'requests/7/approve', {})")
        assert await page.run(texts("#said span")) == ["There is no request 7, or you have no access to it."]
        assert await page.run(texts("#spoken")) == await page.run(texts("#said span"))
        await page.click("#said button")
        await page.until("document.querySelector('#said').hidden")


async def test_fault_form_adds_and_clears_faults(browser: Browser) -> None:
    emulator = Emulator()
    async with emulator.serve() as url:
        page = await browser.open(url)
        await page.run("form.operation.value = 'create_purchase'; form.fault.value = 'slow'; form.fault.onchange()")
        assert await page.run(texts("#meaning")) == ["the answer comes late"]
        await page.click("#add button")
        await page.until("document.querySelectorAll('#faults li').length === 1")
        await page.run("form.operation.value = '*'; form.fault.value = '503'; form.times.value = ''")
        await page.click("#add button")
        await page.until("document.querySelectorAll('#faults li').length === 2")
        in_force = [(fault["operation"], fault["fault"], fault["times"]) for fault in emulator.faults.in_force()]
        assert in_force == [("create_purchase", "slow", 1), ("*", "503", None)]
        shown = ["slow create_purchase, the next call, seconds: 2", "503 any operation, every call"]
        assert await page.run(texts("#faults li")) == shown
        await page.click("#clear")
        await page.until("document.querySelector('#clear').disabled")
        assert emulator.faults.in_force() == []


async def test_page_after_lost_connection_reconnects(browser: Browser) -> None:
    emulator = Emulator(purchases=1)
    async with emulator.serve() as url:
        page = await browser.open(url)
    await page.until("document.querySelector('#live').innerText === 'Connection lost, trying again'")
    await page.click("#add button")
    await page.until("document.querySelector('#said').innerText.startsWith('The emulator does not answer.')")
    async with emulator.serve(port=int(url.rpartition(":")[2])), Client(url, emulator.key) as client:
        number, _ = await ask(client)
        await page.until(f"rows.has({number}) && document.querySelector('#live').innerText === 'Live'")


@pytest.mark.parametrize("width", [320, 375, 900, 1180])
async def test_page_in_each_width_fits_window(browser: Browser, width: int) -> None:
    emulator = Emulator(approve="manual")
    async with emulator.serve() as url, Client(url, emulator.key) as client:
        await ask(client, "Laptops" * 40)
        emulator.faults.add("create_commitment_for_purchase", "unknown-commitment-type", times=12, skip=3)
        page = await browser.open(url, width=width)
        await page.run(f"send('POST', '{'faults' * 40}', {{}})")
        assert await page.run("document.documentElement.scrollWidth") <= width
        parts = "[...document.querySelectorAll('.pill, button, .title, td')].filter(each => each.offsetParent)"
        assert await page.run(f"Math.max(...{parts}.map(each => each.getBoundingClientRect().right))") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_page_text_in_light_and_dark_has_contrast(browser: Browser, scheme: str) -> None:
    emulator = Emulator(approve="manual")
    async with emulator.serve() as url, Client(url, emulator.key) as client:
        await ask(client)
        emulator.faults.add("*", "429")
        page = await browser.open(url, scheme=scheme)
        await page.run("say('Something is wrong.')")
        brightness = await page.run(f"{BRIGHTNESS} brightness(getComputedStyle(document.body).backgroundColor)")
        assert brightness < 0.1 if scheme == "dark" else brightness > 0.8
        contrasts = await page.run(CONTRASTS)
        assert len(contrasts) > 200
        # WCAG requires this contrast at level AA.
        assert {text: contrast for text, contrast in contrasts if contrast < 4.5} == {}
