"""A stand-in for Kavenegar, the telephone exchange, the identity verifier and citizens' phones.

A process of its own that shares no code with the application: the two meet over HTTP only.
"""

from sms.simulator.app import create_app, run
from sms.simulator.config import SimulatorConfig

__all__ = ["SimulatorConfig", "create_app", "run"]
