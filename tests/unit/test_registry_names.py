"""The name a schema is sent under is one that servers accept, whatever the task is called."""

import re

import pytest

from core.runs.dialects import schema_name


@pytest.mark.parametrize(
    ("task_name", "sent"),
    [
        ("Support ticket triage", "Support_ticket_triage"),
        ("Größe (cm) — v2.1", "Gr_e_cm_v2_1"),
        ("名前", "answer"),
        ("___", "answer"),
        ("x" * 120, "x" * 64),
        ("keep-this_one", "keep-this_one"),
    ],
)
def test_a_schema_is_sent_under_an_accepted_name(task_name: str, sent: str) -> None:
    assert schema_name(task_name) == sent
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", sent)
