package joyride.bench.plots;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.awt.geom.Line2D;
import java.util.List;
import org.knowm.xchart.style.markers.Marker;

/**
 * The names of a plot's lines below it, in as many rows as they need: XChart's own is one row, however wide. All in pixels.
 * A name that is wider than the plot makes the font smaller.
 */
final class Legend {
    private static final int FONT = 12;
    private static final int ROW = 20;
    private static final int MARGIN = 20;
    private static final int BELOW = 10;
    private static final int SYMBOL = 24;
    private static final int GAP = 8;
    private static final int MARKER = 7;
    private static final FontRenderContext CONTEXT = new FontRenderContext(null, true, true);

    private final List<Entry> entries;
    private final Font font;
    private final int columns;
    private final int rows;
    private final int cell;
    private final int left;

    /** What stands before a name. */
    record Entry(String name, Color colour, Marker marker) {}

    /** @param width of the plot */
    Legend(final List<Entry> entries, final int width) {
        this.entries = List.copyOf(entries);
        final int room = width - 2 * MARGIN;
        final Font usual = new Font(Font.SANS_SERIF, Font.PLAIN, FONT);
        final double widest =
                entries.stream().mapToDouble(entry -> width(entry, usual)).max().orElse(1);
        font = usual.deriveFont((float) (FONT * Math.min(1, (room - SYMBOL - 2 * GAP) / widest)));
        cell = Math.min(room, SYMBOL + 2 * GAP + (int) Math.ceil(widest));
        rows = Math.ceilDiv(entries.size(), room / cell);
        columns = Math.ceilDiv(entries.size(), Math.max(1, rows));
        left = (width - columns * cell) / 2;
    }

    private static double width(final Entry entry, final Font font) {
        return font.getStringBounds(entry.name(), CONTEXT).getWidth();
    }

    int height() {
        return rows * ROW + BELOW;
    }

    /** Where an entry is, from the legend's upper left corner; its name ends before {@link #nameEnd}. */
    Rectangle place(final int entry) {
        return new Rectangle(left + entry % columns * cell, entry / columns * ROW, cell, ROW);
    }

    /** In the direction of x, from the legend's left edge. */
    double nameEnd(final int entry) {
        return place(entry).x + SYMBOL + GAP + width(entries.get(entry), font);
    }

    /** @param top of the legend in {@code graphics} */
    void paint(final Graphics2D graphics, final int top, final boolean connected) {
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        for (int i = 0; i < entries.size(); i++) {
            final Entry entry = entries.get(i);
            final Rectangle place = place(i);
            final double middle = top + place.y + ROW / 2.0;
            graphics.setColor(entry.colour());
            if (connected) {
                graphics.setStroke(new BasicStroke(1.6f));
                graphics.draw(new Line2D.Double(place.x, middle, place.x + SYMBOL, middle));
            }
            entry.marker().paint(graphics, place.x + SYMBOL / 2.0, middle, MARKER);
            graphics.setColor(Color.BLACK);
            final float base =
                    (float) (middle + font.getLineMetrics("x", CONTEXT).getAscent() / 2 - 1);
            // As an outline, as XChart does: an SVG looks the same whatever fonts are there.
            graphics.fill(font.createGlyphVector(CONTEXT, entry.name()).getOutline(place.x + SYMBOL + GAP, base));
        }
    }
}
