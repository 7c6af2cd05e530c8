"""Trading partners: the ids, names, limits and channel of whoever carries our files.

In ptedi.toml, one table per partner:

    [partners.harbor]
    name = "Harbor Clearinghouse"
    sender_id = "CEDARPT"               # ISA06; sender_qualifier = "ZZ" (ISA05) unless said otherwise
    receiver_id = "HARBORCH"            # ISA08; receiver_qualifier = "ZZ" (ISA07)
    application_sender = "CEDARPT"      # GS02, as sender_id unless said otherwise
    application_receiver = "HARBORCH"   # GS03, as receiver_id unless said otherwise
    submitter_name = "CEDAR PHYSICAL THERAPY"   # 1000A NM103
    submitter_id = "CEDARPT"            # 1000A NM109
    contact_name = "BILLING OFFICE"     # 1000A PER02
    phone = "5055550100"                # 1000A PER04, ten digits
    receiver_name = "HARBOR CLEARINGHOUSE"      # 1000B NM103
    receiver_identifier = "HARBORCH"    # 1000B NM109, as receiver_id unless said otherwise
    claims_per_set = 5000               # how many CLM fit one ST (the guide recommends at most 5000)
    sets_per_file = 1                   # how many ST one file may hold, all in one GS of one ISA (at most 100)
    set_numbers = "running"             # ST02 counts on from file to file; "file": from 0001 in each
    newline = ""                        # written after each segment terminator
    case = "upper"                      # of names, addresses and notes; "as written": as they were captured
    acknowledgement_requested = true    # ISA14
    file_name = "837P_{partner}_{date}_{number}.{ext}"  # also {time}, {environment}; see name_file
    extension = "edi"                   # {ext}
    [partners.harbor.usage]             # ISA15 by workspace environment; T = "T", P = "P" unless said otherwise
    T = "T"
    [partners.harbor.answers]           # hours after which a missing answer is asked for; what is not said is learned
    999 = 24                            # also TA1, 277CA, 835; see ANSWER_HOURS
    [partners.harbor.transport]
    kind = "local"                      # the rest belongs to the kind of transport: see ptedi.payers.channel
    outbound = "clearinghouse/to"
    inbound = "clearinghouse/from"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from ptedi.errors import ConfigurationError
from ptedi.payers import channel
from ptedi.payers.settings import Table

SETTINGS = (
    "name", "sender_qualifier", "sender_id", "receiver_qualifier", "receiver_id", "application_sender",
    "application_receiver", "submitter_name", "submitter_id", "contact_name", "phone", "receiver_name",
    "receiver_identifier", "claims_per_set", "sets_per_file", "set_numbers", "newline", "case",
    "acknowledgement_requested", "file_name", "extension", "usage", "transport", "answers",
)  # fmt: skip
# Until 20 answers have taught better.  TA1, 999, 277CA: own judgement (clearinghouses answer within minutes to one
# business day, payers' 277CAs within two or three).  835: Medicare owes interest on a clean electronic claim after 30
# days (Social Security Act, section 1842(c)(2)); state laws on commercial payers mostly say 30 to 45.
ANSWER_HOURS: Mapping[str, int] = {"TA1": 24, "999": 24, "277CA": 72, "835": 720}
MOST_SETS = 100  # own judgement: with 5000 claims each that is half a million claims
FILE_NAME = "837P_{partner}_{date}_{number}.{ext}"
FIELDS = frozenset({"partner", "sender", "date", "time", "number", "environment", "ext"})
_FILE_NAME = re.compile(r"[A-Za-z0-9._{}-]+")
_RESULT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(?<!\.tmp)(?<!\.part)(?<!\.partial)(?<!\.filepart)(?<!\.)")
_EXAMPLE = datetime(2026, 12, 31, 23, 59, 59)  # noqa: DTZ001 - a name is tried out


class SetNumbers(StrEnum):
    """How ST02 counts: on and on for the partner, or from 0001 in each file; it is unique in its file either way."""

    RUNNING = "running"
    FILE = "file"


class Case(StrEnum):
    """What becomes of small letters in names, addresses and notes; codes and identifiers are always capitals.

    Capitals are X12's basic character set, which everybody takes; small letters are of the extended one, which the
    two partners must have agreed on (X12.6, appendix A).
    """

    UPPER = "upper"
    AS_WRITTEN = "as written"


_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingPartner:
    """Who carries our files and how; names follow the elements of the envelope (see the module's example)."""

    id: str
    name: str
    sender_qualifier: str = "ZZ"
    sender_id: str
    receiver_qualifier: str = "ZZ"
    receiver_id: str
    application_sender: str
    application_receiver: str
    submitter_name: str
    submitter_id: str
    contact_name: str
    phone: str
    receiver_name: str
    receiver_identifier: str
    claims_per_set: int = 5000
    sets_per_file: int = 1
    set_numbers: SetNumbers = SetNumbers.RUNNING
    newline: str = ""
    case: Case = Case.UPPER
    acknowledgement_requested: bool = True
    file_name: str = FILE_NAME
    extension: str = "edi"
    usage: Mapping[str, str] = field(default_factory=lambda: {"T": "T", "P": "P"})
    answer_hours: Mapping[str, int] = field(default_factory=dict)
    transport: str = "local"
    transport_settings: Mapping[str, object] = field(default_factory=dict)

    def usage_indicator(self, environment: str) -> str:
        """ISA15 in our environment T or P."""
        return self.usage.get(environment, environment)

    def name_file(self, created: date, number: int, environment: str = "") -> str:
        """The name of the file with this interchange control number: no patient data, unique by the number.

        `created` is ISA09 and ISA10 (a day alone has the time 000000), `environment` is ISA15.
        """
        return self.file_name.format(
            partner=self.id, sender=self.sender_id, date=created.strftime("%Y%m%d"), time=created.strftime("%H%M%S"),
            number=f"{number:09d}", environment=environment, ext=self.extension,
        )  # fmt: skip

    @property
    def channel(self) -> channel.LocalFolders | channel.SftpServer:
        """How the partner is reached.

        Raises:
            ConfigurationError: the transport's settings cannot work.
        """
        return channel.read(self.transport, Table(self.transport_settings, f"partners.{self.id}.transport"))


def load(table: Mapping[str, Any]) -> dict[str, TradingPartner]:
    """Reads the `[partners]` table of ptedi.toml.

    Raises:
        ConfigurationError: an entry is missing, unknown or does not fit its element.
    """
    partners = Table(table, "partners")
    found = {key: _partner(key, partners.table(key)) for key, _ in partners.items()}
    _told_apart(found)
    return found


def _told_apart(partners: Mapping[str, TradingPartner]) -> None:
    """TA1 and 999 name an interchange by sender, receiver and number, and each partner's count for themselves."""
    seen: dict[tuple[str, ...], str] = {}
    for key, one in partners.items():
        other = seen.setdefault((one.sender_qualifier, one.sender_id, one.receiver_qualifier, one.receiver_id), key)
        if other != key:
            raise ConfigurationError(
                f"partners.{key}: has the sender and receiver of partners.{other}, so their files would carry the "
                "same control numbers",
                hint="one receiver is one partner; payers name it by `partner` in their profiles",
            )


def _partner(key: str, at: Table) -> TradingPartner:
    at.only(*SETTINGS)
    sender, receiver = at.text("sender_id", longest=15), at.text("receiver_id", longest=15)
    transport = at.table("transport")
    partner = TradingPartner(
        id=key, name=at.text("name", key), sender_id=sender, receiver_id=receiver,
        sender_qualifier=_qualifier(at, "sender_qualifier"), receiver_qualifier=_qualifier(at, "receiver_qualifier"),
        application_sender=at.text("application_sender", sender, longest=15),
        application_receiver=at.text("application_receiver", receiver, longest=15),
        submitter_name=at.text("submitter_name", longest=60), submitter_id=at.text("submitter_id", longest=80),
        contact_name=at.text("contact_name", longest=60), phone=_phone(at),
        receiver_name=at.text("receiver_name", longest=60),
        receiver_identifier=at.text("receiver_identifier", receiver, longest=80),
        claims_per_set=_limit(at, "claims_per_set", 5000, 5000),
        sets_per_file=_limit(at, "sets_per_file", 1, MOST_SETS),
        set_numbers=_choice(at, "set_numbers", SetNumbers.RUNNING), newline=_newline(at),
        case=_choice(at, "case", Case.UPPER),
        acknowledgement_requested=at.flag("acknowledgement_requested", True),
        file_name=_file_name(at), extension=at.text("extension", "edi", longest=10),
        usage=_usage(at.table("usage")), answer_hours=_answers(at.table("answers")),
        transport=transport.text("kind", "local"),
        transport_settings={k: v for k, v in transport.items() if k != "kind"},
    )  # fmt: skip
    return _proved(at, partner)


def _proved(at: Table, partner: TradingPartner) -> TradingPartner:
    """Tries the file name out and reads the transport's settings, so that a mistake shows at once."""
    if not _RESULT.fullmatch(name := partner.name_file(_EXAMPLE, 1, "T")) or ".." in name:
        raise at.wrong("file_name", f"would make {name!r}, which cannot be sent: up to 100 letters, digits, . _ - and "
                                    "no ending that marks an unfinished file")  # fmt: skip
    assert partner.channel  # noqa: S101 - read for its errors
    return partner


def _qualifier(at: Table, key: str) -> str:
    value = at.text(key, "ZZ")
    if len(value) != 2:
        raise at.wrong(key, "must have two characters, for example ZZ or 30")
    return value


def _phone(at: Table) -> str:
    digits = re.sub(r"[^0-9]", "", at.text("phone"))
    if len(digits) != 10:
        raise at.wrong("phone", "must have ten digits")
    return digits


def _limit(at: Table, key: str, usual: int, most: int) -> int:
    value = at.number(key, usual)
    if not 1 <= value <= most:
        raise at.wrong(key, f"must be between 1 and {most}")
    return value


def _choice(at: Table, key: str, usual: _Choice) -> _Choice:
    value, kind = at.text(key, usual.value), type(usual)
    if value not in {one.value for one in kind}:
        raise at.wrong(key, "must be " + " or ".join(f'"{one.value}"' for one in kind))
    return kind(value)


def _newline(at: Table) -> str:
    value = dict(at.items()).get("newline", "")
    if value not in ("", "\n", "\r\n"):
        raise at.wrong("newline", 'must be "", "\\n" or "\\r\\n"')
    return str(value)


def _file_name(at: Table) -> str:
    pattern = at.text("file_name", FILE_NAME)
    fields = set(re.findall(r"\{([^}]*)\}", pattern))
    if not _FILE_NAME.fullmatch(pattern) or not fields <= FIELDS or "number" not in fields or _braces(pattern):
        fields_known = " ".join(f"{{{name}}}" for name in sorted(FIELDS))
        raise at.wrong("file_name", f"may hold letters, digits, . _ - and {fields_known}, and needs {{number}}")
    return pattern


def _braces(pattern: str) -> bool:
    """Whether braces are left over when the fields are taken out."""
    return bool(re.search(r"[{}]", re.sub(r"\{[a-z]+\}", "", pattern)))


def _usage(at: Table) -> dict[str, str]:
    at.only("T", "P")
    usage = {environment: at.text(environment, environment) for environment in ("T", "P")}
    for environment, value in usage.items():
        if value not in ("T", "P"):
            raise at.wrong(environment, "must be T (test) or P (production)")
    if usage["T"] == "P":
        raise ConfigurationError(f"{at.where}.T: a test workspace may not send production files")
    return usage


def _answers(at: Table) -> dict[str, int]:
    at.only(*ANSWER_HOURS)
    hours = {kind: at.number(kind) for kind, _ in at.items()}
    for kind, value in hours.items():
        if not 1 <= value <= 24 * 365:
            raise at.wrong(kind, "must be hours, between 1 and 8760")
    return hours
