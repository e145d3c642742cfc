#!/usr/bin/env python3
"""Fits the weights of the classifier of generic secrets (crates/engine/secrets/src/classifier) by the labels of the
allowed part of CredData; see `creddata.py` for which repositories those are.

    cargo run --release -p syndic-secrets --example candidates -- DATA > candidates.tsv
    train.py --creddata DIR --candidates candidates.tsv [--write weights.bin] [--all]

DATA is a folder with the files of the allowed repositories only: `creddata.py corpus --part train`.

Repositories whose id ends in 5-9 choose the thresholds and are not fitted on, unless --all fits on them too once the
thresholds are known. Everything is deterministic. Only the standard library is used.

Each row of the labels is one case; a value is right if it overlaps a true row's value, wrong if its line has labels but
no true one; a value on a line without labels is wrong with half the weight. A feature counts only if it stands in at
least three repositories, and every repository weighs as much as the square root of its number of values, so that none
of them is learnt by heart.
"""

import argparse
import collections
import csv
import json
import math
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import creddata as labels  # noqa: E402

BUCKETS = 1 << 15
TUNE = "56789"
LEAST_REPOSITORIES = 3
ROUNDS = 12
RATE = 0.12
DECAY = 2e-4
UNIT = 24
"""Weights are written in this many parts of a logit."""
PRECISION = 0.92
"""Share of right ones that is asked for among the values that only the classifier believes."""


class Value:
    """One value the classifier is asked about."""

    __slots__ = ("believed", "features", "key", "places", "repository", "rule", "truth", "weight")

    def __init__(self, repository, key, rule, believed, features):
        self.repository, self.key, self.rule, self.believed, self.features = repository, key, rule, believed, features
        self.truth, self.weight, self.places = None, 1.0, ()


def spans_of(creddata, names):
    """Returns, by path and line, the labelled rows: whether true, where the value begins and ends, a row's number."""
    rows, number = collections.defaultdict(list), 0
    for name in sorted(names):
        with open(creddata / "meta" / f"{name}.csv", newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                number += 1
                path = row["FilePath"].removeprefix("data/")
                ends = [int(float(row[key])) if row[key] else None for key in ("ValueStart", "ValueEnd")]
                first, last = int(row["LineStart"]), int(row["LineEnd"] or row["LineStart"])
                for line in range(first, last + 1):
                    spans = ends if first == last else (None, None)
                    rows[path, line].append((row["GroundTruth"] == "T", *spans, number))
    return rows


def read(file, creddata, names):
    rows, texts, values = spans_of(creddata, names), {}, []
    for text in open(file, encoding="utf-8"):
        path, line, start, end, rule, believed, features = text.rstrip("\n").split("\t")
        repository = path.split("/")[0]
        if repository not in names:
            sys.exit(f"{path} belongs to no allowed repository")
        value = Value(repository, (path, int(line)), rule, believed == "1", [int(each) for each in features.split()])
        here = rows.get(value.key, [])
        if path not in texts:
            texts[path] = (creddata / "data" / path).read_bytes().split(b"\n")
        bytes_ = texts[path][int(line) - 1]
        first = len(bytes_[: int(start)].decode("utf-8", "replace"))
        last = len(bytes_[: int(end)].decode("utf-8", "replace"))
        true = [row for row in here if row[0]]
        fits = [row for row in true if row[1] is None or row[2] is None or (row[1] < last and first < row[2])]
        if fits:
            value.truth, value.places = True, tuple(row[3] for row in fits)
        elif true:
            continue
        else:
            value.truth, value.weight = False, 1.0 if here else 0.5
        values.append(value)
    return values


def known(values):
    """Returns the features that stand in enough repositories."""
    where = collections.defaultdict(set)
    for value in values:
        for feature in value.features:
            where[feature].add(value.repository)
    return {feature for feature, names in where.items() if len(names) >= LEAST_REPOSITORIES}


def fit(values):
    """Logistic regression by AdaGrad with decaying weights; returns weights and bias."""
    features = known(values)
    sizes = collections.Counter(value.repository for value in values)
    samples = [([feature for feature in value.features if feature in features], 1.0 if value.truth else 0.0,
                value.weight / math.sqrt(sizes[value.repository])) for value in values]
    scale = len(samples) / sum(weight for _, _, weight in samples)
    weights, squares = [0.0] * BUCKETS, [1e-2] * BUCKETS
    bias, bias_square = 0.0, 1e-2
    order, chance = list(range(len(samples))), random.Random(7)
    for _ in range(ROUNDS):
        chance.shuffle(order)
        for index in order:
            own, truth, weight = samples[index]
            score = bias + sum(map(weights.__getitem__, own))
            error = (1 / (1 + math.exp(-max(-30.0, min(30.0, score)))) - truth) * weight * scale
            bias_square += error * error
            bias -= RATE * error / math.sqrt(bias_square)
            for feature in own:
                step = error + DECAY * weights[feature]
                squares[feature] += step * step
                weights[feature] -= RATE * step / math.sqrt(squares[feature])
    return weights, bias


def whole(weights, bias):
    """Returns the weights as whole numbers of one byte."""
    return [max(-127, min(127, round(weight * UNIT))) for weight in weights], round(bias * UNIT)


def told(values, sums, tell, doubt):
    return [value for value, score in zip(values, sums) if score >= (doubt if value.believed else tell)]


def score(values, sums, tell, doubt):
    """Returns how many true rows are found, and how many lines are named wrongly."""
    found, right, wrong = set(), set(), set()
    for value in told(values, sums, tell, doubt):
        found.update(value.places)
        (right if value.truth else wrong).add(value.key)
    return len(found), len(wrong - right)


def thresholds(values, sums):
    """Chooses the sums from which to tell and below which to doubt, by the F1 of all values at enough precision."""
    true = {place for value in values for place in value.places}
    best = (-1.0, 0, 0)
    for tell in range(-2 * UNIT, 6 * UNIT, UNIT // 4):
        for doubt in range(-6 * UNIT, tell + 1, UNIT // 4):
            found, wrong = score(values, sums, tell, doubt)
            recall, precision, f1 = labels.figures(len(true), found, wrong)
            if precision >= PRECISION and f1 > best[0]:
                best = (f1, tell, doubt)
    return best[1], best[2]


def show(name, values, sums, tell, doubt):
    true = {place for value in values for place in value.places}
    plain = score(values, [0] * len(values), 1, 0)
    for title, (found, wrong) in (("rules alone", plain), ("with classifier", score(values, sums, tell, doubt))):
        recall, precision, f1 = labels.figures(len(true), found, wrong)
        print(f"{name}\t{title}\trecall {recall:.3f}\tprecision {precision:.3f}\tF1 {f1:.3f}\tof {len(true)} proposed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--creddata", required=True, type=pathlib.Path)
    parser.add_argument("--candidates", required=True)
    parser.add_argument("--write")
    parser.add_argument("--all", action="store_true")
    args = parser.parse_args()
    names = {name for name, part in labels.parts(args.creddata).items() if part == "train"}
    values = read(args.candidates, args.creddata, names)
    fitted = [value for value in values if value.repository[-1] not in TUNE]
    tuned = [value for value in values if value.repository[-1] in TUNE]
    weights, bias = whole(*fit(fitted))
    sums = {id(value): bias + sum(map(weights.__getitem__, value.features)) for value in values}
    tell, doubt = thresholds(tuned, [sums[id(value)] for value in tuned])
    for name, part in (("fitted", fitted), ("tune", tuned)):
        show(name, part, [sums[id(value)] for value in part], tell, doubt)
    print(f"{len(values)} values, {sum(value.truth for value in values)} true; tell {tell}, doubt {doubt}, bias {bias}, "
          f"{sum(weight != 0 for weight in weights)} weights")
    if args.all:
        weights, bias = whole(*fit(values))
    if args.write:
        header = {"format": 1, "tell": tell, "doubt": doubt, "bias": bias, "made_by": "specs/secrets/train.py",
                  "fitted_on": f"{len(names)} repositories of CredData (Samsung/CredData), the allowed part",
                  "values": len(values), "unit": UNIT}
        with open(args.write, "wb") as file:
            file.write(json.dumps(header).encode() + b"\n")
            file.write(bytes(weight & 0xFF for weight in weights))


if __name__ == "__main__":
    main()
