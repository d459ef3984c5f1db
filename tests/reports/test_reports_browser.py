"""The page in a real browser: Chromium, driven over a pipe; skipped where there is none.

`pytest tests/reports/test_reports_browser.py -s` prints what was measured and where the
screenshots and the printed page lie.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importer.model import Bucket, Earlier, Kind, RunRecord
from importer.reconciliation import reconcile
from importer.reports.page import page_html

fcntl = pytest.importorskip("fcntl", reason="no pipes to drive a browser by")

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
START = (
    "import os,sys;read,write,*run=sys.argv[1:];os.dup2(int(read),3);os.dup2(int(write),4);"
    "os.execv(run[0],run)"
)
"""The protocol wants its pipes as file descriptors 3 and 4."""

ROWS = 50_000
PATIENCE_SECONDS = 120.0
DESK, PHONE = (1280, 900), (390, 844)


class Browser:
    """One tab of a browser of its own: commands and events of the DevTools protocol."""

    def __init__(self, program: str, folder: Path) -> None:
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        given = tuple(fcntl.fcntl(one, fcntl.F_DUPFD, 10) for one in (to_read, to_write))
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", "-c", START, *map(str, given), program, *FLAGS),
                f"--user-data-dir={folder}",
                "about:blank",
            ],
            pass_fds=given,
            stderr=subprocess.DEVNULL,
        )
        for one in (to_read, to_write, *given):
            os.close(one)
        self._rest, self._asked, self._session = b"", 0, ""
        self.events: list[dict[str, Any]] = []
        targets = self.ask("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in targets if one["type"] == "page")
        attached = self.ask("Target.attachToTarget", targetId=page, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        os.close(self._write)
        os.close(self._read)

    def ask(self, method: str, **values: object) -> dict[str, Any]:
        """Return the answer to a command; events that come before it are kept."""
        self._asked += 1
        message: dict[str, object] = {"id": self._asked, "method": method, "params": values}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            said = self._message()
            if said.get("id") == self._asked:
                assert "error" not in said, said["error"]
                result: dict[str, Any] = said["result"]
                return result
            self.events.append(said)

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._read, 1 << 20)
            assert part, "the browser ended"
            self._rest += part
        one, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(one)
        return message

    def run(self, script: str) -> Any:
        """Return what a script gives, a promise once it is kept."""
        answer = self.ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def open(self, page: Path) -> float:
        """Open a page and return the seconds until its table of rows can be used."""
        begun = time.monotonic()
        self.ask("Page.navigate", url=page.as_uri())
        ready = "document.getElementById('filter')?.hidden === false"
        while not self.run(ready):
            assert time.monotonic() - begun < PATIENCE_SECONDS
            time.sleep(0.02)
        return time.monotonic() - begun

    def look(self, size: tuple[int, int], scheme: str, shot: Path, *, whole: bool = True) -> None:
        """Show the page on a screen of a size and colour scheme, and take a picture of it."""
        wide, high = size
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=wide, height=high, deviceScaleFactor=1, mobile=size == PHONE,
        )  # fmt: skip
        scheme_wanted = [{"name": "prefers-color-scheme", "value": scheme}]
        self.ask("Emulation.setEmulatedMedia", media="", features=scheme_wanted)
        self.run("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
        picture = self.ask("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        shot.write_bytes(base64.b64decode(picture))

    def complaints(self) -> list[str]:
        """Return what the console shows as an error or warning, the policy's refusals included."""
        self.run("0")
        found = []
        for event in self.events:
            values = event.get("params", {})
            if event["method"] == "Runtime.exceptionThrown":
                found.append(str(values["exceptionDetails"]))
            elif event["method"] == "Log.entryAdded":
                found.append(values["entry"]["text"])
            elif event["method"] == "Runtime.consoleAPICalled":
                found.append(str(values["args"]))
        return found


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("no Chromium on this machine")
    opened = Browser(program, tmp_path / "browser")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def large(make: Any) -> RunRecord:
    """A run of 50,000 rows: created, rejected, refused, held, duplicates and skipped ones."""
    names = ("Adatum Bikes", "Trey Research", "Möbel Grün GmbH", "École <b>x</b>", "=1+1")
    first = date(2026, 1, 1)
    rows, findings = [], []
    for at in range(ROWS):
        amount = f"{(at * 7919) % 900_000 / 100 + 1:.2f}"
        more: dict[str, object] = {
            "posting_date": first + timedelta(days=at * 90 // ROWS),
            "counterparty": names[at % len(names)],
            "reference": f"payment {at:05d} of the invoice {103_000 + at}",
            "customer_number": f"{10_000 * (1 + at % 5)}",
        }
        row = at + 2
        if at % 997 == 0:
            cells = ("2026-01-02", names[at % 5], "text", "12,50.0")
            rows.append(make.outcome(row, Bucket.REJECTED, None, cells=cells, **more))
            findings.append(make.finding(row))
        elif at % 1501 == 0:
            rows.append(
                make.outcome(row, Bucket.REFUSED, amount, reason="The Customer does not exist.",
                             server_code="Internal_InvalidTableRelation", **more)
            )  # fmt: skip
        elif at % 1009 == 0:
            earlier = Earlier("20260101-1", at, f"g-{at}", 10_000, "january.csv")
            rows.append(
                make.outcome(row, Bucket.DUPLICATE, amount, earlier=earlier,
                             reason=f"imported before: run 20260101-1, row {at}, created", **more)
            )  # fmt: skip
        elif at % 13 == 0:
            rows.append(
                make.outcome(row, Bucket.SKIPPED, f"-{amount}", kind=Kind.OUTGOING,
                             reason="money paid", **more)
            )  # fmt: skip
        else:
            rows.append(
                make.outcome(row, Bucket.CREATED, amount, line_number=20_000 + 10 * at,
                             document_number=f"CPI{at:017d}", id=f"id-{at}", **more)
            )  # fmt: skip
    record: RunRecord = make.run(*rows, findings=tuple(findings))
    return record


def shown(browser: Browser) -> list[list[str]]:
    """Return the first three rows of the table as they are shown."""
    return browser.run(
        "[...document.querySelectorAll('.all tbody tr:not(.space)')].slice(0, 3)"
        ".map(tr => [...tr.cells].map(cell => cell.textContent))"
    )


TIMED = """(async () => {
  const begun = performance.now();
  %s;
  await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - begun;
})()"""
WAITED = "await new Promise(done => setTimeout(done, 150))"
"""The page waits so long for the next key."""


def typed(browser: Browser, text: str) -> float:
    """Type into the search and return the milliseconds until its rows are shown."""
    script = (
        f"document.getElementById('search').value = {json.dumps(text)};"
        "document.getElementById('search').dispatchEvent(new Event('input'));" + WAITED
    )
    return float(browser.run(TIMED % script))


def sorted_by(browser: Browser, name: str) -> float:
    """Press the header of a column and return the milliseconds until the rows are in order."""
    script = (
        "[...document.querySelectorAll('.all thead button')]"
        f".find(one => one.textContent === {json.dumps(name)}).click()"
    )
    return float(browser.run(TIMED % script))


def test_a_page_of_50_000_rows_is_searched_and_sorted(
    browser: Browser, large: RunRecord, tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    page.write_bytes(page_html(large, reconcile(large)))
    seconds = {"load": browser.open(page)}
    assert browser.run("document.getElementById('shown').textContent") == "50,000 of 50,000 rows"

    seconds["search"] = typed(browser, "payment 04321 107321") / 1000
    assert browser.run("document.getElementById('shown').textContent") == "1 of 50,000 rows"
    assert shown(browser)[0][7] == "payment 04321 of the invoice 107321"
    seconds["search again"] = typed(browser, "adatum") / 1000
    typed(browser, "")

    seconds["sort amounts"] = sorted_by(browser, "Amount") / 1000
    sorted_by(browser, "Amount")
    amounts = [Decimal(row[3].replace(",", "")) for row in shown(browser)]
    assert amounts == sorted((row.amount or Decimal(0) for row in large.rows), reverse=True)[:3]
    seconds["sort texts"] = sorted_by(browser, "Counterparty") / 1000
    assert shown(browser)[0][5] == "=1+1"
    assert shown(browser)[0][0] == "6"

    browser.run("document.getElementById('rows').scrollTop = 1e9")
    time.sleep(0.2)
    assert browser.run("document.querySelectorAll('.all tbody tr').length") < 200
    last = browser.run("[...document.querySelectorAll('.all tbody tr:not(.space)')].at(-1)"
                       ".getAttribute('aria-rowindex')")  # fmt: skip
    assert last == str(ROWS + 1)

    browser.run("document.querySelector('.all tbody button').click()")
    assert browser.run("document.getElementById('trail').open") is True
    assert browser.complaints() == []
    print({name: round(figure, 2) for name, figure in seconds.items()}, page.stat().st_size)  # noqa: T201


def test_screens_and_paper(browser: Browser, record: RunRecord, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_bytes(page_html(record, reconcile(record)))
    browser.open(page)
    paper = "getComputedStyle(document.body).backgroundColor"
    colours = {}
    for name, size, scheme in (
        ("light", DESK, "light"), ("dark", DESK, "dark"),
        ("phone", PHONE, "light"), ("phone-dark", PHONE, "dark"),
    ):  # fmt: skip
        browser.look(size, scheme, tmp_path / f"{name}.png")
        colours[name] = browser.run(paper)
        wide = "document.documentElement.scrollWidth <= window.innerWidth"
        assert browser.run(wide), f"{name}: the page itself scrolls sideways"
    assert colours["light"] != colours["dark"]
    printed = base64.b64decode(
        browser.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=False)["data"]
    )
    (tmp_path / "print.pdf").write_bytes(printed)
    assert printed[:5] == b"%PDF-"
    assert browser.complaints() == []
    print(f"screenshots in {tmp_path}")  # noqa: T201


def test_text_of_the_file_runs_nothing(browser: Browser, make: Any, tmp_path: Path) -> None:
    attack = (
        "</script><img src=x onerror=document.title='run'><script>document.title='run'</script>"
    )
    row = make.outcome(2, Bucket.REJECTED, None, counterparty=attack, cells=(attack,))
    record = replace(
        make.run(row, findings=(make.finding(2, value=attack, message=attack),)),
        header=(attack,),
    )
    page = tmp_path / "report.html"
    page.write_bytes(page_html(record, reconcile(record)))
    browser.open(page)
    browser.run("document.querySelector('.all tbody button').click()")
    assert browser.run("document.title") != "run"
    assert browser.run("document.querySelectorAll('img').length") == 0
    assert browser.complaints() == []
