from datetime import date

import pytest

from ptedi.errors import ConfigurationError
from ptedi.payers import partner

HARBOR = {"name": "Harbor", "sender_id": "CEDARPT", "receiver_id": "HARBORCH", "submitter_name": "CEDAR PT",
          "submitter_id": "CEDARPT", "contact_name": "BILLING OFFICE", "phone": "505-555-0100",
          "receiver_name": "HARBOR CLEARINGHOUSE",
          "transport": {"kind": "local", "outbound": "clearinghouse/to"}}  # fmt: skip


def test_a_partner_needs_little():
    harbor = partner.load({"harbor": HARBOR})["harbor"]
    assert (harbor.sender_qualifier, harbor.application_receiver, harbor.phone) == ("ZZ", "HARBORCH", "5055550100")
    assert harbor.transport == "local" and harbor.transport_settings == {"outbound": "clearinghouse/to"}
    assert harbor.usage_indicator("T") == "T" and harbor.usage_indicator("P") == "P"
    assert harbor.name_file(date(2026, 11, 20), 7) == "837P_harbor_20261120_000000007.edi"


@pytest.mark.parametrize(("change", "word"), [
    ({"sender_id": "X" * 16}, "at most 15"), ({"receiver_id": None}, "receiver_id"), ({"phone": "1"}, "ten digits"),
    ({"claims_per_set": 0}, "claims_per_set"), ({"newline": "|"}, "newline"), ({"file_name": "all.edi"}, "number"),
    ({"file_name": "../{number}"}, "file_name"), ({"usage": {"T": "P"}}, "test workspace"),
    ({"colour": "red"}, "colour"),
    ({"sender_qualifier": "Z"}, "two characters"), ({"usage": {"T": "X"}}, "T .test. or P"), 
    ({"transport": 1}, "table"),
])  # fmt: skip
def test_a_mistake_is_named(change, word):
    table = {key: value for key, value in (HARBOR | change).items() if value is not None}
    with pytest.raises(ConfigurationError, match=word):
        partner.load({"harbor": table})
