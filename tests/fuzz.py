"""Let schemathesis try the contract on the emulator: whatever is sent, the answer must be a documented one."""

from __future__ import annotations

import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from clock import Clock

from lucca_procurement.emulator import Emulator, Quirks
from lucca_procurement.emulator.operations import NAMES
from lucca_procurement.emulator.server import in_thread

CONTRACT = Path(__file__).parent.parent / "openapi" / "lucca-procurement.yaml"

# The cases that are made up for an operation, beside those that its schemas and examples lead to: 4,000 in all.
SETTINGS = """
continue-on-failure = true
warnings = false
cache.enabled = false
generation.deterministic = true
generation.max-examples = 50

# A request may fit the contract and still be refused by the business: it names an owner, a nature or a page that there
# is not, or a subscription that ends before it begins.
[checks.positive_data_acceptance]
enabled = false
"""

# What any request may ask for that fits the contract, as long as it names what is there.
ALWAYS_ACCEPTED = """
[[operations]]
include-operation-id = ["get_purchase", "create_commitment_request", "cancel_request", "list_tax_rates", "upload_file"]
checks.positive_data_acceptance.enabled = true
"""

# Half of the ids are of something that is there and may be used, so that successes are seen as well.
KNOWN = """
[dictionaries.{operation}]
values = {values}

[[operations]]
include-operation-id = "{operation}"
parameters = {{ "{parameter}" = {{ dictionary = "{operation}", probability = 0.5 }} }}
"""

WAYS = (
    Quirks(),
    Quirks(
        commitment_status=200,
        commitment_answer="items",
        id_name="own",
        created_answer="shared",
        last_page="absent",
        paging="array",
        order="shuffled",
        territory_ids="integer",
    ),
)
"""Both sides of every disagreement."""


def settings(emulator: Emulator) -> str:
    """Give the configuration of schemathesis, with what can be done to the emulator's data."""
    tenant = emulator.tenant
    purchases = [tenant.at(index) for index in range(len(tenant))]
    without = [each["id"] for each in purchases if each["state"] == "Created" and not each["commitment"]]
    created = [
        each["commitment"]["id"] for each in purchases if each["state"] == "Created" and each["commitment"] is not None
    ]
    requests = [tenant.create_request(number)["id"] for number in created[::2]]
    known = {
        "get_purchase": ("path.id", [each["id"] for each in purchases[:50]]),
        "close_purchase": ("path.id", without[::3]),
        "create_commitment": ("path.id", without[1::3]),
        "create_commitment_for_purchase": ("body.purchaseId", without[2::3]),
        "create_commitment_request": ("path.id", created[1::2]),
        "cancel_request": ("path.id", requests),
    }
    given = [KNOWN.format(operation=each, parameter=name, values=values) for each, (name, values) in known.items()]
    return "".join([SETTINGS, ALWAYS_ACCEPTED, *given])


def fuzz(quirks: Quirks) -> bool:
    """Try one emulator; say whether it kept to the contract."""
    # Its time stands still, and approval waits for somebody, so that each run is the same.
    emulator = Emulator(rate=None, approve="manual", purchases=1_000, quirks=quirks, clock=Clock())
    with in_thread(emulator.serve()) as url, TemporaryDirectory() as folder:
        configuration = Path(folder) / "schemathesis.toml"
        configuration.write_text(settings(emulator))
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration)),
                *("run", str(CONTRACT), "--url", url, "--no-color"),
                *("--header", f"Authorization: lucca application={emulator.key}"),
            ],
            cwd=folder,
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        )
    print(done.stdout if done.returncode else f"{len(emulator.log):,} requests were answered as documented.")
    accepted = {entry.operation for entry in emulator.log if entry.status and entry.status < 300}
    if missing := NAMES - accepted:
        print(f"No request was accepted by {', '.join(sorted(missing))}, so their successes were not checked.")
    return done.returncode == 0 and not missing


if __name__ == "__main__":
    # Bad requests are warned of, and here they are sent on purpose.
    logging.disable(logging.WARNING)
    with ThreadPoolExecutor() as pool:
        sys.exit(not all(pool.map(fuzz, WAYS)))
