from benchmarks.folds import folds_of

WRITERS = {"aa": [100.0, 100.0], "bb": [100.0, 900.0], "cc": [100.0, 100.0], "dd": [100.0, 900.0], "ee": [0.0, 0.0]}


def test_every_writer_is_in_one_group():
    groups = folds_of(WRITERS, 2)
    assert sorted(writer for group in groups for writer in group) == sorted(WRITERS)


def test_those_who_write_much_are_in_different_groups():
    one, other = folds_of(WRITERS, 2)
    assert ("bb" in one) != ("dd" in one)
    assert ("bb" in other) != ("dd" in other)


def test_groups_are_the_same_whatever_the_order_of_the_writers():
    assert folds_of(dict(reversed(WRITERS.items())), 3) == folds_of(WRITERS, 3)


def test_more_groups_than_writers_leave_some_empty():
    assert sum(not group for group in folds_of({"aa": [1.0]}, 3)) == 2
