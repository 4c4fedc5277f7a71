package joyride.api.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.api.counters.DropReason;
import org.junit.jupiter.api.Test;

/**
 * The tables of docs/sysctl.md and docs/counters.md are what the code says. After a change of a setting, counter or reason, {@code mvn
 * test -pl joyride.api -Dtest=SettingsPageTest -Djoyride.docs.write=true} writes them anew.
 */
class SettingsPageTest {
    private static final Path SETTINGS = Path.of("../docs/sysctl.md");
    private static final Path COUNTERS = Path.of("../docs/counters.md");
    private static final boolean WRITE = Boolean.getBoolean("joyride.docs.write");

    /** FreeBSD's defaults, of settings that have one that does not depend on the machine. */
    private static final String FREEBSD = """
        kern.ipc.maxsockbuf=2097152 kern.ipc.soacceptqueue=128
        net.inet.tcp.rfc1323=1 net.inet.tcp.rfc3042=1 net.inet.tcp.rfc3390=1 net.inet.tcp.rfc3465=1
        net.inet.tcp.abc_l_var=2 net.inet.tcp.initcwnd_segments=10 net.inet.tcp.mssdflt=536 net.inet.tcp.v6mssdflt=1220
        net.inet.tcp.minmss=216 net.inet.tcp.path_mtu_discovery=1 net.inet.tcp.pmtud_blackhole_detection=0
        net.inet.tcp.pmtud_blackhole_mss=1200 net.inet.tcp.v6pmtud_blackhole_mss=1220 net.inet.tcp.tso=1
        net.inet.tcp.delayed_ack=1 net.inet.tcp.delacktime=40 net.inet.tcp.do_prr=1 net.inet.tcp.newcwv=0
        net.inet.tcp.tolerate_missing_ts=1 net.inet.tcp.ts_offset_per_conn=1
        net.inet.tcp.sack.enable=1 net.inet.tcp.sack.revised=1 net.inet.tcp.sack.lrd=1 net.inet.tcp.sack.maxholes=128
        net.inet.tcp.sack.globalmaxholes=65536 net.inet.tcp.ecn.enable=2 net.inet.tcp.ecn.maxretries=1
        net.inet.tcp.msl=30000 net.inet.tcp.keepinit=75000 net.inet.tcp.keepidle=7200000 net.inet.tcp.keepintvl=75000
        net.inet.tcp.keepcnt=8 net.inet.tcp.always_keepalive=1 net.inet.tcp.persmin=5000 net.inet.tcp.persmax=60000
        net.inet.tcp.rexmit_initial=1000 net.inet.tcp.rexmit_min=30 net.inet.tcp.rexmit_slop=200
        net.inet.tcp.retries=12 net.inet.tcp.rexmit_drop_options=0 net.inet.tcp.finwait2_timeout=60000
        net.inet.tcp.fast_finwait2_recycle=0 net.inet.tcp.maxunacktime=0
        net.inet.tcp.insecure_rst=0 net.inet.tcp.insecure_syn=0 net.inet.tcp.insecure_ack=0 net.inet.tcp.drop_synfin=0
        net.inet.tcp.blackhole=0 net.inet.tcp.blackhole_local=0 net.inet.tcp.icmp_may_rst=1
        net.inet.tcp.isn_reseed_interval=0 net.inet.tcp.ack_war_cnt=5 net.inet.tcp.ack_war_timewindow=1000
        net.inet.tcp.log_in_vain=0
        net.inet.tcp.sendspace=32768 net.inet.tcp.recvspace=65536 net.inet.tcp.sendbuf_auto=1 net.inet.tcp.sendbuf_inc=8192
        net.inet.tcp.sendbuf_max=2097152 net.inet.tcp.sendbuf_auto_lowat=0 net.inet.tcp.recvbuf_auto=1
        net.inet.tcp.recvbuf_max=2097152 net.inet.tcp.reass.maxqueuelen=100
        net.inet.tcp.syncache.bucketlimit=30 net.inet.tcp.syncache.cachelimit=15360 net.inet.tcp.syncache.rexmtlimit=3
        net.inet.tcp.syncache.rst_on_sock_fail=1 net.inet.tcp.syncookies=1 net.inet.tcp.syncookies_only=0
        net.inet.tcp.hostcache.enable=1 net.inet.tcp.hostcache.bucketlimit=30 net.inet.tcp.hostcache.cachelimit=15360
        net.inet.tcp.hostcache.expire=3600 net.inet.tcp.hostcache.prune=300 net.inet.tcp.hostcache.purge=0
        net.inet.tcp.hostcache.purgenow=0
        net.inet.tcp.fastopen.client_enable=1 net.inet.tcp.fastopen.server_enable=0 net.inet.tcp.fastopen.acceptany=0
        net.inet.tcp.fastopen.autokey=120 net.inet.tcp.fastopen.path_disable_time=900
        net.inet.tcp.functions_inherit_listen_socket_stack=1
        net.inet.tcp.cc.abe=0 net.inet.tcp.cc.hystartplusplus.minrtt_thresh=4000
        net.inet.tcp.cc.hystartplusplus.maxrtt_thresh=16000 net.inet.tcp.cc.hystartplusplus.n_rttsamples=8
        net.inet.tcp.cc.hystartplusplus.css_growth_div=4 net.inet.tcp.cc.hystartplusplus.css_rounds=5
        net.inet.tcp.udp_tunneling_port=0 net.inet.tcp.udp_tunneling_overhead=8
        net.inet.tcp.map_limit=0 net.inet.tcp.pacing_limit=10000
        """;

    @Test
    void shouldHaveFreeBsdsDefaultOrSayWhatThatIs() {
        final TcpTunables tunables = new TcpTunables();
        for (final String each : FREEBSD.strip().split("\\s+")) {
            final String name = each.substring(0, each.indexOf('='));
            final String theirs = each.substring(each.indexOf('=') + 1);
            final boolean same = theirs.equals(Long.toString(tunables.get(name)));
            final boolean said = TcpTunables.descriptions().get(name).endsWith("FreeBSD has " + theirs);
            assertTrue(same != said, name + " is " + tunables.get(name) + ", FreeBSD's " + theirs);
        }
    }

    private static void check(final Path page, final String table, final Supplier<String> fromCode) throws IOException {
        final String begin = "<!-- " + table + ": written by SettingsPageTest -->\n";
        final String end = "<!-- end of " + table + " -->";
        final String text = Files.readString(page);
        final int from = text.indexOf(begin) + begin.length();
        final int to = text.indexOf(end);
        assertTrue(from >= begin.length() && to >= from, page + " has no table " + table);
        final String wanted = fromCode.get();
        if (WRITE) {
            Files.writeString(page, text.substring(0, from) + wanted + text.substring(to));
            return;
        }
        assertEquals(
                wanted,
                text.substring(from, to),
                page + " differs from the code; run this test with -Djoyride.docs.write=true");
    }

    @Test
    void shouldListEachSettingWithItsDefaultAndRange() throws IOException {
        check(SETTINGS, "settings", SettingsPageTest::settings);
    }

    private static String settings() {
        final TcpTunables tunables = new TcpTunables();
        final TreeMap<String, String> rows = new TreeMap<>();
        for (final Field field : TcpTunables.class.getFields()) {
            final Sysctl sysctl = field.getAnnotation(Sysctl.class);
            if (sysctl != null) {
                rows.put(
                        sysctl.name(),
                        "| `%s`%s | %d | %d..%d | %s |\n"
                                .formatted(
                                        sysctl.name(),
                                        sysctl.service() ? " ¹" : "",
                                        tunables.get(sysctl.name()),
                                        sysctl.min(),
                                        sysctl.max(),
                                        sysctl.description().replace("|", "\\|")));
            }
        }
        return "| name | default | range | |\n|---|---|---|---|\n" + String.join("", rows.values());
    }

    @Test
    void shouldSayOfEachSettingOfFreeBsdThatIsNotThereWhy() throws IOException {
        final Set<String> absent = new TreeSet<>();
        final String text = Files.readString(SETTINGS);
        final Matcher row = Pattern.compile("^\\| `((?:net|kern)[^|]*)` \\| (.+) \\|$", Pattern.MULTILINE)
                .matcher(text.substring(text.indexOf("## Not here")));
        while (row.find()) {
            for (final String name : row.group(1).split("`, `")) {
                assertTrue(absent.add(name), name + " is listed twice");
                assertFalse(TcpTunables.has(name), name + " is there after all");
            }
        }
        assertTrue(absent.size() > 10, "found " + absent);
    }

    @Test
    void shouldListEachCounter() throws IOException {
        check(COUNTERS, "counters", () -> {
            final StringBuilder rows = new StringBuilder("| counter | |\n|---|---|\n");
            for (final TcpCounter counter : TcpCounter.values()) {
                rows.append(
                        "| `%s` | %s |\n".formatted(counter.name().toLowerCase(Locale.ROOT), counter.description()));
            }
            return rows.toString();
        });
    }

    @Test
    void shouldListEachReasonToDrop() throws IOException {
        check(COUNTERS, "drops", () -> {
            final StringBuilder rows = new StringBuilder("| reason | |\n|---|---|\n");
            for (final DropReason reason : DropReason.values()) {
                rows.append("| `%s` | %s |\n".formatted(reason.name().toLowerCase(Locale.ROOT), reason.description()));
            }
            return rows.toString();
        });
    }
}
