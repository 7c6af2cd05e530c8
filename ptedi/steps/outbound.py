"""The way out: captured charges to a delivered 837P, step by step."""

from ptedi.steps.batch import Built, build_batches, rebuild
from ptedi.steps.code import Coded, code_visits
from ptedi.steps.deliver import Delivered, deliver_batches
from ptedi.steps.extract import Extracted, extract_charges
from ptedi.steps.scrub import Scrubbed, scrub_claims

__all__ = ["Built", "Coded", "Delivered", "Extracted", "Scrubbed", "build_batches", "code_visits", "deliver_batches",
           "extract_charges", "rebuild", "scrub_claims"]  # fmt: skip
