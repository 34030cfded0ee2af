"""Services and areas from their files."""

from collections.abc import Sequence
from typing import Any

from daojia.catalogue.model import (
    AddOn,
    Area,
    CancellationPolicy,
    Choice,
    Choosing,
    Family,
    LineKind,
    Part,
    PriceLine,
    RefundTier,
    Service,
    Street,
    Unit,
)
from daojia.kernel.geography import Point
from daojia.kernel.ids import ServiceId
from infra.local.demo_data.files import read


def services() -> tuple[Service, ...]:
    """The whole catalogue, family by family."""
    content = read("services")
    policies = {name: _policy(entry) for name, entry in content["policies"].items()}
    return tuple(_service(entry, content["families"][entry["family"]], policies) for entry in content["services"])


def packages(services: Sequence[Service]) -> tuple[Service, ...]:
    """What is sold together: a package shows the steps, tools and products of all its parts."""
    content, known = read("services"), {service.service_id: service for service in services}
    return tuple(_package(entry, known) for entry in content["packages"])


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
        **_described(entry),
        steps=tuple(entry["steps"]),
        tools=tuple(entry["tools"]),
        products=tuple(entry["products"]),
        notes_hint=entry["notes_hint"],
        commission_basis_points=family["commission_basis_points"],
        policy=policies[entry.get("policy", family["policy"])],
        unit=Unit(**entry["unit"]) if "unit" in entry else None,
        options=tuple(_option(option) for option in entry.get("options", ())),
    )


def _package(entry: dict[str, Any], known: dict[ServiceId, Service]) -> Service:
    includes = tuple(Part(service_id=service_id, quantity=quantity) for service_id, quantity in entry["includes"])
    parts = [known[part.service_id] for part in includes]
    return Service(
        **_described(entry),
        steps=tuple(dict.fromkeys(step for part in parts for step in part.steps)),
        tools=tuple(dict.fromkeys(tool for part in parts for tool in part.tools)),
        products=tuple(dict.fromkeys(product for part in parts for product in part.products)),
        notes_hint=parts[0].notes_hint,
        commission_basis_points=parts[0].commission_basis_points,
        policy=parts[0].policy,
        includes=includes,
    )


def _described(entry: dict[str, Any]) -> dict[str, Any]:
    """What a service and a package are told by alike."""
    return {
        "service_id": ServiceId(entry["id"]),
        "name": entry["name"],
        "family": Family(entry["family"]),
        "category": entry["category"],
        "summary": entry["summary"],
        "minutes": entry["minutes"],
        "price_lines": _lines(entry),
        "synonyms": tuple(entry["synonyms"]),
    }


def _lines(entry: dict[str, Any]) -> tuple[PriceLine, ...]:
    """Call-out fee first, then labour, then materials."""
    kinds, per_unit = tuple(LineKind), entry.get("per_unit", ())
    return tuple(
        PriceLine(name=name, amount_fen=fen, kind=kind, per_unit=name in per_unit)
        for (name, fen), kind in zip(entry["prices"], kinds, strict=False)
    )


def _option(entry: dict[str, Any]) -> Choosing | AddOn:
    if "choices" not in entry:
        return AddOn(
            option_id=entry["id"],
            name=entry["name"],
            price_fen=entry["fen"],
            minutes=entry["minutes"],
            unit=entry.get("unit", ""),
            most=entry.get("most", 1),
            words=tuple(entry["words"]),
        )
    return Choosing(
        option_id=entry["id"],
        name=entry["name"],
        usual=entry.get("usual"),
        per_unit=entry.get("per_unit", False),
        choices=tuple(
            Choice(
                choice_id=each["id"],
                name=each["name"],
                price_fen=each.get("fen", 0),
                minutes=each.get("minutes", 0),
                words=tuple(each["words"]),
            )
            for each in entry["choices"]
        ),
    )


def _policy(entry: dict[str, Any]) -> CancellationPolicy:
    tiers = tuple(RefundTier(minutes_before=before, refund_basis_points=share) for before, share in entry["tiers"])
    return CancellationPolicy(name=entry["name"], tiers=tiers)


def _point(lng_lat: list[float]) -> Point:
    lng, lat = lng_lat
    return Point(lat=lat, lng=lng)
