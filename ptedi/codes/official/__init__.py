"""Readers of the code files that CMS, NUCC and X12 publish, as they are published.

The repository ships small starting tables; the official files belong to their publishers and change every quarter or
year.  Each reader takes rows of texts and gives rows for our own tables: codes, numbers and dates, never the licensed
descriptions.
"""
