package joyride.core.service;

/**
 * A service that other bundles offer under a name.
 *
 * @param name a variant's, congestion control's, driver's or transport's
 * @param ranking its {@code service.ranking}
 * @param id its {@code service.id}
 * @param bundle who offers it, for people
 */
record Candidate<T>(String name, T service, int ranking, long id, String bundle) {}
