"""How fast Lianxin is, as ratios to limits that are measured in the same run: `script/bench [name…]`.

Each module of `ROWS` measures one row of docs/performance.md and hands back `Measured` lines.  Everything runs on a
durable PostgreSQL of its own in a temporary folder, with the settings and the web server of `lianxin up`.
"""

#: name on the command line -> module
ROWS = {
    "registration": "bench.registration",
    "state-change": "bench.state_change",
    "shift-change": "bench.shift_change",
    "batch-intake": "bench.batch_intake",
    "clock-sweep": "bench.clock_sweep",
    "weekly-figures": "bench.weekly_figures",
    "weekly-docx": "bench.weekly_docx",
    "slow-clients": "bench.slow_clients",
    "sights": "bench.sights",
    "digest": "bench.digest",
    "catalogue": "bench.catalogue",
    "knowledge": "bench.knowledge",
    "pages": "bench.pages",
    "test-items": "bench.test_items",
    "engines": "bench.engines",
    "lake": "bench.lake",
}
