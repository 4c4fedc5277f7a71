/**
 * System calls of Linux, bound by FFM: a file for each idea, no policy.
 *
 * <p>Static methods return what the call returned, or {@code -errno} ({@link joyride.api.socket.Errno}); pointers are addresses as
 * {@code long}. Any thread may call them; where nothing else is said they allocate nothing. {@link joyride.linux.Libc} binds what is
 * missing here.
 */
@org.osgi.annotation.versioning.Version("0.1.0")
package joyride.linux;
