"""Letters to payers as PDF: appeals by category, proofs of timely filing.  Facts in, bytes out; no store, no files."""
