"""The web site as the people of a cast use it: a signed-in client for each post, forms opened and sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.test import Client
from tests.cast import Cast

from lianxin.orders.models import Order, Share

REPLY = {
    "measures": "已派维修人员到场检修换热站阀门。",
    "progress": "检修完毕",
    "result": "室温恢复到 19℃，诉求人认可。",
    "answers": ["已检修，室温 19℃。"],
    "solve_code": "solved",
}
INTAKE = {
    "channel": "phone",
    "source": "county",
    "cls": "help",
    "title": "柳岸花园 3 号楼暖气不热",
    "text": "来电人反映家中室温只有 14℃，请求检修。",
    "requests": ["检修暖气，室温达到 18℃ 以上", ""],
    "caller_name": "刘素芬",
    "caller_phone": "13900002086",
    "urgency": "normal",
    "category": "居民生活 › 供暖",
    "area": "大店镇",
    "told": "已告知诉求人由承办单位办理，并将回访。",
}


@dataclass
class Site:
    """The web site as the people of a cast use it."""

    cast: Cast
    clients: dict[str, Client] = field(default_factory=dict)

    def at(self, who: str) -> Client:
        """The browser of `agent`, `clerk@heat` or, with `:b`, of the post's B holder."""
        if who not in self.clients:
            self.clients[who] = Client()
            self.clients[who].force_login(self.cast.staff[who])
        return self.clients[who]

    def get(self, who: str, path: str, **more: Any) -> Any:
        return self.at(who).get(path, **more)

    def register(self, who: str = "agent", **changes: Any) -> Any:
        return self.at(who).post("/register/", INTAKE | changes)

    def order(self, **changes: Any) -> Order:
        """An order that was registered on the page."""
        assert self.register(**changes).status_code == 302
        return Order.objects.filter(centre=self.cast.centre).latest("pk")

    def do(self, who: str, order: Order, action: str, **typed: Any) -> Any:
        """Open the form of a verb, fill it in, send it."""
        path = f"/orders/{order.number}/{action}/"
        share = f"?share={typed.pop('share')}" if "share" in typed else ""
        if action != "share.signed":
            page = self.get(who, path + share)
            assert page.status_code == 200, said(page)
            key = re.search(r'name="key" value="([0-9a-f]{32})"', page.content.decode())
            assert key
            typed.setdefault("key", key[1])
        return self.at(who).post(path + share, typed)

    def done(self, who: str, order: Order, action: str, **typed: Any) -> Order:
        """The same, and it was taken."""
        answer = self.do(who, order, action, **typed)
        assert answer.status_code == 302, said(answer)
        order.refresh_from_db()
        return order

    def dispatched(self, unit: str = "heat", **changes: Any) -> Order:
        order = self.order(**changes)
        name = self.cast.units[unit].name
        return self.done("dispatcher", order, "order.dispatched", shares_unit=[name], shares_role=["lead"], basis="law")


def said(answer: HttpResponse) -> str:
    """The sentences of refusal on a page, for a test that fails."""
    text = answer.content.decode()
    return f"{answer.status_code} " + " ".join(re.findall(r"lx-(?:refusal|err-msg)[^>]*>.*?</p>", text, re.S))[:600]


def share_of(order: Order, state: str = "") -> Share:
    """The last share of an order."""
    shares = Share.objects.filter(order=order)
    return (shares.filter(state=state) if state else shares).latest("pk")
