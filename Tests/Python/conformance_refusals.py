"""What makes a call refused: what is wrong with it, and what the error must say."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

from conformance_cases import Case
from conformance_host import cache_outputs, ort_value, run, serialised

SEPARATE = Case("separate", (5, 20), (3, 2), 4, 2, 32, 16)


@dataclass(frozen=True)
class Rejection:
    """`change` spoils the inputs and attributes of a good case; `says` is part of the error.

    `when` is load, run, or either, where shape inference may find first what the operator would.
    """

    name: str
    says: str
    change: Callable
    case: Case = SEPARATE
    cache: str = "float16"
    when: str = "run"
    outputs: tuple = ()


def assert_refused(host, operator, rejection, good, attributes, output_shape):
    """Spoils good inputs; returns what the same session makes of the good ones, if it can."""
    bad, settings = dict(good), dict(attributes)
    rejection.change(bad, settings)
    outputs = list(rejection.outputs) or cache_outputs(bad)
    unknown = {name for name in bad if name not in good or bad[name].ndim != good[name].ndim}
    model = serialised(operator, bad, settings, outputs, unknown)
    try:
        session = host.open(model)
    except Exception as error:
        assert rejection.when != "run", f"refused when loaded: {error}"
        assert_says(error, rejection.says)
        return None
    assert rejection.when != "load", "a model that must not load was loaded"
    with pytest.raises(InvalidArgument) as refusal:
        session.run(outputs, {name: ort_value(array) for name, array in bad.items()})
    assert_says(refusal.value, rejection.says)
    spoilt = any(bad[name] is not array for name, array in good.items() if name in bad)
    packed = "key" not in bad and bad["query"].shape != good["query"].shape
    if not spoilt or bad.keys() != good.keys() or settings != attributes or packed:
        return None
    return run(session, good, output_shape, outputs)


def assert_says(error, fragment):
    assert fragment in str(error), f"{fragment!r} is not in: {error}"


def attribute(says, name="", when="load", case=SEPARATE, cache="float16", **values):
    """A rejection by attributes alone."""
    name = name or "-".join(f"{key}_{value}" for key, value in values.items())
    return Rejection(name, says, lambda x, a: a.update(values), case, cache, when)


def shaped(name, says, case=SEPARATE, cache="float16", **shapes):
    """A rejection by the shape of inputs, cut or repeated to it."""

    def change(inputs, attributes):
        for key, shape in shapes.items():
            inputs[key] = np.resize(inputs[key], shape)

    return Rejection(name, says, change, case, cache)


def without(name, says, *inputs, when="either", **settings):
    def change(given, attributes):
        for key in inputs:
            del given[key]

    return Rejection(name, says, change, when=when, **settings)


def given(name, says, when="either", case=SEPARATE, cache="float16", outputs=(), **arrays):
    """A rejection by inputs added or replaced; an array may be made from the other inputs."""

    def change(inputs, attributes):
        for key, array in arrays.items():
            inputs[key] = array(inputs) if callable(array) else array

    return Rejection(name, says, change, case, cache, when, outputs)
