"""Bad input of every kind: a clear error, and nothing lost."""

import http.server
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

import harness
import wal

GOOD_CONFIG = """\
listen:
  http: {address: "127.0.0.1:0"}
  grpc: {address: "127.0.0.1:0"}
  admin_http: {address: "127.0.0.1:0"}
  admin_grpc: {address: "127.0.0.1:0"}
store: {path: STORE}
providers:
  one:
    kind: openai
    base_url: http://127.0.0.1:1/v1
    connect_timeout: 3s
  two: {kind: static, static: {text: closed}}
workflows:
  desk:
    mode: observe
    paths:
      - {name: one, role: primary, provider: one, model: m}
      - {name: two, role: degraded, provider: two}
    mirror: {rate: 0.1}
    gate: {n_cold: 50}
"""

# What is wrong, the line of the good config that is replaced, by what, and words of the message.
# The problem must be told at the line that holds "HERE".
BAD_CONFIGS = [
    ("unknown key", "    mode: observe", "    moed: observe  # HERE", "moed"),
    ("unknown key at the top", "store: {path: STORE}",
     "store: {path: STORE}\nstorage: {path: STORE}  # HERE", "storage"),
    ("unknown enum value", "    mode: observe", "    mode: forced  # HERE", "enforce"),
    ("wrong type", "    mirror: {rate: 0.1}", "    mirror: {rate: often}  # HERE", "often"),
    ("share out of range", "    mirror: {rate: 0.1}", "    mirror: {rate: 1.5}  # HERE", "1.5"),
    ("bad duration", "    connect_timeout: 3s", "    connect_timeout: 3 parsecs  # HERE", "parsecs"),
    ("unknown provider", "      - {name: two, role: degraded, provider: two}",
     "      - {name: two, role: degraded, provider: tow}  # HERE", "one, two"),
    ("no model", "      - {name: one, role: primary, provider: one, model: m}",
     "      - {name: one, role: primary, provider: one}  # HERE", "model"),
    ("two primaries", "      - {name: two, role: degraded, provider: two}",
     "      - {name: two, role: primary, provider: two}", "exactly one"),
    ("path twice", "      - {name: two, role: degraded, provider: two}",
     "      - {name: one, role: degraded, provider: two}  # HERE", "twice"),
    ("secret in plain", "    connect_timeout: 3s", "    api_key: sk-abcdef  # HERE", "env:"),
    ("not a URL", "    base_url: http://127.0.0.1:1/v1", "    base_url: ftp//nowhere  # HERE", "http"),
    ("door to the outside", "  http: {address: \"127.0.0.1:0\"}",
     "  http: {address: \"0.0.0.0:0\"}  # HERE", "insecure"),
    ("bad pattern", "    mode: observe",
     "    contract: {forbidden_patterns: [\"(unclosed\"]}  # HERE", "RE2"),
    ("unknown dimension", "    gate: {n_cold: 50}",
     "    gate: {dimensions: {toolz: {theta: 0.9}}}  # HERE", "tool_errors"),
    ("missing file", "    mode: observe",
     "    contract: {output_schema_file: not_there.json}  # HERE", "not_there.json"),
    ("not YAML", "    mode: observe", "    mode: [observe  # HERE", ""),
    ("tab for indent", "    mode: observe", "\tmode: observe  # HERE", ""),
    ("key twice", "    mode: observe", "    mode: observe\n    mode: enforce  # HERE", "mode"),
    ("no store path", "store: {path: STORE}", "store: {}", "store.path"),
]


class OpenAiUpstream(http.server.BaseHTTPRequestHandler):
    """The smallest answer that OpenAI's dialect allows."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps({"id": "x", "object": "chat.completion", "created": 1, "model": "m",
                           "choices": [{"index": 0, "finish_reason": "stop", "message": {
                               "role": "assistant", "content": "over TLS"}}]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class BadRequests(harness.Case):
    def setUp(self):
        super().setUp()
        sim = self.stage.sim({"m": {"default_text": "fine"}})
        settings = harness.config(self.stage, {"main": (sim, "openai", "m")})
        settings["listen"]["http"]["max_body_bytes"] = 20000
        self.ports = self.stage.warmpathd(settings)

    def post(self, body, target="/v1/chat/completions", headers=None):
        status, head, answer = harness.request(self.ports["http"], "POST", target, body, headers)
        return status, head, json.loads(answer)

    def assert_openai_error(self, answer):
        self.assertEqual(set(answer), {"error"}, answer)
        self.assertLessEqual({"message", "type", "param", "code"}, set(answer["error"]), answer)
        self.assertGreater(len(answer["error"]["message"]), 10)

    def assert_anthropic_error(self, answer, kind):
        self.assertEqual((answer["type"], answer["error"]["type"]), ("error", kind), answer)

    def assert_still_serves(self):
        self.assertEqual(harness.chat(self.ports)[0], 200)

    def test_malformed_json(self):
        for body in ('{"model": "desk", "messages": [', "", "[]", "null", "not json", '"desk"',
                     '{"model": "desk"} trailing', "\xff\xfe".encode("latin-1"),
                     "[" * 10000, '{"a":' * 3000):
            with self.subTest(body=body[:30]):
                status, _, answer = self.post(body)
                self.assertEqual(status, 400, answer)
                self.assert_openai_error(answer)
                self.assertEqual(answer["error"]["type"], "invalid_request_error")
                status, _, answer = self.post(body, "/v1/messages")
                self.assertEqual(status, 400)
                self.assert_anthropic_error(answer, "invalid_request_error")
        self.assert_still_serves()

    def test_a_model_that_is_missing_or_no_string(self):
        for model in ({}, {"model": 5}, {"model": None}, {"model": ["desk"]}, {"model": ""}):
            with self.subTest(model=model):
                status, _, answer = self.post({"messages": [], **model})
                self.assertIn(status, (400, 404), answer)
                self.assert_openai_error(answer)

    def test_unknown_workflow(self):
        status, head, answer = self.post({"model": "deks", "messages": []})
        self.assertEqual(status, 404)
        self.assert_openai_error(answer)
        self.assertIn("desk", answer["error"]["message"])
        self.assertEqual(head["x-should-retry"], "false")
        status, _, answer = self.post({"model": "deks", "messages": []}, "/v1/messages")
        self.assertEqual(status, 404)
        self.assert_anthropic_error(answer, "not_found_error")

    def test_body_over_the_limit(self):
        big = json.dumps(harness.chat_body("x" * 30000))
        status, _, answer = self.post(big)
        self.assertEqual(status, 413)
        self.assert_openai_error(answer)
        status, _, answer = self.post(big, "/v1/messages")
        self.assertEqual(status, 413)
        self.assert_anthropic_error(answer, "request_too_large")
        self.assert_still_serves()

    def test_chunked_body_over_the_limit(self):
        with socket.create_connection(self.ports["http"].split(":"), timeout=10) as s:
            s.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n"
                      b"transfer-encoding: chunked\r\n\r\n")
            try:
                for _ in range(10):
                    s.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            except OSError:
                pass
            self.assertIn(b" 413 ", s.makefile("rb").readline())
        self.assert_still_serves()

    def test_what_is_no_http(self):
        for raw in (b"\x16\x03\x01\x02\x00 hello\r\n\r\n", b"HELLO\r\n\r\n",
                    b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: -5\r\n\r\n",
                    b"GET / HTTP/1.1\r\n" + b"a: " + b"b" * 200000 + b"\r\n\r\n"):
            with self.subTest(raw=raw[:20]):
                with socket.create_connection(self.ports["http"].split(":"), timeout=10) as s:
                    try:
                        s.sendall(raw)
                        line = s.makefile("rb").readline()
                    except ConnectionError:
                        line = b""
                    self.assertTrue(line == b"" or re.match(rb"HTTP/1\.1 4\d\d ", line), line)
        self.assert_still_serves()

    def test_unknown_target_and_method(self):
        self.assertEqual(self.post("{}", "/v1/chat/complete")[0], 404)
        status, _, body = harness.request(self.ports["http"], "GET", "/v1/chat/completions")
        self.assertIn(status, (404, 405))
        self.assert_openai_error(json.loads(body))

    def test_a_client_that_goes_away(self):
        slow = self.stage.sim({"m": {"behavior": {"latency_p50": "300ms"}}}, "slow")
        ports = self.stage.warmpathd(harness.config(self.stage, {"main": (slow, "openai", "m")},
                                                    store={"path": str(self.stage.folder / "s2")}),
                                     "second")
        for stream in (False, True):
            body = json.dumps(harness.chat_body("x", stream=stream)).encode()
            for cut in (20, 100, None):
                with self.subTest(stream=stream, cut=cut):
                    with socket.create_connection(ports["http"].split(":"), timeout=10) as s:
                        raw = (b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n"
                               b"content-length: %d\r\n\r\n" % len(body)) + body
                        s.sendall(raw[:cut])
                        if cut is None:  # gone while the path is at work
                            harness.wait_for("the path to be asked", lambda: harness.get_json(
                                slow, "/_sim/requests")["m"]["live"] > 0)
                    self.assertEqual(harness.chat(ports)[0], 200, self.stage.log("second")[-800:])


class BadConfig(harness.Case):
    def run_warmpathd(self, *flags):
        return subprocess.run([harness.WARMPATHD, *map(str, flags)], capture_output=True, text=True,
                              timeout=30)

    def good(self):
        return GOOD_CONFIG.replace("STORE", str(self.stage.folder / "store"))

    def test_the_good_one_is_good(self):
        path = self.stage.write("good.yaml", self.good())
        done = self.run_warmpathd("--config", path, "--check_config")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_each_kind_names_file_and_line(self):
        for number, (what, old, new, words) in enumerate(BAD_CONFIGS):
            old = old.replace("STORE", str(self.stage.folder / "store"))
            new = new.replace("STORE", str(self.stage.folder / "store"))
            text = self.good()
            self.assertEqual(text.count(old + "\n"), 1, what)
            text = text.replace(old + "\n", new + "\n")
            path = self.stage.write(f"bad{number}.yaml", text)
            lines = [i for i, line in enumerate(text.splitlines(), 1) if "HERE" in line]
            for flags in (["--check_config"], []):
                with self.subTest(what, flags=flags):
                    done = self.run_warmpathd("--config", path, *flags)
                    self.assertEqual(done.returncode, 1, done.stderr)
                    told = [int(n) for n in re.findall(re.escape(str(path)) + r":(\d+)", done.stderr)]
                    self.assertTrue(told, f"no file:line in: {done.stderr}")
                    # A scanner may notice a broken structure only on the next line.
                    near = 1 if what in ("not YAML", "tab for indent") else 0
                    if lines:
                        self.assertTrue(any(0 <= n - lines[0] <= near for n in told), done.stderr)
                    self.assertIn(words, done.stderr)
                    store = self.stage.folder / "store"
                    made = store.exists()
                    shutil.rmtree(store, ignore_errors=True)
                    self.assertFalse(made, "a store was made: " + done.stderr)

    def test_all_problems_at_once(self):
        text = self.good()
        for _, old, new, _ in (BAD_CONFIGS[0], BAD_CONFIGS[4], BAD_CONFIGS[5]):
            text = text.replace(old, new)
        done = self.run_warmpathd("--config", self.stage.write("bad.yaml", text), "--check_config")
        for word in ("moed", "1.5", "parsecs"):
            self.assertIn(word, done.stderr)

    def test_a_secret_that_is_not_there_stops_the_start(self):
        text = self.good().replace("connect_timeout: 3s", "api_key: env:WARMPATH_E2E_NOT_SET")
        done = self.run_warmpathd("--config", self.stage.write("secret.yaml", text))
        self.assertEqual(done.returncode, 1)
        self.assertIn("WARMPATH_E2E_NOT_SET", done.stderr)
        self.assertIn("one", done.stderr)

    def test_unknown_flag(self):
        done = self.run_warmpathd("--confg", "x.yaml")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("confg", done.stderr)

    def test_missing_config(self):
        for flags in ([], ["--config", self.stage.folder / "nothing.yaml"],
                      ["--config", self.stage.folder]):
            with self.subTest(flags=flags):
                done = self.run_warmpathd(*flags)
                self.assertEqual(done.returncode, 1)
                self.assertIn("config" if not flags else str(flags[1]), done.stderr)

    def test_a_bad_reload_keeps_the_old_one_and_says_so(self):
        sim = self.stage.sim({"m": {"default_text": "fine"}})
        settings = harness.config(self.stage, {"main": (sim, "openai", "m")})
        ports = self.stage.warmpathd(settings)
        path = self.stage.folder / "warmpathd.config.yaml"
        good = path.read_text()
        path.write_text(good.replace('"mirror"', '"mirorr"'))
        os.kill(self.stage.running["warmpathd"].pid, signal.SIGHUP)
        error = harness.wait_for("the refused reload in the status", lambda: harness.get_json(
            ports["admin_http"], "/api/status").get("config_error"))
        self.assertIn("mirorr", error)
        self.assertEqual(harness.chat(ports)[0], 200)
        path.write_text(good)
        os.kill(self.stage.running["warmpathd"].pid, signal.SIGHUP)
        harness.wait_for("the good reload", lambda: not harness.get_json(
            ports["admin_http"], "/api/status").get("config_error"))
        self.assertEqual(harness.chat(ports)[0], 200)


class BadSurroundings(harness.Case):
    def fails_to_start(self, settings):
        path = self.stage.write("second.yaml", json.dumps(settings))
        done = subprocess.run([harness.WARMPATHD, "--config", path], capture_output=True, text=True,
                              timeout=30)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertLess(len(done.stderr.strip().splitlines()), 6, done.stderr)
        return done.stderr

    def simple(self, **more):
        sim = self.stage.sim({"m": {"default_text": "fine"}})
        return harness.config(self.stage, {"main": (sim, "openai", "m")}, **more)

    def test_port_in_use(self):
        for door in ("http", "grpc", "admin_http", "admin_grpc"):
            with self.subTest(door), socket.create_server(("127.0.0.1", 0)) as taken:
                settings = self.simple()
                settings["listen"][door]["address"] = f"127.0.0.1:{taken.getsockname()[1]}"
                error = self.fails_to_start(settings)
                self.assertIn(str(taken.getsockname()[1]), error)
                self.stage.stop("sim")

    def test_store_held_by_another_process(self):
        settings = self.simple()
        ports = self.stage.warmpathd(settings)
        error = self.fails_to_start(settings)
        self.assertIn("held by another process", error)
        self.assertIn(settings["store"]["path"], error)
        self.assertEqual(harness.chat(ports)[0], 200)

    def test_store_of_a_newer_format(self):
        settings = self.simple()
        ports = self.stage.warmpathd(settings)
        self.assertEqual(harness.chat(ports)[0], 200)
        self.stage.kill("warmpathd")  # what was written stands in the log only
        store = self.stage.folder / "store"
        self.assertEqual(wal.replace_value(store, b"format", b"1", b"2"), 1)
        before = {p.name: p.stat().st_mtime_ns for p in store.iterdir()}
        error = self.fails_to_start(settings)
        self.assertIn("format 2", error)
        self.assertEqual({p.name: p.stat().st_mtime_ns for p in store.iterdir()}, before,
                         "the refused store was written to")
        wal.replace_value(store, b"format", b"2", b"1")
        self.stage.warmpathd(settings)

    def test_store_folder_that_cannot_be_made(self):
        settings = self.simple()
        self.stage.write("a_file", "")
        settings["store"]["path"] = str(self.stage.folder / "a_file" / "store")
        self.assertIn("a_file", self.fails_to_start(settings))

    def test_unreachable_provider(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
            address = "127.0.0.1:%d" % closed.getsockname()[1]
            ports = self.stage.warmpathd(
                harness.config(self.stage, {"main": (address, "openai", "m")}))
            for stream in (False, True):
                status, head, body = harness.chat(ports, stream=stream)
                self.assertIn(status, (502, 503), body)
                error = json.loads(body)["error"]
                self.assertGreater(len(error["message"]), 10)
                self.assertEqual(head["x-warmpath-path"], "main")
            status, _, body = harness.request(ports["http"], "POST", "/v1/messages", {
                **harness.chat_body(), "max_tokens": 5})
            self.assertIn(status, (502, 503, 529))
            self.assertEqual(json.loads(body)["type"], "error")


@unittest.skipIf(shutil.which("openssl") is None, "there is no openssl command")
class BadCertificates(harness.Case):
    def certificate(self, name, start, end):
        """A self-signed certificate for 127.0.0.1, valid from `start` to `end` (YYMMDD)."""
        folder = self.stage.folder / name
        folder.mkdir()
        (folder / "index.txt").write_text("")
        (folder / "serial").write_text("01\n")
        (folder / "ca.cnf").write_text(
            f"[ca]\ndefault_ca=c\n[c]\ndir={folder}\ndatabase=$dir/index.txt\nserial=$dir/serial\n"
            "new_certs_dir=$dir\ndefault_md=sha256\npolicy=p\nx509_extensions=x\nunique_subject=no\n"
            "[p]\ncommonName=supplied\n[x]\nsubjectAltName=IP:127.0.0.1,DNS:localhost\n"
            "basicConstraints=critical,CA:TRUE\n")
        run = lambda *args: subprocess.run(["openssl", *args], cwd=folder, check=True,
                                           capture_output=True, timeout=60)
        run("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", "key.pem", "-out", "csr.pem", "-subj", "/CN=localhost")
        run("ca", "-batch", "-selfsign", "-config", "ca.cnf", "-keyfile", "key.pem", "-in", "csr.pem",
            "-out", "cert.pem", "-startdate", start + "000000Z", "-enddate", end + "000000Z", "-notext")
        return folder / "cert.pem", folder / "key.pem"

    def serve_tls(self, certificate, key):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OpenAiUpstream)
        server.handle_error = lambda *_: None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 5)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"https://127.0.0.1:{server.server_port}/v1"

    def ask(self, url, ca_file):
        providers = {"ca_file": str(ca_file)} if ca_file else {}
        ports = self.stage.warmpathd(harness.config(
            self.stage, {"main": (url, "openai", "m")}, providers=providers))
        return harness.chat(ports)

    def test_a_valid_one_is_taken(self):
        cert, key = self.certificate("valid", "200101", "400101")
        status, _, body = self.ask(self.serve_tls(cert, key), cert)
        self.assertEqual(status, 200, body)

    def test_an_expired_one_is_refused_by_name(self):
        cert, key = self.certificate("expired", "200101", "210101")
        status, _, body = self.ask(self.serve_tls(cert, key), cert)
        self.assertIn(status, (502, 503), body)
        message = json.loads(body)["error"]["message"]
        self.assertRegex(message, "TLS|certificate")
        self.assertIn("expired", message)

    def test_an_unknown_authority_is_refused_by_name(self):
        cert, key = self.certificate("unknown", "200101", "400101")
        status, _, body = self.ask(self.serve_tls(cert, key), None)
        self.assertIn(status, (502, 503), body)
        self.assertRegex(json.loads(body)["error"]["message"], "TLS|certificate")


@unittest.skipUnless(os.geteuid() == 0, "only root can mount a small disk to fill")
class FullDisk(harness.Case):
    """Live traffic goes on, evidence stops, nothing is GREEN, and an alarm says so."""

    SIZE_MB = 24

    def setUp(self):
        super().setUp()
        self.disk = self.stage.folder / "disk"
        self.disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.SIZE_MB}m", "tmpfs",
                                  self.disk], capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest("no small disk can be mounted here: " + mounted.stderr.strip())

    def _end(self):
        self.tell_if_failed()
        self.stage.end_processes()
        if os.path.ismount(self.disk):
            subprocess.run(["umount", self.disk], check=True)
        self.stage.end()


    def traffic(self, ports, count, name):
        for i in range(count):
            status, _, body = harness.chat(ports, f"q {i}", {"x-warmpath-conversation": f"{name}{i}"})
            self.assertEqual(status, 200, body)

    def test_live_goes_on_and_evidence_stops(self):
        sim = self.stage.sim({"a": {"default_text": "yes"}, "b": {"default_text": "yes"}})
        settings = harness.config(
            self.stage, {"one": (sim, "openai", "a"), "two": (sim, "openai", "b")},
            workflow={"mirror": {"rate": 1, "max_requests_per_second": 1000, "max_concurrency": 64},
                      "gate": {**harness.fast_gate(), "dimensions": {"policy": {"theta": 0.5}}}})
        settings["store"]["path"] = str(self.disk / "store")
        ports = self.stage.warmpathd(settings)
        self.traffic(ports, 60, "a")
        harness.wait_for("the backup to be GREEN",
                         lambda: harness.conformance(harness.by_path(ports)["two"]) == "GREEN")

        ballast = self.disk / "ballast"
        try:
            with open(ballast, "wb") as file:
                while True:
                    file.write(b"\0" * 65536)
                    file.flush()
        except OSError:
            pass
        begin = time.monotonic()
        while harness.metrics(ports)["warmpath_store_writable"] == 1:
            self.traffic(ports, 20, "b")
            self.assertLess(time.monotonic() - begin, 40, "the full disk was never noticed")
        self.traffic(ports, 20, "c")
        paths = harness.settled(ports)
        self.assert_counts_add_up(paths)
        self.assertGreater(harness.mirror_counts(paths["two"])[2].get("store_error", 0), 0)
        harness.wait_for("no path to be GREEN", lambda: all(
            harness.conformance(p) != "GREEN" for p in harness.by_path(ports).values()))
        codes = {r["code"] for r in harness.by_path(ports)["two"]["verdict"]["reasons"]}
        self.assertIn("REASON_CODE_STORE_UNAVAILABLE", codes)
        status, _, body = harness.request(ports["admin_http"], "GET", "/readyz")
        print(f"  /readyz on a full disk: {status} {body[:200]!r}")
        before = harness.mirror_counts(paths["two"])[1]

        ballast.unlink()
        begin = time.monotonic()
        while harness.metrics(ports)["warmpath_store_writable"] == 0:
            self.traffic(ports, 5, "d")
            self.assertLess(time.monotonic() - begin, 40, "the store did not come back")
            time.sleep(0.2)
        self.traffic(ports, 30, "e")
        paths = harness.settled(ports)
        self.assertGreater(harness.mirror_counts(paths["two"])[1], before)
        harness.wait_for("the backup to be GREEN again",
                         lambda: harness.conformance(harness.by_path(ports)["two"]) == "GREEN")


if __name__ == "__main__":
    unittest.main()
