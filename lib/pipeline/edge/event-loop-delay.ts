import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Hands out one reading after another: the median delay of the event loop since the last one, in milliseconds. Returns what ends it. */
export type Readings = (take: (delay: number) => void) => () => void;

const INTERVAL = 1000;
/** How often the delay is sampled, in milliseconds. Node counts the wait itself as a part of it. */
const RESOLUTION = 20;

/** Readings of this process, one a second. They keep no process alive. */
export const eventLoopDelay: Readings = (take) => {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  histogram.enable();
  const timer = setInterval(() => {
    const delay = histogram.percentile(50) / 1e6 - RESOLUTION;
    histogram.reset();
    take(delay);
  }, INTERVAL).unref();
  return () => {
    clearInterval(timer);
    histogram.disable();
  };
};
