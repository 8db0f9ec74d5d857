import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError } from '../../../../lib/errors.ts';
import { composeStatement } from '../../../../lib/history/sql/compose.ts';
import { parseStatement } from '../../../../lib/history/sql/statement.ts';

const options = {
  database: 'kube_binpack_prod',
  clusters: ['prod'],
  snapshotIds: ['20261119T000000Z', '20261121T120000Z'],
} as const;
const condition =
  `"cluster" = 'prod' AND "date" BETWEEN '2026-11-19' AND '2026-11-21' ` +
  `AND "snapshotId" >= '20261119T000000Z' AND "snapshotId" < '20261121T120000Z'`;

suite('a statement for Athena', () => {
  test('over summaries, written out', () => {
    const { sql, lineShift } = composeStatement('SELECT * FROM snapshots ORDER BY 1 DESC;', options);
    assert.equal(
      sql,
      `WITH summaries AS (
SELECT url_decode("cluster") AS "cluster", "snapshotId", "run", "durationMs", "kubernetesVersion", "consistency", "nodes", "pods", "packing" FROM "kube_binpack_prod"."summaries"
WHERE ${condition}
),
snapshots AS (
SELECT s.cluster AS cluster, s.snapshotId AS snapshotId, date_parse(s.snapshotId, '%Y%m%dT%H%i%sZ') AS scheduledAt, s.durationMs AS durationMs, s.kubernetesVersion AS kubernetesVersion, s.consistency AS consistency, s.nodes.total AS nodes, s.nodes.ready AS readyNodes, s.nodes.unschedulable AS unschedulableNodes, s.pods.counted AS pods, s.pods.pending AS pendingPods, s.pods.daemonSet AS daemonSetPods, s.packing.lowerBoundNodes AS lowerBoundNodes, s.packing.repackedNodes AS repackedNodes, s.packing.reclaimable AS reclaimable, s.packing.efficiency AS efficiency, s.packing.emptyNodes AS emptyNodes, s.packing.balance AS balance FROM summaries AS s
)
SELECT * FROM snapshots ORDER BY 1 DESC`,
    );
    assert.equal(lineShift, 7);
  });

  test('over details, written out: committed runs only, and what is compacted once', () => {
    const { sql } = composeStatement('WITH a AS (SELECT 1) SELECT * FROM placements, a', options);
    assert.equal(
      sql,
      `WITH summaries AS (
SELECT url_decode("cluster") AS "cluster", "snapshotId", "run" FROM "kube_binpack_prod"."summaries"
WHERE ${condition}
),
nodes_files AS (
SELECT url_decode("cluster") AS "cluster", "snapshotId", "run", min("$path") AS "path" FROM "kube_binpack_prod"."nodes_compacted"
WHERE ${condition} GROUP BY 1, 2, 3
),
node_rows AS (
SELECT d."cluster", d."snapshotId", d."run", d."node", d."placements" FROM (SELECT url_decode("cluster") AS "cluster", "snapshotId", "run", "node", "placements" FROM "kube_binpack_prod"."nodes"
WHERE ${condition}) AS d
JOIN summaries AS c ON c."cluster" = d."cluster" AND c."snapshotId" = d."snapshotId" AND c."run" = d."run"
LEFT JOIN nodes_files AS f ON f."cluster" = d."cluster" AND f."snapshotId" = d."snapshotId" AND f."run" = d."run"
WHERE f."path" IS NULL
UNION ALL
SELECT d."cluster", d."snapshotId", d."run", d."node", d."placements" FROM (SELECT url_decode("cluster") AS "cluster", "snapshotId", "run", "node", "placements", "$path" AS "path" FROM "kube_binpack_prod"."nodes_compacted"
WHERE ${condition}) AS d
JOIN summaries AS c ON c."cluster" = d."cluster" AND c."snapshotId" = d."snapshotId" AND c."run" = d."run"
JOIN nodes_files AS f ON f."cluster" = d."cluster" AND f."snapshotId" = d."snapshotId" AND f."run" = d."run" AND f."path" = d."path"
),
placements AS (
SELECT s.cluster AS cluster, s.snapshotId AS snapshotId, s.node AS node, p.e[1] AS workload, p.e[2] AS pods FROM node_rows AS s CROSS JOIN UNNEST(s.placements) AS p (e)
),
a AS (SELECT 1) SELECT * FROM placements, a`,
    );
  });

  test('of several clusters, each by the name of its partition', () => {
    const { sql } = composeStatement('SELECT 1 FROM snapshots', {
      ...options,
      clusters: ["it's", 'arn:aws:eks:eu-central-1:1:cluster/it'],
    });
    assert.ok(
      sql.includes(`"cluster" IN ('it''s', 'arn%3Aaws%3Aeks%3Aeu-central-1%3A1%3Acluster%2Fit')`),
      sql,
    );
  });

  test('without a view it stays as it is', () => {
    assert.deepEqual(composeStatement(' SELECT 1 ; ', options), { sql: 'SELECT 1', lineShift: 0 });
    const { sql, lineShift } = composeStatement(
      '-- hello\nWITH RECURSIVE a (n) AS (SELECT 1) SELECT * FROM a',
      options,
    );
    assert.deepEqual([sql, lineShift], ['WITH RECURSIVE \na (n) AS (SELECT 1) SELECT * FROM a', 0]);
  });

  test('a name that it knows already is refused, and what is too long', () => {
    for (const name of ['nodes', 'NODE_ROWS', '"summaries"'])
      assert.throws(
        () => composeStatement(`WITH ${name} AS (SELECT 1) SELECT * FROM nodes`, options),
        new RegExp(`WITH ${name.replaceAll('"', '').toLowerCase()}: that is the name of a view`),
      );
    assert.throws(
      () => composeStatement(`SELECT '${'x'.repeat(262_144)}'`, options),
      /longer than Athena takes/,
    );
  });
});

suite('which tables a statement may read', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['SELECT nodes, pods FROM snapshots', ['snapshots']],
    ['select * from Nodes n join "workloads" w on n.x = w.x, groups', ['groups', 'nodes', 'workloads']],
    [
      'SELECT (SELECT count(*) FROM nodes) FROM (snapshots CROSS JOIN resources)',
      ['nodes', 'resources', 'snapshots'],
    ],
    [
      'SELECT \'FROM nodes\', "a""b" -- FROM nodes\n /* JOIN nodes */ FROM resources WHERE nodes IN (SELECT nodes FROM groups)',
      ['groups', 'resources'],
    ],
    ['SELECT * FROM other.nodes', []],
    ['TABLE placements', ['placements']],
    [
      'WITH a AS (SELECT * FROM nodes) SELECT * FROM (WITH b AS (SELECT 1 FROM groups) SELECT * FROM b) AS x, a',
      ['a', 'b', 'groups', 'nodes'],
    ],
  ];
  for (const [sql, tables] of cases)
    test(sql, () => assert.deepEqual([...parseStatement(sql).tables].sort(), tables));

  for (const [sql, problem] of [
    ['', /there is no statement/],
    [' ; -- x', /there is no statement/],
    ['SELECT 1; SELECT 2', /one statement at a time/],
    ["INSERT INTO nodes VALUES ('x')", /only a SELECT is answered/],
    ['EXPLAIN SELECT 1', /only a SELECT is answered/],
    ["SELECT 'x", /a ' is not closed/],
    ['WITH a AS (SELECT 1', /a parenthesis is not closed/],
  ] as const)
    test(`refused: ${sql}`, () =>
      assert.throws(
        () => parseStatement(sql),
        (error: Error) => error instanceof ConfigError && problem.test(error.message),
      ));

  test('a semicolon in a text ends nothing', () => {
    assert.equal(parseStatement("SELECT ';' ;").text, "SELECT ';'");
  });
});
