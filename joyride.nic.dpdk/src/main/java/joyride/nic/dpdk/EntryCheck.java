package joyride.nic.dpdk;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import joyride.api.memory.Memory;
import joyride.api.nic.NicException;
import joyride.linux.UncertainMemory;

/**
 * Looks at a started port's entry in {@code rte_eth_fp_ops}, and at its {@code struct rte_eth_dev}, before anything is called through them: what
 * is read from a wrong place is reported here, and never jumped to. Reads that may miss go by the kernel.
 */
@SuppressWarnings("restricted")
final class EntryCheck implements AutoCloseable {
    /** In struct rte_eth_dev of all releases: the three functions that come first. */
    private static final int DEVICE_RECEIVE = 0;

    private static final int DEVICE_TRANSMIT = 8;
    private static final int DEVICE_PREPARE = 16;

    /** In struct rte_eth_dev_data: the name, then the arrays of queues. */
    private static final int DATA_RX_QUEUES = 64;

    private static final int DATA_TX_QUEUES = 72;

    private final UncertainMemory memory = new UncertainMemory();
    private final int port;
    private final long entry;
    private final long device;
    private final List<String> mappings;

    private EntryCheck(final int port) throws NicException {
        this.port = port;
        entry = Functions.FAST_PATH + (long) port * Layout.FP_SIZE;
        device = Functions.DEVICES + (long) port * Layout.DEVICE_SIZE;
        try {
            mappings = Files.readAllLines(Path.of("/proc/self/maps"));
        } catch (final IOException e) {
            memory.close();
            throw new NicException("/proc/self/maps cannot be read: " + e.getMessage(), e);
        }
    }

    /** @throws NicException that names what differs; the port may be stopped then */
    static void run(final int port, final String name) throws NicException {
        try (EntryCheck check = new EntryCheck(port)) {
            check.device(name);
            check.functions();
            check.prepare();
            check.callbacks("receive", Layout.FP_RX_CALLBACKS, "rte_eth_add_rx_callback", "rte_eth_remove_rx_callback");
            check.callbacks(
                    "transmit", Layout.FP_TX_CALLBACKS, "rte_eth_add_tx_callback", "rte_eth_remove_tx_callback");
        }
    }

    private void device(final String name) throws NicException {
        final long data = read(device + Layout.DEVICE_DATA, "data of the device");
        final byte[] text = (name + '\0').getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < text.length; i += Long.BYTES) {
            final long found = Long.reverseBytes(read(data + i, "name of the device"));
            for (int k = 0; k < Long.BYTES && i + k < text.length; k++) {
                if ((byte) (found >>> 56 - 8 * k) != text[i + k]) {
                    throw new NicException("the device's data is not that of " + name);
                }
            }
        }
        same("queues that receive", Layout.FP_RX_DATA, data + DATA_RX_QUEUES);
        same("queues that transmit", Layout.FP_TX_DATA, data + DATA_TX_QUEUES);
        read(read(entry + Layout.FP_RX_DATA, "queues that receive"), "queue that receives");
        read(read(entry + Layout.FP_TX_DATA, "queues that transmit"), "queue that transmits");
    }

    private void functions() throws NicException {
        same("function that receives", Layout.FP_RECEIVE, device + DEVICE_RECEIVE);
        same("function that transmits", Layout.FP_TRANSMIT, device + DEVICE_TRANSMIT);
        code("function that receives", Memory.getLong(entry + Layout.FP_RECEIVE));
        code("function that transmits", Memory.getLong(entry + Layout.FP_TRANSMIT));
    }

    /** The device has none: a mark in its place must show where it is thought to be once the port starts again. */
    private void prepare() throws NicException {
        final long before = Memory.getLong(device + DEVICE_PREPARE);
        if (before != 0) {
            code("function that prepares", before);
        }
        final long mark = Memory.getLong(entry + Layout.FP_TRANSMIT);
        Memory.putLong(device + DEVICE_PREPARE, mark);
        try {
            restart();
            if (Memory.getLong(entry + Layout.FP_PREPARE) != mark) {
                throw new NicException("the function that prepares is not where it is thought to be");
            }
        } finally {
            Memory.putLong(device + DEVICE_PREPARE, before);
        }
        restart();
    }

    private void restart() throws NicException {
        Ethdev.stop(port);
        Ethdev.start(port);
    }

    /** One that is hung in must show where it is thought to be, and be gone afterwards. It is never called. */
    private void callbacks(final String what, final int at, final String add, final String remove) throws NicException {
        final long slot = read(entry + at, "call-backs of " + what);
        if (slot < device || slot >= device + Layout.DEVICE_SIZE) {
            throw new NicException("the call-backs of " + what + " are not the device's");
        }
        final long added = (long) call(
                add,
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_SHORT,
                        ValueLayout.JAVA_SHORT,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG),
                (short) port,
                (short) 0,
                Functions.STOP_ADDRESS,
                0L);
        final long shown = Memory.getLong(slot);
        final int removed = (int) call(
                remove,
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_SHORT, ValueLayout.JAVA_SHORT, ValueLayout.JAVA_LONG),
                (short) port,
                (short) 0,
                added);
        if (added == 0 || shown != added || removed != 0 || Memory.getLong(slot) != 0) {
            throw new NicException("a call-back of " + what + " does not show where it is thought to be");
        }
    }

    private static Object call(final String name, final FunctionDescriptor type, final Object... arguments)
            throws NicException {
        final MethodHandle handle = Linker.nativeLinker()
                .downcallHandle(
                        Libraries.opened().find(name).orElseThrow(() -> new NicException("there is no " + name)), type);
        try {
            return handle.invokeWithArguments(arguments);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    private void same(final String what, final int at, final long wanted) throws NicException {
        final long found = read(entry + at, what);
        if (found != read(wanted, what)) {
            throw new NicException("the " + what + " of the port and of its device differ");
        }
    }

    /** @return the word at {@code address}, which is memory and not 0 */
    private long read(final long address, final String what) throws NicException {
        if (address == 0 || memory.read(address) != Long.BYTES || memory.value() == 0) {
            throw new NicException("the " + what + " is not where it is thought to be");
        }
        return memory.value();
    }

    private void code(final String what, final long address) throws NicException {
        for (final String mapping : mappings) {
            final int dash = mapping.indexOf('-');
            final int blank = mapping.indexOf(' ');
            if (mapping.charAt(blank + 3) == 'x'
                    && Long.compareUnsigned(address, Long.parseUnsignedLong(mapping.substring(0, dash), 16)) >= 0
                    && Long.compareUnsigned(address, Long.parseUnsignedLong(mapping.substring(dash + 1, blank), 16))
                            < 0) {
                return;
            }
        }
        throw new NicException("the " + what + " is no code");
    }

    @Override
    public void close() {
        memory.close();
    }
}
