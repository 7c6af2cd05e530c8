"""Identifiers and code lists of US health care billing: format checks and dated tables, no claims.

Identifiers (npi, mbi, ein, taxonomy, diagnosis, place_of_service, modifier) have the interface of python-stdnum:
`compact` strips what people type, `validate` returns the compact form or raises `stdnum.exceptions.ValidationError`,
`is_valid` says yes or no.  Lists (procedures, modifiers, ncci, therapy, adjustments, remarks, claim_status) are read
once from `schemas/codes/*.csv`; every row carries its dates and its source, and an unknown code is None.
"""
