/** Which instant a run stands for: one snapshot each. */
import type { Config } from '../lib/config.ts';

const minuteMs = 60_000;
/** A slot may begin a little ahead of this machine's clock, but no more. */
export const maxAheadMs = 15 * minuteMs;
/** No Job of a CronJob that is worth its while runs later than this. */
const maxBehindMs = 24 * 60 * minuteMs;

/** The instant that was given; else the minute in the name of a CronJob's Job; else the current minute. */
export function slotOf({ scheduledAt, jobName }: Pick<Config, 'scheduledAt' | 'jobName'>, now: Date): Date {
  return scheduledAt ?? slotOfJob(jobName, now) ?? startOfMinute(now);
}

/**
 * The CronJob controller names its Jobs after the scheduled minute, counted from 1970 (getJobName in
 * pkg/controller/cronjob/utils.go). A Job that a person made may end in a number too, but hardly in one of today.
 */
function slotOfJob(name: string, now: Date): Date | null {
  const minutes = /-(\d{8,9})$/.exec(name)?.[1];
  if (minutes === undefined) return null;
  const slot = new Date(Number(minutes) * minuteMs);
  const aheadMs = slot.getTime() - now.getTime();
  return aheadMs <= maxAheadMs && aheadMs >= -maxBehindMs ? slot : null;
}

export function startOfMinute(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / minuteMs) * minuteMs);
}
