"""MessagingService: what servers of a game tell one another."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from roblox_double.cloud.calls import CloudError, text_of
from roblox_double.cloud.meter import Meter

if TYPE_CHECKING:
    from roblox_double.cloud import Cloud
    from roblox_double.cloud.calls import Call
    from roblox_double.peer import Peer
    from roblox_double.vm import LuauValue

_LONGEST = 1024
_SUBSCRIBES = 240
type Plan = Callable[[Message, Peer], Iterable[float]]


@dataclass(frozen=True, slots=True)
class Message:
    """Something that was published."""

    topic: str
    text: str
    """The data as JSON."""
    time: float
    """Virtual seconds."""
    sender: Peer | None
    """The server that published it; None for the test."""

    @property
    def data(self) -> Any:
        """What was published."""
        return json.loads(self.text)


class Messages:
    """What was published, and who listens."""

    methods = frozenset({"PublishAsync", "SubscribeAsync"})
    failure = "MessagingService is unavailable"

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._topics: defaultdict[Peer, Counter[str]] = defaultdict(Counter)
        self._counts: Counter[str] = Counter()
        self._sent: dict[Peer, Meter] = defaultdict(Meter)
        self._subscribed: dict[Peer, Meter] = defaultdict(Meter)
        self._received: dict[str, Meter] = defaultdict(Meter)
        self._all_received = Meter()
        self.published: list[Message] = []
        """Every message, in order, with those that were lost on their way."""
        self.plan: Plan | None = None
        """Says after how many seconds a message reaches a server: no number if it is lost, two if it comes twice, a
        greater one if another is to overtake it. What the setting `messaging` says, without one."""

    def publish(self, topic: str, data: Any) -> None:
        """Publish a message from outside, as Open Cloud does."""
        self._send(None, topic, json.dumps(data))

    def topics(self, server: Peer) -> set[str]:
        """Return what a server listens to."""
        return {topic for topic, count in self._topics[server].items() if count > 0}

    # What the cloud asks

    def seconds(self) -> float:
        """Return how long an answer takes."""
        return self._cloud.settings.messaging_publish_seconds

    def answer(self, call: Call, operation: str, *arguments: LuauValue) -> list[LuauValue]:
        """Publish, subscribe, or end a subscription."""
        server, topic = call.peer, text_of(arguments[0])
        if not server.identity["placeId"] and operation != "unsubscribe":
            if self._cloud.settings.messaging_unpublished == "raise":
                raise CloudError(f"{call.method}: the place is not published")
            raise CloudError("", seconds=math.inf)
        if operation == "publish":
            return self._publish(server, topic, text_of(arguments[1]))
        if operation == "unsubscribe":
            self._topics[server][topic] -= 1
            return []
        players = self._cloud.players(server)
        if sum(self._topics[server].values()) >= 20 + 8 * players:
            raise CloudError("SubscribeAsync: the server has too many subscriptions")
        if self._subscribed[server].used(self._cloud.now) >= _SUBSCRIBES:
            raise CloudError("SubscribeAsync: too many requests")
        self._subscribed[server].add(self._cloud.now, 1)
        self._topics[server][topic] += 1
        return []

    def _publish(self, server: Peer, topic: str, text: str) -> list[LuauValue]:
        if len(text.encode()) > _LONGEST:
            raise CloudError("PublishAsync: the message is longer than 1 kB", seconds=0.0)
        meter = self._sent[server]
        if meter.used(self._cloud.now) >= 600 + 240 * self._cloud.players(server):
            raise CloudError("PublishAsync: too many messages")
        meter.add(self._cloud.now, 1)
        self._send(server, topic, text)
        return []

    def _send(self, sender: Peer | None, topic: str, text: str) -> None:
        """Hand a message to all who listen, the sender among them."""
        message = Message(topic, text, self._cloud.now, sender)
        self.published.append(message)
        self._counts[topic] += 1
        for server in self._cloud.servers:
            if server is sender and not self._cloud.settings.messaging_echo:
                continue
            if self._topics[server][topic] > 0:
                for delay in self._delays(message, server):
                    server.hear(self._cloud.now + delay, topic, text, self._cloud.unix)

    def _delays(self, message: Message, server: Peer) -> Iterable[float]:
        servers, now = self._cloud.server_count, self._cloud.now
        topic = self._received[message.topic]
        if topic.used(now) >= 40 + 80 * servers or self._all_received.used(now) >= 400 + 200 * servers:
            return ()
        topic.add(now, 1)
        self._all_received.add(now, 1)
        if self.plan:
            return self.plan(message, server)
        settings = self._cloud.settings
        usual = settings.messaging_seconds
        every_second = self._counts[message.topic] % 2 == 0
        if settings.messaging == "arrive" or not every_second:
            return (usual,)
        return {"lost": (), "twice": (usual, usual), "late": (usual * 3,)}[cast(str, settings.messaging)]
