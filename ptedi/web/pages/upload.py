"""Upload: charge files, remittances, acknowledgements, bank files; looked over first, then taken in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, BinaryIO

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ptedi import pipeline
from ptedi.findings import CATALOGUE, counted
from ptedi.pipeline import Night, uploads
from ptedi.web import view
from ptedi.web.access import Verb
from ptedi.web.errors import BadForm, NotThere
from ptedi.web.grid import Sent, text
from ptedi.web.jobs import Jobs
from ptedi.web.seat import Seat, allow

router = APIRouter()

_CHUNK = 1 << 20
_MOST = 20  # files of one sending
KINDS = {
    "charges": "Captured charges", "835": "Remittance (835)", "999": "Acknowledgement (999)", "277CA": "Claim answers "
    "(277CA)", "TA1": "Interchange acknowledgement (TA1)", "bank": "Deposits of the bank",
    "acknowledgement": "Acknowledgements", "mixed": "Remittances and acknowledgements", "eob": "Paper EOB",
}  # fmt: skip
STATES = {"received": ("waits for its turn", "waiting"), "processed": ("taken in", "good"),
          "quarantined": ("in quarantine", "stopped")}  # fmt: skip
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """The uploads of one look, as they are kept on the server between two pages."""

    files: tuple[uploads.Upload, ...]


@router.get("/upload", name="upload")
def upload(seat: Annotated[Seat, allow(Verb.UPLOAD)],
           view_key: Annotated[str, Query(alias="view", max_length=43)] = "") -> HTMLResponse:  # fmt: skip
    """Where files are handed over, what was handed over just now, and what came in lately."""
    looks = [uploads.look(seat.night, one) for one in _kept(seat, view_key)]
    return view.page(seat, "upload/page.html", looks=[one for one in looks if one], key=view_key, kinds=KINDS,
                     states=STATES, files=uploads.came_in(seat.night, limit=30),
                     largest=view_size(seat.request.app.state.house.settings.largest_upload))  # fmt: skip


@router.post("/upload", name="upload_sent")
def sent(seat: Annotated[Seat, allow(Verb.UPLOAD)], form: Sent) -> Response:
    """Keeps files aside and looks them over; nothing is taken in yet."""
    given = [one for one in form.getlist("file") if isinstance(one, UploadFile) and one.filename]
    if not given:
        raise BadForm("no file was chosen")
    if len(given) > _MOST:
        raise BadForm(f"at most {_MOST} files at once")
    staged = [uploads.stage(seat.night.workspace, one.filename or "", _chunks(one.file)) for one in given]
    key = seat.keep("upload", msgspec.json.encode(_Kept(files=tuple(staged))).decode())
    if "x-upload" in seat.request.headers:  # sent with a bar: the browser goes there itself
        return Response(status_code=204, headers={"X-Location": seat.url("upload", view=key)})
    return view.go(seat, "upload", view=key)


@router.post("/upload/take", name="upload_take")
def take(seat: Annotated[Seat, allow(Verb.UPLOAD)], form: Sent) -> RedirectResponse:
    """Takes the files in: charges become visits, answers and money are applied; the page shows how far it is."""
    kept = _kept(seat, text(form, "view", 43))
    wanted = {one for one in form.getlist("take") if isinstance(one, str)}
    chosen = [one for one in kept if one.sha256 in wanted]
    if not chosen:
        raise BadForm("no file is chosen", hint="tick the files that shall be taken in")
    night, jobs = seat.night, jobs_of(seat)
    job = jobs.start(f"Taking in {counted(len(chosen), 'file')}", seat.name, lambda: _take(night, chosen))
    return view.go(seat, "progress", job=job.key)


@router.get("/upload/{sha256}", name="upload_file")
def file(seat: Annotated[Seat, allow(Verb.UPLOAD)], sha256: Sha256) -> HTMLResponse:
    """A file that was taken in, with the verdict on each captured row."""
    found = uploads.file_rows(seat.night, sha256)
    if found is None:
        raise NotThere("no such file was taken in", hint="the page Upload lists what came in lately")
    came, rows = found
    rejected = [row for row in rows if row.verdict == "rejected"]
    counts = {verdict: sum(row.verdict == verdict for row in rows) for verdict in sorted({row.verdict for row in rows})}
    return view.page(seat, "upload/file.html", file=came, kinds=KINDS, states=STATES, counts=counts,
                     refused=rejected[:500], total=len(rejected), titles=_titles(row.codes for row in rejected),
                     back=uploads.refused_rows(seat.night, sha256) is not None)  # fmt: skip


@router.get("/upload/{sha256}/refused", name="upload_refused")
def refused(seat: Annotated[Seat, allow(Verb.EXPORT)], sha256: Sha256) -> Response:
    """The refused rows of a charge file as they came, each with why, to correct and bring again."""
    found = uploads.refused_rows(seat.night, sha256)
    if found is None:
        raise NotThere("no row of such a file was refused", hint="the page Upload lists what came in lately")
    return Response(found[1], media_type="application/octet-stream",
                    headers={"Content-Disposition": f'attachment; filename="{found[0]}"'})  # fmt: skip


def _titles(several: Iterable[Sequence[str]]) -> dict[str, str]:
    """What the codes of some rows say."""
    codes = {code for codes in several for code in codes}
    return {code: CATALOGUE[code].title for code in codes if code in CATALOGUE}


def jobs_of(seat: Seat) -> Jobs:
    """The jobs of this application."""
    jobs: Jobs = seat.request.app.state.jobs
    return jobs


def view_size(size: int) -> str:
    """Bytes in megabytes."""
    return f"{size / (1 << 20):,.0f} MB"


def _take(night: Night, chosen: Sequence[uploads.Upload]) -> str:
    """Drops the files and lets the steps that they are for run; charges first, so that money finds its claims."""
    there = [one for one in chosen if uploads.take(night, one)]
    extracted = pipeline.extract_charges(night)
    back = pipeline.collect(night)
    posted = sum(one.posted for one in back.posted)
    aside = sum(one.quarantined + one.conflicting + one.parked for one in back.posted)
    told = [f"{counted(len(there), 'file')} taken in"]
    if extracted.files or extracted.quarantined_files:
        told.append(f"{counted(extracted.rows_accepted, 'row')} of charges accepted, {extracted.rows_rejected} refused")
    if extracted.rows_accepted:
        told.append("the next night codes and sends them")
    if back.collected.quarantined or extracted.quarantined_files:
        several = back.collected.quarantined + extracted.quarantined_files
        told.append(f"{counted(several, 'file')} put into quarantine")
    if back.posted:
        told.append(f"{counted(posted, 'payment')} posted")
    if aside:
        told.append(f"{counted(aside, 'payment')} not posted: the page Remittances says why")
    if back.defects:
        told.append(f"{counted(back.defects, 'file')} not read by a fault of ptedi: the worklist says what to tell us")
    return ", ".join(told)


def _kept(seat: Seat, key: str) -> tuple[uploads.Upload, ...]:
    document = seat.kept("upload", key)
    return msgspec.json.decode(document, type=_Kept).files if document else ()


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk
