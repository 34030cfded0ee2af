"""Distances and index cells."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daojia.kernel.geography import EARTH_RADIUS_M, Point, cell, cells_within, distance_m

POINTS = st.builds(Point, lat=st.floats(29.0, 32.0), lng=st.floats(113.0, 116.0))


def test_a_degree_of_latitude_is_a_hundred_and_eleven_kilometres() -> None:
    metres = distance_m(Point(lat=30, lng=114), Point(lat=31, lng=114))
    assert metres == pytest.approx(math.pi * EARTH_RADIUS_M / 180)


def test_from_the_railway_station_to_the_university_in_wuhan() -> None:
    assert distance_m(Point(lat=30.5281, lng=114.3170), Point(lat=30.5365, lng=114.3645)) == pytest.approx(
        4650, rel=0.02
    )


@given(POINTS, POINTS)
def test_the_way_back_is_as_long(a: Point, b: Point) -> None:
    assert distance_m(a, b) == pytest.approx(distance_m(b, a))
    assert distance_m(a, a) == 0


@settings(max_examples=300)
@given(POINTS, st.floats(0, 360), st.floats(0, 1))
def test_whoever_is_within_the_radius_lives_in_a_cell_that_is_read(point: Point, bearing: float, share: float) -> None:
    radius_m = 15_000
    far = radius_m * share * 0.999
    turn = math.radians(bearing)
    lat = point.lat + math.degrees(far * math.cos(turn) / EARTH_RADIUS_M)
    lng = point.lng + math.degrees(far * math.sin(turn) / EARTH_RADIUS_M / math.cos(math.radians(point.lat)))
    assert cell(Point(lat=lat, lng=lng)) in cells_within(point, radius_m)


def test_the_own_cell_is_read_first_and_only_a_handful_in_all() -> None:
    point = Point(lat=30.552, lng=114.325)
    cells = cells_within(point, 15_000)
    assert len(cells) == len(set(cells)) <= 14
    assert cells.index(cell(point)) <= 2
