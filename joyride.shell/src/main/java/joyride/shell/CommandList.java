package joyride.shell;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;

/** The commands of this bundle, and what each is for. */
final class CommandList {
    static final String SCOPE = "joyride:";

    private static final List<Class<?>> CLASSES = List.of(
            HelpCommand.class,
            ViewCommands.class,
            StatsCommand.class,
            ControlCommands.class,
            TextCommands.class,
            BundleCommands.class);

    private CommandList() {}

    /** By name, in order. */
    static Map<String, String> all() {
        Map<String, String> names = new TreeMap<>();
        CLASSES.stream()
                .flatMap(type -> Arrays.stream(type.getMethods()))
                .filter(method -> method.isAnnotationPresent(Descriptor.class))
                .forEach(method -> names.put(
                        method.getName(), method.getAnnotation(Descriptor.class).value()));
        return names;
    }

    /** What it does, its options and what else it takes, in lines. */
    static String explain(final String name) {
        StringBuilder text = new StringBuilder();
        methods(name)
                .filter(method -> method.isAnnotationPresent(Descriptor.class))
                .forEach(method -> {
                    text.append(name)
                            .append(" - ")
                            .append(method.getAnnotation(Descriptor.class).value())
                            .append('\n');
                    for (java.lang.reflect.Parameter parameter : method.getParameters()) {
                        Descriptor what = parameter.getAnnotation(Descriptor.class);
                        Parameter option = parameter.getAnnotation(Parameter.class);
                        if (what != null) {
                            String label = option == null ? "arguments" : String.join(", ", option.names());
                            text.append("   %-20s %s%n".formatted(label, what.value()));
                        }
                    }
                });
        return text.toString();
    }

    static Stream<Method> methods(final String name) {
        return CLASSES.stream()
                .flatMap(type -> Arrays.stream(type.getMethods()))
                .filter(method -> method.getName().equals(name));
    }
}
