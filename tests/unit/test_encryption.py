"""Keys are sealed for one owner at one address, and the key file is made once and closed to others."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.encryption import Keyring, Sealed, create_key_file, make_key, read_key_file
from core.errors import SecretError

ROOT = Path(__file__).parents[2]
OWNER = "provider:1"
ORIGIN = "https://host:443"
SECRET = SecretStr("sk-a-provider-key")


def test_what_is_sealed_opens_for_its_owner_and_origin() -> None:
    keyring = Keyring([make_key()])

    sealed = keyring.seal(SECRET, owner=OWNER, origin=ORIGIN)

    assert SECRET.get_secret_value() not in sealed.token
    assert keyring.unseal(sealed, owner=OWNER, origin=ORIGIN) == SECRET


@pytest.mark.parametrize(("owner", "origin"), [("provider:2", ORIGIN), (OWNER, "https://evil:443"), ("", "")])
def test_a_moved_ciphertext_is_refused(owner: str, origin: str) -> None:
    keyring = Keyring([make_key()])
    sealed = keyring.seal(SECRET, owner=OWNER, origin=ORIGIN)

    with pytest.raises(SecretError, match="belongs to another provider or address"):
        keyring.unseal(sealed, owner=owner, origin=origin)


def test_the_first_key_seals_and_all_open() -> None:
    old, new = make_key(), make_key()
    sealed_before = Keyring([old]).seal(SECRET, owner=OWNER, origin=ORIGIN)

    rotated = Keyring([new, old])

    assert rotated.unseal(sealed_before, owner=OWNER, origin=ORIGIN) == SECRET
    assert rotated.seal(SECRET, owner=OWNER, origin=ORIGIN).key_fingerprint == Keyring([new]).primary


def test_a_key_that_is_not_loaded_is_named() -> None:
    sealed = Keyring([make_key()]).seal(SECRET, owner=OWNER, origin=ORIGIN)

    with pytest.raises(SecretError, match=f"{sealed.key_fingerprint}, which is not loaded"):
        Keyring([make_key()]).unseal(sealed, owner=OWNER, origin=ORIGIN)


@pytest.mark.parametrize(
    "spoil", [lambda token: token[:-4], lambda token: "A" + token[1:], lambda _: "", lambda _: "é"]
)
def test_a_broken_ciphertext_is_refused(spoil: object) -> None:
    assert callable(spoil)
    keyring = Keyring([make_key()])
    sealed = keyring.seal(SECRET, owner=OWNER, origin=ORIGIN)

    with pytest.raises(SecretError, match="cannot be opened"):
        keyring.unseal(
            Sealed(token=spoil(sealed.token), key_fingerprint=sealed.key_fingerprint), owner=OWNER, origin=ORIGIN
        )


@pytest.mark.parametrize("keys", [[], [""], ["short"], ["é" * 44], ["a" * 44], [make_key(), "second is wrong"]])
def test_what_is_no_key_is_refused_without_being_repeated(keys: list[str]) -> None:
    with pytest.raises(SecretError) as caught:
        Keyring(keys)

    shown = caught.value.message + caught.value.hint
    assert not any(key in shown for key in keys if key)


_CREATE = "import sys; from pathlib import Path; from core.encryption import create_key_file;" + (
    "sys.stdin.readline(); print(create_key_file(Path(sys.argv[1]))[0])"
)


def _create_in_process(path: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _CREATE, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_threads_and_processes_that_create_the_key_file_at_once_get_one_key(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "encryption.key"
    processes = [_create_in_process(path) for _ in range(2)]

    with ThreadPoolExecutor(16) as threads:
        asked = [threads.submit(process.communicate, "go\n", timeout=60) for process in processes]
        keys = {key for made in threads.map(lambda _: create_key_file(path), range(64)) for key in made}
        keys |= {answer.result()[0].strip() for answer in asked}

    assert keys == set(read_key_file(path))
    assert len(keys) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["encryption.key"]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "encryption.key"
    create_key_file(path)
    path.chmod(mode)

    with pytest.raises(SecretError, match="read by others") as caught:
        read_key_file(path)

    assert "chmod 600" in caught.value.hint


def test_a_key_file_that_cannot_be_read_or_made_is_told(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage"
    garbage.touch(mode=0o600)
    garbage.write_bytes(b"\xff\xfe")

    with pytest.raises(SecretError, match="cannot be read"):
        read_key_file(tmp_path / "nowhere")
    with pytest.raises(SecretError, match="cannot be read"):
        read_key_file(garbage)
    with pytest.raises(SecretError, match="cannot be created"):
        create_key_file(garbage / "below a file")
