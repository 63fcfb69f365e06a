"""Our own Prefect server answers its own pages and programs that know its password, and nobody else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests

from extract.sample.nights import load_night
from extract.sample.server import RegistryServer
from flows.orchestration.door import LOOPBACK_NAMES, is_welcome
from tests.support.browser import needs_browser, open_browser
from tests.support.command_line import CommandLine
from tests.support.prefect_server import Prefect, wait_until_found
from tests.support.schedule import SYNC, run_serve

BACKFILL = "backfill/aclf"
SEED = "NCT03863002"

PAGE = """<!doctype html><title>another site</title><body><script>
const seen = [];
const note = (what, answer) => seen.push([what, answer]);
const body = JSON.stringify({pull_steps: [{"prefect.deployments.steps.run_shell_script": {script: "touch MARK"}}]});
async function ask(what, path, options) {
  try { const reply = await fetch("API" + path, options); note(what, `${reply.status} ${await reply.text()}`); }
  catch (error) { note(what, "refused"); }
}
const json = {"Content-Type": "application/json"}, text = {"Content-Type": "text/plain"};
const listen = path => new Promise(end => {
  const socket = new WebSocket("API".replace("http", "ws") + path, ["prefect"]);
  socket.onopen = () => socket.send(JSON.stringify({type: "auth", token: "aclf:guess"}));
  socket.onmessage = message => { note(path, message.data); end(); };
  socket.onclose = () => end();
});
const post = (path, type, name, value) => {
  const frame = document.createElement("iframe");
  frame.name = type;  // a frame that gets its name later is another window's target
  document.body.appendChild(frame);
  const form = document.body.appendChild(document.createElement("form"));
  Object.assign(form, {method: "post", action: "API" + path, target: frame.name, enctype: type});
  const field = form.appendChild(document.createElement("input"));
  Object.assign(field, {name, value});
  return new Promise(end => { frame.onload = () => end(); form.submit(); });
};
(async () => {
  for (const mode of ["cors", "no-cors"]) {
    await ask(`${mode} read`, "/deployments/name/BACKFILL", {mode});
    await ask(`${mode} health`, "/health", {mode});
    await ask(`${mode} token`, "/csrf-token?client=page", {mode});
    for (const headers of [json, text, {}]) {
      for (const method of ["POST", "PATCH", "PUT", "DELETE"]) {
        await ask(`${mode} ${method}`, "/deployments/ID", {mode, method, headers, body});
      }
      await ask(`${mode} start`, "/deployments/ID/create_flow_run", {mode, method: "POST", headers, body: START});
    }
    await ask(`${mode} password`, "/deployments/filter",
      {mode, method: "POST", headers: {...json, Authorization: "Basic YWNsZjpndWVzcw=="}, body: "{}"});
  }
  await ask("credentials", "/deployments/name/BACKFILL", {credentials: "include"});
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
    await post("/deployments/ID/create_flow_run", type, START.replace("}", ',"x":"'), '"}');
  }
  for (const path of ["/events/in", "/events/out", "/logs/out"]) await listen(path);
  document.title = "done";
  window.seen = seen;
})();
</script>"""


@pytest.mark.parametrize(
    ("host", "origin", "welcome"),
    [
        ("127.0.0.1:4200", None, True),  # a program
        ("localhost:4200", "http://localhost:4200", True),  # its own page
        ("[::1]:4200", "http://[::1]:4200", True),
        ("localhost:9999", "http://localhost:9999", True),  # through a tunnel
        ("127.0.0.1:4200", "http://127.0.0.1:8000", False),  # the page of another server of this machine
        ("127.0.0.1:4200", "http://localhost:4200", False),
        ("127.0.0.1:4200", "http://evil.example", False),
        ("127.0.0.1:4200", "null", False),  # a file, or a frame in a sandbox
        ("127.0.0.1:4200", "", False),
        ("evil.example:4200", "http://evil.example:4200", False),  # a name that was turned to this machine
        ("evil.example", None, False),
        ("127.0.0.1.evil.example", None, False),
        ("trials.example.org", "https://trials.example.org", True),  # the operator's own proxy
        ("127.0.0.1:4200", "https://trials.example.org", True),
        ("", None, False),
        ("[", None, False),
    ],
)
def test_only_its_own_pages_and_programs_are_welcome(host, origin, welcome):
    """The host has to be this machine or a name that the operator set, and the origin the same server."""
    allowed = "https://trials.example.org"
    names = LOOPBACK_NAMES | {"trials.example.org"}
    headers = [(b"host", host.encode())] + ([] if origin is None else [(b"Origin", origin.encode())])
    assert is_welcome(headers, names, frozenset({allowed})) is welcome


@pytest.fixture(scope="module")
def served(tmp_path_factory, first_night_folder):
    """The command line of a warehouse whose schedule runs with a server of its own, and that server."""
    with RegistryServer(load_night(1)) as registry:
        folder = tmp_path_factory.mktemp("served") / "here"
        shutil.copytree(first_night_folder, folder, symlinks=True)
        aclf = CommandLine(folder, ACLF_REGISTRY=registry.url)
        with run_serve(aclf, own_server=True) as (_, output):
            pages = output.partition("Prefect's pages are at ")[2].partition(",")[0]
            yield aclf, pages, Prefect(f"{pages}/api", (folder / ".aclf" / "prefect-password").read_text().strip())


@contextmanager
def serve_page(folder, text):
    """Serve a page on another port, which makes it another origin."""
    (folder / "page.html").write_text(text)
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.flow
@pytest.mark.slow
@pytest.mark.timeout(300)
@needs_browser
def test_a_page_of_another_origin_gets_nothing(served, tmp_path, monkeypatch):
    """Whatever a page of another site sends, it reads nothing, changes no deployment and starts no run."""
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    _, pages, prefect = served
    backfill = prefect.deployment(BACKFILL)
    runs = len(prefect.find("flow_runs", flow_runs={"deployment_id": {"any_": [backfill["id"]]}}))
    start = json.dumps(json.dumps({"parameters": {"nct_ids": [SEED]}}))
    page = PAGE.replace("MARK", str(tmp_path / "executed")).replace("START", start).replace("BACKFILL", BACKFILL)
    page = page.replace("ID", backfill["id"]).replace("API", f"{pages}/api")
    with serve_page(tmp_path, page) as port, open_browser("--host-resolver-rules=MAP *.example 127.0.0.1") as browser:
        for site in ("evil.example", "localhost", "127.0.0.1"):
            browser.get(f"http://{site}:{port}/page.html")
            wait_until_found(lambda: {"done": True}[browser.title])
            answers = browser.execute_script("return window.seen")
            assert len(answers) > 30
            # A `no-cors` request is answered, but to the page the answer has status 0 and no text.
            assert {answer for _, answer in answers} <= {"refused", "0 "}, answers
        # A name that is turned to this machine makes the page and the server one origin; the name gives it away.
        browser.get(f"http://evil.example:{pages.rpartition(':')[2]}/")
        assert "answers only its own pages" in browser.page_source
    after = prefect.deployment(BACKFILL)
    assert (after["pull_steps"], after["updated"]) == (backfill["pull_steps"], backfill["updated"])
    assert len(prefect.find("flow_runs", flow_runs={"deployment_id": {"any_": [backfill["id"]]}})) == runs
    assert not (tmp_path / "executed").exists()


@pytest.mark.flow
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("runuser"), reason="only root can become another user")
def test_another_user_of_the_machine_gets_nothing(served):
    """Another user cannot read the password, nor find it in the list of processes, and without it is refused."""
    aclf, pages, prefect = served
    password = aclf.folder / ".aclf" / "prefect-password"
    aclf.folder.parent.chmod(0o755)

    def run_as_nobody(command):
        line = ["runuser", "-u", "nobody", "--", "sh", "-c", command]
        return subprocess.run(line, capture_output=True, text=True, check=False).stdout

    secret = password.read_text().strip()
    listed = run_as_nobody(f"cat {password}; cat /proc/*/environ /proc/*/cmdline | tr '\\0' '\\n'")
    assert "flows.orchestration.server_process" in listed
    assert secret not in listed
    ask = f"curl -s -o /dev/null -w '%{{http_code}}' {pages}/api"
    assert run_as_nobody(f"{ask}/deployments/name/{BACKFILL}") == "401"
    assert run_as_nobody(f"{ask}/deployments/filter -H 'Content-Type: application/json' -d '{{}}'") == "403"
    assert prefect.deployment(SYNC)["name"] == "aclf"


@pytest.mark.flow
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_run_without_the_password_says_what_to_set(served):
    """A command that is to use the server of `aclf serve` names the variable, and where the password is."""
    aclf, pages, _ = served
    for password in ({}, {"PREFECT_API_AUTH_STRING": "aclf:guess"}):
        run = aclf("backfill", SEED, PREFECT_API_URL=f"{pages}/api", **password)
        assert (run.code, run.out, run.err.count("\n")) == (1, "", 1)
        assert "refuses this process (401)" in run.err
        assert "set PREFECT_API_AUTH_STRING" in run.err


@pytest.mark.flow
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_deployment_that_was_changed_runs_the_same_flow(served, tmp_path):
    """Even who has the password cannot make a run execute a command, or choose the files that it uses."""
    aclf, pages, prefect = served
    backfill = prefect.deployment(BACKFILL)
    script = {"script": f"touch {tmp_path / 'executed'}"}
    prefect.request(
        "PATCH",
        f"/deployments/{backfill['id']}",
        pull_steps=[{"prefect.deployments.steps.run_shell_script": script}],
        entrypoint="os.system",
        enforce_parameter_schema=False,
    )
    other = {"warehouse": str(tmp_path / "other.duckdb")}
    assert prefect.wait_for_state(prefect.start(BACKFILL, nct_ids=[SEED], settings=other))["state_type"] == "CRASHED"
    assert prefect.wait_for_state(prefect.start(BACKFILL, nct_ids=[SEED]))["state_type"] == "COMPLETED"
    assert list(tmp_path.iterdir()) == []
    ran = "select warehouse, outcome from ops.runs where command = 'backfill'"
    assert aclf.stored(ran) == [(str(aclf.warehouse), "unchanged")]
    assert requests.get(pages, timeout=60).headers["X-Frame-Options"] == "DENY"
