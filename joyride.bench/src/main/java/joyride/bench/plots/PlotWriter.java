package joyride.bench.plots;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Dimension;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import joyride.bench.measure.Samples;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** Paints a {@link Plot} with XChart: medians as markers, the least and the most of the runs as bars through them. */
public final class PlotWriter {
    private static final int WIDTH = 800;

    /** Without the legend. */
    private static final int HEIGHT = 470;

    private static final int SCALE = 2;
    private static final double BAR = 0.018;

    /** Of a place of the axis: how far lines are apart in it, where its points have their numbers, and where they do not. */
    private static final double APART_WITH_NUMBERS = 0.2;

    private static final double APART = 0.12;
    private static final double ALL_APART = 0.8;

    /** Of the axis: how far above a bar its number stands, and what the highest one needs. */
    private static final double NUMBER_ABOVE = 0.03;

    private static final double NUMBER_ROOM = 1.5;

    /** Okabe and Ito's, told apart by the colour-blind, too; without yellow. */
    private static final List<Color> COLOURS = List.of(
            new Color(0x0072B2),
            new Color(0xD55E00),
            new Color(0x009E73),
            new Color(0xCC79A7),
            new Color(0x000000),
            new Color(0x56B4E9),
            new Color(0xE69F00),
            new Color(0x7F7F7F));

    private static final List<Marker> MARKERS = List.of(
            SeriesMarkers.CIRCLE,
            SeriesMarkers.SQUARE,
            SeriesMarkers.DIAMOND,
            SeriesMarkers.TRIANGLE_UP,
            SeriesMarkers.TRIANGLE_DOWN,
            SeriesMarkers.CROSS,
            SeriesMarkers.PLUS,
            SeriesMarkers.RECTANGLE);

    private PlotWriter() {}

    /** Writes the plot's PNG and SVG to {@code directory}. */
    public static void write(final Plot plot, final Path directory) throws IOException {
        final Legend legend = legend(plot);
        final int height = HEIGHT + legend.height();
        final BufferedImage image = new BufferedImage(WIDTH * SCALE, height * SCALE, BufferedImage.TYPE_INT_RGB);
        final Graphics2D pixels = image.createGraphics();
        pixels.scale(SCALE, SCALE);
        paint(plot, legend, pixels);
        pixels.dispose();
        ImageIO.write(image, "png", directory.resolve(plot.file() + ".png").toFile());
        final SVGGeneratorContext context = SVGGeneratorContext.createDefault(document());
        context.setPrecision(2);
        context.setComment("");
        final SVGGraphics2D vectors = new SVGGraphics2D(context, false);
        vectors.setSVGCanvasSize(new Dimension(WIDTH, height));
        paint(plot, legend, vectors);
        final Element root = vectors.getRoot();
        root.setAttributeNS(null, "viewBox", "0 0 " + WIDTH + " " + height);
        try (Writer file = Files.newBufferedWriter(directory.resolve(plot.file() + ".svg"))) {
            vectors.stream(root, file, false, false);
        }
        vectors.dispose();
    }

    private static Document document() {
        try {
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .getDOMImplementation()
                    .createDocument("http://www.w3.org/2000/svg", "svg", null);
        } catch (final ParserConfigurationException e) {
            throw new IllegalStateException("this JDK makes no XML documents", e);
        }
    }

    private static XYChart chart(final Plot plot) {
        final XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(plot.title())
                .xAxisTitle(plot.xTitle())
                .yAxisTitle(plot.yTitle())
                .build();
        final LogRange range = plot.logarithmic() ? range(plot) : null;
        style(chart.getStyler(), plot, range);
        for (int i = 0; i < plot.lines().size(); i++) {
            add(chart, plot, i, range);
        }
        return chart;
    }

    private static LogRange range(final Plot plot) {
        final double most = all(plot).mapToDouble(Samples::most).max().orElse(10);
        return LogRange.of(
                all(plot).mapToDouble(Samples::least).min().orElse(1), isNumbered(plot) ? most * NUMBER_ROOM : most);
    }

    /** Kinds that are decades apart differ by less than an eye can see: then each has its number. */
    private static boolean isNumbered(final Plot plot) {
        return plot.logarithmic() && !plot.connected();
    }

    private static Legend legend(final Plot plot) {
        return new Legend(
                IntStream.range(0, plot.lines().size())
                        .filter(i -> plot.lines().get(i).samples().stream().anyMatch(Objects::nonNull))
                        .mapToObj(i -> new Legend.Entry(plot.lines().get(i).name(), colour(i), marker(i)))
                        .toList(),
                WIDTH);
    }

    private static Color colour(final int line) {
        return COLOURS.get(line % COLOURS.size());
    }

    private static Marker marker(final int line) {
        return MARKERS.get(line % MARKERS.size());
    }

    private static void paint(final Plot plot, final Legend legend, final Graphics2D graphics) {
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, WIDTH, HEIGHT + legend.height());
        final Graphics2D below = (Graphics2D) graphics.create();
        chart(plot).paint(graphics, WIDTH, HEIGHT);
        legend.paint(below, HEIGHT, plot.connected());
        below.dispose();
    }

    private static void style(final XYStyler styler, final Plot plot, final LogRange range) {
        styler.setLegendVisible(false);
        styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 13));
        styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 14));
        styler.setChartTitleBoxVisible(false);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotGridLinesColor(new Color(0xDDDDDD));
        styler.setPlotGridVerticalLinesVisible(false);
        styler.setMarkerSize(7);
        styler.setXAxisMin(-0.5);
        styler.setXAxisMax(plot.labels().size() - 0.5);
        styler.setXAxisTickMarkSpacingHint((WIDTH - 180) / plot.labels().size());
        styler.setXAxisTickLabelsFormattingFunction(x -> label(plot.labels(), x));
        if (range != null) {
            styler.setYAxisLogarithmic(true);
            styler.setYAxisLogarithmicDecadeOnly(false);
            styler.setYAxisTickLabelsFormattingFunction(range::label);
            styler.setYAxisMin(range.least());
            styler.setYAxisMax(range.most());
            styler.setAnnotationTextFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
        } else {
            styler.setYAxisTickLabelsFormattingFunction(PlotWriter::tick);
            styler.setYAxisMin(0.0);
        }
    }

    private static Stream<Samples> all(final Plot plot) {
        return plot.lines().stream().flatMap(line -> line.samples().stream()).filter(Objects::nonNull);
    }

    /** Labels have to differ and be short, or XChart looks for other ticks without end: so the edges have one to four blanks. */
    private static String label(final List<String> labels, final double x) {
        final int place = (int) Math.round(x);
        if (Math.abs(x - place) < 1e-6 && place >= 0 && place < labels.size()) {
            return labels.get(place);
        }
        final double edge = x < 0 ? -x * 2 : (x - labels.size() + 1) * 2 + 2;
        return edge >= 1 && edge <= 4 ? " ".repeat((int) edge) : Double.toString(x);
    }

    private static String tick(final double value) {
        return value >= 1000
                ? String.format("%,.0f", value)
                : Double.toString(value).replaceAll("\\.0$", "");
    }

    private static void add(final XYChart chart, final Plot plot, final int index, final LogRange range) {
        final Line line = plot.lines().get(index);
        final Color colour = colour(index);
        // Side by side, so that bars do not cover each other.
        final double width = plot.connected()
                ? 0.05
                : Math.min(
                        isNumbered(plot) ? APART_WITH_NUMBERS : APART,
                        ALL_APART / plot.lines().size());
        final double shift = (index - (plot.lines().size() - 1) / 2.0) * width;
        final List<Double> x = new ArrayList<>();
        final List<Double> y = new ArrayList<>();
        for (int i = 0; i < plot.labels().size(); i++) {
            final Samples samples = line.samples().get(i);
            if (samples != null) {
                x.add(i + shift);
                y.add(samples.median());
                bar(chart, line.name() + i, i + shift, samples, colour);
                if (isNumbered(plot)) {
                    chart.addAnnotation(new AnnotationText(
                            Samples.number(samples.median()),
                            i + shift,
                            range.above(samples.most(), NUMBER_ABOVE),
                            false));
                }
            }
        }
        if (x.isEmpty()) {
            return;
        }
        final XYSeries series = chart.addSeries(line.name(), x, y);
        series.setLineColor(colour);
        series.setLineStyle(new BasicStroke(1.6f));
        series.setMarker(marker(index));
        series.setMarkerColor(colour);
        series.setXYSeriesRenderStyle(
                plot.connected() ? XYSeries.XYSeriesRenderStyle.Line : XYSeries.XYSeriesRenderStyle.Scatter);
    }

    /** An I from the least to the most; XChart's own bars are as long upwards as downwards. */
    private static void bar(
            final XYChart chart, final String name, final double x, final Samples samples, final Color colour) {
        final double low = samples.least();
        final double high = samples.most();
        final XYSeries series = chart.addSeries(
                "spread of " + name,
                new double[] {x - BAR, x + BAR, x, x, x - BAR, x + BAR},
                new double[] {low, low, low, high, high, high});
        series.setMarker(SeriesMarkers.NONE);
        series.setLineColor(colour);
        series.setLineStyle(new BasicStroke(1.0f));
    }
}
