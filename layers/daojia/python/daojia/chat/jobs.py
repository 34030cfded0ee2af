"""How offers, jobs and income read for a provider. Pure."""

from collections.abc import Sequence
from datetime import date

from daojia.chat.speech import duration, tell
from daojia.chat.views import address, brief, state_of
from daojia.dispatch.store import Offer
from daojia.kernel.money import yuan
from daojia.kernel.sealed import mask_phone
from daojia.kernel.times import spoken
from daojia.messaging.rendering import plain, way_to
from daojia.ordering.model import Order


def offer_list(offers: Sequence[Offer], today: date) -> str:
    """What may be grabbed: where roughly, never the address (B13)."""
    shown = [
        tell(
            "offers.line",
            index=index,
            number=offer.number,
            service=offer.service_name,
            time=spoken(offer.start, today),
            area=plain(offer.area),
            distance=f"{offer.distance_m / 1000:.1f}",
            income=yuan(offer.income_fen),
        )
        for index, offer in enumerate(offers, 1)
    ]
    return "\n".join([tell("offers.title"), *shown])


def job_list(title: str, jobs: Sequence[Order], today: date) -> str:
    shown = [brief("jobs.line", index, job, today) for index, job in enumerate(jobs, 1)]
    return "\n".join([title, *shown])


def _facts(job: Order, today: date) -> dict[str, str]:
    point = job.place.point
    return {
        "number": job.number,
        "state": state_of(job),
        "service": job.service.text,
        "duration": duration(job.minutes),
        "time": spoken(job.start, today),
        "address": address(job.place),
        "contact": plain(job.place.contact),
        "phone": mask_phone(job.place.phone),
        "notes": plain(job.notes) or tell("words.no_notes"),
        "income": yuan(job.split(0)["earned_fen"]),
        "way": way_to(point.lat, point.lng, job.place.area),
    }


def job_page(job: Order, today: date) -> str:
    """An accepted job with all its provider needs to get there."""
    page = tell("jobs.page", **_facts(job, today))
    if job.proposal is None:
        return page
    return page + "\n" + tell("jobs.proposal", number=job.number)


def grabbed(job: Order, today: date) -> str:
    return tell("offers.grabbed", **_facts(job, today))
