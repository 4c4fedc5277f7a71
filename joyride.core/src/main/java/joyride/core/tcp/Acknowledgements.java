package joyride.core.tcp;

import java.util.Arrays;
import joyride.api.tcp.TcpControlBlock;

/** Connections that owe an acknowledgement which waits for the end of the turn: a burst of segments gets one. */
final class Acknowledgements {
    private TcpConnection[] owing = new TcpConnection[64];
    private int count;

    void add(final TcpConnection connection) {
        if (connection.owesAcknowledgement) {
            return;
        }
        connection.owesAcknowledgement = true;
        if (count == owing.length) {
            owing = Arrays.copyOf(owing, count * 2);
        }
        owing[count++] = connection;
    }

    /** Has them all sent. @return how many connections were in the list */
    int send() {
        for (int i = 0; i < count; i++) {
            final TcpConnection connection = owing[i];
            owing[i] = null;
            connection.owesAcknowledgement = false;
            // It may have ended meanwhile, even begun another life, or have sent the acknowledgement with data.
            if (connection.alive && connection.is(TcpControlBlock.ACKNOW)) {
                connection.instance.guard().output(connection);
            }
        }
        final int all = count;
        count = 0;
        return all;
    }
}
