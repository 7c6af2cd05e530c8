"""The format X12: read, write, check; no files, no health care.

delimiters, stream, reader      bytes to segments in one spelling, with their places
interchange                     envelopes and transaction sets, tolerant
writer                          segments to bytes, strict
guide, patterns                 implementation guides as data; one pattern a segment
automaton, walker               the walk along a guide, one step a segment
explain, recovery, resync,      why a segment is wrong, and where to go on
numbering, missing
envelope, structure, summary    the check of a file (SNIP 1 and 2) and what it leaves behind
rules                           the page of every finding
oracle                          pyx12's opinion
"""
