package joyride.linux.bpf;

import static joyride.linux.bpf.Register.R0;
import static joyride.linux.bpf.Register.R1;
import static joyride.linux.bpf.Register.R10;
import static joyride.linux.bpf.Register.R2;
import static joyride.linux.bpf.Register.R3;
import static joyride.linux.bpf.Register.R6;

/** The programs around the {@link Classifier}: those of drivers, and the guard. */
public final class SteeringPrograms {
    private static final int XDP_PASS = 2;
    private static final int XDP_RECEIVE_QUEUE = 16;
    private static final int WHOLE_FRAME = -1;
    private static final int TCX_NEXT = -1;
    private static final int TCX_DROP = 2;

    private SteeringPrograms() {}

    /**
     * Loads the XDP program of a driver: Joyride's frames go to the AF_XDP socket of the queue that they came on, all others, and
     * those of queues without a socket, to the kernel.
     *
     * @param steeringMap descriptor of a {@link SteeringMap}
     * @param sockets descriptor of a {@link BpfMap#SOCKETS}
     * @param fragments whether the program takes frames of several buffers (Linux 5.18)
     */
    public static BpfProgram redirect(final int steeringMap, final int sockets, final boolean fragments)
            throws BpfException {
        final Assembler code = new Assembler();
        final Label mine = new Label("mine");
        final Label pass = new Label("pass");
        Classifier.write(code, Classifier.Context.XDP, steeringMap, mine, pass);
        code.place(mine)
                .loadMap(R1, sockets)
                .load(Width.WORD, R2, R6, XDP_RECEIVE_QUEUE)
                .move(R3, XDP_PASS)
                .call(Helper.REDIRECT_MAP)
                .exit()
                .place(pass)
                .move(R0, XDP_PASS)
                .exit();
        return BpfProgram.load(
                "joyride_steer", BpfProgram.Type.XDP, code.assemble(), fragments ? BpfProgram.FRAGMENTS : 0);
    }

    /**
     * Loads the filter of a packet socket: it gets copies of Joyride's frames alone.
     *
     * @param steeringMap descriptor of a {@link SteeringMap}
     */
    public static BpfProgram filter(final int steeringMap) throws BpfException {
        final Assembler code = new Assembler();
        final Label mine = new Label("mine");
        final Label pass = new Label("pass");
        Classifier.write(code, Classifier.Context.SOCKET_FILTER, steeringMap, mine, pass);
        code.place(mine).move(R0, WHOLE_FRAME).exit().place(pass).move(R0, 0).exit();
        return BpfProgram.load("joyride_filter", BpfProgram.Type.SOCKET_FILTER, code.assemble(), 0);
    }

    /**
     * Loads the guard: it drops Joyride's frames at the kernel's door and counts them, so that the kernel never answers them.
     *
     * @param steeringMap descriptor of a {@link SteeringMap}
     * @param counter descriptor of a {@link BpfMap#ARRAY} with one entry of 8 bytes
     */
    public static BpfProgram guard(final int steeringMap, final int counter) throws BpfException {
        final Assembler code = new Assembler();
        final Label mine = new Label("mine");
        final Label pass = new Label("pass");
        final Label drop = new Label("drop");
        Classifier.write(code, Classifier.Context.TRAFFIC_CONTROL, steeringMap, mine, pass);
        code.place(mine)
                .store(Width.WORD, R10, -4, 0)
                .loadMap(R1, counter)
                .move(R2, R10)
                .compute(Arithmetic.ADD, R2, -4)
                .call(Helper.MAP_LOOKUP_ELEMENT)
                .jump(Condition.EQUAL, R0, 0, drop)
                .move(R1, 1)
                .atomicAdd(R0, 0, R1)
                .place(drop)
                .move(R0, TCX_DROP)
                .exit()
                .place(pass)
                .move(R0, TCX_NEXT)
                .exit();
        return BpfProgram.load("joyride_guard", BpfProgram.Type.TRAFFIC_CONTROL, code.assemble(), 0);
    }
}
