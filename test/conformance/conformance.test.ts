import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite, test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { runVectors, type Outcome } from './run.ts';

const vectors = fileURLToPath(new URL('vectors', import.meta.url));

/** Runs one vector of a kind. */
async function runOne(t: TestContext, kind: string, vector: object): Promise<Outcome & { lines: string[] }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kube-binpack-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(path.join(folder, `${kind}.ndjson.gz`), gzipSync(`${JSON.stringify(vector)}\n`));
  const lines: string[] = [];
  return { ...(await runVectors(folder, (line) => lines.push(line))), lines };
}

suite('conformance with the code of Kubernetes itself', () => {
  test('every vector passes', async () => {
    const differences: string[] = [];
    const { passed, failed } = await runVectors(vectors, (line) => differences.push(line));
    assert.deepEqual(differences, []);
    assert.equal(failed, 0);
    assert.ok(passed > 11_000, `${passed} passed`);
  });
});

suite('the check of the vectors', () => {
  const quantity = {
    s: '1Ki',
    ok: true,
    value: '1024',
    milli: '1024000',
    string: '1Ki',
    sign: 1,
    format: 'BinarySI',
  };

  test('passes what is right', async (t) => {
    assert.deepEqual(await runOne(t, 'quantities', quantity), { passed: 1, failed: 0, lines: [] });
  });

  const wrongQuantities: readonly (readonly [wrong: object, difference: string])[] = [
    [{ value: '1023' }, 'value: got "1024", expected "1023"'],
    [{ milli: '1' }, 'milli: got "1024000", expected "1"'],
    [{ string: '1024' }, 'canonical: got "1Ki", expected "1024"'],
    [{ sign: -1 }, 'sign: got 1, expected -1'],
    [{ format: 'DecimalSI' }, 'format: got "BinarySI", expected "DecimalSI"'],
    [{ ok: false, err: 'suffix', jsonOk: true }, 'parsed, expected error suffix'],
    [{ s: '1ki', jsonOk: false }, 'error: got "suffix", expected undefined'],
  ];
  for (const [wrong, difference] of wrongQuantities) {
    test(`tells of a quantity that ${difference}`, async (t) => {
      const { passed, failed, lines } = await runOne(t, 'quantities', { ...quantity, ...wrong });
      assert.deepEqual({ passed, failed }, { passed: 0, failed: 1 });
      assert.ok(lines[0]?.includes(difference), lines[0]);
    });
  }

  const node = {
    milliCPU: '250',
    memory: '0',
    ephemeralStorage: '0',
    scalar: {},
    nonZeroMilliCPU: '250',
    nonZeroMemory: '209715200',
  };
  const cpu = { cpu: '250' };
  const expect = { spec: cpu, specNoPodLevel: cpu, status: cpu, statusNoPodLevel: cpu, sched: cpu, node };
  const pod = { spec: { containers: [{ name: 'c0', resources: { requests: { cpu: '250m' } } }] } };

  test('passes a pod that is right', async (t) => {
    assert.equal((await runOne(t, 'pods', { name: 'p', pod, expect })).passed, 1);
  });

  for (const key of ['spec', 'specNoPodLevel', 'status', 'statusNoPodLevel', 'sched']) {
    test(`tells of a pod whose ${key} differs`, async (t) => {
      const { lines } = await runOne(t, 'pods', {
        name: 'p',
        pod,
        expect: { ...expect, [key]: { cpu: '251' } },
      });
      assert.ok(lines[0]?.includes(`${key}: got {"cpu":"250"}, expected {"cpu":"251"}`), lines[0]);
    });
  }

  test('tells of a pod that differs in 1.37 only', async (t) => {
    const { lines } = await runOne(t, 'pods', {
      name: 'p',
      pod,
      expect,
      expect137: { ...expect, sched: {} },
    });
    assert.deepEqual(lines, ['pods.ndjson.gz p: 1.37 sched: got {"cpu":"250"}, expected {}']);
  });

  const none = { milliCPU: '0', memory: '0', ephemeralStorage: '0', scalar: {} };
  const fit = {
    name: 'f',
    node: { metadata: { name: 'n' }, status: { allocatable: { cpu: '1', pods: '9' } } },
    pods: [],
    pod,
    expect: {
      fits: true,
      insufficient: [],
      details: [],
      filters: Object.fromEntries(
        ['NodeUnschedulable', 'NodeName', 'TaintToleration', 'NodeAffinity', 'NodePorts'].map((name) => [
          name,
          true,
        ]),
      ),
      schedulable: true,
      requested: none,
      allocatable: { ...none, milliCPU: '1000', allowedPodNumber: '9' },
      podCount: 0,
    },
  };

  test('passes a fit that is right, by objects and by rows', async (t) => {
    assert.deepEqual(await runOne(t, 'fit', fit), { passed: 1, failed: 0, lines: [] });
  });

  test('tells of a fit that rows see otherwise', async (t) => {
    const { lines } = await runOne(t, 'fit', { ...fit, expect: { ...fit.expect, schedulable: false } });
    assert.ok(lines[0]?.includes('1.37 rows: 4 fit, stopped by cpu; expected schedulable false'), lines[0]);
  });

  test('refuses a kind of vectors that it does not know', async (t) => {
    await assert.rejects(runOne(t, 'unknown', {}), {
      message: 'unknown.ndjson.gz: no check for vectors of this kind',
    });
  });
});
