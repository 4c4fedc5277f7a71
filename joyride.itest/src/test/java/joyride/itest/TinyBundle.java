package joyride.itest;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;

/** A bundle made of classes of this test, with the header {@code Behaviour} that its activator goes by. */
final class TinyBundle {
    static final String BEHAVIOUR = "Behaviour";

    private TinyBundle() {}

    /** Installs one; it is not started. @param classes the activator first */
    static Bundle install(BundleContext context, String name, String behaviour, Class<?>... classes)
            throws IOException, BundleException {
        return context.installBundle("tiny:" + name, jar(name, behaviour, classes));
    }

    /** The jar of one whose class is a component of DS, made at once; no activator. */
    static InputStream component(String name, String version, Class<?> type) throws IOException {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.putValue("Manifest-Version", "1.0");
        main.putValue("Bundle-ManifestVersion", "2");
        main.putValue("Bundle-SymbolicName", name);
        main.putValue("Bundle-Version", version);
        main.putValue("Service-Component", "OSGI-INF/it.xml");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
            add(jar, type);
            jar.putNextEntry(new ZipEntry("OSGI-INF/it.xml"));
            jar.write("""
                    <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="it" immediate="true">
                      <implementation class="%s"/>
                    </scr:component>
                    """.formatted(type.getName()).getBytes(StandardCharsets.UTF_8));
        }
        return new ByteArrayInputStream(bytes.toByteArray());
    }

    private static void add(JarOutputStream jar, Class<?> type) throws IOException {
        String entry = type.getName().replace('.', '/') + ".class";
        jar.putNextEntry(new ZipEntry(entry));
        try (InputStream code = type.getResourceAsStream("/" + entry)) {
            code.transferTo(jar);
        }
    }

    /** The jar of one. */
    static InputStream jar(String name, String behaviour, Class<?>... classes) throws IOException {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.putValue("Manifest-Version", "1.0");
        main.putValue("Bundle-ManifestVersion", "2");
        main.putValue("Bundle-SymbolicName", name);
        main.putValue("Bundle-Version", "1.0.0");
        main.putValue("Bundle-Activator", classes[0].getName());
        main.putValue("DynamicImport-Package", "org.osgi.framework,joyride.api.*");
        main.putValue(BEHAVIOUR, behaviour);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
            for (Class<?> type : classes) {
                add(jar, type);
            }
        }
        return new ByteArrayInputStream(bytes.toByteArray());
    }
}
