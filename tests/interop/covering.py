"""Covering arrays: few rows in which any values of so many different kinds meet at least once.

A row is a dictionary of kind to value; what makes no sense together is named by a predicate. The
rows are the same at every run: of equals the one that was used least is taken, then the first."""
import collections
import itertools

ANY = None  # the value of a kind that has nothing to say in this row


def meetings(items, strength):
    """The sets of `strength` (kind, value) that meet in a row."""
    return {frozenset(chosen) for chosen in itertools.combinations(
        [(kind, value) for kind, value in items if value is not ANY], strength)}


def wanted(kinds, sensible, strength):
    """Every set of values of different kinds that may stand in one row."""
    return {frozenset(zip(some, values)) for some in itertools.combinations(kinds, strength)
            for values in itertools.product(*(kinds[kind] for kind in some))
            if sensible(dict(zip(some, values)))}


def missing(rows, kinds, sensible=lambda row: True):
    """The pairs that never meet: the definition, counted without what built the rows."""
    return [(a, x, b, y) for a, b in itertools.combinations(kinds, 2)
            for x in kinds[a] for y in kinds[b] if sensible({a: x, b: y})
            and not any(row.get(a) == x and row.get(b) == y for row in rows)]


def _complete(seed, kinds, sensible, still_open, strength, used):
    """Fills a row up, each kind with the value that closes most of what is open."""
    row = dict(seed)
    for kind in sorted(set(kinds) - set(row), key=lambda k: (-len(kinds[k]), k)):
        def gain(value, kind=kind):
            closes = sum(met | {(kind, value)} in still_open
                         for met in meetings(row.items(), strength - 1))
            return closes, -used[kind, value]
        fitting = [v for v in kinds[kind] if sensible({**row, kind: v})]
        row[kind] = max(fitting, key=gain) if fitting else ANY
    return {kind: row[kind] for kind in kinds}


def covering_array(kinds, sensible=lambda row: True, strength=2):
    """kinds: kind to list of values. Greedy: of the rows that an open meeting of each choice of
    kinds would start, the one that closes most is taken."""
    still_open = wanted(kinds, sensible, strength)
    order = {(kind, value): (i, j) for i, kind in enumerate(kinds)
             for j, value in enumerate(kinds[kind])}

    def place(meeting):
        return sorted(order[item] for item in meeting)

    rows, used = [], collections.Counter()
    while still_open:
        seeds = {}
        for meeting in sorted(still_open, key=place):
            seeds.setdefault(frozenset(kind for kind, _ in meeting), meeting)
        row = max((_complete(seed, kinds, sensible, still_open, strength, used)
                   for seed in seeds.values()),
                  key=lambda r: len(meetings(r.items(), strength) & still_open))
        still_open -= meetings(row.items(), strength)
        used.update(row.items())
        rows.append(row)
    return rows


def self_check():
    """What is wrong with the generator, or nothing."""
    kinds = {"a": list(range(5)), "b": list("xyz"), "c": [True, False], "d": ["one"]}

    def sensible(row):
        return not (row.get("a") == 4 and row.get("b") is not ANY)

    rows = covering_array(kinds, sensible)
    if missing(rows, kinds, sensible):
        return "pairs are missing"
    if any(not sensible({kind: value for kind, value in row.items() if value is not ANY})
           for row in rows):
        return "a row makes no sense"
    if not missing(rows[1:], kinds, sensible):
        return "a row too many, or the check sees nothing"
    if len(rows) > 20 or rows != covering_array(kinds, sensible):
        return "too many rows, or other ones at every run"
    once = covering_array(kinds, sensible, strength=1)
    if len(once) != 5 or any({row[kind] for row in once} - {ANY} != set(kinds[kind]) for kind in kinds):
        return "a value is missing, or there are more rows than the longest kind has values"
    return None
