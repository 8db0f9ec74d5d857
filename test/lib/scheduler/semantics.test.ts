import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { forCandidate, semanticsFor } from '../../../lib/scheduler/semantics.ts';

suite('what a scheduler of each version counts', () => {
  const rows = {
    29: ['1.29', false, false, false, 'perContainer'],
    30: ['1.29', false, false, false, 'perContainer'],
    31: ['1.29', false, false, false, 'perContainer'],
    32: ['1.29', false, false, false, 'perContainer'],
    33: ['1.33', true, false, false, 'perContainer'],
    34: ['1.34', true, true, false, 'perContainer'],
    35: ['1.34', true, true, false, 'perContainer'],
    36: ['1.36', true, true, true, 'perContainer'],
    37: ['1.37', true, true, true, 'maximumOfSums'],
  };
  for (const [minor, [row, useStatus, podLevel, podLevelStatus, statusRule]] of Object.entries(rows)) {
    test(`1.${minor} is counted as ${String(row)}`, () => {
      assert.deepEqual(semanticsFor(Number(minor)), {
        semantics: { row, useStatus, podLevel, podLevelStatus, statusRule },
        problem: null,
      });
    });
  }

  test('an older version is counted as the oldest known, and said to be outside', () => {
    assert.deepEqual(semanticsFor(28), {
      semantics: semanticsFor(29).semantics,
      problem: 'Kubernetes 1.28 is outside the known versions 1.29 to 1.37: counted as 1.29',
    });
  });

  test('a newer version is counted as the newest known, and said to be outside', () => {
    assert.deepEqual(semanticsFor(41), {
      semantics: semanticsFor(37).semantics,
      problem: 'Kubernetes 1.41 is outside the known versions 1.29 to 1.37: counted as 1.37',
    });
  });

  test('a candidate is judged without any status, but with pod-level requests where they count', () => {
    assert.deepEqual(forCandidate(semanticsFor(37).semantics), {
      row: '1.37',
      useStatus: false,
      podLevel: true,
      podLevelStatus: false,
      statusRule: 'perContainer',
    });
    assert.equal(forCandidate(semanticsFor(33).semantics).podLevel, false);
  });
});
