"""The fault harness: each row of the table strikes a whole house under load, and nothing may be lost by it.

``bin/faults NAME...`` plays rows by hand, ``tests/faults`` plays all of them. A row (faults/tables/all.py) has a name,
what it is, what must hold, and ``strike(scene)``: the fault from its beginning to its end. Around it the harness
(faults/play.py) mends the house, puts both journeys under load, and afterwards waits for calm and lets the oracle
hold against each other what was acknowledged, stored, sent and told.
"""
