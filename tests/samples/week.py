"""A payer that wants one claim for a week of visits."""

PROFILE = """id = "bluestone-ppo"
name = "BLUESTONE MUTUAL PPO"
payer_id = "SYN03"
partner = "harbor"
filing_indicator = "BL"

[[differs]]
from = 2020-01-01
source = "contract"
verified = "synthetic"
claim_per = "span"
span_period = "week"
therapy_modifier = true
timely_filing_days = 180
"""
