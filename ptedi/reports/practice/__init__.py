"""Reports of a practice: key figures, aging, denials, payments and the like, from what its store remembers.

    facts  ->  measures or tables with the rows they come from  ->  a Report  ->  text, CSV, Parquet, Excel, HTML

Nothing here knows the store: `facts.Source` is what a reader must give.
"""
