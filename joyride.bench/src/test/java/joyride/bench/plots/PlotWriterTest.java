package joyride.bench.plots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import joyride.bench.measure.Samples;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever the numbers and the labels are, a plot comes to an end and shows all of them. */
@Timeout(60)
final class PlotWriterTest {
    @TempDir
    private Path directory;

    private static Plot plot(final int places, final boolean logarithmic, final double scale) {
        return plot(places, logarithmic, true, scale);
    }

    private static Plot plot(final int places, final boolean logarithmic, final boolean connected, final double scale) {
        final List<Samples> samples = new ArrayList<>();
        for (int i = 0; i < places; i++) {
            samples.add(Samples.of(List.of(scale * (i + 1), scale * (i + 2), scale * (i + 5))));
        }
        return new Plot(
                "plot",
                "A title",
                "places",
                "unit",
                IntStream.range(0, places).mapToObj(i -> "place " + i).toList(),
                logarithmic,
                connected,
                List.of(
                        new Line("one", samples),
                        new Line(
                                "none",
                                samples.stream().map(s -> (Samples) null).toList())));
    }

    @ParameterizedTest
    @CsvSource({"1,false,1", "2,true,1", "5,true,0.001", "6,false,1e6", "8,false,1", "9,true,1e4"})
    void shouldDrawBarsFromTheLeastToTheMostWhenThereAreSoManyPlaces(
            final int places, final boolean logarithmic, final double scale) throws IOException {
        PlotWriter.write(plot(places, logarithmic, scale), directory);
        assertEquals(1600, ImageIO.read(directory.resolve("plot.png").toFile()).getWidth());
        final String svg = Files.readString(directory.resolve("plot.svg"));
        assertTrue(svg.contains("<svg") && svg.contains("viewBox"), svg.substring(0, 400));
    }

    private String svg(final Plot plot) throws IOException {
        PlotWriter.write(plot, directory);
        return Files.readString(directory.resolve("plot.svg"));
    }

    /** Of decades apart an eye sees no difference. */
    @Test
    void shouldWriteTheNumbersWhereKindsAreOnALogarithmicAxis() throws IOException {
        assertEquals(4 + more(false), more(true));
    }

    /** How many more shapes an SVG has where the places are kinds; of such a height that the axis is the same. */
    private int more(final boolean logarithmic) throws IOException {
        return shapes(svg(plot(4, logarithmic, false, 70))) - shapes(svg(plot(4, logarithmic, true, 70)));
    }

    private static int shapes(final String svg) {
        return svg.split("<path").length;
    }

    @ParameterizedTest
    @CsvSource({"5,1", "8,1", "40,1", "3,20"})
    void shouldKeepTheLegendInsideWhenItsNamesAreLong(final int names, final int times) throws IOException {
        final Plot one = plot(3, true, 1);
        final List<Line> lines = IntStream.range(0, names)
                .mapToObj(i -> new Line(
                        "a name that is long ".repeat(times) + i,
                        one.lines().getFirst().samples()))
                .toList();
        PlotWriter.write(new Plot("plot", "t", "x", "y", one.labels(), true, true, lines), directory);
        final BufferedImage image = ImageIO.read(directory.resolve("plot.png").toFile());
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < 10; x++) {
                assertEquals(0xffffff, image.getRGB(x, y) & 0xffffff, "left edge");
                assertEquals(0xffffff, image.getRGB(image.getWidth() - 1 - x, y) & 0xffffff, "right edge");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"3"})
    void shouldListEveryRunWhenATableIsWritten(final int places) throws IOException {
        final Plot plot = plot(places, false, 1);
        TableWriter.csv(plot, directory);
        final List<String> lines = Files.readAllLines(directory.resolve("plot.csv"));
        assertEquals(1 + places, lines.size());
        assertEquals("one,place 0,unit,2.00000,1.00000,5.00000,1.00000 2.00000 5.00000", lines.get(1));
        assertTrue(TableWriter.markdown(plot).contains("| place 2 | 4.00 (3.00–7.00) |"), TableWriter.markdown(plot));
    }
}
