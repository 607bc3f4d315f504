"""The card with tables: its rubric, its sheets, and the same card written by hand.

40 items and 60 rows. 37 items of 2 points: groups held by a cap, groups where only the
highest counts, ratios whose divisor may be 0, plain flags. Three tables of up to 20 rows:
persons (a deduction by severity, role and self-report, once per matter), awards (the best one
counts, and a bonus once per project), months (the item is scored for each month that was
open, and the mean is taken). Gates, and a minimum for the highest grade.
"""

from __future__ import annotations

import random
from typing import Any

Sheet = dict[str, dict[str, Any]]
#: Points, in units of 1 / UNITS, and stars of one sheet.
Scored = tuple[int, int]

PAPERS = tuple(f"paper{number:02d}" for number in range(12))
TIERS = tuple(f"tier{number:02d}" for number in range(12))
RATES = tuple(f"rate{number:02d}" for number in range(8))
SIGHTS = tuple(f"sight{number:02d}" for number in range(5))
#: Items: those above, conduct, honours and upkeep.
ITEMS = len(PAPERS) + len(TIERS) + len(RATES) + len(SIGHTS) + 3
ROWS = 60
#: A point has so many units: lcm(1..20) for ratios, times 5 for means of fifths.
UNITS = 232_792_560 * 5

_SEED = 20261124

_PAPER = """\
    evidence: {missing: {type: count, range: 0..20}, late: flag}
    rules:
      - {group: [{deduct: 0.5, per: missing}, {deduct: 0.5, when: late}], up_to: 1.5}
"""
_TIER = """\
    evidence: {stopped: flag, warned: flag, noted: flag}
    rules:
      - group: [{deduct: 2, when: stopped}, {deduct: 1, when: warned}, {deduct: 0.5, when: noted}]
        keep: highest
"""
_RATE = """\
    evidence: {received: {type: count, range: 0..20}, handled: {type: count, range: 0..20}}
    rules:
      - {award: all, ratio: handled / received, empty: full}
"""
_SIGHT = """\
    evidence: {held: flag, seen: flag}
    rules:
      - {deduct: 1, unless: held}
      - {deduct: 1, unless: seen}
"""
_TABLES = """\
  - id: conduct
    points: 12
    evidence:
      persons:
        type: rows
        range: 0..20
        columns:
          severity: {type: choice, values: [cleared, light, serious, grave]}
          leader: flag
          self_reported: flag
          matter: {type: count, range: 0..9}
    rules:
      - deduct: {cleared: 0, light: 0.5, serious: 1, grave: 3}
        by: severity
        each: persons
        times: {leader: 2, self_reported: 0.5}
        once_per: matter
        up_to: 10
      - {deduct: 1, when: "count(persons, severity == grave and leader) > 1"}
  - id: honours
    points: 4
    evidence:
      awards:
        type: rows
        range: 0..20
        columns:
          level: {type: choice, values: [district, city, country]}
          project: {type: count, range: 0..9}
          shared: flag
    rules:
      - {award: {district: 1, city: 2, country: 4}, by: level, each: awards, keep: highest}
      - bonus: {district: 0.5, city: 1, country: 2}
        by: level
        each: awards
        times: {shared: 0.5}
        once_per: project
        up_to: 5
  - id: upkeep
    points: 10
    evidence:
      months:
        type: rows
        range: 0..20
        columns:
          open: flag
          visits: {type: count, range: 0..60}
          complaints: {type: count, range: 0..20}
    each: months
    where: open
    combine: mean
    empty: full
    start: full
    rules:
      - {deduct: 1, per: complaints}
      - {deduct: 0.2, below: 20, of: visits}
"""
_GATES = """\
gates:
  - {at_most: 3, when: conduct < 4}
  - {at_most: 4, when: "sum(upkeep.months, complaints) > 60"}
  - {step: -1, when: "min(rate00, rate01) < 0.5"}
"""


def rubric_text() -> str:
    """Return the card as a rubric file."""
    lines = ["rubric: rows-card", "total: 100", "grades:"]
    lines += ["  - {stars: 5, from: 90, minima: {conduct: 6}}"]
    lines += [f"  - {{stars: {4 - place}, from: {80 - 10 * place}}}" for place in range(3)]
    lines += ["  - {stars: 1}", _GATES + "items:"]
    for ids, body in ((PAPERS, _PAPER), (TIERS, _TIER), (RATES, _RATE), (SIGHTS, _SIGHT)):
        lines += [f"  - id: {item}\n    points: 2\n{body}".rstrip() for item in ids]
    return "\n".join([*lines, _TABLES])


def sheets(count: int, fault: float = 0.25, seed: int = _SEED) -> list[Sheet]:
    """Return sheets on which something is at fault with about the probability `fault`."""
    chance = random.Random(seed)

    def at_fault() -> bool:
        return chance.random() < fault

    def number(most: int) -> int:
        return chance.randint(0, most)

    def person() -> dict[str, Any]:
        severity = (
            chance.choice(("light", "light", "serious", "grave")) if at_fault() else "cleared"
        )
        leader, self_reported = chance.random() < 0.2, chance.random() < 0.3
        return {
            "severity": severity,
            "leader": leader,
            "self_reported": self_reported,
            "matter": number(9),
        }

    def award() -> dict[str, Any]:
        level = "district" if at_fault() else chance.choice(("district", "city", "country"))
        return {"level": level, "project": number(9), "shared": chance.random() < 0.5}

    def month() -> dict[str, Any]:
        visits = number(20) if at_fault() else chance.randint(15, 60)
        complaints = number(12) if at_fault() else number(1)
        return {"open": chance.random() < 0.8, "visits": visits, "complaints": complaints}

    def rate() -> dict[str, Any]:
        received = number(18)
        return {"received": received, "handled": number(received) if at_fault() else received + 1}

    def sheet() -> Sheet:
        made: Sheet = {}
        for item in PAPERS:
            made[item] = {"missing": number(5) if at_fault() else 0, "late": at_fault()}
        for item in TIERS:
            made[item] = {name: at_fault() for name in ("stopped", "warned", "noted")}
        for item in RATES:
            made[item] = rate()
        for item in SIGHTS:
            made[item] = {"held": not at_fault(), "seen": not at_fault()}
        made["conduct"] = {"persons": [person() for _ in range(20)]}
        made["honours"] = {"awards": [award() for _ in range(20)]}
        made["upkeep"] = {"months": [month() for _ in range(20)]}
        return made

    return [sheet() for _ in range(count)]


_HALF = UNITS // 2
_QUARTER = UNITS // 4
_FIFTH = UNITS // 5
#: In quarters of a point, as the rows of both tables are.
_PENALTY = {"cleared": 0, "light": 2, "serious": 4, "grave": 12}
_BONUS = {"district": 2, "city": 4, "country": 8}
_AWARD = {"district": 1, "city": 2, "country": 4}


def by_hand(sheet: Sheet) -> Scored:
    """Score a sheet as one would by hand: exact, in whole units, and nothing checked."""
    halves = 0
    for item in PAPERS:
        found = sheet[item]
        lost = found["missing"] + found["late"]
        halves += 4 - lost if lost < 3 else 1
    for item in TIERS:
        found = sheet[item]
        if not found["stopped"]:
            if found["warned"]:
                halves += 2
            else:
                halves += 3 if found["noted"] else 4
    for item in SIGHTS:
        found = sheet[item]
        halves += 2 * (found["held"] + found["seen"])
    total = halves * _HALF

    low_rate = False
    for place, item in enumerate(RATES):
        found = sheet[item]
        received, handled = found["received"], found["handled"]
        if handled >= received:
            total += 2 * UNITS
        else:
            total += 2 * UNITS * handled // received
            if place < 2 and 4 * handled < received:
                low_rate = True

    worst: dict[int, int] = {}
    grave_leaders = 0
    for person in sheet["conduct"]["persons"]:
        severity = person["severity"]
        penalty = _PENALTY[severity]
        if person["leader"]:
            penalty *= 2
            if severity == "grave":
                grave_leaders += 1
        if person["self_reported"]:
            penalty //= 2
        matter = person["matter"]
        if penalty > worst.get(matter, 0):
            worst[matter] = penalty
    conduct = 48 - min(sum(worst.values()), 40)
    if grave_leaders > 1:
        conduct -= 4
    total += conduct * _QUARTER

    best: dict[int, int] = {}
    highest = 0
    for award in sheet["honours"]["awards"]:
        level = award["level"]
        points = _AWARD[level]
        if points > highest:
            highest = points
        bonus = _BONUS[level]
        if award["shared"]:
            bonus //= 2
        project = award["project"]
        if bonus > best.get(project, 0):
            best[project] = bonus
    total += highest * UNITS

    fifths = months = complaints = 0
    for month in sheet["upkeep"]["months"]:
        complained = month["complaints"]
        complaints += complained
        if month["open"]:
            months += 1
            visits = month["visits"]
            points = 50 - 5 * complained - (20 - visits if visits < 20 else 0)
            if points > 0:
                fifths += points
    total += fifths * _FIFTH // months if months else 10 * UNITS

    total += min(sum(best.values()), 20) * _QUARTER
    total = min(total, 100 * UNITS)

    if total >= 90 * UNITS and conduct >= 24:
        stars = 5
    elif total >= 80 * UNITS:
        stars = 4
    elif total >= 70 * UNITS:
        stars = 3
    elif total >= 60 * UNITS:
        stars = 2
    else:
        stars = 1
    if conduct < 16 and stars > 3:
        stars = 3
    if complaints > 60 and stars > 4:
        stars = 4
    if low_rate and stars > 1:
        stars -= 1
    return total, stars
