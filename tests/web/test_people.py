"""People: adding, roles, lockout, passwords, sessions that end, the log of who looked at what."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.errors import ConfigurationError, StoreBusy
from ptedi.pipeline import people, presence
from ptedi.store import access
from ptedi.store.people_tables import access_log
from ptedi.web.seat import SESSION
from tests.web.conftest import Opened
from tests.web.practice import PASSWORD

Client = Callable[[str], TestClient]
Role = people.Role
LIMITS = presence.Limits()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take no time; what argon2 costs is not what is tested."""
    monkeypatch.setattr(people, "HASHER", people.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def later(monkeypatch: pytest.MonkeyPatch, **span: float) -> None:
    monkeypatch.setenv("PTEDI_NOW", (pipeline.people.now() + dt.timedelta(**span)).isoformat())


def number(night: pipeline.Night, name: str) -> int:
    return people.find_person(night, name).id


# --- the library ---


def test_wrong_passwords_wait_longer_and_longer(night: pipeline.Night, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = []
    for _ in range(8):
        refused = people.check_password(night, "biller", "not it")
        assert isinstance(refused, people.Refusal)
        waiting = people.find_person(night, "biller").waits_until
        waits.append(int((waiting - people.now()).total_seconds()) if waiting else 0)
        if waiting:
            # the right one is not even looked at
            assert people.check_password(night, "biller", PASSWORD) == people.Refusal(until=waiting)
            later(monkeypatch, seconds=waits[-1] + 1)
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240]
    assert isinstance(people.check_password(night, "biller", PASSWORD), people.Person)
    assert people.find_person(night, "biller").waits_until is None
    assert people.check_password(night, "biller", "not it") == people.Refusal()


def test_the_wait_has_an_end(night: pipeline.Night, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(60):
        people.check_password(night, "biller", "not it")
        later(monkeypatch, hours=2)
    assert isinstance(people.check_password(night, "biller", PASSWORD), people.Person)


def test_nobody_and_a_wrong_password_are_told_alike(night: pipeline.Night) -> None:
    assert people.check_password(night, "nobody at all", PASSWORD) == people.check_password(night, "viewer", "no")
    # what was typed as a name may be a password
    assert {row.person for row in presence.accesses(night) if row.verb == "refused"} == {"?", "viewer"}


@pytest.mark.parametrize("password", ["short", "a" * 40, "biller biller biller", "x" * 257])
def test_passwords_that_are_no_use(night: pipeline.Night, password: str) -> None:
    with pytest.raises(ConfigurationError):
        people.set_password(night, "biller", password, by="tests")


@pytest.mark.parametrize("name", ["", "a b", "-x", "ü", "x" * 65, "a\nb", "<script>"])
def test_names_that_are_no_use(night: pipeline.Night, name: str) -> None:
    with pytest.raises(ConfigurationError):
        people.make_person(night, name, Role.BILLER, password=PASSWORD, by="tests")


def test_there_is_always_an_administrator(night: pipeline.Night) -> None:
    with pytest.raises(ConfigurationError, match="only administrator"):
        people.set_role(night, "administrator", Role.VIEWER, by="tests")
    with pytest.raises(ConfigurationError, match="only administrator"):
        people.lock(night, "administrator", by="tests")
    people.set_role(night, "viewer", Role.ADMINISTRATOR, by="tests")
    people.lock(night, "administrator", by="tests")
    with pytest.raises(ConfigurationError, match="only administrator"):
        people.set_role(night, "viewer", Role.BILLER, by="tests")


def test_another_system_stands_surety(night: pipeline.Night) -> None:
    first = people.arrive(night, source="oidc", subject="0001", name="Ann O'Hara", role=Role.BILLER)
    assert first is not None and (first.name, first.role) == ("ann-o-hara", Role.BILLER)
    again = people.arrive(night, source="oidc", subject="0001", name="Renamed", role=Role.VIEWER)
    assert again is not None and (again.id, again.name, again.role) == (first.id, "ann-o-hara", Role.VIEWER)
    namesake = people.arrive(night, source="oidc", subject="0002", name="biller", role=Role.BILLER)
    assert namesake is not None and namesake.name == "biller+oidc"  # never our own biller
    assert people.check_password(night, "ann-o-hara", "") == people.Refusal()
    people.lock(night, "ann-o-hara", by="tests")
    assert people.arrive(night, source="oidc", subject="0001", name="Ann", role=Role.ADMINISTRATOR) is None


def test_sessions_end(night: pipeline.Night, monkeypatch: pytest.MonkeyPatch) -> None:
    who = people.find_person(night, "biller")
    key = presence.open_session(night, who, LIMITS)
    for _ in range(23):
        later(monkeypatch, minutes=29)
        assert presence.find_session(night, key, LIMITS) is not None
    later(monkeypatch, minutes=59)  # twelve hours in all, however busy
    assert presence.find_session(night, key, LIMITS) is None
    other = presence.open_session(night, who, LIMITS)
    later(monkeypatch, minutes=31)
    assert presence.find_session(night, other, LIMITS) is None


def test_a_locked_person_is_out_at_once(night: pipeline.Night) -> None:
    key = presence.open_session(night, people.find_person(night, "biller"), LIMITS)
    people.lock(night, "biller", by="tests")
    assert presence.find_session(night, key, LIMITS) is None
    assert people.check_password(night, "biller", PASSWORD) == people.Refusal()


def test_the_store_does_not_hold_the_key(night: pipeline.Night, workspace) -> None:
    key = presence.open_session(night, people.find_person(night, "biller"), LIMITS)
    night.close()
    held = b"".join(path.read_bytes() for path in workspace.glob("ptedi.db*"))
    assert key.encode() not in held and PASSWORD.encode() not in held


def test_once_is_once(night: pipeline.Night) -> None:
    who, done = people.find_person(night, "biller"), []

    def act() -> str:
        done.append(1)
        return "/answer"

    assert [presence.once(night, who, "key", act) for _ in range(3)] == ["/answer"] * 3 and done == [1]
    presence.once(night, people.find_person(night, "viewer"), "key", act)  # another one's key is another key
    assert len(done) == 2

    def refused() -> str:
        raise ConfigurationError("no")

    for _ in range(2):  # what failed may be sent again
        with pytest.raises(ConfigurationError):
            presence.once(night, who, "other", refused)

    def inside() -> str:
        with pytest.raises(StoreBusy):
            presence.once(night, who, "third", act)
        return "/first"

    assert presence.once(night, who, "third", inside) == "/first" and len(done) == 2


@pytest.mark.parametrize("damage", ["person", "object", "verb", "gone"])
def test_a_changed_access_log_is_told(night: pipeline.Night, damage: str) -> None:
    for n in range(6):
        presence.log_access(night, "biller", verb="look at claims", page="claim", object=f"number={n}")
    assert presence.verify_access(night).whole
    with night.store.begin() as conn:
        third = [row.id for row in access.newest(conn, limit=6)][3]
        here = access_log.c.id == third
        conn.execute(access_log.delete().where(here) if damage == "gone"
                     else access_log.update().where(here).values(**{damage: "another"}))  # fmt: skip
    told = presence.verify_access(night)
    assert not told.whole and told.misfits == ((third + 1,) if damage == "gone" else (third,))


# --- the pages ---


def test_an_administrator_looks_after_people(client: Client, night: pipeline.Night) -> None:
    browser = client("administrator")
    page = browser.post("/people", data={"name": "New.Person", "role": "biller"})
    password = re.search(r'<code id="made">([^<]+)</code>', page.text)
    assert page.status_code == 200 and password and page.headers["cache-control"] == "no-store"
    assert isinstance(people.check_password(night, "new.person", password[1]), people.Person)
    one = number(night, "new.person")
    assert password[1] not in browser.get("/people").text
    assert browser.post(f"/people/{one}/role", data={"role": "approver"}).status_code == 303
    assert people.find_person(night, "new.person").role is Role.APPROVER
    assert browser.post(f"/people/{one}/lock").status_code == 303
    assert people.find_person(night, "new.person").locked
    assert browser.post(f"/people/{one}/unlock").status_code == 303
    assert "may sign in again" in browser.get("/people").text and "may sign in again" not in browser.get("/people").text
    again = re.search(r'<code id="made">([^<]+)</code>', browser.post(f"/people/{one}/password").text)
    assert again and isinstance(people.check_password(night, "new.person", again[1]), people.Person)
    assert people.check_password(night, "new.person", password[1]) == people.Refusal()
    for bad in ({"name": "a b", "role": "biller"}, {"name": "biller", "role": "biller"}):
        assert browser.post("/people", data=bad).status_code == 400
    assert browser.post("/people", data={"name": "x", "role": "king"}).status_code == 422
    assert browser.post("/people/999999/lock").status_code == 404
    assert browser.post(f"/people/{number(night, 'administrator')}/lock").status_code == 422


def test_a_role_holds_from_the_next_click(client: Client, night: pipeline.Night) -> None:
    browser = client("approver")
    assert browser.get("/people").status_code == 403
    people.set_role(night, "approver", Role.ADMINISTRATOR, by="tests")
    assert browser.get("/people").status_code == 200
    people.set_role(night, "approver", Role.VIEWER, by="tests")
    assert browser.get("/people").status_code == 403


def test_signing_out_everywhere(client: Client, night: pipeline.Night) -> None:
    first, second = client("biller"), client("biller")
    assert first.post("/account/out").status_code == 303
    assert first.get("/tonight").status_code == 200 and second.get("/tonight").status_code == 303
    assert client("administrator").post(f"/people/{number(night, 'biller')}/out").status_code == 303
    assert first.get("/tonight").status_code == 303


def test_ones_own_password(client: Client, night: pipeline.Night) -> None:
    browser, other = client("biller"), client("biller")
    fields = {"old": PASSWORD, "new": "another long sentence", "again": "another long sentence"}
    assert browser.post("/account/password", data=fields | {"old": "no"}).status_code == 422
    assert browser.post("/account/password", data=fields | {"again": "no"}).status_code == 422
    assert browser.post("/account/password", data=fields | {"new": "short", "again": "short"}).status_code == 400
    assert browser.post("/account/password", data=fields).status_code == 303
    assert browser.get("/account").status_code == 200 and other.get("/account").status_code == 303
    assert isinstance(people.check_password(night, "biller", fields["new"]), people.Person)


def test_signing_in_always_makes_a_new_session(stranger: TestClient, app: FastAPI) -> None:
    """A key that somebody planted in the browser is worth nothing after signing in."""
    planted = presence.open_session(app.state.house.night, people.find_person(app.state.house.night, "viewer"), LIMITS)
    stranger.cookies.set(SESSION, planted)
    token = re.search(r'name="token" value="([^"]*)"', stranger.get("/sign-in").text)
    assert token
    done = stranger.post("/sign-in", data={"name": "biller", "password": PASSWORD, "token": token[1]})
    assert done.status_code == 303
    new = re.search(rf"{SESSION}=([^;]+)", done.headers["set-cookie"])
    assert new and new[1] != planted
    assert presence.find_session(app.state.house.night, planted, LIMITS) is None
    stranger.cookies.clear()
    stranger.cookies.set(SESSION, "made up by somebody")
    assert stranger.get("/tonight").status_code == 303


def test_a_sign_in_form_of_another_browser_is_refused(stranger: TestClient) -> None:
    fields = {"name": "biller", "password": PASSWORD}
    assert stranger.post("/sign-in", data=fields).status_code == 403
    assert stranger.post("/sign-in", data=fields | {"token": "0" * 64}).status_code == 403


def test_looks_at_claims_are_written_down_and_nothing_else(client: Client, night: pipeline.Night) -> None:
    browser, before = client("viewer"), presence.count_accesses(night, person="viewer")
    browser.get("/tonight")
    assert presence.count_accesses(night, person="viewer") == before
    browser.get("/work")
    browser.get("/people")
    rows = presence.accesses(night, person="viewer", limit=2)
    assert [(row.verb, row.page) for row in rows] == [("refused", "people"), ("look at claims", "work")]
    page = client("administrator").get("/people/log?check=1").text
    assert "entries fit" in page and "look at claims" in page


def test_the_log_is_narrowed_and_taken_away(client: Client, night: pipeline.Night) -> None:
    presence.log_access(night, "biller", verb="look at claims", page="claim", object="number=7")
    browser = client("administrator")
    there = browser.post("/people/log", data={"person": "biller"}).headers["location"]
    assert "number=7" in browser.get(there).text and ">tests<" not in browser.get(there).text
    file = browser.get(there.replace("/people/log", "/people/log/export") + "&format=csv")
    assert file.headers["content-disposition"].startswith('attachment; filename="access-log-')
    assert "# filter,person biller" in file.text and "# made by,administrator" in file.text


@pytest.mark.parametrize("width", [1280, 768])
def test_in_a_browser(opened: Callable[..., Opened], width: int) -> None:
    window = opened("administrator", width=width)
    page = window.go("/people")
    page.get_by_label("Name to sign in with").fill("lee")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("alert").get_by_text("The password of lee").wait_for()
    window.go("/account")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert window.complaints == []
