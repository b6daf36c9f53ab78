"""Runs are found by words of their inputs and results, whatever somebody types."""

import uuid
from typing import Any

import pytest

from core.actors import LOCAL_USER
from core.runs.history.records import ExportFormat, RunGrouping
from core.runs.records import RunFilter, RunSort
from core.services import Services
from db.queries import history_words
from tests.factories import Workshop
from tests.integration.stored_runs import StoredRuns


@pytest.fixture
def runs(workshop: Workshop) -> StoredRuns:
    return StoredRuns(workshop)


def find(services: Services, words: str, **order: Any) -> list[uuid.UUID]:
    page = services.history.page_runs(LOCAL_USER, RunFilter(words=words), **order)
    assert page.total == len(page.items)
    return [run.id for run in page.items]


def test_every_word_is_found_by_its_beginning_in_any_case(services: Services, runs: StoredRuns) -> None:
    about_order = runs.add(input={"ticket": "Order A-4711 arrived late", "customer": {"city": "Besançon"}})
    about_refund = runs.add(input="A refund for order 4712, please")

    assert find(services, "order") == [about_refund, about_order]
    assert find(services, "ORDER late") == find(services, "lat ord") == [about_order]
    assert find(services, "471") == [about_refund]
    assert find(services, "A-4711") == find(services, "besan") == [about_order]
    assert find(services, "refund late") == []
    assert find(services, "rder") == []


def test_results_are_searched_and_names_of_fields_are_not(services: Services, runs: StoredRuns) -> None:
    passed = runs.add()
    runs.add(status="failed")

    assert find(services, "billing") == [passed]
    assert find(services, "category") == []


@pytest.mark.parametrize("words", ["---", "' \" \\", "& | ! ( ) < > : *", "  \t ", "\x00\x00", "…", "\ud800"])
def test_what_holds_no_word_narrows_nothing(services: Services, runs: StoredRuns, words: str) -> None:
    run_id = runs.add()

    assert find(services, words) == [run_id]


@pytest.mark.parametrize(
    "words",
    [
        "invoice ---",
        "invoice & !wrong | :*",
        "'invoice' \\ \"wrong\"",
        "invoice:* <-> (wrong",
        "inv\\oice' || 'x"[:3],
        "invoice\x00wrong",
        "%invoice% _wrong",
        "invoice " * 60,
    ],
)
def test_signs_between_words_are_no_operators(services: Services, runs: StoredRuns, words: str) -> None:
    run_id = runs.add()
    runs.add(input="Nothing of the kind")

    assert find(services, words) == [run_id]


@pytest.mark.parametrize("word", ["o'brien", "back\\slash", "a:b*c", "tom&jerry", "émile", "ﬁne", "汉字", "x_y", "50%"])
def test_awkward_words_find_themselves(services: Services, runs: StoredRuns, word: str) -> None:
    run_id = runs.add(input=f"before {word} after")
    runs.add(input="before after")

    assert find(services, word) == [run_id]


def test_typographic_signs_are_no_letters_and_large_letters_are_found(services: Services, runs: StoredRuns) -> None:
    run_id = runs.add(input={"text": "“Invoice”—«ÉTÉ»… STRASSE", "odd": "nul\x00nul half\ud800half"})
    runs.add(input="Nothing of the kind", status="failed")

    for words in ("invoice été", "“INVOICE", "Été…", "straße", "nul half"):
        assert find(services, words) == [run_id]


@pytest.mark.parametrize("share", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("sort", list(RunSort))
def test_rare_and_common_words_are_found_alike(
    services: Services, runs: StoredRuns, monkeypatch: pytest.MonkeyPatch, share: float, sort: RunSort
) -> None:
    monkeypatch.setattr(history_words, "weigh_words", lambda *_: share)
    wanted = RunFilter(words="refund", agent_id=runs.agent.id)
    ids = {runs.add(input="A refund", seconds=seconds, status="cancelled") for seconds in (1.0, None, 3.0, None)}
    for _ in range(4):
        runs.add()

    found, cursor = list[uuid.UUID](), None
    for _ in range(2):
        page = services.history.page_runs(LOCAL_USER, wanted, sort=sort, limit=2, cursor=cursor)
        assert page.total == 4
        found += [run.id for run in page.items]
        cursor = page.next_cursor

    assert cursor is None
    assert set(found) == ids
    assert services.history.figure_runs(LOCAL_USER, wanted, grouping=RunGrouping.TASK).total.run_count == 4
    written = b"".join(services.history.export_runs(LOCAL_USER, wanted, ExportFormat.JSONL))
    assert written.count(b"\n") == 4
