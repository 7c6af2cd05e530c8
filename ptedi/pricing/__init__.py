"""What a payer should pay: contracts and fee schedules, the price of a visit, and what was paid compared with it."""
