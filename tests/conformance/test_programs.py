"""Random models mean the same natively and in the kernel: successors in order, cuts, faults, properties."""

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from quorate.errors import LoadError

# Each example compiles a model; a shrunken one would be no easier to read than its text, which the failure shows.
SETTINGS = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def check(text, probe, folder, most):
    model = probe.load(text, folder)()
    try:
        kernel = probe.Probe(model)
    except LoadError as refused:
        # seldom: what a random helper returns has no type, a random loop no bound
        if refused.diagnostics:
            return
        raise
    note(text)
    probe.agree(kernel, most)


@settings(max_examples=25, **SETTINGS)
@given(data=st.data())
def test_random_models(data, probe, programs, folder):
    check(data.draw(programs.models), probe, folder, most=15)


@pytest.mark.full
@settings(max_examples=400, **SETTINGS)
@given(data=st.data())
def test_many_random_models(data, probe, programs, folder):
    check(data.draw(programs.models), probe, folder, most=60)
