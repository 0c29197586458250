"""Probes answer without a host name, and name what is missing."""

import time

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from dop_pilot.health import HEARTBEAT_KEY

pytestmark = pytest.mark.django_db


def test_the_process_answers_under_any_name(client: Client) -> None:
    assert client.get("/healthz", headers={"Host": "10.0.0.7"}).status_code == 200


def test_ready_when_everything_stands(client: Client) -> None:
    cache.set(HEARTBEAT_KEY, time.time())
    response = client.get("/readyz")
    assert response.json() == dict.fromkeys(("database", "migrations", "broker", "beat"), "ok")
    assert response.status_code == 200


def test_not_ready_before_the_first_heartbeat(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["beat"] == "no heartbeat yet"


def test_not_ready_when_beat_has_stopped(client: Client) -> None:
    cache.set(HEARTBEAT_KEY, time.time() - 600)
    assert client.get("/readyz").status_code == 503


def test_a_broker_that_cannot_be_reached_is_named(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["broker"] == "ConnectionError"
