"""What goes wrong on purpose, and that it is the same each time."""

import time

import pytest
import requests

from importer.simulator import Fault, FaultPlan

BAL = "customerPaymentJournals(<BAL>)/customerPayments"
ONE = {"lineNumber": 20000, "customerNumber": "10000", "postingDate": "2026-02-01", "amount": -1}
POSTED = {"method": "POST", "path": r"/customerPayments$"}


def plan(world, *faults, seed=0):
    world.simulator.install(FaultPlan([Fault(**fault) for fault in faults], seed))


def add(world, number=20000, **changes):
    return world.call("POST", BAL, {**ONE, "lineNumber": number, **changes})


def numbers(world):
    return [line["lineNumber"] for line in world.lines("BAL")]


@pytest.mark.parametrize(("kind", "written"), [("lost_before", []), ("lost_after", [20000])])
def test_a_lost_answer(world, kind, written):
    plan(world, {"kind": kind, "nth": 1, **POSTED})
    with pytest.raises(requests.ConnectionError):
        add(world)
    assert numbers(world) == written
    assert add(world).status_code == (400 if written else 201)


@pytest.mark.parametrize("status", [408, 500, 504])
def test_answered_by_the_gateway_after_the_commit(world, status):
    plan(world, {"kind": "answered_after", "status": status, **POSTED})
    answer = add(world)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert numbers(world) == [20000]


def test_throttled_with_retry_after(world):
    fault = {"kind": "answer", "status": 429, "code": "Application_TooManyRequests", "nth": 1}
    plan(world, {**fault, "headers": {"Retry-After": "7"}})
    answer = add(world)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json()["error"]["code"] == "Application_TooManyRequests"
    assert numbers(world) == []


def test_service_away_without_json(world):
    plan(world, {"kind": "answer", "status": 503, "times": 1})
    answer = add(world)
    assert answer.status_code == 503
    assert answer.text.startswith("<!DOCTYPE html>")
    assert add(world).status_code == 201


def test_locked_by_another_session(world):
    plan(world, {"kind": "lock", "nth": 1})
    answer = add(world)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "Internal_ServerError")
    assert "updated in a transaction done by another session" in answer.text
    assert numbers(world) == []


def test_late_by_requests(world):
    plan(world, {"kind": "late", "nth": 1, "status": 504, "after_requests": 2, **POSTED})
    assert add(world).status_code == 504
    assert world.call("GET", BAL).json()["value"] == []
    assert len(world.call("GET", BAL).json()["value"]) == 1


def test_late_by_time(world):
    plan(world, {"kind": "late", "nth": 1, "after_s": 0.05, **POSTED})
    with pytest.raises(requests.ConnectionError):
        add(world)
    assert numbers(world) == []
    deadline = time.monotonic() + 5
    while not numbers(world) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert numbers(world) == [20000]


def test_a_cut_body(world):
    plan(world, {"kind": "cut_body", "cut_at": 10, **POSTED})
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        add(world)
    assert numbers(world) == [20000]


@pytest.mark.parametrize(
    ("kind", "starts", "media"),
    [
        ("html_body", "<!DOCTYPE", "text/html"),
        ("empty_body", "", "application/json"),
        ("enormous_body", '{"value": "xxx', "application/json"),
        ("wrong_content_type", '{"@odata', "text/plain"),
    ],
)
def test_a_strange_body(world, kind, starts, media):
    plan(world, {"kind": kind, "size_bytes": 100_000, **POSTED})
    answer = add(world)
    assert answer.status_code == 201
    assert answer.text.startswith(starts)
    assert answer.headers["Content-Type"].startswith(media)
    assert numbers(world) == [20000]


def test_delay(world):
    plan(world, {"kind": "delay", "after_s": 0.05})
    began = time.monotonic()
    assert add(world).status_code == 201
    assert time.monotonic() - began >= 0.05


def test_every_second_and_at_most_twice(world):
    plan(world, {"kind": "answer", "status": 503, "every": 2, "times": 2})
    assert [add(world, n).status_code for n in range(1, 7)] == [201, 503, 201, 503, 201, 201]


def test_probability_is_the_same_for_the_same_seed(world):
    def draw(seed):
        plan(world, {"kind": "answer", "status": 503, "probability": 0.5}, seed=seed)
        return [world.call("GET", "customers?$top=0").status_code for _ in range(20)]

    assert draw(7) == draw(7)
    assert draw(7) != draw(8)
    assert set(draw(7)) == {200, 503}


def test_only_the_first_fault_strikes_but_people_act_before(world):
    plan(
        world,
        {"kind": "act", "act": {"action": "add_hidden", "journal": "BAL"}, "nth": 1},
        {"kind": "lost_after", "nth": 1},
        {"kind": "answer", "status": 503, "nth": 1},
    )
    with pytest.raises(requests.ConnectionError):
        add(world)
    assert numbers(world) == [10000, 20000]
    assert add(world, 30000).status_code == 503


@pytest.mark.parametrize(
    ("act", "after"),
    [
        ({"action": "post"}, [10000]),
        ({"action": "delete", "line": 20000}, []),
        ({"action": "renumber", "line": 20000, "to": 5}, [5]),
        ({"action": "add", "customerNumber": "20000"}, [20000, 30000]),
        ({"action": "hide", "line": 20000}, [20000]),
        ({"action": "edit", "line": 20000, "set": {"amount": -2}}, [20000]),
    ],
)
def test_a_person_meanwhile(world, act, after):
    add(world, documentNumber="P1")
    plan(world, {"kind": "act", "nth": 1, "act": {"journal": "BAL", **act}})
    world.call("GET", BAL)
    assert numbers(world) == after


def test_a_person_who_fails_harms_nobody(world):
    plan(world, {"kind": "act", "nth": 1, "act": {"action": "post", "journal": "BAL"}})
    assert world.call("GET", BAL).status_code == 200
    assert any("failed" in entry for entry in world.simulator.requests)


def batch(world, *numbers, headers=None):
    operations = [
        {
            "id": str(number),
            "method": "POST",
            "url": f"companies(<CO>)/{BAL}",
            "headers": {"Content-Type": "application/json"},
            "body": {**ONE, "lineNumber": number},
        }
        for number in numbers
    ]
    return world.call("POST", "/$batch", {"requests": operations}, headers)


def test_an_inner_answer_is_missing(world):
    plan(world, {"kind": "missing", "operation": 2})
    answer = batch(world, 1, 2, 3)
    assert [entry["id"] for entry in answer.json()["responses"]] == ["1", "3"]
    assert numbers(world) == [1, 3]


def test_an_inner_operation_is_locked(world):
    plan(world, {"kind": "lock", "operation": "2"})
    answer = batch(world, 1, 2, 3)
    assert [entry["status"] for entry in answer.json()["responses"]] == [201, 409]


@pytest.mark.parametrize(("kind", "written"), [("lost_before", [1]), ("lost_after", [1, 2])])
def test_the_envelope_dies_inside(world, kind, written):
    plan(world, {"kind": kind, "operation": 2})
    with pytest.raises(requests.ConnectionError):
        batch(world, 1, 2, 3)
    assert numbers(world) == written


def test_the_envelope_times_out_inside(world):
    plan(world, {"kind": "answered_after", "operation": 2, "status": 504})
    assert batch(world, 1, 2, 3).status_code == 504
    assert numbers(world) == [1, 2]


def test_a_dying_snapshot_is_taken_back(world):
    plan(world, {"kind": "lost_after", "operation": 2})
    with pytest.raises(requests.ConnectionError):
        batch(world, 1, 2, 3, headers={"Isolation": "snapshot"})
    assert numbers(world) == []


def test_people_act_inside_a_batch(world):
    act = {"action": "add_hidden", "journal": "BAL", "lineNumber": 2}
    plan(world, {"kind": "act", "operation": 2, "act": act})
    answer = batch(world, 1, 2, 3)
    assert [entry["status"] for entry in answer.json()["responses"]] == [201, 400]


def test_plans_are_checked():
    with pytest.raises(ValueError, match="unknown fault"):
        Fault("lsot_before")
    with pytest.raises(ValueError, match="a fault has no nht"):
        FaultPlan.from_dict({"faults": [{"kind": "lock", "nht": 1}]})
    with pytest.raises(Exception, match="unterminated"):
        Fault("lock", path="[")


def test_plans_go_to_json_and_back():
    original = FaultPlan([Fault("late", nth=2, after_s=1.5), Fault("lock", operation="*")], 3)
    assert FaultPlan.from_dict(original.to_dict()) == original
