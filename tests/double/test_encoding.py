"""EncodingService: what it packs, another machine unpacks."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from roblox_double import LuauError, Settings, Universe

_HEAD = """
local service, zstd = game:GetService("EncodingService"), Enum.CompressionAlgorithm.Zstd
local function pack(text, level)
	return service:CompressBuffer(buffer.fromstring(text), zstd, level)
end
local function unpack(packed)
	return buffer.tostring(service:DecompressBuffer(packed, zstd))
end
"""


def run(universe: Universe, source: str) -> list[Any]:
    return list(universe.server().run(_HEAD + source))


@pytest.mark.fact("encoding.zstd")
def test_what_is_packed_is_unpacked(universe: Universe) -> None:
    texts = "'', 'a', 'h\\xf6\\0\\xff', string.rep('hello ', 5000)"
    source = f"for _, text in {{ {texts} }} do assert(unpack(pack(text)) == text) end return #{{ {texts} }}"
    assert run(universe, source) == [4]


@pytest.mark.fact("encoding.zstd")
def test_it_is_much_shorter_if_it_repeats_itself(universe: Universe) -> None:
    assert run(universe, "return buffer.len(pack(string.rep('hello ', 5000))) < 100") == [True]


@pytest.mark.fact("encoding.zstd")
def test_levels(universe: Universe) -> None:
    source = """
    local words = {}
    for number = 1, 3000 do
        words[number] = `word{number * number % 977}, `
    end
    local text = table.concat(words)
    local function size(level)
        return buffer.len(pack(text, level))
    end
    return size(), size(1), size(22), size(-7), unpack(pack(text, -7)) == text
    """
    usual, first, best, quick, same = run(universe, source)
    assert best < first == usual < quick
    assert same is True


@pytest.mark.fact("encoding.zstd")
def test_a_client_has_it_and_what_crosses_arrives(universe: Universe) -> None:
    server, client = universe.server(), universe.client("Ann")
    server.run(
        _HEAD
        + """
        local remote = Instance.new("RemoteFunction")
        remote.Name = "Packed"
        remote.OnServerInvoke = function(_, text) return pack(text) end
        remote.Parent = game:GetService("ReplicatedStorage")
        """
    )
    universe.advance(1)
    source = "return unpack(game.ReplicatedStorage.Packed:InvokeServer('hello'))"
    assert client.run(_HEAD + source, parent="ReplicatedStorage") == ["hello"]


@pytest.mark.fact("encoding.error")
@pytest.mark.parametrize("said", ["Failed to decompress buffer", "no"])
def test_what_is_not_packed_raises(said: str) -> None:
    with Universe(settings=Settings(decompress_error=said)) as universe, pytest.raises(LuauError) as caught:
        run(universe, "service:DecompressBuffer(buffer.fromstring('no such thing'), zstd)")
    assert caught.value.message.splitlines()[0].endswith(said)


@pytest.mark.fact("encoding.hash")
@pytest.mark.parametrize("name", ["Blake2b", "Md5", "Sha1", "Sha256"])
def test_hashes_are_bytes(universe: Universe, name: str) -> None:
    source = f"""
    local algorithm = Enum.HashAlgorithm.{name}
    local bytes = service:ComputeStringHash('some text', algorithm)
    local same = buffer.tostring(service:ComputeBufferHash(buffer.fromstring('some text'), algorithm)) == bytes
    return (bytes:gsub('.', function(byte) return string.format('%02x', byte:byte()) end)), same
    """
    assert run(universe, source) == [hashlib.new(name.lower(), b"some text").hexdigest(), True]


@pytest.mark.fact("encoding.base64")
def test_what_is_written_in_base64_is_read_again(universe: Universe) -> None:
    source = """
    local written = service:Base64Encode(buffer.fromstring('h\\xf6\\0'))
    return buffer.tostring(written), buffer.tostring(service:Base64Decode(written)) == 'h\\xf6\\0'
    """
    assert run(universe, source) == ["aPYA", True]


@pytest.mark.fact("encoding.base64_error")
@pytest.mark.parametrize("said", ["Failed to decode buffer", "no"])
def test_what_is_no_base64_raises(said: str) -> None:
    with Universe(settings=Settings(base64_error=said)) as universe, pytest.raises(LuauError) as caught:
        run(universe, "service:Base64Decode(buffer.fromstring('!'))")
    assert caught.value.message.splitlines()[0].endswith(said)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("CompressBuffer('text', zstd)", "Unable to cast string to buffer"),
        ("CompressBuffer(nil, zstd)", "Argument 1 missing or nil"),
        ("CompressBuffer(buffer.create(1))", "Argument 2 missing or nil"),
        ("CompressBuffer(buffer.create(1), zstd, 23)", "not modelled: a compressionLevel outside -7 to 22"),
        ("CompressBuffer(buffer.create(1), zstd, -8)", "not modelled: a compressionLevel outside -7 to 22"),
        ("CompressBuffer(buffer.create(1), 'Zip')", "not modelled: a CompressionAlgorithm other than Zstd"),
        ("ComputeStringHash('a', Enum.HashAlgorithm.Blake3)", "not modelled: a HashAlgorithm other than Blake2b, Md5"),
        ("DecompressBuffer(buffer.create(1), 5)", "not modelled: a CompressionAlgorithm other than Zstd"),
    ],
)
def test_wrong_arguments(universe: Universe, call: str, said: str) -> None:
    with pytest.raises(LuauError) as caught:
        run(universe, f"service:{call}")
    assert said in caught.value.message
