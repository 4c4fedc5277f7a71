package joyride.bench.windows;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Dimension;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Paints courses over time with XChart, as SVG and PNG. */
final class CourseChart {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 450;
    private static final int SCALE = 2;

    /** Okabe and Ito's, told apart by the colour-blind, too. */
    private static final List<Color> COLOURS = List.of(
            new Color(0x0072B2), new Color(0xD55E00), new Color(0x009E73), new Color(0xCC79A7), new Color(0x7F7F7F));

    private CourseChart() {}

    /** @param file its name, without what tells SVG from PNG; {@code yTitle}: with its unit */
    static void write(
            final Path directory,
            final String file,
            final String title,
            final String yTitle,
            final List<Course> courses)
            throws IOException {
        final BufferedImage image = new BufferedImage(WIDTH * SCALE, HEIGHT * SCALE, BufferedImage.TYPE_INT_RGB);
        final Graphics2D pixels = image.createGraphics();
        pixels.scale(SCALE, SCALE);
        chart(title, yTitle, courses).paint(pixels, WIDTH, HEIGHT);
        pixels.dispose();
        ImageIO.write(image, "png", directory.resolve(file + ".png").toFile());
        final SVGGeneratorContext context;
        try {
            context = SVGGeneratorContext.createDefault(DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .getDOMImplementation()
                    .createDocument("http://www.w3.org/2000/svg", "svg", null));
        } catch (final ParserConfigurationException e) {
            throw new IllegalStateException("this JDK makes no XML documents", e);
        }
        context.setPrecision(2);
        context.setComment("");
        final SVGGraphics2D vectors = new SVGGraphics2D(context, false);
        vectors.setSVGCanvasSize(new Dimension(WIDTH, HEIGHT));
        chart(title, yTitle, courses).paint(vectors, WIDTH, HEIGHT);
        vectors.stream(directory.resolve(file + ".svg").toString(), false);
        vectors.dispose();
    }

    private static XYChart chart(final String title, final String yTitle, final List<Course> courses) {
        final XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle("time, s")
                .yAxisTitle(yTitle)
                .build();
        final XYStyler styler = chart.getStyler();
        styler.setLegendPosition(Styler.LegendPosition.OutsideS);
        styler.setLegendLayout(Styler.LegendLayout.Horizontal);
        styler.setLegendBorderColor(Color.WHITE);
        styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 13));
        styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 14));
        styler.setChartTitleBoxVisible(false);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotGridLinesColor(new Color(0xDDDDDD));
        styler.setYAxisMin(0.0);
        styler.setXAxisMin(0.0);
        for (int i = 0; i < courses.size(); i++) {
            final Course course = courses.get(i);
            final XYSeries series = chart.addSeries(course.name(), course.x(), course.y());
            series.setMarker(SeriesMarkers.NONE);
            series.setLineColor(COLOURS.get(i % COLOURS.size()));
            series.setLineStyle(new BasicStroke(1.4f));
        }
        return chart;
    }
}
