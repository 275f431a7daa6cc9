package org.parcel.warehouse.retry;

/** Pauses between two looks at a shelf. */
public final class Backoff {
    private static final long STEP = 250;

    private Backoff() {
    }

    /** Milliseconds until an empty shelf is looked at again. */
    public static long backoff(int attempt) {
        return STEP << attempt;
    }
}
