"""Reference: every code opens its page, words find codes, and nothing typed comes back as markup."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from starlette.testclient import TestClient

from ptedi.pipeline import reference

Client = Callable[[str], TestClient]


def found(client: TestClient, **form: object) -> str:
    answer = client.post("/reference/filter", data=form)
    assert answer.status_code == 303
    return client.get(answer.headers["location"]).text


def test_every_code_of_the_list_has_its_page(client: Client) -> None:
    seat, entries = client("viewer"), reference.entries()
    families = {family: [one for one in entries if one.family is family] for family in reference.Family}
    assert all(families.values())
    for one in entries:
        page = reference.code_page(one.code, family=one.family)
        assert page is not None, one
        assert page.title == one.title or one.family is reference.Family.FINDING
    for family, of_it in families.items():
        for one in (of_it[0], of_it[-1]):
            answer = seat.get(f"/reference/{quote(family.value)}/{quote(one.code)}")
            assert answer.status_code == 200, one
            assert one.code in answer.text


def test_a_code_as_people_write_it_opens_its_page(client: Client) -> None:
    seat = client("viewer")
    for words, address in (("co-97", "adjustment/CO-97"), ("PT124", "edit/PT124"), ("A7:164", "claim%20status/A7:164"),
                           ("97110", "procedure/97110"), ("kx", "modifier/KX")):  # fmt: skip
        answer = seat.post("/reference/filter", data={"words": words})
        assert answer.headers["location"].endswith(address), answer.headers["location"]


def test_words_find_codes_of_the_chosen_kinds(client: Client) -> None:
    seat = client("viewer")
    assert "KX" in found(seat, words="threshold", family=["modifier"])
    assert "No row fits this filter" in found(seat, words="no such words at all")


def test_the_same_number_in_two_families_has_two_pages() -> None:
    one, two = reference.Family.STATUS, reference.Family.ADJUSTMENT
    number = next(code for code in codes_of(one) if code in codes_of(two))
    pages = [reference.code_page(number, family=family) for family in (one, two)]
    assert pages[0] and pages[1]
    assert pages[0].title != pages[1].title


def codes_of(family: reference.Family) -> list[str]:
    return [entry.code for entry in reference.entries() if entry.family is family]


def test_unknown_codes_and_odd_words(client: Client) -> None:
    seat = client("viewer")
    assert seat.get("/reference/edit/NOPE").status_code == 404
    assert seat.get("/reference/nothing/PT124").status_code in {404, 422}
    assert "<script>" not in found(seat, words="<script>alert(1)</script>").replace('<script src=', "")
