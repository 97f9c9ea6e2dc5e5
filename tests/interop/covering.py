"""Covering arrays: few rows in which any two values of different kinds meet at least once.

A row is a dictionary of kind to value; pairs that make no sense together are named by a predicate.
The rows are the same at every run: ties are broken by the order of the values."""
import itertools

ANY = None  # the value of a kind that has nothing to say in this row


def pairs_of(row):
    """The pairs of (kind, value) that meet in a row."""
    items = [(kind, value) for kind, value in row.items() if value is not ANY]
    return {frozenset(pair) for pair in itertools.combinations(items, 2)}


def wanted_pairs(kinds, sensible):
    """Every pair of values of different kinds that may stand in one row."""
    return {frozenset(((a, x), (b, y))) for a, b in itertools.combinations(kinds, 2)
            for x in kinds[a] for y in kinds[b] if sensible({a: x, b: y})}


def missing(rows, kinds, sensible):
    """The pairs that never meet: the definition, counted without what built the rows."""
    return {frozenset(((a, x), (b, y))) for a, b in itertools.combinations(kinds, 2)
            for x in kinds[a] for y in kinds[b] if sensible({a: x, b: y})
            and not any(row.get(a) == x and row.get(b) == y for row in rows)}


def _complete(seed, kinds, sensible, open_pairs):
    """Fills a row up, each kind with the value that closes most of the open pairs."""
    row = dict(seed)
    for kind in sorted(set(kinds) - set(row), key=lambda k: (-len(kinds[k]), k)):
        def gain(value, kind=kind):
            return sum(frozenset(((kind, value), other)) in open_pairs for other in row.items())
        fitting = [v for v in kinds[kind] if sensible({**row, kind: v})]
        row[kind] = max(fitting, key=gain) if fitting else ANY
    return {kind: row[kind] for kind in kinds}


def covering_array(kinds, sensible=lambda row: True):
    """kinds: kind to list of values. Greedy: of the rows that an open pair of each two kinds would
    start, the one that closes most pairs is taken."""
    open_pairs = wanted_pairs(kinds, sensible)
    order = {(kind, value): (i, j) for i, kind in enumerate(kinds)
             for j, value in enumerate(kinds[kind])}

    def place(pair):
        return sorted(order[item] for item in pair)

    rows = []
    while open_pairs:
        seeds = {}
        for pair in sorted(open_pairs, key=place):
            seeds.setdefault(frozenset(kind for kind, _ in pair), pair)
        row = max((_complete(pair, kinds, sensible, open_pairs) for pair in seeds.values()),
                  key=lambda r: len(pairs_of(r) & open_pairs))
        open_pairs -= pairs_of(row)
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
    return None
