"""Private RabbitMQ nodes, one or a cluster, with a port mapper (epmd) of their own: own data, own cookie, own ports, loopback only."""

from __future__ import annotations

import glob
import os
import re
import resource
import secrets
import shlex
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import amqp_handshake
import processes

USERNAME = PASSWORD = "guest"  # RabbitMQ's own default, which it accepts on loopback only

_NODE = "aviso-ecpds@localhost"
_START_SECONDS = 90
_STOP_SECONDS = 20
_CLOSE_SECONDS = 3  # the management plugin alone takes 6 s to stop, and the data is not needed any more


@dataclass
class Ports:
    amqp: int
    distribution: int
    port_mapper: int
    management: int | None
    prometheus: int | None
    amqps: int | None

    @staticmethod
    def pick(amqp, management, port_mapper=None, tls=None):
        return Ports(
            amqp=amqp or processes.free_port(),
            distribution=processes.free_port(),
            port_mapper=port_mapper or processes.free_port(),
            management=processes.free_port() if management else None,
            prometheus=processes.free_port() if management else None,
            amqps=processes.free_port() if tls else None,
        )


@dataclass
class Membership:
    """A node's place in a cluster."""

    name: str
    peers: list[str]
    cookie: str
    # The first node has the port mapper of all, and keeps it when it is stopped or killed.
    has_port_mapper: bool

    @staticmethod
    def alone():
        return Membership(_NODE, peers=[], cookie=secrets.token_hex(20), has_port_mapper=True)


class PortTaken(processes.StartFailure):
    """Another process took a port between its choice and its use."""


def start(directory, happenings, *, port=None, management=False, tls=None):
    """Starts a node on free ports, on others if one of them is taken in the meantime. `tls` is a folder with ca.pem,
    server.pem and server.key."""
    return _start_all(lambda: [Node(directory, Ports.pick(port, management, tls=tls), happenings, tls=tls)])[0]


def start_cluster(directory, happenings, *, count, management=False):
    """Starts nodes that form a cluster; each has a folder of its own in the directory. Returns them."""
    names = [f"aviso-ecpds-{number}@localhost" for number in range(1, count + 1)]
    cookie = secrets.token_hex(20)

    def make():
        port_mapper = processes.free_port()
        return [
            Node(
                Path(directory) / f"node-{index + 1}",
                Ports.pick(None, management, port_mapper),
                happenings,
                Membership(name, peers=names, cookie=cookie, has_port_mapper=index == 0),
            )
            for index, name in enumerate(names)
        ]

    return _start_all(make)


def _start_all(make, attempts=3):
    """Starts nodes one after the other, so that each joins those before it."""
    nodes = make()
    try:
        for node in nodes:
            node.start()
        return nodes
    except PortTaken:
        close_all(nodes)
        if attempts == 1:
            raise
    except BaseException:
        close_all(nodes)
        raise
    return _start_all(make, attempts - 1)


def close_all(nodes):
    """Ends nodes and their port mapper. Those of a cluster are killed: in order, each would wait for the others."""
    if len(nodes) > 1:
        for node in nodes:
            node.kill()
    for node in nodes:
        node.close()


def url(port):
    return f"amqp://{USERNAME}:{PASSWORD}@127.0.0.1:{port}/%2F"


class Node:
    def __init__(self, directory, ports, events, membership=None, tls=None):
        self.directory = Path(directory)
        if "'" in str(directory) or '"' in str(directory):
            raise processes.StartFailure(f"RabbitMQ hangs in a folder whose path has a quotation mark: {directory}")
        self.ports = ports
        self.log = self.directory / "rabbitmq.log"
        self.control = self.directory / "rabbitmqctl"
        self.plugins = self.directory / "rabbitmq-plugins"
        self._events = events
        self._membership = membership or Membership.alone()
        self._tls = tls
        self._scripts = _find_scripts()
        self._server = None
        self._port_mapper = None
        self._write_files()

    def start(self):
        """Starts the node and returns once it serves AMQP."""
        if self._membership.has_port_mapper and self._port_mapper is None:
            self._start_port_mapper()
        size_before = self.log.stat().st_size if self.log.exists() else 0
        self._server = processes.start([self._scripts / "rabbitmq-server"], log=self.log, environment=self._environment())
        if self._events.wait_until(lambda: self.has_exited() or self._serves(), deadline_seconds=_START_SECONDS):
            if not self.has_exited():
                return
            reason = f"ended with status {self._server.returncode}"
        else:
            reason = f"was not ready after {_START_SECONDS} s"
        with open(self.log, errors="replace") as log:
            log.seek(size_before)
            port_taken = re.search(r"eaddrinuse|in use|already_started", log.read())
        failure = PortTaken if port_taken else processes.StartFailure
        raise failure(f"RabbitMQ {reason}; the end of its log:\n{processes.tail(self.log)}")

    def is_running(self):
        return self._server is not None and not self.has_exited()

    def has_exited(self):
        """Whether the node ended without having been told to."""
        return self._server is not None and self._server.poll() is not None

    def stop(self, grace_seconds=_STOP_SECONDS):
        """Ends the node in order; what is durable is still there after the next start."""
        if self._server is not None:
            processes.end(self._server, grace_seconds)
            self._server = None

    def kill(self):
        """Ends the node as a power cut would."""
        if self._server is not None:
            processes.kill(self._server)
            self._server = None

    def pause(self):
        """Takes the node off the processor; its connections stay open, and silent."""
        os.killpg(self._server.pid, signal.SIGSTOP)

    def resume(self):
        os.killpg(self._server.pid, signal.SIGCONT)

    def close(self):
        """Ends the node and its port mapper."""
        self.stop(_CLOSE_SECONDS)
        if self._port_mapper is not None:
            processes.end(self._port_mapper, 2)
            self._port_mapper = None

    def _serves(self):
        return amqp_handshake.succeeds(self.ports.amqp, USERNAME, PASSWORD, timeout_seconds=5)

    def _start_port_mapper(self):
        log = self.directory / "epmd.log"
        arguments = [_find_epmd(), "-port", str(self.ports.port_mapper), "-address", "127.0.0.1"]
        self._port_mapper = processes.start(arguments, log=log)
        listening = lambda: not processes.is_free(self.ports.port_mapper)
        ready = self._events.wait_until(lambda: self._port_mapper.poll() is not None or listening(), deadline_seconds=10)
        if not ready or self._port_mapper.poll() is not None:
            raise PortTaken(f"epmd did not start:\n{processes.tail(log)}")

    def _environment(self):
        """All that the node sees: none of the caller's variables can point it at another broker's files."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(self.directory / "home"),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.ports.port_mapper),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(self.directory / "rabbitmq.conf"),
            "RABBITMQ_DIST_PORT": str(self.ports.distribution),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.directory / "enabled_plugins"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_LOG_BASE": str(self.directory),
            "RABBITMQ_MNESIA_BASE": str(self.directory / "data"),
            "RABBITMQ_NODENAME": self._membership.name,
            "RABBITMQ_PID_FILE": str(self.directory / "rabbitmq.pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}",
            # The start script then becomes the node, instead of waiting for it: one process, one signal.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def _write_files(self):
        home = self.directory / "home"
        home.mkdir(parents=True, exist_ok=True)
        cookie = home / ".erlang.cookie"
        if not cookie.exists():
            cookie.touch(mode=0o600)
            cookie.write_text(self._membership.cookie)
            cookie.chmod(0o400)
        plugins = ["rabbitmq_management", "rabbitmq_prometheus"] if self.ports.management else []
        plugins += ["rabbitmq_auth_mechanism_ssl"] if self.ports.amqps else []
        (self.directory / "enabled_plugins").write_text(f"[{','.join(plugins)}].\n")
        (self.directory / "rabbitmq.conf").write_text(self._configuration())
        exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in self._environment().items())
        for tool in (self.control, self.plugins):
            tool.write_text(f'#!/bin/sh\n{exports}exec {self._scripts}/{tool.name} "$@"\n')
            tool.chmod(0o755)

    def _configuration(self):
        lines = [
            f"listeners.tcp.local = 127.0.0.1:{self.ports.amqp}",
            # A laptop's disk may be nearly full, and the write-ahead log would otherwise grow to 512 MB.
            "disk_free_limit.absolute = 20MB",
            "raft.wal_max_size_bytes = 32000000",
            "log.connection.level = warning",
        ]
        if self._membership.peers:
            lines.append("cluster_formation.peer_discovery_backend = classic_config")
            lines += [f"cluster_formation.classic_config.nodes.{n} = {peer}" for n, peer in enumerate(self._membership.peers, 1)]
        for plugin in ("management", "prometheus"):
            if port := getattr(self.ports, plugin):
                lines += [f"{plugin}.tcp.ip = 127.0.0.1", f"{plugin}.tcp.port = {port}"]
        if self.ports.amqps:
            lines += [
                f"listeners.ssl.local = 127.0.0.1:{self.ports.amqps}",
                f"ssl_options.cacertfile = {self._tls}/ca.pem",
                f"ssl_options.certfile = {self._tls}/server.pem",
                f"ssl_options.keyfile = {self._tls}/server.key",
                # A client may come without a certificate, but with none that is not of the authority.
                "ssl_options.verify = verify_peer",
                "ssl_options.fail_if_no_peer_cert = false",
                # SASL EXTERNAL: the certificate's common name is the user.
                "auth_mechanisms.1 = PLAIN",
                "auth_mechanisms.2 = EXTERNAL",
                "ssl_cert_login_from = common_name",
            ]
        return "\n".join(lines) + "\n"


def raise_open_file_limit():
    """RabbitMQ needs a descriptor for every connection; the soft limit is often 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def _find_scripts():
    """The folder of RabbitMQ's own scripts. Debian's /usr/sbin/rabbitmq-server is no such script: it changes
    the user and the folder for the system's broker."""
    version = lambda path: [int(number) for number in re.findall(r"\d+", path)]
    found = sorted(glob.glob("/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin"), key=version)
    on_path = shutil.which("rabbitmq-server")
    if on_path:
        found.insert(0, os.path.dirname(os.path.realpath(on_path)))
    for folder in reversed(found):
        if os.access(f"{folder}/rabbitmq-server", os.X_OK) and os.path.exists(f"{folder}/rabbitmq-env"):
            return Path(folder)
    raise processes.StartFailure("RabbitMQ is not installed (on Debian and Ubuntu: the package rabbitmq-server)")


def _find_epmd():
    on_path = shutil.which("epmd")
    if on_path:
        return on_path
    erl = shutil.which("erl")
    found = sorted(Path(os.path.realpath(erl)).parent.parent.glob("erts-*/bin/epmd")) if erl else []
    if not found:
        raise processes.StartFailure("Erlang's port mapper epmd is not installed")
    return str(found[-1])
