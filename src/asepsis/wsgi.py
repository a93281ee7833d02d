"""What a web server calls."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from asepsis import processes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "asepsis.settings")
application = get_wsgi_application()
processes.load()
