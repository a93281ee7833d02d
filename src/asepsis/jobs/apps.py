"""The Django application of the jobs."""

from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Has tables of its own: the jobs that people read of, and the workers that give a sign of life."""

    name = "asepsis.jobs"
    label = "jobs"
