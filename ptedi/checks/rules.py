"""All meaning rules, in the order in which they are told; importing this module registers them."""

from __future__ import annotations

from ptedi.checks import (
    rules_835,
    rules_claim,
    rules_cob,
    rules_diagnosis,
    rules_envelope,
    rules_format,
    rules_line,
    rules_provider,
    rules_subscriber,
)

MODULES = (
    rules_envelope,
    rules_format,
    rules_provider,
    rules_subscriber,
    rules_claim,
    rules_diagnosis,
    rules_line,
    rules_cob,
    rules_835,
)
