package org.parcel.warehouse;

import org.parcel.warehouse.retry.Backoff;
import org.parcel.warehouse.stock.Shelf;

/** Reserves stock in the warehouse. */
public class Client implements AutoCloseable {
    private final Shelf shelf;
    private boolean open;

    public Client(Shelf shelf) {
        this.shelf = shelf;
    }

    /** Opens the session with the warehouse floor. */
    public void connect() {
        open = true;
    }

    /** Reserves articles, waiting for the shelf to be filled up. */
    public boolean reserve(String article, int quantity) throws InterruptedException {
        for (int attempt = 0; open && attempt < 3; attempt++) {
            if (shelf.take(article, quantity)) {
                return true;
            }
            Thread.sleep(Backoff.backoff(attempt));
        }
        return false;
    }

    /** Ends the session with the warehouse floor. */
    @Override
    public void close() {
        open = false;
    }
}
