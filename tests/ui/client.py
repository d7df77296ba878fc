"""One tab of a browser without the browser: it speaks the page's WebSocket protocol."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from eodash.bench.serve import Served
from eodash.ui.routes import COOKIE

OVER = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
FAILED = ForwardMsg.FINISHED_WITH_COMPILE_ERROR


@dataclass
class Shown:
    """What one run of the script sent."""

    raw: list[bytes] = field(default_factory=list)
    messages: list[ForwardMsg] = field(default_factory=list)

    def __contains__(self, text: str) -> bool:
        return any(text.encode() in message for message in self.raw)

    @property
    def painted(self) -> list[bytes]:
        """What can reach the screen: all but Streamlit's greeting, which tells the page where its script lies."""
        pairs = zip(self.raw, self.messages, strict=True)
        return [raw for raw, message in pairs if message.WhichOneof("type") != "new_session"]

    @property
    def session(self) -> str:
        return next(m.new_session.initialize.session_id for m in self.messages if m.WhichOneof("type") == "new_session")

    def widget(self, key: str) -> str:
        """The identity of the widget with that key."""
        elements = (m.delta.new_element for m in self.messages if m.WhichOneof("type") == "delta")
        kinds = ((element, element.WhichOneof("type")) for element in elements)
        found = [getattr(getattr(element, kind), "id", "") for element, kind in kinds if kind]
        return next(identity for identity in found if identity.endswith(f"-{key}"))


@dataclass
class Client:
    """A connected tab: its address, and what its widgets hold (identity → `string_value`, …)."""

    socket: ClientConnection
    page: str = ""
    query: str = ""
    values: dict[str, dict[str, Any]] = field(default_factory=dict)

    def send(self, press: str = "") -> None:
        """Ask for a run, with a button pressed."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name = self.query, self.page
        for identity, value in self.values.items():
            state.widget_states.widgets.append(WidgetState(id=identity, **value))
        if press:
            state.widget_states.widgets.append(WidgetState(id=press, trigger_value=True))
        self.socket.send(message.SerializeToString())

    def shown(self) -> Shown:
        """Everything up to the end of a run; the address follows the script."""
        here = Shown()
        while True:
            raw = self.socket.recv(timeout=30)
            assert isinstance(raw, bytes)
            message = ForwardMsg.FromString(raw)
            here.raw.append(raw)
            here.messages.append(message)
            kind = message.WhichOneof("type")
            if kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "navigation":
                names = {page.page_script_hash: page for page in message.navigation.app_pages}
                current = names.get(message.navigation.page_script_hash)
                self.page = current.url_pathname if current and not current.is_default else ""
            elif kind == "script_finished":
                assert message.script_finished != FAILED
                if message.script_finished in OVER:
                    return here

    def open(self, page: str = "", query: str = "", press: str = "") -> Shown:
        self.page, self.query = page, query
        self.send(press)
        return self.shown()

    def press(self, identity: str) -> Shown:
        self.send(identity)
        return self.shown()


@contextmanager
def client(app: Served, cookie: str = "", session: str = "", **options: Any) -> Iterator[Client]:
    """A tab of the browser with that cookie, in a session of its own or a given one."""
    protocols = [Subprotocol("streamlit")] + ([Subprotocol("none"), Subprotocol(session)] if session else [])
    headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
    settings: dict[str, Any] = {"origin": Origin(app.url), "additional_headers": headers, "max_size": None} | options
    with connect(stream(app), subprotocols=protocols, open_timeout=20, close_timeout=5, **settings) as socket:
        yield Client(socket)


def stream(app: Served) -> str:
    return f"ws{app.url.removeprefix('http')}/_stcore/stream"
