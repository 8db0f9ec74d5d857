/** How finely a trend is drawn. */

export interface Span {
  readonly from: Date;
  readonly to: Date;
}

const fiveMinutesMs = 300_000;
/** A series that is drawn in forty characters needs no more points by itself. */
const pointsByDefault = 120;

/** A whole number of five minutes that gives about so many points. */
export function stepMsFor({ from, to }: Span, points = pointsByDefault): number {
  const lengthMs = to.getTime() - from.getTime();
  return Math.max(1, Math.ceil(lengthMs / points / fiveMinutesMs)) * fiveMinutesMs;
}

/** Steps begin at whole multiples of themselves, so that the same day looks the same tomorrow. */
export function aligned({ from, to }: Span, stepMs: number): Span {
  return { from: new Date(Math.floor(from.getTime() / stepMs) * stepMs), to };
}
