"""The catalogue in its table."""

import pytest

from daojia.catalogue import store as catalogue
from tests.store.builders import a_service, an_area

pytestmark = pytest.mark.usefixtures("tables")


@pytest.mark.feature("C2")
def test_services_and_areas_are_read_as_they_were_written() -> None:
    for entry in (a_service(), a_service(service_id="massage", name="肩颈按摩"), an_area()):
        catalogue.save(entry)
    book = catalogue.load()
    assert {service.service_id for service in book.services} == {"daily-cleaning", "massage"}
    assert book.service("daily-cleaning") == a_service()
    assert list(book.areas) == [an_area()]


def test_an_empty_catalogue_is_a_book_too() -> None:
    book = catalogue.load()
    assert list(book.services) == []
    assert list(book.areas) == []


def test_it_is_read_once_a_minute(calls: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue.save(a_service())
    calls.clear()
    assert catalogue.load() is catalogue.load()
    assert calls == ["Query", "Query"]
    clock = catalogue.time.monotonic() + catalogue.KEEP_SECONDS + 1
    monkeypatch.setattr(catalogue.time, "monotonic", lambda: clock)
    catalogue.load()
    assert calls == ["Query"] * 4


def test_whoever_changes_it_sees_the_change_at_once() -> None:
    catalogue.save(a_service())
    assert catalogue.load().service("daily-cleaning").minutes == 120
    catalogue.save(a_service(minutes=180))
    assert catalogue.load().service("daily-cleaning").minutes == 180


def test_a_large_catalogue_is_read_whole() -> None:
    for number in range(220):
        catalogue.save(a_service(service_id=f"s{number:03d}", name=f"服务{number}", summary="很" * 2000))
    assert len(catalogue.load().services) == 220
