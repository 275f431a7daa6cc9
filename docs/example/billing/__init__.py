"""Money: charging cards and trying again."""
