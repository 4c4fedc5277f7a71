package joyride.api.tcp;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Name, range and meaning of a field of {@link TcpTunables}. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface Sysctl {
    String name();

    long min();

    long max();

    String description();

    /** Whether it is about what instances share, so that only the service has it. */
    boolean service() default false;

    /** Whether setting it to anything but 0 does something once, and it stays 0. */
    boolean trigger() default false;
}
