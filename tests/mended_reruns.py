"""Streamlit with its reruns mended as in the app, for a test and no longer."""

import pytest

from pages.ui.reruns import MENDED, mend_reruns


def mend_for_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    for place, name in MENDED:
        monkeypatch.setattr(place, name, getattr(place, name))
    mend_reruns()
