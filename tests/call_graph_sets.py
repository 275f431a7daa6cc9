"""Small call-graph sets as their authors publish them."""

from __future__ import annotations

PYTHON = """
    #- classes/shop/main.py
    from basket import Basket, empty

    class Bare: pass

    def run():
        Bare()
        basket = Basket()
        basket.add(empty())
        len(basket)
    #- classes/shop/basket.py
    class Basket:
        def __init__(self): pass
        def add(self, item): pass

    def empty(): pass
    #- names/other/main.py
    def add(): pass
    """
