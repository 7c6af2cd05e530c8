"""Payers and trading partners: how each differs from the implementation guide, with source and date.

A *payer* pays claims; a *trading partner* carries files.  Both are small difference files: the zero value is the guide.
"""
