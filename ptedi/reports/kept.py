"""The tables of what a remittance says beside its claims: amounts, quantities, references, days, names, totals.

They are made from the segments that the reader keeps (`Payment.others`), late and once each.  What a column of
`claims`, `lines` or `payments` says already (AMT*B6, AMT*I, REF*6R, REF*F8 ...) is not said again here.
Source: 005010X221A1; the elements that only 4010A1 uses (TS306 to 12, 14, 16, 19) are read as it names them.
"""

from __future__ import annotations

from ptedi.reports.shapes import CLAIM, FILE, LINE, NUMBER, PLACE, Column, Kind, Table

PARTY, GROUP, NOTHING = -1, -2, 0
"""Where a cell comes from that no element of the segment says: the N1 above, the LX above, nowhere."""
Cells = tuple[int, ...]
_KINDS = {"money": Kind.MONEY, "quantity": Kind.QUANTITY, "date": Kind.DATE, "text": Kind.TEXT}


def _columns(kind: str, *said: tuple[str, str]) -> tuple[Column, ...]:
    return tuple(Column(name, _KINDS[kind], means) for name, means in said)


_PARTY = ("party", "in the header: PR of the payer, PE of the payee; else empty")
_BESIDE = (*FILE, *LINE, NUMBER)

AMOUNTS = Table("amounts", "One row an AMT but B6 and I, which are columns of `lines` and `claims`", (
    *_BESIDE,
    *_columns("text", ("qualifier", "AMT01: AU covered, D8 discount, F5 patient paid, KH late filing, T tax ...")),
    *_columns("money", ("amount", "AMT02; empty: not an amount, its text is in `segments`")),
    *PLACE,
))  # fmt: skip

QUANTITIES = Table("quantities", "One row a QTY", (
    *_BESIDE,
    *_columns("text", ("qualifier", "QTY01: CA covered, CD co-insured, ZK to ZO federal categories ...")),
    *_columns("quantity", ("quantity", "QTY02; empty: not a quantity, its text is in `segments`")),
    *PLACE,
))  # fmt: skip

REFERENCES = Table("reference_numbers", "One row a REF but 6R and F8, which are columns of `lines` and `claims`", (
    *_BESIDE,
    *_columns("text", _PARTY, ("qualifier", "REF01: EA medical record, 1L group, LU location, EV receiver ..."),
              ("value", "REF02"), ("description", "REF03")),
    *PLACE,
))  # fmt: skip

DATES = Table("dates", "One row a DTM that is no column of `payments`, `claims` or `lines`", (
    *_BESIDE,
    *_columns("text", ("qualifier", "DTM01: 036 coverage expired, 405 production when sent twice ...")),
    *_columns("date", ("date", "DTM02; empty: not a day, its text is in `segments`")),
    *PLACE,
))  # fmt: skip

NAMES = Table("names", "One row a name (N1, NM1) that the other tables do not say whole", (
    *_BESIDE,
    *_columns("text", ("entity", "N101 or NM101: PR, PE; QC, IL, 74, 82, TT, PR, GB ..."),
              ("type", "NM102: 1 person, 2 other"), ("last", "N102 or NM103: last name or organization"),
              ("first", "NM104"), ("middle", "NM105"),
              ("prefix", "NM106"), ("suffix", "NM107"), ("id_qualifier", "N103 or NM108"), ("id", "N104 or NM109")),
    *PLACE,
))  # fmt: skip

CONTACTS = Table("contacts", "One row a number or address of a PER", (
    *_BESIDE,
    *_columns("text", _PARTY, ("function", "PER01: CX claims office, BL technical, IC information"), ("name", "PER02"),
              ("number_qualifier", "PER03, 05, 07: TE, EX, FX, EM, UR"), ("number", "PER04, 06, 08")),
    *PLACE,
))  # fmt: skip

OUTPATIENT = Table("outpatient_adjudications", "One row an MOA with more than remark codes, which are in `remarks`", (
    *FILE, *CLAIM, NUMBER,
    *_columns("quantity", ("reimbursement_rate", "MOA01")),
    *_columns("money", ("hcpcs_payable", "MOA02"), ("esrd_payment", "MOA08"), ("nonpayable_professional", "MOA09")),
    *PLACE,
))  # fmt: skip

INPATIENT = Table("inpatient_adjudications", "One row an MIA; its remark codes are in `remarks`", (
    *FILE, *CLAIM, NUMBER,
    *_columns("quantity", ("covered_days", "MIA01")),
    *_columns("money", ("pps_outlier", "MIA02, operating outlier")),
    *_columns("quantity", ("lifetime_psychiatric_days", "MIA03")),
    *_columns("money", ("drg", "MIA04"), ("disproportionate_share", "MIA06"), ("msp_pass_through", "MIA07"),
              ("pps_capital", "MIA08"), ("pps_capital_fsp_drg", "MIA09, federal specific"),
              ("pps_capital_hsp_drg", "MIA10, hospital specific"),
              ("pps_capital_dsh_drg", "MIA11, disproportionate share"),
              ("old_capital", "MIA12"), ("pps_capital_ime", "MIA13, indirect medical education"),
              ("pps_hospital_specific_drg", "MIA14, operating")),
    *_columns("quantity", ("cost_report_days", "MIA15")),
    *_columns("money", ("pps_federal_specific_drg", "MIA16, operating"), ("pps_capital_outlier", "MIA17"),
              ("indirect_teaching", "MIA18"), ("nonpayable_professional", "MIA19"), ("pps_capital_exception", "MIA24")),
    *PLACE,
))  # fmt: skip

SUMMARIES = Table("provider_summaries", "One row a TS3, the totals of a provider in a group of claims", (
    *FILE,
    *_columns("text", ("group", "LX01 of the group"), ("provider", "TS301"), ("facility_type", "TS302")),
    *_columns("date", ("fiscal_year_end", "TS303")),
    *_columns("quantity", ("claims", "TS304")),
    *_columns("money", ("charge", "TS305"), ("covered", "TS306 (4010)"), ("noncovered", "TS307 (4010)"),
              ("denied", "TS308 (4010)"), ("provider_payment", "TS309 (4010)"), ("interest", "TS310 (4010)"),
              ("contractual", "TS311 (4010)"), ("gramm_rudman", "TS312 (4010)"), ("msp_payer", "TS313"),
              ("blood_deductible", "TS314 (4010)"), ("non_lab_charge", "TS315"), ("coinsurance", "TS316 (4010)"),
              ("hcpcs_reported", "TS317"), ("hcpcs_payable", "TS318"), ("deductible", "TS319 (4010)"),
              ("professional_component", "TS320"), ("msp_patient_liability", "TS321"),
              ("patient_reimbursement", "TS322")),
    *_columns("quantity", ("pip_claims", "TS323")),
    *_columns("money", ("pip_adjustment", "TS324")),
    *PLACE,
))  # fmt: skip

SUPPLEMENTS = Table("provider_supplements", "One row a TS2, the inpatient totals of a provider in a group of claims", (
    *FILE,
    *_columns("text", ("group", "LX01 of the group")),
    *_columns("money", ("drg", "TS201"), ("federal_specific", "TS202"), ("hospital_specific", "TS203"),
              ("disproportionate_share", "TS204"), ("capital", "TS205"), ("indirect_medical_education", "TS206")),
    *_columns("quantity", ("outlier_days", "TS207")),
    *_columns("money", ("day_outlier", "TS208"), ("cost_outlier", "TS209")),
    *_columns("quantity", ("average_drg_stay", "TS210"), ("discharges", "TS211"), ("cost_report_days", "TS212"),
              ("covered_days", "TS213"), ("noncovered_days", "TS214")),
    *_columns("money", ("msp_pass_through", "TS215")),
    *_columns("quantity", ("average_drg_weight", "TS216")),
    *_columns("money", ("pps_capital_fsp_drg", "TS217"), ("pps_capital_hsp_drg", "TS218"), ("pps_dsh_drg", "TS219")),
    *PLACE,
))  # fmt: skip

TABLES = (AMOUNTS, QUANTITIES, REFERENCES, DATES, NAMES, CONTACTS, OUTPATIENT, INPATIENT, SUMMARIES, SUPPLEMENTS)
SAID: dict[str, tuple[Table, tuple[Cells, ...], tuple[int, ...]]] = {
    "AMT": (AMOUNTS, ((1, 2),), ()),
    "QTY": (QUANTITIES, ((1, 2),), ()),
    "REF": (REFERENCES, ((PARTY, 1, 2, 3),), ()),
    "DTM": (DATES, ((1, 2),), ()),
    "N1": (NAMES, ((1, NOTHING, 2, NOTHING, NOTHING, NOTHING, NOTHING, 3, 4),), ()),
    "NM1": (NAMES, (tuple(range(1, 10)),), ()),
    "PER": (CONTACTS, tuple((PARTY, 1, 2, n, n + 1) for n in (3, 5, 7)), ()),
    "MOA": (OUTPATIENT, ((1, 2, 8, 9),), (3, 4, 5, 6, 7)),
    "MIA": (INPATIENT, ((1, 2, 3, 4, *range(6, 20), 24),), (5, 20, 21, 22, 23)),
    "TS3": (SUMMARIES, ((GROUP, *range(1, 25)),), ()),
    "TS2": (SUPPLEMENTS, ((GROUP, *range(1, 20)),), ()),
}
"""Of each segment: its table, the elements that fill its own columns (one tuple a row), those said elsewhere."""
