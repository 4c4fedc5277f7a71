package joyride.core.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import joyride.api.admin.AdminException;
import joyride.api.tcp.Sysctl;
import joyride.api.tcp.TcpTunables;
import joyride.core.counters.CounterStore;
import joyride.core.engine.Engine;
import joyride.core.engine.LoopSettings;
import joyride.core.instance.Instance;
import joyride.core.memory.ScalarKernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each setting by its name, set while instances live, as joyride:sysctl does: it reads as set, and only where it was. */
@Timeout(120)
class EverySettingTest {
    private static final List<Sysctl> SETTINGS = Stream.of(TcpTunables.class.getFields())
            .filter(field -> field.isAnnotationPresent(Sysctl.class))
            .map(field -> field.getAnnotation(Sysctl.class))
            .toList();

    private final CounterStore counters = new CounterStore();
    private final Engine engine = new Engine(System::nanoTime, () -> 42, new ScalarKernels(), counters);
    private final Stack stack = new Stack(engine, LoopSettings.STANDARD, status -> {});
    private final StackConsole console = new StackConsole(stack, () -> true);
    private long first;
    private long second;

    @BeforeEach
    void instances() {
        stack.apply(Map.of());
        first = instance("first").id();
        second = instance("second").id();
    }

    @AfterEach
    void close() {
        assertTrue(stack.close());
        counters.close();
    }

    private Instance instance(final String name) {
        return stack.calls().call("test", () -> engine.createInstance(name));
    }

    private String value(final long instance, final String name) {
        return console.sysctl(instance).get(name);
    }

    /** Values of a setting that differ from its default and from each other, and go with all others' defaults. */
    private List<String> others(final Sysctl setting) {
        final long present = Long.parseLong(value(0, setting.name()));
        final List<String> others = new ArrayList<>();
        final TcpTunables defaults = new TcpTunables();
        for (final long each : new long[] {setting.min(), setting.max(), present - 1, present + 1}) {
            final String text = Long.toString(each);
            if (each != present && each >= setting.min() && each <= setting.max() && !others.contains(text)) {
                try {
                    defaults.set(setting.name(), text);
                    others.add(text);
                } catch (final IllegalArgumentException e) {
                    assertTrue(e.getMessage().contains(" is not "), e.getMessage());
                }
            }
        }
        return others;
    }

    @Test
    void shouldReadAsSetInOneInstanceAndAsBeforeInTheOther() {
        int looked = 0;
        for (final Sysctl setting : SETTINGS) {
            final String name = setting.name();
            final String before = value(0, name);
            if (setting.service()) {
                assertFalse(console.sysctl(first).containsKey(name), name);
                continue;
            }
            final List<String> others = others(setting);
            assertFalse(others.isEmpty(), name + " can be set to nothing else");
            for (final String each : others) {
                console.sysctl(first, name, each);
                assertEquals(each, value(first, name), name);
                assertEquals(before, value(second, name), name);
                assertEquals(before, value(0, name), name);
            }
            console.sysctl(second, name, others.getFirst());
            assertEquals(others.getLast(), value(first, name), name);
            assertEquals(others.getFirst(), value(second, name), name);
            console.sysctl(first, name, before);
            console.sysctl(second, name, before);
            looked++;
        }
        assertTrue(looked > 130, "looked at " + looked);
    }

    @Test
    void shouldBeWhatNewInstancesBeginWithWhenSetForTheService() {
        for (final Sysctl setting : SETTINGS) {
            final String name = setting.name();
            final String before = value(0, name);
            final String other = others(setting).getFirst();
            console.sysctl(0, name, other);
            assertEquals(setting.trigger() ? "0" : other, value(0, name), name);
            if (!setting.service()) {
                assertEquals(before, value(first, name), name + " of an instance that there was");
                assertEquals(other, value(instance("later").id(), name), name);
            }
            console.sysctl(0, name, before);
        }
    }

    @Test
    void shouldRefuseWhatIsOutOfRangeAndKeepTheValue() {
        for (final Sysctl setting : SETTINGS) {
            final String name = setting.name();
            final long where = setting.service() ? 0 : first;
            final String before = value(where, name);
            for (final String wrong : List.of(
                    Long.toString(setting.min() - 1), Long.toString(setting.max() + 1), "", "x", "1.5", "0x1")) {
                final String told = assertThrows(AdminException.class, () -> console.sysctl(where, name, wrong))
                        .getMessage();
                assertTrue(told.startsWith(name + ": ") && told.contains(setting.min() + ".." + setting.max()), told);
            }
            assertEquals(before, value(where, name), name);
        }
    }

    @Test
    void shouldHaveEachSettingInAFieldOfItsOwn() {
        final Set<String> names = new HashSet<>();
        for (final Field field : TcpTunables.class.getFields()) {
            final Sysctl setting = field.getAnnotation(Sysctl.class);
            if (setting != null) {
                assertTrue(names.add(setting.name()), setting.name() + " is there twice");
                assertFalse(setting.description().isBlank(), setting.name());
            }
        }
        assertEquals(names, new TcpTunables().values().keySet());
    }
}
