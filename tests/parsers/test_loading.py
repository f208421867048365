import gc

import pytest

from parsers.loading import uncollected


@pytest.fixture(autouse=True)
def _collecting():
    yield
    gc.enable()


def test_the_collector_waits_within_and_works_behind():
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collector_works_again_when_loading_fails():
    with pytest.raises(OSError, match="no such file"), uncollected():
        raise OSError("no such file")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    with uncollected():
        pass
    assert not gc.isenabled()


def test_one_within_another_does_not_end_the_waiting():
    with uncollected():
        with uncollected():
            pass
        assert not gc.isenabled()
