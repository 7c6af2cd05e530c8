"""The workbench: the pages in which a practice's people see the night, work the list and understand a claim.

It calls `ptedi.pipeline` and shows what that says; no rule of the house lives in a page.  `app.create_app` makes the
application, `ptedi serve` serves it, and Airflow's own interface carries the same one.
"""
