"""Deliberately wrong variants of the protocol; each must make a test fail.

    python tests/sending/mutations.py [NAME...]

Every variant changes one place in a copy of the project, and the tests of ledger, planning and
sending run on that copy. The last line says how many variants were caught.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = (
    "tests/sending/test_sending_run.py",
    "tests/sending/test_sending_ahead.py",
    "tests/sending/test_sending_edges.py",
    "tests/sending/test_sending_undo.py",
    "tests/sending/test_sending_lost.py",
    "tests/sending/test_sending_series.py",
    "tests/sending/test_sending_currencies.py",
    "tests/planning",
    "tests/ledger",
    "tests/sending/test_sending_machine.py",
)
"""Quick ones first; a kill proves no more of a variant than a crash of the machine."""

LINES = "importer/business_central/lines.py"
RESOLVING = "importer/sending/resolving.py"
LOOP = "importer/sending/loop.py"
UNDOING = "importer/sending/undoing.py"
LOST = "importer/sending/lost_ledger.py"
DECIDING = "importer/planning/deciding.py"
IDENTITY = "importer/planning/identity.py"
BOOK = "importer/ledger/book.py"
HISTORY = "importer/ledger/history.py"
STEPS = "importer/ledger/steps.py"
VERIFYING = "importer/ledger/verifying.py"
COMPARING = "importer/sending/comparing.py"
PROVING = "importer/sending/proving.py"
REGISTERING = "importer/ledger/registering.py"
TABLES = "importer/ledger/tables.py"
SERVER = "importer/pipeline/server.py"

CLAIMED = "item = replace(item, state=State.UNDOING, attempted_at"
LIVE_STATE = "before is not None and before.state not in FREED_STATES"
LIVE = f"    return {LIVE_STATE}"
FIRST_OF_EQUAL = "digest = _digest(company, kind, text, seen[text])\n        while"
COMPARED = "    unlike = differences(item, line)\n"

MUTATIONS: dict[str, tuple[str, str, str]] = {
    "new number on retry": (
        RESOLVING,
        "answer = session.server.send(item.payload)",
        "answer = session.server.send(item.payload.replace(b'0000,', b'0001,', 1))",
    ),
    "duplicate taken for success": (LOOP, "and not differences(item, line)", ""),
    "the first batch is sent without a claim": (
        LOOP,
        "            session.check_stop()\n            claim()\n",
        "            session.check_stop()\n",
    ),
    "an identity may live twice": (TABLES, "    ONE_LIVE,\n", ""),
    "an identity can be changed": (TABLES, "    SAME_IDENTITY,\n", ""),
    "many posted numbers are never looked for": (
        SERVER,
        "if many and not self._client.any_ledger_entry(self._of_company, DOCUMENT_PREFIX):",
        "if many:",
    ),
    "the next batch is sent whatever was answered": (
        LOOP,
        "if not flight.created() or not following or session.stops():",
        "if not following or session.stops():",
    ),
    "the next batch is sent though the user stops": (
        LOOP,
        "if not flight.created() or not following or session.stops():",
        "if not flight.created() or not following:",
    ),
    "a run ends while a request is on its way": (
        LOOP,
        "                for one in flights:\n",
        "                for one in ():\n",
    ),
    "answers wait until the batch behind has landed": (
        LOOP,
        "        done = flight.record()\n        flights.remove(flight)\n",
        "        flights[-1].created()\n        done = flight.record()\n        del flights[0]\n",
    ),
    "answers are forgotten where a commit fails": (
        LOOP,
        "        done = flight.record()\n        flights.remove(flight)\n",
        "        flights.remove(flight)\n        done = flight.record()\n",
    ),
    "no claim stands": (BOOK, "            if not wanted:\n", "            if True:\n"),
    "a claim stands though nothing is sent": (
        BOOK,
        "            if not wanted:\n",
        "            if False:\n",
    ),
    "what other numbers a posted payment may have had is asked for the first ones only": (
        LOST,
        "spread(looked_up, MAX_LATER_LOOKUPS)",
        "looked_up[:MAX_LATER_LOOKUPS]",
    ),
    "no attempt is noted": (STEPS, "    if shared.before in _CLAIMED:\n", "    if False:\n"),
    "a claim is witnessed for its first payment only": (
        STEPS,
        "dict.fromkeys(map(str, ids), ",
        "dict.fromkeys(map(str, ids[:1]), ",
    ),
    "an attempt is noted with the doubt that came of it": (
        STEPS,
        "    _all_moved(sum(_record(",
        "    _mark_ambiguous(connection, changes)\n    _all_moved(sum(_record(",
    ),
    "no settle time": (RESOLVING, "        if wait > 0:", "        if False:"),
    "no look after the wait": (
        RESOLVING,
        "            session.wait(wait)\n            absent = _look_up(session, absent)",
        "            session.wait(wait)",
    ),
    "no posted look-up": (
        RESOLVING,
        "entries = [one for one in posted if",
        "entries = [one for one in () if",
    ),
    "refusal after a lost answer is final": (
        RESOLVING,
        "    absent = _look_up(session, [item])",
        "    absent = [item]",
    ),
    "unseen duplicate after a lost answer is ours": (
        RESOLVING,
        '        State.HELD,\n        f"line number',
        '        State.CREATED,\n        f"line number',
    ),
    "restart forgets what was being sent": (
        RESOLVING,
        "return item.state is State.SENDING",
        "return False",
    ),
    "restart trusts the time of the claim": (
        RESOLVING,
        "[Change(item, State.UNKNOWN, since=session.clock()) for item",
        "[Change(item, State.UNKNOWN) for item",
    ),
    "no posting guard": (
        RESOLVING,
        "if session.server.by_id(sentinel.server_id) is None:",
        "if False:",
    ),
    "one look is enough": (RESOLVING, "        seen = _lines(session, found)\n", ""),
    "content is not compared": (
        RESOLVING,
        COMPARED + "    if unlike:",
        COMPARED + "    if False:",
    ),
    "echo is not compared": (
        RESOLVING,
        "    if unlike:\n        reason =",
        "    if False:\n        reason =",
    ),
    "renumbered lines are not looked for": (
        RESOLVING,
        "elsewhere(session, item) or posted_change(session, item, posted) or",
        "posted_change(session, item, posted) or",
    ),
    "a lost answer is not executed": (
        LOOP,
        "return Change(item, State.UNKNOWN, told(answer), answer, since=session.clock())",
        "return Change(item, State.PLANNED, told(answer), answer)",
    ),
    "a lost answer is done": (
        LOOP,
        "return Change(item, State.UNKNOWN, told(answer), answer, since=session.clock())",
        "return Change(item, State.CREATED, told(answer), answer)",
    ),
    "forgotten batch answers are not executed": (
        LOOP,
        "lost = Answer(AnswerKind.AMBIGUOUS",
        "lost = Answer(AnswerKind.NOT_RUN",
    ),
    "other runs are not resolved first": (
        LOOP,
        "    _resolve_pending(session)\n    finish_undoing",
        "    finish_undoing",
    ),
    "a lost ledger is not noticed": (LOST, "    if not strange and not posted:", "    if True:"),
    "unposted numbers of the file are not looked for": (
        LOST,
        "or _of_line(line) in stated",
        "or False",
    ),
    "posted payments are looked for by their first number only": (
        LOST,
        "return {kept_code(item.document_number), *made}",
        "return {kept_code(item.document_number)}",
    ),
    "planned documents count as sent": (HISTORY, "            _P.attempted_at.is_not(None),\n", ""),
    "numbers are bound twice": (
        BOOK,
        "            return connection.execute(query).scalar()",
        "            connection.execute(query)\n            return None",
    ),
    "a line may belong to two payments": (
        HISTORY,
        '_P.server_id.in_(_among(chunk)), _P.server_id != ""',
        "_P.server_id.in_(_among(chunk)), _P.id < 0",
    ),
    "twins of a file are one": (
        IDENTITY,
        FIRST_OF_EQUAL,
        FIRST_OF_EQUAL.replace("seen[text])", "1)"),
    ),
    "the order of rows counts": (
        IDENTITY,
        "payment.posting_date.isoformat(),",
        "str(payment.row),",
    ),
    "duplicates are sent": (
        DECIDING,
        LIVE,
        LIVE.replace(LIVE_STATE, "False"),
    ),
    "near-twins are sent": (DECIDING, "Decision.HOLD if reason and", "Decision.HOLD if False and"),
    "held payments come again as new": (
        DECIDING,
        LIVE,
        LIVE.replace("FREED_STATES", "{*FREED_STATES, State.HELD}"),
    ),
    "held payments come again as duplicates": (
        DECIDING,
        "    if before.state is State.HELD:",
        "    if False:",
    ),
    "a row that is still held is told as sent before": (
        REGISTERING,
        "Decision.STILL_HELD: Bucket.HELD",
        "Decision.STILL_HELD: Bucket.DUPLICATE",
    ),
    "a person's word sends what is known to be there": (STEPS, " and not item.server_id", ""),
    "freed payments stay duplicates": (
        DECIDING,
        LIVE,
        LIVE.replace(" and before.state not in FREED_STATES", ""),
    ),
    "undo deletes what was edited": (UNDOING, "        if unlike:", "        if False:"),
    "undo takes every missing line for deleted": (
        UNDOING,
        "ours_may_have_run = False",
        "ours_may_have_run = True",
    ),
    "undo frees what was posted": (
        UNDOING,
        "    return any(\n        kept_code(one.document_number) == wanted\n",
        "    return any(\n        False\n",
    ),
    "a person's word frees what was posted": (
        UNDOING,
        "    if _posted_as_sent(undoing.session, item):\n        return _POSTED\n",
        "",
    ),
    "undo does not look for the journal": (UNDOING, "server.exists() is not None", "True"),
    "undo frees what was posted under another number": (
        UNDOING,
        'return "" if others else _posted_since(session, item)',
        'return ""',
    ),
    "undo frees whatever others took": (
        UNDOING,
        "    if item.row in undoing.deleted:\n",
        "    if True:\n",
    ),
    "a begun undo counts as finished": (BOOK, "proof=None, message=UNDO_BEGUN)", "message='')"),
    "another currency is looked for by its amount": (
        RESOLVING,
        "    if session.server.may_be_foreign(item.payload):\n        return None\n",
        "",
    ),
    "a stated number that was posted since with another amount is no doubt": (
        RESOLVING,
        "(item.own_document or _any_since(session, item, entries))",
        "item.own_document",
    ),
    "what was posted with a lost ledger is not acknowledged": (
        LOST,
        "session.company, seen, session",
        "session.company, numbers, session",
    ),
    "undo does not look at dimensions": (
        UNDOING,
        " or (dimensions and _other_dimensions(session, item))",
        "",
    ),
    "a success of a gateway is a deletion": (
        LINES,
        "if answer.kind is AnswerKind.DONE and answer.status != _NO_CONTENT:",
        "if False:",
    ),
    "what was tried and not executed counts as sent": (
        HISTORY,
        "            _P.state.not_in((State.PLANNED, *sorted(FREED_STATES))),\n",
        "",
    ),
    "what was given up counts as sent": (
        HISTORY,
        "(State.PLANNED, *sorted(FREED_STATES))",
        "(State.PLANNED, State.REFUSED)",
    ),
    "a run without its proof is finished": (
        REGISTERING,
        "    and_(tables.runs.c.finished_at.is_(None), _has_payment(State.CREATED)),\n",
        "",
    ),
    "what was posted under another number is not looked for": (
        RESOLVING,
        "    documents = () if older else posted_otherwise(session, item)\n",
        "    documents = ()\n",
    ),
    "a line made after the posting proves that there was none": (
        RESOLVING,
        "SENTINELS, before=item)",
        "SENTINELS)",
    ),
    "undo gives up what may be there": (
        UNDOING,
        "        if not _may_be_there(item):",
        "        if True:",
    ),
    "undo gives up what was seen with another ledger": (
        UNDOING,
        " or ALREADY_THERE in item.reason",
        "",
    ),
    "undo gives up what was created without a line": (
        UNDOING,
        "(seen or item.attempted_at is not None)",
        "(seen or item.ambiguous)",
    ),
    "undo frees what left the journal with others": (
        UNDOING,
        "    if hidden:\n",
        "    if False:\n",
    ),
    "undo deletes without a claim": (
        UNDOING,
        f"session.claim([item], State.UNDOING)\n            {CLAIMED}",
        CLAIMED,
    ),
    "an interrupted undo is forgotten": (LOOP, "    finish_undoing(session)\n", ""),
    "sending does not look for the journal": (LOOP, "    session.require_journal()\n", ""),
    "what a person typed over the server's words is ours": (
        COMPARING,
        "return (*unlike, *_refilled(item, sent, line))",
        "return tuple(unlike)",
    ),
    "the proof believes the ledger": (
        PROVING,
        "            unlike = differences(item, line)\n",
        "            unlike = ()\n",
    ),
    "the proof adds up the ledger": (
        PROVING,
        "            total += from_server(line.amount)",
        "            total += item.amount",
    ),
    "the proof sees no doubles": (
        PROVING,
        "if item is not None and line.id != item.server_id:",
        "if False:",
    ),
    "the proof misses what is gone": (
        PROVING,
        "        elif item.amount in found:",
        "        elif True:",
    ),
    "the proof forgets what was posted": (
        PROVING,
        "        elif item.amount in found:",
        "        elif False:",
    ),
    "the proof takes any posted amount": (
        PROVING,
        "        elif item.amount in found:",
        "        elif found:",
    ),
    "any posted amount ends a lost answer": (
        RESOLVING,
        "    if item.amount in amounts and item.own_document:",
        "    if amounts and item.own_document:",
    ),
    "there is no proof": (LOOP, "    proof = prove(session)\n", "    proof = None\n"),
    "an edited payment is not noticed": (VERIFYING, "    if not began:", "    if False:"),
    "an edited row is not noticed": (
        VERIFYING,
        "            if noted.get(table.name) != _digest(",
        "            if False and noted.get(table.name) != _digest(",
    ),
    "two writers at once": (
        "importer/ledger/lock.py",
        "fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "pass",
    ),
    "commits that power can undo": (
        "importer/ledger/storage.py",
        '"synchronous = EXTRA"',
        '"synchronous = OFF"',
    ),
    "a failed disk is forgotten": (BOOK, "self._failed = str(error)", "self._failed = ''"),
}


def caught(name: str) -> bool:
    """Tell whether some test fails on a variant."""
    path, old, new = MUTATIONS[name]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for part in ("importer", "schemas", "tests", "pyproject.toml"):
            source, ignored = ROOT / part, shutil.ignore_patterns("__pycache__")
            if source.is_dir():
                shutil.copytree(source, copy / part, ignore=ignored)
            else:
                shutil.copy(source, copy / part)
        text = (copy / path).read_text()
        if text.count(old) != 1:
            raise SystemExit(f"{name}: the place it changes stands {text.count(old)} times")
        (copy / path).write_text(text.replace(old, new))
        return _fails(copy)


def _fails(copy: Path) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *TESTS]
    done = subprocess.run(
        command,
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), "SCHEDULES": "60", "SCHEDULE_SHRINK": "0"},
        capture_output=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise SystemExit(done.stdout.decode()[-2000:])
    return done.returncode == 1


def main() -> None:
    names = sys.argv[1:] or list(MUTATIONS)
    missed = []
    for name in names:
        found = caught(name)
        missed += [] if found else [name]
        sys.stdout.write(f"{'caught' if found else 'MISSED'}  {name}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(names) - len(missed)} of {len(names)} wrong variants caught\n")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
