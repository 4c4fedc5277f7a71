package joyride.api.memory;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The loops over payload: copying and the Internet checksum (RFC 1071), each as fast as the machine allows. Core
 * provides them and changes from scalar to vector code once that is compiled; callers keep the object, not the choice.
 * Called on event loops; never allocates once warm.
 *
 * <p>Sums are unfolded ones'-complement sums of 16-bit words in network byte order, of ranges that start at an even offset
 * of what is summed: {@link #fold} gives the 16-bit sum, its complement goes into the header.
 */
@ProviderType
public interface Kernels {
    /** The sum of {@code length} bytes, added to {@code initial}. An odd last byte counts as the high one of a word. */
    long sum(long address, int length, long initial);

    /** Copies {@code length} bytes and sums them in the same pass. The ranges do not overlap. */
    long copyAndSum(long from, long to, int length, long initial);

    /** Copies {@code length} bytes. The ranges do not overlap. */
    void copy(long from, long to, int length);

    /** Folds a sum to 16 bits, 0..65535. */
    static int fold(long sum) {
        long folded = (sum & 0xffff_ffffL) + (sum >>> 32);
        folded = (folded & 0xffff) + ((folded >>> 16) & 0xffff) + (folded >>> 32);
        folded = (folded & 0xffff) + (folded >>> 16);
        folded = (folded & 0xffff) + (folded >>> 16);
        return (int) folded;
    }
}
