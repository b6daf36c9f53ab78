"""What is pressed or typed in the moment in which a live part of the page has news counts."""

from playwright.sync_api import Page, expect

from tests.app.compare_bench import Bench
from tests.e2e.compare_screen import CompareScreen
from tests.e2e.news import count_news, send_news_with_what_is_done
from tests.e2e.screen import expect_no_traceback, fill
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


def test_a_field_and_a_button_count_though_a_live_part_asks_with_them(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    bench = Bench(backstage, model_server.base_url)
    first = bench.make_agent("always-right")
    bench.make_agent("always-right")
    screen = CompareScreen.set_up(page, first, bench.task)
    fill(page, "Input", "It is wrong.")
    screen.type_repeats(2)
    screen.expect_repeats(2)
    send_news_with_what_is_done(page)

    screen.type_repeats(3)
    screen.expect_repeats(3)
    count_before = count_news(page)
    assert count_before > 0
    screen.press_compare()

    assert screen.comparison_id
    assert count_news(page) > count_before
    expect(screen.figure_row(2)).to_be_visible()
    expect_no_traceback(page)
