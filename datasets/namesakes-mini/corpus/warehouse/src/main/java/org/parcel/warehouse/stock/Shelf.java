package org.parcel.warehouse.stock;

import java.util.HashMap;
import java.util.Map;

/** Counts the articles that lie on a shelf. */
public class Shelf {
    private final Map<String, Integer> counts = new HashMap<>();

    /** Puts articles onto the shelf. */
    public void put(String article, int quantity) {
        validate(article, quantity);
        counts.merge(article, quantity, Integer::sum);
    }

    /** Takes articles off the shelf, or none when there are too few. */
    public synchronized boolean take(String article, int quantity) {
        validate(article, quantity);
        int there = counts.getOrDefault(article, 0);
        if (there < quantity) {
            return false;
        }
        counts.put(article, there - quantity);
        return true;
    }

    /** Refuses articles without a name and quantities below one. */
    private static void validate(String article, int quantity) {
        if (article.isBlank() || quantity < 1) {
            throw new IllegalArgumentException("an article needs a name and a quantity");
        }
    }
}
