package joyride.shell;

import static joyride.shell.Column.number;
import static joyride.shell.Column.text;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import joyride.api.admin.StackAdmin.DropView;
import joyride.api.admin.StackAdmin.InstanceView;
import joyride.api.admin.StackAdmin.InterfaceView;
import joyride.api.admin.StackAdmin.NeighbourView;
import joyride.api.admin.StackAdmin.RouteView;
import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.admin.StackAdmin.SwapView;
import joyride.api.admin.StackAdmin.VariantView;

/** The columns of each view. */
final class Views {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

    private static final List<Column<InterfaceView>> INTERFACES = List.of(
            text("NAME", InterfaceView::name),
            text("STATE", v -> v.up() ? "up" : "down"),
            text("DRIVER", InterfaceView::driver),
            Column.<InterfaceView>text("MODE", InterfaceView::mode).optional(3),
            Column.<InterfaceView>text("OFFLOADS", InterfaceView::offloads).optional(4),
            Column.<InterfaceView>text("MAC", InterfaceView::mac).optional(2),
            Column.<InterfaceView>number("MTU", InterfaceView::mtu).optional(1),
            text("ADDRESSES", v -> String.join(",", v.addresses())),
            Column.<InterfaceView>number("RX-PKTS", InterfaceView::rxPackets).optional(5),
            number("RX-BYTES", InterfaceView::rxBytes),
            Column.<InterfaceView>number("TX-PKTS", InterfaceView::txPackets).optional(5),
            number("TX-BYTES", InterfaceView::txBytes),
            Column.<InterfaceView>number("DROPS", InterfaceView::drops).optional(4));

    private static final List<Column<RouteView>> ROUTES = List.of(
            text("DESTINATION", RouteView::destination),
            text("GATEWAY", RouteView::gateway),
            text("INTERFACE", RouteView::interfaceName),
            text("FLAGS", RouteView::flags));

    private static final List<Column<NeighbourView>> NEIGHBOURS = List.of(
            text("ADDRESS", NeighbourView::address),
            text("MAC", NeighbourView::mac),
            text("INTERFACE", NeighbourView::interfaceName),
            text("STATE", NeighbourView::state),
            number("EXPIRES-S", NeighbourView::expiresSeconds));

    private static final List<Column<InstanceView>> INSTANCES = List.of(
            number("ID", InstanceView::id),
            text("NAME", InstanceView::name),
            text("PROCESSES", InstanceView::processes),
            text("STATE", InstanceView::state),
            text("TCP", InstanceView::variant),
            text("CC", InstanceView::congestionControl),
            number("SOCKETS", InstanceView::sockets),
            Column.<InstanceView>number("MEM-USED", InstanceView::memoryUsed).optional(1),
            Column.<InstanceView>number("MEM-QUOTA", InstanceView::memoryQuota).optional(2));

    private static final List<Column<SocketView>> SOCKETS = List.of(
            Column.<SocketView>number("INST", SocketView::instance).optional(1),
            text("PROTO", SocketView::protocol),
            text("LOCAL", SocketView::local),
            text("REMOTE", SocketView::remote),
            text("STATE", SocketView::state),
            text("ACCEL", v -> v.accelerated() ? "yes" : "no"),
            Column.<SocketView>number("RECV-Q", SocketView::receiveQueue).optional(3),
            Column.<SocketView>number("SEND-Q", SocketView::sendQueue).optional(3),
            Column.<SocketView>number("CWND", SocketView::cwnd).optional(6),
            Column.<SocketView>number("RTT-US", SocketView::rttMicros).optional(6),
            Column.<SocketView>text("TCP", SocketView::variant).optional(5),
            Column.<SocketView>text("CC", SocketView::congestionControl).optional(5),
            Column.<SocketView>text("PROCESSES", SocketView::processes).optional(4),
            Column.<SocketView>text("REASON", SocketView::reason).optional(2));

    private static final List<Column<VariantView>> VARIANTS = List.of(
            text("KIND", VariantView::kind),
            text("NAME", VariantView::name),
            text("BUNDLE", VariantView::bundle),
            text("STATE", VariantView::state),
            number("USERS", VariantView::users));

    private static final List<Column<SwapView>> SWAPS = List.of(
            text("TIME", v -> TIME.format(Instant.ofEpochMilli(v.millis()))),
            text("KIND", SwapView::kind),
            text("WHERE", SwapView::where),
            Column.<SwapView>text("FROM", SwapView::from).optional(1),
            text("TO", SwapView::to),
            text("PAUSE-MS", v -> String.format(Locale.ROOT, "%.1f", v.pauseMicros() / 1e3)),
            number("MOVED", SwapView::moved),
            text("SEGS/S-AFTER", v -> v.segmentsPerSecond() < 0 ? "-" : Long.toString(v.segmentsPerSecond())));

    private static final List<Column<DropView>> DROPS = List.of(
            text("WHERE", DropView::where),
            text("REASON", DropView::reason),
            number("PACKETS", DropView::packets),
            text("DESCRIPTION", DropView::description));

    private static final List<Column<Setting>> SETTINGS =
            List.of(text("NAME", Setting::name), text("VALUE", Setting::value));

    private static final List<Column<Command>> COMMANDS =
            List.of(text("COMMAND", Command::name), text("WHAT", Command::what));

    private static final List<Column<Counter>> COUNTERS =
            List.of(text("GROUP", Counter::group), text("NAME", Counter::name), number("VALUE", Counter::value));

    private static final List<Column<Rate>> RATES = List.of(
            text("GROUP", Rate::group),
            text("NAME", Rate::name),
            number("PER-SECOND", Rate::perSecond),
            number("VALUE", Rate::value));

    private Views() {}

    /** One sysctl value. */
    record Setting(String name, String value) {}

    /** One counter. */
    record Counter(String group, String name, long value) {}

    /** A command and what it does. */
    record Command(String name, String what) {}

    /** One counter and how fast it grows. */
    record Rate(String group, String name, long perSecond, long value) {}

    static Table<InterfaceView> interfaces(final List<InterfaceView> rows) {
        return new Table<>(INTERFACES, rows, "no interfaces");
    }

    static Table<RouteView> routes(final List<RouteView> rows) {
        return new Table<>(ROUTES, rows, "no routes");
    }

    static Table<NeighbourView> neighbours(final List<NeighbourView> rows) {
        return new Table<>(NEIGHBOURS, rows, "no neighbours");
    }

    static Table<InstanceView> instances(final List<InstanceView> rows) {
        return new Table<>(INSTANCES, rows, "no instances: no program is attached");
    }

    static Table<SocketView> sockets(final List<SocketView> rows) {
        return new Table<>(SOCKETS, rows, "no sockets");
    }

    static Table<VariantView> variants(final List<VariantView> rows) {
        return new Table<>(VARIANTS, rows, "no variants");
    }

    static Table<SwapView> swaps(final List<SwapView> rows) {
        return new Table<>(SWAPS, rows, "no part has been replaced");
    }

    static Table<DropView> drops(final List<DropView> rows) {
        return new Table<>(DROPS, rows, "no drops");
    }

    static Table<Setting> settings(final List<Setting> rows) {
        return new Table<>(SETTINGS, rows, "no settings");
    }

    static Table<Command> commands(final List<Command> rows) {
        return new Table<>(COMMANDS, rows, "no commands");
    }

    static Table<Counter> counters(final List<Counter> rows) {
        return new Table<>(COUNTERS, rows, "all counters are 0 (-a shows them)");
    }

    static Table<Rate> rates(final List<Rate> rows) {
        return new Table<>(RATES, rows, "no counter moved (-a shows all)");
    }
}
