import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readinessView } from '../../../lib/report/readiness.ts';
import { renderView } from '../../../lib/report/view.ts';
import { ruleReadiness } from '../../support/snapshots.ts';

const rules = [
  ruleReadiness(),
  ruleReadiness({
    rule: 'gpu-driver',
    applicable: 1200,
    ready: 0,
    notReady: 1200,
    unknown: 0,
    withTaint: null,
    withoutTaint: null,
    readyWithTaint: null,
    failingWithoutTaint: null,
    failing: 1200,
    failingNodes: Array.from({ length: 10 }, (_, index) => `gpu-${index}`),
  }),
  ruleReadiness({
    rule: 'up',
    ready: 4,
    notReady: 0,
    unknown: 0,
    withTaint: 0,
    failingWithoutTaint: 0,
    failing: 0,
    failingNodes: [],
  }),
  ruleReadiness({ rule: 'unnamed', failingNodes: [] }),
];

suite('the table of readiness', () => {
  test('has a line for each rule, with a few of the nodes that fail', () => {
    assert.equal(
      renderView(readinessView(rules), 'table', { width: null, color: false }),
      [
        'READINESS   APPLICABLE  READY  NOT READY  UNKNOWN  TAINTED  FAILING UNTAINTED  FAILING NODES',
        'cni                  4      2          1        1        2                  1  node-c, node-d',
        'gpu-driver       1,200      0      1,200        0        -                  -  gpu-0, gpu-1, gpu-2 and 1,197 more',
        'up                   4      4          0        0        0                  0  -',
        'unnamed              4      2          1        1        2                  1  2',
        '',
      ].join('\n'),
    );
  });

  test('keeps the counts that matter where there is little room', () => {
    assert.equal(
      renderView(readinessView(rules.slice(0, 1)), 'table', { width: 60, color: false }),
      [
        'READINESS  READY  NOT READY  UNKNOWN  TAINTED  FAILING NODES',
        'cni            2          1        1        2  node-c…node-d',
        '(no room for APPLICABLE, FAILING UNTAINTED)',
        '',
      ].join('\n'),
    );
  });
});
