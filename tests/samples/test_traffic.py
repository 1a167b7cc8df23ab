"""The load is the same in each run, and a shop that does not answer is said, not waited for."""

from __future__ import annotations

import socket

import pytest

from samples.leaky_shop import traffic


def test_the_requests_of_a_worker_are_split_between_its_connections() -> None:
    shares = list(traffic.shares(101, seed=3))
    assert len(shares) == traffic.CONNECTIONS_PER_WORKER
    assert sum(map(len, shares)) == 101


def test_the_same_seed_gives_the_same_requests() -> None:
    assert list(traffic.shares(50, seed=3)) == list(traffic.shares(50, seed=3))
    assert list(traffic.shares(50, seed=3)) != list(traffic.shares(50, seed=4))


def test_every_fourth_request_buys() -> None:
    requests = [request for share in traffic.shares(400, seed=3) for request in share]
    assert sum(method == "POST" for method, _ in requests) == 100


def test_a_shop_that_is_not_there_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(traffic.TrafficError, match="GET /health"):
        traffic.find_workers(port, wanted=1)
