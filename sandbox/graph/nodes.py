"""GET, POST and DELETE /{version}/{id}: what one id stands for, a number, an account, a template or a file."""

from __future__ import annotations

import falcon

from sandbox.fault_play import FaultPlay
from sandbox.faults import FaultBook
from sandbox.graph.account import Account
from sandbox.graph.errors import unknown_object
from sandbox.graph.media import DOWNLOAD_PATH
from sandbox.graph.templates import chosen, edit
from sandbox.media import MediaStore
from sandbox.templates import TemplateShelf
from sandbox.wire import Gate


class Node:
    """One object of the graph."""

    def __init__(
        self,
        gate: Gate,
        account: Account,
        media: MediaStore,
        shelf: TemplateShelf,
        faults: FaultBook,
        play: FaultPlay,
    ) -> None:
        self._gate = gate
        self._account = account
        self._media = media
        self._shelf = shelf
        self._faults = faults
        self._play = play

    def on_get(self, req: falcon.Request, resp: falcon.Response, version: str, node: str) -> None:
        self._gate.check(req, version)
        fields = req.get_param("fields") or ""
        if node == self._account.business.phone_number_id:
            place, resp.media = "numbers", self._account.number(fields)
        elif node == self._account.business.account_id:
            place, resp.media = "numbers", self._account.account()
        elif (template := self._shelf.by_id(node)) is not None:
            place, resp.media = "templates", chosen(template, fields)
        else:
            place, resp.media = "media_info", self._media_info(req, node)
        fault = self._faults.take(place)
        if fault is not None:
            self._play.act(fault, req, resp)

    def on_post(self, req: falcon.Request, resp: falcon.Response, version: str, node: str) -> None:
        """A template is edited; nothing else takes a POST."""
        self._gate.check(req, version)
        template = self._shelf.by_id(node)
        if template is None:
            raise unknown_object(node)
        resp.media = edit(self._shelf, template, req)

    def on_delete(self, req: falcon.Request, resp: falcon.Response, version: str, node: str) -> None:
        self._gate.check(req, version)
        self._check_owner(req, node)
        self._media.remove(node)
        resp.media = {"success": True}

    def _media_info(self, req: falcon.Request, node: str) -> dict[str, object]:
        media = self._media.get(node)
        self._check_owner(req, node)
        return media.info(f"{req.prefix}{DOWNLOAD_PATH}?{self._media.url_query(node)}")

    def _check_owner(self, req: falcon.Request, node: str) -> None:
        owner = req.get_param("phone_number_id")
        if owner and owner != self._account.business.phone_number_id:
            raise unknown_object(node)
