package joyride.ipc.shm;

import joyride.api.socket.Socket;

/**
 * What is known of a socket slot beside its rings: the base of {@link ShmEndpoint}, since an idle connection should be few objects. Each group
 * belongs to the class that is named with it, which alone reads and writes it.
 */
abstract class SlotBooks {
    // ---- ShmEndpoint, and SlotHandover, which leaves it to a successor

    Socket socket;
    int generation;
    boolean closing;
    boolean done;
    /** Of a socket that listens; else null. */
    Listening listening;

    /** Whether it did something since the last look for idle memory. */
    boolean touched;

    // ---- ShownState

    byte stateBits;
    byte stateShown;
    int stateError;
    int receiveEdges;
    int sendEdges;

    // ---- TurnEnd

    byte turnPending;
    /** Edges that were counted and not yet told. */
    byte turnTold;

    boolean turnQueued;

    // ---- Signals

    /** Null: nobody asked for any. */
    Signals.Ends signals;

    // ---- ProgramWords

    /** What the reader had read when core last heard of it. */
    long toldConsumed;

    boolean receiveShut;
    boolean sendShut;

    // ---- SocketOptions

    /** As the program wrote them last; shared with other sockets, and so never written to. */
    int[] optionValues;

    int optionSequence;
    boolean optionMore;

    // ---- Holders

    int holderCount;
    /** The number of the first process; of most sockets there is no other. */
    int firstHolder;
    /** The others; null: there were none. */
    int[] moreHolders;
    /** Descriptors in programs without the layer that stand for this socket, newest first. */
    Relay relays;
}
