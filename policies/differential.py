"""Runs the baseline pack in the real OPA and holds it to what regorus answered.

Needs the wheel `opa-golib-python-bindings` 0.4.4 unpacked somewhere: its folder is the only argument. Get it with
`pip download --python-version 3.14 --platform manylinux_2_34_x86_64 --only-binary :all: --no-deps
opa-golib-python-bindings==0.4.4` and unzip it. Exit code 1 when the two engines disagree.
"""

import json
import pathlib
import re
import sys


def main() -> int:
    sys.path.insert(0, sys.argv[1])
    from opa_bindings.engine import OpaEngine

    here = pathlib.Path(__file__).parent
    engine = OpaEngine()
    tests = []
    for path in sorted((here / "baseline").glob("*.rego")):
        text = path.read_text()
        engine.add_policy(path.name, text)
        package = re.search(r"^package (\S+)", text, re.M).group(1)
        tests += [f"data.{package}.{name}" for name in re.findall(r"^(test_\w+)", text, re.M)]

    wrong = [test for test in tests if engine.eval_document(test.removeprefix("data."), {}) is not True]
    print(f"{len(tests) - len(wrong)} of {len(tests)} Rego tests hold in OPA")
    for test in wrong:
        print(f"  does not hold: {test}")

    document = json.loads((here / "example_input.json").read_text())
    expected = json.loads((here / "example_answer.json").read_text())
    answer = engine.eval_document("syndic.decision", document)
    same = normal(answer) == normal(expected)
    print(f"example input: {'same answer' if same else 'DIFFERENT answer'}")
    return 1 if wrong or not same else 0


def normal(answer):
    """The verdict and the statuses in a fixed order: sets have none in JSON."""
    statuses = [
        {key: sorted(value) if isinstance(value, list) else value for key, value in status.items()}
        for status in answer["statuses"]
    ]
    return answer["verdict"], sorted(statuses, key=lambda status: json.dumps(status, sort_keys=True))


if __name__ == "__main__":
    sys.exit(main())
