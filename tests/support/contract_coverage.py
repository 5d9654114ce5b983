"""`--contract-coverage`: what of the contract the tests saw the client handle; what they never did fails by name."""

from __future__ import annotations

from typing import Any

import pytest

from audioscape_luau.contract.coverage import declared
from audioscape_luau.openapi import ApiModel

_KEY = "contract_coverage"

seen: set[str] = set()
"""What the tests of this process saw so far."""


class ContractCoverage:
    """The plugin, one in each worker and one in the process that starts them."""

    def __init__(self, model: ApiModel) -> None:
        self.declared = declared(model)

    def missing(self) -> list[str]:
        """Return what is declared and was never seen."""
        return [name for name in self.declared if name not in seen]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_KEY] = sorted(seen)
        elif self.missing() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        seen.update(getattr(node, "workeroutput", {}).get(_KEY, ()))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        missing = self.missing()
        terminalreporter.section("Contract coverage")
        terminalreporter.write_line(f"{len(self.declared) - len(missing)} of {len(self.declared)} declared things seen")
        for name in missing:
            terminalreporter.write_line(f"never exercised: {name}", red=True)
