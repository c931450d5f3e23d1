"""The requests that show what the stack does, and what must come of them."""

import json
import time
import urllib.request

_STAMPEDE_USER = "user-4711"
_STAMPEDE_COUNT = 1_000

_COLUMNS = "{:<7} {:<12} {:<12} {:<24} {:<13} {:>5}  {}"


class Surprise(Exception):
    """A request was not decided as it must be."""


def run(stack):
    print()
    print(_COLUMNS.format("user", "destination", "decision", "reason", "cache", "ms", ""))
    ask(stack, "alice", "CIP", "allow", "destination_in_list", "miss_fetched", note="one worker asks both servers")
    ask(stack, "alice", "CIP", "allow", "destination_in_list", "miss_fetched", note="so does the other: its turn now")
    ask(stack, "alice", "FOO", "allow", "destination_in_list", "hit")
    ask(stack, "alice", "BAR", "deny", "destination_not_in_list", "hit", note="BAR is there, but not active")
    ask(stack, "alice", None, "deny", "match_key_missing", "none", note="the identifier names no destination")
    stack.stop_simulator(1)
    ask(stack, "carol", "CIP", "unavailable", "fetch_failed", "miss_fetched", note="simulator 2 is stopped; the policy is strict")
    ask(stack, "alice", "CIP", "allow", "destination_in_list", "hit", note="known users are not concerned")
    stack.start_simulator(1)
    ask(stack, "carol", "CIP", "allow", "destination_in_list", "miss_fetched", note="it is back; failures are not cached")
    print()
    stampede(stack)


def ask(stack, user, destination, decision, reason, cache, note=""):
    identifier = ["--identifier", "class=od"]
    if destination:
        identifier += ["--identifier", f"destination={destination}"]
    start = time.monotonic()
    status, output = stack.run(["request", "--username", user, *identifier, "--timeout", "20", "--json"])
    milliseconds = round((time.monotonic() - start) * 1_000)
    try:
        reply = json.loads(output)
        actual = (reply["decision"], reply["reason"], reply["cache_outcome"])
    except (ValueError, KeyError):
        raise Surprise(f"no reply for {user}, {destination} (status {status}): {output}") from None
    print(_COLUMNS.format(user, destination or "-", *actual, milliseconds, note).rstrip(), flush=True)
    expected = (decision, reason, cache)
    if actual != expected or status != ["allow", "deny", "unavailable"].index(decision):
        raise Surprise(f"expected {expected}, not {actual} (status {status})")


def stampede(stack):
    """A thousand requests at once for a user whom nobody has asked about, with one worker: each has a cache of its own."""
    status = stack.drain_worker(1)
    print(f"==> Worker 2 drained on SIGTERM: exit status {status}")
    if status != 0:
        raise Surprise("a drain must end with exit status 0")
    for port in stack.simulator_ports:
        control(port, "PUT", "faults", {"user": _STAMPEDE_USER, "latency_ms": 200})
    arguments = ["--count", str(_STAMPEDE_COUNT), "--window", str(_STAMPEDE_COUNT)]
    status, output = stack.run(["load", *arguments, "--user", _STAMPEDE_USER, "--destination", "CIP", "--json"])
    if status != 0:
        raise Surprise(f"not every request of the stampede was answered exactly once (status {status}): {output}")
    milliseconds = round(json.loads(output)["seconds"] * 1_000)
    fetches = [control(port, "GET", f"requests?user={_STAMPEDE_USER}")["users"][_STAMPEDE_USER] for port in stack.simulator_ports]
    print(
        f"==> Stampede: {_STAMPEDE_COUNT:,} requests at once for {_STAMPEDE_USER}, each answered once, in {milliseconds} ms;"
        f" fetches: {fetches[0]} from simulator 1, {fetches[1]} from simulator 2"
    )
    if fetches != [1, 1]:
        raise Surprise("a stampede must cost one fetch a server")
    for port in stack.simulator_ports:
        control(port, "DELETE", "faults")
    stack.start_worker(1)


def control(port, method, path, body=None):
    """Speaks to a simulator's control interface."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/simulator/{path}", data=data, method=method)
    with urllib.request.urlopen(request, timeout=5) as answer:
        text = answer.read()
    return json.loads(text) if text else None
