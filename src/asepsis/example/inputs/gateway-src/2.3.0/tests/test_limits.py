"""The limit on requests, and what is spoken on the wire."""

import ssl

from ward_gateway import limits, tls


def test_a_client_that_asks_too_much_is_slowed():
    bucket = limits.Bucket()
    assert sum(bucket.takes(0.0) for _ in range(100)) == 40
    assert bucket.takes(1.0)


def test_going_back_in_time_fills_no_bucket():
    bucket = limits.Bucket(left=0.0, seen=100.0)
    assert not bucket.takes(0.0)


def test_a_slowed_client_slows_nobody_else():
    greedy, other = limits.Bucket(left=0.0), limits.Bucket()
    assert [greedy.takes(0.0), other.takes(0.0)] == [False, True]


def test_nothing_older_than_tls_1_2_is_spoken():
    assert tls.context().minimum_version is ssl.TLSVersion.TLSv1_2
