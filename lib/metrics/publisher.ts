/** The port: gauges of a committed snapshot to where people look at them. */
import type { Publication } from './plan.ts';

export interface Publisher {
  /** Throws PublishError, whose message says what was not published; the snapshot stays as it is. */
  publish(publication: Publication, signal: AbortSignal): Promise<void>;
}
