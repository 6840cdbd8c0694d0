"""Let schemathesis send requests to the emulator. The contract must document every answer."""

from __future__ import annotations

import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from lucca_procurement.emulator import Emulator, Quirks
from lucca_procurement.emulator.operations import NAMES
from lucca_procurement.emulator.server import in_thread
from support.clock import Clock
from support.folders import ROOT

CONTRACT = ROOT / "openapi" / "lucca-procurement.yaml"

# The random cases of an operation, besides those from its schemas and examples: 4,000 in all.
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

# These operations must accept every request that fits the contract, if its ids exist.
ALWAYS_ACCEPTED = """
[[operations]]
include-operation-id = ["get_purchase", "create_commitment_request", "cancel_request", "list_tax_rates", "upload_file"]
checks.positive_data_acceptance.enabled = true
"""

# Half of the ids belong to objects that exist and can be used, so that some requests succeed.
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
"""Two sets of quirks. Together they have both sides of every disagreement of the documentation."""


def settings(emulator: Emulator) -> str:
    """Return the configuration of schemathesis, with ids from the emulator's data."""
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
    """Send requests to one emulator, and return whether it kept to the contract."""
    # The clock stands still and nothing is approved automatically, so that each run is the same.
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
    # The emulator logs warnings of bad requests, and here they are sent on purpose.
    logging.disable(logging.WARNING)
    with ThreadPoolExecutor() as pool:
        sys.exit(not all(pool.map(fuzz, WAYS)))
