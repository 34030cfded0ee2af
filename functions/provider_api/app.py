"""What providers use: profile, offers, jobs, income."""

import provider_desk
import provider_jobs
from provider_front import api

__all__ = ["handler", "provider_desk", "provider_jobs"]

handler = api.handle
