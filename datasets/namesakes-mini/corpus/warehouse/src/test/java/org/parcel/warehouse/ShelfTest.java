package org.parcel.warehouse;

import org.parcel.warehouse.stock.Shelf;

/** Checks the counting of a shelf. */
class ShelfTest {
    void takesOnlyWhatIsThere() {
        Shelf shelf = new Shelf();
        shelf.put("box", 2);
        if (shelf.take("box", 3)) {
            throw new AssertionError("three were taken from two");
        }
    }
}
