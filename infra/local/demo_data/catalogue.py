"""Services and areas from their files."""

from typing import Any

from daojia.catalogue.model import Area, CancellationPolicy, Family, PriceLine, RefundTier, Service, Street
from daojia.kernel.geography import Point
from daojia.kernel.ids import ServiceId
from infra.local.demo_data.files import read


def services() -> tuple[Service, ...]:
    """The whole catalogue, family by family."""
    content = read("services")
    policies = {name: _policy(entry) for name, entry in content["policies"].items()}
    return tuple(_service(entry, content["families"][entry["family"]], policies) for entry in content["services"])


def areas() -> tuple[Area, ...]:
    """The districts, served or not yet."""
    content = read("areas")
    return tuple(
        Area(
            area_id=entry["id"],
            city=content["city"],
            district=entry["district"],
            polygon=tuple(_point(corner) for corner in entry["polygon"]),
            streets=tuple(
                Street(name=name, centre=_point(centre), aliases=tuple(content["aliases"].get(name, ())))
                for name, centre in entry["streets"].items()
            ),
            active=entry.get("active", True),
        )
        for entry in content["areas"]
    )


def _service(entry: dict[str, Any], family: dict[str, Any], policies: dict[str, CancellationPolicy]) -> Service:
    return Service(
        service_id=ServiceId(entry["id"]),
        name=entry["name"],
        family=Family(entry["family"]),
        category=entry["category"],
        summary=entry["summary"],
        minutes=entry["minutes"],
        price_lines=tuple(PriceLine(name=name, amount_fen=fen) for name, fen in entry["prices"]),
        steps=tuple(entry["steps"]),
        tools=tuple(entry["tools"]),
        products=tuple(entry["products"]),
        synonyms=tuple(entry["synonyms"]),
        notes_hint=entry["notes_hint"],
        commission_basis_points=family["commission_basis_points"],
        policy=policies[entry.get("policy", family["policy"])],
    )


def _policy(entry: dict[str, Any]) -> CancellationPolicy:
    tiers = tuple(RefundTier(minutes_before=before, refund_basis_points=share) for before, share in entry["tiers"])
    return CancellationPolicy(name=entry["name"], tiers=tiers)


def _point(lng_lat: list[float]) -> Point:
    lng, lat = lng_lat
    return Point(lat=lat, lng=lng)
