"""The contract of a payment: properties in the server's order, lengths by generation."""

import subprocess
import sys

import pytest

from schemas.payment import GENERATIONS


def test_properties_stand_in_the_pages_own_order():
    assert list(GENERATIONS["v2.0"].properties.values()) == [
        "lineNumber", "customerId", "customerNumber", "postingDate", "documentNumber",
        "externalDocumentNumber", "amount", "appliesToInvoiceId", "appliesToInvoiceNumber",
        "description", "comment",
    ]  # fmt: skip


@pytest.mark.parametrize("generation", ["v1.0", "beta", "graph"])
def test_the_contact_exists_before_v2_only(generation):
    assert "contactId" in GENERATIONS[generation].properties.values()
    assert "contactId" not in GENERATIONS["v2.0"].properties.values()
    assert "contact_id" not in GENERATIONS["v2.0"].lengths


def test_lengths():
    assert dict(GENERATIONS["v2.0"].lengths) == {
        "customer_number": 20, "document_number": 20, "external_document_number": 35,
        "invoice_number": 20, "description": 100, "comment": 250,
    }  # fmt: skip
    for generation in ("beta", "graph"):
        lengths = GENERATIONS[generation].lengths
        assert (lengths["external_document_number"], lengths["description"]) == (20, 50)


def test_profiles_and_contracts_load_no_heavy_library():
    code = (
        "import sys, schemas.profile, schemas.payment, importer.amounts\n"
        "schemas.profile.shipped()\n"
        "print([m for m in ('pandas', 'pandera', 'pyarrow') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
