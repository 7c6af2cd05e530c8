from datetime import date, datetime

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
    ({"case": "lower"}, "upper. or .as written"), ({"set_numbers": "both"}, "running. or .file"),
    ({"set_numbers": 1}, "set_numbers"),
    ({"file_name": "../{number}"}, "file_name"), ({"usage": {"T": "P"}}, "test workspace"),
    ({"colour": "red"}, "colour"),
    ({"sender_qualifier": "Z"}, "two characters"), ({"usage": {"T": "X"}}, "T .test. or P"),
    ({"transport": 1}, "table"), ({"transport": {"kind": "pigeon"}}, "pigeon"),
    ({"file_name": "{number}.tmp"}, "sent"), ({"file_name": "{number!r}"}, "name"),
    ({"file_name": ".{number}"}, "sent"),
    ({"file_name": "{number"}, "file_name"), ({"file_name": "{number!r}"}, "name"),
    ({"file_name": "{colour}{number}"}, "file_name"), ({"extension": "part"}, "sent"), ({"extension": "a/b"}, "sent"),
    ({"file_name": "{number}}"}, "file_name"), ({"transport": {"kind": "local", "environment": "X"}}, "T .test. or P"),
    ({"transport": {"kind": "local", "colour": "red"}}, "colour"), ({"file_name": "a..{number}"}, "sent"),
])  # fmt: skip
def test_a_mistake_is_named(change, word):
    table = {key: value for key, value in (HARBOR | change).items() if value is not None}
    with pytest.raises(ConfigurationError, match=word):
        partner.load({"harbor": table})


def test_the_usual_numbers_and_case_are_everybodys():
    usual = partner.load({"harbor": HARBOR})["harbor"]
    assert (usual.set_numbers, usual.case) == ("running", "upper")
    other = partner.load({"harbor": HARBOR | {"set_numbers": "file", "case": "as written"}})["harbor"]
    assert (other.set_numbers, other.case) == ("file", "as written")


def test_two_partners_cannot_be_one_sender_and_receiver():
    """Their files would carry the same ISA13 from the same sender: the second is a copy to whoever gets it."""
    with pytest.raises(ConfigurationError, match=r"partners\.harbor"):
        partner.load({"harbor": HARBOR, "pier": HARBOR})
    assert len(partner.load({"harbor": HARBOR, "pier": HARBOR | {"receiver_id": "PIERCH"}})) == 2


def test_a_name_says_what_the_partner_wants():
    names = HARBOR | {"file_name": "{sender}_{environment}_{date}{time}_{number}.{ext}", "extension": "x12"}
    harbor = partner.load({"harbor": names})["harbor"]
    assert harbor.name_file(datetime(2026, 11, 20, 21, 30, 5), 7, "P") == "CEDARPT_P_20261120213005_000000007.x12"  # noqa: DTZ001
