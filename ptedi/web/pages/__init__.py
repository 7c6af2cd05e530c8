"""The pages, one module a subject."""

from ptedi.web.pages import (
    appeal,
    batch_acts,
    batches,
    claim,
    close,
    hold,
    partners,
    people,
    progress,
    reference,
    remits,
    reports,
    rework,
    search,
    tonight,
    upload,
    work,
)

PAGES = tuple(module.router for module in (
    tonight, work, claim, rework, appeal, remits, close, hold, batches, batch_acts, partners, reports, upload, progress,
    reference, people, search,
))  # fmt: skip
