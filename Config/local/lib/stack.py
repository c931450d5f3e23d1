"""The local stack: a private broker, two ECPDS simulators and two workers, on free ports of 127.0.0.1."""

import argparse
import contextlib
import json
import os
import shutil
import string
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

sys.dont_write_bytecode = True

import background
import events
import processes
import rabbitmq
import scenario
import state

_LOCAL = Path(__file__).resolve().parents[1]
_READY_SECONDS = 30
_DRAIN_SECONDS = 35


class Stack:
    """Every process is a child of this one, and dies with it, however it dies."""

    def __init__(self, programs, directory, happenings):
        self.directory = directory
        self.configuration = directory / "worker.yaml"
        self.client = programs / "aviso-ecpds"
        self.simulator_ports = [processes.free_port() for _ in range(2)]
        self.worker_ports = [processes.free_port() for _ in range(2)]
        self.broker = None
        self._simulator = programs / "ecpds-simulator"
        self._events = happenings
        self._simulators = [None, None]
        self._workers = [None, None]

    def start(self):
        step("Starting a private RabbitMQ")
        self.broker = rabbitmq.start(self.directory / "rabbitmq", self._events, management=True)
        step("Starting two ECPDS simulators and two workers")
        self._write_configuration()
        for index in range(2):
            self.start_simulator(index)
        for index in range(2):
            self.start_worker(index)

    def start_simulator(self, index):
        data = _LOCAL / "ecpds-simulator.json"
        port = self.simulator_ports[index]
        log = self.directory / f"simulator-{index + 1}.log"
        child = processes.start([self._simulator, "--port", str(port), "--data", data], log=log)
        self._simulators[index] = child
        self._await_answer(f"http://127.0.0.1:{port}/simulator/health", child, log)

    def stop_simulator(self, index):
        processes.end(self._simulators[index], 5)

    def start_worker(self, index):
        port = self.worker_ports[index]
        log = self.directory / f"worker-{index + 1}.log"
        # Both workers read one file; the environment overrides what is different.
        environment = {**os.environ, "HTTP_PORT": str(port)}
        arguments = [self.client, "worker", "--config", self.configuration]
        child = processes.start(arguments, log=log, environment=environment)
        self._workers[index] = child
        self._await_answer(f"http://127.0.0.1:{port}/readyz", child, log)

    def drain_worker(self, index):
        """SIGTERM; returns the exit status."""
        worker, self._workers[index] = self._workers[index], None
        return processes.end(worker, _DRAIN_SECONDS)

    def close(self):
        """Ends everything: first the workers, which still need the others to drain."""
        workers = [worker for worker in self._workers if worker]
        for worker in workers:
            worker.terminate()
        for worker in workers:
            processes.end(worker, _DRAIN_SECONDS)
        for simulator in filter(None, self._simulators):
            processes.end(simulator, 5)
        if self.broker:
            self.broker.close()

    def run(self, arguments):
        """Runs `aviso-ecpds` to its end, against this stack. Returns its exit status and standard output."""
        output = self.directory / "client.out"
        with open(output, "wb") as stdout:
            child = processes.start(
                [self.client, *arguments, "--config", self.configuration],
                log=self.directory / "client.log",
                stdout=stdout,
            )
        try:
            if not self._events.wait_until(lambda: child.poll() is not None, deadline_seconds=120):
                raise processes.StartFailure(f"aviso-ecpds {' '.join(arguments)} did not end within 120 s")
        finally:
            processes.kill(child)
        return child.returncode, output.read_text()

    def addresses(self):
        ports = self.broker.ports
        return [
            ("RabbitMQ", rabbitmq.url(ports.amqp)),
            ("RabbitMQ management", f"http://127.0.0.1:{ports.management} (guest, guest)"),
            *((f"ECPDS simulator {n}", f"http://127.0.0.1:{port}") for n, port in enumerate(self.simulator_ports, 1)),
            *((f"worker {n}", f"http://127.0.0.1:{port}/metrics") for n, port in enumerate(self.worker_ports, 1)),
            ("configuration", self.configuration),
            ("logs", self.directory),
        ]

    def _write_configuration(self):
        template = string.Template((_LOCAL / "worker.yaml").read_text())
        account = json.loads((_LOCAL / "ecpds-simulator.json").read_text())["service_account"]
        password = self.directory / "ecpds-password"
        password.touch(mode=0o600)
        password.write_text(account["password"])
        self.configuration.write_text(
            template.substitute(
                amqp_url=rabbitmq.url(self.broker.ports.amqp),
                ecpds_username=account["username"],
                ecpds_password_file=password,
                ecpds_server_1=f"http://127.0.0.1:{self.simulator_ports[0]}",
                ecpds_server_2=f"http://127.0.0.1:{self.simulator_ports[1]}",
                http_port=self.worker_ports[0],
            )
        )

    def _await_answer(self, url, child, log):
        def is_there():
            with contextlib.suppress(OSError, urllib.error.URLError):
                return urllib.request.urlopen(url, timeout=2).status == 200
            return False

        ready = self._events.wait_until(lambda: child.poll() is not None or is_there(), deadline_seconds=_READY_SECONDS)
        if not ready or child.poll() is not None:
            what = "was not ready in time" if child.poll() is None else f"ended with status {child.returncode}"
            raise processes.StartFailure(f"{child.args[0].name} {what}; the end of {log.name}:\n{processes.tail(log)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", type=Path)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--end", action="store_true")
    arguments = parser.parse_args()
    if arguments.end:
        print("ended" if state.end_running() else "no local stack is up")
    elif arguments.keep:
        background.run(lambda happenings, detach: up(arguments.programs, happenings, detach))
    else:
        up(arguments.programs, events.Events(watch_stdin=False), None)


def up(programs, happenings, detach):
    """Runs the scenario and ends the stack; with `detach`, leaves it up until a signal comes."""
    held = state.State()
    held.clean_up_after_earlier_run()
    directory = Path(tempfile.mkdtemp(prefix="aviso-ecpds-stack-"))
    stack = None
    try:
        held.write(directory=str(directory))
        rabbitmq.raise_open_file_limit()
        stack = Stack(programs, directory, happenings)
        stack.start()
        scenario.run(stack)
        if detach:
            keep(stack, happenings, detach)
        step("Stopping everything")
    except events.Ended as ended:
        if not detach or not detach.is_done:
            print(f"interrupted ({ended}); stopping everything", file=sys.stderr)
            raise
    finally:
        if stack:
            stack.close()
        shutil.rmtree(directory, ignore_errors=True)
        held.clear()
    print("    done: nothing is left running")


def keep(stack, happenings, detach):
    step("Everything stays up")
    for name, address in stack.addresses():
        print(f"    {name + ':':<22}{address}")
    print(f"    try:                  {stack.client} request --config {stack.configuration} --username alice --identifier destination=CIP")
    print("    end it:               bash Config/local/down", flush=True)
    detach()
    while True:
        happenings.pause()


def step(text):
    print(f"==> {text}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except state.AlreadyUp as up_already:
        sys.exit(f"error: {up_already} (process {up_already.note.get('pid', 'unknown')}); end it with: bash Config/local/down")
    except (processes.StartFailure, scenario.Surprise) as failure:
        sys.exit(f"error: {failure}")
    except events.Ended as ended:
        sys.exit(ended.exit_status)
