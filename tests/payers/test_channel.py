"""The transport table of a partner, its schema and the examples."""

import json
import tomllib
from datetime import date, datetime

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi.config import data_folder
from ptedi.errors import ConfigurationError
from ptedi.payers import channel, partner
from ptedi.payers.channel import AfterFetch, HostKey, LocalFolders, SftpServer
from ptedi.payers.settings import Table

FOLDER = data_folder("schemas") / "partners"
SCHEMA = json.loads((FOLDER / "partner.schema.json").read_text())
PIN = "SHA256:" + "A" * 43
BLOB = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"  # the bytes 0 to 31: nobody's key
SFTP = {"environment": "T", "host": "sftp.example.org", "user": "cedarpt", "host_key": PIN, "key": "keys/k",
        "outbound": "to", "inbound": "from"}  # fmt: skip


def read(changes=None, **more):
    table = {key: value for key, value in (SFTP | (changes or {}) | more).items() if value is not None}
    return channel.read("sftp", Table(table, "partners.harbor.transport"))


def plain(value):
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, date) else value


def test_a_server_needs_little():
    assert read() == SftpServer(environment="T", host="sftp.example.org", user="cedarpt", key="keys/k",
                                host_keys=(HostKey("", PIN),), outbound="to", inbound="from",
                                staging="to")  # fmt: skip
    assert channel.read("local", Table({}, "x")) == LocalFolders()


def test_everything_can_be_said():
    server = read(port=2222, staging="up", rename=False, read_back=False, after_fetch="move", moved_to="old",
                  send_at_most_mb=1, receive_at_most_mb=2, settle_seconds=0, timeout_seconds=5, attempts=1,
                  retry_seconds=0, key_passphrase_env="PHRASE")  # noqa: S106  # fmt: skip
    assert (server.after_fetch, server.send_at_most, server.receive_at_most) == (AfterFetch.MOVE, 1_000_000, 2_000_000)
    assert (server.port, server.staging, server.rename, server.attempts) == (2222, "up", False, 1)


@pytest.mark.parametrize(("line", "algorithm"), [
    (PIN, ""), (PIN + "=", ""), (f"ssh-rsa {PIN}", "ssh-rsa"), (f"256 {PIN} comment (ED25519)", None),
    (f"ssh-ed25519 {BLOB}", "ssh-ed25519"), (f"[sftp.example.org]:2222 ssh-ed25519 {BLOB} comment", "ssh-ed25519"),
    (f"ssh-rsa {BLOB}", None), ("MD5:00:11", None), ("ssh-ed25519", None), ("ssh-ed25519 !!!", None), ("x", None),
    ("ssh-ed25519 AAAA", None),
])  # fmt: skip
def test_host_keys_as_people_have_them(line, algorithm):
    if algorithm is None:
        with pytest.raises(ConfigurationError, match="host_key"):
            read(host_key=line)
    else:
        assert read(host_key=[line, PIN]).host_keys[0].algorithm == algorithm


def test_a_known_hosts_line_gives_the_fingerprint_of_its_key():
    assert channel.fingerprint(BLOB) == read(host_key=f"h ssh-ed25519 {BLOB}").host_keys[0].fingerprint


@pytest.mark.parametrize(("change", "word"), [
    ({"password": "hunter2"}, "password_env"), ({"key_passphrase": "hunter2"}, "key_passphrase_env"),
    ({"PASSWORD": "hunter2"}, "password_env"), ({"secret": "hunter2"}, "environment variable"),
    ({"key": None, "password_env": "hunter2"}, "name of an environment variable"),
    ({"password_env": "SECRET"}, "either key"), ({"key": None}, "either key"),
    ({"key": None, "password_env": "SECRET", "key_passphrase_env": "PHRASE"}, "there is no key"),
    ({"environment": None}, "environment"), ({"environment": "X"}, "T .test. or P"), ({"host": "a@b"}, "host"),
    ({"host": "sftp://b"}, "host"), ({"user": "a\nb"}, "user"), ({"port": 0}, "between"),
    ({"inbound": "to/"}, "inbound"),
    ({"staging": "from//"}, "inbound"), ({"outbound": "../up"}, "outbound"), ({"outbound": "a\\b"}, "outbound"),
    ({"outbound": ""}, "outbound"), ({"after_fetch": "burn"}, "after_fetch"), ({"after_fetch": "move"}, "moved_to"),
    ({"moved_to": "old"}, "moved_to"), ({"after_fetch": "move", "moved_to": "from"}, "moved_to"),
    ({"attempts": 11}, "between"), ({"retry_seconds": -1}, "between"), ({"host_key": []}, "host_key"),
    ({"host_key": None}, "host_key"), ({"colour": "red"}, "colour"), ({"rename": "no"}, "true or false"),
    ({"outbound": "PROD/HIPAA_Inbound"}, "mix"), ({"inbound": "live/out"}, "mix"),
    ({"host": "prod.example.org"}, "mix"), ({"environment": "P", "staging": "TEST"}, "mix"),
    ({"environment": "P", "outbound": "098/5010/editest/inbound"}, "mix"),
])  # fmt: skip
def test_a_mistake_is_named_and_no_secret_is_repeated(change, word):
    with pytest.raises(ConfigurationError, match=word) as told:
        read(change)
    assert "hunter2" not in str(told.value) + told.value.hint


def test_words_that_only_look_like_the_other_world():
    assert read(outbound="latest", inbound="products/delivered", environment="T")
    assert read(outbound="contest", inbound="from", environment="P")


@given(st.dictionaries(st.sampled_from(channel.SFTP_SETTINGS), st.none() | st.text(max_size=30) | st.integers() |
                       st.booleans() | st.lists(st.text(max_size=60), max_size=3)))  # fmt: skip
def test_any_table_is_read_or_refused(changes):
    try:
        server = read(changes)
    except ConfigurationError:
        return
    assert server.host and server.host_keys and bool(server.key) != bool(server.password_env)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda p: p.stem)
def test_every_example_loads_and_fits_the_schema(path):
    document = tomllib.loads(path.read_text())
    jsonschema.validate(plain(document), SCHEMA)
    (one,) = partner.load(document["partners"]).values()
    assert one.id == path.stem and isinstance(one.channel, SftpServer)
    name = one.name_file(datetime(2026, 11, 20, 21, 30), 7, "T")  # noqa: DTZ001
    assert "000000007" in name and "{" not in name
    assert "sources" not in document and all(fact["source"] for fact in document["example"]["facts"])
    assert one.channel.host_keys == (HostKey("", PIN),), "an example must not reach a server"


def test_there_are_the_four_examples():
    assert {p.stem for p in FOLDER.glob("*.toml")} == {"stedi-like", "claim-md-like", "office-ally-like",
                                                       "availity-like"}  # fmt: skip


def test_the_schema_knows_every_setting_and_no_other():
    partner_schema = SCHEMA["$defs"]["partner"]["properties"]
    assert set(partner_schema) == set(partner.SETTINGS)
    local, sftp = partner_schema["transport"]["oneOf"]
    assert set(local["properties"]) == {"kind", *channel.LOCAL_SETTINGS}
    assert set(sftp["properties"]) == {"kind", *channel.SFTP_SETTINGS}
