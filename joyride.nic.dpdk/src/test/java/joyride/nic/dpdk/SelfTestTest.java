package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A DPDK that is laid out otherwise than the release says is refused, whichever offset it is: nothing is called that was read from a wrong place. */
@Timeout(180)
class SelfTestTest {
    /** A release's numbers, in the order in which {@link Release} lists them. */
    private static final List<String> OFFSETS = List.of(
            "receive",
            "rxData",
            "rxCallbacks",
            "transmit",
            "prepare",
            "txData",
            "txCallbacks",
            "maxRxPacketLength",
            "interruptConf",
            "deviceSize",
            "deviceData");

    private static final int STEP = 8;

    @Test
    void shouldRefuseWhenAnOffsetIsNotTheRunningReleases(@TempDir final Path directory) throws Exception {
        // Skips where there is no DPDK.
        Ports.here().close();
        final Path log = directory.resolve("log");
        final Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-modules=jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SelfTestTest.class.getName(),
                        Libraries.opened().release().name())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            fail("not ended: " + Files.readString(log));
        }
        final String said = Files.readString(log);
        assertEquals(0, process.exitValue(), said);
        assertTrue(said.contains("\nas it is: accepted"), said);
        for (final String offset : OFFSETS) {
            assertTrue(said.contains("\n" + offset + ": refused: "), said);
        }
    }

    /** Starts EAL, and tests it by copies of the bundle in which one offset of the release is wrong. */
    public static void main(final String[] arguments) throws Exception {
        final String release = arguments[0];
        // All copies hold it: what a bundle leaves behind must not spoil what the next one finds.
        verdict("as it is", release, -1);
        for (int i = 0; i < OFFSETS.size(); i++) {
            verdict(OFFSETS.get(i), release, i);
        }
        verdict("as it is", release, -1);
        System.exit(0);
    }

    private static void verdict(final String what, final String release, final int wrong) throws Exception {
        String found = "accepted";
        try {
            final Class<?> eal = new Altered(release, wrong).loadClass("joyride.nic.dpdk.Eal");
            final Class<?> settings = eal.getClassLoader().loadClass("joyride.nic.dpdk.EalSettings");
            final var of = settings.getDeclaredMethod("of", Map.class);
            of.setAccessible(true);
            final var require = eal.getDeclaredMethod("require", settings);
            require.setAccessible(true);
            require.invoke(null, of.invoke(null, Map.of("memory.mib", "64", "hugepages", "off")));
        } catch (final InvocationTargetException e) {
            found = "refused: " + e.getCause().getMessage();
        }
        System.out.println("\n" + what + ": " + found);
    }

    /** The bundle's classes anew, as after an update, with one of {@link Release}'s numbers moved. */
    private static final class Altered extends ClassLoader {
        private final String release;
        private final int wrong;

        Altered(final String release, final int wrong) {
            super(SelfTestTest.class.getClassLoader());
            this.release = release;
            this.wrong = wrong;
        }

        @Override
        protected Class<?> loadClass(final String name, final boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("joyride.nic.dpdk.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                final Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : define(name);
            }
        }

        private Class<?> define(final String name) throws ClassNotFoundException {
            try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                final byte[] read = in.readAllBytes();
                final byte[] bytes = name.endsWith(".Release") && wrong >= 0 ? moved(read) : read;
                return defineClass(name, bytes, 0, bytes.length);
            } catch (final IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }

        /** Behind the release's name stand its place in the enumeration, its version and number, and then the offsets. */
        private byte[] moved(final byte[] bytes) {
            final int[] seen = {-1};
            final CodeTransform code = (builder, element) -> {
                if (element instanceof final ConstantInstruction constant) {
                    if (release.equals(constant.constantValue())) {
                        seen[0] = 0;
                    } else if (seen[0] >= 0 && seen[0]++ == wrong + 3) {
                        builder.loadConstant((Integer) constant.constantValue() + STEP);
                        return;
                    }
                }
                builder.with(element);
            };
            final ClassFile file = ClassFile.of();
            return file.transformClass(
                    file.parse(bytes),
                    ClassTransform.transformingMethodBodies(
                            method -> method.methodName().equalsString("<clinit>"), code));
        }
    }
}
