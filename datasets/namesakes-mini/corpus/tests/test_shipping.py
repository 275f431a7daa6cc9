"""Addresses and labels."""

from shipping.address import Address, parse, validate
from shipping.label import Label, render


def test_validate_finds_a_wrong_postcode():
    assert validate(Address("Ada", "Main Street 1", "123", "DE")) == ["123 is no German postcode"]


def test_parse_reads_four_lines():
    assert parse("Ada\nMain Street 1\n10115\nde").country == "DE"


def test_render_centres_every_line():
    label = Label("RR1", Address("Ada", "Main Street 1", "10115", "DE"))
    assert all(len(line) == 48 for line in render(label).splitlines())
