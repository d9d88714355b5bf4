"""Measures the chart server beside nginx serving the same files.

``python benchmarks/server.py [--seconds N] [--versions N]``: requests a second for the
index (304 and 200) and for archives, by turns, with as many workers as nginx has; then
1,000 pushes by 16 clients. The client is wrk, on the same machine.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import urllib3  # noqa: E402 - the project's root is on the path now

from tests.repo.server.archives import archive  # noqa: E402 - as above
from tests.repo.server.running import Server  # noqa: E402 - as above

NGINX = """
user root; worker_processes {workers}; daemon off; pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; gzip_static on; open_file_cache max=1000;
  types {{ application/x-yaml yaml; application/x-tar tgz; }}
  server {{ listen 127.0.0.1:{port}; root {folder}/www; keepalive_requests 1000000; }}
}}
"""
PORT = 18999
ROUNDS = 3
CLIENTS = 16
PUSHES = 1000


def rate(url: str, seconds: int, *headers: str) -> float:
    """Requests a second that wrk gets from a URL."""
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s"]
    for header in headers:
        command += ["-H", header]
    done = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    found = re.search(r"Requests/sec:\s+([0-9.]+)", done.stdout)
    assert found is not None, done.stdout  # noqa: S101 - wrk always says it
    if "Non-2xx" in done.stdout and not any("None-Match" in h for h in headers):
        raise SystemExit(f"{url} was refused: {done.stdout}")
    return float(found[1])


def fill(server: Server, versions: int) -> None:
    """Push a chart of so many versions, each with a file of 20 kB."""
    noise = os.urandom(20_000)
    for number in range(versions):
        data = archive(version=f"1.0.{number}", files={"noise": noise})
        reply = server.push(data)
        assert reply.status == 201, reply.data  # noqa: S101, PLR2004 - or nothing can be measured


def mirror(server: Server, folder: Path) -> None:
    """Let nginx have the same files."""
    charts = folder / "www/charts"
    charts.mkdir(parents=True)
    index = server.get("/index.yaml").data
    (folder / "www/index.yaml").write_bytes(index)
    (folder / "www/index.yaml.gz").write_bytes(gzip.compress(index, 6))
    archive_path = "/charts/web-1.0.0.tgz"
    (folder / f"www{archive_path}").write_bytes(server.get(archive_path).data)


def compare(server: Server, seconds: int) -> None:
    """Print the table."""
    ours, theirs = server.url, f"http://127.0.0.1:{PORT}"
    tags = {}
    for base in (ours, theirs):
        reply = urllib3.request("HEAD", f"{base}/index.yaml")
        tags[base] = f"If-None-Match: {reply.headers['etag']}"
    cases = {
        "index, 304": lambda base: rate(f"{base}/index.yaml", seconds, tags[base]),
        "index, 200": lambda base: rate(f"{base}/index.yaml", seconds),
        "index, 200, gzip": lambda base: rate(
            f"{base}/index.yaml", seconds, "Accept-Encoding: gzip"
        ),
        "archive": lambda base: rate(f"{base}/charts/web-1.0.0.tgz", seconds),
    }
    print("| requests a second | nginx | pypkg | share |")
    print("|---|---:|---:|---:|")
    for name, measure in cases.items():
        pairs = [(measure(theirs), measure(ours)) for _ in range(ROUNDS)]
        nginx, pypkg = (
            statistics.median(column) for column in zip(*pairs, strict=True)
        )
        print(f"| {name} | {nginx:,.0f} | {pypkg:,.0f} | {pypkg / nginx:.2f} |")


def push_many(server: Server) -> None:
    """Push by many clients, and count what is there afterwards."""
    versions = [f"1.0.{number}" for number in range(PUSHES)]
    archives = [archive("many", version) for version in versions]
    began = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        replies = list(pool.map(lambda data: server.push(data, "many"), archives))
    spent = time.monotonic() - began
    taken = sum(reply.status == 201 for reply in replies)  # noqa: PLR2004 - HTTP's status
    there = len(server.versions("many"))
    print(
        f"{PUSHES} pushes by {CLIENTS} clients: {taken} acknowledged, {there} in the"
        f" index, {spent:.1f} s, {PUSHES / spent:.0f} a second"
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--versions", type=int, default=200)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    given = parser.parse_args()
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None or shutil.which("wrk") is None:
        raise SystemExit("nginx and wrk are needed: apt install nginx-light wrk")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "charts").mkdir()
        server = Server(folder / "charts", {"workers": given.workers}).start()
        fill(server, given.versions)
        mirror(server, folder)
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, port=PORT, workers=given.workers))
        nginx = subprocess.Popen([program, "-c", config], stderr=subprocess.DEVNULL)
        time.sleep(1)
        try:
            compare(server, given.seconds)
            push_many(server)
        finally:
            nginx.terminate()
            nginx.wait()
            server.stop()


if __name__ == "__main__":
    main()
