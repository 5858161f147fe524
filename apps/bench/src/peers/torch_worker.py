"""Runs pieces of Python that use PyTorch, for the benchmarks: one request and one answer per line of JSON."""

import base64
import json
import sys
import time

import numpy
import torch
import torch.nn.functional as F

torch.set_num_threads(int(sys.argv[1]))
defined = {}


def tensor(given):
    """A tensor from its shape, type and bytes."""
    dtype = numpy.float32 if given["type"] == "f32" else numpy.int32
    values = numpy.frombuffer(base64.b64decode(given["bytes"]), dtype=dtype).copy()
    return torch.from_numpy(values.reshape(given["shape"]))


def define(request):
    """Runs code that sees torch, F and x, and keeps the `run` and, where there is one, the `read` that it defines."""
    names = {"torch": torch, "F": F, "x": [tensor(given) for given in request["inputs"]], "data": request["data"]}
    exec(request["code"], names)
    defined[request["id"]] = names


def run(request):
    """Milliseconds of some calls."""
    call = defined[request["id"]]["run"]
    start = time.perf_counter()
    for _ in range(request["runs"]):
        call()
    return {"milliseconds": 1e3 * (time.perf_counter() - start)}


def read(request):
    """The results one behind the other."""
    names = defined[request["id"]]
    results = names.get("read", names["run"])()
    flat = torch.cat([result.detach().float().reshape(-1) for result in results])
    return {"bytes": base64.b64encode(flat.numpy().tobytes()).decode()}


def drop(request):
    """Forgets what was defined."""
    del defined[request["id"]]


actions = {"define": define, "run": run, "read": read, "drop": drop}
answers = sys.stdout
sys.stdout = sys.stderr
print(json.dumps({"version": torch.__version__}), file=answers, flush=True)
for line in sys.stdin:
    try:
        request = json.loads(line)
        answer = actions[request["action"]](request) or {}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), file=answers, flush=True)
