"""Hostile schemas are refused with a reason, and hostile values too, without reading, calling, hanging or growing."""

import socket
import subprocess
import sys
from pathlib import Path

REPOSITORY_ROOT = Path(__file__).parents[2]
SECRET = "the-content-of-a-file"
# Far more than it takes; what hangs is ended by it.
LIMIT_SECONDS = 120

MEASURE = """
import resource, sys
from core.errors import InvalidSchemaError
from core.tasks.judge import check
from core.tasks.schema_rules import check_schema
from tests.unit.hostile_schemas import HOSTILE_VALUES, make_refused_schemas

unit = 1 if sys.platform == "darwin" else 1024
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

def watch(event, arguments):
    if is_watching and event.split(".")[0] in ("open", "socket", "subprocess", "exec", "compile", "import", "ctypes"):
        print("did", event)

refused = make_refused_schemas(file=sys.argv[1], port=int(sys.argv[2]))
check_schema({"properties": {"a": {"type": "string", "pattern": "a"}}})
is_watching = False
sys.addaudithook(watch)
before = peak()
is_watching = True
for name, schema in refused.items():
    try:
        check_schema(schema)
    except InvalidSchemaError as error:
        print("refused", name, "|", error.message)
    if name.startswith(("a file", "a server")) and name != "a server as the draft":
        try:
            check(schema, {"a": 1})
        except InvalidSchemaError as error:
            print("not judged by", name, "|", error.message)
for name, (schema, value) in HOSTILE_VALUES.items():
    check_schema(schema)
    print("judged", name, "|", [error.message for error in check(schema, value)][:1])
is_watching = False
print("grew by", (peak() - before) // 2**20)
"""


def run_measure(file: Path, port: int) -> list[str]:
    command = [sys.executable, "-c", MEASURE, str(file), str(port)]
    done = subprocess.run(command, cwd=REPOSITORY_ROOT, capture_output=True, text=True, timeout=LIMIT_SECONDS)
    assert done.returncode == 0, done.stderr[-2_000:]
    assert SECRET not in done.stdout + done.stderr
    return done.stdout.splitlines()


def test_what_is_hostile_is_refused_and_does_nothing(tmp_path: Path) -> None:
    file = tmp_path / "secret.json"
    file.write_text(f'{{"const": "{SECRET}"}}')
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        lines = run_measure(file, server.getsockname()[1])
        callers = 0
        try:
            server.accept()[0].close()
            callers += 1
        except BlockingIOError:
            pass

    assert callers == 0
    assert [line for line in lines if line.startswith("did")] == []
    refused = [line for line in lines if line.startswith("refused")]
    assert len(refused) == 28
    assert all(line.endswith(".") for line in refused)
    assert len([line for line in lines if line.startswith("not judged by")]) == 6
    assert len([line for line in lines if line.startswith("judged")]) == 11
    assert [line for line in lines if line.startswith("judged") and line.endswith("[]")] == []
    assert int(lines[-1].removeprefix("grew by ")) < 50
