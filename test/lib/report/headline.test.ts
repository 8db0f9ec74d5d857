import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { headline, problemLines } from '../../../lib/report/headline.ts';
import { summary } from '../../support/snapshots.ts';

suite('the headline', () => {
  test('says of what and when this is', () => {
    assert.equal(headline(summary()), 'prod at 20261121T074500Z, Kubernetes v1.36.2: 2 nodes, 8 pods');
  });

  test('names what is odd', () => {
    const odd = summary({
      consistency: 'per-resource',
      nodes: {
        ...summary().nodes,
        total: 5000,
        ready: 3998,
        notReady: 1000,
        unknown: 2,
        unschedulable: 7,
        tainted: 1001,
      },
      pods: { ...summary().pods, counted: 150_000, pending: 1200 },
    });
    assert.equal(
      headline(odd),
      'prod at 20261121T074500Z, Kubernetes v1.36.2: 5,000 nodes (1,002 not ready, 7 cordoned, 1,001 tainted), 150,000 pods (1,200 pending), consistency per-resource',
    );
  });

  test('shows a hostile name as escapes', () => {
    const text = headline(
      summary({ cluster: 'a\u202eb\u001b[2J', kubernetesVersion: 'v1.36.2\u001b[31m\n' }),
    );
    assert.equal(
      text,
      'a\\u202eb\\u001b[2J at 20261121T074500Z, Kubernetes v1.36.2\\u001b[31m\\u000a: 2 nodes, 8 pods',
    );
  });
});

suite('problems', () => {
  test('are told with examples, and how many more there are', () => {
    const problems = [
      { reason: 'PodOnUnknownNode', count: 1203, examples: ['pod a/b on c', 'pod a/d on c', 'pod a/e on c'] },
      { reason: 'NodeWithoutAllocatable', count: 1, examples: ['node n: counted as having nothing'] },
    ];
    assert.deepEqual(problemLines(summary({ problems })), [
      'PodOnUnknownNode: pod a/b on c; pod a/d on c; pod a/e on c; and 1,200 more',
      'NodeWithoutAllocatable: node n: counted as having nothing',
    ]);
  });

  test('show hostile names as escapes', () => {
    const problems = [{ reason: 'PodOnUnknownNode', count: 1, examples: ['pod a/b on \u001b[2J\u202e\n'] }];
    assert.deepEqual(problemLines(summary({ problems })), [
      'PodOnUnknownNode: pod a/b on \\u001b[2J\\u202e\\u000a',
    ]);
  });
});
