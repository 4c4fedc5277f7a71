package joyride.nic.dpdk;

import static joyride.testkit.nic.ThreadNamespace.ip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import joyride.api.memory.Memory;
import joyride.api.nic.PacketBatch;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Traffic over several queues, on the devices that spread it where there is no NIC: the kernel's hash chooses the queue of a packet socket (fanout) and of
 * a TAP. A frame's flow decides, and each queue gets some.
 */
@Timeout(120)
class SpreadTest {
    private static final int QUEUES = 2;
    private static final int FLOWS = 64;
    private static final int ROUNDS = 5;
    private static final int LENGTH = 60;
    private static final int FIRST_PORT = 20_000;

    @ParameterizedTest
    @ValueSource(strings = {"af_packet", "tap"})
    void shouldGetAFlowsFramesOnOneQueueAndFlowsOnAll(final String device) throws Exception {
        Namespaces.run(ports -> {
            final DpdkPort port;
            final DpdkPort far;
            if (device.equals("tap")) {
                port = ports.open("net_tap5", QUEUES, 0, Ports.settings("arguments", "iface=jtap5"));
                ip("link set jtap5 up");
                far = ports.open("jtap5", Ports.settings());
            } else {
                Namespaces.veth("");
                port = ports.open("near", QUEUES, 0, Ports.settings());
                far = ports.open("far", Ports.settings());
            }
            assertEquals(QUEUES, port.queueCount());
            Ports.await("both links are up", () -> port.linkUp() && far.linkUp());
            final int[] queueOf = new int[FLOWS];
            Arrays.fill(queueOf, -1);
            final int[] got = new int[FLOWS];
            for (int round = 0; round < ROUNDS; round++) {
                for (int flow = 0; flow < FLOWS; flow++) {
                    send(far, flow);
                }
                final int wanted = round + 1;
                Ports.await("frames of all flows", () -> {
                    for (int queue = 0; queue < QUEUES; queue++) {
                        take(port, queue, queueOf, got);
                    }
                    return Arrays.stream(got).allMatch(count -> count >= wanted);
                });
            }
            for (int queue = 0; queue < QUEUES; queue++) {
                final int which = queue;
                final long flows =
                        Arrays.stream(queueOf).filter(own -> own == which).count();
                assertTrue(flows >= FLOWS / 8, () -> flows + " of " + FLOWS + " flows on queue " + which);
            }
        });
    }

    private static void send(final DpdkPort far, final int flow) {
        final PacketBatch batch = new PacketBatch(1);
        final long frame = far.queue(0).allocate();
        final long at = far.queue(0).address(frame);
        for (int i = 0; i < LENGTH; i++) {
            Memory.putByte(at + i, i < 6 ? 0xff : 2);
        }
        Memory.putShortBE(at + 12, 0x0800);
        final long ip = at + 14;
        Memory.putLongBE(ip, 0x4500_002e_0001_4000L);
        Memory.putIntBE(ip + 8, 0x4011_0000);
        Memory.putLongBE(ip + 12, 0x0a07_0001_0a07_0002L);
        Memory.putShortBE(ip + 20, FIRST_PORT + flow);
        Memory.putShortBE(ip + 22, 7);
        Memory.putIntBE(ip + 24, 26 << 16);
        batch.add(frame, at, LENGTH, 0);
        assertEquals(1, far.queue(0).transmit(batch));
    }

    private static void take(final DpdkPort port, final int queue, final int[] queueOf, final int[] got) {
        final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
        port.queue(queue).receive(batch);
        for (int i = 0; i < batch.size(); i++) {
            final long ip = batch.address(i) + 14;
            if (Memory.getUnsignedShortBE(ip - 2) == 0x0800 && Memory.getIntBE(ip + 12) == 0x0a07_0001) {
                final int flow = Memory.getUnsignedShortBE(ip + 20) - FIRST_PORT;
                if (queueOf[flow] < 0) {
                    queueOf[flow] = queue;
                }
                assertEquals(queueOf[flow], queue, "queue of flow " + flow);
                got[flow]++;
            }
        }
        port.queue(queue).release(batch);
    }
}
