import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  dateOf,
  detailKey,
  instantOf,
  parseSummaryKey,
  snapshotIdOf,
  summaryDayPrefix,
  summaryKey,
  summaryPrefix,
} from '../../../lib/store/keys.ts';

const snapshotId = '20261121T074500Z';

suite('keys', () => {
  test('are laid out as the contract says', () => {
    const key = { cluster: 'prod', snapshotId };
    assert.equal(summaryKey(key), 'v1/summary/cluster=prod/date=2026-11-21/20261121T074500Z.json');
    assert.equal(
      detailKey('nodes', key, '0a1b2c3d'),
      'v1/nodes/cluster=prod/date=2026-11-21/20261121T074500Z-0a1b2c3d.ndjson.gz',
    );
    assert.equal(
      detailKey('workloads', key, '0a1b2c3d'),
      'v1/workloads/cluster=prod/date=2026-11-21/20261121T074500Z-0a1b2c3d.ndjson.gz',
    );
    assert.equal(
      detailKey('pods', key, '0a1b2c3d'),
      'v1/pods/cluster=prod/date=2026-11-21/20261121T074500Z-0a1b2c3d.ndjson.gz',
    );
  });

  test('an id is the instant in UTC, to the second', () => {
    assert.equal(snapshotIdOf(new Date('2026-11-21T07:45:00Z')), '20261121T074500Z');
    assert.equal(snapshotIdOf(new Date('2026-11-21T07:45:59.999Z')), '20261121T074559Z');
    assert.equal(snapshotIdOf(new Date('2026-11-21T01:15:00+05:30')), '20261120T194500Z');
    assert.deepEqual(instantOf('20261121T074559Z'), new Date('2026-11-21T07:45:59Z'));
    assert.equal(dateOf('20261121T074559Z'), '2026-11-21');
  });

  test('prefixes end with a slash, so that prod is not the beginning of prod-eu', () => {
    assert.equal(summaryPrefix(null), 'v1/summary/');
    assert.equal(summaryPrefix('prod'), 'v1/summary/cluster=prod/');
    assert.equal(summaryDayPrefix('prod', '2026-11-21'), 'v1/summary/cluster=prod/date=2026-11-21/');
  });

  const names: readonly (readonly [name: string, folder: string])[] = [
    ['prod', 'cluster=prod'],
    ['prod-eu_1.example.com', 'cluster=prod-eu_1.example.com'],
    [
      'arn:aws:eks:eu-west-1:123456789012:cluster/prod',
      'cluster=arn%3Aaws%3Aeks%3Aeu-west-1%3A123456789012%3Acluster%2Fprod',
    ],
    ['gke_project_europe-west1_prod', 'cluster=gke_project_europe-west1_prod'],
    ['kubernetes-admin@kubernetes', 'cluster=kubernetes-admin%40kubernetes'],
    ['a/b/c', 'cluster=a%2Fb%2Fc'],
    ['..', 'cluster=%2E%2E'],
    ['.', 'cluster=%2E'],
    ['...', 'cluster=%2E%2E%2E'],
    ['../../etc', 'cluster=..%2F..%2Fetc'],
    ['prod=1', 'cluster=prod%3D1'],
    ['100%', 'cluster=100%25'],
    ['%2E%2E', 'cluster=%252E%252E'],
    ['my cluster', 'cluster=my%20cluster'],
    ['bücher', 'cluster=b%C3%BCcher'],
    ['日本', 'cluster=%E6%97%A5%E6%9C%AC'],
    ['🚀', 'cluster=%F0%9F%9A%80'],
    ['back\\slash', 'cluster=back%5Cslash'],
    ['new\nline', 'cluster=new%0Aline'],
    ['a\u202eb', 'cluster=a%E2%80%AEb'],
  ];
  for (const [cluster, folder] of names) {
    test(`the cluster ${JSON.stringify(cluster)} is one folder, and can be read back`, () => {
      const key = summaryKey({ cluster, snapshotId });
      assert.equal(key, `v1/summary/${folder}/date=2026-11-21/20261121T074500Z.json`);
      assert.deepEqual(parseSummaryKey(key), { cluster, snapshotId });
      assert.equal(summaryPrefix(cluster), `v1/summary/${folder}/`);
      assert.ok(detailKey('nodes', { cluster, snapshotId }, 'x').startsWith(`v1/nodes/${folder}/date=`));
    });
  }

  const foreign = [
    '',
    'v1/summary/',
    'README.md',
    'v1/summary/cluster=prod/date=2026-11-21/notes.json',
    'v1/summary/cluster=prod/date=2026-11-21/20261121T074500Z.json.bak',
    'v1/summary/cluster=prod/date=2026-11-21/20261121T0745Z.json',
    'v1/summary/cluster=prod/20261121T074500Z.json',
    'v1/summary/date=2026-11-21/20261121T074500Z.json',
    'v1/summary/cluster=/date=2026-11-21/20261121T074500Z.json',
    'v1/summary/cluster=a/b/date=2026-11-21/20261121T074500Z.json',
    'v2/summary/cluster=prod/date=2026-11-21/20261121T074500Z.json',
    'x/v1/summary/cluster=prod/date=2026-11-21/20261121T074500Z.json',
    'v1/nodes/cluster=prod/date=2026-11-21/20261121T074500Z-0a1b2c3d.ndjson.gz',
  ];
  for (const key of foreign) {
    test(`"${key}" is not a summary`, () => assert.equal(parseSummaryKey(key), null));
  }

  test('a folder whose name is no percent encoding is not ours, and no error', () => {
    assert.equal(parseSummaryKey('v1/summary/cluster=100%/date=2026-11-21/20261121T074500Z.json'), null);
    assert.equal(parseSummaryKey('v1/summary/cluster=%ff/date=2026-11-21/20261121T074500Z.json'), null);
  });
});
