"""The small maker of the pages, read only."""

from tests.web.conftest import maker as maker
from tests.web.conftest import written as written
