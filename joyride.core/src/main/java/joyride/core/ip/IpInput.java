package joyride.core.ip;

import joyride.api.memory.Memory;
import joyride.api.socket.SendRing;
import joyride.core.link.EthernetInterface;
import joyride.core.link.LoopbackInterface;
import joyride.core.link.MergedFrames;

/** Received packets of both families, each to its own. */
final class IpInput implements EthernetInterface.Receiver, LoopbackInterface.Receiver {
    private final Ipv4Input four;
    private final Ipv6Input six;
    private final Icmpv6 icmp;

    IpInput(final Ipv4Input four, final Ipv6Input six, final Icmpv6 icmp) {
        this.four = four;
        this.six = six;
        this.icmp = icmp;
    }

    @Override
    public void ipv4(
            final EthernetInterface in,
            final long at,
            final int length,
            final int offloads,
            final boolean group,
            final long body) {
        four.ipv4(in, at, length, offloads, group, body);
    }

    @Override
    public void ipv6(
            final EthernetInterface in,
            final long at,
            final int length,
            final int offloads,
            final boolean group,
            final long body) {
        six.input(in, at, length, offloads, group, body);
    }

    @Override
    public void merged(final EthernetInterface in, final long at, final MergedFrames frames) {
        if (Memory.getByte(at) >>> 4 == 4) {
            four.merged(in, at, frames);
        } else {
            six.merged(in, at, frames);
        }
    }

    @Override
    public void loopback(
            final long at,
            final int length,
            final SendRing ring,
            final long position,
            final int payloadLength,
            final Object peer) {
        if (Memory.getByte(at) >>> 4 == 4) {
            four.loopback(at, length, ring, position, payloadLength, peer);
        } else {
            six.loopback(at, length, ring, position, payloadLength, peer);
        }
    }

    @Override
    public void unreachable(final EthernetInterface out, final long at, final int length) {
        if (Memory.getByte(at) >>> 4 == 4) {
            four.unreachable(at, length);
        } else {
            icmp.ownError(out, at, length, Icmpv6.UNREACHABLE, Icmpv6.UNREACHABLE_ADDRESS);
        }
    }
}
