"""Writes the tables of docs/wire.md from what warmpath itself reports of each translated request.

    tests/e2e/with_sdks wire_table.py --bin bazel-bin            # writes them
    tests/e2e/with_sdks wire_table.py --bin bazel-bin --check    # fails if they are stale
    … --json FILE    # and every cell with its losses, for programs

Each row of wire_fields.py goes through each front door; a service that mirrors to one path of each
dialect keeps a FidelityReport for each of them, which is what the cells are made of.
"""

import argparse
import difflib
import functools
import json
import os
import pathlib
import re
import sys

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/wire.md"
BEGIN, END = "<!-- tables: begin (tests/e2e/wire_table.py) -->", "<!-- tables: end -->"
DOORS = {"chat": ("Chat Completions", "/v1/chat/completions"),
         "responses": ("Responses", "/v1/responses"), "messages": ("Messages", "/v1/messages")}
# One path for each dialect, with a model whose row in the capability table says most.
PATHS = {"openai": ("OpenAI Chat", "gpt-4.1"), "openai_responses": ("OpenAI Responses", "gpt-4.1"),
         "anthropic": ("Anthropic", "claude-sonnet-4-6"), "gemini": ("Gemini", "gemini-2.5-pro"),
         "azure_openai": ("Azure OpenAI", "gpt-4.1")}
# The door that speaks a path's own dialect; test_wire_table.py holds these pairs to it.
OWN_DOOR = {"openai": "chat", "azure_openai": "chat", "openai_responses": "responses",
            "anthropic": "messages"}
KINDS = {"DROPPED": "left out", "CLAMPED": "clamped", "DOWNGRADED": "weakened",
         "DEFAULTED": "filled in"}
LONGEST_REASON = 110


@functools.cache
def measure():
    """Every cell: {"door", "upstream", "field", "fidelity", "losses"}; and the paths not built yet."""
    import harness
    import matrix
    import vendor
    import wire_fields

    service = matrix.Service.shared()
    upstreams = [name for name in PATHS if name not in service.missing]
    models = {model: "ok" for _, model in PATHS.values()}
    seller = vendor.Vendor(matrix.ANSWERS, models)
    stage = harness.Stage()
    try:
        ports = stage.warmpathd(config(stage, seller, upstreams))
        cells = []
        for i, door in enumerate(DOORS):
            if door in service.missing:
                continue
            for field, bodies in wire_fields.FIELDS.items():
                if bodies[i] is None:
                    continue
                request_id = f"{door}-{re.sub('[^a-z0-9]+', '-', field)}"
                cards = mirrored(ports, door, request_id, bodies[i])
                for name in upstreams:
                    report = cards.get(name)
                    if report is None or not (report["losses"] or report["fidelity"] == "exact"):
                        report = live(ports, door, name, bodies[i])
                    cells.append({"door": door, "upstream": name, "field": field, **report})
        return cells, sorted(service.missing)
    finally:
        stage.end()
        seller.end()


def config(stage, seller, upstreams):
    import harness

    control = {"kind": "static", "static": {"text": "Good morning."}}
    providers, paths = {"control": control}, [
        {"name": "control", "role": "primary", "provider": "control"}]
    workflows = {}
    for name in upstreams:
        providers[name] = {"kind": name, "base_url": seller.base(name)}
        path = {"name": name, "role": "backup", "provider": name, "model": PATHS[name][1]}
        paths.append(path)
        workflows[f"only-{name}"] = {"paths": [{**path, "role": "primary"}], "mirror": {"rate": 0}}
    ladder = {"paths": paths, "mirror": {"rate": 1, "max_requests_per_second": 100000}}
    doors = {d: {"address": harness.LOOPBACK} for d in ("http", "grpc", "admin_http", "admin_grpc")}
    return {"listen": doors, "store": {"path": str(stage.folder / "store")}, "providers": providers,
            "workflows": {"probe": ladder, **workflows}}


def ask(ports, door, workflow, body, request_id=None):
    import harness

    return harness.request(ports["http"], "POST", DOORS[door][1], {"model": workflow, **body},
                           {"anthropic-version": "2023-06-01",
                            **({"x-request-id": request_id} if request_id else {})})


def mirrored(ports, door, request_id, body):
    """Asks once and waits for the mirror; path -> what its scorecard says of the translation."""
    import harness

    status, _, _ = ask(ports, door, "probe", body, request_id)
    if status != 200:
        return {}

    def idle():
        return all(harness.mirror_counts(path)[3] == 0
                   for workflow in harness.get_json(ports["admin_http"], "/api/status")["workflows"]
                   for path in workflow["paths"])
    harness.wait_for("the mirror", idle, step=0.01)
    status, _, answer = harness.request(ports["admin_http"], "GET", f"/api/card?id={request_id}")
    return {} if status != 200 else {
        card["candidate_path"]: report_of(card.get("fidelity", {}))
        for card in json.loads(answer)["cards"]}


def report_of(fidelity):
    return {"fidelity": fidelity.get("fidelity", "FIDELITY_EXACT").removeprefix("FIDELITY_").lower(),
            "losses": [{"pointer": loss.get("pointer", ""), "message": loss.get("message", ""),
                        "kind": KINDS.get(loss.get("kind", "").removeprefix("LOSS_KIND_"), "")}
                       for loss in fidelity.get("losses", [])]}


def live(ports, door, name, body):
    """What is not mirrored, or is said to be untranslatable without a word: asked of this path alone."""
    status, headers, answer = ask(ports, door, f"only-{name}", body)
    if status == 400:
        return {"fidelity": "untranslatable",
                "losses": [{"message": json.loads(answer)["error"]["message"]}]}
    # As in "lossy; dropped /seed, clamped /temperature".
    word, _, listed = headers["x-warmpath-fidelity"].partition("; ")
    losses = [loss.split(" ", 1) for loss in listed.split(", ") if " " in loss]
    return {"fidelity": word, "losses": [{"message": "not mirrored"}, *(
        {"pointer": pointer, "kind": KINDS.get(kind.upper(), kind), "message": pointer}
        for kind, pointer in losses)]}


def cell_text(cell):
    if cell is None:
        return "–"
    how = "; ".join(sorted(set(map(loss_text, cell["losses"]))))
    word = {"untranslatable": "**no**"}.get(cell["fidelity"], cell["fidelity"])
    return f"{word}: {how}" if how else word


def loss_text(loss):
    pointer, kind = loss.get("pointer", ""), loss.get("kind", "")
    if not kind or pointer.count("/") > 1:
        return shorten(loss["message"])
    return f"`{pointer[1:]}` {kind}"


def shorten(text):
    text = re.sub(r"^/[\w/]+:? ", "", text).replace("|", "\\|").replace("\n", " ")
    return text if len(text) <= LONGEST_REASON else text[:LONGEST_REASON - 1] + "…"


def render(cells, missing):
    by_key = {(c["door"], c["upstream"], c["field"]): c for c in cells}
    doors = list(dict.fromkeys(c["door"] for c in cells))
    upstreams = list(dict.fromkeys(c["upstream"] for c in cells))
    lines = []
    for door in doors:
        fields = list(dict.fromkeys(c["field"] for c in cells if c["door"] == door))
        lines += [f"### {DOORS[door][0]}, `{DOORS[door][1]}`", "",
                  "| what is asked | " + " | ".join(PATHS[u][0] for u in upstreams) + " |",
                  "|" + "---|" * (len(upstreams) + 1)]
        for field in fields:
            row = [cell_text(by_key.get((door, u, field))) for u in upstreams]
            lines.append(f"| {field} | " + " | ".join(row) + " |")
        lines.append("")
    if missing:
        lines += ["Not built yet, and so not in the tables: " + ", ".join(missing) + ".", ""]
    return "\n".join(lines)


def page_with(cells, missing):
    """docs/wire.md with the tables as measured."""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not rest or not after:
        raise ValueError(f"{PAGE} lacks the lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n{render(cells, missing)}{END}{after}"


def difference(fresh):
    return "".join(difflib.unified_diff(PAGE.read_text().splitlines(True), fresh.splitlines(True),
                                        "docs/wire.md", "as measured", n=0))


def main():
    parser = argparse.ArgumentParser(prog="wire_table.py", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="folder of the built programs: bazel-bin")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page is stale")
    parser.add_argument("--json", help="write every cell with its losses to this file")
    options = parser.parse_args()
    os.environ["WARMPATH_BIN"] = str(pathlib.Path(options.bin).resolve())
    cells, missing = measure()
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({"cells": cells}, indent=1) + "\n")
    fresh, page = page_with(cells, missing), PAGE.read_text()
    if not options.check:
        PAGE.write_text(fresh)
    elif fresh != page:
        sys.stdout.write(difference(fresh))
        sys.exit("wire_table: the tables in docs/wire.md are stale; run it without --check")


if __name__ == "__main__":
    main()
