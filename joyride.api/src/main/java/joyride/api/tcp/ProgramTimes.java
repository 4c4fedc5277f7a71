package joyride.api.tcp;

/**
 * The times that a program set for a connection. Connections with the same ones share an object, which nobody changes once one has it.
 */
public class ProgramTimes {
    /** The sysctls count for all. */
    public static final ProgramTimes UNSET = new ProgramTimes();

    /** TCP_KEEPINIT: limit of an open, ms; -1: the sysctl. */
    public int keepInit = -1;

    /** TCP_KEEPIDLE, ms; -1: the sysctl. */
    public int keepIdle = -1;

    /** TCP_KEEPINTVL, ms; -1: the sysctl. */
    public int keepInterval = -1;

    /** TCP_KEEPCNT, probes; -1: the sysctl. */
    public int keepCount = -1;

    /** TCP_MAXUNACKTIME: time without progress before the connection is dropped, ms; -1: the sysctl. */
    public int maxUnackTime = -1;
}
