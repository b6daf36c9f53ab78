"""Counts the judge's verdicts that agree with the official JSON-Schema-Test-Suite: `make conformance SUITE=FOLDER`.

FOLDER is a copy of https://github.com/json-schema-org/JSON-Schema-Test-Suite, or of its folder `tests` with the name
kept. The required tests of 2020-12 and draft-07 count; what each group holds is judged as an answer to a task is.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from core.errors import InvalidSchemaError
from core.tasks.judge import check
from core.tasks.schemas.validators import DRAFT_07, compile_validator

Json: TypeAlias = Any  # Any: the suite's schemas and values
Verdict: TypeAlias = Callable[[Json, Json], bool]

_DRAFTS = {"2020-12": "draft2020-12", "draft-07": "draft7"}
_REMOTE = "its schema refers to a document on a server, and the judge opens no connection"
# By file and group; "*" is every group of the file.
_EXCEPTED = {
    ("refRemote", "*"): _REMOTE,
    ("dynamicRef", "strict-tree schema, guards against misspelled properties"): _REMOTE,
    ("dynamicRef", "tests for implementation dynamic anchor and reference link"): _REMOTE,
    ("dynamicRef", "$ref and $dynamicAnchor are independent of order - $defs first"): _REMOTE,
    ("dynamicRef", "$ref and $dynamicAnchor are independent of order - $ref first"): _REMOTE,
    ("dynamicRef", "$ref to $dynamicRef finds detached $dynamicAnchor"): _REMOTE,
}


@dataclass
class Tally:
    """How many verdicts of some tests are right, and how many of each group are not."""

    right: int = 0
    total: int = 0
    wrong: dict[str, int] = field(default_factory=dict)

    def add(self, group: str, *, is_right: bool) -> None:
        self.total += 1
        self.right += is_right
        if not is_right:
            self.wrong[group] = self.wrong.get(group, 0) + 1

    def __str__(self) -> str:
        share = 100 * self.right / self.total if self.total else 0
        return f"{self.right:,} of {self.total:,} right ({share:.2f} %)"


def main() -> None:
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "tests" / "draft2020-12").is_dir():
        sys.exit("Say where the suite is: make conformance SUITE=FOLDER, where FOLDER holds the folder tests.")
    folder = Path(sys.argv[1])
    print(f"JSON-Schema-Test-Suite, {_find_version(folder)}\n")
    whole = Tally()
    for draft, name in _DRAFTS.items():
        tests = folder / "tests" / name
        tally = count(tests, draft=draft, verdict=_judge)
        whole.right, whole.total = whole.right + tally.right, whole.total + tally.total
        print(f"{draft}: {tally}, {_count_excepted(tests)} tests excepted")
        for group, wrong in tally.wrong.items():
            print(f"    {wrong} wrong in {group}")
        print(f"    with formats as notes: {count(tests, draft=draft, verdict=_judge_without_formats)}")
        formats = count(tests / "optional" / "format", draft=draft, verdict=_judge)
        print(f"    the suite's optional tests of formats: {formats}")
    print(f"both: {whole}\n\nExcepted:")
    for (file, group), reason in _EXCEPTED.items():
        print(f"    {file}, {'every group' if group == '*' else group}: {reason}")


def count(folder: Path, *, draft: str, verdict: Verdict) -> Tally:
    """Judge every test in the files of the folder that is not excepted."""
    tally = Tally()
    for file, group in _groups(folder):
        if _is_excepted(file, group):
            continue
        schema = _with_draft(group["schema"], draft=draft)
        for test in group["tests"]:
            try:
                is_right = verdict(schema, test["data"]) == test["valid"]
            except InvalidSchemaError:
                is_right = False
            tally.add(f"{file}, {group['description']}", is_right=is_right)
    return tally


def _groups(folder: Path) -> Iterator[tuple[str, Json]]:
    for path in sorted(folder.glob("*.json")):
        yield from ((path.stem, group) for group in json.loads(path.read_text(encoding="utf-8")))


def _is_excepted(file: str, group: Json) -> bool:
    return (file, "*") in _EXCEPTED or (file, group["description"]) in _EXCEPTED


def _count_excepted(folder: Path) -> int:
    return sum(len(group["tests"]) for file, group in _groups(folder) if _is_excepted(file, group))


def _with_draft(schema: Json, *, draft: str) -> Json:
    """Say which draft a schema without `$schema` is of, where it is not the one taken for granted."""
    needs_name = draft == "draft-07" and isinstance(schema, dict) and "$schema" not in schema
    return {"$schema": DRAFT_07 + "#", **schema} if needs_name else schema


def _judge(schema: Json, value: Json) -> bool:
    return not check(schema, value)


def _judge_without_formats(schema: Json, value: Json) -> bool:
    return compile_validator(schema, checks_formats=False).is_valid(value)


def _find_version(folder: Path) -> str:
    """Return the commit of a clone, or one that a README in the folder or beside it tells."""
    if (folder / ".git").exists():
        asked = subprocess.run(["git", "-C", str(folder), "rev-parse", "HEAD"], capture_output=True, text=True)
        if asked.returncode == 0:
            return f"commit {asked.stdout.strip()}"
    for readme in (folder / "README.md", folder.absolute().parent / "README.md"):
        told = re.search(r"\b[0-9a-f]{40}\b", readme.read_text(encoding="utf-8")) if readme.is_file() else None
        if told:
            return f"commit {told[0]}"
    return "version unknown"


if __name__ == "__main__":
    main()
