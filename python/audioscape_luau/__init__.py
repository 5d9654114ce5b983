"""Generate, run and contract-test the AudioScape client for Roblox."""
