"""A built-in imitation of the Business Central customer payment API, over real HTTP.

Imports nothing from the rest of the project, so that it is an independent witness.
"""

from importer.simulator.auth import DEFAULT_TOKEN
from importer.simulator.context import Behaviour
from importer.simulator.faults import Fault, FaultPlan
from importer.simulator.fixture_source import FixtureError
from importer.simulator.limits import QUEUE_ONLY, Limits
from importer.simulator.simulator import CompanyView, Simulator, serve

__all__ = [
    "DEFAULT_TOKEN",
    "QUEUE_ONLY",
    "Behaviour",
    "CompanyView",
    "Fault",
    "FaultPlan",
    "FixtureError",
    "Limits",
    "Simulator",
    "serve",
]
