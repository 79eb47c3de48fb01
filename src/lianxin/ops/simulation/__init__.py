"""Playing a hotline centre in simulated time: people, requests and their lives, driven through the one door.

Planning is pure and seeded, without a database: `plan` (weeks 42 and 43 of 2021 and what followed) and `today` (the
last fortnight) make stories of the source's inputs and write each down as a life, a list of steps in time.  `show`
plays them: `people` founds the centre, `drive` records every step through the ledger.
"""
