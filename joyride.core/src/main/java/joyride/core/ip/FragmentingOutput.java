package joyride.core.ip;

import java.lang.foreign.Arena;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.nic.Offload;
import joyride.core.link.LoopbackInterface;

/**
 * What the output of either family has in common: where a packet gets its room, and what becomes of one beyond the MTU, which is made, whole, in memory of
 * its own and cut from there.
 */
abstract class FragmentingOutput {
    final NetworkEnvironment environment;
    final CounterBlock counters;
    final LoopbackInterface loopback;

    /** Where packets beyond the MTU are made; 0 until first needed. */
    long staging;

    private final Arena arena;
    private final int header;
    private final int longest;

    /**
     * Output of one family.
     *
     * @param header bytes of its header
     * @param longest packet, bytes, header included
     */
    FragmentingOutput(
            final NetworkEnvironment environment,
            final CounterBlock counters,
            final LoopbackInterface loopback,
            final Arena arena,
            final int header,
            final int longest) {
        this.environment = environment;
        this.counters = counters;
        this.loopback = loopback;
        this.arena = arena;
        this.header = header;
        this.longest = longest;
    }

    /** Room for the longest packet, header included. */
    final long staging() {
        if (staging == 0) {
            staging = arena.allocate(longest + 1L, 64).address();
        }
        return staging;
    }

    /** Room behind the header of a packet of {@code total} bytes. @return where; 0: there is none */
    final long room(final Path path, final int total) {
        final long packet;
        if (path.loopback) {
            packet = loopback.allocate(total);
            if (packet == 0) {
                loopback.drop(DropReason.NO_FRAME);
            }
        } else if (path.ethernet == null) {
            environment.drops().drop(DropReason.IP_NO_ROUTE);
            packet = 0;
        } else {
            packet = total > path.mtu ? staging() : path.ethernet.output().allocate(total);
        }
        return packet == 0 ? 0 : packet + header;
    }

    /** Whether a packet of {@code total} bytes goes by the loopback, and is not too long; else it is dropped. */
    final boolean staysHere(final Path path, final int total) {
        if (path.loopback && total <= longest) {
            return true;
        }
        environment.drops().drop(path.loopback ? DropReason.IP_TOO_BIG : DropReason.IP_NO_ROUTE);
        cancel(path);
        return false;
    }

    final void cancel(final Path path) {
        if (path.loopback) {
            loopback.cancel();
        } else if (path.ethernet != null) {
            path.ethernet.output().cancel();
        }
    }

    /**
     * Gets a packet beyond the MTU, whose transport header lies a header behind {@code packet}, ready to be cut; or drops it.
     *
     * @param length from the transport header on
     * @return where its transport header lies now; 0: it was dropped
     */
    final long whole(
            final Path path,
            final long packet,
            final int length,
            final int protocol,
            final boolean dontFragment,
            final int offloads) {
        if (path.ethernet == null || dontFragment) {
            environment.drops().drop(path.ethernet == null ? DropReason.IP_NO_ROUTE : DropReason.IP_TOO_BIG);
            cancel(path);
            return 0;
        }
        long transport = packet + header;
        if (packet != staging) {
            transport = staging() + header;
            Memory.copy(packet + header, transport, length);
            cancel(path);
        }
        if ((offloads & Offload.TX_TRANSPORT_CHECKSUM) != 0) {
            TransportChecksum.complete(environment.kernels(), transport, length, protocol);
        }
        return transport;
    }
}
