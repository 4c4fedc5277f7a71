/** Tables and plots out of samples: CSV, Markdown, SVG, PNG. Knows nothing of what was measured. */
package joyride.bench.plots;
