package joyride.shell;

import org.apache.felix.service.command.Converter;
import org.osgi.service.component.annotations.Component;

/** Shows tables in Gogo, as in {@code sockets | grep ESTAB}: whole for INSPECT, a row count for LINE, as there is no width here. */
@Component(property = Converter.CONVERTER_CLASSES + "=joyride.shell.Table")
public final class TableConverter implements Converter {
    @Override
    public Object convert(final Class<?> desiredType, final Object in) {
        return null;
    }

    @Override
    public CharSequence format(final Object target, final int level, final Converter escape) {
        if (!(target instanceof Table<?> table)) {
            return null;
        }
        if (level == INSPECT) {
            return TableText.render(table, 0).stripTrailing();
        }
        return table.size() == 1 ? "1 row" : table.size() + " rows";
    }
}
