import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { slotOf } from '../../functions/slot.ts';

const now = new Date('2026-11-21T07:47:31.250Z');
const minuteOf = (instant: string): number => Date.parse(instant) / 60_000;

function slot(jobName: string, scheduledAt: Date | null = null): string {
  return slotOf({ jobName, scheduledAt }, now).toISOString();
}

suite('the slot of a run', () => {
  test("is the minute in the name of the CronJob's Job, however late its pod started", () => {
    assert.equal(slot(`kube-binpack-${minuteOf('2026-11-21T07:45:00Z')}`), '2026-11-21T07:45:00.000Z');
    assert.equal(slot(`prod-2-${minuteOf('2026-11-20T08:00:00Z')}`), '2026-11-20T08:00:00.000Z');
  });

  test('is what was given, whatever the name', () => {
    const given = new Date('2026-11-21T07:40:00Z');
    assert.equal(slot(`kube-binpack-${minuteOf('2026-11-21T07:45:00Z')}`, given), given.toISOString());
  });

  test('is the current minute for a Job that a person made, and without one', () => {
    for (const name of [
      '',
      'snapshot-now',
      'kube-binpack',
      'job-12345678',
      'job-99999999',
      `job${minuteOf('2026-11-21T07:45:00Z')}`,
      `job-${minuteOf('2026-11-21T08:03:00Z')}`,
      `job-${minuteOf('2026-11-20T07:46:00Z')}`,
    ])
      assert.equal(slot(name), '2026-11-21T07:47:00.000Z', name);
  });
});
