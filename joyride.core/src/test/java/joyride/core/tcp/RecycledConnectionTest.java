package joyride.core.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RecycledConnectionTest {
    /** Set with every use before they are read: {@code TcpInstance.add}. */
    private static final Set<String> SET_ANEW = Set.of("tos", "ttl", "index");

    @Test
    void shouldLookNewWhenTakenFromThePool() throws IllegalAccessException {
        final TcpConnection fresh = new TcpConnection();
        fresh.recycle();
        final TcpConnection used = new TcpConnection();
        int count = 0;
        for (final Field field : fields()) {
            if (field.getType() == int.class) {
                field.setInt(used, 12345);
            } else if (field.getType() == long.class) {
                field.setLong(used, 12345);
            } else if (field.getType() == boolean.class) {
                field.setBoolean(used, true);
            } else if (field.getType() == byte.class) {
                field.setByte(used, (byte) 123);
            } else if (field.getType() == short.class) {
                field.setShort(used, (short) 12345);
            } else if (field.getType() == char.class) {
                field.setChar(used, (char) 12345);
            } else {
                continue;
            }
            count++;
        }
        used.recycle();
        for (final Field field : fields()) {
            if (field.getType().isPrimitive() && !SET_ANEW.contains(field.getName())) {
                assertEquals(field.get(fresh), field.get(used), "of the life before: " + field.getName());
            }
        }
        assertTrue(count > 80);
    }

    private static List<Field> fields() {
        final List<Field> fields = new ArrayList<>();
        for (Class<?> type = TcpConnection.class; type != Object.class; type = type.getSuperclass()) {
            for (final Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && !Modifier.isFinal(field.getModifiers())) {
                    field.setAccessible(true);
                    fields.add(field);
                }
            }
        }
        return fields;
    }
}
