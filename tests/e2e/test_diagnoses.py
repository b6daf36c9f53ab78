"""Each diagnosis of a provider, provoked by a real server, as it is read in the list, and the next step pressed."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Locator, expect
from playwright.sync_api import Page as TabPage

from core.actors import LOCAL_USER
from core.providers.checking.listed import SLOW_SECONDS
from tests.e2e.provider_screen import forget_providers, open_providers
from tests.e2e.screen import badge, button, expect_no_traceback, read_text, row, search_row
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.scripted_server import Page, make_certificate, serving

KEY = "sk-diagnosed-in-a-browser"
SIGN_IN = "<!doctype html><html><head><title>Sign in</title></head></html>"
OPEN_WEBUI = "<!doctype html><html><head><title>Open WebUI</title></head></html>"
PREFIX = "0dx"
PIECES_OF_A_LIST = 10


class Reading(NamedTuple):
    """What the row of a provider says: its badge, words of the sentence, words of the next step."""

    status: str
    message: str
    hint: str = ""


UNREACHED = {
    "name": Reading("Error", "The name no-such-gpu-box could not be found", "Check the spelling"),
    "refused": Reading("Error", "Nothing answers at 127.0.0.1:", "localhost means the container itself"),
    "certificate": Reading("Error", "signed by nobody this machine trusts", "self-signed"),
    "https": Reading("Error", "speaks http, but the address begins with https://", "with http://"),
    "proxy": Reading("Error", "but a Squid proxy on the way to it", "Benchtop uses no proxy"),
    "sign-in": Reading("Error", "a network that wants a sign-in first", "directly"),
    "redirect": Reading("Error", "redirects elsewhere (HTTP 308), which is not followed", "elsewhere.example"),
}
ANSWERS = {
    "401": Reading("Error", "refused the key (HTTP 401)", "paste a current key"),
    "403": Reading("Error", "it may not do this (HTTP 403)", "allowed to do"),
    "keyless": Reading("Error", "wants a key, and none is stored", "paste a current key"),
    "404": Reading("Error", "it knows no such address (HTTP 404)", "/gateway/v1"),
    "stranger": Reading("Error", "It is Open WebUI.", "Its API is below /api"),
    "loading": Reading("Error", "is still loading its model (HTTP 503)", "Wait until it is loaded"),
    "empty": Reading("Connected", "serves no model yet", "ollama pull"),
    "missing": Reading("Connected", "but not “qwen3:32b”, which “0dx reader of qwen3:32b” uses", "“qwen3:8b”"),
}


@dataclass(frozen=True)
class Scene:
    """The servers that the tests do something with; the others only answer."""

    pathless: FakeModelServer
    cold: FakeModelServer
    slow: FakeModelServer


def serve_unreached(stack: ExitStack, folder: Path) -> dict[str, str]:
    """Start what is not reached, or is not the server that was meant. Return the address of each."""
    # Held, yet nobody listens: a port that was given back might be another server's by then.
    deaf = stack.enter_context(socket.socket())
    deaf.bind(("127.0.0.1", 0))
    squid = Page("<html>", 503, {"X-Squid-Error": "ERR_DNS_FAIL 0"})
    elsewhere = Page("", 308, {"Location": "https://elsewhere.example/v1/models"})
    others = [stack.enter_context(serving(other=page)) for page in (Page(), squid, Page(SIGN_IN, 511), elsewhere)]
    plain, proxy, portal, moved = (server.origin + "/v1" for server in others)
    return {
        "name": "http://no-such-gpu-box:8000/v1",
        "refused": f"http://127.0.0.1:{deaf.getsockname()[1]}/v1",
        "certificate": stack.enter_context(serving(tls=make_certificate(folder).server)).origin + "/v1",
        "https": plain.replace("http:", "https:"),
        "proxy": proxy,
        "sign-in": portal,
        "redirect": moved,
    }


def serve_answers(stack: ExitStack) -> dict[str, str]:
    """Start what answers, and cannot be used as it stands. Return the address of each."""
    guarded = stack.enter_context(FakeModelServer(kind="vllm", api_key="another key"))
    loading = stack.enter_context(FakeModelServer(kind="llamacpp"))
    loading.state.is_loading = True
    return {
        "401": guarded.base_url,
        "403": stack.enter_context(serving(other=Page("{}", 403))).origin + "/v1",
        "keyless": guarded.base_url,
        "404": stack.enter_context(serving()).origin + "/gateway",
        "stranger": stack.enter_context(serving(other=Page(OPEN_WEBUI))).origin + "/v1",
        "loading": loading.base_url,
        "empty": stack.enter_context(FakeModelServer(kind="ollama", models=[])).root_url,
        "missing": stack.enter_context(FakeModelServer(kind="ollama", models=["qwen3:8b"])).root_url,
    }


def add(backstage: Workshop, name: str, address: str, *, model_name: str = "") -> None:
    """Add a provider and, where a model is named, an agent that uses it."""
    case = name.split()[-1]
    is_ollama = case in ("empty", "missing", "cold")
    provider = backstage.make_provider(
        address,
        name=name,
        provider_type="ollama" if is_ollama else "compatible",
        api_key=KEY if case in ("401", "403") else None,
    )
    if model_name:
        backstage.make_agent(provider, name=f"{PREFIX} reader of {model_name}", model_name=model_name)
        backstage.services.providers.check_provider(LOCAL_USER, provider.id)


@pytest.fixture(scope="module")
def scene(backstage: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """All servers and their providers at once: most are checked while the rows of others are read."""
    with ExitStack() as stack:
        scene = Scene(
            stack.enter_context(FakeModelServer(kind="lmstudio")),
            stack.enter_context(FakeModelServer(kind="ollama", models=["big:8b"])),
            stack.enter_context(FakeModelServer(kind="vllm", models=["one"])),
        )
        # Each time, not only the first: each of two processes looks after a provider that is not checked yet.
        scene.slow.set_mode(f"slow:{(SLOW_SECONDS + 0.5) / PIECES_OF_A_LIST}", path="/v1/models")
        add(backstage, f"{PREFIX} offer slow", scene.slow.base_url)
        for case, address in serve_unreached(stack, tmp_path_factory.mktemp("certificates")).items():
            add(backstage, f"{PREFIX} way {case}", address)
        for case, address in serve_answers(stack).items():
            add(backstage, f"{PREFIX} answer {case}", address, model_name="qwen3:32b" if case == "missing" else "")
        add(backstage, f"{PREFIX} offer pathless", scene.pathless.root_url)
        add(backstage, f"{PREFIX} offer cold", scene.cold.root_url, model_name="big:8b")
        yield scene
    forget_providers(backstage, beginning=PREFIX)


def expect_reading(place: Locator, reading: Reading) -> None:
    """See in a row of the list what it is about, in the words of a person."""
    expect(badge(place, reading.status)).to_be_visible()
    for words in (reading.message, reading.hint):
        expect(place).to_contain_text(words)


@pytest.mark.parametrize(("group", "readings"), [("way", UNREACHED), ("answer", ANSWERS)], ids=["unreached", "answers"])
def test_each_diagnosis_is_a_sentence_with_the_next_step(
    page: TabPage, scene: Scene, group: str, readings: dict[str, Reading]
) -> None:
    open_providers(page)
    search_row(page, f"{PREFIX} {group}")

    for case, reading in readings.items():
        expect_reading(row(page, f"{PREFIX} {group} {case}"), reading)

    assert KEY not in read_text(page)
    expect_no_traceback(page)


def test_the_right_address_is_offered_and_one_press_connects(page: TabPage, scene: Scene) -> None:
    open_providers(page)
    place = search_row(page, f"{PREFIX} offer pathless")
    expect_reading(place, Reading("Error", "but not at the path /", f"does: {scene.pathless.base_url}"))

    button(place, f"Use {scene.pathless.base_url}").click()

    expect(page.get_by_test_id("stToast")).to_contain_text("The address is now http")
    expect(badge(place, "Connected")).to_be_visible()
    expect(button(place, f"Use {scene.pathless.base_url}")).to_be_hidden()
    expect(place).to_contain_text(scene.pathless.base_url)
    expect_no_traceback(page)


def test_a_model_that_is_not_in_memory_is_warmed_up(page: TabPage, scene: Scene) -> None:
    open_providers(page)
    place = search_row(page, f"{PREFIX} offer cold")
    told = f"“big:8b”, which “{PREFIX} reader of big:8b” uses, is not in memory yet."
    expect_reading(place, Reading("Connected", told, "Warm it up now"))

    button(place, "Warm up big:8b").click()

    expect(page.get_by_test_id("stToast")).to_contain_text("“big:8b” is being loaded.")
    expect(button(place, "Warm up big:8b")).to_be_hidden()
    expect(place).not_to_contain_text("not in memory")
    expect(badge(place, "Connected")).to_be_visible()
    assert scene.cold.loaded == {"big:8b"}
    expect_no_traceback(page)


def test_a_list_that_is_slow_to_come(page: TabPage, scene: Scene) -> None:
    open_providers(page)
    place = search_row(page, f"{PREFIX} offer slow")

    expect_reading(place, Reading("Connected", "but the list took longer than 5 s", "Runs there may be slow too"))
    expect_no_traceback(page)
