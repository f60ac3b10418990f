"""A variable called `read` once hid the method by which a model reads its state, and every access recursed for ever."""

import pytest

from quorate import Int, Model, Param, action
from quorate.errors import LoadError


class Reading(Model):
    read = Int(0, 1, init=0)
    write = Int(0, 1, init=0)

    @action()
    def turn(self):
        self.read = 1 - self.read
        self.write = self.read


def test_any_name_that_is_not_public_can_be_declared():
    model = Reading()
    [start] = model.initial_states()
    [step] = model.successors(start)
    assert (step.state.read, step.state.write) == (1, 1)


@pytest.mark.parametrize("name", ["successors", "properties", "types", "parameters", "at"])
def test_a_name_that_every_model_has_is_refused(name):
    clashing = type("Clashing", (Model,), {name: Int(0, 1, init=0)})
    with pytest.raises(LoadError, match=name):
        clashing()


def test_properties_that_are_none_and_initial_values_that_do_not_fit_are_refused():
    listed = type("Listed", (Reading,), {"properties": [{1}]})
    with pytest.raises(LoadError, match="no property"):
        listed().model_properties()
    alone = type("Alone", (Reading,), {"properties": "agreement"})
    with pytest.raises(LoadError, match="no property"):
        alone().model_properties()
    nameless = type("Nameless", (Reading,), {"read": Int(0, Param(3), init=0)})
    with pytest.raises(LoadError):
        nameless()
    unfit = type("Unfit", (Reading,), {"read": Int(0, 1, init=7)})
    with pytest.raises(LoadError, match="read"):
        unfit().initial_states()


@pytest.mark.parametrize("name", ["at", "lookup"])
def test_a_helper_that_would_hide_what_every_model_has_is_refused(name):
    clashing = type("Clashing", (Reading,), {name: lambda self, i: i})
    with pytest.raises(LoadError, match=name):
        clashing()


def test_a_model_has_no_init_method_of_its_own():
    with pytest.raises(LoadError, match="__init__"):
        type("Made", (Reading,), {"__init__": lambda self, i: None})
