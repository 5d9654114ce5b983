"""The fixtures of the plugin, in a repository that has nothing but them."""

from __future__ import annotations

import pytest


def test_the_scripts_of_a_game_run_against_the_api(repository: pytest.Pytester) -> None:
    repository.makepyfile(
        """
        def test_similar(roblox, audioscape_api):
            found, text = roblox.server.run(
                '''
                local HttpService = game:GetService("HttpService")
                local AudioScapeClient = require("./AudioScapeClient")
                local client = AudioScapeClient.new(HttpService:GetSecret("AudioScapeKey"))
                local result = client:similar(..., { limit = 3 })
                return #result.tracks, require("./greeting").of("Ann")
                ''',
                audioscape_api.catalogue.entries[0].asset_id,
            )
            assert found == 3
            assert text == "Hello, Ann!"
            assert len(audioscape_api.requests) == 1
        """
    )
    repository.runpytest().assert_outcomes(passed=1)
