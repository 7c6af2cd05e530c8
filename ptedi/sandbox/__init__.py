"""The other side in a box: a practice that captures charges, a clearinghouse and six payers that answer our claims.

    practice        settings and charge files of a synthetic practice
    clearinghouse   run(drop, out, state, seed, today): TA1, 999, 277CA, 835 and bank deposits for what we sent
    oracle          what all that should have led to, in exact figures: the judge of the demo and of the tests
    scenario        the switches: plain nights, and remittances as careless payers send them

The clearinghouse and the payers are an independent party: they know pyx12's verdict and the bytes of the 837P, and
nothing of how ptedi makes, edits or stores claims.  Every name, number and price in here is invented.
"""
