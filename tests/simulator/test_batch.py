"""Part 8 of the reference: `$batch` in its three modes."""

import pytest

PATH = "companies(<CO>)/customerPaymentJournals(<BAL>)/customerPayments"
JSON = {"Content-Type": "application/json"}
SNAPSHOT = {"Isolation": "snapshot"}
CONTINUE = {"Prefer": "odata.continue-on-error"}


def operation(number, **changes):
    body = {
        "lineNumber": number,
        "customerNumber": "10000",
        "amount": -1,
        "postingDate": "2026-02-01",
    }
    return {
        "id": f"n{number}",
        "method": "POST",
        "url": PATH,
        "headers": JSON,
        "body": {**body, **changes},
    }


def send(world, operations, headers=None, generation="v2.0"):
    return world.call("POST", "/$batch", {"requests": operations}, headers, generation)


def statuses(answer):
    assert answer.status_code == 200
    return [(entry["id"], entry["status"]) for entry in answer.json()["responses"]]


def numbers(world):
    return [line["lineNumber"] for line in world.lines("BAL")]


BAD = operation(2, customerNumber="nope")
THREE = [operation(1), BAD, operation(3)]


def test_all_well(world):
    answer = send(world, [operation(1), operation(2)])
    assert statuses(answer) == [("n1", 201), ("n2", 201)]
    first = answer.json()["responses"][0]
    assert first["body"]["lineNumber"] == 1
    assert first["headers"]["location"].endswith(f"({first['body']['id']})")


def test_default_stops_at_the_first_failure_and_keeps_what_was_before(world):
    assert statuses(send(world, THREE)) == [("n1", 201), ("n2", 400)]
    assert numbers(world) == [1]


def test_continue_on_error_answers_all(world):
    assert statuses(send(world, THREE, CONTINUE)) == [("n1", 201), ("n2", 400), ("n3", 201)]
    assert numbers(world) == [1, 3]


def test_snapshot_takes_all_back_though_answers_look_well(world):
    answer = send(world, THREE, SNAPSHOT)
    assert statuses(answer) == [("n1", 201), ("n2", 400)]
    assert numbers(world) == []
    ghost = answer.json()["responses"][0]["body"]["id"]
    assert world.call("GET", f"customerPayments({ghost})").status_code == 404


def test_snapshot_failing_at_once_has_one_answer(world):
    assert statuses(send(world, [BAD, operation(3)], SNAPSHOT)) == [("n2", 400)]


def test_snapshot_commits_what_is_all_well(world):
    send(world, [operation(n) for n in (1, 2, 3)], SNAPSHOT)
    assert numbers(world) == [1, 2, 3]


def test_snapshot_takes_back_every_kind_of_change(world):
    created = world.call("POST", f"/{PATH}", operation(5)["body"]).json()
    one = f"companies(<CO>)/customerPayments({created['id']})"
    tag = {**JSON, "If-Match": "*"}
    before = world.lines("BAL")
    answer = send(
        world,
        [
            {"id": "1", "method": "PATCH", "url": one, "headers": tag, "body": {"lineNumber": 9}},
            {
                "id": "2",
                "method": "POST",
                "url": PATH,
                "headers": JSON,
                "body": {"lineNumber": 3},
            },
            {
                "id": "3",
                "method": "DELETE",
                "url": "companies(<CO>)/customerPaymentJournals(<BAL>)",
            },
            {"id": "4", "method": "DELETE", "url": "companies(<CO>)/customers(<A>)"},
            {"id": "5", "method": "GET", "url": "nowhere"},
        ],
        SNAPSHOT,
    )
    assert [status for _, status in statuses(answer)] == [200, 201, 204, 204, 404]
    assert world.call("GET", "customers(<A>)").status_code == 200
    assert world.lines("BAL") == before


def test_sending_a_committed_snapshot_again_collides(world):
    send(world, [operation(1), operation(2)], SNAPSHOT)
    answer = send(world, [operation(1), operation(2)], SNAPSHOT)
    assert statuses(answer) == [("n1", 400)]


def test_a_hundred_operations_are_the_most(world):
    assert len(statuses(send(world, [operation(n) for n in range(1, 101)]))) == 100
    answer = send(world, [operation(n) for n in range(201, 302)])
    assert answer.status_code == 500
    assert "maximum number of '100' query operations" in answer.json()["error"]["message"]
    assert len(numbers(world)) == 100


def test_an_operation_without_id_answers_null(world):
    anonymous = operation(1)
    del anonymous["id"]
    assert statuses(send(world, [anonymous])) == [(None, 201)]


def test_an_inner_body_needs_its_content_type(world):
    bare = {**operation(1), "headers": {}}
    assert statuses(send(world, [bare])) == [("n1", 415)]


def test_inner_select_shortens_the_answer(world):
    short = {**operation(1), "url": PATH + "?$select=id,lineNumber"}
    body = send(world, [short]).json()["responses"][0]["body"]
    assert set(body) == {"@odata.context", "@odata.etag", "id", "lineNumber"}


def test_company_header_and_leading_slash(world):
    by_header = {
        "id": "1",
        "method": "GET",
        "url": "customers?$top=1",
        "headers": {"Company": "TEST & SONS"},
    }
    by_path = {"id": "2", "method": "GET", "url": "/companies(<CO>)/customers/$count"}
    first, second = send(world, [by_header, by_path]).json()["responses"]
    assert first["body"]["value"][0]["number"] == "10000"
    assert second["body"] == "10"


def test_order_is_array_order_and_later_ones_see_earlier_ones(world):
    look = {"id": "look", "method": "GET", "url": PATH + "?$filter=lineNumber eq 7"}
    answer = send(world, [look, operation(7), look])
    counts = [len(e["body"].get("value", "x")) for e in answer.json()["responses"]]
    assert counts == [0, 1, 1]


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"requests": {}}', '{"requests": [1'])
def test_an_unreadable_envelope(world, body):
    answer = world.call("POST", "/$batch", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")


def test_an_unreadable_operation_fails_by_itself(world):
    assert statuses(send(world, [operation(1), {"id": "x", "method": "POST"}])) == [
        ("n1", 201),
        ("x", 400),
    ]


def test_envelope_media_type_and_method(world):
    assert world.call("POST", "/$batch", b"{}", {"Content-Type": "text/plain"}).status_code == 415
    assert world.call("GET", "/$batch").status_code == 405


def test_v1_has_batches_too(world):
    assert statuses(send(world, [operation(1)], generation="v1.0")) == [("n1", 201)]


def test_deletes_and_patches_inside(world):
    created = world.call("POST", f"/{PATH}", operation(1)["body"]).json()
    one = f"companies(<CO>)/customerPayments({created['id']})"
    answer = send(
        world,
        [
            {"id": "a", "method": "PATCH", "url": one, "headers": JSON, "body": {"comment": "c"}},
            {"id": "b", "method": "DELETE", "url": one},
        ],
        CONTINUE,
    )
    assert statuses(answer) == [("a", 400), ("b", 204)]
    assert "body" not in answer.json()["responses"][1]
