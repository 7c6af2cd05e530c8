"""The pages, one module a subject."""

from ptedi.web.pages import (
    batches,
    claim,
    close,
    partners,
    people,
    reference,
    remits,
    reports,
    rework,
    tonight,
    upload,
    work,
)

PAGES = tuple(module.router for module in (
    tonight, work, claim, rework, remits, close, batches, partners, reports, upload, reference, people,
))  # fmt: skip
