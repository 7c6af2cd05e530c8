# ruff: noqa: E501 - one case a line
"""The detection matrix of the guide: deliberate breaches of valid files, most of them invisible to pyx12.

Each entry: case, base, edits, the codes we answer with (one for one defect); () where the edit is no error of the file
by itself, with the reason in the comment beside it.
"""

from __future__ import annotations

from .base import AUTO, GS_837, ISA, PAYMENT, PRIMARY, REVERSAL, SECONDARY

Edit = tuple[str, str] | tuple[str, str, int]
Case = tuple[str, str, tuple[Edit, ...], tuple[str, ...]]

FACILITY = "NM1*77*2*RIVERSIDE POOL*****XX*1999900057\nN3*200 POOL RD\nN4*SAMPLETOWN*OH*450010200\n"
LINE_3 = "LX*3\nSV1*HC:97530:GP*65*UN*1***1:2\nDTP*472*D8*20260803\nREF*6R*A0001-03\n"
OTHER_PAYER = "NM1*PR*2*FIRST HEALTH PLAN*****PI*PRIPAY01\n"
PATIENT_LOOP = "HL*3*2*23*0\nPAT*19\nNM1*QC*1*RIVERA*BO\nN3*5 ELM ST\nN4*SAMPLETOWN*OH*45001\nDMG*D8*20100101*M\n"

CLAIMS: tuple[Case, ...] = (
    ("E06", PRIMARY, (("ST03", "005010X222"),), ("IE044",)),
    ("E06b", PRIMARY, (("ST03", ""),), ("EL001",)),
    ("E09", PRIMARY, (("2130*CH", "2130*RP"),), ("CE009",)),
    ("E12", PRIMARY, (("001*20260803*2130", "001*20990803*2130"),), ("CE012",)),
    ("E13", PRIMARY, (("RIVERA", "RIV\xc9RA"),), ("EL006",)),
    ("E13b", PRIMARY, (("RIVERA", "Rivera"),), ()),  # lower case is of the extended set
    ("E13c", PRIMARY, (("RIVERA", " RIVERA"),), ("CE013",)),
    ("E13d", PRIMARY, (("RIVERA", "RIVERA "),), ("EL016",)),
    ("F01", PRIMARY, (("N3*5 ELM ST", "N3*5 ELM ST**"),), ("EL015",)),
    ("F02", PRIMARY, (("97140:GP*55*", "97140:GP*55.001*"),), ("CF002",)),
    ("F02b", PRIMARY, (("97140:GP*55*", "97140:GP*0055*"),), ("CF002",)),
    ("V01", PRIMARY, (("XX*1999900016", "XX*1999900017"),), ("CV001",)),
    ("V01b", PRIMARY, (("XX*1999900016", "XX*199990001"),), ("CV001",)),
    ("V02", PRIMARY, (("*****XX*1999900016", ""),), ("CV002",)),
    ("V03", PRIMARY, (("N3*100 MAIN ST STE 2", "N3*PO BOX 100"),), ("CV003",)),
    ("V04", PRIMARY, (("450010001", "45001"),), ("CV004",)),
    ("V04b", PRIMARY, (("450010001", "45001ABCD"),), ("CV004",)),
    ("V04c", PRIMARY, (("OH*450010001", "ZZ*450010001"),), ("CV004",)),
    ("V05", SECONDARY, (("450010200", "45001"),), ("CV005",)),
    ("V06", PRIMARY, (("912345678", "91-2345678"),), ("CV006",)),
    ("V06b", PRIMARY, (("912345678", "91234567"),), ("CV006",)),
    ("V07", PRIMARY, (("NM1*85*2*NORTHSIDE PHYSICAL THERAPY**", "NM1*85*2*NORTHSIDE PHYSICAL THERAPY*JANE*"),), ("CV007",)),
    ("V08", PRIMARY, (("PXC*261QP2000X", "PXC*999999999X"),), ("CV008",)),
    ("V09", PRIMARY, (("NM1*82*1*DOE*JANE****XX*1999900024", "NM1*82*1*DOE*JANE****XX*1999900016"),), ("CV009",)),
    ("V11", SECONDARY, (("N3*200 POOL RD\nN4*SAMPLETOWN*OH*450010200", "N3*100 MAIN ST STE 2\nN4*SAMPLETOWN*OH*450010001"),), ("CV011",)),
    ("V12", SECONDARY, (("N3*200 POOL RD", "N3*PO BOX 7"),), ("CV012",)),
    ("V14", PRIMARY, (("NM1*DN*1", "NM1*P3*1"),), ("CV014",)),
    ("V14b", PRIMARY, (("NM1*DN*1*SMITH*ALEX****", "NM1*DN*2*SMITH*****"),), ("EL007",)),
    ("V14c", PRIMARY, (("NM1*82*1", "NM1*DN*1*JONES*PAT****XX*1999900057\nNM1*82*1"),), ("CV014",)),
    ("V18", PRIMARY, (("TE*5555550100", "TE*555-555-0100"),), ("CV018",)),
    ("S01", PRIMARY, (("SBR*P*18*", "SBR*P**"),), ("CS001",)),
    ("S01b", PRIMARY, (("DMG*D8*19500315*F\n", ""),), ("CS001",)),
    ("S01c", PRIMARY, (("N3*5 ELM ST\nN4*SAMPLETOWN*OH*45001\n", ""),), ("CS001",)),
    ("S02", SECONDARY, (("SBR*S**GRP200", "SBR*S*18*GRP200"),), ("CS002",)),
    ("S02b", AUTO, (("HL*2*1*22*0", "HL*2*1*22*1"),), ("SG023",)),
    ("S02c", SECONDARY, (("HL*2*1*22*1", "HL*2*1*22*0"),), ("SG023",)),
    ("S02d", SECONDARY, (("PAT*19", "PAT*18"),), ("SG009",)),
    ("S05", SECONDARY, (("SBR*P*19*GRP100", "SBR*S*19*GRP100"),), ("CS005",)),
    ("S05b", SECONDARY, (("SBR*S**GRP200", "SBR*P**GRP200"),), ("CS005",)),
    ("S06", PRIMARY, (("SBR*P*18*******MB", "SBR*P*18***12****MB"),), ("CS006",)),
    ("S06b", SECONDARY, (
        ("HL*2*1*22*1\nSBR*S**GRP200******CI\nNM1*IL*1*LOPEZ*MARIA****MI*SEC123456\nNM1*PR",
         "HL*2*1*22*0\nSBR*S*18*GRP200******MB\nNM1*IL*1*LOPEZ*MARIA****MI*1EG4TE5MK73\nN3*9 OAK AVE\n"
         "N4*SAMPLETOWN*OH*45001\nDMG*D8*19500101*F\nNM1*PR"),
        ("HL*3*2*23*0\nPAT*19\nNM1*QC*1*LOPEZ*DIEGO\nN3*9 OAK AVE\nN4*SAMPLETOWN*OH*45001\nDMG*D8*20120505*M\n", ""),
    ), ("CS006",)),
    ("S07", AUTO, (("SBR*P*18*******AM", "SBR*P*18"), ("REF*Y4*CLAIM7788\n", "")), ("CS007",)),
    ("S09", PRIMARY, (("1EG4TE5MK73", "1SG4TE5MK73"),), ("CS009",)),
    ("S10", PRIMARY, (("19500315", "20990315"),), ("CS010",)),
    ("S10b", PRIMARY, (("19500315", "20260815"),), ("CS010",)),
    ("S12", PRIMARY, (("NM1*IL*1*RIVERA*ANA", "NM1*IL*1*RIVERA*"),), ("CS012",)),
    ("C01", PRIMARY, (("A0001*240", "A0001*250"),), ("CC001",)),
    ("C02", PRIMARY, (("CLM*A0002", "CLM*A0001"),), ("CC002",)),
    ("C02b", PRIMARY, (("CLM*A0001", "CLM*A00010000000000000000000000"),), ("CF004",)),
    ("C02c", PRIMARY, (("CLM*A0001", "CLM*" + "X" * 39),), ("EL005",)),
    ("C03", PRIMARY, (("A0001*240***11:B:1", "A0001*240***11:B:5"),), ("CC003",)),
    ("C03b", PRIMARY, (("A0001*240***11:B:1", "A0001*240***11:B:7"),), ("CC003",)),
    ("C03c", PRIMARY, (("REF*EA*MRN1", "REF*F8*ICN1\nREF*EA*MRN1"),), ("CC003",)),
    ("C04", PRIMARY, (("11:B:1*Y*A", "11:B:1*N*A"),), ("CC004",)),
    ("C05", AUTO, (("DTP*439*D8*20260701\n", ""),), ("CC005",)),
    ("C05b", AUTO, (("AA:::OH", "AA"),), ("CC005",)),
    ("C06", AUTO, (("**AA:::OH", ""),), ("CC006",)),
    ("C07", PRIMARY, (("431*D8*20260601", "431*D8*20260901"),), ("CC007",)),
    ("C07b", AUTO, (("439*D8*20260701", "439*D8*20260804"),), ("CC007",)),
    ("C09", PRIMARY, (("REF*EA*MRN1", "REF*EA*MRN1\nREF*EA*MRN2"),), ("SG005",)),
    ("C10", PRIMARY, (("REF*EA*MRN1", "AMT*F5*300\nREF*EA*MRN1"),), ("CC010",)),
    ("C11", PRIMARY, (("REF*EA*MRN1", "PWK*OZ*EL\nREF*EA*MRN1"),), ("CC011",)),
    ("C12", PRIMARY, (("HI*ABK:M5450", f"NTE*ADD*{'A' * 81}\nHI*ABK:M5450"),), ("EL005",)),
    ("C15", PRIMARY, (("A0001*240***11", "A0001*240***97"),), ("EL007",)),
    ("C16", PRIMARY, (("A0002*60", "A0002*0"), ("97110:GP*60", "97110:GP*0")), ("CC016",)),
    ("C16b", PRIMARY, (("97140:GP*55", "97140:GP*-55"),), ("CC016",)),
    ("D01", PRIMARY, (("HI*ABK:M5450*ABF:M6281", "HI*BK:7245*BF:7292"),), ("CD001",)),
    ("D01b", PRIMARY, (("ABF:M6281", "BF:7292"),), ("CD001",)),
    ("D02", PRIMARY, (("ABK:M5450", "ABK:M54.50"),), ("CD002",)),
    ("D03", PRIMARY, (("ABF:M6281", "ABF:M5450"),), ("CD003",)),
    ("D04", PRIMARY, (("ABK:M5450", "ABK:54501"),), ("CD004",)),
    ("D05", PRIMARY, (("ABK:M5450", "ABK:W1830XA"),), ("CD005",)),
    ("D06", PRIMARY, (("GP*55*UN*1***1", "GP*55*UN*1***4"),), ("CD006",)),
    ("D06b", PRIMARY, (("GP*55*UN*1***1", "GP*55*UN*1***13"),), ("CD006",)),
    ("D06c", PRIMARY, (("GP*55*UN*1***1", "GP*55*UN*1***1:1"),), ("CD006",)),
    ("D06d", PRIMARY, (("GP*55*UN*1***1", "GP*55*UN*1"),), ("EL001",)),
    ("L01", PRIMARY, (("LX*2", "LX*5"), ("LX*3", "LX*6")), ("SG024",)),
    ("L01b", PRIMARY, (
        ("A0001*240", "A0001*3295"),
        (LINE_3, "".join(LINE_3.replace("LX*3", f"LX*{n}").replace("-03", f"-{n:02d}").replace("20260803", f"202607{n % 28 + 1:02d}")
                         .replace("97530:GP", f"97530:GP:{'XE' if n > 28 else '59'}") for n in range(3, 52))),
    ), ("SG006", "CC001")[:1]),
    ("L02", PRIMARY, (("HC:97140", "HC:99ZZZ"),), ("CL002",)),
    ("L02b", PRIMARY, (("HC:97140", "WK:97140"),), ("CL002",)),
    ("L03", PRIMARY, (("97140:GP", "97140:GP:GP"),), ("CL003",)),
    ("L03b", PRIMARY, (("97140:GP", "97140"),), ("CL004",)),
    ("L03c", PRIMARY, (("97140:GP", "97140:GP:5"),), ("EL004",)),
    ("L03d", PRIMARY, (("97140:GP", "97140:GP:59:KX:CQ:XS"),), ("CL003",)),
    ("L04", PRIMARY, (("55*UN*1", "55*UN*0"),), ("CL005",)),
    ("L04b", PRIMARY, (("55*UN*1", "55*UN*1.5"),), ("CL005",)),
    ("L04c", PRIMARY, (("55*UN*1", "55*MJ*15"),), ("CL005",)),
    ("L06", PRIMARY, (("DTP*472*D8*20260803", "DTP*472*RD8*20260804-20260803"),), ("CL006",)),
    ("L06b", PRIMARY, (("DTP*472*D8*20260803", "DTP*472*D8*20260803-20260804"),), ("EL008",)),
    ("L07", PRIMARY, (("DTP*472*D8*20260803", "DTP*472*D8*20270803"),), ("CL007",)),
    ("L08", PRIMARY, (("55*UN*1***1", "55*UN*1*11**1"),), ("CL008",)),
    ("L09", PRIMARY, (("6R*A0001-02", "6R*A0001-01"),), ("CL009",)),
    ("L09b", PRIMARY, (("REF*6R*A0001-02\n", ""),), ("CL009",)),
    ("L09c", PRIMARY, (("6R*A0001-02", "6R*A0001-0200000000000000000000000"),), ("CF004",)),
    ("L10", PRIMARY, (("HC:97140:GP", "HC:97799:GP"),), ("CL010",)),
    ("L11", PRIMARY, (
        ("A0001*240", "A0001*305"), (LINE_3, LINE_3 + LINE_3.replace("LX*3", "LX*4").replace("-03", "-04")),
    ), ("CL011",)),
    ("B03", SECONDARY, (("PRIPAY01*75*", "PRIPAY01*74*"),), ("CB003",)),
    ("B04", SECONDARY, (("AMT*D*76.5", "AMT*D*70"),), ("CB004",)),
    ("B05", SECONDARY, (("SVD*PRIPAY01*75", "SVD*PRIPAY99*75"),), ("CB005",)),
    ("B05b", SECONDARY, (("PI*PRIPAY01", "PI*PRIPAY99"),), ("CB005",)),
    ("B05c", SECONDARY, (("*PI*PRIPAY01", "*PI"),), ("EL001",)),
    ("B06", SECONDARY, (("PI*SECPAY01", "PI*PRIPAY01"),), ("CB006",)),
    ("B08", SECONDARY, (("DTP*573*D8*20260730", "DTP*573*D8*20260730\nAMT*EAF*7"),), ("CB008",)),
    ("B09", SECONDARY, (("CAS*PR*3*7", "CAS*PR*3*7**1*0"),), ("CB009",)),
    ("B09b", SECONDARY, (("CAS*PR*3*7", "CAS*CR*3*7"),), ("CB009",)),
    ("B09c", SECONDARY, (("CAS*PR*3*7", "CAS*PR*999*7"),), ("CB009",)),
    ("B09d", SECONDARY, (("CAS*PR*3*7", "CAS*PR*3*7***5"),), ("EL002",)),
    ("B02", SECONDARY, (("DTP*573*D8*20260730\n", ""),), ("SG003",)),
    ("B02b", SECONDARY, ((OTHER_PAYER, OTHER_PAYER + "DTP*573*D8*20260730\n"),), ("CB002",)),
    ("B12", SECONDARY, (("97113:GP**2\n", "97113:GP\n"),), ("EL001",)),
    ("B14", SECONDARY, (("97530:GP**1\n", "97530:GP**1*9\n"),), ("CB014",)),
    ("B16", SECONDARY, ((OTHER_PAYER, ""),), ("SG004",)),
)  # fmt: skip

REMITTANCES: tuple[Case, ...] = (
    ("R01", PAYMENT, (("BPR*I*139.62", "BPR*I*139.63"),), ("RP001",)),
    ("R02", PAYMENT, (("240*66.64*17", "240*66.6*17"),), ("RP002",)),
    ("R03", PAYMENT, (("120*36.85", "120*36.8"),), ("RP003",)),
    ("R04", PAYMENT, (("CAS*CO*97*55", "CAS*CR*97*55"),), ("SG009",)),
    ("R05", PAYMENT, (("CAS*CO*97*55", "CAS*CO*ZZ9*55"),), ("RP014",)),
    ("R06", PAYMENT, (("LQ*HE*N20", "LQ*HE*ZZ9"),), ("RP016",)),
    ("R07", PAYMENT, (("MOA***MA01", "MOA***N822"),), ()),  # a code younger than pyx12's list
    ("R08", PAYMENT, (("L6:ICN0002", "XX:ICN0002"),), ("EL007",)),
    ("R09", PAYMENT, (("L6:ICN0002*-1.25", "L6:ICN0002*-1.25*WO:ICN0001*0"),), ("RP018",)),
    ("R10", PAYMENT, (("CLP*A0003*1", "CLP*A0003*5"),), ("EL007",)),
    ("R10b", PAYMENT, (("CLP*A0001*1*240*66.64*17*MB*ICN0001*11*1\n", ""),), ("SG003",)),
    ("R11", REVERSAL, (("BPR*I*17.25", "BPR*I*-17.25"),), ("RP007",)),
    ("R12", REVERSAL, (("-55*0**MB", "-55*0*0*MB"),), ("RP006",)),
    ("R13", PAYMENT, (("THERAPY*XX*1999900016", "THERAPY*PI*1999900016"),), ("EL007",)),
    ("R14", PAYMENT, (("17*MB*ICN0001", "17*CI*ICN0001"),), ("EL007",)),
)  # fmt: skip

ENVELOPE: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("E01", "ISA*00*          *00*          *ZZ*PTGROUP01      *", "ISA*00*          *00*          *ZZ*PTGROUP01     *", ("IE004",)),
    ("E03", "IEA*1*000000001", "IEA*1*000000009", ("IE021",)),
    ("E04", "GE*1*1", "GE*1*2", ("IE031",)),
    ("E05", "~SE*", "~SE*9", ("IE041",)),
    ("E12b", "20260803*2130*1*X", "20261305*2130*1*X", ("IE030",)),
)  # fmt: skip
assert ISA and GS_837  # the envelope edits speak of them
