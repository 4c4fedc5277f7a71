package joyride.bench;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One of the two stacks that are compared.
 *
 * @param name for the table
 * @param address that servers bind and clients connect to
 * @param command turns a program's command line into the one that runs it on this stack
 */
record Side(String name, String address, UnaryOperator<List<String>> command) {}
