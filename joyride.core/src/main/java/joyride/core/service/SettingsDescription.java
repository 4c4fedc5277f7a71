package joyride.core.service;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What Config Admin's clients are told of the PID {@code joyride.core}. Read by {@link ConfigurationParser}. */
@ObjectClassDefinition(
        name = "Joyride core",
        description =
                "Event loop, addresses, interfaces and defaults of the network service. Keys with a variable part: "
                        + "interface.NAME.driver, .device, .share (kernel: the kernel's addresses), .addresses, .mtu, .routes, .queues and the driver's own; "
                        + "policy.NUMBER, the first that matches decides: program=NAME user=NAME call=connect|listen address=PREFIX port=FIRST-LAST -> joyride|kernel|refuse; "
                        + "sysctl.NAME with FreeBSD's names")
@interface SettingsDescription {
    @AttributeDefinition(
            name = "loopback.addresses",
            description =
                    "addresses of the internal loopback, PREFIX separated by commas; the whole prefix counts as local")
    String loopback_addresses() default "127.77.0.1/16";

    @AttributeDefinition(name = "loop.cpu", description = "cpu that the event loop is pinned to, or none")
    String loop_cpu() default "none";

    @AttributeDefinition(
            name = "loop.spin.us",
            description = "how long an idle loop polls on before it sleeps, µs",
            min = "0",
            max = "1000000")
    long loop_spin_us() default 50;

    @AttributeDefinition(
            name = "loop.yield.limit.us",
            description = "a yield that took longer stops the spinning for a while, µs",
            min = "1",
            max = "1000000")
    long loop_yield_limit_us() default 200;

    @AttributeDefinition(name = "loop.busy.poll", description = "whether the loop never sleeps")
    boolean loop_busy_poll() default false;

    @AttributeDefinition(
            name = "loop.watchdog.ms",
            description = "a turn of the loop that takes longer ends the service, to be started again, ms",
            min = "100",
            max = "3600000")
    long loop_watchdog_ms() default 5000;

    @AttributeDefinition(name = "tcp.variant", description = "TCP variant of new stack instances")
    String tcp_variant() default "freebsd";

    @AttributeDefinition(name = "tcp.cc", description = "congestion control of new stack instances")
    String tcp_cc() default "cubic";

    @AttributeDefinition(
            name = "policy.joyride",
            description = "destinations that go over Joyride, PREFIX separated by commas")
    String policy_joyride() default "";

    @AttributeDefinition(
            name = "policy.kernel",
            description = "destinations that go over the kernel, PREFIX separated by commas")
    String policy_kernel() default "";

    @AttributeDefinition(
            name = "policy.refuse",
            description = "destinations that are refused, PREFIX separated by commas")
    String policy_refuse() default "";

    @AttributeDefinition(
            name = "share.ports",
            description =
                    "FIRST-LAST: ports of active opens on addresses shared with the kernel, which then does not choose them")
    String share_ports() default "49152-65535";

    @AttributeDefinition(
            name = "instance.quota.mib",
            description = "core's memory that a stack instance may use, MiB",
            min = "1",
            max = "1048576")
    long instance_quota_mib() default 256;
}
