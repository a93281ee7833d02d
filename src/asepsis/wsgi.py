"""What a web server calls."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from asepsis import processes
from asepsis.record.kind import complete_kinds

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "asepsis.settings")
application = get_wsgi_application()
processes.load()
complete_kinds()
