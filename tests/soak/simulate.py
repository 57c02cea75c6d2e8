"""The simulator as a process of its own, told on standard input what it is."""

from __future__ import annotations

import json
import sys

from sms.simulator import SimulatorConfig
from sms.simulator.app import run

if __name__ == "__main__":
    given = json.load(sys.stdin)
    port = given.pop("port")
    run(SimulatorConfig(**given), port=port)
