"""Answers of a comparison while they are written, without a browser."""

from core.actors import LOCAL_USER
from core.runs.comparing.aligning import align
from core.runs.comparing.records import ComparisonColumnDraft, ComparisonDraft, ComparisonRecord
from core.runs.progress import RunProgress
from core.runs.records import RunStatus
from core.services import Services
from pages.ui.compare.answer_rows import build_answer_head, build_answer_rows
from pages.ui.compare.live_answers import add_pending, find_running, is_within, read_live, write_place
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer


def start_hanging(workshop: Workshop, base_url: str) -> ComparisonRecord:
    """Start two columns that never answer, and return the comparison once both have begun."""
    services: Services = workshop.services
    provider, task = workshop.make_provider(base_url), workshop.make_task()
    agents = [workshop.make_agent(provider, model_name="hang") for _ in range(2)]
    for agent in agents:
        workshop.assign(agent, task)
    columns = tuple(ComparisonColumnDraft(agent_id=agent.id) for agent in agents)
    draft = ComparisonDraft(task_id=task.id, input="Broken.", columns=columns)
    started = services.comparisons.start_comparison(LOCAL_USER, draft)

    def read() -> ComparisonRecord:
        assert started.id is not None
        return services.comparisons.get_comparison(LOCAL_USER, started.id)

    wait_until(lambda: all(run.status is RunStatus.RUNNING for run in read().runs), what="both runs to begin")
    return read()


def test_half_written_answer_stands_in_its_column(workshop: Workshop, model_server: FakeModelServer) -> None:
    comparison = start_hanging(workshop, model_server.base_url)
    first = find_running(comparison.columns[0])
    assert first is not None
    progress = RunProgress(attempt_number=2, text='{"confidence": 0.5, "category": "bil')

    live = read_live(comparison, {first.id: progress})
    rows = build_answer_rows(add_pending(align(live.comparison).rows, comparison), comparison, live)

    assert [row.id for row in rows] == ["category", "confidence"]
    assert [cell.mark for cell in rows[0].cells] == ["", "writing", "pending"]
    assert rows[0].cells[1].lines[0]["text"] == "bil"
    assert rows[1].cells[1].lines[0]["text"] == "0.5"
    clock = build_answer_head(comparison, live)[1].clock
    assert clock is not None
    assert clock.title == "Attempt 2"
    assert workshop.services.comparisons.cancel_comparison(LOCAL_USER, comparison.id or first.id)


def test_place_is_written_as_the_rows_write_it() -> None:
    assert write_place(("lines", 0, "price")) == "lines[0].price"
    assert write_place(("a name",)) == '["a name"]'
    assert is_within("lines[0].price", "lines")
    assert not is_within("lines_total", "lines")
