"""The facts about the engine that nobody publishes, each with the answer a universe assumes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One field per unknown or switchable fact. A client has to be right whichever way each of them goes."""

    signal_behavior: Literal["immediate", "deferred"] = "immediate"
    """`Workspace.SignalBehavior`: immediate is today's default, deferred what Studio's templates set."""
    handler_order: Literal["last_first", "first_first"] = "last_first"
    """Order in which the handlers of one event run. Documented as unpredictable; last first was observed."""
    event_reentrancy_limit: int = 10
    """Events that fire one another are cut off at this depth (documented)."""
    defer_reentrancy_limit: int = 80
    """Depth at which a chain of `task.defer` is refused; the number is not documented."""
    require_cycle: Literal["error", "hang"] = "error"
    """What modules that require each other meet: the documentation says both."""
    network_latency: float = 0.05
    """Seconds that anything sent between server and client takes."""
    remote_order: Literal["in_order", "remotes_first"] = "in_order"
    """Whether a remote event keeps its place among the changes of properties made before it; not guaranteed."""
    remote_queue_limit: int = 256
    """Remote events kept while nobody listens; the number is not documented."""
    remote_queue_warning: Literal["discarded", "exhausted"] = "discarded"
    """What is said of events past that number: the documented words, or those that logs of games show."""
    remote_function_early: Literal["wait", "error"] = "wait"
    """What a call of a RemoteFunction meets that has no callback yet: waiting was seen, nothing is documented."""
    remote_depth_limit: float = math.inf
    """Tables within tables that a remote takes; whether there is a limit is not documented."""
    remote_rate: int = 500
    """Remote events of one class that a client may send in a second; documented as about 500."""
    remote_over_rate: Literal["drop", "queue"] = "drop"
    """What becomes of a client's events past that rate; not documented."""
    unreliable_events: Literal["arrive", "lost", "late"] = "arrive"
    """What becomes of every second event of an UnreliableRemoteEvent: order and arrival are not guaranteed."""
    character_load_seconds: float = 0.2
    """Seconds from a player's joining, or LoadCharacterAsync, until their character is there; not documented."""
    gui_inset: int = 36
    """Height in pixels of Roblox's own bar at the top of the screen; it has changed with the bar."""
    topbar_left: int = 164
    """Pixels at the left of that bar that Roblox's own buttons take; every version has its own."""
    viewport_width: int = 1280
    """Width in pixels of the players' screens: every device has its own."""
    viewport_height: int = 720
    """Height in pixels of the players' screens."""
    animation_seconds: float = 1.0
    """Length of every animation; only its asset says, which nobody loads here."""
    client_clock_skew: float = 0.0
    """Seconds by which the clients' own wall clocks are ahead of the server's."""
    server_time_skew: float = 0.0
    """Seconds by which this place's `GetServerTimeNow` is ahead of `os.time`."""

    # HttpService

    http_limit: int = 500
    """Requests a minute that one server may send (documented)."""
    http_open_cloud_limit: int = 2500
    """Requests a minute that one server may send to Open Cloud (documented)."""
    http_limit_mode: Literal["throw", "stall"] = "throw"
    """What a request past the limit meets: an error at once, or one after 30 seconds."""
    http_window: Literal["sliding", "fixed"] = "sliding"
    """Whether the limit counts the last 60 seconds or the running minute."""
    http_slots: int = 16
    """Requests that are under way at the same time; further callers wait. Three in Studio, else not published."""
    http_timeout: float = 60.0
    """Seconds after which a request without an answer fails. Not published; infinity for never."""
    http_bad_timeout: Literal["raise", "clamp"] = "raise"
    """What a `Timeout` that is not an integer from 1 to the built-in one meets."""
    http_empty_body: Literal["raise", "ignore"] = "raise"
    """Whether an empty `Body` counts as one that a GET or HEAD must not have."""
    http_header_numbers: Literal["text", "raise"] = "raise"
    """Whether numbers in `Headers` become text."""
    http_redirects: int = 10
    """Redirects that are followed before `HttpError: TooManyRedirects`; 0 hands the first one back."""
    http_status_message: Literal["phrase", "empty"] = "phrase"
    """`StatusMessage` of a reply: HTTP/2 has no reason phrases."""
    http_error_names: Literal["items", "unknown"] = "items"
    """Texts of the rarer `HttpError`s: the names of Enum.HttpError, or all of them `HttpError: Unknown`."""
    http_enabled_reads: Literal["right", "false"] = "right"
    """Whether scripts read `HttpEnabled` right: on live servers it was found unreliable."""
    http_post_limit: Literal["post", "all"] = "post"
    """Whether the limit of 1024 KB for a body counts for `RequestAsync`, too."""
    url_encode_unreserved: bool = True
    """Whether `UrlEncode` encodes `-`, `_` and `~`, too."""
    http_wrong_domain: str = "HttpError: Unknown"
    """The error for a secret in a request to a domain that is not its own."""

    # JSON

    json_scalars: bool = True
    """Whether JSONDecode takes a document that is neither an object nor an array."""
    json_duplicate_keys: Literal["last", "first", "refuse"] = "last"
    """Which one of several equal keys counts."""
    json_trailing_commas: bool = False
    """Whether a comma may precede a closing bracket."""
    json_nan_tokens: bool = False
    """Whether JSONDecode takes `NaN`, `Infinity` and `-Infinity`."""
    json_overflow: Literal["infinity", "refuse"] = "infinity"
    """What becomes of a number that no double holds, such as 1e999."""
    json_max_depth: int = 1000
    """Nesting that JSONDecode and JSONEncode take, at most 5000."""
    json_invalid_utf8: Literal["keep", "refuse"] = "keep"
    """What JSONDecode does with a document that is not UTF-8."""
    json_lone_surrogates: Literal["refuse", "keep"] = "refuse"
    """What JSONDecode does with half a pair of `\\u` escapes."""
    json_nonfinite: Literal["raise", "token", "null"] = "raise"
    """What JSONEncode makes of NaN and infinities: sources disagree, and none of it is wanted."""
    json_repeated_tables: Literal["allow", "raise"] = "allow"
    """Whether JSONEncode takes a table that occurs twice without containing itself."""
    json_escape_slash: bool = False
    """Whether JSONEncode writes `/` as `\\/`."""
    json_number_digits: Literal["shortest", "17"] = "shortest"
    """Digits of a number that is not whole."""
    json_other_keys: Literal["text", "drop", "raise"] = "text"
    """Keys of an object that are numbers; keys of other types are dropped unless this is `raise`."""
    json_foreign_values: Literal["null", "raise"] = "null"
    """What JSONEncode makes of functions, Instances and the like."""

    # EncodingService

    decompress_error: str = "Failed to decompress buffer"
    """The error for what is not compressed; its words are not documented."""
    base64_error: str = "Failed to decode buffer"
    """The error for what is no Base64; its words are not documented."""

    # DataStoreService

    data_store_seconds: float = 0.1
    """Seconds that a request takes; infinity for never. Not published."""
    data_store_start_budget: int = 0
    """Requests of each type that a new server may send besides those of a minute; their number is not published."""

    # MarketplaceService, BadgeService, PolicyService, TextService

    web_service_seconds: float = 0.1
    """Seconds that a call takes; infinity for never. Not published."""

    # MemoryStoreService

    memory_store_seconds: float = 0.1
    """Seconds that a request takes; infinity for never. Not published."""
    memory_store_errors: Literal["names", "codes"] = "names"
    """Texts of errors: those with the documented names, or the older ones with `Code: N`."""
    memory_store_window: Literal["sliding", "fixed"] = "sliding"
    """Whether limits count the last 60 seconds or the running minute."""
    memory_store_throttle_seconds: float = 5.0
    """Seconds for which a server refuses all requests itself, by RequestThrottled, once one has exceeded a limit."""
    memory_store_refused_costs: bool = False
    """Whether a request that exceeds a limit counts towards it all the same."""
    memory_store_partition_limit: float = 50_000
    """Request units a minute for one sorted map, one queue, or one key of a hash map. Said to fluctuate."""
    memory_store_structure_limit: float = 100_000
    """Request units a minute for one sorted map or queue (documented in one place, not in another)."""
    memory_store_item_limit: int = 1_000_000
    """Items of one sorted map or queue (documented)."""
    memory_store_structure_bytes: int = 100 * 1024 * 1024
    """Bytes of one sorted map or queue (documented)."""
    memory_store_throttle_prolongs: bool = False
    """Whether what it refuses meanwhile makes these seconds begin anew."""
    memory_store_overhead: int = 0
    """Bytes that an item takes besides its key and its value."""
    memory_store_partitions: int = 1
    """Partitions that ListItemsAsync scans, each of which costs a unit."""
    memory_store_size_cost: int = 1
    """Request units of GetSizeAsync."""
    memory_store_sorted_update_cost: int = 2
    """Request units of UpdateAsync on a sorted map."""
    memory_store_retry_costs: bool = True
    """Whether each repetition of UpdateAsync after a conflict costs a unit more."""
    memory_store_update_retries: int = 3
    """How often UpdateAsync tries again before it raises."""
    memory_store_transform_yields: Literal["allow", "raise"] = "allow"
    """Whether the function that is given to UpdateAsync may yield."""
    memory_store_expiry_delay: float = 0.0
    """Seconds for which an item is still there after it has expired."""
    memory_store_empty_read: Literal["list", "nil", "raise"] = "list"
    """What ReadAsync returns of a queue that stays empty, instead of the values; or it raises NoItemFound."""
    memory_store_sorted_update_missing: Literal["create", "raise"] = "create"
    """Whether UpdateAsync of a sorted map makes an item that is not there, or raises NoItemFound."""
    memory_store_studio_access: Literal["granted", "denied"] = "granted"
    """Whether Studio may use it: data stores need a setting of the game for that."""
    memory_store_counters: bool = True
    """Whether the engine has GetDistributedCounter: it is newer than its documentation."""

    # MessagingService

    messaging: Literal["arrive", "lost", "twice", "late"] = "arrive"
    """What becomes of every second message of a topic: delivery is best effort."""
    messaging_echo: bool = True
    """Whether a server hears what it publishes itself."""
    messaging_unpublished: Literal["raise", "silent"] = "raise"
    """What the methods do in a place that is not published: raise, or never come back."""
    messaging_seconds: float = 1.0
    """Seconds until a message is heard; usually one or two (documented)."""
    messaging_publish_seconds: float = 0.1
    """Seconds that publishing and subscribing take; infinity for never. Not published."""

    # Audio

    asset_duration: float = 180.0
    """Seconds that an audio asset lasts which nobody has described."""
    asset_load: Literal["loads", "fails", "never"] = "loads"
    """What becomes of an attempt to load an asset about which nobody has said so."""
    asset_load_seconds: float = 0.5
    """Seconds that loading takes; peers load at different times."""
    audio_server: Literal["hears", "deaf"] = "hears"
    """Whether a server loads audio: a deaf one knows no length, does not advance and sees no end."""
    audio_server_length: float = 1.0
    """The `TimeLength` that a server reads, as a multiple of the truth; 0 was seen on live servers."""
    audio_server_ended: Literal["once", "never", "late", "twice", "stale"] = "once"
    """How a server learns of the end; `stale`: at once, and again for the same content after the next Play."""
    audio_ended_delay: float = 3.0
    """Seconds by which a late `Ended` is late."""
    audio_position_after_end: Literal["start", "end"] = "start"
    """`TimePosition` once the content has been played to its end."""
    audio_position_replicates: Literal["always", "changed"] = "always"
    """Whether clients are told of a `TimePosition` that a server sets to what it is there already."""
    audio_content_change: Literal["restarts", "stops", "continues"] = "restarts"
    """What new content does to a Sound or an AudioPlayer that plays."""
    audio_content_change_event: Literal["none", "Stopped", "Ended"] = "none"
    """The event with which it does so; an AudioPlayer has no `Stopped`."""
    audio_late_joiner: Literal["position", "start", "silent"] = "position"
    """What a client that joins hears of what plays already."""
    audio_outside_game: Literal["plays", "silent"] = "silent"
    """Whether a Sound or an AudioPlayer advances, and ends, outside the DataModel."""
    audio_player_server_end: Literal["own", "shared"] = "own"
    """Whether an AudioPlayer that ends on the server stops on clients that have not come to the end yet."""
    audio_player_ready_seconds: float = math.inf
    """Seconds after which an idle AudioPlayer loses what it has loaded, as it may where memory is short."""
    respect_filtering_enabled: bool = True
    """The default of `SoundService.RespectFilteringEnabled`: documentation and API dump disagree."""
    sound_play_before_load: Literal["waits", "lost"] = "waits"
    """What `Sound:Play` does while the content has not been loaded."""
    sound_play_position: Literal["last_set", "zero"] = "last_set"
    """Where `Sound:Play` begins: the `TimePosition` that a script has set last, or 0. The documentation says both."""
    sound_playing_events: bool = False
    """Whether a change of `Playing`, by a script or from another peer, fires the events of the methods, too."""
    sound_stopped_at_end: Literal["no", "before", "after"] = "no"
    """Whether `Stopped` fires at the end of the content, and on which side of `Ended`."""
    preload_server: Literal["loads", "fails", "hangs"] = "loads"
    """What `PreloadAsync` does on a server."""
    preload_strings: bool = True
    """Whether `PreloadAsync` loads audio whose content id it is given as text, not as an Instance."""
    preload_timeout: float = 60.0
    """Seconds after which `PreloadAsync` gives an asset up; infinity for never."""
    metadata_seconds: float = 0.2
    """Seconds that `GetAudioMetadataAsync` takes."""
    metadata_error: str = ""
    """The error that it raises, if it does: its rate limit is not published."""
