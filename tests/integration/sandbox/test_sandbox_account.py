"""Media, the number, the account and its templates."""

from __future__ import annotations

import hashlib
import socket

import pytest
import requests

from faults.expect import WAIT_S
from tests.integration.sandbox.sandboxprocess import ACCOUNT, NUMBER, Sandbox

pytestmark = pytest.mark.integration


def _upload(sandbox: Sandbox, data: bytes, **fields: str) -> str:
    files = {"file": ("a.jpg", data, "image/jpeg")}
    answer = sandbox.graph(
        "POST", f"{NUMBER}/media", files=files, data={"messaging_product": "whatsapp", **fields}
    )
    assert answer.status_code == 200, answer.text
    media_id: str = answer.json()["id"]
    return media_id


def test_an_upload_can_be_looked_up_downloaded_and_deleted(sandbox: Sandbox) -> None:
    data = bytes(range(256)) * 8000
    media_id = _upload(sandbox, data)
    info = sandbox.graph("GET", media_id).json()
    assert (info["id"], info["mime_type"], info["file_size"]) == (media_id, "image/jpeg", len(data))
    assert info["sha256"] == hashlib.sha256(data).hexdigest()
    got = sandbox.session.get(info["url"], headers={"Authorization": "Bearer t"}, timeout=WAIT_S)
    assert (got.content, got.headers["Content-Type"]) == (data, "image/jpeg")
    assert sandbox.graph("DELETE", media_id).json() == {"success": True}
    assert sandbox.graph("GET", media_id).json()["error"]["error_subcode"] == 33


def test_a_download_needs_the_token_and_the_url_given_out(sandbox: Sandbox) -> None:
    url = sandbox.graph("GET", _upload(sandbox, b"data")).json()["url"]
    assert sandbox.session.get(url, timeout=WAIT_S).status_code == 401
    forged = url[:-1] + ("0" if url[-1] != "0" else "1")
    headers = {"Authorization": "Bearer t"}
    assert sandbox.session.get(forged, headers=headers, timeout=WAIT_S).status_code == 404


def test_an_upload_without_a_file_or_product_is_refused(sandbox: Sandbox) -> None:
    files = {"file": ("a.jpg", b"x", "image/jpeg")}
    assert sandbox.graph("POST", f"{NUMBER}/media", files=files).json()["error"]["code"] == 100
    body = {"files": {"other": ("a", b"x")}, "data": {"messaging_product": "whatsapp"}}
    assert sandbox.graph("POST", f"{NUMBER}/media", **body).json()["error"]["code"] == 131008


@pytest.mark.parametrize(
    "mime_type",
    ["application/zip", "text/html", "image/svg+xml", "image/gif", "text/csv", "application/octet-stream"],
)
def test_a_file_of_a_type_meta_does_not_take_is_refused_in_its_words(
    sandbox: Sandbox, mime_type: str
) -> None:
    # The type beside the file does not help.
    form = {"messaging_product": "whatsapp", "type": "image/png"}
    answer = sandbox.graph("POST", f"{NUMBER}/media", files={"file": ("a", b"x", mime_type)}, data=form)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)
    said = answer.json()["error"]["message"]
    assert said.startswith("(#100) Param file must be a file with one of the following types: audio/aac, ")
    assert said.endswith(f", video/3gpp. Received file of type '{mime_type}'.")


@pytest.mark.parametrize("declared", ["image", "image/png", "video/mp4"])
def test_a_type_that_is_not_the_files_own_is_refused(sandbox: Sandbox, declared: str) -> None:
    form = {"messaging_product": "whatsapp", "type": declared}
    files = {"file": ("a.jpg", b"x", "image/jpeg")}
    error = sandbox.graph("POST", f"{NUMBER}/media", files=files, data=form).json()["error"]
    assert (error["code"], declared in error["message"]) == (100, True)


def test_a_type_with_parameters_is_the_same_type(sandbox: Sandbox) -> None:
    form = {"messaging_product": "whatsapp", "type": "audio/ogg"}
    files = {"file": ("a.ogg", b"OggS", "audio/ogg; codecs=opus")}
    assert sandbox.graph("POST", f"{NUMBER}/media", files=files, data=form).status_code == 200


def test_an_uploaded_picture_can_be_sent_by_its_id(sandbox: Sandbox) -> None:
    sandbox.sent(type="image", image={"id": _upload(sandbox, b"picture"), "caption": "Look"})


def test_the_number_and_the_account_can_be_read(sandbox: Sandbox) -> None:
    number = sandbox.graph("GET", NUMBER).json()
    assert (number["id"], number["quality_rating"]) == (NUMBER, "GREEN")
    assert number["display_phone_number"] == "+1 555-000-1111"
    assert sandbox.graph("GET", f"{NUMBER}?fields=verified_name").json().keys() == {"id", "verified_name"}
    assert sandbox.graph("GET", f"{ACCOUNT}/phone_numbers").json()["data"][0]["id"] == NUMBER


def test_templates_come_in_pages(sandbox: Sandbox) -> None:
    first = sandbox.graph("GET", f"{ACCOUNT}/message_templates?limit=4").json()
    assert len(first["data"]) == 4
    headers = {"Authorization": "Bearer t"}
    rest = sandbox.session.get(first["paging"]["next"], headers=headers, timeout=WAIT_S).json()
    names = [template["name"] for template in first["data"] + rest["data"]]
    assert {"hello_world", "order_update", "season_offer"} <= set(names)
    assert "next" not in rest["paging"]


def test_a_subscription_can_be_made_and_taken_back(sandbox: Sandbox) -> None:
    assert sandbox.graph("DELETE", f"{ACCOUNT}/subscribed_apps").json() == {"success": True}
    assert sandbox.graph("GET", f"{ACCOUNT}/subscribed_apps").json() == {"data": []}
    assert sandbox.graph("POST", f"{ACCOUNT}/subscribed_apps").json() == {"success": True}
    assert len(sandbox.graph("GET", f"{ACCOUNT}/subscribed_apps").json()["data"]) == 1


def test_an_unknown_edge_is_refused_as_the_graph_refuses_it(sandbox: Sandbox) -> None:
    answer = sandbox.graph("GET", f"{ACCOUNT}/nowhere")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 2500)


def test_an_upload_in_chunks_is_taken(sandbox: Sandbox) -> None:
    form = requests.Request(
        "POST",
        "http://x",
        files={"file": ("a.jpg", b"data", "image/jpeg")},
        data={"messaging_product": "whatsapp"},
    ).prepare()
    assert isinstance(form.body, bytes)
    answer = sandbox.graph(
        "POST",
        f"{NUMBER}/media",
        data=iter([form.body[:50], form.body[50:]]),
        headers={"Content-Type": form.headers["Content-Type"]},
    )
    assert answer.status_code == 200, answer.text


def test_chunks_that_are_not_well_formed_are_refused_as_a_bad_request(sandbox: Sandbox) -> None:
    said = b"POST /v26.0/%s/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n" % NUMBER.encode()
    with socket.create_connection(("127.0.0.1", int(sandbox.url.rpartition(":")[2])), timeout=WAIT_S) as sock:
        sock.sendall(said + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n")
        assert sock.recv(4096).startswith(b"HTTP/1.1 400")
